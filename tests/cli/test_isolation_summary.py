"""What a scan says of proofs that rest on nothing, and of stores that nothing was asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main

KEYS = "KeySchema: [{AttributeName: tenantId, KeyType: HASH}]"
TEMPLATE = f"""\
Resources:
  Settings:
    Type: AWS::DynamoDB::Table
    Properties: {{TableName: settings, {KEYS}, AttributeDefinitions: [{{AttributeName: tenantId, AttributeType: S}}]}}
  Visits:
    Type: AWS::DynamoDB::Table
    Properties: {{TableName: visits, {KEYS.replace("tenantId", "shardId")}}}
  Files: {{Type: AWS::S3::Bucket}}
  Prices: {{Type: AWS::S3::Bucket}}
  Own: {{Type: AWS::S3::Bucket, Properties: {{Tags: [{{Key: TenantId, Value: acme}}]}}}}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: "sts:AssumeRole"}}]
      Policies:
        - PolicyName: p
          PolicyDocument: {{Statement: [{{Effect: Allow, Action: "dynamodb:Scan", Resource: !GetAtt Visits.Arn}}]}}
"""
TENANCY = """\
version: 1
tenant_id: {pattern: "[a-z]{2,20}", tags: [TenantId]}
owned: [{kind: dynamodb-item, table: Settings, key: "${tenant}"}]
shared: [{resource: Prices, because: the same for everybody, owner: a@b.example, until: 2099-01-01}]
"""


ROLE = """\
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {AWS: "arn:aws:iam::111122223333:role/v"}
            Action: ["sts:AssumeRole", "sts:TagSession"]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: dynamodb:GetItem
                Resource: arn:aws:dynamodb:*:*:table/TABLE
                Condition: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/TAG}"}}
"""


def scanned(folder: Path, capsys: pytest.CaptureFixture[bytes], tenancy: str | None) -> dict[str, Any]:
    (folder / "t.yaml").write_text(TEMPLATE)
    if tenancy is not None:
        (folder / "tenancy.yaml").write_text(tenancy)
    main(["scan", "--no-cache", "--format", "json", str(folder / "t.yaml")])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


@pytest.mark.parametrize("tenancy", [TENANCY, None])
def test_what_reaches_nothing_and_what_is_not_covered_is_counted_apart(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], tenancy: str | None
) -> None:
    report = scanned(tmp_path, capsysbinary, tenancy)
    (proof,) = (each["proof"] for each in report["findings"] if each["rule"] == "compute-role-tenant-scoped")
    assert (proof["verdict"], proof["reaches"]) == ("ISOLATED", "nothing")
    said = report["summary"]["isolation"]
    assert said["reaches_nothing"] == 1
    names = [address.partition("#")[2] for address in said["stores_not_covered"]]
    assert names == (["Files", "Visits"] if tenancy else ["Files", "Own", "Prices", "Visits"])
    main(["scan", "--no-cache", str(tmp_path / "t.yaml")])
    text = " ".join(capsysbinary.readouterr().out.decode().split())
    assert "1 reaching none of the data" in text
    unasked = f"nothing was asked about {len(names)} stores that no `owned` or `shared` entry covers"
    assert unasked in text
    main(["scan", "--no-cache", "--format", "markdown", str(tmp_path / "t.yaml")])
    assert unasked in " ".join(capsysbinary.readouterr().out.decode().replace("\\", "").split())


def test_a_trust_is_an_assumption_of_what_is_isolated_beside_it(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    bare = TENANCY.partition("shared:")[0]
    said = scanned(tmp_path, capsysbinary, bare)["summary"]["isolation"]
    assert (said["proved"], said["assumed"]) == (1, 0)
    said = scanned(tmp_path, capsysbinary, TENANCY)["summary"]["isolation"]
    assert (said["proved"], said["assumed"]) == (0, 1)


def test_a_kept_finding_leaves_the_stores_not_covered_as_they_were(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tenancy.yaml").write_text(TENANCY)
    (tmp_path / "a.yaml").write_text(TEMPLATE)
    for number in range(25):
        (tmp_path / f"b{number}.yaml").write_text(f"Resources: {{Q{number}: {{Type: AWS::SQS::Queue}}}}")
    monkeypatch.setenv("TENANTPROOF_CACHE", str(tmp_path / "cache"))
    listed = []
    for change in (None, "c", "d"):
        if change is not None:
            (tmp_path / "b3.yaml").write_text(f"Resources: {{{change}: {{Type: AWS::S3::Bucket}}}}")
        main(["scan", "--format", "json", str(tmp_path)])
        report = json.loads(capsysbinary.readouterr().out)
        listed.append([each.rpartition("#")[2] for each in report["summary"]["isolation"]["stores_not_covered"]])
    assert listed == [["Files", "Visits"], ["Files", "Visits", "c"], ["Files", "Visits", "d"]]


def test_a_declared_session_that_reaches_nothing_is_not_proved_once_and_says_why(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    sessions = "sessions: [{roles: [AppRole], tenant_key: aws:PrincipalTag/TenantId, present: always, binders: [v]}]\n"
    more = '  - {kind: s3-object, bucket: Files, key: "${tenant}/*"}\n'
    entries = 'owned:\n  - {kind: dynamodb-item, table: Settings, key: "${tenant}"}\n' + more
    head = TENANCY.partition("owned:")[0]
    for table, tag, reason in (
        ("settings", "TenantId", None),
        ("setings", "TenantId", "name `arn:aws:dynamodb:*:*:table/setings`, and the declared data is in `Settings`"),
    ):
        (tmp_path / "tenancy.yaml").write_text(head + sessions + entries)
        (tmp_path / "t.yaml").write_text(TEMPLATE + ROLE.replace("TABLE", table).replace("TAG", tag))
        main(["scan", "--no-cache", "--format", "json", str(tmp_path / "t.yaml")])
        found = json.loads(capsysbinary.readouterr().out)["findings"]
        mine = [each for each in found if each.get("proof") and each["resource"]["logical_id"] == "AppRole"]
        open_ones = [each for each in mine if each["proof"]["verdict"] != "ISOLATED"]
        if reason is None:
            assert not open_ones
            continue
        (told,) = open_ones
        assert (told["proof"]["verdict"], told["proof"]["reaches"]) == ("NOT_PROVEN", "nothing")
        assert told["unknown"]["cause"] == "reaches-nothing"
        assert reason in told["message"]
