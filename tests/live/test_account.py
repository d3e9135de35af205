"""The command against an account on this machine: what service APIs made is read, judged and read again."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.live import shard_jobs, snapshot_run
from scanner.scanning import Options, scan
from scanner.snapshots.manifest import read_manifest
from scanner.snapshots.shard import ShardKey

pytestmark = pytest.mark.full

ACCOUNT, REGION = "123456789012", "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READ = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Sound",
        }
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TLS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::sound", "arn:aws:s3:::sound/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
FEW = ("--services", "dynamodb,iam,logs,sqs")
OLDER = {
    ("s3-bucket-public-block", "AWS::S3::Bucket", "leaky"),
    ("s3-no-acls", "AWS::S3::Bucket", "leaky"),
    ("s3-no-acls", "AWS::S3::Bucket", "sound"),
}
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}]
ATTRIBUTES = [{"AttributeName": "pk", "AttributeType": "S"}]
# Of another account, whose keys are all customer managed: AWS managed ones serve their own account alone.
KEY = "arn:aws:kms:us-east-1:444455556666:key/11112222-3333-4444-5555-666677778888"
TEMPLATE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "sound": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": "sound",
                "VersioningConfiguration": {"Status": "Enabled"},
                "PublicAccessBlockConfiguration": BLOCK,
            },
        },
        "policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "sound", "PolicyDocument": TLS}},
        "leaky": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "leaky"}},
        "Sound": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "Sound",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": KEYS,
                "AttributeDefinitions": ATTRIBUTES,
                # moto makes a key of one's own where AWS would take the one that it manages.
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
                "DeletionProtectionEnabled": True,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            },
        },
        "Leaky": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "Leaky",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": KEYS,
                "AttributeDefinitions": ATTRIBUTES,
            },
        },
        "api": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "api",
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": "read", "PolicyDocument": READ}],
            },
        },
        "admin": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "admin",
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": "all", "PolicyDocument": EVERYTHING}],
            },
        },
        "work": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": "work", "SqsManagedSseEnabled": True},
        },
        "log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "log", "RetentionInDays": 2192}},
        "short": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "short"}},
    },
}


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """An account with everything of the template, made by the services' own calls."""
    server_module: Any = pytest.importorskip("moto.server", reason="pip install 'moto[server]'")
    boto3: Any = pytest.importorskip("boto3")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        # moto keeps one state a process: what an earlier server of this worker was told is still there.
        reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset).close()
        _seed(boto3)
        yield ACCOUNT
    server.stop()


def _seed(boto3: Any) -> None:
    s3 = boto3.client("s3")
    for name in ("sound", "leaky"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket="sound", VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket="sound", PublicAccessBlockConfiguration=BLOCK)
    s3.put_bucket_policy(Bucket="sound", Policy=json.dumps(TLS))
    dynamodb = boto3.client("dynamodb")
    common = {"BillingMode": "PAY_PER_REQUEST", "KeySchema": KEYS, "AttributeDefinitions": ATTRIBUTES}
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    dynamodb.create_table(TableName="Sound", SSESpecification=encryption, DeletionProtectionEnabled=True, **common)
    dynamodb.create_table(TableName="Leaky", **common)
    dynamodb.update_continuous_backups(
        TableName="Sound", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    iam = boto3.client("iam")
    for name, policy, document in (("api", "read", READ), ("admin", "all", EVERYTHING)):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    boto3.client("sqs").create_queue(QueueName="work", Attributes={"SqsManagedSseEnabled": "true"})
    logs = boto3.client("logs")
    for name in ("log", "short"):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName="log", retentionInDays=2192)


def _snapshot(folder: Path, *more: str) -> int:
    return main(["snapshot", "--out", str(folder), "--regions", REGION, "--quiet", *more])


def _verdicts(path: Path) -> dict[tuple[str, str, str], str]:
    report = scan(path, options=Options(account=ACCOUNT, region=REGION)).report
    return {
        (each["rule"], each["resource"]["type"], each["resource"]["logical_id"]): each["verdict"]
        for each in report["findings"]
    }


@pytest.fixture(scope="module")
def whole(account: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of all services."""
    folder = tmp_path_factory.mktemp("whole") / "snapshot"
    assert _snapshot(folder) == 0
    return folder


def test_live_and_template_have_the_same_verdicts(whole: Path, tmp_path: Path) -> None:
    """Where an account was read and its template says it, no rule answers PASS to one and FAIL to the other."""
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE))
    live, template = _verdicts(whole), _verdicts(tmp_path / "template.json")
    both = [key for key in template if key in live]
    opposite = [key for key in both if {live[key], template[key]} == {"PASS", "FAIL"}]
    # These buckets are as those from before April 2023 are: what new ones get, which a template says, they do not have.
    assert set(opposite) == OLDER
    same = [key for key in both if live[key] == template[key]]
    assert len(same) >= 40
    for key, verdict in {
        ("s3-versioning", "AWS::S3::Bucket", "sound"): "PASS",
        ("s3-versioning", "AWS::S3::Bucket", "leaky"): "FAIL",
        ("s3-tls-only", "AWS::S3::Bucket", "sound"): "PASS",
        ("s3-tls-only", "AWS::S3::Bucket", "leaky"): "FAIL",
    }.items():
        assert live[key] == template[key] == verdict, key


def test_every_resource_of_the_account_is_in_the_snapshot(whole: Path) -> None:
    live = {(kind, name) for _, kind, name in _verdicts(whole)}
    made = {(body["Type"], name) for name, body in TEMPLATE["Resources"].items()}
    # A policy of its own has the name of its bucket.
    assert {each for each in made if each[1] != "policy"} <= live
    assert ("AWS::S3::BucketPolicy", "sound") in live


def test_a_second_run_reads_only_what_is_missing(account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "snapshot"
    assert _snapshot(folder, *FEW) == 0
    before = read_manifest(folder)
    lost = ShardKey(ACCOUNT, REGION, "sqs")
    (folder / lost.path).unlink()
    read: list[str] = []
    collect = shard_jobs.collect
    monkeypatch.setattr(
        shard_jobs, "collect", lambda service, *rest: (read.append(service.name), collect(service, *rest))[1]
    )
    assert _snapshot(folder, "--resume", *FEW) == 0
    assert read == ["sqs"]
    assert {each.key for each in read_manifest(folder).shards} == {each.key for each in before.shards}


def test_what_a_killed_run_wrote_is_kept_though_its_manifest_does_not_say_so(account: str, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    assert _snapshot(folder, *FEW) == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "shards": [], "ended": None}))
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*.gz")}
    assert _snapshot(folder, "--resume", *FEW) == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.gz")} == times
    assert len(read_manifest(folder).shards) == len(times)


def test_an_interrupt_keeps_what_is_done(account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "snapshot"

    def interrupt(progress: snapshot_run.Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    monkeypatch.setattr(snapshot_run, "SHARDS_AT_ONCE", 1)
    monkeypatch.setattr("scanner.cli.snapshot._Shown", lambda quiet: interrupt)
    assert _snapshot(folder, *FEW) == 130
    manifest = read_manifest(folder)
    assert manifest.shards and manifest.ended is None
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        assert _snapshot(folder, "--resume", *FEW) == 0
    assert not read_manifest(folder).missing


def test_a_folder_that_holds_something_is_left_alone(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert _snapshot(tmp_path) == 2
    assert "nothing is written over it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_second_run_without_resume_is_refused(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _snapshot(tmp_path / "s", "--services", "sqs") == 0
    assert _snapshot(tmp_path / "s", "--services", "sqs") == 2
    assert "--resume" in capsys.readouterr().err


def test_a_service_that_is_not_collected_is_told(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _snapshot(tmp_path / "s", "--services", "dynamo") == 2
    assert "did you mean `dynamodb`" in capsys.readouterr().err
