"""`--format NAME[=FILE]`: reports to files and to standard output, everything else to standard error."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TextIO

from scanner.base.problem import Problem, ProblemsError
from scanner.base.repository import repository_root
from scanner.base.terminal import printable
from scanner.cli.standard_output import let_go
from scanner.findings.report_document import ReportDocument
from scanner.outputs import output, stream
from scanner.outputs.shared.render_options import RenderOptions, from_here

Target = tuple[str, Path | None]
_FOLDER = "html/"
# JSON with a row for each reason why a rule does not apply, and with a finding for each resource.
_FORMS = {"compact": "json=compact", "rows": "json"}
COMMANDS = frozenset(("config", "diff", "exceptions", "init", "scan", "prove", "rules", "report", "simulate"))


def destinations(formats: Sequence[str]) -> list[Target]:
    """Which format goes where; None is standard output. Raises ProblemsError."""
    targets: list[Target] = []
    for text in formats or ["text"]:
        name, _, file = text.partition("=")
        if name == "json" and file.partition("=")[0] in _FORMS:
            # `json=compact=FILE`; a file that is called so is `./compact`.
            form, _, file = file.partition("=")
            name = _FORMS[form]
        output(name)  # refuses before a long scan what cannot be written after it
        # A page for everything, or a folder of pages: what ends with a slash is no file.
        name = _FOLDER if name == "html" and file.endswith("/") else name
        targets.append((name, Path(file) if file else None))
    if sum(path is None for _, path in targets) > 1:
        raise ProblemsError([Problem("--format", "only one format can go to standard output", kind="config")])
    return targets


def write(
    report: ReportDocument, targets: Sequence[Target], options: argparse.Namespace, crashes: Sequence[str]
) -> None:
    """Renders to every target, and tells on standard error what went wrong. Raises ProblemsError."""
    failed: list[Exception] = []
    for name, path in targets:
        try:
            _write_one(report, name, path, options)
        except BrokenPipeError:
            if path is not None:
                raise
            # The reader has gone (`| head`): the other formats are written, and the exit code is that of the run.
            let_go()
        except Exception as error:  # noqa: BLE001  # one format that cannot be written leaves the others written
            if not isinstance(error, ProblemsError):
                error.add_note(f"while the format `{name}` was written")
            failed.append(error)
    roots = _roots(options)
    for each in report["errors"]:
        if each["level"] == "error" or not options.quiet:
            named = from_here(each["path"], roots)
            place = ":".join(str(part) for part in (named, each["line"], each["column"]) if part is not None)
            hint = f", {each['hint']}" if each["hint"] else ""
            print(printable(f"{each['level']}: {place}: {each['message']}{hint}"), file=sys.stderr)
    if options.debug:
        for crash in crashes:
            print(printable(crash, keep="\n"), file=sys.stderr)
    for further in failed[1:]:
        print(printable(f"error: {further}"), file=sys.stderr)
    if failed:
        # What the scanner itself failed on counts more than a folder that is not writable.
        raise next((other for other in failed if not isinstance(other, ProblemsError)), failed[0])


def _write_one(report: ReportDocument, name: str, path: Path | None, options: argparse.Namespace) -> None:
    """Raises ProblemsError."""
    rendering = _options(options, sys.stdout if path is None else None)
    if name == _FOLDER and path is not None:
        _write_pages(report, rendering, path)
        return
    pieces = stream(name, report, rendering)
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.flush()
    else:
        # Excel reads a file of CSV as UTF-8 where it begins so; a pipe is for programs.
        save(chain((BOM_UTF8,), pieces) if name == "csv" else pieces, path)
    if name == "github":
        _summarize(report, rendering)


def _write_pages(report: ReportDocument, options: RenderOptions, path: Path) -> None:
    from scanner.outputs.html.render import folder

    for name, text in folder(report, options):
        save((text.encode("utf-8", "backslashreplace"),), path / name)


def save(pieces: Iterable[bytes], path: Path) -> None:
    """Whole or not at all: a report that breaks off would be read as one that found little. Raises ProblemsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            # A device or a pipe, such as /dev/stderr; a folder is refused when it is opened.
            with path.open("wb") as file:
                file.writelines(pieces)
            return
        target = path.resolve()
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                file.writelines(pieces)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(path.as_posix(), message, kind="config")]) from None


def _summarize(report: ReportDocument, options: RenderOptions) -> None:
    """Adds to the page of a GitHub Actions run, where there is one. Raises ProblemsError."""
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    from scanner.outputs.github import summary

    path = Path(name)
    try:
        with path.open("ab") as file:
            file.write(summary(report, options, taken=file.tell()).encode("utf-8", "backslashreplace"))
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem("GITHUB_STEP_SUMMARY", message, kind="config")]) from None


def _options(options: argparse.Namespace, out: TextIO | None) -> RenderOptions:
    return RenderOptions(
        colour=_colour(out),
        width=min(shutil.get_terminal_size((100, 24)).columns, 120) if out is not None and out.isatty() else 100,
        all=options.all,
        verbose=options.verbose,
        commands=COMMANDS,
        account=getattr(options, "account", None),
        region=getattr(options, "region", None),
        roots=_roots(options) if out is not None else (),
    )


def _roots(options: argparse.Namespace) -> tuple[str, ...]:
    """The folders that the report's paths count from, where they are not the one that the user stands in: the
    repositories that were scanned, or, where there is none, the folders that were given."""
    paths = getattr(options, "paths", None)
    if not paths or getattr(options, "git", None) is not None:
        return ()
    roots: dict[Path, None] = {}
    for each in (Path(path).resolve() for path in paths):
        root = repository_root(each) or (each if each.is_dir() else each.parent)
        roots[root.resolve()] = None
    return () if set(roots) == {Path.cwd()} else tuple(map(str, roots))


def _colour(out: TextIO | None) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return out is not None
    return out is not None and out.isatty() and os.environ.get("TERM") != "dumb"
