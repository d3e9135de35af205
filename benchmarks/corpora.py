"""The files that are scanned: other people's templates where they are at hand, else generated ones like them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

_TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Description: Service {n}
Parameters:
  Env: {{Type: String, AllowedValues: [dev, prod], Default: dev}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${{Env}}-orders-{n}"
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{{AttributeName: pk, KeyType: HASH}}]
      AttributeDefinitions: [{{AttributeName: pk, AttributeType: S}}]
      PointInTimeRecoverySpecification: {{PointInTimeRecoveryEnabled: !If [IsProd, true, false]}}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {{SSEAlgorithm: aws:kms}}
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Deny
            Principal: "*"
            Action: "s3:*"
            Resource: [!GetAtt Bucket.Arn, !Sub "${{Bucket.Arn}}/*"]
            Condition: {{Bool: {{"aws:SecureTransport": "false"}}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}]
      Policies:
        - PolicyName: data
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{{Effect: Allow, Action: [dynamodb:GetItem, dynamodb:Query], Resource: !GetAtt Table.Arn}}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Code: {{S3Bucket: code, S3Key: "service-{n}.zip"}}
      Environment: {{Variables: {{TABLE: !Ref Table}}}}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {{LogGroupName: !Sub "/aws/lambda/${{Function}}", RetentionInDays: 30}}
  Topic: {{Type: AWS::SNS::Topic}}
"""


def build(folder: Path, real: Path | None) -> dict[str, Path]:
    """The sets S1 to S4 below `folder`; `real` is a folder of templates to take S2 and S4 from."""
    sets: dict[str, Path] = {}
    templates = _real(real) if real is not None and real.is_dir() else []
    sets["S1 one template"] = _generated(folder / "s1", 1)
    sets["S2 100 templates"] = _copied(folder / "s2", templates, 100) if templates else _generated(folder / "s2", 100)
    sets["S3 500 resources"] = _large(folder / "s3", 500)
    sets["S4 1,000 templates"] = (
        _copied(folder / "s4", templates, 1000) if templates else _generated(folder / "s4", 1000)
    )
    return sets


def _real(root: Path) -> list[Path]:
    suffixes = (".yaml", ".yml", ".json", ".template")
    found = (path for path in sorted(root.rglob("*")) if path.suffix in suffixes and path.is_file())
    return [
        path for path in found if b"Resources" in path.read_bytes()[:65536] and b"Transform" not in path.read_bytes()
    ]


def _copied(folder: Path, templates: list[Path], number: int) -> Path:
    for index in range(number):
        source = templates[index % len(templates)]
        target = folder / f"service-{index}" / source.name
        target.parent.mkdir(parents=True)
        shutil.copyfile(source, target)
    return folder


def _generated(folder: Path, number: int) -> Path:
    for index in range(number):
        target = folder / f"service-{index}" / "template.yaml"
        target.parent.mkdir(parents=True)
        target.write_text(_TEMPLATE.format(n=index), "utf-8")
    return folder


def _large(folder: Path, resources: int) -> Path:
    """One JSON template as a synthesizer writes it: tables, buckets, policies, roles and functions in turn."""
    made: dict[str, object] = {}
    for index in range(resources // 5):
        made[f"Table{index}"] = {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": index % 2 == 0},
            },
        }
        made[f"Bucket{index}"] = {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "k", "Value": "v"}]}}
        made[f"Policy{index}"] = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": f"Bucket{index}"},
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [
                                {"Fn::GetAtt": [f"Bucket{index}", "Arn"]},
                                {"Fn::Join": ["", [{"Fn::GetAtt": [f"Bucket{index}", "Arn"]}, "/*"]]},
                            ],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                },
            },
        }
        made[f"Role{index}"] = {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        }
        made[f"Function{index}"] = {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Role": {"Fn::GetAtt": [f"Role{index}", "Arn"]}, "Runtime": "python3.12"},
        }
    folder.mkdir(parents=True)
    (folder / "stack.template.json").write_text(json.dumps({"Resources": made}, indent=1), "utf-8")
    return folder
