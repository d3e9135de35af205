"""Results of slow work that is the same for the same input, kept between runs.

An entry says what it is of by the digest of everything that the result depends on, so nothing in it can be out of date.
A folder that somebody else may write to is not used: what is in it would decide what a scan says.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

MOST_BYTES = 256 * 1024 * 1024
"""All entries together; the ones not used for longest go first."""
LARGEST = 64 * 1024 * 1024
"""One result, before it is compressed."""
_MAGIC = b"tenantproof-cache/1\n"
_DIGEST = 32
_ENDING = ".tpc"


class Cache:
    """Entries by `kind` and key, of one release. Whatever is wrong with one, the work is done again, no more."""

    def __init__(self, folder: Path, release: str, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._release = release
        self._most_bytes = most_bytes
        self._usable: bool | None = None
        self._written = False

    def read(self, kind: str, key: bytes) -> bytes | None:
        """What was written last; None where there is nothing, or anything is wrong with it."""
        if not self._is_usable():
            return None
        path = self._path(kind, key)
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with open(descriptor, "rb") as file:  # noqa: PTH123  # of a descriptor
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return None
                raw = file.read(LARGEST + len(_MAGIC) + _DIGEST)
        except OSError:
            return None
        head, digest, body = raw[: len(_MAGIC)], raw[len(_MAGIC) :][:_DIGEST], raw[len(_MAGIC) + _DIGEST :]
        if head != _MAGIC or digest != _digest(path.name, body):
            return None
        try:
            unpacked = zlib.decompressobj()
            content = unpacked.decompress(body, LARGEST)
        except zlib.error:
            return None
        if not unpacked.eof:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return content

    def write(self, kind: str, key: bytes, content: bytes) -> None:
        """Whole or not at all; what is too large or cannot be written is left out, and nothing is raised."""
        if len(content) > LARGEST or not self._is_usable():
            return
        path = self._path(kind, key)
        body = zlib.compress(content, 1)
        try:
            # Under another name first: who reads at the same time sees the whole entry or none.
            descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder)
            try:
                with open(descriptor, "wb") as file:  # noqa: PTH123  # of a descriptor
                    file.write(_MAGIC + _digest(path.name, body) + body)
                Path(name).replace(path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError:
            self._usable = False  # a full disk, for instance
            return
        self._written = True

    def trim(self) -> None:
        """Ends what was written: entries go, the oldest first, until a fifth is free again."""
        if not self._written:
            return
        self._written = False
        entries: list[tuple[float, int, str]] = []
        with contextlib.suppress(OSError), os.scandir(self._folder) as found:
            for each in found:
                with contextlib.suppress(OSError):
                    if each.name.endswith((_ENDING, ".part")):
                        facts = each.stat(follow_symlinks=False)
                        entries.append((facts.st_mtime, facts.st_size, each.path))
        total = sum(size for _, size, _ in entries)
        if total <= self._most_bytes:
            return
        for _, size, path in sorted(entries):
            with contextlib.suppress(OSError):
                Path(path).unlink()
            total -= size
            if total <= self._most_bytes * 4 // 5:
                break

    def _path(self, kind: str, key: bytes) -> Path:
        return self._folder / (hashlib.sha256(f"{self._release}\0{kind}\0".encode() + key).hexdigest() + _ENDING)

    def _is_usable(self) -> bool:
        if self._usable is None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                facts = self._folder.stat()
                own = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
                self._usable = own and (sys.platform == "win32" or not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
            except (OSError, ValueError):
                self._usable = False
        return self._usable


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where this user's results are kept: TENANTPROOF_CACHE_DIR, or where the system keeps such things."""
    if told := environment.get("TENANTPROOF_CACHE_DIR"):
        return Path(told)
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = environment.get("HOME") and f"{environment['HOME']}/Library/Caches"
    else:
        base = environment.get("XDG_CACHE_HOME") or (environment.get("HOME") and f"{environment['HOME']}/.cache")
    return Path(base, "tenantproof") if base and Path(base).is_absolute() else None


def _digest(name: str, body: bytes) -> bytes:
    """Of the entry in its place: one that was moved, cut or changed is none."""
    return hashlib.sha256(name.encode() + b"\0" + body).digest()


__all__ = ["LARGEST", "MOST_BYTES", "Cache", "cache_folder"]
