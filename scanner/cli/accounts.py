"""`tenantproof accounts`: snapshots of many accounts, each judged by itself, and one index over all."""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scanner.base.problem import Problem, ProblemsError
from scanner.base.progress import progress, step
from scanner.base.state_folder import state_folder
from scanner.base.terminal import one_line, printable
from scanner.live.dask_cluster import far_cluster
from scanner.many_accounts.job import Job
from scanner.many_accounts.packing import Judging, accounts_of, is_snapshot, left_out_of, pack
from scanner.many_accounts.results import FINDINGS, INDEX, NotJudged, Results
from scanner.many_accounts.running import Run
from scanner.outputs.shared.vocabulary import count

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_MOST_SHOWN = 10
_REPEATED = ("select", "skip", "framework")
_SINGLE = ("preset", "fail_on", "unknown_fails")


def run(options: argparse.Namespace) -> int:
    """The worst exit code of all; 3 also where a snapshot could not be judged. Raises ProblemsError."""
    as_of = options.as_of or datetime.datetime.now(datetime.UTC).date()
    found = _named(options.paths)
    judging = Judging(options.rules, [*_arguments(options), "--as-of", as_of.isoformat()])
    for folder in options.rules:
        if not folder.is_dir():
            raise ProblemsError([Problem(folder.as_posix(), "is not a folder", kind="rule")])
    left: list[NotJudged] = []
    with ExitStack() as stack:
        stack.enter_context(progress(quiet=options.quiet))
        cluster = stack.enter_context(far_cluster(options.scheduler)) if options.scheduler is not None else None
        try:
            state_folder(options.out)
            results = Results(options.out)
            work = Run(options.jobs or 0, cluster)
            for job, answer in work.answers(_jobs(found, judging, results, left, resume=options.resume)):
                if answer.ended is not None:
                    left.append(NotJudged(job.name, answer.ended))
                else:
                    results.keep(job, answer)
                step("snapshots judged", len(results.rows), len(found))
            out = [
                {"snapshot": name, "account": each.account, "name": each.name, "because": each.reason}
                for name, path in found.items()
                for each in left_out_of(path)
            ]
            index = results.finish(left, work.notes, as_of, out)
        except OSError as error:
            message = f"cannot be written: {(error.strerror or str(error)).lower()}"
            raise ProblemsError([Problem(options.out.as_posix(), message, kind="config")]) from None
    _tell(index, options)
    return int(index["exit_code"])


def _named(paths: Sequence[Path]) -> Mapping[str, Path]:
    """The snapshots by the names of their folders; a folder of snapshots stands for all of them.

    Raises ProblemsError."""
    found: dict[str, Path] = {}
    for path in paths:
        inner = [path] if is_snapshot(path) else sorted(each for each in _folders(path) if is_snapshot(each))
        if not inner:
            message = "is neither a snapshot nor a folder of snapshots"
            raise ProblemsError([Problem(path.as_posix(), message, hint="`tenantproof snapshot` makes one")])
        for each in inner:
            name = _UNSAFE.sub("_", each.resolve().name) or "_"
            if name in found and found[name].resolve() != each.resolve():
                message = f"is called as {found[name].as_posix()}: reports are named for the folder"
                raise ProblemsError([Problem(each.as_posix(), message, hint="rename one, or judge them apart")])
            found[name] = each
    return found


def _folders(path: Path) -> list[Path]:
    try:
        return [each for each in path.iterdir() if each.is_dir()]
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(path.as_posix(), message)]) from None


def _arguments(options: argparse.Namespace) -> Iterator[str]:
    for name in _REPEATED:
        for value in getattr(options, name):
            yield from (f"--{name}", value)
    for name in _SINGLE:
        if (value := getattr(options, name)) is not None:
            yield from (f"--{name.replace('_', '-')}", value)
    if options.strict_defaults:
        yield "--strict-defaults"


def _jobs(
    found: Mapping[str, Path], judging: Judging, results: Results, left: list[NotJudged], *, resume: bool
) -> Iterator[Callable[[], Job]]:
    """Those that are still to be judged; what cannot be sent is one of `left` and ends nothing else."""
    parts = ((name, path, account) for name, path in found.items() for account in accounts_of(path))
    for name, path, account in parts:
        called = name if account is None else f"{name}.{account}"
        try:
            job = pack(called, path, judging, account)
        except ProblemsError as error:
            left.append(NotJudged(called, one_line(str(error))))
            continue
        if not (resume and results.known(job)):
            yield lambda job=job: job  # type: ignore[misc]  # mypy does not infer a lambda with a default


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
