"""Tags of a resource, whatever its type calls them."""

from __future__ import annotations

from scanner.model.deferred import OpenMap, settle, settle_entries
from scanner.model.partial_text import Text
from scanner.model.types import type_facts
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

# "AWS::DynamoDB::GlobalTable": each replica has tags of its own.
_GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"


def tags_of(type_name: str, properties: object, world: World) -> object:
    """The tags as a mapping from key to value; open or unknown as the property is. Raises UndecidedError."""
    if isinstance(properties, Unknown):
        return properties
    if not isinstance(properties, dict):
        return {}
    if type_name == _GLOBAL_TABLE:
        return _of_copies(properties, world)
    facts = type_facts(type_name)
    tag = facts.tag if facts else None
    name = tag.property if tag else "Tags"
    if name not in properties and isinstance(properties, OpenMap):
        return properties.unknown
    value = settle(properties.get(name), world)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        return value.unknown.plain()
    if isinstance(value, dict):
        return settle_entries(value, world)
    if not isinstance(value, list):
        return {}
    if tag and tag.shape == "specifications":
        value = _specified(value, world)
    key_name, value_name = (tag.key, tag.value) if tag and tag.key else ("Key", "Value")
    tags: dict[str, object] = {}
    unknown = value.unknown if isinstance(value, OpenList) else None
    for item in value if isinstance(value, list) else ():
        entry = settle_entries(item, world) if isinstance(item, dict) else item
        key = entry.get(key_name) if isinstance(entry, dict) else entry
        if isinstance(key, str) and isinstance(entry, dict):
            tags[key] = entry.get(value_name)
        elif isinstance(key, Unknown):
            unknown = key
        elif isinstance(key, Text):
            unknown = key.unknown
    return tags if unknown is None else OpenMap(tags, unknown)


def _of_copies(properties: dict[str, object], world: World) -> object:
    """The tags that all copies of a table have; those that they have with different values are not known."""
    copies = settle(properties.get("Replicas"), world)
    if isinstance(copies, Unknown):
        return copies
    each = [
        tags_of("", settle_entries(copy, world) if isinstance(copy, dict) else copy, world)
        for copy in (copies if isinstance(copies, list) else ())
    ]
    unknown = copies.unknown if isinstance(copies, OpenList) else None
    tags: dict[str, object] = {}
    for found in each:
        if isinstance(found, Unknown):
            unknown = unknown or found
        elif isinstance(found, dict):
            for key, value in found.items():
                if tags.setdefault(key, value) != value:
                    tags[key] = Unknown("not-modelled", f"replicas of one table differ in their tag `{key}`")
    return tags if unknown is None else OpenMap(tags, unknown)


def _specified(specifications: list[object], world: World) -> list[object]:
    """The tags of every specification of a launch template together."""
    tags: list[object] = []
    unknown = specifications.unknown if isinstance(specifications, OpenList) else None
    for item in specifications:
        inner = settle(item.get("Tags"), world) if isinstance(item, dict) else item
        if isinstance(inner, Unknown):
            unknown = unknown or inner
        elif isinstance(inner, list):
            tags.extend(inner)
            unknown = unknown or (inner.unknown if isinstance(inner, OpenList) else None)
    return tags if unknown is None else OpenList(tags, unknown)
