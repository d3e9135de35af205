"""One pass over an inventory for everything that speaks of tenants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from scanner.base.record import mutable, record
from scanner.model.deferred import settle
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Keys, Resource
from scanner.model.tenant_words import POOLED_VALUES, SHARED_VALUES, is_registry, meaning_of
from scanner.model.unknown import Unknown
from scanner.model.world import TooManyWorldsError, UndecidedError, World, explore
from scanner.tenancy.identifiers import ANY_TAG_VALUE, automaton_of
from scanner.tenancy.inference.evidence import Evidence, seen
from scanner.tenancy.inference.policy_guards import Guard, Written, guards_in, mentioned_tags, worlds_of, written_in
from scanner.tenancy.inference.shared_constants import Constant, constants_beside
from scanner.tenancy.inference.store_names import ROLES
from scanner.tenancy.ownership import BUCKETS, TABLES

_CUSTOM = "custom:"
CDK_HASH = re.compile(r"(?<=.)[0-9A-F]{8}\Z")
"""What CDK ends logical ids in ("Identifiers and the AWS CDK")."""


@record
class TableKey:
    """A table, or with `index` one of its indexes, whose partition key is named like an owner."""

    table: Resource
    index: str | None
    attribute: str
    evidence: Evidence


@mutable
class Sightings:
    """Everything seen, before anything is made of it; mappings are by name of tag or claim."""

    guards: list[Guard] = field(default_factory=list)
    beside: list[Constant] = field(default_factory=list)
    trusts: list[Written] = field(default_factory=list)
    policies: list[Written] = field(default_factory=list)
    mentions: dict[str, Evidence] = field(default_factory=dict)
    tags: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    carriers: dict[str, frozenset[str]] = field(default_factory=dict)
    claims: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    mapped: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    shared: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    examples: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    table_keys: list[TableKey] = field(default_factory=list)
    pooled: list[tuple[Resource, Evidence]] = field(default_factory=list)

    def evidence(self, guard: Guard, what: str, *, strong: bool) -> Evidence:
        """Evidence at the place where the guard is written."""
        return seen(what, guard.holder, guard.keys, World(), strong=strong)


def sightings_in(inventory: Inventory) -> Sightings:
    """What the resources' tags, keys, claims and policies show; the order is that of the inventory."""
    found = Sightings()
    tagged: dict[str, list[Resource]] = {}
    values: dict[str, list[tuple[str, Resource]]] = {}
    for resource in inventory.resources:
        _tags(resource, tagged, values)
        if resource.type in TABLES or resource.type in BUCKETS:
            found.pooled.extend(_pooled(resource))
        if resource.type in TABLES:
            found.table_keys.extend(_table_keys(resource))
        elif resource.type.startswith("AWS::Cognito::"):
            _cognito(resource, found)
        for written in written_in(resource):
            (found.trusts if written.is_trust else found.policies).append(written)
            found.guards.extend(guards_in(written))
            found.beside.extend(constants_beside(written))
            for name, keys in mentioned_tags(written):
                if meaning_of(name) == "tenant" and name not in found.mentions:
                    what = f"a condition of `{resource.logical_id}` asks for the tag `{name}`"
                    found.mentions[name] = seen(what, resource, keys, written.world, strong=True)
    for name, carriers in tagged.items():
        found.tags[name] = (_carried(name, carriers),)
        found.carriers[name] = frozenset(each.address for each in carriers)
    _sort_values(values, found)
    return found


def _carried(name: str, carriers: list[Resource]) -> Evidence:
    first = carriers[0]
    others = f" and {len(carriers) - 1} more" if len(carriers) > 1 else ""
    strong = meaning_of(name) == "tenant"
    carry = "carry" if others else "carries"
    return seen(
        f"`{first.logical_id}`{others} {carry} the tag `{name}`", first, ("Properties",), World(), strong=strong
    )


def _tags(resource: Resource, tagged: dict[str, list[Resource]], values: dict[str, list[tuple[str, Resource]]]) -> None:
    told: set[str] = set()
    for tags in _tags_of(resource):
        for name, value in tags.items() if isinstance(tags, dict) else ():
            meaning = meaning_of(name) if isinstance(name, str) else "other"
            if meaning not in ("tenant", "organisation"):
                continue
            if name not in told:
                told.add(name)
                tagged.setdefault(name, []).append(resource)
            if meaning == "tenant" and isinstance(value, str):
                values.setdefault(value, []).append((name, resource))


def _tags_of(resource: Resource) -> list[object]:
    tags = resource.fields.get("Tags")
    try:
        return [settle(tags, World())]
    except UndecidedError:
        pass
    try:
        return [leaf.result for leaf in explore(lambda world: settle(tags, world))]
    except TooManyWorldsError:
        return []


def _pooled(store: Resource) -> Iterator[tuple[Resource, Evidence]]:
    """A store whose own tag says that it is everybody's: a pool, or, as the word leaves open, no tenant's at all."""
    for tags in _tags_of(store):
        for name, value in tags.items() if isinstance(tags, dict) else ():
            if not isinstance(name, str) or meaning_of(name) != "tenant" or not isinstance(value, str):
                continue
            if value.lower() in SHARED_VALUES:
                what = (
                    f"the tag `{name}` of `{store.logical_id}` is `{value}`, so that it holds data of several tenants"
                )
                # Log buckets and the like carry the tags of everything.
                strong = value.lower() in POOLED_VALUES and store.type in TABLES
                yield store, seen(what, store, ("Properties",), World(), strong=strong)
                return


def _sort_values(values: dict[str, list[tuple[str, Resource]]], found: Sightings) -> None:
    """A word that means everybody is not one tenant of several, nor is a value without any other: a company tags all it
    has with its own name. Beside such a word, or on roles alone, a single value is a tenant's."""
    ids = [value for value in values if value.lower() not in SHARED_VALUES]
    alone = len(ids) == 1 and len(values) == 1 and any(each.type not in ROLES for _, each in values[ids[0]])
    for value, carriers in values.items():
        if not automaton_of(ANY_TAG_VALUE).accepts(value):
            continue
        name, resource = carriers[0]
        what = f"`{resource.logical_id}` carries `{name}` with the value `{value}`"
        only = alone and value == ids[0]
        if only:
            what += ", the only one there is: taken to be everybody's, unless you move it to `examples`"
        evidence = (seen(what, resource, ("Properties",), World(), strong=True),)
        if value.lower() in SHARED_VALUES or only:
            found.shared[value] = evidence
        else:
            found.examples[value] = evidence


def _table_keys(table: Resource) -> Iterator[TableKey]:
    told: set[tuple[str | None, str]] = set()
    for leaf in worlds_of(table):
        properties = leaf.result
        if not isinstance(properties, dict):
            continue
        places: list[tuple[str | None, object, Keys]] = [(None, properties, ("Properties", "KeySchema"))]
        indexes = properties.get("GlobalSecondaryIndexes")
        for number, index in enumerate(indexes if isinstance(indexes, list) else ()):
            name = index.get("IndexName") if isinstance(index, dict) else None
            if isinstance(name, str):
                places.append((name, index, ("Properties", "GlobalSecondaryIndexes", number, "KeySchema")))
        for name, body, keys in places:
            attribute = _partition_key(body)
            meaning = meaning_of(attribute or "")
            if attribute is None or (name, attribute) in told or meaning not in ("tenant", "organisation"):
                continue
            told.add((name, attribute))
            what = f"the partition key of `{table.logical_id}`" + (f"'s index `{name}`" if name else "")
            strong = meaning == "tenant"
            if strong and name is None and _lists_tenants(table, properties):
                strong, what = False, f"`{table.logical_id}` may list the tenants themselves: {what}"
            yield TableKey(
                table, name, attribute, seen(f"{what} is `{attribute}`", table, keys, leaf.world, strong=strong)
            )


def _lists_tenants(table: Resource, properties: dict[str, object]) -> bool:
    name = properties.get("TableName")
    names = [table.logical_id, CDK_HASH.sub("", table.logical_id), name if isinstance(name, str) else ""]
    names += (table.construct_path or "").split("/")
    if isinstance(name, Text):
        names += [part for part in name.parts if isinstance(part, str)]
    return any(is_registry(each) for each in names)


def _partition_key(body: object) -> str | None:
    schema = body.get("KeySchema") if isinstance(body, dict) else None
    for entry in schema if isinstance(schema, list) else ():
        if isinstance(entry, dict) and entry.get("KeyType") == "HASH" and isinstance(entry.get("AttributeName"), str):
            return str(entry["AttributeName"])
    return None


def _cognito(resource: Resource, found: Sightings) -> None:
    for leaf in worlds_of(resource):
        properties = leaf.result
        if not isinstance(properties, dict):
            continue
        if resource.type == "AWS::Cognito::UserPool":
            schema = properties.get("Schema")
            for number, entry in enumerate(schema if isinstance(schema, list) else ()):
                name = entry.get("Name") if isinstance(entry, dict) else None
                if isinstance(name, str) and name not in _STANDARD:
                    what = f"the user pool `{resource.logical_id}` has the attribute `{name}`"
                    claim = _CUSTOM + name.removeprefix(_CUSTOM)
                    _claim(claim, what, ("Properties", "Schema", number), resource, found)
        elif resource.type == "AWS::Cognito::UserPoolClient":
            for side in ("ReadAttributes", "WriteAttributes"):
                names = properties.get(side)
                for name in names if isinstance(names, list) else ():
                    if isinstance(name, str) and name.startswith(_CUSTOM):
                        what = f"the client `{resource.logical_id}` has `{name}` among its {side}"
                        _claim(name, what, ("Properties", side), resource, found)
        elif resource.type == "AWS::Cognito::IdentityPoolPrincipalTag":
            tags = properties.get("PrincipalTags")
            for tag, claim in tags.items() if isinstance(tags, dict) else ():
                if not isinstance(claim, str) or isinstance(tag, Unknown):
                    continue
                if "tenant" in (meaning_of(str(tag)), meaning_of(claim)):
                    what = f"`{resource.logical_id}` makes the tag `{tag}` of the claim `{claim}`"
                    evidence = seen(what, resource, ("Properties", "PrincipalTags"), World(), strong=True)
                    found.mapped[str(tag)] = (claim, evidence)
                    found.claims.setdefault(claim, (evidence,))


_STANDARD = frozenset({"email", "name", "phone_number", "sub", "preferred_username", "given_name", "family_name"})


def _claim(name: str, what: str, keys: Keys, resource: Resource, found: Sightings) -> None:
    meaning = meaning_of(name)
    if meaning in ("tenant", "organisation") and name not in found.claims:
        found.claims[name] = (seen(what, resource, keys, World(), strong=meaning == "tenant"),)
