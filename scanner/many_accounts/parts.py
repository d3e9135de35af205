"""The accounts that folders of snapshots hold, each as a part that can be judged by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from scanner.base.record import record
from scanner.snapshots.lines import Seen
from scanner.snapshots.manifest import FILE, Manifest, manifest_text, read_manifest
from scanner.snapshots.shard import ORGANIZATION, BrokenError, ShardKey, read_shard

_SHARDS = "*/*/*.jsonl.gz"


@record(eq=False)
class Part:
    """`account` is one of several of the snapshot, None where it is judged as a whole."""

    snapshot: Snapshot
    account: str | None

    @property
    def name(self) -> str:
        """What its report is called."""
        return self.snapshot.name if self.account is None else f"{self.snapshot.name}.{self.account}"

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Paths below the snapshot's folder, with `/`, and contents. Raises OSError."""
        yield from self.snapshot.contents(self.account)


class Snapshot:
    """A folder with a manifest; `manifest` is None where that cannot be read, which its scan is to say."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.manifest: Manifest | None = None
        with suppress(BrokenError):
            self.manifest = read_manifest(folder)

    @property
    def parts(self) -> list[Part]:
        """One for each account."""
        accounts = sorted(set(self.manifest.accounts)) if self.manifest is not None else []
        return [Part(self, each) for each in accounts] if len(accounts) > 1 else [Part(self, None)]

    def contents(self, account: str | None) -> Iterator[tuple[str, bytes]]:
        """The files of one account with those of the organisation, whose policies bind every account; or all of them.

        Raises OSError.
        """
        if account is None or self.manifest is None:
            yield from _below(self.folder, self.folder)
            return
        yield FILE, manifest_text(self._only(self.manifest, account))
        yield from _below(self.folder / account, self.folder)
        for shard in self.manifest.shards:
            path = self.folder / shard.key.path
            if shard.key.service == ORGANIZATION and shard.key.account != account and path.is_file():
                yield shard.key.path, path.read_bytes()

    def _only(self, manifest: Manifest, account: str) -> Manifest:
        def of_it(key: ShardKey) -> bool:
            return key.account == account or key.service == ORGANIZATION

        shards = [each for each in manifest.shards if of_it(each.key)]
        closed = [each for each in manifest.closed if each.account == account]
        return replace(
            manifest,
            accounts=[account],
            wanted=[*filter(of_it, manifest.wanted), *(each.key for each in shards)],
            shards=shards,
            left_out=[],
            closed=closed,
            account_settings=self._settings if closed else (),
            elsewhere=self._types,
        )

    @cached_property
    def _types(self) -> dict[str, Sequence[str]]:
        return {} if self.manifest is None else {name: sorted(types) for name, types in self.manifest.types.items()}

    @cached_property
    def _settings(self) -> Sequence[str]:
        """What any shard tells of an account itself. One that cannot be read tells nothing."""
        found: set[str] = set()
        for shard in self.manifest.shards if self.manifest is not None else ():
            try:
                lines = read_shard(self.folder, shard)
            except BrokenError:
                continue
            found.update(name for line in lines if isinstance(line, Seen) and line.part for name in line.properties)
        return sorted(found)


def is_snapshot(folder: Path) -> bool:
    """Whether the folder looks like one; whether it is whole is for its scan to say."""
    return (folder / FILE).is_file()


def is_without_manifest(folder: Path) -> bool:
    """Whether it has shards of a snapshot and not what says which they are."""
    return not is_snapshot(folder) and next(folder.glob(_SHARDS), None) is not None


def _below(folder: Path, root: Path) -> Iterator[tuple[str, bytes]]:
    """Regular files alone: what a link names may be anything of this machine."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix(), path.read_bytes()


__all__ = ["Part", "Snapshot", "is_snapshot", "is_without_manifest"]
