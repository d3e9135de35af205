"""What the resources of another account let in is in no file, and was taken for nothing: ISOLATED.

A policy that names another account's resources in letters is there because they may be used. Beside it: the default of
a policy variable that is a `*`, of which no document says whether it is a wildcard.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.prover.situations import (
    ACCOUNT,
    PATIENTS,
    SESSION,
    TABLE,
    TAG,
    allow,
    leading,
    role,
    said_of_roles,
)

ELSEWHERE = "999988887777"
OPEN = "NOT_PROVEN"


def _queues(account: str) -> str:
    return f"arn:aws:sqs:us-east-1:{account}:"


CASES: list[tuple[list[dict[str, Any]], str]] = [
    ([allow("sqs:*", f"{_queues(ELSEWHERE)}t-{TAG}")], "ISOLATED"),
    ([allow("sqs:*", f"{_queues(ELSEWHERE)}t-*")], OPEN),
    ([allow("sqs:*", "*")], OPEN),
    ([allow("sqs:*", f"{_queues(ACCOUNT)}t-*")], "ISOLATED"),
    ([allow("sns:*", "*")], "ISOLATED"),
]


def test_what_is_in_another_account_is_not_known(tmp_path: Path) -> None:
    resources = {f"App{number}": role(*statements) for number, (statements, _) in enumerate(CASES)}
    entry = {"kind": "arn", "arn": f"{_queues(ELSEWHERE)}t-${{tenant}}"}
    rule = ("queues-topics-stay-with-tenant",)
    own = allow("sqs:*", f"{_queues(ELSEWHERE)}t-{TAG}")
    for name in list(resources):
        resources[name]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(own)
    found = said_of_roles(tmp_path, resources, rule, owned=[entry])
    assert [found[f"App{number}"] for number in range(len(CASES))] == [said for _, said in CASES]


def _defaulting(default: str, operator: str) -> dict[str, Any]:
    key = f"TENANT#${{aws:PrincipalTag/TenantId, '{default}'}}"
    return role(allow("dynamodb:GetItem", TABLE, leading(key, f"ForAllValues:{operator}")))


def test_a_wildcard_in_a_default_is_not_decided(tmp_path: Path) -> None:
    cases = {
        "App0": (_defaulting("*", "StringLike"), OPEN),
        "App1": (_defaulting("a?", "StringLike"), OPEN),
        "App2": (_defaulting("*", "StringEquals"), "ISOLATED"),
        "App3": (_defaulting("NOBODY", "StringLike"), "ISOLATED"),
        "App4": (_defaulting("acme", "StringLike"), "LEAK"),
    }
    session = {**SESSION, "roles": ["App*"], "present": "maybe"}
    resources = {"Patients": PATIENTS, **{name: made for name, (made, _) in cases.items()}}
    found = said_of_roles(tmp_path, resources, ("dynamodb-items-stay-with-tenant",), sessions=[session])
    assert {name: found[name] for name in cases} == {name: said for name, (_, said) in cases.items()}
