"""`scan --since`: a change is judged by what lay there before it, and what it loosens fails unless it is approved."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from tests.case_names import case_name
from tests.conftest import Requires

OPEN = (
    "Resources:\n  Bad: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false, PubliclyAccessible: true}}\n"
)
SOUND = "Resources:\n  Good: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: alias/x}}\n"
EXCEPTION = """\
- rule: rds-encrypted
  resource: "*"
  because: accepted in this test for no other reason
  owner: b@b.example
  approved_by: {by}
  until: 2027-06-30
"""
TENANCY = "version: 1\ntenant_id: {pattern: '[a-z]{3,20}', tags: [TenantId]}\n"
TRUST = "trusted: [{role: '*', because: 'deploys are reviewed by two people', owner: b@b.example, approved_by: %s}]\n"
Commit = Callable[[dict[str, str | None]], None]


@pytest.fixture
def commit(tmp_path: Path, requires: Requires, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Commits these files to a new repository, where the test is, too; None removes one."""
    program = requires("git")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "clinic").mkdir()
    monkeypatch.chdir(tmp_path / "clinic")

    def git(*arguments: str) -> None:
        command = [program, "-c", "user.name=A", "-c", "user.email=a@b.example", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def run(files: dict[str, str | None]) -> None:
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                Path(name).unlink()
            else:
                Path(name).write_text(text, "utf-8")
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message=change")

    git("init", "--quiet", "--initial-branch=main")
    return run


def scan(capsys: pytest.CaptureFixture[str], *more: str, path: str = ".") -> tuple[int, ReportDocument]:
    code = main(["scan", path, "--since", "HEAD~1", "--no-cache", "--as-of", "2026-11-30", *more, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def of(report: ReportDocument, rule: str) -> list[str]:
    return [each["message"] for each in report["findings"] if each["rule"] == rule and each["verdict"] == "FAIL"]


LOOSENINGS: dict[str, tuple[dict[str, str | None], dict[str, str | None]]] = {
    "every rule off": ({}, {"tenantproof.yaml": 'skip: ["*"]\n'}),
    "one rule off": ({}, {"tenantproof.yaml": "skip: [rds-encrypted]\n"}),
    "other rules only": ({}, {"tenantproof.yaml": "select: [s3-access-logs]\n"}),
    "a rule more off": ({"tenantproof.yaml": "skip: [s3-*]\n"}, {"tenantproof.yaml": "skip: [s3-*, rds-*]\n"}),
    "paths excluded": ({}, {"tenantproof.yaml": "exclude: [b.yaml]\n"}),
    "a threshold": ({"tenantproof.yaml": "fail_on: low\n"}, {"tenantproof.yaml": "fail_on: critical\n"}),
    "a severity": (
        {},
        {"tenantproof.yaml": "severities: {rds-encrypted: {severity: low, because: it is only a test of ours}}\n"},
    ),
    "the configuration goes": ({"tenantproof.yaml": "fail_on: low\n"}, {"tenantproof.yaml": None}),
    "an exception": ({}, {"exceptions.yaml": EXCEPTION.format(by="c@b.example")}),
    "a longer exception": (
        {"exceptions.yaml": EXCEPTION.format(by="c@b.example")},
        {"exceptions.yaml": EXCEPTION.format(by="c@b.example").replace("2027-06-30", "2027-11-30")},
    ),
    "a trust": ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": TENANCY + TRUST % "c@b.example"}),
    "a trust with the first tenancy": ({}, {"tenancy.yaml": TENANCY + TRUST % "c@b.example"}),
    "the tenancy goes": ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": None}),
    "an owned store less": (
        {"tenancy.yaml": TENANCY + "owned: [{kind: s3-object, bucket: scans, key: 't-${tenant}/*'}]\n"},
        {"tenancy.yaml": TENANCY},
    ),
    "another pattern": ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": TENANCY.replace("{3,20}", "{1,2}")}),
    "exceptions in templates": ({}, {"exceptions.yaml": "- templates: allowed\n"}),
    "an exception beside the resource": (
        {"exceptions.yaml": "- templates: allowed\n"},
        {
            "b.yaml": OPEN.replace(
                "Type: AWS::RDS::DBInstance,",
                "Type: AWS::RDS::DBInstance, Metadata: {tenantproof: {exceptions: [{rule: rds-encrypted, because: "
                "accepted in this test for no other reason, owner: b@b.example, approved_by: c@b.example, "
                "until: 2027-06-30}]}},",
            )
        },
    ),
}


@pytest.mark.parametrize("name", LOOSENINGS)
def test_what_a_change_loosens_does_not_judge_it_and_is_told_first(
    name: str, commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = LOOSENINGS[name]
    commit({"a.yaml": SOUND, **before})
    commit({"b.yaml": OPEN, **after})
    code, report = scan(capsys)
    assert code == 1
    assert of(report, "gate-not-loosened")
    assert report["findings"][0]["rule"] == "gate-not-loosened"
    if "longer" not in name:
        assert of(report, "rds-encrypted"), "the rule that the change would have silenced"


@pytest.mark.parametrize(
    ("by", "flag", "code"),
    [("c@b.example", True, 0), ("c@b.example", False, 1), ("a@b.example", True, 1), ("A@B.example ", True, 1)],
)
def test_an_exception_counts_where_another_approved_it_and_the_run_allows_it(
    by: str, flag: bool, code: int, commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": SOUND})
    commit({"b.yaml": OPEN, "exceptions.yaml": EXCEPTION.format(by=f"'{by}'")})
    more = ["--select", "rds-encrypted", *(["--allow-loosening"] if flag else [])]
    got, report = scan(capsys, *more)
    assert got == code, of(report, "gate-not-loosened")
    assert any(each["message"].startswith("loosened, approved by") for each in report["errors"]) is (code == 0)


def test_a_configuration_counts_where_another_approved_it(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": SOUND})
    commit({"b.yaml": OPEN, "tenantproof.yaml": "skip: [rds-*, hipaa-*]\napproved_by: c@b.example\n"})
    assert scan(capsys)[0] == 1
    assert scan(capsys, "--allow-loosening")[0] == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tenantproof.yaml": "fail_on: critical\n"}, {"tenantproof.yaml": "fail_on: low\n"}),
        ({"tenantproof.yaml": "skip: [rds-*]\n"}, {"tenantproof.yaml": "fail_on: high\n"}),
        ({"exceptions.yaml": EXCEPTION.format(by="c@b.example")}, {"exceptions.yaml": None}),
        ({"tenancy.yaml": TENANCY + TRUST % "c@b.example"}, {"tenancy.yaml": TENANCY}),
        (
            {"tenancy.yaml": TENANCY},
            {"tenancy.yaml": TENANCY + "owned: [{kind: s3-object, bucket: b, key: '${tenant}/*'}]\n"},
        ),
        ({}, {"tenancy.yaml": TENANCY}),
        ({}, {"tenantproof.yaml": "fail_on: low\n"}),
    ],
    ids=case_name,
)
def test_tightening_never_fails(
    before: dict[str, str | None],
    after: dict[str, str | None],
    commit: Commit,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit({"a.yaml": SOUND, **before})
    commit(after)
    code, report = scan(capsys)
    assert of(report, "gate-not-loosened") == []
    assert code == 0


@pytest.mark.parametrize(
    "hide",
    [
        {"infra/pyvenv.cfg": "home = /usr\n"},
        {"infra/manifest.json": '{"version":"36.0.0","artifacts":{}}'},
        {"infra/manifest.json": '{"schema":"tenantproof-snapshot/1"}'},
        {"infra/b.yaml": "no: template\n"},
    ],
)
def test_a_template_that_is_still_there_is_still_read(
    hide: dict[str, str | None], commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": SOUND, "infra/b.yaml": OPEN})
    commit(hide)
    code, report = scan(capsys)
    assert code in (1, 2)
    read = {each.get("path") for each in report["inputs"]}
    assert "infra/b.yaml" in read or of(report, "inputs-not-hidden")


def test_a_template_that_is_deleted_is_a_note(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": SOUND, "b.yaml": OPEN})
    commit({"b.yaml": None})
    code, report = scan(capsys)
    assert code == 0
    assert "1 input of revision `HEAD~1` is not there any more" in [each["message"] for each in report["errors"]]


def test_no_rule_at_all_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.yaml").write_text(OPEN, "utf-8")
    assert main(["scan", str(tmp_path), "--skip", "*"]) == 2
    assert "no findings" not in capsys.readouterr().out
