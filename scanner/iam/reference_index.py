"""Which resources of a type may name a given one in a property: an index, so that joins stay linear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from scanner.base.record import mutable
from scanner.iam.literal_targets import given_name, names_in
from scanner.model.deferred import Deferred
from scanner.model.partial_text import Text
from scanner.model.reference_match import settled_reference
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Reference, Unknown
from scanner.model.world import World


@mutable
class Pointers:
    """The resources of one type, by what one of their properties names; `open` are those that only a world decides."""

    by_address: dict[str, list[Resource]] = field(default_factory=dict)
    by_name: dict[str, list[Resource]] = field(default_factory=dict)
    open: dict[str, list[Resource]] = field(default_factory=dict)
    by_folder: dict[str, list[Resource]] = field(default_factory=dict)


def pointing_at(inventory: Inventory, kind: str, path: str, target: Resource, world: World) -> Iterator[Resource]:
    """The resources of type `kind` whose property `path` may name the target: too many rather than too few.

    What nothing but deployment decides counts within one folder only, as everywhere. Raises UndecidedError.
    """
    pointers = pointers_of(inventory, kind, path)
    trace = inventory.trace
    if trace is not None:
        trace.channels.add(("pointers", (kind, path)))
        trace.ask(f"pointers? {kind} {path} {target.folder}")
    found: dict[str, Resource] = {}

    def add(several: list[Resource]) -> None:
        for each in several:
            found.setdefault(each.address, each)

    add(pointers.by_address.get(target.address, []))
    add(pointers.open.get(target.folder, []))
    names = target.names(world)
    for name in (names.name, names.arn, target.logical_id, given_name(target, world)):
        if isinstance(name, str):
            if trace is not None:
                trace.ask(f"pointer {_last(name)}")
            add(pointers.by_name.get(_last(name), []))
        elif isinstance(name, Text) and not any(isinstance(hole, Reference) for hole in name.holes):
            # Its name rests on a parameter or the like: any literal of the same system may be it.
            if trace is not None:
                trace.ask(f"pointers {kind} {path} {target.folder}")
                trace.ask(f"pointer {_last(name.suffix)}")
            add(pointers.by_folder.get(target.folder, []))
            if name.suffix:
                add(pointers.by_name.get(_last(name.suffix), []))
    yield from found.values()


def pointers_of(inventory: Inventory, kind: str, path: str) -> Pointers:
    """The index of one property of one type; made once."""
    pointers = inventory.remember(("pointers", kind, path), lambda: _index(inventory, kind, path))
    assert isinstance(pointers, Pointers)  # noqa: S101  # what was remembered under this key
    return pointers


def _index(inventory: Inventory, kind: str, path: str) -> Pointers:
    pointers = Pointers()
    for each in inventory.listed(kind):
        properties = each.fields.get("Properties")
        if not isinstance(properties, dict):
            if properties is not None:
                pointers.open.setdefault(each.folder, []).append(each)
            continue
        pointers.by_folder.setdefault(each.folder, []).append(each)
        value = settled_reference(properties.get(path))
        for item in value if isinstance(value, list) else [value]:
            put(pointers, each, item)
        if isinstance(value, OpenList):
            pointers.open.setdefault(each.folder, []).append(each)
    return pointers


def put(pointers: Pointers, resource: Resource, value: object) -> None:
    """Enters a resource by what a value of it names."""
    if isinstance(value, str):
        for name in dict.fromkeys(map(_last, (value, *names_in(value)))):
            pointers.by_name.setdefault(name, []).append(resource)
    elif isinstance(value, Reference):
        pointers.by_address.setdefault(value.resource, []).append(resource)
    elif isinstance(value, Text):
        for hole in value.holes:
            if isinstance(hole, Reference):
                pointers.by_address.setdefault(hole.resource, []).append(resource)
        pointers.by_name.setdefault(_last(value.suffix), []).append(resource)
        pointers.open.setdefault(resource.folder, []).append(resource)
    elif isinstance(value, Deferred | Unknown):
        pointers.open.setdefault(resource.folder, []).append(resource)


def _last(name: str) -> str:
    """The part after the last separator: an ARN and the name in it end alike."""
    return name.rpartition("/")[2].rpartition(":")[2]
