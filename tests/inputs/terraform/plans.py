"""Plans for tests: the JSON of `terraform show`, from as little as a test has to say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

UNKNOWN: Any = object()
AWS = "registry.terraform.io/hashicorp/aws"


class Refers:
    """An argument that is known after apply and refers to these."""

    def __init__(self, *references: str) -> None:
        self.references = references


def resource(
    address: str,
    arguments: Mapping[str, Any],
    *,
    unknown: Sequence[str] = (),
    actions: Sequence[str] = ("create",),
    provider: str = AWS,
    mode: str = "managed",
    **more: Any,
) -> dict[str, Any]:
    """One resource; arguments are values, or `Refers`. `unknown` are what is computed."""
    after: dict[str, Any] = {}
    after_unknown: dict[str, Any] = dict.fromkeys(unknown, True)
    expressions: dict[str, Any] = {}
    for name, value in arguments.items():
        if isinstance(value, Refers):
            after_unknown[name] = True
            expressions[name] = {"references": references_of(value)}
        else:
            after[name] = value
            expressions[name] = _expression(value)
    short = address.removeprefix("data.").rpartition("module.")[2]
    kind, _, name = (short.split(".", 1)[1] if "module." in address else short).partition(".")
    name, _, index = name.partition("[")
    return {
        "address": address,
        "mode": mode,
        "type": kind,
        "name": name,
        "provider_name": provider,
        **({"index": json.loads(index[:-1])} if index else {}),
        "change": {"actions": list(actions), "before": None, "after": after, "after_unknown": after_unknown, **more},
        "_expressions": expressions,
    }


def references_of(value: Refers) -> list[str]:
    """As Terraform lists them: with the attribute, without it, and without the key."""
    found: dict[str, None] = {}
    for each in value.references:
        found[each] = None
        steps = each.split(".")
        least = 3 if steps[0] in ("data", "module") else 2
        while len(steps) > least:
            steps = steps[:-1]
            found[".".join(steps)] = None
        if "[" in ".".join(steps):
            found[".".join(steps).partition("[")[0]] = None
    return list(found)


def _expression(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return [{key: _expression(child) for key, child in each.items()} for each in value]
    return {"constant_value": value}


def plan(*resources: Mapping[str, Any], region: str | None = "eu-west-1", **more: Any) -> dict[str, Any]:
    """A plan of one module."""
    changes = [{key: value for key, value in each.items() if key != "_expressions"} for each in resources]
    written: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in resources:
        written[each["mode"], each["type"], each["name"]] = {
            "address": f"{'data.' if each['mode'] == 'data' else ''}{each['type']}.{each['name']}",
            "mode": each["mode"],
            "type": each["type"],
            "name": each["name"],
            "provider_config_key": "aws",
            "expressions": each["_expressions"],
            **({"count_expression": {"constant_value": 1}} if "index" in each else {}),
        }
    expressions = {"region": {"constant_value": region}} if region else {}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": AWS, "expressions": expressions}},
            "root_module": {"resources": list(written.values())},
        },
        "complete": True,
        "errored": False,
        **more,
    }


def state(*resources: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a state: only what is known."""
    listed = [
        {
            **{key: each[key] for key in ("address", "mode", "type", "name", "provider_name")},
            "values": each["change"]["after"],
        }
        for each in resources
    ]
    return {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": listed}}}


def write(folder: Path, content: Mapping[str, Any], name: str = "plan.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), "utf-8")
    return path
