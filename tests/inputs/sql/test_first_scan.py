"""The way of somebody who has migrations and nothing else: `init`, then `scan`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main

pytest.importorskip("pgparse")

_TABLES = """
CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);
CREATE TABLE charts (id SERIAL PRIMARY KEY, tenant_id TEXT NOT NULL, body TEXT);
CREATE TABLE notes (id SERIAL PRIMARY KEY, chart_id INTEGER NOT NULL REFERENCES charts(id), body TEXT);
CREATE ROLE app LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON charts, notes TO app;
ALTER TABLE charts ENABLE ROW LEVEL SECURITY;
ALTER TABLE charts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON charts USING (tenant_id = current_setting('app.tenant', true));
"""
_NOTES = """
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (chart_id IN (SELECT id FROM charts));
"""


@pytest.mark.parametrize(
    ("sql", "code", "failed"),
    [
        (_TABLES + _NOTES, 0, []),
        (_TABLES, 1, ["public.notes"]),
        (_TABLES + _NOTES + "CREATE POLICY all_of_them ON charts USING (true);", 1, ["public.charts", "public.notes"]),
    ],
)
def test_what_init_proposes_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sql: str, code: int, failed: list[str]
) -> None:
    """It declares a database and no model: all rows were not applicable, and the gate passed."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001.sql").write_text(sql, "utf-8")
    assert main(["init", str(tmp_path)]) == 0
    capsys.readouterr()
    assert main(["scan", str(tmp_path), "--no-cache", "--quiet", "--format", "json"]) == code
    rows = json.loads(capsys.readouterr().out)["findings"]
    asked = [each for each in rows if each["rule"] == "rds-pooled-rows-protected"]
    assert sorted(each["resource"]["logical_id"] for each in asked if each["verdict"] == "FAIL") == failed
    judged = {each["resource"]["logical_id"] for each in asked if each["verdict"] in ("PASS", "FAIL")}
    assert judged == {"public.charts", "public.notes", "app"}


def test_a_folder_of_migrations_alone_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "0001.sql").write_text(_TABLES, "utf-8")
    assert main(["scan", str(tmp_path), "--no-cache"]) == 2
    assert "`tenantproof init` proposes one" in capsys.readouterr().err


def test_a_column_that_is_named_after_tenants_is_a_guess_where_no_policy_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`scan` sent to `init`, and `init` said that there was nothing to read."""
    before, _, _ = _TABLES.partition("ALTER TABLE")
    (tmp_path / "0001.sql").write_text(before, "utf-8")
    assert main(["init", str(tmp_path)]) == 0
    written = (tmp_path / "tenancy.yaml").read_text("utf-8")
    assert "# public.charts has a column `tenant_id`, and no policy compares it with a setting (" in written
    guessed = written.replace("# database:", "database:").replace("# - {column:", "- {column:")
    (tmp_path / "tenancy.yaml").write_text(guessed, "utf-8")
    capsys.readouterr()
    assert main(["scan", str(tmp_path), "--no-cache", "--quiet", "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)["findings"]
    assert {each["resource"]["logical_id"] for each in rows if each["verdict"] == "FAIL"} == {
        "public.charts",
        "public.notes",
    }


def test_sql_that_tells_no_tenants_apart_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "0001.sql").write_text("CREATE TABLE rooms (id INT PRIMARY KEY);", "utf-8")
    assert main(["init", str(tmp_path)]) == 2
    assert "no template was found, and nothing in 1 file of SQL tells tenants apart" in capsys.readouterr().err
