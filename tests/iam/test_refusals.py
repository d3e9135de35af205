"""Each reason for which AWS would refuse a request, with a request that it refuses and the nearest that it does not."""

from __future__ import annotations

import pytest

from scanner.iam.refusals import REFUSALS, refusal

TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/Orders"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:acme/db-a1B2c3"
BUCKET = "arn:aws:s3:::clinic-data"
Asked = tuple[str, str, dict[str, object]]

REFUSED: dict[str, list[tuple[Asked, Asked]]] = {
    "no such resource": [
        (("dynamodb:Query", "arn:aws:dynamodb:::table/j::table/j-orders", {}), ("dynamodb:Query", TABLE, {})),
        (("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1234:table/Orders", {}), ("dynamodb:GetItem", TABLE, {})),
        (
            ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111122223333:table/a b", {}),
            ("dynamodb:GetItem", TABLE, {}),
        ),
        (
            ("kinesis:PutRecord", "arn:aws:kinesis:us-east-1:111122223333:stream/", {}),
            ("kinesis:PutRecord", "arn:aws:kinesis:us-east-1:111122223333:stream/s", {}),
        ),
        (
            ("dynamodb:GetItem", "arn:aws:dynamodb:us-ea:111122223333:table/Orders", {}),
            ("dynamodb:GetItem", "arn:aws:dynamodb:mx-central-1:111122223333:table/Orders", {}),
        ),
        (
            ("ecs:UpdateService", "arn:aws:ecs:us-east-1:111122223333:service/main/b-x/a-y", {}),
            ("ecs:UpdateService", "arn:aws:ecs:us-east-1:111122223333:service/main/b-x", {}),
        ),
        *(
            (
                (action, f"arn:aws:ssm:us-east-1:111122223333:{kind}/{name}/x", {}),
                (action, f"arn:aws:ssm:us-east-1:111122223333:{kind}/{name}", {}),
            )
            for action, kind, name in (
                ("ssm:GetOpsItem", "opsitem", "oi-0123456789ab"),
                ("ssm:GetMaintenanceWindow", "maintenancewindow", "mw-0123456789abcdef0"),
            )
        ),
        (("s3:GetObject", BUCKET, {}), ("s3:GetObject", f"{BUCKET}/a:b/c d", {})),
        (("s3:ListBucket", "arn:aws:s3:::Clinic_Data", {}), ("s3:ListBucket", BUCKET, {})),
        (
            ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:db", {}),
            ("secretsmanager:GetSecretValue", SECRET, {}),
        ),
        (("iam:PassRole", "*", {}), ("iam:PassRole", "arn:aws:iam::111122223333:role/service/app", {})),
        (("s3:ListAllMyBuckets", BUCKET, {}), ("s3:ListAllMyBuckets", "*", {})),
    ],
    "a key that the action does not carry": [
        (
            ("dynamodb:Scan", TABLE, {"dynamodb:LeadingKeys": ["a"]}),
            ("dynamodb:Query", TABLE, {"dynamodb:LeadingKeys": ["a"]}),
        ),
        (("s3:GetObject", f"{BUCKET}/k", {"s3:prefix": "a"}), ("s3:ListBucket", BUCKET, {"s3:prefix": "a"})),
        (
            ("dynamodb:Query", TABLE, {"secretsmanager:ResourceTag/t": "a"}),
            ("dynamodb:Query", TABLE, {"aws:ResourceTag/t": "a"}),
        ),
    ],
    "several values of one": [
        (
            ("s3:ListBucket", BUCKET, {"s3:prefix": ["a", "b"]}),
            ("dynamodb:Query", TABLE, {"dynamodb:LeadingKeys": ["a", "b"]}),
        ),
    ],
    "one key in two spellings": [
        (
            ("s3:ListBucket", BUCKET, {"s3:prefix": "a", "s3:Prefix": "b"}),
            ("s3:ListBucket", BUCKET, {"s3:prefix": "a", "s3:Prefix": "a"}),
        ),
        (
            ("s3:ListBucket", BUCKET, {"aws:PrincipalTag/T": "a", "aws:principaltag/t": "b"}),
            ("s3:ListBucket", BUCKET, {"aws:PrincipalTag/T": "a", "aws:PrincipalTag/U": "b"}),
        ),
    ],
    "one tag with two values": [
        (
            ("secretsmanager:GetSecretValue", SECRET, {"aws:ResourceTag/t": "a", "secretsmanager:ResourceTag/t": "b"}),
            ("secretsmanager:GetSecretValue", SECRET, {"aws:ResourceTag/t": "a", "secretsmanager:ResourceTag/t": "a"}),
        ),
    ],
    "a truth that is none": [
        (
            ("s3:ListBucket", BUCKET, {"aws:SecureTransport": "tRuE"}),
            ("s3:ListBucket", BUCKET, {"aws:SecureTransport": "true"}),
        ),
    ],
    "a tag too long": [
        (
            ("s3:ListBucket", BUCKET, {"aws:PrincipalTag/t": "a" * 257}),
            ("s3:ListBucket", BUCKET, {"aws:PrincipalTag/t": "a" * 256}),
        ),
    ],
    "another region": [
        (("dynamodb:Query", TABLE, {"aws:RequestedRegion": "us-ea"}), ("dynamodb:Query", TABLE, {})),
        (
            ("dynamodb:Query", TABLE, {"aws:RequestedRegion": "eu-west-1"}),
            ("dynamodb:Query", TABLE, {"aws:RequestedRegion": "us-east-1"}),
        ),
        (
            ("dynamodb:Query", TABLE, {"aws:RequestedRegion": ""}),
            ("s3:ListBucket", BUCKET, {"aws:RequestedRegion": "eu-west-1"}),
        ),
    ],
    "a time that is over": [
        (
            ("dynamodb:Query", TABLE, {"aws:CurrentTime": "2020-01-01T00:00:00Z"}),
            ("dynamodb:Query", TABLE, {"aws:CurrentTime": "2100-01-01T00:00:00Z"}),
        ),
        (
            ("dynamodb:Query", TABLE, {"aws:EpochTime": "1500000000"}),
            ("dynamodb:Query", TABLE, {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}),
        ),
    ],
    "the account of another": [
        (
            ("dynamodb:Query", TABLE, {"aws:ResourceAccount": "999999999999"}),
            ("dynamodb:Query", TABLE, {"aws:ResourceAccount": "111122223333"}),
        ),
    ],
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_request_that_cannot_be_is_refused_and_the_nearest_is_not(name: str) -> None:
    row = next(each for each in REFUSALS if each.name == name)
    for refused, allowed in REFUSED[name]:
        said = refusal(*refused)
        assert said is not None, refused
        assert said.endswith(f"({row.document})"), (refused, said)
        assert refusal(*allowed) is None, allowed


def test_every_row_of_the_table_has_a_test_and_a_document() -> None:
    assert {each.name for each in REFUSALS} == set(REFUSED)
    assert all(each.document for each in REFUSALS)


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert refusal("nosuch:Action", "anything", {"a:b": "c"}) is None
    assert refusal("dynamodb:Query", object(), {}) is None


@pytest.mark.parametrize(
    ("action", "resource", "possible"),
    [
        ("iam:UpdateRole", "arn:aws:iam::111122223333:role/x/", False),
        ("iam:UpdateRole", "arn:aws:iam::111122223333:role/x/a", True),
        ("ecr:DeleteRepository", "arn:aws:ecr:us-east-1:111122223333:repository/globex-", False),
        ("ecr:DeleteRepository", "arn:aws:ecr:us-east-1:111122223333:repository/globex/", False),
        ("ecr:DeleteRepository", "arn:aws:ecr:us-east-1:111122223333:repository/globex/a-b", True),
        ("logs:DeleteLogGroup", "arn:aws:logs:us-east-1:111122223333:log-group:x:log-stream:y", False),
        ("logs:DeleteLogGroup", "arn:aws:logs:us-east-1:111122223333:log-group:x:*", True),
        ("logs:GetLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:x:log-stream:y", True),
        ("kafka:DeleteVpcConnection", "arn:aws:kafka:us-east-1:x:vpc-connection/x/main/1", False),
        ("mgh:ListConnectionRoles", "arn:aws:mgh:us-east-1:111122223333:connection/1", True),
    ],
)
def test_names_end_as_their_services_let_them(action: str, resource: str, possible: bool) -> None:
    assert (refusal(action, resource, {}) is None) is possible
