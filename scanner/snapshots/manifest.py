"""The manifest: what a snapshot is of, and which shards it has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from scanner.base.record import record
from scanner.model.unknown import CAUSES
from scanner.snapshots.lines import Why
from scanner.snapshots.shard import BrokenError, Shard, ShardKey, write_whole

FORMAT = "tenantproof-snapshot/"
VERSION = 1
FILE = "manifest.json"
MOST_BYTES = 256 * 1024 * 1024


@record
class LeftOut:
    """An account of the organisation that was not asked for, and why."""

    account: str
    name: str
    reason: str


@record
class Closed:
    """An account that could not be entered; `types` are those that nothing is known of."""

    account: str
    why: Why
    types: Sequence[str] = ()


@record
class Manifest:
    """Times are ISO 8601 in UTC. `ended` is None for a run that was interrupted; `wanted` are the shards it is to have.
    Where it is a part of a larger one, `elsewhere` are the types that each service tells of in other accounts, and
    `account_settings` what is told of these accounts themselves: of what is missing here nothing is known of both.

    A reader of version n reads every version up to n; a field that is new has a value for files that lack it. Only
    what older readers would misunderstand makes a new version.
    """

    tool: str
    started: str
    ended: str | None
    accounts: Sequence[str]
    regions: Sequence[str]
    services: Sequence[str]
    wanted: Sequence[ShardKey] = ()
    shards: Sequence[Shard] = ()
    left_out: Sequence[LeftOut] = ()
    closed: Sequence[Closed] = ()
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)
    account_settings: Sequence[str] = ()

    @property
    def types(self) -> dict[str, set[str]]:
        """Of each service those that are told of, here and elsewhere."""
        found = {service: {*types} for service, types in self.elsewhere.items()}
        for shard in self.shards:
            found.setdefault(shard.key.service, set()).update(shard.types)
        return found

    @property
    def missing(self) -> list[ShardKey]:
        """Shards that were wanted and are not there: what a run that goes on has still to read."""
        have = {shard.key for shard in self.shards}
        return [key for key in self.wanted if key not in have]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Raises OSError."""
    write_whole(folder / FILE, manifest_text(manifest))


def manifest_text(manifest: Manifest) -> bytes:
    """The file's content."""
    document: dict[str, object] = {
        "schema": f"{FORMAT}{VERSION}",
        "tool": {"name": "tenantproof", "version": manifest.tool},
        "started": manifest.started,
        "ended": manifest.ended,
        "accounts": list(manifest.accounts),
        "regions": list(manifest.regions),
        "services": list(manifest.services),
        "calls": {
            "made": sum(shard.calls for shard in manifest.shards),
            "failed": sum(shard.failed for shard in manifest.shards),
        },
        "missing": [key.path for key in sorted(manifest.missing)],
        "left_out": [{"account": each.account, "name": each.name, "reason": each.reason} for each in manifest.left_out],
        "closed": [
            {"account": each.account, "cause": each.why.cause, "detail": each.why.detail, "types": list(each.types)}
            for each in manifest.closed
        ],
        "shards": [
            {
                "path": shard.key.path,
                "digest": shard.digest,
                "types": list(shard.types),
                "resources": shard.resources,
                "calls": shard.calls,
                "failed": shard.failed,
            }
            for shard in sorted(manifest.shards, key=lambda each: each.key)
        ],
    }
    if manifest.elsewhere:
        document["elsewhere"] = {service: list(types) for service, types in sorted(manifest.elsewhere.items())}
    if manifest.account_settings:
        document["account_settings"] = list(manifest.account_settings)
    return json.dumps(document, indent=1).encode() + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """Raises BrokenError, in words that follow the manifest's path."""
    try:
        raw = (folder / FILE).read_bytes()
    except FileNotFoundError:
        raise BrokenError("is missing") from None
    except OSError as error:
        raise BrokenError(f"cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(raw) > MOST_BYTES:
        raise BrokenError("is larger than any that is written")
    try:
        data: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise BrokenError("is no JSON: it is cut off or damaged") from None
    schema = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(schema, str) or not schema.startswith(FORMAT):
        raise BrokenError("is not that of a snapshot of tenantproof")
    version = schema.removeprefix(FORMAT)
    if not version.isdecimal() or not version.isascii():
        raise BrokenError(f"has the version `{version}`, which is no number")
    if int(version) > VERSION:
        raise BrokenError(f"is of version {version}, and this tenantproof reads up to {VERSION}: install a newer one")
    if "shards" not in data:
        # What names nothing would be read as an account in which there is nothing.
        raise BrokenError("has no list `shards`, as every snapshot has")
    tool = data.get("tool")
    ended = data.get("ended")
    return Manifest(
        str(tool.get("version")) if isinstance(tool, dict) else "",
        str(data.get("started")),
        ended if isinstance(ended, str) else None,
        _texts(data, "accounts"),
        _texts(data, "regions"),
        _texts(data, "services"),
        [_key(path) for path in _texts(data, "missing")],
        [_shard(each) for each in _list(data, "shards")],
        [LeftOut(*_fields(each, "account", "name", "reason")) for each in _list(data, "left_out")],
        [_closed(each) for each in _list(data, "closed")],
        _elsewhere(data.get("elsewhere", {})),
        _texts(data, "account_settings"),
    )


def _elsewhere(data: object) -> dict[str, Sequence[str]]:
    if not isinstance(data, dict):
        raise BrokenError("has an `elsewhere` that is no mapping")
    return {service: _texts(data, service) for service in data}


def _closed(data: object) -> Closed:
    account, cause, detail = _fields(data, "account", "cause", "detail")
    known = next((each for each in CAUSES if each == cause), None)
    if known is None:
        raise BrokenError(f"gives `{cause}` as the cause of something unknown")
    return Closed(account, Why(known, detail), _texts(data, "types") if isinstance(data, dict) else ())


def _fields(data: object, *names: str) -> list[str]:
    values = [data.get(name) for name in names] if isinstance(data, dict) else []
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(names):
        raise BrokenError(f"has an entry without {', '.join(names)}")
    return texts


def _shard(data: object) -> Shard:
    if not isinstance(data, dict) or not isinstance(data.get("path"), str) or not isinstance(data.get("digest"), str):
        raise BrokenError("lists a shard without a path or a digest")
    return Shard(
        _key(data["path"]),
        data["digest"],
        tuple(_texts(data, "types")),
        *(value if isinstance(value := data.get(name), int) else 0 for name in ("resources", "calls", "failed")),
    )


def _key(path: str) -> ShardKey:
    parts = path.removesuffix(".jsonl.gz").split("/")
    if len(parts) != 3:  # noqa: PLR2004  # account, region, service
        raise BrokenError(f"lists `{path}`, which is no name of a shard")
    return ShardKey(*parts)


def _list(data: Mapping[str, object], name: str) -> list[object]:
    value = data.get(name, [])
    if not isinstance(value, list):
        raise BrokenError(f"has a `{name}` that is no list")
    return value


def _texts(data: Mapping[str, object], name: str) -> list[str]:
    values = _list(data, name)
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(values):
        raise BrokenError(f"has a `{name}` that is not all text")
    return texts
