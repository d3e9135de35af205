"""Whether a regular expression is found in a text of which only parts are known, such as `https://${Host}/path`.

The literals decide where they can: a match that lies within one of them stays one whatever the holes are filled with,
and a pattern that begins with `^` is not found where the text's beginning already contradicts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

# The parser of `re` is the one that agrees with `re`; it is private in name only.
from re import _parser  # type: ignore[attr-defined]  # typeshed does not list it
from typing import Any

from scanner.base.record import record

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


def found_in_parts(parts: Sequence[object], pattern: re.Pattern[str]) -> bool | None:
    """`re.search` in three values; what is no text among the parts may be any. None where that decides."""
    if pattern.flags & ~_FLAGS:
        return None
    tree = _tree(pattern.pattern)
    for index, part in enumerate(parts):
        if isinstance(part, str):
            walk = _Walk(part, pattern, first=index == 0, last=index == len(parts) - 1, sure=True)
            if any(walk.ends(tree, start) for start in range(len(part) + 1)):
                return True
    beginning = parts[0] if isinstance(parts[0], str) else ""
    walk = _Walk(beginning, pattern, first=True, last=False, sure=False)
    anchored = bool(tree) and str(tree[0][0]) == "AT" and str(tree[0][1]).startswith("AT_BEGINNING")
    return False if anchored and not walk.ends(tree, 0) else None


@cache
def _tree(pattern: str) -> list[Any]:  # Any: the standard library does not type its parse tree
    return list(_parser.parse(pattern))


@record
class _Walk:
    """A literal of the text. With `sure` only its own characters count, else what follows may be any."""

    text: str
    pattern: re.Pattern[str]
    first: bool
    last: bool
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
                yield from self._repeated(least, most, body, place)
            case "AT":
                yield from self._at(str(argument), place)
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                if place < len(self.text):
                    if self._has(operator, argument, self.text[place]):
                        yield place + 1
                elif not self.sure:
                    yield _BEYOND
            case _:
                # Look-around and the like: never sure of it, never without it.
                if not self.sure:
                    yield _BEYOND

    def _repeated(self, least: int, most: Any, body: Iterable[Any], place: int) -> Iterator[int]:  # Any: as above
        limit = None if str(most) == "MAXREPEAT" else int(most)
        seen: set[int] = set()
        now, times = frozenset((place,)), 0
        while now:
            if times >= int(least):
                yield from now
                seen |= now
            if times == limit:
                return
            now = frozenset(end for each in now for end in self.ends(body, each))
            times += 1
            if times > int(least):
                now -= seen

    def _at(self, where: str, place: int) -> Iterator[int]:
        if where.startswith("AT_BEGINNING"):
            if self.first and place == 0:
                yield place
        elif where.startswith("AT_END"):
            if place == len(self.text) and (self.last or not self.sure):
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
