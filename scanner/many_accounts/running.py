"""Sends jobs to where they are judged, never more at a time than are worked on, and takes what comes back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import field

from scanner.base.record import mutable
from scanner.live.dask_cluster import Cluster
from scanner.many_accounts.job import Answer, Job, judge, this_build

MOST_TRIES = 2
# Each holds a whole snapshot in the memory of the scheduler.
MOST_WAITING = 32
_WAKE = 0.5
_HERE = "this machine"


@mutable
class Run:
    """`notes` are what happened on the way that whoever runs it should know."""

    jobs: int = 0
    cluster: Cluster | None = None
    notes: list[str] = field(default_factory=list)

    def answers(self, waiting: Iterable[Callable[[], Job]]) -> Iterator[tuple[Job, Answer]]:
        """As they come. A job is made when there is room for it; what makes it may raise ProblemsError."""
        todo = iter(waiting)
        left: list[Job] = []
        if self.cluster is not None:
            yield from self._work(self.cluster.executor, todo, MOST_WAITING, left)
        threads = self.jobs or os.cpu_count() or 1
        # Each thread waits for a process of its own.
        with ThreadPoolExecutor(threads, "accounts") as pool:
            self.cluster = None
            given = left
            left = []
            yield from self._work(pool, _chained(given, todo), threads, left)

    def _work(
        self, pool: Executor, todo: Iterator[Callable[[], Job]], most: int, left: list[Job]
    ) -> Iterator[tuple[Job, Answer]]:
        waiting: dict[Future[Answer], tuple[Job, int]] = {}
        try:
            while True:
                while len(waiting) < most and (make := next(todo, None)) is not None:
                    job = make()
                    waiting[pool.submit(judge, job)] = (job, 1)
                if not waiting:
                    return
                # Not for ever: an interrupt is seen only between two waits.
                done, _ = wait(waiting, timeout=_WAKE, return_when=FIRST_COMPLETED)
                for future in done:
                    job, tries = waiting.pop(future)
                    answer = _answer(future)
                    if answer.ended is not None and tries < MOST_TRIES:
                        self.notes.append(f"{job.name}: {answer.ended}; it was judged once more")
                        waiting[pool.submit(judge, job)] = (job, tries + 1)
                    else:
                        yield job, answer
                if self.cluster is not None and (why := self.cluster.gives_up(answered=bool(done))) is not None:
                    left += [job for job, _ in waiting.values()]
                    self.notes.append(f"the cluster was left ({why}); {_HERE} judged the rest")
                    return
        finally:
            for future in waiting:
                future.cancel()


def _chained(jobs: Iterable[Job], todo: Iterator[Callable[[], Job]]) -> Iterator[Callable[[], Job]]:
    for job in jobs:
        yield lambda job=job: job  # type: ignore[misc]  # mypy does not infer a lambda with a default
    yield from todo


def _answer(future: Future[Answer]) -> Answer:
    try:
        answer = future.result()
    except Exception as error:  # noqa: BLE001  # a worker that died, or one without the program: told as such
        return Answer("", ended=f"its worker ended: {type(error).__name__}: {error}"[:500])
    if answer.ended is None and answer.build != this_build():
        return Answer("", ended=f"its worker runs tenantproof {answer.build}, not {this_build()}")
    return answer


__all__ = ["MOST_TRIES", "Run"]
