"""Remembers what was computed in a world, with what the computation noted of the world."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import field
from typing import Generic, TypeVar

from scanner.base.record import mutable
from scanner.model.world import World

T = TypeVar("T")
_MOST = 20_000


@mutable
class Recall(Generic[T]):
    """Equal worlds give equal answers, so each is computed once; labels and assumptions are noted again each time."""

    _known: dict[Hashable, tuple[T, dict[str, object], tuple[str, ...], int]] = field(default_factory=dict)

    def get(self, key: Hashable, world: World, compute: Callable[[World], T]) -> T:
        """Raises UndecidedError, as `compute` does."""
        whole = (
            key,
            frozenset(world.bounds.items()),
            frozenset(world.alias.items()),
            world.differ,
            frozenset(world.guesses),
            world.wide,
            world.narrow > 0,
            world.refused,
        )
        found = self._known.get(whole)
        if found is None:
            # What is left open here forks into worlds that leave out others if this one does.
            probe = world.alone()
            probe.narrow = world.narrow
            value = compute(probe)
            if len(self._known) > _MOST:
                self._known.clear()
            found = self._known[whole] = (value, probe.labels, tuple(probe.assumptions), probe.touches)
        value, labels, assumptions, touches = found
        for name, label in labels.items():
            world.label(name, label)
        for note in assumptions:
            world.assume(note)
        world.touches += touches
        return value
