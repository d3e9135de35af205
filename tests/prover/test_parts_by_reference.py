"""A stream, an alias, a version or a consumer, named by `Ref` or `Fn::GetAtt`, is known as a part of its resource."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, leading, role, said_of_roles, trust

RULE = ("silo-tenants-cannot-reach-each-other",)
FUNCTION = {
    "Code": {"ZipFile": "x"},
    "Role": f"arn:aws:iam::{ACCOUNT}:role/x",
    "Runtime": "python3.12",
    "Handler": "i.h",
}
KEYS = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
}


def _of(tenant: str, kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": {**properties, "Tags": [{"Key": "TenantId", "Value": tenant}]}}


def _alias(function: object) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": function, "FunctionVersion": "1", "Name": "live"},
    }


def _version(function: object) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": function}}


def _consumer(stream: object) -> dict[str, Any]:
    return {"Type": "AWS::Kinesis::StreamConsumer", "Properties": {"ConsumerName": "c", "StreamARN": stream}}


ARN, REF = {"Fn::GetAtt": ["It", "Arn"]}, {"Ref": "It"}
STREAM = {"Fn::GetAtt": ["It", "StreamArn"]}
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"


@pytest.mark.parametrize("tenant", ["umbrella", "acme"])
@pytest.mark.parametrize(
    ("kind", "properties", "part", "action", "resource"),
    [
        ("DynamoDB::Table", KEYS, None, "dynamodb:GetRecords", STREAM),
        ("DynamoDB::Table", {**KEYS, "TableName": "t"}, None, "dynamodb:GetRecords", STREAM),
        ("Lambda::Function", FUNCTION, _alias(REF), "lambda:InvokeFunction", {"Ref": "Part"}),
        ("Lambda::Function", FUNCTION, _alias(ARN), "lambda:InvokeFunction", {"Ref": "Part"}),
        ("Lambda::Function", {**FUNCTION, "FunctionName": "f"}, _alias("f"), "lambda:InvokeFunction", {"Ref": "Part"}),
        (
            "Lambda::Function",
            {**FUNCTION, "FunctionName": "f"},
            _alias(f"{FUNCTION_ARN}f"),
            "lambda:InvokeFunction",
            {"Ref": "Part"},
        ),
        ("Lambda::Function", FUNCTION, _version(REF), "lambda:InvokeFunction", {"Ref": "Part"}),
        ("Kinesis::Stream", {"ShardCount": 1}, _consumer(ARN), "kinesis:SubscribeToShard", [{"Ref": "Part"}, ARN]),
    ],
)  # fmt: skip
def test_of_a_tenant(  # the whole, the part and how a policy names it
    tenant: str,
    kind: str,
    properties: dict[str, Any],
    part: dict[str, Any] | None,
    action: str,
    resource: Any,
    tmp_path: Path,
) -> None:
    trusting = trust({"Service": "lambda.amazonaws.com"}, actions="sts:AssumeRole")
    mine = role(allow(action, resource), Tags=[{"Key": "TenantId", "Value": "acme"}], AssumeRolePolicyDocument=trusting)
    resources = {
        "MyRole": mine,
        "It": _of(tenant, kind, **properties),
        "Other": _of("umbrella", "SQS::Queue"),
        **({"Part": part} if part is not None else {}),
    }
    said = said_of_roles(tmp_path, resources, RULE, sessions=[], owned=[])
    assert said["MyRole"] == ("LEAK" if tenant == "umbrella" else "ISOLATED")


@pytest.mark.parametrize("attribute", ["StreamArn", "Arn"])
def test_the_stream_of_a_pooled_table(attribute: str, tmp_path: Path) -> None:
    """It has every tenant's changes; the table's own ARN is not that of its stream."""
    bound = {**leading([TAG]), "Null": {"dynamodb:LeadingKeys": "false"}}
    own = allow("dynamodb:GetItem", {"Fn::GetAtt": ["Patients", "Arn"]}, bound)
    app = role(own, allow("dynamodb:GetRecords", {"Fn::GetAtt": ["Patients", attribute]}))
    table = {"Type": "AWS::DynamoDB::Table", "Properties": KEYS}
    entry = {"kind": "dynamodb-item", "table": "Patients", "key": "${tenant}"}
    rule = ("dynamodb-items-stay-with-tenant", "dynamodb-streams-exports-scoped")
    said = said_of_roles(tmp_path, {"AppRole": app, "Patients": table}, rule, owned=[entry])
    assert said["AppRole"] == ("LEAK" if attribute == "StreamArn" else "ISOLATED")
