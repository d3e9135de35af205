"""What was read from one YAML or JSON file, and where each part of it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.text.lines import Lines

Keys = Sequence[str | int]

MAX_DEPTH = 200
"""Levels of nesting that are read; what comes after may recurse that deep without a care."""

MAX_NODES = 2_000_000
"""Values in one document, those of YAML counted once its aliases are expanded."""

MAX_REPEATS = 1000
"""Duplicate keys listed of one file; a file with more was not written by a person."""


@record
class Place:
    """Where something begins, and the last line it covers; all count from 1."""

    line: int
    column: int
    end_line: int


@record
class Duplicate:
    """A key given twice in one mapping. `keys` is its path in the data, which holds the value of `second`.

    A key given three times is two duplicates: the first with the second, the second with the third.
    """

    keys: tuple[str | int, ...]
    first: Place
    second: Place


class Span(NamedTuple):
    """Offsets into the text: where the key (or list item) begins, where its value begins, and where that ends."""

    key: int
    value: int
    end: int


class Repeat(NamedTuple):
    """A duplicate that still stands at offsets."""

    keys: tuple[str | int, ...]
    first: Span
    second: Span


class Spans(Protocol):
    """Finds the parts of a text."""

    def find(self, keys: Keys) -> Span:
        """The span at `keys`, or at the longest part of that path that exists; `()` is the whole document."""


class NoPlaces:
    """Of data that is in no file: an example of a rule, or a rule that was compiled."""

    def find(self, keys: Keys) -> Span:
        """The beginning, whatever is asked for."""
        del keys
        return Span(0, 0, 0)


class Document:
    """The result of reading one file.

    `data` is made of dict, list, str, int, float, bool and None; keys are text, and CloudFormation's short intrinsics
    stand in their long form. Aliased parts of YAML are one shared object, so `data` is to be read, not changed.
    """

    __slots__ = ("_lines", "_spans", "data", "duplicates", "notes", "path", "text")

    def __init__(
        self,
        *,
        path: str,
        data: object,
        text: str,
        spans: Spans,
        repeats: Sequence[Repeat] = (),
        notes: Sequence[Problem] = (),
    ) -> None:
        self.path = path
        self.data = data
        self.text = text
        self.notes = tuple(notes)
        self._spans = spans
        self._lines = Lines(text)
        self.duplicates = tuple(
            Duplicate(keys, self._place(first.key, first.end), self._place(second.key, second.end))
            for keys, first, second in repeats[:MAX_REPEATS]
        )
        if len(repeats) > MAX_REPEATS:
            message = f"more than {MAX_REPEATS} keys stand twice in one mapping; only the first of them are listed"
            self.notes += (Problem(path, message, level="warning"),)

    def place(self, keys: Keys) -> Place:
        """Where the key (or list item) at `keys` stands, up to the end of its value.

        Where the path does not exist, the longest part of it that does counts; `()` is the whole document.
        """
        span = self._spans.find(keys)
        return self._place(span.key, span.end)

    def value_place(self, keys: Keys) -> Place:
        """Where the value at `keys` stands; a path that does not exist is treated as by `place`."""
        span = self._spans.find(keys)
        return self._place(span.value, span.end)

    def span(self, keys: Keys) -> Span:
        """The offsets of the part at `keys`; a path that does not exist is treated as by `place`."""
        return self._spans.find(keys)

    def source(self) -> Document:
        """The document as it is written, where this one is what becomes of it."""
        return self

    def lines(self, first: int, last: int) -> list[str]:
        """Source lines `first` to `last`, both included and counted from 1; those that do not exist are left out."""
        return self._lines.between(first, last)

    def offset(self, line: int, column: int) -> int:
        """Where a line and column, both counted from 1, are in the text."""
        return self._lines.start(line) + column - 1

    def _place(self, start: int, end: int) -> Place:
        line, column = self._lines.at(start)
        # A block scalar ends where the next token begins: the blank lines between belong to nobody.
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Place(line, column, self._lines.at(max(start, end - 1))[0])
