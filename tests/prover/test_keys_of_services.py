"""Keys that a request carries only where a service makes it in its own name: a role's own requests have none of them.

"AWS global condition context keys" (IAM User Guide), `aws:SourceArn`, `aws:SourceAccount`, `aws:PrincipalServiceName`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, deny, document, role, said_of_roles

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}


def letting(principal: Any, condition: Any, *more: dict[str, Any]) -> dict[str, Any]:
    return document(allow("sqs:*", "*", condition, Principal=principal), *more)


def refusing(condition: Any) -> dict[str, Any]:
    return {**deny("sqs:*", condition, Resource="*"), "Principal": "*"}


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "a topic of everybody": (letting("*", {"ArnEquals": {"aws:SourceArn": TOPIC}}), "ISOLATED"),
    "a topic by StringLike": (letting({"AWS": "*"}, {"StringLike": {"AWS:SourceArn": f"{TOPIC}*"}}), "ISOLATED"),
    "an account of everybody": (letting("*", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}), "ISOLATED"),
    "a topic, if there is one": (letting("*", {"ArnLikeIfExists": {"aws:SourceArn": TOPIC}}), "LEAK"),
    "any but a topic": (letting("*", {"ArnNotEquals": {"aws:SourceArn": TOPIC}}), "LEAK"),
    "none at all": (letting("*", {"Null": {"aws:SourceArn": "true"}}), "LEAK"),
    "a service by its name": (
        letting("*", {"StringEquals": {"aws:PrincipalServiceName": "s3.amazonaws.com"}}),
        "ISOLATED",
    ),
    "services of a list": (
        letting("*", {"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": "s3.amazonaws.com"}}),
        "ISOLATED",
    ),
    "any service": (letting("*", {"Bool": {"aws:PrincipalIsAWSService": "true"}}), "ISOLATED"),
    "no service": (letting("*", {"Bool": {"aws:PrincipalIsAWSService": "false"}}), "LEAK"),
    "all but services refused": (
        letting(APP, None, refusing({"Bool": {"aws:PrincipalIsAWSService": "false"}})),
        "ISOLATED",
    ),
    "services refused": (letting(APP, None, refusing({"Bool": {"aws:PrincipalIsAWSService": "true"}})), "LEAK"),
    "all refused that no topic sends": (
        letting(APP, None, refusing({"ArnNotEquals": {"aws:SourceArn": TOPIC}})),
        "ISOLATED",
    ),
    "what a topic sends refused": (letting(APP, None, refusing({"ArnEquals": {"aws:SourceArn": TOPIC}})), "LEAK"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_queue_that_services_write_to(name: str, tmp_path: Path) -> None:
    policy, expected = CASES[name]
    resources = {
        "AppRole": role(allow("sqs:ReceiveMessage", f"{QUEUE}-{TAG}"), RoleName="AppRole"),
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q-acme"}},
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": policy},
        },
    }
    owned = [{"kind": "arn", "arn": f"{QUEUE}-${{tenant}}"}]
    said = said_of_roles(tmp_path, resources, ("queues-topics-stay-with-tenant",), owned=owned)
    assert said["AppRole"] == expected
