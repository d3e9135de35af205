"""What is known of each CloudFormation type: which properties are booleans, numbers, mappings; its tags, its ids."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Literal

from scanner.base.record import record
from scanner.shipped_data import data_file

# Leaves are "b" (boolean), "n" (number) and "m" (mapping); lists are transparent, `*` is any other key. Where a subtree
# stands nothing but a mapping may, unless it has the key `|`. May contain itself, where the type does.
Kinds = dict[str, object]
TagShape = Literal["list", "map", "specifications"]


@record
class TagProperty:
    """Where a type holds its tags.

    `list`: items with the fields `key` and `value`. `map`: from key to value. `specifications`: items with a
    `ResourceType` and such a list under `Tags`.
    """

    property: str
    shape: TagShape
    key: str = "Key"
    value: str = "Value"


@record
class TypeFacts:
    """Paths are dotted, with `*` for the items of a list; `attributes` are the read-only ones, which GetAtt gives.

    `tag` is None where a template cannot tag the type. `identifier` is the primary identifier: what `Ref` returns if it
    is one name, with exceptions.
    """

    name: str
    values: Kinds = field(compare=False, repr=False)
    tag: TagProperty | None
    write_only: tuple[str, ...]
    attributes: tuple[str, ...]
    identifier: tuple[str, ...]


class TypeTable:
    """The committed table, compiled from the schemas that cfn-lint ships by `scripts/compile_types.py`.

    It has one line for each type in the order of bytes, so a scan decodes only the types that it meets.
    """

    __slots__ = ("_facts", "_lines")

    def __init__(self, data: bytes) -> None:
        # The first line opens the document, the last two close it.
        self._lines = data.split(b"\n")[1:-2]
        self._facts: dict[str, TypeFacts] = {}

    def facts(self, type_name: str) -> TypeFacts | None:
        """None for a type that CloudFormation's own schemas do not have, such as `Custom::Anything`."""
        found = self._facts.get(type_name)
        if found is None and type_name.isascii() and '"' not in type_name:
            key = f'"{type_name}":'.encode()
            place = bisect_left(self._lines, key)
            if place < len(self._lines) and self._lines[place].startswith(key):
                found = _decode(type_name, self._lines[place][len(key) :].rstrip(b","))
                self._facts[type_name] = found
        return found

    def names(self) -> tuple[str, ...]:
        """Every type of the table, sorted by bytes."""
        return tuple(line[1 : line.index(b'"', 1)].decode() for line in self._lines)


def type_facts(type_name: str) -> TypeFacts | None:
    """The facts of a type of any commercial or government region; None where it is not CloudFormation's own."""
    return _shipped().facts(type_name)


@cache
def type_names() -> tuple[str, ...]:
    """Every type of the table, sorted."""
    return _shipped().names()


@cache
def _shipped() -> TypeTable:
    return TypeTable(data_file("types.json").read_bytes())


def _decode(name: str, line: bytes) -> TypeFacts:
    fields: dict[str, object] = json.loads(line)
    tag = _names(fields.get("t"))
    return TypeFacts(
        name=name,
        values=_kinds(fields),
        tag=TagProperty(*tag) if tag else None,  # type: ignore[arg-type]  # the compiler writes no other shape
        write_only=_names(fields.get("w")),
        attributes=_names(fields.get("a")),
        identifier=_names(fields.get("i")),
    )


def _kinds(fields: Mapping[str, object]) -> Kinds:
    """The tree with each number replaced by the shared subtree that it stands for."""
    shared = fields.get("d")
    trees: list[object] = shared if isinstance(shared, list) else []
    root = fields.get("v")
    waiting: list[object] = [root, *trees]
    while waiting:
        tree = waiting.pop()
        if isinstance(tree, dict):
            for key, child in tree.items():
                if isinstance(child, int):
                    tree[key] = trees[child]
                elif isinstance(child, dict):
                    waiting.append(child)
    return root if isinstance(root, dict) else {}


def _names(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else ()
