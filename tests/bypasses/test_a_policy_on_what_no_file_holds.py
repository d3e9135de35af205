"""A policy in the files lets the pooled role in, and what it is on is in no file: the policy was read by nobody.

A queue policy by the queue's URL, a permission by the function's name, a bucket policy in another stack than the
bucket; of a layer, which CloudFormation makes no resource of, even where its version is in the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, BROKER, DATA, OBJECT_ENTRY, TAG, allow, document, role, said_of_roles

HERE = f"us-east-1:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/AppRole"
APP = {"AWS": ROLE}


def lets(action: str, resource: str = "*", principal: Any = APP) -> dict[str, Any]:
    return document(allow(action, resource, None, Principal=principal))


def beside(kind: str, target: str, value: object, text: str, policy: object) -> dict[str, Any]:
    return {"Policy": {"Type": f"AWS::{kind}", "Properties": {target: value, text: policy}}}


def permission(kind: str, **properties: object) -> dict[str, Any]:
    return {"Permission": {"Type": f"AWS::{kind}", "Properties": properties}}


QUEUE, TOPIC = f"sqs:{HERE}:q-${{tenant}}", f"sns:{HERE}:${{tenant}}-news"
FUNCTION, LAYER = f"lambda:{HERE}:function:${{tenant}}-fn", f"lambda:{HERE}:layer:${{tenant}}-rules"
STREAM, BUS = f"kinesis:{HERE}:stream/${{tenant}}-s", f"events:{HERE}:event-bus/${{tenant}}"
SECRET = f"secretsmanager:{HERE}:secret:${{tenant}}/db-??????"
TABLES = f"s3tables:{HERE}:bucket/${{tenant}}-t"
URL = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}"
LAYER_VERSION = {
    "Layer": {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"LayerName": "acme-rules", "Content": {"S3Bucket": "b", "S3Key": "k"}},
    }
}


def layer(arn: object, principal: str = "*") -> dict[str, Any]:
    return permission(
        "Lambda::LayerVersionPermission",
        Action="lambda:GetLayerVersion",
        LayerVersionArn=arn,
        Principal=principal,
    )


RECEIVE = lets("sqs:ReceiveMessage", principal="*")
INVOKE: dict[str, Any] = {"Action": "lambda:InvokeFunction", "Principal": ROLE}
CASES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a queue by its URL": (
        QUEUE,
        "sqs:SendMessage",
        beside("SQS::QueuePolicy", "Queues", [f"{URL}/q-acme"], "PolicyDocument", RECEIVE),
        "LEAK",
    ),
    "a queue of nobody by its URL": (
        QUEUE,
        "sqs:SendMessage",
        beside("SQS::QueuePolicy", "Queues", [f"{URL}/plans"], "PolicyDocument", RECEIVE),
        "ISOLATED",
    ),
    "a queue, which is somebody else's to read": (
        QUEUE,
        "sqs:SendMessage",
        beside(
            "SQS::QueuePolicy",
            "Queues",
            [f"{URL}/q-acme"],
            "PolicyDocument",
            lets("sqs:ReceiveMessage", principal={"AWS": BROKER}),
        ),
        "ISOLATED",
    ),
    "a queue by what another stack exports": (
        QUEUE,
        "sqs:SendMessage",
        beside("SQS::QueuePolicy", "Queues", [{"Fn::ImportValue": "QueueUrl"}], "PolicyDocument", RECEIVE),
        "NOT_PROVEN",
    ),
    "a topic by its ARN": (
        TOPIC,
        "sns:Publish",
        beside("SNS::TopicPolicy", "Topics", [f"arn:aws:sns:{HERE}:acme-news"], "PolicyDocument", lets("sns:Publish")),
        "LEAK",
    ),
    "a topic by its ARN with pseudo parameters": (
        TOPIC,
        "sns:Publish",
        beside(
            "SNS::TopicPolicy",
            "Topics",
            [{"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:acme-news"}],
            "PolicyDocument",
            lets("sns:Publish"),
        ),
        "LEAK",
    ),
    "a stream by its ARN": (
        STREAM,
        "kinesis:GetRecords",
        beside(
            "Kinesis::ResourcePolicy",
            "ResourceArn",
            f"arn:aws:kinesis:{HERE}:stream/acme-s",
            "ResourcePolicy",
            lets("kinesis:GetRecords"),
        ),
        "LEAK",
    ),
    "a secret by its ARN": (
        SECRET,
        "secretsmanager:GetSecretValue",
        beside(
            "SecretsManager::ResourcePolicy",
            "SecretId",
            f"arn:aws:secretsmanager:{HERE}:secret:acme/db-AbCdEf",
            "ResourcePolicy",
            lets("secretsmanager:GetSecretValue"),
        ),
        "LEAK",
    ),
    "a secret by its name": (
        SECRET,
        "secretsmanager:GetSecretValue",
        beside(
            "SecretsManager::ResourcePolicy",
            "SecretId",
            "acme/db",
            "ResourcePolicy",
            lets("secretsmanager:GetSecretValue"),
        ),
        "LEAK",
    ),
    "a table bucket by its ARN": (
        TABLES,
        "s3tables:GetTableBucket",
        beside(
            "S3Tables::TableBucketPolicy",
            "TableBucketARN",
            f"arn:aws:s3tables:{HERE}:bucket/acme-t",
            "ResourcePolicy",
            lets("s3tables:GetTableData"),
        ),
        "LEAK",
    ),
    "a function by its name": (
        FUNCTION,
        "lambda:InvokeFunction",
        permission("Lambda::Permission", FunctionName="acme-fn", **INVOKE),
        "LEAK",
    ),
    "a function by its ARN": (
        FUNCTION,
        "lambda:InvokeFunction",
        permission("Lambda::Permission", FunctionName=f"arn:aws:lambda:{HERE}:function:acme-fn", **INVOKE),
        "LEAK",
    ),
    "a function for a service": (
        FUNCTION,
        "lambda:InvokeFunction",
        permission(
            "Lambda::Permission",
            FunctionName="acme-fn",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
        ),
        "ISOLATED",
    ),
    "a bus by its name": (
        BUS,
        "events:PutEvents",
        permission(
            "Events::EventBusPolicy",
            EventBusName="acme",
            StatementId="s",
            Statement={
                "Effect": "Allow",
                "Principal": APP,
                "Action": "events:PutEvents",
                "Resource": f"arn:aws:events:{HERE}:event-bus/acme",
            },
        ),
        "LEAK",
    ),
    "a bucket that an ARN names": (
        "s3:::data-${tenant}/*",
        "s3:GetObject",
        beside(
            "S3::BucketPolicy",
            "Bucket",
            "data-acme",
            "PolicyDocument",
            lets("s3:GetObject", "arn:aws:s3:::data-acme/*"),
        ),
        "LEAK",
    ),
    "a layer's version by reference": (
        LAYER,
        "lambda:GetLayerVersion",
        {**LAYER_VERSION, **layer({"Ref": "Layer"})},
        "LEAK",
    ),
    "a layer's version by its ARN": (
        LAYER,
        "lambda:GetLayerVersion",
        layer(f"arn:aws:lambda:{HERE}:layer:acme-rules:3"),
        "LEAK",
    ),
    "a layer's version for another account": (
        LAYER,
        "lambda:GetLayerVersion",
        {**LAYER_VERSION, **layer({"Ref": "Layer"}, "999999999999")},
        "ISOLATED",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_what_the_policy_lets_in_is_asked(name: str, tmp_path: Path) -> None:
    entry, action, resources, expected = CASES[name]
    service, rest = entry.split(":", 1)
    own = f"arn:aws:{service}:{rest}".replace("${tenant}", TAG) + (":*" if entry == LAYER else "")
    own += "/table/*" if entry == TABLES and "Bucket" not in action else ""
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(allow(action, own), RoleName="AppRole"), **resources},
        owned=[{"kind": "arn", "arn": f"arn:aws:{entry}"}],
    )
    assert said["AppRole"] == expected


@pytest.mark.parametrize(("held", "expected"), [({}, "LEAK"), ({"Data": DATA}, "LEAK")])
def test_a_pooled_bucket_in_another_stack(held: dict[str, Any], expected: str, tmp_path: Path) -> None:
    policy = beside(
        "S3::BucketPolicy",
        "Bucket",
        "clinic-data",
        "PolicyDocument",
        lets("s3:GetObject", "arn:aws:s3:::clinic-data/*"),
    )
    own = allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*")
    said = said_of_roles(tmp_path, {"AppRole": role(own, RoleName="AppRole"), **held, **policy}, owned=[OBJECT_ENTRY])
    assert said["AppRole"] == expected


def test_of_a_layer_only_the_layer_where_the_entry_says_so(tmp_path: Path) -> None:
    entry = {"kind": "arn", "arn": f"arn:aws:{LAYER}", "only": "resource"}
    own = allow("lambda:ListLayerVersions", f"arn:aws:{LAYER}".replace("${tenant}", TAG))
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(own, RoleName="AppRole"), **LAYER_VERSION, **layer({"Ref": "Layer"})},
        owned=[entry],
    )
    assert said["AppRole"] == "ISOLATED"
