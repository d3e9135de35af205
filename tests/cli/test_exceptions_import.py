"""`exceptions import`: forms of other tools as their documents show them, and what becomes of each."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
import yaml

from scanner.cli.main import main

WHY = "The bucket holds public brochures only."
GIVEN = ("--owner", "platform@clinic.example", "--until", "2027-03-31", "--as-of", "2026-11-30")
ENCODED = base64.b64encode("Nur öffentliche Broschüren liegen hier.".encode()).decode()
# cdk-nag's README: "Suppressing a Rule" as it is synthesized; cfn_nag's README; the Guard rules registry's guide;
# Checkov's "Suppressing and Skipping Policies".
TEMPLATE = f"""\
Resources:
  Nag:
    Type: AWS::S3::Bucket
    Metadata:
      cdk_nag:
        rules_to_suppress:
          - id: AwsSolutions-S1
            reason: {WHY}
          - id: HIPAA.Security-S3BucketVersioningEnabled
            reason: {ENCODED}
            is_reason_encoded: true
          - id: AwsSolutions-IAM5[Resource::*]
            reason: {WHY}
          - id: AwsSolutions-SMG4
            reason: {WHY}
          - id: AwsSolutions-L1
            reason: {WHY}
  Older:
    Type: AWS::S3::Bucket
    Metadata:
      cfn_nag:
        rules_to_suppress:
          - id: W35
            reason: {WHY}
          - id: W31
            reason: {WHY}
          - id: W28
            reason: {WHY}
  Guarded:
    Type: AWS::S3::Bucket
    Metadata:
      guard:
        SuppressedRules:
          - S3_BUCKET_VERSIONING_ENABLED
  Skipped:
    Type: AWS::S3::Bucket
    Metadata:
      checkov:
        skip:
          - id: CKV_AWS_18
            comment: {WHY}
          - id: CKV_AWS_53
            comment: {WHY}
  Commented:
    # checkov:skip=CKV_AWS_21:{WHY}
    Type: AWS::S3::Bucket
"""
TERRAFORM = f"""\
resource "aws_s3_bucket" "brochures" {{
  # checkov:skip=CKV_AWS_18:{WHY}
  bucket = "brochures" # not a {{ of this
}}

#trivy:ignore:AVD-AWS-0089
resource "aws_s3_bucket" "other" {{
  bucket = "other"
}}
"""
BASELINE = {
    "failed_checks": [
        {
            "file": "/infra/app.yaml",
            "findings": [
                {"resource": "AWS::S3::Bucket.Scans", "check_ids": ["CKV_AWS_18", "CKV_AWS_53"]},
                {"resource": "aws_s3_bucket.scans", "check_ids": ["CKV_AWS_21"]},
            ],
        },
        {"file": "/k8s.yaml", "findings": [{"resource": "Pod.default.web", "check_ids": ["CKV_K8S_8"]}]},
    ]
}
MUTELIST = f"""\
Mutelist:
  Accounts:
    "111122223333":
      Checks:
        s3_bucket_server_access_logging_enabled:
          Regions: ["*"]
          Resources: ["arn:aws:s3:::brochures", "^arn:aws:s3:::leaflets$"]
          Description: {WHY}
        s3_bucket_object_versioning:
          Regions: ["*"]
          Resources: ["*"]
          Description: {WHY}
        dynamodb_tables_pitr_enabled:
          Regions: [us-east-1]
          Resources:
            - "arn:aws:dynamodb:eu-west-1:111122223333:table/a"
            - "arn:aws:dynamodb:us-east-1:444455556666:table/b"
          Description: {WHY}
        kms_cmk_rotation_enabled:
          Regions: ["*"]
          Resources: ["arn:aws:kms:us-east-1:111122223333:key/a"]
          Tags: [environment=test]
          Description: {WHY}
    "*":
      Checks:
        s3_bucket_object_versioning:
          Regions: ["*"]
          Resources: [brochures, "broch.*"]
          Description: {WHY}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def imported(project: Path, *more: str) -> set[tuple[str, str]]:
    assert main(["exceptions", "import", *more, *GIVEN]) == 0
    path = project / "exceptions.yaml"
    entries = yaml.safe_load(path.read_text("utf-8")) if path.exists() else []
    assert all(str(each["until"]) == "2027-03-31" and each["owner"] == "platform@clinic.example" for each in entries)
    return {(each["rule"], each["resource"]) for each in entries}


def test_metadata_and_comments_of_a_template(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.yaml").write_text(TEMPLATE, "utf-8")
    assert imported(project) == {
        ("s3-access-logs", "a.yaml#Nag"),
        ("s3-versioning", "a.yaml#Nag"),
        ("s3-access-logs", "a.yaml#Older"),
        ("s3-access-logs", "a.yaml#Skipped"),
        ("s3-versioning", "a.yaml#Commented"),
    }
    told = capsys.readouterr().out
    # Never widened in silence: what means less or more than a rule, or no rule, is listed with its place.
    assert "cdk-nag AwsSolutions-IAM5[Resource::*] on a.yaml#Nag" in told
    assert "cdk-nag AwsSolutions-SMG4 on a.yaml#Nag (a.yaml:2): asks more than `secret-rotation-configured`" in told
    assert "checkov CKV_AWS_53 on a.yaml#Skipped" in told
    assert "asks less than `s3-bucket-public-block`" in told
    assert "cfn-nag W31 on a.yaml#Older" in told
    assert re.search(r"cfn-nag W28 on a.yaml#Older \(a.yaml:\d+\): is no name of a rule here", told)
    assert "guard S3_BUCKET_VERSIONING_ENABLED on a.yaml#Guarded" in told
    assert "gives no reason" in told
    entries = yaml.safe_load((project / "exceptions.yaml").read_text("utf-8"))
    reasons = {each["because"] for each in entries}
    assert reasons == {WHY, "Nur öffentliche Broschüren liegen hier."}


def test_what_was_imported_counts_and_a_second_import_adds_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a.yaml").write_text(TEMPLATE, "utf-8")
    first = imported(project)
    before = (project / "exceptions.yaml").read_bytes()
    assert imported(project) == first
    assert (project / "exceptions.yaml").read_bytes() == before
    assert main(["exceptions", "list", "--as-of", "2026-11-30"]) == 0
    capsys.readouterr()
    main(["scan", "a.yaml", "--no-cache", "--select", "s3-access-logs", "--format", "json", "--as-of", "2026-11-30"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    verdicts = {
        each["resource"]["logical_id"]: each["verdict"] for each in findings if each["rule"] == "s3-access-logs"
    }
    assert (verdicts["Nag"], verdicts["Guarded"]) == ("SUPPRESSED", "FAIL")


def test_comments_of_terraform(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "main.tf").write_text(TERRAFORM, "utf-8")
    assert imported(project) == {("s3-access-logs", "aws_s3_bucket.brochures")}
    assert "trivy AVD-AWS-0089 on aws_s3_bucket.other (main.tf:6)" in capsys.readouterr().out


def test_a_baseline_of_checkov_needs_a_reason(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".checkov.baseline").write_text(json.dumps(BASELINE), "utf-8")
    assert imported(project, ".checkov.baseline") == set()
    assert "gives no reason for `s3-access-logs`" in capsys.readouterr().out
    assert imported(project, ".checkov.baseline", "--because", "Known since the audit of 2026, see CLINIC-17.") == {
        ("s3-access-logs", "infra/app.yaml#Scans"),
        ("s3-versioning", "aws_s3_bucket.scans"),
    }
    assert "`Pod.default.web` is no resource of AWS" in capsys.readouterr().out


def test_a_mutelist_of_prowler_is_never_widened(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "mutelist.yaml").write_text(MUTELIST, "utf-8")
    assert imported(project) == {
        ("s3-access-logs", "arn:aws:s3:::brochures"),
        ("s3-access-logs", "arn:aws:s3:::leaflets"),
        ("s3-versioning", "arn:*:brochures"),
    }
    told = capsys.readouterr().out
    assert "it means every resource" in told
    assert "is in none of its regions" in told
    assert "is not of account 111122223333" in told
    assert "it is narrowed by `Tags`" in told
    assert "`broch.*` is a pattern" in told


def test_severe_rules_need_a_second_person(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = TEMPLATE.replace("CKV_AWS_18", "CKV_AWS_3").replace("id: W35", "id: F22")
    (project / "a.yaml").write_text(text, "utf-8")
    imported(project)
    assert "approved_by" in capsys.readouterr().out
    assert ("rds-not-public", "a.yaml#Older") in imported(project, "--approved-by", "privacy@clinic.example")


def test_a_dry_run_writes_nothing_and_hostile_text_stays_text(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = TEMPLATE.replace(WHY, '"x\\n- rule: s3-tls-only\\n  resource: \\"*\\" and more \\x1b[2J"', 1)
    (project / "a.yaml").write_text(hostile, "utf-8")
    assert main(["exceptions", "import", "--dry-run", *GIVEN]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert not (project / "exceptions.yaml").exists()
    entries = yaml.safe_load(out.partition("exceptions.yaml:")[0])
    assert {each["rule"] for each in entries} == {"s3-access-logs", "s3-versioning"}
    assert imported(project) == {(each["rule"], each["resource"]) for each in entries}


@pytest.mark.parametrize(
    "text",
    [
        "Resources: [1, 2]",
        "Resources: {A: {Metadata: {cdk_nag: [], cfn_nag: {rules_to_suppress: {a: 1}}, checkov: {skip: [x]}}}}",
        "Mutelist: {Accounts: {a: {Checks: {b: null, c: {Resources: 1}}}}}",
        '{"failed_checks": [1, {"file": 2}, {"file": "/a", "findings": [3, {"resource": 4, "check_ids": 5}]}]}',
    ],
)
def test_what_is_of_no_known_form_says_nothing(project: Path, text: str) -> None:
    (project / "a.yaml").write_text(text, "utf-8")
    assert imported(project) == set()


def test_a_named_file_that_cannot_be_read_is_an_error_and_the_rest_is_imported(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a.yaml").write_text(TEMPLATE, "utf-8")
    (project / "b.yaml").write_text("Resources: {", "utf-8")
    assert main(["exceptions", "import", "a.yaml", "b.yaml", *GIVEN]) == 2
    assert "b.yaml" in capsys.readouterr().err
    assert len(yaml.safe_load((project / "exceptions.yaml").read_text("utf-8"))) == 5
