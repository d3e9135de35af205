"""`dynamodb:FirstPartitionKeyValues` is another name of `dynamodb:LeadingKeys`; the second and later are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.situations import PATIENTS, TABLE, TAG, Situation, allow, role, verdict

ACTIONS = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:DeleteItem"]
OWN = f"TENANT#{TAG}"


@pytest.mark.parametrize(
    "key", ["dynamodb:LeadingKeys", "dynamodb:FirstPartitionKeyValues", "dynamodb:firstPartitionkeyvalues"]
)
@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("ForAllValues:StringEquals", OWN, "ISOLATED"),
        ("ForAllValues:StringLike", "TENANT#*", "LEAK"),
        ("ForAllValues:StringNotEquals", OWN, "LEAK"),
    ],
)
def test_the_first_part_of_a_key_is_the_leading_key(
    tmp_path: Path, key: str, operator: str, value: str, expected: str
) -> None:
    resources = {"AppRole": role(allow(ACTIONS, TABLE, {operator: {key: [value]}})), "Patients": PATIENTS}
    assert verdict(Situation(resources).proofs(tmp_path)) == expected


@pytest.mark.parametrize("key", ["dynamodb:SecondPartitionKeyValues", "dynamodb:FourthPartitionKeyValues"])
def test_a_later_part_binds_nothing_of_a_key_that_has_one(tmp_path: Path, key: str) -> None:
    """A request for a table's own items has no such value, and `ForAllValues` holds without."""
    condition = {"ForAllValues:StringEquals": {key: [OWN]}}
    resources = {"AppRole": role(allow(ACTIONS, TABLE, condition)), "Patients": PATIENTS}
    assert verdict(Situation(resources).proofs(tmp_path)) == "LEAK"
