"""Copies of a table, a secret, a keyspace or a key in other regions hold the same, and no request asked for them.

ISOLATED, whatever the role might do there. Besides, the policies of all replicas were put together as one, so that what
the policy of one replica denied was taken to be denied on every other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.closed_world.prover import ask_files
from tests.prover.situations import (
    ACCOUNT,
    BROKER,
    ITEM_ENTRY,
    KEY,
    PATIENTS,
    TABLE,
    TAG,
    allow,
    document,
    leading,
    role,
)

REGION = "us-east-1"
SESSION = {
    "name": "app",
    "roles": ["AppRole"],
    "tenant_key": "aws:PrincipalTag/TenantId",
    "present": "always",
    "binders": [BROKER],
}
OWN = allow("dynamodb:Query", TABLE, leading([f"TENANT#{TAG}"]))
SCAN = allow("dynamodb:Scan", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/*")
APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
THEIRS = [{"Key": "TenantId", "Value": "globex"}]


def said(folder: Path, resources: dict[str, Any], entry: dict[str, Any] | None, *statements: dict[str, Any]) -> str:
    folder.mkdir(exist_ok=True)
    app = role(*statements)
    app["Properties"]["RoleName"] = "AppRole"
    if entry is None:
        app["Properties"]["Tags"] = [{"Key": "TenantId", "Value": "acme"}]
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": REGION,
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [SESSION] if entry is not None else [],
        "owned": [entry] if entry is not None else [],
    }
    return ask_files(tenancy, {"Resources": {"AppRole": app, **resources}}, folder).verdict


def table(name: str, *regions: Any, policies: dict[str, Any] | None = None, tags: Any = None) -> dict[str, Any]:
    replicas = []
    for region in regions:
        policy = (policies or {}).get(region if isinstance(region, str) else "")
        replica: dict[str, Any] = {"Region": region}
        if policy is not None:
            replica["ResourcePolicy"] = {"PolicyDocument": policy}
        if tags is not None:
            replica["Tags"] = tags
        replicas.append(replica)
    properties = {**PATIENTS["Properties"], "TableName": name, "Replicas": replicas}
    return {"Patients": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}}


def on(effect: str, action: str, principal: object) -> dict[str, Any]:
    return document({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"})


DENIED, LETTING_IN = on("Deny", "dynamodb:*", "*"), on("Allow", "dynamodb:Scan", APP)
BOTH = (REGION, "eu-west-1")
EVERYWHERE = allow("dynamodb:Scan", "*")


@pytest.mark.parametrize(
    ("resources", "statement", "verdict"),
    [
        (table("Patients", *BOTH), SCAN, "LEAK"),
        (table("Patients", REGION, "ap-south-1"), SCAN, "ISOLATED"),
        (table("Patients", REGION, {"Fn::Transform": {"Name": "Hole"}}), SCAN, "NOT_PROVEN"),
        (table("Patients", *BOTH, policies={"eu-west-1": DENIED}), allow("dynamodb:Scan", TABLE), "LEAK"),
        (table("Patients", *BOTH, policies={REGION: DENIED}), EVERYWHERE, "LEAK"),
        (table("Patients", *BOTH, policies=dict.fromkeys(BOTH, DENIED)), EVERYWHERE, "REACHES_NOTHING"),
        (table("Patients", *BOTH, policies={"eu-west-1": LETTING_IN}), OWN, "LEAK"),
        (
            table("Patients", *BOTH),
            allow("dynamodb:Query", f"arn:aws:dynamodb:*:{ACCOUNT}:table/Patients", leading([f"TENANT#{TAG}"])),
            "ISOLATED",
        ),
    ],
)
def test_a_pooled_table_is_asked_for_where_its_replicas_are(
    resources: dict[str, Any], statement: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    assert said(tmp_path, resources, ITEM_ENTRY, OWN, statement) == verdict


def test_so_is_the_table_of_each_tenant(tmp_path: Path) -> None:
    name = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t-"
    entry, own = {"kind": "arn", "arn": name + "${tenant}"}, allow("dynamodb:*", f"{name}{TAG}")
    theirs = table("t-globex", *BOTH)
    assert said(tmp_path, theirs, entry, own, SCAN) == "LEAK"
    there = allow("dynamodb:Scan", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t-{TAG}")
    assert said(tmp_path, theirs, entry, own, there) == "ISOLATED"
    assert said(tmp_path, table("t-globex", *BOTH, policies={"eu-west-1": LETTING_IN}), entry, own) == "LEAK"


def secret(*regions: str) -> dict[str, Any]:
    properties = {"Name": "t-globex", "ReplicaRegions": [{"Region": each} for each in regions], "Tags": THEIRS}
    return {"Theirs": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}


def keyspace(*regions: str) -> dict[str, Any]:
    where = {"ReplicationStrategy": "MULTI_REGION", "RegionList": [*regions]}
    properties = {"KeyspaceName": "t_globex", "ReplicationSpecification": where, "Tags": THEIRS}
    return {"Theirs": {"Type": "AWS::Cassandra::Keyspace", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "statement", "verdict"),
    [
        (
            secret("eu-west-1"),
            allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:*"),
            "LEAK",
        ),
        (
            secret(),
            allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:*"),
            "ISOLATED",
        ),
        (
            keyspace(*BOTH),
            allow("cassandra:Select", f"arn:aws:cassandra:eu-west-1:{ACCOUNT}:/keyspace/*"),
            "LEAK",
        ),
        (table("t-globex", *BOTH, tags=THEIRS), SCAN, "LEAK"),
        # Whose the table is, its tags leave open.
        (
            {
                "Theirs": {
                    "Type": "AWS::DynamoDB::GlobalTable",
                    "Properties": {
                        **PATIENTS["Properties"],
                        "Replicas": [
                            {"Region": region, "Tags": [{"Key": "TenantId", "Value": tenant}]}
                            for region, tenant in zip(BOTH, ("globex", "acme"), strict=True)
                        ],
                    },
                }
            },
            SCAN,
            "NOT_PROVEN",
        ),
    ],
)
def test_what_one_tenant_owns_is_its_own_in_every_region(
    resources: dict[str, Any], statement: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    assert said(tmp_path, resources, None, statement) == verdict


KEYS = "arn:aws:kms:{}:" + ACCOUNT + ":key/*"
CONTEXT = {"kind": "kms-context", "key": "Key", "context": {"tenant": "${tenant}"}}
OWN_CONTEXT = {"StringEquals": {"kms:EncryptionContext:tenant": TAG}}
OF_OWN = allow("kms:Decrypt", KEYS.format(REGION), OWN_CONTEXT)
THERE = allow("kms:Decrypt", KEYS.format("eu-west-1"))


def key(*, multi: bool, tags: Any = None) -> dict[str, Any]:
    return {**KEY, "Properties": {**KEY["Properties"], "MultiRegion": multi, **({"Tags": tags} if tags else {})}}


def replica(policy: object) -> dict[str, Any]:
    return {
        "Type": "AWS::KMS::ReplicaKey",
        "Properties": {"PrimaryKeyArn": {"Fn::GetAtt": ["Key", "Arn"]}, "KeyPolicy": policy},
    }


def test_so_is_a_multi_region_key(tmp_path: Path) -> None:
    delegating = KEY["Properties"]["KeyPolicy"]
    multi = {"Key": key(multi=True)}
    assert said(tmp_path, multi, CONTEXT, OF_OWN, THERE) == "NOT_PROVEN"
    assert said(tmp_path, {**multi, "Replica": replica(delegating)}, CONTEXT, OF_OWN, THERE) == "NOT_PROVEN"
    assert said(tmp_path, {"Key": key(multi=False)}, CONTEXT, OF_OWN, THERE) == "ISOLATED"
    assert said(tmp_path, multi, CONTEXT, allow("kms:Decrypt", "*", OWN_CONTEXT)) == "ISOLATED"
    letting_in = on("Allow", "kms:Decrypt", APP)
    assert said(tmp_path, {**multi, "Replica": replica(letting_in)}, CONTEXT, OF_OWN) == "LEAK"
    theirs = {"Key": key(multi=True, tags=THEIRS)}
    assert said(tmp_path, theirs, None, THERE) == "NOT_PROVEN"
    assert said(tmp_path, {"Key": key(multi=False, tags=THEIRS)}, None, THERE) == "ISOLATED"


CHOSEN = {"Fn::If": ["Copied", [{"Region": "eu-west-1"}], {"Ref": "AWS::NoValue"}]}


def under_a_choice(folder: Path, resources: dict[str, Any], *statements: dict[str, Any]) -> str:
    folder.mkdir(exist_ok=True)
    app = role(*statements, RoleName="AppRole", Tags=[{"Key": "TenantId", "Value": "acme"}])
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": REGION,
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
    }
    template = {
        "Parameters": {"Copies": {"Type": "String"}},
        "Conditions": {"Copied": {"Fn::Equals": [{"Ref": "Copies"}, "yes"]}},
        "Resources": {"AppRole": app, **resources},
    }
    return ask_files(tenancy, template, folder).verdict


def test_a_copy_that_rests_on_a_choice_may_be_there(tmp_path: Path) -> None:
    """Whether there is one was undecided, so that it was not asked for: ISOLATED."""
    made = {"Name": "t-globex", "ReplicaRegions": CHOSEN, "Tags": THEIRS}
    theirs = {"Theirs": {"Type": "AWS::SecretsManager::Secret", "Properties": made}}
    for region, verdict in (("eu-west-1", "NOT_PROVEN"), ("ap-south-1", "ISOLATED"), (REGION, "LEAK")):
        there = allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:t-*")
        assert under_a_choice(tmp_path / region, theirs, there) == verdict


def test_so_may_a_part_with_a_policy_of_its_own(tmp_path: Path) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "t-globex", "Tags": THEIRS}}
    point = {"Type": "AWS::S3::AccessPoint", "Properties": {"Name": "theirs", "Bucket": {"Ref": "Theirs"}}}
    there = allow("s3:GetObject", f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/theirs/object/*")
    assert under_a_choice(tmp_path / "always", {"Theirs": bucket, "Point": point}, there) == "NOT_PROVEN"
    chosen = {"Theirs": bucket, "Point": {**point, "Condition": "Copied"}}
    assert under_a_choice(tmp_path / "chosen", chosen, there) == "NOT_PROVEN"
    key = {"Type": "AWS::KMS::Key", "Properties": {**KEY["Properties"], "MultiRegion": True, "Tags": THEIRS}}
    copy = {**replica(on("Allow", "kms:Decrypt", APP)), "Condition": "Copied"}
    queue = allow("sqs:ReceiveMessage", "arn:aws:sqs:*:*:none")
    assert under_a_choice(tmp_path / "key", {"Key": key, "Replica": copy}, queue) == "NOT_PROVEN"
