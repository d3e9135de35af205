"""Texts and values that are small to write and were long to read: each kind is timed in seconds of a core."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from scanner.scanning import scan

pytestmark = pytest.mark.full


def bucket(name: object, parameters: int = 0, conditions: int = 0) -> dict[str, Any]:
    declared: dict[str, Any] = {"P": {"Type": "String"}}
    declared |= {f"P{at}": {"Type": "String", "AllowedValues": ["a", "b", "c"]} for at in range(parameters)}
    return {
        "Parameters": declared,
        "Conditions": {f"C{at}": {"Fn::Equals": [{"Ref": f"P{at}"}, "a"]} for at in range(conditions)},
        "Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}},
    }


def nested(leaf: object, levels: int) -> object:
    for _ in range(levels):
        leaf = {"Fn::Sub": ["${a}${a}", {"a": leaf}]}
    return leaf


def doubled(attribute: bool) -> dict[str, Any]:
    """Each name is twice that of the next."""

    def name(at: int) -> object:
        below = {"Fn::GetAtt": [f"R{at + 1}", "QueueName"]} if attribute else {"Ref": f"R{at + 1}"}
        return "x" if at == 40 else {"Fn::Join": ["", [below, below]]}

    queues = {f"R{at}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name(at)}} for at in range(41)}
    return {"Resources": queues}


def tree(levels: int) -> object:
    return "x" if levels == 0 else {"Fn::If": [f"C{levels - 1}", tree(levels - 1), tree(levels - 1)]}


def loops() -> dict[str, Any]:
    hundred = [str(at) for at in range(100)]
    body: dict[str, Any] = {"R${V}${W}${X}": {"Type": "AWS::SNS::Topic"}}
    for name in "XWV":
        body = {f"Fn::ForEach::{name}": [name, hundred, body]}
    return {"Transform": "AWS::LanguageExtensions", "Resources": body}


def policy(statement: object) -> dict[str, Any]:
    document = {"PolicyDocument": {"Statement": statement}}
    return {"Resources": {"A": {"Type": "AWS::IAM::ManagedPolicy", "Properties": document}}}


SLOW: dict[str, object] = {
    "nested texts with an unknown": bucket(nested({"Ref": "P"}, 24)),
    "nested texts": bucket(nested("x", 24)),
    "two hundred parameters joined": bucket({"Fn::Join": ["-", [{"Ref": f"P{at}"} for at in range(200)]]}, 200),
    "two hundred parameters in a text": bucket({"Fn::Sub": "-".join(f"${{P{at}}}" for at in range(200))}, 200),
    "references without an end": bucket("{{resolve:ssm:" * 50_000),
    "references with colons": bucket("{{resolve:secretsmanager:" + ":" * 500_000),
    "many references": bucket("{{resolve:ssm:a}}" * 20_000),
    "holes without an end": bucket({"Fn::Sub": "${" * 200_000}),
    "holes without an end, and one with": bucket({"Fn::Sub": "${P}" + "${" * 200_000}),
    "many holes": bucket({"Fn::Sub": "${P}" * 100_000}),
    "a split in many parts": bucket({"Fn::Select": [5_000, {"Fn::Split": ["a", "a" * 200_000]}]}),
    "a wide block": bucket({"Fn::Cidr": ["::/0", 99_999_999, "1"]}),
    "a tree of choices": bucket(tree(11), 12, 12),
    "a text of many items": bucket({"Fn::ToJsonString": [{"Ref": "P"}] * 10_000}),
    "names that are twice the next": doubled(False),
    "attributes that are twice the next": doubled(True),
    "loops in loops": loops(),
    "wildcards": policy(
        {"Effect": "Allow", "Action": ["s3:" + "*a" * 1_000 + "b"] * 20, "Resource": ["*a" * 1_000] * 20}
    ),
    "three hundred statements": policy([{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}] * 300),
    "long names": {
        "Resources": {"A" * 100_000: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "B"}}}}
    },
}


@pytest.mark.parametrize("kind", SLOW)
def test_it_takes_little_time(tmp_path: Path, kind: str) -> None:
    (tmp_path / "t.json").write_text(json.dumps(SLOW[kind]), "utf-8")
    begun = process_time()
    result = scan(tmp_path)
    assert process_time() - begun < 5
    assert result.crashes == ()


def test_a_dump_without_the_end_of_its_rows_takes_little_time() -> None:
    from scanner.inputs.sql.parsing import without_data

    begun = process_time()
    for text in ("COPY a\n" * 20_000 + "\n\\.\n", "COPY a FROM STDIN;\n" * 20_000):
        without_data(text)
    assert process_time() - begun < 4
    dump = "COPY a FROM STDIN;\n1\n\\.\nSELECT 1;\nCOPY b (x) FROM STDIN WITH (FORMAT csv);\n2\n\\.\nSELECT 2;\n\\set x"
    kept = without_data(dump)
    assert len(kept) == len(dump)
    assert kept.split() == ["SELECT", "1;", "SELECT", "2;"]
