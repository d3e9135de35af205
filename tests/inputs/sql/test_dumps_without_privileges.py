"""A dump without owners and privileges, as Rails 6.1 writes `structure.sql`: its views were told as kept apart.

Nobody is granted a view there, and so none was asked about, though the application reads it by a GRANT elsewhere.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import TABLE, Schema, SqlFile
from scanner.model.unknown import OpenList
from tests.databases.neighbours import OWN

pytest.importorskip("pgparse")

_DUMPED = f"""
CREATE TABLE charts(id int, tenant_id text);
ALTER TABLE charts ENABLE ROW LEVEL SECURITY; ALTER TABLE ONLY charts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON charts USING ({OWN});
"""
_APP = Declared.of([{"role": "app"}], "db")


@pytest.mark.parametrize("declared", [Declared(), _APP])
@pytest.mark.parametrize(
    ("more", "is_open"),
    [
        ("", False),
        ("CREATE VIEW v AS SELECT * FROM charts;", True),
        ("CREATE MATERIALIZED VIEW v AS SELECT * FROM charts;", True),
        ("CREATE VIEW v AS SELECT * FROM charts; CREATE VIEW w AS SELECT * FROM v;", True),
        ("CREATE VIEW v WITH (security_invoker='true') AS SELECT * FROM charts;", False),
        (f"CREATE VIEW v AS SELECT * FROM charts WHERE {OWN};", False),
        ("CREATE TABLE n(id int PRIMARY KEY); ALTER TABLE charts ADD FOREIGN KEY (id) REFERENCES n;", False),
        (
            "CREATE TABLE n(id int PRIMARY KEY); ALTER TABLE ONLY charts ADD CONSTRAINT fk FOREIGN KEY (id)"
            " REFERENCES n(id) ON DELETE CASCADE;",
            True,
        ),
    ],
)
def test_what_the_owner_sees_is_open(declared: Declared, more: str, is_open: bool) -> None:
    schema = Schema(None)
    schema.run(SqlFile("db/structure.sql", _DUMPED + more))
    (table,) = [
        each for each in schema.resources(declared) if each.logical_id == "public.charts" and each.type == TABLE
    ]
    held = table.fields["Properties"]
    assert isinstance(held, dict)
    assert isinstance(held["Leaks"], OpenList) is is_open
