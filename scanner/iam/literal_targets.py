"""Literals by which a policy beside a resource names it, other than its ARN or what `Ref` gives.

A queue by its URL, a function by a name with a qualifier or by a partial ARN, a secret by its name or an ARN with or
without the random suffix, and resources whose ARN ends in what AWS makes up by the name within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.base.record import record
from scanner.model.deferred import settle
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World

_HOLE = "\0"
_ARN = r"arn:[^:]+:{service}:(?P<region>[^:]*):(?P<account>[^:]*):"


def _arn_of(service: str, rest: str) -> re.Pattern[str]:
    return re.compile(_ARN.format(service=service) + rest, re.DOTALL)


@record
class Spelling:
    """`forms` find the name in a literal, and the place where it says one; the author wrote it as `named_by`."""

    named_by: str
    forms: tuple[re.Pattern[str], ...]


_MSK = Spelling("ClusterName", (_arn_of("kafka", r"cluster/(?P<name>[^/]+)/[^/]+"),))
_URL = r"https?://(?:sqs\.(?P<region>[^./]+)|(?P<region2>[^./]+)\.queue|queue)\.amazonaws\.com(?:\.cn)?"
SPELLINGS: dict[str, Spelling] = {
    # "Queue and message identifiers" (Amazon SQS Developer Guide), with the older hosts of "Amazon SQS endpoints".
    "AWS::SQS::Queue": Spelling("QueueName", (re.compile(_URL + r"/(?P<account>[^/]+)/(?P<name>[^/]+)"),)),
    # FunctionName of "AddPermission" (AWS Lambda API Reference): name, ARN or partial ARN, each with a qualifier.
    "AWS::Lambda::Function": Spelling(
        "FunctionName",
        (
            _arn_of("lambda", r"function:(?P<name>[^:]+)(?::[^:]+)?"),
            re.compile(r"(?P<account>\d{12}|\0):(?:function:)?(?P<name>[^:]+)(?::[^:]+)?"),
            re.compile(r"(?:function:)?(?P<name>[^:]+)(?::[^:]+)?"),
        ),
    ),
    # SecretId of "PutResourcePolicy" (AWS Secrets Manager API Reference): name, ARN, or ARN without the random suffix.
    "AWS::SecretsManager::Secret": Spelling(
        "Name",
        (
            _arn_of("secretsmanager", r"secret:(?P<name>.+)-[A-Za-z0-9]{6}"),
            _arn_of("secretsmanager", r"secret:(?P<name>.+)"),
            re.compile(r"(?!arn:)(?P<name>.+)", re.DOTALL),
        ),
    ),
    # RegistryName of "PutResourcePolicy" (Amazon EventBridge Schemas API Reference): a name.
    "AWS::EventSchemas::Registry": Spelling("RegistryName", (re.compile(r"(?P<name>[^:/]+)"),)),
    # Resource types of the services in the "Service Authorization Reference".
    "AWS::MSK::Cluster": _MSK,
    "AWS::MSK::ServerlessCluster": _MSK,
    "AWS::S3Tables::TableBucket": Spelling("TableBucketName", (_arn_of("s3tables", r"bucket/(?P<name>[^/]+)"),)),
    "AWS::S3Vectors::VectorBucket": Spelling(
        "VectorBucketName",
        (_arn_of("s3vectors", r"bucket/(?P<name>[^/]+)"), re.compile(r"(?!arn:)(?P<name>[^:/]+)")),
    ),
}
_MADE_LATER = {"AWS::S3Tables::Table": _arn_of("s3tables", r"bucket/[^/]+/table/[^/]+")}
"""Types whose ARN has nothing of the name: a literal may be that of a table that was made before."""


def given_name(target: Resource, world: World) -> object:
    """The name that the author gave the resource; None where there is none. Raises UndecidedError."""
    spelling = SPELLINGS.get(target.type)
    properties = settle(target.fields.get("Properties"), world) if spelling is not None else None
    return settle(properties.get(spelling.named_by), world) if spelling and isinstance(properties, dict) else None


def names_in(literal: str) -> Iterator[str]:
    """Every name that the literal may be meant for, of whatever type: too many rather than too few."""
    for spelling in dict.fromkeys(SPELLINGS.values()):
        for form in spelling.forms:
            found = form.fullmatch(literal)
            if found is not None and found["name"] != literal:
                yield found["name"]


def qualifier(literal: object) -> str | None:
    """The version or alias of a function that a literal ends in; None where it has none."""
    if isinstance(literal, str):
        for form in SPELLINGS["AWS::Lambda::Function"].forms:
            found = form.fullmatch(literal)
            if found is not None:
                return literal[found.end("name") + 1 :] or None
    return None


def means(value: object, target: Resource, world: World) -> bool | Unknown:
    """Whether a literal, or a text with holes, is a further spelling of the target. Raises UndecidedError."""
    if not isinstance(value, str | Text):
        return False
    written = value if isinstance(value, str) else "".join(p if isinstance(p, str) else _HOLE for p in value.parts)
    later = _MADE_LATER.get(target.type)
    if later is not None and later.fullmatch(written):
        detail = f"whether `{target.logical_id}` is the table that `{written.replace(_HOLE, '*')}` names"
        return Unknown("deploy-time", detail)
    spelling, name = SPELLINGS.get(target.type), given_name(target, world)
    if spelling is None or name is None or isinstance(name, Reference):
        return False
    open_name: Unknown | None = None
    for form in spelling.forms:
        found = form.fullmatch(written)
        if found is None or not _is_at(found.groupdict(), target, world):
            continue
        if _HOLE in found["name"] or not isinstance(name, str):
            open_name = open_name or _left_open(found["name"], value, name)
        elif found["name"] == name:
            return True
    return False if open_name is None else open_name


def _is_at(found: dict[str, str | None], target: Resource, world: World) -> bool:
    """Whether the place that a literal says may be that of the target; what is not known may be the same."""
    arn = target.names(world).arn
    parts = arn.split(":") if isinstance(arn, str) else []
    region = target.region or (parts[3] if parts else None)
    account = target.account or (parts[4] if parts else None)
    said = found.get("region") or found.get("region2")
    pairs = ((said, region), (found.get("account"), account))
    return all(not one or not other or _HOLE in one or one == other for one, other in pairs)


def _left_open(written: str, value: str | Text, name: object) -> Unknown | None:
    """Why it is not known whether the names are the same; None where they can't be."""
    if isinstance(name, str):
        if not re.fullmatch(".*".join(map(re.escape, written.split(_HOLE))), name, re.DOTALL):
            return None
        holes = value.holes if isinstance(value, Text) else ()
        # What deployment makes up for another resource is no name that somebody wrote.
        return None if any(isinstance(hole, Reference) for hole in holes) else getattr(value, "unknown", None)
    if isinstance(name, Text):
        same = name.equals(written) if _HOLE not in written else (True if name == value else None)
        return None if same is False else name.unknown
    return name if isinstance(name, Unknown) else None
