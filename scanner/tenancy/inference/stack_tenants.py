"""Roles and stacks of one tenant each: keys of pooled stores with a parameter that says tenant, or with one id only.

An id is known by the role's own tag, by a tag of anything else, or as a part of the stack's name.

Only proposed: a template alone does not show whether its parameter is the tenant's, and one role no layout for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.iam.effective_policies import attached_policies
from scanner.iam.policy_document import Statement, parse_document
from scanner.model.deferred import settle
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.tenant_words import SHARED_VALUES, meaning_of
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import UndecidedError, World
from scanner.tenancy.identifiers import HOLE
from scanner.tenancy.inference.evidence import Proposal, seen
from scanner.tenancy.inference.policy_guards import flat, s3_parts
from scanner.tenancy.inference.store_names import ROLES, Stores
from scanner.tenancy.ownership import BUCKETS, TABLES

_LEADING = "dynamodb:leadingkeys"
_PIECE = re.compile(r"[A-Za-z0-9]+")
_SHORTEST = 3
_NO_IDS = SHARED_VALUES | {
    "app", "aws", "backend", "beta", "data", "dev", "development", "frontend", "prod", "production", "qa", "saas",
    "service", "stack", "stage", "staging", "test", "uat",
}  # fmt: skip


def stack_tenants(inventory: Inventory, stores: Stores) -> Iterator[Proposal]:
    """Each proposal once; none of them is strong. Roles that rest on a choice of the template show nothing."""
    told: set[str] = set()
    known = frozenset(_ids_of_tags(inventory))
    for role_type in sorted(ROLES):
        for role in inventory.of_type(role_type):
            try:
                for proposal in _of_role(role, inventory, stores, known):
                    if repr(proposal.value) not in told:
                        told.add(repr(proposal.value))
                        yield proposal
            except UndecidedError:
                continue  # what rests on a choice of the template is no evidence


def _of_role(role: Resource, inventory: Inventory, stores: Stores, known: frozenset[str]) -> Iterator[Proposal]:
    template = _template(role.names(World()).name)
    if template is not None:
        what = f"the name of `{role.logical_id}` holds a parameter that says tenant"
        evidence = (seen(what, role, ("Properties", "RoleName"), World(), strong=False),)
        yield Proposal("principals", {"role": template, "because": "its stack's parameter names the tenant"}, evidence)
    documents = [parse_document(each.document) for each in attached_policies(role, inventory, World())]
    statements = [each for document in documents for each in document.statements if each.effect != "Deny"]
    own = _own_id(role)
    if own is None and (own := _only_id(statements, known | _pieces(role.stack))) is not None:
        what = f"the keys that `{role.logical_id}` is bound to name one tenant only"
        evidence = (seen(what, role, ("Properties",), World(), strong=False),)
        yield Proposal("principals", _whose(role, own), evidence)
    for statement in statements:
        resources = tuple(map(flat, statement.resource.terms.items if statement.resource is not None else ()))
        for condition in statement.conditions:
            keys = [
                _template(term, own) for term in (condition.values.items if condition.key.lower() == _LEADING else ())
            ]
            for target, index in stores.tables(resources, role.folder) if any(keys) else ():
                if index is None:
                    yield from _bounds(role, "dynamodb-item", "table", _named(target, stores, TABLES), keys)
        for resource in resources:
            parts = s3_parts(resource)
            if parts is None or parts[1] is None or parts[1].holes:
                continue
            key = _template(parts[1].text, own)
            for bucket in stores.buckets((resource,), role.folder) if key is not None else ():
                yield from _bounds(role, "s3-object", "bucket", _named(bucket, stores, BUCKETS), [key])


def _bounds(role: Resource, kind: str, word: str, name: str, keys: Sequence[str | None]) -> Iterator[Proposal]:
    for key in filter(None, keys):
        what = f"`{role.logical_id}` is bound to such keys by its own tenant's id"
        evidence = (seen(what, role, ("Properties",), World(), strong=False),)
        yield Proposal("owned", {"kind": kind, word: name, "key": key}, evidence)


def _only_id(statements: Sequence[Statement], ids: frozenset[str]) -> str | None:
    """The one of `ids` that stands in the keys of items and objects that statements allow; None for none or several."""
    keys = [
        term
        for each in statements
        for condition in each.conditions
        if condition.key.lower() == _LEADING and not condition.operator.negated
        for term in condition.values.items
    ]
    for each in statements:
        for resource in map(flat, each.resource.terms.items if each.resource is not None else ()):
            parts = s3_parts(resource)
            keys += [parts[1].text] if parts is not None and parts[1] is not None else []
    # A key in which nothing is an id, such as one with a variable, is for everybody who has the role.
    # Most ids are in none of the keys, and finding that out by a pattern for each took seconds for a thousand of them.
    found = [
        {each for each in ids if isinstance(key, str) and each in key and _template(key, each) is not None}
        for key in keys
    ]
    told = frozenset[str]().union(*found)
    return next(iter(told)) if len(told) == 1 and all(found) else None


def _ids_of_tags(inventory: Inventory) -> Iterator[str]:
    """What tags that say tenant name as the owner of anything."""
    for resource in inventory.resources:
        try:
            own = _own_id(resource)
        except UndecidedError:
            continue
        if own is not None:
            yield own


def _pieces(stack: str | None) -> frozenset[str]:
    """What may be a tenant's id in a stack's name."""
    return frozenset(each for each in _PIECE.findall(stack or "") if len(each) >= _SHORTEST) - _NO_IDS


def _whose(role: Resource, own: str) -> dict[str, object]:
    """An entry of `principals`: by what holds the id, and where nothing does for this role alone."""
    because = "the keys that it is bound to name one tenant only"
    name = role.names(World()).name
    if (by_name := _template(name, own)) is not None:
        return {"role": by_name, "because": because}
    if (by_stack := _template(role.stack, own)) is not None:
        return {"stack": by_stack, "because": because}
    return {"role": name if isinstance(name, str) else role.logical_id, "tenant": own, "because": because}


def _named(target: Resource | str, stores: Stores, types: frozenset[str]) -> str:
    return target if isinstance(target, str) else stores.name(target, types)


def _own_id(role: Resource) -> str | None:
    """The tenant that a tag of the role names. Raises UndecidedError."""
    tags = settle(role.fields.get("Tags"), World())
    for key, value in tags.items() if isinstance(tags, dict) else ():
        if isinstance(key, str) and meaning_of(key) == "tenant" and isinstance(value, str):
            return value if value and value.lower() not in SHARED_VALUES else None
    return None


def _template(value: object, own: str | None = None) -> str | None:
    """The text with the hole where a parameter stands that says tenant, or the id that the role's own tag has.

    None where there is none, or more is open.
    """
    if isinstance(value, str) and own is not None:
        pieces = re.split(rf"(?<![A-Za-z0-9]){re.escape(own)}(?![A-Za-z0-9])", value)
        made = HOLE.join(pieces)
        return made if len(pieces) > 1 and "${" not in "".join(pieces) else None
    if not isinstance(value, Text | Unknown):
        return None
    parts = value.parts if isinstance(value, Text) else (value,)
    made = "".join(HOLE if _is_tenants(part) else part if isinstance(part, str) else "*" for part in parts)
    return made if HOLE in made and made.count("${") == made.count(HOLE) else None


def _is_tenants(part: object) -> bool:
    if not isinstance(part, Unknown) or isinstance(part, Reference) or not part.symbol:
        return False
    return meaning_of(part.symbol[-1]) == "tenant"
