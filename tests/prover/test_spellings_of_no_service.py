"""`sqs:ResourceTag/key` reads like other services' spelling of a tag, and no request carries it.

What the "Service Authorization Reference" lists for an action decides whether it has a key of its service's own for the
tags of its resource.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.iam.tag_spellings import one_spelling
from tests.prover.situations import TAG, allow, deny, role, said_of_roles

TYPES = {
    "sqs:ReceiveMessage": "AWS::SQS::Queue",
    "dynamodb:GetItem": "AWS::DynamoDB::Table",
    "kinesis:GetRecords": "AWS::Kinesis::Stream",
    "states:StopExecution": "AWS::StepFunctions::StateMachine",
    "healthlake:ReadResource": "AWS::HealthLake::FHIRDatastore",
    "secretsmanager:GetSecretValue": "AWS::SecretsManager::Secret",
    "sagemaker:InvokeEndpoint": "AWS::SageMaker::Endpoint",
    "ecr:BatchGetImage": "AWS::ECR::Repository",
}
WITH_A_KEY = frozenset({"secretsmanager:GetSecretValue", "sagemaker:InvokeEndpoint", "ecr:BatchGetImage"})


def statements(action: str, way: str) -> list[dict[str, Any]]:
    key = f"{action.partition(':')[0]}:ResourceTag/TenantId"
    every = allow(action, "*")
    match way:
        case "allow if it exists":
            return [allow(action, "*", {"StringEqualsIfExists": {key: TAG}})]
        case "allow where it is missing":
            return [allow(action, "*", {"Null": {key: "true"}})]
        case "allow what is not another's":
            return [allow(action, "*", {"StringNotEquals": {key: "nobody"}})]
        case "allow for all values":
            return [allow(action, "*", {"ForAllValues:StringEquals": {key: TAG}})]
        case "deny any other value":
            return [every, deny(action, {"ForAnyValue:StringNotEquals": {key: TAG}}, Resource="*")]
        case _:
            return [every, deny(action, {"StringNotEqualsIfExists": {key: TAG}}, Resource="*")]


# What a request says that has the key, with another tenant's tag, and one that has not.
WAYS = {
    "allow if it exists": ("ISOLATED", "LEAK"),
    "allow where it is missing": ("ISOLATED", "LEAK"),
    "allow what is not another's": ("LEAK", "LEAK"),
    "allow for all values": ("ISOLATED", "LEAK"),
    "deny any other value": ("ISOLATED", "LEAK"),
    "deny if it exists": ("ISOLATED", "ISOLATED"),
}


@pytest.mark.parametrize("action", list(TYPES))
@pytest.mark.parametrize("way", list(WAYS))
def test_a_key_counts_where_requests_carry_it(action: str, way: str, tmp_path: Path) -> None:
    own = allow(action, "*", {"StringEquals": {"aws:ResourceTag/TenantId": TAG}})
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(own, *statements(action, way), RoleName="AppRole")},
        owned=[{"kind": "tagged", "types": [TYPES[action]], "tag": "TenantId"}],
    )
    assert said["AppRole"] == WAYS[way][0 if action in WITH_A_KEY else 1]


def test_the_judge_of_counterexamples_reads_it_alike() -> None:
    queue = "arn:aws:sqs:us-east-1:111122223333:q"
    secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AbCdEf"
    key = "sqs:resourcetag/tenantid"
    assert one_spelling(key, "sqs:receivemessage", queue) == key
    key = "secretsmanager:resourcetag/tenantid"
    assert one_spelling(key, "secretsmanager:getsecretvalue", secret) == "aws:resourcetag/tenantid"
    # Of an action that the catalogue lacks nothing is known: it may be the tag.
    assert one_spelling(key, "secretsmanager:getnothing", secret) == "aws:resourcetag/tenantid"
