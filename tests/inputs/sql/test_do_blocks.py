"""DO blocks: what they surely run is read, and what is not to be seen leaves the schema open."""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import OWN

# ruff: noqa: E501  # a case a line
pytest.importorskip("pgparse")

BASE = """
CREATE ROLE migrator LOGIN; CREATE ROLE app LOGIN; CREATE TABLE charts(id int, tenant_id text);
ALTER TABLE charts OWNER TO migrator; GRANT SELECT ON charts TO app;
"""
SECURE = "ALTER TABLE charts ENABLE ROW LEVEL SECURITY; ALTER TABLE charts FORCE ROW LEVEL SECURITY;"
POLICY = f"CREATE POLICY own ON charts USING ({OWN});"
LOOP = """
DO $$
DECLARE
  t text;
  tables text[] := ARRAY['charts'];
BEGIN
  FOREACH t IN ARRAY tables LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE 'ALTER TABLE ' || quote_ident(t) || ' FORCE ROW LEVEL SECURITY';
    EXECUTE format('DROP POLICY IF EXISTS %I ON %I', t || '_own', t);
    EXECUTE format('CREATE POLICY %I ON %I USING (tenant_id = current_setting(%L, true))', t || '_own', t, 'app.tenant');
  END LOOP;
END $$;
"""


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (LOOP, "apart"),
        (
            LOOP.replace("tables text[] := ARRAY['charts'];", "").replace("ARRAY tables", "ARRAY ARRAY['charts']"),
            "apart",
        ),
        (LOOP.replace("ARRAY['charts']", "ARRAY['other']"), "leak"),
        (LOOP.replace("ARRAY['charts']", "(SELECT array_agg(tablename::text) FROM pg_tables)"), "open"),
        (
            LOOP.replace("USING (tenant_id = current_setting(%L, true))', ", "USING (true)', ").replace(
                ", 'app.tenant')", ")"
            ),
            "leak",
        ),
        (f"{SECURE} DO $$ BEGIN {POLICY} END $$;", "apart"),
        (
            f"{SECURE} DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE policyname = 'own') THEN {POLICY} END IF; END $$;",
            "apart",
        ),
        (f"{SECURE} DO $$ BEGIN IF to_regclass('public.charts') IS NOT NULL THEN {POLICY} END IF; END $$;", "apart"),
        (f"{SECURE} DO $$ BEGIN {POLICY} EXCEPTION WHEN duplicate_object THEN NULL; END $$;", "apart"),
        (f"{SECURE} DO $$ BEGIN IF current_setting('app.x', true) = 'on' THEN {POLICY} END IF; END $$;", "open"),
        (f"{SECURE} {POLICY} DO $$ BEGIN IF true THEN NULL; ELSE DROP POLICY own ON charts; END IF; END $$;", "open"),
        # One of that name is there: the block makes none.
        (
            f"{SECURE} CREATE POLICY own ON charts USING (true);"
            f" DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_policies) THEN {POLICY} END IF; END $$;",
            "leak",
        ),
        (f"{SECURE} {POLICY} DO $$ BEGIN ALTER TABLE charts ADD CONSTRAINT c CHECK (id > 0); END $$;", "apart"),
        (f"{SECURE} {POLICY} DO $$ BEGIN EXECUTE (SELECT x FROM statements); END $$; -- policy", "open"),
        (f"{SECURE} {POLICY} DO $$ BEGIN CREATE POLICY p ON charts USING (true); END $$;", "leak"),
        (f"{SECURE} {POLICY} DO LANGUAGE plpython3u $$ plpy.execute('create policy') $$;", "open"),
    ],
)
def test_what_a_block_runs_is_read(sql: str, expected: str) -> None:
    assert said_of(BASE + sql, "app", Declared())[0] == expected
