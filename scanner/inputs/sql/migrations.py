"""Which `.sql` files are one database, in what order their tool runs them, and which part of each.

From the tools' documentation: Flyway ("Migrations": versions by number, repeatable ones last, undo on request only),
golang-migrate (`.up.sql` and `.down.sql`), goose and sql-migrate (`-- +goose Down`, `-- +migrate Down`), dbmate
(`-- migrate:down`), Prisma Migrate (a folder with `migration.sql` each) and Diesel (a folder with `up.sql` each).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from scanner.base.record import record

_VERSION = re.compile(r"^V(\d+(?:[._]\d+)*)__", re.IGNORECASE)
_BASELINE = re.compile(r"^B(\d+(?:[._]\d+)*)__", re.IGNORECASE)
_REPEATABLE = re.compile(r"^R__", re.IGNORECASE)
_UNDO = re.compile(r"^U\d[\d._]*__", re.IGNORECASE)
_DIGITS = re.compile(r"(\d+)")
_MARK = re.compile(r"^[ \t]*--[ \t]*(?:\+(goose|migrate)[ \t]+(up|down)\b|(migrate):(up|down)\b)[^\n]*", re.I | re.M)
_TOOLS = {"goose": "goose", "migrate": "sql-migrate", ":": "dbmate"}


@record
class Ordered:
    """Indices of the files given, in the order in which they run; those left out are undone or replaced by others."""

    tool: str | None
    files: tuple[int, ...]


def folder_of(path: PurePath) -> PurePath:
    """The folder whose files are one database: for one folder a migration, the folder above."""
    return path.parent.parent if path.name.lower() in ("migration.sql", "up.sql", "down.sql") else path.parent


def ordered(paths: Sequence[PurePath]) -> Ordered:
    """The order in which the tool that these names are of runs the files of one folder."""
    names = [path.name for path in paths]
    everything = range(len(paths))
    if any(_VERSION.match(name) for name in names):
        return Ordered("Flyway", tuple(_by_flyway(names)))
    if any(name.lower() == "migration.sql" for name in names):
        return Ordered("Prisma Migrate", tuple(sorted(everything, key=lambda at: _natural(_folder_or_name(paths[at])))))
    if any(name.lower() == "up.sql" for name in names):
        kept = [at for at in everything if names[at].lower() != "down.sql"]
        return Ordered("Diesel", tuple(sorted(kept, key=lambda at: _natural(_folder_or_name(paths[at])))))
    up = any(name.lower().endswith(".up.sql") for name in names)
    kept = [at for at in everything if not (up and names[at].lower().endswith(".down.sql"))]
    return Ordered("golang-migrate" if up else None, tuple(sorted(kept, key=lambda at: _natural(names[at]))))


def run_part(text: str) -> tuple[str, str | None]:
    """The text with the parts that undo blanked out, so that offsets stay, and the tool whose marks it has."""
    marks = list(_MARK.finditer(text))
    if not marks:
        return text, None
    tool = _TOOLS[(marks[0][1] or ":").lower()]
    kept, at, runs = [], 0, False  # what stands before the first mark is not run
    for mark in marks:
        part = text[at : mark.start()]
        kept.append(part if runs else _blank(part))
        runs, at = (mark[2] or mark[4]).lower() == "up", mark.start()
    kept.append(text[at:] if runs else _blank(text[at:]))
    return "".join(kept), tool


def _by_flyway(names: Sequence[str]) -> list[int]:
    def version(found: re.Match[str]) -> tuple[int, ...]:
        parts = [int(part) for part in re.split("[._]", found[1])]
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return tuple(parts)

    baselines = [version(found) for name in names if (found := _BASELINE.match(name)) is not None]
    baseline = max(baselines, default=None)
    versioned: list[tuple[tuple[int, ...], int]] = []
    later: list[tuple[tuple[object, ...], int]] = []
    repeatable: list[tuple[str, int]] = []
    for at, name in enumerate(names):
        if (found := _BASELINE.match(name)) is not None:
            if version(found) == baseline:
                versioned.append((version(found), at))
        elif (found := _VERSION.match(name)) is not None:
            if baseline is None or version(found) > baseline:
                versioned.append((version(found), at))
        elif _REPEATABLE.match(name):
            repeatable.append((name, at))
        elif not _UNDO.match(name):
            later.append((_natural(name), at))
    return [at for _, at in (*sorted(versioned), *sorted(repeatable), *sorted(later))]


def _folder_or_name(path: PurePath) -> str:
    return path.parent.name if path.name.lower() in ("migration.sql", "up.sql") else path.name


def _natural(name: str) -> tuple[object, ...]:
    """By number, not by text: `10_b.sql` comes after `9_a.sql`."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(name) if part)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


__all__ = ["Ordered", "folder_of", "ordered", "run_part"]
