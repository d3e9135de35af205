"""Builds small systems: a tenancy, a role whose sessions act for tenants, stores; and says how the proof ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from scanner.findings.document import FindingDocument
from scanner.scanning import scan

ACCOUNT = "111122223333"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Patients"
BUCKET = "arn:aws:s3:::clinic-data"
TAG = "${aws:PrincipalTag/TenantId}"
ITEMS = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
BROKER = f"arn:aws:iam::{ACCOUNT}:role/token-vending"

SESSION: dict[str, Any] = {
    "name": "app",
    "roles": ["AppRole"],
    "tenant_key": "aws:PrincipalTag/TenantId",
    "present": "always",
    "binders": ["*token-vending"],
}
ITEM_ENTRY = {"kind": "dynamodb-item", "table": "Patients", "key": "TENANT#${tenant}"}
OBJECT_ENTRY = {"kind": "s3-object", "bucket": "clinic-data", "key": "${tenant}/*"}
PATIENTS: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "Patients",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    },
}
DATA: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic-data"}}
KEY: dict[str, Any] = {
    "Type": "AWS::KMS::Key",
    "Properties": {
        "KeyPolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    },
}


def allow(action: object, resource: object, condition: object = None, **more: object) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {**made, "Condition": condition} if condition else made


def deny(action: object, condition: object = None, **more: object) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": "Deny", "Action": action, **more}
    return {**made, "Condition": condition} if condition else made


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def trust(*principals: object, actions: object = None, condition: object = None) -> dict[str, Any]:
    return document(
        *(
            {
                "Effect": "Allow",
                "Principal": each,
                "Action": actions or ["sts:AssumeRole", "sts:TagSession"],
                **({"Condition": condition} if condition else {}),
            }
            for each in principals
        )
    )


def role(*statements: dict[str, Any], version: str = "2012-10-17", **properties: object) -> dict[str, Any]:
    body: dict[str, Any] = {"AssumeRolePolicyDocument": trust({"AWS": BROKER})}
    if statements:
        body["Policies"] = [{"PolicyName": "p", "PolicyDocument": document(*statements, version=version)}]
    return {"Type": "AWS::IAM::Role", "Properties": {**body, **properties}}


@dataclass
class Situation:
    """`files` are further files beside the template, by name."""

    resources: dict[str, Any]
    owned: list[dict[str, Any]] = field(default_factory=lambda: [ITEM_ENTRY])
    sessions: list[dict[str, Any]] = field(default_factory=lambda: [SESSION])
    pattern: str = "[a-z0-9-]{1,36}"
    tenancy: dict[str, Any] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def proofs(self, folder: Path, principal: str = "AppRole") -> list[FindingDocument]:
        """The findings with a proof on the principal, as `scan` reports them."""
        (folder / ".git").mkdir()
        declared = {
            "version": 1,
            "account": ACCOUNT,
            "region": "us-east-1",
            "tenant_id": {"pattern": self.pattern, "tags": ["TenantId"], **self.tenancy.get("tenant_id", {})},
            "sessions": self.sessions,
            "owned": self.owned,
            **{key: value for key, value in self.tenancy.items() if key != "tenant_id"},
        }
        declared = {key: value for key, value in declared.items() if value is not None}
        (folder / "tenancy.yaml").write_text(yaml.safe_dump(declared, sort_keys=False))
        body = {"AWSTemplateFormatVersion": "2010-09-09", **self.template, "Resources": self.resources}
        (folder / "template.yaml").write_text(yaml.safe_dump(body, sort_keys=False))
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = scan(folder / "template.yaml")
        problems = [each for each in result.report["errors"] if each["level"] == "error"]
        assert not problems, problems
        assert not result.crashes, result.crashes[0]
        return [
            finding
            for finding in result.report["findings"]
            if finding.get("proof") and finding["resource"]["logical_id"] == principal
        ]


def verdict(findings: list[FindingDocument]) -> str:
    """The worst of them, as `shared/cases` counts."""
    said = {proof["verdict"] for finding in findings if (proof := finding.get("proof"))}
    return next((each for each in ("LEAK", "NOT_PROVEN", "ISOLATED") if each in said), "NOT_APPLICABLE")


def leading(value: object, operator: str = "ForAllValues:StringEquals") -> dict[str, Any]:
    return {operator: {"dynamodb:LeadingKeys": value}}
