"""The lines of a shard: what was read of an account, and what was not.

Every line is one JSON object with a `kind`; the last is the `end`, so that a file which is cut off says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from scanner.base.error import TenantproofError
from scanner.base.record import record
from scanner.model.unknown import CAUSES, Cause

Path = tuple[str | int, ...]


@record
class Why:
    """Why something is not known, in the model's words."""

    cause: Cause
    detail: str


@record
class Seen:
    """A resource in CloudFormation's shape.

    `properties` has every property that was asked for: None where the account has none, which is not the same as a
    property that is not in it. `unknown` and `hashed` are paths into them; what is hashed is a secret, and its text a
    digest under a key that was thrown away. `doubt` says why it is not even known whether there is such a resource.
    `part` means that the properties are some of those of one resource that several services tell of.
    """

    type: str
    id: str
    arn: str | None
    region: str | None
    properties: Mapping[str, object]
    unknown: Sequence[tuple[Path, Why]] = ()
    hashed: Sequence[Path] = ()
    doubt: Why | None = None
    part: bool = False


@record
class Listed:
    """All resources of the type were listed, or `unread` says why there may be more than there are lines."""

    type: str
    unread: Why | None = None


@record
class Failed:
    """A call without an answer, for the coverage ledger. `call` is an IAM action, `on` what it was asked about."""

    call: str
    on: str
    why: Why
    types: Sequence[str] = field(default=())


Line = Seen | Listed | Failed


class MalformedError(TenantproofError):
    """A line is not what this version writes."""


def to_json(line: Line) -> dict[str, object]:
    """One object with a `kind`; what has nothing to say is left out."""
    if isinstance(line, Listed):
        return {"kind": "type", "type": line.type, **({"unread": _why(line.unread)} if line.unread else {})}
    if isinstance(line, Failed):
        return {
            "kind": "failure",
            "call": line.call,
            "on": line.on,
            "why": _why(line.why),
            "types": list(line.types),
        }
    written: dict[str, object] = {
        "kind": "resource",
        "type": line.type,
        "id": line.id,
        "arn": line.arn,
        "region": line.region,
        "properties": line.properties,
    }
    if line.unknown:
        written["unknown"] = [[list(path), *_why(why)] for path, why in line.unknown]
    if line.hashed:
        written["hashed"] = [list(path) for path in line.hashed]
    if line.doubt:
        written["doubt"] = _why(line.doubt)
    if line.part:
        written["part"] = True
    return written


def from_json(data: object) -> Line | Literal["end"]:
    """Raises MalformedError."""
    if not isinstance(data, dict):
        raise MalformedError("a line is not an object")
    kind = data.get("kind")
    if kind == "end":
        return "end"
    if kind == "type":
        return Listed(_text(data, "type"), _read_why(data["unread"]) if "unread" in data else None)
    if kind == "failure":
        types = data.get("types")
        named = tuple(each for each in types if isinstance(each, str)) if isinstance(types, list) else ()
        return Failed(_text(data, "call"), _text(data, "on"), _read_why(data.get("why")), named)
    if kind != "resource":
        raise MalformedError(f"`{kind}` is no kind of line")
    properties = data.get("properties")
    if not isinstance(properties, dict):
        raise MalformedError("the properties of a resource are not an object")
    unknown = [
        (_path(each[0]), _read_why(each[1:])) for each in _list(data, "unknown") if isinstance(each, list) and each
    ]
    return Seen(
        _text(data, "type"),
        _text(data, "id"),
        _optional(data, "arn"),
        _optional(data, "region"),
        properties,
        unknown,
        [_path(each) for each in _list(data, "hashed")],
        _read_why(data["doubt"]) if "doubt" in data else None,
        data.get("part") is True,
    )


def _why(why: Why) -> list[str]:
    return [why.cause, why.detail]


def _read_why(data: object) -> Why:
    if isinstance(data, list) and len(data) == 2 and isinstance(data[1], str):  # noqa: PLR2004  # cause and detail
        cause = next((each for each in CAUSES if each == data[0]), None)
        if cause is not None:
            return Why(cause, data[1])
    raise MalformedError("it is not said why something is unknown")


def _path(data: object) -> Path:
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise MalformedError("a path begins with the name of a property")
    steps = [step for step in data if isinstance(step, str | int) and not isinstance(step, bool)]
    if len(steps) != len(data):
        raise MalformedError("a path is of names and positions")
    return tuple(steps)


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise MalformedError(f"`{key}` is not text")
    return value


def _optional(data: Mapping[str, object], key: str) -> str | None:
    return None if data.get(key) is None else _text(data, key)


def _list(data: Mapping[str, object], key: str) -> list[object]:
    value = data.get(key, [])
    if not isinstance(value, list):
        raise MalformedError(f"`{key}` is not a list")
    return value
