"""Looks for a way to satisfy a formula that no dimension rules out.

An exhausted search is a proof: in every way to satisfy the formula some dimension has no value, or has one only where
caller and owner are the same tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from scanner.base.error import TenantproofError
from scanner.base.record import mutable, record
from scanner.prover.solver.formula import And, Atom, Formula, Opaque, Or, Presence
from scanner.prover.solver.id_automaton import IdLanguage
from scanner.prover.solver.pattern import ANYTHING, Pattern
from scanner.prover.solver.product import Answer, Dimension, Work, decide

MOST_STEPS = 20_000
_MOST_REMEMBERED = 200_000


class OutOfBoundsError(TenantproofError):
    """The search would take too long."""


@record
class Branch:
    """One way: for each dimension what its value must meet, and for each key whether it is there."""

    dimensions: Mapping[str, Dimension]
    answers: Mapping[str, Answer]
    presence: Mapping[str, bool]
    opaque: Mapping[tuple[str, str, tuple[str, ...]], bool]


@mutable
class Decider:
    """Answers of dimensions, remembered: many roles ask the same."""

    language: IdLanguage
    work: Work = field(default_factory=Work)
    ruled: set[tuple[str, str]] = field(default_factory=set)
    _known: dict[tuple[object, ...], Answer] = field(default_factory=dict)

    def decide(self, dimension: Dimension) -> Answer:
        """The dimension's answer. Its patterns must come from `Bench.intern`: what is remembered goes by identity."""
        key = (
            id(dimension.own),
            dimension.closed,
            tuple(sorted(map(id, dimension.matching))),
            tuple(sorted(map(id, dimension.avoiding))),
        )
        found = self._known.get(key)
        if found is None:
            found = decide(dimension, self.language, self.work)
            if len(self._known) > _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found


@record
class _State:
    dimensions: dict[str, Dimension]
    answers: dict[str, Answer]
    presence: dict[str, bool]
    opaque: dict[tuple[str, str, tuple[str, ...]], bool]


_Goals = tuple[Formula, "_Goals"] | None


def branches(formula: Formula, owned: Mapping[str, tuple[Pattern, bool]], decider: Decider) -> Iterator[Branch]:
    """Every way that is left. `owned` are the dimensions that the data or the session fixes. Raises OutOfBoundsError.

    The patterns must be interned: equal ones are the same object.
    """
    start = _State({}, {}, {}, {})
    waiting: list[tuple[_Goals, _State]] = [((formula, None), start)]
    steps = 0
    while waiting:
        steps += 1
        if steps > MOST_STEPS:
            raise OutOfBoundsError
        goals, state = waiting.pop()
        if goals is None:
            yield Branch(state.dimensions, state.answers, state.presence, state.opaque)
            continue
        goal, rest = goals
        match goal:
            case And(parts):
                for part in reversed(parts):
                    rest = (part, rest)  # the list of goals grows at its head
                waiting.append((rest, state))
            case Or(parts):
                waiting.extend((((part, rest), state)) for part in reversed(parts))
            case Atom():
                narrowed = _narrowed(goal, state, owned, decider)
                if narrowed is not None:
                    waiting.append((rest, narrowed))
            case Presence(key, present):
                if state.presence.get(key, present) == present:
                    waiting.append(
                        (rest, _State(state.dimensions, state.answers, {**state.presence, key: present}, state.opaque))
                    )
            case Opaque(key, operator, values, holds):
                name = (key, operator, values)
                if state.opaque.get(name, holds) == holds:
                    waiting.append(
                        (rest, _State(state.dimensions, state.answers, state.presence, {**state.opaque, name: holds}))
                    )


def _narrowed(atom: Atom, state: _State, owned: Mapping[str, tuple[Pattern, bool]], decider: Decider) -> _State | None:
    """The state with the atom, None where the dimension then has no value for another tenant."""
    dimension = state.dimensions.get(atom.dimension)
    if dimension is None:
        own, closed = owned.get(atom.dimension, (ANYTHING, False))
        dimension = Dimension(own, closed)
    if atom.pattern in (dimension.matching if atom.matches else dimension.avoiding):
        return state
    if atom.matches:
        dimension = Dimension(dimension.own, dimension.closed, (*dimension.matching, atom.pattern), dimension.avoiding)
    else:
        dimension = Dimension(dimension.own, dimension.closed, dimension.matching, (*dimension.avoiding, atom.pattern))
    answer = decider.decide(dimension)
    if answer.outcome in ("EMPTY", "SAME"):
        decider.ruled.add((atom.dimension, answer.outcome))
        return None
    return _State(
        {**state.dimensions, atom.dimension: dimension},
        {**state.answers, atom.dimension: answer},
        state.presence,
        state.opaque,
    )
