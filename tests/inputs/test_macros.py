"""What a macro over a whole template leaves open, and how often that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.inputs.cloudformation.environment import Environment
from scanner.inputs.kinds import is_template
from scanner.model.unknown import Unknown
from scanner.model.world import World
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


INCLUDE = "{Name: AWS::Include, Parameters: {Location: s3://b/k.yaml}}"


@pytest.mark.parametrize(
    "text",
    [
        f"Transform: {INCLUDE}\n",
        f"Fn::Transform: {INCLUDE}\nDescription: d\n",
        "Transform: OurMacro\nParameters: {Stage: {Type: String}}\n",
        "---\n# of the platform team\n'Transform': [AWS::LanguageExtensions, OurMacro]\n",
        '{"Transform": "OurMacro", "Outputs": {}}',
        "AWSTemplateFormatVersion: 2010-09-09\nTransform: OurMacro\n",
    ],
)
def test_a_template_whose_resources_a_macro_makes_is_told_and_no_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.yaml").write_text(text, "utf-8")
    (tmp_path / "u.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}\n", "utf-8")
    report = scan(options=Options(paths=(tmp_path,))).report
    assert report["errors"] == []
    assert "run at deployment" in str(report["coverage"])
    assert {str(each["path"]) for each in report["inputs"] if "path" in each} == {"t.yaml", "u.yaml"}


@pytest.mark.parametrize(
    "text",
    ["Transform: AWS::Serverless-2016-10-31\n", "Transform: AWS::LanguageExtensions\nMappings: {}\n"],
    ids=["SAM", "loops"],
)
def test_one_without_resources_is_an_error_where_no_macro_makes_any(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.yaml").write_text(text, "utf-8")
    (error,) = scan(options=Options(paths=(tmp_path,))).report["errors"]
    assert "no section `Resources`" in error["message"]


@pytest.mark.parametrize(
    "text",
    [
        "Transform: {x: 1}\n",
        "Transform: OurMacro\nversion: 1\n",
        "steps:\n  - Transform: OurMacro\n    Parameters: {}\n",
        '[{"Transform": "OurMacro", "Outputs": {}}]',
        "Parameters: {A: {Type: String}}\n",
    ],
)
def test_what_only_has_words_of_templates_is_none(text: str) -> None:
    assert not is_template(text.encode())


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("!Rain::Module ../modules/bucket.yaml", "`rain pkg` writes what it becomes"),
        ("Clinic::S3::Bucket::MODULE", "`aws cloudformation get-template --template-stage Processed` writes"),
    ],
)
def test_a_module_is_told_with_what_puts_it_in(tmp_path: Path, kind: str, advice: str) -> None:
    (tmp_path / "t.yaml").write_text(f"Resources:\n  Documents:\n    Type: {kind}\n", "utf-8")
    report = scan(options=Options(paths=(tmp_path,))).report
    assert report["errors"] == []
    assert advice in str(report["coverage"])


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("AWS::AccountId", "pass --account"),
        ("AWS::Region", "pass --region"),
        ("AWS::StackName", "a CDK assembly or a snapshot of the account has it"),
        ("AWS::StackId", "a snapshot of the account has it"),
    ],
)
def test_a_pseudo_parameter_is_told_with_what_has_its_value(name: str, advice: str) -> None:
    read = Environment("t.yaml").read(name, World(), {})
    assert isinstance(read, Unknown)
    assert read.detail.endswith(f"; {advice}")
