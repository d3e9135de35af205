"""Ways to rows of other tenants, also with another's rights: by views and by SECURITY DEFINER functions.

A materialized view keeps the rows that its owner saw when it was refreshed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.inputs.sql.access import Access
from scanner.inputs.sql.catalogue import Table
from scanner.inputs.sql.conditions import ALWAYS, NEVER, Can, Never, Perhaps, Surely, both, holds
from scanner.inputs.sql.parsing import Node, NotUnderstood, parsed
from scanner.inputs.sql.readers import relations_of
from scanner.inputs.sql.ways import Leak, Open

_BESIDE = ("withClause", "larg", "rarg")


def ways_to(access: Access, key: str) -> Iterator[Leak | Open]:
    """Ways to rows of other tenants of a table whose row-level security is enabled; none where it is not."""
    table = access.catalogue.tables[key]
    if not table.enabled:
        return
    for role in access.users(key):
        yield from access.by_policies(key, table, role)
        if role is not None:
            yield from by_views(access, key, table, role)
        yield from by_functions(access, key, table, role)


def by_views(access: Access, key: str, table: Table, role: str) -> Iterator[Leak | Open]:
    """Views that read as their owner, and materialized views, that the role may read."""
    for name in access.readers.views.get(key, ()):
        view = access.catalogue.views[name]
        words = access.catalogue.privileges(role, name)
        if view.invoker or not words & {"SELECT", "ALL"}:
            continue
        can = _selected(access, key, table, view.query, view.owner, stored=view.stored)
        kind = "materialized view" if view.stored else "view"
        statement = f"SELECT * FROM {name}"  # noqa: S608  # shown to a person, never run
        yield from _told(role, statement, f"the {kind} {name}", key, can)


def by_functions(access: Access, key: str, table: Table, role: str | None) -> Iterator[Leak | Open]:
    """SECURITY DEFINER functions that the role may call."""
    catalogue = access.catalogue
    callers = {"public", *(catalogue.above(role) if role is not None else ())}
    readers = access.readers
    indirect = {*readers.indirect.get(key, ())}
    for name in dict.fromkeys((*readers.functions.get(key, ()), *readers.any_table, *sorted(indirect))):
        several = catalogue.functions[name]
        if not callers & catalogue.callable.get(name, set()):
            continue
        for held in several:
            function = held.function
            if not function.definer or not function.called:
                continue
            can = _called(access, key, table, function.body, function.language, held.owner)
            if isinstance(can, Never) and name in indirect:
                can = Perhaps("a view or function that it uses")
            what = f"the function {name}, which runs as its owner"
            yield from _told(role, f"SELECT {name}(…)" if function.arguments else f"SELECT {name}()", what, key, can)


def _told(role: str | None, statement: str, what: str, key: str, can: Can) -> Iterator[Leak | Open]:
    name = role or "an application's role"
    if isinstance(can, Surely):
        yield Leak(name, "SELECT", statement, f"`{name}` can read rows of other tenants of {key} through {what}")
    elif isinstance(can, Perhaps):
        yield Open(f"whether `{name}` can read rows of other tenants of {key} through {what} rests on {can.term}")


def _called(access: Access, key: str, table: Table, body: Node | str, language: str, owner: str | None) -> Can:
    if isinstance(body, str):
        if language != "sql":
            named = re.search(rf"\b{re.escape(key.partition('.')[2])}\b|\bEXECUTE\b", body, re.IGNORECASE)
            return NEVER if named is None else Perhaps(f"a body in {language}")
        try:
            nodes = parsed(body)
        except NotUnderstood:
            return Perhaps("a body that is not understood")
    else:
        nodes = [body]
    found = [_selected(access, key, table, node, owner, stored=False) for node in nodes]
    return next((each for kind in (Surely, Perhaps) for each in found if isinstance(each, kind)), NEVER)


def _selected(access: Access, key: str, table: Table, query: Node, owner: str | None, *, stored: bool) -> Can:
    """Whether a query that is run as `owner` gives rows of other tenants of the table."""
    read = relations_of(query, access.readers.named)
    if key not in read:
        hidden = read & {*access.readers.views.get(key, ())}
        return Perhaps("a view that reads another view") if hidden else NEVER
    seen = _seen(access, key, table, owner)
    if isinstance(seen, Never):
        if not stored:
            return NEVER
        seen = Perhaps("what its owner saw when it was last refreshed")
    select = query.get("SelectStmt", {})
    source = select.get("fromClause", [])
    plain = len(source) == 1 and "RangeVar" in source[0] and not any(each in select for each in _BESIDE)
    if not plain:
        return Perhaps("a query of more than one table")
    if "whereClause" not in select:
        return seen
    alias = source[0]["RangeVar"].get("alias", {}).get("aliasname")
    shown: list[Can] = []
    for case in ("set", "missing", "empty"):
        asked = access.asked(table, key, case, None, [alias] if alias else [])
        shown.append(holds(select["whereClause"], asked).true)
    where = next((each for kind in (Surely, Perhaps) for each in shown if isinstance(each, kind)), NEVER)
    return both([seen, where])


def _seen(access: Access, key: str, table: Table, owner: str | None) -> Can:
    """Whether a role sees rows of other tenants of the table; None is whoever runs the files."""
    catalogue = access.catalogue
    if owner is None or owner == "current_user":
        if catalogue.superuser is not None or (table.owner is None and not table.forced):
            return ALWAYS
        return Perhaps("whether whoever runs the files is a superuser")
    held = catalogue.roles.get(owner)
    says = held.says if held is not None else set()
    if {"SUPERUSER", "BYPASSRLS"} & says:
        return ALWAYS
    if table.owner in catalogue.above(owner) and not table.forced:
        return ALWAYS
    if held is None or not held.created:
        return Perhaps(f"whether `{owner}` is a superuser or has BYPASSRLS")
    return access.reads(key, table, owner)


__all__ = ["by_functions", "by_views", "ways_to"]
