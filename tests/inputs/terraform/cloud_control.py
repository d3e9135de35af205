"""Templates as plans of the provider `awscc`, from CloudFormation's schemas as cfn-lint ships them.

The provider is generated from the same schemas: objects with properties are nested attributes, objects without any are
JSON text, lists without order whose items differ are sets, and all that is optional is computed, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scanner.inputs.terraform.cloud_control_names import attribute_name, type_name
from scanner.language.schemas import Position, schema_of

AWSCC = "registry.terraform.io/hashicorp/awscc"


class NoTwin(Exception):
    """The template has what a plan cannot hold, or the provider does not have."""


def plan_of(template: Mapping[str, Any], *, written: str = "constant") -> dict[str, Any]:
    """`written` is how `configuration` shows each argument: its constant value, or that it refers to something."""
    changes, listed = [], []
    for name, body in template["Resources"].items():
        kind = type_name(body["Type"])
        schema = schema_of(body["Type"])
        if kind is None or schema is None or set(body) - {"Type", "Properties"} or not name.isidentifier():
            raise NoTwin(body["Type"])
        root = Position.at([schema], schema)
        after, unknown = _object(body.get("Properties", {}), root, body["Type"])
        unknown["id"] = True
        address = f"{kind}.{name}"
        changes.append(
            {
                "address": address,
                "mode": "managed",
                "type": kind,
                "name": name,
                "provider_name": AWSCC,
                "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown},
            }
        )
        expressions = {
            key: {"constant_value": _constant(value)} if written == "constant" else {"references": ["var.given"]}
            for key, value in after.items()
        }
        listed.append(
            {
                "address": address,
                "mode": "managed",
                "type": kind,
                "name": name,
                "provider_config_key": "awscc",
                "expressions": expressions,
                "schema_version": 1,
            }
        )
    provider = {"name": "awscc", "full_name": AWSCC, "expressions": {"region": {"constant_value": "us-east-1"}}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.14.0",
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "configuration": {"provider_config": {"awscc": provider}, "root_module": {"resources": listed}},
        "complete": True,
        "errored": False,
    }


def _object(given: Mapping[str, Any], there: Position, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    after: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name in given:
        if there.named(name) is None:
            raise NoTwin(f"{where}.{name}")
    for name in there.names():
        below = there.named(name)
        assert below is not None
        called = attribute_name(name)
        if name in given and given[name] is not None:
            after[called], inside = _value(given[name], below, f"{where}.{name}")
            if inside:
                unknown[called] = inside
        else:
            unknown[called] = True
    return after, unknown


def _value(given: Any, there: Position, where: str) -> tuple[Any, Any]:
    if isinstance(given, list):
        items = there.items()
        if items is None:
            raise NoTwin(where)
        pairs = [_value(each, items, where) for each in given]
        if any(schema.get("uniqueItems") and not schema.get("insertionOrder", True) for schema in there.schemas):
            pairs.sort(key=lambda pair: json.dumps(pair[0], sort_keys=True))
        return [one for one, _ in pairs], [other or False for _, other in pairs] if any(o for _, o in pairs) else None
    if isinstance(given, dict):
        if any(key == "Ref" or key.startswith("Fn::") for key in given):
            raise NoTwin(where)
        if there.names():
            return _object(given, there, where)
        if any("patternProperties" in schema for schema in there.schemas):
            return given, None
        if _intrinsic(given):
            raise NoTwin(where)
        return json.dumps(given), None
    if "boolean" in there.types and given in ("true", "false"):
        return given == "true", None
    return given, None


def _intrinsic(given: Any) -> bool:
    children = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    keys = given if isinstance(given, dict) else ()
    return any(key == "Ref" or key.startswith("Fn::") for key in keys) or any(_intrinsic(each) for each in children)


def _constant(value: Any) -> Any:
    """As it is written: without what is left out."""
    return value
