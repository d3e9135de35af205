"""The least that any scanner in Python must do: parse with lines, ask 250 small rules, write JSON. It decides nothing.

`python -m benchmarks.floor FOLDER`. Nothing of the product is used, so that the ratio to it is of two programs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from yaml import events
from yaml._yaml import CParser

Rule = Callable[[Any], object]  # Any: a template as it comes
TYPES = (
    "AWS::S3::Bucket",
    "AWS::IAM::Role",
    "AWS::DynamoDB::Table",
    "AWS::Lambda::Function",
    "AWS::EC2::SecurityGroup",
    "*",
    "AWS::IAM::Policy",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
)


def path(*keys: str) -> Rule:
    def look(value: Any) -> object:
        for key in keys:
            if type(value) is list:
                value = [each.get(key) for each in value if type(each) is dict]
            elif type(value) is dict:
                value = value.get(key)
            else:
                return None
        return value

    return look


def holds(look: Rule, wanted: object) -> Rule:
    return lambda value: look(value) == wanted


def some(look: Rule, key: str, wanted: object) -> Rule:
    def find(value: Any) -> object:
        found = look(value)
        return type(found) is list and any(type(each) is dict and each.get(key) == wanted for each in found)

    return find


STATEMENTS = path("Properties", "PolicyDocument", "Statement")
ASKED = (
    path("Type"),
    path("Properties", "BucketEncryption", "ServerSideEncryptionConfiguration", "ServerSideEncryptionByDefault"),
    some(path("Properties", "Tags"), "Key", "TenantId"),
    path("Properties", "Tags", "Key"),
    some(STATEMENTS, "Effect", "Allow"),
    path("Properties", "Policies", "PolicyDocument", "Statement", "Condition"),
    path("DeletionPolicy"),
    holds(path("Properties", "PublicAccessBlockConfiguration", "BlockPublicAcls"), True),
    some(path("Properties", "AssumeRolePolicyDocument", "Statement"), "Effect", "Allow"),
    path("Properties", "VpcConfig", "SubnetIds"),
)


def rules() -> dict[str, list[tuple[str, Rule]]]:
    by_type: dict[str, list[tuple[str, Rule]]] = {}
    for number in range(250):
        # Each type has every question, for the two numbers have no common step.
        asked = ASKED[(number // len(TYPES)) % len(ASKED)]
        by_type.setdefault(TYPES[number % len(TYPES)], []).append((f"rule-{number}", asked))
    return by_type


def parsed(text: str) -> tuple[Any, dict[int, dict[str, int]]]:
    lines: dict[int, dict[str, int]] = {}
    anchors: dict[str, Any] = {}
    parser = CParser(text)
    following: Callable[[], Any] = parser.get_event  # Any: an event of any kind

    def node(event: Any) -> Any:
        kind = type(event)
        if kind is events.AliasEvent:
            return anchors.get(event.anchor)
        made: Any
        if kind is events.ScalarEvent:
            made = event.value
        elif kind is events.MappingStartEvent:
            made, places = {}, {}
            key = following()
            while type(key) is not events.MappingEndEvent:
                places[key.value] = key.start_mark.line
                made[key.value] = node(following())
                key = following()
            lines[id(made)] = places
        else:
            made = []
            item = following()
            while type(item) is not events.SequenceEndEvent:
                made.append(node(item))
                item = following()
        if event.anchor:
            anchors[event.anchor] = made
        tag = event.tag
        return {f"Fn::{tag[1:]}": made} if tag and len(tag) > 1 and tag[0] == "!" else made

    event = following()
    while type(event) in (events.StreamStartEvent, events.DocumentStartEvent):
        event = following()
    return node(event), lines


def main() -> None:
    by_type = rules()
    found: list[tuple[str, str, str, int | None]] = []
    number = 0
    for folder, _, names in os.walk(sys.argv[1]):
        for name in names:
            file = f"{folder}/{name}"
            with open(file, encoding="utf-8") as opened:  # noqa: PTH123  # pathlib would be a good part of the floor
                text = opened.read()
            template, lines = (json.loads(text), {}) if text.lstrip()[:1] == "{" else parsed(text)
            resources = template.get("Resources") or {}
            places = lines.get(id(resources), {})
            for logical_id, resource in resources.items():
                number += 1
                kind = resource.get("Type") if type(resource) is dict else None
                mine = by_type.get(kind, []) if type(kind) is str else []
                for rule, asked in (*mine, *by_type["*"]):
                    if not asked(resource):
                        found.append((rule, file, logical_id, places.get(logical_id)))
    sys.stdout.write(json.dumps({"resources": number, "findings": found}))


if __name__ == "__main__":
    main()
