"""Names, options and lists in PostgreSQL's parse trees; fields are those of its `parsenodes.h`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import Name

RELATIONS = ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW")
FUNCTIONS = ("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE")


def name_of(body: Node) -> Name:
    """Of a RangeVar."""
    return Name(body["relname"], body.get("schemaname", ""))


def dotted(parts: Sequence[Node]) -> Name:
    """Of a list of String nodes: the last is the name, the one before it the schema."""
    words = [string_of(each) for each in parts]
    return Name(words[-1], words[-2] if len(words) > 1 else "")


def string_of(node: Node) -> str:
    """Of a String node; empty for any other."""
    return str(node.get("String", {}).get("sval", ""))


def role_of(spec: Node) -> str:
    """Of a RoleSpec; `public` and `current_user` for those, SESSION_USER among the latter."""
    body = spec.get("RoleSpec", spec)
    kind = body.get("roletype")
    if kind == "ROLESPEC_CSTRING":
        return str(body["rolename"])
    return "public" if kind == "ROLESPEC_PUBLIC" else "current_user"


def type_of(body: Node | None) -> str:
    """The last part of a TypeName, without its schema; empty where there is none."""
    return string_of(body["names"][-1]) if body and body.get("names") else ""


def options_of(body: Node, key: str = "options") -> dict[str, Any]:
    """DefElem nodes by their names, with their arguments; None for one without."""
    return {each["DefElem"]["defname"]: each["DefElem"].get("arg") for each in body.get(key, []) if "DefElem" in each}


def is_on(arg: Node | None) -> bool:
    """The value of an option that is a yes or no; named without a value it is a yes."""
    if arg is None:
        return True
    if "Boolean" in arg:
        return bool(arg["Boolean"].get("boolval", False))
    if "Integer" in arg:
        return bool(arg["Integer"].get("ival", 0))
    said = string_of(arg) or type_of(arg.get("TypeName"))
    return said.lower() in ("true", "on", "yes", "t", "y", "1")


def listed(arg: Node | None) -> list[Node]:
    """The items of a List node; none for any other."""
    return list(arg["List"].get("items", [])) if arg and "List" in arg else []


__all__ = [
    "FUNCTIONS",
    "RELATIONS",
    "dotted",
    "is_on",
    "listed",
    "name_of",
    "options_of",
    "role_of",
    "string_of",
    "type_of",
]
