"""Patterns matched against partly known strings, in time linear in the string."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown
from scanner.tenancy.pattern import ANY, ANYTHING, Chain, Chars, Choice, Node, Repeat

Part = str | None | frozenset[str]
"""A literal, None for a hole that any string may fill, or the characters of which one stands there."""


class Automaton:
    """Thompson's construction. States are numbers; 0 is the first, `_final` the last."""

    __slots__ = ("_edges", "_final", "_free", "_loops")

    def __init__(self, node: Node) -> None:
        self._edges: list[list[tuple[Chars, int]]] = [[]]
        self._free: list[list[int]] = [[]]
        self._loops: set[int] = set()
        self._final = self._build(node, 0)

    def accepts(self, text: str) -> bool:
        """Whether the whole text is matched."""
        return self._final in self._after((text,), self._closure({0}), every=True)

    def matches(self, value: str | Text) -> bool | None:
        """Whether the value is matched; None where its holes decide."""
        if isinstance(value, str):
            return self.accepts(value)
        return self.matches_parts([part if isinstance(part, str) else None for part in value.parts])

    def matches_parts(self, parts: Sequence[Part]) -> bool | None:
        """Whether the parts, one after the other, are matched; None where what fills the holes decides."""
        start = self._closure({0})
        if self._final in self._after(parts, start, every=True):
            return True
        return None if self._final in self._after(parts, start, every=False) else False

    def _after(self, parts: Iterable[Part], states: frozenset[int], *, every: bool) -> frozenset[int]:
        """Where the parts lead: for `every` filling of the holes, or for some.

        For every filling, a hole is taken only where `*` takes it whole: sound, and exact where holes stand under `*`.
        """
        for part in parts:
            if part is None:
                states = frozenset(states & self._loops) if every else self._reachable(states)
                states = self._closure(states)
                continue
            for step in (part,) if isinstance(part, frozenset) else part:
                fits: dict[Chars, bool] = {}
                after: set[int] = set()
                for state in states:
                    for chars, target in self._edges[state]:
                        fit = fits.get(chars)
                        if fit is None:
                            fit = chars.has(step) if isinstance(step, str) else _takes(chars, step, every)
                            fits[chars] = fit
                        if fit:
                            after.add(target)
                states = self._closure(after)
                if not states:
                    return states
        return states

    def _closure(self, states: Iterable[int]) -> frozenset[int]:
        seen = set(states)
        waiting = list(seen)
        while waiting:
            for target in self._free[waiting.pop()]:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)

    def _reachable(self, states: frozenset[int]) -> frozenset[int]:
        seen = set(states)
        waiting = list(seen)
        while waiting:
            state = waiting.pop()
            for target in (*self._free[state], *(target for _, target in self._edges[state])):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)

    def _state(self, *before: int) -> int:
        self._edges.append([])
        self._free.append([])
        new = len(self._edges) - 1
        for state in before:
            self._free[state].append(new)
        return new

    def _build(self, node: Node, start: int) -> int:
        """Adds the node after `start` and gives the state it ends in."""
        if node is ANYTHING:
            loop = self._state(start)
            self._edges[loop].append((ANY, loop))
            self._loops.add(loop)
            return self._state(loop)
        match node:
            case Chars():
                end = self._state()
                self._edges[start].append((node, end))
                return end
            case Chain(parts):
                for part in parts:
                    start = self._build(part, start)
                return start
            case Choice(options):
                return self._state(*(self._build(option, self._state(start)) for option in options))
            case Repeat(body, least, most):
                for _ in range(least):
                    start = self._build(body, start)
                if most is None:
                    head = self._state(start)
                    self._free[self._build(body, head)].append(head)
                    return self._state(head)
                ends = [start]
                for _ in range(most - least):
                    start = self._build(body, start)
                    ends.append(start)
                return self._state(*ends)


@lru_cache(maxsize=1024)
def _takes(chars: Chars, characters: frozenset[str], every: bool) -> bool:
    return (all if every else any)(map(chars.has, characters))


def why_open(value: object) -> Unknown | None:
    """The unknown that keeps a name from being known."""
    if isinstance(value, Text):
        return value.unknown
    return value if isinstance(value, Unknown) else None
