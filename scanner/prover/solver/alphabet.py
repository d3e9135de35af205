"""All of Unicode as a few classes of characters, one bit each, so that a set of characters is one integer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from unicodedata import category

from scanner.tenancy.pattern import LAST, Chars

# Stand in patterns for names that only deployment gives: of the private use area, so in no policy and no id.
FIRST_HOLE = 0xF0000
MOST_HOLES = 32
# Characters outside ASCII that become ASCII ones when case is folded: Kelvin sign and dotted capital i.
_FOLDING = "\u212a\u0130"
# Tried in this order when a character has to be chosen, so that counterexamples are readable.
_READABLE = "abcdefghijklmnopqrstuvwxyz0123456789-_/#ABCDEFGHIJKLMNOPQRSTUVWXYZ.:=+@ "


class Alphabet:
    """ASCII and the characters named are classes of their own; the rest is told apart by the sets given."""

    def __init__(self, extra: frozenset[str], sets: Iterable[Chars]) -> None:
        named = [chr(point) for point in range(128)] + list(_FOLDING)
        named += sorted(
            {
                each
                for one in extra
                for each in (one, *one.lower(), *one.upper())
                if each not in _FOLDING and not each.isascii()
            }
        )
        self._bits = {character: 1 << index for index, character in enumerate(named)}
        self._characters = list(named)
        for number in range(MOST_HOLES):
            hole = chr(FIRST_HOLE + number)
            self._bits[hole] = 1 << len(self._characters)
            self._characters.append(hole)
        self.cased = [(bit, each) for each, bit in self._bits.items() if each.lower() != each.upper()]
        self.holes = sum(self._bits[chr(FIRST_HOLE + number)] for number in range(MOST_HOLES))
        self._sets = list(dict.fromkeys(sets))
        self._cells: dict[tuple[bool, ...], int] = {}
        for character in _representatives(self._sets):
            if character not in self._bits:
                cell = tuple(chars.has(character) for chars in self._sets)
                if cell not in self._cells:
                    self._cells[cell] = 1 << len(self._characters)
                    self._characters.append(character)
        self.all = (1 << len(self._characters)) - 1
        self.colon = self._bits[":"]
        self._masks: dict[Chars, int] = {}
        self._folded: dict[str, int] = {}
        self._readable = [(self._bits[character], character) for character in _READABLE]

    def of(self, character: str) -> int:
        """The class of one character. A character that was not named stands for all that are like it."""
        bit = self._bits.get(character)
        if bit is None:
            bit = self._cells.get(tuple(chars.has(character) for chars in self._sets), 0)
        return bit

    def folded(self, character: str) -> int:
        """The classes of all characters that are the same when case is ignored."""
        mask = self._folded.get(character)
        if mask is None:
            lower = character.lower()
            mask = self.of(character)
            for other, bit in self._bits.items():
                if other.lower() == lower:
                    mask |= bit
            if lower == "i":
                mask |= self._bits["\u0130"]
            self._folded[character] = mask
        return mask

    def of_chars(self, chars: Chars) -> int:
        """The classes inside a set that the alphabet was made for; never a hole."""
        mask = self._masks.get(chars)
        if mask is None:
            mask = 0
            for index, character in enumerate(self._characters):
                if chars.has(character):
                    mask |= 1 << index
            mask &= ~self.holes
            self._masks[chars] = mask
        return mask

    def pick(self, mask: int, turn: int = 0) -> str:
        """A character of the classes, a readable one if there is one; `turn` asks for another."""
        found = [character for bit, character in self._readable if bit & mask]
        if found:
            return found[turn % len(found)]
        plain = mask & ~self.holes or mask
        return self._characters[(plain & -plain).bit_length() - 1]

    def fold_apart(self, mask: int) -> bool:
        """Whether two different characters of the classes are the same when case is ignored."""
        seen: set[str] = set()
        for index, character in enumerate(self._characters):
            if mask >> index & 1:
                lower = character.lower()
                # A class of many characters may hold letters in both cases.
                if lower in seen or character not in self._bits:
                    return True
                seen.add(lower)
        return False


def _representatives(sets: list[Chars]) -> Iterator[str]:
    """Characters of which every combination of the sets that is met at all has one."""
    edges = {128, LAST + 1}
    for chars in sets:
        for first, last in chars.ranges:
            edges.update(point for point in (first, last + 1) if 128 <= point <= LAST)  # noqa: PLR2004  # the end of ASCII
    ordered = sorted(edges)
    if not any(chars.categories for chars in sets):
        yield from map(chr, ordered[:-1])
    elif len(ordered) == 2:  # noqa: PLR2004  # no edge inside
        yield from _of_every_category()
    else:
        for first, end in pairwise(ordered):
            for runs in _runs().values():
                # Between two edges only the category tells characters apart.
                at = bisect_right(runs, (first, LAST)) - 1
                for start, stop in runs[max(at, 0) :]:
                    if start >= end:
                        break
                    if stop > first:
                        yield chr(max(first, start))
                        break


def _of_every_category() -> Iterator[str]:
    seen: set[str] = set()
    for point in (*range(128, 0x3100), 0xE000, LAST):
        kind = category(chr(point))[0]
        if kind not in seen:
            seen.add(kind)
            yield chr(point)


@lru_cache(maxsize=1)
def _runs() -> dict[str, list[tuple[int, int]]]:
    """For the first letter of every general category the runs of code points that have it, ends excluded."""
    runs: dict[str, list[tuple[int, int]]] = {}
    for point in range(128, LAST + 1):
        known = runs.setdefault(category(chr(point))[0], [])
        if known and known[-1][1] == point:
            known[-1] = (known[-1][0], point + 1)
        else:
            known.append((point, point + 1))
    return runs
