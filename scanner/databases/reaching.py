"""What sessions of one tenant reach of the rows of others, seen by running statements as the application's roles.

A statement that reads is run with and without the rows of other tenants: what it answers may not depend on them. After
one that writes, the rows of other tenants are compared with what they were; then it is taken back.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any, Literal

from scanner.base.record import mutable, record
from scanner.databases.batches import COPIES, Caller, answers, changes, installed_in, taken
from scanner.databases.building import FILLER, closing, literal, quoted
from scanner.databases.rows import Filled, tenant_values
from scanner.databases.server import Server

Case = Literal["set", "missing", "empty"]
_MOST_INSERTED = 12
_MOST_SET = 6
_MOST_SECONDS = 300
_READABLE = """
SELECT format('%I.%I', n.nspname, c.relname), c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'tenantproof_copies')
ORDER BY 1
"""
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
"""
_STORED = "SELECT format('%I.%I', schemaname, matviewname) FROM pg_matviews ORDER BY 1"
_VIEWS = """
SELECT format('%I.%I', v.schemaname, v.viewname), array_agg(a.attname::text) FROM pg_views v
JOIN pg_attribute a ON a.attrelid = format('%I.%I', v.schemaname, v.viewname)::regclass AND a.attnum > 0
WHERE v.schemaname NOT LIKE 'pg\\_%' AND v.schemaname <> 'information_schema' GROUP BY 1 ORDER BY 1
"""
# Columns that are granted by themselves; the whole relation may be refused then.
_BY_COLUMN = """
SELECT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname) FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'tenantproof_copies')
ORDER BY 1, a.attnum
"""
_CALLABLE = """
SELECT format('%I.%I', n.nspname, p.proname), p.prokind = 'p', p.pronargs,
  (SELECT array_agg(format_type(t, NULL)) FROM unnest(p.proargtypes) t)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'tenantproof_copies')
  AND p.prokind IN ('f', 'p')
  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""


@record
class Session:
    """A role that the application uses, what holds its tenant, and the tenant's id."""

    role: str
    setting: str | None
    own: str


@record
class Reached:
    """A statement by which a session of one tenant reached rows of another."""

    role: str
    case: Case
    command: str
    statement: str
    key: str
    """The table whose rows were changed; of reads the relation or function that was asked."""
    by: str | None = None
    """The role that it took on first, or what it switched off."""


@mutable
class Database:
    """A database that is built and filled."""

    server: Server
    name: str
    tables: list[Filled]
    until: float = field(default_factory=lambda: time.monotonic() + _MOST_SECONDS)

    @property
    def ended(self) -> bool:
        """Whether the time was up, so that not everything was asked."""
        return time.monotonic() > self.until

    def connect(self, role: str) -> Any:
        """A new connection as this role."""
        return self.server.connect(role, self.name)


def reached(database: Database, sessions: Sequence[Session], *, writes: bool = True) -> list[Reached]:
    """What each session reaches, in each case of its setting."""
    found: list[Reached] = []
    with closing(database.connect(FILLER)) as admin:
        for table in database.tables:
            admin.run(f"ALTER TABLE {table.name} REPLICA IDENTITY FULL")  # else what is published is not deleted
        # The rows that were put in refer to each other by chance: what cascades from one to another says nothing.
        for table, constraint in admin.run(_FOREIGN_KEYS):
            admin.run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        asked, calls = list(_reads(admin)), list(_calls(admin))
        views = [(str(name), frozenset(columns)) for name, columns in admin.run(_VIEWS)]
        rows = _Rows.of(admin, database.tables)
        rows.refresh()
        for case in _CASES:
            with contextlib.ExitStack() as stack:
                opened = [_Opened.of(database, each, case, stack) for each in sessions if case == "set" or each.setting]
                before = [each.answers(asked) for each in opened]
                for each in opened if writes else ():
                    found += _written(database, each, rows, views, calls)
                rows.take_out()
                after = [each.answers(asked) for each in opened]
                rows.put_back()
                for each, one, other in zip(opened, before, after, strict=True):
                    found += _differing(each, one, other)
    return sorted(found, key=_order)


_Key = tuple[str | None, str, str]
_Answers = dict[_Key, str | None]
_CASES: tuple[Case, ...] = ("missing", "set", "empty")  # once it was set, a setting is empty and no longer missing


def _order(found: Reached) -> tuple[bool, bool]:
    """What needs nothing to be left out comes first."""
    return found.case != "set", found.by is not None


@record
class _Opened:
    """A session in one case of its setting, and the roles that it may take on."""

    session: Session
    case: Case
    connection: Any
    others: list[str]
    until: float

    @classmethod
    def of(cls, database: Database, session: Session, case: Case, stack: contextlib.ExitStack) -> _Opened:
        connection = stack.enter_context(closing(database.connect(session.role)))
        return cls(session, case, connection, _others(connection), database.until)

    def callers(self) -> Iterator[Caller]:
        """Itself and each role that it may take on, with its tenant set, never set, or empty."""
        setting, said = None, ""
        if self.session.setting is not None and self.case != "missing":
            setting, _, member = self.session.setting.partition(" ->> ")
            said = self.session.own if self.case == "set" else ""
            if member:
                said = json.dumps({member: self.session.own}) if self.case == "set" else "{}"
        for role in (None, *self.others):
            yield Caller(self.connection, setting, said, role, self.until)

    def answers(self, asked: Sequence[tuple[str, str]]) -> _Answers:
        """What is answered to each of them, as whom."""
        found: _Answers = {}
        for caller in self.callers():
            said = answers(caller, [statement for statement, _ in asked])
            if said is not None:
                found |= {(caller.role, *one): answer for one, answer in zip(asked, said, strict=True)}
        return found


def _differing(opened: _Opened, before: _Answers, after: _Answers) -> Iterator[Reached]:
    differing = [key for key, answer in before.items() if answer and (other := after.get(key)) and answer != other]
    if not differing:
        return
    # What differs by itself, such as the time of day, says nothing.
    again = opened.answers(list(dict.fromkeys((statement, what) for _, statement, what in differing)))
    for by, statement, what in differing:
        if again.get((by, statement, what)) == before[by, statement, what]:
            yield Reached(opened.session.role, opened.case, "SELECT", statement, what, by)


def _reads(admin: Any) -> Iterator[tuple[str, str]]:
    for name, _ in admin.run(_READABLE):
        yield f"SELECT * FROM {name}", name.replace('"', "")  # noqa: S608  # the server quoted it
    for name, column in admin.run(_BY_COLUMN):
        yield f"SELECT {column} FROM {name}", name.replace('"', "")  # noqa: S608  # likewise
    for is_procedure, call, name in _called(admin):
        if not is_procedure:
            yield f"SELECT * FROM {call}", name.replace('"', "")  # noqa: S608  # likewise


def _calls(admin: Any) -> Iterator[str]:
    for is_procedure, call, _ in _called(admin):
        yield f"CALL {call}" if is_procedure else f"SELECT * FROM {call}"  # noqa: S608  # likewise


def _called(admin: Any) -> Iterator[tuple[bool, str, str]]:
    for name, is_procedure, count, kinds in admin.run(_CALLABLE):
        values = ", ".join(f"{_argument(kind)}::{kind}" for kind in (kinds or ())[:count])
        yield bool(is_procedure), f"{name}({values})", str(name)


def _argument(kind: str) -> str:
    if kind in ("smallint", "integer", "bigint", "numeric"):
        return "1"
    if kind == "boolean":
        return "true"
    return literal(tenant_values(kind)[1]) if kind in ("text", "uuid", "character varying") else "NULL"


def _others(connection: Any) -> list[str]:
    """Roles that it may take on."""
    rows = connection.run(
        "SELECT rolname FROM pg_roles WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')"
        " AND rolname NOT LIKE 'pg\\_%' ORDER BY 1"
    )
    return [str(each[0]) for each in rows]


def _written(
    database: Database,
    opened: _Opened,
    rows: _Rows,
    views: Sequence[tuple[str, frozenset[str]]],
    calls: Sequence[str],
) -> Iterator[Reached]:
    session = opened.session
    attempts = [*_writes(database, session), *_written_through(database, session, views)]
    attempts += [("SELECT", statement) for statement in calls]
    yield from _changing(opened, rows, attempts)
    # A check may fail for the session's own rows only.
    rows.take_out(own=True)
    yield from _changing(opened, rows, [each for each in attempts if each[0] == "UPDATE"])
    rows.put_back()


def _changing(opened: _Opened, rows: _Rows, attempts: Sequence[tuple[str, str]]) -> Iterator[Reached]:
    for caller in opened.callers():
        told = changes(caller, [statement for _, statement in attempts])
        for (command, statement), changed in zip(attempts, told, strict=False):
            for at in changed:
                key = rows.kept[at].table.key
                yield Reached(opened.session.role, opened.case, command, statement, key, caller.role)


def _writes(database: Database, session: Session) -> Iterator[tuple[str, str]]:
    for table in database.tables:
        tenant = quoted(table.column.name)
        other = next(row[table.column.name] for row in table.candidates if row[table.column.name] != session.own)
        kind = table.column.type
        yield "DELETE", f"DELETE FROM {table.name}"  # noqa: S608  # quoted
        yield "TRUNCATE", f"TRUNCATE {table.name}"
        yield "DROP", f"DROP TABLE {table.name} CASCADE"
        sample = next(row for row in table.candidates if row[table.column.name] != session.own)
        for each in table.columns[:_MOST_SET]:
            if not each.made and each is not table.column:
                name = quoted(each.name)
                constant = f"{literal(sample.get(each.name))}::{each.type}"
                yield "UPDATE", f"UPDATE {table.name} SET {name} = {constant}"  # noqa: S608  # likewise
                yield "UPDATE", f"UPDATE {table.name} SET {name} = {name}"  # noqa: S608  # likewise
        moved = f"UPDATE {table.name} SET {tenant} = {literal(other)}::{kind}"  # noqa: S608  # likewise
        yield "UPDATE", moved
        yield "UPDATE", f"UPDATE {table.name} SET {tenant} = {literal(session.own)}::{kind}"  # noqa: S608  # likewise
        for row in [one for one in table.candidates if one[table.column.name] != session.own][:_MOST_INSERTED]:
            names = [name for name in row if row[name] is not None]
            kinds = {one.name: one.type for one in table.columns}
            values = ", ".join(f"{literal(row[name])}::{kinds[name]}" for name in names)
            told = f"INSERT INTO {table.name} ({', '.join(map(quoted, names))}) VALUES ({values})"  # noqa: S608  # likewise
            yield "INSERT", told


def _written_through(
    database: Database, session: Session, views: Sequence[tuple[str, frozenset[str]]]
) -> Iterator[tuple[str, str]]:
    """Commands on views, each of which may be one on the table whose columns it has."""
    for name, columns in views:
        yield "DELETE", f"DELETE FROM {name}"  # noqa: S608  # quoted, as all below
        for table in database.tables:
            row = next(each for each in table.candidates if each[table.column.name] != session.own)
            shared = [each for each in table.columns if each.name in columns and not each.made]
            told = {quoted(each.name): f"{literal(row.get(each.name))}::{each.type}" for each in shared}
            for column, value in [*told.items()][:_MOST_SET]:
                yield "UPDATE", f"UPDATE {name} SET {column} = {value}"  # noqa: S608  # quoted, as above
            if told:
                yield "INSERT", f"INSERT INTO {name} ({', '.join(told)}) VALUES ({', '.join(told.values())})"  # noqa: S608  # quoted, as above


@record
class _Kept:
    """A copy of a table's rows, which puts them back."""

    table: Filled
    copy: str
    columns: str

    @classmethod
    def of(cls, admin: Any, table: Filled, number: int) -> _Kept:
        copy = f"{COPIES}.t{number}"
        admin.run(f"CREATE TABLE {copy} AS SELECT * FROM ONLY {table.name}")  # noqa: S608  # quoted, as all below
        return cls(table, copy, ", ".join(quoted(each.name) for each in table.columns if not each.made))

    def put_back(self) -> str:
        return (
            f"DELETE FROM ONLY {self.table.name};"  # noqa: S608  # quoted, as above
            f"INSERT INTO {self.table.name} ({self.columns}) SELECT {self.columns} FROM {self.copy}"
        )

    def take_out(self, *, own: bool) -> str:
        which = f"{quoted(self.table.column.name)}::text {'=' if own else '<>'} {literal(self.table.own)}"
        return f"DELETE FROM ONLY {self.table.name} WHERE {which}"  # noqa: S608  # quoted, as above


@mutable
class _Rows:
    admin: Any
    kept: list[_Kept]
    stored: list[str]

    @classmethod
    def of(cls, admin: Any, tables: Sequence[Filled]) -> _Rows:
        looked = [each for each in tables if not each.partitioned]
        installed_in(admin, [(each.name, each.column.name, each.own) for each in looked])
        stored = [str(each) for (each,) in admin.run(_STORED)]
        return cls(admin, [_Kept.of(admin, table, number) for number, table in enumerate(looked)], stored)

    def take_out(self, *, own: bool = False) -> None:
        """Removes the rows of other tenants, or the session's own, until rows are put back."""
        self._run([kept.take_out(own=own) for kept in self.kept])
        if not own:
            self.refresh()

    def put_back(self) -> None:
        """All rows as they were."""
        self._run([kept.put_back() for kept in self.kept])
        self.refresh()

    def refresh(self) -> None:
        """The materialized views, as far as they can be."""
        taken(self.admin, [f"REFRESH MATERIALIZED VIEW {name}" for name in self.stored])

    def _run(self, statements: Sequence[str]) -> None:
        if statements:
            self.admin.run(";".join(statements))


__all__ = ["Case", "Database", "Reached", "Session", "reached"]
