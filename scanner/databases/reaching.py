"""What sessions of one tenant reach of the rows of others, seen by running statements as the application's roles.

A statement that reads is run with and without the rows of other tenants: what it answers may not depend on them. One
that writes is run and committed, and the rows of other tenants are compared with what they were.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from scanner.base.record import mutable, record
from scanner.databases.building import closing, quoted
from scanner.databases.rows import Filled, literal, tenant_values
from scanner.databases.server import Server, driver

Case = Literal["set", "missing", "empty"]
_MOST_INSERTED = 12
_MOST_SET = 6
_COPIES = "tenantproof_copies"
_READABLE = """
SELECT format('%I.%I', n.nspname, c.relname), c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'tenantproof_copies')
ORDER BY 1
"""
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
"""
_VIEWS = """
SELECT format('%I.%I', v.schemaname, v.viewname), array_agg(a.attname::text) FROM pg_views v
JOIN pg_attribute a ON a.attrelid = format('%I.%I', v.schemaname, v.viewname)::regclass AND a.attnum > 0
WHERE v.schemaname NOT LIKE 'pg\\_%' AND v.schemaname <> 'information_schema' GROUP BY 1 ORDER BY 1
"""
_CALLABLE = """
SELECT format('%I.%I', n.nspname, p.proname), pg_get_function_arguments(p.oid), p.proretset, p.pronargs,
  (SELECT array_agg(format_type(t, NULL)) FROM unnest(p.proargtypes) t)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND p.prokind = 'f'
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


def reached(database: Database, sessions: Sequence[Session], *, writes: bool = True) -> list[Reached]:
    """What each session reaches, in each case of its setting."""
    with (
        contextlib.ExitStack() as stack,
        closing(database.server.connect("postgres", database.name)) as admin,
    ):
        admin.run("SET session_replication_role = replica")
        for table in database.tables:
            admin.run(f"ALTER TABLE {table.name} REPLICA IDENTITY FULL")  # else what is published is not deleted
        # The rows that were put in refer to each other by chance: what cascades from one to another says nothing.
        for table, constraint in admin.run(_FOREIGN_KEYS):
            admin.run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        asked = list(_reads(admin))
        _refreshed(admin)
        rows = _Rows.of(admin, database.tables)
        opened = {each: _Opened.of(database, each, stack) for each in sessions}
        before = {each: _answers(opened[each], each, asked) for each in sessions}
        found: list[Reached] = []
        if writes:
            for each in sessions:
                found += _written(database, opened[each], rows, each)
        for kept in rows.kept:
            kept.take_out(admin)
        _refreshed(admin)
        after = {each: _answers(opened[each], each, asked) for each in sessions}
        for kept in rows.kept:
            kept.put_back(admin)
        _refreshed(admin)
        for each in sessions:
            differing = {key for key, answer in before[each].items() if _differs(answer, after[each].get(key))}
            if differing:
                # What differs by itself, such as the time of day, says nothing.
                again = _answers(
                    opened[each], each, [one for one in asked if any(key[2] == one[0] for key in differing)]
                )
                found += [
                    Reached(each.role, case, "SELECT", statement, what, by)
                    for case, by, statement, what in sorted(differing, key=_order)
                    if again.get((case, by, statement, what)) == before[each][case, by, statement, what]
                ]
        return found


@record
class _Opened:
    """A session's connections: one in which the setting is never set, for it cannot be unset again; and another."""

    fresh: Any
    used: Any
    others: list[str]

    @classmethod
    def of(cls, database: Database, session: Session, stack: contextlib.ExitStack) -> _Opened:
        fresh = stack.enter_context(closing(database.server.connect(session.role, database.name)))
        used = fresh
        if session.setting is not None:
            used = stack.enter_context(closing(database.server.connect(session.role, database.name)))
        return cls(fresh, used, _others(fresh))

    def cases(self, session: Session) -> list[tuple[Case, Any]]:
        if session.setting is None:
            return [("set", self.fresh)]
        return [("set", self.used), ("missing", self.fresh), ("empty", self.used)]


_Key = tuple[Case, str | None, str, str]
_Answer = tuple[str, str]


def _order(key: _Key) -> tuple[bool, bool, str]:
    """What needs nothing to be left out comes first."""
    return key[0] != "set", key[1] is not None, str(key)


def _differs(one: _Answer, other: _Answer | None) -> bool:
    return other is not None and one[0] == other[0] == "rows" and one != other


def _reads(admin: Any) -> Iterator[tuple[str, str]]:
    for name, _ in admin.run(_READABLE):
        yield f"SELECT * FROM {name}", name.replace('"', "")  # noqa: S608  # the server quoted it
    for name, _, _, count, kinds in admin.run(_CALLABLE):
        values = ", ".join(f"{_argument(kind)}::{kind}" for kind in (kinds or ())[:count])
        yield f"SELECT * FROM {name}({values})", name.replace('"', "")  # noqa: S608  # likewise


def _argument(kind: str) -> str:
    if kind in ("smallint", "integer", "bigint", "numeric"):
        return "1"
    if kind == "boolean":
        return "true"
    return literal(tenant_values(kind)[1]) if kind in ("text", "uuid", "character varying") else "NULL"


def _answers(opened: _Opened, session: Session, asked: Sequence[tuple[str, str]]) -> dict[_Key, _Answer]:
    found: dict[_Key, _Answer] = {}
    errors = driver()
    for case, connection in opened.cases(session):
        for by in (None, *opened.others):
            try:
                begin(connection, session, case)
                if by is not None:
                    connection.run(f"SET LOCAL ROLE {quoted(by)}")
            except errors.DatabaseError:
                connection.run("ROLLBACK")
                continue
            for statement, what in asked:
                found[case, by, statement, what] = _answer(connection, statement)
            connection.run("ROLLBACK")
    return found


def _answer(connection: Any, statement: str) -> _Answer:
    connection.run("SAVEPOINT s")
    try:
        rows = connection.run(statement)
    except driver().DatabaseError as error:
        connection.run("ROLLBACK TO s")
        return "error", str(error)
    connection.run("ROLLBACK TO s")
    return "rows", repr(sorted(map(repr, rows or ())))


def begin(connection: Any, session: Session, case: Case) -> None:
    """A transaction in which the session's tenant is set, was never set, or is empty."""
    connection.run("BEGIN")
    if session.setting is None or case == "missing":
        return
    name, _, member = session.setting.partition(" ->> ")
    value = session.own if case == "set" else ""
    if member:
        value = json.dumps({member: session.own}) if case == "set" else "{}"
    connection.run(f"SELECT set_config({literal(name)}, {literal(value)}, true)")


def _others(connection: Any) -> list[str]:
    """Roles that it may take on."""
    rows = connection.run(
        "SELECT rolname FROM pg_roles WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')"
        " AND rolname NOT LIKE 'pg\\_%' ORDER BY 1"
    )
    return [str(each[0]) for each in rows]


def _written(database: Database, opened: _Opened, rows: _Rows, session: Session) -> Iterator[Reached]:
    calls = [("SELECT", statement) for statement, _ in _reads(rows.admin) if statement.endswith(")")]
    views = [(str(name), frozenset(columns)) for name, columns in rows.admin.run(_VIEWS)]
    attempts = [*_writes(database, session), *_written_through(database, session, views), *calls]
    for case, connection in opened.cases(session):
        for by in (None, *opened.others):
            for command, statement in attempts:
                if _runs(connection, session, case, by, command, statement):
                    for changed in rows.changed():
                        yield Reached(session.role, case, command, statement, changed.key, by)
            # A check may fail for the session's own rows only.
            for command, statement in [each for each in attempts if each[0] == "UPDATE"]:
                rows.without_own()
                _runs(connection, session, case, by, command, statement)
                for changed in rows.changed(without_own=True):
                    yield Reached(session.role, case, command, statement, changed.key, by)


def _runs(connection: Any, session: Session, case: Case, by: str | None, command: str, statement: str) -> bool:
    """Whether the statement was committed, and did something."""
    try:
        begin(connection, session, case)
        if by is not None:
            connection.run(f"SET LOCAL ROLE {quoted(by)}")
        connection.run(statement)
        count = connection.row_count
        connection.run("COMMIT")
    except driver().DatabaseError:
        connection.run("ROLLBACK")
        return False
    return bool(count) or command == "TRUNCATE"


def _writes(database: Database, session: Session) -> Iterator[tuple[str, str]]:
    for table in database.tables:
        tenant = quoted(table.column.name)
        other = next(row[table.column.name] for row in table.candidates if row[table.column.name] != session.own)
        kind = table.column.type
        yield "DELETE", f"DELETE FROM {table.name}"  # noqa: S608  # quoted
        yield "TRUNCATE", f"TRUNCATE {table.name}"
        sample = next(row for row in table.candidates if row[table.column.name] != session.own)
        for each in table.columns[:_MOST_SET]:
            if not each.made and each is not table.column:
                name = quoted(each.name)
                constant = f"{literal(sample.get(each.name))}::{each.type}"
                yield "UPDATE", f"UPDATE {table.name} SET {name} = {constant}"  # noqa: S608  # likewise
                yield "UPDATE", f"UPDATE {table.name} SET {name} = {name}"  # noqa: S608  # likewise
        moved = f"UPDATE {table.name} SET {tenant} = {literal(other)}::{kind}"  # noqa: S608  # likewise
        yield "UPDATE", moved
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
                yield "UPDATE", f"UPDATE {name} SET {column} = {value}"  # noqa: S608
            if told:
                yield "INSERT", f"INSERT INTO {name} ({', '.join(told)}) VALUES ({', '.join(told.values())})"  # noqa: S608


@record
class _Kept:
    """A copy of a table's rows, which puts them back, and how they stand."""

    table: Filled
    copy: str
    columns: str

    @classmethod
    def of(cls, admin: Any, table: Filled, number: int) -> _Kept:
        copy = f"{_COPIES}.t{number}"
        admin.run(f"CREATE TABLE {copy} AS SELECT * FROM ONLY {table.name}")  # noqa: S608  # quoted, as all below
        return cls(table, copy, ", ".join(quoted(each.name) for each in table.columns if not each.made))

    def put_back(self, admin: Any) -> None:
        admin.run(f"TRUNCATE ONLY {self.table.name} CASCADE")
        admin.run(
            f"INSERT INTO {self.table.name} ({self.columns}) SELECT {self.columns} FROM {self.copy}"  # noqa: S608
        )

    def take_out(self, admin: Any, *, own: bool = False) -> None:
        """Removes the rows of other tenants, or the session's own."""
        which = f"{quoted(self.table.column.name)}::text {'=' if own else '<>'} {literal(self.table.own)}"
        admin.run(f"DELETE FROM ONLY {self.table.name} WHERE {which}")  # noqa: S608

    def state(self, admin: Any) -> list[tuple[Any, ...]]:
        """Each row's tenant, version and text; that of another tenant first."""
        tenant = quoted(self.table.column.name)
        is_own = f"{tenant}::text = {literal(self.table.own)}"
        told = f"SELECT {is_own}, ctid::text, t::text FROM ONLY {self.table.name} t"  # noqa: S608
        return sorted((tuple(each) for each in admin.run(told)), key=str)


@mutable
class _Rows:
    admin: Any
    kept: list[_Kept]
    states: list[list[tuple[Any, ...]]]

    @classmethod
    def of(cls, admin: Any, tables: Sequence[Filled]) -> _Rows:
        admin.run(f"CREATE SCHEMA {_COPIES}")
        kept = [_Kept.of(admin, table, number) for number, table in enumerate(tables) if not table.partitioned]
        return cls(admin, kept, [each.state(admin) for each in kept])

    def without_own(self) -> None:
        """Leaves the rows of other tenants only, until rows are put back."""
        for kept in self.kept:
            kept.take_out(self.admin, own=True)

    def changed(self, *, without_own: bool = False) -> list[Filled]:
        """The tables in which rows of other tenants are not what they were; puts all rows back."""
        found = []
        for at, kept in enumerate(self.kept):
            now = kept.state(self.admin)
            if now != self.states[at] or without_own:
                if [each for each in now if not each[0]] != [each for each in self.states[at] if not each[0]]:
                    found.append(kept.table)
                kept.put_back(self.admin)
        self.states = [each.state(self.admin) for each in self.kept]
        return found


def _refreshed(admin: Any) -> None:
    for (name,) in admin.run("SELECT format('%I.%I', schemaname, matviewname) FROM pg_matviews ORDER BY 1"):
        try:
            admin.run(f"REFRESH MATERIALIZED VIEW {name}")
        except driver().DatabaseError:
            continue


__all__ = ["Case", "Database", "Reached", "Session", "begin", "reached"]
