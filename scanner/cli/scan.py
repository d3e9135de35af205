"""`tenantproof scan`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from scanner.base.problem import Problem, ProblemsError
from scanner.base.process_end import collect_late, keep
from scanner.base.progress import progress
from scanner.cli.baseline import write_baseline
from scanner.cli.configuration import judging, judging_near
from scanner.cli.rendering import destinations, write
from scanner.scanning import scan
from scanner.text.reading import MAX_BYTES


def run(options: argparse.Namespace) -> int:
    """The scan's exit code. Raises ProblemsError for options that do not go together."""
    collect_late()
    targets = destinations(options.format)
    contents = None
    if options.stdin:
        contents = _standard_input(options)
        options.paths = [options.path]
    elif options.path is not None:
        raise ProblemsError([Problem("--path", "goes with --stdin", hint="name files without it", kind="config")])
    if options.since is not None and options.git is not None:
        raise ProblemsError([Problem("--since", "goes without --git", hint="keep one of the two", kind="config")])
    chosen = judging(options)
    drawn = options.inventory or options.bundle is not None or any(name.startswith("html") for name, _ in targets)
    chosen = replace(chosen, revision=options.git, since=options.since, contents=contents, against=options.against)
    chosen = replace(chosen, inventory=drawn)
    if options.since is not None and options.baseline is None and chosen.baseline is not None:
        # What the revision has is known already, also what its baseline says.
        chosen = replace(chosen, baseline=None)
    if options.since is not None and chosen.baseline is None and contents is None and options.against is None:
        from scanner.change_gate.judge_change import judge_change

        near = judging_near(options)
        with progress(quiet=options.quiet):
            result = judge_change(
                replace(chosen, since=None), options.since, near, allow_loosening=options.allow_loosening
            )
    else:
        with progress(quiet=options.quiet):
            result = scan(options=chosen)
    keep(result)
    write(result.report, targets, options, result.crashes)
    if options.confirm_with_aws:
        from scanner.cli.confirming import tell_confirmed

        tell_confirmed(result.report)
    if options.write_baseline is not None:
        write_baseline(result.report, options.write_baseline, quiet=options.quiet)
    if options.bundle is not None:
        from scanner.cli.bundling import write_bundle

        if options.git is not None or options.stdin:
            raise ProblemsError([Problem("--bundle", "goes with neither --git nor --stdin", kind="config")])
        write_bundle(result.report, chosen, options)
    if chosen.cache is not None:
        chosen.cache.trim()
    return result.exit_code


def _standard_input(options: argparse.Namespace) -> bytes:
    """The template that an editor hands over. Raises `ProblemsError` for options that do not go with it."""
    if options.path is None:
        raise ProblemsError(
            [Problem("--stdin", "needs --path", hint="name the file that it stands for", kind="config")]
        )
    if options.paths or options.git is not None:
        raise ProblemsError([Problem("--stdin", "goes with neither PATH nor --git", kind="config")])
    # One byte more than is allowed is enough for the reader to refuse it.
    return sys.stdin.buffer.read(MAX_BYTES + 1)
