"""`tenantproof snapshot`."""

from __future__ import annotations

import argparse
import sys
import time

from scanner import __version__
from scanner.live.snapshotting import Progress, Request, Taken, named_services, snapshot

COULD_NOT = 2


def run(options: argparse.Namespace) -> int:
    if options.print_role:
        from scanner.live.audit_role import audit_role

        print(audit_role(named_services(_listed(options.services))), end="")
        return 0
    return take(options)


def take(options: argparse.Namespace) -> int:
    """Reads what the options of this command ask for into `options.out`. Raises Problems."""
    request = Request(
        options.out,
        __version__,
        _listed(options.services),
        _listed(options.regions),
        options.profile,
        options.role,
        options.external_id,
        options.resume,
    )
    taken = snapshot(request, _Shown(quiet=options.quiet))
    return _told(taken, options)


def _told(taken: Taken, options: argparse.Namespace) -> int:
    progress = taken.progress
    missing = len(taken.manifest.missing)
    if not options.quiet:
        kept = f", {progress.kept:,} shards kept" if progress.kept else ""
        print(f"{options.out}: {_counts(progress)}{kept}", file=sys.stderr)
        if progress.failed:
            print("what could not be read is unknown to every rule; `scan` lists it under coverage", file=sys.stderr)
    if taken.ended is not None:
        print(f"{taken.ended}; {missing:,} shards are missing", file=sys.stderr)
        return COULD_NOT
    return 0


class _Shown:
    """Progress on standard error: one line that changes on a terminal, else one every ten seconds."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._started = self._last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if self._quiet or now - self._last < (0.2 if self._terminal else 10):
            return
        self._last = now
        done = progress.done + progress.kept
        text = f"{done:,} of {progress.wanted:,} shards, {_counts(progress)}{self._left(progress)}"
        print(f"\r\x1b[K{text}" if self._terminal else text, end="" if self._terminal else "\n", file=sys.stderr)
        sys.stderr.flush()

    def _left(self, progress: Progress) -> str:
        todo = progress.wanted - progress.done - progress.kept
        if not progress.done or not todo:
            return ""
        return f", some {(time.monotonic() - self._started) / progress.done * todo:.0f} s left"


def _counts(progress: Progress) -> str:
    return f"{progress.resources:,} resources, {progress.calls:,} calls, {progress.failed:,} failed"


def _listed(values: list[str]) -> list[str]:
    """`a,b` and `a b` alike."""
    return [name for value in values for name in value.split(",") if name]
