"""Judging in several processes, where that pays.

A forked process has all that was read without a copy of it, and sends back nothing but findings. Each judges runs of
the resources, and the findings are put in the same order, and are the same, as from one process.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import BinaryIO

from scanner.findings.finding import Finding
from scanner.model.dependency_trace import Channel, Trace

WORTH_IT = 12_000
"""Pairs of a rule and a resource, about a second's work; below it a process costs more than it saves."""
MOST = 8
_RUNS = 16

Asked = tuple[dict[str, set[str]], set[Channel]]
Judged = tuple[list[list[Finding]], list[str], Asked]


def in_parts(
    judge: Callable[[int, int], list[Finding]], work: Sequence[int], crashes: list[str], trace: Trace | None = None
) -> list[Finding]:
    """`judge(first, end)` over all of `work`, which says how much each entry takes.

    `crashes` and `trace` are what it adds to.
    """
    parts = _number(sum(work))
    if parts == 1:
        return judge(0, len(work))
    # Many short runs dealt out in turn: a proof may take a thousand times as long as another, and such stand together.
    runs = list(pairwise(_bounds(work, parts * _RUNS)))
    started = [_start(judge, runs[number::parts], crashes, trace) for number in range(1, parts)]
    done = [[judge(*run) for run in runs[::parts]]]
    for number, part in enumerate(started, 1):
        result = part.result() if part is not None else None
        if result is None:
            # It was killed, for want of memory for instance: what it should have done is done here.
            done.append([judge(*run) for run in runs[number::parts]])
        else:
            done.append(result[0])
            crashes += result[1]
            if trace is not None:
                trace.absorb(*result[2])
    return [finding for number in range(len(runs)) for finding in done[number % parts][number // parts]]


def _number(work: int) -> int:
    """How many processes pay."""
    return min(processes(), MOST, max(1, work // (WORTH_IT // 2))) if work >= WORTH_IT else 1


def _bounds(work: Sequence[int], runs: int) -> list[int]:
    """Where runs of about the same work begin, and the end."""
    sums = list(accumulate(work))
    return [0, *(bisect_left(sums, sums[-1] * each // runs) for each in range(1, runs)), len(work)]


def processes() -> int:
    """How many may work at once; one where a process cannot safely be forked, as beside other threads."""
    forks = hasattr(os, "fork") and sys.platform != "darwin"
    if not forks or threading.active_count() != 1:
        return 1
    told = os.environ.get("TENANTPROOF_PROCESSES", "")
    return int(told) if told.isdecimal() and int(told) else len(os.sched_getaffinity(0))


class _Part:
    def __init__(self, process: int, pipe: BinaryIO) -> None:
        self._process = process
        self._pipe = pipe

    def result(self) -> Judged | None:
        with self._pipe:
            sent = self._pipe.read()
        _, status = os.waitpid(self._process, 0)
        if status != 0 or not sent:
            return None
        import pickle  # only where there is more than one process

        done: Judged = pickle.loads(sent)  # noqa: S301  # from a process of our own, through a pipe nobody else has
        return done


def _start(
    judge: Callable[[int, int], list[Finding]],
    runs: Sequence[tuple[int, int]],
    crashes: list[str],
    trace: Trace | None,
) -> _Part | None:
    reading, writing = os.pipe()
    gc.freeze()  # else a collection in the new process would copy all that was read
    try:
        process = os.fork()
    except OSError:
        process = -1
    if process != 0:
        gc.unfreeze()
    if process < 0:
        os.close(reading)
        os.close(writing)
        return None
    if process:
        os.close(writing)
        return _Part(process, os.fdopen(reading, "rb"))
    code = 1
    try:
        import pickle

        os.close(reading)
        known = len(crashes)
        findings = [judge(*run) for run in runs]
        asked: Asked = (trace.asked, trace.channels) if trace is not None else ({}, set())
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump((findings, crashes[known:], asked), pipe, protocol=pickle.HIGHEST_PROTOCOL)
        code = 0
    finally:
        # Neither buffers nor handlers of the process that this is a copy of are run a second time.
        os._exit(code)


__all__ = ["MOST", "WORTH_IT", "in_parts", "processes"]
