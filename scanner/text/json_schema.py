"""Shapes as JSON Schema 2020-12, which editors complete and check from."""

from __future__ import annotations

from typing import assert_never

from scanner.text.shape import (
    Anything,
    Date,
    Exactly,
    Flag,
    Items,
    Key,
    Named,
    Number,
    OneOf,
    Record,
    Shape,
    Table,
    Text,
    Variants,
    variant,
)

Schema = dict[str, object]


def to_json_schema(shape: Shape, identity: str, title: str) -> Schema:
    """The schema of a whole file; `identity` becomes its `$id`."""
    definitions: dict[str, Schema] = {}
    schema: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identity,
        "title": title,
        **_schema(shape, definitions),
    }
    if definitions:
        schema["$defs"] = definitions
    return schema


def _schema(shape: Shape, definitions: dict[str, Schema]) -> Schema:
    match shape:
        case Named():
            if shape.name not in definitions:
                definitions[shape.name] = {}  # known from here on, so that a shape inside itself ends
                definitions[shape.name] = _schema(shape.shape(), definitions)
            return {"$ref": f"#/$defs/{shape.name}"}
        case Text():
            return _text(shape)
        case Number():
            bounds = {"minimum": shape.least, "maximum": shape.most}
            given = {word: bound for word, bound in bounds.items() if bound is not None}
            return {"type": "integer" if shape.whole else "number", **given}
        case Flag():
            return {"type": "boolean"}
        case Date():
            return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        case Exactly():
            return {"const": shape.value}
        case Anything():
            return {}
        case Items():
            item = _schema(shape.item, definitions)
            many: Schema = {"type": "array", "items": item, **({"minItems": shape.least} if shape.least else {})}
            return {"anyOf": [item, many]} if shape.or_one else many
        case Table():
            table: Schema = {"type": "object", "additionalProperties": _schema(shape.values, definitions)}
            if shape.least:
                table["minProperties"] = shape.least
            if shape.key is not None:
                table["propertyNames"] = _text(shape.key)
            return table
        case Record():
            return _record(shape, definitions)
        case Variants():
            return _variants(shape, definitions)
        case OneOf():
            return {"anyOf": [_schema(each, definitions) for each in shape.shapes]}
    assert_never(shape)


def _text(shape: Text) -> Schema:
    if shape.choices:
        return {"enum": list(shape.choices)}
    schema: Schema = {"type": "string"}
    if shape.pattern is not None:
        schema["pattern"] = f"^(?:{shape.pattern})$"
    elif shape.non_empty:
        # Not only blanks: what stands for a reason must be one.
        schema["pattern"] = r"\S"
    return schema


def _record(shape: Record, definitions: dict[str, Schema]) -> Schema:
    schema: Schema = {"type": "object"}
    if shape.doc:
        schema["description"] = shape.doc
    schema["properties"] = {name: _property(key, definitions) for name, key in shape.keys.items()}
    if required := [name for name, key in shape.keys.items() if key.required]:
        schema["required"] = required
    schema["additionalProperties"] = False if shape.rest is None else _schema(shape.rest, definitions)
    if shape.exactly_one:
        schema["oneOf"] = [{"required": [name]} for name in shape.exactly_one]
    if shape.at_least_one:
        schema["anyOf"] = [{"required": [name]} for name in shape.at_least_one]
    return schema


def _property(key: Key, definitions: dict[str, Schema]) -> Schema:
    schema = _schema(key.shape, definitions)
    return {"description": key.doc, **{k: v for k, v in schema.items() if k != "description"}} if key.doc else schema


def _variants(shape: Variants, definitions: dict[str, Schema]) -> Schema:
    """If-then per kind, not `oneOf`: an editor then shows what is wrong with this kind, not that no kind fits."""
    cases = [
        {
            "if": {"properties": {shape.key: {"const": word}}, "required": [shape.key]},
            "then": _record(variant(shape, word), definitions),
        }
        for word in shape.cases
    ]
    return {
        "type": "object",
        **({"description": shape.doc} if shape.doc else {}),
        "properties": {shape.key: {"enum": list(shape.cases)}},
        "required": [shape.key],
        "allOf": cases,
    }
