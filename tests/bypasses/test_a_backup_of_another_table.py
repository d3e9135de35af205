"""A selection that names another table's ARN counted as one of each table: what a function could not decide about an id
kept that the id is never empty, and so was taken for true.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.language.expressions.functions import ANSWERS, FUNCTIONS
from tests.case_names import case_name

TEMPLATE = """
Parameters: {{Env: {{Type: String}}}}
Resources:
  Visits: {{Type: AWS::DynamoDB::Table, Properties: {{KeySchema: [{{AttributeName: pk, KeyType: HASH}}]}}}}
  Other: {{Type: AWS::DynamoDB::Table, Properties: {{KeySchema: [{{AttributeName: pk, KeyType: HASH}}]}}}}
  Named: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: !Sub "${{Env}}-named", KeySchema: []}}}}
  Daily:
    Type: AWS::Backup::BackupSelection
    Properties: {{BackupPlanId: p, BackupSelection: {{SelectionName: s, IamRoleArn: r, Resources: [{chosen}]}}}}
"""


@pytest.mark.parametrize(
    ("chosen", "passing"),
    [
        ("!GetAtt Other.Arn", {"Other"}),
        ('!Sub "arn:aws:dynamodb:us-east-1:111122223333:table/${Other}"', {"Other"}),
        ('!Sub "arn:aws:dynamodb:*:*:table/${Visits}-archive"', set()),
        ('!Sub "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Env}-other"', set()),
        ('!Sub "arn:aws:dynamodb:*:*:table/${Env}-n*"', {"Named"}),
        ('!Sub "arn:aws:rds:*:*:db:${Visits}"', set()),
    ],
    ids=case_name,
)
def test_another_tables_arn_is_no_backup(chosen: str, passing: set[str], tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE.format(chosen=chosen), "utf-8")
    report = tmp_path / "report.json"
    wanted = ["--select", "dynamodb-in-backup-plan", "--no-cache", "--format", f"json={report}"]
    main(["scan", str(tmp_path / "t.yaml"), *wanted])
    found = json.loads(report.read_text("utf-8"))["findings"]
    assert {each["resource"]["logical_id"] for each in found if each["verdict"] == "PASS"} == passing
    assert {each["verdict"] for each in found} <= {"PASS", "UNKNOWN"}


def test_every_function_that_answers_is_listed_as_one() -> None:
    assert {name for name, function in FUNCTIONS.items() if function.doc.startswith("whether")} == ANSWERS
