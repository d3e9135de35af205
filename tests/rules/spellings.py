"""Templates in other spellings that CloudFormation takes for the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Documents of others, in which a type means something: policies and OpenAPI documents.
_DOCUMENTS = ("Statement", "Effect", "openapi", "swagger")


def respelled(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The template with each value of its AWS resources spelled otherwise, by the name of the spelling."""
    for name, spell in _SPELLINGS.items():
        resources = {
            logical_id: {**resource, "Properties": _spelled(resource["Properties"], spell)}
            if _is_of_template(resource)
            else resource
            for logical_id, resource in (body.get("Resources") or {}).items()
        }
        if resources != body.get("Resources"):
            yield name, {**body, "Resources": json.loads(json.dumps(resources, default=str))}


def chosen(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The template with a choice that nobody has made yet around all properties, each item and each name: either way
    the same."""
    conditions = {**(body.get("Conditions") or {}), "Chosen": {"Fn::Equals": [{"Ref": "Choice"}, "x"]}}
    parameters = {**(body.get("Parameters") or {}), "Choice": {"Type": "String"}}
    for name, spell in (("all properties", _either), ("each item", _items), ("each property", _properties)):
        resources = {
            logical_id: {**resource, "Properties": spell(resource["Properties"])}
            if _is_of_template(resource)
            else resource
            for logical_id, resource in (body.get("Resources") or {}).items()
        }
        if resources != body.get("Resources"):
            made = json.loads(json.dumps(resources, default=str))
            yield name, {**body, "Resources": made, "Conditions": conditions, "Parameters": parameters}


def _either(value: Any) -> Any:
    return {"Fn::If": ["Chosen", value, value]}


def _properties(value: Any) -> Any:
    return value if _is_function(value) else {key: _either(child) for key, child in value.items()}


def _items(value: Any) -> Any:
    if isinstance(value, dict):
        return value if _is_function(value) else {key: _items(child) for key, child in value.items()}
    return [_either(_items(child)) for child in value] if isinstance(value, list) else value


def _is_function(value: Mapping[str, Any]) -> bool:
    return any(key == "Ref" or str(key).startswith("Fn::") for key in value)


def _is_of_template(resource: Mapping[str, Any]) -> bool:
    kind = str(resource.get("Type"))
    return (
        kind.startswith(("AWS::", "Custom::")) and "::::" not in kind and isinstance(resource.get("Properties"), dict)
    )


def _spelled(value: Any, spell: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        if _is_function(value) or any(key in _DOCUMENTS for key in value):
            return value
        return {key: _spelled(child, spell) for key, child in value.items()}
    return [_spelled(child, spell) for child in value] if isinstance(value, list) else spell(value)


def _boolean_as_text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text_as_boolean(value: Any) -> Any:
    return value == "true" if value in ("true", "false") else value


def _text_as_number(value: Any) -> Any:
    # Twelve digits are an account, whose zeros count.
    return (
        int(value)
        if isinstance(value, str) and value.isdigit() and str(int(value)) == value and len(value) < 7
        else value
    )


def _text_by_sub(value: Any) -> Any:
    plain = isinstance(value, str) and value and "${" not in value and "{{" not in value
    return {"Fn::Sub": value} if plain else value


def _text_by_join(value: Any) -> Any:
    plain = isinstance(value, str) and len(value) > 1 and "${" not in value and "{{" not in value
    return {"Fn::Join": ["", [value[: len(value) // 2], value[len(value) // 2 :]]]} if plain else value


_SPELLINGS: Mapping[str, Callable[[Any], Any]] = {
    "a boolean as a text": _boolean_as_text,
    "a number as a text": _number_as_text,
    "a text as a boolean": _text_as_boolean,
    "a text as a number": _text_as_number,
    "a text by Fn::Sub": _text_by_sub,
    "a text by Fn::Join": _text_by_join,
}
