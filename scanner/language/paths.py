"""The type check of rule paths: does every field that a rule asks for exist?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import filter as matching

from scanner.base.problem import did_you_mean
from scanner.base.record import mutable, record
from scanner.language.schemas import schema_of
from scanner.language.value_schemas import RESOURCE_FIELDS, UNTYPED, Option, Shape, list_of, resource_shape
from scanner.model.types import type_names

Node = Mapping[str, object]
ACCOUNT = "AWS::::Account"
_MOST_OWNERS = 3
_NOUNS = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "a number",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
# Strings are passed over: '…', `…`, $name; "…" is a quoted identifier.
_WORD = re.compile(
    r"""'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|\$\w+|(?P<quoted>"(?:\\.|[^"\\])*")|(?P<plain>[A-Za-z_]\w*)(?!\s*[(:])""",
    re.ASCII,
)


@record
class PathProblem:
    """A field that no value can have; `name` at its `occurrence` (from 0) among the expression's fields."""

    message: str
    hint: str | None = None
    name: str = ""
    occurrence: int = 0

    def __str__(self) -> str:
        return f"{self.message}, {self.hint}" if self.hint else self.message


@record
class PathCheck:
    """What is wrong with an expression, and what it gives."""

    problems: tuple[PathProblem, ...]
    shape: Shape


def check_path(
    ast: Node,
    types: Sequence[str],
    *,
    on: Shape | None = None,
    env: Mapping[str, Shape] | None = None,
    relations: Mapping[str, Shape] | None = None,
    listed: bool = False,
) -> PathCheck:
    """Follow a JMESPath through the schemas of the types.

    It is evaluated on the resource, or on a value of shape `on` such as an item of `each`. A field is a problem if none
    of the types has it: which of several types a resource has is the business of `where`. `env` says what `$name` is,
    `relations` what `related('…')` gives. `listed` wants a list, as `each` does. Raises MissingExtraError.
    """
    whole = resource_shape(types)
    walk = _Walk(whole, env or {}, relations or {}, _occurrences(ast))
    shape = walk.shape(ast, whole if on is None else on)
    if listed and not shape.items().options:
        walk.no_list(shape)
    return PathCheck(tuple(walk.problems), shape)


def check_types(types: Sequence[str]) -> list[PathProblem]:
    """The names that are no resource type. Raises MissingExtraError."""
    return [problem for name in types if (problem := _check_type(name)) is not None]


def column_of(text: str, name: str, occurrence: int = 0) -> int:
    """Where the field stands in the expression, counted from 0; 0 if it does not."""
    for match in _WORD.finditer(text):
        quoted = match["quoted"]
        if match["plain"] == name or (quoted and _unquoted(quoted) == name):
            if not occurrence:
                return match.start()
            occurrence -= 1
    return 0


def _unquoted(text: str) -> str | None:
    try:
        return str(json.loads(text))
    except ValueError:
        return None


def _check_type(name: str) -> PathProblem | None:
    if "*" in name:
        # What custom resources are called is up to whoever makes them.
        known_by_it = name.startswith("Custom::") or matching(type_names(), name)
        return None if known_by_it else PathProblem(f"`{name}` matches no resource type")
    known = type_names()
    if name in known or name == ACCOUNT or name.startswith(("AWS::Serverless::", "Custom::")):
        return None
    # Third parties register types of their own, in the same form.
    if "::" in name and not name.upper().startswith("AWS:"):
        return None
    if schema_of(name) is not None:
        return None
    return PathProblem(f"`{name}` is not a resource type", did_you_mean(name, known))


@mutable
class _Walk:
    whole: Shape
    env: Mapping[str, Shape]
    relations: Mapping[str, Shape]
    occurrences: Mapping[int, int]
    problems: list[PathProblem] = field(default_factory=list)
    _last: Node = field(default_factory=dict)

    def shape(self, node: Node, on: Shape) -> Shape:
        """What the node gives on a value of this shape; after a problem anything, so that it is told once."""
        step = _STEPS.get(str(node["type"]))
        given = step(self, node, on if on.options else UNTYPED) if step else UNTYPED
        return given if given.options else UNTYPED

    def field(self, node: Node, on: Shape) -> Shape:
        self._last = node
        name = str(node["value"])
        return on.field(name) if on.field(name).options else self._missing(name, on)

    def chain(self, node: Node, on: Shape) -> Shape:
        for child in _children(node):
            on = self.shape(child, on)
        return on

    def here(self, node: Node, on: Shape) -> Shape:  # noqa: ARG002  # a step like the others
        return on

    def item(self, node: Node, on: Shape) -> Shape:  # noqa: ARG002  # a step like the others
        return self._items(on)

    def slice(self, node: Node, on: Shape) -> Shape:  # noqa: ARG002  # a step like the others
        return list_of(self._items(on))

    def flatten(self, node: Node, on: Shape) -> Shape:
        listed = self.chain(node, on)
        return listed.flat() if listed.items().options else list_of(self._items(listed))

    def projection(self, node: Node, on: Shape) -> Shape:
        listed, each = _children(node)
        return list_of(self.shape(each, self._items(self.shape(listed, on))))

    def filtered(self, node: Node, on: Shape) -> Shape:
        listed, each, condition = _children(node)
        items = self._items(self.shape(listed, on))
        self.shape(condition, items)
        return list_of(self.shape(each, items))

    def values(self, node: Node, on: Shape) -> Shape:
        mapping, each = _children(node)
        above = self.shape(mapping, on)
        values = above.values()
        if not values.options:
            values = self._wrong(f"{_subject(above.options)} is {_noun(above)}, not an object")
        return list_of(self.shape(each, values))

    def either(self, node: Node, on: Shape) -> Shape:
        first, second = (self.shape(child, on) for child in _children(node))
        return first | second

    def parts(self, node: Node, on: Shape) -> Shape:
        """Comparisons, `!` and multi-selects: their parts are checked, what they give has no fields worth checking."""
        for child in _children(node):
            self.shape(child, on)
        return UNTYPED

    def call(self, node: Node, on: Shape) -> Shape:
        name, arguments = str(node["value"]), _children(node)
        literal = str(arguments[0].get("value")) if arguments and arguments[0]["type"] == "literal" else ""
        if name == "var":
            return self.env.get(literal, UNTYPED)
        if name in ("related", "naming"):
            return self.relations.get(literal, UNTYPED)
        shapes = [self.shape(each, on) for each in arguments]
        if name == "resource":
            return self.whole
        gives = _GIVEN.get(name)
        return gives(shapes) if gives and shapes else UNTYPED

    def _items(self, listed: Shape) -> Shape:
        items = listed.items()
        return items if items.options else self.no_list(listed)

    def no_list(self, value: Shape) -> Shape:
        return self._wrong(f"{_subject(value.options)} is {_noun(value)}, not a list")

    def _missing(self, name: str, on: Shape) -> Shape:
        """The words for a field that is not there."""
        first = on.options[0]
        if first.path == "@" and first.each is None:
            hint = did_you_mean(name, (*RESOURCE_FIELDS, "Properties"))
            return self._wrong(f"a resource has no field `{name}`", hint)
        if on.names:
            hint = did_you_mean(name, on.names)
            return self._wrong(f"{_subject(on.options)} {_verb(on.options)} no property `{name}`", hint)
        last = re.split(r"\W+", first.path.removesuffix("[]"))[-1]
        hint = f"write `{last}[].{name}`" if on.items().options else None
        return self._wrong(f"{_subject(on.options)} is {_noun(on)}, it has no property `{name}`", hint)

    def _wrong(self, message: str, hint: str | None = None) -> Shape:
        name = str(self._last.get("value", ""))
        self.problems.append(PathProblem(message, hint, name, self.occurrences.get(id(self._last), 0)))
        return UNTYPED


_STEPS: dict[str, Callable[[_Walk, Node, Shape], Shape]] = {
    "and_expression": _Walk.either,
    "comparator": _Walk.parts,
    "current": _Walk.here,
    "field": _Walk.field,
    "filter_projection": _Walk.filtered,
    "flatten": _Walk.flatten,
    "function_expression": _Walk.call,
    "identity": _Walk.here,
    "index": _Walk.item,
    "index_expression": _Walk.chain,
    "key_val_pair": _Walk.parts,
    "multi_select_dict": _Walk.parts,
    "multi_select_list": _Walk.parts,
    "not_expression": _Walk.parts,
    "or_expression": _Walk.either,
    "pipe": _Walk.chain,
    "projection": _Walk.projection,
    "slice": _Walk.slice,
    "subexpression": _Walk.chain,
    "value_projection": _Walk.values,
}


def _any_of(shapes: Sequence[Shape]) -> Shape:
    return Shape.of(option for shape in shapes for option in shape.options)


# What functions give whose values have fields; all others give text, numbers, or views that no schema describes.
_GIVEN: dict[str, Callable[[Sequence[Shape]], Shape]] = {
    "not_null": _any_of,
    "reverse": lambda shapes: shapes[0],
    "sort": lambda shapes: shapes[0],
    "to_array": lambda shapes: shapes[0] if shapes[0].items().options else list_of(shapes[0]),
    "values": lambda shapes: list_of(shapes[0].values()),
}


def _subject(options: Sequence[Option]) -> str:
    owners = list(dict.fromkeys(option.owner for option in options if option.owner))
    more = len(owners) - _MOST_OWNERS
    named = ", ".join(owners[:_MOST_OWNERS]) + (f" and {more} more" if more > 0 else "")
    if len(owners) in range(2, _MOST_OWNERS + 1):
        named = f"{', '.join(owners[:-1])} and {owners[-1]}"
    path = options[0].path.removeprefix("@.")
    if path == "@":
        return "this"
    return f"`{path}` of {named}" if path else named


def _verb(options: Sequence[Option]) -> str:
    several = len({option.owner for option in options}) > 1
    return "have" if several and not options[0].path else "has"


def _noun(shape: Shape) -> str:
    nouns = sorted({_NOUNS[name] for name in shape.types if name in _NOUNS})
    return " or ".join(nouns) if nouns else "something else"


def _occurrences(ast: Node) -> dict[int, int]:
    """For each field of the tree, by identity, how often its name stood before it."""
    met: Counter[str] = Counter()
    found: dict[int, int] = {}
    for node in _in_order(ast):
        name = str(node["value"])
        found[id(node)] = met[name]
        met[name] += 1
    return found


def _in_order(node: Node) -> Iterator[Node]:
    """The fields in the order in which they are written."""
    if node["type"] == "field":
        yield node
    children = _children(node)
    if node["type"] == "filter_projection":
        # The tree has the condition last, the text has it before what follows the bracket.
        children = [children[0], children[2], children[1]]
    for child in children:
        yield from _in_order(child)


def _children(node: Node) -> list[Node]:
    children = node["children"]
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []
