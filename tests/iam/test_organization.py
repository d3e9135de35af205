"""The policies of an organisation, as a snapshot tells them, over its accounts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.iam.organization import RCP, SCP, limits_over
from scanner.inputs.snapshot import read_snapshot
from scanner.model.resource import Inventory
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.snapshots.lines import Line, Listed, Seen, Why
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import GLOBAL, ShardKey, write_shard

MANAGEMENT, MEMBER = "111111111111", "222222222222"
ROOT, UNIT = "r-ab12", "ou-ab12-cdefgh34"
DENIED = Why("access-denied", "`organizations:ListPolicies` was denied to the credentials of the snapshot")
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def _document(effect: str, action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]}


def _policy(name: str, content: object, *targets: str, kind: str = SCP) -> Seen:
    properties = {"Name": name, "Type": kind, "Content": content, "TargetIds": list(targets), "AwsManaged": False}
    return Seen("AWS::Organizations::Policy", f"p-{name}", None, None, properties)


def _snapshot(folder: Path, policies: list[Line], unread: Why | None = None, parent: str | None = UNIT) -> Inventory:
    account = {"AccountId": MEMBER, "AccountName": "member", "ParentIds": [parent] if parent else None}
    doubt = [] if parent else [(("ParentIds",), DENIED)]
    organization: list[Line] = [
        Seen(
            "AWS::Organizations::Organization", "o-1", None, None, {"ManagementAccountId": MANAGEMENT, "RootId": ROOT}
        ),
        Seen("AWS::Organizations::Account", MEMBER, None, None, account, doubt),
        Seen("AWS::Organizations::OrganizationalUnit", UNIT, None, None, {"Id": UNIT, "Name": "w", "ParentId": ROOT}),
        *policies,
        Listed("AWS::Organizations::Policy", unread),
    ]
    role = Seen(
        "AWS::IAM::Role",
        "worker",
        f"arn:aws:iam::{MEMBER}:role/worker",
        None,
        {
            "RoleName": "worker",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "Policies": [{"PolicyName": "all", "PolicyDocument": ALL}],
            "ManagedPolicyArns": None,
            "PermissionsBoundary": None,
        },
    )
    shards = [
        write_shard(folder, ShardKey(MANAGEMENT, GLOBAL, "organizations"), organization),
        write_shard(folder, ShardKey(MEMBER, GLOBAL, "iam"), [role, Listed("AWS::IAM::Role")]),
    ]
    times = "2026-01-01T00:00:00Z"
    write_manifest(folder, Manifest("1", times, times, [MANAGEMENT, MEMBER], ["us-east-1"], ["iam"], [], shards))
    found = read_snapshot(folder, "s")
    assert not found.problems
    inventory = Inventory()
    inventory.add(found.resources)
    inventory.unread.add(found.unread)
    return inventory


FULL = _policy("FullAWSAccess", ALL, ROOT, UNIT, MEMBER)
NO_S3 = _policy("no-s3", _document("Deny", "s3:*"), UNIT)


def _names(inventory: Inventory, account: str = MEMBER) -> list[list[str]]:
    return [[each.name for each in level] for level in limits_over(account, SCP, inventory, World())]


def test_levels_go_from_the_root_to_the_account(tmp_path: Path) -> None:
    assert _names(_snapshot(tmp_path, [FULL, NO_S3])) == [
        ["FullAWSAccess"],
        ["FullAWSAccess", "no-s3"],
        ["FullAWSAccess"],
    ]


def test_the_management_account_is_bound_by_none(tmp_path: Path) -> None:
    assert _names(_snapshot(tmp_path, [FULL, NO_S3]), MANAGEMENT) == []


def test_policies_that_could_not_be_listed_may_deny_anything(tmp_path: Path) -> None:
    inventory = _snapshot(tmp_path, [], DENIED)
    documents = [each.document for level in limits_over(MEMBER, SCP, inventory, World()) for each in level]
    assert [each.cause for each in documents if isinstance(each, Unknown)] == ["access-denied"]


def test_resource_control_policies_are_levels_of_their_own(tmp_path: Path) -> None:
    rcp = _policy("org-only", {**ALL, "Statement": [{**ALL["Statement"][0], "Effect": "Deny"}]}, ROOT, kind=RCP)
    inventory = _snapshot(tmp_path, [FULL, rcp])
    levels = limits_over(MEMBER, RCP, inventory, World())
    assert [[each.name for each in level] for level in levels] == [["RCPFullAWSAccess", "org-only"]]
    assert _names(inventory) == [["FullAWSAccess"]] * 3


CASES: dict[str, tuple[list[Line], Why | None, str | None, str]] = {
    "full access": ([FULL], None, UNIT, "ALLOWED"),
    "denied to the unit": ([FULL, NO_S3], None, UNIT, "EXPLICIT_DENY"),
    "denied to another account": (
        [FULL, _policy("no-s3", _document("Deny", "s3:*"), "333333333333")],
        None,
        UNIT,
        "ALLOWED",
    ),
    "the unit allows something else only": (
        [_policy("FullAWSAccess", ALL, ROOT, MEMBER), _policy("only", _document("Allow", "dynamodb:*"), UNIT)],
        None,
        UNIT,
        "IMPLICIT_DENY",
    ),
    "the list was denied": ([FULL], DENIED, UNIT, "UNKNOWN"),
    "where the account is was not read": ([FULL, NO_S3], None, None, "UNKNOWN"),
    "nor does it matter": ([FULL, _policy("x", _document("Deny", "ec2:*"), UNIT)], None, None, "ALLOWED"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_request_is_simulated_under_the_policies_of_a_snapshot(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policies, unread, parent, expected = CASES[name]
    _snapshot(tmp_path / "s", policies, unread, parent)
    question = {"request": {"action": "s3:GetObject", "resource": "arn:aws:s3:::records/x", "resource_account": MEMBER}}
    (tmp_path / "q.json").write_text(json.dumps(question))
    asked = ["simulate", str(tmp_path / "q.json"), "--snapshot", str(tmp_path / "s"), "--principal", "worker"]
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out)["decision"] == expected
