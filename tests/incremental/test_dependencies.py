"""Each way in which a file may bear on another one's verdicts, alone: found again when that file changes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.incremental.projects import TLS_ONLY, Project, verdict

pytestmark = pytest.mark.full

SCANNER = ROOT / "scanner"
Resources = dict[str, Any]
CHOSEN = {"Parameters": {"Chosen": {"Type": "String"}}}
BY_PARAMETER = {"Ref": "Chosen"}
NOTHING: Resources = {"Topic": {"Type": "AWS::SNS::Topic"}}


def bucket(name: object) -> Resources:
    return {"Own": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}


def tls_only(name: object) -> Resources:
    return {"Policy": {**TLS_ONLY, "Properties": {**TLS_ONLY["Properties"], "Bucket": name}}}


def copied(source: object) -> Resources:
    properties = {"Engine": "aurora-postgresql", "SourceDBClusterIdentifier": source}
    return {"Own": {"Type": "AWS::RDS::DBInstance", "Properties": properties}}


def cluster(name: object) -> Resources:
    properties = {"DBClusterIdentifier": name, "Engine": "aurora-postgresql", "StorageEncrypted": True}
    return {"Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": properties}}


def host() -> Resources:
    return {"Own": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1"}}}


def role(name: object) -> Resources:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties = {"RoleName": name, "AssumeRolePolicyDocument": {"Statement": [trust]}}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}


def policy(name: object) -> Resources:
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    properties = {"PolicyName": "p", "PolicyDocument": document, "Roles": [name]}
    return {"Policy": {"Type": "AWS::IAM::Policy", "Properties": properties}}


def root_filter() -> Resources:
    metric = {"MetricName": "root", "MetricNamespace": "use", "MetricValue": "1"}
    pattern = '{ $.userIdentity.type = "Root" }'
    properties = {"LogGroupName": "trail", "FilterPattern": pattern, "MetricTransformations": [metric]}
    return {"Own": {"Type": "AWS::Logs::MetricFilter", "Properties": properties}}


def alarm() -> Resources:
    properties = {"MetricName": "root", "Namespace": "use", "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:t"]}
    return {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}


def selected() -> Resources:
    chosen = {"SelectionName": "s", "IamRoleArn": "r", "Resources": ["arn:aws:ec2:*:*:instance/*"]}
    properties = {"BackupPlanId": "p", "BackupSelection": chosen}
    return {"Selection": {"Type": "AWS::Backup::BackupSelection", "Properties": properties}}


# The rule, the file that stays as it is, and the one that comes to bear on it: in the same folder or in another.
WAYS: dict[str, tuple[str, Resources, str, Resources]] = {
    "what names it": ("s3-tls-only", bucket("records"), "other", tls_only("records")),
    "what may name it": ("s3-tls-only", bucket("records"), "own", tls_only(BY_PARAMETER)),
    "what names what it may be called": ("s3-tls-only", bucket(BY_PARAMETER), "own", tls_only("records")),
    "what it names": ("rds-encrypted", copied("main"), "other", cluster("main")),
    "what may be called as it names": ("rds-encrypted", copied("main"), "own", cluster(BY_PARAMETER)),
    "what it may name": ("rds-encrypted", copied({"Fn::Sub": "${Chosen}-db"}), "own", cluster("prod-db")),
    "what is beside it": ("alarm-root-usage", root_filter(), "own", alarm()),
    "what is of a type, wherever it is": ("ec2-in-backup-plan", host(), "other", selected()),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_comes_to_bear_and_goes_again(way: str, project: Project) -> None:
    rule, own, folder, other = WAYS[way]
    project.fill()
    project.write("own/own.json", own, **CHOSEN)
    project.write(f"{folder}/c.json", NOTHING, **CHOSEN)
    before = project.scan_whole()
    project.write(f"{folder}/c.json", other, **CHOSEN)
    after = project.rescan()
    assert _told(after, rule) != _told(before, rule), "the one does not bear on the other"
    project.write(f"{folder}/c.json", NOTHING, **CHOSEN)
    assert _told(project.rescan(), rule) == _told(before, rule)


def _told(result: Any, rule: str) -> tuple[str, str]:
    (found,) = [
        each
        for each in result.report["findings"]
        if each["rule"] == rule and each["resource"]["address"] == "own/own.json#Own"
    ]
    return found["verdict"], found.get("message", "")


def test_what_refers_to_it_by_an_export(project: Project) -> None:
    """The bucket has no name that anybody could write, and asks for nothing where the policy is."""
    project.fill()
    exported = {"Bucket": {"Value": {"Ref": "Own"}, "Export": {"Name": "bucket"}}}
    project.write("own/own.json", {"Own": {"Type": "AWS::S3::Bucket"}}, Outputs=exported)
    project.write("other/c.json", NOTHING)
    project.scan_whole()
    document = TLS_ONLY["Properties"]["PolicyDocument"]
    statement = {**document["Statement"], "Resource": "*"}
    properties = {"Bucket": {"Fn::ImportValue": "bucket"}, "PolicyDocument": {"Statement": statement}}
    project.write("other/c.json", {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}})
    before = verdict(project.rescan(), "s3-tls-only", "#Own")
    project.write("other/c.json", NOTHING)
    assert verdict(project.rescan(), "s3-tls-only", "#Own") != before


def test_an_export_whose_name_nobody_knows(project: Project) -> None:
    """It may be the one that is imported, so what is imported is not known any more."""
    project.fill()
    outputs = {"Name": {"Value": "records", "Export": {"Name": "name"}}}
    project.write("own/own.json", bucket({"Fn::ImportValue": "name"}))
    project.write("base/base.json", NOTHING, Outputs=outputs)
    project.write("store/policy.json", tls_only("records"))
    project.write("other/c.json", NOTHING, **CHOSEN)
    before = verdict(project.scan_whole(), "s3-tls-only", "#Own")
    project.write("other/c.json", NOTHING, Outputs={"Any": {"Value": "x", "Export": {"Name": BY_PARAMETER}}}, **CHOSEN)
    assert verdict(project.rescan(), "s3-tls-only", "#Own") != before


def test_an_index_that_nobody_asked_before(project: Project) -> None:
    """Which policies are attached to roles is not known of the files that are not read, until there is a role."""
    project.fill()
    project.write("own/own.json", policy("worker"))
    project.write("other/c.json", NOTHING)
    project.scan_whole()
    project.write("other/c.json", role("other"))
    project.scan_whole()
    project.write("other/c.json", role("worker"))
    project.rescan()


def test_twins_in_the_stacks_of_other_tenants(project: Project) -> None:
    """Which of three is the odd one depends on the two others, also where no proof reads what they differ in."""
    (project.folder / "tenancy.yaml").write_text(
        "version: 1\nmodel: silo\ntenant_id: {pattern: '[a-z]+', tags: [TenantId]}\n", "utf-8"
    )
    project.fill()

    def queue(tenant: str, seconds: int) -> None:
        tags = [{"Key": "TenantId", "Value": tenant}]
        properties = {"VisibilityTimeout": seconds, "Tags": tags}
        resource = {"Type": "AWS::SQS::Queue", "Properties": properties}
        project.write(f"{tenant}/queue.json", {f"{tenant.title()}Queue": resource})

    for tenant, seconds in (("acme", 30), ("globex", 60), ("initech", 30)):
        queue(tenant, seconds)
    assert verdict(project.scan_whole(), "silo-stacks-alike", "#AcmeQueue") == "PASS"
    queue("initech", 60)
    assert verdict(project.rescan(), "silo-stacks-alike", "#AcmeQueue") == "FAIL"


def test_what_rules_read_of_all_files_is_asked_for() -> None:
    """A function that goes through the inventory by itself has to tell the trace what it asked; these do, or need not.

    `declared_intent.py` gathers the resources of one file, which are judged again together.
    """
    reading = re.compile(r"inventory\.(listed\(|resources\b|types\b)")
    found = {
        path.relative_to(SCANNER).as_posix()
        for package in ("iam", "language")
        for path in (SCANNER / package).rglob("*.py")
        if reading.search(path.read_text("utf-8"))
    }
    assert found == {
        "iam/inventory_simulation.py",
        "iam/reference_index.py",
        "language/expressions/declared_intent.py",
        "language/expressions/relations.py",
        "language/expressions/nearby.py",
        "language/expressions/tenant_peers.py",
    }
