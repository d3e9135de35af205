"""Databases with a schema for each tenant, `t_a` and `t_b`, and what is right to say of them."""

from __future__ import annotations

from typing import Literal

from scanner.base.record import record
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import TABLE, Schema, SqlFile
from scanner.model.unknown import OpenList

DECLARED = Declared.of([{"schema": "t_${tenant}"}, {"role": "t_${tenant}"}], "db")
BY_SCHEMA_ONLY = Declared.of([{"schema": "t_${tenant}"}], "db")
SCHEMAS = """
CREATE ROLE migrator LOGIN;
CREATE ROLE t_a LOGIN; CREATE ROLE t_b LOGIN;
CREATE SCHEMA t_a; CREATE SCHEMA t_b;
CREATE TABLE t_a.charts(id int, body text); CREATE TABLE t_b.charts(id int, body text);
GRANT USAGE ON SCHEMA t_a TO t_a; GRANT USAGE ON SCHEMA t_b TO t_b;
GRANT SELECT, INSERT, UPDATE, DELETE ON t_a.charts TO t_a; GRANT SELECT, INSERT, UPDATE, DELETE ON t_b.charts TO t_b;
"""


@record
class Silo:
    """What stands beside two schemas that are kept apart; `expected` of t_a.charts and t_b.charts together."""

    sql: str
    expected: Literal["apart", "open", "leak"]
    declared: Declared = DECLARED


SILOS = [
    Silo("", "apart"),
    Silo("GRANT USAGE ON SCHEMA t_a TO t_b;", "apart"),
    Silo("GRANT SELECT ON t_a.charts TO t_b;", "apart"),
    Silo("GRANT USAGE ON SCHEMA t_a TO t_b; GRANT SELECT ON t_a.charts TO t_b;", "leak"),
    Silo("GRANT USAGE ON SCHEMA t_a TO t_b; GRANT SELECT ON ALL TABLES IN SCHEMA t_a TO t_b;", "leak"),
    Silo("GRANT USAGE ON SCHEMA t_a TO PUBLIC; GRANT SELECT ON t_a.charts TO PUBLIC;", "leak"),
    Silo("GRANT USAGE ON SCHEMA t_a TO PUBLIC;", "apart"),
    Silo("GRANT SELECT ON t_a.charts TO PUBLIC;", "apart"),
    Silo("GRANT USAGE ON SCHEMA t_a TO t_b; GRANT INSERT ON t_a.charts TO t_b;", "leak"),
    Silo("GRANT USAGE ON SCHEMA t_a TO t_b; GRANT TRUNCATE ON t_a.charts TO t_b;", "leak"),
    Silo("GRANT t_a TO t_b;", "leak"),
    Silo("GRANT t_a TO t_b; REVOKE t_a FROM t_b;", "apart"),
    Silo("CREATE ROLE all_of_them; GRANT t_a, t_b TO all_of_them;", "apart"),
    Silo("CREATE ROLE readers; GRANT USAGE ON SCHEMA t_a, t_b TO readers;"
         "GRANT SELECT ON t_a.charts, t_b.charts TO readers; GRANT readers TO t_a;", "leak"),
    Silo("ALTER TABLE t_a.charts OWNER TO t_a; ALTER SCHEMA t_a OWNER TO t_a;", "apart"),
    Silo("ALTER SCHEMA t_a OWNER TO t_b;", "leak"),
    Silo("GRANT USAGE ON SCHEMA t_a TO t_b; ALTER TABLE t_a.charts OWNER TO t_b;", "leak"),
    Silo("GRANT pg_read_all_data TO t_b;", "leak"),
    Silo("GRANT pg_write_all_data TO t_b;", "leak"),
    Silo("GRANT pg_monitor TO t_b;", "apart"),
    Silo("CREATE VIEW public.every AS SELECT * FROM t_a.charts; GRANT SELECT ON public.every TO t_b;", "leak"),
    Silo("CREATE VIEW public.every AS SELECT * FROM t_a.charts; GRANT SELECT ON public.every TO t_a;", "apart"),
    Silo("CREATE VIEW public.every AS SELECT * FROM t_a.charts UNION ALL SELECT * FROM t_b.charts;"
         "GRANT SELECT ON public.every TO t_b;", "leak"),
    Silo("CREATE VIEW public.every WITH (security_invoker) AS SELECT * FROM t_a.charts;"
         "GRANT SELECT ON public.every TO t_b;", "apart"),
    Silo("CREATE VIEW t_a.own AS SELECT * FROM t_a.charts; GRANT SELECT ON t_a.own TO t_b;", "apart"),
    Silo("CREATE VIEW public.own AS SELECT * FROM t_a.charts WHERE current_user = 't_a';"
         "GRANT SELECT ON public.own TO t_b;", "apart"),
    Silo("CREATE MATERIALIZED VIEW public.every AS SELECT * FROM t_a.charts;"
         "GRANT SELECT ON public.every TO t_b;", "leak"),
    Silo("CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
         " 'SELECT count(*) FROM t_a.charts';", "leak"),
    Silo("CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
         " 'SELECT count(*) FROM t_a.charts'; REVOKE ALL ON FUNCTION public.f() FROM PUBLIC;", "apart"),
    Silo("SET search_path = t_a; CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
         " 'SELECT count(*) FROM charts'; SET search_path = public;", "leak"),
    Silo("SET search_path = t_a; CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS"
         " 'SELECT count(*) FROM charts'; SET search_path = public;", "apart"),
    Silo("ALTER DEFAULT PRIVILEGES IN SCHEMA t_a GRANT SELECT ON TABLES TO PUBLIC;"
         "CREATE TABLE t_a.later(id int, body text); GRANT USAGE ON SCHEMA t_a TO PUBLIC;", "leak"),
    Silo("ALTER TABLE t_a.charts ENABLE ROW LEVEL SECURITY; GRANT USAGE ON SCHEMA t_a TO t_b;"
         "GRANT SELECT ON t_a.charts TO t_b;", "apart"),
    Silo("ALTER TABLE t_a.charts ENABLE ROW LEVEL SECURITY; GRANT USAGE ON SCHEMA t_a TO t_b;"
         "GRANT SELECT ON t_a.charts TO t_b; CREATE POLICY own ON t_a.charts USING (current_user = 't_a');", "apart"),
    Silo("ALTER TABLE t_a.charts ENABLE ROW LEVEL SECURITY; GRANT USAGE ON SCHEMA t_a TO t_b;"
         "GRANT SELECT ON t_a.charts TO t_b; CREATE POLICY own ON t_a.charts USING (true);", "leak"),
    Silo("CREATE ROLE app LOGIN; GRANT USAGE ON SCHEMA t_a, t_b TO app;"
         "GRANT SELECT ON t_a.charts, t_b.charts TO app;", "leak", BY_SCHEMA_ONLY),
    Silo("CREATE ROLE app LOGIN; GRANT USAGE ON SCHEMA t_a, t_b TO app; GRANT SELECT ON t_a.charts TO app;", "apart",
         BY_SCHEMA_ONLY),
    Silo("", "apart", BY_SCHEMA_ONLY),
    Silo("GRANT t_a TO t_b;", "leak", BY_SCHEMA_ONLY),
    Silo("ALTER TABLE t_a.charts OWNER TO migrator; ALTER TABLE t_b.charts OWNER TO migrator;"
         "ALTER SCHEMA t_a OWNER TO migrator; ALTER SCHEMA t_b OWNER TO migrator;", "apart", BY_SCHEMA_ONLY),
    Silo("CREATE ROLE app LOGIN; CREATE VIEW public.own AS SELECT * FROM t_a.charts;"
         "GRANT SELECT ON public.own TO app;", "open", BY_SCHEMA_ONLY),
    Silo("CREATE ROLE s SUPERUSER; GRANT s TO t_b;", "leak"),
]  # fmt: skip


def said_of_silo(sql: str, declared: Declared = DECLARED) -> str:
    """What is said of the tables of all tenants together."""
    schema = Schema(None)
    schema.run(SqlFile("db/a.sql", sql))
    assert not schema.missed
    found = []
    for each in schema.resources(declared):
        held = each.fields["Properties"]
        assert isinstance(held, dict)
        if each.type == TABLE:
            assert held["Tenant"] in ("a", "b")
            found.append(held["Leaks"])
        elif "Bypasses" in held and each.logical_id in ("t_a", "t_b", "app"):
            found.append(list(held["Bypasses"]) or (["superuser"] if held["Superuser"] else []))
    if any(each for each in found):
        return "leak"
    return "open" if any(isinstance(each, OpenList) for each in found) else "apart"
