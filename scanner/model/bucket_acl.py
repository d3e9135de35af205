"""What a bucket's access control list grants, however it is written: canned, grant by grant, or as AWS tells it.

"Access control list (ACL) overview" and "Controlling ownership of objects and disabling ACLs for your bucket" (Amazon
S3 User Guide). A grant is `{Group, Account, CanonicalId, Permission}`: `Group` is the predefined group (`AllUsers`,
`AuthenticatedUsers`, `LogDelivery`), absent where it is to an account; then `Account` is `owner`, `service` or `other`,
and `CanonicalId` the canonical user id of what is neither. `Permission` is S3's word, such as `WRITE_ACP`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scanner.model.deferred import OpenMap, settle_all
from scanner.model.unknown import OpenList, Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.model.world import World

Grant = Mapping[str, object]

GRANTS = "AclGrants"
"""The property of a bucket that has its grants; CloudFormation's schema has the canned name only."""
CANNED = "AccessControl"
ENFORCED = "BucketOwnerEnforced"
# Of the rules there is one ("PutBucketOwnershipControls").
_OWNERSHIP = "OwnershipControls.Rules.ObjectOwnership"
_OWNER: Grant = {"Account": "owner", "Permission": "FULL_CONTROL"}
# "Canned ACL". Those of an object's owner and the bucket's are ignored where a bucket is made with them.
_CANNED: Mapping[str, tuple[Grant, ...]] = {
    "Private": (),
    "PublicRead": ({"Group": "AllUsers", "Permission": "READ"},),
    "PublicReadWrite": (
        {"Group": "AllUsers", "Permission": "READ"},
        {"Group": "AllUsers", "Permission": "WRITE"},
    ),
    "AuthenticatedRead": ({"Group": "AuthenticatedUsers", "Permission": "READ"},),
    "LogDeliveryWrite": (
        {"Group": "LogDelivery", "Permission": "WRITE"},
        {"Group": "LogDelivery", "Permission": "READ_ACP"},
    ),
    "AwsExecRead": ({"Account": "service", "Permission": "READ"},),
    "BucketOwnerRead": (),
    "BucketOwnerFullControl": (),
}
# Accounts by which services of AWS read and write with ACLs: EC2 for bundles of images ("Canned ACL"), CloudFront for
# its older logs ("Configure standard logging (legacy)": of all regions, and of China), ElastiCache for exported backups
# ("Exporting a backup": of all regions, GovCloud, and China).
_SERVICES = frozenset(
    {
        "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c",
        "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",
        "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56",
        "540804c33a284a299d2547575ce1010f2312ef3da9b3a053c8bc45bf233e4353",
        "40fa568277ad703bd160f66ae4f83fc9dfdfd06c2f1b5060ca22442ac3ef8be6",
        "b14d6a125bdf69854ed8ef2e71d8a20b7c490f252229b806e514966e490b8d83",
    }
)


def canned_grants(name: str) -> list[Grant] | None:
    """What CloudFormation's canned ACL grants; None for a name that is none."""
    found = _CANNED.get(name)
    return None if found is None else [_OWNER, *found]


def canned_name(grants: Iterable[Grant]) -> str | None:
    """The canned ACL that grants exactly this; None where none does."""
    wanted = _set([_OWNER, *grants])
    return next((name for name, found in _CANNED.items() if _set([_OWNER, *found]) == wanted), None)


def grant_to(uri: object, account: object, owner: object, permission: object, email: object = None) -> Grant | None:
    """A grant as S3 answers it; None where it is to nobody that is told.

    `uri` is a group's, `account` and `owner` are canonical user ids. Raises ValueError without a permission.
    """
    if not isinstance(permission, str) or not permission:
        raise ValueError("a grant of nothing")
    if isinstance(uri, str) and uri:
        # A group that is not known is taken for what it is: somebody's that AWS chose.
        return {"Group": uri.rpartition("/")[2], "Permission": permission}
    if isinstance(account, str) and account:
        if account == owner:
            return {"Account": "owner", "Permission": permission}
        if account in _SERVICES:
            return {"Account": "service", "Permission": permission}
        return {"Account": "other", "CanonicalId": account, "Permission": permission}
    return {"Account": "other", "Permission": permission} if isinstance(email, str) and email else None


def grants_of(properties: Mapping[str, object], world: World, *, live: bool) -> object:
    """A list of grants or why it is not known. Raises UndecidedError."""
    enforced = _is_enforced(properties, world)
    if enforced is True:
        return []
    granted = _written(properties, world)
    if not isinstance(enforced, Unknown) or isinstance(granted, Unknown):
        return granted
    others = [each for each in granted if not (isinstance(each, dict) and each.get("Account") == "owner")]
    # Where ACLs are switched off AWS answers that the owner has full control, and nothing else: who reads more of an
    # account reads that they are on.
    if live or (not others and not isinstance(granted, OpenList)):
        return granted
    return OpenList([], enforced.plain())


def _is_enforced(properties: Mapping[str, object], world: World) -> bool | Unknown:
    first, *below = _OWNERSHIP.split(".")
    value = _property(properties, first, world)
    for name in below:
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, dict):
            value = value.get(name)
    return value if isinstance(value, Unknown) else value == ENFORCED


def _written(properties: Mapping[str, object], world: World) -> list[object] | Unknown:
    granted = settle_all(properties.get(GRANTS), world)
    if isinstance(granted, Unknown):
        return granted.plain()
    if isinstance(granted, list):
        return granted
    canned = _property(properties, CANNED, world)
    if canned is None:
        canned = "Private"
    found = canned_grants(canned) if isinstance(canned, str) else None
    if found is not None:
        return [*found]
    unknown = first_unknown(canned)
    return unknown.plain() if unknown else Unknown("invalid-template", f"`{canned}` is no canned ACL")


def _property(properties: Mapping[str, object], name: str, world: World) -> object:
    if name not in properties and isinstance(properties, OpenMap):
        return properties.unknown.plain()
    return settle_all(properties.get(name), world)


def _set(grants: Iterable[Grant]) -> frozenset[tuple[tuple[str, object], ...]]:
    return frozenset(tuple(sorted(each.items(), key=lambda pair: pair[0])) for each in grants)
