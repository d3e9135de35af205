"""Which store of the files a policy means, and the name that tenancy.yaml can call it by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Reference
from scanner.model.world import UndecidedError, World
from scanner.tenancy.inference.policy_guards import HOLE_MARK, Flat, holes_in, s3_parts, worlds_of
from scanner.tenancy.ownership import BUCKETS, KEYS, TABLES

_TABLE = re.compile(r":table/(?P<name>[^/:]+)(?P<rest>/.*)?\Z", re.DOTALL)
_KEY = re.compile(r":key/(?P<name>[^/:]+)\Z")
ROLES = frozenset({"AWS::IAM::Role"})
_MANAGED = frozenset({"AWS::IAM::ManagedPolicy"})


class Stores:
    """The stores and roles of an inventory by every name that is known."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._by_name: dict[tuple[frozenset[str], object], Resource] = {}
        self._ids: Counter[tuple[frozenset[str], str]] = Counter()
        self._literals: dict[str, str] = {}
        self._single: dict[tuple[frozenset[str], str], Resource | None] = {}
        self._without: dict[tuple[str, frozenset[str]], str | None] = {}
        self._attached: dict[str, list[Resource]] | None = None
        for types in (TABLES, BUCKETS, KEYS, ROLES):
            for resource in self._of(types):
                self._ids[types, resource.logical_id] += 1
                try:
                    name = resource.names(World()).name
                except UndecidedError:
                    continue
                if isinstance(name, Text | str):
                    self._by_name[types, str(name)] = resource
                if isinstance(name, str):
                    self._literals[resource.address] = name

    def _of(self, types: frozenset[str]) -> Iterator[Resource]:
        for type_name in sorted(types):
            yield from self._inventory.of_type(type_name)

    def name(self, resource: Resource, types: frozenset[str]) -> str:
        """A logical id where it is one store's, else the name that it gets."""
        if self._ids[types, resource.logical_id] == 1:
            return resource.logical_id
        return self._literals.get(resource.address, resource.logical_id)

    def named(self, name: object, types: frozenset[str]) -> Resource | None:
        """The resource of a symbol or a name."""
        if isinstance(name, Reference):
            found = self._inventory.at(name.resource)
            return found if found is not None and found.type in types else None
        if isinstance(name, str | Text):
            return self._by_name.get((types, str(name))) or self._referenced(name, types)
        return None

    def _referenced(self, name: str | Text, types: frozenset[str]) -> Resource | None:
        if isinstance(name, str):
            tail = name.rpartition("/")[2]
            return self._by_name.get((types, tail)) if name.startswith("arn:") else None
        return (
            next((found for hole in name.holes if (found := self.named(hole, types))), None)
            if (all(isinstance(hole, Reference) for hole in name.holes))
            else None
        )

    def tables(self, over: tuple[Flat, ...], folder: str) -> list[tuple[Resource | str, str | None]]:
        """The tables that ARNs mean, each with the index part of the ARN; a name alone where it is in no file.

        An ARN for any table means one only where the files hold a single table.
        """
        found: list[tuple[Resource | str, str | None]] = []
        for arn in over:
            match = _TABLE.search(arn.text)
            if match is not None:
                rest = match["rest"]
                target = self._one(Flat(match["name"], arn.holes), TABLES, folder)
            else:
                target = self._by_symbol(arn, TABLES, folder)
                rest = arn.text.partition("\ue001")[2] or None
            if target is not None:
                found.append((target, rest.removeprefix("/index/") if rest and rest.startswith("/index/") else None))
        return found

    def buckets(self, over: tuple[Flat, ...], folder: str) -> list[Resource | str]:
        """The buckets that ARNs mean, each once; a name alone where it is in no file."""
        found: list[Resource | str] = []
        for arn in over:
            parts = s3_parts(arn)
            target = self._one(parts[0], BUCKETS, folder) if parts else self._by_symbol(arn, BUCKETS, folder)
            if target is not None and target not in found:
                found.append(target)
        return found

    def keys(self, over: tuple[Flat, ...], folder: str) -> list[Resource | str]:
        """The KMS keys that ARNs mean, each once; an id alone where it is in no file."""
        found: list[Resource | str] = []
        for arn in over:
            match = _KEY.search(arn.text)
            name = Flat(match["name"], arn.holes) if match else None
            target = self._one(name, KEYS, folder) if name else self._by_symbol(arn, KEYS, folder)
            if target is not None and target not in found:
                found.append(target)
        return found

    def _by_symbol(self, arn: Flat, types: frozenset[str], folder: str) -> Resource | str | None:
        if arn.text.startswith(HOLE_MARK):
            return next((found for hole in arn.holes[:1] if (found := self.named(hole, types))), None)
        return self._only(types, folder) if arn.text == "*" else None

    def _one(self, name: Flat, types: frozenset[str], folder: str) -> Resource | str | None:
        """The store of this name, part of an ARN."""
        holes = holes_in(name)
        if not holes:
            if "*" in name.text or "?" in name.text:
                return self._only(types, folder) if name.text == "*" else None
            if "${" in name.text or not name.text:
                return None
            return self.named(name.text, types) or name.text
        if len(holes) == 1 and re.fullmatch("\ue000[0-9]+\ue001", name.text):
            return self.named(holes[0], types)
        parts = re.split("\ue000([0-9]+)\ue001", name.text)
        text = text_of(name.holes[int(piece)] if index % 2 else piece for index, piece in enumerate(parts))
        return self._by_name.get((types, str(text)))

    def _only(self, types: frozenset[str], folder: str) -> Resource | None:
        if (types, folder) not in self._single:
            found = [each for each in self._of(types) if each.folder == folder]
            self._single[types, folder] = found[0] if len(found) == 1 else None
        return self._single[types, folder]

    def without(self, type_name: str, carriers: frozenset[str]) -> str | None:
        """The logical id of one resource of the type that is not among these addresses."""
        if (type_name, carriers) not in self._without:
            others = (each.logical_id for each in self._inventory.of_type(type_name) if each.address not in carriers)
            self._without[type_name, carriers] = next(others, None)
        return self._without[type_name, carriers]

    def roles_with(self, holder: Resource) -> list[Resource]:
        """The roles that a policy is written in, or attached to as far as names and symbols tell."""
        if holder.type in ROLES:
            return [holder]
        values = _listed(holder, ("Roles", "RoleName"))
        found = [role for value in values if (role := self.named(value, ROLES)) is not None]
        return list(dict.fromkeys([*found, *self._attaching().get(holder.address, ())]))

    def _attaching(self) -> dict[str, list[Resource]]:
        """The roles that name a managed policy of the files, by the policy's address; read once."""
        if self._attached is None:
            self._attached = {}
            policies = {str(arn): policy.address for policy in self._of(_MANAGED) for arn in _arn_of(policy)}
            for role in self._of(ROLES):
                for value in _listed(role, ("ManagedPolicyArns", "PermissionsBoundary")):
                    policy = value.resource if isinstance(value, Reference) else policies.get(str(value))
                    if policy is not None:
                        self._attached.setdefault(policy, []).append(role)
        return self._attached


def _arn_of(policy: Resource) -> tuple[object, ...]:
    try:
        arn = policy.names(World()).arn
    except UndecidedError:
        return ()
    return (arn,) if isinstance(arn, str | Text) else ()


def _listed(resource: Resource, names: tuple[str, ...]) -> list[object]:
    """The values of properties that hold one or many."""
    values: list[object] = []
    for leaf in worlds_of(resource):
        for name in names:
            value = leaf.result.get(name) if isinstance(leaf.result, dict) else None
            values.extend(value if isinstance(value, list) else [value])
    return values
