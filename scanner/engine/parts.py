"""Judging in several processes, where that pays.

A forked process has all that was read without a copy of it, and sends back nothing but findings. Each judges a run of
the resources, so the findings come in the same order, and are the same, as from one process.
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

WORTH_IT = 12_000
"""Pairs of a rule and a resource, about a second's work; below it a process costs more than it saves."""
MOST = 8

Judged = tuple[list[Finding], list[str]]


def in_parts(judge: Callable[[int, int], list[Finding]], work: Sequence[int], crashes: list[str]) -> list[Finding]:
    """`judge(first, end)` over all of `work`, which says how much each entry takes; `crashes` is what it adds to."""
    bounds = _bounds(work)
    started = [_start(judge, first, end, crashes) for first, end in pairwise(bounds[1:])]
    findings = judge(bounds[0], bounds[1])
    for (first, end), part in zip(pairwise(bounds[1:]), started, strict=True):
        done = part.result() if part is not None else None
        if done is None:
            # It was killed, for want of memory for instance: what it should have done is done here.
            findings += judge(first, end)
        else:
            findings += done[0]
            crashes += done[1]
    return findings


def _bounds(work: Sequence[int]) -> list[int]:
    """Where parts of about the same work begin, and the end."""
    sums = list(accumulate(work))
    total = sums[-1] if sums else 0
    parts = min(processes(), MOST, max(1, total // (WORTH_IT // 2))) if total >= WORTH_IT else 1
    return [0, *(bisect_left(sums, total * each // parts) for each in range(1, parts)), len(work)]


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


def _start(judge: Callable[[int, int], list[Finding]], first: int, end: int, crashes: list[str]) -> _Part | None:
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
        findings = judge(first, end)
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump((findings, crashes[known:]), pipe, protocol=pickle.HIGHEST_PROTOCOL)
        code = 0
    finally:
        # Neither buffers nor handlers of the process that this is a copy of are run a second time.
        os._exit(code)


__all__ = ["MOST", "WORTH_IT", "in_parts", "processes"]
