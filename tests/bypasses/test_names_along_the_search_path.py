"""Under `SET search_path = s, public` a GRANT was taken as one on `s.charts`, which there is not; it passed.

Seen in PostgreSQL 15 and 16: a name without a schema is the first of the search path that there is; what is made goes
into its first schema (documentation, "The Schema Search Path").
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")
PATH = "CREATE SCHEMA s; SET search_path = s, public;"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (f"{PATH} GRANT TRUNCATE ON charts TO app;", "leak"),
        (f"{PATH} CREATE POLICY w ON charts USING (true);", "leak"),
        (f"{PATH} ALTER TABLE charts DISABLE ROW LEVEL SECURITY;", "leak"),
        (f"{PATH} DROP POLICY own ON charts; CREATE POLICY own ON charts USING (id > 0);", "leak"),
        (f"{PATH} CREATE POLICY w ON charts USING (true); DROP POLICY w ON charts;", "apart"),
        (f"{PATH} CREATE TABLE charts(id int); GRANT TRUNCATE ON charts TO app;", "apart"),
        (
            f"{PATH} GRANT USAGE ON SCHEMA s TO app; CREATE TABLE charts(tenant_id text);"
            " GRANT SELECT ON charts TO app;",
            "leak",
        ),
        (
            f"{PATH} CREATE VIEW v AS SELECT * FROM charts; GRANT USAGE ON SCHEMA s TO app; GRANT SELECT ON v TO app;",
            "leak",
        ),
        ('CREATE SCHEMA s; SET search_path = "$user", public; GRANT TRUNCATE ON charts TO app;', "leak"),
        (
            "CREATE SCHEMA s; SELECT set_config('search_path', 's, public', false); GRANT TRUNCATE ON charts TO app;",
            "leak",
        ),
    ],
)
def test_a_name_is_what_is_found(more: str, expected: str) -> None:
    sql = f"{BASE} CREATE POLICY own ON charts USING ({OWN}); {more}"
    assert said_of(sql, "app", Declared())[0] == expected
