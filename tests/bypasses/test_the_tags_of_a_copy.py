"""The replica of a table has tags of its own: those of the table were taken for them, so that a condition on a tag that
the table does not have kept everybody from the copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import scan
from tests.inputs.terraform.plans import plan, resource, write

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
TENANCY = """
version: 1
account: "111122223333"
region: eu-west-1
tenant_id: {pattern: "[a-z]{4,12}", tags: [TenantId]}
owned: [{kind: dynamodb-item, table: Patients, key: "${tenant}"}]
"""


def said(folder: Path, region: str, stage: str, replicas: list[str]) -> set[str]:
    """Of a role that may read tables of a stage in a region."""
    (folder / ".git").mkdir(parents=True)
    (folder / "tenancy.yaml").write_text(TENANCY, "utf-8")
    read = {
        "Effect": "Allow",
        "Action": "dynamodb:GetItem",
        "Resource": f"arn:aws:dynamodb:{region}:111122223333:table/Patients",
        "Condition": {"StringEquals": {"aws:ResourceTag/Stage": stage}},
    }
    table = {
        "name": "Patients",
        "hash_key": "pk",
        "attribute": [{"name": "pk", "type": "S"}],
        "billing_mode": "PAY_PER_REQUEST",
        "tags": {"Stage": "prod"},
        "replica": [{"region_name": each} for each in replicas],
    }
    policy = {"role": "app", "name": "p", "policy": json.dumps({"Version": "2012-10-17", "Statement": [read]})}
    content = plan(
        resource("aws_iam_role.app", {"name": "app", "assume_role_policy": json.dumps(TRUST)}),
        resource("aws_iam_role_policy.p", policy),
        resource("aws_dynamodb_table.t", table),
    )
    report = scan(write(folder, content)).report
    return {each["proof"]["verdict"] for each in report["findings"] if each.get("proof")}


@pytest.mark.parametrize(
    ("region", "stage", "replicas", "expected"),
    [
        ("eu-west-1", "prod", [], "LEAK"),
        ("eu-west-1", "dr", [], "ISOLATED"),
        ("eu-west-1", "dr", ["eu-central-1"], "ISOLATED"),
        ("eu-central-1", "dr", ["eu-central-1"], "NOT_PROVEN"),
        ("eu-central-1", "prod", ["eu-central-1"], "NOT_PROVEN"),
    ],
)
def test_what_tags_a_copy_has_is_in_no_file(
    region: str, stage: str, replicas: list[str], expected: str, tmp_path: Path
) -> None:
    assert said(tmp_path / "p", region, stage, replicas) - {"ISOLATED"} == {expected} - {"ISOLATED"}


ROLE = {"name": "app", "assume_role_policy": json.dumps(TRUST), "tags": {"TenantId": "acme"}}
OWN = {"StringEquals": {"aws:ResourceTag/TenantId": "acme"}}


@pytest.mark.parametrize(
    ("region", "kind", "expected"),
    [
        ("eu-west-1", "table", "ISOLATED"),
        ("eu-central-1", "table", "NOT_PROVEN"),
        ("eu-west-1", "secret", "ISOLATED"),
        ("eu-central-1", "secret", "ISOLATED"),
    ],
)
@pytest.mark.parametrize("owned", ["silo", "tagged"])
def test_so_is_what_belongs_to_one_tenant(region: str, kind: str, expected: str, owned: str, tmp_path: Path) -> None:
    """A secret's tags go along with its replicas, a table's do not."""
    (tmp_path / ".git").mkdir()
    types = {"table": "AWS::DynamoDB::Table", "secret": "AWS::SecretsManager::Secret"}
    session = '{name: app, roles: ["app"], tenant_key: "aws:PrincipalTag/TenantId", present: always, binders: ["*"]}'
    entry = f"sessions: [{session}]\nowned: [{{kind: tagged, types: [{types[kind]}], tag: TenantId}}]\n"
    tenancy = TENANCY[: TENANCY.index("owned")] + (entry if owned == "tagged" else "")
    (tmp_path / "tenancy.yaml").write_text(tenancy, "utf-8")
    action, what = (
        ("dynamodb:GetItem", "table/Theirs") if kind == "table" else ("secretsmanager:GetSecretValue", "secret:t-*")
    )
    service = action.partition(":")[0]
    read = {
        "Effect": "Allow",
        "Action": action,
        "Resource": f"arn:aws:{service}:{region}:111122223333:{what}",
        "Condition": OWN
        if owned == "silo"
        else {"StringEquals": {"aws:ResourceTag/TenantId": "${aws:PrincipalTag/TenantId}"}},
    }
    theirs = {"tags": {"TenantId": "globex"}}
    copied = [{"region_name": "eu-central-1"}], [{"region": "eu-central-1"}]
    table = {"name": "Theirs", "hash_key": "pk", "attribute": [{"name": "pk", "type": "S"}], "replica": copied[0]}
    made = (
        resource("aws_dynamodb_table.t", {**table, **theirs, "billing_mode": "PAY_PER_REQUEST"})
        if kind == "table"
        else resource("aws_secretsmanager_secret.t", {"name": "t-globex", "replica": copied[1], **theirs})
    )
    policy = {"role": "app", "name": "p", "policy": json.dumps({"Version": "2012-10-17", "Statement": [read]})}
    role = ROLE if owned == "silo" else {**ROLE, "tags": {}}
    content = plan(resource("aws_iam_role.app", role), resource("aws_iam_role_policy.p", policy), made)
    report = scan(write(tmp_path, content)).report
    asked = ("tenant-sessions-cannot-escalate", "tenant-tag-not-caller-chosen")
    found = {each["proof"]["verdict"] for each in report["findings"] if each.get("proof") and each["rule"] not in asked}
    assert found == {expected}
