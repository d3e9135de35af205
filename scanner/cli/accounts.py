"""`tenantproof accounts`: snapshots of many accounts, each judged by itself, and one index over all."""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scanner.base.problem import Problem, ProblemsError
from scanner.base.progress import progress, step
from scanner.base.state_folder import state_folder
from scanner.base.terminal import one_line, printable
from scanner.live.dask_cluster import far_cluster
from scanner.many_accounts.job import Job
from scanner.many_accounts.packing import Judging, pack
from scanner.many_accounts.parts import Part, Snapshot, is_snapshot, is_without_manifest
from scanner.many_accounts.results import FINDINGS, INDEX, NotJudged, Results
from scanner.many_accounts.running import Run
from scanner.outputs.shared.vocabulary import count
from scanner.reporting import clock
from scanner.snapshots.folder_lock import HeldError, held

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_MOST_SHOWN = 10
_REPEATED = ("select", "skip", "framework")
_SINGLE = ("preset", "fail_on", "unknown_fails")


def run(options: argparse.Namespace) -> int:
    """The worst exit code of all; 3 also where a snapshot could not be judged. Raises ProblemsError."""
    as_of = options.as_of or clock().date()
    for folder in options.rules:
        if not folder.is_dir():
            raise ProblemsError([Problem(folder.as_posix(), "is not a folder", kind="rule")])
    left: list[NotJudged] = []
    snapshots = _named(options.paths, left)
    judging = Judging(options.rules, [*_arguments(options), f"--as-of={as_of.isoformat()}"])
    with ExitStack() as stack:
        stack.enter_context(progress(quiet=options.quiet))
        cluster = stack.enter_context(far_cluster(options.scheduler)) if options.scheduler is not None else None
        try:
            state_folder(options.out)
            stack.enter_context(held(options.out, f"{clock():%Y-%m-%dT%H:%M:%SZ}"))
            index = _judged(snapshots, judging, left, Run(options.jobs or 0, cluster), as_of, options)
        except HeldError as error:
            message = f"another run writes into this folder: {error}"
            raise ProblemsError([Problem(options.out.as_posix(), message, kind="config")]) from None
        except OSError as error:
            message = f"cannot be written: {(error.strerror or str(error)).lower()}"
            raise ProblemsError([Problem(options.out.as_posix(), message, kind="config")]) from None
    _tell(index, options)
    return int(index["exit_code"])


def _judged(  # what a run is made of
    snapshots: Sequence[Snapshot],
    judging: Judging,
    left: list[NotJudged],
    work: Run,
    as_of: datetime.date,
    options: argparse.Namespace,
) -> Mapping[str, Any]:
    """The index, which is written. Raises OSError."""
    results = Results(options.out)
    parts = [part for each in snapshots for part in each.parts]
    for job, answer in work.answers(_jobs(parts, judging, results, left, resume=options.resume)):
        if answer.ended is not None:
            left.append(NotJudged(job.name, answer.ended))
        else:
            results.keep(job, answer)
        step("accounts judged", len(results.rows), len(parts))
    left_out = [
        {"snapshot": each.name, "account": out.account, "name": out.name, "because": out.reason}
        for each in snapshots
        if each.manifest is not None
        for out in each.manifest.left_out
    ]
    return results.finish(left, work.notes, as_of, left_out)


def _named(paths: Sequence[Path], left: list[NotJudged]) -> list[Snapshot]:
    """Each by the name of its folder; a folder of snapshots stands for all of them. Raises ProblemsError."""
    found: dict[str, Snapshot] = {}
    for path in paths:
        inner = [path] if is_snapshot(path) else _folders(path)
        mine = [each for each in inner if is_snapshot(each)]
        without = [each for each in inner if is_without_manifest(each)]
        left += [NotJudged(each.name, f"{each.as_posix()} has shards and no manifest.json") for each in without]
        if not mine and not without:
            message = "is neither a snapshot nor a folder of snapshots"
            raise ProblemsError([Problem(path.as_posix(), message, hint="`tenantproof snapshot` makes one")])
        for each in mine:
            name = _UNSAFE.sub("_", each.resolve().name) or "_"
            if name in found and found[name].folder.resolve() != each.resolve():
                message = f"is called as {found[name].folder.as_posix()}: reports are named for the folder"
                raise ProblemsError([Problem(each.as_posix(), message, hint="rename one, or judge them apart")])
            found[name] = Snapshot(name, each)
    return [*found.values()]


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(each for each in path.iterdir() if each.is_dir())
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(path.as_posix(), message)]) from None


def _arguments(options: argparse.Namespace) -> Iterator[str]:
    """As one word each: a value may begin like an option."""
    for name in _REPEATED:
        for value in getattr(options, name):
            yield f"--{name}={value}"
    for name in _SINGLE:
        if (value := getattr(options, name)) is not None:
            yield f"--{name.replace('_', '-')}={value}"
    if options.strict_defaults:
        yield "--strict-defaults"


def _jobs(
    parts: Sequence[Part], judging: Judging, results: Results, left: list[NotJudged], *, resume: bool
) -> Iterator[Job]:
    """Those that are still to be judged; what cannot be sent is one of `left` and ends nothing else."""
    for part in parts:
        try:
            job = pack(part, judging)
        except ProblemsError as error:
            left.append(NotJudged(part.name, one_line(str(error))))
            continue
        if not (resume and results.known(job)):
            yield job


def _tell(index: Mapping[str, Any], options: argparse.Namespace) -> None:  # Any: as JSON has it
    failed = ", ".join(f"{number:,} {severity}" for severity, number in index["failed"].items() if number)
    unknown = sum(index["unknown"].values())
    lines = [
        f"{count(index['judged'], 'snapshot', 'snapshots')} judged, each by itself: "
        f"{count(index['resources'], 'resource', 'resources')}; findings: {failed or 'none'}; unknown: {unknown:,}",
    ]
    if index["rules"]:
        lines.append("rules that fail in most of them:")
        for each in index["rules"][:_MOST_SHOWN]:
            said = count(each["findings"], "finding", "findings")
            lines.append(f"  {each['rule']}: {said} in {count(each['snapshots'], 'snapshot', 'snapshots')}")
        if len(index["rules"]) > _MOST_SHOWN:
            lines.append(f"  and {len(index['rules']) - _MOST_SHOWN} more")
    worst = [each for each in index["accounts"] if each["exit_code"]]
    if worst:
        lines.append("snapshots whose scan does not end with 0:")
        for each in worst[:_MOST_SHOWN]:
            said = ", ".join(f"{number:,} {severity}" for severity, number in each["failed"].items() if number)
            lines.append(f"  {each['name']}: exit code {each['exit_code']}; findings: {said or 'none'}")
        if len(worst) > _MOST_SHOWN:
            lines.append(f"  and {len(worst) - _MOST_SHOWN} more")
    if index["left_out"]:
        said = ", ".join(each["account"] for each in index["left_out"][:_MOST_SHOWN])
        lines.append(f"accounts that were left out when the snapshots were taken ({len(index['left_out']):,}): {said}")
    lines.append(f"written: {(options.out / INDEX).as_posix()}, {(options.out / FINDINGS).as_posix()}")
    print(printable("\n".join(lines), keep="\n"))
    for each in index["not_judged"]:
        print(printable(one_line(f"error: {each['name']}: was not judged: {each['why']}")), file=sys.stderr)
    if not options.quiet:
        for note in index["notes"]:
            print(printable(one_line(f"note: {note}")), file=sys.stderr)


__all__ = ["run"]
