"""Only what is new: `--baseline`, `--write-baseline` and `diff`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from tests.conftest import SHARED

PROBE = SHARED / "cases" / "probes" / "baseline"
RULE = "s3-access-logs"
FAULTY = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"
SOUND = FAULTY + "    Properties:\n      LoggingConfiguration: {DestinationBucketName: logs}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`a` has a fault, `b` has none."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("a", FAULTY), ("b", SOUND)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.yaml").write_text(text, "utf-8")
    return tmp_path


def scan(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, ReportDocument]:
    code = main(["scan", *arguments, "--select", RULE, "--format", "json", "--fail-on", "low"])
    return code, json.loads(capsys.readouterr().out)


def test_what_the_baseline_holds_does_not_fail_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = scan(capsys, ".", "--write-baseline", "base.json")
    assert code == 1
    assert "baseline" not in report
    code, report = scan(capsys, ".", "--baseline", "base.json")
    assert code == report["exit_code"] == 0
    assert [each.get("state") for each in report["findings"] if each["verdict"] == "FAIL"] == ["known"]
    assert report["baseline"]["known"] == 1 and report["baseline"]["new"] == 0


def test_a_fault_of_the_same_name_in_another_file_does_not_inherit(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan(capsys, ".", "--write-baseline", "base.json")
    (project / "a" / "t.yaml").write_text(SOUND, "utf-8")
    (project / "b" / "t.yaml").write_text(FAULTY, "utf-8")
    code, report = scan(capsys, ".", "--baseline", "base.json")
    assert code == 1
    assert report["baseline"]["new"] == 1
    assert [each["address"] for each in report["baseline"]["fixed"]] == ["a/t.yaml#Bucket"]
    assert main(["scan", ".", "--select", RULE, "--baseline", "base.json", "--fail-on", "low"]) == 1
    text = capsys.readouterr().out
    assert "since baseline base.json: 1 new, 0 known, 1 fixed" in text
    assert "1 new finding at or above low" in text


@pytest.mark.skipif(not PROBE.is_dir(), reason="the probes are not beside this checkout")
def test_the_probe_is_one_fixed_and_one_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(PROBE, tmp_path / "after")
    # Before the change it was the other way round.
    shutil.copytree(PROBE / "a", tmp_path / "before" / "b")
    shutil.copytree(PROBE / "b", tmp_path / "before" / "a")
    monkeypatch.chdir(tmp_path / "before")
    scan(capsys, ".", "--write-baseline", "../base.json")
    monkeypatch.chdir(tmp_path / "after")
    code, report = scan(capsys, ".", "--baseline", "../base.json")
    assert code == 1
    assert (report["baseline"]["new"], len(report["baseline"]["fixed"])) == (1, 1)


def test_a_file_that_is_left_out_is_not_called_fixed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan(capsys, ".", "--write-baseline", "base.json")
    code, report = scan(capsys, "b", "--baseline", "base.json")
    assert code == 0
    assert report["baseline"]["fixed"] == []
    assert report["baseline"]["unseen"] == 1


def test_moving_and_reformatting_keeps_a_finding_known(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan(capsys, ".", "--write-baseline", "base.json")
    (project / "a" / "t.yaml").write_text(
        "# x\nDescription: x\nResources:\n\n  Other: {Type: AWS::SNS::Topic}\n  Bucket: {Type: 'AWS::S3::Bucket'}\n",
        "utf-8",
    )
    assert scan(capsys, ".", "--baseline", "base.json")[0] == 0


def test_known_findings_are_listed_only_when_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["scan", ".", "--select", RULE]
    main([*arguments, "--write-baseline", "base.json"])
    capsys.readouterr()
    assert main([*arguments, "--baseline", "base.json"]) == 0
    assert "a/t.yaml:2" not in capsys.readouterr().out
    main([*arguments, "--baseline", "base.json", "--all"])
    assert "a/t.yaml:2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        ("nonsense", "not a JSON document"),
        ("{}", "not a document of the form"),
        ('{"schema": "tenantproof-baseline/1", "findings": [{"id": 1}]}', "finding 1 is not one of a baseline"),
    ],
)
def test_a_baseline_that_cannot_be_read_stops(
    project: Path, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    if content is not None:
        (project / "base.json").write_text(content, "utf-8")
    code, report = scan(capsys, ".", "--baseline", "base.json")
    assert code == 2
    assert said in report["errors"][0]["message"]
    assert report["findings"] == []


def test_no_baseline_is_written_where_nothing_was_judged(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", ".", "--select", "s3-acess-logs", "--write-baseline", "base.json"]) == 2
    assert not (project / "base.json").exists()


def test_diff_tells_new_fixed_and_unchanged(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["scan", ".", "--select", RULE, "--format"]
    (project / "c.yaml").write_text(FAULTY, "utf-8")
    main([*arguments, "json=old.json"])
    (project / "a" / "t.yaml").write_text(SOUND, "utf-8")
    (project / "b" / "t.yaml").write_text(FAULTY, "utf-8")
    main([*arguments, "json=new.json"])
    capsys.readouterr()
    assert main(["diff", "old.json", "new.json", "--fail-on", "low"]) == 1
    text = capsys.readouterr().out
    assert "1 new, 1 fixed, 1 unchanged" in text
    assert main(["diff", "old.json", "new.json", "--fail-on", "low", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [each["resource"]["address"] for each in document["new"]] == ["b/t.yaml#Bucket"]
    assert [each["address"] for each in document["fixed"]] == ["a/t.yaml#Bucket"]
    assert document["unchanged"] == 1
    assert main(["diff", "old.json", "new.json", "--fail-on", "never"]) == 0
    assert main(["diff", "new.json", "new.json", "--fail-on", "low"]) == 0


def test_diff_of_what_is_no_report_is_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "new.json").write_text('{"schema": "tenantproof-report/1", "findings": [{}]}', "utf-8")
    (project / "old.json").write_text('{"schema": "tenantproof-report/1", "findings": []}', "utf-8")
    assert main(["diff", "old.json", "new.json"]) == 2
    assert "is not a whole report" in capsys.readouterr().err


LOGGED = "{Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {DestinationBucketName: logs}}}"
TWO = FAULTY + f"  Other: {LOGGED}\n  Third: {LOGGED}\n"


def moved(report: ReportDocument) -> list[tuple[str, str | None, str | None]]:
    return [
        (each["resource"]["address"], each.get("state"), each.get("moved_from"))
        for each in report["findings"]
        if each["verdict"] == "FAIL"
    ]


@pytest.mark.parametrize("renamed", ["a/new.yaml", "c/d/t.yaml"])
def test_a_file_that_was_moved_brings_nothing_new(
    project: Path, capsys: pytest.CaptureFixture[str], renamed: str
) -> None:
    (project / "a" / "t.yaml").write_text(TWO, "utf-8")
    scan(capsys, ".", "--write-baseline", "base.json")
    (project / renamed).parent.mkdir(parents=True, exist_ok=True)
    (project / "a" / "t.yaml").rename(project / renamed)
    code, report = scan(capsys, ".", "--baseline", "base.json")
    assert code == 0
    assert moved(report) == [(f"{renamed}#Bucket", "known", "a/t.yaml")]
    baseline = report["baseline"]
    assert (baseline["new"], baseline["known"], baseline["moved"], len(baseline["fixed"])) == (0, 1, 1, 0)
    main(["scan", ".", "--select", RULE, "--baseline", "base.json"])
    assert "1 moved from a/t.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("how", "change"),
    [
        ("the file is still there", lambda folder: (folder / "c.yaml").write_text(TWO, "utf-8")),
        (
            "the other was there before",
            lambda folder: ((folder / "b" / "t.yaml").write_text(TWO, "utf-8"), (folder / "a" / "t.yaml").unlink()),
        ),
        (
            "too little is the same",
            lambda folder: (
                (folder / "c.yaml").write_text(FAULTY + f"  X: {LOGGED}\n", "utf-8"),
                (folder / "a" / "t.yaml").unlink(),
            ),
        ),
        (
            "the name is another",
            lambda folder: (
                (folder / "c.yaml").write_text(TWO.replace("Bucket:\n", "Bin:\n"), "utf-8"),
                (folder / "a" / "t.yaml").unlink(),
            ),
        ),
    ],
)
def test_what_is_no_move_is_new(
    project: Path, capsys: pytest.CaptureFixture[str], how: str, change: Callable[[Path], object]
) -> None:
    (project / "a" / "t.yaml").write_text(TWO, "utf-8")
    scan(capsys, ".", "--write-baseline", "base.json")
    change(project)
    code, report = scan(capsys, ".", "--baseline", "base.json")
    assert code == 1, how
    assert report["baseline"]["new"] == 1
    assert not report["baseline"]["moved"]


def test_a_file_that_is_there_and_not_scanned_covers_no_other(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan(capsys, ".", "--write-baseline", "base.json")
    (project / "c").mkdir()
    (project / "c" / "t.yaml").write_text(FAULTY, "utf-8")
    code, report = scan(capsys, "c", "--baseline", "base.json")
    assert (code, report["baseline"]["new"]) == (1, 1)


def test_one_entry_covers_one_of_two_copies(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan(capsys, ".", "--write-baseline", "base.json")
    (project / "a" / "t.yaml").unlink()
    for name in ("c.yaml", "d.yaml"):
        (project / name).write_text(FAULTY, "utf-8")
    code, report = scan(capsys, ".", "--baseline", "base.json")
    assert (code, report["baseline"]["new"], report["baseline"]["moved"]) == (1, 1, 1)


def test_entries_of_the_first_version_are_carried_over_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0.1.0 wrote neither fingerprints nor what is in the files, and worked ids out by what it saw."""
    entry = {"id": "0" * 16, "rule": RULE, "severity": "medium", "verdict": "FAIL", "address": "a/t.yaml#Bucket"}
    severity = next(each for each in scan(capsys, ".")[1]["findings"] if each["verdict"] == "FAIL")["severity"]
    entry["severity"] = severity
    (project / "base.json").write_text(json.dumps({"schema": "tenantproof-baseline/1", "findings": [entry]}), "utf-8")
    (project / "b" / "t.yaml").write_text(FAULTY, "utf-8")
    code, report = scan(capsys, ".", "--baseline", "base.json")
    assert code == 1
    assert [each[:2] for each in moved(report)] == [("a/t.yaml#Bucket", "known"), ("b/t.yaml#Bucket", "new")]
    assert report["baseline"]["carried_over"] == 1
