"""What findings show of the lines that they are about."""

from __future__ import annotations

from scanner.model.location import Location
from scanner.model.resource import Shifted, Source

MOST_LINES = 5
MOST_OF_A_LINE = 400


def snippet_at(source: Source, location: Location) -> tuple[str, ...]:
    """The lines of a place as they are shown, each from where it matters."""
    first = location.line
    if first is None:
        return ()
    lines = source.lines(first, min(location.end_line or first, first + MOST_LINES - 1))
    column = location.column or 1
    if lines and len(lines[0]) > MOST_OF_A_LINE and isinstance(source, Shifted):
        column = source.shown_column(first, column)
    return tuple(_cut(line, column - 1 if number == 0 else 0) for number, line in enumerate(lines))


def _cut(line: str, start: int) -> str:
    """As much of the line as a person reads, from where it matters."""
    if len(line) <= MOST_OF_A_LINE:
        return line
    begin = max(0, min(start, len(line) - MOST_OF_A_LINE))
    end = begin + MOST_OF_A_LINE
    return f"{'…' if begin else ''}{line[begin:end]}{'…' if end < len(line) else ''}"


__all__ = ["MOST_LINES", "MOST_OF_A_LINE", "snippet_at"]
