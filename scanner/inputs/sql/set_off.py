"""What acts on a relation for a role that does not change it itself: by parents, keys, views, rules and functions.

PostgreSQL documentation, "Overview of Trigger Behavior" and "Rules and Privileges": a trigger of a partition or of a
table that inherits runs for a command on the table above it; what ON DELETE CASCADE, a rule, a view or a SECURITY
DEFINER function changes is changed with the rights of their owners, and so are triggers run that it sets off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scanner.base.record import record
from scanner.inputs.sql.access import Access
from scanner.inputs.sql.through_views import may

As = Literal["itself", "another"]
_CHANGES = {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}
_ACTS = {"c", "n", "d"}


@record
class _Way:
    """A relation whose change changes the one that is asked about, with whose rights."""

    relation: str
    by: As


def set_off(access: Access, role: str | None, relation: str) -> frozenset[As]:
    """With whose rights the relation may be changed when the role sends a command; None stands for any role."""
    found = access.set_off.get((role, relation))
    if found is None:
        found = access.set_off[role, relation] = frozenset(_found(access, role, relation))
    return found


def _found(access: Access, role: str | None, relation: str) -> Iterator[As]:
    callers = {"public", *(access.reaches(role) if role is not None else ())}
    seen: set[_Way] = set()
    waiting = [_Way(relation, "itself")]
    while waiting:
        way = waiting.pop()
        if way in seen:
            continue
        seen.add(way)
        if role is None or may(access, role, way.relation, _CHANGES):
            yield way.by
        waiting += _ways_to(access, way)
        for name in access.readers.naming.get(way.relation, ()):
            functions = access.catalogue.functions.get(name, ())
            called = callers & access.catalogue.privileges.callable.get(name, set())
            if called and any(each.function.definer and each.function.called for each in functions):
                yield "another"


def _ways_to(access: Access, way: _Way) -> Iterator[_Way]:
    catalogue, key = access.catalogue, way.relation
    yield from (_Way(each, way.by) for each in access.above(key))
    table = catalogue.tables.get(key)
    for foreign in table.foreign if table is not None else ():
        if {foreign.deletes, foreign.updates} & _ACTS:
            yield _Way(foreign.to, "another")
    for name in access.readers.views.get(key, ()):
        yield _Way(name, way.by if catalogue.views[name].invoker else "another")
    naming = {name.partition(".")[2] for name in access.readers.naming.get(key, ())}
    bare = key.partition(".")[2]
    for relation, attached in catalogue.attached.items():
        rules, triggers = attached.acting()
        if relation != key and any(bare in str(rule.actions) for rule in rules):
            yield _Way(relation, "another")
        for name in {each.function.name for each in triggers} & naming if relation != key else ():
            held = [each for one, found in catalogue.functions.items() if one.endswith(f".{name}") for each in found]
            yield _Way(relation, "another" if any(each.function.definer for each in held) else way.by)


__all__ = ["set_off"]
