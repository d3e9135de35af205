"""AWS Config's configuration items as resources of the model.

Snapshots and histories as they are delivered to S3 (`configurationItems`), answers of BatchGetResourceConfig
(`baseConfigurationItems`), and JSON Lines of items ("Components of a Configuration Item", AWS Config Developer Guide).
A recorder leaves out types, so that there is none of a type says nothing.
"""

from __future__ import annotations

import gzip
import io
import json
import secrets
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from scanner.base.problem import Problem
from scanner.base.record import mutable
from scanner.inputs.aws_config_shapes import FOLDED, SHAPES, Item, as_is
from scanner.inputs.snapshot import NotSeen, Shelf, resource_of
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.unread_types import Unread
from scanner.snapshots.lines import Seen
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import GLOBAL, BrokenError, ShardKey

MOST_BYTES = 1024 * 1024 * 1024
"""Unpacked; a snapshot of 100,000 items is some 300 MB."""
_GONE = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"})
_KEY_BYTES = 32
# A text that is an object, kept as a text, in a mapping of texts: the ACL of a bucket.
_LAYERS = 2
_WORDS = ("true", "false", "null")


@mutable
class Recorded:
    """What a file holds. What cannot be read of it is a problem."""

    resources: list[Resource] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)
    gaps: list[NotSeen] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_config(raw: bytes, shown: str) -> Recorded:
    """Never raises for what is wrong with the file."""
    recorded = Recorded()
    try:
        items = list(_items(_unpacked(raw)))
    except BrokenError as error:
        recorded.problems.append(Problem(shown, str(error)))
        return recorded
    redaction = Redaction(secrets.token_bytes(_KEY_BYTES))
    unmapped: Counter[str] = Counter()
    malformed = 0
    latest: dict[tuple[str, str, str, str], Item] = {}
    for data in items:
        item = _item(data)
        if item is None:
            malformed += 1
            continue
        key = (item.account, item.region or GLOBAL, item.type, item.id)
        # A history has every state that a resource was in.
        if key not in latest or latest[key].at <= item.at:
            latest[key] = item
    addresses: dict[str, int] = {}
    source = Shelf(shown)
    whole: dict[tuple[str, str | None, str], bool] = {}
    for (account, region, _, _), item in sorted(latest.items()):
        if item.status in _GONE:
            continue
        recorded.unread.reads(account, [region] if region != GLOBAL else [])
        shape = SHAPES.get(item.type, as_is)
        lines = [*shape(item)]
        if not lines:
            unmapped[item.type] += 1
            continue
        for line in lines:
            recorded.resources.append(
                resource_of(_safe(line, redaction), ShardKey(account, region, "config"), source, addresses)
            )
        for folded, told in FOLDED.get(item.type, {}).items():
            place = (account, item.region, folded)
            whole[place] = whole.get(place, True) and told(item)
    for (account, where, kind), is_whole in whole.items():
        why = None if is_whole else Unknown("not-collected", f"AWS Config tells `{kind}` of some of {account} only")
        recorded.unread.read(account, where, kind, why)
    _note(recorded, unmapped, malformed, shown)
    return recorded


def read_config_file(path: Path, shown: str) -> tuple[bytes | None, Recorded]:
    """With the bytes of the file, None where it cannot be read. Never raises."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        return None, Recorded(problems=[Problem(shown, message)])
    return raw, read_config(raw, shown)


def _note(recorded: Recorded, unmapped: Mapping[str, int], malformed: int, shown: str) -> None:
    for kind, count in sorted(unmapped.items()):
        what = f"{count:,} configuration {'item' if count == 1 else 'items'} of {kind}"
        unknown = Unknown("not-collected", f"what AWS Config tells of `{kind}` is not mapped to its properties")
        recorded.gaps.append(NotSeen(what, unknown, shown, (kind,)))
    if malformed:
        message = f"{malformed:,} of the configuration items lack an account, a type or an id, and are not read"
        recorded.problems.append(Problem(shown, message, level="warning"))


def _safe(line: Seen, redaction: Redaction) -> Seen:
    safe, hashed = redaction.redact(line.properties, line.type)
    return Seen(line.type, line.id, line.arn, line.region, safe, line.unknown, hashed, line.doubt)


def _unpacked(raw: bytes) -> bytes:
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            text = file.read(MOST_BYTES + 1)
    except (EOFError, OSError, zlib.error):
        raise BrokenError("is cut off or damaged") from None
    if len(text) > MOST_BYTES:
        raise BrokenError("unpacks to more than is read")
    return text


def _items(text: bytes) -> Iterator[object]:
    """Raises BrokenError."""
    try:
        data: object = json.loads(text)
    except RecursionError:
        raise BrokenError("is nested too deep") from None
    except ValueError:
        yield from _lines(text)
        return
    yield from _in(data)


def _lines(text: bytes) -> Iterator[object]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield from _in(json.loads(line))
            except (ValueError, RecursionError):
                raise BrokenError(f"is no JSON at line {number}: it is cut off or damaged") from None


def _in(data: object) -> Iterator[object]:
    if isinstance(data, dict):
        for name in ("configurationItems", "baseConfigurationItems"):
            if name in data:
                items = data[name]
                yield from items if isinstance(items, list) else ()
                return
        # A notification, as it is published to a topic.
        yield data.get("configurationItem", data)
    elif isinstance(data, list):
        yield from data


def _item(data: object) -> Item | None:
    if not isinstance(data, dict):
        return None
    account = data.get("awsAccountId") or data.get("accountId")
    kind, name, region = data.get("resourceType"), data.get("resourceId"), data.get("awsRegion")
    if not (isinstance(account, str) and isinstance(kind, str) and isinstance(name, str) and name):
        return None
    region = region if isinstance(region, str) and region != GLOBAL else None
    try:
        ShardKey(account, region or GLOBAL, "config")
    except BrokenError:
        return None
    arn = data.get("ARN") or data.get("arn")
    configuration, more = _parsed(data.get("configuration")), data.get("supplementaryConfiguration")
    tags = data.get("tags")
    return Item(
        account,
        region,
        kind,
        name,
        str(data.get("resourceName") or name),
        arn if isinstance(arn, str) and arn else None,
        str(data.get("configurationItemStatus", "")),
        str(data.get("configurationItemCaptureTime", "")),
        configuration if isinstance(configuration, dict) else {},
        {str(key): _parsed(value) for key, value in more.items()} if isinstance(more, dict) else {},
        {str(key): str(value) for key, value in tags.items()} if isinstance(tags, dict) else None,
    )


def _parsed(value: object) -> object:
    """What BatchGetResourceConfig and supplementary configurations hold as JSON in a text, some of it twice."""
    for _ in range(_LAYERS):
        if not isinstance(value, str) or not (value[:1] in ("{", "[", '"') or value in _WORDS):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return value
