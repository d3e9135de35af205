"""What rules ask of a type is read of it, or is known to be absent, or cannot hold what the rule looks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from scanner.live.collector import ACCOUNT
from scanner.live.collector_table import Part
from scanner.live.services import SERVICES
from scanner.model.absent_properties import LACKING
from scanner.model.unread_properties import WITHOUT_SECRETS
from scripts.write_absent_properties import asked, collected, known, lacking


@cache
def _schema(type_name: str) -> Mapping[str, Any]:
    manager: Any = pytest.importorskip("cfnlint.schema.manager")
    schema: Mapping[str, Any] = manager.PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema
    return schema


def _read() -> dict[str, set[str]]:
    """By type, the properties that collectors read."""
    found: dict[str, set[str]] = {}
    waiting = [part for service in SERVICES for each in service.collectors for part in (each.part, *each.also)]
    while waiting:
        part: Part = waiting.pop()
        found.setdefault(part.type, set()).update(part.properties)
        waiting.extend(part.children)
    return found


@pytest.mark.full
def test_what_a_type_cannot_have_is_known_to_be_absent_wherever_a_rule_asks_for_it() -> None:
    """Else a rule on load balancers of both kinds would never know enough of either."""
    pytest.importorskip("cfnlint.schema.manager")
    assert lacking() == LACKING, "run python scripts/write_absent_properties.py"


def test_nothing_that_a_type_may_have_is_called_lacking() -> None:
    wrong = {name: names for name, lacking in LACKING.items() if (names := set(lacking) & known(name))}
    assert not wrong


def test_what_a_rule_asks_of_a_type_is_read_of_it() -> None:
    """Else the rule is never determined in an account, whatever stands there."""
    read = _read()
    missing = {
        (rule, name): sorted(more)
        for (rule, name), names in asked().items()
        if name in read and name in collected() and name != ACCOUNT and (more := names & known(name) - read[name])
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
