"""Regular expressions in the strict sense: what a tenant id looks like, as a tree that a proof can walk.

The dialect is Python's without look-around, back-references, anchors, flags, atomic groups and possessive repeats.
`\\d`, `\\w` and `\\s` are ASCII; `.` is every character but a newline. A pattern always matches the whole text.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence

# The parser of `re` is the one that agrees with `re`; it is private in name only.
from re import _parser  # type: ignore[attr-defined]  # typeshed does not list it
from typing import Any
from unicodedata import category

from scanner.base.error import TenantproofError
from scanner.base.record import record

LAST = 0x10FFFF
"""The last code point of Unicode."""

MOST_POSITIONS = 2000
"""Characters and repeats of a pattern once its bounded repeats are written out."""

_LONGEST = 500
_ASCII = {
    "DIGIT": ((48, 57),),
    "WORD": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "SPACE": ((9, 13), (32, 32)),
}
_REFUSED = {
    "ASSERT": "look-around",
    "ASSERT_NOT": "look-around",
    "GROUPREF": "back-references",
    "GROUPREF_EXISTS": "back-references",
    "POSSESSIVE_REPEAT": "possessive repeats",
    "ATOMIC_GROUP": "atomic groups",
}

Ranges = tuple[tuple[int, int], ...]


@record
class Chars:
    """One character of a set: code points in `ranges` (both ends included, sorted, apart), or of a general category.

    `categories` are first letters of Unicode's general categories, such as `L` for letters.
    """

    ranges: Ranges
    categories: str = ""

    def has(self, character: str) -> bool:
        """`character` is one code point."""
        point = ord(character)
        if any(first <= point <= last for first, last in self.ranges):
            return True
        return bool(self.categories) and category(character)[0] in self.categories


@record
class Chain:
    """One after the other."""

    parts: tuple[Node, ...]


@record
class Choice:
    """One of them."""

    options: tuple[Node, ...]


@record
class Repeat:
    """`most` is None where there is no limit."""

    node: Node
    least: int
    most: int | None


Node = Chars | Chain | Choice | Repeat

ANY = Chars(((0, LAST),))
ANYTHING = Repeat(ANY, 0, None)
"""What `*` stands for in a name."""


class NotRegularError(TenantproofError):
    """The text is no pattern of this dialect; the message follows the word `pattern`."""


def parse_pattern(pattern: str) -> Node:
    """The pattern as a tree. Raises NotRegularError."""
    if len(pattern) > _LONGEST:
        raise NotRegularError(f"has more than {_LONGEST} characters")
    try:
        with warnings.catch_warnings():
            # What a later Python may read otherwise is still read as today's does.
            warnings.simplefilter("ignore")
            parsed = _parser.parse(pattern)
    except re.error as error:
        at = "" if error.pos is None else f" at character {error.pos + 1}"
        raise NotRegularError(f"is not a regular expression: {error.msg}{at}") from None
    except (RecursionError, OverflowError):
        raise NotRegularError("is not a regular expression that can be read: too deep or too long") from None
    if parsed.state.flags & ~re.UNICODE.value:
        raise NotRegularError("uses flags, which a tenant id's form does not take")
    if parsed.getwidth()[1] == 0:
        raise NotRegularError("matches no id: ids have at least one character")
    node = _chain(parsed)
    if _positions(node) > MOST_POSITIONS:
        raise NotRegularError(f"is too large: written out it has more than {MOST_POSITIONS} characters")
    return node


def literal(text: str) -> Chain:
    """The tree that matches this text alone."""
    return Chain(tuple(Chars(((ord(character), ord(character)),)) for character in text))


def _chain(parsed: Iterable[Any]) -> Node:  # Any: the standard library does not type its parse tree
    return Chain(tuple(_node(str(operator), argument) for operator, argument in parsed))


def _node(operator: str, argument: Any) -> Node:  # Any: as above
    match operator:
        case "LITERAL":
            return Chars(((int(argument), int(argument)),))
        case "NOT_LITERAL":
            return Chars(_inverted(((int(argument), int(argument)),)))
        case "ANY":
            return Chars(_inverted(((10, 10),)))
        case "IN":
            return _set(argument)
        case "BRANCH":
            return Choice(tuple(_chain(option) for option in argument[1]))
        case "SUBPATTERN":
            _, more, fewer, body = argument
            if more or fewer:
                raise NotRegularError("uses flags, which a tenant id's form does not take")
            return _chain(body)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, body = argument
            # `re` writes "no limit" as a constant that prints its name.
            return Repeat(_chain(body), int(least), None if str(most) == "MAXREPEAT" else int(most))
        case "AT":
            raise NotRegularError("uses `^`, `$` or `\\b`; it always matches the whole id, so leave them out")
        case _:
            what = _REFUSED.get(operator, operator.lower())
            raise NotRegularError(f"uses {what}, which no regular language has")


def _set(members: Iterable[tuple[object, Any]]) -> Chars:  # Any: as above
    ranges: list[tuple[int, int]] = []
    inverted = False
    for operator, argument in members:
        match str(operator):
            case "NEGATE":
                inverted = True
            case "LITERAL":
                ranges.append((int(argument), int(argument)))
            case "RANGE":
                ranges.append((int(argument[0]), int(argument[1])))
            case _:
                _, _, name = str(argument).partition("_")
                negated = name.startswith("NOT_")
                known = _ASCII[name.removeprefix("NOT_")]
                ranges.extend(_inverted(known) if negated else known)
    merged = _merged(ranges)
    return Chars(_inverted(merged) if inverted else merged)


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _inverted(ranges: Sequence[tuple[int, int]]) -> Ranges:
    gaps: list[tuple[int, int]] = []
    start = 0
    for first, last in ranges:
        if start < first:
            gaps.append((start, first - 1))
        start = last + 1
    if start <= LAST:
        gaps.append((start, LAST))
    return tuple(gaps)


def _positions(node: Node) -> int:
    match node:
        case Chars():
            return 1
        case Chain(nodes) | Choice(nodes):
            return 1 + sum(map(_positions, nodes))
        case Repeat(body, least, most):
            return 1 + _positions(body) * max(least, most if most is not None else 1, 1)
