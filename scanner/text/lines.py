"""Offsets into a text as the lines and columns an editor shows."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from itertools import accumulate

# Editors break lines here; YAML 1.1 also breaks them at U+0085, U+2028 and U+2029, which no editor counts.
_BREAK = re.compile(r"\r\n|\n|\r")
_LONG = 10_000


class Lines:
    """The lines of one text. Offsets count characters from 0, lines and columns from 1."""

    __slots__ = ("_long", "_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._long: dict[int, str] = {}
        self._starts: array[int] | None = None

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at `offset`."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def start(self, line: int) -> int:
        """The offset at which a line begins."""
        starts = self._line_starts()
        return starts[min(max(line, 1), len(starts)) - 1]

    def between(self, first: int, last: int) -> list[str]:
        """Lines `first` to `last`, both included, without their breaks; lines that do not exist are left out."""
        starts = self._line_starts()
        # What follows the last break is a line only if there is something.
        count = len(starts) - (starts[-1] == len(self._text))
        return [self._line(line, starts) for line in range(max(first, 1), min(last, count) + 1)]

    def _line(self, line: int, starts: array[int]) -> str:
        if (known := self._long.get(line)) is not None:
            return known
        cut = self._text[starts[line - 1] : starts[line] if line < len(starts) else None].rstrip("\r\n")
        if len(cut) > _LONG:
            # All of a file may be one line, and is asked for with each finding in it.
            self._long[line] = cut
        return cut

    def _line_starts(self) -> array[int]:
        if self._starts is None:
            # An array, for as objects the numbers of a thousand templates take more than their texts.
            if "\r" in self._text:
                self._starts = array("L", (0, *(found.end() for found in _BREAK.finditer(self._text))))
            else:
                # Several times as fast, which counts where a cluster has printed a million lines.
                sizes = (len(line) + 1 for line in self._text.split("\n")[:-1])
                self._starts = array("L", accumulate(sizes, initial=0))
        return self._starts
