"""Which `.sql` files are one database, in what order their tool runs them, and which part of each.

From the tools' documentation: Flyway ("Migrations": versions by number, repeatable ones last, undo on request only),
golang-migrate (`.up.sql` and `.down.sql`), goose and sql-migrate (`-- +goose Down`, `-- +migrate Down`), dbmate
(`-- migrate:down`), Prisma Migrate (a folder with `migration.sql` each), Diesel and Hasura (a folder with `up.sql`
each), Liquibase (formatted SQL), node-pg-migrate (`-- Down Migration`), Play (`# --- !Downs`), tern, rambler, shmig,
micrate, db-migrate (`-down.sql`), Postgrator (`.undo.`), yoyo (`.rollback.sql`) and sqitch (`deploy`, `revert` and
`verify`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from scanner.base.record import record
from scanner.inputs.sql.liquibase import is_formatted, run_by_liquibase

_VERSION = re.compile(r"^V(\d+(?:[._]\d+)*)__", re.IGNORECASE)
_BASELINE = re.compile(r"^B(\d+(?:[._]\d+)*)__", re.IGNORECASE)
_REPEATABLE = re.compile(r"^R__", re.IGNORECASE)
_UNDO = re.compile(r"^U\d[\d._]*__", re.IGNORECASE)
# SQL callbacks that no `migrate` runs, or only one that fails (Flyway, "Callback Events").
_OTHER_EVENT = re.compile(
    r"^(?:before|after)(?:Each)?(?:(?:Clean|Undo|Baseline|Repair|Info)\w*?|\w+Error|UndoStatement)(?:__.*)?\.sql$"
)
_DIGITS = re.compile(r"(\d+)")
# The marks of each tool: what follows one of them is done, or taken back.
_MARKS = {
    "goose": r"--[ \t]*\+goose[ \t]+(?P<goose>up|down)\b",
    "sql-migrate": r"--[ \t]*\+migrate[ \t]+(?P<sqlmigrate>up|down)\b",
    "micrate": r"--[ \t]*\+micrate[ \t]+(?P<micrate>up|down)\b",
    "dbmate": r"--[ \t]*migrate:(?P<dbmate>up|down)\b",
    "node-pg-migrate": r"--[ \t-]*(?P<nodepgmigrate>up|down)[ \t]+migration[ \t]*$",
    "Play evolutions": r"(?:#|--)[ \t-]*!(?P<Playevolutions>up|down)s\b",
    "rambler": r"--[ \t]*rambler[ \t]+(?P<rambler>up|down)\b",
    "shmig": r"--[ \t]*=+[ \t]*(?P<shmig>up|down)[ \t]*=+",
    "tern": r"---- create above / drop (?P<tern>below) ----",
}
_MARK = re.compile(rf"^[ \t]*(?:{'|'.join(_MARKS.values())})[^\n]*", re.I | re.M)
_BY_GROUP = {re.sub(r"\W", "", tool): tool for tool in _MARKS}


@record
class Ordered:
    """Indices of the files given, in the order in which they run; those left out are undone or replaced by others."""

    tool: str | None
    files: tuple[int, ...]


def folder_of(path: PurePath) -> PurePath:
    """The folder whose files are one database: for one folder a migration, the folder above."""
    if path.name.lower() in ("migration.sql", "up.sql", "down.sql"):
        return path.parent.parent
    # sqitch: each change has a script of the same name in all three.
    return path.parent.with_name("deploy") if path.parent.name in ("revert", "verify") else path.parent


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
    tool, undone = _of_pairs(paths)
    kept = [at for at in everything if at not in undone]
    return Ordered(tool, tuple(sorted(kept, key=lambda at: _natural(names[at]))))


# What is done and what takes it back, as files of two names (documentation of these tools).
_PAIRS = (
    ("golang-migrate", re.compile(r"\.up\.sql$", re.I), re.compile(r"\.down\.sql$", re.I)),
    ("db-migrate", re.compile(r"-up\.sql$", re.I), re.compile(r"-down\.sql$", re.I)),
    ("Postgrator", re.compile(r"^\d+\.do\.", re.I), re.compile(r"^\d+\.undo\.", re.I)),
    ("yoyo", re.compile(r"(?<!\.rollback)\.sql$", re.I), re.compile(r"\.rollback\.sql$", re.I)),
)


def _of_pairs(paths: Sequence[PurePath]) -> tuple[str | None, set[int]]:
    """The tool whose files these are, and which of them take others back."""
    names = [path.name for path in paths]
    for tool, does, undoes in _PAIRS:
        undone = {at for at, name in enumerate(names) if undoes.search(name)}
        if any(does.search(name) for name in names) and (undone or tool == "golang-migrate"):
            return tool, undone
    parents = [path.parent.name for path in paths]
    if "deploy" in parents and {"revert", "verify"} & {*parents}:
        return "sqitch", {at for at, name in enumerate(parents) if name in ("revert", "verify")}
    return None, set()


def run_part(text: str) -> tuple[str, str | None]:
    """The text with the parts that undo blanked out, so that offsets stay, and the tool whose marks it has."""
    if is_formatted(text):
        return run_by_liquibase(text), "Liquibase"
    marks = list(_MARK.finditer(text))
    if not marks:
        return text, None
    tool = _BY_GROUP[str(marks[0].lastgroup)]
    words = [str(mark[str(mark.lastgroup)]).lower() for mark in marks]
    if tool == "node-pg-migrate" and "up" not in words:
        return text, tool  # then it runs all of it
    # What stands before the first mark is not run, but for the one tool that marks only what is taken back.
    kept, at, runs = [], 0, tool == "tern"
    for mark, word in zip(marks, words, strict=True):
        part = text[at : mark.start()]
        kept += [part if runs else _blank(part), _blank(mark[0])]
        runs, at = word == "up", mark.end()
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
        elif not _UNDO.match(name) and not _OTHER_EVENT.match(name):
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
