"""Keys that the request's principal or resource decides by itself are not for the caller to choose.

A session of a role is no principal of a service, calls of its own carry nothing that only services' calls do, and a
request goes to where its resource is. Values that were chosen for such keys made leaks of requests that AWS never gets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import ACCOUNT, ITEM_ENTRY, PATIENTS, TABLE, TAG, allow, deny, leading

OWN = allow("dynamodb:Query", TABLE, leading([f"TENANT#{TAG}"]))
QUEUE = {
    "Theirs": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": "t-globex", "Tags": [{"Key": "TenantId", "Value": "globex"}]},
    }
}
EVERYTHING = allow("sqs:*", "*")


def but(condition: dict[str, Any]) -> dict[str, Any]:
    return deny("*", condition, Resource="*")


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, "ISOLATED"),
        ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, "LEAK"),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, "ISOLATED"),
        ({"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, "LEAK"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, "ISOLATED"),
        ({"StringEquals": {"aws:PrincipalServiceName": "sns.amazonaws.com"}}, "ISOLATED"),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "ISOLATED"),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, "LEAK"),
        ({"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}, "ISOLATED"),
        ({"StringEquals": {"aws:ResourceAccount": ["999999999999", ACCOUNT]}}, "LEAK"),
        ({"ForAllValues:NumericNotEquals": {"dynamodb:LeadingKeys": ["5"]}}, "ISOLATED"),
        ({"ForAllValues:NumericEquals": {"dynamodb:LeadingKeys": ["5"]}}, "ISOLATED"),
    ],
)
def test_a_query_of_a_pooled_table(condition: dict[str, Any], verdict: str, tmp_path: Path) -> None:
    query = allow("dynamodb:Query", TABLE, condition)
    assert said(tmp_path, {"Patients": PATIENTS}, ITEM_ENTRY, OWN, query) == verdict


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([EVERYTHING, but({"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}})], "ISOLATED"),
        ([EVERYTHING, but({"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}})], "LEAK"),
        ([EVERYTHING, but({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}})], "ISOLATED"),
        ([EVERYTHING, but({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}})], "LEAK"),
        ([EVERYTHING, but({"StringEquals": {"aws:ResourceAccount": ACCOUNT}})], "ISOLATED"),
        ([EVERYTHING, but({"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}})], "LEAK"),
    ],
)
def test_a_queue_of_another_tenant(statements: list[dict[str, Any]], verdict: str, tmp_path: Path) -> None:
    assert said(tmp_path, QUEUE, None, *statements) == verdict


OWN_DATABASE = {"StringEquals": {"rds:db-tag/TenantId": TAG}}


@pytest.mark.parametrize(
    ("kind", "action", "condition", "verdict"),
    [
        ("AWS::RDS::DBInstance", "rds:DeleteDBInstance", OWN_DATABASE, "ISOLATED"),
        ("AWS::RDS::DBInstance", "rds:DeleteDBInstance", {"StringLike": {"rds:db-tag/TenantId": "*"}}, "LEAK"),
        # The group that a request names as well is asked for with its own tags, which that key does not give.
        ("AWS::RDS::DBParameterGroup", "rds:ModifyDBInstance", OWN_DATABASE, "ISOLATED"),
        (
            "AWS::RDS::DBParameterGroup",
            "rds:ModifyDBInstance",
            {"StringNotEquals": {"rds:db-tag/TenantId": "x"}},
            "LEAK",
        ),
    ],
)
def test_a_key_for_the_tags_of_one_type(
    kind: str, action: str, condition: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    entry = {"kind": "tagged", "types": [kind], "tag": "TenantId"}
    own = allow("rds:*", "*", {"StringEquals": {"aws:ResourceTag/TenantId": TAG}})
    assert said(tmp_path, {}, entry, own, allow(action, "*", condition)) == verdict


OWN_TAG = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}


@pytest.mark.parametrize(
    ("kind", "action", "condition", "verdict"),
    [
        ("AWS::S3::Bucket", "s3:*", OWN_TAG, "ISOLATED"),
        ("AWS::S3::Bucket", "s3:ListBucket", OWN_TAG, "ISOLATED"),
        ("AWS::S3::Bucket", "s3:ListBucket", None, "LEAK"),
        ("AWS::Logs::LogGroup", "logs:*", OWN_TAG, "ISOLATED"),
        ("AWS::Logs::LogGroup", "logs:FilterLogEvents", None, "LEAK"),
        ("AWS::HealthImaging::Datastore", "medical-imaging:SearchImageSets", OWN_TAG, "ISOLATED"),
        ("AWS::HealthImaging::Datastore", "medical-imaging:SearchImageSets", None, "LEAK"),
    ],
)
def test_what_is_listed_from_above_carries_the_tag_of_its_owner(
    kind: str, action: str, condition: dict[str, Any] | None, verdict: str, tmp_path: Path
) -> None:
    entry = {"kind": "tagged", "types": [kind], "tag": "TenantId"}
    own = allow(f"{action.partition(':')[0]}:*", "*", OWN_TAG)
    assert said(tmp_path, {}, entry, own, allow(action, "*", condition)) == verdict


@pytest.mark.parametrize(
    ("action", "operator", "value", "verdict"),
    [
        ("dynamodb:DeleteItem", "StringEquals", f"TENANT#{TAG}", "NOT_PROVEN"),  # as a member of a transaction
        ("dynamodb:Query", "StringEquals", f"TENANT#{TAG}", "ISOLATED"),
        ("dynamodb:Query", "StringLike", f"TENANT#{TAG}*", "LEAK"),
        ("dynamodb:Query", "StringNotEquals", f"TENANT#{TAG}", "LEAK"),
    ],
)
def test_a_plain_operator_over_one_key(action: str, operator: str, value: str, verdict: str, tmp_path: Path) -> None:
    statement = allow(action, TABLE, {operator: {"dynamodb:LeadingKeys": value}})
    assert said(tmp_path, {"Patients": PATIENTS}, ITEM_ENTRY, OWN, statement) == verdict
