"""Lines of a template that a finding shows."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

from scanner.engine.snippet import MOST_OF_A_LINE
from scanner.scanning import Options, scan


def test_a_template_in_one_line_is_not_copied_into_each_finding(tmp_path: Path) -> None:
    """The report would grow with the square of the template."""
    buckets = {
        f"Records{number}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"r{number}"}}
        for number in range(200)
    }
    (tmp_path / "app.json").write_text(json.dumps({"Resources": buckets}), "utf-8")
    report = scan(tmp_path, options=Options(select=["s3-versioning"])).report
    assert len(report["findings"]) == 200
    for finding in report["findings"]:
        for evidence in finding["evidence"]:
            assert all(len(line) <= MOST_OF_A_LINE + 2 for line in evidence["snippet"])
    shown = [each["evidence"][0]["snippet"][0] for each in report["findings"]]
    names = [each["resource"]["logical_id"] for each in report["findings"]]
    assert all(f'"{name}"' in line for name, line in zip(names, shown, strict=True))


def test_a_finding_on_one_policy_of_a_role_points_at_that_policy(tmp_path: Path) -> None:
    (tmp_path / "role.yaml").write_text(
        dedent("""\
        Resources:
          Worker:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument: {Statement: []}
              Policies:
                - PolicyName: narrow
                  PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}
                - PolicyName: broad
                  PolicyDocument:
                    Statement: [{Effect: Allow, Action: "*", Resource: "*"}]
        """),
        "utf-8",
    )
    report = scan(tmp_path, options=Options(select=["iam-no-admin-policy"])).report
    (finding,) = report["findings"]
    location = finding["location"]
    assert location is not None
    assert location["line"] == 10
    assert finding["evidence"][0]["path"] == "Properties.Policies[1].PolicyDocument"


def test_evidence_shows_values_and_no_part_of_this_program(tmp_path: Path) -> None:
    """A policy whose bucket rests on a parameter's default was shown with an address in memory."""
    (tmp_path / "app.yaml").write_text(
        dedent("""
        Parameters: {Name: {Type: String, Default: records}, Other: {Type: String}}
        Resources:
          Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${Name}-${Other}"}}
          Policy:
            Type: AWS::S3::BucketPolicy
            Properties: {Bucket: !Ref Bucket, PolicyDocument: {Statement: []}}
          Second:
            Type: AWS::S3::BucketPolicy
            Properties: {Bucket: !Ref Other, PolicyDocument: {Statement: []}}
        """),
        "utf-8",
    )
    report = scan(tmp_path).report
    assert any(each["verdict"] == "UNKNOWN" for each in report["findings"])
    assert " object at 0x" not in json.dumps(report)
