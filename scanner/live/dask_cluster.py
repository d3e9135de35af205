"""A Dask cluster as the executor of a run: `Client.get_executor()` is one of `concurrent.futures`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError

_SECONDS = 15
# Longer than Dask itself waits for a worker that sends no heartbeat before it gives its work to another one
# ("distributed.scheduler.worker-ttl", five minutes).
MOST_QUIET = 600.0
MOST_EMPTY = 60.0


class Cluster:
    """The executor, and whether it is worth waiting for.

    `workers` counts those that the scheduler knows, 0 where it does not answer. Waiting for an answer ends after
    `quiet` seconds without any, or after `empty` seconds without a worker.
    """

    def __init__(
        self,
        executor: Executor,
        workers: Callable[[], int],
        quiet: float = MOST_QUIET,
        empty: float = MOST_EMPTY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.executor = executor
        self._workers = workers
        self._quiet = quiet
        self._empty = empty
        self._clock = clock
        self._answered = self._peopled = clock()

    def gives_up(self, *, answered: bool) -> str | None:
        """Why nobody is waited for any more; to be asked each time that something may have been answered."""
        now = self._clock()
        if answered:
            self._answered = self._peopled = now
            return None
        if self._workers() > 0:
            self._peopled = now
        elif now - self._peopled > self._empty:
            return f"it had no worker for {self._empty:.0f} s"
        return f"nothing was answered for {self._quiet:.0f} s" if now - self._answered > self._quiet else None


@contextmanager
def far_cluster(address: str) -> Iterator[Cluster]:
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
        yield Cluster(executor, lambda: _workers(client))


def _workers(client: Any) -> int:
    """As the scheduler last told; 0 where the connection is gone."""
    try:
        return len(client.scheduler_info()["workers"]) if client.status == "running" else 0
    except (OSError, ValueError, RuntimeError, KeyError, TimeoutError):
        # A client that lost its scheduler has no workers to offer.
        return 0
