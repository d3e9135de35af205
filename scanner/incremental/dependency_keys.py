"""What each file has to answer with when the verdicts on another one ask; see `scanner.model.dependency_trace`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from scanner.engine.judging import Judge
from scanner.iam.reference_index import pointers_of
from scanner.inputs.cloudformation.exports import Exports
from scanner.language.expressions.relations import Relations
from scanner.language.expressions.scope import Scope
from scanner.language.expressions.tenant_peers import twins_offered
from scanner.model.dependency_trace import Channel, file_of
from scanner.model.resource import Resource
from scanner.model.world import World


def channels_of(relations: Relations, types: Collection[str]) -> set[Channel]:
    """The indexes of relations between these types."""
    channels: set[Channel] = set()
    for relation in relations.by_name.values():
        channels |= {("sources", (kind, *path)) for kind, path in relation.sources if kind in types}
        if any(kind in types for kind in relation.targets):
            channels.add(("targets", relation.targets))
    return channels


def types_of(channel: Channel) -> tuple[str, ...]:
    """The types whose resources are in the index; none where any may be."""
    kind, parts = channel
    return parts if kind == "targets" else parts[:1]


def offers(channels: Iterable[Channel], judge: Judge, exports: Exports) -> dict[str, set[str]]:
    """The keys that each file of the judge's inventory offers, of the indexes given."""
    made = _Offers()
    inventory, relations = judge.inventory, judge.relations
    for resource in inventory.resources:
        made.of_resource(resource)
    for kind, parts in channels:
        if kind == "sources":
            sources = relations.sources(parts[0], parts[1:], inventory)
            made.references(sources.by_address)
            made.each("source", sources.by_text)
            made.each(f"sources? {sources.key}", sources.undecided)
            made.each(f"sources {sources.key}", sources.beside)
        elif kind == "targets":
            targets = relations.targets(parts, inventory)
            made.each("target", targets.by_text)
            made.each(f"targets? {targets.key}", targets.undecided)
            made.each(f"targets {targets.key}", targets.beside)
        elif kind == "pointers":
            of, path = parts
            pointers = pointers_of(inventory, of, path)
            made.references(pointers.by_address)
            made.each("pointer", pointers.by_name)
            made.each(f"pointers? {of} {path}", pointers.open)
            made.each(f"pointers {of} {path}", pointers.by_folder)
        elif inventory.resources:
            anyone = inventory.resources[0]
            scope = Scope(World(), anyone, inventory, relations, judge.tenancy, {}, judge.strict_defaults, None)
            made.add(twins_offered(scope))
    made.add(exports.offered())
    return made.keys


class _Offers:
    """Keys by file."""

    def __init__(self) -> None:
        self.keys: dict[str, set[str]] = {}

    def of_resource(self, resource: Resource) -> None:
        file = file_of(resource.address)
        mine = self.keys.get(file)
        if mine is None:
            mine = self.keys[file] = {f"at {file}"}
        mine.add(f"type {resource.type}")
        mine.add(f"beside {resource.type} {resource.folder}")

    def add(self, offered: Iterable[tuple[str, str]]) -> None:
        for file, key in offered:
            self.keys.setdefault(file, set()).add(key)

    def each(self, prefix: str, table: Mapping[str, Sequence[Resource]]) -> None:
        """What an index holds, under keys of its own."""
        for key, several in table.items():
            for resource in several:
                self.keys.setdefault(file_of(resource.address), set()).add(f"{prefix} {key}")

    def references(self, by_address: Mapping[str, Sequence[Resource]]) -> None:
        """What refers to a resource of another file, by an export, bears on that file, which asks for nothing there."""
        for address, several in by_address.items():
            file = file_of(address)
            for resource in several:
                own = file_of(resource.address)
                if own != file:
                    self.keys.setdefault(own, set()).add(f"to {file}")


__all__ = ["channels_of", "offers", "types_of"]
