"""The end of a command's process: what it has read is left to the operating system, not freed object by object.

Freeing is a tenth of the time of a scan of a thousand templates.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

_COLLECT_AFTER = 20_000_000
"""Objects in a scan of some 20,000 templates."""
_kept: list[object] | None = None


def keep(*objects: object) -> None:
    """Holds them to the end of the process, where that ends by `leave`; else does nothing."""
    if _kept is not None:
        _kept.extend(objects)


def collect_late() -> None:
    """What is read and judged is kept until the end, and leaves no rings behind: looking for some among it takes half a
    microsecond for each object that there is, and finds next to none. In a process that goes on it does nothing."""
    if _kept is not None:
        gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


def expect_leave() -> None:
    """From now on the process is one that ends by `leave`."""
    global _kept  # noqa: PLW0603  # of the process, as its end is
    _kept = []


def leave(code: int) -> NoReturn:
    """Ends the process with the code, once what was registered for its end has run and all that was written is out.

    Where another thread still works, or standard output cannot be written any more, as Python would end by itself.
    """
    if threading.active_count() == 1:
        try:
            # It has no public name; the alternative is to free everything first.
            atexit._run_exitfuncs()  # noqa: SLF001  # see above
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):
            sys.exit(code)
        os._exit(code)
    sys.exit(code)


__all__ = ["collect_late", "expect_leave", "keep", "leave"]
