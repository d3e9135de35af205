"""The policies of resources that an `arn` or `tagged` entry describes were not looked at.

A queue of one tenant whose policy names the pooled role lets in sessions of every tenant ("Cross-account policy
evaluation logic", of requests within one account). Found by labelled situations and by the random questions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, Situation, allow, document, role, trust, verdict

HERE = f"us-east-1:{ACCOUNT}"
APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
OWNER = {"StringEquals": {"aws:PrincipalTag/TenantId": "acme"}}
TAGS = [{"Key": "TenantId", "Value": "acme"}]


def entry(rest: str) -> dict[str, Any]:
    return {"kind": "arn", "arn": f"arn:aws:{rest}"}


def tagged(name: str) -> dict[str, Any]:
    return {"kind": "tagged", "types": [name], "tag": "TenantId"}


def resource(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": name, "Properties": properties}


def grant(action: str, principal: Any = APP, condition: Any = None) -> dict[str, Any]:
    return document(allow(action, "*", condition, Principal=principal))


QUEUE = {"Thing": resource("AWS::SQS::Queue", QueueName="q-acme", Tags=TAGS)}
BY_NAME = entry(f"sqs:{HERE}:q-${{tenant}}")


def queue(policy: dict[str, Any]) -> dict[str, Any]:
    return {**QUEUE, "Policy": resource("AWS::SQS::QueuePolicy", Queues=[{"Ref": "Thing"}], PolicyDocument=policy)}


SITUATIONS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "by name": (BY_NAME, queue(grant("sqs:ReceiveMessage")), "LEAK"),
    "by tag": (tagged("AWS::SQS::Queue"), queue(grant("sqs:ReceiveMessage")), "LEAK"),
    "to the owner's sessions": (BY_NAME, queue(grant("sqs:ReceiveMessage", APP, OWNER)), "ISOLATED"),
    "to the owner's sessions, by tag": (
        tagged("AWS::SQS::Queue"),
        queue(grant("sqs:ReceiveMessage", APP, OWNER)),
        "ISOLATED",
    ),
    "to all but the owner's": (
        BY_NAME,
        queue(grant("sqs:ReceiveMessage", APP, {"StringNotEquals": {"aws:PrincipalTag/TenantId": "acme"}})),
        "LEAK",
    ),
    "to the account, which only delegates": (BY_NAME, queue(grant("sqs:*", ROOT)), "ISOLATED"),
    "to everybody under the role's ARN": (
        BY_NAME,
        queue(grant("sqs:*", "*", {"ArnEquals": {"aws:PrincipalArn": APP["AWS"]}})),
        "LEAK",
    ),
    "to another role": (BY_NAME, queue(grant("sqs:*", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/Other"})), "ISOLATED"),
    "to a service": (BY_NAME, queue(grant("sqs:*", {"Service": "sns.amazonaws.com"})), "ISOLATED"),
    "a harmless action": (BY_NAME, queue(grant("sqs:GetQueueUrl")), "ISOLATED"),
    "a queue that everybody shares": (
        BY_NAME,
        {
            "Thing": resource("AWS::SQS::Queue", QueueName="q-public"),
            "Policy": resource(
                "AWS::SQS::QueuePolicy", Queues=[{"Ref": "Thing"}], PolicyDocument=grant("sqs:ReceiveMessage")
            ),
        },
        "ISOLATED",
    ),
    "a policy that is not known": (
        BY_NAME,
        {
            **QUEUE,
            "Policy": resource(
                "AWS::SQS::QueuePolicy", Queues=[{"Ref": "Thing"}], PolicyDocument={"Fn::Transform": {"Name": "X"}}
            ),
        },
        "NOT_PROVEN",
    ),
    "a secret": (
        tagged("AWS::SecretsManager::Secret"),
        {
            "Thing": resource("AWS::SecretsManager::Secret", Name="s", Tags=TAGS),
            "Policy": resource(
                "AWS::SecretsManager::ResourcePolicy",
                SecretId={"Ref": "Thing"},
                ResourcePolicy=grant("secretsmanager:GetSecretValue"),
            ),
        },
        "LEAK",
    ),
    "objects of a bucket": (
        entry("s3:::files-${tenant}/*"),
        {
            "Thing": resource("AWS::S3::Bucket", BucketName="files-acme"),
            "Policy": resource("AWS::S3::BucketPolicy", Bucket={"Ref": "Thing"}, PolicyDocument=grant("s3:GetObject")),
        },
        "LEAK",
    ),
    "a function": (
        entry(f"lambda:{HERE}:function:f-${{tenant}}"),
        {
            "Thing": resource("AWS::Lambda::Function", FunctionName="f-acme"),
            "Policy": resource(
                "AWS::Lambda::Permission",
                FunctionName={"Ref": "Thing"},
                Action="lambda:InvokeFunction",
                Principal=APP["AWS"],
            ),
        },
        "LEAK",
    ),
    "an event bus": (
        entry(f"events:{HERE}:event-bus/b-${{tenant}}"),
        {
            "Thing": resource("AWS::Events::EventBus", Name="b-acme"),
            "Policy": resource(
                "AWS::Events::EventBusPolicy",
                EventBusName={"Ref": "Thing"},
                StatementId="s",
                Statement={"Effect": "Allow", "Principal": APP, "Action": "events:PutEvents", "Resource": "*"},
            ),
        },
        "LEAK",
    ),
    "a bucket of tables": (
        tagged("AWS::S3Tables::TableBucket"),
        {
            "Thing": resource("AWS::S3Tables::TableBucket", TableBucketName="tables", Tags=TAGS),
            "Policy": resource(
                "AWS::S3Tables::TableBucketPolicy",
                TableBucketARN={"Fn::GetAtt": ["Thing", "TableBucketARN"]},
                ResourcePolicy=grant("s3tables:GetTableData"),
            ),
        },
        "LEAK",
    ),
    "a role by its trust": (
        entry(f"iam::{ACCOUNT}:role/t-${{tenant}}"),
        {"Thing": resource("AWS::IAM::Role", RoleName="t-acme", AssumeRolePolicyDocument=trust(APP))},
        "LEAK",
    ),
    "a role that trusts another": (
        entry(f"iam::{ACCOUNT}:role/t-${{tenant}}"),
        {
            "Thing": resource(
                "AWS::IAM::Role", RoleName="t-acme", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"})
            )
        },
        "ISOLATED",
    ),
    "roles whose trust is in no file": (entry(f"iam::{ACCOUNT}:role/t-${{tenant}}"), {}, "NOT_PROVEN"),
}
OWN = [
    allow(["sqs:ReceiveMessage"], f"arn:aws:sqs:{HERE}:q-{TAG}"),
    allow("s3:GetObject", f"arn:aws:s3:::files-{TAG}/*"),
    allow("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:f-{TAG}"),
    allow("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/b-{TAG}"),
    allow("iam:UpdateRoleDescription", f"arn:aws:iam::{ACCOUNT}:role/t-{TAG}"),
]
OWN_BY_TAG = allow(
    ["secretsmanager:GetSecretValue", "sqs:SendMessage", "s3tables:GetTableBucket"],
    "*",
    {"StringEquals": {"aws:ResourceTag/TenantId": TAG}},
)


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_a_resource_policy_is_asked_as_well(name: str, tmp_path: Path) -> None:
    declared, resources, expected = SITUATIONS[name]
    app = role(*(OWN if declared["kind"] == "arn" else [OWN_BY_TAG]), RoleName="AppRole")
    situation = Situation(
        {"AppRole": app, **resources},
        [declared],
        pattern="[a-z]{4,12}",
        tenancy={"tenant_id": {"shared_values": ["public"]}},
    )
    findings = [each for each in situation.proofs(tmp_path) if each["rule"].endswith("-stay-with-tenant")]
    assert verdict(findings) == expected, [(each["rule"], each["proof"], each.get("unknown")) for each in findings]


def test_a_name_that_is_made_later_is_in_reach_as_well(tmp_path: Path) -> None:
    table = resource(
        "AWS::DynamoDB::Table",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        Tags=TAGS,
    )
    wide = role(allow("dynamodb:Query", {"Fn::GetAtt": ["Thing", "Arn"]}), OWN_BY_TAG)
    situation = Situation({"AppRole": wide, "Thing": table}, [tagged("AWS::DynamoDB::Table")], pattern="[a-z]{4,12}")
    assert verdict(situation.proofs(tmp_path)) == "LEAK"
