"""The engine, on recorded answers: what is known, what is absent, what is unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from scanner.live.aws_calls import CredentialsEndedError, RefusedError, credentials_ended, is_denied
from scanner.live.clients import AwsCaller
from scanner.live.collector import Where, collect
from scanner.live.collector_table import Service
from scanner.live.services.dynamodb import DYNAMODB
from scanner.live.services.iam import IAM
from scanner.live.services.s3 import S3
from scanner.live.throttle import SLOWEST, TokenBucket
from scanner.snapshots.lines import Failed, Line, Listed, Seen
from scanner.snapshots.redaction import Redaction

HERE = Where("111122223333", "eu-central-1")
POLICY = {"Version": "2012-10-17", "Statement": []}


class Recorded:
    """Answers by operation; an exception is raised, a list is one answer a call."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = {key: list(value) if isinstance(value, list) else value for key, value in answers.items()}
        self.asked: list[tuple[str, dict[str, object]]] = []

    def call(self, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        self.asked.append((operation, arguments))
        # What AWS is asked to prepare is ready at once.
        answer = self._answers.get(operation, {"State": "COMPLETE"} if operation.startswith("generate_") else {})
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        found: Mapping[str, Any] = answer
        return found


def _collected(service: Service, answers: Mapping[str, Any]) -> list[Line]:
    return [*collect(service, Recorded(answers), HERE, Redaction(b"key"))]


def _seen(lines: list[Line], type_name: str) -> Seen:
    return next(line for line in lines if isinstance(line, Seen) and line.type == type_name)


BUCKET = {"Buckets": [{"Name": "records", "BucketRegion": "eu-central-1"}]}


def test_a_listed_error_code_means_that_there_is_none() -> None:
    lines = _collected(S3, {"list_buckets": BUCKET, "get_bucket_policy": RefusedError("NoSuchBucketPolicy")})
    assert not [line for line in lines if isinstance(line, Seen) and line.type == "AWS::S3::BucketPolicy"]
    assert Listed("AWS::S3::BucketPolicy") in lines
    assert not [line for line in lines if isinstance(line, Failed)]


def test_a_denied_call_makes_its_property_unknown_and_no_other() -> None:
    lines = _collected(S3, {"list_buckets": BUCKET, "get_bucket_encryption": RefusedError("AccessDenied")})
    bucket = _seen(lines, "AWS::S3::Bucket")
    assert [path for path, _ in bucket.unknown] == [("BucketEncryption",)]
    assert bucket.unknown[0][1].cause == "access-denied"
    assert "s3:GetEncryptionConfiguration" in bucket.unknown[0][1].detail
    failed = [line for line in lines if isinstance(line, Failed)]
    assert [(each.call, each.on) for each in failed] == [("s3:GetEncryptionConfiguration", "records")]


def test_a_policy_that_could_not_be_read_may_be_there() -> None:
    lines = _collected(S3, {"list_buckets": BUCKET, "get_bucket_policy": RefusedError("AccessDenied")})
    policy = _seen(lines, "AWS::S3::BucketPolicy")
    assert policy.doubt is not None and policy.doubt.cause == "access-denied"
    assert policy.properties["Bucket"] == "records"
    assert [path for path, _ in policy.unknown] == [("PolicyDocument",)]


def test_a_list_that_was_denied_is_not_an_empty_list() -> None:
    lines = _collected(DYNAMODB, {"list_tables": RefusedError("AccessDeniedException")})
    listed = {line.type: line.unread for line in lines if isinstance(line, Listed)}
    assert listed.keys() == {"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"}
    assert all(why is not None and why.cause == "access-denied" for why in listed.values())


def test_what_rests_on_an_answer_that_is_missing_is_not_asked_for() -> None:
    recorded = Recorded({"list_tables": {"TableNames": ["Patients"]}, "describe_table": RefusedError("AccessDenied")})
    lines = [*collect(DYNAMODB, recorded, HERE, Redaction(b"key"))]
    assert "get_resource_policy" not in [operation for operation, _ in recorded.asked]
    table = _seen(lines, "AWS::DynamoDB::Table")
    assert ("ResourcePolicy",) in [path for path, _ in table.unknown]
    assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}


def test_the_key_that_aws_manages_is_told_from_one_of_ones_own() -> None:
    """A table names both by an id; only the key itself says whose it is."""
    own = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k"}
    table = {
        "list_tables": {"TableNames": ["t"]},
        "describe_table": {"Table": {"TableArn": "arn:x", "SSEDescription": own}},
    }
    for manager, wanted in (("AWS", "alias/aws/dynamodb"), ("CUSTOMER", own["KMSMasterKeyArn"])):
        seen = _seen(
            _collected(DYNAMODB, {**table, "describe_key": {"KeyMetadata": {"KeyManager": manager}}}),
            "AWS::DynamoDB::Table",
        )
        assert seen.properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": wanted}
    denied = _seen(
        _collected(DYNAMODB, {**table, "describe_key": RefusedError("AccessDenied")}), "AWS::DynamoDB::Table"
    )
    assert ("SSESpecification", "KMSMasterKeyId") in [path for path, _ in denied.unknown]


def test_a_table_that_was_deleted_meanwhile_is_left_out() -> None:
    gone = {"list_tables": {"TableNames": ["Patients"]}, "describe_table": RefusedError("ResourceNotFoundException")}
    assert not [line for line in _collected(DYNAMODB, gone) if isinstance(line, Seen | Failed)]


def test_every_page_is_read() -> None:
    pages = [{"TableNames": ["a"], "LastEvaluatedTableName": "a"}, {"TableNames": ["b"]}]
    lines = _collected(DYNAMODB, {"list_tables": pages, "describe_table": {"Table": {"TableArn": "arn:x"}}})
    assert [line.id for line in lines if isinstance(line, Seen)] == ["a", "b"]


def test_a_service_that_gives_the_same_page_for_ever_ends_as_a_failure() -> None:
    page = {"TableNames": ["a"], "LastEvaluatedTableName": "a"}
    lines = _collected(DYNAMODB, {"list_tables": page})
    assert [line.why.cause for line in lines if isinstance(line, Failed)][:1] == ["not-collected"]
    assert Listed("AWS::DynamoDB::Table") not in lines


def test_a_policy_that_is_no_json_is_unknown() -> None:
    lines = _collected(S3, {"list_buckets": BUCKET, "get_bucket_policy": {"Policy": "{broken"}})
    policy = _seen(lines, "AWS::S3::BucketPolicy")
    assert [(path, why.cause) for path, why in policy.unknown] == [(("PolicyDocument",), "scanner-error")]


def test_the_password_policy_is_absent_or_unknown_but_never_both_alike() -> None:
    summary = {"get_account_summary": {"SummaryMap": {"AccountMFAEnabled": 1}}}
    absent = _seen(
        _collected(IAM, {**summary, "get_account_password_policy": RefusedError("NoSuchEntity")}), "AWS::::Account"
    )
    denied = _seen(
        _collected(IAM, {**summary, "get_account_password_policy": RefusedError("AccessDenied")}), "AWS::::Account"
    )
    assert absent.properties["PasswordPolicy"] is None and not absent.unknown
    assert [path for path, _ in denied.unknown] == [("PasswordPolicy",)]


def test_one_call_tells_all_of_iam() -> None:
    answer = {
        "RoleDetailList": [
            {
                "RoleName": "api",
                "Arn": "arn:aws:iam::111122223333:role/api",
                "AssumeRolePolicyDocument": json.dumps(POLICY),
                "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": POLICY}],
                "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b"},
            }
        ],
        "Policies": [
            {"PolicyName": "b", "Arn": "arn:b", "PolicyVersionList": [{"IsDefaultVersion": True, "Document": POLICY}]}
        ],
    }
    lines = _collected(IAM, {"get_account_authorization_details": answer})
    role = _seen(lines, "AWS::IAM::Role")
    assert role.properties["AssumeRolePolicyDocument"] == POLICY
    assert role.properties["Policies"] == [{"PolicyName": "p", "PolicyDocument": POLICY}]
    assert role.properties["PermissionsBoundary"] == "arn:aws:iam::111122223333:policy/b"
    assert _seen(lines, "AWS::IAM::ManagedPolicy").properties["PolicyDocument"] == POLICY


def test_credentials_that_ended_end_the_reading_and_are_no_denial() -> None:
    ended = credentials_ended("ExpiredToken")
    assert ended is not None and not is_denied("ExpiredToken")
    with pytest.raises(CredentialsEndedError):
        _collected(S3, {"list_buckets": ended})


def test_a_clock_that_is_wrong_is_named() -> None:
    assert "clock" in str(credentials_ended("RequestTimeTooSkewed"))


class _Throttling:
    """A client that is throttled twice, and its bucket."""

    def __init__(self) -> None:
        self.times = 0
        self.pace = TokenBucket(1000.0, sleep=lambda _: None)

    def client(self, service: str, region: str) -> _Throttling:
        return self

    def bucket(self, account: str, region: str, service: str) -> TokenBucket:
        return self.pace

    def list_tables(self, **arguments: object) -> Mapping[str, Any]:
        exceptions: Any = pytest.importorskip("botocore.exceptions")
        self.times += 1
        if self.times < 3:
            raise exceptions.ClientError({"Error": {"Code": "ThrottlingException"}}, "ListTables")
        return {"TableNames": []}


def test_a_throttled_call_is_made_again_and_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AwsCaller, "_pause", lambda *_: None)
    clients: Any = _Throttling()
    caller = AwsCaller(clients, None, "111122223333", "eu-central-1")
    assert caller.call("dynamodb", "list_tables") == {"TableNames": []}
    assert caller.calls == 3
    # Both were on their way at once, and say the same.
    assert 200 <= clients.pace.rate < 300


def test_a_bucket_lets_no_more_through_than_its_rate() -> None:
    now = [100.0]
    bucket = TokenBucket(10.0, lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _ in range(100):
        bucket.take()
    assert now[0] - 100.0 >= 8.8
    for _ in range(20):
        now[0] += 1.5
        bucket.slow()
    assert bucket.rate == SLOWEST
