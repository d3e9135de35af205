"""S3 Block Public Access of a bucket or an access point: its own settings and those of its account.

"Amazon S3 applies the most restrictive combination" of them ("Blocking public access to your Amazon S3 storage", Amazon
S3 User Guide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.model.deferred import OpenMap, settle
from scanner.model.resource import same_value
from scanner.model.truth import Truth, disj
from scanner.model.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.model.resource import Inventory, Resource
    from scanner.model.world import World

BLOCK = "PublicAccessBlockConfiguration"
"""The property that has the settings, of buckets, access points and the account alike."""
OF_ACCOUNT = "AccountPublicAccessBlock"
"""The property that has those of the account beside a bucket or access point that was read of one."""
ACCOUNT = "AWS::::Account"
_TYPES = "AWS::S3::"


def blocks_public(resource: Resource, setting: str, inventory: Inventory, world: World) -> Truth:
    """Whether the setting, such as `IgnorePublicAcls`, is on for the resource or for the account that it is of.

    Of the account that a file is deployed to nothing is known but what files declare of it, and what the resource
    itself lets in counts. Of an account that was read, what was not asked is unknown as what was refused is. Raises
    UndecidedError.
    """
    properties = settle(resource.fields.get("Properties"), world)
    own = _setting(properties, BLOCK, setting, world)
    if own is True or not resource.type.startswith(_TYPES):
        return own
    found: list[Truth] = []
    for account in inventory.of_type(ACCOUNT):
        of = _is_of(account, resource)
        if of is False or not account.exists(world):
            continue
        said = _setting(settle(account.fields.get("Properties"), world), BLOCK, setting, world)
        found.append(said if of is True or said is False else of)
    if resource.live:
        found = [_of_account(resource, [_setting(properties, OF_ACCOUNT, setting, world), *found])]
    return disj([own, *found])


def _of_account(resource: Resource, found: Sequence[Truth]) -> Truth:
    """The account's settings are for all of its regions: wherever they are told, they are told."""
    told = [each for each in found if not isinstance(each, Unknown)]
    if told:
        return True in told
    denied = next((each for each in found if isinstance(each, Unknown) and each.cause != "not-collected"), None)
    return denied or Unknown("not-collected", f"S3 Block Public Access of account {resource.account} was not read")


def _is_of(account: Resource, resource: Resource) -> Truth:
    if account.live != resource.live or account.folder != resource.folder:
        return False
    if account.live:
        return account.account == resource.account
    same = same_value(account.fields.get("Account"), resource.fields.get("Account"))
    return same if same is not None else Unknown("deploy-time", "which account the provider works in is not written")


def _setting(properties: object, block: str, setting: str, world: World) -> Truth:
    value: object = properties
    for key in (block, setting):
        if isinstance(value, Unknown):
            return value.plain()
        if not isinstance(value, dict):
            return False
        if key not in value and isinstance(value, OpenMap):
            return value.unknown.plain()
        value = settle(value.get(key), world)
    # Templates may write a truth as a text.
    return value.plain() if isinstance(value, Unknown) else str(value).lower() == "true"
