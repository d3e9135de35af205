"""`arn:aws:dynamodb` in an identity policy was taken for text that no table's ARN equals, and the role for isolated.

AWS completes it to `arn:aws:dynamodb:*:*:*` ("IAM identifiers", IAM User Guide). Found by the random questions: 140
wrong proofs of 1,449."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.situations import (
    ITEMS,
    PATIENTS,
    TABLE,
    TAG,
    Situation,
    allow,
    deny,
    document,
    leading,
    role,
    verdict,
)

BOUNDARY = {
    "Type": "AWS::IAM::ManagedPolicy",
    "Properties": {"PolicyDocument": document(allow("dynamodb:*", "arn:aws:dynamodb"))},
}
SITUATIONS = {
    "the service": ([allow(ITEMS, "arn:aws:dynamodb")], {}, "LEAK"),
    "service and region": ([allow(ITEMS, "arn:aws:dynamodb:us-east-1")], {}, "LEAK"),
    "service, region and account": ([allow(ITEMS, "arn:aws:dynamodb:us-east-1:111122223333")], {}, "LEAK"),
    "another service": ([allow(ITEMS, "arn:aws:sqs")], {}, "ISOLATED"),
    "another region": ([allow(ITEMS, "arn:aws:dynamodb:eu-west-1")], {}, "ISOLATED"),
    "under a condition that binds the tenant": (
        [allow(["dynamodb:Query"], "arn:aws:dynamodb", leading(f"TENANT#{TAG}"))],
        {},
        "ISOLATED",
    ),
    "a Deny that may be narrow": (
        [allow(ITEMS, TABLE), deny("dynamodb:*", Resource="arn:aws:dynamodb")],
        {},
        "NOT_PROVEN",
    ),
    "a Deny of another service": ([allow(ITEMS, TABLE), deny("*", Resource="arn:aws:sqs")], {}, "LEAK"),
    "a boundary that may be narrow": (
        [allow(ITEMS, TABLE)],
        {"PermissionsBoundary": {"Ref": "Boundary"}},
        "NOT_PROVEN",
    ),
    "all but an incomplete one": (
        [{"Effect": "Allow", "Action": ITEMS, "NotResource": "arn:aws:dynamodb"}],
        {},
        "NOT_PROVEN",
    ),
}


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_an_incomplete_arn_is_completed_where_aws_says_so(name: str, tmp_path: Path) -> None:
    statements, properties, expected = SITUATIONS[name]
    own = allow("dynamodb:Query", TABLE, leading(f"TENANT#{TAG}"))
    resources = {"AppRole": role(*statements, own, **properties), "Patients": PATIENTS, "Boundary": BOUNDARY}
    if not properties:
        del resources["Boundary"]
    assert verdict(Situation(resources).proofs(tmp_path)) == expected
