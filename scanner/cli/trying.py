"""What a throwaway PostgreSQL server shows of the schemas of a report, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable
from scanner.findings.report_document import ReportDocument
from scanner.tenancy.loading import load_tenancy_near
from scanner.text.reading import decode

CONTRADICTED = 3
_WORDS = {
    "executed": "LEAK, executed",
    "shown": "LEAK, shown by the run where nothing was decided",
    "not shown": "LEAK, which no statement of the run showed",
    "contradicted": "scanner error: the run contradicts what is said",
}


def tell_tried(report: ReportDocument, paths: Sequence[Path]) -> int:
    """0, or the exit code of a scanner error where a run contradicts what is said.

    Raises ProblemsError and MissingExtraError.
    """
    from scanner.databases.server import ServerFailedError
    from scanner.databases.trying import databases_in, try_database
    from scanner.inputs.sql.declared import Declared
    from scanner.inputs.sql.source import SqlFile

    entries = load_tenancy_near(tuple(paths) or (Path(),)).database
    shown = [str(each["path"]) for each in report["inputs"] if each["kind"] == "sql"]
    read = [found for each in shown if (found := _found(each, paths)) is not None]
    if not read:
        print("no SQL was read, so no database was tried", file=sys.stderr)
    code = 0
    for folder, files, tool in databases_in(read):
        texts = [SqlFile(each.as_posix(), decode(each.read_bytes(), each.as_posix())) for each in files]
        declared = Declared.of(entries, folder.resolve().as_posix())
        try:
            trial = try_database(folder.as_posix(), texts, declared, tool)
        except ServerFailedError as error:
            raise ProblemsError([Problem("--try-database", str(error), kind="config")]) from None
        print(printable(f"{trial.folder}: tried in PostgreSQL {trial.version}"), file=sys.stderr)
        for each in trial.tried:
            print(printable(f"  {each.role}: {_WORDS[each.outcome]}: {each.text}"), file=sys.stderr)
            if each.outcome == "contradicted":
                code = CONTRADICTED
        if not trial.tried:
            print("  no statement of the application's roles reached rows of another tenant", file=sys.stderr)
        for name in trial.left_out:
            print(printable(f"  {name} was not tried: rows of two tenants could not be put into it"), file=sys.stderr)
        for skipped in trial.skipped:
            print(printable(f"  {skipped.place} was not run: {skipped.why}"), file=sys.stderr)
    return code


def _found(shown: str, paths: Sequence[Path]) -> Path | None:
    """The file that a report shows by its path within what was scanned."""
    roots = [Path(), *(each if each.is_dir() else each.parent for each in paths)]
    return next((found for root in roots if (found := root / shown).is_file()), None)


__all__ = ["tell_tried"]
