"""Where the references of an expression lead: through inputs, outputs and `each.value` to resources of the plan.

A plan says which references an expression holds and not what it does with them, so what is found here is what a value
may come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from scanner.base.record import mutable, record
from scanner.inputs.terraform.configuration import ConfigModule, references_of
from scanner.inputs.terraform.instances import Instance, Module

Key = str | int | None
_TOKEN = re.compile(r"\.?([^.\[\]\"]+)|\[(\d+|\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]")
_CONSTANT = frozenset({"path", "terraform"})
_DEEPEST = 20


@record
class Place:
    """Where an expression stands: the instance of a module, and the key of the resource or module that it is in.

    `keys` are those of all its instances, by which `each.key` and `count.index` go. `chosen` means that the text of
    what is followed chooses in a way that is not read, so that no key says which instance is meant.
    """

    module: Module
    config: ConfigModule | None
    key: Key = None
    for_each: tuple[str, ...] = ()
    keys: frozenset[Key] = frozenset()
    chosen: bool = False


@mutable
class Sources:
    """What an expression leads to. `open` means that it may lead elsewhere, `outside` that it asks a data source."""

    instances: dict[int, Instance] = field(default_factory=dict)
    attributes: dict[str, None] = field(default_factory=dict)
    open: bool = False
    outside: bool = False

    def add(self, other: Sources) -> None:
        """Takes over what another expression leads to."""
        self.instances.update(other.instances)
        self.attributes.update(other.attributes)
        self.open = self.open or other.open
        self.outside = self.outside or other.outside


class References:
    """The resources of a plan by module and name, and the way from a reference to them."""

    def __init__(self, instances: Iterable[Instance], root: ConfigModule | None) -> None:
        self._root = root
        self._by_name: dict[tuple[Module, str, str, str], list[Instance]] = {}
        self._modules: dict[tuple[Module, str], dict[Key, None]] = {}
        for each in instances:
            self._by_name.setdefault((each.module, each.mode, each.type, each.name), []).append(each)
            for depth, (name, key) in enumerate(each.module):
                self._modules.setdefault((each.module[:depth], name), {})[key] = None

    def of(self, instance: Instance, references: Iterable[str], *, chosen: bool = False) -> Sources:
        """Where the references of an expression of the resource lead; `chosen` as of places."""
        return self._follow(list(references), replace(self.place(instance), chosen=chosen), 0)

    def place(self, instance: Instance) -> Place:
        """Where the arguments of a resource stand."""
        config = instance.config
        alike = self.named(instance.module, instance.mode, instance.type, instance.name)
        return Place(
            instance.module,
            config.module if config is not None else None,
            instance.key,
            config.for_each if config is not None else (),
            frozenset(each.key for each in alike),
        )

    def outside(self, place: Place, config: ConfigModule) -> Place:
        """Where the inputs of the module stand in which the place is; `config` is the module that it is in."""
        *above, (name, key) = place.module
        keys = frozenset(self._modules.get((tuple(above), name), {}))
        return Place(tuple(above), config.parent, key, config.for_each, keys, place.chosen)

    def named(self, module: Module, mode: str, kind: str, name: str) -> list[Instance]:
        """All instances of one resource in an instance of a module."""
        return self._by_name.get((module, mode, kind, name), [])

    def at(self, text: str, place: Place) -> list[Instance]:
        """The instances that a bare reference in the text means; `each.key` in it is the key of what it stands in."""
        by_key = "[each.key]" in text or "[count.index]" in text
        tokens = _tokens(text.replace("[each.key]", "").replace("[count.index]", ""))
        mode = "data" if tokens[:1] == ["data"] else "managed"
        rest = tokens[1:] if mode == "data" else tokens
        found = list(self._resource(mode, rest, place, by_key=False).instances.values())
        return [each for each in found if each.key == place.key] if by_key else found

    def _follow(self, references: list[str], place: Place, depth: int, *, by_key: bool = False) -> Sources:
        found = Sources()
        if depth > _DEEPEST:
            found.open = True
            return found
        # A thing is listed with its attribute, without it, and without its key.
        whole = [
            each
            for each in references
            if not any(other != each and other.startswith((f"{each}.", f"{each}[")) for other in references)
        ]
        # `b[count.index + 1]` and `b[each.value]` leave the same trace as `b[count.index]` or a similar one.
        by_key = by_key or any(each in ("each.key", "count.index") for each in references)
        for reference in whole:
            found.add(self._one(_tokens(reference), place, by_key=by_key, depth=depth))
        return found

    def _one(self, tokens: list[Key], place: Place, *, by_key: bool, depth: int) -> Sources:
        head = tokens[0] if tokens else None
        if head == "var":
            return self._variable(tokens, place, depth)
        if head == "module":
            return self._output(tokens, place, by_key=by_key, depth=depth)
        if head == "each" and tokens[1:2] == ["value"]:
            # `each.key` and `count.index` choose among things, they are none of them.
            if not place.for_each:
                return Sources(open=True)
            return self._follow(list(place.for_each), place, depth + 1, by_key=len(place.for_each) == 1)
        if head in _CONSTANT or head in ("each", "count"):
            return Sources()
        if head == "local" or not isinstance(head, str):
            return Sources(open=True)
        if head == "data":
            return self._resource("data", tokens[1:], place, by_key=by_key)
        return self._resource("managed", tokens, place, by_key=by_key)

    def _resource(self, mode: str, tokens: list[Key], place: Place, *, by_key: bool) -> Sources:
        kind, name, *rest = [*tokens, None, None][: max(len(tokens), 2)]
        several = self.named(place.module, mode, str(kind), str(name))
        attribute = str(rest[-1]) if rest and isinstance(rest[-1], str) else ""
        # After a resource that is repeated comes its key; after one that is not, an attribute.
        key = rest[0] if rest and any(each.key == rest[0] for each in several) else None
        if key is not None:
            several = [each for each in several if each.key == key]
        elif by_key and not place.chosen and place.key is not None and place.keys == {each.key for each in several}:
            # What is repeated by the same keys goes by them; of any other a key may be put together from one's own.
            several = [each for each in several if each.key == place.key]
        found = Sources({id(each): each for each in several}, {attribute: None}, outside=mode == "data")
        if mode == "managed" and not several and place.config is not None:
            # Made zero times, or in no plan at all.
            found.open = (mode, kind, name) not in place.config.resources
        return found

    def _variable(self, tokens: list[Key], place: Place, depth: int) -> Sources:
        config = place.config
        name = str(tokens[1]) if len(tokens) > 1 else ""
        if config is None:
            return Sources(open=True)
        if config.parent is None:
            return Sources()  # a variable of the root is known to the plan
        expression = config.inputs.get(name)
        if expression is None:
            return Sources()
        return self._follow(list(references_of(expression)), self.outside(place, config), depth + 1)

    def _output(self, tokens: list[Key], place: Place, *, by_key: bool, depth: int) -> Sources:
        name = str(tokens[1]) if len(tokens) > 1 else ""
        inner = place.config.calls.get(name) if place.config is not None else None
        keys = list(self._modules.get((place.module, name), {}))
        rest = tokens[2:]
        if inner is None or not rest:
            return Sources(open=True)
        if inner.repeated and rest[0] in keys:
            keys, rest = [rest[0]], rest[1:]
        elif inner.repeated and by_key and not place.chosen and place.key in keys and place.keys == set(keys):
            keys = [place.key]
        elif inner.repeated:
            return Sources(open=True)
        output = inner.outputs.get(str(rest[0])) if rest else None
        if not isinstance(output, Mapping):
            return Sources(open=True)
        found = Sources()
        for key in keys:
            here = Place((*place.module, (name, key)), inner, chosen=place.chosen)
            found.add(self._follow(list(references_of(output.get("expression"))), here, depth + 1))
        return found


def _tokens(reference: str) -> list[Key]:
    tokens: list[Key] = []
    for match in _TOKEN.finditer(reference):
        if match[1] is not None:
            tokens.append(match[1])
        elif match[2].isdecimal():
            tokens.append(int(match[2]))
        else:
            tokens.append(match[2].strip('"').replace('\\"', '"'))
    return tokens
