"""From a value of the model back to the line where it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.inputs.secret_spans import SecretSpans
from scanner.model.deferred import ABSENT, Deferred
from scanner.model.location import Location
from scanner.model.secrets import redaction, scrubbed
from scanner.model.world import UndecidedError, World

if TYPE_CHECKING:
    from scanner.inputs.cloudformation.stack import Stack
    from scanner.model.resource import Resource
    from scanner.text.document import Document


class Written:
    """The places of one template's resources."""

    __slots__ = ("_document", "_secrets", "_stack")

    def __init__(self, stack: Stack, document: Document) -> None:
        self._stack = stack
        self._document = document
        self._secrets = SecretSpans(document)

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        """The place of the key, or of the nearest mapping around it; branches are followed as `world` has them."""
        path = self._written(resource.logical_id, keys, world)
        place = self._document.place(path)
        return Location(self._document.path, place.line, place.column, place.end_line)

    def lines(self, first: int, last: int) -> list[str]:
        """The template's lines from `first` to `last`, both included, redacted."""
        # What detectors find is out already: a file may be one line, which every finding in it shows a part of.
        lines = self._secrets.lines(first, last)
        for secret in self._stack.secrets:
            lines = [line.replace(secret, redaction()) for line in lines]
        return lines

    def shown_column(self, line: int, column: int) -> int:
        """Where the column is in the line as `lines` gives it."""
        shown = self._secrets.shown_column(line, column)
        for text in self._secrets.lines(line, line) if self._stack.secrets else ():
            before = text[: shown - 1]
            for secret in self._stack.secrets:
                before = before.replace(secret, redaction())
            shown = len(before) + 1
        return shown

    def scrubbed(self, text: str) -> str:
        """Without secrets of a form that is known, secrets found in the template, and parameters that are not
        echoed."""
        text = scrubbed(text)
        for secret in self._told():
            if secret in text:
                text = text.replace(secret, redaction())
        return text

    def hides(self, value: object) -> bool:
        """Whether such a secret stands anywhere inside the value, also as a part of a longer text."""
        told = self._told()
        if not told:
            return False
        if isinstance(value, dict):
            return any(self.hides(child) for child in value.values())
        if isinstance(value, list):
            return any(self.hides(child) for child in value)
        text = str(value)
        return any(secret in text for secret in told)

    def _told(self) -> frozenset[str]:
        """Values that are shown nowhere."""
        return self._stack.secrets | self._secrets.values

    def _written(self, logical_id: str, keys: Sequence[str | int], world: World) -> tuple[str | int, ...]:
        path: tuple[str | int, ...] = ("Resources", logical_id)
        node: object = self._stack.bodies.get(logical_id)
        for key in keys:
            path, node = self._through(path, node, world)
            if isinstance(node, dict) and key in node:
                node, path = node[str(key)], (*path, key)
            elif isinstance(node, list) and isinstance(key, int):
                index = self._index(node, key, world)
                if index is None:
                    break
                node, path = node[index], (*path, index)
            elif key == 0 and isinstance(node, dict):
                continue  # one statement that stands where a list may
            else:
                break
        return path

    def _through(self, path: tuple[str | int, ...], node: object, world: World) -> tuple[tuple[str | int, ...], object]:
        """Past every `Fn::If` to the branch that this world takes."""
        while isinstance(node, dict) and len(node) == 1 and isinstance(arms := node.get("Fn::If"), list):
            try:
                arm = 1 if self._stack.conditions.holds(str(arms[0]), world) else 2
                node, path = arms[arm], (*path, "Fn::If", arm)
            except (UndecidedError, IndexError):
                break
        return path, node

    def _index(self, items: list[object], wanted: int, world: World) -> int | None:
        """Where the item stands in the file, counting those that this world leaves out."""
        present = -1
        for index, item in enumerate(items):
            try:
                value = self._stack.resolver.resolve(item)
                value = value.force(world) if type(value) is Deferred else value
            except UndecidedError:
                value = None
            present += value is not ABSENT
            if present == wanted:
                return index
        return None
