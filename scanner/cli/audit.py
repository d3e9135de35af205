"""`tenantproof audit`: reads a live account (or files), judges it, and records the audit in a history."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from scanner.audit import audit
from scanner.base.problem import Problem, ProblemsError
from scanner.base.progress import progress
from scanner.base.state_folder import NAME
from scanner.base.terminal import printable
from scanner.cli.configuration import judging
from scanner.cli.rendering import destinations, write
from scanner.reporting import clock

UNREADABLE = 2


def run(options: argparse.Namespace) -> int:
    """As a scan's exit code; 2 also where an account could not be read to its end. Raises ProblemsError."""
    targets = destinations(options.format)
    if options.copy_to is not None and not options.copy_to.startswith("s3://"):
        raise ProblemsError([Problem("--copy-to", f"`{options.copy_to}` is no s3://bucket/prefix", kind="config")])
    code = 0
    if not options.paths:
        folder, code = _snapshot(options)
        options.paths = [folder]
    chosen = replace(judging(options), revision=None, inventory=True)
    with progress(quiet=options.quiet):
        audited = audit(chosen, options.history, options.scope, _by(), read=code)
    write(audited.report, targets, options, audited.scan.crashes)
    if options.confirm_with_aws:
        from scanner.cli.confirming import tell_confirmed

        tell_confirmed(audited.report, options.profile, options.role, options.external_id)
    recorded = audited.recorded
    if recorded is not None and not options.quiet:
        said = f"{options.history}: {options.scope}, {recorded.new:,} new, {recorded.fixed:,} fixed"
        said += f", {recorded.gone:,} gone with their resources" if recorded.gone else ""
        said += "; not all was read" if recorded.partial else ""
        print(printable(said), file=sys.stderr)
    made = [path for _, path in targets if path is not None]
    if options.bundle is not None:
        from scanner.cli.bundling import write_bundle

        write_bundle(audited.report, chosen, options, recorded.chain if recorded is not None else None)
        made.append(options.bundle)
    if options.copy_to is not None:
        from scanner.live.s3_copies import copy_to

        for place in copy_to([options.history, *made], options.copy_to, options.profile):
            print(printable(f"copied to {place}"), file=sys.stderr)
    return max(audited.scan.exit_code, code)


def _snapshot(options: argparse.Namespace) -> tuple[Path, int]:
    """Reads the account into a folder of its own, which stays."""
    from scanner.cli.snapshot import needs_for, take

    if options.out is None:
        options.out = Path(NAME, "snapshots", f"{clock():%Y%m%dT%H%M%SZ}")
    try:
        needs = needs_for(judging(options))
    except ProblemsError:
        # The report tells of them; the account is read as if nothing had been said.
        needs = None
    return options.out, take(options, needs)


def _by() -> str | None:
    """Who runs it, as far as the environment says; a CI job is told by the scan itself."""
    return os.environ.get("TENANTPROOF_RUN_BY") or None
