"""`b[count.index + 1]`, `b["${each.key}-logs"]` and `b[each.value]` leave the same trace in a plan as `b[each.key]`.

The part was put to the instance with its own key: a public policy went to another bucket, and its own was PASS. So was
a name put together from another bucket's (`"${aws_s3_bucket.a.bucket}-logs"`), which was taken to name that one.
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
TEXT = """
resource "aws_s3_bucket" "b" {
  %s
}
resource "aws_s3_bucket_policy" "p" {
  %s
  bucket = aws_s3_bucket.b[%s].id
  policy = "x"
}
"""


def read(folder: Path) -> dict[str, str]:
    return {
        each["resource"]["logical_id"]: each["verdict"]
        for each in scan(folder / "plan.json").report["findings"]
        if each["rule"] == "s3-no-public-read"
    }


def made(keys: tuple[Any, ...], parts: tuple[Any, ...], *references: str) -> dict[str, Any]:
    """Buckets by key without a block of public access, and policies by theirs."""
    buckets = [resource(f"aws_s3_bucket.b[{json.dumps(key)}]", {}, unknown=("bucket", "id", "arn")) for key in keys]
    policies = [resource(f"aws_s3_bucket_policy.p[{json.dumps(key)}]", {"policy": PUBLIC}) for key in parts]
    blocks = [
        resource(
            f"aws_s3_bucket_public_access_block.x[{json.dumps(key)}]",
            {"bucket": Refers("aws_s3_bucket.b", "each.key"), "block_public_policy": False},
        )
        for key in keys
    ]
    for each in policies:
        each["change"]["after_unknown"]["bucket"] = True
        each["_expressions"]["bucket"] = {"references": list(references)}
    return plan(*buckets, *policies, *blocks)


@pytest.mark.parametrize("index", ["count.index", "each.key"])
def test_a_key_that_is_put_together_leaves_every_instance_open(tmp_path: Path, index: str) -> None:
    keys, parts = ((0, 1), (0,)) if index == "count.index" else (("a", "a-logs"), ("a",))
    write(tmp_path, made(keys, parts, "aws_s3_bucket.b", index))
    assert set(read(tmp_path).values()) == {"UNKNOWN"}


def test_a_key_that_is_a_value_leaves_every_instance_open(tmp_path: Path) -> None:
    write(tmp_path, made(("one", "two"), ("one", "two"), "aws_s3_bucket.b", "each.value"))
    assert set(read(tmp_path).values()) == {"UNKNOWN"}


def test_what_has_the_same_keys_goes_by_them(tmp_path: Path) -> None:
    write(tmp_path, made(("one", "two"), ("one", "two"), "aws_s3_bucket.b", "each.key"))
    assert set(read(tmp_path).values()) == {"FAIL"}


def test_the_text_shows_which_instance_is_meant(tmp_path: Path) -> None:
    write(tmp_path, made(("a", "b"), ("a",), "aws_s3_bucket.b", "each.key"))
    (tmp_path / "main.tf").write_text(TEXT % ("for_each = local.all", "for_each = local.some", "each.key"), "utf-8")
    assert read(tmp_path) == {'aws_s3_bucket.b["a"]': "FAIL", 'aws_s3_bucket.b["b"]': "PASS"}


def test_a_name_made_of_another_name_is_not_that_other(tmp_path: Path) -> None:
    main = resource("aws_s3_bucket.main", {"bucket": "clinic"})
    logs = resource("aws_s3_bucket.logs", {"bucket": "clinic-logs"})
    policy = resource("aws_s3_bucket_policy.p", {"bucket": "clinic-logs", "policy": PUBLIC})
    policy["_expressions"]["bucket"] = {"references": ["aws_s3_bucket.main.bucket", "aws_s3_bucket.main"]}
    blocks = [
        resource(f"aws_s3_bucket_public_access_block.{name}", {"bucket": bucket, "block_public_policy": False})
        for name, bucket in (("main", "clinic"), ("logs", "clinic-logs"))
    ]
    write(tmp_path, plan(main, logs, policy, *blocks))
    assert read(tmp_path) == {"aws_s3_bucket.main": "PASS", "aws_s3_bucket.logs": "FAIL"}
