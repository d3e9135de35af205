"""Kleene's three values: True, False, or the Unknown that decides."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.model.unknown import Unknown

# Never test one with `if truth:`, an Unknown is an object and so counts as true: compare with `is True`, `is False`.
Truth = bool | Unknown


def conj(truths: Iterable[Truth]) -> Truth:
    """AND: one False decides, else the first Unknown does. Reads no further than it must."""
    unknown: Unknown | None = None
    for truth in truths:
        if truth is False:
            return False
        if truth is not True and unknown is None:
            unknown = truth
    return True if unknown is None else unknown


def disj(truths: Iterable[Truth]) -> Truth:
    """OR: one True decides, else the first Unknown does. Reads no further than it must."""
    unknown: Unknown | None = None
    for truth in truths:
        if truth is True:
            return True
        if truth is not False and unknown is None:
            unknown = truth
    return False if unknown is None else unknown


def negate(truth: Truth) -> Truth:
    """Not, by Kleene: an Unknown stays the same Unknown."""
    return truth if isinstance(truth, Unknown) else not truth
