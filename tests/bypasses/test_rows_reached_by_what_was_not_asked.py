"""Ways to rows that were not asked about, and conditions whose words were read and not their meaning: each passed.

Rules and triggers that act with another's rights, replication, predefined roles, an operator or function of one's own
that has the name of PostgreSQL's, casts that make two ids one, and a user taken for a tenant.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import Neighbour, neighbours

pytest.importorskip("pgparse")


@pytest.mark.parametrize("case", neighbours(), ids=lambda case: case.more[:60])
def test_what_stands_close_to_a_sound_schema_is_decided(case: Neighbour) -> None:
    assert said_of(case.sql, "app", Declared())[0] == case.said


@pytest.mark.parametrize("declared", [{"setting": "app.user", "column": "user_id"}, None])
def test_a_user_is_a_tenant_only_where_that_is_declared(declared: dict[str, str] | None) -> None:
    sql = """
    CREATE ROLE app LOGIN; CREATE TABLE notes(id int, user_id text);
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (user_id = current_setting('app.user')); GRANT SELECT ON notes TO app;
    """
    said = said_of(sql, "app", Declared.of([declared] if declared else [], "db"))[0]
    assert said == ("open" if declared is None else "apart")
