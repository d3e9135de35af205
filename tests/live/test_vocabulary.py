"""The expressions of the tables against the forms that botocore's models give to AWS's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jmespath
import pytest

from scanner.live.collector_table import Call, Collector, Part, Service, Shape
from scanner.live.services import SERVICES
from tests.live.sampling import output

# What the engine itself puts into a document ("scanner.live.collector_table").
ENGINE = {"account", "found", "id", "item", "now", "parent", "parent_id", "partition", "region"}
# Fields of documents that AWS keeps as text: IAM's policies, and columns of the credential report.
WITHIN = {"Sid", "Statement", "arn", "mfa_active", "user", "user_creation_time"}
WITHIN |= {f"access_key_{number}_{what}" for number in (1, 2) for what in ("active", "last_rotated", "last_used_date")}
WITHIN |= {f"password_{what}" for what in ("enabled", "last_changed", "last_used")}
# Statements of Lambda's permissions, and the attributes of SNS topics, which are a map of any words.
WITHIN |= {"AWS", "Action", "Condition", "Principal", "Service", "AWS:SourceAccount", "AWS:SourceArn"}
WITHIN |= {
    "aws:PrincipalOrgID",
    "lambda:EventSourceToken",
    "lambda:FunctionUrlAuthType",
    "lambda:InvokedViaFunctionUrl",
}
WITHIN |= {"ArchivePolicy", "ContentBasedDeduplication", "DisplayName", "FifoTopic", "KmsMasterKeyId", "Policy"}
WITHIN |= {"SignatureVersion", "TracingConfig"}


@cache
def _members(service: str, operation: str) -> frozenset[str]:
    """Every name of a field in the answer, however deep."""
    names: set[str] = set()
    waiting, met = [output(service, operation)], set()
    while waiting:
        shape = waiting.pop()
        if shape is None or shape.name in met:
            continue
        met.add(shape.name)
        if shape.type_name == "structure":
            names.update(shape.members)
            waiting.extend(shape.members.values())
        elif shape.type_name == "list":
            waiting.append(shape.member)
        elif shape.type_name == "map":
            names.update(getattr(shape.key, "enum", ()))
            waiting.append(shape.value)
    return frozenset(names)


def _fields(shape: Shape) -> Iterator[tuple[str, str]]:
    """The fields that expressions read, and the names that they give."""
    if not isinstance(shape, str):
        for child in shape.values():
            yield from _fields(child)
        return
    waiting = [jmespath.compile(shape).parsed]
    while waiting:
        node: Mapping[str, Any] = waiting.pop()
        if node["type"] == "field":
            yield "read", node["value"]
        elif node["type"] == "key_val_pair":
            yield "given", node["value"]
        waiting.extend(child for child in node.get("children", ()) if isinstance(child, dict))


def _expressions(call: Call) -> Iterator[Shape]:
    yield from call.arguments.values()
    yield from (each for each in (call.items, getattr(call, "when", None), getattr(call, "needless", None)) if each)


def _complaints(service: Service, collector: Collector) -> Iterator[str]:
    calls: list[Call] = [collector.listing]
    shapes: list[Shape] = [*_expressions(collector.listing), collector.summary]
    names = set(ENGINE)
    waiting = [collector.part, *collector.also]
    while waiting:
        part: Part = waiting.pop()
        names |= part.details.keys() | {part.called or "item"}
        # What is found of all items is asked for by the names of their properties.
        names |= part.properties.keys() if collector.summary else set()
        shapes += [part.id, part.each, part.properties]
        shapes += [each for each in (part.keep, part.region) if each]
        shapes += [part.arn] if part.arn and not part.arn.startswith("arn:") else []
        for detail in part.details.values():
            calls.append(detail)
            shapes += _expressions(detail)
        waiting.extend(part.children)
    for call in calls:
        names |= _members(call.service or service.name, call.operation)
    found = [each for shape in shapes for each in _fields(shape)]
    names |= {name for kind, name in found if kind == "given"}
    if {"csv", "document"} & {name for shape in shapes for name in _functions(shape)}:
        names |= WITHIN
    yield from sorted({name for kind, name in found if kind == "read" and name not in names})


def _functions(shape: Shape) -> Iterator[str]:
    if not isinstance(shape, str):
        for child in shape.values():
            yield from _functions(child)
        return
    waiting = [jmespath.compile(shape).parsed]
    while waiting:
        node: Mapping[str, Any] = waiting.pop()
        if node["type"] == "function_expression":
            yield str(node["value"])
        waiting.extend(child for child in node.get("children", ()) if isinstance(child, dict))


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_no_expression_asks_for_a_field_that_aws_does_not_answer(service: Service) -> None:
    wrong = {
        collector.listing.operation: missing
        for collector in service.collectors
        if (missing := list(_complaints(service, collector)))
    }
    assert not wrong
