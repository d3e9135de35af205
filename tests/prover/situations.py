"""Builds small systems: a tenancy, a role whose sessions act for tenants, stores; and says how the proof ends."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from scanner.findings.report_document import FindingDocument
from scanner.language.library import load_library
from scanner.scanning import Options, scan

HOLE = {"Fn::Transform": {"Name": "Hole"}}
_HOLES = 2
_OPEN = ("NOT_PROVEN", "UNKNOWN")
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
        """The findings with a proof on the principal, as `scan` reports them.

        Asked again with values made unknown, one at a time, an answer may be lost and may not turn over: of some values
        here, of all where TENANTPROOF_HOLES is set (`make fuzz`).
        """
        found = self._scanned(folder, self.resources)
        said = _said(found, principal)
        for logical_id, keys in self._values():
            changed = copy.deepcopy(self.resources)
            node = changed[logical_id]["Properties"]
            for key in keys[:-1]:
                node = node[key]
            node[keys[-1]] = HOLE
            with TemporaryDirectory() as elsewhere:
                now = _said(self._scanned(Path(elsewhere), changed), principal)
            turned = {rule: (was, now.get(rule)) for rule, was in said.items() if was not in _OPEN}
            turned = {rule: (was, is_) for rule, (was, is_) in turned.items() if is_ != was and is_ not in _OPEN}
            assert not turned, f"without {logical_id}.{'.'.join(map(str, keys))}: {turned}"
        return [each for each in found if each.get("proof") and each["resource"]["logical_id"] == principal]

    def _values(self) -> list[tuple[str, tuple[str | int, ...]]]:
        """Every value of the template, or some of them, the same each time."""
        found = [
            (logical_id, keys)
            for logical_id, body in self.resources.items()
            for keys in paths_of(body.get("Properties", {}))
        ]
        if os.environ.get("TENANTPROOF_HOLES"):
            return found
        return random.Random(json.dumps(self.resources, default=str)).sample(found, min(_HOLES, len(found)))

    def _scanned(self, folder: Path, resources: Mapping[str, Any]) -> list[FindingDocument]:
        (folder / ".git").mkdir(parents=True)
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
        body = {"AWSTemplateFormatVersion": "2010-09-09", **self.template, "Resources": resources}
        (folder / "template.yaml").write_text(yaml.safe_dump(body, sort_keys=False))
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = scan(folder / "template.yaml", options=Options(select=_proving()))
        problems = [each for each in result.report["errors"] if each["level"] == "error"]
        assert not problems, problems
        assert not result.crashes, result.crashes[0]
        return result.report["findings"]


def said_of_roles(
    folder: Path, resources: Mapping[str, Any], rules: tuple[str, ...] = (), **declared: object
) -> dict[str, str]:
    """The worst that is proved of each role of one template, by its logical id; those named `App...` are sessions.

    `rules` are those that count, else all that prove anything.
    """
    (folder / ".git").mkdir(parents=True)
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": "us-east-1",
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [{**SESSION, "roles": ["App*"]}],
        "owned": [ITEM_ENTRY],
        **declared,
    }
    (folder / "tenancy.yaml").write_text(yaml.safe_dump(tenancy))
    (folder / "template.yaml").write_text(yaml.safe_dump({"Resources": dict(resources)}))
    result = scan(folder / "template.yaml", options=Options(select=rules or _proving()))
    assert not [each for each in result.report["errors"] if each["level"] == "error"]
    found: dict[str, list[FindingDocument]] = {}
    for each in result.report["findings"]:
        if each.get("proof"):
            found.setdefault(str(each["resource"]["logical_id"]), []).append(each)
    return {name: verdict(several) for name, several in found.items()}


@lru_cache(maxsize=1)
def _proving() -> tuple[str, ...]:
    return tuple(rule.id for rule in load_library(examples=False).rules if rule.theorems)


def _said(findings: list[FindingDocument], principal: str) -> dict[str, str]:
    """What each rule says of the principal."""
    return {
        each["rule"]: proof["verdict"] if (proof := each.get("proof")) else each["verdict"]
        for each in findings
        if each["resource"]["logical_id"] == principal
    }


def paths_of(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value in what is written in a template; what a function is given is not looked into."""
    if at:
        yield at
    if isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
        for key, child in value.items():
            yield from paths_of(child, (*at, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from paths_of(child, (*at, index))


def verdict(findings: list[FindingDocument]) -> str:
    """The worst of them, as the acceptance cases count."""
    said = {proof["verdict"] for finding in findings if (proof := finding.get("proof"))}
    return next((each for each in ("LEAK", "NOT_PROVEN", "ISOLATED") if each in said), "NOT_APPLICABLE")


def ending(findings: list[FindingDocument]) -> str:
    """The verdict, or NOTHING where all that is not proved is that a declared session reaches anything at all."""
    said = verdict(findings)
    open_ones = [each for each in findings if (proof := each.get("proof")) and proof["verdict"] == "NOT_PROVEN"]
    causes = {unknown["cause"] for each in open_ones if (unknown := each.get("unknown"))}
    return "NOTHING" if said == "NOT_PROVEN" and causes == {"reaches-nothing"} else said


def leading(value: object, operator: str = "ForAllValues:StringEquals") -> dict[str, Any]:
    return {operator: {"dynamodb:LeadingKeys": value}}
