"""One run at a time writes into a snapshot's folder.

The lock is the operating system's, so it ends with the process that holds it, however that ends; the file says who it
is. Jobs of a plan share it, as each writes shards of its own, and the run that joins them waits for none.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from scanner.base.error import TenantproofError

FILE = ".lock"
_MOST_BYTES = 4_096
_TRIES = 16


class HeldError(TenantproofError):
    """Another run writes into the folder; the message says who."""


@contextmanager
def held(folder: Path, started: str, *, shared: bool = False) -> Iterator[None]:
    """Holds the folder, alone or with others that share it. `started` is shown to who comes meanwhile.

    Raises HeldError, and OSError where the folder cannot be written. A system without such locks has none.
    """
    try:
        locks: Any = import_module("fcntl")
    except ImportError:
        yield
        return
    path = folder / FILE
    descriptor = _taken(path, locks, shared=shared)
    try:
        if not shared:
            who = {"process": os.getpid(), "host": socket.gethostname(), "since": started}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(who).encode() + b"\n", 0)
        yield
    finally:
        if not shared:
            # While it is held: whoever opened it before finds that it is another file, and opens that.
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _taken(path: Path, locks: Any, *, shared: bool) -> int:
    """The descriptor of the file that is at the path now, locked."""
    for _ in range(_TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            locks.flock(descriptor, (locks.LOCK_SH if shared else locks.LOCK_EX) | locks.LOCK_NB)
        except BlockingIOError:
            raise HeldError(_holder(descriptor)) from None
        except OSError:
            # Some network file systems have no locks.
            return descriptor
        try:
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass  # whoever held it has ended since
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise HeldError("other runs come and go in this folder")


def _holder(descriptor: int) -> str:
    """Who holds it, in a sentence; closes the descriptor."""
    try:
        who = json.loads(os.pread(descriptor, _MOST_BYTES, 0))
        return f"process {int(who['process'])} on {str(who['host'])[:64]} writes here since {str(who['since'])[:32]}"
    except (OSError, ValueError, KeyError, TypeError):
        return "jobs of a plan write here"
    finally:
        os.close(descriptor)
