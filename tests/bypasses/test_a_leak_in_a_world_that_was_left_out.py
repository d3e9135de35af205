"""What holds in the worlds that were tried is no proof where others were left out, and was one where a further choice
was met on the way: what the proof remembers forgot that its world was one of a few.

Of more than six conditional statements only those worlds are tried that are near to all true or all false. A leak that
takes two conditions to be true and two to be false stands in none of them, so it may only be said where no world is
needed: of the most that the policies may allow.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import Options, scan

RULE = "dynamodb-items-stay-with-tenant"
TENANCY = """
version: 1
account: "111122223333"
region: us-east-1
tenant_id: {pattern: "[a-z0-9-]{1,36}", tags: [TenantId]}
sessions:
- name: app
  roles: ["arn:aws:iam::111122223333:role/AppRole"]
  tenant_key: aws:PrincipalTag/TenantId
  present: always
  binders: ["arn:aws:iam::111122223333:role/token-vending"]
owned: [{kind: dynamodb-item, table: Patients, key: "TENANT#${tenant}"}]
"""
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/Patients"
BROKER = '"arn:aws:iam::111122223333:role/token-vending"'
NOTHING = '!Ref "AWS::NoValue"'
ALL = f'{{Effect: Allow, Action: "dynamodb:GetItem", Resource: "{TABLE}"}}'
NONE = '{Effect: Deny, Action: "dynamodb:GetItem", Resource: "*"}'
ACTIONS = ("Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")


def own(number: int, action: str = "") -> str:
    named = action or f'"dynamodb:{ACTIONS[number % len(ACTIONS)]}"'
    keys = '{"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}"]}}'
    return f'{{Effect: Allow, Action: {named}, Resource: "{TABLE}", Condition: {keys}}}'


def when(number: int, then: str, otherwise: str = NOTHING) -> str:
    return f"!If [C{number}, {then}, {otherwise}]"


def template(*statements: str) -> str:
    chosen = range(32)
    listed = "\n".join(f"            - {each}" for each in statements)
    return f"""
Parameters: {{{", ".join(f"P{at}: {{Type: String}}" for at in chosen)}}}
Conditions: {{{", ".join(f"C{at}: !Equals [!Ref P{at}, x]" for at in chosen)}}}
Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: AppRole
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{AWS: {BROKER}}}, Action: ["sts:AssumeRole", "sts:TagSession"]}}]
      Policies:
      - PolicyName: p
        PolicyDocument:
          Version: "2012-10-17"
          Statement:
{listed}
  Patients:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Patients
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{{AttributeName: pk, KeyType: HASH}}]
      AttributeDefinitions: [{{AttributeName: pk, AttributeType: S}}]
"""


def said(folder: Path, text: str) -> str:
    (folder / "tenancy.yaml").write_text(TENANCY, "utf-8")
    (folder / "t.yaml").write_text(text, "utf-8")
    report = scan(options=Options(paths=[folder], select=[RULE])).report
    (found,) = [each for each in report["findings"] if each["resource"]["logical_id"] == "AppRole"]
    return str(found["verdict"])


# A leak where C1 and C2 are true, C3 and C4 false.
HIDDEN = (
    own(0),
    when(1, ALL),
    when(2, NOTHING, NONE),
    when(3, NONE),
    when(4, NONE),
    *(when(n, own(n)) for n in range(5, 10)),
)


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ("", ""),
        ("RoleName: AppRole", f"RoleName: AppRole\n      Path: !If [C20, /, {NOTHING}]"),
        ("RoleName: AppRole", "RoleName: AppRole\n      Tags: [{Key: a, Value: !If [C20, x, y]}]"),
        (f"Principal: {{AWS: {BROKER}}}", f"Principal: {{AWS: !If [C20, {BROKER}, {BROKER}]}}"),
        ("Type: AWS::DynamoDB::Table", "Condition: C20\n    Type: AWS::DynamoDB::Table"),
    ],
    ids=["alone", "path", "tags", "trust", "table"],
)
def test_a_leak_in_a_world_that_is_not_tried_is_not_ruled_out(tmp_path: Path, written: str, chosen: str) -> None:
    text = template(*HIDDEN)
    assert written in text
    assert said(tmp_path, text.replace(written, chosen) if written else text) == "UNKNOWN"


def most(*first: str) -> tuple[str, ...]:
    return (own(0), *first, *(when(n, own(n)) for n in range(13)))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param(most(), "PASS", id="each its own tenant's"),
        pytest.param(
            (own(0), *(own(n, when(n, '"dynamodb:Query"', '"dynamodb:PutItem"')) for n in range(14))),
            "PASS",
            id="choices inside",
        ),
        pytest.param((own(0), *(when(n, own(n), own(n + 1)) for n in range(14))), "PASS", id="either"),
        # Where none of them is there it reaches nothing at all, which is no proof.
        pytest.param(tuple(when(n, own(n)) for n in range(14)), "UNKNOWN", id="none may be there"),
        pytest.param(most(NONE, when(13, ALL)), "PASS", id="a sure deny"),
        # Both rest on one condition; the bounds do not know that.
        pytest.param(most(when(13, ALL), when(13, NONE)), "UNKNOWN", id="denied together"),
        pytest.param(most(when(13, ALL)), "FAIL", id="one of them all"),
        pytest.param(most(when(13, own(1), ALL)), "FAIL", id="all otherwise"),
        pytest.param(most(ALL, when(13, NONE)), "FAIL", id="a deny that may not be there"),
    ],
)
def test_independent_statements_need_no_world_for_each_combination(
    tmp_path: Path, statements: tuple[str, ...], expected: str
) -> None:
    assert said(tmp_path, template(*statements)) == expected
