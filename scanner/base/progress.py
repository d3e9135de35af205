"""How far a long run is: one line on standard error that is gone when the run ends, and only where somebody looks on.

Never in a pipe, a file or a log of CI, and not at all where a run ends within two seconds.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator

from scanner.base.record import mutable

_AFTER = 2.0
_EVERY = 0.2
_CLEAR = "\r\x1b[K"


@mutable
class _Line:
    begun: float
    told: float = 0.0


_line: _Line | None = None


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[None]:
    """Shows what `step` tells until the block ends, on a terminal that no CI watches."""
    global _line  # noqa: PLW0603  # one process has one terminal
    watched = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    _line = _Line(time.monotonic()) if watched and not quiet and not os.environ.get("CI") else None
    try:
        yield
    finally:
        if _line is not None:
            sys.stderr.write(_CLEAR)  # also what a process that helped has shown
            sys.stderr.flush()
        _line = None


def step(what: str, done: int, wanted: int) -> None:
    """That so many of all are done, such as `rules judged on resources`."""
    if _line is None:
        return
    now = time.monotonic()
    if now - _line.begun < _AFTER or now - _line.told < _EVERY:
        return
    _line.told = now
    share = f", {100 * done // wanted}%" if wanted else ""
    sys.stderr.write(f"{_CLEAR}{what}: {done:,} of {wanted:,}{share}, {now - _line.begun:.0f} s")
    sys.stderr.flush()


__all__ = ["progress", "step"]
