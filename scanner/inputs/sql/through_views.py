"""Rows of other tenants through views: read, or changed where a command on the view is one on its table.

PostgreSQL documentation, CREATE VIEW: "Updatable Views" (what a view must be for a command on it to be one on the
relation beneath, whose privileges and policies are then those of the view's owner), `security_invoker`,
`security_barrier`, WITH CHECK OPTION.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.inputs.sql.access import COMMANDS, Access
from scanner.inputs.sql.cans import ALWAYS, NEVER, Can, Never, Perhaps, Surely, both, either
from scanner.inputs.sql.held import Table, ViewHeld
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.queries import Query
from scanner.inputs.sql.readers import relations_of
from scanner.inputs.sql.ways import Leak, Open

_DEPTH = 12
_ANY = {"SELECT", "INSERT", "UPDATE", "DELETE"}
_NOT_UPDATABLE = {
    "distinctClause",
    "groupClause",
    "havingClause",
    "limitCount",
    "limitOffset",
    "withClause",
    "windowClause",
}


def by_views(access: Access, key: str, table: Table, role: str) -> Iterator[Leak | Open]:
    """Views that act as their owner, and materialized views, that the role may use."""
    for name in access.readers.views.get(key, ()):
        view = access.catalogue.views[name]
        if view.invoker:
            continue
        kind = "materialized view" if view.stored else "view"
        what = f"rows of other tenants of {key} through the {kind} {name}"
        for acting in _acting(access, role, name):
            query = Query(access, key, table, view.owner, acting, view.stored, login=role)
            if _may(access, acting, name, {"SELECT"}):
                can = query.gives(view.query)
                if isinstance(can, Never) and _is_leaky(query, view):
                    can = Perhaps("functions that whoever asks may put into a query of a view without security_barrier")
                yield from _told(role, "SELECT", f"SELECT * FROM {name}", f"read {what}", can)  # noqa: S608  # shown, never run
            for command, verb in COMMANDS.items():
                if command != "SELECT" and not view.stored and _may(access, acting, name, {command}):
                    can = _changes(replace(query, command=command), view)
                    yield from _told(role, command, _statement(command, name), f"{verb} {what}", can)


def by_ungranted_views(access: Access, key: str, table: Table, role: str | None) -> Iterator[Open]:
    """Views that act as their owner, where these files grant nobody anything: as in a dump without privileges."""
    if access.declared.schemas or any(any(each.values()) for each in access.catalogue.privileges.granted.values()):
        return
    for name in access.readers.views.get(key, ()):
        view = access.catalogue.views[name]
        query = Query(access, key, table, view.owner, role, view.stored, login=role)
        if not view.invoker and not isinstance(query.gives(view.query), Never):
            kind = "materialized view" if view.stored else "view"
            who = role or "an application's role"
            what = f"`{who}` may read rows of other tenants of {key} through the {kind} {name}, which acts as its owner"
            yield Open(f"whether {what}, rests on privileges that these files do not say")


def _acting(access: Access, role: str, view: str) -> list[str]:
    """The role, and those that it can take on where that makes another one of it: by who is asked for."""
    found = [each for each in access.catalogue.privileges.becomes(role) if _may(access, each, view, _ANY)]
    asks = len(found) > 1 and "_USER" in str(access.catalogue.views[view].query) + str(access.catalogue.tables)
    return found if asks else found[:1]


def _may(access: Access, acting: str, key: str, words: set[str]) -> bool:
    return bool(access.may_use(acting, key) & {*words, "ALL"}) and access.enters(acting, key.partition(".")[0])


def may(access: Access, role: str, key: str, words: set[str]) -> bool:
    """Whether the role, or one that it can take on, has one of these privileges on a relation that it can name."""
    schema = key.partition(".")[0]
    return any(
        access.may_use(each, key) & {*words, "ALL"} and access.enters(each, schema)
        for each in access.catalogue.privileges.becomes(role)
    )


def _is_leaky(query: Query, view: ViewHeld) -> bool:
    """Whether a tenant's own role may call a function on rows before the view's condition leaves them out.

    Whoever only sets a setting could set another tenant's as well: there nothing is kept from it anyway.
    """
    declared = query.access.declared
    where = view.query.get("SelectStmt", {}).get("whereClause")
    of_rows = "ColumnRef" in str(where)  # what asks no column is asked once, before any row
    return declared.own_role and of_rows and not view.barrier and not isinstance(query.seen(), Never)


def _changes(query: Query, view: ViewHeld, *, checked: bool = False) -> Can:
    """Whether a command on the view reaches rows of other tenants of the table, or leaves such rows there.

    `checked` where a view above says that new rows must be ones that this one shows.
    """
    checked = checked or view.check != "none"
    cascaded = view.check == "cascaded" or (checked and view.check == "none")
    if query.depth > _DEPTH:
        return Perhaps("a view of great depth")
    select = view.query.get("SelectStmt", {})
    if not _is_updatable(select):
        return NEVER
    source = select["fromClause"][0]
    (name, *_) = sorted(relations_of(source, query.access.readers.named)) or [""]
    inner = query.access.catalogue.views.get(name)
    if inner is not None:
        if inner.stored or not query.may(name, inner.owner, query.command):
            return NEVER
        deeper = query.deeper(query.caller if inner.invoker else inner.owner, change=True)
        can = _changes(deeper, inner, checked=cascaded)
        bound = "whereClause" in select and not isinstance(can, Never)
        return can if not bound or isinstance(can, Perhaps) else Perhaps(f"a condition on the view {name}")
    if name != query.key:
        return NEVER
    lets = query.lets_by(select, source)
    there = NEVER if query.command == "INSERT" else both([query.seen(), lets])
    if query.command == "DELETE":
        return there
    left = both([query.seen(new_row=True), lets if checked else ALWAYS])
    if query.command == "UPDATE" and isinstance(there, Never):
        # A row of its own must be there for it to make one of another tenant of.
        mine = both([query.seen(own=True), query.lets_by(select, source, own=True)])
        left = NEVER if isinstance(mine, Never) else left if isinstance(mine, Surely) else both([left, mine])
    if query.command == "UPDATE" and not isinstance(there, Never):
        stays = either([left, query.seen(new_row=True, own=True)])
        there = NEVER if isinstance(stays, Never) else stays if isinstance(stays, Perhaps) else there
    return either([there, left])


def _is_updatable(select: Node) -> bool:
    if len(select.get("fromClause", ())) != 1 or "RangeVar" not in select["fromClause"][0]:
        return False
    if _NOT_UPDATABLE & select.keys() or select.get("op", "SETOP_NONE") != "SETOP_NONE":
        return False
    targets = [each.get("ResTarget", {}).get("val", {}) for each in select.get("targetList", ())]
    # A view whose columns are all made of others takes DELETE only; an aggregate would need its own reading.
    return any("ColumnRef" in each for each in targets) or all("A_Const" in each for each in targets)


def _statement(command: str, name: str) -> str:
    return {
        "INSERT": f"INSERT INTO {name} … with another tenant's id",
        "UPDATE": f"UPDATE {name} SET …",  # noqa: S608  # likewise
    }.get(command, f"DELETE FROM {name}")  # noqa: S608  # likewise


def _told(role: str, command: str, statement: str, what: str, can: Can) -> Iterator[Leak | Open]:
    if isinstance(can, Surely):
        yield Leak(role, command, statement, f"`{role}` can {what}")
    elif isinstance(can, Perhaps):
        yield Open(f"whether `{role}` can {what} rests on {can.term}")


__all__ = ["by_ungranted_views", "by_views", "may"]
