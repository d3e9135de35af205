"""Bucket policies that tell requests by an access point from those by the bucket's own name, which have no such key.

"Configuring IAM policies for using access points" (Amazon S3 User Guide): what is delegated to access points is decided
by their policies, which may be in no file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, DATA, OBJECT_ENTRY, TAG, allow, deny, document, role, said_of_roles

BUCKET = "arn:aws:s3:::clinic-data"
BOTH = [BUCKET, f"{BUCKET}/*"]
OWN, EVERY = allow("s3:GetObject", f"{BUCKET}/{TAG}/*"), allow("s3:GetObject", f"{BUCKET}/*")
KEY = "s3:DataAccessPointAccount"


def lets(operator: str, key: str = KEY, value: str = ACCOUNT, resource: object = BOTH) -> dict[str, Any]:
    return allow("s3:*", resource, {operator: {key: value}}, Principal={"AWS": "*"})


def keeps_out(operator: str, key: str = KEY, value: str = ACCOUNT) -> dict[str, Any]:
    return deny("s3:*", {operator: {key: value}}, Resource=BOTH, Principal="*")


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "delegates": (OWN, lets("StringEquals"), "NOT_PROVEN"),
    "delegates listings": (OWN, lets("StringEquals", resource=BUCKET), "NOT_PROVEN"),
    "delegates, or lets in whoever comes by no access point": (OWN, lets("StringEqualsIfExists"), "LEAK"),
    "keeps out whoever comes by none": (EVERY, keeps_out("StringNotEquals"), "NOT_PROVEN"),
    "keeps out whoever comes by none, and who may come is bound": (OWN, keeps_out("StringNotEquals"), "ISOLATED"),
    "keeps out no request without the key": (EVERY, keeps_out("ForAnyValue:StringNotEquals"), "LEAK"),
    "keeps out whoever comes by one": (EVERY, keeps_out("StringEquals"), "LEAK"),
    "keeps out who comes by the internet": (
        EVERY,
        keeps_out("StringNotEquals", "s3:AccessPointNetworkOrigin", "VPC"),
        "NOT_PROVEN",
    ),
    "keeps out who comes by an access point of another tag": (
        EVERY,
        keeps_out("StringNotEquals", "s3:AccessPointTag/Team", "data"),
        "NOT_PROVEN",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_bucket_policy_that(name: str, tmp_path: Path) -> None:
    identity, statement, expected = CASES[name]
    resources = {
        "AppRole": role(identity, RoleName="AppRole"),
        "Data": DATA,
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Data"}, "PolicyDocument": document(statement)},
        },
    }
    assert said_of_roles(tmp_path, resources, owned=[OBJECT_ENTRY])["AppRole"] == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringLike": {"s3:DataAccessPointArn": "*"}}, "NOT_PROVEN"),
        ({"Null": {"s3:DataAccessPointArn": "true"}}, "LEAK"),
        ({"StringLikeIfExists": {"s3:DataAccessPointArn": "arn:*"}}, "LEAK"),
    ],
)
def test_a_policy_of_the_role(condition: dict[str, Any], expected: str, tmp_path: Path) -> None:
    wider = allow("s3:GetObject", f"{BUCKET}/*", condition)
    resources = {"AppRole": role(OWN, wider, RoleName="AppRole"), "Data": DATA}
    assert said_of_roles(tmp_path, resources, owned=[OBJECT_ENTRY])["AppRole"] == expected
