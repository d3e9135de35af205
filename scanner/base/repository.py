"""The git repository around a path, read from its files without running git."""

from __future__ import annotations

import os
import re
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


def repository_root(path: Path) -> Path | None:
    """The nearest folder upwards that holds `.git`."""
    start = path.absolute()
    folders = (start, *start.parents)
    return next((each for each in folders if os.path.exists(each / ".git")), None)  # noqa: PTH110  # any name may be asked


def commit_of(path: Path) -> str | None:
    """The commit that HEAD names; None outside a repository or where it cannot be told."""
    root = repository_root(path)
    if root is None:
        return None
    try:
        folder = root / ".git"
        if folder.is_file():
            folder = root / folder.read_text("utf-8").partition("gitdir:")[2].strip()
        head = (folder / "HEAD").read_text("utf-8").strip()
        if head.startswith("ref: "):
            head = _resolved(folder, head.removeprefix("ref: "))
    except (OSError, ValueError):
        return None
    return head if _COMMIT.match(head) else None


def _resolved(folder: Path, name: str) -> str:
    shared = folder / "commondir"
    common = (folder / shared.read_text("utf-8").strip()) if shared.exists() else folder
    for place in (folder / name, common / name):
        if place.is_file():
            return place.read_text("utf-8").strip()
    packed = common / "packed-refs"
    lines = packed.read_text("utf-8").splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(" " + name)), "")
