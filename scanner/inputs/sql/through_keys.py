"""Rows of other tenants that are removed or changed because of what they refer to.

PostgreSQL documentation, "Row Security Policies": "Referential integrity checks ... always bypass row security"; and
"Foreign Keys": with ON DELETE CASCADE a row goes with the row that it names, with SET NULL and SET DEFAULT it is
changed, and with ON UPDATE CASCADE it gets the other's new key. What whoever removes that row may do to the table that
refers to it is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import record
from scanner.inputs.sql.access import Access, Acting
from scanner.inputs.sql.cans import ALWAYS, NEVER, Can, Never, Perhaps, Surely
from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.ways import Leak, Open

_ACTS = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


@record
class _Key:
    """A table whose rows take others along by this command; `columns` are those of the key, which UPDATE changes."""

    table: str
    command: str
    columns: frozenset[str]
    verb: str
    act: str


def by_keys(access: Access, key: str, role: str | None) -> Iterator[Leak | Open]:
    """Commands on tables that rows of this one refer to; `role` is None for one that nothing names."""
    for each in _keys_to(access.catalogue, key):
        name = role or "an application's role"
        what = f"{each.verb} rows of other tenants of {key}, which refer to {each.table} {each.act}"
        asked = (each.table, each.command, each.columns, role)
        can = access.by_key.get(asked)
        if can is None:
            can = access.by_key[asked] = _can(access, each, role)
        if isinstance(can, Surely):
            statement = f"DELETE FROM {each.table}" if each.command == "DELETE" else f"UPDATE {each.table} SET …"  # noqa: S608  # shown, never run
            yield Leak(name, each.command, statement, f"`{name}` can {what}")
        elif isinstance(can, Perhaps):
            yield Open(f"whether `{name}` can {what} rests on {can.term}")


def _keys_to(catalogue: Catalogue, key: str) -> list[_Key]:
    found: dict[tuple[str, str], _Key] = {}
    # What is removed takes along what refers to it; a key that is changed so changes those that are made of it.
    waiting: list[tuple[str, str, frozenset[str] | None]] = [(key, "", None)]
    while waiting:
        below, first, changed = waiting.pop()
        table = catalogue.tables.get(below)
        for each in table.foreign if table is not None else ():
            for command, act in (("DELETE", each.deletes), ("UPDATE", each.updates)):
                further = act == "c" and (command == "DELETE" or changed is None or changed & {*each.columns})
                if act not in _ACTS or (first and (command != first or not further)) or each.to == key:
                    continue
                if (each.to, command) in found:
                    continue
                verb = "remove" if command == "DELETE" and act == "c" and not first else "change"
                verb = found[below, command].verb if first else verb
                told = f"ON {command} {_ACTS[act]}"
                found[each.to, command] = _Key(each.to, command, frozenset(each.others), verb, told)
                if act == "c" or not first:
                    waiting.append((each.to, command, frozenset(each.others) if command == "UPDATE" else None))
    return [*found.values()]


def _can(access: Access, key: _Key, role: str | None) -> Can:
    """Whether the role may do so to rows that other tenants' rows refer to."""
    catalogue = access.catalogue
    table = catalogue.tables.get(key.table)
    granted = any(catalogue.privileges.granted.get(key.table, {}).values())
    elsewhere = role is None or (role in access.declared.roles and not granted)
    if table is None or (role is None and access.declared.schemas):
        return NEVER
    if elsewhere:
        if granted:
            return NEVER  # to roles that are named, which are asked for themselves
        acting = Acting(role, role, role)
        if table.enabled:
            return access.does(key.table, key.command, acting, new_row=False)
        return Perhaps(f"whether it is granted {key.command} on {key.table}, which is said elsewhere")
    worst: Can = NEVER
    for each in catalogue.privileges.becomes(role or ""):
        if key.command not in access.words(each, key.table) or not _on_column(access, each, key):
            continue
        owns = table.owner == each and bool(table.forced)
        bound = table.enabled and (owns or not access.is_unbound(each, key.table))
        can: Can = ALWAYS
        if bound:
            acting = Acting(each, each, role)
            can = access.does(key.table, key.command, acting, new_row=False)
            if key.command == "UPDATE" and not isinstance(can, Never):
                left = access.leaves(key.table, acting)
                can = can if isinstance(left, Surely) else left
        if isinstance(can, Surely):
            return can
        worst = can if isinstance(worst, Never) else worst
    return worst


def _on_column(access: Access, role: str, key: _Key) -> bool:
    """Whether an UPDATE may name a column of the key."""
    privileges, table = access.catalogue.privileges, access.catalogue.tables[key.table]
    names = privileges.has_rights_of(role)
    if key.command != "UPDATE" or not key.columns or table.owner in names or "pg_write_all_data" in names:
        return True
    held = privileges.granted.get(key.table, {})
    words = {word for each in (*names, "public") for word in held.get(each, ())}
    return bool(words & {"UPDATE", "ALL", *(f"{word} of {one}" for word in ("UPDATE", "ALL") for one in key.columns)})


__all__ = ["by_keys"]
