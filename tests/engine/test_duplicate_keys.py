"""CloudFormation takes the last of two equal keys; a reader may have seen the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.scanning import scan

YAML = """\
Resources:
  Patients:
    Type: AWS::DynamoDB::Table
    Properties:
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      TableName: Patients
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: false}
"""
JSON = '{"Resources": {\n"A": {"Type": "AWS::SNS::Topic"},\n"A": {"Type": "AWS::DynamoDB::Table"}}}'


@pytest.mark.parametrize(
    ("name", "text", "lines", "logical_id"), [("t.yaml", YAML, [5, 7], "Patients"), ("t.json", JSON, [2, 3], "A")]
)
def test_both_places_are_told(tmp_path: Path, name: str, text: str, lines: list[int], logical_id: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    report = scan(tmp_path / name).report
    (finding,) = [each for each in report["findings"] if each["rule"] == "template-keys-are-unique"]
    assert finding["verdict"] == "FAIL"
    assert finding["resource"]["logical_id"] == logical_id
    assert [each["line"] for each in finding["evidence"]] == lines
    assert report["rules"]["template-keys-are-unique"]["severity"] == "high"
    assert report["exit_code"] == 1


def test_the_last_one_is_judged(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML, "utf-8")
    findings = scan(tmp_path / "t.yaml").report["findings"]
    assert [each["verdict"] for each in findings if each["rule"] == "dynamodb-pitr"] == ["FAIL"]
