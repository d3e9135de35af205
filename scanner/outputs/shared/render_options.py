"""How a report is rendered; never what it says."""

from __future__ import annotations

import os

from scanner.base.record import record


@record
class RenderOptions:
    """`width` counts terminal columns. `commands` are those that this version has: no other is ever recommended.

    `root` is the folder that the report's paths count from, where whoever reads the text stands in another: their paths
    are then from where they stand. `account` and `region` are where a format files findings that name none themselves.
    """

    colour: bool = False
    width: int = 100
    all: bool = False
    verbose: bool = False
    commands: frozenset[str] = frozenset()
    account: str | None = None
    region: str | None = None
    root: str | None = None


def from_here(path: str, root: str) -> str:
    """A path that counts from `root`, from where the reader stands; as it is where no such file is there."""
    there = os.path.join(root, path)  # noqa: PTH118  # a path may be no path of this system
    return os.path.relpath(there).replace(os.sep, "/") if os.path.isfile(there) else path  # noqa: PTH113  # as above
