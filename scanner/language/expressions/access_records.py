"""Whether it could be told who read what a store keeps: what records reads of it, and how long that is kept.

Facts are of "Logging data events" and "AWS CloudTrail Lake" (CloudTrail User Guide), "Logging requests with server
access logging" (S3 User Guide) and each service's own page on logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from scanner.base.record import record
from scanner.iam.standins import Grounding
from scanner.model.deferred import OpenMap, settle_all
from scanner.model.number_text import number_of
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

Answer = Literal["yes", "short", "part", "no"]
TRAIL, LAKE = "AWS::CloudTrail::Trail", "AWS::CloudTrail::EventDataStore"
BUCKET, GROUP = "AWS::S3::Bucket", "AWS::Logs::LogGroup"
# What says that it records all regions, and all accounts of the organisation.
_PLACES = {TRAIL: ("IsMultiRegionTrail", "IsOrganizationTrail"), LAKE: ("MultiRegionEnabled", "OrganizationEnabled")}
# `resources.type` of the events that tell who reads it.
_EVENTS: dict[str, str] = {
    "AWS::Cassandra::Table": "AWS::Cassandra::Table",
    "AWS::DynamoDB::GlobalTable": "AWS::DynamoDB::Table",
    "AWS::DynamoDB::Table": "AWS::DynamoDB::Table",
    "AWS::HealthImaging::Datastore": "AWS::MedicalImaging::Datastore",
    "AWS::Kinesis::Stream": "AWS::Kinesis::Stream",
    "AWS::S3::Bucket": "AWS::S3::Object",
    "AWS::S3Express::DirectoryBucket": "AWS::S3Express::Object",
    "AWS::SQS::Queue": "AWS::SQS::Queue",
    "AWS::Timestream::Table": "AWS::Timestream::Table",
}
# Their reads are management events, which a trail records unless it is told not to.
_MANAGEMENT = ("AWS::SecretsManager::Secret",)
_EXPORTS: dict[str, tuple[str, ...]] = {
    "AWS::DocDB::DBCluster": ("audit",),
    "AWS::Neptune::DBCluster": ("audit",),
    "AWS::RDS::DBCluster": ("audit", "postgresql"),
    "AWS::RDS::DBInstance": ("audit", "postgresql"),
}
_OWN_LOG = "what a database's own log tells of reads rests on settings of the database"
# AWS records who mounts or connects, at most, and nothing of what is read.
_NOTHING = (
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::FSx::FileSystem",
    "AWS::MemoryDB::Cluster",
)
_READS = (None, "All", "ReadOnly")

ENDLESS = 10**6
"""Days of what is kept until somebody deletes it."""


@record
class Recorder:
    """`days` are how long it is kept, `ENDLESS` without an end. `part` says why it does not tell every read, `why` what
    of it is not known."""

    by: str
    kept_in: str
    days: int | Unknown
    part: str | None = None
    why: Unknown | None = None


@record
class Told:
    """Whether it could be told for so many days who read it; unknown `why`, where only what was not read decides."""

    answer: Answer | Unknown
    said: str
    recorders: tuple[Recorder, ...]


def reads_recorded(arguments: Sequence[object], scope: Scope) -> object:
    """Whether it could be told for a number of days who read the resource: `{Answer, Said}`."""
    (days,) = arguments
    if isinstance(days, Unknown):
        return days.plain()
    wanted = int(days) if isinstance(days, int | float | str) and str(days).isdecimal() else 0
    found = told(scope.resource, scope.inventory, scope.world, wanted)
    if isinstance(found.answer, Unknown):
        return found.answer.plain()
    return {"Answer": found.answer, "Said": found.said}


def told(store: Resource, inventory: Inventory, world: World, days: int) -> Told:
    """Of a store, what records its reads, and for how long. Raises UndecidedError."""
    found = [*recorders(store, inventory, world)]
    whole = [each for each in found if each.part is None and each.why is None]
    kept = [each for each in whole if isinstance(each.days, int)]
    if any(isinstance(each.days, int) and each.days >= days for each in kept):
        best = max(kept, key=lambda each: each.days if isinstance(each.days, int) else 0)
        return Told("yes", f"{best.by}, kept in {best.kept_in} {_long(best.days)}", tuple(found))
    doubt = next((each.days for each in whole if isinstance(each.days, Unknown)), None)
    doubt = doubt or next((each.why for each in found if each.why is not None and each.part is None), None)
    doubt = doubt or _missing(store, inventory)
    if doubt is None and store.type not in _EVENTS and store.type not in (*_MANAGEMENT, *_EXPORTS, *_NOTHING, *_KNOWN):
        doubt = Unknown("not-modelled", f"what records who reads a {store.type} is not decided")
    if doubt is not None:
        return Told(doubt, doubt.detail, tuple(found))
    if kept:
        best = max(kept, key=lambda each: each.days if isinstance(each.days, int) else 0)
        said = f"{best.by} records it, and {best.kept_in} keeps that {_long(best.days)} of {days:,} days"
        return Told("short", said, tuple(found))
    if found:
        return Told("part", f"{found[0].by} tells it in part: {found[0].part}", tuple(found))
    why = "AWS keeps no record of its reads" if store.type in _NOTHING else "nothing that was read records its reads"
    return Told("no", why, ())


def _long(days: int | Unknown) -> str:
    return "until somebody deletes it" if days == ENDLESS else f"{days:,} days" if isinstance(days, int) else "so long"


def recorders(store: Resource, inventory: Inventory, world: World) -> Iterator[Recorder]:
    """Everything that records reads of the store, or may. Raises UndecidedError."""
    for trail in inventory.of_type(TRAIL):
        if trail.exists(world) and _is_near(trail, store):
            yield from _of_trail(trail, store, inventory, world)
    for lake in inventory.of_type(LAKE):
        if lake.exists(world) and _is_near(lake, store):
            yield from _of_lake(lake, store, world)
    properties = _properties(store, world)
    if isinstance(properties, Unknown):
        yield Recorder("its own settings", "", properties, why=properties.plain())
        return
    yield from _of_store(store, properties, inventory, world)


_KNOWN = ("AWS::OpenSearchService::Domain", "AWS::Redshift::Cluster", "AWS::RedshiftServerless::Namespace")


def _is_near(other: Resource, store: Resource) -> bool:
    """A trail of another account may be the organisation's; what is in files beside it is of one system."""
    return other.live == store.live and (other.live or other.folder == store.folder)


def _properties(resource: Resource, world: World) -> dict[str, object] | Unknown:
    found = settle_all(resource.fields.get("Properties"), world)
    return found if isinstance(found, dict | Unknown) else {}


def _of_trail(trail: Resource, store: Resource, inventory: Inventory, world: World) -> Iterator[Recorder]:
    said = _properties(trail, world)
    name = f"trail {trail.logical_id}"
    if isinstance(said, Unknown):
        yield Recorder(name, "", said, why=said.plain())
        return
    logging = _value(said, "IsLogging")
    if logging in (False, "false", None) and not isinstance(logging, Unknown):
        return
    here = _is_of_place(said, trail, store)
    covered = _covered(said, store, world)
    if here is False or covered is False:
        return
    part = covered if isinstance(covered, str) else None
    why = next((each for each in (covered, logging, here) if isinstance(each, Unknown)), None)
    sinks = [*_sinks(said, inventory, world)]
    if not sinks:
        yield Recorder(name, "no place that was read", Unknown("undeclared", "where the trail writes to"), part, why)
    for place, days in sinks:
        yield Recorder(name, place, days, part, why)


def _is_of_place(said: dict[str, object], recorder: Resource, store: Resource) -> bool | Unknown:
    """Whether it records what happens in the store's account and region; files beside each other are of one."""
    if not (recorder.live and store.live):
        return True
    everywhere, everybody = _PLACES[recorder.type]
    asked = []
    if recorder.region != store.region:
        asked.append(everywhere)
    if recorder.account != store.account:
        asked.append(everybody)
    found = [_flag(said, key) for key in asked]
    if False in found:
        return False
    return next((each for each in found if isinstance(each, Unknown)), True)


def _flag(said: dict[str, object], key: str) -> bool | Unknown:
    """A boolean of an account; one that is not there is not set."""
    value = _value(said, key)
    if isinstance(value, Unknown | Text):
        return _why(value)
    return value in (True, "true")


def _sinks(said: dict[str, object], inventory: Inventory, world: World) -> Iterator[tuple[str, int | Unknown]]:
    for key, kind in (("S3BucketName", BUCKET), ("CloudWatchLogsLogGroupArn", GROUP)):
        value = _value(said, key)
        if value is None:
            continue
        yield _kept(value, kind, inventory, world)


def _kept(value: object, kind: str, inventory: Inventory, world: World) -> tuple[str, int | Unknown]:
    """A bucket or log group with how long it keeps what is written there."""
    for each in inventory.of_type(kind):
        if names_resource(value, each, world) is True or _is_group(value, each, world):
            found = _lifetime(each, world)
            return f"{'bucket' if kind == BUCKET else 'log group'} {each.logical_id}", found
    return f"`{value}`", Unknown("missing-file", f"how long `{value}` keeps it: it is not in the files scanned")


def _is_group(value: object, group: Resource, world: World) -> bool:
    """A log group's ARN may end in `:*`."""
    if isinstance(value, str) and value.endswith(":*"):
        return names_resource(value[:-2], group, world) is True
    return (
        isinstance(value, Text)
        and value.suffix == ":*"
        and any(getattr(hole, "resource", None) == group.address for hole in value.holes)
    )


def _lifetime(sink: Resource, world: World) -> int | Unknown:
    said = _properties(sink, world)
    if isinstance(said, Unknown):
        return said.plain()
    if sink.type == GROUP:
        days = _value(said, "RetentionInDays")
        return ENDLESS if days is None else _whole(days)
    rules = _value(_value(said, "LifecycleConfiguration"), "Rules")
    if rules is None:
        return ENDLESS
    if isinstance(rules, Unknown):
        return rules.plain()
    least = ENDLESS
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, Unknown):
            return rule.plain()
        if _value(rule, "Status") == "Disabled":
            continue
        days = _value(rule, "ExpirationInDays")
        if days is None and _value(rule, "ExpirationDate") is not None:
            return Unknown("undeclared", f"bucket {sink.logical_id} deletes what is there on a date, whenever it came")
        found = ENDLESS if days is None else _whole(days)
        if isinstance(found, Unknown):
            return found
        least = min(least, found)
    return rules.unknown.plain() if isinstance(rules, OpenList) else least


def _whole(days: object) -> int | Unknown:
    if isinstance(days, Unknown):
        return days.plain()
    if isinstance(days, Text):
        return days.unknown.plain()
    number = number_of(str(days))
    if isinstance(number, int):
        return number
    return Unknown("invalid-template", f"`{str(days)[:40]}` is no number of days")


def _of_lake(lake: Resource, store: Resource, world: World) -> Iterator[Recorder]:
    said = _properties(lake, world)
    name = f"event data store {lake.logical_id}"
    if isinstance(said, Unknown):
        yield Recorder(name, name, said, why=said.plain())
        return
    covered = _covered({"AdvancedEventSelectors": _value(said, "AdvancedEventSelectors")}, store, world)
    here, ingesting = _is_of_place(said, lake, store), _value(said, "IngestionEnabled")
    if covered is False or here is False or ingesting in (False, "false"):
        return
    why = next((each for each in (covered, ingesting, here) if isinstance(each, Unknown)), None)
    days = _value(said, "RetentionPeriod")
    kept = Unknown("undeclared", f"{name} does not say how long it keeps events") if days is None else _whole(days)
    yield Recorder(name, name, kept, covered if isinstance(covered, str) else None, why)


def _covered(said: dict[str, object], store: Resource, world: World) -> bool | str | Unknown:
    """Whether selectors take in every read of the store; words where it is a part of them."""
    found: list[bool | str | Unknown] = []
    if store.type in _MANAGEMENT:
        found.append(_management(said))
    kind = _EVENTS.get(store.type)
    if kind is not None:
        found += [
            each if isinstance(each, Unknown) else _basic(each, kind, store, world)
            for each in _items(_value(said, "EventSelectors"))
        ]
        found += [
            each if isinstance(each, Unknown) else _advanced(each, kind, store, world)
            for each in _items(_value(said, "AdvancedEventSelectors"))
        ]
    if any(each is True for each in found):
        return True
    unknown = next((each for each in found if isinstance(each, Unknown)), None)
    return unknown or next((each for each in found if isinstance(each, str)), False)


def _management(said: dict[str, object]) -> bool | str | Unknown:
    basic, advanced = _value(said, "EventSelectors"), _value(said, "AdvancedEventSelectors")
    if basic is None and advanced is None:
        return True
    for each in _items(basic):
        if isinstance(each, Unknown):
            return each
        if _value(each, "IncludeManagementEvents") not in (False, "false") and _value(each, "ReadWriteType") in _READS:
            return True
    for each in _items(advanced):
        if isinstance(each, Unknown):
            return each
        fields = [*_items(_value(each, "FieldSelectors"))]
        taken = [_has(one, "Management") for one in fields if _value(one, "Field") == "eventCategory"]
        if any(one is True for one in taken):
            return True if len(fields) == 1 else "its selectors leave some events out"
        unknown = next((one for one in taken if isinstance(one, Unknown)), None)
        if unknown is not None:
            return unknown
    return False


def _basic(selector: object, kind: str, store: Resource, world: World) -> bool | str | Unknown:
    mode = _value(selector, "ReadWriteType")
    found: bool | str | Unknown = False
    for each in _items(_value(selector, "DataResources")):
        if isinstance(each, Unknown):
            return each
        said_kind = _value(each, "Type")
        if isinstance(said_kind, Unknown):
            found = said_kind.plain() if found is False else found
            continue
        if said_kind != kind:
            continue
        for value in _items(_value(each, "Values")):
            said = _names(value, store, world, prefix=True)
            if said is not False and isinstance(mode, Unknown | Text):
                said = _why(mode)
            if said is True and mode in _READS:
                return True
            if said is not False and (isinstance(said, Unknown) or mode in _READS):
                found = said if found is False else found
    return found


def _advanced(selector: object, kind: str, store: Resource, world: World) -> bool | str | Unknown:
    found: list[bool | str | Unknown] = []
    typed = False
    for each in _items(_value(selector, "FieldSelectors")):
        if isinstance(each, Unknown):
            return each
        field = _value(each, "Field")
        if isinstance(field, Unknown):
            found.append(field.plain())
        elif field == "resources.type":
            typed = True
            found.append(_has(each, kind))
        elif field == "eventCategory":
            found.append(_has(each, "Data"))
        elif field == "readOnly":
            found.append(_has(each, "true", True))
        elif field == "resources.ARN":
            found.append(_by_arn(each, store, world))
        else:
            found.append(f"a selector by {field} leaves some reads out")
    if not typed or any(each is False for each in found):
        return next((each for each in found if isinstance(each, Unknown)), False) if not typed else False
    unknown = next((each for each in found if isinstance(each, Unknown)), None)
    return unknown or next((each for each in found if isinstance(each, str)), True)


def _has(field: object, *words: object) -> bool | Unknown:
    """Whether one of the values that are asked for is one of the words."""
    items = [*_items(_value(field, "Equals"))]
    if any(each in words for each in items if not isinstance(each, Unknown | Text)):
        return True
    return next((_why(each) for each in items if isinstance(each, Unknown | Text)), False)


def _why(value: Unknown | Text) -> Unknown:
    return (value.unknown if isinstance(value, Text) else value).plain()


def _by_arn(field: object, store: Resource, world: World) -> bool | str | Unknown:
    for key in ("NotEquals", "NotStartsWith", "NotEndsWith"):
        for value in _items(_value(field, key)):
            if _names(value, store, world, prefix=True) is not False:
                return "a selector leaves some of its ARNs out"
    positive = [(key, value) for key in ("Equals", "StartsWith") for value in _items(_value(field, key))]
    if not positive:
        return True if _value(field, "EndsWith") is None else "a selector by the end of ARNs leaves some reads out"
    found: bool | str | Unknown = False
    for key, value in positive:
        said = _names(value, store, world, prefix=key == "StartsWith")
        if said is True:
            return True
        found = said if found is False else found
    return found


def _names(value: object, store: Resource, world: World, *, prefix: bool) -> bool | str | Unknown:
    """Whether an ARN, or the beginning of one, stands for all of the store; words where it is a part of it."""
    if isinstance(value, Unknown):
        named = names_resource(value, store, world)
        return value.plain() if isinstance(named, Unknown) else named
    ground = Grounding(places={"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111122223333"})
    have = _partless(str(ground(store.names(world).arn)))
    want = _partless(str(ground(value)))
    if not want:
        return False
    if store.type == BUCKET:
        # Objects: all buckets are `arn:aws:s3` and `arn:aws:s3:::`, those of one are `arn:aws:s3:::name/`.
        if want in ("arn:*:s3", "arn:*:s3:::") or want in (f"{have}/", have):
            return True
        return "only objects below one prefix are recorded" if want.startswith(f"{have}/") else False
    if want == have or (prefix and have.startswith(want)):
        return True
    return want == "arn:*:" + have.split(":")[2] if have.count(":") > 1 else False


def _partless(arn: str) -> str:
    return re.sub(r"\Aarn:(?:aws[a-z-]*|\$\{[^}]*\}):", "arn:*:", arn)


def _of_store(store: Resource, said: dict[str, object], inventory: Inventory, world: World) -> Iterator[Recorder]:
    """Logs that the store writes by itself."""
    if store.type == BUCKET:
        logging = _value(said, "LoggingConfiguration")
        target = _value(logging, "DestinationBucketName")
        if isinstance(logging, Unknown) or target is not None:
            place, days = _kept(logging if isinstance(logging, Unknown) else target, BUCKET, inventory, world)
            best = "they are delivered on a best effort basis"
            yield Recorder("server access logs", place, days, best)
    exports = _EXPORTS.get(store.type, ())
    if exports:
        listed = _value(said, "EnableCloudwatchLogsExports")
        names = [*_items(listed)]
        if isinstance(listed, Unknown) or any(name in exports for name in names):
            kept = Unknown("not-collected", "how long the log group of the database keeps it")
            yield Recorder("the database's log", "CloudWatch Logs", kept, _OWN_LOG)
    if store.type == "AWS::OpenSearchService::Domain":
        audit = _value(_value(said, "LogPublishingOptions"), "AUDIT_LOGS")
        if isinstance(audit, dict) and _value(audit, "Enabled") in (True, "true"):
            place, days = _kept(_value(audit, "CloudWatchLogsLogGroupArn"), GROUP, inventory, world)
            yield Recorder("audit logs", place, days, "audit logs tell what is switched on in the security plugin")
    if store.type == "AWS::Redshift::Cluster" and _value(said, "LoggingProperties") is not None:
        place, days = _kept(_value(_value(said, "LoggingProperties"), "BucketName"), BUCKET, inventory, world)
        yield Recorder("audit logs", place, days, "queries are logged only with `enable_user_activity_logging`")


def _missing(store: Resource, inventory: Inventory) -> Unknown | None:
    """Why there may be a trail that was not read."""
    if store.type in _NOTHING:
        return None
    if store.live:
        return inventory.unread.near(TRAIL, store) or inventory.unread.near(LAKE, store)
    if store.type in _EXPORTS or store.type in _KNOWN:
        return None
    if any(_is_near(each, store) for kind in (TRAIL, LAKE) for each in inventory.of_type(kind)):
        return None
    return Unknown("undeclared", f"a trail that records reads of {store.logical_id} may be outside the files scanned")


def _value(body: object, key: str) -> object:
    if isinstance(body, Unknown):
        return body
    if not isinstance(body, dict):
        return None
    if key not in body and isinstance(body, OpenMap):
        return body.unknown.plain()
    return body.get(key)


def _items(value: object) -> Iterator[object]:
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, list):
        yield from value
        if isinstance(value, OpenList):
            yield value.unknown.plain()
    elif value is not None:
        yield value


__all__ = ["ENDLESS", "Recorder", "Told", "reads_recorded", "recorders", "told"]
