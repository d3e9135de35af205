"""`diff` of trees, revisions and snapshots: what is new, what may be done that could not, and what has drifted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.snapshots.lines import Line, Listed, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard

TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
OWN = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant}"}}
PRESENT = {"Null": {"dynamodb:LeadingKeys": "false"}}


def role(statements: list[dict[str, Any]]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": statements}
    properties = {
        "RoleName": "Worker",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "work", "PolicyDocument": document}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def allow(action: Any, resource: str = TABLE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "records", **properties}}


def tree(folder: Path, **resources: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "app.json").write_text(json.dumps({"Resources": resources}), "utf-8")
    return folder


def snapshot(folder: Path, lines: Sequence[Line]) -> Path:
    key = ShardKey("111122223333", "global", "s3")
    folder.mkdir()
    shard = write_shard(folder, key, lines, 3)
    times = ("2026-11-23T00:00:00Z", "2026-11-23T00:01:00Z")
    write_manifest(folder, Manifest("1", *times, [key.account], ["eu-central-1"], ["s3"], [key], [shard]))
    return folder


def live(versioning: object, name: str = "records", **more: object) -> Seen:
    properties: dict[str, object] = {
        "WebsiteConfiguration": None,
        "BucketName": name,
        "VersioningConfiguration": versioning,
        "Tags": None,
        **more,
    }
    return Seen("AWS::S3::Bucket", name, f"arn:aws:s3:::{name}", "eu-central-1", properties, [])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["diff", *arguments, "--format", "json"])
    shown = capsys.readouterr()
    assert not shown.err
    return code, json.loads(shown.out)


@pytest.mark.full
def test_two_trees_are_compared_from_their_own_roots(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(project / "before", Worker=role([allow("dynamodb:GetItem")]))
    tree(project / "after", Worker=role([allow(["dynamodb:GetItem", "dynamodb:PutItem"]), allow("s3:*", "*")]))
    code, found = compared(capsys, "before", "after", "--fail-on", "critical")
    assert code == 0
    assert {each["resource"]["address"] for each in found["new"]} == {"app.json#Worker"}
    # One entry for each form of ARN that actions work on.
    put, *anything = found["access"]
    assert {each["principal"] for each in found["access"]} == {"app.json#Worker"}
    assert put["actions"] == ["dynamodb:PutItem"]
    assert any("s3:GetObject" in each["actions"] for each in anything)
    assert found["drift"] is None
    assert main(["diff", "before", "after"]) == 0
    told = capsys.readouterr().out
    assert f"new access: app.json#Worker may now `dynamodb:PutItem`, as on {TABLE}" in told
    assert "allowed by work, Statement[0]" in told


def test_taking_access_away_grants_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(project / "before", Worker=role([allow("s3:*", "*")]))
    tree(project / "after", Worker=role([allow("s3:Get*", "arn:aws:s3:::a/*")]))
    code, found = compared(capsys, "before", "after")
    assert (code, found["access"], found["new"]) == (0, [], [])
    assert found["fixed"]


def test_a_new_leak_between_tenants_stops_at_any_threshold(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {"TableName": "orders", "KeySchema": [{"AttributeName": "tenant", "KeyType": "HASH"}]},
    }
    sound = allow("dynamodb:GetItem", Condition=OWN | PRESENT)
    tree(project / "before", Worker=role([sound]), Orders=table)
    tree(project / "after", Worker=role([sound, allow("dynamodb:Query")]), Orders=table)
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    for name in ("before", "after"):
        path = project / name / "app.json"
        content = json.loads(path.read_text("utf-8"))
        content["Resources"]["Worker"]["Properties"]["AssumeRolePolicyDocument"]["Statement"] = [trust]
        path.write_text(json.dumps(content), "utf-8")
    where = ("--account", "111122223333", "--region", "eu-west-1")
    code, found = compared(capsys, "before", "after", "--fail-on", "never", *where)
    leaks = [each for each in found["new"] if (each["proof"] or {}).get("verdict") == "LEAK"]
    assert leaks, found["new"]
    assert code == 1
    assert compared(capsys, "after", "after", "--fail-on", "never", *where)[0] == 0


def test_a_revision_stands_for_the_older_tree(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], cwd=project, check=True)

    git("init", "-q")
    tree(project / "infra", Worker=role([allow("dynamodb:GetItem")]))
    git("add", ".")
    git("commit", "-qm", "one")
    tree(project / "infra", Worker=role([allow("dynamodb:*")]))
    code, found = compared(capsys, "HEAD:infra", "infra")
    assert code == 0
    (access,) = found["access"]
    assert "dynamodb:DeleteTable" in access["actions"]
    assert "dynamodb:GetItem" not in access["actions"]
    assert compared(capsys, "HEAD:infra", "HEAD:infra")[1]["access"] == []


def test_a_report_beside_a_tree_says_that_access_was_not_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(project / "infra", Worker=role([allow("dynamodb:GetItem")]))
    main(["scan", "infra", "--format", "json=old.json", "--quiet"])
    tree(project / "infra", Worker=role([allow("dynamodb:*")]))
    capsys.readouterr()
    _, found = compared(capsys, "old.json", "infra")
    assert found["access"] is None
    assert [each["rule"] for each in found["new"]] == ["iam-no-service-wildcard"]
    main(["diff", "old.json", "infra"])
    assert "new access not asked" in capsys.readouterr().out


def test_what_cannot_be_read_is_no_difference(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(project / "before", Records=bucket())
    tree(project / "after", Records=bucket())
    (project / "after" / "broken.json").write_text('{"Resources": ', "utf-8")
    assert main(["diff", "before", "after"]) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert "broken.json" in shown.err
    assert main(["diff", "before", "nowhere"]) == 2


def test_two_snapshots_are_compared_by_their_arns(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = Listed("AWS::S3::Bucket")
    snapshot(project / "monday", [live({"Status": "Enabled"}), listed])
    snapshot(project / "friday", [live(None), listed])
    code, found = compared(capsys, "monday", "friday", "--select", "s3-versioning", "--fail-on", "low")
    assert code == 1
    assert [each["resource"]["address"] for each in found["new"]] == ["arn:aws:s3:::records"]
    assert found["access"] == []


def test_what_the_account_has_otherwise_than_the_template_is_drift(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(project / "infra", Records=bucket(VersioningConfiguration={"Status": "Enabled"}))
    snapshot(project / "account", [live(None), live(None, "others"), Listed("AWS::S3::Bucket")])
    code, found = compared(capsys, "infra", "account", "--select", "s3-versioning", "--fail-on", "low")
    assert code == 1
    (drift,) = found["drift"]
    assert (drift["rule"], drift["template"], drift["account"]) == ("s3-versioning", "PASS", "FAIL")
    assert (drift["address"], drift["live"]) == ("app.json#Records", "arn:aws:s3:::records")
    main(["diff", "account", "infra", "--select", "s3-versioning"])
    told = capsys.readouterr().out
    assert "1 differ, 1 of 1 resources found in the account" in told
    assert "1 resources of the account are in none of these templates" in told


def test_a_repair_by_hand_is_drift_that_does_not_stop(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(project / "infra", Records=bucket())
    snapshot(project / "account", [live({"Status": "Enabled"}), Listed("AWS::S3::Bucket")])
    code, found = compared(capsys, "infra", "account", "--select", "s3-versioning", "--fail-on", "low")
    assert code == 0
    assert [(each["template"], each["account"]) for each in found["drift"]] == [("FAIL", "PASS")]


def test_a_name_that_the_deployment_made_is_known_by_its_tags(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(project / "infra", Records={"Type": "AWS::S3::Bucket", "Properties": {}})
    tags = [{"Key": "aws:cloudformation:logical-id", "Value": "Records"}]
    snapshot(project / "account", [live({"Status": "Enabled"}, "x-records-1a2b", Tags=tags), Listed("AWS::S3::Bucket")])
    _, found = compared(capsys, "infra", "account", "--select", "s3-versioning")
    assert [each["live"] for each in found["drift"]] == ["arn:aws:s3:::x-records-1a2b"]
