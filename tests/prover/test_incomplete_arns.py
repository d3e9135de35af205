"""ARNs that end early: completed in an Allow of an identity policy, open wherever no document says what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, SESSION, TAG, allow, deny, document, role, said_of_roles

QUEUES = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
ENTRY = {"kind": "arn", "arn": QUEUES + "t-${tenant}"}
RULE = ("queues-topics-stay-with-tenant",)
WIDE = allow("sqs:*", "*")
OWN = allow("sqs:*", f"{QUEUES}t-{TAG}")
OPEN = "NOT_PROVEN"
EARLY = ("arn:aws:sqs", "arn:aws:sqs:us-east-1", f"arn:aws:sqs:us-east-1:{ACCOUNT}")

IDENTITY: list[tuple[list[dict[str, Any]], str]] = [
    *(([allow("sqs:*", each)], "LEAK") for each in EARLY),
    ([OWN, allow("sqs:*", "arn:aws:sns")], "ISOLATED"),
    ([OWN, allow("sqs:*", "arn:aws:sqs:eu-west-1")], "ISOLATED"),
    *(([WIDE, deny("sqs:*", Resource=each)], OPEN) for each in EARLY),
    ([WIDE, deny("sqs:*", Resource="arn:aws:sns")], "LEAK"),
    ([OWN, deny("sqs:*", Resource="arn:aws:sqs")], "ISOLATED"),
]
BOUNDARIES: list[tuple[list[dict[str, Any]], str]] = [
    *(([allow("sqs:*", each)], OPEN) for each in EARLY),
    ([allow("sqs:*", "arn:aws:sqs"), WIDE], "LEAK"),
    ([allow("sqs:*", "arn:aws:sns"), OWN], "ISOLATED"),
    ([WIDE, deny("sqs:*", Resource="arn:aws:sqs")], OPEN),
]


def test_in_identity_policies(tmp_path: Path) -> None:
    resources = {f"App{number}": role(*statements) for number, (statements, _) in enumerate(IDENTITY)}
    found = said_of_roles(tmp_path, resources, RULE, owned=[ENTRY])
    assert [found[f"App{number}"] for number in range(len(IDENTITY))] == [said for _, said in IDENTITY]


def test_in_permissions_boundaries(tmp_path: Path) -> None:
    resources: dict[str, Any] = {}
    for number, (statements, _) in enumerate(BOUNDARIES):
        boundary = {"PolicyDocument": document(*statements)}
        resources[f"Limit{number}"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": boundary}
        resources[f"App{number}"] = role(WIDE, PermissionsBoundary={"Ref": f"Limit{number}"})
    found = said_of_roles(tmp_path, resources, RULE, owned=[ENTRY])
    assert [found[f"App{number}"] for number in range(len(BOUNDARIES))] == [said for _, said in BOUNDARIES]


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([allow("sqs:*", QUEUES + "t-{{tenant}}")], "ISOLATED"),
        ([allow("sqs:*", QUEUES + "t-{{tenant}}"), allow("sqs:*", "arn:aws:sqs")], OPEN),
        ([allow("sqs:*", QUEUES + "t-{{tenant}}"), allow("sqs:*", "*"), deny("sqs:*", Resource="arn:aws:sqs")], OPEN),
        ([allow("sqs:*", QUEUES + "t-{{tenant}}"), allow("sqs:*", "arn:aws:sns")], "ISOLATED"),
    ],
)
def test_in_session_policies(statements: list[dict[str, Any]], said: str, tmp_path: Path) -> None:
    tmp_path.joinpath("policy.json").write_text(json.dumps(document(*statements)))
    session = {**SESSION, "session_policy": "policy.json"}
    found = said_of_roles(tmp_path, {"AppRole": role(WIDE)}, RULE, owned=[ENTRY], sessions=[session])
    assert found["AppRole"] == said
