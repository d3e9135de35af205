"""Resources that several tenants have alike, and in what one of them is not like the others."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.language.expressions.declared_intent import tenant_of
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.dependency_trace import file_of
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Reference, Unknown, first_unknown
from scanner.model.world import UndecidedError, World

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

# Two that differ do not say which of them is the odd one.
_FEWEST = 3
_HOLE = "${tenant}"
_UNDECIDED = Unknown("undeclared", "what other tenants' stacks say is not all known")


@dataclass(slots=True)
class Twins:
    """By address, the properties of each twin as text with the tenant's id taken out; None where it is not decided.

    `common` counts the texts of each property. `perhaps` are resources of the type whose tenant is not decided.
    """

    forms: dict[str, Mapping[str, object]] = field(default_factory=dict)
    common: dict[str, Counter[object]] = field(default_factory=dict)
    perhaps: int = 0


@dataclass(slots=True)
class _Everybody:
    """All groups of twins, and by type how many resources there are whose tenant is not decided."""

    twins: dict[tuple[str, str], Twins]
    perhaps: Counter[str]


def unlike_twins(_: Sequence[object], scope: Scope) -> object:
    """The properties in which the resource is unlike those of most other tenants.

    Its twins have the same type and, but for the tenant's id, the same logical id. Fewer than three tell nothing.
    """
    here = scope.resource
    tenant = tenant_of(here, scope)
    if not isinstance(tenant, str):
        return tenant if isinstance(tenant, Unknown) else []
    if (trace := scope.inventory.trace) is not None:
        trace.channels.add(("twins", ()))
        trace.ask(f"twins {here.type}")
    everybody = scope.inventory.remember(unlike_twins, lambda: _twins(scope))
    if not isinstance(everybody, _Everybody):
        return []
    twins = everybody.twins.get(_key(here, tenant), Twins(perhaps=everybody.perhaps[here.type]))
    if here.address not in twins.forms:
        # Whose it is rests on a choice: in this world it is one of those that may be twins, and so may others be.
        return [] if len(twins.forms) + twins.perhaps < _FEWEST else _UNDECIDED
    if len(twins.forms) < _FEWEST:
        return [] if len(twins.forms) + twins.perhaps < _FEWEST else _UNDECIDED
    own = _forms(here, tenant, scope.world)
    unknown = own.unknown.plain() if isinstance(own, OpenMap) else None
    if _is_odd("", Counter({None: sum(isinstance(form, OpenMap) for form in twins.forms.values())}), twins) is None:
        unknown = unknown or _UNDECIDED
    found: list[object] = []
    for name in twins.common:
        odd = _is_odd(own.get(name, ""), twins.common[name], twins)
        if odd is True:
            found.append(name)
        elif odd is None:
            unknown = unknown or _UNDECIDED
    return found if unknown is None else OpenList(found, unknown)


def twins_offered(scope: Scope) -> Iterator[tuple[str, str]]:
    """The file of each resource that is one tenant's, or may be, with the key that its twins ask."""
    alone = scope.bind({})
    for resource in scope.inventory.resources:
        alone.world = World()
        try:
            may_be = tenant_of(resource, alone) is not None
        except UndecidedError:
            may_be = True
        if may_be:
            yield file_of(resource.address), f"twins {resource.type}"


def _is_odd(own: object, common: Counter[object], twins: Twins) -> bool | None:
    """Whether more than half have one other form, whatever those are that are not decided."""
    if own is None:
        return None
    most = max((count for form, count in common.items() if form is not None and form != own), default=0)
    everybody = len(twins.forms) + twins.perhaps
    if most * 2 > everybody:
        return True
    # Those that are open may join the largest group of the others, or be one.
    may_join = common[None] + twins.perhaps
    return None if may_join and (most + may_join) * 2 > everybody else False


def _twins(scope: Scope) -> _Everybody:
    """All groups of twins, read once: in a world of its own, where what rests on a choice is not decided."""
    groups: dict[tuple[str, str], Twins] = {}
    perhaps: Counter[str] = Counter()
    alone = scope.bind({})
    for resource in scope.inventory.resources:
        alone.world = World()
        try:
            tenant = tenant_of(resource, alone) if resource.exists(alone.world) else None
        except UndecidedError:
            perhaps[resource.type] += 1
            continue
        if not isinstance(tenant, str):
            perhaps[resource.type] += isinstance(tenant, Unknown)
            continue
        twins = groups.setdefault(_key(resource, tenant), Twins())
        twins.forms[resource.address] = _forms(resource, tenant, None)
    for (type_name, _), twins in groups.items():
        twins.perhaps = perhaps[type_name]
        names = dict.fromkeys(name for form in twins.forms.values() for name in form)
        for name in names:
            # Of properties that are not all known, one that is not there may be.
            twins.common[name] = Counter(
                form.get(name, None if isinstance(form, OpenMap) else "") for form in twins.forms.values()
            )
    return _Everybody(groups, perhaps)


def _key(resource: Resource, tenant: str) -> tuple[str, str]:
    plain = re.sub(r"[^A-Za-z0-9]", "", tenant)
    return resource.type, re.sub(re.escape(plain), _HOLE, resource.logical_id, flags=re.IGNORECASE)


def _forms(resource: Resource, tenant: str, world: World | None) -> dict[str, object]:
    """Raises UndecidedError where a world is given; without one each property is read in its own."""
    try:
        properties = settle(resource.fields.get("Properties"), world if world is not None else World())
    except UndecidedError as undecided:
        if world is not None:
            raise
        return OpenMap({}, Unknown("undeclared", str(undecided)))
    if isinstance(properties, Unknown):
        return OpenMap({}, properties.plain())
    forms: dict[str, object] = {}
    for name, value in properties.items() if isinstance(properties, dict) else ():
        here = world if world is not None else World()
        try:
            settled = settle_all(value, here)
        except UndecidedError:
            if world is not None:
                raise
            forms[name] = None
            continue
        shown = _shown(settled, tenant)
        forms[name] = None if shown is None else json.dumps(shown, sort_keys=True)
    return OpenMap(forms, properties.unknown.plain()) if isinstance(properties, OpenMap) else forms


def _shown(value: object, tenant: str) -> object:
    """The value with holes for the tenant's id and for what deployment names; None where it is not known."""
    if isinstance(value, str):
        return re.sub(rf"(?<![A-Za-z0-9]){re.escape(tenant)}(?![A-Za-z0-9])", _HOLE, value)
    if isinstance(value, Reference):
        name = value.resource.rpartition("#")[2]
        return ["ref", re.sub(re.escape(re.sub(r"[^A-Za-z0-9]", "", tenant)), _HOLE, name, flags=re.IGNORECASE)]
    if isinstance(value, Unknown):
        pseudo = value.symbol is not None and value.symbol[0] == "pseudo"
        return ["pseudo", str(value.symbol[-1])] if pseudo and value.symbol is not None else None
    if isinstance(value, Text):
        parts = [_shown(part, tenant) for part in value.parts]
        return None if any(part is None for part in parts) else ["text", parts]
    if isinstance(value, OpenMap | OpenList):
        return None
    if isinstance(value, dict | list):
        if first_unknown(value) is not None and not _all_named(value):
            return None
        if isinstance(value, dict):
            return {key: _shown(child, tenant) for key, child in value.items()}
        return [_shown(child, tenant) for child in value]
    # A null that is written is no unknown.
    return "null" if value is None else value


def _all_named(value: object) -> bool:
    if isinstance(value, OpenMap | OpenList):
        return False
    if isinstance(value, dict):
        return all(_all_named(child) for child in value.values())
    if isinstance(value, list):
        return all(_all_named(child) for child in value)
    if isinstance(value, Text):
        return all(_all_named(part) for part in value.parts)
    if isinstance(value, Reference) or not isinstance(value, Unknown):
        return True
    return value.symbol is not None and value.symbol[0] == "pseudo"
