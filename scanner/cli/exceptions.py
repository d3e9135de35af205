"""`tenantproof exceptions list|add|import`."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Mapping
from pathlib import Path

from scanner.acceptance.exceptions_edit import last_day, with_entry
from scanner.acceptance.exceptions_file import AcceptedDeviation
from scanner.acceptance.file_names import EXCEPTIONS
from scanner.base.problem import Problem, ProblemsError
from scanner.base.repository import repository_root
from scanner.base.terminal import one_line, printable
from scanner.cli.rendering import save
from scanner.engine.apply_exceptions import exceptions_near
from scanner.findings.report_document import Severity
from scanner.language.alias_index import AliasIndex
from scanner.language.library import load_library
from scanner.outputs.shared.vocabulary import count
from scanner.scanning.rule_selection import severities_of
from scanner.text.project_file import find_project_file, read_project_bytes

SOON = 30
"""Days ahead that `list` warns of."""


def run(options: argparse.Namespace) -> int:
    """The exit code. Raises ProblemsError for a path that is none, and for rules or entries that cannot be read."""
    if options.action == "import":
        from scanner.cli.exceptions_import import run as run_import

        return run_import(options)
    place = options.path or Path()
    if not place.exists():
        raise ProblemsError([Problem(place.as_posix(), "there is no such file or folder")])
    as_of = options.as_of or datetime.datetime.now(datetime.UTC).date()
    library = load_library(options.rules)
    severities = severities_of(library)
    if options.action == "add":
        options.rule = AliasIndex(library.rules).only(options.rule) or options.rule
        return _add(options, place, as_of, severities)
    return _list(place, as_of, severities, AliasIndex(library.rules))


def _list(place: Path, as_of: datetime.date, severities: Mapping[str, Severity], names: AliasIndex) -> int:
    """2 where an entry is malformed, for it hides nothing."""
    found = exceptions_near([place], as_of, severities, names)
    soon = as_of + datetime.timedelta(days=min(SOON, (datetime.date.max - as_of).days))
    ended = [each for each in found.accepted if each.expired(as_of)]
    ending = [each for each in found.accepted if not each.expired(as_of) and each.until <= soon]
    others = [each for each in found.accepted if each.until > soon]
    for heading, entries in (
        ("ended, and hiding nothing", ended),
        (f"ending within {SOON} days", ending),
        ("in force", others),
    ):
        if entries:
            print(f"{heading}:")
            for entry in sorted(entries, key=lambda each: (each.until, each.rule, each.resource)):
                print(printable(f"  {_row(entry)}"))
    for broken in found.malformed:
        place_ = f"{broken.location.path}:{broken.location.line}"
        print(printable(one_line(f"malformed: {place_}: {'; '.join(broken.complaints)}")))
    total = count(len(found.accepted) + len(found.malformed), "exception")
    print(
        f"{total}; {len(ending):,} ending within {SOON} days, {len(ended):,} ended, {len(found.malformed):,} malformed"
    )
    return 2 if found.malformed else 0


def _row(entry: AcceptedDeviation) -> str:
    approved = f", approved by {entry.approved_by}" if entry.approved_by else ""
    return one_line(
        f"{entry.until.isoformat()} {entry.rule} {entry.resource} (owner {entry.owner}{approved}): {entry.because}"
    )


def _add(options: argparse.Namespace, place: Path, as_of: datetime.date, severities: Mapping[str, Severity]) -> int:
    path = find_project_file(place, EXCEPTIONS)
    if path is None:
        folder = place if place.is_dir() else place.parent
        path, shown, raw = (repository_root(folder) or folder) / EXCEPTIONS[0], EXCEPTIONS[0], b""
    else:
        shown, raw = read_project_bytes(path, "exceptions")
    keys = ("rule", "resource", "finding", "because", "owner", "approved_by", "ticket", "compensating", "until")
    given = {key: getattr(options, key) for key in keys} | {"until": last_day(options.until, as_of)}
    entry = {key: value for key, value in given.items() if value is not None}
    save([with_entry(raw, shown, entry, as_of, severities)], path)
    print(printable(f"{shown}: `{options.rule}` on `{options.resource}` is accepted until {options.until}"))
    return 0
