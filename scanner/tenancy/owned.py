"""Whose data is what: one class for each kind of entry under `owned`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from scanner.base.record import record

StoreModel = Literal["pool", "silo"]


@record(kw_only=True)
class Declaration:
    """What any entry may say; `model` None means the tenancy's own, `sensitive` is of pii, phi, financial and sud."""

    model: StoreModel | None = None
    sensitive: tuple[str, ...] = ()


@record(kw_only=True)
class DynamodbItems(Declaration):
    """Items whose partition key matches `key`; `indexes` are the partition keys of the table's indexes by name."""

    kind: ClassVar = "dynamodb-item"
    table: str
    key: str
    indexes: Mapping[str, str]


@record(kw_only=True)
class S3Objects(Declaration):
    """Objects whose key matches `key`."""

    kind: ClassVar = "s3-object"
    bucket: str
    key: str


@record(kw_only=True)
class TaggedS3Objects(Declaration):
    """Objects whose own tag names the owner."""

    kind: ClassVar = "s3-object-tag"
    bucket: str
    tag: str


@record(kw_only=True)
class OwnedArn(Declaration):
    """Whatever has such an ARN, for `actions`; none given means all actions of any service that take such an ARN.

    What lies below it is owned as well, unless `only_resource`.
    """

    kind: ClassVar = "arn"
    arn: str
    actions: tuple[str, ...]
    only_resource: bool = False


@record(kw_only=True)
class KmsContext(Declaration):
    """Ciphertexts made under a key with this encryption context."""

    kind: ClassVar = "kms-context"
    key: str
    context: Mapping[str, str]


@record(kw_only=True)
class TaggedResources(Declaration):
    """Resources of these types, each owned by the tenant in its own tag, with what lies below them.

    With `only_resource` nothing below is owned.
    """

    kind: ClassVar = "tagged"
    types: tuple[str, ...]
    tag: str
    only_resource: bool = False


@record(kw_only=True)
class TenantAccounts(Declaration):
    """Whole accounts: by an account tag, by organizational unit (`ou`), or `by_account`, tenant ids by account id."""

    kind: ClassVar = "account"
    tag: str | None
    ou: bool
    by_account: Mapping[str, str]


Owned = DynamodbItems | S3Objects | TaggedS3Objects | OwnedArn | KmsContext | TaggedResources | TenantAccounts


def told(entry: Owned, model: str | None) -> dict[str, object]:
    """The entry as rules see it.

    `model` is the tenancy's own, which goes for a store that does not say; of a bridge nothing follows for one store.
    """
    own = entry.model or (model if model != "bridge" else None)
    return {
        "kind": entry.kind,
        "model": own,
        "sensitive": list(entry.sensitive),
        "indexes": dict(entry.indexes) if isinstance(entry, DynamodbItems) else {},
        "arn": entry.arn if isinstance(entry, OwnedArn) else None,
    }
