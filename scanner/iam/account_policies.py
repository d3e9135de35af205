"""Policies that are on no one resource but on all that an account has of a kind in a region.

"AWS::Logs::ResourcePolicy" and "AWS::ECR::RegistryPolicy" (AWS resource and property types reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.base.record import record
from scanner.iam.governed import FOR_SERVICES, allowing_only, doubtful
from scanner.iam.policy_document import PolicyDocument, Statement, parse_document
from scanner.iam.standins import Ground
from scanner.model.deferred import settle, settle_all
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import UndecidedError, World

_REGISTRY = Unknown(
    "undeclared", "for which actions a registry's policy is, the account's setting REGISTRY_POLICY_SCOPE says"
)


@record
class Wide:
    """`document` is the property that holds the policy, `doubt` why what it allows may not count."""

    type: str
    document: str
    doubt: Unknown | None = None


WIDE: Mapping[str, Wide] = {
    "AWS::ECR::Repository": Wide("AWS::ECR::RegistryPolicy", "PolicyText", _REGISTRY),
    "AWS::Logs::LogGroup": Wide("AWS::Logs::ResourcePolicy", "PolicyDocument", FOR_SERVICES),
}
"""By the type of the resources that such a policy is for."""
BY_SERVICE: Mapping[str, str] = {"ecr": "AWS::ECR::Repository", "logs": "AWS::Logs::LogGroup"}


def account_policies(
    kind: str, account: str | None, region: str | None, inventory: Inventory, world: World, ground: Ground
) -> Iterator[tuple[str, PolicyDocument]]:
    """What such policies allow principals other than services on resources of the type there. Raises UndecidedError."""
    wide = WIDE.get(kind)
    if wide is None:
        return
    for policy in _letting_in(inventory, wide):
        if _is_there(policy.account, account) and _is_there(policy.region, region) and policy.exists(world):
            document = allowing_only(parse_document(ground(_written(policy, wide, world))))
            if wide.doubt is not None:
                document = doubtful(document, wide.doubt)
            yield policy.logical_id, document


def _letting_in(inventory: Inventory, wide: Wide) -> Sequence[Resource]:
    """Most let services in only, and are not looked at for every resource again."""
    listed = inventory.of_type(wide.type)
    if not listed:
        return ()
    known = inventory.remember(
        ("account policies", wide.type), lambda: [each for each in listed if _may_let_in(each, wide)]
    )
    assert isinstance(known, list)  # noqa: S101  # what was remembered under this key
    return known


def _may_let_in(policy: Resource, wide: Wide) -> bool:
    probe = World()
    try:
        document = parse_document(_written(policy, wide, probe))
    except UndecidedError:
        return True
    return bool(probe.assumptions) or document.more is not None or any(map(_lets_in, document.statements))


def _lets_in(statement: Statement) -> bool:
    principal = statement.principal
    if statement.effect == "Deny":
        return False
    if principal is None or principal.negated or principal.more is not None:
        return True
    return any(each.type != "Service" for each in principal.items)


def _written(policy: Resource, wide: Wide, world: World) -> object:
    properties = settle(policy.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties
    return settle_all(properties.get(wide.document), world) if isinstance(properties, dict) else None


def _is_there(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
