"""What a rule may call: a function with its arity, a line of documentation and an example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scanner.base.record import record
from scanner.model.unknown import Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

Arguments = Sequence[object]
Call = Callable[[Arguments, "Scope"], object]
Check = Callable[[Sequence[object]], str | None]


@record
class Function:
    """`lazy` functions see arguments with deferred values inside; `check` judges literal arguments at load.

    One that `spreads` knows of lists with items that are there in some worlds only. `reads` are all the entries that it
    asks of a mapping, where it asks for no others.
    """

    name: str
    call: Call
    arity: tuple[int, int]
    doc: str
    example: str
    lazy: bool = False
    check: Check | None = None
    spreads: bool = False
    reads: frozenset[str] = frozenset()


def doubt(value: object) -> Unknown | None:
    """Why the value, or the first part of it that is unknown, is not known; None where all is."""
    unknown = first_unknown(value)
    return unknown.plain() if unknown else None


def plain(value: object) -> object:
    """The value; if it is unknown, without what is known of it besides."""
    return value.plain() if isinstance(value, Unknown) else value


__all__ = ["Arguments", "Call", "Check", "Function", "doubt", "plain"]
