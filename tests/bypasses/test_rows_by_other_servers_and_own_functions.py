"""Ways to rows of other tenants that passed: foreign servers, statements that psql builds, and what a tenant's own role
can put into the way of a view or of a SECURITY DEFINER function.

Seen in PostgreSQL 15: a function of the caller's runs on rows that a view without `security_barrier` leaves out; a
temporary view stands in for the table that a SECURITY DEFINER function names, and runs the caller's code as its owner;
a trigger made with the TRIGGER privilege sees the rows that other roles put in.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import ROLE, TABLE, Schema, SqlFile
from scanner.model.unknown import OpenList
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")

SOUND = f"{BASE} CREATE POLICY own ON charts USING ({OWN});"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "CREATE SERVER self FOREIGN DATA WRAPPER dblink_fdw OPTIONS (dbname 'x'); CREATE USER MAPPING FOR app"
            " SERVER self OPTIONS (user 'postgres', password 'x'); GRANT USAGE ON FOREIGN SERVER self TO app;",
            "open",
        ),
        (
            "CREATE SERVER self FOREIGN DATA WRAPPER dblink_fdw; CREATE USER MAPPING FOR PUBLIC SERVER self OPTIONS"
            " (user 'postgres', password 'x'); GRANT USAGE ON FOREIGN SERVER self TO PUBLIC;",
            "open",
        ),
        (
            "CREATE SERVER self FOREIGN DATA WRAPPER dblink_fdw; CREATE USER MAPPING FOR app SERVER self;"
            "GRANT USAGE ON FOREIGN SERVER self TO app; REVOKE ALL ON FOREIGN SERVER self FROM app;",
            "apart",
        ),
        ("CREATE SERVER self FOREIGN DATA WRAPPER dblink_fdw; CREATE USER MAPPING FOR migrator SERVER self;", "apart"),
        ("IMPORT FOREIGN SCHEMA public FROM SERVER self INTO r;", "open"),
        ("SELECT 'CREATE POLICY z ON charts USING (true)' \\gexec", "open"),
        ("SELECT 'CREATE POLICY z ON charts USING (true)'\n\\gexec\n", "open"),
        ("CREATE FUNCTION x(q text) RETURNS xml LANGUAGE internal SECURITY DEFINER AS 'query_to_xml';", "open"),
        ("CREATE PROCEDURE p() LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM charts $$;", "leak"),
        ("CREATE DATABASE d; ALTER DATABASE d OWNER TO app;", "leak"),
    ],
)
def test_what_is_not_in_the_policies_is_asked(more: str, expected: str) -> None:
    assert said_of(SOUND + more, "app", Declared())[0] == expected


ROLES = """
CREATE ROLE migrator LOGIN; CREATE ROLE t_a LOGIN; CREATE ROLE t_b LOGIN;
CREATE TABLE charts(id int, tenant_id text, body text); ALTER TABLE charts OWNER TO migrator;
ALTER TABLE charts ENABLE ROW LEVEL SECURITY; ALTER TABLE charts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON charts USING (tenant_id = session_user); GRANT SELECT, INSERT ON charts TO t_a, t_b;
"""
OF_SESSION = "SELECT * FROM public.charts WHERE tenant_id = session_user"


def said_of_roles(more: str) -> str:
    schema = Schema(None)
    schema.run(SqlFile("db/a.sql", ROLES + more))
    found = set()
    for each in schema.resources(Declared(own_roles=("t_${tenant}",))):
        held = each.fields["Properties"]
        assert isinstance(held, dict)
        listed = held["Leaks"] if each.type == TABLE else held["Bypasses"] if each.type == ROLE else ()
        found |= {"leak"} if len(listed) else {"open"} if isinstance(listed, OpenList) else set()
    return "leak" if "leak" in found else "open" if found else "apart"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "apart"),
        (f"CREATE VIEW v AS {OF_SESSION}; GRANT SELECT ON v TO t_a, t_b;", "open"),
        (f"CREATE VIEW v WITH (security_barrier) AS {OF_SESSION}; GRANT SELECT ON v TO t_a, t_b;", "apart"),
        (
            f"CREATE VIEW v AS {OF_SESSION}; ALTER VIEW v SET (security_barrier); GRANT SELECT ON v TO t_a, t_b;",
            "apart",
        ),
        (
            f"CREATE VIEW v WITH (security_barrier) AS {OF_SESSION}; GRANT SELECT ON v TO t_a, t_b;"
            " ALTER VIEW v RESET (security_barrier);",
            "open",
        ),
        (
            f"CREATE VIEW v WITH (security_barrier) AS {OF_SESSION}; GRANT SELECT ON v TO t_a, t_b;"
            " ALTER VIEW v SET (security_barrier = off);",
            "open",
        ),
        (f"CREATE VIEW v WITH (security_invoker) AS {OF_SESSION}; GRANT SELECT ON v TO t_a, t_b;", "apart"),
        (f"CREATE VIEW v AS {OF_SESSION}; ALTER VIEW v OWNER TO t_a; GRANT SELECT ON v TO t_b;", "apart"),
        (f"CREATE FUNCTION f() RETURNS SETOF charts LANGUAGE sql SECURITY DEFINER AS $$ {OF_SESSION} $$;", "open"),
        (
            f"CREATE FUNCTION f() RETURNS SETOF charts LANGUAGE sql SECURITY DEFINER SET search_path = public AS"
            f" $$ {OF_SESSION} $$;",
            "open",
        ),
        (
            f"CREATE FUNCTION f() RETURNS SETOF charts LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp"
            f" AS $$ {OF_SESSION} $$;",
            "apart",
        ),
        (
            f"CREATE FUNCTION f() RETURNS SETOF charts LANGUAGE sql SECURITY DEFINER SET search_path = '' AS"
            f" $$ {OF_SESSION} $$;",
            "apart",
        ),
        ("GRANT TRIGGER ON charts TO t_a;", "open"),
    ],
)
def test_what_a_tenants_own_role_can_put_in_the_way_is_asked(more: str, expected: str) -> None:
    assert said_of_roles(more) == expected
