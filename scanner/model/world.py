"""Worlds: the assignments of a template's choices under which a verdict is asked.

A run of anything in a `World` is deterministic. Where it needs a choice that its world leaves open it raises
`Undecided`, which carries the worlds to try instead; `explore` runs them all. So only choices that are touched are
tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from typing import Generic, TypeVar

from scanner.base.record import record
from scanner.model.unknown import Unknown

T = TypeVar("T")
Key = tuple[str, ...]
MOST_WORLDS = 64
# Forks over unknown conditions are not worlds of their own, but they cost as much.
MOST_RUNS = 512


@record
class Variable:
    """A value that the template branches on and that no one has given.

    A *choice* may be set by the owner, so each of its values is a world. The others (imports, dynamic references) are
    not the owner's to set: all their values must agree. `values` closes the domain; `tested` are the literals that
    conditions compare with.
    """

    key: Key
    name: str
    unknown: Unknown
    values: tuple[str, ...] | None = None
    tested: tuple[str, ...] = ()
    choice: bool = True


@record
class Bound:
    """What a world says of a variable: it `equals` a string, or none of `excluded`."""

    equals: str | None = None
    excluded: frozenset[str] = frozenset()
    choice: bool = True

    def meets(self, other: Bound) -> bool:
        """Whether some value satisfies both."""
        if self.equals is not None and other.equals is not None:
            return self.equals == other.equals
        return self.equals not in other.excluded and other.equals not in self.excluded


class World:
    """One partial assignment, and the record of what a run in it touched."""

    __slots__ = ("alias", "assumptions", "bounds", "depth", "differ", "guesses", "labels", "touches")

    def __init__(
        self,
        bounds: dict[Key, Bound] | None = None,
        alias: dict[Key, Key] | None = None,
        differ: frozenset[frozenset[Key]] = frozenset(),
        guesses: dict[Key, Unknown] | None = None,
    ) -> None:
        self.bounds = bounds or {}
        self.alias = alias or {}
        self.differ = differ
        self.guesses = guesses or {}
        self.labels: dict[str, object] = {}
        self.assumptions: dict[str, None] = {}
        self.touches = 0
        self.depth = 0

    def assume(self, note: str) -> None:
        self.assumptions[note] = None

    def label(self, name: str, value: object) -> None:
        """Names what distinguishes this world for a reader; inner conditions of a named one stay silent."""
        if self.depth == 0:
            self.labels[name] = value

    def is_equal(self, variable: Variable, literal: str) -> bool:
        """Whether the variable equals the literal here. Raises Undecided."""
        key = self.alias.get(variable.key, variable.key)
        bound = self.bounds.get(key, Bound())
        if bound.equals is not None:
            self.touches += 1
            return bound.equals == literal
        if literal in bound.excluded:
            self.touches += 1
            return False
        if variable.values is not None:
            open_values = [value for value in variable.values if value not in bound.excluded]
            if literal not in open_values:
                self.touches += bool(bound.excluded)
                return False
            if len(open_values) == 1:
                self.touches += 1
                return True
        raise Undecided(
            (self._with(key, variable, literal), self._without(key, variable, literal)),
        )

    def value(self, variable: Variable) -> str | None:
        """The variable's value, or None where it is none of those tested. Raises Undecided."""
        key = self.alias.get(variable.key, variable.key)
        bound = self.bounds.get(key, Bound())
        if bound.equals is not None:
            self.touches += 1
            return bound.equals
        candidates = variable.values if variable.values is not None else variable.tested
        still_open = [value for value in candidates if value not in bound.excluded]
        if not still_open:
            self.touches += bool(bound.excluded)
            return None
        if variable.values is not None:
            if len(still_open) == 1:
                self.touches += 1
                return still_open[0]
            raise Undecided(tuple(self._with(key, variable, value) for value in still_open))
        raise Undecided((self._with(key, variable, still_open[0]), self._without(key, variable, still_open[0])))

    def excluded(self, variable: Variable) -> frozenset[str]:
        return self.bounds.get(self.alias.get(variable.key, variable.key), Bound()).excluded

    def are_equal(self, left: Variable, right: Variable) -> bool:
        """Whether two variables are equal here. Raises Undecided."""
        one, two = self.alias.get(left.key, left.key), self.alias.get(right.key, right.key)
        if one == two:
            # That two names stand for one value is this world's own assumption.
            self.touches += left.key != right.key
            return True
        for variable, other in ((left, right), (right, left)):
            bound = self.bounds.get(self.alias.get(variable.key, variable.key))
            if bound and bound.equals is not None:
                return self.is_equal(other, bound.equals)
        pair = frozenset((one, two))
        if pair in self.differ:
            self.touches += 1
            return False
        for variable, other in ((left, right), (right, left)):
            if variable.values is not None:
                value = self.value(variable)
                return value is not None and self.is_equal(other, value)
        same = self._fork(left.choice and right.choice, left.unknown)
        mine, theirs = self.bounds.get(one, Bound()), self.bounds.get(two, Bound())
        same.alias = {**{k: (one if v == two else v) for k, v in self.alias.items()}, two: one}
        same.bounds[one] = Bound(None, mine.excluded | theirs.excluded, mine.choice and theirs.choice)
        apart = self._fork(left.choice and right.choice, left.unknown)
        apart.differ = self.differ | {pair}
        raise Undecided((same, apart))

    def holds(self, atom: Key, unknown: Unknown, *, choice: bool) -> bool:
        """The truth of a comparison that nothing else decides. Raises Undecided."""
        bound = self.bounds.get(atom)
        if bound is None:
            raise Undecided(
                tuple(self._fork(choice, unknown, {atom: Bound(truth, choice=choice)}) for truth in ("true", "false"))
            )
        self.touches += 1
        return bound.equals == "true"

    def choices(self) -> dict[Key, Bound]:
        return {key: bound for key, bound in self.bounds.items() if bound.choice}

    def _with(self, key: Key, variable: Variable, value: str) -> World:
        fork = self._fork(variable.choice, variable.unknown, {key: Bound(value, choice=variable.choice)})
        for pair in self.differ:
            if key in pair:
                (other,) = pair - {key}
                bound = fork.bounds.get(other, Bound(choice=variable.choice))
                if bound.equals is None:
                    fork.bounds[other] = replace(bound, excluded=bound.excluded | {value})
        return fork

    def _without(self, key: Key, variable: Variable, value: str) -> World:
        bound = self.bounds.get(key, Bound(choice=variable.choice))
        return self._fork(variable.choice, variable.unknown, {key: replace(bound, excluded=bound.excluded | {value})})

    def _fork(self, choice: bool, unknown: Unknown, more: dict[Key, Bound] | None = None) -> World:
        guesses = self.guesses if choice else {**self.guesses, (unknown.cause, unknown.detail): unknown}
        return World({**self.bounds, **(more or {})}, dict(self.alias), self.differ, guesses)


class Undecided(Exception):
    """A run needs a choice that its world leaves open; `worlds` are those to run instead."""

    def __init__(self, worlds: tuple[World, ...]) -> None:
        self.worlds = worlds
        super().__init__("a choice is open")


class TooManyWorlds(Exception):
    """More than `MOST_WORLDS` worlds would have to be tried."""


@record
class Leaf(Generic[T]):
    """The result of a run in a world that leaves nothing open that the run touched."""

    result: T
    world: World
    choices: dict[Key, Bound] = field(default_factory=dict)

    def meets(self, other: Leaf[T]) -> bool:
        """Whether one assignment of the choices can lead to both."""
        return all(bound.meets(other.choices[key]) for key, bound in self.choices.items() if key in other.choices)


def explore(run: Callable[[World], T]) -> list[Leaf[T]]:
    """Every world that `run` distinguishes. Raises TooManyWorlds."""
    return list(_explore(run))


def _explore(run: Callable[[World], T]) -> Iterator[Leaf[T]]:
    waiting = [World()]
    seen: set[frozenset[tuple[Key, Bound]]] = set()
    runs = 0
    while waiting:
        world = waiting.pop()
        runs += 1
        if runs > MOST_RUNS:
            raise TooManyWorlds
        try:
            result = run(world)
        except Undecided as undecided:
            waiting.extend(reversed(undecided.worlds))
            continue
        choices = world.choices()
        seen.add(frozenset(choices.items()))
        if len(seen) > MOST_WORLDS:
            raise TooManyWorlds
        yield Leaf(result, world, choices)
