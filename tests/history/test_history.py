"""Recorded audits: what is new, fixed and open since when, and a file that nothing spoils."""

from __future__ import annotations

import csv
import datetime
import json
import sqlite3
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pytest

from scanner.audit import audit
from scanner.base.problem import ProblemsError
from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from scanner.history.schema import VERSION
from scanner.history.store import History, report_digest
from scanner.scanning import Options, scan

DAY = datetime.date(2026, 1, 1)


def template(*versioned: bool) -> dict[str, Any]:
    return {
        "Resources": {
            f"B{number}": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"VersioningConfiguration": {"Status": "Enabled" if each else "Suspended"}},
            }
            for number, each in enumerate(versioned)
        }
    }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def audited(monkeypatch: pytest.MonkeyPatch, content: dict[str, Any], day: int, **more: Any) -> ReportDocument:
    """An audit of the template on the given day of the period."""
    Path("app.json").write_text(json.dumps(content), "utf-8")
    moment = datetime.datetime.combine(DAY, datetime.time(4), datetime.UTC) + datetime.timedelta(days=day)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))
    options = Options(paths=[Path("app.json")], select=["s3-versioning"], **more)
    return audit(options, Path("h.db")).report


def test_new_fixed_and_back_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False, False), 0)
    audited(monkeypatch, template(True, False), 10)
    audited(monkeypatch, template(True, True), 20)
    report = audited(monkeypatch, template(False, True), 50)
    runs = report["history"]["runs"]
    assert [(each["new"], each["fixed"], each["open"]["medium"]) for each in runs] == [
        (2, 0, 2),
        (0, 1, 1),
        (0, 1, 0),
        (1, 0, 1),
    ]
    assert report["history"]["period"] == {"from": "2026-01-01", "to": "2026-02-20", "runs": 4, "longest_gap_days": 30}
    (finding,) = [each for each in report["findings"] if each["verdict"] == "FAIL"]
    assert finding["first_seen"] == "2026-01-01"
    with History(project / "h.db") as history:
        seen = {each.address: each for each in history.findings("default", still_open=False)}
    assert seen["app.json#B0"].reopened == 1
    assert seen["app.json#B0"].fixed is None
    assert (seen["app.json#B1"].first, seen["app.json#B1"].fixed) == ("2026-01-01", "2026-01-21")


def test_controls_say_what_happened_over_the_period(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False, True), 0)
    report = audited(monkeypatch, template(True, False), 10)
    control = next(
        each
        for each in report["controls"]
        if "s3-versioning" in each["rules"] and each["framework"].startswith("hipaa")
    )
    assert report["history"]["controls"][f"{control['framework']}:{control['id']}"] == {
        "opened": 1,
        "closed": 1,
        "days_open": 10,
    }


def test_changes_since_the_audit_before_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = audited(monkeypatch, template(False), 0)
    assert first["history"]["changes"] == {}
    changes = audited(monkeypatch, template(False, True), 1)["history"]["changes"]
    assert changes["since"] == first["generated_at"]
    assert changes["resources_added"] == ["app.json#B1"]
    changes = audited(monkeypatch, template(True), 2)["history"]["changes"]
    assert changes["resources_removed"] == ["app.json#B1"]


def test_a_report_is_recorded_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(monkeypatch, template(False), 0)
    with History(project / "h.db") as history:
        (before,) = history.runs("default")
        assert history.record(report, "default") == before
        assert len(history.runs("default")) == 1
        changed = cast("ReportDocument", {**deepcopy(report), "exit_code": 3})
        assert history.record(changed, "default") != before


def test_an_older_audit_is_not_put_before_newer_ones(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False), 5)
    with pytest.raises(ProblemsError, match="older than the last one recorded"):
        audited(monkeypatch, template(True), 3)
    with History(project / "h.db") as history:
        assert [each.fixed for each in history.findings("default")] == [None]


def test_what_could_not_be_read_is_not_fixed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False), 0)
    (project / "other.json").write_text(json.dumps(template(False)), "utf-8")
    Path("app.json").write_text('{"Resources": ', "utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    options = Options(paths=[Path("app.json"), Path("other.json")], select=["s3-versioning"])
    result = audit(options, Path("h.db"))
    assert result.recorded is not None
    assert (result.recorded.fixed, result.recorded.new) == (0, 1)
    with History(project / "h.db") as history:
        assert {each.address for each in history.findings("default")} == {"app.json#B0", "other.json#B0"}


def test_a_rule_that_did_not_run_fixes_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False), 0)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    audit(Options(paths=[Path("app.json")], select=["s3-tls-only"]), Path("h.db"))
    with History(project / "h.db") as history:
        assert "s3-versioning" in {each.rule for each in history.findings("default")}


def test_what_is_not_determined_any_more_is_not_fixed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False), 0)
    unknown = template(False)
    unknown["Parameters"] = {"Status": {"Type": "String"}}
    unknown["Resources"]["B0"]["Properties"]["VersioningConfiguration"]["Status"] = {"Ref": "Status"}
    audited(monkeypatch, unknown, 1)
    with History(project / "h.db") as history:
        assert sorted(each.verdict for each in history.findings("default")) == ["FAIL", "UNKNOWN"]


def test_an_audit_that_judged_nothing_is_not_recorded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False), 0)
    (project / "tenancy.yaml").write_text("version: [", "utf-8")
    report = audited(monkeypatch, template(False), 1)
    assert report["exit_code"] == 2
    assert "history" not in report
    with History(project / "h.db") as history:
        assert len(history.runs("default")) == 1


def test_runs_are_chained(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    reports = [audited(monkeypatch, template(bool(day % 2)), day) for day in range(3)]
    chain = ""
    with History(project / "h.db") as history:
        for report, run in zip(reports, history.runs("default"), strict=True):
            assert run.report_digest == report_digest(report)
            chain = hashlib.sha256(f"{chain}{run.report_digest}".encode()).hexdigest()
            assert run.chain == chain


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"SQLite format 3\0" + b"x" * 4000, "no history, or a damaged one"),
        (b"not a database at all, but long enough" * 100, "no history, or a damaged one"),
    ],
)
def test_a_file_that_is_no_history_is_an_error(project: Path, content: bytes, said: str) -> None:
    (project / "h.db").write_bytes(content)
    with pytest.raises(ProblemsError, match=said):
        History(project / "h.db")


def test_another_programs_database_and_a_newer_history_are_left_alone(project: Path) -> None:
    database = sqlite3.connect(project / "other.db")
    database.execute("CREATE TABLE runs (x)")
    database.commit()
    with pytest.raises(ProblemsError, match="no history of tenantproof"):
        History(project / "other.db")
    with History(project / "h.db"):
        pass
    database = sqlite3.connect(project / "h.db")
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.commit()
    with pytest.raises(ProblemsError, match="reads versions up to"):
        History(project / "h.db")


def test_retention_forgets_old_audits_and_what_was_fixed_then(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False, False), 0)
    audited(monkeypatch, template(True, False), 1)
    audited(monkeypatch, template(True, False), 400)
    with History(project / "h.db") as history:
        assert history.forget(None, DAY + datetime.timedelta(days=100)) == 2
        assert len(history.runs("default")) == 1
        assert [each.address for each in history.findings("default", still_open=False)] == ["app.json#B1"]


def test_queries_use_an_index(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(monkeypatch, template(False), 0)
    database = sqlite3.connect(project / "h.db")
    for query in (
        "SELECT * FROM runs WHERE scope = 'x' ORDER BY at DESC LIMIT 9",
        "SELECT * FROM findings WHERE scope = 'x' AND fixed_at IS NULL",
        "SELECT * FROM findings WHERE scope = 'x' AND address = 'y'",
        "SELECT * FROM findings WHERE scope = 'x' AND id = 'y'",
    ):
        plan = " ".join(str(row[3]) for row in database.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "SEARCH" in plan, plan


def test_the_command_tells_the_trend(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, versioned in enumerate([False, True]):
        Path("app.json").write_text(json.dumps(template(versioned, False)), "utf-8")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1_770_000_000 + 86_400 * day))
        code = main(["audit", "app.json", "--select", "s3-versioning", "--fail-on", "low", "--format", "json=r.json"])
        assert code == 1
    assert "default, 0 new, 1 fixed" in capsys.readouterr().err
    assert main(["history"]) == 0
    told = capsys.readouterr().out
    assert "default: 2 audits" in told
    assert "open, the oldest first: 1" in told
    assert main(["history", "--format", "json", "--all"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["fixed"] for each in document["findings"]].count(None) == 1
    assert document["runs"][-1]["report_digest"] == report_digest(json.loads(Path("r.json").read_text("utf-8")))
    assert main(["history", "--scope", "prod"]) == 2
    assert "was never audited" in capsys.readouterr().err
    assert main(["history", "--history", "none.db"]) == 2
    assert "there is no history here" in capsys.readouterr().err
    assert not Path("none.db").exists()
    assert main(["history", "prune", "--keep-years", "0.001"]) == 0


def test_the_tables_can_be_taken_elsewhere(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    duckdb = pytest.importorskip("duckdb")
    hostile = template(False)
    hostile["Resources"] = {"B0": hostile["Resources"]["B0"]}
    audited(monkeypatch, hostile, 0)
    assert main(["history", "export", "--history", "h.db", "--parquet", "lake"]) == 0
    assert main(["history", "export", "--history", "h.db", "--csv", "sheets"]) == 0
    assert main(["history", "export", "--history", "h.db"]) == 2
    ((number, fixed, reopened),) = duckdb.sql(
        "SELECT count(*), max(fixed_at), typeof(max(reopened)) FROM 'lake/findings.parquet'"
    ).fetchall()
    assert (number, fixed, reopened) == (1, None, "BIGINT")
    ((count, age),) = duckdb.sql("SELECT sum(medium), typeof(max(mean_age_days)) FROM 'lake/runs.parquet'").fetchall()
    assert (count, age) == (1, "DOUBLE")
    Path("taken").write_text("a file", "utf-8")
    assert main(["history", "export", "--history", "h.db", "--parquet", "taken"]) == 2
    with Path("sheets/findings.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["rule"] == "s3-versioning"
    capsys.readouterr()


def test_scopes_keep_to_themselves(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("app.json").write_text(json.dumps(template(False)), "utf-8")
    report = scan("app.json", options=Options(select=["s3-versioning"])).report
    with History(project / "h.db") as history:
        assert history.record(report, "a").new == 1
        assert history.record(report, "b").new == 1
        assert history.scopes() == ["a", "b"]


# --- what an audit did not see


def _report(*findings: dict[str, Any], at: str = "2026-11-01T00:00:00Z", **more: Any) -> Any:
    """A report of one account, as a history reads it."""
    return {
        "generated_at": at,
        "as_of": at[:10],
        "exit_code": 0,
        "findings": list(findings),
        "rules": {"s3-versioning": {}},
        "scope": {"accounts": ["1" * 12]},
        "coverage": [],
        "errors": [],
        "proofs": [],
        "controls": [],
        "tenancy": {"value": None, "digest": None},
        "tool": {"version": "0", "rules_digest": "d"},
        "run": {},
        "summary": {"verdicts": {}},
        **more,
    }


def _finding(name: str, verdict: str, cause: str | None = None, of: str = "bucket") -> dict[str, Any]:
    resource = {"address": f"arn:aws:s3:::{of}", "type": "AWS::S3::Bucket", "account": "1" * 12, "region": "us-east-1"}
    unknown = {"cause": cause, "detail": "d"} if cause else None
    return {
        "id": name,
        "rule": "s3-versioning",
        "severity": "high",
        "verdict": verdict,
        "message": "m",
        "resource": resource,
        **({"unknown": unknown} if unknown else {}),
    }


DENIED = [{"what": "s3:ListAllMyBuckets", "cause": "access-denied", "detail": "d", "path": "p", "rules": []}]


@pytest.mark.parametrize("cause", ["access-denied", "not-collected"])
def test_what_was_not_read_is_neither_new_nor_fixed(tmp_path: Path, cause: str) -> None:
    with History(tmp_path / "h.db") as history:
        assert history.record(_report(_finding("a", "FAIL")), "x").new == 1
        unread = _report(_finding("b", "UNKNOWN", cause, of="?"), at="2026-11-02T00:00:00Z", coverage=DENIED)
        run = history.record(unread, "x")
        assert (run.new, run.fixed, run.gone) == (0, 0, 0)
        run = history.record(_report(_finding("a", "FAIL"), at="2026-11-03T00:00:00Z"), "x")
        assert (run.new, run.fixed, run.gone) == (0, 0, 0)


def test_an_unknown_of_a_template_is_kept(tmp_path: Path) -> None:
    with History(tmp_path / "h.db") as history:
        assert history.record(_report(_finding("a", "UNKNOWN", "parameter")), "x").new == 1


def test_a_deleted_resource_is_gone_and_a_mended_one_is_fixed(tmp_path: Path) -> None:
    with History(tmp_path / "h.db") as history:
        history.record(_report(_finding("a", "FAIL"), _finding("b", "FAIL", of="other")), "x")
        run = history.record(_report(_finding("c", "PASS", of="other"), at="2026-11-02T00:00:00Z"), "x")
        assert (run.fixed, run.gone) == (1, 1)
        assert {each.id: each.gone for each in history.findings("x", still_open=False)} == {"a": True, "b": False}


def test_an_audit_that_ended_early_says_so_and_is_not_compared_as_a_whole(tmp_path: Path) -> None:
    with History(tmp_path / "h.db") as history:
        history.record(_report(_finding("a", "FAIL")), "x")
        cut = _report(at="2026-11-02T00:00:00Z")
        run = history.record(cut, "x", 2)
        assert (run.exit_code, run.partial, run.fixed, run.gone) == (2, True, 0, 0)
        assert history.document(cut, "x")["changes"] == {}
        whole = _report(_finding("a", "FAIL"), _finding("b", "FAIL", of="other"), at="2026-11-03T00:00:00Z")
        history.record(whole, "x")
        changes = history.document(whole, "x")["changes"]
        assert changes["since"] == "2026-11-01T00:00:00Z"
        assert changes["resources_added"] == ["arn:aws:s3:::other"]
