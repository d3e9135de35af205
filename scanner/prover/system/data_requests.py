"""The requests that read, write, list, copy, open or destroy one tenant's data, for each kind of entry in tenancy.yaml.

Which actions are requests for data is decided by what they do, from the "Service Authorization Reference" by way of the
catalogue: an action that is not known to be harmless counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from scanner.base.record import replace
from scanner.iam.catalogue import catalogue
from scanner.iam.resource_arns import ArnForm, resource_arns
from scanner.iam.terms import Term
from scanner.model.partial_text import Text
from scanner.model.unknown import Reference, Unknown
from scanner.prover.solver.pattern import ANYTHING, Pattern, Tenant, Token, Wild, literal
from scanner.prover.solver.question import ABSENT, FREE, Given, Holes, Shape, Value
from scanner.prover.system.arn_tokens import PLAIN, rest_tokens
from scanner.prover.system.closed_world import (
    NOT_MODELLED,
    Actions,
    Place,
    actions_on_form,
    actions_on_nothing,
    nowhere,
    shapes_of,
    younger_actions,
)
from scanner.prover.system.standins import Ground
from scanner.tenancy.identifiers import HOLE

_TABLE_ITEM_ONE = ("dynamodb:Query",)
_TABLE_ITEM_PERHAPS_MANY = (
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
)
_TABLE_ITEM_MANY = ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLSelect")
ITEM_ACTIONS = (*_TABLE_ITEM_ONE, *_TABLE_ITEM_PERHAPS_MANY[:5], "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem")
"""What an application needs to work on items by their keys."""
_WITH_LEADING_KEYS = frozenset((*_TABLE_ITEM_ONE, *_TABLE_ITEM_PERHAPS_MANY, *_TABLE_ITEM_MANY))
LEADING_KEYS = "dynamodb:LeadingKeys"
_TRANSACTION = Unknown(
    "undeclared",
    "no document says whether `dynamodb:LeadingKeys` of a transaction's member is its own key or all the keys, and "
    "`ForAnyValue` is satisfied by one",
)

THROUGH_ACCESS_POINT = Unknown(
    "undeclared", "what the access point's own policy and the bucket's let through is not decided here"
)

IN_NO_FILE = Unknown("missing-file", "whether an access point of such a name leads to the bucket is in no file scanned")

_COPYING = re.compile("Backup|Export|Import|Restore|Stream|Replica")
_FULL_SCAN = "dynamodb:FullTableScan"
# How what lies below a table is told, by the word that begins its name.
_BELOW_TABLE = {
    "stream": "read every tenant's changes from the table's stream",
    "backup": "restore or delete backups of the whole table",
    "export": "reach exports of the whole table",
    "import": "reach imports into the whole table",
}
_OPENED = "list or open all objects of the bucket through an access point"
_LISTING = ("s3:ListBucket", "s3:ListBucketVersions")
_LISTING_WITHOUT_PREFIX = "s3:ListBucketMultipartUploads"
# "AWS KMS condition keys": operations that carry an encryption context.
_KMS_READ = ("kms:Decrypt", "kms:ReEncryptFrom")
_KMS_FORGE = (
    "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext", "kms:ReEncryptTo",
)  # fmt: skip
_CONTEXT_NAMES = "kms:EncryptionContextKeys"
# "Key type reference": what symmetric encryption keys, the only ones with an encryption context, cannot do.
_KMS_OTHER_KEYS = frozenset(
    {
        "kms:Decapsulate", "kms:DeriveSharedSecret", "kms:Encapsulate", "kms:GenerateMac", "kms:GetPublicKey",
        "kms:Sign", "kms:Verify", "kms:VerifyMac",
    }
)  # fmt: skip
# Of actions that the policies treat alike the first is told: one that people know.
_KNOWN = (
    "dynamodb:ExportTableToPointInTime", "dynamodb:CreateBackup", "dynamodb:DeleteTable", "dynamodb:UpdateTable",
    "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:PutBucketPolicy",
    "s3:PutReplicationConfiguration", "s3:PutLifecycleConfiguration", "kms:CreateGrant", "kms:PutKeyPolicy",
    "kms:DisableKey", "kms:ScheduleKeyDeletion",
)  # fmt: skip


def owner_pattern(template: str) -> Pattern:
    """A key, name or ARN of tenancy.yaml, with `${tenant}` and `*`."""
    tokens: list[Token] = []
    for number, piece in enumerate(template.split(HOLE)):
        if number:
            tokens.append(Tenant.OWNER)
        tokens.extend(Wild.STAR if character == "*" else character for character in piece)
    return Pattern(tuple(tokens))


def term_tokens(term: Term, holes: Holes) -> tuple[Token, ...]:
    """A name that may have holes, as tokens; `*` in it is only a character."""
    tokens: list[Token] = []
    for part in term.parts if isinstance(term, Text) else (term,):
        if isinstance(part, str):
            tokens.extend(part)
            continue
        made = isinstance(part, Reference) and holes.is_made(part)
        character = holes.name(part) if made else holes.value(part)
        tokens.append(character or Wild.STAR)
    return tuple(tokens)


def _below(arn: tuple[Token, ...], rest: str) -> Pattern:
    return Pattern((*arn, *owner_pattern(rest).tokens))


def _given(pattern: Pattern, *, extras: int = 0, many: bool = False, closed: bool = False) -> Given:
    return Given(pattern, closed, many, extras)


def _known_first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: _KNOWN.index(name) if name in _KNOWN else len(_KNOWN)))


def dynamodb_items(
    arn: tuple[Token, ...], key: str, indexes: Mapping[str, str | None], *, undeclared: str | None, holes: Holes
) -> Iterator[Shape]:
    """Shapes of a pooled table's items. `indexes` gives each index the pattern of its key, None where nobody said.

    `undeclared` is why there may be indexes beside those, None where there are none.
    """
    table = Pattern(arn)
    owned = owner_pattern(key)
    leading, scanned = LEADING_KEYS.lower(), _FULL_SCAN.lower()
    spelled = {leading: LEADING_KEYS, scanned: _FULL_SCAN}
    # "IAM policies with PartiQL for DynamoDB": a statement without a partition key in its WHERE clause is a full scan.
    by_key: dict[str, Value] = {scanned: _given(literal("false"))}

    def keyed(extras: int, pattern: Pattern = owned) -> dict[str, Value]:
        return {**by_key, leading: _given(pattern, extras=extras, many=True)}

    reads = "read or change another tenant's items"
    yield Shape(
        "one key",
        (*_TABLE_ITEM_ONE, *_TABLE_ITEM_PERHAPS_MANY, *_TABLE_ITEM_MANY),
        table,
        keyed(0),
        spelled,
        meaning=reads,
    )
    yield Shape(
        "several keys", _TABLE_ITEM_MANY, table, keyed(1), spelled, meaning=f"{reads} beside its own in one request"
    )
    yield Shape(
        "a transaction",
        _TABLE_ITEM_PERHAPS_MANY,
        table,
        keyed(1),
        spelled,
        _TRANSACTION,
        meaning=f"{reads} in a transaction",
    )
    whole: dict[str, Value] = {leading: ABSENT, scanned: _given(literal("true"))}
    yield Shape(
        "scan",
        ("dynamodb:Scan", "dynamodb:PartiQLSelect"),
        table,
        whole,
        spelled,
        meaning="read every tenant's items at once",
    )
    form = _table_form()
    copying, others, younger = _on_table()
    meaning = "open, change or destroy the whole table"
    yield Shape("the table", others, table, whole, spelled, meaning=meaning)
    meaning = "copy the whole table elsewhere"
    yield Shape("a copy", copying, table, whole, spelled, meaning=meaning, copies=True)
    yield Shape("the table (not modelled)", younger, table, whole, spelled, NOT_MODELLED, meaning=meaning)
    for related in resource_arns().below(form):
        kind, below = _path_below(form, related.form)
        if kind in _BELOW_TABLE:
            place = Place(
                kind, Pattern((*arn, *below)), actions_on_form(related.form), None, whole, spelled, _BELOW_TABLE[kind]
            )
            yield from shapes_of((replace(place, copies=True),))
    for name, pattern in indexes.items():
        place_of_index = Pattern((*arn, *"/index/", *name))
        yield from _index(place_of_index, f"index {name}", f"`{name}`", pattern, spelled, holes)
    if undeclared is not None:
        rest = "/index/${IndexName}"
        place_of_index = Pattern((*arn, *rest_tokens(rest, "dynamodb")))
        usual = (Pattern((*arn, *rest_tokens(rest, "dynamodb", PLAIN))),)
        for shape in _index(place_of_index, "an index", undeclared, None, spelled, holes):
            yield replace(shape, usual=usual)
    yield from shapes_of(nowhere(form, whole, spelled))


@lru_cache(maxsize=1)
def _on_table() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The actions on a table beside those on items: that copy it, all others, and those that are not modelled."""
    form = _table_form()
    actions = actions_on_form(form).without((*_WITH_LEADING_KEYS, "dynamodb:Scan"))
    copying = tuple(name for name in _known_first(actions.asked) if _COPYING.search(name))
    others = tuple(name for name in _known_first(actions.asked) if name not in copying)
    return copying, others, (*actions.not_modelled, *younger_actions(form))


@lru_cache(maxsize=64)
def _path_below(parent: ArnForm, child: ArnForm) -> tuple[str, tuple[Token, ...]]:
    """The word that begins what a child's ARN adds to its parent's, and all that it adds; nothing where it does not."""
    if not child.arn.startswith(f"{parent.arn}/"):
        return "", ()
    rest = child.arn.removeprefix(parent.arn)
    return rest.split("/")[1], rest_tokens(rest, child.service)


def _index(
    place: Pattern, name: str, shown: str, key: str | None, spelled: Mapping[str, str], holes: Holes
) -> Iterator[Shape]:
    leading, scanned = LEADING_KEYS.lower(), _FULL_SCAN.lower()
    reads = f"read another tenant's items through {name}"
    if key is not None:
        pattern = owner_pattern(key)
    else:
        why = Unknown(
            "undeclared",
            f"nobody said whose the keys of index {shown} are; declare it under `indexes`",
            ("index", name),
        )
        character = holes.value(why)
        pattern = ANYTHING if character is None else Pattern((character,))
    by_key: dict[str, Value] = {scanned: _given(literal("false"))}
    one = {**by_key, leading: _given(pattern, many=True)}
    yield Shape(name, ("dynamodb:Query", "dynamodb:PartiQLSelect"), place, one, spelled, meaning=reads)
    several = {**by_key, leading: _given(pattern, many=True, extras=1)}
    yield Shape(name, ("dynamodb:PartiQLSelect",), place, several, spelled, meaning=reads)
    whole: dict[str, Value] = {leading: ABSENT, scanned: _given(literal("true"))}
    actions = ("dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:SearchVectors")
    yield Shape(f"scan of {name}", actions, place, whole, spelled, meaning=f"read every tenant's items through {name}")
    form = _table_form()
    index = next((each.form for each in resource_arns().below(form) if "/index/" in each.form.arn), None)
    if index is not None:
        rest = actions_on_form(index).without((*actions, "dynamodb:Query"))
        yield from shapes_of((Place(f"the rest of {name}", place, rest, None, whole, spelled, reads),))


def s3_objects(arn: tuple[Token, ...], key: str) -> Iterator[Shape]:
    """Shapes of objects whose key says whose they are."""
    bucket = Pattern(arn)
    objects = Pattern((*arn, "/", *owner_pattern(key).tokens))
    reads = "read or change another tenant's objects"
    yield Shape("objects", _object_actions(), objects, meaning=reads)
    open_actions = actions_on_form(_object_form()).not_modelled
    yield Shape("objects (not modelled)", open_actions, objects, doubt=NOT_MODELLED, meaning=reads)
    spelled = {"s3:prefix": "s3:prefix"}
    listed = {"s3:prefix": _given(owner_pattern(key), closed=True)}
    yield Shape(
        "listing by prefix", _LISTING, bucket, listed, spelled, meaning="list the names of another tenant's objects"
    )
    yield Shape(
        "listing",
        (*_LISTING, _LISTING_WITHOUT_PREFIX),
        bucket,
        {"s3:prefix": ABSENT},
        spelled,
        meaning="list the names of every tenant's objects",
    )
    yield from _whole_bucket(bucket, {"s3:prefix": ABSENT}, spelled)


@lru_cache(maxsize=1)
def _on_bucket() -> Actions:
    form = _bucket_form()
    rest = actions_on_form(form).without((*_LISTING, _LISTING_WITHOUT_PREFIX))
    return replace(rest, asked=_known_first(rest.asked), not_modelled=(*rest.not_modelled, *younger_actions(form)))


def _whole_bucket(bucket: Pattern, keys: Mapping[str, Value], spelled: Mapping[str, str]) -> Iterator[Shape]:
    form = _bucket_form()
    meaning = "copy, open or destroy what the whole bucket holds"
    yield from shapes_of((Place("the bucket", bucket, _on_bucket(), None, keys, spelled, meaning),))
    yield from shapes_of(nowhere(form, keys, spelled))


def through_access_point(arn: tuple[Token, ...], key: str | None) -> Iterator[Shape]:
    """Shapes of the same objects under an access point's name ("Managing access with Amazon S3 access points").

    Without a key they are all that the bucket holds.
    """
    below = owner_pattern(key).tokens if key is not None else rest_tokens("${ObjectName}", "s3")
    yield from _through(Pattern((*arn, *"/object/", *below)), "access point", THROUGH_ACCESS_POINT)
    yield from _of_point(Pattern(arn), key, "access point", THROUGH_ACCESS_POINT)


def through_unknown_access_points(key: str | None, ground: Ground, *, objects: bool = True) -> Iterator[Shape]:
    """The same under the name of an access point, of one region or of several, that is in no file.

    An identity policy that names it is enough ("Configuring IAM policies for using access points", "Multi-Region Access
    Points: permissions", Amazon S3 User Guide).
    """
    here = f"arn:aws:s3:{ground.region}:{ground.account}:accesspoint/"
    everywhere = f"arn:aws:s3::{ground.account}:accesspoint/"
    below = owner_pattern(key).tokens if key is not None else rest_tokens("${ObjectName}", "s3")
    for start in (here, everywhere) if objects else ():
        named = Pattern((*start, *rest_tokens("${AccessPointName}/object/", "s3"), *below))
        yield from _through(named, "access points", IN_NO_FILE)
    point = Pattern((*here, *rest_tokens("${AccessPointName}", "s3")))
    yield from _of_point(point, key, "access points", IN_NO_FILE)
    point = Pattern((*everywhere, *rest_tokens("${AccessPointAlias}", "s3")))
    yield Shape("access points", ("s3:PutMultiRegionAccessPointPolicy",), point, {}, {}, IN_NO_FILE, _OPENED)


def _through(objects: Pattern, name: str, doubt: Unknown) -> Iterator[Shape]:
    meaning = "read or change another tenant's objects through an access point"
    yield Shape(name, _object_actions(), objects, doubt=doubt, meaning=meaning)


def _of_point(point: Pattern, key: str | None, name: str, doubt: Unknown) -> Iterator[Shape]:
    """What lists objects through an access point, and what opens it to others."""
    spelled = {"s3:prefix": "s3:prefix"}
    if key is not None:
        listed: dict[str, Value] = {"s3:prefix": _given(owner_pattern(key), closed=True)}
        meaning = "list the names of another tenant's objects through an access point"
        yield Shape(name, _LISTING, point, listed, spelled, doubt, meaning)
    whole: dict[str, Value] = {"s3:prefix": ABSENT if key is not None else FREE}
    yield Shape(name, (*_LISTING, "s3:PutAccessPointPolicy"), point, whole, spelled, doubt, _OPENED)


def tagged_s3_objects(arn: tuple[Token, ...], tag: str) -> Iterator[Shape]:
    """Shapes of objects whose own tag says whose they are."""
    bucket = Pattern(arn)
    objects = Pattern((*arn, *rest_tokens("/${ObjectName}", "s3")))
    name = f"s3:ExistingObjectTag/{tag}"
    lower = name.lower()
    carrying = tuple(action for action in _object_actions() if catalogue().presence(action, name) != "never")
    others = tuple(action for action in _object_actions() if action not in carrying)
    spelled = {lower: name}
    owned: dict[str, Value] = {lower: _given(Pattern((Tenant.OWNER,)))}
    yield Shape("tagged objects", carrying, objects, owned, spelled, meaning="read or change another tenant's objects")
    yield Shape(
        "objects",
        others,
        objects,
        {lower: ABSENT},
        spelled,
        meaning="change objects whoever's they are, for the action does not look at their tags",
    )
    yield from _whole_bucket(bucket, {}, {})


def kms_context(arn: tuple[Token, ...], context: Mapping[str, str]) -> Iterator[Shape]:
    """Shapes of ciphertexts made under the key with the owner's encryption context."""
    key = Pattern(arn)
    names = {f"kms:encryptioncontext:{name.lower()}": f"kms:EncryptionContext:{name}" for name in context}
    names[_CONTEXT_NAMES.lower()] = _CONTEXT_NAMES
    owned: dict[str, Value] = {
        f"kms:encryptioncontext:{name.lower()}": _given(owner_pattern(value)) for name, value in context.items()
    }
    for name in list(context)[:1]:
        # One of the names is this; where there are several, the others count as any.
        owned[_CONTEXT_NAMES.lower()] = _given(literal(name), many=True, extras=len(context) - 1)
    yield Shape("decrypt", _KMS_READ, key, owned, names, meaning="decrypt another tenant's data")
    yield Shape("encrypt", _KMS_FORGE, key, owned, names, meaning="forge data in another tenant's name")
    without: dict[str, Value] = {**dict.fromkeys(owned, ABSENT), _CONTEXT_NAMES.lower(): ABSENT}
    form = _key_form()
    rest = actions_on_form(form).without((*_KMS_READ, *_KMS_FORGE, *_KMS_OTHER_KEYS))
    rest = replace(rest, asked=_known_first(rest.asked), not_modelled=(*rest.not_modelled, *younger_actions(form)))
    place = Place("the key", key, rest, None, without, names, "open the key to others, or destroy it")
    yield from shapes_of((place, *nowhere(form, without, names)))


@lru_cache(maxsize=1)
def _object_actions() -> tuple[str, ...]:
    return _known_first(actions_on_form(_object_form()).asked)


@lru_cache(maxsize=8)
def harmless_of(kind: str) -> tuple[str, ...]:
    """The actions on the stores of an entry's kind that rows call harmless, for the ledger."""
    form = {"dynamodb-item": _table_form, "kms-context": _key_form}.get(kind, _bucket_form)()
    below = () if kind == "kms-context" else [each.form for each in resource_arns().below(form)]
    names = [name for each in (form, *below) for name in actions_on_form(each).harmless]
    if kind == "kms-context":
        names += _KMS_OTHER_KEYS
    return tuple(dict.fromkeys((*names, *actions_on_nothing(form).harmless)))


def _form_of(type_name: str) -> ArnForm:
    return resource_arns().of_type(type_name)[0]


def _table_form() -> ArnForm:
    return _form_of("AWS::DynamoDB::Table")


def _bucket_form() -> ArnForm:
    return _form_of("AWS::S3::Bucket")


def _key_form() -> ArnForm:
    return _form_of("AWS::KMS::Key")


@lru_cache(maxsize=1)
def _object_form() -> ArnForm:
    # Objects under an access point's name have fewer actions.
    below = resource_arns().below(_bucket_form())
    return next(each.form for each in below if each.relation == "path" and each.form.holes[-1:] == ("ObjectName",))
