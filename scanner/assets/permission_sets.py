"""Permission sets of IAM Identity Center: what they allow, and who is assigned them, as far as that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.base.record import record
from scanner.iam.managed import managed_policy
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.readers import Caller, placed
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

SET, ASSIGNMENT = "AWS::SSO::PermissionSet", "AWS::SSO::Assignment"
# "IAM Identity Center User Guide": the roles that it makes in the accounts of an assignment.
_ROLE = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")


@record
class Assigned:
    """Who is assigned a permission set; `why` says what of it is not known."""

    whom: str | None
    account: str | None
    why: Unknown | None = None


def set_of_role(name: str) -> str | None:
    """The permission set that a role of Identity Center is for; None for any other role."""
    found = _ROLE.fullmatch(name)
    return found[1] if found is not None else None


def caller_of(permission_set: Resource, inventory: Inventory, world: World) -> Caller:
    """The permission set with its policies, as a principal. Raises UndecidedError."""
    ground = placed(permission_set)
    properties = settle_all(permission_set.fields.get("Properties"), world)
    if not isinstance(properties, dict):
        unread = Policy.of("unread permission set", properties)
        return Caller(permission_set, None, PolicySet((unread,)), (), ground)
    policies: list[Policy] = []
    inline = properties.get("InlinePolicy")
    if inline is not None:
        policies.append(Policy.of("InlinePolicy", ground(inline)))
    listed = properties.get("ManagedPolicies")
    policies += [_of_aws(arn) for arn in (listed if isinstance(listed, list) else [])]
    if isinstance(listed, OpenList):
        policies.append(Policy.of("unread policy", listed.unknown.plain()))
    policies += _of_accounts(properties.get("CustomerManagedPolicyReferences"), inventory, world)
    if isinstance(properties, OpenMap):
        policies.append(Policy.of("unread policy", properties.unknown.plain()))
    boundary = properties.get("PermissionsBoundary")
    limit: tuple[Policy, ...] | None = None
    if isinstance(boundary, dict):
        arn = boundary.get("ManagedPolicyArn")
        named = boundary.get("CustomerManagedPolicyReference")
        limit = (_of_aws(arn),) if arn is not None else tuple(_of_accounts([named], inventory, world))
    return Caller(permission_set, None, PolicySet(tuple(policies), limit), (), ground)


def _of_aws(arn: object) -> Policy:
    text = str(arn) if isinstance(arn, Text) else arn
    name = text.partition(":iam::aws:policy/")[2] if isinstance(text, str) else ""
    shipped = managed_policy(f"arn:aws:iam::aws:policy/{name}") if name else None
    if shipped is not None:
        return Policy.of(f"{name} (of AWS)", shipped.document)
    detail = f"managed policy `{arn}` is not among those shipped with this version"
    return Policy.of(str(arn), arn if isinstance(arn, Unknown) else Unknown("missing-file", detail))


def _of_accounts(references: object, inventory: Inventory, world: World) -> Iterator[Policy]:
    """Policies of the accounts, which are found there by their name."""
    for each in references if isinstance(references, list) else []:
        name = each.get("Name") if isinstance(each, dict) else each
        for policy in inventory.of_type("AWS::IAM::ManagedPolicy") if isinstance(name, str) else ():
            if names_resource(name, policy, world) is True:
                properties = settle(policy.fields.get("Properties"), world)
                document = properties.get("PolicyDocument") if isinstance(properties, dict) else properties
                yield Policy.of(policy.logical_id, placed(policy)(settle_all(document, world)))
                break
        else:
            why = Unknown("missing-file", f"policy `{name}` of the accounts was not read")
            yield Policy.of("unread policy", name if isinstance(name, Unknown) else why)


def assigned(name: str | None, permission_set: Resource | None, inventory: Inventory, world: World) -> list[Assigned]:
    """Whom assignments give the permission set of this name, or this resource. Raises UndecidedError."""
    found: list[Assigned] = []
    sets = inventory.of_type(SET)
    for each in inventory.of_type(ASSIGNMENT):
        if not each.exists(world):
            continue
        properties = settle_all(each.fields.get("Properties"), world)
        if not isinstance(properties, dict):
            found.append(Assigned(None, None, properties if isinstance(properties, Unknown) else None))
            continue
        arn = properties.get("PermissionSetArn")
        wanted = permission_set or next((one for one in sets if _is_called(one, name, world)), None)
        if wanted is None or names_resource(arn, wanted, world) is False:
            continue
        kind = str(properties.get("PrincipalType", "")).lower() or "principal"
        whom, account = properties.get("PrincipalId"), properties.get("TargetId")
        found.append(
            Assigned(
                f"{kind} {whom}" if isinstance(whom, str) else None,
                account if isinstance(account, str) else None,
                next((one for one in (whom, account) if isinstance(one, Unknown)), None),
            )
        )
    if not found:
        what = name or (permission_set.logical_id if permission_set is not None else "")
        why = f"who is assigned permission set {what} in IAM Identity Center was not read"
        found.append(Assigned(None, None, Unknown("not-collected", why)))
    return found


def _is_called(permission_set: Resource, name: str | None, world: World) -> bool:
    properties = settle(permission_set.fields.get("Properties"), world)
    called = settle(properties.get("Name"), world) if isinstance(properties, dict) else None
    return name is not None and name in (called, permission_set.logical_id)


__all__ = ["ASSIGNMENT", "SET", "Assigned", "assigned", "caller_of", "set_of_role"]
