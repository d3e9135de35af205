"""A function in a policy that tells or writes what it is given does so of rows that the rest of the policy leaves out.

Seen in PostgreSQL 15 and 16: what stands beside `tenant_id = …` in a condition is called in the order of its COST, also
where it is a restrictive policy of its own; a NOTICE, a row in a log or a setting then has other tenants' values.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")


def function(body: str, language: str = "plpgsql") -> str:
    return f"CREATE FUNCTION ok(b text) RETURNS boolean LANGUAGE {language} COST 0.0001 AS $$ {body} $$;"


BOTH = f"CREATE POLICY own ON charts USING ({OWN} AND ok(body));"
NOTICE = function("BEGIN RAISE NOTICE '%', b; RETURN true; END")
QUIET = function("BEGIN -- insert into no log\n IF b IS NULL THEN RAISE EXCEPTION 'none'; END IF; RETURN true; END")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (NOTICE + BOTH, "open"),
        (NOTICE + f"CREATE POLICY own ON charts USING (ok(body) AND {OWN});", "open"),
        (
            NOTICE
            + f"CREATE POLICY own ON charts USING ({OWN}); CREATE POLICY r ON charts AS RESTRICTIVE USING (ok(body));",
            "open",
        ),
        (function("BEGIN INSERT INTO log VALUES (b); RETURN true; END") + BOTH, "open"),
        (function("BEGIN PERFORM pg_notify('c', b); RETURN true; END") + BOTH, "open"),
        (function("BEGIN PERFORM set_config('a.b', b, false); RETURN true; END") + BOTH, "open"),
        (function("INSERT INTO log VALUES (b) RETURNING true", "sql") + BOTH, "open"),
        (
            function("BEGIN INSERT INTO log VALUES (b); RETURN true; END").replace("ok(", "log_it(")
            + function("SELECT log_it(b)", "sql")
            + BOTH,
            "open",
        ),
        (
            NOTICE + f"CREATE POLICY own ON charts USING ({OWN}); CREATE VIEW v AS SELECT * FROM charts"
            f" WHERE {OWN} AND ok(body); GRANT SELECT ON v TO app;",
            "open",
        ),
        (NOTICE + f"CREATE POLICY own ON charts USING ({OWN} AND ok('fixed'));", "apart"),
        (
            NOTICE
            + f"CREATE POLICY own ON charts USING ({OWN}); CREATE POLICY x ON charts TO migrator USING (ok(body));",
            "apart",
        ),
        (NOTICE + f"CREATE POLICY own ON charts USING ({OWN});", "apart"),
        (QUIET + BOTH, "apart"),
    ],
)
def test_what_a_condition_calls_does_not_tell(more: str, expected: str) -> None:
    sql = f"{BASE} CREATE TABLE log(x text); {more}"
    assert said_of(sql, "app", Declared())[0] == expected
