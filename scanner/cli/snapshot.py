"""`tenantproof snapshot`."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from scanner._version import __version__
from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable
from scanner.language.library import load_library
from scanner.language.needs import needs_of
from scanner.live.accounts import exclusions
from scanner.live.snapshot_run import Members, Progress, Request, Taken, named_services, snapshot
from scanner.model.needs import Needs
from scanner.options import Options
from scanner.project_options import options_near
from scanner.scanning import selected

COULD_NOT = 2


def run(options: argparse.Namespace) -> int:
    """0 for `--print-role`, which asks AWS nothing; else the exit code of the run. Raises ProblemsError."""
    _one_thing(options)
    if options.print_role:
        from scanner.live.audit_role import audit_role
        from scanner.live.needed_calls import narrowed

        services = named_services(_listed(options.services))
        # A role outlives the rules of today, unless somebody says which it is for.
        if options.select or options.framework:
            services = [narrowed(service, _needs(options)) for service in services]
        print(audit_role(services, organization=options.org), end="")
        return 0
    if options.database is not None:
        from scanner.cli.database_snapshot import take_database

        return take_database(options)
    return take(options, _needs(options))


def _one_thing(options: argparse.Namespace) -> None:
    """Raises ProblemsError: a database is no account."""
    of_accounts = ("org", "role", "profile", "services", "regions", "plan", "shard", "resume", "print_role")
    beside = next((name for name in of_accounts if getattr(options, name, None)), None)
    if options.database is not None and beside is not None:
        message = f"reads a database, and --{beside.replace('_', '-')} is of AWS accounts"
        raise ProblemsError([Problem("--database", message, kind="config")])


def _needs(options: argparse.Namespace) -> Needs:
    """What the rules that are named read; where none are, what any rule does, also one that is off.

    Raises ProblemsError.
    """
    given = {"rules": options.rules, "select": options.select, "skip": options.skip, "frameworks": options.framework}
    chosen = options_near((Path(),), {key: value for key, value in given.items() if value})
    if not (chosen.select or chosen.frameworks):
        chosen = replace(chosen, select=("*",))
    return needs_for(chosen)


def needs_for(chosen: Options) -> Needs:
    """What a scan with these options reads. Raises ProblemsError."""
    problems = [*chosen.problems]
    library = load_library(chosen.rules, examples=False, frameworks=chosen.frameworks)
    rules = selected(library, chosen, problems)
    if problems:
        raise ProblemsError(problems)
    return needs_of(rules, library.relations)


def take(options: argparse.Namespace, needs: Needs | None = None) -> int:
    """Reads what the options of this command ask for into `options.out`, and what is needed of it.

    Raises ProblemsError.
    """
    request = Request(
        options.out,
        __version__,
        _listed(options.services),
        _listed(options.regions),
        options.profile,
        options.role,
        options.external_id,
        options.resume,
        _members(options),
        options.scheduler,
        needs,
        options.max_calls_per_second,
    )
    if getattr(options, "plan", None) is not None or getattr(options, "shard", None) is not None:
        return _spread(request, options)
    taken = snapshot(request, _Shown(quiet=options.quiet))
    return _told(taken, options)


def _members(options: argparse.Namespace) -> Members | None:
    """Raises ProblemsError for options that say nothing, or two things."""
    if not options.org:
        given = next((name for name in ("accounts", "exclude_accounts") if getattr(options, name)), None)
        if given is not None:
            message = "says which accounts of an organization are read"
            raise ProblemsError(
                [Problem(f"--{given.replace('_', '-')}", message, hint="give --org too", kind="config")]
            )
        return None
    if options.role is not None:
        message = "each account of an organization has a role of its own"
        raise ProblemsError([Problem("--role", message, hint="give its name with --role-name", kind="config")])
    return Members(options.role_name, _listed(options.accounts), exclusions(options.exclude_accounts))


def _spread(request: Request, options: argparse.Namespace) -> int:
    from scanner.live.shard_plan import read_planned, write_plan

    members = request.organization or Members(options.role_name)
    if options.plan is not None:
        if request.organization is None or options.shard is not None:
            raise ProblemsError(
                [Problem("--plan", "a plan is of an organization", hint="give --org, no --shard", kind="config")]
            )
        planned = write_plan(request, members, options.plan)
        if not options.quiet:
            more = f", {planned.closed:,} could not be entered, {planned.left_out:,} left out"
            print(f"{options.plan}: {planned.shards:,} shards of {planned.accounts:,} accounts{more}", file=sys.stderr)
        return 0
    made = read_planned(request, members, options.shard)
    if made.closed is not None:
        print(printable(f"error: account {made.closed.account}: {made.closed.why.detail}"), file=sys.stderr)
        return COULD_NOT
    if not options.quiet:
        print(f"{options.out}: {_counts(made.progress)}, {made.progress.kept:,} shards kept", file=sys.stderr)
    return 0


def _told(taken: Taken, options: argparse.Namespace) -> int:
    progress = taken.progress
    missing = len(taken.manifest.missing)
    if not options.quiet:
        kept = f", {progress.kept:,} shards kept" if progress.kept else ""
        print(f"{options.out}: {_counts(progress)}{kept}", file=sys.stderr)
        for note in taken.notes:
            print(printable(note), file=sys.stderr)
        if taken.manifest.left_out:
            print(f"{len(taken.manifest.left_out):,} accounts of the organization are left out", file=sys.stderr)
        for closed in taken.manifest.closed:
            print(printable(f"account {closed.account} could not be read: {closed.why.detail}"), file=sys.stderr)
        if progress.failed:
            print("what could not be read is unknown to every rule; `scan` lists it under coverage", file=sys.stderr)
    if taken.ended is not None:
        print(printable(f"{taken.ended}; {missing:,} shards are missing"), file=sys.stderr)
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
        accounts = f" of {progress.accounts:,} accounts" if progress.accounts > 1 else ""
        text = f"{done:,} of {progress.wanted:,} shards{accounts}, {_counts(progress)}{self._left(progress)}"
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
