"""Where in a file something stands."""

from __future__ import annotations

from scanner.base.record import record


@record
class Location:
    """`path` is POSIX and relative as reports show it; lines and columns count from 1; `end_line` is inclusive."""

    path: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
