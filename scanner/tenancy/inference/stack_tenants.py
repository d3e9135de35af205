"""Stacks of one tenant each: roles, and keys of pooled tables, that hold the parameter which says tenant.

Only proposed: a template alone does not show whether its parameter is the tenant's.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.iam.effective_policies import attached_policies
from scanner.iam.policy_document import parse_document
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import Undecided, World
from scanner.tenancy.identifiers import HOLE
from scanner.tenancy.inference.evidence import Proposal, seen
from scanner.tenancy.inference.policy_guards import flat
from scanner.tenancy.inference.store_names import ROLES, Stores
from scanner.tenancy.inference.tenant_words import meaning_of
from scanner.tenancy.ownership import TABLES

_LEADING = "dynamodb:leadingkeys"


def stack_tenants(inventory: Inventory, stores: Stores) -> Iterator[Proposal]:
    for role_type in sorted(ROLES):
        for role in inventory.of_type(role_type):
            try:
                yield from _of_role(role, inventory, stores)
            except Undecided:
                continue  # what rests on a choice of the template is no evidence


def _of_role(role: Resource, inventory: Inventory, stores: Stores) -> Iterator[Proposal]:
    template = _template(role.names(World()).name)
    if template is not None:
        what = f"the name of `{role.logical_id}` holds a parameter that says tenant"
        evidence = (seen(what, role, ("Properties", "RoleName"), World(), strong=False),)
        yield Proposal("principals", {"role": template, "because": "its stack's parameter names the tenant"}, evidence)
    for attached in attached_policies(role, inventory, World()):
        for statement in parse_document(attached.document).statements:
            resources = statement.resource.terms.items if statement.resource is not None else ()
            for condition in statement.conditions:
                keys = [_template(term) for term in condition.values.items] if condition.key.lower() == _LEADING else []
                for key in filter(None, keys):
                    for target, index in stores.tables(tuple(map(flat, resources)), role.folder):
                        if index is not None:
                            continue
                        name = target if isinstance(target, str) else stores.name(target, TABLES)
                        what = f"`{role.logical_id}` bounds the keys of items by a parameter that says tenant"
                        evidence = (seen(what, role, ("Properties",), World(), strong=False),)
                        yield Proposal("owned", {"kind": "dynamodb-item", "table": name, "key": key}, evidence)


def _template(value: object) -> str | None:
    """The text with the hole where a parameter stands that says tenant; None where there is none, or more is open."""
    if not isinstance(value, Text | Unknown):
        return None
    parts = value.parts if isinstance(value, Text) else (value,)
    made = "".join(HOLE if _is_tenants(part) else part if isinstance(part, str) else "*" for part in parts)
    return made if HOLE in made and made.count("${") == made.count(HOLE) else None


def _is_tenants(part: object) -> bool:
    if not isinstance(part, Unknown) or isinstance(part, Reference) or not part.symbol:
        return False
    return meaning_of(part.symbol[-1]) == "tenant"
