"""A project that takes its rules as of a version gets newer ones as notes: shown, and never its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.gate import is_later

QUEUE = """
Resources:
  Open:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [q]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*"}]}
"""


@pytest.mark.parametrize(("version", "code"), [(None, 1), ("0.1.0", 0), ("0.2.0", 1), ("1.0.0", 1)])
def test_a_rule_that_came_later_is_a_note(
    version: str | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.yaml").write_text(QUEUE, "utf-8")
    if version is not None:
        (tmp_path / "tenantproof.yaml").write_text(f"rules_as_of: {version}\n", "utf-8")
    report = tmp_path / "report.json"
    formats = ["--format", f"json={report}", "--format", "text"]
    assert main(["scan", str(tmp_path / "t.yaml"), "--no-cache", *formats]) == code
    told = json.loads(report.read_text("utf-8"))
    assert told["rules"]["data-policy-not-public"]["since"] == "0.2.0"
    assert told["exit_code"] == code
    assert [each["verdict"] for each in told["findings"] if each["rule"] == "data-policy-not-public"] == ["FAIL"]
    assert ("1 finding of rules newer than 0.1.0 waits" in capsys.readouterr().out) is (version == "0.1.0")


def test_versions_are_numbers() -> None:
    assert is_later("0.10.0", "0.9.0")
    assert not is_later("0.9.0", "0.10.0")
    assert not is_later("0.1.0", None)


def test_a_version_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.yaml").write_text(QUEUE, "utf-8")
    (tmp_path / "tenantproof.yaml").write_text("rules_as_of: newest\n", "utf-8")
    assert main(["scan", str(tmp_path / "t.yaml"), "--no-cache"]) == 2
    out = capsys.readouterr()
    assert "rules_as_of" in out.out + out.err
