"""A table's stream, a data stream's consumer and a replica have policies of their own, which let foreign sessions in.

They were not read: ISOLATED. And the table's own policy was taken for one of its stream, so that what it denied kept
nobody out, and what it allowed let nobody in. What is on all log groups of an account was not read either.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.prover.closed_world.prover import ask_files
from tests.prover.situations import ACCOUNT, BROKER, ITEM_ENTRY, PATIENTS, TABLE, TAG, allow, document, leading, role

REGION = "us-east-1"
ROLE = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
OTHER = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}
SESSION = {
    "name": "app",
    "roles": ["AppRole"],
    "tenant_key": "aws:PrincipalTag/TenantId",
    "present": "always",
    "binders": [BROKER],
}
OWN = allow("dynamodb:GetItem", TABLE, leading(f"TENANT#{TAG}"))
TABLES = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
NAMED = {"kind": "arn", "arn": TABLES + "t-${tenant}"}
NAMED_OWN = allow("dynamodb:*", f"{TABLES}t-{TAG}")


def _verdict(folder: Path, resources: dict[str, Any], entry: dict[str, Any], *statements: dict[str, Any]) -> str:
    app = role(*statements)
    app["Properties"]["RoleName"] = "AppRole"
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": REGION,
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [SESSION],
        "owned": [entry],
    }
    return ask_files(tenancy, {"Resources": {"AppRole": app, **resources}}, folder).verdict


def _on(action: str, principal: object = ROLE, resource: str = "*", effect: str = "Allow") -> dict[str, Any]:
    return document({"Effect": effect, "Principal": principal, "Action": action, "Resource": resource})


def _table(name: str, stream: dict[str, Any] | None = None, own: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**PATIENTS["Properties"], "TableName": name}
    if stream is not None:
        properties["StreamSpecification"] = {
            "StreamViewType": "KEYS_ONLY",
            "ResourcePolicy": {"PolicyDocument": stream},
        }
    if own is not None:
        properties["ResourcePolicy"] = {"PolicyDocument": own}
    return {"Theirs": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}


def _replica(own: dict[str, Any] | None = None, stream: dict[str, Any] | None = None) -> dict[str, Any]:
    replica: dict[str, Any] = {"Region": REGION}
    if own is not None:
        replica["ResourcePolicy"] = {"PolicyDocument": own}
    if stream is not None:
        replica["ReplicaStreamSpecification"] = {"ResourcePolicy": {"PolicyDocument": stream}}
    properties = {**PATIENTS["Properties"], "TableName": "t-globex", "Replicas": [replica]}
    return {"Theirs": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}}


READ = "dynamodb:GetRecords"
STREAM = f"{TABLES}t-globex/stream/2026"


@pytest.mark.parametrize(
    ("resources", "entry", "own", "verdict"),
    [
        (_table("Patients", _on(READ)), ITEM_ENTRY, OWN, "LEAK"),
        (_table("Patients", _on(READ, OTHER)), ITEM_ENTRY, OWN, "ISOLATED"),
        (_table("t-globex", _on(READ)), NAMED, NAMED_OWN, "LEAK"),
        (_table("t-globex", _on(READ, "*")), NAMED, NAMED_OWN, "LEAK"),
        (_table("t-globex", _on(READ, ROLE, STREAM)), NAMED, NAMED_OWN, "LEAK"),
        (_table("t-globex", _on("dynamodb:GetItem")), NAMED, NAMED_OWN, "ISOLATED"),
        (_table("t-globex", own=_on("dynamodb:Query", ROLE, "*")), NAMED, NAMED_OWN, "LEAK"),
        (_table("t-globex", own=_on(READ)), NAMED, NAMED_OWN, "ISOLATED"),
        (_replica(_on("dynamodb:GetItem")), NAMED, NAMED_OWN, "LEAK"),
        (_replica(_on("dynamodb:GetItem", OTHER)), NAMED, NAMED_OWN, "ISOLATED"),
        (_replica(stream=_on(READ)), NAMED, NAMED_OWN, "LEAK"),
    ],
)  # fmt: skip
def test_the_policy_of_a_stream_or_a_replica_is_asked(
    resources: dict[str, Any], entry: dict[str, Any], own: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    assert _verdict(tmp_path, resources, entry, own) == verdict


@pytest.mark.parametrize("resource", ["*", f"{TABLES}Patients", f"{TABLES}*"])
def test_what_a_table_s_policy_denies_is_not_denied_on_its_stream(resource: str, tmp_path: Path) -> None:
    refused = _table("Patients", own=_on("dynamodb:*", "*", resource, "Deny"))
    assert _verdict(tmp_path, refused, ITEM_ENTRY, OWN, allow(READ, f"{TABLE}/stream/*")) == "LEAK"
    # On the table and its indexes it is.
    whole = allow("dynamodb:Scan", [TABLE, f"{TABLE}/index/*"])
    assert _verdict(tmp_path, refused, ITEM_ENTRY, OWN, whole) in ("ISOLATED", "REACHES_NOTHING")


@pytest.mark.parametrize(("principal", "verdict"), [(ROLE, "LEAK"), (OTHER, "ISOLATED")])
def test_the_policy_of_a_consumer_is_asked(principal: object, verdict: str, tmp_path: Path) -> None:
    streams = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/t-"
    arn = {"Fn::GetAtt": ["Consumer", "ConsumerARN"]}
    policy = {"ResourceArn": arn, "ResourcePolicy": _on("kinesis:SubscribeToShard", principal)}
    resources = {
        "Theirs": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "t-globex"}},
        "Consumer": {
            "Type": "AWS::Kinesis::StreamConsumer",
            "Properties": {"ConsumerName": "c", "StreamARN": {"Fn::GetAtt": ["Theirs", "Arn"]}},
        },
        "Policy": {"Type": "AWS::Kinesis::ResourcePolicy", "Properties": policy},
    }
    entry = {"kind": "arn", "arn": streams + "${tenant}"}
    assert _verdict(tmp_path, resources, entry, allow("kinesis:*", f"{streams}{TAG}")) == verdict


GROUPS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:t-"


@pytest.mark.parametrize(
    ("principal", "resource", "verdict"),
    [
        # AWS's page on PutResourcePolicy: not enforced for anybody but services.
        (ROLE, "*", "NOT_PROVEN"),
        (ROLE, f"{GROUPS}globex:*", "NOT_PROVEN"),
        ("*", "*", "NOT_PROVEN"),
        ({"AWS": ACCOUNT}, "*", "ISOLATED"),
        (OTHER, "*", "ISOLATED"),
        ({"Service": "es.amazonaws.com"}, "*", "ISOLATED"),
    ],
)
@pytest.mark.parametrize("held", [True, False], ids=["in the files", "in no file"])
def test_what_is_on_all_log_groups_is_on_each(
    principal: object, resource: str, verdict: str, held: bool, tmp_path: Path
) -> None:
    """As text, for so the property is written."""
    text = json.dumps(_on("logs:GetLogEvents", principal, resource))
    policy = {"Type": "AWS::Logs::ResourcePolicy", "Properties": {"PolicyName": "p", "PolicyDocument": text}}
    group = {"Theirs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "t-globex"}}} if held else {}
    entry = {"kind": "arn", "arn": GROUPS + "${tenant}:*"}
    own = allow("logs:*", f"{GROUPS}{TAG}:*")
    assert _verdict(tmp_path, {**group, "Policy": policy}, entry, own) == verdict


@pytest.mark.parametrize("principal", [ROLE, "*"])
def test_a_group_s_policy_does_not_keep_a_role_out(principal: object, tmp_path: Path) -> None:
    """Its Deny is enforced for services only, so what the role's own policies allow stays a leak."""
    statement = {"Effect": "Deny", "Principal": principal, "Action": "logs:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    group = {"LogGroupName": "t-globex", "ResourcePolicyDocument": policy}
    wide = {
        "Type": "AWS::Logs::ResourcePolicy",
        "Properties": {"PolicyName": "p", "PolicyDocument": json.dumps(policy)},
    }
    resources = {"Theirs": {"Type": "AWS::Logs::LogGroup", "Properties": group}, "Policy": wide}
    entry = {"kind": "arn", "arn": GROUPS + "${tenant}:*"}
    assert _verdict(tmp_path, resources, entry, allow("logs:*", "*")) == "LEAK"


def test_a_registry_s_policy_may_be_for_every_repository(tmp_path: Path) -> None:
    """Which actions it is for is a setting of the account, so that nothing is proved either way."""
    repositories = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/t-"
    policy = {"Type": "AWS::ECR::RegistryPolicy", "Properties": {"PolicyText": _on("ecr:BatchGetImage")}}
    entry = {"kind": "arn", "arn": repositories + "${tenant}"}
    assert _verdict(tmp_path, {"P": policy}, entry, allow("ecr:*", f"{repositories}{TAG}")) == "NOT_PROVEN"
