"""`tenantproof diff` of migrations and a live database's catalogue: what the one has that the other lacks."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable
from scanner.cli.database_snapshot import FILE

if TYPE_CHECKING:
    from scanner.inputs.sql.schema import Schema

_TITLES = {
    "server only": "in the server, not in the migrations",
    "migrations only": "in the migrations, not in the server",
    "differs": "in both, and not the same",
}


def is_live(path: Path) -> bool:
    """Whether the folder or file is the catalogue of a live database."""
    from scanner.inputs.sql.live_mark import MARK

    file = path / FILE if path.is_dir() else path
    if file.name != FILE or not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(MARK)) == MARK.encode()


def tell_difference(migrations: Path, server: Path, form: str) -> int:
    """1 where they differ. Raises ProblemsError and MissingExtraError."""
    from scanner.inputs.sql.comparing import differences, undecided

    one, other = _schema(migrations), _schema(server)
    found = differences(one.catalogue, other.catalogue)
    missed = [each.unknown.detail for each in (*one.missed, *other.missed)]
    missed += undecided(one.catalogue, other.catalogue)
    if form == "json":
        told = [{"side": each.side, "what": each.what, "told": each.told} for each in found]
        sys.stdout.write(json.dumps({"database": {"differences": told, "not_read": missed}}, indent=2) + "\n")
        return 1 if found else 0
    for side, title in _TITLES.items():
        several = [each for each in found if each.side == side]
        if several:
            print(f"{title}: {len(several):,}")
            for each in several:
                print(printable(f"  {each.what}" + (f": {each.told}" if each.told else "")))
    for each_missed in missed:
        print(printable(f"not read, so not compared: {each_missed}"))
    if not found:
        print("no difference" + (" in what was read" if missed else ""))
    return 1 if found else 0


def _schema(path: Path) -> Schema:
    from scanner.databases.trying import databases_in
    from scanner.inputs.sql.schema import Schema
    from scanner.inputs.sql.source import SqlFile
    from scanner.text.reading import decode

    files = [path] if path.is_file() else sorted(path.rglob("*.sql"))
    databases = databases_in([each for each in files if not each.is_symlink() and each.is_file()])
    if len(databases) != 1:
        said = "has no SQL" if not databases else f"has the SQL of {len(databases):,} databases: {_named(databases)}"
        raise ProblemsError([Problem(path.as_posix(), said, hint="name the folder of one", kind="config")])
    ((_, ordered, tool),) = databases
    schema = Schema(tool)
    for each in ordered:
        schema.run(SqlFile(each.as_posix(), decode(each.read_bytes(), each.as_posix())))
    return schema


def _named(databases: Sequence[tuple[Path, list[Path], str | None]]) -> str:
    return ", ".join(folder.as_posix() for folder, _, _ in databases[:5])


__all__ = ["is_live", "tell_difference"]
