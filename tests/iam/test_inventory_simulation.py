"""Concrete requests about what is in the files: every way that a policy reaches a principal or stands on a resource."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent, indent

import pytest

from scanner.base.problem import ProblemsError
from scanner.cli.main import main
from scanner.iam.inventory_simulation import ask
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from tests.case_names import case_name

ACCOUNT, REGION = "111122223333", "us-east-1"
ALLOW = "{Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'dynamodb:GetItem', Resource: !GetAtt Table.Arn}]}"
DENY = "{Version: '2012-10-17', Statement: [{Effect: Deny, Action: 'dynamodb:*', Resource: '*'}]}"
INLINE = f"Policies: [{{PolicyName: p, PolicyDocument: {ALLOW}}}]"
REFUSED = f"Policies: [{{PolicyName: p, PolicyDocument: {DENY}}}]"
TRUST = (
    "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, "
    "Action: 'sts:AssumeRole'}]}"
)


def own(kind: str, properties: str, document: str = ALLOW) -> str:
    """A policy that is a resource of its own."""
    return f"P: {{Type: AWS::IAM::{kind}, Properties: {{{properties}, PolicyDocument: {document}}}}}"


def decided(
    tmp_path: Path,
    role: str,
    more: str = "",
    head: str = "",
    action: str = "dynamodb:GetItem",
    resource: str = "Table",
    **request: object,
) -> dict[str, object]:
    template = (
        f"{dedent(head)}\nResources:\n  Table: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: Orders}}}}\n"
        f"  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n"
        + indent(dedent(role).strip(), "      ")
        + "\n"
        + indent(dedent(more).strip(), "  ")
        + "\n"
    )
    (tmp_path / "t.yaml").write_text(template, "utf-8")
    reading = read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings(account=ACCOUNT, region=REGION))
    assert not reading.problems, reading.problems
    question = {"request": {"principal": "Role", "action": action, "resource": resource, **request}}
    return ask(question, reading.inventory, "question")


@pytest.mark.parametrize(
    ("role", "more", "decision"),
    [
        ("", "", "IMPLICIT_DENY"),
        (INLINE, "", "ALLOWED"),
        ("", own("Policy", "PolicyName: p, Roles: [!Ref Role]"), "ALLOWED"),
        ("", own("RolePolicy", "PolicyName: p, RoleName: !Ref Role"), "ALLOWED"),
        ("", own("ManagedPolicy", "Roles: [!Ref Role]"), "ALLOWED"),
        ("ManagedPolicyArns: [!Ref P]", own("ManagedPolicy", "Description: d"), "ALLOWED"),
        ("ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess']", "", "ALLOWED"),
        ("ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/AmazonDynamoDBFullAccess']", "", "ALLOWED"),
        ("ManagedPolicyArns: ['arn:aws:iam::aws:policy/NoSuchPolicyOfAws']", "", "UNKNOWN"),
        ("ManagedPolicyArns: [!ImportValue elsewhere]", "", "UNKNOWN"),
        (
            INLINE,
            own("Policy", "PolicyName: d, Roles: [!Ref Role]", DENY),
            "EXPLICIT_DENY",
        ),
        (INLINE + "\nManagedPolicyArns: [!ImportValue elsewhere]", "", "UNKNOWN"),
        (
            INLINE + "\nPermissionsBoundary: arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
            "",
            "IMPLICIT_DENY",
        ),
        (INLINE + "\nPermissionsBoundary: !ImportValue limit", "", "UNKNOWN"),
        (REFUSED + "\nPermissionsBoundary: !ImportValue limit", "", "EXPLICIT_DENY"),
        ("Policies: !ImportValue policies", "", "UNKNOWN"),
    ], ids=case_name,
)  # fmt: skip
def test_every_policy_that_reaches_a_role_counts(tmp_path: Path, role: str, more: str, decision: str) -> None:
    assert decided(tmp_path, role, more)["decision"] == decision


RESOURCES = {
    "s3:GetObject Bucket/a": """
        Bucket: {Type: AWS::S3::Bucket}
        P:
          Type: AWS::S3::BucketPolicy
          Properties: {Bucket: !Ref Bucket, PolicyDocument: POLICY}
    """,
    "sqs:SendMessage Queue": """
        Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
        P: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: POLICY}}
    """,
    "sns:Publish Topic": """
        Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: t}}
        P: {Type: AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref Topic], PolicyDocument: POLICY}}
    """,
    "kms:Decrypt Key": "Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: POLICY}}",
    "ecr:BatchGetImage Repo": (
        "Repo: {Type: AWS::ECR::Repository, Properties: {RepositoryName: r, RepositoryPolicyText: POLICY}}"
    ),
    "backup:CopyFromBackupVault Vault": (
        "Vault: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: v, AccessPolicy: POLICY}}"
    ),
}
TO_ROLE = (
    "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {AWS: !GetAtt Role.Arn}, "
    "Action: ACTION, Resource: '*'}]}"
)


@pytest.mark.parametrize("asked", RESOURCES)
def test_the_policy_on_a_resource_counts(tmp_path: Path, asked: str) -> None:
    action, resource = asked.split(" ")
    written = RESOURCES[asked]
    granted = written.replace("POLICY", TO_ROLE.replace("ACTION", f"'{action}'"))
    assert decided(tmp_path, "", granted, action=action, resource=resource)["decision"] == "ALLOWED"
    refused = written.replace("POLICY", TO_ROLE.replace("ACTION", "'none:None'"))
    assert decided(tmp_path, "", refused, action=action, resource=resource)["decision"] == "IMPLICIT_DENY"
    unread = written.replace("POLICY", "!ImportValue policy")
    assert decided(tmp_path, "", unread, action=action, resource=resource)["decision"] == "UNKNOWN"


def test_a_permission_is_a_statement_of_the_function(tmp_path: Path) -> None:
    written = """
        Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: f, Role: !GetAtt Role.Arn, Code: {}}}
        P:
          Type: AWS::Lambda::Permission
          Properties:
            FunctionName: !Ref Function
            Action: lambda:InvokeFunction
            Principal: !GetAtt Role.Arn
    """
    asked = {"action": "lambda:InvokeFunction", "resource": "Function"}
    assert decided(tmp_path, "", written, **asked)["decision"] == "ALLOWED"  # type: ignore[arg-type]  # both are strings
    elsewhere = written.replace("!GetAtt Role.Arn\n    ", "s3.amazonaws.com\n    ")
    assert decided(tmp_path, "", elsewhere, **asked)["decision"] == "IMPLICIT_DENY"  # type: ignore[arg-type]  # likewise


def test_answers_that_differ_between_worlds_are_unknown_and_listed(tmp_path: Path) -> None:
    head = """
        Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}
        Conditions: {IsProd: !Equals [!Ref Env, prod]}
    """
    role = f"Policies: [!If [IsProd, {{PolicyName: p, PolicyDocument: {ALLOW}}}, !Ref AWS::NoValue]]"
    answer = decided(tmp_path, role, head=head)
    assert answer["decision"] == "UNKNOWN"
    worlds = answer["worlds"]
    assert isinstance(worlds, list)
    assert {(each["world"]["IsProd"], each["decision"]) for each in worlds} == {
        (True, "ALLOWED"),
        (False, "IMPLICIT_DENY"),
    }


def test_a_principal_that_is_not_there_is_told_with_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"`Rool` names no principal of the files, did you mean `Role`\?"):
        decided(tmp_path, "", principal="Rool")


def test_the_command_asks_about_templates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decided(tmp_path, f"Policies: [{{PolicyName: p, PolicyDocument: {ALLOW}}}]")
    question = {"request": {"action": "dynamodb:GetItem", "resource": "Table"}}
    (tmp_path / "q.json").write_text(json.dumps(question), "utf-8")
    place = ["--account", ACCOUNT, "--region", REGION]
    code = main(
        ["simulate", str(tmp_path / "q.json"), "--template", str(tmp_path / "t.yaml"), "--principal", "Role", *place]
    )
    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["decision"]) == (0, "ALLOWED")
    assert answer["decisive"][0]["policy"] == "p"
    assert main(["simulate", str(tmp_path / "q.json"), "--principal", "Role"]) == 2
    assert "give --template too" in capsys.readouterr().err
