"""What a principal of the inventory may do: every policy that reaches it, from templates and snapshots alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from scanner.base.record import record
from scanner.iam.managed import managed_policy
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.reference_index import pointing_at
from scanner.iam.standins import Ground, as_it_is
from scanner.model.data_age import data_dates
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import MaybeList, OpenList, Reference, Unknown
from scanner.model.world import World

ROLE, USER, GROUP, MANAGED = "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy"
PRINCIPALS = (ROLE, USER, GROUP)
# Where a policy of its own names the principals that it is attached to ("AWS Identity and Access Management resource
# type reference").
_LISTS = {ROLE: "Roles", USER: "Users", GROUP: "Groups"}
_SINGLE = {
    ROLE: ("AWS::IAM::RolePolicy", "RoleName"),
    USER: ("AWS::IAM::UserPolicy", "UserName"),
    GROUP: ("AWS::IAM::GroupPolicy", "GroupName"),
}


_DOCUMENT = ("Properties", "PolicyDocument")
Read = Callable[[object, World], object]


@record
class Attached:
    """A document that is attached to a principal, and the resource that it is written in, at `keys` of its fields."""

    name: str
    document: object
    source: Resource | None
    keys: tuple[str | int, ...] = ()

    def policy(self, ground: Ground) -> Policy:
        """The document as `ground` makes it, under the name that answers give it."""
        return Policy.of(self.name, ground(self.document))


def effective_policies(principal: Resource, inventory: Inventory, world: World, ground: Ground = as_it_is) -> PolicySet:
    """The identity side of a role, user or group, and a role's trust policy. Raises UndecidedError.

    What was not read stands as a policy that is unknown: it may allow or deny anything. `ground` may replace values in
    the documents.
    """
    properties = settle(principal.fields.get("Properties"), world)
    identity = tuple(each.policy(ground) for each in attached_policies(principal, inventory, world))
    if isinstance(properties, Unknown):
        return PolicySet(identity, trust=properties if principal.type == ROLE else None)
    if not isinstance(properties, dict):
        return PolicySet(identity)
    limit = boundary_policy(principal, inventory, world)
    boundary = None if limit is None else (limit.policy(ground),)
    trust: Policy | None = None
    if principal.type == ROLE:
        trust = Policy.of("AssumeRolePolicyDocument", ground(trust_document(principal, world)))
    return PolicySet(identity, boundary, trust=trust)


def boundary_policy(
    principal: Resource, inventory: Inventory, world: World, read: Read = settle_all
) -> Attached | None:
    """The permissions boundary, None where there is none. Raises UndecidedError."""
    properties = settle(principal.fields.get("Properties"), world)
    limit = _entry(properties, "PermissionsBoundary", world) if isinstance(properties, dict) else None
    if limit is None:
        return None
    return _too_old(limit, inventory) or _managed(limit, inventory, world, read)


def trust_document(role: Resource, world: World) -> object:
    """What `AssumeRolePolicyDocument` holds; may be an Unknown. Raises UndecidedError."""
    properties = settle(role.fields.get("Properties"), world)
    if not isinstance(properties, dict):
        return properties
    return settle_all(_entry(properties, "AssumeRolePolicyDocument", world), world)


def attached_policies(
    principal: Resource, inventory: Inventory, world: World, read: Read = settle_all
) -> list[Attached]:
    """Inline policies, policies of their own, managed policies and those of a user's groups.

    `read` gives a document as it is in the world. In a wide world those are among them that are attached in some worlds
    only. Raises UndecidedError.
    """
    attached = list(_inline(principal, world, read))
    attached += _beside(principal, inventory, world, read)
    properties = settle(principal.fields.get("Properties"), world)
    if isinstance(properties, dict):
        for arn in _items(properties, "ManagedPolicyArns", world):
            attached.append(_managed(arn, inventory, world, read))
            attached += filter(None, (_too_old(arn, inventory),))
        if principal.type == USER:
            attached += _of_groups(principal, properties, inventory, world, read)
    return attached


def _inline(principal: Resource, world: World, read: Read) -> Iterator[Attached]:
    properties = settle(principal.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        yield _unread(properties, principal)
        return
    if not isinstance(properties, dict):
        return
    for index, item in enumerate(_items(properties, "Policies", world)):
        if isinstance(item, dict):
            name = settle(item.get("PolicyName"), world)
            document = read(_entry(item, "PolicyDocument", world), world)
            keys = ("Properties", "Policies", index, "PolicyDocument")
            yield Attached(name if isinstance(name, str) else "inline policy", document, principal, keys)
        elif isinstance(item, Unknown):
            yield _unread(item, principal)


def _beside(principal: Resource, inventory: Inventory, world: World, read: Read) -> Iterator[Attached]:
    """Policies that are resources of their own and name the principal."""
    for kind in ("AWS::IAM::Policy", MANAGED):
        for policy in pointing_at(inventory, kind, _LISTS[principal.type], principal, world):
            yield from _if_attached(principal, policy, _LISTS[principal.type], world, read)
    kind, path = _SINGLE[principal.type]
    for policy in pointing_at(inventory, kind, path, principal, world):
        yield from _if_attached(principal, policy, path, world, read)


def _if_attached(principal: Resource, policy: Resource, path: str, world: World, read: Read) -> Iterator[Attached]:
    properties = settle(policy.fields.get("Properties"), world)
    if not isinstance(properties, dict):
        return
    doubt: Unknown | None = None
    for value in _items(properties, path, world):
        same = names_resource(value, principal, world)
        if same is True:
            if policy.exists(world):
                document = read(_entry(properties, "PolicyDocument", world), world)
                yield Attached(policy.logical_id, document, policy, _DOCUMENT)
            return
        if isinstance(same, Unknown) and principal.folder == policy.folder:
            doubt = doubt or same
    if doubt is not None and policy.exists(world):
        yield _unread(Unknown(doubt.cause, f"whether `{policy.logical_id}` is attached: {doubt.detail}"), policy)


def _of_groups(
    user: Resource, properties: dict[str, object], inventory: Inventory, world: World, read: Read
) -> Iterator[Attached]:
    for value in _items(properties, "Groups", world):
        groups = [group for group in inventory.of_type(GROUP) if names_resource(value, group, world) is True]
        for group in groups:
            yield from attached_policies(group, inventory, world, read)
        if not groups:
            yield _unread(_not_in_the_set("group", value), user)


def _managed(arn: object, inventory: Inventory, world: World, read: Read) -> Attached:
    """The document that a managed policy's ARN stands for, unknown where it was not read. Raises UndecidedError."""
    name = _aws_managed_name(arn)
    for policy in _managed_named(arn, inventory) if name is None else ():
        if names_resource(arn, policy, world) is True:
            properties = settle(policy.fields.get("Properties"), world)
            document = _entry(properties, "PolicyDocument", world) if isinstance(properties, dict) else properties
            return Attached(policy.logical_id, read(document, world), policy, _DOCUMENT)
    if name is not None:
        shipped = managed_policy(f"arn:aws:iam::aws:policy/{name}")
        if shipped is not None:
            return Attached(
                f"{name} (AWS managed, {shipped.version} of {shipped.updated[:10]})", shipped.document, None
            )
        detail = f"AWS-managed policy `{name}` is not among those shipped with this version"
        return _unread(Unknown("missing-file", detail), None)
    if isinstance(arn, Unknown):
        return _unread(arn, None)
    return _unread(_not_in_the_set("managed policy", arn), None)


def _too_old(arn: object, inventory: Inventory) -> Attached | None:
    """What AWS may have added to a policy of its own since the shipped document was read, on a day past its limit.

    AWS changes these policies without notice, so what the document grants still counts, and what it lacks is unknown.
    """
    shipped, day = data_dates()["managed-policies"], inventory.as_of
    if day is None or _aws_managed_name(arn) is None or not shipped.is_past(day):
        return None
    return _unread(Unknown("missing-file", f"AWS may have changed `{arn}` since: {shipped.note(day)}"), None)


def _managed_named(arn: object, inventory: Inventory) -> Sequence[Resource]:
    """The policies that an ARN may stand for: one by its reference, else any."""
    if isinstance(arn, Reference):
        found = inventory.at(arn.resource)
        return (found,) if found is not None and found.type == MANAGED else ()
    return inventory.of_type(MANAGED)


def _aws_managed_name(arn: object) -> str | None:
    """`service-role/X` of `arn:aws:iam::aws:policy/service-role/X`; the partition may be a hole."""
    text = str(arn) if isinstance(arn, Text) and arn.prefix.startswith("arn:") else arn
    if isinstance(text, str) and text.startswith("arn:") and ":iam::aws:policy/" in text:
        name = text.partition(":iam::aws:policy/")[2]
        return name if "${" not in name else None
    return None


def _not_in_the_set(what: str, value: object) -> Unknown:
    return Unknown("missing-file", f"{what} `{value}` is not in the files scanned")


def _unread(unknown: Unknown, source: Resource | None) -> Attached:
    return Attached("unread policy", unknown.plain(), source)


def _entry(properties: dict[str, object], name: str, world: World) -> object:
    if name not in properties and isinstance(properties, OpenMap):
        return properties.unknown.plain()
    return settle(properties.get(name), world)


def _items(properties: dict[str, object], name: str, world: World) -> Sequence[object]:
    """The items of a list; a single value counts as one, and what may be more as one that is unknown."""
    value = _entry(properties, name, world)
    if value is None:
        return ()
    if not isinstance(value, list):
        return (value,)
    if isinstance(value, MaybeList):
        return [*value, *value.maybe]
    return [*value, value.unknown.plain()] if isinstance(value, OpenList) else value
