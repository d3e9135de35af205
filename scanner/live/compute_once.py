"""What several threads need is made by the first of them, and the others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class AtOnce(Generic[Key, Made]):
    """Makes the value of a key once. What raises is not kept, so that the next who asks tries again."""

    __slots__ = ("_lock", "_locks", "_made")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[Key, threading.Lock] = {}
        self._made: dict[Key, Made] = {}

    def get(self, key: Key, make: Callable[[], Made]) -> Made:
        """The value of the key. `make` runs in the first thread that asks; what it raises goes to that one only."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]
