"""Exports of the scanned set, and what `Fn::ImportValue` finds among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.inputs.stack import Stack
from scanner.model.deferred import settle_all
from scanner.model.text import Text
from scanner.model.unknown import Unknown
from scanner.model.world import Undecided, World


@dataclass(frozen=True, slots=True)
class Export:
    stack: Stack
    body: dict[str, object]


@dataclass(slots=True)
class Exports:
    """Filled once every template is open; asked only while judging."""

    _named: dict[str, list[Export]] = field(default_factory=dict)
    _open: list[tuple[Text | Unknown, Export]] = field(default_factory=list)
    _asked: list[tuple[str, str]] = field(default_factory=list)

    def add(self, stacks: Iterable[Stack]) -> None:
        for stack in stacks:
            for body in stack.raw_outputs.values():
                export = body.get("Export") if isinstance(body, dict) else None
                if not isinstance(body, dict) or not isinstance(export, dict) or "Name" not in export:
                    continue
                for name in _spellings(stack, export["Name"]):
                    if isinstance(name, str):
                        self._named.setdefault(name, []).append(Export(stack, body))
                    elif isinstance(name, Text | Unknown):
                        self._open.append((name, Export(stack, body)))

    def read(self, importer: Stack, name: str | Text, world: World) -> object:
        """The exported value; unknown where no export, or more than one, may be meant. Raises Undecided."""
        shown = str(name)
        symbol = ("import", importer.environment.account or "", importer.environment.region or "", shown)
        if isinstance(name, Text):
            for candidate, export in self._open:
                if isinstance(candidate, Text) and name.equals(candidate) is True:
                    return self._value(export, shown, world)
            return Unknown("import", f"the name of export `{shown}` is known only at deployment", None, None, True)
        found = [export for export in self._named.get(name, ()) if _same_place(importer, export.stack)]
        maybe = [
            export
            for candidate, export in self._open
            if _same_place(importer, export.stack)
            and (isinstance(candidate, Unknown) or candidate.equals(name) is not False)
        ]
        if len(found) == 1 and not maybe:
            return self._value(found[0], name, world)
        if len(found) > 1:
            return Unknown(
                "import", f"export `{name}` is declared by {len(found)} of the stacks scanned", symbol, None, True
            )
        why = "may be one whose name is known only at deployment" if maybe else "is in none of the files scanned"
        return Unknown("import", f"export `{name}` {why}", symbol, None, True)

    def _value(self, export: Export, name: str, world: World) -> object:
        key = (export.stack.address, name)
        if key in self._asked:
            return Unknown("invalid-template", f"export `{name}` rests on itself")
        self._asked.append(key)
        try:
            return settle_all(export.stack.resolver.value(export.body.get("Value"), world), world)
        finally:
            self._asked.remove(key)


def _spellings(stack: Stack, node: object) -> list[object]:
    """The name an export has in any world; one that a choice decides is open."""
    try:
        return [stack.resolver.value(node, World())]
    except Undecided:
        return [Unknown("parameter", f"the name of an export of {stack.path} rests on a choice")]


def _same_place(one: Stack, other: Stack) -> bool:
    """Exports live in one account and region; what is not known may be the same."""
    pairs = (
        (one.environment.account, other.environment.account),
        (one.environment.region, other.environment.region),
    )
    return all(left is None or right is None or left == right for left, right in pairs)
