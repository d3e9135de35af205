"""Worlds: the assignments of a template's choices under which a verdict is asked.

A run of anything in a `World` is deterministic. Where it needs a choice that its world leaves open it raises
`UndecidedError`, which carries the worlds to try instead; `explore` runs them all. So only choices that are touched are
tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from heapq import heappop, heappush
from typing import Generic, Literal, Protocol, TypeVar

from scanner.base.error import TenantproofError
from scanner.base.record import record, replace
from scanner.model.unknown import Unknown

T = TypeVar("T")
Key = tuple[str, ...]
Wide = Literal["most", "least"]
MOST_WORLDS = 64
# Forks over unknown conditions are not worlds of their own, but they cost as much.
MOST_RUNS = 512
MOST_FLIPPED = 40
"""Choices in one list of which each is tried by itself."""


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


class Logic(Protocol):
    """Ties bounds to each other, as conditions that share a parameter are tied."""

    def possible(self, bounds: Mapping[Key, Bound]) -> bool:
        """Whether something is within all bounds. Raises TooHardError."""


class World:
    """One partial assignment, and the record of what a run in it touched.

    `kept` are values that this run has asked for before, with what was noted then. `ties` are what bounds must agree
    with besides each other. `focused` says that other worlds beside it were left out. In a `wide` world the items of a
    list that rest on choices of their own stay open, each with the values that it may have: what holds whichever of
    them are there needs no world for each combination. Who wants no open list but one bound takes the most that a
    policy may allow, or the least. `refused` are notes of defaults that are not taken here: what has one is unknown.
    """

    __slots__ = (
        "alias",
        "assumptions",
        "bounds",
        "coarse",
        "depth",
        "differ",
        "focused",
        "guesses",
        "kept",
        "labels",
        "narrow",
        "refused",
        "ties",
        "touches",
        "wide",
    )

    def __init__(  # noqa: PLR0913  # the parts of an assignment
        self,
        bounds: dict[Key, Bound] | None = None,
        alias: dict[Key, Key] | None = None,
        differ: frozenset[frozenset[Key]] = frozenset(),
        guesses: dict[Key, Unknown] | None = None,
        ties: tuple[Logic, ...] = (),
        focused: bool = False,
        wide: Wide | None = None,
        refused: frozenset[str] = frozenset(),
    ) -> None:
        self.bounds = bounds or {}
        self.alias = alias or {}
        self.differ = differ
        self.guesses = guesses or {}
        self.ties = ties
        self.kept: dict[tuple[object, ...], tuple[object, object, tuple[str, ...], int]] = {}
        self.labels: dict[str, object] = {}
        self.assumptions: dict[str, None] = {}
        self.touches = 0
        self.depth = 0
        self.coarse = False
        self.focused = focused
        self.wide = wide
        self.refused = refused
        self.narrow = 0

    @property
    def spreads(self) -> bool:
        """Whether lists are read here with what may be there; only what knows of such lists asks for them."""
        return self.wide is not None and not self.narrow

    def narrowly(self, make: Callable[[], T]) -> T:
        """What is made by code that takes a list for what surely is there. Raises UndecidedError."""
        self.narrow += 1
        try:
            return make()
        finally:
            self.narrow -= 1

    def widely(self, make: Callable[[], T]) -> T:
        """What is made by code that takes lists with what may be there. Raises UndecidedError."""
        before, self.narrow = self.narrow, 0
        try:
            return make()
        finally:
            self.narrow = before

    def alone(self) -> World:
        """The same world for a run of its own."""
        return World(
            dict(self.bounds),
            dict(self.alias),
            self.differ,
            dict(self.guesses),
            self.ties,
            self.focused,
            self.wide,
            self.refused,
        )

    def assume(self, note: str) -> None:
        """Notes what a verdict in this world rests on; each sentence once, in the order they came."""
        self.assumptions[note] = None

    def taking(self, coarse: bool, make: Callable[[], T]) -> T:
        """What is made while, if `coarse`, choices that are still open are read as unknowns. Raises UndecidedError."""
        before = self.coarse
        self.coarse = before or coarse
        try:
            return make()
        finally:
            self.coarse = before

    def label(self, name: str, value: object) -> None:
        """Names what distinguishes this world for a reader; inner conditions of a named one stay silent."""
        if self.depth == 0:
            self.labels[name] = value

    def is_equal(self, variable: Variable, literal: str) -> bool:
        """Whether the variable equals the literal here. Raises UndecidedError."""
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
        raise self._undecided(
            variable.name, lambda: (self._with(key, variable, literal), self._without(key, variable, literal))
        )

    def value(self, variable: Variable) -> str | None:
        """The variable's value, or None where it is none of those tested. Raises UndecidedError."""
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
            if self.coarse:
                return None
            raise self._undecided(
                variable.name, lambda: tuple(self._with(key, variable, value) for value in still_open)
            )
        if self.coarse:
            return None
        first = still_open[0]
        raise self._undecided(
            variable.name, lambda: (self._with(key, variable, first), self._without(key, variable, first))
        )

    def excluded(self, variable: Variable) -> frozenset[str]:
        """The values that this world rules out for the variable; none where it is bound to one or not touched."""
        return self.bounds.get(self.alias.get(variable.key, variable.key), Bound()).excluded

    def are_equal(self, left: Variable, right: Variable) -> bool:
        """Whether two variables are equal here. Raises UndecidedError."""
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
        raise self._undecided(left.name, lambda: (same, apart))

    def holds(self, atom: Key, unknown: Unknown, *, choice: bool) -> bool:
        """The truth of a comparison that nothing else decides. Raises UndecidedError."""
        bound = self.bounds.get(atom)
        if bound is None:
            bounds = [{atom: Bound(truth, choice=choice)} for truth in ("true", "false")]
            raise self._undecided(atom[-1], lambda: tuple(self._fork(choice, unknown, each) for each in bounds))
        self.touches += 1
        return bound.equals == "true"

    def decides(self, condition: Key, logic: Logic) -> bool:
        """The truth of a condition that rests on choices alone. Raises UndecidedError, and TooHardError."""
        bound = self.bounds.get(condition)
        if bound is None:
            raise self._undecided(condition[-1], lambda: self._halves(condition, logic))
        self.touches += 1
        return bound.equals == "true"

    def _halves(self, condition: Key, logic: Logic) -> tuple[World, ...]:
        ties = self.ties if logic in self.ties else (*self.ties, logic)
        bounds = ({**self.bounds, condition: Bound(truth)} for truth in ("true", "false"))
        return tuple(
            World(each, dict(self.alias), self.differ, self.guesses, ties, self.focused, self.wide, self.refused)
            for each in bounds
        )

    def focus(self, items: Sequence[UndecidedError]) -> UndecidedError:
        """Some of the worlds in which all of these are decided, for all of them are too many.

        Those are tried in which every choice is at its first value, or each but one where they are not very many; and
        likewise at the last.
        """

        def forks() -> tuple[World, ...]:
            ends: dict[str, tuple[World, World]] = {}
            for item in items:
                if item.about not in ends and (worlds := item.worlds):
                    ends[item.about] = (worlds[0], worlds[-1])
            flips = [*ends] if len(ends) <= MOST_FLIPPED else []
            return tuple(filter(None, (self._at(ends, end, flipped) for end in (0, 1) for flipped in (None, *flips))))

        return UndecidedError(forks, items[0].about)

    def _at(self, ends: Mapping[str, tuple[World, World]], end: int, flipped: str | None) -> World | None:
        """The world with each choice at that end of its values, but for one; None where that cannot be."""
        fork = self.alone()
        fork.focused = True
        for about, both in ends.items():
            one = both[end ^ (about == flipped)]
            fork.bounds |= {key: bound for key, bound in one.bounds.items() if self.bounds.get(key) != bound}
            fork.alias |= one.alias
            fork.differ |= one.differ
            fork.guesses |= one.guesses
            fork.ties = tuple(dict.fromkeys((*fork.ties, *one.ties)))
        if all(tie.possible(fork.bounds) for tie in fork.ties):
            return fork
        if flipped is None:
            return None
        # The others cannot be so beside it; what they are then is asked anew.
        alone = ends[flipped][1 - end]
        alone.focused = True
        return alone

    def _undecided(self, about: str, make: Callable[[], tuple[World, ...]]) -> UndecidedError:
        """Those of the forks in which something is possible, which is asked only where somebody runs them."""

        def possible() -> tuple[World, ...]:
            forks = make()
            try:
                found = tuple(fork for fork in forks if all(tie.possible(fork.bounds) for tie in fork.ties))
            except TooHardError:
                raise TooHardError(about) from None
            return found or forks

        return UndecidedError(possible, about)

    def about(self) -> str:
        """The name of what was decided last."""
        return next(reversed(self.bounds))[-1] if self.bounds else ""

    def choices(self) -> dict[Key, Bound]:
        """What this world holds for chosen, by the key of the choice; bounds that are no choices are left out."""
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
        bounds = {**self.bounds, **(more or {})}
        return World(bounds, dict(self.alias), self.differ, guesses, self.ties, self.focused, self.wide, self.refused)


class Probe(World):
    """A world without choices, in which it is only asked whether something is open; nobody runs what it leaves open."""

    __slots__ = ()


class UndecidedError(TenantproofError):
    """A run needs a choice that its world leaves open; `about` names the choice."""

    def __init__(self, forks: Callable[[], tuple[World, ...]], about: str = "") -> None:
        self._forks = forks
        self.about = about
        super().__init__("a choice is open")

    @property
    def worlds(self) -> tuple[World, ...]:
        """Those to run instead. Raises TooHardError."""
        return self._forks()


class TooHardError(UndecidedError):
    """Whether conditions can hold together takes too long to find out; `about` names one of them."""

    def __init__(self, about: str = "") -> None:
        super().__init__(tuple, about)


class TooManyWorldsError(TenantproofError):
    """More than `MOST_WORLDS` worlds would have to be tried; `about` names a choice that is still open."""

    def __init__(self, about: str = "") -> None:
        self.about = about
        super().__init__("too many worlds")


@record
class Leaf(Generic[T]):
    """The result of a run in a world that leaves nothing open that the run touched."""

    result: T
    world: World
    choices: dict[Key, Bound] = field(default_factory=dict)

    def meets(self, other: Leaf[T]) -> bool:
        """Whether one assignment of the choices can lead to both."""
        if not all(bound.meets(other.choices[key]) for key, bound in self.choices.items() if key in other.choices):
            return False
        both = {**self.choices, **other.choices}
        try:
            return all(tie.possible(both) for tie in {*self.world.ties, *other.world.ties})
        except TooHardError:
            return True


@record
class Explored(Generic[T]):
    """`more` names a choice that is still open where there are worlds that were not tried."""

    leaves: list[Leaf[T]]
    more: str | None = None


def explore(run: Callable[[World], T]) -> list[Leaf[T]]:
    """Every world that `run` distinguishes. Raises TooManyWorldsError."""
    explored = explore_some(run)
    if explored.more is not None:
        raise TooManyWorldsError(explored.more)
    return explored.leaves


def explore_some(run: Callable[[World], T], start: World | None = None) -> Explored[T]:
    """The worlds within `start` that `run` distinguishes, or as many of them as are tried.

    Where not all are, those are that differ in few choices from one end, all conditions true for instance, or from the
    other: what one statement or item does by itself is seen there, whichever it is.
    """
    first = start or World()
    try:
        # Nearly always nothing is open, and there is one world.
        result = run(first)
    except UndecidedError as undecided:
        return explore_on(run, undecided)
    leaf = Leaf(result, first, first.choices())
    return Explored([leaf], (first.about() or None) if first.focused else None)


def explore_on(run: Callable[[World], T], open_choice: UndecidedError) -> Explored[T]:
    """As `explore_some`, for who ran it already in a world to begin with, where it was undecided."""
    # From how many choices at the nearer end a world differs; then the latest first, which keeps few of them waiting.
    waiting: list[tuple[int, int, World, int, int]] = []
    leaves: list[Leaf[T]] = []
    seen: set[frozenset[tuple[Key, Bound]]] = set()
    number = 0
    about = ""
    pending: tuple[UndecidedError, int, int] | None = (open_choice, 0, 0)
    runs = 1
    while waiting or pending is not None:
        if pending is not None:
            undecided, begun, ended = pending
            pending = None
            try:
                forks = undecided.worlds
            except TooHardError:
                forks = ()
            if not forks:
                about = undecided.about
            last = len(forks) - 1
            for place, fork in reversed(tuple(enumerate(forks))):
                number -= 1
                first, final = begun + (place > 0), ended + (place < last)
                heappush(waiting, (min(first, final), number, fork, first, final))
            continue
        if runs >= MOST_RUNS or len(seen) >= MOST_WORLDS:
            return Explored(leaves, about or waiting[0][2].about())
        _, _, world, begun, ended = heappop(waiting)
        runs += 1
        try:
            result = run(world)
        except UndecidedError as undecided:
            # With its traceback it would keep this frame, and the frame it: all that was judged stayed until the end.
            pending = (undecided.with_traceback(None), begun, ended)
            continue
        choices = world.choices()
        if world.focused:
            about = about or world.about()
        else:
            seen.add(frozenset(choices.items()))
        leaves.append(Leaf(result, world, choices))
    return Explored(leaves, about or None)
