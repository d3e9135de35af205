"""Where in a file something stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """`path` is POSIX and relative as reports show it; lines and columns count from 1; `end_line` is inclusive."""

    path: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
