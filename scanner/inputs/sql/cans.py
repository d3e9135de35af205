"""Whether something can be for a row of another tenant: never, surely for some values, or perhaps, by a term."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.base.record import record


@record
class Never:
    """No row of another tenant makes it so."""


@record
class Surely:
    """Some row of another tenant makes it so, by what stands in these columns."""

    columns: frozenset[str] = frozenset()


@record
class Perhaps:
    """This term decides, and is not understood."""

    term: str


Can = Never | Surely | Perhaps
NEVER, ALWAYS = Never(), Surely()


def both(cans: Iterable[Can]) -> Can:
    """All at once."""
    found = list(cans)
    if any(isinstance(each, Never) for each in found):
        return NEVER
    for each in found:
        if isinstance(each, Perhaps):
            return each
    columns: set[str] = set()
    for each in found:
        if isinstance(each, Surely):
            if shared := columns & each.columns:
                return Perhaps(f"several conditions on `{min(shared)}` that must hold at once")
            columns |= each.columns
    return Surely(frozenset(columns))


def either(cans: Iterable[Can]) -> Can:
    """One at least."""
    found = list(cans)
    for kind in (Surely, Perhaps):
        for each in found:
            if isinstance(each, kind):
                return each
    return NEVER


__all__ = ["ALWAYS", "NEVER", "Can", "Never", "Perhaps", "Surely", "both", "either"]
