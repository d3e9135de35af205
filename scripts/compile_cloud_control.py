"""Compile `scanner/_data/cloud_control.json`: what the properties of CloudFormation's types are called by `awscc`.

    python scripts/compile_cloud_control.py            # rewrite the table
    python scripts/compile_cloud_control.py --check    # exit 1 if the table is not what this cfn-lint gives

One line for each type: the provider's name of the type, CloudFormation's, and its
attributes. An attribute is the property's name, empty where capitals at each word give it; or a list of it, `j` where
the provider has JSON text, `k` where keys are the user's own, and what is inside, as far as that says more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scanner.inputs.terraform.cloud_control_names import attribute_name, capitalized, type_name  # noqa: E402  # found once ROOT is on the path
from scanner.language.schemas import Position, Schema, all_schemas, cfn_lint_version  # noqa: E402  # found once ROOT is on the path
from scanner.shipped_data import data_file  # noqa: E402  # found once ROOT is on the path

_DEEPEST = 12


def compile_table() -> str:
    lines = []
    for name, schema in all_schemas():
        called = type_name(name)
        if called is not None and name.startswith("AWS::"):
            lines.append(f"{_compact(called)}:{_compact([name, attributes(name, schema)])}")
    return f'{{"cfn_lint":{_compact(cfn_lint_version())},"types":{{\n' + ",\n".join(sorted(lines)) + "\n}}\n"


def attributes(name: str, schema: Schema) -> dict[str, object]:
    """All attributes of a type; what is only read is none that a configuration says."""
    listed = schema.get("readOnlyProperties")
    read_only = {str(each).removeprefix("/properties/") for each in listed} if isinstance(listed, list) else set()
    root = Position.at([schema], schema)
    found: dict[str, object] = {}
    for each in root.names():
        if each not in read_only:
            below = root.named(each)
            # `id` is the provider's own.
            called = f"{attribute_name(name.split('::')[2])}_id" if each == "Id" else attribute_name(each)
            said = _said(each, called, below, 0, ())
            found[called] = "" if said is None else said
    return found


def _said(name: str, called: str, there: Position | None, depth: int, above: tuple[int, ...]) -> object:
    """None where the attribute's name says it all."""
    shown = "" if capitalized(called) == name else name
    marks: list[object] = []
    key = id(there.schemas[0]) if there is not None and there.schemas else 0
    if there is not None and depth < _DEEPEST and key not in above:
        item = there.items() if "array" in there.types else None
        inner = item if item is not None and item.schemas else there
        names = inner.names()
        if names:
            below = _below(inner, depth, (*above, key))
        elif "object" in inner.types or not inner.types:
            keys = _pattern(inner)
            marks.append("j" if keys is None and "object" in inner.types else "k" if keys is not None else "")
            below = _below(keys, depth, (*above, key)) if keys is not None and keys.names() else {}
        else:
            below = {}
        if below:
            marks.append(below)
    marks = [each for each in marks if each]
    if marks:
        return [shown, *marks]
    return shown or None


def _below(there: Position, depth: int, above: tuple[int, ...]) -> dict[str, object]:
    found: dict[str, object] = {}
    for each in there.names():
        called = attribute_name(each)
        said = _said(each, called, there.named(each), depth + 1, above)
        if said is not None:
            found[called] = said
    return found


def _pattern(there: Position) -> Position | None:
    """What stands under keys of the user's own, by the patterns that the schema has for them."""
    found = [
        each
        for schema in there.schemas
        for each in (schema.get("patternProperties") or {}).values()  # type: ignore[union-attr,attr-defined]  # a mapping
        if isinstance(each, Mapping)
    ]
    return Position.at(found, there.root) if found else None


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    text = compile_table()
    target = data_file("cloud_control.json")
    if "--check" in sys.argv[1:]:
        sys.exit(target.read_text("utf-8") != text)
    target.write_text(text, "utf-8")
    print(target, len(text))
