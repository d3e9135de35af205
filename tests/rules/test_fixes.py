"""What a fix says to set, pasted into the rule's own failing examples: they pass."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from scanner.language.library import Library, load_library
from scanner.language.rule import Example, Rule
from scanner.language.schemas import Position, schema_of
from scanner.rule_testing.examples import judge_example

yaml = pytest.importorskip("yaml")
pytestmark = pytest.mark.full

KEY = re.compile(r"[A-Z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*")
ARN = "arn:aws:kms:us-east-1:111122223333:key/0b1f8f2e-5f0e-4a57-9c37-0e3f3b8a6c11"
# So many rules whose every failing example passes; others ask for a further resource, or a name of one's own.
LEAST = 130
MENDED = {"s3-object-lock", "evidence-kept-six-years"}


def nested(path: str, value: Any) -> Any:
    for each in reversed(path.split(".")):
        value = {each: value}
    return value


def spread(value: Any) -> Any:
    """`A.B: x` as `A: {B: x}`; what a reader fills in is an ARN."""
    if isinstance(value, dict):
        made: Any = {}
        for key, each in value.items():
            made = merged(made, nested(key, spread(each)) if KEY.fullmatch(str(key)) else {key: spread(each)})
        return made
    if isinstance(value, list):
        return [spread(each) for each in value]
    return ARN if value == "..." else value


def merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            key: merged(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
            for key in {**one, **other}
        }
    if (
        isinstance(one, list)
        and one
        and isinstance(other, list)
        and all(isinstance(each, dict) for each in (*one, *other))
    ):
        return [merged(each, other[0]) for each in one]
    return other


def settings(fix: str) -> Iterator[dict[str, Any]]:
    for code in re.findall(r"`([^`]+)`", fix):
        try:
            value = yaml.safe_load(code)
        except yaml.YAMLError:
            continue
        if isinstance(value, dict) and value and all(KEY.fullmatch(str(key)) for key in value):
            yield spread(value)
    for name, value in re.findall(r"`([A-Z][A-Za-z0-9.]*)` to `([^`]+)`", fix):
        yield spread({name: yaml.safe_load(value)})


@cache
def places(kind: str, key: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """Where a type has a property of the name, by names from the top, each with whether it is a list."""
    schema = schema_of(kind)
    found: list[tuple[tuple[str, bool], ...]] = []

    def go(position: Position, path: tuple[tuple[str, bool], ...]) -> None:
        for name in position.names():
            below = position.named(name)
            if name == key:
                found.append((*path, (name, False)))
            elif below is not None and len(path) < 5:
                listed = "array" in below.types
                inside = below.items() if listed else below
                if inside is not None and inside.names():
                    go(inside, (*path, (name, listed)))

    if schema is not None:
        go(Position.at([schema], schema), ())
    return tuple(sorted(found, key=len))


def placed(kind: str, setting: dict[str, Any], said: str) -> Any:
    """The setting below the properties that it belongs to, those that fix or message name first."""
    made: Any = {}
    for key, value in setting.items():
        found = sorted(
            places(kind, key), key=lambda path: (len(path) > 1, -sum(name in said for name, _ in path[:-1]), len(path))
        )
        if found:
            here: Any = value
            for name, listed in reversed(found[0]):
                here = {name: [here] if listed else here}
            made = merged(made, here)
    return made


def passes(rule: Rule, example: Example, library: Library) -> bool:
    before = judge_example(rule, example, example.body, library)
    failing = {each.resource["logical_id"] for each in before if each.verdict == "FAIL"}
    said = rule.fix + str([each.message for each in before])
    given = [*settings(rule.fix)]
    for chosen in (given, *([each] for each in given)):
        body: Any = copy.deepcopy(dict(example.body))
        for name in failing:
            resource = body["Resources"].get(name)
            for each in chosen if isinstance(resource, dict) else ():
                added = placed(resource["Type"], each, said)
                resource["Properties"] = merged(resource.get("Properties") or {}, added)
        after = judge_example(rule, example, body, library)
        if all(each.verdict == "PASS" for each in after if each.resource["logical_id"] in failing):
            return True
    return False


def test_what_is_pasted_passes() -> None:
    library = load_library()
    whole = set()
    for rule in library.rules:
        failing = [each for each in rule.examples if each.kind == "fail"]
        if any(settings(rule.fix)) and failing and all(passes(rule, each, library) for each in failing):
            whole.add(rule.id)
    assert whole >= MENDED, len(whole)
    assert len(whole) >= LEAST
