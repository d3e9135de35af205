"""Whether a declared name means a resource, in three values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from string import ascii_letters, digits

from scanner.base.glob import glob_matches
from scanner.model.deferred import settle
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Inventory, Resource, same_value
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World
from scanner.tenancy.automaton import Automaton, Part, why_open
from scanner.tenancy.identifiers import HOLE, TenantIds, template_form
from scanner.tenancy.owned import (
    DynamodbItems,
    KmsContext,
    Owned,
    OwnedArn,
    S3Objects,
    TaggedResources,
    TaggedS3Objects,
    TenantAccounts,
)
from scanner.tenancy.schema import ARN_SEGMENTS

TABLES = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"})
BUCKETS = frozenset({"AWS::S3::Bucket"})
KEYS = frozenset({"AWS::KMS::Key", "AWS::KMS::ReplicaKey"})
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105  # a type

_KEY_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|arn:.*", re.DOTALL)
# "Name type" (AWS CloudFormation User Guide): stack name, logical id, unique id, each cut where the type allows less.
_UNIQUE_LENGTHS = (12, 13)
_ALPHANUMERIC = frozenset(ascii_letters + digits)
_ENDS_IN_UNIQUE_ID = TABLES | BUCKETS | {"AWS::IAM::Role"}
_CUT = 20
_NO_IDS = TenantIds()
_IN_NAME_ONLY = "`{}` gets its name at deployment, and so may be what tenancy.yaml calls `{}`"

Truth = bool | Unknown


def first_that_holds(truths: Iterable[Truth]) -> Truth:
    """Kleene's OR; of several unknowns the first is told."""
    unknown: Unknown | None = None
    for each in truths:
        if each is True:
            return True
        if isinstance(each, Unknown):
            unknown = unknown or each
    return unknown if unknown is not None else False


def is_named_by(entry: Owned, resource: Resource, world: World, ids: TenantIds, inventory: Inventory | None) -> Truth:
    """Whether the entry speaks of this very resource as a store of tenants' data. Raises UndecidedError."""
    match entry:
        case DynamodbItems():
            return resource.type in TABLES and is_called(entry.table, resource, world)
        case S3Objects() | TaggedS3Objects():
            return resource.type in BUCKETS and is_called(entry.bucket, resource, world)
        case KmsContext():
            return resource.type in KEYS and _is_key(entry.key, resource, world, inventory)
        case OwnedArn():
            return _has_arn(entry.arn, resource, world, ids)
        case TaggedResources():
            return resource.type in entry.types
        case TenantAccounts():
            return False


def is_called(pattern: str, resource: Resource, world: World) -> Truth:
    """Whether the logical id, the name or the ARN matches the pattern, in which `*` is any text.

    Raises UndecidedError.
    """
    if pattern.startswith("arn:"):
        return _has_arn(pattern, resource, world, _NO_IDS)
    if resource.logical_id and glob_matches(pattern, resource.logical_id):
        return True
    if "#" in pattern and glob_matches(pattern, resource.address):
        return True
    names = resource.names(world)
    return _decide(pattern, _NO_IDS, names.arn if ":" in pattern else names.name, resource)


def _has_arn(pattern: str, resource: Resource, world: World, ids: TenantIds) -> Truth:
    wanted = pattern.split(":", ARN_SEGMENTS - 1)
    arn = resource.names(world).arn
    if isinstance(arn, Reference):
        arn = _by_form(arn, resource)
    if isinstance(arn, Reference) or not isinstance(arn, str | Text | Unknown):
        service = wanted[2] if len(wanted) > 2 else ""  # noqa: PLR2004  # arn, partition, service
        return _open(arn, pattern, resource) if _may_be_of(service, resource.type) else False
    if isinstance(arn, Unknown):
        return arn.plain()
    segments = _segments(arn)
    if segments is None or len(wanted) < ARN_SEGMENTS:
        return _decide(pattern, ids, arn, resource)
    unknown: Unknown | None = None
    *fields, name = zip(wanted, segments, strict=True)
    for want, have in fields:
        match _decide(want, ids, have, resource):
            case False:
                return False
            case Unknown() as why:
                unknown = unknown or why
    named = first_that_holds(
        _decide(want, ids, have, resource) for want in _of_whole(name[0], resource) for have in arn_spellings(name[1])
    )
    return named if named is not True or unknown is None else unknown


def _by_form(arn: Reference, resource: Resource) -> str | Text | Reference:
    """The ARN as far as the form of such ARNs tells it; what AWS makes up in it is no name of CloudFormation's."""
    from scanner.iam.made_arns import made_arn  # as below

    found = made_arn(resource)
    if not isinstance(found, Text):
        return found or arn
    made = Unknown("deploy-time", arn.detail)
    mine = (made if isinstance(each, Reference) and each.resource == resource.address else each for each in found.parts)
    whole = text_of(mine)
    return whole if isinstance(whole, str | Text) else arn


@lru_cache(maxsize=4096)
def _may_be_of(service: str, type_name: str) -> bool:
    """Whether a resource of the type may have an ARN of the service; of a service or a type that is new, any may."""
    from scanner.iam.resource_arns import resource_arns  # a scan without an entry by ARN never reads the forms

    known = resource_arns()
    if not service or not any(form.service == service for form in known.forms()):
        return True
    forms = known.of_type(type_name)
    if not forms:
        return known.why_none(type_name) is None
    return any(form.service in (service, "*", "") for form in forms)


def _of_whole(name: str, resource: Resource) -> tuple[str, ...]:
    """What names the resource: a bucket is where the objects are that an entry names by their ARN, and a secret may be
    named without the six characters that AWS puts behind its name."""
    bucket, slash, _ = name.partition("/")
    if slash and resource.type in BUCKETS:
        return (name, bucket)
    return secret_spellings(name) if resource.type == SECRET else (name,)


def secret_spellings(arn: str) -> tuple[str, ...]:
    """A secret's ARN as an entry writes it, and with what AWS puts behind a name that is written alone."""
    return (arn,) if arn.endswith(("*", "-??????")) else (arn, f"{arn}-??????")


def arn_spellings(name: str | Text) -> tuple[str | Text, ...]:
    """A log group's ARN is written with and without `:*` at its end ("CloudWatch Logs resources and operations")."""
    if isinstance(name, str):
        return (name, name[:-2]) if name.endswith(":*") else (name,)
    if not name.suffix.endswith(":*"):
        return (name,)
    shorter = text_of((*name.parts[:-1], name.suffix[:-2]))
    return (name, shorter) if isinstance(shorter, str | Text) else (name,)


def _segments(arn: str | Text) -> list[str | Text] | None:
    """The six parts of an ARN, None where holes hide them. Partition, region and account hold no colon."""
    if isinstance(arn, str):
        parts = arn.split(":", ARN_SEGMENTS - 1)
        return [*parts] if len(parts) == ARN_SEGMENTS and parts[0] == "arn" else None
    segments: list[list[str | Unknown]] = [[]]
    for part in arn.parts:
        if isinstance(part, Unknown):
            segments[-1].append(part)
            continue
        first, *rest = part.split(":", ARN_SEGMENTS - len(segments))
        segments[-1].append(first)
        segments.extend([piece] for piece in rest)
    if len(segments) != ARN_SEGMENTS or segments[0] != ["arn"]:
        return None
    whole = [text_of(segment) for segment in segments]
    return [each if isinstance(each, str | Text) else Text((each,)) for each in whole]


def _is_key(name: str, key: Resource, world: World, inventory: Inventory | None) -> Truth:
    if not name.startswith("alias/"):
        called = is_called(name, key, world)
        if called is not False or not _KEY_ID.fullmatch(name) or not isinstance(key.names(world).name, Reference):
            return called
        return _open(key.names(world).name, name, key)
    unknown: Unknown | None = None
    for alias in inventory.of_type("AWS::KMS::Alias") if inventory is not None else ():
        if not alias.exists(world):
            continue
        same = same_value(_property(alias, "AliasName", world), name)
        if same is False:
            continue
        target = _is_target(_property(alias, "TargetKeyId", world), key, world)
        if same is True:
            return target
        if target is not False:
            unknown = unknown or why_open(_property(alias, "AliasName", world))
    if unknown is not None:
        return unknown.plain()
    return Unknown("undeclared", f"no file scanned says which key `{name}` of tenancy.yaml stands for")


def _is_target(target: object, key: Resource, world: World) -> Truth:
    holes = target.holes if isinstance(target, Text) else (target,)
    if named := [hole.resource for hole in holes if isinstance(hole, Reference)]:
        # An ARN with a key's id inside is that key's.
        return key.address in named
    names = key.names(world)
    for name in (names.name, names.arn):
        same = same_value(target, name)
        if same is True:
            return True
        if same is None and (open_value := why_open(target) or why_open(name)) is not None:
            return open_value.plain()
    return False


def _property(resource: Resource, name: str, world: World) -> object:
    properties = settle(resource.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties
    return settle(properties.get(name), world) if isinstance(properties, dict) else None


def _decide(pattern: str, ids: TenantIds, value: object, resource: Resource) -> Truth:
    """Whether a name matches; what only deployment names is held against the names that it may get."""
    if isinstance(value, str):
        several = HOLE in pattern or "?" in pattern
        return _automaton(pattern, ids).accepts(value) if several else glob_matches(pattern, value)
    if pattern == "*" and isinstance(value, Text | Unknown):
        return True  # whatever it turns out to be
    if isinstance(value, Reference):
        value = Text((value,))
    if isinstance(value, Unknown):
        return value.plain()
    if not isinstance(value, Text):
        return False
    others = [hole for hole in value.holes if not (isinstance(hole, Reference) and hole.resource == resource.address)]
    if not others:
        generated = _is_generated(pattern, ids, value, resource.logical_id, resource.type)
        return _open(value, pattern, resource) if generated is None else generated
    matched = _automaton(pattern, ids).matches(value)
    return others[0].plain() if matched is None else matched


@lru_cache(maxsize=8192)
def _is_generated(pattern: str, ids: TenantIds, value: Text, logical_id: str, type_name: str) -> bool | None:
    """A generated name is a stack's name, the logical id and a unique id; so few patterns can mean it."""
    automaton = _automaton(pattern, ids)
    matched = automaton.matches(value)
    if matched is not None:
        return matched
    if "." in logical_id:
        # The address of a resource in a plan: Terraform makes up a name behind a prefix, which stands in the value.
        return automaton.matches_parts([part if isinstance(part, str) else None for part in value.parts])
    middle = f"-{logical_id[:_CUT]}"
    if type_name in BUCKETS:
        middle = middle.lower()  # as all of a bucket's name
    if HOLE not in pattern and middle.lower() not in pattern.lower():
        # Only the stack's name could make it match, which is not what names a resource.
        return False
    endings: tuple[tuple[Part, ...], ...] = ((None,),)
    if type_name in _ENDS_IN_UNIQUE_ID:
        endings = tuple((None, "-", *[_ALPHANUMERIC] * length) for length in _UNIQUE_LENGTHS)
    answers: set[bool | None] = set()
    for ending in endings:
        parts: list[Part] = []
        for part in value.parts:
            parts.extend((part,) if isinstance(part, str) else (None, middle, *ending))
        answers.add(automaton.matches_parts(parts))
    return answers.pop() if len(answers) == 1 else None


def _open(value: object, pattern: str, resource: Resource) -> Unknown:
    unknown = why_open(value)
    if unknown is not None and not isinstance(unknown, Reference):
        return unknown.plain()
    return Unknown("deploy-time", _IN_NAME_ONLY.format(resource.logical_id, pattern))


@lru_cache(maxsize=1024)
def _automaton(pattern: str, ids: TenantIds) -> Automaton:
    # Names and ARNs hold no `?`, so that one stands for any character, as in a secret's six at its end.
    return Automaton(template_form(pattern, ids, single=True))
