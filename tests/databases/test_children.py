"""Tables whose rows are their parents' tenants': what is said of conditions that follow foreign keys; runs show it."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.databases.building import closing
from scanner.databases.server import Server, driver, installed, started
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.other_ways import ways_to
from scanner.inputs.sql.schema import Schema, SqlFile
from scanner.inputs.sql.ways import Leak

TENANT = "current_setting('app.tenant', true)"
_BASE = """
CREATE ROLE migrator LOGIN; CREATE ROLE app LOGIN;
CREATE TABLE charts(id int PRIMARY KEY, tenant_id text NOT NULL, body text, UNIQUE (id, tenant_id));
ALTER TABLE charts OWNER TO migrator; ALTER TABLE charts ENABLE ROW LEVEL SECURITY;
ALTER TABLE charts FORCE ROW LEVEL SECURITY; GRANT SELECT ON charts TO app;
{charts}
{notes}
ALTER TABLE notes OWNER TO migrator; ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY; GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO app;
"""
_MADE = {
    "own": f"CREATE POLICY own ON charts USING (tenant_id = {TENANT});",
    "every": "CREATE POLICY own ON charts USING (true);",
    "child": "CREATE TABLE notes(id int, chart_id int NOT NULL REFERENCES charts(id), body text);",
    "with-tenant": "CREATE TABLE notes(id int, chart_id int REFERENCES charts(id), tenant_id text, body text);",
    "by-both": "CREATE TABLE notes(id int, chart_id int NOT NULL, tenant_id text NOT NULL, body text,"
    " FOREIGN KEY (chart_id, tenant_id) REFERENCES charts(id, tenant_id));",
    "no-key": "CREATE TABLE notes(id int, chart_id int, body text);",
}


def _meant(text: str) -> str:
    first, _, rest = text.partition(" ")
    return (_MADE[first] + rest if first in _MADE else text).replace("TENANT", TENANT)


_LINES = Path(__file__).with_name("children.txt").read_text("utf-8").splitlines()
_CASES = [tuple(map(_meant, each.split(" | "))) for each in _LINES if not each.startswith("#")]


def _sql(charts: str, notes: str, policy: str) -> str:
    return _BASE.format(charts=charts, notes=notes) + policy


def _said(sql: str) -> str:
    schema = Schema(None)
    schema.run(SqlFile("db/a.sql", sql))
    assert not schema.missed
    ways = list(ways_to(schema.access(Declared()), "public.notes"))
    return "leak" if any(isinstance(each, Leak) for each in ways) else "open" if ways else "apart"


@pytest.mark.parametrize(("expected", "charts", "notes", "policy"), _CASES)
def test_what_is_said_of_a_child(expected: str, charts: str, notes: str, policy: str) -> None:
    assert _said(_sql(charts, notes, policy)) == expected


@pytest.mark.full
def test_runs_agree() -> None:
    if not installed() or importlib.util.find_spec("pg8000") is None:
        pytest.skip("no PostgreSQL is installed")
    with started() as server:
        for expected, charts, notes, policy in _CASES:
            shown = list(_shown(server, charts, notes, policy))
            assert not (expected == "apart" and shown), (policy, shown)
            assert expected != "leak" or shown, policy


def _shown(server: Server, charts: str, notes: str, policy: str) -> Iterator[str]:
    """Statements by which a session of tenant-a, or of none, reaches what is tenant-b's."""
    with closing(server.connect("postgres")) as connection:
        connection.run("BEGIN")
        connection.run(_sql(charts, notes, policy))
        key = "key" if "TO key" in notes else "id"
        connection.run(f"INSERT INTO charts({key}, tenant_id, body) VALUES (1, 'tenant-a', 'x'), (2, 'tenant-b', 'x')")
        own = "tenant_id" in notes
        if "visits(" in notes:
            connection.run("INSERT INTO visits VALUES (1, 1), (2, 2)")
        more = ("'tenant-a', ", "'tenant-b', ") if own else ("", "")
        parents = "1, 2, " if "other_id" in notes else ""
        connection.run(f"INSERT INTO notes VALUES (1, 1, {more[0]}{'1, ' if parents else ''}'x')")
        connection.run(f"INSERT INTO notes VALUES (2, 2, {more[1]}{'2, ' if parents else ''}'x')")
        connection.run("SET SESSION AUTHORIZATION app")
        for tenant in (None, "tenant-a", ""):
            if tenant is not None:
                connection.run(f"SET app.tenant = '{tenant}'")
            for statement in (
                "SELECT * FROM notes WHERE id > 1",
                "DELETE FROM notes WHERE id > 1",
                "UPDATE notes SET body = 'y' WHERE id > 1",
                f"INSERT INTO notes SELECT 4, 2{', ' + more[1].rstrip(', ') if own else ''}",
            ):
                connection.run("SAVEPOINT s")
                with contextlib.suppress(driver().DatabaseError):
                    connection.run(statement)
                    if connection.row_count > 0:
                        yield f"{tenant}: {statement}"
                connection.run("ROLLBACK TO s")
        connection.run("ROLLBACK")
