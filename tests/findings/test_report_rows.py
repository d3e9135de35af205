"""A report in rows says what the report in findings says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.cli.main import main
from scanner.findings.finding import id_without_cause
from scanner.findings.report_document import ROWS
from scanner.findings.report_rows import in_findings, in_rows

ROOT = Path(__file__).resolve().parents[2]
LEAKY = ROOT / "examples" / "virtual-clinic" / "leaky"


@pytest.fixture(autouse=True)
def at_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")


def scanned(folder: Path, form: str, *more: str) -> dict[str, Any]:
    path = folder / f"{form.strip('=') or 'whole'}.json"
    assert main(["scan", str(LEAKY), "--no-cache", "--quiet", "--format", f"json={form}{path}", *more]) == 1
    told: dict[str, Any] = json.loads(path.read_bytes())
    return told


def test_a_scan_writes_both_forms_and_they_say_the_same(tmp_path: Path) -> None:
    found, rows = scanned(tmp_path, ""), scanned(tmp_path, "compact=")
    assert found == scanned(tmp_path, "rows=")
    assert (found["schema"], rows["schema"]) == ("tenantproof-report/1", ROWS)
    assert all(each["verdict"] != "NOT_APPLICABLE" or "assumptions" in each for each in rows["findings"])
    assert sum(len(each["resources"]) for each in rows["not_applicable"]) > 100
    assert rows["summary"] == found["summary"]
    assert in_findings(rows) == found
    for report, schema in ((found, "report"), (rows, "report-rows")):
        jsonschema.validate(report, json.loads((ROOT / "schema" / f"{schema}.schema.json").read_text("utf-8")))
    # What is said of rules is the same in both, and of a small system the most.
    sizes = [len(json.dumps({**report, "rules": {}})) for report in (rows, found)]
    assert sizes[0] < 0.8 * sizes[1]


def test_one_row_for_a_rule_a_type_and_a_reason(tmp_path: Path) -> None:
    rows = scanned(tmp_path, "compact=")["not_applicable"]
    keys = [(each["rule"], each["type"], each["reason"]) for each in rows]
    assert len(set(keys)) == len(keys)
    assert any(len(each["resources"]) > 1 for each in rows)


def test_every_command_that_reads_a_report_takes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scanned(tmp_path, "")
    rows = scanned(tmp_path, "compact=")
    one, two = tmp_path / "whole.json", tmp_path / "compact.json"
    for arguments in (["--format", "text"], ["--format", "csv"], ["--format", "sarif"], ["--format", "json"]):
        told = []
        for path in (one, two):
            assert main(["report", str(path), *arguments]) == 0
            told.append(capsys.readouterr().out)
        assert told[0] == told[1]
    assert main(["report", str(two), "--format", "json=rows"]) == 0
    assert capsys.readouterr().out.encode() == one.read_bytes()
    assert main(["report", str(one), "--format", "json=compact"]) == 0
    assert capsys.readouterr().out.encode() == two.read_bytes()
    assert main(["diff", str(one), str(two)]) == 0
    assert "0 new, 0 fixed" in capsys.readouterr().out
    scan = ["scan", str(LEAKY), "--no-cache", "--quiet", "--format", "text"]
    assert main([*scan, "--baseline", str(two)]) == main([*scan, "--baseline", str(one)]) == 0
    assert rows["exit_code"] == 1


def document(number: int, **more: object) -> dict[str, Any]:
    address = f"a.json#R{number}"
    return {
        "id": id_without_cause("r", address),
        "rule": "r",
        "severity": "low",
        "layer": "l",
        "verdict": "NOT_APPLICABLE",
        "resource": {"address": address, "type": "T"},
        "message": "no",
        **more,
    }


@pytest.mark.parametrize(
    "findings",
    [
        [],
        [document(1), document(2)],
        [document(2), document(1)],  # in no order: as after another tool's hand
        [document(1), document(1)],
        [document(1), document(1, resource={"address": "a.json#R1", "type": "U"})],
        [document(1, id="x"), document(2, state="known"), document(3, assumptions=["AWS default: x"]), document(4)],
        [document(1, message="yes"), document(2), document(3, verdict="PASS")],
        [document(1, verdict="PASS"), document(2, severity="medium")],
    ],
    ids=["none", "two", "unordered", "twice", "two of an address", "more keys", "messages", "severities"],
)
def test_no_findings_are_lost_or_changed(findings: list[dict[str, Any]]) -> None:
    report: Any = {"schema": "tenantproof-report/1", "findings": findings, "errors": []}
    there = in_rows(report)
    assert in_findings(json.loads(json.dumps(there))) == report
    assert report["schema"] == "tenantproof-report/1", "what was given is not changed"


@pytest.mark.parametrize(
    "broken",
    [
        {"not_applicable": 1},
        {"not_applicable": [1]},
        {"not_applicable": [{"rule": "r"}]},
        {"not_applicable": [{**document(1), "reason": "no", "resources": ["gone"]}]},
        {"not_applicable": [{**document(1), "severity": "awful", "reason": "no", "resources": ["a"]}], "resources": []},
        {"findings": [1]},
        {"findings": None},
    ],
    ids=["a number", "numbers", "a part", "a resource less", "a severity", "a finding", "nothing"],
)
def test_rows_that_are_not_whole_are_an_error(
    broken: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"schema": ROWS, "findings": [], "errors": [], **broken}), "utf-8")
    for command in (["report", str(path), "--format", "text"], ["diff", str(path), str(path)]):
        assert main(command) == 2
        assert "r.json: " in capsys.readouterr().err
