"""Tags of general purpose buckets decide access only where `AbacStatus` is Enabled; a proof holds whichever it is.

("Enabling ABAC in general purpose buckets", Amazon S3 User Guide; the default is disabled.) Without it a request has
no `aws:ResourceTag`: an Allow that asks for the tag gives nothing, a Deny that is on unless the tag is one's own stays
on, and one that is on only where there is a tag is no wall.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.scanning import scan

TENANCY = """\
version: 1
account: "111122223333"
region: us-east-1
tenant_id: {pattern: "[a-z0-9-]{1,36}", tags: [TenantId]}
sessions:
  - name: app
    roles: [AppRole]
    tenant_key: aws:PrincipalTag/TenantId
    present: always
    binders: ["arn:aws:iam::111122223333:role/vending"]
owned: [{kind: tagged, types: ["AWS::S3::Bucket"], tag: TenantId}]
"""
OWN = '"aws:ResourceTag/TenantId": "${aws:PrincipalTag/TenantId}"'
READ = "{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::t-*/*'}"
STATEMENTS = {
    "an Allow that asks for the tag": (
        f"{{Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: {{StringEquals: {{{OWN}}}}}}}",
        "ISOLATED",
    ),
    # An access point's own tag is asked there, and whose tag one in no file has is not known.
    "an Allow on access points": (
        f"{{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:*:*:accesspoint/*', "
        f"Condition: {{StringEquals: {{{OWN}}}}}}}",
        "NOT_PROVEN",
    ),
    "an Allow on all of a region": (
        f"{{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:us-east-1:111122223333:*', "
        f"Condition: {{StringEquals: {{{OWN}}}}}}}",
        "NOT_PROVEN",
    ),
    "a Deny unless the tag is one's own": (
        f"{READ}, {{Effect: Deny, Action: 's3:*', Resource: '*', Condition: {{StringNotEquals: {{{OWN}}}}}}}",
        "ISOLATED",
    ),
    "a Deny where another's tag is there": (
        f"{READ}, {{Effect: Deny, Action: 's3:*', Resource: '*', Condition: {{StringNotEquals: {{{OWN}}}, "
        "Null: {'aws:ResourceTag/TenantId': 'false'}}}",
        "LEAK",
    ),
}


@pytest.mark.parametrize("status", [None, "Enabled", "Disabled"])
@pytest.mark.parametrize("how", STATEMENTS)
def test_a_proof_by_a_bucket_s_tag_holds_with_and_without_its_effect(
    tmp_path: Path, how: str, status: str | None
) -> None:
    statements, verdict = STATEMENTS[how]
    abac = f", AbacStatus: {status}" if status else ""
    (tmp_path / "tenancy.yaml").write_text(TENANCY, "utf-8")
    (tmp_path / "t.yaml").write_text(
        f"""\
Resources:
  Acme:
    Type: AWS::S3::Bucket
    Properties: {{BucketName: t-acme, Tags: [{{Key: TenantId, Value: acme}}]{abac}}}
  Globex:
    Type: AWS::S3::Bucket
    Properties: {{BucketName: t-globex, Tags: [{{Key: TenantId, Value: globex}}]{abac}}}
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: AppRole
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {{AWS: "arn:aws:iam::111122223333:role/vending"}}
            Action: ["sts:AssumeRole", "sts:TagSession"]
      Policies: [{{PolicyName: p, PolicyDocument: {{Version: "2012-10-17", Statement: [{statements}]}}}}]
""",
        "utf-8",
    )
    (proof,) = [
        each["proof"]
        for each in scan(tmp_path).report["findings"]
        if each["rule"] == "s3-objects-stay-with-tenant" and each["resource"]["logical_id"] == "AppRole"
    ]
    assert proof is not None
    assert proof["verdict"] == verdict
