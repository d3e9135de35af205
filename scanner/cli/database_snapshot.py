"""`tenantproof snapshot --database`: the catalogue of a live PostgreSQL database, in a folder that `scan` judges."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable

FILE = "database.sql"


def take_database(options: argparse.Namespace) -> int:
    """0 once the catalogue is written. Raises ProblemsError and MissingExtraError."""
    from scanner.databases.catalogue_sql import told_by
    from scanner.databases.connecting import address_of, connect, said
    from scanner.databases.server import driver

    address = address_of(options.database, os.environ)
    target: Path = options.out / FILE
    _free(target)
    errors = driver()
    connection = connect(address)
    try:
        told = told_by(connection, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    except (errors.DatabaseError, errors.InterfaceError, OSError) as error:
        raise ProblemsError(
            [Problem("--database", f"the catalogue of {address.shown} cannot be read: {said(error)}", kind="config")]
        ) from None
    finally:
        connection.close()
    _write(target, told.sql)
    if not options.quiet:
        counts = (
            f"{told.tables:,} tables, {told.policies:,} policies, {told.roles:,} roles, {told.functions:,} functions"
        )
        print(
            printable(f"{target.as_posix()}: {counts} of {told.database}, PostgreSQL {told.version}"), file=sys.stderr
        )
    return 0


def _free(target: Path) -> None:
    """What is replaced is a catalogue, and nothing else."""
    from scanner.inputs.sql.live_mark import MARK

    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise ProblemsError([Problem(target.as_posix(), "is there already, and is no file", kind="config")])
    if target.exists():
        with target.open("rb") as file:
            if file.read(len(MARK)) != MARK.encode():
                message = "is there already, and is no catalogue that was read before"
                raise ProblemsError(
                    [Problem(target.as_posix(), message, hint="name another folder: --out", kind="config")]
                )


def _write(target: Path, text: str) -> None:
    beside = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        beside.replace(target)
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(target.as_posix(), message, kind="config")]) from None


__all__ = ["FILE", "take_database"]
