"""The requests that read, write, list, copy, open or destroy one tenant's data, for each kind of entry in tenancy.yaml.

Which actions are requests for data is decided by what they do, from the "Service Authorization Reference" by way of the
catalogue: an action that is not known to be harmless counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from scanner.iam.catalogue import Action, catalogue
from scanner.iam.terms import Term
from scanner.model.partial_text import Text
from scanner.model.unknown import Reference, Unknown
from scanner.prover.solver.pattern import ANYTHING, Pattern, Tenant, Token, Wild
from scanner.prover.solver.question import ABSENT, Given, Holes, Shape, Value
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

_COPYING = re.compile("Backup|Export|Import|Restore|Stream|Replica")

# Actions on the stores themselves that neither show, change, copy, open nor destroy what is in them.
_HARMLESS_ON_TABLE = frozenset(
    {
        "CreateTable", "DescribeContinuousBackups", "DescribeContributorInsights",
        "DescribeKinesisStreamingDestination", "DescribeTable", "DescribeTableReplicaAutoScaling", "DescribeTimeToLive",
        "GetResourcePolicy", "ListExports",
        "ListImports", "ListTagsOfResource", "TagResource", "UntagResource", "UpdateContributorInsights",
        "UpdateTableReplicaAutoScaling",
    }
)  # fmt: skip
_DAMAGING_ON_BUCKET = (
    "s3:CreateAccessPoint", "s3:CreateBucketMetadataTableConfiguration", "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl", "s3:PutBucketLogging", "s3:PutBucketNotification", "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration",
    "s3:PutInventoryConfiguration", "s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration",
    "s3:UpdateBucketMetadataInventoryTableConfiguration", "s3:UpdateBucketMetadataJournalTableConfiguration",
)  # fmt: skip
_HARMLESS_ON_OBJECT = frozenset({"ObjectOwnerOverrideToBucketOwner"})
# "AWS KMS condition keys": operations that carry an encryption context.
_KMS_READ = ("kms:Decrypt", "kms:ReEncryptFrom")
_KMS_FORGE = (
    "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext", "kms:ReEncryptTo",
)  # fmt: skip
_KMS_OPEN = (
    "kms:CreateGrant", "kms:PutKeyPolicy", "kms:DisableKey", "kms:ScheduleKeyDeletion",
    "kms:DeleteImportedKeyMaterial",
)  # fmt: skip
# Tagging counts: whoever may change the tag that names the owner becomes the owner.
_NO_EFFECT_ON_DATA = frozenset({"List"})


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


def dynamodb_items(
    arn: tuple[Token, ...], key: str, indexes: Mapping[str, str | None], *, undeclared: str | None, holes: Holes
) -> Iterator[Shape]:
    """Shapes of a pooled table's items. `indexes` gives each index the pattern of its key, None where nobody said.

    `undeclared` is why there may be indexes beside those, None where there are none.
    """
    table = Pattern(arn)
    owned = owner_pattern(key)
    spelled = {LEADING_KEYS.lower(): LEADING_KEYS}
    leading = LEADING_KEYS.lower()

    def keyed(extras: int, pattern: Pattern = owned) -> dict[str, Value]:
        return {leading: _given(pattern, extras=extras, many=True)}

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
    whole = {leading: ABSENT}
    yield Shape(
        "scan",
        ("dynamodb:Scan", "dynamodb:PartiQLSelect"),
        table,
        whole,
        spelled,
        meaning="read every tenant's items at once",
    )
    on_table = [
        action.name
        for action in _on("dynamodb", "table")
        if action.name not in _WITH_LEADING_KEYS
        and action.name != "dynamodb:Scan"
        and action.name.partition(":")[2] not in _HARMLESS_ON_TABLE
    ]
    # Of actions that the policies treat alike the first is told: one that people know.
    known = (
        "dynamodb:ExportTableToPointInTime",
        "dynamodb:CreateBackup",
        "dynamodb:DeleteTable",
        "dynamodb:UpdateTable",
    )
    on_table.sort(key=lambda name: known.index(name) if name in known else len(known))
    copying = tuple(name for name in on_table if _COPYING.search(name))
    others = tuple(name for name in on_table if name not in copying)
    meaning = "open, change or destroy the whole table"
    yield Shape("the table", others, table, whole, spelled, meaning=meaning)
    meaning = "copy the whole table elsewhere"
    yield Shape("a copy", copying, table, whole, spelled, meaning=meaning, copies=True)
    streams = Pattern((*arn, *"/stream/", Wild.STAR))
    reading = ("dynamodb:GetRecords", "dynamodb:GetShardIterator")
    meaning = "read every tenant's changes from the table's stream"
    yield Shape("stream", reading, streams, whole, spelled, meaning=meaning, copies=True)
    backups = Pattern((*arn, *"/backup/", Wild.STAR))
    restoring = ("dynamodb:RestoreTableFromBackup", "dynamodb:DeleteBackup")
    meaning = "restore or delete backups of the whole table"
    yield Shape("backup", restoring, backups, whole, spelled, meaning=meaning, copies=True)
    for name, pattern in indexes.items():
        place = Pattern((*arn, *"/index/", *name))
        yield from _index(place, f"index {name}", f"`{name}`", pattern, spelled, holes)
    if undeclared is not None:
        place = Pattern((*arn, *"/index/", Wild.STAR))
        yield from _index(place, "an index", undeclared, None, spelled, holes)


def _index(
    place: Pattern, name: str, shown: str, key: str | None, spelled: Mapping[str, str], holes: Holes
) -> Iterator[Shape]:
    leading = LEADING_KEYS.lower()
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
    one = {leading: _given(pattern, many=True)}
    yield Shape(name, ("dynamodb:Query", "dynamodb:PartiQLSelect"), place, one, spelled, meaning=reads)
    several = {leading: _given(pattern, many=True, extras=1)}
    yield Shape(name, ("dynamodb:PartiQLSelect",), place, several, spelled, meaning=reads)
    whole = {leading: ABSENT}
    actions = ("dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:SearchVectors")
    yield Shape(f"scan of {name}", actions, place, whole, spelled, meaning=f"read every tenant's items through {name}")


def s3_objects(arn: tuple[Token, ...], key: str) -> Iterator[Shape]:
    """Shapes of objects whose key says whose they are."""
    bucket = Pattern(arn)
    objects = Pattern((*arn, "/", *owner_pattern(key).tokens))
    yield Shape("objects", _object_actions(), objects, meaning="read or change another tenant's objects")
    spelled = {"s3:prefix": "s3:prefix"}
    listed = {"s3:prefix": _given(owner_pattern(key), closed=True)}
    listing = ("s3:ListBucket", "s3:ListBucketVersions")
    yield Shape(
        "listing by prefix", listing, bucket, listed, spelled, meaning="list the names of another tenant's objects"
    )
    yield Shape(
        "listing",
        (*listing, "s3:ListBucketMultipartUploads"),
        bucket,
        {"s3:prefix": ABSENT},
        spelled,
        meaning="list the names of every tenant's objects",
    )
    yield Shape(
        "the bucket",
        _DAMAGING_ON_BUCKET,
        bucket,
        {"s3:prefix": ABSENT},
        spelled,
        meaning="copy, open or destroy what the whole bucket holds",
    )


def through_access_point(arn: tuple[Token, ...], key: str) -> Iterator[Shape]:
    """Shapes of the same objects under an access point's name ("Managing access with Amazon S3 access points")."""
    why = Unknown("undeclared", "what the access point's own policy and the bucket's let through is not decided here")
    objects = Pattern((*arn, *"/object/", *owner_pattern(key).tokens))
    meaning = "read or change another tenant's objects through an access point"
    yield Shape("access point", _object_actions(), objects, doubt=why, meaning=meaning)


def tagged_s3_objects(arn: tuple[Token, ...], tag: str) -> Iterator[Shape]:
    """Shapes of objects whose own tag says whose they are."""
    bucket = Pattern(arn)
    objects = Pattern((*arn, "/", Wild.STAR))
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
    yield Shape("the bucket", _DAMAGING_ON_BUCKET, bucket, meaning="copy, open or destroy what the whole bucket holds")


def kms_context(arn: tuple[Token, ...], context: Mapping[str, str]) -> Iterator[Shape]:
    """Shapes of ciphertexts made under the key with the owner's encryption context."""
    key = Pattern(arn)
    names = {f"kms:encryptioncontext:{name.lower()}": f"kms:EncryptionContext:{name}" for name in context}
    owned: dict[str, Value] = {
        f"kms:encryptioncontext:{name.lower()}": _given(owner_pattern(value)) for name, value in context.items()
    }
    yield Shape("decrypt", _KMS_READ, key, owned, names, meaning="decrypt another tenant's data")
    yield Shape("encrypt", _KMS_FORGE, key, owned, names, meaning="forge data in another tenant's name")
    without: dict[str, Value] = dict.fromkeys(owned, ABSENT)
    yield Shape("the key", _KMS_OPEN, key, without, names, meaning="open the key to others, or destroy it")


def owned_arn(pattern: str, actions: Iterable[str]) -> Iterator[Shape]:
    """Shapes of whatever has such an ARN; no actions mean all that take such an ARN."""
    wanted = tuple(actions)
    if wanted:
        names = tuple(action.name for each in wanted for action in catalogue().matching(each)) or wanted
    else:
        names = _taking(pattern)
    yield Shape(
        "the resource", tuple(dict.fromkeys(names)), owner_pattern(pattern), meaning="use another tenant's resource"
    )


def tagged_resources(type_name: str, tag: str) -> Iterator[Shape]:
    """Shapes of resources of one CloudFormation type whose own tag says whose they are."""
    key = f"aws:ResourceTag/{tag}"
    for arn, actions in _of_type(type_name):
        owned: dict[str, Value] = {key.lower(): _given(Pattern((Tenant.OWNER,)))}
        yield Shape(
            "the resource", actions, Pattern(arn), owned, {key.lower(): key}, meaning="use another tenant's resource"
        )


def _object_actions() -> tuple[str, ...]:
    names = [action.name for action in _on("s3", "object") if action.name.partition(":")[2] not in _HARMLESS_ON_OBJECT]
    known = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion")
    return tuple(sorted(names, key=lambda name: known.index(name) if name in known else len(known)))


@lru_cache(maxsize=64)
def _on(service: str, resource: str) -> tuple[Action, ...]:
    return tuple(
        action
        for action in catalogue().matching(f"{service}:*")
        if any(each.name == resource for each in action.resources)
    )


@lru_cache(maxsize=4096)
def _taking(pattern: str) -> tuple[str, ...]:
    """The actions of the ARN's service that may work on such an ARN."""
    segments = pattern.split(":", 5)
    service = segments[2] if len(segments) > 5 else "*"  # noqa: PLR2004  # an ARN has six segments
    rest = segments[-1]
    kind = rest.split("/")[0].split(":")[0]
    found: list[str] = []
    for action in catalogue().matching(f"{_prefix(service)}:*"):
        for resource in action.resources:
            theirs = resource.arn.split(":", 5)[-1]
            their_kind = theirs.split("/")[0].split(":")[0]
            open_ended = any("$" in each or "*" in each for each in (kind, their_kind))
            if not resource.arn or open_ended or kind == their_kind:
                found.append(action.name)
                break
    return tuple(found)


# Services whose ARNs do not carry the prefix of their actions ("Service Authorization Reference").
_PREFIXES = {"elasticloadbalancing": "elasticloadbalancing", "apigateway": "apigateway", "monitoring": "cloudwatch"}


def _prefix(service: str) -> str:
    return _PREFIXES.get(service, service)


# The parts of type names that are not the service's prefix in ARNs.
_SERVICES = {
    "certificatemanager": "acm", "efs": "elasticfilesystem", "opensearchservice": "es", "elasticsearch": "es",
    "stepfunctions": "states", "kinesisfirehose": "firehose", "applicationautoscaling": "application-autoscaling",
    "elasticloadbalancingv2": "elasticloadbalancing", "msk": "kafka", "docdb": "rds", "neptune": "rds",
}  # fmt: skip
_KINDS = {
    "rds:dbinstance": "db",
    "rds:dbcluster": "cluster",
    "lambda:function": "function",
    "sqs:queue": "queue",
    "efs:filesystem": "file-system",
    "stepfunctions:statemachine": "statemachine",
    "opensearchservice:domain": "domain",
    "elasticsearch:domain": "domain",
    "logs:loggroup": "log-group",
    "dynamodb:globaltable": "table",
}


@lru_cache(maxsize=256)
def _of_type(type_name: str) -> tuple[tuple[tuple[Token, ...], tuple[str, ...]], ...]:
    """For a type the ARNs of its resources, with what is left open as wildcards, and the actions on them."""
    _, _, rest = type_name.partition("::")
    group, _, kind = rest.lower().partition("::")
    service = _SERVICES.get(group, group)
    wanted = _KINDS.get(f"{group}:{kind}", kind)
    by_arn: dict[str, list[str]] = {}
    for action in catalogue().matching(f"{service}:*"):
        if action.access_level in _NO_EFFECT_ON_DATA:
            continue
        for resource in action.resources:
            if resource.name.replace("-", "").lower() in (wanted, wanted.replace("-", "")):
                by_arn.setdefault(resource.arn, []).append(action.name)
    return tuple((_open_arn(arn), tuple(dict.fromkeys(actions))) for arn, actions in sorted(by_arn.items()))


def _open_arn(arn: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    for number, piece in enumerate(arn.split("${")):
        if number:
            tokens.append(Wild.STAR)
            piece = piece.partition("}")[2]  # noqa: PLW2901  # what follows the variable
        tokens.extend(piece)
    return tuple(tokens)


def services_of_type(type_name: str) -> str:
    """The service prefix that ARNs of the type carry."""
    group = type_name.partition("::")[2].partition("::")[0].lower()
    return _SERVICES.get(group, group)


@lru_cache(maxsize=512)
def actions_on(type_name: str) -> tuple[str, ...]:
    """The actions on resources of a type that matter to their owner; `objects` stands for those in a bucket."""
    if type_name == "objects":
        return _object_actions()
    if type_name == "AWS::S3::Bucket":
        return ("s3:ListBucket", "s3:ListBucketVersions", *_DAMAGING_ON_BUCKET)
    if type_name in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        return (
            *_TABLE_ITEM_ONE,
            *_TABLE_ITEM_PERHAPS_MANY,
            "dynamodb:Scan",
            "dynamodb:BatchGetItem",
            "dynamodb:DeleteTable",
        )
    if type_name.startswith("AWS::IAM::"):
        return ()
    return tuple(dict.fromkeys(action for _, actions in _of_type(type_name) for action in actions))


def arn_of_type(type_name: str) -> tuple[tuple[Token, ...], ...]:
    """What ARNs of the type look like, with wildcards for all that is left open."""
    return tuple(arn for arn, _ in _of_type(type_name))
