"""`r[each.key == "alpha" ? "beta" : "alpha"]` leaves the trace of `r[each.key]`, and the text shows that it is not.

The policy of one tenant's role was put to the other's, whose table it names: ISOLATED twice, though each role reads the
other's table. The plan alone cannot tell; where the `.tf` beside it does, no key says which instance is meant.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write

PUBLIC = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
    }
)
MODULE = 'variable "bucket" {}\nresource "aws_s3_bucket_policy" "p" {\n  bucket = var.bucket\n  policy = "x"\n}\n'
OPEN = {"block_public_policy": False, "restrict_public_buckets": False}


def bucket(key: str) -> dict[str, Any]:
    return resource(f"aws_s3_bucket.b[{json.dumps(key)}]", {}, unknown=("bucket", "id", "arn"))


def block(key: str) -> dict[str, Any]:
    named = {"bucket": Refers("aws_s3_bucket.b", "each.key"), **OPEN}
    return resource(f"aws_s3_bucket_public_access_block.x[{json.dumps(key)}]", named)


def policy(key: str, *references: str) -> dict[str, Any]:
    made = resource(f"aws_s3_bucket_policy.p[{json.dumps(key)}]", {"policy": PUBLIC}, unknown=("bucket",))
    made["_expressions"]["bucket"] = {"references": list(references)}
    return made


def text(expression: str, for_each: str = "var.tenants") -> str:
    return (
        'variable "tenants" {}\nresource "aws_s3_bucket" "b" {\n  for_each = var.tenants\n}\n'
        'resource "aws_s3_bucket_public_access_block" "x" {\n  for_each = var.tenants\n'
        "  bucket = aws_s3_bucket.b[each.key].id\n"
        "  block_public_policy = false\n  restrict_public_buckets = false\n}\n"
        f'resource "aws_s3_bucket_policy" "p" {{\n  for_each = {for_each}\n  bucket = {expression}\n'
        '  policy = "x"\n}\n'
    )


def verdicts(folder: Path) -> set[str]:
    found = scan(folder / "plan.json").report["findings"]
    return {each["verdict"] for each in found if each["rule"] == "s3-no-public-read"}


@pytest.mark.parametrize(
    ("expression", "references", "expected"),
    [
        ("aws_s3_bucket.b[each.key].id", ("aws_s3_bucket.b", "each.key"), "FAIL"),
        ('aws_s3_bucket.b[each.key == "one" ? "two" : "one"].id', ("aws_s3_bucket.b", "each.key"), "UNKNOWN"),
        ('aws_s3_bucket.b[lookup(var.swap, each.key, "one")].id', ("aws_s3_bucket.b", "each.key"), "UNKNOWN"),
        (
            "element(values(aws_s3_bucket.b), index(keys(aws_s3_bucket.b), each.key)).id",
            ("aws_s3_bucket.b", "each.key"),
            "UNKNOWN",
        ),
    ],
    ids=["bare", "condition", "lookup", "element"],
)
def test_the_text_says_whether_a_key_chooses(
    tmp_path: Path, expression: str, references: tuple[str, ...], expected: str
) -> None:
    keys = ("one", "two")
    parts = [policy(key, *references) for key in keys]
    write(tmp_path, plan(*map(bucket, keys), *map(block, keys), *parts))
    (tmp_path / "main.tf").write_text(text(expression), "utf-8")
    assert verdicts(tmp_path) == {expected}


@pytest.mark.parametrize(
    ("for_each", "expected"),
    [("aws_s3_bucket.b", "FAIL"), ('{ for k, b in aws_s3_bucket.b : (k == "one" ? "two" : "one") => b }', "UNKNOWN")],
    ids=["bare", "swapped"],
)
def test_a_value_of_what_is_put_together_is_any(tmp_path: Path, for_each: str, expected: str) -> None:
    keys = ("one", "two")
    content = plan(*map(bucket, keys), *map(block, keys), *(policy(key, "each.value.id", "each.value") for key in keys))
    for each in content["configuration"]["root_module"]["resources"]:
        if each["type"] == "aws_s3_bucket_policy":
            each.pop("count_expression", None)
            each["for_each_expression"] = {"references": ["aws_s3_bucket.b"]}
    write(tmp_path, content)
    (tmp_path / "main.tf").write_text(text("each.value.id", for_each), "utf-8")
    assert verdicts(tmp_path) == {expected}


@pytest.mark.parametrize(
    ("given", "expected"),
    [("aws_s3_bucket.b[each.key].id", "FAIL"), ('aws_s3_bucket.b[each.key == "one" ? "two" : "one"].id', "UNKNOWN")],
    ids=["bare", "condition"],
)
def test_an_input_of_a_module_is_followed(tmp_path: Path, given: str, expected: str) -> None:
    keys = ("one", "two")
    parts = []
    for key in keys:
        made = resource(f'module.m["{key}"].aws_s3_bucket_policy.p', {"policy": PUBLIC}, unknown=("bucket",))
        made["type"], made["name"] = "aws_s3_bucket_policy", "p"
        parts.append(made)
    content = plan(*map(bucket, keys), *map(block, keys))
    content["resource_changes"] += [{name: each[name] for name in each if name != "_expressions"} for each in parts]
    content["configuration"]["root_module"]["module_calls"] = {
        "m": {
            "source": "./m",
            "expressions": {"bucket": {"references": ["aws_s3_bucket.b", "each.key"]}},
            "for_each_expression": {"references": ["var.tenants"]},
            "module": {
                "resources": [
                    {
                        "address": "aws_s3_bucket_policy.p",
                        "mode": "managed",
                        "type": "aws_s3_bucket_policy",
                        "name": "p",
                        "provider_config_key": "aws",
                        "expressions": {"bucket": {"references": ["var.bucket"]}, "policy": {"constant_value": PUBLIC}},
                    }
                ]
            },
        }
    }
    write(tmp_path, content)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(MODULE, "utf-8")
    root = text("x").partition('resource "aws_s3_bucket_policy"')[0]
    call = f'module "m" {{\n  source = "./m"\n  for_each = var.tenants\n  bucket = {given}\n}}\n'
    (tmp_path / "main.tf").write_text(root + call, "utf-8")
    assert verdicts(tmp_path) == {expected}
