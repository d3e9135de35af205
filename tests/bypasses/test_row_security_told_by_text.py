"""Conditions that tell no tenants apart, and ways around policies that do: each passed when its text was matched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import ROLE, TABLE, SqlFile, schema_of
from scanner.model.unknown import OpenList
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")


def properties(sql: str, kind: str, name: str, declared: Declared | None = None) -> Mapping[str, Any]:
    resources, missed = schema_of([SqlFile("db/a.sql", sql)], declared)
    assert not missed
    (found,) = [each for each in resources if (each.type, each.logical_id) == (kind, name)]
    held = found.fields["Properties"]
    assert isinstance(held, Mapping)
    return held


def verdict(sql: str, declared: Declared | None = None) -> str:
    leaks = properties(sql, TABLE, "public.charts", declared)["Leaks"]
    return "leak" if leaks else "open" if isinstance(leaks, OpenList) else "apart"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (OWN, "apart"),
        ("current_setting('app.tenant') = tenant_id", "apart"),
        ("tenant_id::text = current_setting('app.tenant')::text", "apart"),
        ("tenant_id = (SELECT current_setting('app.tenant'))", "apart"),
        ("tenant_id = nullif(current_setting('app.tenant', true), '')", "apart"),
        (f"{OWN} AND id > 0", "apart"),
        (f"NOT (NOT ({OWN}))", "apart"),
        ("NOT (tenant_id <> current_setting('app.tenant', true))", "apart"),
        (f"{OWN} OR false", "apart"),
        (f"({OWN} AND public) OR ({OWN} AND id = 3)", "apart"),
        ("tenant_id IN (current_setting('app.tenant'))", "apart"),
        ("tenant_id = ANY (ARRAY[current_setting('app.tenant')])", "apart"),
        (f"coalesce({OWN}, false)", "apart"),
        (f"({OWN}) IS TRUE", "apart"),
        (f"CASE WHEN public THEN {OWN} ELSE false END", "apart"),
        ("tenant_id IS NOT DISTINCT FROM current_setting('app.tenant', true)", "apart"),
        ("tenant_id = current_setting('request.jwt.claims', true)::json ->> 'tenant_id'", "apart"),
        ("false", "apart"),
        ("NULL", "apart"),
        (f"{OWN} OR true", "leak"),
        (f"{OWN} OR 1 = 1", "leak"),
        (f"{OWN} OR public", "leak"),
        (f"{OWN} OR (id > 0 AND author = 'x')", "leak"),
        ("tenant_id IS NOT NULL", "leak"),
        ("tenant_id = tenant_id", "leak"),
        ("tenant_id <> current_setting('app.tenant', true)", "leak"),
        (f"NOT ({OWN})", "leak"),
        ("tenant_id IN ('a', 'b')", "leak"),
        ("tenant_id > ''", "leak"),
        ("id > 0", "leak"),
        ("'t'::boolean", "leak"),
        ("'yes'::bool", "leak"),
        ("current_user = 'app'", "leak"),
        ("current_user = 'other'", "apart"),
        ("tenant_id = coalesce(current_setting('app.tenant', true), tenant_id)", "leak"),
        (f"{OWN} OR current_setting('app.tenant', true) IS NULL", "leak"),
        (f"{OWN} OR current_setting('app.tenant', true) = ''", "leak"),
        (f"({OWN}) IS NOT FALSE", "leak"),
        (f"coalesce({OWN}, true)", "leak"),
        ("tenant_id = current_user", "open"),
        (f"{OWN} OR current_setting('app.admin', true) = 'on'", "open"),
        ("left(tenant_id, 1) = left(current_setting('app.tenant'), 1)", "open"),
        ("tenant_id LIKE current_setting('app.tenant')", "open"),
        ("tenant_id::varchar(1) = current_setting('app.tenant')", "open"),
        ("tenant_id::int = current_setting('app.tenant')::int", "open"),
        ("tenant_id IN (SELECT unnest(ARRAY['a','b']))", "open"),
        ("may_see(id)", "open"),
        ("author = current_setting('app.user', true)", "open"),
    ],
)
def test_a_condition_is_decided(condition: str, expected: str) -> None:
    assert verdict(f"{BASE} CREATE POLICY own ON charts USING ({condition});") == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("CREATE POLICY p ON charts FOR SELECT USING (id < 1000);", "leak"),
        ("CREATE POLICY p ON charts FOR DELETE USING (true);", "leak"),
        ("CREATE POLICY p ON charts FOR INSERT WITH CHECK (true);", "leak"),
        ("CREATE POLICY p ON charts FOR UPDATE USING (false) WITH CHECK (true);", "leak"),
        ("CREATE POLICY p ON charts AS RESTRICTIVE USING (true);", "apart"),
        ("CREATE ROLE support; CREATE POLICY p ON charts FOR SELECT TO support USING (true);", "apart"),
        ("CREATE ROLE g; GRANT g TO app; CREATE POLICY p ON charts TO g USING (true);", "leak"),
        ("CREATE POLICY p ON charts TO app USING (true);", "leak"),
        ("GRANT TRUNCATE ON charts TO app;", "leak"),
        ("GRANT ALL ON ALL TABLES IN SCHEMA public TO app; REVOKE TRUNCATE ON charts FROM app;", "apart"),
        ("CREATE VIEW v AS SELECT * FROM charts; GRANT SELECT ON v TO app;", "leak"),
        (f"CREATE VIEW v AS SELECT * FROM charts WHERE {OWN}; GRANT SELECT ON v TO app;", "apart"),
        ("CREATE VIEW v AS SELECT * FROM charts;", "apart"),
        ("CREATE VIEW v WITH (security_invoker) AS SELECT * FROM charts; GRANT SELECT ON v TO app;", "apart"),
        ("CREATE VIEW v AS SELECT * FROM charts; ALTER VIEW v OWNER TO migrator; GRANT SELECT ON v TO app;", "apart"),
        ("CREATE MATERIALIZED VIEW v AS SELECT * FROM charts; GRANT SELECT ON v TO app;", "leak"),
        ("CREATE FUNCTION f() RETURNS SETOF charts LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM charts';", "leak"),
        ("CREATE FUNCTION f() RETURNS SETOF charts LANGUAGE sql AS 'SELECT * FROM charts';", "apart"),
        (
            "CREATE FUNCTION f() RETURNS SETOF charts LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM charts';"
            "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;",
            "apart",
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            " $$ BEGIN DELETE FROM charts; END $$;",
            "apart",
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DELETE FROM charts; END $$;",
            "leak",
        ),
        (
            "CREATE FUNCTION t() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.tenant', true) $$;"
            "CREATE POLICY p ON charts USING (tenant_id = t());",
            "apart",
        ),
        (
            "CREATE FUNCTION t() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.tenant', true) $$;"
            "CREATE POLICY p ON charts USING (tenant_id = other.t());",
            "open",
        ),
        ("ALTER POLICY p ON charts TO app;", "open"),
        (
            "CREATE FUNCTION g() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM charts';"
            "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT g()';",
            "open",
        ),
        (
            "CREATE VIEW v AS SELECT * FROM charts;"
            "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM v';",
            "leak",
        ),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';", "apart"),
        ("ALTER POLICY own ON charts USING (true);", "leak"),
        ("ALTER POLICY own ON charts TO migrator; CREATE POLICY q ON charts TO app USING (false);", "apart"),
        ("CREATE VIEW v AS SELECT count(*) FROM charts; GRANT SELECT ON v TO app;", "leak"),
        ("CREATE VIEW v AS SELECT * FROM charts; CREATE VIEW w AS SELECT * FROM v; GRANT SELECT ON w TO app;", "leak"),
        (
            "CREATE FUNCTION t() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;"
            "CREATE POLICY p ON charts USING (t());",
            "leak",
        ),
    ],
)
def test_what_stands_beside_a_sound_policy_is_decided(more: str, expected: str) -> None:
    assert verdict(f"{BASE} CREATE POLICY own ON charts USING ({OWN}); {more}") == expected


@pytest.mark.parametrize(
    ("more", "bypasses"),
    [
        ("GRANT migrator TO app;", True),
        ("CREATE ROLE a; GRANT a TO app; GRANT migrator TO a;", True),
        ("CREATE ROLE b BYPASSRLS; GRANT b TO app; GRANT SELECT ON charts TO b;", True),
        ("CREATE ROLE b BYPASSRLS ROLE app; GRANT SELECT ON charts TO PUBLIC;", True),
        # As b it is granted nothing.
        ("CREATE ROLE b BYPASSRLS; GRANT b TO app;", False),
        ("CREATE ROLE b SUPERUSER; GRANT b TO app;", True),
        ("GRANT migrator TO app WITH INHERIT FALSE;", True),
        ("GRANT migrator TO app WITH INHERIT FALSE, SET FALSE;", False),
        ("GRANT migrator TO app; REVOKE migrator FROM app;", False),
        ("CREATE ROLE readers; GRANT readers TO app;", False),
    ],
)
def test_a_membership_is_a_way_around(more: str, bypasses: bool) -> None:
    found = properties(f"{BASE} CREATE POLICY own ON charts USING ({OWN}); {more}", ROLE, "app")
    assert bool(found["Bypasses"]) is bypasses


def test_before_16_createrole_is_a_way_around() -> None:
    made = f"{BASE} ALTER ROLE app CREATEROLE; CREATE POLICY own ON charts USING ({OWN});"
    for version, bypasses in ((15, True), (16, False)):
        found = properties(made, ROLE, "app", Declared.of([{"role": "app", "version": version}], "db"))
        assert bool(found["Bypasses"]) is bypasses


def test_what_is_declared_says_who_a_session_is() -> None:
    own_role = f"{BASE} CREATE POLICY own ON charts USING (tenant_id = current_user);"
    assert verdict(own_role) == "open"
    assert verdict(own_role, Declared.of([{"role": "t_${tenant}"}], "db")) == "apart"
    other = f"{BASE} CREATE POLICY own ON charts USING (author = current_setting('app.region'));"
    assert verdict(other) != "apart"
    assert verdict(other, Declared.of([{"setting": "app.region", "column": "author"}], "db")) == "apart"
    assert verdict(other, Declared.of([{"name": "x", "setting": "app.region", "column": "author"}], "db")) != "apart"
