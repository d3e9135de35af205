"""Values that only a world decides, and mappings that may hold more than is known."""

from __future__ import annotations

from collections.abc import Callable

from scanner.model.unknown import MaybeList, OpenList, Unknown
from scanner.model.world import UndecidedError, World, explore_some

LEAVES = frozenset((str, int, float, bool, type(None)))


class Absent:
    """What `AWS::NoValue` gives: the property or list item is not there."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


class OpenMap(dict[str, object]):
    """The entries surely present; `unknown` says why there may be others."""

    __slots__ = ("unknown",)

    def __init__(self, entries: dict[str, object], unknown: Unknown) -> None:
        super().__init__(entries)
        self.unknown = unknown


class MaybeMap(OpenMap):
    """The entries surely as they are; each in `maybe` has one of its values. There are no others.

    Those in `may_lack` may not be there at all.
    """

    __slots__ = ("may_lack", "maybe")

    def __init__(
        self,
        entries: dict[str, object],
        maybe: dict[str, list[object]],
        unknown: Unknown,
        may_lack: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(entries, unknown)
        self.maybe = maybe
        self.may_lack = may_lack


class Deferred:
    """A value to be asked for in a world, because the template branches there or rests on an assumption.

    Stands as a value of a mapping only: a list of such values is itself deferred, so that items which are absent in
    a world can vanish. What it gives is never itself deferred.
    """

    __slots__ = ("_assumptions", "_decide", "_known", "_value")

    def __init__(self, decide: Callable[[World], object]) -> None:
        self._decide = decide
        self._known = False
        self._value: object = None
        self._assumptions: tuple[str, ...] = ()

    def force(self, world: World) -> object:
        """The value in `world`; ABSENT where the world has none. Raises UndecidedError."""
        if self._known and world.refused.isdisjoint(self._assumptions):
            for note in self._assumptions:
                world.assume(note)
            return self._value
        # What is shared in a template is asked for as often as it is named, and would be worked out each time.
        key = (id(self), world.depth > 0, world.coarse, world.spreads)
        kept = world.kept.get(key)
        if kept is not None:
            for note in kept[2]:
                world.assume(note)
            world.touches += kept[3]
            return kept[1]
        before, touches = world.assumptions, world.touches
        world.assumptions = {}
        try:
            value = self._decide(world)
        finally:
            notes = tuple(world.assumptions)
            before.update(world.assumptions)
            world.assumptions = before
        world.kept[key] = (self, value, notes, world.touches - touches)
        return value

    @classmethod
    def or_value(cls, decide: Callable[[World], object]) -> object:
        """The value itself where it is the same in every world and rests on nothing, else one to be asked for."""
        probe = World()
        deferred = cls(decide)
        try:
            value = decide(probe)
        except UndecidedError:
            return deferred
        if not probe.assumptions:
            return value
        deferred._known, deferred._value, deferred._assumptions = True, value, tuple(probe.assumptions)
        return deferred


def settle(value: object, world: World) -> object:
    """The value with nothing deferred at its top; None where it is absent."""
    if type(value) is Deferred:
        value = value.force(world)
        if value is ABSENT:
            return None
    return value


def settle_entries(mapping: dict[str, object], world: World) -> dict[str, object]:
    """The mapping with each entry settled and absent ones left out."""
    for value in mapping.values():
        if type(value) is Deferred:
            break
    else:
        return mapping
    entries: dict[str, object] = {}
    for key, value in mapping.items():
        settled = value.force(world) if type(value) is Deferred else value
        if settled is not ABSENT:
            entries[key] = settled
    return OpenMap(entries, mapping.unknown) if isinstance(mapping, OpenMap) else entries


def settle_all(value: object, world: World) -> object:
    """The value with nothing deferred inside it. Untouched parts are shared, not copied."""
    kind = value.__class__
    if kind in LEAVES:
        return value
    if kind is Deferred:
        value = settle(value, world)
        kind = value.__class__
    if kind is not dict and kind is not list and not isinstance(value, dict | list):
        return value
    if world.wide is not None and world.spreads:
        return widened(value, world) if isinstance(value, list) else widened_map(value, world)  # type: ignore[arg-type]  # a mapping, as was asked
    # This is asked of every policy for every rule, and few have anything that changes.
    if isinstance(value, dict):
        entries = settle_entries(value, world)
        changed: dict[str, object] | None = None
        for key, child in entries.items():
            if child.__class__ in LEAVES:
                continue
            settled = settle_all(child, world)
            if settled is not child:
                if changed is None:
                    changed = {}
                changed[key] = settled
        if changed is None:
            return entries
        made = {**entries, **changed}
        return OpenMap(made, value.unknown) if isinstance(value, OpenMap) else made
    assert isinstance(value, list)  # noqa: S101  # as was asked
    places: dict[int, object] | None = None
    for place, child in enumerate(value):
        if child.__class__ in LEAVES:
            continue
        settled = settle_all(child, world)
        if settled is not child:
            if places is None:
                places = {}
            places[place] = settled
    if places is None:
        return value
    items = [places.get(place, item) for place, item in enumerate(value)]
    return OpenList(items, value.unknown) if isinstance(value, OpenList) else items


OPEN = Unknown("evaluation-limit", "it rests on more choices than are tried together")


def widened(items: list[object], world: World) -> list[object]:
    """The items with nothing deferred inside; what rests on a choice may be there, as each of what it may be."""
    there: list[object] = []
    maybe: list[object] = []
    for item in items:
        found = alternatives(item, world)
        if len(found) == 1 and found[0] is not ABSENT:
            there.append(found[0])
        else:
            maybe += [each for each in found if each is not ABSENT]
    for item in items.maybe if isinstance(items, MaybeList) else ():
        maybe += [each for each in alternatives(item, world) if each is not ABSENT]
    if isinstance(items, OpenList) and not isinstance(items, MaybeList):
        return OpenList(there, items.unknown)
    if not maybe and len(there) == len(items) and all(one is other for one, other in zip(there, items, strict=True)):
        return items
    return MaybeList.of(there, maybe, items.unknown if isinstance(items, MaybeList) else OPEN)


def widened_map(entries: dict[str, object], world: World) -> dict[str, object]:
    """The entries likewise."""
    if isinstance(entries, MaybeMap):
        return entries
    there: dict[str, object] = {}
    maybe: dict[str, list[object]] = {}
    may_lack: set[str] = set()
    for key, value in entries.items():
        found = alternatives(value, world)
        if len(found) > 1:
            maybe[key] = [each for each in found if each is not ABSENT]
            may_lack.update([key] if ABSENT in found else ())
        elif found[0] is not ABSENT:
            there[key] = found[0]
    if isinstance(entries, OpenMap):
        return OpenMap(there, entries.unknown)
    if maybe:
        return MaybeMap(there, maybe, OPEN, frozenset(may_lack))
    return there if any(there.get(key) is not value for key, value in entries.items()) else entries


def alternatives(value: object, world: World) -> list[object]:
    """Every value that this may have within a wide world, ABSENT among them; an Unknown where they are too many."""
    if type(value) in LEAVES:
        return [value]

    def settled(here: World) -> object:
        given = value.force(here) if type(value) is Deferred else value
        return given if given is ABSENT else settle_all(given, here)

    explored = explore_some(settled, world.alone())
    if explored.more is not None or not explored.leaves:
        return [OPEN, ABSENT]
    found: list[object] = []
    for leaf in explored.leaves:
        for note in leaf.world.assumptions:
            world.assume(note)
        if not any(leaf.result is each or _alike(leaf.result, each) for each in found):
            found.append(leaf.result)
    return found


def _alike(one: object, other: object) -> bool:
    return type(one) in LEAVES and type(one) is type(other) and one == other


def holds_maybe(value: object) -> bool:
    """Whether some part of the value is there in some worlds only."""
    if isinstance(value, MaybeList | MaybeMap):
        return True
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(holds_maybe(child) for child in children if isinstance(child, dict | list))
