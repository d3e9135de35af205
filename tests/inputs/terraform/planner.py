"""The plan of a root module's `.tf` files in the form of provider 6, for tests: no Terraform is at hand that plans it.

What Terraform itself does was measured (see `docs/untested.md`): an argument that is not written is null, or unknown
where the provider computes it; an expression with an unknown in it is unknown as a whole, and its references are told
longest first. Which arguments are computed stands in `scanner/_data/terraform_provider.json`. There are no modules,
conditions or functions besides `jsonencode`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from scanner.inputs.terraform.expressions import Encoded, Opaque, Template, Traversal, read_expression
from scanner.inputs.terraform.hcl import Block, Body, read_hcl
from scanner.inputs.terraform.provider_types import provider_types

AWS = "registry.terraform.io/hashicorp/aws"
_META = frozenset({"depends_on", "lifecycle", "provider"})


class Unknown:
    """What is known after apply."""


UNKNOWN = Unknown()


class Planner:
    def __init__(self, texts: dict[str, str]) -> None:
        self.blocks: dict[tuple[str, str], Block] = {}
        self.data: dict[tuple[str, str], Block] = {}
        self.locals: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.provider: Body | None = None
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        for text in texts.values():
            for block in read_hcl(text).blocks:
                if block.kind == "resource":
                    self.blocks[block.labels[0], block.labels[1]] = block
                elif block.kind == "data":
                    self.data[block.labels[0], block.labels[1]] = block
                elif block.kind == "locals":
                    self.locals.update({name: each.text for name, each in block.body.arguments.items()})
                elif block.kind == "variable":
                    default = block.body.arguments.get("default")
                    self.variables[block.labels[0]] = self.value(read_expression(default.text)) if default else None
                elif block.kind == "provider":
                    self.provider = block.body

    def plan(self) -> dict[str, Any]:
        changes = []
        written = []
        for (kind, name), block in sorted(self.blocks.items()):
            arguments = provider_types().arguments(kind)
            assert arguments is not None, kind
            after, unknown = self._body(block.body, arguments, kind)
            for key in ("id", "arn"):
                if key in arguments and key not in after:
                    unknown[key] = True
            changes.append(
                {
                    "address": f"{kind}.{name}",
                    "mode": "managed",
                    "type": kind,
                    "name": name,
                    "provider_name": AWS,
                    "change": {
                        "actions": ["create"],
                        "before": None,
                        "after": after,
                        "after_unknown": unknown,
                        "before_sensitive": False,
                        "after_sensitive": {},
                    },
                }
            )
            written.append(
                {
                    "address": f"{kind}.{name}",
                    "mode": "managed",
                    "type": kind,
                    "name": name,
                    "provider_config_key": "aws",
                    "expressions": self._expressions(block.body),
                    "schema_version": 0,
                }
            )
        provider = self._expressions(self.provider) if self.provider is not None else {}
        return {
            "format_version": "1.2",
            "terraform_version": "1.14.0",
            "variables": {name: {"value": value} for name, value in self.variables.items()},
            "planned_values": {"root_module": {}},
            "resource_changes": changes,
            "configuration": {
                "provider_config": {
                    "aws": {"name": "aws", "full_name": AWS, "version_constraint": "~> 6.0", "expressions": provider}
                },
                "root_module": {
                    "resources": written,
                    "variables": {name: {"default": value} for name, value in self.variables.items()},
                },
            },
            "applyable": True,
            "complete": True,
            "errored": False,
        }

    def _body(self, body: Body, schema: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
        after: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        blocks: dict[str, list[Body]] = {}
        for block in body.blocks:
            if block.kind not in _META:
                blocks.setdefault(block.kind, []).append(block.body)
        for name in {*body.arguments, *blocks} - _META:
            assert name in schema, f"{where}.{name}"
        for name, said in schema.items():
            letter, below = (said[0], said[1]) if isinstance(said, list) else (said, None)
            if name in blocks:
                made = [self._body(each, below, f"{where}.{name}") for each in blocks[name]]
                after[name] = [each for each, _ in made]
                unknown[name] = [each for _, each in made]
            elif name in body.arguments:
                value = self.value(read_expression(body.arguments[name].text))
                known, open_ = _split(value)
                if open_ is True:
                    unknown[name] = True
                else:
                    after[name] = known
                    if open_:
                        unknown[name] = open_
            elif name == "tags_all":
                # The provider knows them while planning as soon as there is one.
                if "tags" in unknown or not after.get("tags"):
                    unknown[name] = True
                else:
                    after[name] = after["tags"]
            elif letter in ("c", "x"):
                unknown[name] = True
            else:
                after[name] = [] if below is not None else None
        return after, unknown

    def _expressions(self, body: Body) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, argument in body.arguments.items():
            if name in _META:
                continue
            expression = read_expression(argument.text)
            references = _references(expression)
            if references:
                found[name] = {"references": references}
            elif isinstance(expression, Encoded):
                found[name] = {}
            else:
                found[name] = {"constant_value": self.value(expression)}
        for block in body.blocks:
            if block.kind not in _META:
                found.setdefault(block.kind, []).append(self._expressions(block.body))
        return found

    def value(self, expression: Any) -> Any:
        if isinstance(expression, Opaque):
            raise AssertionError(f"not planned: {expression.text}")
        if isinstance(expression, Encoded):
            inner = self.value(expression.value)
            return UNKNOWN if _open(inner) else json.dumps(inner, separators=(",", ":"), sort_keys=True)
        if isinstance(expression, Template):
            parts = [part if isinstance(part, str) else self.value(part) for part in expression.parts]
            return UNKNOWN if any(isinstance(each, Unknown) for each in parts) else "".join(map(str, parts))
        if isinstance(expression, Traversal):
            return self._traversal(expression.text)
        if isinstance(expression, dict):
            return {key: self.value(child) for key, child in expression.items()}
        if isinstance(expression, list):
            return [self.value(child) for child in expression]
        return expression

    def _traversal(self, text: str) -> Any:
        head, _, rest = text.partition(".")
        if head == "var":
            return self.variables[rest]
        if head == "local":
            return self.value(read_expression(self.locals[rest]))
        kind, name, attribute = text.split(".", 2)
        block = self.blocks[kind, name]
        argument = block.body.arguments.get(attribute)
        return self.value(read_expression(argument.text)) if argument is not None else UNKNOWN


def _references(expression: Any) -> list[str]:
    found: dict[str, None] = {}

    def walk(value: Any) -> None:
        if isinstance(value, Traversal):
            steps = value.text.split(".")
            for end in range(len(steps), 1, -1):
                found[".".join(steps[:end])] = None
        elif isinstance(value, Encoded):
            walk(value.value)
        elif isinstance(value, Template):
            for part in value.parts:
                walk(part)
        elif isinstance(value, dict):
            for child in value.values():
                walk(child)
        elif isinstance(value, list):
            for child in value:
                walk(child)

    walk(expression)
    return list(found)


def _open(value: Any) -> bool:
    if isinstance(value, Unknown):
        return True
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_open(child) for child in children)


def _split(value: Any) -> tuple[Any, Any]:
    """What is known of a value, and what is not in the form of `after_unknown`."""
    if isinstance(value, Unknown):
        return None, True
    if not _open(value):
        return value, None
    if isinstance(value, dict):
        pairs = {key: _split(child) for key, child in value.items()}
        known = {key: one for key, (one, other) in pairs.items() if other is not True}
        return known, {key: other for key, (_, other) in pairs.items() if other}
    if isinstance(value, list):
        pieces = [_split(child) for child in value]
        return [one for one, _ in pieces], [other or False for _, other in pieces]
    return value, None


def planned(folder: Path) -> str:
    """The plan of the `.tf` files in a folder, as text."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.tf"))}
    return json.dumps(Planner(texts).plan(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        (Path(argument) / "plan.json").write_text(planned(Path(argument)), "utf-8")
