"""What each file has to answer with when the verdicts on another one ask; see `scanner.model.trace`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from scanner.engine.judging import Judge
from scanner.iam.pointing import pointers_of
from scanner.inputs.exports import Exports
from scanner.language.relations import Relations
from scanner.language.scope import Scope
from scanner.language.twins import twins_offered
from scanner.model.resource import Inventory, Resource
from scanner.model.trace import Channel, file_of
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
    made: dict[str, set[str]] = {}
    inventory, relations = judge.inventory, judge.relations

    def offer(key: str, several: Iterable[Resource]) -> None:
        for each in several:
            made.setdefault(file_of(each.address), set()).add(key)

    for resource in inventory.resources:
        file = file_of(resource.address)
        keys = made.get(file)
        if keys is None:
            keys = made[file] = {f"at {file}"}
        keys.add(f"type {resource.type}")
        keys.add(f"beside {resource.type} {resource.folder}")
    for kind, parts in channels:
        if kind == "sources":
            sources = relations.sources(parts[0], parts[1:], inventory)
            _refer(made, sources.by_address)
            for text, several in sources.by_text.items():
                offer(f"source {text}", several)
            for folder, several in sources.undecided.items():
                offer(f"sources? {sources.key} {folder}", several)
            for folder, several in sources.beside.items():
                offer(f"sources {sources.key} {folder}", several)
        elif kind == "targets":
            targets = relations.targets(parts, inventory)
            for text, several in targets.by_text.items():
                offer(f"target {text}", several)
            for folder, several in targets.undecided.items():
                offer(f"targets? {targets.key} {folder}", several)
            for folder, several in targets.beside.items():
                offer(f"targets {targets.key} {folder}", several)
        elif kind == "pointers":
            _offer_pointers(made, inventory, parts)
        elif inventory.resources:
            anyone = inventory.resources[0]
            scope = Scope(World(), anyone, inventory, relations, judge.tenancy, {}, judge.strict_defaults, None)
            for file, key in twins_offered(scope):
                made.setdefault(file, set()).add(key)
    for file, key in exports.offered():
        made.setdefault(file, set()).add(key)
    return made


def _offer_pointers(made: dict[str, set[str]], inventory: Inventory, parts: Sequence[str]) -> None:
    kind, path = parts
    pointers = pointers_of(inventory, kind, path)
    _refer(made, pointers.by_address)
    for form, found in (("pointer {}", pointers.by_name), (f"pointers? {kind} {path} {{}}", pointers.open)):
        for name, several in found.items():
            for each in several:
                made.setdefault(file_of(each.address), set()).add(form.replace("{}", name))
    for folder, several in pointers.by_folder.items():
        for each in several:
            made.setdefault(file_of(each.address), set()).add(f"pointers {kind} {path} {folder}")


def _refer(made: dict[str, set[str]], by_address: Mapping[str, Sequence[Resource]]) -> None:
    """What refers to a resource of another file, by an export, bears on that file, which asks for nothing there."""
    for address, several in by_address.items():
        file = file_of(address)
        for each in several:
            own = file_of(each.address)
            if own != file:
                made.setdefault(own, set()).add(f"to {file}")


__all__ = ["channels_of", "offers", "types_of"]
