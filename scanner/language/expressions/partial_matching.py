"""Whether a regular expression is found in a text of which only parts are known, such as `https://${Host}/path`.

What is known decides where it can: a match that lies within it stays one whatever the holes are filled with, and there
is none where no filling makes one. A pseudo parameter stands for some text of its own alphabet ("Get AWS values using
pseudo parameters", CloudFormation), any other hole for any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

# The parser of `re` is the one that agrees with `re`; it is private in name only.
from re import _parser  # type: ignore[attr-defined]  # typeshed does not list it
from string import ascii_letters, ascii_lowercase, digits
from typing import Any

from scanner.base.record import record
from scanner.model.unknown import Unknown

_Piece = str | frozenset[str] | None

_CATEGORIES = {
    name: re.compile(letter)
    for name, letter in {
        "CATEGORY_DIGIT": r"\d",
        "CATEGORY_NOT_DIGIT": r"\D",
        "CATEGORY_SPACE": r"\s",
        "CATEGORY_NOT_SPACE": r"\S",
        "CATEGORY_WORD": r"\w",
        "CATEGORY_NOT_WORD": r"\W",
    }.items()
}
_FLAGS = re.UNICODE | re.IGNORECASE
_BEYOND = -1
"""The place of a match that has gone on into what is not known."""
_NAME = frozenset(ascii_letters + digits + "-")
_ALPHABETS = {
    "AWS::AccountId": frozenset(digits),
    "AWS::Partition": frozenset(ascii_lowercase + "-"),
    "AWS::Region": frozenset(ascii_lowercase + digits + "-"),
    "AWS::StackId": _NAME | frozenset(":/"),
    "AWS::StackName": _NAME,
    "AWS::URLSuffix": frozenset(ascii_lowercase + digits + ".-"),
}
_LONGEST = 4_000
"""Characters of a text with holes that is walked through; of a longer one only its parts and its beginning count."""


def found_in_parts(parts: Sequence[object], pattern: re.Pattern[str]) -> bool | None:
    """`re.search` in three values; what is no text among the parts may be any. None where that decides."""
    if pattern.flags & ~_FLAGS:
        return None
    tree = _tree(pattern.pattern)
    pieces: list[_Piece] = []
    for part in parts:
        pieces += part if isinstance(part, str) else (_alphabet(part),)
    if len(pieces) > _LONGEST:
        pieces = [*pieces[:_LONGEST], frozenset(), None]
    sure = _Walk(pieces, pattern, sure=True)
    if any(sure.ends(tree, start) for start in range(len(pieces) + 1)):
        return True
    perhaps = _Walk(pieces, pattern, sure=False)
    anchored = bool(tree) and str(tree[0][0]) == "AT" and str(tree[0][1]).startswith("AT_BEGINNING")
    starts = (0,) if anchored else range(len(pieces) + 1)
    if not anchored and any(piece is None for piece in pieces):
        return None
    return None if any(perhaps.ends(tree, start) for start in starts) else False


def _alphabet(hole: object) -> frozenset[str] | None:
    """What the text is made of that stands in the hole, of one character at least; None where that is not known."""
    symbol = hole.symbol if isinstance(hole, Unknown) else None
    return _ALPHABETS.get(symbol[-1]) if symbol is not None and symbol[0] == "pseudo" else None


@cache
def _tree(pattern: str) -> list[Any]:  # Any: the standard library does not type its parse tree
    return list(_parser.parse(pattern))


@record
class _Walk:
    """A text, character by character, with alphabets or None in the place of its holes.

    With `sure` only what holds for every filling counts, else what holds for some.
    """

    pieces: Sequence[_Piece]
    pattern: re.Pattern[str]
    sure: bool

    def ends(self, nodes: Iterable[Any], start: int) -> frozenset[int]:
        """Where a match of all nodes may end that begins at `start`."""
        places = frozenset((start,))
        for operator, argument in nodes:
            places = frozenset(end for place in places for end in self._step(str(operator), argument, place))
        return places

    def _step(self, operator: str, argument: Any, place: int) -> Iterator[int]:  # Any: as above
        if place == _BEYOND:
            yield _BEYOND
            return
        match operator:
            case "BRANCH":
                for option in argument[1]:
                    yield from self.ends(option, place)
            case "SUBPATTERN" if not argument[1] and not argument[2]:
                yield from self.ends(argument[3], place)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, body = argument
                yield from self._repeated(least, most, list(body), place)
            case "AT":
                yield from self._at(str(argument), place)
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                yield from self._taken(operator, argument, place)
            case _:
                # Look-around and the like: never sure of it, never without it.
                if not self.sure:
                    yield _BEYOND

    def _taken(self, operator: str, argument: Any, place: int) -> Iterator[int]:  # Any: as above
        """After one character. Of what fills a hole more may follow, and nothing is sure but that it is of its
        alphabet."""
        while place < len(self.pieces):
            piece = self.pieces[place]
            if isinstance(piece, str):
                if self._has(operator, argument, piece):
                    yield place + 1
                return
            if self.sure:
                return
            if piece is None:
                yield _BEYOND
                return
            if any(self._has(operator, argument, each) for each in piece):
                yield place
            place += 1

    def _repeated(self, least: int, most: Any, body: Sequence[Any], place: int) -> Iterator[int]:  # Any: as above
        limit = None if str(most) == "MAXREPEAT" else int(most)
        seen: set[int] = set()
        now, times = frozenset((place,)), 0
        while now:
            if times >= int(least):
                yield from now
                seen |= now
            if times == limit:
                return
            after = {end for each in now for end in self.ends(body, each)}
            if limit is None and self.sure:
                after |= {each + 1 for each in now if self._takes_in(body, each)}
            now = frozenset(after)
            times += 1
            if times > int(least):
                now -= seen

    def _takes_in(self, body: Sequence[Any], place: int) -> bool:  # Any: as above
        """Whether a body of one character, repeated without end, goes through the hole whatever is in it."""
        piece = self.pieces[place] if 0 <= place < len(self.pieces) else None
        if not isinstance(piece, frozenset) or not piece or len(body) != 1:
            return False
        operator, argument = str(body[0][0]), body[0][1]
        return operator in ("NOT_LITERAL", "ANY", "IN", "LITERAL") and all(
            self._has(operator, argument, each) for each in piece
        )

    def _at(self, where: str, place: int) -> Iterator[int]:
        if where.startswith("AT_BEGINNING"):
            if place == 0:
                yield place
        elif where.startswith("AT_END"):
            rest = self.pieces[place:]
            # The end of a line at the very end is no character more for `$`.
            if not rest or (not self.sure and all(piece == "\n" or not isinstance(piece, str) for piece in rest)):
                yield place
        elif not self.sure:
            yield _BEYOND

    def _has(self, operator: str, argument: Any, character: str) -> bool:  # Any: as above
        either = {character}
        if self.pattern.flags & re.IGNORECASE:
            either |= {character.lower(), character.upper()}
        match operator:
            case "LITERAL":
                return chr(argument) in either
            case "NOT_LITERAL":
                return not self._has("LITERAL", argument, character)
            case "ANY":
                return character != "\n"
        negated = str(argument[0][0]) == "NEGATE"
        return any(_member(each, one) for each in argument for one in either) != negated


def _member(item: tuple[object, Any], character: str) -> bool:  # Any: as above
    match str(item[0]):
        case "LITERAL":
            return character == chr(item[1])
        case "RANGE":
            return len(character) == 1 and item[1][0] <= ord(character) <= item[1][1]
        case "CATEGORY":
            return _CATEGORIES[str(item[1])].match(character) is not None
    return False


__all__ = ["found_in_parts"]
