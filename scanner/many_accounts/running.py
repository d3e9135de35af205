"""Sends jobs to where they are judged, never more at a time than are worked on, and takes what comes back."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import field

from scanner.base.record import mutable
from scanner.live.dask_cluster import Cluster
from scanner.many_accounts.job import Answer, Job, judge, this_build

MOST_TRIES = 2
# Each holds a whole snapshot in the memory of the scheduler.
MOST_WAITING = 32
_WAKE = 0.5


@mutable
class Run:
    """`notes` are what happened on the way that whoever runs it should know."""

    jobs: int = 0
    cluster: Cluster | None = None
    notes: list[str] = field(default_factory=list)

    def answers(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Answer]]:
        """As they come. The next job is taken when there is room for it; what that raises is raised."""
        left: list[Job] = []
        if self.cluster is not None:
            yield from self._work(self.cluster.executor, jobs, MOST_WAITING, left, self.cluster)
        threads = self.jobs or os.cpu_count() or 1
        # Each thread waits for a process of its own.
        with ThreadPoolExecutor(threads, "accounts") as pool:
            yield from self._work(pool, itertools.chain(left, jobs), threads, [], None)

    def _work(
        self, pool: Executor, jobs: Iterator[Job], most: int, left: list[Job], cluster: Cluster | None
    ) -> Iterator[tuple[Job, Answer]]:
        """What a cluster is left with is put into `left`."""
        waiting: dict[Future[Answer], tuple[Job, int]] = {}
        again: list[tuple[Job, int]] = []
        try:
            while True:
                while len(waiting) + len(again) < most and (job := next(jobs, None)) is not None:
                    again.append((job, 1))
                why = _submitted(pool, again, waiting)
                if why is not None and cluster is None:
                    raise RuntimeError(why)
                if why is None and not waiting:
                    return
                # Not for ever: an interrupt is seen only between two waits.
                done, _ = wait(waiting, timeout=_WAKE, return_when=FIRST_COMPLETED) if why is None else ((), ())
                for future in done:
                    job, tries = waiting.pop(future)
                    answer = _answer(future)
                    if answer.ended is not None and tries < MOST_TRIES:
                        self.notes.append(f"{job.name}: {answer.ended}; it was judged once more")
                        again.append((job, tries + 1))
                    else:
                        yield job, answer
                if cluster is not None and (why := why or cluster.gives_up(answered=bool(done))) is not None:
                    left += [job for job, _ in (*waiting.values(), *again)]
                    self.notes.append(f"the cluster was left ({why}); this machine judged the rest")
                    return
        finally:
            for future in waiting:
                future.cancel()


def _submitted(
    pool: Executor, jobs: list[tuple[Job, int]], waiting: dict[Future[Answer], tuple[Job, int]]
) -> str | None:
    """Moves the jobs to those that are waited for; why it could not, as where the scheduler is gone."""
    while jobs:
        try:
            future = pool.submit(judge, jobs[0][0])
        except (OSError, RuntimeError) as error:
            return f"it takes no more: {error}"[:200]
        waiting[future] = jobs.pop(0)
    return None


def _answer(future: Future[Answer]) -> Answer:
    try:
        answer = future.result()
    except Exception as error:  # noqa: BLE001  # a worker that died, or one without the program: told as such
        return Answer("", ended=f"its worker ended: {type(error).__name__}: {error}"[:500])
    if answer.ended is None and answer.build != this_build():
        return Answer("", ended=f"its worker runs tenantproof {answer.build}, not {this_build()}")
    return answer


__all__ = ["MOST_TRIES", "Run"]
