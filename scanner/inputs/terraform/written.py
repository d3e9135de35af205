"""Where the resources of a plan are written, and what a bare reference in their text stands for.

A plan does not say what an expression does with its references. Where the `.tf` files are beside the plan and agree
with it, a bare reference, a text put together from such ones, a list, an object and `jsonencode` of these are
read; nothing else is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scanner.base.record import record
from scanner.inputs.terraform.attributes import Path as AttributePath
from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.configuration import ConfigModule, references_of
from scanner.inputs.terraform.expressions import (
    Encoded,
    Opaque,
    Template,
    Traversal,
    has_opaque,
    read_expression,
    traversals,
)
from scanner.inputs.terraform.hcl import Argument, Block, Body
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.references import Place, References
from scanner.inputs.terraform.sources import Folder, SourceText
from scanner.model.location import Location
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Resource
from scanner.model.secrets import scrubbed
from scanner.model.unknown import Unknown
from scanner.model.world import World

# What an attribute of a resource of the plan is; an unknown where it cannot be said.
Attribute = Callable[[Instance, str], object]
_DEEPEST = 12
# Blocks that the provider keeps in the order they are written.
_ORDERED = frozenset({("aws_iam_policy_document", "statement")})
_HOLE = "\ue000{}\ue001"


class PlanSource:
    """The text behind one plan."""

    def __init__(self, folder: Path, shown: str, references: References, root: ConfigModule | None) -> None:
        self.shown = shown
        self._root = root
        self._references = references
        self._text = SourceText(folder) if root is not None else None

    def block_of(self, instance: Instance) -> tuple[Location, Block, Callable[[int, int], list[str]]] | None:
        """Where the resource is written, its block, and what gives lines of the file; None where no text has it."""
        config = instance.config
        found = self._text.resource(config) if self._text is not None and config is not None else None
        if found is None:
            return None
        block = found.block
        return Location(found.file.shown, block.line, block.column, block.end_line), block, found.file.lines.between

    def is_dynamic(self, instance: Instance, block: str) -> bool | None:
        """Whether the text makes a block of the name by `dynamic`; None where there is no text."""
        found = self.block_of(instance)
        if found is None:
            return None
        return any(each.labels == (block,) for each in found[1].body.all("dynamic"))

    def is_kept(self, instance: Instance) -> bool | None:
        """Whether `lifecycle` keeps the resource from being destroyed; None where no text says it."""
        found = self.block_of(instance)
        if found is None:
            return None
        said = [each.body.arguments.get("prevent_destroy") for each in found[1].body.all("lifecycle")]
        texts = {each.text for each in said if each is not None}
        return False if texts <= {"false"} else True if texts == {"true"} else None

    def symbol(self, view: View, name: str, attribute: Attribute) -> object:
        """What the text of an unknown argument says; None where it does not show it."""
        argument = self._argument(view.instance, view.path, name)
        if argument is None:
            return None
        expression = read_expression(argument.text)
        if isinstance(expression, Opaque) or not _is_as_planned(expression, view, name):
            return None
        return _Reading(self, attribute, view.why(name)).value(expression, self._references.place(view.instance), 0)

    def is_opaque(self, view: View, name: str) -> bool:
        """Whether the text does more with what an argument refers to than to pass it on."""
        argument = self._argument(view.instance, view.path, name)
        return argument is not None and isinstance(read_expression(argument.text), Opaque)

    def is_chosen(self, view: View, name: str) -> bool:
        """Whether the text puts the argument together in a way that is not read, so that `each.key` among its
        references says nothing of which instance is meant."""
        argument = self._argument(view.instance, view.path, name)
        if argument is None:
            return False
        found = self.block_of(view.instance)
        repeated = found[1].body.arguments.get("for_each") if found is not None else None
        return self._chooses(read_expression(argument.text), self._references.place(view.instance), repeated, 0)

    def _chooses(self, expression: object, place: Place, repeated: Argument | None, depth: int) -> bool:
        if isinstance(expression, Opaque) or depth > _DEEPEST:
            return True
        if not isinstance(expression, Traversal):
            return False
        head, _, rest = expression.text.partition(".")
        if head == "each" and rest.startswith("value") and repeated is not None:
            return not isinstance(read_expression(repeated.text), Traversal)
        config = place.config
        if head == "var" and config is not None and config.parent is not None:
            folder = self._folder(config.parent)
            call = folder.calls.get(config.path[-1]) if folder is not None else None
            argument = call.block.body.arguments.get(rest.partition(".")[0]) if call is not None else None
            if call is None or argument is None:
                return False
            outer = self.outside(place, config)
            return self._chooses(
                read_expression(argument.text), outer, call.block.body.arguments.get("for_each"), depth + 1
            )
        return False

    def target(self, view: View, name: str) -> Instance | None:
        """The resource that the argument is a bare reference to, through locals, inputs and outputs as well."""
        found = self.symbol(view, name, _Target)
        return found.instance if isinstance(found, _Target) else None

    def _argument(self, instance: Instance, path: AttributePath, name: str) -> Argument | None:
        found = self.block_of(instance)
        if found is None:
            return None
        body, value = found[1].body, instance.after
        for place, step in enumerate(path):
            if isinstance(step, int):
                continue
            inner = body.all(step)
            if any(each.labels == (step,) for each in body.all("dynamic")):
                return None
            index = path[place + 1] if place + 1 < len(path) else 0
            listed = value.get(step)
            items = listed if isinstance(listed, list) else [listed]
            item = items[index] if isinstance(index, int) and index < len(items) else None
            value = item if isinstance(item, dict) else {}
            if len(inner) > 1 and (instance.type, step) in _ORDERED and len(inner) == len(items):
                inner = [inner[index]] if isinstance(index, int) else inner
            elif len(inner) > 1:
                # Sets are in an order of their own: a block is told by what is written in it and known of the item.
                inner = [each for each in inner if _may_be(each.body, value)]
            if len(inner) != 1:
                return None
            body = inner[0].body
        return body.arguments.get(name)

    def local(self, name: str, place: Place) -> object:
        """The expression of `local.<name>` in the module of the place; None where no text has it."""
        folder = self._folder(place.config)
        found = folder.locals.get(name) if folder is not None else None
        return read_expression(found[1].text) if found is not None else None

    def input(self, name: str, config: ConfigModule) -> object:
        """The expression that a module is called with."""
        folder = self._folder(config.parent)
        call = folder.calls.get(config.path[-1]) if folder is not None else None
        argument = call.block.body.arguments.get(name) if call is not None else None
        expression = read_expression(argument.text) if argument is not None else None
        return (
            expression
            if expression is not None and _agree(expression, references_of(config.inputs.get(name)))
            else None
        )

    def output(self, name: str, config: ConfigModule) -> object:
        """The expression of a module's output; None where no text has it."""
        folder = self._folder(config)
        block = folder.outputs.get(name) if folder is not None else None
        argument = block.block.body.arguments.get("value") if block is not None else None
        return read_expression(argument.text) if argument is not None else None

    def targets(self, text: str, place: Place) -> list[Instance]:
        """The resources that a bare reference, written at the place, may mean."""
        return self._references.at(text, place)

    def outside(self, place: Place, config: ConfigModule) -> Place:
        """Where the inputs of the module stand in which the place is."""
        return self._references.outside(place, config)

    def _folder(self, config: ConfigModule | None) -> Folder | None:
        return self._text.folder(config) if self._text is not None and config is not None else None


@record
class _Target:
    """The end of a bare reference."""

    instance: Instance
    attribute: str


class _Reading:
    """One expression on its way to a value."""

    def __init__(self, source: PlanSource, attribute: Attribute, why: Unknown) -> None:
        self._source = source
        self._attribute = attribute
        self._why = why

    def value(self, expression: object, place: Place, depth: int) -> object:
        """With unknowns where it cannot be said."""
        if depth > _DEEPEST or isinstance(expression, Opaque):
            return self._why
        if isinstance(expression, Traversal):
            return self._traversal(expression.text, place, depth)
        if isinstance(expression, Template):
            return self._template(expression, place, depth)
        if isinstance(expression, Encoded):
            return self.value(expression.value, place, depth + 1)
        if isinstance(expression, dict):
            return {key: self.value(child, place, depth + 1) for key, child in expression.items()}
        if isinstance(expression, list):
            return [self.value(child, place, depth + 1) for child in expression]
        return expression

    def _template(self, template: Template, place: Place, depth: int) -> object:
        parts: list[str | Text | Unknown] = []
        for part in template.parts:
            value = part if isinstance(part, str) else self.value(part, place, depth + 1)
            if isinstance(value, bool):
                value = str(value).lower()
            elif isinstance(value, int | float):
                value = str(value)
            parts.append(value if isinstance(value, str | Text | Unknown) else self._why)
        return text_of(parts)

    def _traversal(self, text: str, place: Place, depth: int) -> object:
        head, _, rest = text.partition(".")
        config = place.config
        if head == "local" and rest.isidentifier():
            found = self._source.local(rest, place)
            return self._why if found is None else self.value(found, place, depth + 1)
        if head == "var" and rest.isidentifier() and config is not None and config.parent is not None:
            found = self._source.input(rest, config)
            outer = self._source.outside(place, config)
            return self._why if found is None else self.value(found, outer, depth + 1)
        if head == "module" and config is not None:
            name, _, output = rest.partition(".")
            inner = config.calls.get(name)
            if inner is None or inner.repeated or not output.isidentifier():
                return self._why
            found = self._source.output(output, inner)
            return (
                self._why
                if found is None
                else self.value(found, Place((*place.module, (name, None)), inner), depth + 1)
            )
        if head in ("each", "count", "path", "terraform", "self", "var", "local", "module"):
            return self._why
        targets = self._source.targets(text, place)
        attribute = text.rpartition(".")[2]
        if len(targets) != 1 or not attribute.isidentifier():
            return self._why
        return self._attribute(targets[0], attribute)


def in_json(value: object) -> object:
    """A text with holes as the JSON that it spells; None where a hole stands outside of its strings."""
    if not isinstance(value, Text):
        return None
    holes = list(value.holes)
    numbers = iter(range(len(holes)))
    spelled = "".join(part if isinstance(part, str) else _HOLE.format(next(numbers)) for part in value.parts)
    try:
        data: object = json.loads(spelled)
    except (ValueError, RecursionError):
        return None
    return _filled(data, holes)


def _filled(value: object, holes: Sequence[Unknown]) -> object:
    if isinstance(value, dict):
        return {key: _filled(child, holes) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, holes) for child in value]
    if isinstance(value, str) and "\ue000" in value:
        parts: list[str | Unknown] = []
        for piece in value.split("\ue000"):
            number, end, rest = piece.partition("\ue001")
            parts += [holes[int(number)], rest] if end else [piece]
        return text_of(parts)
    return value


def _is_as_planned(expression: object, view: View, name: str) -> bool:
    """Whether the text refers to what one of the expressions does that may stand for the argument."""
    written = [references_of(each[name]) for each in view.written or () if name in each] or [()]
    return any(_agree(expression, references) for references in written)


def _may_be(body: Body, item: Mapping[str, object]) -> bool:
    """Whether a block can be the one that an item of the plan is of: nothing that it spells out is otherwise there."""
    for name, argument in body.arguments.items():
        known = item.get(name)
        said = read_expression(argument.text)
        spelled = said if isinstance(said, list) else [said]
        if known is None or not all(isinstance(each, str | bool | int | float) for each in spelled):
            continue
        there = known if isinstance(known, list) else [known]
        if {str(each).lower() for each in spelled} != {str(each).lower() for each in there if each is not None}:
            return False
    return True


def _agree(expression: object, references: Sequence[str]) -> bool:
    """Whether the text refers to what the plan says that it refers to; opaque parts may refer to more."""
    said = [each.replace("[each.key]", "").replace("[count.index]", "") for each in traversals(expression)]
    listed = [each for each in references if not each.startswith(("each.", "count."))]
    if any(not any(_meets(text, each) for each in listed) for text in said):
        return False
    return has_opaque(expression) or all(any(_meets(text, each) for text in said) for each in listed)


def _meets(text: str, reference: str) -> bool:
    return text == reference or text.startswith((f"{reference}.", f"{reference}["))


class ResourceSource:
    """The places of one resource of the model; `parts` are the resources that say its properties, where others do."""

    def __init__(
        self,
        source: PlanSource,
        instance: Instance,
        parts: Mapping[str, Instance],
        paths: Callable[[Instance, str], Sequence[Sequence[str]]],
        secrets: Callable[[object], bool],
    ) -> None:
        self._source = source
        self._instance = instance
        self._parts = parts
        self._paths = paths
        self._secrets = secrets
        self._between: Callable[[int, int], list[str]] | None = None

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        """The argument where the text shows it, else the block's first line, else the plan's file without a line."""
        del resource, world
        name = str(keys[1]) if keys[:1] == ("Properties",) and len(keys) > 1 else None
        instance = self._parts.get(name, self._instance) if name is not None else self._instance
        found = self._source.block_of(instance)
        if found is None:
            self._between = None
            return Location(self._source.shown)
        location, block, self._between = found
        for path in self._paths(instance, name) if name is not None else ():
            place = _in_block(block, path, location.path)
            if place is not None:
                return place
        return Location(location.path, location.line, location.column, location.line)

    def lines(self, first: int, last: int) -> list[str]:
        """Of the file that was last pointed into."""
        return self._between(first, last) if self._between is not None else []

    def hides(self, value: object) -> bool:
        """Whether the plan or its provider calls the value sensitive."""
        return self._secrets(value)

    def scrubbed(self, text: str) -> str:
        """Without secrets of a form that is known."""
        return scrubbed(text)


def _in_block(block: Block, path: Sequence[str], file: str) -> Location | None:
    """The argument at the path, or the last block on the way to it."""
    place: Location | None = None
    body = block.body
    for step in path:
        argument = body.arguments.get(step)
        if argument is not None:
            return Location(file, argument.line, argument.column, argument.end_line)
        inner = body.all(step)
        if not inner:
            return place
        place = Location(file, inner[0].line, inner[0].column, inner[0].end_line)
        body = inner[0].body
    return place
