"""A pattern that cuts a region's name: the counterexample has a whole region, one and the same wherever it says one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.closed_world.prover import ask_files
from tests.prover.situations import BROKER, allow, deny, role

SESSION = {
    "name": "app",
    "roles": ["AppRole"],
    "tenant_key": "aws:PrincipalTag/TenantId",
    "present": "always",
    "binders": [BROKER],
}
ANYWHERE = "arn:aws:sqs:*:111122223333:t-${tenant}"
HERE = "arn:aws:sqs:us-east-1:111122223333:t-${tenant}"


def _asked(folder: Path, entry: str, *statements: dict[str, Any]) -> tuple[str, str, object]:
    tenancy = {
        "version": 1,
        "account": "111122223333",
        "region": "us-east-1",
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [SESSION],
        "owned": [{"kind": "arn", "arn": entry}],
    }
    said = ask_files(tenancy, {"Resources": {"AppRole": role(*statements)}}, folder)
    example = said.proof.counterexample if said.proof is not None else None
    if example is None:
        return said.verdict, "", None
    return said.verdict, example.resource.split(":")[3], example.context.get("aws:RequestedRegion")


@pytest.mark.parametrize(
    ("statements", "region"),
    [
        ([allow("sqs:*", "arn:aws:sqs:us-ea*:111122223333:*")], "us-east-1"),
        ([allow("sqs:*", "arn:aws:sqs:eu-????-1:111122223333:*")], "eu-west-1"),
        ([allow("sqs:*", "arn:aws:sqs:aq-south-1:111122223333:*")], "aq-south-1"),
        ([allow("sqs:*", "*"), deny("sqs:*", Resource="arn:aws:sqs:us-*:*:*")], "eu-west-1"),
    ],
)
def test_a_region_is_whole(statements: list[dict[str, Any]], region: str, tmp_path: Path) -> None:
    assert _asked(tmp_path, ANYWHERE, *statements)[:2] == ("LEAK", region)


def test_what_only_a_region_that_is_none_allows_is_neither_leak_nor_isolated(tmp_path: Path) -> None:
    assert _asked(tmp_path, ANYWHERE, allow("sqs:*", "arn:aws:sqs:us-ea:111122223333:*"))[0] == "NOT_PROVEN"


@pytest.mark.parametrize(
    ("entry", "condition", "found"),
    [
        (HERE, {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, ("LEAK", "us-east-1", "us-east-1")),
        (HERE, {"StringLike": {"aws:RequestedRegion": "us-ea*"}}, ("LEAK", "us-east-1", "us-east-1")),
        (ANYWHERE, {"StringLike": {"aws:RequestedRegion": "eu-*"}}, ("LEAK", "eu-west-1", "eu-west-1")),
        # A queue is called in its own region ("AWS global condition context keys", aws:RequestedRegion).
        (HERE, {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, ("ISOLATED", "", None)),
        (HERE, {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, ("ISOLATED", "", None)),
    ],
)
def test_the_region_that_is_called_is_the_resource_s(
    entry: str, condition: dict[str, Any], found: tuple[str, str, object], tmp_path: Path
) -> None:
    said = _asked(tmp_path, entry, allow("sqs:*", "*", condition))
    assert said[0] == found[0]
    if found[0] == "LEAK":
        assert said == found
