"""A role that may read `pg_statistic` reads values of other tenants' rows, whatever the policies say; it passed.

Seen in PostgreSQL 15 and 16 after ANALYZE: by a grant, as a member of pg_read_all_data, by a view and by SECURITY
DEFINER functions over `pg_statistic` or `pg_stats`. A view over `pg_stats` asks what whoever queries it may see.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")
READS = "RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT string_agg(t.v::text, ',')"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("GRANT SELECT ON pg_catalog.pg_statistic TO app;", "leak"),
        ("GRANT SELECT ON pg_statistic TO PUBLIC;", "leak"),
        ("GRANT SELECT ON pg_statistic_ext_data TO app;", "leak"),
        ("GRANT SELECT ON ALL TABLES IN SCHEMA pg_catalog TO app;", "leak"),
        ("GRANT pg_read_all_data TO app;", "leak"),
        ("CREATE ROLE g; GRANT pg_read_all_data TO g; GRANT g TO app;", "leak"),
        ("CREATE ROLE g; GRANT SELECT ON pg_statistic TO g;", "apart"),
        ("GRANT SELECT ON pg_statistic TO app; REVOKE SELECT ON pg_catalog.pg_statistic FROM app;", "apart"),
        ("GRANT SELECT ON pg_class TO app;", "apart"),
        ("CREATE VIEW s AS SELECT stavalues1::text AS v FROM pg_statistic; GRANT SELECT ON s TO app;", "open"),
        ("CREATE VIEW s AS SELECT stavalues1::text AS v FROM pg_statistic;", "apart"),
        ("CREATE VIEW s AS SELECT most_common_vals::text AS v FROM pg_stats; GRANT SELECT ON s TO app;", "apart"),
        (
            f"CREATE FUNCTION f() {READS} FROM pg_catalog.pg_statistic s, LATERAL (SELECT s.stavalues1 AS v) t $$;",
            "open",
        ),
        (f"CREATE FUNCTION f() {READS} FROM pg_stats s, LATERAL (SELECT s.most_common_vals AS v) t $$;", "open"),
        (
            f"CREATE FUNCTION f() {READS} FROM pg_stats s, LATERAL (SELECT s.most_common_vals AS v) t $$;"
            " ALTER FUNCTION f() OWNER TO migrator;",
            "apart",
        ),
    ],
)
def test_statistics_are_rows_too(more: str, expected: str) -> None:
    sql = f"{BASE} CREATE POLICY own ON charts USING ({OWN}); {more}"
    assert said_of(sql, "app", Declared())[0] == expected
