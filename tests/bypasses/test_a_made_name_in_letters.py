"""A policy names, in letters, what only deployment names: the key, file system or secret of another tenant may be it.

The proof took a name that deployment makes for none that a policy has. Who copies the id of a key out of an account
where the stack was deployed before has named that key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, BROKER, TAG, allow, document, leading, role, said_of_roles, trust

HERE = f"us-east-1:{ACCOUNT}"
RULE = ("silo-tenants-cannot-reach-each-other",)
UUID = "0d1b4a3e-1111-2222-3333-444455556666"
OPEN = "NOT_PROVEN"
ROOT = document(
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
)
MAP, LIST = {"TenantId": "umbrella"}, [{"Key": "TenantId", "Value": "umbrella"}]
KEY: tuple[str, dict[str, Any]] = ("AWS::KMS::Key", {"KeyPolicy": ROOT, "Tags": LIST})
TABLE: tuple[str, dict[str, Any]] = (
    "AWS::DynamoDB::Table",
    {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "Tags": LIST,
    },
)
SECRET: tuple[str, dict[str, Any]] = ("AWS::SecretsManager::Secret", {"Name": "umb/db", "Tags": LIST})
API: tuple[str, dict[str, Any]] = ("AWS::ApiGateway::RestApi", {"Name": "x", "Tags": LIST})
BUCKET: tuple[str, dict[str, Any]] = ("AWS::S3::Bucket", {"Tags": LIST})


@pytest.mark.parametrize(
    ("theirs", "action", "resource", "said"),
    [
        (KEY, "kms:Decrypt", f"arn:aws:kms:{HERE}:key/{UUID}", OPEN),
        (KEY, "kms:Decrypt", f"arn:aws:kms:*:*:key/{UUID}", OPEN),
        (KEY, "kms:Decrypt", f"arn:aws:kms:{HERE}:key/mrk-0d1b4a3e111122223333444455556666", OPEN),
        (KEY, "kms:Decrypt", f"arn:aws:kms:us-east-1:999988887777:key/{UUID}", "ISOLATED"),
        (KEY, "kms:Decrypt", {"Fn::GetAtt": ["Mine", "Arn"]}, "ISOLATED"),
        (KEY, "kms:Decrypt", {"Fn::GetAtt": ["Theirs", "Arn"]}, "LEAK"),
        (TABLE, "dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/prod-Theirs-1ABCDEFGHIJKL", OPEN),
        (TABLE, "dynamodb:Query", f"arn:aws:dynamodb:{HERE}:table/prod-Theirs-1ABCDEFGHIJKL/index/by-day", OPEN),
        (TABLE, "dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/prod-Theirs-*", OPEN),
        (TABLE, "dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/clinic-appointments", "ISOLATED"),
        (TABLE, "dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/prod-Others-1ABCDEFGHIJKL", "ISOLATED"),
        (BUCKET, "s3:GetObject", "arn:aws:s3:::prod-theirs-1abcdefghijkl/*", OPEN),
        (BUCKET, "s3:GetObject", "arn:aws:s3:::prod-*", OPEN),  # the star takes in the objects as well
        (BUCKET, "s3:GetObject", "arn:aws:s3:::clinic-data/*", "ISOLATED"),
        (SECRET, "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:umb/db-AbCdEf", OPEN),
        (SECRET, "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:umb/db-A*", OPEN),
        (SECRET, "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:umb/db-??????", "LEAK"),
        (SECRET, "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:umb/web-AbCdEf", "ISOLATED"),
        (SECRET, "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:umb/db-backups", "ISOLATED"),
        (API, "execute-api:Invoke", f"arn:aws:execute-api:{HERE}:a1b2c3d4e5/prod/GET/patients", OPEN),
        (API, "execute-api:Invoke", f"arn:aws:execute-api:{HERE}:a1b*", OPEN),
        *(
            (theirs, action, arn, OPEN)
            for theirs, action, arn in (
                (
                    ("AWS::EFS::FileSystem", {"FileSystemTags": LIST}),
                    "elasticfilesystem:ClientMount",
                    f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-0123456789abcdef0",
                ),
                (
                    ("AWS::EC2::Volume", {"AvailabilityZone": "us-east-1a", "Tags": LIST}),
                    "ec2:CreateSnapshot",
                    f"arn:aws:ec2:{HERE}:volume/vol-0123456789abcdef0",
                ),
                (
                    ("AWS::Cognito::UserPool", {"UserPoolTags": MAP}),
                    "cognito-idp:AdminGetUser",
                    f"arn:aws:cognito-idp:{HERE}:userpool/us-east-1_AbCdEfGhI",
                ),
                (
                    ("AWS::HealthLake::FHIRDatastore", {"DatastoreTypeVersion": "R4", "Tags": LIST}),
                    "healthlake:ReadResource",
                    f"arn:aws:healthlake:{HERE}:datastore/fhir/0123456789abcdef0123456789abcdef",
                ),
                (
                    ("AWS::RDS::DBCluster", {"DBClusterIdentifier": "umb", "Tags": LIST}),
                    "rds-db:connect",
                    f"arn:aws:rds-db:{HERE}:dbuser:cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ/app",
                ),
                (
                    ("AWS::AmazonMQ::Broker", {"BrokerName": "umb", "Tags": LIST}),
                    "mq:RebootBroker",
                    f"arn:aws:mq:{HERE}:broker:umb:b-1234a5b6-78cd-901e-2fab-3c45d6e178f9",
                ),
            )
        ),
    ],
)  # fmt: skip
def test_of_another_tenant(
    theirs: tuple[str, dict[str, Any]], action: str, resource: Any, said: str, tmp_path: Path
) -> None:
    mine = {"KeyPolicy": ROOT, "Tags": [{"Key": "TenantId", "Value": "acme"}]}
    app = role(
        allow(action, resource),
        Tags=[{"Key": "TenantId", "Value": "acme"}],
        AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}, actions="sts:AssumeRole"),
    )
    resources = {
        "MyRole": app,
        "Mine": {"Type": "AWS::KMS::Key", "Properties": mine},
        "Theirs": {"Type": theirs[0], "Properties": theirs[1]},
    }
    assert said_of_roles(tmp_path, resources, RULE, sessions=[], owned=[])["MyRole"] == said


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (f"arn:aws:dynamodb:{HERE}:table/prod-Patients-1ABCDEFGHIJKL", OPEN),
        (f"arn:aws:dynamodb:{HERE}:table/Other", "ISOLATED"),
        (f"arn:aws:dynamodb:{HERE}:table/Other/*", "ISOLATED"),
    ],
)
def test_of_a_pooled_table(resource: str, said: str, tmp_path: Path) -> None:
    table = {"Type": TABLE[0], "Properties": {key: TABLE[1][key] for key in ("KeySchema", "AttributeDefinitions")}}
    bound = {**leading([TAG]), "Null": {"dynamodb:LeadingKeys": "false"}}
    own = allow("dynamodb:GetItem", {"Fn::GetAtt": ["Patients", "Arn"]}, bound)
    app = role(own, allow("dynamodb:GetItem", resource))
    rule = ("dynamodb-items-stay-with-tenant",)
    entry = {"kind": "dynamodb-item", "table": "Patients", "key": "${tenant}"}
    assert said_of_roles(tmp_path, {"AppRole": app, "Patients": table}, rule, owned=[entry]) == {"AppRole": said}


@pytest.mark.parametrize(
    ("name", "said"), [("prod-data-1abcdefghijkl", OPEN), ("prod-*", OPEN), ("other", "ISOLATED"), ("o*", OPEN)]
)
@pytest.mark.parametrize("kind", ["s3-object", "s3-object-tag"])
def test_of_a_pooled_bucket(name: str, said: str, kind: str, tmp_path: Path) -> None:
    by_tag = {"StringEquals": {"s3:ExistingObjectTag/TenantId": TAG}}
    if kind == "s3-object":
        entry = {"kind": kind, "bucket": "Data", "key": "${tenant}/*"}
        own = allow("s3:GetObject", {"Fn::Sub": "${Data.Arn}/${!aws:PrincipalTag/TenantId}/*"})
    else:
        entry = {"kind": kind, "bucket": "Data", "tag": "TenantId"}
        own = allow("s3:GetObject", {"Fn::Sub": "${Data.Arn}/*"}, by_tag)
    resources = {
        "AppRole": role(own, allow("s3:GetObject", f"arn:aws:s3:::{name}/*")),
        "Data": {"Type": "AWS::S3::Bucket"},
    }
    found = said_of_roles(tmp_path, resources, ("s3-objects-stay-with-tenant",), owned=[entry])
    assert found["AppRole"] == said


@pytest.mark.parametrize(("name", "said"), [(UUID, OPEN), ("alias/other", "ISOLATED")])
def test_of_a_shared_key(name: str, said: str, tmp_path: Path) -> None:
    """Its encryption context says whose the data is; a statement with the id alone asks for none."""
    entry = {"kind": "kms-context", "key": "Key", "context": {"tenant": "${tenant}"}}
    bound = {"StringEquals": {"kms:EncryptionContext:tenant": TAG}}
    own = allow("kms:Decrypt", {"Fn::GetAtt": ["Key", "Arn"]}, bound)
    arn = f"arn:aws:kms:{HERE}:{name if '/' in name else f'key/{name}'}"
    resources = {
        "AppRole": role(own, allow("kms:Decrypt", arn), AssumeRolePolicyDocument=trust({"AWS": BROKER})),
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": ROOT}},
    }
    found = said_of_roles(tmp_path, resources, ("kms-keys-stay-with-tenant",), owned=[entry])
    assert found["AppRole"] == said
