"""Which other type, or which property of its own, a resource was asked about by a relation."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.language.expressions.expression import Expression, Node
from scanner.language.expressions.scope import Scope

RELATING = ("related", "naming", "named", "related_to")
_LOOKING = ("beside", "anywhere")


def relation_names(tree: Node) -> Iterator[str]:
    """The names of the relations that an expression asks for; `…` for one that is no literal."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        children = [child for child in node["children"] if isinstance(child, dict)]
        if node["type"] == "function_expression" and node["value"] in RELATING and children:
            name = children[-1]
            yield str(name["value"]) if name["type"] == "literal" else "…"
        waiting.extend(children)


def other_end(expression: Expression, scope: Scope) -> str:
    """The property of the resource that names another, else the type that names the resource; empty without either."""
    known = _ends.get(expression.text)
    if known is None:
        # It is asked for every value that is wrong, of few expressions.
        names = tuple(relation_names(expression.tree))
        known = _ends[expression.text] = (names, next(_types_looked_for(expression.tree), ""))
    names, looked_for = known
    for name in names:
        relation = scope.relations.by_name.get(name)
        if relation is None:
            continue
        for kind, path in relation.sources:
            if kind == scope.resource.type:
                return ".".join(("Properties", *path))
        if relation.sources:
            return relation.sources[0][0]
    return looked_for


_ends: dict[str, tuple[tuple[str, ...], str]] = {}


def _types_looked_for(tree: Node) -> Iterator[str]:
    """The types of resources that an expression looks for in the files, whatever they name."""
    for child in tree["children"]:
        if not isinstance(child, dict):
            continue
        if tree["type"] == "function_expression" and tree["value"] in _LOOKING and child["type"] == "literal":
            yield str(child["value"])
        yield from _types_looked_for(child)
