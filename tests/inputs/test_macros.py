"""What a macro over a whole template leaves open, and how often that is told."""

from __future__ import annotations

from pathlib import Path

from scanner.outputs.shared.folding import fold
from scanner.scanning import Options, scan

ROLE = """
  %s:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
"""
TEMPLATE = """
Transform: OurMacro
Resources:
  Patients: {Type: AWS::DynamoDB::Table, DeletionPolicy: Delete, Properties: {TableName: Patients}}
""" + "".join(ROLE % name for name in ("One", "Two", "Three"))
TENANCY = """
version: 1
tenant_id: {pattern: '[a-z0-9-]{1,36}', tags: [TenantId]}
sessions: [{name: app, roles: [One, Two, Three], tenant_key: aws:PrincipalTag/TenantId, present: always}]
owned: [{kind: dynamodb-item, table: Patients, key: 'TENANT#${tenant}'}]
"""


def test_a_macro_is_told_once_and_not_role_by_role(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "tenancy.yaml").write_text(TENANCY, "utf-8")
    report = scan(options=Options(paths=(tmp_path,))).report
    waiting = [each for each in report["findings"] if (each.get("unknown") or {}).get("cause") == "macro"]
    assert {each["rule"] for each in waiting} >= {"dynamodb-items-stay-with-tenant", "tenant-sessions-cannot-escalate"}
    assert [each.detail for each in fold(waiting)] == ["macro `OurMacro` is run at deployment"]


def test_it_may_change_what_becomes_of_a_resource(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "tenancy.yaml").write_text(TENANCY, "utf-8")
    report = scan(options=Options(paths=(tmp_path,), select=("tenant-data-survives-stack-deletion",))).report
    assert [each["verdict"] for each in report["findings"] if each["resource"]["logical_id"] == "Patients"] == [
        "UNKNOWN"
    ]
