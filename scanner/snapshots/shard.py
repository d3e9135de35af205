"""One shard: what one service of one account holds in one region, as compressed JSON Lines."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scanner.base.error import TenantproofError
from scanner.base.record import mutable, record
from scanner.snapshots.lines import Failed, Line, MalformedError, Seen, from_json, to_json

GLOBAL = "global"
ORGANIZATION = "organizations"
"""The service whose shard tells of the organisation: read in one account, and true of all."""
MOST_BYTES = 1024 * 1024 * 1024
"""Of one shard, unpacked. 10,000 roles with long policies are some 100 MB."""
MOST_LINE = 32 * 1024 * 1024
_ACCOUNT = re.compile(r"[0-9]{12}\Z")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")


class BrokenError(TenantproofError):
    """A shard cannot be read, or is not the one that was written."""


@dataclass(frozen=True, slots=True, order=True)
class ShardKey:
    """`region` is `global` for services that have one answer for the whole account."""

    account: str
    region: str
    service: str

    def __post_init__(self) -> None:
        if not (_ACCOUNT.match(self.account) and _NAME.match(self.region) and _NAME.match(self.service)):
            # They become a path, and may come out of a file that somebody else wrote.
            raise BrokenError(f"`{self.account}/{self.region}/{self.service}` is no name of a shard")

    @property
    def path(self) -> str:
        """Below the snapshot's folder, with `/`."""
        return f"{self.account}/{self.region}/{self.service}.jsonl.gz"


@record
class Shard:
    """The manifest's entry. `types` are those that the shard tells of, `calls` and `failed` count requests."""

    key: ShardKey
    digest: str
    types: Sequence[str] = ()
    resources: int = 0
    calls: int = 0
    failed: int = 0


@mutable
class _Counted:
    types: set[str] = field(default_factory=set)
    resources: int = 0
    failed: int = 0

    def add(self, line: Line) -> None:
        if isinstance(line, Failed):
            self.failed += 1
            return
        self.types.add(line.type)
        self.resources += isinstance(line, Seen) and line.doubt is None


def write_shard(folder: Path, key: ShardKey, lines: Iterable[Line], calls: int = 0) -> Shard:
    """Writes under a temporary name and renames, so that a shard is there whole or not at all. Raises OSError."""
    target = folder / key.path
    target.parent.mkdir(parents=True, exist_ok=True)
    counted = _Counted()
    packed = io.BytesIO()
    # No name and no time inside: the same lines are the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0, compresslevel=6) as file:
        for line in lines:
            counted.add(line)
            file.write(json.dumps(to_json(line), sort_keys=True, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        end = {"kind": "end", "key": key.path, "calls": calls}
        file.write(json.dumps(end, sort_keys=True).encode() + b"\n")
    raw = packed.getvalue()
    write_whole(target, raw)
    return Shard(
        key,
        "sha256:" + hashlib.sha256(raw).hexdigest(),
        tuple(sorted(counted.types)),
        counted.resources,
        calls,
        counted.failed,
    )


def write_whole(target: Path, raw: bytes) -> None:
    """Either all of it is there afterwards or what was there before. Raises OSError."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def read_shard(folder: Path, shard: Shard) -> list[Line]:
    """The lines of a shard that still is what the manifest says. Raises BrokenError."""
    raw = _bytes(folder, shard.key)
    if "sha256:" + hashlib.sha256(raw).hexdigest() != shard.digest:
        raise BrokenError("is not what was written: its digest is another than the manifest's")
    return [line for line, _ in _lines(raw, shard.key)]


def adopt_shard(folder: Path, key: ShardKey) -> Shard | None:
    """The shard of that name that an interrupted run left whole; None where there is none."""
    try:
        raw = _bytes(folder, key)
        counted, calls = _Counted(), 0
        for line, calls in _lines(raw, key):  # noqa: B007  # the count of the end line stands on each
            counted.add(line)
    except BrokenError:
        return None
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    return Shard(key, digest, tuple(sorted(counted.types)), counted.resources, calls, counted.failed)


def _bytes(folder: Path, key: ShardKey) -> bytes:
    path = folder / key.path
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BrokenError("leads out of the snapshot folder")
        if not path.is_file():
            raise BrokenError("is missing")
        return path.read_bytes()
    except OSError as error:
        raise BrokenError(f"cannot be read: {(error.strerror or str(error)).lower()}") from None


def _lines(raw: bytes, key: ShardKey) -> Iterator[tuple[Line, int]]:
    lines: list[Line] = []
    calls = 0
    ended = False
    try:
        for text in _unpacked(raw):
            data: object = json.loads(text)
            line = from_json(data)
            if line == "end":
                ended = isinstance(data, dict) and data.get("key") == key.path
                count = data.get("calls") if isinstance(data, dict) else None
                calls = count if isinstance(count, int) else 0
            else:
                lines.append(line)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BrokenError("is cut off or damaged") from None
    except (ValueError, RecursionError):
        raise BrokenError("holds a line that is no JSON") from None
    except MalformedError as error:
        raise BrokenError(f"is not a shard of this version: {error}") from None
    if not ended:
        raise BrokenError("is cut off")
    yield from ((line, calls) for line in lines)


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """The lines, of which a hostile file cannot make more than memory holds."""
    size = 0
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
        while text := file.readline(MOST_LINE + 1):
            size += len(text)
            if len(text) > MOST_LINE or size > MOST_BYTES:
                raise BrokenError("unpacks to more than is read")
            yield text


__all__ = ["GLOBAL", "BrokenError", "Shard", "ShardKey", "adopt_shard", "read_shard", "write_shard", "write_whole"]
