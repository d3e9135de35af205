"""What rules may ask of declared intent: whose a resource is, how its data is kept, and what lives beside it.

Each is called as the functions of `scanner.language.expressions.functions` are, which lists them with their
documentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.model.deferred import OPEN, OpenMap, settle
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

# The source of a tenancy that nobody has written.
_INFERRED = "inferred"
# What a type name in `stack_resources` may end with to mean all types of a service.
_ALL = "::*"


def declared(_: Sequence[object], scope: Scope) -> object:
    """Whether somebody wrote the tenancy: what was inferred declares nothing, so nothing is missing from it."""
    return scope.declared.source not in (None, _INFERRED)


def owned_as(arguments: Sequence[object], scope: Scope) -> object:
    """The entries under `owned` that speak of a resource."""
    resource = _meant(arguments, scope)
    return scope.declared.entries_of(resource, scope.world) if isinstance(resource, Resource) else resource


def acts_for_tenant(arguments: Sequence[object], scope: Scope) -> object:
    """Whether a resource is a role whose sessions are declared to act for a tenant."""
    resource = _meant(arguments, scope)
    if not isinstance(resource, Resource):
        return resource
    return scope.declared.is_principal(resource, scope.world)


def called(arguments: Sequence[object], scope: Scope) -> object:
    """Whether one of the names, with `*`, is the resource's logical id, name or ARN."""
    (names,) = arguments
    unknown: Unknown | None = None
    for name in names if isinstance(names, list) else [names]:
        if isinstance(name, Unknown | Text):
            unknown = unknown or first_unknown(name)
        if not isinstance(name, str):
            continue
        match scope.declared.is_called(name, scope.resource, scope.world):
            case True:
                return True
            case Unknown() as why:
                unknown = unknown or why
    return False if unknown is None else unknown.plain()


def tenant(arguments: Sequence[object], scope: Scope) -> object:
    """The one tenant that a resource belongs to, by its stack or its tag; None where it is nobody's or everybody's."""
    resource = _meant(arguments, scope)
    return tenant_of(resource, scope) if isinstance(resource, Resource) else resource


def _meant(arguments: Sequence[object], scope: Scope) -> Resource | Unknown | None:
    """The resource that is given by its fields, or this one."""
    if not arguments:
        return scope.resource
    (value,) = arguments
    if isinstance(value, Unknown):
        return value.plain()
    found = scope.inventory.holding(value)
    # In a wide world the items of lists are copies, by which no resource is known.
    return OPEN if found is None and scope.world.wide else found


def tenant_of(resource: Resource, scope: Scope) -> str | Unknown | None:
    """As `tenant`; unknown where only deployment tells. Raises UndecidedError."""
    if resource.tenant is not None and scope.declared.is_id(resource.tenant):
        return resource.tenant
    if isinstance(resource.owner, Unknown):
        return resource.owner.plain()
    tags = settle(resource.fields.get("Tags"), scope.world)
    if isinstance(tags, Unknown):
        return tags.plain()
    if not isinstance(tags, dict):
        return None
    for key in scope.declared.tags:
        value = settle(tags.get(key), scope.world)
        if isinstance(value, Unknown | Text):
            unknown = first_unknown(value)
            return unknown.plain() if unknown is not None else None
        if isinstance(value, str) and scope.declared.is_id(value):
            return value
    return tags.unknown.plain() if isinstance(tags, OpenMap) and scope.declared.tags else None


def pool_issuer(arguments: Sequence[object], _: Scope) -> object:
    """The issuer of the tokens of a user pool, by its ARN ("Verifying JSON web tokens")."""
    (arn,) = arguments
    if not isinstance(arn, str):
        unknown = first_unknown(arn)
        return unknown.plain() if unknown is not None else None
    match = re.fullmatch(r"arn:[a-z-]+:cognito-idp:([a-z0-9-]+):[0-9]*:userpool/([A-Za-z0-9_-]+)", arn)
    return f"https://cognito-idp.{match[1]}.amazonaws.com/{match[2]}" if match else None


def stack_resources(arguments: Sequence[object], scope: Scope) -> object:
    """The resources of the stack or file of this one, of the types given; `AWS::X::*` means all types of a service."""
    here = scope.resource
    wanted = [each for each in arguments if isinstance(each, str)]
    found: list[object] = []
    for resource in _beside(here, scope.inventory):
        asked = not wanted or any(_is_of(resource.type, each) for each in wanted)
        # A guard that is undecided splits the world, so that a resource is there or is not.
        if asked and resource.exists(scope.world):
            found.append(resource.fields)
    unknown = next((why for each in wanted if (why := scope.inventory.unread.near(each, here)) is not None), None)
    if here.live and here.stack is None:
        unknown = unknown or Unknown("not-collected", "an account does not tell which stack a resource is of")
    return found if unknown is None else OpenList(found, unknown.plain())


def anywhere(arguments: Sequence[object], scope: Scope) -> object:
    """All resources that were read of the types given.

    Where there are none, they may be in files elsewhere; a live account is all there is.
    """
    here = scope.resource
    types = [each for each in arguments if isinstance(each, str)]
    found: list[object] = [
        each.fields for wanted in types for each in scope.inventory.of_type(wanted) if each.exists(scope.world)
    ]
    if not (found or here.live or scope.relations.complete):
        return OpenList(found, Unknown("undeclared", f"`{types[0]}` may be outside the files scanned"))
    why = next((why for each in types if (why := scope.inventory.unread.near(each, here)) is not None), None)
    return found if why is None else OpenList(found, why.plain())


def _is_of(type_name: str, wanted: str) -> bool:
    return type_name == wanted or (wanted.endswith(_ALL) and type_name.startswith(wanted[:-1]))


def _beside(resource: Resource, inventory: Inventory) -> Sequence[Resource]:
    def build() -> dict[tuple[str, str], list[Resource]]:
        together: dict[tuple[str, str], list[Resource]] = {}
        for each in inventory.resources:
            together.setdefault(_home(each), []).append(each)
        return together

    together = inventory.remember(_beside, build)
    return together.get(_home(resource), ()) if isinstance(together, dict) else ()


def _home(resource: Resource) -> tuple[str, str]:
    """What a resource is deployed with: its stack in an account, else the file it is written in."""
    if resource.live:
        return (f"{resource.account}/{resource.region}", resource.stack or resource.address)
    return (resource.address.partition("#")[0], resource.stack or "")
