"""The command `tenantproof`: arguments in, exit code out."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence

from scanner._version import __version__

# As of a program that SIGPIPE ends, which shells and `set -o pipefail` know.
READER_GONE = 141
INTERRUPTED = 130
_COLLECT_AFTER = 1_000_000, 50, 1_000


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code (see `--help` for their meaning)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        # Editors and CI ask for the version at every start, so nothing else is loaded for it.
        print(f"tenantproof {__version__}")
        return 0
    from scanner.cli.arguments import parse

    # What is read is kept until the end, so looking for garbage among it is a fifth of the time for next to nothing.
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        options = parse(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        from scanner.cli.standard_output import let_go

        let_go()
        # What the command would have ended with is not known, and 0 would be a green gate.
        return READER_GONE
    except Exception as error:  # noqa: BLE001  # the last stop: a user sees a sentence, never a traceback
        return _failed(error, options)


def _failed(error: Exception, options: argparse.Namespace) -> int:
    from scanner.base.extras import MissingExtraError
    from scanner.base.problem import ProblemsError
    from scanner.base.terminal import printable

    if isinstance(error, MissingExtraError):
        print(printable(str(error)), file=sys.stderr)
        return 2
    if isinstance(error, ProblemsError):
        for problem in error.problems:
            print(printable(str(problem)), file=sys.stderr)
        return 2
    if getattr(options, "debug", False):
        import traceback

        traceback.print_exception(error)
    else:
        print(f"tenantproof failed: {type(error).__name__}: {printable(str(error))}", file=sys.stderr)
        print("run again with --debug for the traceback", file=sys.stderr)
    return 3
