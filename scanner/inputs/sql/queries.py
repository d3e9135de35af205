"""Whether a query with another's rights gives rows of other tenants: of a view, or of a SECURITY DEFINER function."""

from __future__ import annotations

from dataclasses import replace

from scanner.base.record import record
from scanner.inputs.sql.access import Access, Acting
from scanner.inputs.sql.cans import ALWAYS, NEVER, Can, Never, Perhaps, both, either
from scanner.inputs.sql.conditions import holds
from scanner.inputs.sql.held import Table
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.readers import relations_of
from scanner.inputs.sql.values import Case

_DEPTH = 12


@record
class Query:
    """A query that runs as `owner`, None for whoever runs the files; `caller` is who asks for it."""

    access: Access
    key: str
    table: Table
    owner: str | None
    caller: str | None
    stored: bool = False
    depth: int = 0
    command: str = "SELECT"
    login: str | None = None
    """Who logged in, where `caller` was taken on since, or owns the function that asks."""

    def gives(self, query: Node) -> Can:
        """Whether it gives rows of other tenants of the table."""
        read = relations_of(query, self.access.readers.named)
        hidden = read & {*self.access.readers.views.get(self.key, ())}
        if self.key not in read and not hidden:
            return NEVER
        if "List" in query:  # the statements of a body between BEGIN ATOMIC and END
            return either(self.gives(each) for each in query["List"].get("items", []))
        given = query.get("ReturnStmt", {}).get("returnval", {})
        if given.get("SubLink", {}).get("subLinkType") == "EXPR_SUBLINK":
            return self.gives(given["SubLink"]["subselect"])
        for kind in ("DeleteStmt", "UpdateStmt"):
            if kind in query and not {"whereClause", "usingClause", "fromClause", "withClause"} & query[kind].keys():
                named = relations_of({"RangeVar": query[kind]["relation"]}, self.access.readers.named)
                return self.seen(reads=False) if self.key in named else NEVER
        if "SelectStmt" not in query or self.depth > _DEPTH:
            return self._perhaps(self.seen(reads=False), "an expression" if given else "a statement that changes rows")
        select = query["SelectStmt"]
        if _is_none(select):
            return NEVER
        if select.get("op", "SETOP_NONE") != "SETOP_NONE":
            parts = [self.gives({"SelectStmt": select[side]}) for side in ("larg", "rarg") if side in select]
            can = either(parts)
            return can if select["op"] == "SETOP_UNION" else self._perhaps(can, "a query that leaves rows out")
        only = _only_selected(select)
        if only is not None:
            return self.deeper().gives(only)
        # What a sub-select of the columns gives is not bound by the condition beside it.
        beside = relations_of({"List": {"items": select.get("targetList", [])}}, self.access.readers.named)
        beside &= {self.key, *hidden}
        can = self._of_source(select, read, hidden)
        return either([can, self._perhaps(self._any_of(beside), "a sub-select of a column")]) if beside else can

    def _of_source(self, select: Node, read: set[str], hidden: set[str]) -> Can:
        source = select.get("fromClause", [])
        if len(source) != 1 or "withClause" in select or "havingClause" in select or _is_one_row(select):
            return self._perhaps(self._any_of(read), "a query of more than one table")
        if "RangeSubselect" in source[0]:
            can = self.deeper().gives(source[0]["RangeSubselect"]["subquery"])
            return can if "whereClause" not in select else self._perhaps(can, "a condition on a sub-select")
        if "RangeVar" not in source[0]:
            return self._perhaps(self._any_of(read), "a query of more than one table")
        return self._of_relation(select, source[0], hidden)

    def _of_relation(self, select: Node, source: Node, hidden: set[str]) -> Can:
        views = self.access.catalogue.views
        (name, *_) = sorted(relations_of(source, self.access.readers.named)) or [""]
        if name in views:
            can = self.through(name)
            return can if "whereClause" not in select else self._perhaps(can, f"a condition on the view {name}")
        if name != self.key or hidden:
            return self._perhaps(self.seen(), "a query of more than one table")
        seen = self.seen()
        if isinstance(seen, Never):
            if not self.stored:
                return NEVER
            seen = Perhaps("what its owner saw when it was last refreshed")
        if "whereClause" not in select:
            return seen
        return both([seen, self.lets_by(select, source)])

    def lets_by(self, select: Node, source: Node, *, own: bool = False) -> Can:
        """Whether the condition of a query of the table lets rows of other tenants by; if `own`, the session's."""
        if "whereClause" not in select:
            return ALWAYS
        alias = source["RangeVar"].get("alias", {}).get("aliasname")
        cases: tuple[Case, ...] = ("set", "missing", "empty")
        names = [alias] if alias else []
        acting = Acting(self.owner, self.caller, self.login)
        asked = [self.access.asked(self.table, self.key, each, acting, names, own=own) for each in cases]
        return either(holds(select["whereClause"], each).true for each in asked)

    def deeper(self, owner: str | None = None, *, change: bool = False) -> Query:
        """The same question one query further in."""
        owner = owner if change else self.owner
        return replace(self, owner=owner, depth=self.depth + 1)

    def through(self, view: str) -> Can:
        """Whether a view gives them to this query."""
        held = self.access.catalogue.views[view]
        if not self.may(view, held.owner, "SELECT"):
            return NEVER
        # One that asks as its invoker does so within another's view, too (CREATE VIEW, `security_invoker`).
        inner = self.deeper(self.caller if held.invoker else held.owner, change=True)
        if held.stored:
            inner = replace(inner, stored=True)
        return inner.gives(held.query)

    def may(self, view: str, owner: str | None, command: str) -> bool:
        """Whether the role that this query runs as may do this to a view: as itself, not as who asks first."""
        role = self.owner
        held = self.access.catalogue.roles.get(role or "")
        if role is None or role == owner or held is None or not held.created or "SUPERUSER" in held.says:
            return True
        if owner is not None and owner in self.access.catalogue.privileges.has_rights_of(role):
            return True
        return bool(self.access.catalogue.privileges.on(role, view) & {command, "ALL"})

    def _any_of(self, read: set[str]) -> Can:
        """What of all that it reads it could give at most."""
        views = [each for each in sorted(read) if each in self.access.catalogue.views]
        return either([self.seen() if self.key in read else NEVER, *(self.through(each) for each in views)])

    def _perhaps(self, can: Can, term: str) -> Can:
        if isinstance(can, Never) and not self.stored:
            return NEVER
        return can if isinstance(can, Perhaps) else Perhaps(term)

    def seen(self, *, reads: bool = True, new_row: bool = False, own: bool = False) -> Can:
        """Whether its owner reaches rows of other tenants of the table: by its command, else in any way.

        If `own`, whether it may leave rows of the session's tenant.
        """
        access, table, owner = self.access, self.table, self.owner
        if owner is None or owner == "current_user":
            if access.catalogue.superuser is not None or (table.owner is None and not (table.forced and table.enabled)):
                return ALWAYS
            return Perhaps("whether whoever runs the files is a superuser")
        held = access.catalogue.roles.get(owner)
        says = held.says if held is not None else set()
        if "SUPERUSER" in says:
            return ALWAYS
        owned = table.owner in access.catalogue.privileges.has_rights_of(owner)
        if owned and not (table.forced and table.enabled):
            return ALWAYS
        made = held is not None and held.created
        words = access.catalogue.privileges.on(owner, self.key)
        if made and not owned and not (words & {self.command, "ALL"} if reads else words):
            return NEVER
        if "BYPASSRLS" in says:
            return ALWAYS
        if not made:
            return Perhaps(f"whether `{owner}` is a superuser or has BYPASSRLS")
        if not table.enabled:
            return ALWAYS
        acting = Acting(owner, self.caller, self.login)
        command = self.command if reads else "SELECT"
        return access.does(self.key, command, acting, new_row=new_row and reads, own=own)


def _is_none(select: Node) -> bool:
    """Whether it gives no row at all."""
    limit = select.get("limitCount", {}).get("A_Const", {})
    return "ival" in limit and not limit["ival"].get("ival", 0)


def _is_one_row(select: Node) -> bool:
    """Whether all rows are one and the same, so that nothing is learnt of any but that there is one."""
    targets = [each.get("ResTarget", {}).get("val", {}) for each in select.get("targetList", [])]
    return "distinctClause" in select and all("A_Const" in each for each in targets)


def _only_selected(select: Node) -> Node | None:
    """The query of `SELECT (SELECT …)`."""
    targets = select.get("targetList", [])
    if len(targets) != 1 or {"fromClause", "whereClause", "withClause", "havingClause"} & select.keys():
        return None
    body = targets[0].get("ResTarget", {}).get("val", {}).get("SubLink", {})
    found: Node | None = body.get("subselect") if body.get("subLinkType") == "EXPR_SUBLINK" else None
    return found


__all__ = ["Query"]
