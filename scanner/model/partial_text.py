"""Partly known strings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field

from scanner.base.record import record
from scanner.model.unknown import Reference, Unknown

Part = str | Unknown


@record
class Encoded(Unknown):
    """The Base64 of a text of which only a part is known: what stands in it can still be read."""

    text: Text | None = field(default=None, compare=False)


@record
class Text:
    """A string of literals and holes, such as `arn:aws:s3:::${AWS::Region}-phi/*`.

    Always holds at least one hole, never two literals in a row and never an empty literal: build it with `text_of`.
    """

    parts: tuple[Part, ...]

    @property
    def holes(self) -> tuple[Unknown, ...]:
        """Every part that is not known, in order; at least one."""
        return tuple(part for part in self.parts if isinstance(part, Unknown))

    @property
    def prefix(self) -> str:
        """The literal the string surely begins with; may be empty."""
        first = self.parts[0]
        return first if isinstance(first, str) else ""

    @property
    def suffix(self) -> str:
        """The literal the string surely ends with; may be empty."""
        last = self.parts[-1]
        return last if isinstance(last, str) else ""

    @property
    def unknown(self) -> Unknown:
        """The first hole: what stands for the whole string where one reason must be named."""
        return self.holes[0]

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else hole_name(part) for part in self.parts)

    def equals(self, other: str | Text) -> bool | None:
        """Equality in three values: None where the holes decide."""
        if isinstance(other, str):
            return self._could_be(other)
        mine, theirs = self.prefix, other.prefix
        if not (mine.startswith(theirs) or theirs.startswith(mine)):
            return False
        return _equal(*_without_common(_pieces(self), _pieces(other)))

    def _could_be(self, literal: str) -> bool | None:
        """None if some filling of the holes gives `literal`, else False. Greedy, so linear."""
        if not (literal.startswith(self.prefix) and literal.endswith(self.suffix)):
            return False
        start, end = len(self.prefix), len(literal) - len(self.suffix)
        if start > end:
            return False
        for part in self.parts:
            if isinstance(part, str) and part is not self.parts[0] and part is not self.parts[-1]:
                found = literal.find(part, start, end)
                if found < 0:
                    return False
                start = found + len(part)
        return None


def _pieces(text: Text) -> list[Part]:
    """Every character and every hole."""
    return [piece for part in text.parts for piece in (part if isinstance(part, str) else (part,))]


def _without_common(left: list[Part], right: list[Part]) -> tuple[list[Part], list[Part]]:
    """What is left after the pieces that both begin with and then those that both end with."""
    for _ in range(2):
        common = 0
        while common < min(len(left), len(right)) and _is_one(left[common], right[common]):
            common += 1
        # Turned round twice.
        left, right = left[common:][::-1], right[common:][::-1]
    return left, right


def _is_one(left: Part, right: Part) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    return left.symbol is not None and left.symbol == right.symbol


def _equal(left: list[Part], right: list[Part]) -> bool | None:
    """Equality of two that have neither beginning nor end in common."""
    if not (left and right):
        # A hole may be empty, a character is none.
        return True if left == right else False if any(isinstance(each, str) for each in left + right) else None
    if len(left) == len(right) == 1 and isinstance(left[0], Reference) and isinstance(right[0], Reference):
        # Two ids that one deployment makes are two things.
        return False
    differ = any(isinstance(left[end], str) and isinstance(right[end], str) for end in (0, -1))
    return False if differ or _is_shorter(left, right) or _is_shorter(right, left) else None


def _is_shorter(left: list[Part], right: list[Part]) -> bool:
    """Whether all holes of the one are among the other's, which has more characters besides."""
    holes = [[piece.symbol for piece in pieces if isinstance(piece, Unknown)] for pieces in (left, right)]
    if len(left) - len(holes[0]) >= len(right) - len(holes[1]) or None in holes[0]:
        return False
    return not Counter(holes[0]) - Counter(holes[1])


def text_of(parts: Iterable[Part | Text]) -> str | Text | Unknown:
    """The parts as one string: plain where nothing is unknown, the unknown itself where it stands alone."""
    merged: list[Part] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            if isinstance(piece, str) and merged and isinstance(last := merged[-1], str):
                merged[-1] = last + piece
            elif piece != "":
                merged.append(piece)
    if not merged:
        return ""
    if len(merged) == 1:
        return merged[0]
    return Text(tuple(merged))


def hole_name(unknown: Unknown) -> str:
    """A hole as a reader knows it: `${AWS::Region}`, `${Table.Arn}`, or `${?}` where it has no name."""
    if isinstance(unknown, Reference):
        name = unknown.resource.rpartition("#")[2]
        return f"${{{name}}}" if unknown.attribute == "Ref" else f"${{{name}.{unknown.attribute}}}"
    return f"${{{unknown.symbol[-1]}}}" if unknown.symbol else "${?}"
