"""What rules ask of a type is read of it, or is known to be absent, or cannot hold what the rule looks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scanner.language.library import load_library
from scanner.live.collector_table import Part
from scanner.live.services import SERVICES
from scanner.model.absent_properties import LACKING
from scanner.model.unread_properties import WITHOUT_SECRETS

ROOT = Path(__file__).parents[2]
_ASKED = re.compile(r"\bProperties\.(\w+)")
_ASKED_AT_ONCE = re.compile(r"\bProperties\.\[([^\]]*)\]")
# What functions ask of what they are handed, which may be the properties themselves.
_FUNCTIONS = {"networks(": {"CidrIp", "CidrIpv6", "SourcePrefixListId"}}
# What a rule asks of another resource by the same name.
_OF_OTHERS = {("kms-enclave-no-bypass", "AWS::KMS::Key"): {"KeyId"}}


@cache
def _schema(type_name: str) -> Mapping[str, Any]:
    manager: Any = pytest.importorskip("cfnlint.schema.manager")
    schema: Mapping[str, Any] = manager.PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema
    return schema


def _known(type_name: str) -> set[str]:
    return set(_schema(type_name)["properties"])


@cache
def asked() -> Mapping[tuple[str, str], frozenset[str]]:
    """By rule and type that is collected, the properties that the rule names of what it judges."""
    collected = {name for service in SERVICES for name in service.types}
    found: dict[tuple[str, str], frozenset[str]] = {}
    texts = {path.stem: path.read_text() for path in (ROOT / "rules").glob("*/*.yaml")}
    for rule in load_library().rules:
        text = re.split(r"\n(?:examples|fix):", texts[rule.id])[0]
        names = set(_ASKED.findall(text))
        for several in _ASKED_AT_ONCE.findall(text):
            names |= set(re.findall(r"(?:^|,)\s*(\w+)", several))
        names = names.union(*(more for word, more in _FUNCTIONS.items() if word in text and "[Properties]" in text))
        for type_name in collected & set(rule.types):
            if type_name.startswith("AWS::") and type_name != "AWS::::Account":
                found[rule.id, type_name] = frozenset(names - _OF_OTHERS.get((rule.id, type_name), set()))
    return found


def _read() -> dict[str, set[str]]:
    """By type, the properties that collectors read."""
    found: dict[str, set[str]] = {}
    waiting = [part for service in SERVICES for each in service.collectors for part in (each.part, *each.also)]
    while waiting:
        part: Part = waiting.pop()
        found.setdefault(part.type, set()).update(part.properties)
        waiting.extend(part.children)
    return found


def wanted() -> dict[str, set[str]]:
    """By type, what rules on it ask for that CloudFormation's schema of it does not have."""
    collected = {name for service in SERVICES for name in service.types}
    found: dict[str, set[str]] = {}
    texts = {path.stem: path.read_text() for path in (ROOT / "rules").glob("*/*.yaml")}
    for rule in load_library().rules:
        text = texts[rule.id].partition("\nexamples:")[0]
        names = next((names for (name, _), names in asked().items() if name == rule.id), frozenset())
        if "[Properties]" in text:
            # Properties of one type are looked at as an entry of another's list is, by their bare names.
            words = set(re.findall(r"\b[A-Z]\w+", text))
            names |= {word for type_name in collected & set(rule.types) for word in _known(type_name) & words}
        for type_name in collected & set(rule.types):
            if type_name.startswith("AWS::") and type_name != "AWS::::Account":
                found.setdefault(type_name, set()).update(names)
    return {name: more for name, asked in found.items() if (more := asked - _known(name))}


def test_what_a_type_cannot_have_is_known_to_be_absent_wherever_a_rule_asks_for_it() -> None:
    """Else a rule on load balancers of both kinds would never know enough of either."""
    missing = {name: sorted(more) for name, names in wanted().items() if (more := names - set(LACKING.get(name, ())))}
    assert not missing, "add these to scanner/model/absent_properties.py"


def test_nothing_that_a_type_may_have_is_called_lacking() -> None:
    wrong = {name: names for name, lacking in LACKING.items() if (names := set(lacking) & _known(name))}
    assert not wrong


def test_what_a_rule_asks_of_a_type_is_read_of_it() -> None:
    """Else the rule is never determined in an account, whatever stands there."""
    read = _read()
    missing = {
        (rule, name): sorted(more)
        for (rule, name), names in asked().items()
        if name in read and (more := names & _known(name) - read[name])
    }
    assert not missing, "let the collector read these"


def _holds_text(schema: Mapping[str, Any], node: Mapping[str, Any], depth: int = 0) -> bool:
    if "$ref" in node:
        node = schema["definitions"][node["$ref"].rpartition("/")[2]]
    if "enum" in node or depth > 6:
        return False
    kinds = node.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    inside: Iterator[Mapping[str, Any]] = iter([*node.get("properties", {}).values(), node.get("items", {})])
    return (
        "string" in kinds
        or ("object" in kinds and "properties" not in node)
        or any(_holds_text(schema, each, depth + 1) for each in inside if each)
    )


@pytest.mark.parametrize("name", WITHOUT_SECRETS)
def test_where_nothing_else_can_hold_a_secret_all_other_text_is_read(name: str) -> None:
    schema = _schema(name)
    hidden = {path.split("/")[2] for path in schema.get("writeOnlyProperties", []) if path.count("/") == 2}
    text = {key for key, node in schema["properties"].items() if _holds_text(schema, node)}
    made = {path.split("/")[2] for path in schema.get("readOnlyProperties", [])}
    left = text - hidden - made - _read()[name]
    assert left <= set(WITHOUT_SECRETS[name]), "let the collector read these"
    assert set(WITHOUT_SECRETS[name]) <= schema["properties"].keys()
    assert not set(WITHOUT_SECRETS[name]) & _read()[name]
