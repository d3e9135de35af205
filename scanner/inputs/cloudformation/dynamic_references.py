"""Dynamic references: what CloudFormation looks up when a stack is deployed ("Get values stored in other services")."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from scanner.model.partial_text import Part, Text, text_of
from scanner.model.unknown import Unknown

OPENS = "{{resolve:"
# What is not closed before another opens is none, so an opening is never searched for its end twice.
_DYNAMIC = re.compile(r"\{\{resolve:([a-z-]+):(?:[^{}]|\{(?!\{resolve:))*+\}\}")
_HOLE = "\ue000"
_STORES = {"ssm": "Systems Manager", "ssm-secure": "Systems Manager", "secretsmanager": "Secrets Manager"}


def redeemed(value: object) -> object:
    """The value, unknown where the pieces together spell a dynamic reference."""
    pieces: Sequence[object] = value.parts if isinstance(value, Text) else (value,)
    if any(isinstance(each, str) and OPENS in each for each in pieces):
        return _looked_up(value) if isinstance(value, str | Text) else value
    return value


def _looked_up(text: str | Text) -> object:
    """The text with each `{{resolve:…}}` a hole; secrets are never read.

    What stands behind an opening is not known either, if there is a hole that may close it.
    """
    pieces = text.parts if isinstance(text, Text) else (text,)
    # One character stands for each hole; which, the places say.
    spelled = "".join(each if isinstance(each, str) else _HOLE for each in pieces)
    holes: dict[int, Unknown] = {}
    at = 0
    for each in pieces:
        if not isinstance(each, str):
            holes[at] = each
        at += len(each) if isinstance(each, str) else 1
    places = [*holes]

    def between(start: int, end: int) -> Iterator[Part]:
        for place in places[bisect_left(places, start) : bisect_left(places, end)]:
            yield spelled[start:place]
            yield holes[place]
            start = place + 1
        yield spelled[start:end]

    def looked_up(start: int, end: int, where: str) -> Unknown:
        inside = [*between(start, end)]
        name = str(text_of(inside)) if len(inside) > 1 else inside[0]
        symbols = [str(each.symbol) for each in inside if isinstance(each, Unknown) and each.symbol]
        named = len(symbols) == sum(isinstance(each, Unknown) for each in inside)
        where = _STORES.get(where, where)
        detail = f"`{name}` is read from {where} at deployment" if where else f"`{name}` may be looked up at deployment"
        return Unknown("dynamic-reference", detail, ("dynamic", *symbols, str(name)) if named else None, True, True)

    parts: list[Part] = []
    end = 0
    for match in _DYNAMIC.finditer(spelled):
        parts += [*between(end, match.start()), looked_up(match.start(), match.end(), match[1])]
        end = match.end()
    opening = spelled.find(OPENS, end)
    if opening >= 0 and places and places[-1] > opening:
        parts += [*between(end, opening), looked_up(opening, len(spelled), "")]
    else:
        parts += between(end, len(spelled))
    return text_of(parts)


__all__ = ["OPENS", "redeemed"]
