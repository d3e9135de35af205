"""`Ref` of a topic, a secret, a state machine or a service gives its ARN, which a policy names by it: ISOLATED.

Of one without a name the ARN was written into itself, or lacked what AWS puts behind a secret's name, or, where the
form does not tell it, was taken for a name, which no ARN is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import TAG, allow

THEIRS = [{"Key": "TenantId", "Value": "globex"}]
REF = {"Ref": "Theirs"}
OWN = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}
SERVICE = {"ServiceName": "api", "Cluster": "main"}


@pytest.mark.parametrize(
    ("kind", "given", "action", "resource", "verdicts"),
    [
        ("SNS::Topic", {}, "sns:Publish", REF, "LEAK"),
        ("SNS::Topic", {"TopicName": "globex"}, "sns:Publish", REF, "LEAK"),
        ("SNS::Topic", {}, "sns:Publish", {"Fn::Sub": "${Theirs}"}, "LEAK"),
        ("SNS::Topic", {}, "sns:Publish", "arn:aws:sns:us-east-1:111122223333:acme", "ISOLATED"),
        ("SecretsManager::Secret", {}, "secretsmanager:GetSecretValue", REF, "LEAK"),
        ("SecretsManager::Secret", {}, "secretsmanager:GetSecretValue", {"Fn::Sub": "${Theirs}*"}, "LEAK"),
        (
            "SecretsManager::Secret",
            {},
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:*",
            "LEAK",
        ),
        ("StepFunctions::StateMachine", {"RoleArn": "r"}, "states:StartExecution", REF, "LEAK"),
        ("ECS::Service", SERVICE, "ecs:UpdateService", REF, "LEAK or NOT_PROVEN"),
        (
            "ECS::Service",
            SERVICE,
            "ecs:UpdateService",
            "arn:aws:ecs:us-east-1:111122223333:service/main/api",
            "LEAK or NOT_PROVEN",
        ),
        (
            "ElasticLoadBalancingV2::TargetGroup",
            {},
            "elasticloadbalancing:RegisterTargets",
            REF,
            "LEAK or NOT_PROVEN",
        ),
        # Not the ARN: what such a policy names is no resource at all.
        ("SQS::Queue", {}, "sqs:SendMessage", REF, "ISOLATED"),
    ],
)
def test_in_a_policy_of_another_tenant(
    kind: str, given: dict[str, Any], action: str, resource: Any, verdicts: str, tmp_path: Path
) -> None:
    theirs = {"Theirs": {"Type": f"AWS::{kind}", "Properties": {**given, "Tags": THEIRS}}}
    assert said(tmp_path, theirs, None, allow(action, resource)) in verdicts.split(" or ")


@pytest.mark.parametrize(
    ("kind", "action", "verdicts"),
    [
        ("SNS::Topic", "sns:Publish", "LEAK"),
        ("SecretsManager::Secret", "secretsmanager:GetSecretValue", "LEAK or NOT_PROVEN"),
        ("StepFunctions::StateMachine", "states:StartExecution", "LEAK or NOT_PROVEN"),
        ("ECS::Service", "ecs:UpdateService", "LEAK or NOT_PROVEN"),
    ],
)
def test_in_a_policy_of_everybody(kind: str, action: str, verdicts: str, tmp_path: Path) -> None:
    entry = {"kind": "tagged", "types": [f"AWS::{kind}"], "tag": "TenantId"}
    theirs = {"Theirs": {"Type": f"AWS::{kind}", "Properties": {"Tags": THEIRS}}}
    own = allow(f"{action.partition(':')[0]}:*", "*", OWN)
    assert said(tmp_path, theirs, entry, own, allow(action, REF)) in verdicts.split(" or ")


def test_what_is_in_a_keyspace(tmp_path: Path) -> None:
    """A keyspace's ARN ends with a slash, below which nothing was looked for."""
    theirs = {"Theirs": {"Type": "AWS::Cassandra::Keyspace", "Properties": {"KeyspaceName": "globex", "Tags": THEIRS}}}
    tables = "arn:aws:cassandra:us-east-1:111122223333:/keyspace/{}/table/{}"
    for keyspace, table, verdict in (
        ("globex", "*", "LEAK"),
        ("globex", "visits", "LEAK"),
        ("acme", "*", "ISOLATED"),
    ):
        statement = allow("cassandra:Select", tables.format(keyspace, table))
        assert said(tmp_path / f"{keyspace}-{table[:1]}".replace("*", "x"), theirs, None, statement) == verdict
