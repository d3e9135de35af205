"""A secret in plain text is found by its place and name or by a detector, and is never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from tests.case_names import case_name

SECRET = "c0rrect-horse-battery"  # what the tests look for


def findings(properties: dict[str, object], kind: str, folder: Path) -> tuple[list[str], str]:
    template = {"Resources": {"Thing": {"Type": kind, "Properties": properties}}}
    (folder / "t.json").write_text(json.dumps(template), "utf-8")
    report = folder / "report.json"
    formats = ["--format", f"json={report}", "--format", f"text={folder / 'report.txt'}"]
    main(["scan", str(folder / "t.json"), "--no-cache", "--select", "no-plaintext-secrets", *formats])
    told = report.read_text("utf-8") + (folder / "report.txt").read_text("utf-8")
    return [each["verdict"] for each in json.loads(report.read_text("utf-8"))["findings"]], told


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::RDS::DBInstance", {"MasterUserPassword": SECRET}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"DbPassword": SECRET}}}),
        (
            "AWS::ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Environment": [{"Name": "API_KEY", "Value": SECRET}]}]},
        ),
        ("AWS::AmazonMQ::Broker", {"Users": [{"Username": "admin", "Password": SECRET}]}),
        ("AWS::DMS::Endpoint", {"EngineName": "postgres", "Password": SECRET}),
        ("AWS::SecretsManager::Secret", {"SecretString": SECRET}),
        ("AWS::SSM::Parameter", {"Name": "/records/password", "Type": "String", "Value": SECRET}),
        ("AWS::EC2::Instance", {"UserData": {"Fn::Sub": f"#!/bin/sh\nexport DB_PASSWORD={SECRET}\n"}}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"DB": f"postgres://app:{SECRET}@db/visits"}}}),
    ],
    ids=case_name,
)
def test_a_secret_in_plain_text_is_found_and_not_shown(
    kind: str, properties: dict[str, object], tmp_path: Path
) -> None:
    verdicts, told = findings(properties, kind, tmp_path)
    assert verdicts == ["FAIL"]
    assert SECRET not in told


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::RDS::DBInstance", {"MasterUserPassword": "{{resolve:secretsmanager:records:SecretString:password}}"}),
        ("AWS::RDS::DBInstance", {"MasterUserPassword": ""}),
        ("AWS::RDS::DBInstance", {"ManageMasterUserPassword": True}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"TABLE": "visits", "TOKEN_TTL": "300"}}}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"PASSWORD": "/records/password"}}}),
        ("AWS::SSM::Parameter", {"Name": "/clinic/region", "Type": "String", "Value": "us-east-1"}),
        ("AWS::EC2::Instance", {"UserData": {"Fn::Base64": "#!/bin/sh\nyum -y update\n"}}),
    ],
    ids=case_name,
)
def test_what_is_no_secret_is_left_alone(kind: str, properties: dict[str, object], tmp_path: Path) -> None:
    assert findings(properties, kind, tmp_path)[0] == ["PASS"]
