"""How a report is rendered; never what it says."""

from __future__ import annotations

import os
from collections.abc import Sequence

from scanner.base.record import record


@record
class RenderOptions:
    """`width` counts terminal columns. `commands` are those that this version has: no other is ever recommended.

    `roots` are the folders that the report's paths count from, where whoever reads the text stands in another: their
    paths are then from where they stand. `account` and `region` are where a format files findings that name none
    themselves.
    """

    colour: bool = False
    width: int = 100
    all: bool = False
    verbose: bool = False
    commands: frozenset[str] = frozenset()
    account: str | None = None
    region: str | None = None
    roots: tuple[str, ...] = ()


def from_here(path: str, roots: Sequence[str]) -> str:
    """A path that counts from one of `roots`, from where the reader stands; as it is where none of them or several have
    such a file."""
    there = [each for each in (os.path.join(root, path) for root in roots) if os.path.isfile(each)]  # noqa: PTH113, PTH118  # a path may be no path of this system
    return os.path.relpath(there[0]).replace(os.sep, "/") if len(there) == 1 else path
