"""`--format NAME[=FILE]`: reports to files and to standard output, everything else to standard error."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from scanner.findings.document import ReportDocument
from scanner.outputs import output, render
from scanner.outputs.options import RenderOptions
from scanner.text.problem import Problem, Problems
from scanner.text.terminal import printable

Target = tuple[str, Path | None]
COMMANDS = frozenset(("scan", "rules", "report", "simulate"))


def destinations(formats: Sequence[str]) -> list[Target]:
    """Which format goes where; None is standard output. Raises Problems."""
    targets: list[Target] = []
    for text in formats or ["text"]:
        name, _, file = text.partition("=")
        output(name)  # refuses before a long scan what cannot be written after it
        targets.append((name, Path(file) if file else None))
    if sum(path is None for _, path in targets) > 1:
        raise Problems([Problem("--format", "only one format can go to standard output", kind="config")])
    return targets


def write(
    report: ReportDocument, targets: Sequence[Target], options: argparse.Namespace, crashes: Sequence[str]
) -> None:
    """Renders to every target, and tells on standard error what went wrong. Raises Problems."""
    for name, path in targets:
        content = render(name, report, _options(options, sys.stdout if path is None else None))
        data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        if path is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            message = f"cannot be written: {(error.strerror or str(error)).lower()}"
            raise Problems([Problem(path.as_posix(), message, kind="config")]) from None
    for each in report["errors"]:
        if each["level"] == "error" or not options.quiet:
            place = ":".join(str(part) for part in (each["path"], each["line"], each["column"]) if part is not None)
            hint = f", {each['hint']}" if each["hint"] else ""
            print(printable(f"{each['level']}: {place}: {each['message']}{hint}"), file=sys.stderr)
    if options.debug:
        for crash in crashes:
            print(printable(crash, keep="\n"), file=sys.stderr)


def _options(options: argparse.Namespace, stream: TextIO | None) -> RenderOptions:
    return RenderOptions(
        colour=_colour(stream),
        width=min(shutil.get_terminal_size((100, 24)).columns, 120) if stream is not None and stream.isatty() else 100,
        all=options.all,
        verbose=options.verbose,
        commands=COMMANDS,
    )


def _colour(stream: TextIO | None) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return stream is not None
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
