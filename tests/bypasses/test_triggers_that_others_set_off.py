"""Triggers were asked about where the application may change their table itself, and not where others change it for it.

Seen in PostgreSQL 15 and 16: a trigger of a partition or of a table that inherits runs for a command on the table
above; ON DELETE CASCADE, rules, views and SECURITY DEFINER functions set off triggers, and with their owners' rights.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")
SOUND = f"{BASE} CREATE POLICY own ON charts USING ({OWN});"


def wipes(name: str, how: str = "SECURITY DEFINER", what: str = "DELETE FROM charts") -> str:
    body = f"AS $$ BEGIN {what}; RETURN NULL; END $$;"
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {how} {body}"


def on(table: str, function: str) -> str:
    return f"CREATE TRIGGER t AFTER INSERT OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();"


PARTS = "CREATE TABLE notes(id int) PARTITION BY LIST (id); CREATE TABLE n1 PARTITION OF notes DEFAULT;"
KIDS = "CREATE TABLE notes(id int PRIMARY KEY); CREATE TABLE kids(nid int REFERENCES notes ON DELETE CASCADE);"
FAR = "CREATE TABLE notes(id int); CREATE TABLE far(i int);"
GIVEN = "GRANT SELECT, INSERT, DELETE ON notes TO app;"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (PARTS + GIVEN + wipes("it") + on("n1", "it"), "open"),
        (PARTS + wipes("it") + on("n1", "it"), "apart"),
        (PARTS + GIVEN + wipes("it", "") + on("n1", "it"), "apart"),
        (
            "CREATE TABLE notes(id int); CREATE TABLE n1() INHERITS (notes);" + GIVEN + wipes("it") + on("n1", "it"),
            "open",
        ),
        (KIDS + GIVEN + wipes("it") + on("kids", "it"), "open"),
        (KIDS + GIVEN + wipes("it", "") + on("kids", "it"), "open"),
        (KIDS.replace("ON DELETE CASCADE", "") + GIVEN + wipes("it") + on("kids", "it"), "apart"),
        (
            FAR
            + GIVEN
            + wipes("it", what="INSERT INTO far VALUES (1)")
            + on("notes", "it")
            + wipes("log", "")
            + on("far", "log"),
            "open",
        ),
        (
            FAR
            + "CREATE FUNCTION put() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO far VALUES (1)';"
            + wipes("log", "")
            + on("far", "log"),
            "open",
        ),
        (
            FAR
            + "CREATE FUNCTION put() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO far VALUES (1)';"
            + "REVOKE ALL ON FUNCTION put() FROM PUBLIC;"
            + wipes("log", "")
            + on("far", "log"),
            "apart",
        ),
        (
            FAR
            + GIVEN
            + "CREATE RULE r AS ON INSERT TO notes DO ALSO INSERT INTO far VALUES (1);"
            + wipes("log", "")
            + on("far", "log"),
            "open",
        ),
        (
            FAR + "CREATE VIEW v AS SELECT * FROM far; GRANT INSERT ON v TO app;" + wipes("log", "") + on("far", "log"),
            "open",
        ),
        (
            FAR
            + "CREATE VIEW v WITH (security_invoker) AS SELECT * FROM far; GRANT INSERT ON v TO app;"
            + wipes("log", "")
            + on("far", "log"),
            "apart",
        ),
        (KIDS + GIVEN + "CREATE RULE r AS ON DELETE TO kids DO ALSO DELETE FROM charts;", "open"),
    ],
)
def test_what_another_sets_off_is_asked(more: str, expected: str) -> None:
    assert said_of(SOUND + more, "app", Declared())[0] == expected
