"""A text that nobody knows, where only a mapping may stand, leaves every rule as open as any unknown value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from scanner.language.library import load_library
from scanner.language.rule import Example, Rule
from scanner.model.types import type_facts
from scanner.rule_testing.examples import judge_example

LIBRARY = load_library()
NOTHING_KNOWN: dict[str, object] = {"Fn::Transform": {"Name": "Hole"}}
TEXTS: dict[str, dict[str, object]] = {
    "parameter": {"Ref": "HoleParameter"},
    "partly known": {"Fn::Sub": "x-${AWS::StackName}"},
    "attribute": {"Fn::GetAtt": ["HoleResource", "Out"]},
}


def mappings(kinds: object, value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places in a property where only a mapping, or a list of them, may stand."""
    only = kinds == "m" or (isinstance(kinds, dict) and "|" not in kinds)
    if isinstance(value, list):
        if at and only:
            yield at
        for index, child in enumerate(value):
            yield from mappings(kinds, child, (*at, index))
    elif isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
        if at and only:
            yield at
        for key, child in value.items():
            below = (kinds.get(key) or kinds.get("*")) if isinstance(kinds, dict) else None
            yield from mappings(below, child, (*at, key))


def verdicts(rule: Rule, example: Example, name: str, keys: tuple[str | int, ...], hole: object) -> dict[str, str]:
    body: Any = json.loads(json.dumps(example.body))
    node = body["Resources"][name]["Properties"]
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = hole
    body.setdefault("Parameters", {})["HoleParameter"] = {"Type": "String"}
    body["Resources"]["HoleResource"] = {"Type": "Custom::Hole", "Properties": {"ServiceToken": "arn"}}
    found = judge_example(rule, example, body, LIBRARY)
    return {str(finding.resource["logical_id"]): finding.verdict for finding in found}


def places(rule: Rule) -> Iterator[tuple[Example, str, tuple[str | int, ...]]]:
    seen: set[tuple[object, ...]] = set()
    for example in rule.examples:
        resources = example.body.get("Resources")
        if example.kind not in ("pass", "fail") or not isinstance(resources, Mapping):
            continue
        for name, body in resources.items():
            facts = type_facts(str(body.get("Type")))
            for keys in mappings(facts.values if facts else None, body.get("Properties")):
                # Once for each place of a type and each verdict: examples are much alike.
                key = (example.kind, body["Type"], tuple("*" if isinstance(each, int) else each for each in keys))
                if key not in seen:
                    seen.add(key)
                    yield example, name, keys


@pytest.mark.parametrize("rule", LIBRARY.rules, ids=lambda rule: rule.id)
def test_an_unknown_text_in_the_place_of_a_mapping_is_as_open_as_anything_unknown(rule: Rule) -> None:
    wrong = []
    for number, (example, name, keys) in enumerate(places(rule)):
        expected = verdicts(rule, example, name, keys, NOTHING_KNOWN)
        kind = [*TEXTS][number % len(TEXTS)]
        for logical_id, verdict in verdicts(rule, example, name, keys, TEXTS[kind]).items():
            if verdict not in (expected.get(logical_id, verdict), "UNKNOWN"):
                wrong.append(f"{example.name}: {kind} at {name}.{'.'.join(map(str, keys))}: {logical_id} {verdict}")
    assert wrong == []


def test_there_are_such_places() -> None:
    assert sum(1 for rule in LIBRARY.rules for _ in places(rule)) > 500
