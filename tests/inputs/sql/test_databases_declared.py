"""What is proposed of databases, what they run in, and their rows in the report's matrix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from scanner.cli.main import main

pytest.importorskip("pgparse")

SQL = """
CREATE ROLE app LOGIN; CREATE TABLE charts(id int, tenant_id text, body text);
ALTER TABLE charts ENABLE ROW LEVEL SECURITY; ALTER TABLE charts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON charts USING (tenant_id = current_setting('app.tenant', true)); GRANT SELECT ON charts TO app;
"""
TEMPLATE = """
Resources:
  ClinicDb:
    Type: AWS::RDS::DBCluster
    Properties: {Engine: aurora-postgresql, EngineVersion: "15.4"}
  OtherDb:
    Type: AWS::RDS::DBInstance
    Properties: {Engine: mysql, EngineVersion: "8.0.35"}
"""


def proposed(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert main(["init", str(folder), "--stdout"]) == 0
    text = capsys.readouterr().out
    assert main(["init", str(folder)]) == 0
    capsys.readouterr()
    assert main(["scan", str(folder), "--no-cache", "--quiet"]) in (0, 1)  # it is a tenancy that loads
    capsys.readouterr()
    (folder / "tenancy.yaml").unlink()
    found: list[dict[str, object]] = yaml.safe_load(text).get("database") or []
    return found


def test_init_proposes_what_policies_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "V1__a.sql").write_text(SQL, "utf-8")
    assert proposed(tmp_path, capsys) == [{"setting": "app.tenant", "column": "tenant_id", "role": "app"}]
    # A second database: each entry is for its folder.
    (tmp_path / "billing").mkdir()
    (tmp_path / "billing" / "1.sql").write_text(SQL.replace("app.tenant", "billing.org_id"), "utf-8")
    assert {(each["name"], each["setting"]) for each in proposed(tmp_path, capsys)} == {
        ("db", "app.tenant"),
        ("billing", "billing.org_id"),
    }


def test_init_leaves_to_a_person_what_may_be_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = SQL.replace("tenant_id", "user_id").replace("app.tenant", "app.user")
    schemas = "".join(f"CREATE SCHEMA t_{each}; CREATE TABLE t_{each}.notes(id int);" for each in "ab")
    (tmp_path / "a.sql").write_text(sql + schemas, "utf-8")
    assert proposed(tmp_path, capsys) == []
    main(["init", str(tmp_path), "--stdout"])
    assert '# - {schema: "t_${tenant}"}' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("called", "told", "covered"),
    [
        ("ClinicDb", "", True),
        ("ClinicDbb", "no RDS instance or cluster that was scanned is called `ClinicDbb`", False),
        ("OtherDb", "`OtherDb` runs mysql", False),
    ],
)
def test_a_database_is_tied_to_what_it_runs_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], called: str, told: str, covered: bool
) -> None:
    (tmp_path / "app.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "a.sql").write_text(SQL + "ALTER ROLE app CREATEROLE;", "utf-8")
    tenancy = {"version": 1, "model": "pool", "database": [{"setting": "app.tenant", "resource": called}]}
    (tmp_path / "tenancy.yaml").write_text(json.dumps(tenancy), "utf-8")
    main(["scan", str(tmp_path), "--no-cache", "--format", "json", "--select", "rds-pooled-rows-protected"])
    report = json.loads(capsys.readouterr().out)
    messages = [each["message"] for each in report["errors"]]
    assert bool(told) == bool(messages)
    assert all(told in each for each in messages)
    role = next(each for each in report["findings"] if each["resource"]["logical_id"] == "app")
    # Until PostgreSQL 15 CREATEROLE may grant itself any role, and Aurora's version says which it is.
    assert role["verdict"] == ("FAIL" if covered else "PASS")
    stores = {each.rpartition("#")[2] for each in report["summary"]["isolation"]["stores_not_covered"]}
    assert ("ClinicDb" not in stores) == covered


@pytest.mark.parametrize(("more", "state"), [("", "isolated"), ("CREATE POLICY p ON charts USING (true);", "leak")])
def test_the_matrix_has_a_row_for_each_role_of_a_database(tmp_path: Path, more: str, state: str) -> None:
    (tmp_path / "a.sql").write_text(SQL + more, "utf-8")
    (tmp_path / "tenancy.yaml").write_text("version: 1\nmodel: pool\n", "utf-8")
    page = tmp_path / "r.html"
    main(["scan", str(tmp_path), "--no-cache", "--quiet", "--format", f"html={page}"])
    text = page.read_text("utf-8")
    assert "rows of PostgreSQL" in text
    assert ("app, rows of PostgreSQL: kept apart by row-level security" in text) == (state == "isolated")
    assert ("app, rows of PostgreSQL: leak" in text) == (state == "leak")
    assert "isolated by IAM, under" not in text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = NULL", "(x = NULL::text)", True),
        ("x IN ('a', 'b')", "(x = ANY (ARRAY['a'::text, 'b'::text]))", True),
        ("x BETWEEN 1 AND 2", "((x >= 1) AND (x <= 2))", True),
        ("x LIKE 'a%'", "(x ~~ 'a%'::text)", True),
        ("true", "false", False),
        ("x = 'a'", "(x = 'b'::text)", False),
    ],
)
def test_what_the_server_writes_is_what_people_write(one: str, other: str, same: bool) -> None:
    from scanner.inputs.sql.comparing import normal
    from scanner.inputs.sql.parsing import expression

    assert (normal(expression(one)) == normal(expression(other))) is same
