"""How the time grows with what is scanned: the exponent of a line through logarithms, 1 for growth in proportion."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner.language.library import load_library

Timed = Callable[[Sequence[str]], float]
"""Takes the arguments of `tenantproof scan`, and gives the seconds of CPU of a cold process."""


def exponents(folder: Path, seconds: Timed) -> dict[str, float]:
    """By what grows. What a process takes for itself is taken off first."""
    empty = folder / "empty"
    empty.mkdir()
    (empty / "app.json").write_text(json.dumps({"Resources": {"Q": {"Type": "AWS::SNS::Topic"}}}), "utf-8")
    base = seconds([str(empty)])
    sets: dict[str, list[tuple[int, Sequence[str]]]] = {
        "files": [(number, [str(_files(folder, number))]) for number in (125, 250, 500, 1000)],
        "resources": [(number, [str(_resources(folder, number))]) for number in (250, 500, 1000, 2000)],
        "conditions": [(number, [str(_conditions(folder, number))]) for number in (25, 50, 100, 190)],
        "roles": [(number, [str(_roles(folder, number))]) for number in (50, 100, 200, 400)],
    }
    many = _resources(folder, 1000)
    ids = [rule.id for rule in load_library(examples=False).rules]
    sets["rules"] = [
        (len(ids[::step]), [str(many), *(word for each in ids[::step] for word in ("--select", each))])
        for step in (4, 2, 1)  # spread over the alphabet, for those of one service stand together
    ]
    found = {}
    for name, runs in sets.items():
        points = [(size, max(seconds(arguments) - base, 0.001)) for size, arguments in runs]
        found[name] = slope(points)
    return found


def slope(points: Sequence[tuple[int, float]]) -> float:
    """Of the line of least squares through the logarithms."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(took) for _, took in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def _files(folder: Path, number: int) -> Path:
    root = folder / f"files-{number}"
    for each in range(number):
        place = root / f"s{each}"
        place.mkdir(parents=True)
        (place / "app.json").write_text(json.dumps(_stack(each, 5)), "utf-8")
    return root


def _resources(folder: Path, number: int) -> Path:
    root = folder / f"resources-{number}"
    if not root.exists():
        root.mkdir()
        (root / "app.json").write_text(json.dumps(_stack(0, number)), "utf-8")
    return root


def _stack(seed: int, number: int) -> dict[str, object]:
    resources: dict[str, object] = {}
    for each in range(number):
        name = f"R{each}"
        match each % 5:
            case 0:
                resources[name] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"b-{seed}-{each}"}}
            case 1:
                resources[name] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"q-{seed}-{each}"}}
            case 2:
                resources[name] = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}}
            case 3:
                resources[name] = {"Type": "AWS::SNS::Topic"}
            case _:
                key = [{"AttributeName": "pk", "KeyType": "HASH"}]
                resources[name] = {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": key}}
    return {"Resources": resources}


def _conditions(folder: Path, number: int) -> Path:
    """As many parameters and conditions as resources that rest on one each."""
    root = folder / f"conditions-{number}"
    root.mkdir()
    names = [f"C{each}" for each in range(number)]
    template = {
        "Parameters": {f"P{name}": {"Type": "String", "AllowedValues": ["a", "b"]} for name in names},
        "Conditions": {name: {"Fn::Equals": [{"Ref": f"P{name}"}, "a"]} for name in names},
        "Resources": {
            f"R{name}": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"VersioningConfiguration": {"Status": {"Fn::If": [name, "Enabled", "Suspended"]}}},
            }
            for name in names
        },
    }
    (root / "app.json").write_text(json.dumps(template), "utf-8")
    return root


def _roles(folder: Path, number: int) -> Path:
    """Roles of tenants' sessions, proved over one pooled table."""
    root = folder / f"roles-{number}"
    root.mkdir()
    (root / ".git").mkdir()
    session = {
        "name": "api",
        "roles": ["*"],
        "tenant_key": "aws:PrincipalTag/TenantId",
        "present": "always",
        "binders": [],
    }
    owned = {"kind": "dynamodb-item", "table": "orders", "key": "${tenant}"}
    tenancy = {"version": 1, "tenant_id": {"tags": ["TenantId"]}, "sessions": [session], "owned": [owned]}
    (root / "tenancy.yaml").write_text(json.dumps(tenancy), "utf-8")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    own = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"],
        "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/TenantId}"},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }
    document = {"Version": "2012-10-17", "Statement": [own]}
    resources: dict[str, object] = {
        f"Role{each}": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "Policies": [{"PolicyName": "own", "PolicyDocument": document}],
            },
        }
        for each in range(number)
    }
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    resources["Orders"] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders", "KeySchema": key}}
    (root / "app.json").write_text(json.dumps({"Resources": resources}), "utf-8")
    return root


__all__ = ["exponents", "slope"]
