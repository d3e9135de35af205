"""A bucket's access control list as the statements that it stands for.

"Mapping of ACL permissions and access policy permissions" (Access control list (ACL) overview, Amazon S3 User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.model.bucket_acl import grants_of
from scanner.model.deferred import settle
from scanner.model.public_block import blocks_public
from scanner.model.unknown import OpenList, Unknown

if TYPE_CHECKING:
    from scanner.model.resource import Inventory, Resource
    from scanner.model.world import World

_ANYONE = "*"
_LISTING = ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "READ": _LISTING,
    # Overwriting and deleting are the bucket owner's own.
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
    "FULL_CONTROL": (*_LISTING, "s3:PutObject", "s3:GetBucketAcl", "s3:PutBucketAcl"),
}
_IGNORED = "IgnorePublicAcls"
# Its members are a service's hosts.
_OF_SERVICES = "LogDelivery"


def acl_statements(bucket: Resource, inventory: Inventory, world: World) -> Iterator[dict[str, object]]:
    """What the ACL allows others than the owner and services of AWS; the effect is Unknown where that is not known.

    `AuthenticatedUsers` are those of every account, and so is whoever asks here. Raises UndecidedError.
    """
    properties = settle(bucket.fields.get("Properties"), world)
    if not isinstance(properties, dict | Unknown):
        return
    granted = grants_of(properties, world, live=bucket.live) if isinstance(properties, dict) else properties
    for grant in granted if isinstance(granted, list) else ():
        statement = _statement(bucket, grant, inventory, world)
        if statement is not None:
            yield statement
    if isinstance(granted, Unknown | OpenList):
        why = granted if isinstance(granted, Unknown) else granted.unknown
        yield _allow(why.plain(), _ANYONE, "FULL_CONTROL")


def _statement(bucket: Resource, grant: object, inventory: Inventory, world: World) -> dict[str, object] | None:
    if isinstance(grant, Unknown):
        return _allow(grant.plain(), _ANYONE, "FULL_CONTROL")
    if not isinstance(grant, dict) or grant.get("Account") in ("owner", "service"):
        return None
    group, permission = grant.get("Group"), grant.get("Permission")
    unknown = next((each.plain() for each in (group, permission) if isinstance(each, Unknown)), None)
    if unknown is not None:
        return _allow(unknown, _ANYONE, "FULL_CONTROL")
    if group == _OF_SERVICES:
        return None
    if group is not None:
        ignored = blocks_public(bucket, _IGNORED, inventory, world)
        if ignored is True:
            return None
        return _allow("Allow" if ignored is False else ignored, _ANYONE, str(permission))
    name = grant.get("CanonicalId")
    who = name if isinstance(name, str) else Unknown("undeclared", "which account has this address is not told")
    statement = _allow("Allow", {"CanonicalUser": who}, str(permission))
    if bucket.account is not None:
        # The account is another one, whichever it is.
        statement["Condition"] = {"StringNotEquals": {"aws:PrincipalAccount": bucket.account}}
    return statement


def _allow(effect: object, principal: object, permission: str) -> dict[str, object]:
    # A permission that is younger than this version may be anything.
    actions = _ACTIONS.get(permission, ("s3:*",))
    return {"Sid": "Acl", "Effect": effect, "Principal": principal, "Action": [*actions], "Resource": "*"}
