"""Relations between resources, declared as data and matched in three values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from scanner.model.deferred import OpenMap, settle
from scanner.model.resource import Inventory, Resource, same_value
from scanner.model.text import Text, text_of
from scanner.model.unknown import OpenList, Reference, Unknown
from scanner.model.world import Undecided, World

Lives = Literal["beside", "anywhere"]


@dataclass(frozen=True, slots=True)
class Relation:
    """`sources` are (type, path of the property that names the target); asked from either end.

    `lives` says where the source lives: *beside* the target, so that none read means none, or *anywhere*.
    """

    name: str
    sources: tuple[tuple[str, tuple[str, ...]], ...]
    targets: tuple[str, ...]
    lives: Lives = "beside"


@dataclass(slots=True)
class Edges:
    """The sources of one relation by what they name: a resource of the set, a literal, or not decided without a world."""

    by_address: dict[str, list[Resource]] = field(default_factory=dict)
    by_text: dict[str, list[Resource]] = field(default_factory=dict)
    undecided: list[Resource] = field(default_factory=list)

    @classmethod
    def of(cls, sources: Sequence[Resource], path: tuple[str, ...]) -> Edges:
        edges = cls()
        for source in sources:
            probe = World()
            try:
                values = list(_values(source, path, probe))
            except Undecided:
                edges.undecided.append(source)
                continue
            if probe.assumptions or any(isinstance(v, Text | Unknown) and not isinstance(v, Reference) for v in values):
                edges.undecided.append(source)
                continue
            for value in values:
                if isinstance(value, Reference):
                    edges.by_address.setdefault(value.resource, []).append(source)
                else:
                    edges.by_text.setdefault(str(_neutral(value)), []).append(source)
        return edges


@dataclass(slots=True)
class Relations:
    """All declared relations. `complete` is true for a snapshot whose calls all succeeded."""

    by_name: Mapping[str, Relation]
    complete: bool = False
    _edges: dict[tuple[str, str], Edges] = field(default_factory=dict)

    def related(self, name: str, resource: Resource, inventory: Inventory, world: World) -> object:
        """The fields of the resources at the other end, open where an edge cannot be decided. Raises Undecided."""
        relation = self.by_name[name]
        found: list[object] = []
        unknown: Unknown | None = None
        forwards = [path for kind, path in relation.sources if kind == resource.type]
        for path in forwards:
            for value in _values(resource, path, world):
                if isinstance(value, Unknown) and not isinstance(value, Reference) and value.symbol is None:
                    unknown = unknown or value
                    continue
                hit, doubt = self._targets(relation, value, resource, inventory, world)
                found.extend(hit)
                unknown = unknown or doubt
        if resource.type in relation.targets:
            for kind, path in relation.sources:
                for other in self._near(kind, path, resource, inventory, world):
                    edge = self._edge(other, path, resource, world)
                    if edge is False:
                        continue
                    if not other.exists(world):
                        continue
                    if edge is True:
                        found.append(other.fields)
                    else:
                        unknown = unknown or edge
            if relation.lives == "anywhere" and not self.complete and unknown is None and not found:
                unknown = Unknown("undeclared", f"the {name.replace('-', ' ')} may be outside the files scanned")
        return found if unknown is None else OpenList(found, unknown.plain())

    def _near(
        self, kind: str, path: tuple[str, ...], target: Resource, inventory: Inventory, world: World
    ) -> Sequence[Resource]:
        """The sources that may name the target; all others surely do not. Keeps joins linear."""
        key = (kind, ".".join(path))
        edges = self._edges.get(key)
        if edges is None:
            edges = self._edges[key] = Edges.of(inventory.of_type(kind), path)
        names = target.names(world)
        near = [*edges.by_address.get(target.address, ()), *edges.undecided]
        for name in (names.name, names.arn):
            if isinstance(name, str):
                near += edges.by_text.get(str(_neutral(name)), ())
            elif not isinstance(name, Reference):
                near += [each for found in edges.by_text.values() for each in found]
        return list(dict.fromkeys(near))

    def _targets(
        self, relation: Relation, value: object, resource: Resource, inventory: Inventory, world: World
    ) -> tuple[list[object], Unknown | None]:
        found: list[object] = []
        doubt: Unknown | None = None
        if isinstance(value, Reference):
            target = inventory.at(value.resource)
            return ([target.fields] if target is not None and target.type in relation.targets else []), None
        for kind in relation.targets:
            for target in inventory.of_type(kind):
                same = _names(value, target, world)
                if same is True:
                    return [target.fields], None
                if isinstance(same, Unknown):
                    doubt = doubt or same
        if not found and doubt is None and isinstance(value, Unknown):
            doubt = value
        return found, doubt

    def _edge(self, source: Resource, path: tuple[str, ...], target: Resource, world: World) -> bool | Unknown:
        unknown: Unknown | None = None
        for value in _values(source, path, world):
            same = _names(value, target, world)
            if same is True:
                return True
            if isinstance(same, Unknown):
                unknown = unknown or same
        return False if unknown is None else unknown


def _values(resource: Resource, path: Sequence[str], world: World) -> Iterator[object]:
    """Every value at the path; lists on the way are entered."""
    values: list[object] = [settle(resource.fields.get("Properties"), world)]
    for key in path:
        below: list[object] = []
        for value in values:
            if isinstance(value, Unknown):
                yield value
            elif isinstance(value, dict):
                if key in value:
                    child = settle(value[key], world)
                    below.extend(child if isinstance(child, list) else [child])
                    if isinstance(child, OpenList):
                        yield child.unknown.plain()
                elif isinstance(value, OpenMap):
                    yield value.unknown.plain()
        values = below
    yield from (value for value in values if value is not None)


def _names(value: object, target: Resource, world: World) -> bool | Unknown:
    """Whether a value names the resource: as a symbol, by its name, or by its ARN. Raises Undecided."""
    if isinstance(value, Reference):
        return value.resource == target.address
    if not isinstance(value, str | Text | Unknown):
        return False
    if isinstance(value, Text):
        # A name that merely contains another's, such as `${Bucket}-logs`, is a different name.
        if value.prefix.startswith("arn:") and any(
            isinstance(hole, Reference) and hole.resource == target.address for hole in value.holes
        ):
            return True
    names = target.names(world)
    unknown: Unknown | None = None
    for name in (names.name, names.arn):
        if isinstance(name, Reference) and not isinstance(value, Unknown):
            # No literal names what the same deployment is only going to name.
            continue
        same = same_value(_neutral(value), _neutral(name))
        if same is True:
            return True
        if same is None:
            unknown = unknown or _why(value) or _why(name)
    return False if unknown is None else unknown


def _neutral(value: object) -> object:
    """An ARN without its partition: one account has but one."""
    if isinstance(value, str) and value.startswith("arn:"):
        return "arn:*:" + value.split(":", 2)[-1]
    if isinstance(value, Text) and value.parts[0] == "arn:" and isinstance(value.parts[1], Unknown):
        return text_of(("arn:*", *value.parts[2:]))
    if isinstance(value, Text) and value.prefix.startswith("arn:") and value.prefix.count(":") > 1:
        return text_of(("arn:*:" + value.prefix.split(":", 2)[-1], *value.parts[1:]))
    return value


def _why(value: object) -> Unknown | None:
    return value if isinstance(value, Unknown) else value.unknown if isinstance(value, Text) else None
