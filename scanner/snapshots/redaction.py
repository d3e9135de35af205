"""Secrets in what AWS tells, replaced before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as File
from tempfile import TemporaryDirectory

from scanner.base.error import TenantproofError
from scanner.model.secrets import without_secrets
from scanner.snapshots.lines import Line, Path, Seen
from scanner.snapshots.manifest import FILE, read_manifest, write_manifest
from scanner.snapshots.shard import read_shard, write_shard


class Redaction:
    """Takes out what the one module of secrets calls one. The key is for whoever compares secrets, and stays here."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def redact(self, properties: Mapping[str, object], type_name: str = "") -> tuple[dict[str, object], list[Path]]:
        """The properties without secrets, and where whole values were."""
        safe: dict[str, object] = {}
        places: list[Path] = []
        for key, value in properties.items():
            # Which properties are write-only does not matter: an API that tells one does not take it for a secret.
            safe[key], found = without_secrets(type_name, value, (key,))
            places += found
        return safe, places


def rewritten(folder: File) -> dict[str, bytes]:
    """The files of a snapshot in which something is secret, without it, by their names below the folder.

    With them comes the manifest that names their digests. None where nothing is, or where the snapshot is broken, which
    is told where it is read.
    """
    redaction = Redaction(b"")
    changed: dict[str, bytes] = {}
    try:
        manifest = read_manifest(folder)
        with TemporaryDirectory() as made:
            shards = []
            for shard in manifest.shards:
                lines = read_shard(folder, shard)
                safe = [_safe(line, redaction) for line in lines]
                if safe != lines:
                    shard = write_shard(File(made), shard.key, safe, shard.calls)  # noqa: PLW2901  # in its place
                    changed[shard.key.path] = (File(made) / shard.key.path).read_bytes()
                shards.append(shard)
            if changed:
                write_manifest(File(made), replace(manifest, shards=shards))
                changed[FILE] = (File(made) / FILE).read_bytes()
    except (TenantproofError, OSError):
        return {}
    return changed


def _safe(line: Line, redaction: Redaction) -> Line:
    if not isinstance(line, Seen):
        return line
    properties, places = redaction.redact(line.properties, line.type)
    known = [*line.hashed]
    return line if properties == line.properties else replace(line, properties=properties, hashed=[*known, *places])
