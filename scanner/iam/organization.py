"""The policies of an organisation that limit an account: SCPs its principals, RCPs its resources.

"SCP evaluation" and "Resource control policies" (Organizations User Guide): at every level from the root through the
units to the account something must allow, and nothing deny; the management account is bound by neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from scanner.base.record import record
from scanner.model.deferred import settle, settle_all
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World

ORGANIZATION = "AWS::Organizations::Organization"
ACCOUNT = "AWS::Organizations::Account"
UNIT = "AWS::Organizations::OrganizationalUnit"
POLICY = "AWS::Organizations::Policy"
Kind = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
SCP: Kind = "SERVICE_CONTROL_POLICY"
RCP: Kind = "RESOURCE_CONTROL_POLICY"
# "Quotas for AWS Organizations": units are nested five deep.
_DEEPEST = 16
# AWS attaches them to everything, and no template does.
_FULL_ACCESS: dict[Kind, object] = {
    SCP: {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    RCP: {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    },
}


@record
class Limit:
    """One policy of a level. `document` may be an Unknown."""

    name: str
    document: object
    source: Resource | None = None


Levels = tuple[tuple[Limit, ...], ...]


def limits_over(account: str, kind: Kind, inventory: Inventory, world: World, beside: str = "") -> Levels:
    """The levels from the root to the account; none where nothing of an organisation is known. Raises UndecidedError.

    `beside` is the address of what is limited: a template that makes the organisation is its management account's.
    """
    organizations = [each for each in inventory.of_type(ORGANIZATION) if each.exists(world)]
    policies = [each for each in inventory.of_type(POLICY) if each.exists(world)]
    if (not policies and not organizations) or any(_manages(each, account, world, beside) for each in organizations):
        return ()
    mine = [each for each in policies if _property(each, "Type", world) in (kind, None) or _open(each, "Type", world)]
    unread = next((why for each in organizations if (why := inventory.unread.near(POLICY, each)) is not None), None)
    path, doubt = _path(account, inventory, world)
    attached: list[list[Limit]] = [[] for _ in path]
    stray: list[Limit] = []
    for policy in mine:
        limit, targets = _limit(policy, kind, world), _property(policy, "TargetIds", world)
        places = [place for place, level in enumerate(path) if _is_at(targets, level, world) is True]
        for place in places:
            attached[place].append(limit)
        open_to = isinstance(targets, Unknown) or any(
            isinstance(_is_at(targets, level, world), Unknown) for level in path
        )
        if not places and (open_to or (doubt is not None and not _is_elsewhere(targets))):
            why = targets if isinstance(targets, Unknown) else doubt
            if why is None:
                why = Unknown("undeclared", "where it is attached is not known")
            why = Unknown(why.cause, f"whether `{limit.name}` is attached over {account}: {why.detail}")
            stray.append(Limit(limit.name, _doubted(limit.document, why), policy))
    live = any(each.live for each in policies)
    levels = [_level(limits, kind, live) for limits in attached if limits]
    if unread is not None:
        stray.append(Limit("unread policies", unread))
    # One level each: what is not known of one says nothing of the others.
    return (*levels, *((_full(kind), each) for each in stray))


def _level(limits: list[Limit], kind: Kind, live: bool) -> tuple[Limit, ...]:
    return tuple(limits) if live and kind == SCP else (_full(kind), *limits)


def _full(kind: Kind) -> Limit:
    return Limit("FullAWSAccess" if kind == SCP else "RCPFullAWSAccess", _FULL_ACCESS[kind])


def _doubted(document: object, why: Unknown) -> object:
    """What it denies, it may deny; what it allows makes no difference beside the policy that allows everything."""
    if not isinstance(document, Mapping):
        return why
    statements = document.get("Statement")
    denies = [
        {**each, "Effect": why}
        for each in (statements if isinstance(statements, list) else [statements])
        if isinstance(each, Mapping) and each.get("Effect") != "Allow"
    ]
    return {**document, "Statement": denies}


def _limit(policy: Resource, kind: Kind, world: World) -> Limit:
    name = _property(policy, "Name", world)
    document = settle_all(_property(policy, "Content", world), world)
    declared = _property(policy, "Type", world)
    if isinstance(declared, Unknown):
        document = Unknown(declared.cause, f"whether `{policy.logical_id}` is one: {declared.detail}")
    del kind
    return Limit(name if isinstance(name, str) else policy.logical_id, document, policy)


def _manages(organization: Resource, account: str, world: World, beside: str) -> bool:
    """Whether the account is the organisation's own, which its policies do not bind.

    "AWS::Organizations::Organization": it can be made in the management account only, and there is one for an account.
    """
    named = _property(organization, "ManagementAccountId", world)
    if isinstance(named, str) or organization.live:
        return named == account
    if organization.account is not None:
        return organization.account == account
    return bool(beside) and beside.partition("#")[0] == organization.address.partition("#")[0]


Names = Callable[[object, World], bool | Unknown]


def _path(account: str, inventory: Inventory, world: World) -> tuple[list[Names], Unknown | None]:
    """What names each level, the root first; and why levels between may be missing."""
    own = next((each for each in inventory.of_type(ACCOUNT) if _id(each, "AccountId", world) == account), None)
    if own is None:
        return [_named(account, None)], Unknown("not-collected", f"where {account} is in its organization was not read")
    path: list[Names] = [_named(account, own)]
    doubt: Unknown | None = None
    parent = _only(_property(own, "ParentIds", world))
    for _ in range(_DEEPEST):
        if isinstance(parent, Unknown) or parent is None:
            doubt = parent or Unknown("undeclared", f"where {account} is in its organization is not known")
            break
        unit = next((each for each in inventory.of_type(UNIT) if _is(parent, each, world)), None)
        path.append(_named(parent, unit))
        if unit is None:
            if not (isinstance(parent, str) and parent.startswith("r-")):
                doubt = Unknown("not-collected", f"what `{parent}` is below was not read")
            break
        parent = _property(unit, "ParentId", world)
    return path[::-1], doubt


def _named(name: object, resource: Resource | None) -> Names:
    def names(value: object, world: World) -> bool | Unknown:
        if isinstance(value, str) and isinstance(name, str) and value == name:
            return True
        return names_resource(value, resource, world) if resource is not None else _undecided(value)

    return names


def _undecided(value: object) -> bool | Unknown:
    return value.plain() if isinstance(value, Unknown) else False


def _is(value: object, unit: Resource, world: World) -> bool:
    return names_resource(value, unit, world) is True or (isinstance(value, str) and value == _id(unit, "Id", world))


def _is_at(targets: object, level: Names, world: World) -> bool | Unknown:
    found: bool | Unknown = False
    for target in _items(targets):
        at = level(settle(target, world), world)
        if at is True:
            return True
        if isinstance(at, Unknown):
            found = at
    return found


def _is_elsewhere(targets: object) -> bool:
    """Whether every target is an account of a known id: none of them is above this one."""
    items = _items(targets)
    return all(isinstance(each, str) and each.isdigit() for each in items)


def _items(value: object) -> Sequence[object]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _only(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else None if isinstance(value, list) else value


def _id(resource: Resource, name: str, world: World) -> object:
    value = _property(resource, name, world)
    return resource.logical_id if resource.live and not isinstance(value, str) else value


def _open(resource: Resource, name: str, world: World) -> bool:
    return isinstance(_property(resource, name, world), Unknown)


def _property(resource: Resource, name: str, world: World) -> object:
    properties = settle(resource.fields.get("Properties"), world)
    if not isinstance(properties, dict):
        return properties if isinstance(properties, Unknown) else None
    return settle(properties.get(name), world)


__all__ = ["RCP", "SCP", "Kind", "Levels", "Limit", "limits_over"]
