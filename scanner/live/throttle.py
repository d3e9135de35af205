"""How fast to ask: slower than AWS would let us, so that what the account itself asks is never throttled by a scan."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

RATE = 20.0
"""Calls a second of one account, region and service. Control planes refuse at some 20 to 100 ("Request throttling")."""
SLOWEST = 0.5
_RECOVERY = 1.02


class TokenBucket:
    """Lets `rate` calls a second pass, and after each answer that says so, half as many; then slowly more again."""

    __slots__ = ("_clock", "_given_up", "_lock", "_next", "_rate", "_sleep", "_top")

    def __init__(
        self,
        rate: float = RATE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._top = self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._given_up = 0
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        """Calls a second at this moment: never above what it began with, never below SLOWEST."""
        return self._rate

    def take(self) -> None:
        """Waits for its turn."""
        with self._lock:
            now = self._clock()
            # A second's worth may be taken at once after a pause.
            turn = max(self._next, now - 1.0)
            self._next = turn + 1.0 / self._rate
            wait = turn - now
        if wait > 0:
            self._sleep(wait)

    def slow(self) -> None:
        """AWS has throttled a call."""
        with self._lock:
            self._rate = max(SLOWEST, self._rate / 2)

    def answered(self) -> None:
        """AWS has answered: a little faster again, up to what it began with."""
        with self._lock:
            self._given_up = 0
            self._rate = min(self._top, self._rate * _RECOVERY)

    def gave_up(self) -> None:
        """A call was throttled until nobody asked any more."""
        with self._lock:
            self._given_up += 1

    def attempts(self, most: int) -> int:
        """How often to ask: half as often after each call in a row that was given up, or one service holds up a run."""
        with self._lock:
            return max(1, most >> self._given_up)
