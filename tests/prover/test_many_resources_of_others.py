"""More resources of other tenants than are looked at one by one: what is not looked at is never called out of reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.prover.theorems.silo import _MOST_LOOKED_AT
from tests.prover.situations import ACCOUNT, allow, deny, role, said_of_roles, trust

QUEUES = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
RULE = ("silo-tenants-cannot-reach-each-other",)
MANY = _MOST_LOOKED_AT + 5
OPEN = "NOT_PROVEN"


def _tagged(tenant: str) -> list[dict[str, str]]:
    return [{"Key": "TenantId", "Value": tenant}]


def _mine(*statements: dict[str, Any]) -> dict[str, Any]:
    trusting = trust({"Service": "lambda.amazonaws.com"}, actions="sts:AssumeRole")
    return role(*statements, Tags=_tagged("acme"), AssumeRolePolicyDocument=trusting)


def _of(tenant: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:ResourceTag/TenantId": tenant}}


@pytest.mark.parametrize(
    "count",
    [
        _MOST_LOOKED_AT + 1,
        *(pytest.param(each, marks=pytest.mark.full) for each in (_MOST_LOOKED_AT - 1, _MOST_LOOKED_AT, MANY)),
    ],
)
def test_the_last_of_many_is_not_forgotten(count: int, tmp_path: Path) -> None:
    last = f"{QUEUES}q-{count - 1:03}"
    others = [f"{QUEUES}q-{number:03}" for number in range(count - 1)]
    everything = {"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": others}
    cases = {
        "By tag": (_mine(allow("sqs:*", f"{QUEUES}q-*", _of("umbrella"))), "LEAK"),
        "By name": (_mine(allow("sqs:*", last)), "LEAK"),
        "By exclusion": (_mine(everything), "LEAK"),
        "By denial": (_mine(allow("sqs:SendMessage", f"{QUEUES}q-*"), deny("sqs:*", NotResource=last)), "LEAK"),
        "Own tag": (_mine(allow("sqs:*", f"{QUEUES}q-*", _of("acme"))), "ISOLATED"),
        "Nothing": (_mine(allow("sqs:*", f"{QUEUES}mine")), "ISOLATED"),
    }
    resources: dict[str, Any] = {name.replace(" ", ""): made for name, (made, _) in cases.items()}
    for number in range(count):
        tags = _tagged("umbrella" if number == count - 1 else "globex")
        queue = {"QueueName": f"q-{number:03}", "Tags": tags}
        resources[f"Queue{number}"] = {"Type": "AWS::SQS::Queue", "Properties": queue}
    found = said_of_roles(tmp_path, resources, RULE, sessions=[], owned=[])
    for name, (_, said) in cases.items():
        wanted = (said,) if said == "ISOLATED" or count <= _MOST_LOOKED_AT or name == "By name" else ("LEAK", OPEN)
        assert found[name.replace(" ", "")] in wanted, name
