"""The tables of a history for other programs: CSV, or Parquet for lakes, DuckDB and Athena."""

from __future__ import annotations

import csv
import json
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError
from scanner.history.schema import TABLES
from scanner.history.store import History

# SQLite's types of the columns in `schema.py`, as DuckDB calls them.
_TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_csv(history: History, folder: Path) -> list[Path]:
    """One file a table. What a spreadsheet would take for a formula is quoted. Raises ProblemsError."""
    made = []
    for name in TABLES:
        columns, rows = history.table(name)
        path = folder / f"{name}.csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows([_cell(value) for value in row] for row in rows)
        except OSError as error:
            raise ProblemsError([_problem(path, error)]) from None
        made.append(path)
    return made


def export_parquet(history: History, folder: Path) -> list[Path]:
    """One file a table, compressed. Raises MissingExtraError and ProblemsError."""
    try:
        duckdb: Any = import_module("duckdb")  # Any: its types are generated and not checked
    except ImportError:
        raise MissingExtraError("history") from None
    made = []
    # An extension that is not there is an error, never a download: nothing is sent anywhere.
    settings = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with duckdb.connect(config=settings) as database, TemporaryDirectory(prefix="tenantproof-") as scratch:
        for name in TABLES:
            columns, rows = history.table(name)
            path, lines = folder / f"{name}.parquet", Path(scratch) / f"{name}.jsonl"
            try:
                folder.mkdir(parents=True, exist_ok=True)
                with lines.open("w", encoding="utf-8") as file:
                    file.writelines(f"{json.dumps(dict(zip(columns, row, strict=True)))}\n" for row in rows)
                types = {column: _TYPES[kind] for column, kind in columns.items()}
                table = database.read_json(str(lines), columns=types, format="newline_delimited")
                table.write_parquet(str(path), compression="zstd")
            except OSError as error:
                raise ProblemsError([_problem(path, error)]) from None
            except duckdb.IOException:
                message = "cannot be written: the folder or the file does not take it"
                raise ProblemsError([Problem(path.as_posix(), message, kind="config")]) from None
            made.append(path)
    return made


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _problem(path: Path, error: OSError) -> Problem:
    return Problem(path.as_posix(), f"cannot be written: {(error.strerror or str(error)).lower()}", kind="config")


__all__ = ["export_csv", "export_parquet"]
