"""Each action alone, allowed on `*`: a leak or not proven, unless its row says that it is harmless.

A harmless row is the only way out of the closed world, so each row is held against a proof here: what the row calls
harmless may be isolated, and nothing else may, whether the catalogue has it or only AWS's SDK.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.cli.main import main
from scanner.iam.action_rows import action_rows, unlisted_operations
from scanner.iam.catalogue import catalogue
from scanner.iam.resource_arns import resource_arns, untyped
from tests.prover.situations import ending

pytestmark = pytest.mark.full

ACCOUNT = "111122223333"
_MOST = 60  # actions an entry, drawn anew for each; the whole catalogue takes hours
_BINDER = f"arn:aws:iam::{ACCOUNT}:role/token-vending"
_ENTRIES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "pooled items": (
        {"kind": "dynamodb-item", "table": "Patients", "key": "TENANT#${tenant}"},
        ("AWS::DynamoDB::Table",),
    ),
    "pooled objects": ({"kind": "s3-object", "bucket": "clinic-data", "key": "${tenant}/*"}, ("AWS::S3::Bucket",)),
    **{
        f"tagged {name}": ({"kind": "tagged", "types": [name], "tag": "TenantId"}, (name,))
        for name in (
            "AWS::HealthLake::FHIRDatastore",
            "AWS::HealthImaging::Datastore",
            "AWS::Cognito::UserPool",
            "AWS::RDS::DBCluster",
            "AWS::OpenSearchServerless::Collection",
            "AWS::SQS::Queue",
            "AWS::SecretsManager::Secret",
            "AWS::Kinesis::Stream",
            "AWS::EC2::Instance",
            "AWS::MSK::Cluster",
            "AWS::S3Tables::TableBucket",
            "AWS::StepFunctions::StateMachine",
        )
    },
}


def _actions(types: tuple[str, ...]) -> list[str]:
    """Every action on the types' forms, on what lies below them, on nothing at all, and what only the SDK has."""
    own = [form for name in types for form in resource_arns().of_type(name)]
    forms = [*own, *(each.form for form in own for each in resource_arns().below(form) if each.named)]
    names = {each.action.name for form in forms for each in resource_arns().actions(form)}
    prefix = resource_arns().prefixes(own[0])[0]
    names.update(action.name for action in untyped(prefix))
    names.update(unlisted_operations(prefix))
    return sorted(names)


def _role(name: str, action: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"AWS": _BINDER}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    allowed = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}],
        },
    }


def _verdicts(
    entry: dict[str, Any], actions: list[str], folder: Path, capsys: pytest.CaptureFixture[bytes]
) -> dict[str, str]:
    """The verdict on a role for each action."""
    roles = {f"R{number}": action for number, action in enumerate(actions)}
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": "us-east-1",
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [
            {
                "name": "app",
                "roles": [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in roles],
                "tenant_key": "aws:PrincipalTag/TenantId",
                "present": "always",
                "binders": [_BINDER],
            }
        ],
        "owned": [entry],
    }
    (folder / "tenancy.yaml").write_text(yaml.safe_dump(tenancy))
    resources = {name: _role(name, action) for name, action in roles.items()}
    (folder / "template.json").write_text(json.dumps({"Resources": resources}))
    main(["scan", "--format", "json", "--no-cache", str(folder / "template.json")])
    report = json.loads(capsys.readouterr().out)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in roles}
    for finding in report["findings"]:
        if finding.get("proof") and finding["resource"]["logical_id"] in found:
            found[finding["resource"]["logical_id"]].append(finding)
    return {action: ending(found[name]) if found[name] else "SILENT" for name, action in roles.items()}


@pytest.mark.parametrize("name", _ENTRIES)
def test_only_what_a_row_calls_harmless_is_isolated(
    name: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    entry, types = _ENTRIES[name]
    actions = _actions(types)
    actions = random.Random(f"18 {name}").sample(actions, min(_MOST, len(actions)))
    rows = action_rows()
    for action, said in _verdicts(entry, actions, tmp_path, capsysbinary).items():
        if rows.judged(action).verdict != "harmless":
            known = catalogue().action(action)
            if known is not None and known.access_level == "Tagging" and entry["kind"] != "tagged":
                continue  # no tag decides whose such data is
            assert said in ("LEAK", "NOT_PROVEN"), action


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("pooled items", "dynamodb:StartBulk*"),
        ("tagged AWS::Kinesis::Stream", "kinesis:Receive*"),
        ("tagged AWS::S3Tables::TableBucket", "s3tables:*Migration"),
        ("tagged AWS::SecretsManager::Secret", "secretsmanager:*CrossAccountReplica"),
    ],
)
def test_a_pattern_that_only_the_sdks_operations_match_is_not_proven(
    name: str, pattern: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert not catalogue().matching(pattern)
    assert _verdicts(_ENTRIES[name][0], [pattern], tmp_path, capsysbinary)[pattern] == "NOT_PROVEN"
