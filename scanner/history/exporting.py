"""The tables of a history for other programs: CSV, or Parquet for lakes, DuckDB and Athena."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from scanner.base.extras import MissingExtra
from scanner.base.problem import Problem, Problems
from scanner.history.schema import TABLES
from scanner.history.store import History

_BATCH = 50_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_csv(history: History, folder: Path) -> list[Path]:
    """One file a table. What a spreadsheet would take for a formula is quoted. Raises Problems."""
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
            raise Problems([_problem(path, error)]) from None
        made.append(path)
    return made


def export_parquet(history: History, folder: Path) -> list[Path]:
    """One file a table, compressed. Raises MissingExtra and Problems."""
    try:
        arrow: Any = import_module("pyarrow")  # Any: it ships no types
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        raise MissingExtra("history") from None
    made = []
    for name in TABLES:
        columns, rows = history.table(name)
        path = folder / f"{name}.parquet"
        types = {int: arrow.int64(), float: arrow.float64()}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            writer = None
            for batch in _batches(rows, columns):
                if writer is None:
                    known = [next((type(v) for v in batch[column] if v is not None), str) for column in columns]
                    schema = arrow.schema(
                        [(column, types.get(kind, arrow.string())) for column, kind in zip(columns, known, strict=True)]
                    )
                    writer = parquet.ParquetWriter(path, schema, compression="zstd")
                writer.write_table(arrow.table(batch, schema=writer.schema))
            if writer is None:
                empty = arrow.schema([(column, arrow.string()) for column in columns])
                writer = parquet.ParquetWriter(path, empty)
            writer.close()
        except OSError as error:
            raise Problems([_problem(path, error)]) from None
        made.append(path)
    return made


def _batches(rows: Iterator[tuple[object, ...]], columns: list[str]) -> Iterator[dict[str, list[object]]]:
    batch: list[tuple[object, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield _by_column(batch, columns)
            batch = []
    if batch:
        yield _by_column(batch, columns)


def _by_column(batch: list[tuple[object, ...]], columns: list[str]) -> dict[str, list[object]]:
    return {column: [row[number] for row in batch] for number, column in enumerate(columns)}


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _problem(path: Path, error: OSError) -> Problem:
    return Problem(path.as_posix(), f"cannot be written: {(error.strerror or str(error)).lower()}", kind="config")


__all__ = ["export_csv", "export_parquet"]
