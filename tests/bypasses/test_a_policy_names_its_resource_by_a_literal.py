"""A policy beside a resource was joined to it only by reference or by the very text of its name or ARN.

A queue's URL, a function's name with a qualifier, a secret's name, and the ARN of a table bucket name it as well, and
the policy lets the pooled role in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, Situation, allow, document, role, verdict

HERE = f"us-east-1:{ACCOUNT}"
APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
URL = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/q-acme"
FUNCTION = f"arn:aws:lambda:{HERE}:function:f-acme"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:s/acme"
IDENTITY = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}
# The type, its name, the type of the policy, how that names the resource, where its document is, an action.
FORMS = {
    "sqs": ("SQS::Queue", "QueueName", "SQS::QueuePolicy", "Queues", "PolicyDocument", "sqs:ReceiveMessage"),
    "inline": ("SQS::Queue", "QueueName", "SQS::QueueInlinePolicy", "Queue", "PolicyDocument", "sqs:ReceiveMessage"),
    "secret": (
        "SecretsManager::Secret",
        "Name",
        "SecretsManager::ResourcePolicy",
        "SecretId",
        "ResourcePolicy",
        "secretsmanager:GetSecretValue",
    ),
    "function": (
        "Lambda::Function",
        "FunctionName",
        "Lambda::ResourcePolicy",
        "ResourceArn",
        "PolicyDocument",
        "lambda:InvokeFunction",
    ),
    "permission": (
        "Lambda::Function",
        "FunctionName",
        "Lambda::Permission",
        "FunctionName",
        "",
        "lambda:InvokeFunction",
    ),
    "tables": (
        "S3Tables::TableBucket",
        "TableBucketName",
        "S3Tables::TableBucketPolicy",
        "TableBucketARN",
        "ResourcePolicy",
        "s3tables:GetTableData",
    ),
    "vectors": (
        "S3Vectors::VectorBucket",
        "VectorBucketName",
        "S3Vectors::VectorBucketPolicy",
        "VectorBucketArn",
        "Policy",
        "s3vectors:GetVectors",
    ),
    "vectors by name": (
        "S3Vectors::VectorBucket",
        "VectorBucketName",
        "S3Vectors::VectorBucketPolicy",
        "VectorBucketName",
        "Policy",
        "s3vectors:GetVectors",
    ),
    "cluster": ("MSK::Cluster", "ClusterName", "MSK::ClusterPolicy", "ClusterArn", "Policy", "kafka:DeleteCluster"),
}
CASES: list[tuple[str, str, Any, str]] = [
    ("sqs", "q-acme", [URL], "LEAK"),
    ("sqs", "q-acme", ["https://queue.amazonaws.com/" + f"{ACCOUNT}/q-acme"], "LEAK"),
    ("sqs", "q-acme", [{"Fn::Sub": "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/q-acme"}], "LEAK"),
    ("sqs", "q-acme", [URL + "-2"], "ISOLATED"),
    ("inline", "q-acme", URL, "LEAK"),
    ("secret", "s/acme", "s/acme", "LEAK"),
    ("secret", "s/acme", SECRET, "LEAK"),
    ("secret", "s/acme", SECRET + "-a1B2c3", "LEAK"),
    ("secret", "s/acme", "acme", "ISOLATED"),
    ("function", "f-acme", FUNCTION + ":live", "LEAK"),
    ("permission", "f-acme", FUNCTION + ":live", "LEAK"),
    ("permission", "f-acme", "f-acme:live", "LEAK"),
    ("permission", "f-acme", f"{ACCOUNT}:function:f-acme", "LEAK"),
    ("permission", "f-acme", FUNCTION + "2:live", "ISOLATED"),
    ("tables", "t-acme", f"arn:aws:s3tables:{HERE}:bucket/t-acme", "LEAK"),
    ("tables", "t-acme", {"Fn::Sub": "arn:${AWS::Partition}:s3tables:${AWS::Region}:${AWS::AccountId}:bucket/t-acme"},
     "LEAK"),
    ("tables", "t-acme", f"arn:aws:s3tables:{HERE}:bucket/t-acme2", "ISOLATED"),
    ("vectors", "t-acme", f"arn:aws:s3vectors:{HERE}:bucket/t-acme", "LEAK"),
    ("vectors by name", "t-acme", "t-acme", "LEAK"),
    ("vectors by name", "t-acme", "t-other", "ISOLATED"),
    ("cluster", "t-acme", f"arn:aws:kafka:{HERE}:cluster/t-acme/0d1b4a3e-1111-2222-3333-444455556666-1", "LEAK"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "name", "literal", "expected"), CASES)
def test_its_statements_count(form: str, name: str, literal: Any, expected: str, tmp_path: Path) -> None:
    kind, naming, policy, target, key, action = FORMS[form]
    tags: Any = {"TenantId": "acme"} if form == "cluster" else [{"Key": "TenantId", "Value": "acme"}]
    stated: dict[str, Any] = {key: document(allow(action, "*", Principal=APP))}
    if not key:
        stated = {"Action": action, "Principal": APP["AWS"]}
    resources = {
        "AppRole": role(allow(action.partition(":")[0] + ":*", "*", IDENTITY), RoleName="AppRole"),
        "Thing": {"Type": f"AWS::{kind}", "Properties": {naming: name, "Tags": tags}},
        "Policy": {"Type": f"AWS::{policy}", "Properties": {target: literal, **stated}},
    }
    owned = {"kind": "tagged", "types": [f"AWS::{kind}"], "tag": "TenantId"}
    findings = Situation(resources, [owned], pattern="[a-z]{4,12}").proofs(tmp_path)
    assert verdict([each for each in findings if each["rule"].endswith("-stay-with-tenant")]) == expected
