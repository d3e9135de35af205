"""What runs code or makes calls as a role: the resources of the files that have it in a property, however deep."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import record
from scanner.iam.escalation_rows import escalation_rows
from scanner.iam.reference_index import Pointers, put
from scanner.iam.resource_arns import resource_arns
from scanner.model.deferred import Deferred, settle
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource, settled_reference
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.system.closed_world import actions_on_form

_ROLE = "role"
# What these hold is no role, and the choices in them are many.
_ELSEWHERE = frozenset({"Code", "Environment", "Tags"})


@record
class Runner:
    """A resource that runs as a role; `surely` and `perhaps` are the actions on it that change what it runs.

    `doubt` says why it may run as another one.
    """

    resource: Resource
    surely: tuple[str, ...]
    perhaps: tuple[str, ...]
    doubt: Unknown | None


def runners_of(role: Resource, inventory: Inventory, world: World) -> Iterator[Runner]:
    """Raises UndecidedError."""
    pointers = inventory.remember(("running as",), lambda: _index(inventory))
    assert isinstance(pointers, Pointers)  # noqa: S101  # what was remembered under this key
    found = dict.fromkeys(pointers.by_address.get(role.address, []))
    names = role.names(world)
    for name in (names.name, names.arn, role.logical_id):
        if isinstance(name, str):
            found.update(dict.fromkeys(pointers.by_name.get(name.rpartition("/")[2], [])))
        elif isinstance(name, Text):
            found.update(dict.fromkeys(pointers.by_folder.get(role.folder, [])))
    found.update(dict.fromkeys(pointers.open.get(role.folder, [])))
    for each in found:
        runs = _runs_as(each, role, world) if each.exists(world) else False
        if runs is False:
            continue
        (form,) = resource_arns().of_type(each.type)[:1]
        on_it = actions_on_form(form)
        surely, perhaps = escalation_rows().changing(name for kind in on_it.kinds for name in kind)
        yield Runner(each, surely, perhaps, runs if isinstance(runs, Unknown) else None)


def _index(inventory: Inventory) -> Pointers:
    pointers = Pointers()
    for each in inventory.resources:
        if not _is_compute(each.type):
            continue
        properties = each.fields.get("Properties")
        if not isinstance(properties, dict):
            pointers.open.setdefault(each.folder, []).append(each)
            continue
        pointers.by_folder.setdefault(each.folder, []).append(each)
        for value in _roles(properties):
            for item in value if isinstance(value, list) else [value]:
                put(pointers, each, settled_reference(item))
    return pointers


def _is_compute(type_name: str) -> bool:
    forms = resource_arns().of_type(type_name)[:1]
    return bool(forms) and forms[0].service in escalation_rows().compute


def _roles(value: object, *, named: bool = False) -> Iterator[object]:
    """What properties that are called a role say; what only a world decides counts wherever it is."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key not in _ELSEWHERE:
                yield from _roles(child, named=_ROLE in str(key).lower())
    elif isinstance(value, list):
        for child in value:
            yield from _roles(child, named=named)
    elif named or isinstance(value, Deferred):
        yield value


def _settled(value: object, world: World, *, named: bool = False) -> Iterator[object]:
    for each in _roles(value, named=named):
        if isinstance(each, Deferred):
            yield from _settled(settle(each, world), world, named=True)
        else:
            yield each


def _runs_as(resource: Resource, role: Resource, world: World) -> bool | Unknown:
    properties = settle(resource.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties
    unknown: Unknown | None = None
    for value in _settled(properties, world):
        named = names_resource(value, role, world)
        if named is True:
            return True
        if isinstance(named, Unknown):
            unknown = unknown or named
    return False if unknown is None else unknown
