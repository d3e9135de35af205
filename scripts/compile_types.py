"""Compile CloudFormation's resource schemas, as the installed cfn-lint ships them, into `scanner/_data/types.json`.

    python scripts/compile_types.py            # rewrite the table
    python scripts/compile_types.py --check    # exit 1 if the table is not what this cfn-lint gives

One line for each type, sorted, so that a reader can take the few lines it needs and a reviewer sees what changed:

- `v`: tree of the boolean (`b`) and number (`n`) properties, and of those where only a mapping may stand (`m`, or a
  subtree); lists are transparent, `*` is any other key, a number is the index of a subtree in `d`. So recursive
  definitions are kept whole. What may be a string as well is left out, and so is a scalar where an object may stand
  too; the subtree of what may be an object or a string has the key `|`.
- `t`: name and shape of the tag property (`list`, `map`, `specifications`), then the names of key and value where they
  are not `Key` and `Value`.
- `w`: write-only properties, `*` for the items of a list; what lies under one of them is left out.
- `a`: read-only properties, the attributes of `Fn::GetAtt`; none inside lists, as GetAtt cannot reach there.
- `i`: the primary identifier.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from scanner.language.schemas import Position, Schema, all_schemas, cfn_lint_version
from scanner.shipped_data import data_file

Leaf = str | int
Tree = dict[str, Leaf]
_LISTING = frozenset(("properties", "patternProperties", "additionalProperties"))
_NUMBERS = frozenset(("number", "integer"))
OPEN = "|"


def compile_table() -> str:
    """The text of the table."""
    lines = [f"{_compact(name)}:{_compact(compile_type(schema))}" for name, schema in all_schemas()]
    head = f'{{"cfn_lint":{_compact(cfn_lint_version())},"types":{{\n'
    return head + ",\n".join(sorted(lines)) + "\n}}\n"


def compile_type(schema: Schema) -> dict[str, object]:
    root = Position.at([schema], schema)
    fields: dict[str, object] = dict(zip(("v", "d"), value_tree(root), strict=True))
    fields["t"] = tag_property(schema, root)
    fields["w"] = _outermost([_dotted(pointer, root) for pointer in _strings(schema.get("writeOnlyProperties"))])
    attributes = [_dotted(pointer, root) for pointer in _strings(schema.get("readOnlyProperties"))]
    fields["a"] = [name for name in dict.fromkeys(attributes) if "*" not in name.split(".")]
    fields["i"] = [_dotted(pointer, root) for pointer in _strings(schema.get("primaryIdentifier"))]
    return {name: value for name, value in fields.items() if value}


def value_tree(root: Position) -> tuple[object, list[object]]:
    """The tree of boolean, number and object properties, and its shared subtrees."""
    trees = _Trees()
    trees.number(root)
    useful = _leading_to_values(trees.trees)
    if 0 not in useful:
        return {}, []

    def kept_leaves(tree: Tree) -> Iterator[tuple[str, Leaf]]:
        for name, leaf in sorted(tree.items()):
            if isinstance(leaf, str) or leaf in useful:
                yield name, leaf
            elif OPEN not in trees.trees[leaf]:
                yield name, "m"

    kept = {index: dict(kept_leaves(tree)) for index, tree in enumerate(trees.trees)}
    uses = Counter(leaf for index in _reachable(kept) for leaf in kept[index].values() if isinstance(leaf, int))
    shared = [index for index in _reachable(kept) if index and uses[index] > 1]
    if uses[0]:
        raise ValueError(f"{root.root.get('typeName')} contains itself")

    def written(index: int) -> dict[str, object]:
        return {
            name: leaf if isinstance(leaf, str) else shared.index(leaf) if leaf in shared else written(leaf)
            for name, leaf in kept[index].items()
        }

    return written(0), [written(index) for index in shared]


class _Trees:
    """A tree for each set of schemas that together describe an object; numbers stand for trees, so cycles are fine."""

    def __init__(self) -> None:
        self.trees: list[Tree] = []
        self._numbers: dict[tuple[frozenset[int], bool], int] = {}

    def number(self, position: Position, *, only: bool = True) -> int:
        """`only`: nothing but an object may stand there."""
        # Only what lists properties tells two objects apart: a list of statements holds the statements of one alone.
        key = frozenset(id(schema) for schema in position.schemas if not _LISTING.isdisjoint(schema)), only
        if key not in self._numbers:
            self._numbers[key] = index = len(self.trees)
            tree: Tree = {} if only else {OPEN: ""}
            self.trees.append(tree)
            children = {name: position.named(name) for name in position.names()}
            for name, child in {**children, "*": position.any_key()}.items():
                leaf = self._leaf(child) if child else None
                if leaf is not None:
                    tree[name] = leaf
            return index
        return self._numbers[key]

    def _leaf(self, position: Position) -> Leaf | None:
        position = _without_lists(position)
        types = position.types - {"array"}
        if "object" in types:
            return self.number(position, only=types == {"object"})
        if types == {"boolean"}:
            return "b"
        return "n" if types and types <= _NUMBERS else None


def tag_property(schema: Schema, root: Position) -> list[str] | None:
    """The property that holds the resource's own tags.

    `tagging.tagProperty` names it where it exists; older schemas have `Tags`, one has `ResourceTags`, and EC2's have
    `TagSpecifications`.
    """
    tagging = schema.get("tagging")
    declared = tagging.get("tagProperty") if isinstance(tagging, Mapping) else None
    names = [declared.split("/")[2]] if isinstance(declared, str) else []
    # Where tagging is declared, ResourceTags are tags given to other resources.
    names += ["Tags", "TagSpecifications"] if tagging else ["Tags", "ResourceTags", "TagSpecifications"]
    for name in names:
        position = root.named(name)
        shape = _tag_shape(position) if position else None
        if shape:
            return [name, *shape]
    return None


def _tag_shape(position: Position) -> list[str] | None:
    if "array" not in position.types:
        return ["map"] if position.any_key() else None
    item = position.items()
    names = item.names() if item else ()
    if "Tags" in names:
        return ["specifications"]
    if {"Key", "Value"} <= {*names}:
        return ["list"]
    key = next((name for name in names if name.lower().endswith("key")), None)
    value = next((name for name in names if name.lower().endswith("value")), None)
    return ["list", key, value] if key and value else None


def _without_lists(position: Position) -> Position:
    """The position with the items of its lists in their place."""
    while True:
        items = position.items()
        known = {id(schema) for schema in position.schemas}
        new = [schema for schema in items.schemas if id(schema) not in known] if items else []
        if not new:
            return position
        position = Position((*position.schemas, *new), position.root)


def _leading_to_values(trees: Sequence[Tree]) -> set[int]:
    useful: set[int] = set()
    while True:
        found = {
            index
            for index, tree in enumerate(trees)
            if any(_says_something(name, leaf, trees, useful) for name, leaf in tree.items())
        }
        if found == useful:
            return useful
        useful = found


def _says_something(name: str, leaf: Leaf, trees: Sequence[Tree], useful: set[int]) -> bool:
    if isinstance(leaf, str):
        return name != OPEN
    return leaf in useful or OPEN not in trees[leaf]


def _reachable(trees: Mapping[int, Tree]) -> list[int]:
    """From the root, in the order in which a reader meets them."""
    met: dict[int, None] = {}
    waiting = [0]
    while waiting:
        index = waiting.pop()
        if index not in met:
            met[index] = None
            waiting += [leaf for leaf in reversed(trees[index].values()) if isinstance(leaf, int)]
    return list(met)


def _dotted(pointer: str, root: Position) -> str:
    """A property pointer as a dotted path with `*` for items, however the schema's author spelled the items."""
    position: Position | None = root
    path: list[str] = []
    for part in pointer.split("/")[2:]:
        while position and "array" in position.types and "object" not in position.types:
            path.append("*")
            position = position.items()
        child = position.named(part) if position else None
        if child is None and part in ("*", "items", "properties"):
            if part == "*" and path[-1:] != ["*"]:
                path.append("*")
                position = position.any_key() if position else None
            continue
        path.append(part)
        position = child
    return ".".join(path)


def _outermost(paths: Sequence[str]) -> list[str]:
    return [path for path in dict.fromkeys(paths) if not any(path.startswith(f"{other}.") for other in paths)]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def main(arguments: Sequence[str]) -> int:
    path = data_file("types.json")
    table = compile_table()
    if "--check" in arguments:
        if path.read_text(encoding="ascii") == table:
            return 0
        print(f"{path.name} is not what cfn-lint {cfn_lint_version()} gives: run `python scripts/compile_types.py`")
        return 1
    path.write_text(table, encoding="ascii")
    print(f"{path.name}: {table.count(chr(10)) - 2} types, {len(table):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
