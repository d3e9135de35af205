"""An attribute as the plan has it: set and known, set and unknown, null, or left out.

A plan says what is known (`after`), what is not (`after_unknown`), and which arguments have an expression
(`configuration`). An attribute that is unknown and has no expression was left out, where the resource is new. A block
that is unknown and written nowhere may also come from a `dynamic` block, which `configuration` does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from scanner.inputs.terraform.configuration import Written, references_of
from scanner.inputs.terraform.instances import Instance
from scanner.model.unknown import Unknown

Path = tuple[str | int, ...]


class LeftOut:
    """An argument that is not written, of a resource that is new: the default of AWS or of the provider holds."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT = LeftOut()


class View:
    """The attributes of a resource, or of one block in it.

    `written` are the expressions that may stand for it: one, several where blocks are a set, None where it is not known
    how it is written. `dynamic` says whether the text makes a block by `dynamic`, None where there is no text.
    """

    __slots__ = ("dynamic", "instance", "path", "unknown", "value", "written")

    def __init__(
        self,
        instance: Instance,
        value: Mapping[str, object],
        unknown: Mapping[str, object] | Literal[True],
        written: tuple[Written, ...] | None,
        path: Path = (),
        dynamic: Callable[[Instance, str], bool | None] | None = None,
    ) -> None:
        self.instance = instance
        self.value = value
        self.unknown = unknown
        self.written = written
        self.path = path
        self.dynamic = dynamic

    @classmethod
    def of(cls, instance: Instance, dynamic: Callable[[Instance, str], bool | None] | None = None) -> View:
        """The whole resource. `dynamic` says of a block's name whether the text makes it by `dynamic`, None where no
        text says it."""
        config = instance.config
        written = (config.arguments,) if config is not None else None
        return cls(instance, instance.after, instance.unknown, written, (), dynamic)

    def read(self, name: str) -> object:
        """The value, with unknowns where parts are; None where it is null; LEFT_OUT; or an unknown."""
        unknown = True if self.unknown is True else self.unknown.get(name)
        if unknown is True:
            return self._missing(name)
        value = self.value.get(name)
        return value if not unknown else merged(value, unknown, self.why(name))

    def blocks(self, name: str) -> list[View] | Unknown | LeftOut | None:
        """The blocks of the name; LEFT_OUT only where the text shows that there is none."""
        unknown = True if self.unknown is True else self.unknown.get(name)
        if unknown is True:
            missing = self._missing(name)
            if missing is LEFT_OUT and self.says_dynamic(name) is not False:
                detail = (
                    f"`{name}` of {self.instance.address} is written nowhere: it is left out, or made by a `dynamic` "
                    "block whose `for_each` is known after apply"
                )
                return Unknown("known-after-apply", detail)
            return missing if isinstance(missing, Unknown | LeftOut) else None
        value = self.value.get(name)
        if value is None:
            return None
        items = value if isinstance(value, list) else [value]
        below = unknown if isinstance(unknown, list) else [unknown] if isinstance(unknown, dict) else []
        written = self._written_in(name, len(items))
        return [
            View(
                self.instance,
                item if isinstance(item, dict) else {},
                _at(below, index),
                written,
                (*self.path, name, index),
                self.dynamic,
            )
            for index, item in enumerate(items)
        ]

    def says_dynamic(self, block: str) -> bool | None:
        """Whether the text makes a block of the name by `dynamic`; None where there is no text."""
        return self.dynamic(self.instance, block) if self.dynamic is not None else None

    def why(self, name: str) -> Unknown:
        """Why an attribute is not known."""
        return Unknown("known-after-apply", _sentence(self.instance.address, name, self.references(name)))

    def references(self, name: str) -> tuple[str, ...]:
        """What the expressions that may stand for the attribute refer to."""
        return references_of([each[name] for each in self.written or () if name in each])

    @property
    def is_known_how(self) -> bool:
        """Whether the plan says how this is written."""
        return self.written is not None

    def _missing(self, name: str) -> Unknown | LeftOut:
        if self.written is None:
            return self.why(name)
        expressions = [each[name] for each in self.written if name in each]
        if all(isinstance(each, dict) and each.get("constant_value", 0) is None for each in expressions):
            if self.instance.new:
                return LEFT_OUT
            detail = f"`{name}` of {self.instance.address} is computed, and the resource may have been there before"
            return Unknown("known-after-apply", detail)
        return self.why(name)

    def _written_in(self, name: str, count: int) -> tuple[Written, ...] | None:
        """The expressions of the blocks of a name, in the file's order; None where some come from elsewhere."""
        if self.written is None:
            return None
        found: list[Written] = []
        for each in self.written:
            body = each.get(name)
            if isinstance(body, dict) and ("references" in body or "constant_value" in body or not body):
                return None  # an attribute: one expression for all that is in it
            listed = body if isinstance(body, list) else [body] if isinstance(body, dict) else []
            if len(listed) != count:
                return None  # some are made by `dynamic`, or the blocks around are not alike
            found += [item for item in listed if isinstance(item, dict)]
        # Sets are in an order of their own, so each expression may stand for any of the blocks.
        return tuple(found)


def merged(value: object, unknown: object, why: Unknown) -> object:
    """The value with unknowns where parts of it are."""
    if unknown is True:
        return why
    if isinstance(unknown, dict) and isinstance(value, dict | None):
        keys = dict.fromkeys((*(value or {}), *unknown))
        return {key: merged((value or {}).get(key), unknown.get(key), why) for key in keys}
    if isinstance(unknown, list) and isinstance(value, list | None):
        items = value or []
        count = max(len(items), len(unknown))
        return [merged(_item(items, index), _item(unknown, index), why) for index in range(count)]
    return value


def strings(value: object) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)


def _sentence(address: str, name: str, references: tuple[str, ...]) -> str:
    # The same thing is listed with and without its attribute.
    shown = [each for each in references if not any(other.startswith((f"{each}.", f"{each}[")) for other in references)]
    said = f"`{name}` of {address} is known after apply"
    return said + (f"; it refers to {', '.join(shown[:3])}" if shown else "")


def _at(items: Sequence[object], index: int) -> Mapping[str, object] | Literal[True]:
    item = items[index] if index < len(items) else None
    return True if item is True else item if isinstance(item, dict) else {}


def _item(items: Sequence[object], index: int) -> object:
    return items[index] if index < len(items) else None


__all__ = ["LEFT_OUT", "LeftOut", "Path", "View", "merged", "strings"]
