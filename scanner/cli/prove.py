"""`tenantproof prove`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from scanner.base.process_end import collect_late
from scanner.base.progress import progress
from scanner.cli.configuration import judging
from scanner.cli.rendering import destinations, write
from scanner.outputs.shared.proof_listing import render
from scanner.scanning import scan


def run(options: argparse.Namespace) -> int:
    """The exit code, as of a scan with only the rules that prove something. Raises ProblemsError."""
    collect_late()
    targets = destinations(options.format)
    # Which rules a scan is configured to leave out does not matter here: every proof that was asked for is made.
    chosen = replace(judging(options), select=(), skip=(), frameworks=(), baseline=None)
    with progress(quiet=options.quiet):
        result = scan(options=replace(chosen, proofs_of=tuple(options.principal) or ("*",), revision=options.git))
    if targets == [("text", None)]:
        for line in render(result.report, explain=options.explain):
            print(line)
        targets = []
    write(result.report, targets, options, result.crashes)
    if options.confirm_with_aws:
        from scanner.cli.confirming import tell_confirmed

        tell_confirmed(result.report)
    sys.stdout.flush()
    if options.try_database:
        from scanner.cli.trying import tell_tried

        return tell_tried(result.report, options.paths) or result.exit_code
    return result.exit_code
