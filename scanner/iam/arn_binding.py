"""ARNs as tokens taken apart by a form and spelled again: how the ARN of a part is made from its whole's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from scanner.iam.resource_arns import ArnForm

T = TypeVar("T")


def bind(form: ArnForm, arn: Sequence[T]) -> dict[str, tuple[T, ...]] | None:
    """What each hole of the form is in an ARN written as tokens: a string is a character, all else is opaque.

    None where the ARN's text is not of the form, or a wildcard in it stands across the holes' borders.
    """
    values: dict[str, tuple[T, ...]] = {}
    at = 0
    pieces = form.pieces
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            if tuple(arn[at : at + len(piece)]) != tuple(piece):
                return None
            at += len(piece)
            continue
        after = pieces[number + 1] if number + 1 < len(pieces) else None
        if after is None:
            end: int | None = len(arn)
        else:
            end = _next(arn, at, after) if isinstance(after, str) else None
        if end is None:
            return None
        values[piece.name] = tuple(arn[at:end])
        at = end
    return values if at == len(arn) else None


def spell(form: ArnForm, values: Mapping[str, Sequence[T]], otherwise: T) -> tuple[T | str, ...]:
    """The form as tokens with its holes filled; `otherwise` stands for a hole that `values` does not have."""
    found: list[T | str] = []
    for piece in form.pieces:
        if isinstance(piece, str):
            found.extend(piece)
        else:
            found.extend(values.get(piece.name, (otherwise,)))
    return tuple(found)


def _next(arn: Sequence[T], start: int, literal: str) -> int | None:
    """Where the literal text comes next; None where an opaque token that may hold it stands before."""
    for at in range(start, len(arn) - len(literal) + 1):
        if tuple(arn[at : at + len(literal)]) == tuple(literal):
            return at
    return None
