"""What allows a request, as a formula over the dimensions of the request."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.base.record import record
from scanner.prover.solver.pattern import Pattern


@record(eq=False)
class Atom:
    """The value of a dimension matches the pattern, or does not."""

    dimension: str
    matches: bool
    pattern: Pattern


@record
class Presence:
    """The request carries the condition key, or does not."""

    key: str
    present: bool


@record
class Opaque:
    """A test that is no pattern, such as a number's or an address's; only that it cannot both hold and fail counts.

    `values` are what the policy compares with: a value for a counterexample is looked for among them.
    """

    key: str
    operator: str
    values: tuple[str, ...]
    holds: bool


@record(eq=False)
class And:
    """All parts hold; of none it is TRUE. Compared by identity, as formulas are large."""

    parts: tuple[Formula, ...]


@record(eq=False)
class Or:
    """One part holds at least; of none it is FALSE. Compared by identity, as formulas are large."""

    parts: tuple[Formula, ...]


Formula = Atom | Presence | Opaque | And | Or

TRUE = And(())
FALSE = Or(())


def conj(parts: Iterable[Formula]) -> Formula:
    """Nested conjunctions become one, TRUE is left out and FALSE is the whole."""
    kept: list[Formula] = []
    for part in parts:
        if isinstance(part, Or) and not part.parts:
            return FALSE
        if isinstance(part, And):
            kept.extend(part.parts)
        else:
            kept.append(part)
    return kept[0] if len(kept) == 1 else And(tuple(kept)) if kept else TRUE


def disj(parts: Iterable[Formula]) -> Formula:
    """Nested disjunctions become one, FALSE is left out and TRUE is the whole."""
    kept: list[Formula] = []
    for part in parts:
        if isinstance(part, And) and not part.parts:
            return TRUE
        if isinstance(part, Or):
            kept.extend(part.parts)
        else:
            kept.append(part)
    return kept[0] if len(kept) == 1 else Or(tuple(kept)) if kept else FALSE


def negate(formula: Formula) -> Formula:
    """Pushed down to the tests, so that no negation is left."""
    match formula:
        case Atom(dimension, matches, pattern):
            return Atom(dimension, not matches, pattern)
        case Presence(key, present):
            return Presence(key, not present)
        case Opaque(key, operator, values, holds):
            return Opaque(key, operator, values, not holds)
        case And(parts):
            return disj(negate(part) for part in parts)
        case Or(parts):
            return conj(negate(part) for part in parts)
