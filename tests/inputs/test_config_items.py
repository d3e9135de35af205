# ruff: noqa: E501  # an item a line
"""Thirty items in the forms in which AWS Config delivers them, and what each becomes.

The forms are those of delivered snapshots and histories, of the operations' answers and of notifications: texts within
texts, numbers as floats, nulls, policies escaped for addresses, and names whose capitals changed over the years.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from scanner.inputs.aws_config import read_config
from scanner.model.deferred import settle
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.scanning import Options, scan

ACCOUNT, REGION = "123456789012", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
OPEN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
}
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ESCAPED, ALLOWED = quote(json.dumps(TRUST)), quote(json.dumps(ALL))
SG, ROLE, USER, DB = "AWS::EC2::SecurityGroup", "AWS::IAM::Role", "AWS::IAM::User", "AWS::RDS::DBInstance"
TABLE, FUNCTION, KMS, BUCKET = "AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::KMS::Key", "AWS::S3::Bucket"


def permission(**more: object) -> dict[str, object]:
    told = {"ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "userIdGroupPairs": [], "prefixListIds": []}
    return {**told, "ipRanges": [], "ipv4Ranges": [], "ipv6Ranges": [], **more}


PORT = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
# The type of the item, its configuration, what supplements it, the type it becomes, and what is known of that.
ITEMS: list[tuple[str, dict[str, object], dict[str, object], str, dict[str, object]]] = [
    (BUCKET, {"name": "x"}, {"BucketVersioningConfiguration": {"status": "Off", "isMfaDeleteEnabled": None}}, BUCKET, {"VersioningConfiguration": None}),
    (BUCKET, {"name": "x"}, {"BucketVersioningConfiguration": '{"status":"Enabled","isMfaDeleteEnabled":null}'}, BUCKET, {"VersioningConfiguration": {"Status": "Enabled"}}),
    (BUCKET, {"name": "x"}, {"ServerSideEncryptionConfiguration": {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyID": KEY}, "bucketKeyEnabled": True}]}}, BUCKET, {"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, "BucketKeyEnabled": True}]}}),
    (BUCKET, {"name": "x"}, {"BucketLoggingConfiguration": {"destinationBucketName": None, "logFilePrefix": None}}, BUCKET, {"LoggingConfiguration": None}),
    (BUCKET, {"name": "x"}, {"BucketPolicy": {"policyText": json.dumps(OPEN)}}, "AWS::S3::BucketPolicy", {"PolicyDocument": OPEN}),
    (BUCKET, {"name": "x"}, {"PublicAccessBlockConfiguration": '{"blockPublicAcls":true,"ignorePublicAcls":true,"blockPublicPolicy":true,"restrictPublicBuckets":false}'}, BUCKET, {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}}),
    (SG, {"groupName": "web", "description": "d", "vpcId": "vpc-1", "ipPermissions": [permission(ipRanges=["0.0.0.0/0"])], "ipPermissionsEgress": []}, {}, SG, {"SecurityGroupIngress": [{**PORT, "CidrIp": "0.0.0.0/0"}], "SecurityGroupEgress": None, "VpcId": "vpc-1"}),
    (SG, {"groupName": "web", "ipPermissions": [permission(ipRanges=["10.0.0.0/8"], ipv4Ranges=[{"cidrIp": "10.0.0.0/8"}])]}, {}, SG, {"SecurityGroupIngress": [{**PORT, "CidrIp": "10.0.0.0/8"}]}),
    (SG, {"groupName": "web", "ipPermissions": [permission(ipv6Ranges=[{"cidrIpv6": "::/0"}])]}, {}, SG, {"SecurityGroupIngress": [{**PORT, "CidrIpv6": "::/0"}]}),
    (SG, {"groupName": "web", "ipPermissions": [permission(prefixListIds=["pl-1"])]}, {}, SG, {"SecurityGroupIngress": [{**PORT, "SourcePrefixListId": "pl-1"}]}),
    (SG, {"groupName": "web", "ipPermissions": [permission(prefixListIds=[{"prefixListId": "pl-2", "description": None}])]}, {}, SG, {"SecurityGroupIngress": [{**PORT, "SourcePrefixListId": "pl-2"}]}),
    (SG, {"groupName": "web", "ipPermissions": [permission(userIdGroupPairs=[{"userId": ACCOUNT, "groupId": "sg-2", "groupName": None}])]}, {}, SG, {"SecurityGroupIngress": [{**PORT, "SourceSecurityGroupId": "sg-2"}]}),
    (ROLE, {"path": "/", "assumeRolePolicyDocument": ESCAPED, "rolePolicyList": [], "attachedManagedPolicies": []}, {}, ROLE, {"AssumeRolePolicyDocument": TRUST, "Policies": None, "ManagedPolicyArns": None}),
    (ROLE, {"path": "/app/", "assumeRolePolicyDocument": ESCAPED, "rolePolicyList": [{"policyName": "p", "policyDocument": ALLOWED}]}, {}, ROLE, {"Policies": [{"PolicyName": "p", "PolicyDocument": ALL}], "Path": "/app/"}),
    (ROLE, {"assumeRolePolicyDocument": ESCAPED, "attachedManagedPolicies": [{"policyName": "A", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}], "permissionsBoundary": None}, {}, ROLE, {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"], "PermissionsBoundary": None}),
    (USER, {"userName": "x", "groupList": ["staff"], "userPolicyList": [{"policyName": "p", "policyDocument": ALLOWED}]}, {}, USER, {"Groups": ["staff"], "Policies": [{"PolicyName": "p", "PolicyDocument": ALL}]}),
    ("AWS::IAM::Group", {"groupName": "x", "groupPolicyList": [{"policyName": "p", "policyDocument": ALLOWED}]}, {}, "AWS::IAM::Group", {"Policies": [{"PolicyName": "p", "PolicyDocument": ALL}]}),
    ("AWS::IAM::Policy", {"policyName": "x", "path": "/", "policyVersionList": [{"document": ESCAPED, "versionId": "v1", "isDefaultVersion": False}, {"document": ALLOWED, "versionId": "v2", "isDefaultVersion": True}]}, {}, "AWS::IAM::ManagedPolicy", {"PolicyDocument": ALL}),
    (DB, {"dBInstanceIdentifier": "x", "engine": "mysql", "publiclyAccessible": True, "storageEncrypted": False, "iAMDatabaseAuthenticationEnabled": False, "backupRetentionPeriod": 7.0}, {}, DB, {"PubliclyAccessible": True, "StorageEncrypted": False, "EnableIAMDatabaseAuthentication": False, "BackupRetentionPeriod": 7}),
    (DB, {"dbinstanceIdentifier": "x", "engine": "postgres", "iamdatabaseAuthenticationEnabled": True, "multiAZ": True, "kmsKeyId": KEY}, {}, DB, {"EnableIAMDatabaseAuthentication": True, "MultiAZ": True, "KmsKeyId": KEY}),
    (TABLE, {"tableName": "x", "keySchema": [{"attributeName": "pk", "keyType": "HASH"}], "ssedescription": {"status": "ENABLED", "ssetype": "KMS", "kmsmasterKeyArn": KEY}}, {}, TABLE, {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}}),
    (TABLE, {"tableName": "x", "sSEDescription": {"status": "DISABLED"}, "deletionProtectionEnabled": False}, {}, TABLE, {"SSESpecification": None, "DeletionProtectionEnabled": False}),
    (TABLE, {"tableName": "x"}, {"ContinuousBackupsDescription": '{"continuousBackupsStatus":"ENABLED","pointInTimeRecoveryDescription":{"pointInTimeRecoveryStatus":"DISABLED"}}'}, TABLE, {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}),
    (FUNCTION, {"functionName": "x", "role": "arn:aws:iam::1:role/r", "runtime": "python3.12", "kMSKeyArn": KEY, "vpcConfig": {"subnetIds": [], "securityGroupIds": []}, "tracingConfig": {"mode": "Active"}, "timeout": 60.0}, {}, FUNCTION, {"VpcConfig": None, "TracingConfig": {"Mode": "Active"}, "KmsKeyArn": KEY, "Runtime": "python3.12"}),
    (FUNCTION, {"functionName": "x", "kmsKeyArn": KEY, "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, {}, FUNCTION, {"KmsKeyArn": KEY, "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}),
    (KMS, {"keyId": "x", "enabled": True, "keyManager": "CUSTOMER", "keyUsage": "ENCRYPT_DECRYPT"}, {"KeyRotationStatus": False, "Policy": json.dumps(ALL)}, KMS, {"Enabled": True, "EnableKeyRotation": False, "KeyPolicy": ALL}),
    ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Name": "a", "Image": "httpd:2.4", "Privileged": True, "Environment": []}], "Family": "f", "Cpu": "256"}, {}, "AWS::ECS::TaskDefinition", {"Family": "f", "ContainerDefinitions": [{"Name": "a", "Image": "httpd:2.4", "Privileged": True, "Environment": []}]}),
    ("AWS::EKS::Cluster", {"Arn": "a", "Name": "x", "Version": "1.33", "ResourcesVpcConfig": {"EndpointPublicAccess": True}}, {}, "AWS::EKS::Cluster", {"Version": "1.33", "ResourcesVpcConfig": {"EndpointPublicAccess": True}}),
    ("AWS::ECR::Repository", {"ImageScanningConfiguration": {"ScanOnPush": True}, "RepositoryPolicyText": json.dumps(OPEN)}, {}, "AWS::ECR::Repository", {"ImageScanningConfiguration": {"ScanOnPush": True}}),
    ("AWS::SQS::Queue", {"QueueArn": "arn:aws:sqs:eu-central-1:123456789012:x", "KmsMasterKeyId": "alias/aws/sqs", "DelaySeconds": 0.0}, {}, "AWS::SQS::Queue", {"KmsMasterKeyId": "alias/aws/sqs"}),
]  # fmt: skip


def item(number: int, kind: str, configuration: object, more: object) -> dict[str, Any]:
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
        "configurationItemStatus": ("OK", "ResourceDiscovered")[number % 2],
        "awsAccountId": ACCOUNT,
        "awsRegion": "global" if "::IAM::" in kind else REGION,
        "resourceType": kind,
        "resourceId": f"id-{number}",
        "resourceName": f"name-{number}",
        "ARN": f"arn:aws:x:::{number}",
        "tags": {"Owner": "clinic"},
        "configuration": configuration,
        "supplementaryConfiguration": more,
    }


def answered(number: int, kind: str, configuration: object, more: dict[str, object]) -> dict[str, Any]:
    """The same as GetResourceConfigHistory answers it: other names, and texts in which there is JSON."""
    made = item(number, kind, json.dumps(configuration), {})
    made["accountId"], made["arn"], made["version"] = made.pop("awsAccountId"), made.pop("ARN"), "1.3"
    made["supplementaryConfiguration"] = {
        key: each if isinstance(each, str) and each[:1] in "{[" else json.dumps(each) for key, each in more.items()
    }
    return made


def snapshot(items: list[dict[str, Any]]) -> bytes:
    return gzip.compress(
        json.dumps({"fileVersion": "1.0", "configSnapshotId": "s", "configurationItems": items}).encode()
    )


def history(items: list[dict[str, Any]]) -> bytes:
    old = [
        {**each, "configurationItemCaptureTime": "2025-01-01T00:00:00.000Z", "configuration": {"Name": "old"}}
        for each in items
    ]
    return json.dumps({"fileVersion": "1.0", "configurationItems": [*items, *old]}).encode()


def notifications(items: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps({"messageType": "C", "configurationItem": each}).encode() for each in items)


FORMS = {
    "a snapshot": (item, snapshot),
    "a history": (item, history),
    "notifications": (item, notifications),
    "answers": (answered, snapshot),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_item_becomes_what_it_says(form: str) -> None:
    make, pack = FORMS[form]
    read = read_config(pack([make(number, *each[:3]) for number, each in enumerate(ITEMS)]), "items")
    assert len(ITEMS) == 30 and not read.problems and not read.gaps
    wrong = []
    world = World()
    for number, (*_, kind, expected) in enumerate(ITEMS):
        found = [each for each in read.resources if each.type == kind and (each.arn or "").endswith(f":{number}")]
        found = found or [each for each in read.resources if each.type == kind and f"{number}" in each.logical_id]
        properties: Any = settle(found[0].fields["Properties"], world)
        told = {name: settle(properties.get(name, "not told"), world) for name in expected}
        wrong += [(number, kind, told)] if told != expected else []
        assert isinstance(properties.unknown, Unknown)
    assert wrong == []


def test_a_policy_that_is_a_text_is_read_as_one(tmp_path: Path) -> None:
    file = tmp_path / "items.json"
    file.write_bytes(history([item(number, *each[:3]) for number, each in enumerate(ITEMS)]))
    report = scan(file, options=Options(select=["s3-no-public-read", "role-trust-not-public"])).report
    failed = {(each["rule"], each["resource"]["type"]) for each in report["findings"] if each["verdict"] == "FAIL"}
    assert ("role-trust-not-public", ROLE) in failed
    assert not [each for each in report["findings"] if (each.get("unknown") or {}).get("cause") == "scanner-error"]
