"""Entries that mean nothing of what was scanned are told at their place, with what was probably meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main

TEMPLATE = """
Resources:
  TaskRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app-lakeside-task
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
"""
TENANCY = """version: 1
tenant_id: {pattern: "[a-z]{4,12}", tags: [TenantId]}
"""
HERE = "us-east-1:111122223333"


def _report(folder: Path, capsys: pytest.CaptureFixture[bytes], more: str) -> dict[str, Any]:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "tenancy.yaml").write_text(TENANCY + more)
    (folder / "t.yaml").write_text(TEMPLATE)
    main(["scan", "--format", "json", str(folder / "t.yaml")])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


@pytest.mark.parametrize(
    ("entry", "said", "hint"),
    [
        ('principals:\n  - {role: "app-${tenant}-tasks", because: x}\n', "no role", "app-lakeside-task"),
        ('principals:\n  - {role: "batch-${tenant}", because: x}\n', "no role", None),
        (f'owned:\n  - {{kind: arn, arn: "arn:aws:sqss:{HERE}:t-${{tenant}}"}}\n', "no action", "sqs"),
        (f'owned:\n  - {{kind: arn, arn: "arn:aws:dynamodb:{HERE}:tabel/${{tenant}}"}}\n', "no action", "table"),
        ("owned:\n  - {kind: tagged, types: [AWS::SQS::Queu], tag: TenantId}\n", "no action", "AWS::SQS::Queue"),
    ],
)  # fmt: skip
def test_an_entry_that_means_nothing_is_a_warning_at_its_place(
    entry: str, said: str, hint: str | None, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    # The second time it is known from the cache, and told all the same.
    for _ in range(2):
        (problem,) = (
            each for each in _report(tmp_path, capsysbinary, entry)["errors"] if "tenancy.yaml" in each["path"]
        )
        assert (problem["level"], problem["line"]) == ("warning", 4)
        assert said in problem["message"]
        assert problem.get("hint") == (hint and f"did you mean `{hint}`?")


@pytest.mark.parametrize(
    "entry",
    [
        'principals:\n  - {role: "app-${tenant}-task", because: x}\n',
        'principals:\n  - {stack: "${tenant}-*", because: x}\n',
        f'owned:\n  - {{kind: arn, arn: "arn:aws:sqs:{HERE}:t-${{tenant}}"}}\n',
        "owned:\n  - {kind: tagged, types: [AWS::SQS::Queue], tag: TenantId}\n",
    ],
)
def test_an_entry_that_may_mean_something_is_not_told(
    entry: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert [each for each in _report(tmp_path, capsysbinary, entry)["errors"] if "tenancy" in each["path"]] == []


def test_a_finding_says_whose_a_role_is_that_carries_no_tag(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    named = 'principals:\n  - {role: "app-${tenant}-task", because: x}\n'
    by_arn = 'owned:\n  - {kind: arn, arn: "arn:aws:iam::*:role/app-${tenant}-task"}\n'
    for entry, tenant in ((named, "lakeside"), (by_arn, "lakeside"), ("", None)):
        findings = _report(tmp_path, capsysbinary, entry)["findings"]
        assert {each["resource"]["tenant"] for each in findings if each["resource"]["logical_id"] == "TaskRole"} == {
            tenant
        }
