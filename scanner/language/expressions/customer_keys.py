"""Whether what a store names as its key is a customer managed key of KMS.

"AWS KMS keys": an AWS managed key has an alias `alias/aws/SERVICE`, which nobody else may make; an AWS owned key is in
no account and is named by a word, such as `AWS_OWNED_KMS_KEY`. What has the id or ARN of a key in a file is taken for
the customer's: nobody is led there by AWS's own keys, which are named by their aliases or by nothing. A service that is
asked, however, tells the ARN of its AWS managed key, and there the keys that were read decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import Reference, Unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

_OF_AWS = re.compile(r"(?:.*[:/])?alias/aws/|aws/|AWS_[A-Z_]*\Z|(?:true|false)\Z", re.IGNORECASE)
_ARN = re.compile(r"arn:[^:]*:kms:(?P<region>[^:]*):(?P<account>[^:]*):(?:key|alias)/.")
_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
# What has no slash in it, and so is no beginning of `aws/`.
_WITHOUT_SLASH = frozenset({"AWS::AccountId", "AWS::Region", "AWS::StackName"})


def customer_key(arguments: Sequence[object], scope: Scope) -> object:
    """True for a key that the customer manages, False for AWS's own, for none, and for what is no key."""
    (value,) = arguments
    if isinstance(value, Reference):
        return _of_resource(value, scope)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        return _of_text(value)
    return isinstance(value, str) and _of_name(value.strip(), scope)


def _of_resource(value: Reference, scope: Scope) -> object:
    named = scope.inventory.at(value.resource)
    if named is not None and named.type in (*_KEYS, "AWS::KMS::Alias"):
        return True
    # Only a custom resource, a nested stack or an attribute that tells a key may give one.
    may_give = (
        named is None or not named.type.startswith("AWS::") or named.type == "AWS::CloudFormation::CustomResource"
    )
    return value if may_give or re.search("(?i)key|kms|value|output", value.attribute) else False


def _of_text(value: Text) -> object:
    literal = [part for part in value.parts if isinstance(part, str)]
    if _OF_AWS.match(value.prefix) or any("alias/aws/" in part for part in literal):
        return False
    service = re.match(r"arn:[^:\0]*:([^:\0]+):", "".join(_shown(part) for part in value.parts))
    if service is not None and service[1] != "kms":
        return False
    for part, after in zip(value.parts, (*value.parts[1:], None), strict=True):
        if not isinstance(part, str):
            continue
        alias = part.rpartition("alias/")[2] if "alias/" in part else None
        if "key/" in part or (alias and not "aws/".startswith(alias)):
            return True
        if alias == "" and isinstance(after, Unknown) and after.symbol and after.symbol[-1] in _WITHOUT_SLASH:
            following = value.parts[value.parts.index(after) + 1 :]
            return True if not (following and str(following[0]).startswith("/")) else value.unknown
    return value.unknown


def _shown(part: str | Unknown) -> str:
    """A hole that may hold anything as NUL; the name of a partition has no colon in it."""
    if isinstance(part, str):
        return part
    return "aws" if part.symbol and part.symbol[-1] == "AWS::Partition" else "\0"


def _of_name(name: str, scope: Scope) -> object:
    if not name or _OF_AWS.match(name):
        return False
    arn = _ARN.match(name)
    if name.startswith("arn:") and arn is None:
        return False
    here = scope.resource
    if not here.live or "alias/" in name or (arn and here.account and arn["account"] != here.account):
        return True
    return _is_read(name, arn["region"] if arn else None, here, scope)


def _is_read(name: str, region: str | None, here: Resource, scope: Scope) -> object:
    """Whether the key is among those of the account, of which only customer managed ones are read."""
    if any(_names(key, name, scope) for type_name in _KEYS for key in scope.inventory.of_type(type_name)):
        return True
    unread = scope.inventory.unread.near("AWS::KMS::Key", here)
    if unread is None and region not in (None, here.region):
        unread = Unknown("not-collected", f"the keys of {region} were not asked for beside those of {here.region}")
    return False if unread is None else unread


def _names(key: Resource, name: str, scope: Scope) -> bool:
    return name in (key.arn, *key.names(scope.world).all) or name.endswith(f"key/{key.logical_id}")


__all__ = ["customer_key"]
