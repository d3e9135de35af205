"""The end of a command's process: what it has read is left to the operating system, not freed object by object.

Freeing is a tenth of the time of a scan of a thousand templates.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import NoReturn

_kept: list[object] | None = None


def keep(*objects: object) -> None:
    """Holds them to the end of the process, where that ends by `leave`; else does nothing."""
    if _kept is not None:
        _kept.extend(objects)


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


__all__ = ["expect_leave", "keep", "leave"]
