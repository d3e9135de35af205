"""Whose data is what: one class for each kind of entry under `owned`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

StoreModel = Literal["pool", "silo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What any entry may say; `model` None means the tenancy's own, `sensitive` is of pii, phi and financial."""

    model: StoreModel | None = None
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamodbItems(Declaration):
    """Items whose partition key matches `key`; `indexes` are the partition keys of the table's indexes by name."""

    kind: ClassVar = "dynamodb-item"
    table: str
    key: str
    indexes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Objects(Declaration):
    """Objects whose key matches `key`."""

    kind: ClassVar = "s3-object"
    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedS3Objects(Declaration):
    """Objects whose own tag names the owner."""

    kind: ClassVar = "s3-object-tag"
    bucket: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedArn(Declaration):
    """Whatever has such an ARN, for `actions`; none given means all actions of any service that take such an ARN."""

    kind: ClassVar = "arn"
    arn: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsContext(Declaration):
    """Ciphertexts made under a key with this encryption context."""

    kind: ClassVar = "kms-context"
    key: str
    context: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedResources(Declaration):
    """Resources of these types, each owned by the tenant in its own tag."""

    kind: ClassVar = "tagged"
    types: tuple[str, ...]
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantAccounts(Declaration):
    """Whole accounts: by an account tag, by organizational unit (`ou`), or `by_account`, tenant ids by account id."""

    kind: ClassVar = "account"
    tag: str | None
    ou: bool
    by_account: Mapping[str, str]


Owned = DynamodbItems | S3Objects | TaggedS3Objects | OwnedArn | KmsContext | TaggedResources | TenantAccounts
