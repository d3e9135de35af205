"""CASCADE, SET LOCAL, return types, aggregates and called functions: each of these was said to be apart.

PostgreSQL 16 showed the leaks of CASCADE: a restrictive policy goes with the column, function or table that it names.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

_SETTING = "current_setting('app.tenant', true)"
_ALL = "CREATE POLICY al ON charts USING (true);"
_OWN = "CREATE POLICY own ON charts AS RESTRICTIVE USING ({});"
_SOUND = f"CREATE POLICY sound ON charts USING ({OWN});"
_MINE = f"CREATE FUNCTION mine() RETURNS text LANGUAGE sql STABLE AS $$ SELECT {_SETTING} $$;"
_VIEW = "CREATE VIEW v AS SELECT * FROM charts; GRANT SELECT ON v TO app;"
_OPEN_UP = "RETURNS {} LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER TABLE charts DISABLE ROW LEVEL SECURITY'; END $$;"
_COUNT = "CREATE FUNCTION f(s bigint, x int) RETURNS bigint LANGUAGE sql {} AS $$ SELECT count(*) FROM charts $$;"


@pytest.mark.parametrize(
    ("expected", "sql"),
    [
        (
            "leak",
            _ALL + _OWN.format(OWN) + "ALTER TABLE charts DROP COLUMN tenant_id CASCADE;"
            "ALTER TABLE charts ADD COLUMN tenant_id text;",
        ),
        ("apart", _ALL + _OWN.format(OWN) + "ALTER TABLE charts DROP COLUMN body CASCADE;"),
        ("leak", _MINE + _ALL + _OWN.format("tenant_id = mine()") + "DROP FUNCTION mine() CASCADE;"),
        ("apart", _MINE + _ALL + _OWN.format("tenant_id = mine()") + "DROP FUNCTION IF EXISTS other() CASCADE;"),
        (
            "leak",
            "CREATE SCHEMA x;"
            + _MINE.replace("mine", "x.mine")
            + _ALL
            + _OWN.format("tenant_id = x.mine()")
            + "DROP SCHEMA x CASCADE;",
        ),
        (
            "leak",
            "CREATE TABLE p(id int); CREATE TABLE m() INHERITS (p);"
            + _ALL
            + _OWN.format(f"tenant_id = (SELECT {_SETTING} FROM m)")
            + "DROP TABLE p CASCADE;",
        ),
        (
            "leak",
            f"CREATE VIEW w AS SELECT {_SETTING} AS t;"
            + _ALL
            + _OWN.format("tenant_id IN (SELECT t FROM w)")
            + "DROP VIEW w CASCADE;",
        ),
        (
            "open",
            "CREATE FUNCTION ok(t text) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
            "CREATE FUNCTION ok(t int) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
            + _ALL
            + _OWN.format("ok(tenant_id)")
            + "DROP FUNCTION ok(text) CASCADE;",
        ),
        ("apart", _SOUND + _VIEW + "ALTER TABLE charts DROP COLUMN body CASCADE;"),
        ("open", _SOUND + "CREATE DOMAIN d AS text; DROP DOMAIN d CASCADE;"),
        # A role or path that is set for a transaction is not for what comes after it.
        ("leak", _SOUND + "BEGIN; SET LOCAL ROLE migrator; COMMIT;" + _VIEW),
        ("apart", _SOUND + "BEGIN; SET LOCAL ROLE migrator;" + _VIEW + "COMMIT;"),
        ("leak", _SOUND + "SELECT set_config('role', 'migrator', true); COMMIT;" + _VIEW),
        ("apart", _SOUND + "SELECT set_config('role', 'migrator', false);" + _VIEW),
        ("leak", _SOUND + "SET ROLE migrator; DISCARD ALL;" + _VIEW),
        # What a function gives becomes its type: the first byte, the first 63 bytes.
        (
            "open",
            _MINE.replace("RETURNS text", 'RETURNS "char"') + "CREATE POLICY p ON charts USING (tenant_id = mine());",
        ),
        (
            "open",
            _MINE.replace("RETURNS text", "RETURNS name") + "CREATE POLICY p ON charts USING (tenant_id = mine());",
        ),
        ("apart", _MINE.replace("text", "varchar") + "CREATE POLICY p ON charts USING (tenant_id = mine());"),
        # An aggregate calls its functions as its owner may.
        (
            "open",
            _SOUND
            + _COUNT.format("SECURITY DEFINER")
            + "REVOKE EXECUTE ON FUNCTION f(bigint, int) FROM PUBLIC;"
            + "CREATE AGGREGATE a(int) (sfunc = f, stype = bigint);",
        ),
        ("apart", _SOUND + _COUNT.format("") + "CREATE AGGREGATE a(int) (sfunc = f, stype = bigint);"),
        # What is called changes what it says.
        ("open", _SOUND + "CREATE FUNCTION up() " + _OPEN_UP.format("void") + "SELECT up();"),
        ("open", _SOUND + "CREATE PROCEDURE up() " + _OPEN_UP.replace("RETURNS {} ", "") + "CALL up();"),
        ("open", _SOUND + "CREATE FUNCTION up() " + _OPEN_UP.format("void") + "DO 'BEGIN PERFORM up(); END';"),
        (
            "open",
            _SOUND
            + "CREATE FUNCTION up() "
            + _OPEN_UP.format("event_trigger")
            + "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION up();",
        ),
        ("apart", _SOUND + "CREATE FUNCTION up() " + _OPEN_UP.format("void")),
        # Whether a condition is NULL is decided.
        ("leak", f"CREATE POLICY p ON charts USING (({OWN}) IS NULL);"),
        ("leak", f"CREATE POLICY p ON charts USING (({OWN}) IS NOT TRUE IS NOT NULL);"),
        ("leak", f"CREATE POLICY p ON charts USING (({OWN}) IS NOT NULL);"),
    ],
)
def test_it_is_not_said_to_be_apart(expected: str, sql: str) -> None:
    assert said_of(BASE + sql, "app", Declared())[0] == expected
