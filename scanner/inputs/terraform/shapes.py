"""Shapes that recur in the tables, and how a shape gives a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scanner.inputs.terraform.attributes import LEFT_OUT, LeftOut, View
from scanner.inputs.terraform.mapping import Context, Function
from scanner.model.unknown import OpenList, Unknown


def evaluate(shape: object, view: View, context: Context) -> object:
    """The value of a shape; None where it is absent."""
    if isinstance(shape, str):
        *blocks, name = shape.split(".")
        for block in blocks:
            found = _only(view.blocks(block))
            if not isinstance(found, View):
                return found
            view = found
        return context.value(view, name)
    if isinstance(shape, Mapping):
        entries = {key: value for key, child in shape.items() if (value := evaluate(child, view, context)) is not None}
        return entries or None
    assert callable(shape)  # noqa: S101  # tables hold no other shapes
    return shape(view, context)


def one(block: str, shape: object) -> Function:
    """The object that is written as a block, of which there is one at most; empty where nothing in it is set."""

    def give(view: View, context: Context) -> object:
        found = _only(view.blocks(block))
        return _or_empty(shape, found, context) if isinstance(found, View) else found

    return give


def each(block: str, shape: object) -> Function:
    """One item for each block of a name."""

    def give(view: View, context: Context) -> object:
        found = view.blocks(block)
        if found is None or isinstance(found, Unknown | LeftOut):
            return found if isinstance(found, Unknown) else None
        return [_or_empty(shape, item, context) for item in found] or None

    return give


def inside(block: str, shape: object) -> Function:
    """A shape over the attributes of a block, of which there is one at most."""

    def give(view: View, context: Context) -> object:
        found = _only(view.blocks(block))
        return evaluate(shape, found, context) if isinstance(found, View) else found

    return give


def const(value: object) -> Function:
    """Always the value."""
    return lambda view, context: value  # noqa: ARG005  # a shape like the others


def left(shape: str, default: object) -> Function:
    """As the attribute; what the provider or AWS sets where it is left out is not what CloudFormation does."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        return default if value is None else value

    return give


def unsure(shape: str, why: str) -> Function:
    """As the attribute; unknown where it is left out, as something else decides it then."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        return Unknown("deploy-time", why) if value is None else value

    return give


def words(shape: object, table: Mapping[Any, object]) -> Function:
    """The value in CloudFormation's words; those that the table lacks stay as they are."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        return table.get(value, value) if isinstance(value, str | bool | int | None) else value

    return give


def inverted(shape: str) -> Function:
    """A boolean whose sense is the other way round."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        if isinstance(value, str) and value in ("true", "false"):
            value = value == "true"
        return not value if isinstance(value, bool) else value

    return give


def listed(shape: object) -> Function:
    """The value as the only item of a list."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        return None if value is None else [value]

    return give


def joined(*shapes: object) -> Function:
    """The items of several lists as one."""

    def give(view: View, context: Context) -> object:
        items: list[object] = []
        why: Unknown | None = None
        for shape in shapes:
            value = evaluate(shape, view, context)
            if isinstance(value, list):
                items += value
                why = why or (value.unknown if isinstance(value, OpenList) else None)
            elif isinstance(value, Unknown):
                why = why or value
            elif value is not None:
                items.append(value)
        if why is not None:
            return OpenList(items, why.plain())
        return items or None

    return give


def write_only(name: str, *, kept: bool = False) -> Function:
    """What is written of a write-only argument, which Terraform keeps in no plan or state ("Use write-only
    arguments").

    A constant stands in the configuration, so it is told. Of any other expression the value is nowhere; it is absent,
    or with `kept` unknown, where it is the service that keeps it in clear.
    """

    def give(view: View, context: Context) -> object:
        if view.read(name) is not None:
            return context.value(view, name)
        said = [each[name] for each in view.written or () if name in each]
        if len(said) != 1 or not isinstance(said[0], dict):
            return None
        if "constant_value" in said[0]:
            return said[0]["constant_value"] or None
        detail = f"`{name}` of {view.instance.address} is write-only: its value is in no plan"
        return Unknown("not-collected", detail) if kept else None

    return give


def document(name: str) -> Function:
    """JSON text as the value that it holds."""
    return lambda view, context: context.document(view, name)


class Pointer:
    """An argument that names a resource, which is what it is for."""

    __slots__ = ("attribute", "name", "types")

    def __init__(self, name: str, *types: str, attribute: str = "Ref") -> None:
        self.name = name
        self.types = types
        self.attribute = attribute

    def __call__(self, view: View, context: Context) -> object:
        return context.pointer(view, self.name, self.types, self.attribute)


def first(*shapes: object) -> Function:
    """The first that is there."""

    def give(view: View, context: Context) -> object:
        for shape in shapes:
            value = evaluate(shape, view, context)
            if value is not None:
                return value
        return None

    return give


def when(condition: Callable[[object], bool], shape: object, then: object, otherwise: object = None) -> Function:
    """One shape or another by a value; unknown where that is."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        if isinstance(value, Unknown):
            return value
        return evaluate(then if condition(value) else otherwise or const(None), view, context)

    return give


def is_there(shape: object) -> Function:
    """Whether the value is there."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        return value if isinstance(value, Unknown) else value is not None

    return give


def _or_empty(shape: object, view: View, context: Context) -> object:
    value = evaluate(shape, view, context)
    return {} if value is None else value


def _only(found: list[View] | Unknown | LeftOut | None) -> View | Unknown | None:
    if isinstance(found, list):
        return found[0] if found else None
    return None if found is LEFT_OUT or isinstance(found, LeftOut) else found
