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
    from scanner.model.resource import Inventory, Resource
    from scanner.model.world import World

BLOCK = "PublicAccessBlockConfiguration"
"""The property that has the settings, of buckets, access points and the account alike."""
ACCOUNT = "AWS::::Account"
_TYPES = "AWS::S3::"


def blocks_public(resource: Resource, setting: str, inventory: Inventory, world: World) -> Truth:
    """Whether the setting, such as `IgnorePublicAcls`, is on for the resource or for the account that it is of.

    Of an account that nobody asked about, as of the account that a template is deployed to, nothing is known, and what
    the resource itself lets in counts. What was refused is unknown. Raises UndecidedError.
    """
    properties = settle(resource.fields.get("Properties"), world)
    own = _setting(properties, setting, world)
    if own is True or not resource.type.startswith(_TYPES):
        return own
    found: list[Truth] = [own]
    for account in inventory.of_type(ACCOUNT):
        of = _is_of(account, resource)
        if of is False or not account.exists(world):
            continue
        # The account's settings are for all of its regions, and each region's answer has them.
        said = _setting(settle(account.fields.get("Properties"), world), setting, world)
        found.append(said if of is True or said is False else of)
    return disj(found)


def _is_of(account: Resource, resource: Resource) -> Truth:
    if account.live != resource.live or account.folder != resource.folder:
        return False
    if account.live:
        return account.account == resource.account
    same = same_value(account.fields.get("Account"), resource.fields.get("Account"))
    return same if same is not None else Unknown("deploy-time", "which account the provider works in is not written")


def _setting(properties: object, setting: str, world: World) -> Truth:
    value: object = properties
    for key in (BLOCK, setting):
        if isinstance(value, Unknown):
            return value.plain()
        if not isinstance(value, dict):
            return False
        if key not in value and isinstance(value, OpenMap):
            return value.unknown.plain()
        value = settle(value.get(key), world)
    # Templates may write a truth as a text.
    return value.plain() if isinstance(value, Unknown) else str(value).lower() == "true"
