"""What a value in a rule may look like, as far as CloudFormation's schemas tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import filter as matching
from functools import lru_cache

from scanner.base.record import record
from scanner.language.schemas import Position, Schema, schema_of
from scanner.model.types import type_names

# The fields that the rule language gives every resource.
RESOURCE_FIELDS: dict[str, Schema] = {
    "Id": {"type": "string"},
    "Type": {"type": "string"},
    "Tags": {"type": "object"},
    "Account": {"type": "string"},
    "Region": {"type": "string"},
    "Stack": {"type": "string"},
    "Stage": {"type": "string"},
    "Tenant": {"type": "string"},
    "Metadata": {"type": "object"},
    "Condition": {"type": "string"},
    "DependsOn": {},
    "DeletionPolicy": {"type": "string"},
    "UpdateReplacePolicy": {"type": "string"},
    "CreationPolicy": {"type": "object"},
    "UpdatePolicy": {"type": "object"},
}
# A glob over more types than this says too little to be worth loading their schemas.
_MOST_TYPES = 60


@record
class Option:
    """One form that a value may have: that of `path` in a type; an empty `path` stands for the type's properties.

    `@` stands for a resource as a whole. `owner` is None for what no schema describes. `each` is the path of the items
    of a list that the expression made; a list that a schema has needs none.
    """

    owner: str | None
    path: str
    position: Position
    each: str | None = None

    def below(self, name: str, position: Position) -> Option:
        """The property `name` of the value."""
        return Option(self.owner, f"{self.path}.{name}" if self.path else name, position)

    def item(self, position: Position) -> Option:
        """An item of the list that the value is."""
        return Option(self.owner, f"{self.path}[]" if self.each is None else self.each, position)


@record
class Shape:
    """The forms that a value may have, one for each type that a rule names. Without options the value cannot be."""

    options: tuple[Option, ...]

    @classmethod
    def of(cls, options: Iterable[Option]) -> Shape:
        """Of options that say the same only the last is kept."""
        return cls(tuple({(option.owner, option.path, option.each): option for option in options}.values()))

    def __or__(self, other: Shape) -> Shape:
        return Shape.of((*self.options, *other.options))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that the schemas list."""
        return tuple(dict.fromkeys(name for option in self.options for name in option.position.names()))

    @property
    def types(self) -> frozenset[str]:
        """JSON Schema's type names of all options; empty where one of them is open."""
        found = [option.position.types for option in self.options]
        return frozenset().union(*found) if found and all(found) else frozenset()

    def field(self, name: str) -> Shape:
        """The forms of the property; without options where no form has it."""
        return Shape.of(found for option in self.options if (found := _field(option, name)) is not None)

    def items(self) -> Shape:
        """The items of the value as a list; without options where it is surely no list."""
        found = ((option, option.position.items()) for option in self.options)
        return Shape.of(option.item(items) for option, items in found if items is not None)

    def values(self) -> Shape:
        """The values of the value as an object."""
        return Shape.of(
            option.below("*", Position.at(schemas, option.position.root))
            for option in self.options
            if (schemas := _values(option.position)) is not None
        )

    def flat(self) -> Shape:
        """The list with the lists among its items opened, one level of them."""
        inner = self.items()
        deep = [option for option in inner.options if "array" in option.position.types]
        shallow = [option for option in inner.options if option.position.types != {"array"}]
        return list_of(Shape.of((*shallow, *Shape.of(deep).items().options)))


UNTYPED = Shape((Option(None, "", Position((), {})),))


def item_shape(shape: Shape) -> Shape:
    """What the items of a list look like, for assertions on them; anything if it is no list."""
    items = shape.items()
    return items if items.options else UNTYPED


def list_of(shape: Shape) -> Shape:
    """A list of such values."""
    return Shape(tuple(_listed(option) for option in shape.options))


def resource_shape(types: Sequence[str]) -> Shape:
    """A resource of one of these types; globs stand for all that match. Raises MissingExtraError."""
    return Shape.of(_resource(name) for pattern in types for name in _expand(pattern)) if types else UNTYPED


def _expand(pattern: str) -> Sequence[str]:
    if "*" not in pattern:
        return [pattern]
    names = matching(type_names(), pattern)
    return names if 0 < len(names) <= _MOST_TYPES else [pattern]


@lru_cache(maxsize=1024)
def _resource(type_name: str) -> Option:
    # Kinds of resources that CloudFormation does not have are open.
    root: Schema = (schema_of(type_name) if type_name in type_names() else None) or {}
    fields = {
        "type": "object",
        "additionalProperties": False,
        "properties": {**RESOURCE_FIELDS, "Properties": root},
    }
    return Option(type_name, "@", Position.at([fields], root))


def _field(option: Option, name: str) -> Option | None:
    position = option.position.named(name) or option.position.any_key()
    if position is None:
        return None
    if option.path == "@":
        return Option(option.owner, "" if name == "Properties" else f"@.{name}", position)
    return option.below(name, position)


def _values(position: Position) -> tuple[Schema, ...] | None:
    children = [position.named(name) for name in position.names()] + [position.any_key()]
    if not any(children):
        return None
    return tuple(schema for child in children if child for schema in child.schemas)


def _listed(option: Option) -> Option:
    schema = {"type": "array", "items": {"anyOf": list(option.position.schemas)}}
    position = Position((schema,), option.position.root)
    return Option(option.owner, option.path.removesuffix("[]"), position, each=option.path)
