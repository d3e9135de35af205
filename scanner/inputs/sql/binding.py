"""Names in parse trees, as the server keeps them: a view, policy or rule means what it meant when it was made.

PostgreSQL stores these as references to relations, columns and functions and not as text (documentation, "The Rule
System"), so what is renamed or moved is renamed in them. A body that is a text is read anew by each call, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scanner.inputs.sql.said import Name


def bind(tree: object, schema_of: Callable[[str], str | None]) -> None:
    """Gives relations without a schema the one in which they are found now, where that is known."""
    for body in bodies_in(tree, "RangeVar", "relation"):
        if "relname" in body and "schemaname" not in body:
            schema = schema_of(str(body["relname"]))
            if schema is not None:
                body["schemaname"] = schema


def relations_in(tree: object) -> set[str]:
    """`schema.name` of the relations that it names with their schemas, and the bare names of others."""
    return {
        f"{body['schemaname']}.{body['relname']}" if body.get("schemaname") else str(body["relname"])
        for body in bodies_in(tree, "RangeVar", "relation")
        if "relname" in body
    }


def rename_relation(tree: object, old: Name, new: Name) -> None:
    """What meant the relation `old` means `new`."""
    for body in bodies_in(tree, "RangeVar", "relation"):
        if (body.get("relname"), body.get("schemaname")) == (old.name, old.schema):
            body["relname"], body["schemaname"] = new.name, new.schema


def rename_function(tree: object, old: Name, new: Name) -> None:
    """What called the function `old` calls `new`."""
    for body in bodies_in(tree, "FuncCall"):
        parts = [each.get("String", {}).get("sval", "") for each in body.get("funcname", ())]
        if parts[-1:] == [old.name] and parts[:-1] in ([], [old.schema]):
            body["funcname"] = [{"String": {"sval": each}} for each in (new.schema, new.name)]


def rename_column(tree: object, old: str, new: str, tables: frozenset[str]) -> None:
    """A column of the table that the tree is about; `tables` are names by which it is called in it.

    Within a sub-select a bare name may be another table's column: there only qualified ones are renamed.
    """
    waiting: list[tuple[object, bool]] = [(tree, False)]
    while waiting:
        node, within = waiting.pop()
        if isinstance(node, list):
            waiting += [(each, within) for each in node]
        elif isinstance(node, dict):
            fields = node.get("ColumnRef", {}).get("fields", [])
            words = [each.get("String", {}).get("sval", "") for each in fields]
            if words[-1:] == [old] and (words[-2] in tables if len(words) > 1 else not within):
                fields[-1] = {"String": {"sval": new}}
            # What an IN compares stands outside of its query.
            waiting += [(each, within or key == "subselect") for key, each in node.items()]


def words_of(tree: object) -> Iterator[str]:
    """Every text in the tree, names of relations, columns and functions among them."""
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()


def bodies_in(tree: object, *kinds: str) -> Iterator[dict[str, Any]]:
    """What stands in the tree under one of the kinds, such as `FuncCall`, in no order that means anything."""
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            # The table that a statement changes stands there without its kind.
            yield from (each[kind] for kind in kinds if isinstance(each.get(kind), dict))
            waiting += each.values()


__all__ = ["bind", "bodies_in", "relations_in", "rename_column", "rename_function", "rename_relation", "words_of"]
