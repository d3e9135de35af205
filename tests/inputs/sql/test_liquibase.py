"""Liquibase's formatted SQL is read as Liquibase 4.28 ran it: what it left out was taken as done."""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import TABLE, Schema, SqlFile
from scanner.model.unknown import OpenList
from tests.databases.neighbours import OWN

pytest.importorskip("pgparse")

_MADE = f"""--liquibase formatted sql
--changeset ann:1
CREATE ROLE migrator; CREATE ROLE app LOGIN;
CREATE TABLE charts (id int, tenant_id text);
ALTER TABLE charts OWNER TO migrator;
ALTER TABLE charts ENABLE ROW LEVEL SECURITY;
ALTER TABLE charts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON charts USING ({OWN});
GRANT SELECT ON charts TO app;
--rollback DROP TABLE charts;
"""
_SET = "--changeset ann:2"
_CHECK = "--preconditions onFail:{}\n--precondition-sql-check expectedResult:{} {}\n"
_OFF = "ALTER TABLE charts DISABLE ROW LEVEL SECURITY"
_WIDE = "CREATE POLICY wide ON charts USING (true);"


def read(more: str) -> Schema:
    schema = Schema(None)
    schema.run(SqlFile("db/changelog.sql", _MADE + more))
    return schema


def said_of(more: str) -> str:
    (table,) = [each for each in read(more).resources(Declared()) if each.type == TABLE]
    held = table.fields["Properties"]
    assert isinstance(held, dict)
    assert held["MigrationTool"] == "Liquibase"
    leaks = held["Leaks"]
    known = held["RowSecurityEnabled"] is True
    return "leak" if list(leaks) or not known else "open" if isinstance(leaks, OpenList) else "apart"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "apart"),
        (f"--changeset ann:2\n{_WIDE}", "leak"),
        (f"-- changeset ann:two-b runOnChange:true\n{_WIDE}", "leak"),
        (f"--changeset ann:2 dbms:mysql\n{_WIDE}", "apart"),
        (f"--changeset ann:2 dbms:mysql,postgresql\n{_WIDE}", "leak"),
        (f"--changeset ann:2 dbms:!postgresql\n{_WIDE}", "apart"),
        (f"--changeset ann:2 dbms:!h2\n{_WIDE}", "leak"),
        (f"--changeset ann:2 ignore:true\n{_WIDE}", "apart"),
        (f"--changeset ann:2 ignore:false\n{_WIDE}", "leak"),
        ("--changeset ann:2 context:prod\nCREATE TABLE IF NOT EXISTS charts (id int);", "open"),
        (f"{_SET}\n{_CHECK.format('MARK_RAN', 1, 'SELECT 1')}{_WIDE}", "open"),
        (f"{_SET}\n{_CHECK.format('HALT', 1, 'SELECT 1')}{_WIDE}", "leak"),
        (f"{_SET}\n{_CHECK.format('MARK_RAN', 0, 'SELECT count(*) FROM pg_policies')}{_WIDE}", "leak"),
        (f"{_SET}\n--ignoreLines:start\n{_WIDE}\n--ignoreLines:end\nSELECT 1;", "apart"),
        (f"{_SET}\n--ignoreLines:1\n{_WIDE}\nSELECT 1;", "apart"),
        (f"{_SET}\n--ignoreLines:1\nSELECT 1;\n{_WIDE}", "leak"),
        (f"{_SET} endDelimiter:GO\nSELECT 1\nGO\n{_OFF}\nGO\n", "leak"),
        (f"{_SET} endDelimiter:\\nGO\nSELECT 1\nGO\nSELECT 2\nGO\n", "apart"),
        (f"{_SET}\nSELECT 1;\n/* liquibase rollback\n{_OFF};\n*/", "apart"),
    ],
)
def test_a_changeset_is_read_as_it_runs(more: str, expected: str) -> None:
    assert said_of(more) == expected


def test_what_is_left_out_enables_nothing() -> None:
    text = _MADE.replace("ALTER TABLE charts ENABLE", "--changeset ann:1b dbms:oracle\nALTER TABLE charts ENABLE")
    schema = Schema(None)
    schema.run(SqlFile("db/changelog.sql", text))
    (table,) = [each for each in schema.resources(Declared()) if each.type == TABLE]
    held = table.fields["Properties"]
    assert isinstance(held, dict)
    assert held["RowSecurityEnabled"] is False
