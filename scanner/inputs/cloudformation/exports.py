"""Exports and outputs of the scanned set: what `Fn::ImportValue` and `Fn::GetStackOutput` find among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field

from scanner.base.record import mutable, record
from scanner.inputs.cloudformation.output_names import OutputName, WrittenExport
from scanner.inputs.cloudformation.parameters import scalar
from scanner.inputs.cloudformation.stack import WRITER, Stack
from scanner.model.deferred import settle_all
from scanner.model.dependency_trace import Trace, file_of
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown
from scanner.model.world import TooManyWorldsError, World, explore

_MOST_ALIKE = 64
Place = tuple[str | None, str | None]


@record
class Export:
    """`name` is as it is written, an intrinsic or a string."""

    stack: Stack
    body: dict[str, object]
    name: object


@mutable
class _Names:
    """The exports of one account and region, by what is known of their names in any world."""

    known: dict[str, list[Export]] = field(default_factory=dict)
    partly: dict[Text, list[Export]] = field(default_factory=dict)
    nameless: list[Export] = field(default_factory=list)
    # Partly known names by the literals they begin and end with, and the lengths that these pairs have.
    _ends: dict[tuple[str, str], list[Text]] = field(default_factory=dict)
    _lengths: dict[tuple[int, int], None] = field(default_factory=dict)

    def add(self, name: object, export: Export) -> None:
        if isinstance(name, Text):
            if name not in self.partly:
                ends = (name.prefix, name.suffix)
                self._ends.setdefault(ends, []).append(name)
                self._lengths[len(ends[0]), len(ends[1])] = None
            self.partly.setdefault(name, []).append(export)
        elif isinstance(name, str | int | float):
            self.known.setdefault(scalar(name), []).append(export)
        else:
            self.nameless.append(export)

    def called(self, name: str | Text) -> list[Export]:
        if isinstance(name, str):
            return self.known.get(name, [])
        # Equal holes are equal values only where they are the same symbol.
        return self.partly.get(name, []) if all(hole.symbol for hole in name.holes) else []

    def may_hold(self, name: str) -> bool:
        """Whether one of the names that are not known may turn out to be this one."""
        if self.nameless:
            return True
        for before, after in self._lengths:
            if before + after <= len(name):
                alike = self._ends.get((name[:before], name[len(name) - after :]), ())
                # So many names between the same ends are not told apart: any may be meant.
                if len(alike) > _MOST_ALIKE or any(each.equals(name) is not False for each in alike):
                    return True
        return False


@mutable
class Exports:
    """Filled once every template is open; asked only while judging."""

    _places: dict[Place, _Names] = field(default_factory=dict)
    _near: dict[Place, list[_Names]] = field(default_factory=dict)
    _asked: set[tuple[int, str]] = field(default_factory=set)
    _named: dict[str, list[Stack]] = field(default_factory=dict)
    _written: dict[str, list[Export]] = field(default_factory=dict)
    trace: Trace | None = None

    def add(self, stacks: Iterable[Stack]) -> None:
        """Takes the outputs and exports of the stacks; the name of an export may rest on choices of its template."""
        self._near.clear()
        for stack in stacks:
            if stack.environment.stack_name is not None:
                self._named.setdefault(stack.environment.stack_name, []).append(stack)
            for key, value in _written_by(stack):
                self._written.setdefault(key, []).append(Export(stack, {"Value": value}, key))
            for body in stack.raw_outputs.values():
                declared = body.get("Export") if isinstance(body, dict) else None
                if not isinstance(body, dict) or not isinstance(declared, dict) or "Name" not in declared:
                    continue
                export = Export(stack, body, declared["Name"])
                names = self._places.setdefault(_place(stack), _Names())
                for name in _spellings(stack, export.name):
                    names.add(name, export)

    def read(self, importer: Stack, name: str | Text | OutputName | WrittenExport, world: World) -> object:
        """The exported value; unknown where no export, or more than one, may be meant. Raises UndecidedError.

        None for a written export that no stack scanned writes, or more than one.
        """
        if isinstance(name, OutputName):
            return self._output(importer, name, world)
        if isinstance(name, WrittenExport):
            return self._by_writer(importer, name.name, world)
        shown = str(name)
        if self.trace is not None:
            file = file_of(importer.address)
            self.trace.ask_for(file, f"export {shown}")
            self.trace.ask_for(file, "exports?")
        symbol = ("import", importer.environment.account or "", importer.environment.region or "", shown)
        near = self._around(importer)
        found = [export for names in near for export in names.called(name) if self._is_made(export, name, shown, world)]
        if len(found) > 1:
            detail = f"export `{shown}` is declared by {len(found)} of the stacks scanned"
            return Unknown("import", detail, symbol, None, True)
        if isinstance(name, Text):
            if found:
                return self._value(found[0], shown, world)
            return Unknown("import", f"the name of export `{shown}` is known only at deployment", None, None, True)
        maybe = any(names.may_hold(name) for names in near)
        if found and not maybe:
            return self._value(found[0], shown, world)
        why = "may be one whose name is known only at deployment" if maybe else "is in none of the files scanned"
        if not maybe and any(names.called(name) for names in near):
            why = "is declared, but not made under these conditions"
        return Unknown("import", f"export `{shown}` {why}", symbol, None, True)

    def _output(self, importer: Stack, name: OutputName, world: World) -> object:
        """The output of the one stack of that name in the account and region; a reference that nothing keeps."""
        own = importer.environment
        place: Place = (name.account or own.account, name.region or own.region)
        if self.trace is not None:
            self.trace.ask_for(file_of(importer.address), f"output {name.stack}")
        symbol = ("output of", place[0] or "", place[1] or "", str(name))
        found = [stack for stack in self._named.get(name.stack, ()) if _may_be(place, _place(stack))]
        shown = f"output `{name.output}` of stack `{name.stack}`"
        if len(found) != 1:
            why = f"may be that of {len(found)} of the stacks scanned" if found else "is in none of the files scanned"
            return Unknown("import", f"{shown} {why}", symbol, None, True)
        (stack,) = found
        body = stack.raw_outputs.get(name.output)
        if not isinstance(body, dict):
            return stack.missing(name.output, f"{shown} is not in {stack.path}")
        condition = body.get("Condition")
        if isinstance(condition, str) and not stack.conditions.holds(condition, world):
            return Unknown("import", f"{shown} is made only if `{condition}`", symbol, None, True)
        return self._value(Export(stack, body, str(name)), str(name), world)

    def _by_writer(self, importer: Stack, name: str, world: World) -> object:
        if self.trace is not None:
            self.trace.ask_for(file_of(importer.address), f"written {name}")
        account = importer.environment.account
        found = [each for each in self._written.get(name, ()) if _may_be((account, None), _place(each.stack))]
        return self._value(found[0], name, world) if len(found) == 1 else None

    def offered(self) -> Iterator[tuple[str, str]]:
        """Each file with a key that it offers: the name of an export, or that it has one whose name is not known."""
        for stack_name, stacks in self._named.items():
            for stack in stacks:
                yield file_of(stack.address), f"output {stack_name}"
        for name, writers in self._written.items():
            for each in writers:
                yield file_of(each.stack.address), f"written {name}"
        for names in self._places.values():
            for name, several in names.known.items():
                for each in several:
                    yield file_of(each.stack.address), f"export {name}"
            for text, several in names.partly.items():
                for each in several:
                    yield file_of(each.stack.address), "exports?"
                    yield file_of(each.stack.address), f"export {text}"
            for each in names.nameless:
                yield file_of(each.stack.address), "exports?"

    def _around(self, importer: Stack) -> list[_Names]:
        """The places that the importer's exports may come from: what is not known of one may be the same."""
        place = _place(importer)
        near = self._near.get(place)
        if near is None:
            near = self._near[place] = [names for other, names in self._places.items() if _may_be(place, other)]
        return near

    def _is_made(self, export: Export, name: str | Text, shown: str, world: World) -> bool:
        """Whether the stack makes the export in this world, and under this name. Raises UndecidedError."""
        with self._asking(export, "made " + shown) as again:
            if again:
                return True  # it rests on itself, which asking for its value tells
            stack = export.stack
            if stack.around is not None and not stack.around[0].exists(stack.around[1], world):
                return False
            condition = export.body.get("Condition")
            if isinstance(condition, str) and not stack.conditions.holds(condition, world):
                return False
            if isinstance(export.name, str | int | float):
                return True
            here = stack.resolver.value(export.name, world)
            return (scalar(here) if isinstance(here, int | float) else here) == name

    def _value(self, export: Export, name: str, world: World) -> object:
        with self._asking(export, name) as again:
            if again:
                return Unknown("invalid-template", f"`{name}` rests on itself")
            return settle_all(export.stack.resolver.value(export.body.get("Value"), world), world)

    @contextmanager
    def _asking(self, export: Export, what: str) -> Iterator[bool]:
        """Gives whether the same is being asked already."""
        key = (id(export.body), what)
        if key in self._asked:
            yield True
            return
        self._asked.add(key)
        try:
            yield False
        finally:
            self._asked.discard(key)


def _written_by(stack: Stack) -> Iterator[tuple[str, object]]:
    """What CDK's writer hands to other regions, by the name that their readers ask for (aws-cdk-lib 2.275.0)."""
    for body in stack.bodies.values():
        if body.get("Type") == WRITER:
            properties = body.get("Properties")
            handed = properties.get("WriterProps") if isinstance(properties, dict) else None
            exports = handed.get("exports") if isinstance(handed, dict) else None
            yield from exports.items() if isinstance(exports, dict) else ()


def _may_be(one: Place, other: Place) -> bool:
    """Whether both may be one account and region: what is not known of one may be the same."""
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in zip(one, other, strict=True))


def _place(stack: Stack) -> Place:
    return (stack.environment.account, stack.environment.region)


def _spellings(stack: Stack, node: object) -> list[object]:
    """Every name that the export has in some world."""
    if isinstance(node, str) and "{{resolve:" not in node:
        return [node]
    try:
        leaves = explore(lambda world: stack.resolver.value(node, world))
    except TooManyWorldsError:
        return [Unknown("evaluation-limit", f"the name of an export of {stack.path} rests on too many choices")]
    names: list[object] = []
    for leaf in leaves:
        if leaf.result not in names:
            names.append(leaf.result)
    return names
