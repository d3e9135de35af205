"""Keys that the request's principal or resource decides by itself are not for the caller to choose.

A session of a role is no principal of a service, calls of its own carry nothing that only services' calls do, and a
request goes to where its resource is. Values that were chosen for such keys made leaks of requests that AWS never gets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import ACCOUNT, DATA, ITEM_ENTRY, OBJECT_ENTRY, PATIENTS, TABLE, TAG, allow, deny, leading

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


OBJECTS = "arn:aws:s3:::clinic-data/*"
OTHER = "999988887777"


@pytest.mark.parametrize("key", ["aws:ResourceAccount", "s3:ResourceAccount"])
@pytest.mark.parametrize(
    ("operator", "value", "verdict"),
    [
        ("StringNotEquals", ACCOUNT, "ISOLATED"),
        ("StringEquals", ACCOUNT, "LEAK"),
        ("StringEquals", OTHER, "ISOLATED"),
        ("StringEquals", "${aws:PrincipalAccount}", "LEAK"),
        ("StringNotEquals", "${aws:PrincipalAccount}", "ISOLATED"),
        ("StringNotLike", "1*", "ISOLATED"),
    ],
)
def test_objects_of_a_bucket_whose_arn_has_no_account(
    key: str, operator: str, value: str, verdict: str, tmp_path: Path
) -> None:
    own = allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*")
    resources = {"Data": DATA}
    every = allow("s3:GetObject", OBJECTS, {operator: {key: value}})
    assert said(tmp_path / "held", resources, OBJECT_ENTRY, own, every) == verdict
    # Buckets that no file holds may be another account's: what rests on that is open.
    left = verdict if verdict == "LEAK" else "NOT_PROVEN"
    assert said(tmp_path / "far", {}, OBJECT_ENTRY, own, every) == left


def test_the_tag_of_a_secret_under_the_name_of_its_service(tmp_path: Path) -> None:
    tags = [{"Key": "TenantId", "Value": "globex"}]
    secret = {"Theirs": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "t-globex", "Tags": tags}}}
    foreign = {"StringNotEquals": {"secretsmanager:ResourceTag/TenantId": "globex"}}
    read = allow("secretsmanager:GetSecretValue", "*", foreign)
    assert said(tmp_path, secret, None, read) == "ISOLATED"


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
        # A key of several values requires a set operator, though this request has one.
        ("dynamodb:Query", "StringEquals", f"TENANT#{TAG}", "NOT_PROVEN"),
        ("dynamodb:BatchWriteItem", "StringLike", f"TENANT#{TAG}", "NOT_PROVEN"),
        ("dynamodb:BatchWriteItem", "StringLike", "TENANT#*", "LEAK"),
        ("dynamodb:PartiQLSelect", "StringEquals", f"TENANT#{TAG}", "NOT_PROVEN"),
        ("dynamodb:Query", "StringLike", f"TENANT#{TAG}*", "LEAK"),
        ("dynamodb:Query", "StringNotEquals", f"TENANT#{TAG}", "LEAK"),
    ],
)
def test_a_plain_operator_over_one_key(action: str, operator: str, value: str, verdict: str, tmp_path: Path) -> None:
    statement = allow(action, TABLE, {operator: {"dynamodb:LeadingKeys": value}})
    assert said(tmp_path, {"Patients": PATIENTS}, ITEM_ENTRY, OWN, statement) == verdict


@pytest.mark.parametrize(
    ("action", "condition", "verdict"),
    [
        ("ec2:CreateTags", {"StringEquals": {"ec2:CreateAction": "RunInstances"}}, "ISOLATED"),
        ("ec2:CreateTags", {"Null": {"ec2:CreateAction": "false"}}, "ISOLATED"),
        ("ec2:CreateTags", {"Null": {"ec2:CreateAction": "true"}}, "LEAK"),
        ("ec2:CreateTags", {"StringNotEquals": {"ec2:CreateAction": "RunInstances"}}, "LEAK"),
        ("ec2:CreateTags", None, "LEAK"),
    ],
)
def test_tags_that_go_with_a_creation_are_on_nothing_that_is_there(
    action: str, condition: dict[str, Any] | None, verdict: str, tmp_path: Path
) -> None:
    entry = {"kind": "tagged", "types": ["AWS::EC2::Instance"], "tag": "TenantId"}
    assert said(tmp_path, {}, entry, allow("ec2:*", "*", OWN_TAG), allow(action, "*", condition)) == verdict


def test_a_deny_unless_something_is_created_covers_what_is_there(tmp_path: Path) -> None:
    entry = {"kind": "tagged", "types": ["AWS::ECS::Service"], "tag": "TenantId"}
    unless = deny("ecs:TagResource", {"StringNotEquals": {"ecs:CreateAction": "RunTask"}}, Resource="*")
    own = allow("ecs:*", "*", OWN_TAG)
    assert said(tmp_path, {}, entry, own, allow("ecs:TagResource", "*"), unless) == "ISOLATED"


PROD = {"Properties": {**PATIENTS["Properties"], "Tags": [{"Key": "env", "Value": "prod"}]}}


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringEquals": {"aws:ResourceTag/env": "prod"}}, "LEAK"),
        ({"StringEquals": {"aws:ResourceTag/env": "dev"}}, "ISOLATED"),
        # A stack's tags are in no file.
        ({"StringEquals": {"aws:ResourceTag/TenantId": TAG}}, "NOT_PROVEN"),
        ({"Null": {"aws:ResourceTag/team": "true"}}, "NOT_PROVEN"),
        ({"Null": {"aws:ResourceTag/env": "true"}}, "ISOLATED"),
    ],
)
def test_the_tags_of_a_pooled_table_are_those_of_its_file(
    condition: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    statement = allow("dynamodb:Query", TABLE, condition)
    assert said(tmp_path, {"Patients": {**PATIENTS, **PROD}}, ITEM_ENTRY, OWN, statement) == verdict


READ_ALL = "arn:aws:s3:::clinic-data/*"


@pytest.mark.parametrize(
    ("resource", "condition", "verdict"),
    [
        (READ_ALL, {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "ISOLATED"),
        (READ_ALL, {"NumericLessThan": {"aws:EpochTime": "1500000000"}}, "ISOLATED"),
        (READ_ALL, {"DateLessThan": {"aws:CurrentTime": "2090-01-01"}}, "LEAK"),
        (READ_ALL, {"NumericGreaterThan": {"aws:EpochTime": "1500000000"}}, "LEAK"),
        (READ_ALL, {"DateNotEquals": {"aws:CurrentTime": "2020-01-01"}}, "LEAK"),
        (READ_ALL, {"DateGreaterThan": {"aws:CurrentTime": "2090-01-01"}}, "LEAK"),
        # What has a letter is neither number nor date, and satisfies no such operator.
        (READ_ALL, {"NumericEquals": {"aws:PrincipalTag/TenantId": "5"}}, "ISOLATED"),
        (READ_ALL, {"NumericNotEquals": {"aws:PrincipalTag/TenantId": "5"}}, "ISOLATED"),
        (READ_ALL, {"DateLessThan": {"aws:PrincipalTag/TenantId": "2030-01-01"}}, "ISOLATED"),
        # One tenant in letters, and its own data.
        ("arn:aws:s3:::clinic-data/acme/*", {"StringEquals": {"aws:PrincipalTag/TenantId": "acme"}}, "ISOLATED"),
        ("arn:aws:s3:::clinic-data/acme*", {"StringEquals": {"aws:PrincipalTag/TenantId": "acme"}}, "LEAK"),
        ("arn:aws:s3:::clinic-data/acme/*", {"StringNotEquals": {"aws:PrincipalTag/TenantId": "acme"}}, "LEAK"),
        (
            "arn:aws:s3:::clinic-data/acme/*",
            {"StringEquals": {"aws:PrincipalTag/TenantId": ["acme", "globex"]}},
            "LEAK",
        ),
    ],
)
def test_times_that_are_over_values_that_are_no_numbers_and_tenants_in_letters(
    resource: str, condition: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    own = allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*")
    assert said(tmp_path, {"Data": DATA}, OBJECT_ENTRY, own, allow("s3:GetObject", resource, condition)) == verdict


def test_a_deny_from_a_time_that_is_over_always_holds(tmp_path: Path) -> None:
    since = deny("s3:GetObject", {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}, Resource="*")
    own = allow("s3:PutObject", f"arn:aws:s3:::clinic-data/{TAG}/*")
    statements = (own, allow("s3:GetObject", READ_ALL), since)
    assert said(tmp_path, {"Data": DATA}, OBJECT_ENTRY, *statements) == "ISOLATED"
