"""Configuration items of AWS Config, in every form in which they are had, are resources like any other."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from scanner.inputs.aws_config import read_config
from scanner.scanning import Options, scan

ACCOUNT, REGION = "123456789012", "eu-central-1"
TLS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def item(kind: str, name: str, configuration: object, more: object = None, **fields: object) -> dict[str, Any]:
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
        "configurationItemStatus": "OK",
        "awsAccountId": ACCOUNT,
        "awsRegion": REGION,
        "resourceType": kind,
        "resourceId": name,
        "resourceName": name,
        "ARN": f"arn:aws:{kind.split('::')[1].lower()}:::{name}",
        "tags": {"Owner": "clinic"},
        "configuration": configuration,
        "supplementaryConfiguration": more or {},
        **fields,
    }


BUCKET = item(
    "AWS::S3::Bucket",
    "records",
    {"name": "records"},
    {
        "BucketPolicy": {"policyText": json.dumps(TLS)},
        "BucketVersioningConfiguration": {"status": "Enabled", "isMfaDeleteEnabled": None},
        "PublicAccessBlockConfiguration": {
            "blockPublicAcls": True,
            "ignorePublicAcls": True,
            "blockPublicPolicy": True,
            "restrictPublicBuckets": True,
        },
    },
)
ROLE = item(
    "AWS::IAM::Role",
    "AROAEXAMPLE",
    {
        "roleName": "worker",
        "path": "/",
        "assumeRolePolicyDocument": quote(json.dumps(TRUST)),
        "rolePolicyList": [
            {
                "policyName": "all",
                "policyDocument": quote(
                    json.dumps(
                        {
                            "Version": "2012-10-17",
                            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
                        }
                    )
                ),
            }
        ],
        "attachedManagedPolicies": [],
        "permissionsBoundary": None,
    },
    awsRegion="global",
    resourceName="worker",
    ARN=f"arn:aws:iam::{ACCOUNT}:role/worker",
)
GROUP = item(
    "AWS::EC2::SecurityGroup",
    "sg-1",
    {
        "groupName": "open",
        "description": "d",
        "vpcId": "vpc-1",
        "ipPermissions": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]}],
        "ipPermissionsEgress": [],
    },
)
ODD = item("AWS::Odd::Thing", "x", {"name": "x"})
ITEMS = [BUCKET, ROLE, GROUP, ODD]


def _snapshot(items: list[dict[str, Any]]) -> bytes:
    return json.dumps({"fileVersion": "1.0", "configSnapshotId": "a", "configurationItems": items}).encode()


def _verdicts(path: Path) -> dict[tuple[str, str], str]:
    report = scan(path, options=Options()).report
    assert not [each for each in report["errors"] if each["level"] == "error"]
    return {(each["rule"], each["resource"]["logical_id"]): each["verdict"] for each in report["findings"]}


def _base(items: list[dict[str, Any]]) -> bytes:
    """As BatchGetResourceConfig answers: other names, and texts in place of objects."""
    made = []
    for each in items:
        renamed = {"awsAccountId": "accountId", "ARN": "arn"}
        one = {renamed.get(key, key): value for key, value in each.items() if key != "tags"}
        one["configuration"] = json.dumps(each["configuration"])
        one["supplementaryConfiguration"] = {
            key: json.dumps(value) for key, value in each["supplementaryConfiguration"].items()
        }
        made.append(one)
    return json.dumps({"baseConfigurationItems": made, "unprocessedResourceKeys": []}).encode()


FORMS = {
    "snapshot.json": _snapshot(ITEMS),
    "snapshot.json.gz": gzip.compress(_snapshot(ITEMS)),
    "items.jsonl": b"\n".join(json.dumps(each).encode() for each in ITEMS),
    "answer.json": _base(ITEMS),
}


@pytest.mark.parametrize("name", list(FORMS))
def test_every_form_is_found_and_judged(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FORMS[name])
    verdicts = _verdicts(tmp_path)
    assert verdicts["s3-versioning", "records"] == "PASS"
    assert verdicts["s3-tls-only", "records"] == "PASS"
    # What the items do not tell is neither met nor failed.
    assert verdicts["s3-access-logs", "records"] == "UNKNOWN"


def test_a_role_is_read_with_its_encoded_policies(tmp_path: Path) -> None:
    recorded = read_config(_snapshot([ROLE]), "s.json")
    (role,) = recorded.resources
    properties = role.fields["Properties"]
    assert isinstance(properties, dict)
    assert properties["AssumeRolePolicyDocument"] == TRUST
    assert properties["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] == "*"
    assert (role.logical_id, role.region, role.arn) == ("worker", None, f"arn:aws:iam::{ACCOUNT}:role/worker")


def test_a_security_group_has_one_rule_for_each_range() -> None:
    (group,) = read_config(_snapshot([GROUP]), "s.json").resources
    properties = group.fields["Properties"]
    assert isinstance(properties, dict)
    assert properties["SecurityGroupIngress"] == [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    ]
    assert properties["SecurityGroupEgress"] is None


def test_types_that_are_not_mapped_are_counted_in_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(_snapshot([BUCKET, ODD, {**ODD, "resourceId": "y"}]))
    report = scan(tmp_path, options=Options()).report
    (gap,) = [each for each in report["coverage"] if "AWS::Odd::Thing" in each["what"]]
    assert gap["what"].startswith("2 configuration items") and gap["cause"] == "not-collected"


def test_items_in_the_names_of_cloudformation_are_taken_as_they_are() -> None:
    made = item("AWS::ECR::Repository", "images", {"RepositoryName": "images", "ImageTagMutability": "IMMUTABLE"})
    (repository,) = read_config(_snapshot([made]), "s.json").resources
    properties = repository.fields["Properties"]
    assert isinstance(properties, dict) and properties["ImageTagMutability"] == "IMMUTABLE"


def test_the_last_state_of_a_history_counts_and_what_was_deleted_is_gone() -> None:
    before = {**BUCKET, "configurationItemCaptureTime": "2025-01-01T00:00:00Z", "supplementaryConfiguration": {}}
    gone = {
        **GROUP,
        "configurationItemCaptureTime": "2026-02-01T00:00:00Z",
        "configurationItemStatus": "ResourceDeleted",
    }
    recorded = read_config(_snapshot([BUCKET, before, GROUP, gone]), "s.json")
    assert sorted(each.type for each in recorded.resources) == ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"]


def test_an_item_without_an_account_is_told() -> None:
    recorded = read_config(_snapshot([{**BUCKET, "awsAccountId": "../../etc"}]), "s.json")
    assert not recorded.resources and "are not read" in str(recorded.problems[0])


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (gzip.compress(_snapshot(ITEMS))[:-40], "cut off or damaged"),
        (_snapshot(ITEMS)[:-40], "cut off or damaged"),
        (b"[" * 100_000, "nested too deep"),
    ],
    ids=["cut off gzip", "cut off text", "deep"],
)
def test_what_is_damaged_is_told(raw: bytes, says: str) -> None:
    recorded = read_config(raw, "s.json")
    assert not recorded.resources and says in str(recorded.problems[0])
