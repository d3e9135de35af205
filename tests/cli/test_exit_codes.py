"""Every exit code of the table, as a pipeline sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from tests.case_names import case_name
from tests.engine.conftest import write_rule

SOUND = "Resources:\n  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: Orders}}\n"
FAULTY = "Resources:\n  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: Other}}\n"
OPEN = (
    "Parameters: {P: {Type: String}}\nResources:\n  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref P}}\n"
)
ASSERTED = "- {that: Properties.TableName, is: Orders, message: '{{ Id }} has another name'}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_rule(tmp_path, ASSERTED)
    return tmp_path


def scan(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, ReportDocument, str]:
    code = main(["scan", *arguments, "--rules", "own", "--select", "own-rule", "--format", "json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out), captured.err


@pytest.mark.parametrize(
    ("template", "options", "code"),
    [
        (SOUND, (), 0),
        (FAULTY, (), 1),
        (FAULTY, ("--fail-on", "critical"), 0),
        (FAULTY, ("--fail-on", "never"), 0),
        (OPEN, (), 0),
        (OPEN, ("--unknown-fails", "high"), 1),
        (OPEN, ("--unknown-fails", "critical"), 0),
        (OPEN, ("--parameters", "P=Orders"), 0),
        (OPEN, ("--parameters", "P=Other"), 1),
        ("Resources: [", (), 2),
        ("nothing: here\n", (), 2),
    ],
    ids=case_name,
)
def test_one_file(
    project: Path, capsys: pytest.CaptureFixture[str], template: str, options: tuple[str, ...], code: int
) -> None:
    (project / "t.yaml").write_text(template, "utf-8")
    got, report, _ = scan(capsys, "t.yaml", *options)
    assert got == code == report["exit_code"]


def test_an_unreadable_file_beside_clean_ones_is_2_and_the_rest_is_judged(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "good.yaml").write_text(FAULTY, "utf-8")
    (project / "bad.yaml").write_text("Resources:\n  A: {\n", "utf-8")
    code, report, told = scan(capsys, ".")
    assert code == 2
    assert [each["verdict"] for each in report["findings"]] == ["FAIL"]
    (error,) = report["errors"]
    assert (error["path"], error["kind"], error["line"]) == ("bad.yaml", "input", 3)
    assert "bad.yaml:3:" in told


def test_nothing_to_scan_is_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "empty").mkdir()
    code, report, _ = scan(capsys, "empty")
    assert code == 2
    assert "nothing to scan" in report["errors"][0]["message"]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("own/storage/broken-rule.yaml", "id: broken-rule\ntitel: x\n", "rule"),
        ("tenancy.yaml", "version: 1\nsesions: []\n", "tenancy"),
        ("exceptions.yaml", "rule: x\n", "exceptions"),
        ("parameters.json", "[1, 2]", "config"),
    ],
)
def test_a_broken_file_of_ours_stops_before_judging_and_the_document_is_still_printed(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, kind: str
) -> None:
    (project / "t.yaml").write_text(FAULTY, "utf-8")
    (project / name).write_text(text, "utf-8")
    options = ("--parameters", name) if kind == "config" else ()
    code, report, told = scan(capsys, "t.yaml", *options)
    assert code == 2
    assert report["findings"] == []
    assert {error["kind"] for error in report["errors"]} == {kind}
    assert all(error["line"] for error in report["errors"])
    assert told.count("error: ") == len(report["errors"])


def test_a_crash_of_the_scanner_is_3_and_blinds_one_verdict(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "t.yaml").write_text(FAULTY + SOUND.split("Resources:\n")[1].replace("T:", "U:", 1), "utf-8")

    def broken(*_: object) -> bool:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("scanner.language.expressions.comparison.alike", broken)
    code, report, _ = scan(capsys, "t.yaml")
    assert code == 3
    assert {each["verdict"] for each in report["findings"]} == {"UNKNOWN"}
    unknown = report["findings"][0]["unknown"]
    assert unknown is not None and unknown["cause"] == "scanner-error"


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "--no-such-option"],
        ["no-such-command"],
        [],
        ["scan", "--fail-on", "often"],
        ["scan", "--as-of", "soon"],
    ],
    ids=case_name,
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage: tenantproof" in capsys.readouterr().err


def test_an_unknown_format_and_two_for_standard_output_are_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "t.yaml").write_text(SOUND, "utf-8")
    assert main(["scan", "t.yaml", "--format", "jsno"]) == 2
    assert "did you mean `json`?" in capsys.readouterr().err
    assert main(["scan", "t.yaml", "--format", "json", "--format", "text"]) == 2


def test_a_pattern_that_names_no_rule_is_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "t.yaml").write_text(SOUND, "utf-8")
    code = main(["scan", "t.yaml", "--rules", "own", "--select", "own-rul", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert code == 2
    assert report["errors"][0]["hint"] == "did you mean `own-rule`?"


@pytest.mark.full
def test_the_same_input_gives_the_same_bytes(project: Path) -> None:
    (project / "t.yaml").write_text(FAULTY + OPEN.split("Resources:\n")[1].replace("T:", "U:"), "utf-8")
    command = [sys.executable, "-m", "scanner.cli", "scan", "t.yaml", "--rules", "own", "--format", "json"]
    environment = {"SOURCE_DATE_EPOCH": "1790000000", "PATH": "/usr/bin:/bin"}
    outputs = {
        subprocess.run(
            command, capture_output=True, cwd=project, env={**environment, "PYTHONHASHSEED": seed}, check=False
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["generated_at"] == "2026-09-21T14:13:20Z"


def test_a_report_is_rendered_again_without_scanning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "t.yaml").write_text(FAULTY, "utf-8")
    _, report, _ = scan(capsys, "t.yaml")
    (project / "r.json").write_text(json.dumps(report), "utf-8")
    (project / "t.yaml").unlink()
    assert main(["report", "r.json"]) == 0
    assert "T has another name" in capsys.readouterr().out
    assert main(["report", "own/storage/own-rule.yaml"]) == 2
