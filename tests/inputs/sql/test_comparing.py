"""Migrations and the server that they were run in: what is a difference, and what goes with running them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner.inputs.sql.comparing import OF_TOOLS, differences, undecided
from scanner.inputs.sql.schema import Schema
from scanner.inputs.sql.source import SqlFile

pytest.importorskip("pgparse")

MIGRATIONS = """
CREATE TABLE charts(id int, tenant_id text); ALTER TABLE charts ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON charts TO app;
"""


def differing(server: str, migrations: str = MIGRATIONS) -> list[tuple[str, str, str]]:
    found = []
    for text in (migrations, server):
        schema = Schema(None)
        schema.run(SqlFile("db/a.sql", text))
        found.append(schema.catalogue)
    return [(each.side, each.what, each.told) for each in differences(*found)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("CREATE ROLE app LOGIN;", []),
        ("CREATE ROLE app NOLOGIN;", []),
        ("CREATE ROLE app LOGIN BYPASSRLS;", [("server only", "role app", "BYPASSRLS")]),
        ("CREATE ROLE app LOGIN SUPERUSER;", [("server only", "role app", "SUPERUSER")]),
        ("CREATE ROLE app LOGIN; CREATE ROLE idle LOGIN;", []),
        ("CREATE ROLE app LOGIN; CREATE ROLE idle BYPASSRLS;", [("server only", "role idle", "BYPASSRLS")]),
        ("CREATE TABLE _prisma_migrations(id text);", []),
        ("CREATE TABLE flyway_schema_history(version text);", []),
        ("CREATE TABLE notes(id int);", [("server only", "table public.notes", "")]),
        ("CREATE POLICY dba ON charts USING (true);", [("server only", "policy dba of public.charts", "")]),
    ],
)
def test_what_running_migrations_leaves_is_no_difference(more: str, expected: list[tuple[str, str, str]]) -> None:
    assert differing(MIGRATIONS + more) == expected


def test_a_role_that_the_migrations_do_not_speak_of_is_one() -> None:
    other = "CREATE ROLE other LOGIN; GRANT SELECT ON charts TO other;"
    assert ("server only", "role other", "LOGIN") in differing(MIGRATIONS + other)


def test_tables_of_tools_are_those_of_the_rule() -> None:
    rule = Path(__file__).parents[3] / "rules" / "storage" / "rds-pooled-rows-protected.yaml"
    listed = re.search(r"contains\(\[([^\]]*alembic_version[^\]]*)\]", rule.read_text("utf-8"))
    assert listed is not None
    assert sorted(re.findall(r"'(\w+)'", listed[1])) == sorted(OF_TOOLS)


def test_a_policy_that_may_have_gone_with_what_it_used_is_told_and_no_difference() -> None:
    made = f"{MIGRATIONS}CREATE TABLE m(t text); CREATE POLICY r ON charts USING (NULL::m IS NULL);"
    both = []
    for text in (
        f"{made} DROP TABLE m CASCADE;",
        f"{MIGRATIONS}CREATE ROLE app LOGIN;",
        f"{made}CREATE ROLE app LOGIN;",
    ):
        schema = Schema(None)
        schema.run(SqlFile("db/a.sql", text))
        both.append(schema.catalogue)
    migrations, without, having = both
    (said,) = undecided(migrations, without)
    assert "policy r of public.charts may have gone" in said
    assert not differences(migrations, without)
    assert undecided(migrations, having) == []
    # One that nothing took with it is missing there, and that is a difference.
    assert [each.what for each in differences(having, without) if "policy" in each.what] == [
        "policy r of public.charts"
    ]
