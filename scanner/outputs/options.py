"""How a report is rendered; never what it says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """`width` counts terminal columns. `commands` are those that this version has: no other is ever recommended."""

    colour: bool = False
    width: int = 100
    all: bool = False
    verbose: bool = False
    commands: frozenset[str] = frozenset()
