"""A Dask cluster as the executor of a run: `Client.get_executor()` is one of `concurrent.futures`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError

_SECONDS = 15


@contextmanager
def far_executor(address: str) -> Iterator[Executor]:
    """Raises MissingExtraError without `distributed`, and ProblemsError where nobody answers at the address.

    Workers need the package with its extra `live`, and credentials of their own that may assume the roles: none are
    sent to them.
    """
    try:
        # By name: the package has no types, and a snapshot without a cluster must not need it.
        distributed: Any = import_module("distributed")
    except ImportError:
        raise MissingExtraError("cluster") from None
    try:
        client = distributed.Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        message = f"nobody answers at `{address}`: {error}"
        raise ProblemsError([Problem("--scheduler", message, kind="config")]) from None
    with client:
        # Reading has no effect on what is read, yet a shard that is read twice is asked for twice.
        executor: Executor = client.get_executor(pure=False)
        yield executor
