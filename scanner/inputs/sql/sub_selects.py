"""Sub-selects in conditions that follow foreign keys to the rows that a row belongs to.

A row that has no tenant's column is its parent's tenant's: of the row that its foreign key names, of which there is
one (PostgreSQL documentation, "Foreign Keys"). A sub-select in a policy is bound by the policies of the tables that it
reads, as whoever's policies are asked (documentation, "Row Security Policies").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from scanner.base.record import record
from scanner.inputs.sql.binding import bodies_in
from scanner.inputs.sql.cans import ALWAYS, NEVER, Can, Never, Perhaps, both
from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.conditions import holds
from scanner.inputs.sql.declared import Identity
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.readers import Readers
from scanner.inputs.sql.values import Asked, operator, shown

_DEPTH = 4
_OTHER_CLAUSES = ("withClause", "havingClause", "groupClause", "limitCount", "limitOffset", "larg", "windowClause")
Column = tuple[str | None, str]
"""The name by which a table is read, None for the one that the condition is about, and a column of it."""


@record
class Acting:
    """Whose rights and policies hold, who `current_user` is, and `session_user`; None for whoever runs the files.

    The policies of a view's owner hold for what the view reads, and `current_user` in them is who asks the view.
    """

    role: str | None
    user: str | None
    login: str | None = None
    bound: bool = False
    """Whether policies hold for a role that nothing names, so that it is not whoever runs the files."""


class Access(Protocol):
    """Who reaches what in one database."""

    @property
    def catalogue(self) -> Catalogue:
        """What there is."""

    @property
    def identity(self) -> Identity:
        """Which columns hold a row's tenant."""

    @property
    def readers(self) -> Readers:
        """The relations by their names."""

    def does(self, key: str, command: str, acting: Acting, *, new_row: bool, own: bool = False) -> Can:
        """Whether the policies let a command at rows of other tenants."""


@record
class Beside:
    """What stands beside a row of the table `key` that is asked about."""

    access: Access
    key: str
    acting: Acting
    depth: int = 0

    def selected(self, body: Node, asked: Asked) -> Can | None:
        """Whether the sub-select of an EXISTS or IN holds for the row; None where it is not read this way."""
        select = body.get("subselect", {}).get("SelectStmt", {})
        kind = body.get("subLinkType")
        compared = [each.get("String", {}).get("sval") for each in body.get("operName", ())]
        if kind not in ("EXISTS_SUBLINK", "ANY_SUBLINK") or compared not in ([], ["="]) or self.depth > _DEPTH:
            return None
        if "FuncCall" in str(select.get("targetList", "")):
            return None  # an aggregate gives a row of no rows
        if any(each in select for each in _OTHER_CLAUSES) or "=" in asked.operators:
            return None
        parts = list(_conjuncts(select.get("whereClause")))
        tables: dict[str, str] = {}
        for each in select.get("fromClause", ()):
            if not self._read(each, tables, parts):
                return None
        if not tables:
            return None
        scope = _Scope(self, tables, asked)
        links = [link for each in parts if (link := scope.link(each)) is not None]
        if kind == "ANY_SUBLINK":
            targets = select.get("targetList", [])
            outer = scope.outer(body["testexpr"])
            inner = scope.column(targets[0].get("ResTarget", {}).get("val", {})) if len(targets) == 1 else None
            if outer is None or inner is None:
                return None
            links.append((outer, inner))
        return scope.decided([each for each in parts if scope.link(each) is None], links, shown({"SubLink": body}))

    def _read(self, source: Node, tables: dict[str, str], parts: list[Node]) -> bool:
        """Adds the tables of one item of FROM; False where it is something else."""
        if "RangeVar" in source:
            body = source["RangeVar"]
            found = self._key(body)
            name = body.get("alias", {}).get("aliasname") or body["relname"]
            if found is None or name in tables or "colnames" in body.get("alias", {}):
                return False
            tables[name] = found
            return True
        join = source.get("JoinExpr", {})
        if join.get("jointype") != "JOIN_INNER" or "alias" in join or "usingClause" in join or join.get("isNatural"):
            return False
        parts += _conjuncts(join.get("quals"))
        return self._read(join["larg"], tables, parts) and self._read(join["rarg"], tables, parts)

    def _key(self, body: Node) -> str | None:
        keys = [
            each
            for each in self.access.readers.named.get(body["relname"], ())
            if body.get("schemaname") in (None, "", each.partition(".")[0])
        ]
        return keys[0] if len(keys) == 1 and keys[0] in self.access.catalogue.tables else None

    def sees(self, key: str, asked: Asked) -> Can:
        """Whether the policies of a table let the acting role see rows of other tenants."""
        table, role = self.access.catalogue.tables[key], self.acting.role
        privileges = self.access.catalogue.privileges
        if not table.enabled or (role is None and not self.acting.bound) or self.depth >= _DEPTH:
            return ALWAYS
        if role is not None:
            held = self.access.catalogue.roles.get(role)
            says = held.says if held is not None else set()
            if {"SUPERUSER", "BYPASSRLS"} & says or (
                table.owner in privileges.has_rights_of(role) and not table.forced
            ):
                return ALWAYS
            if (held is None or not held.created) and not self.acting.bound:
                return Perhaps(f"whether `{role}` is a superuser or has BYPASSRLS")
        return self.access.does(key, "SELECT", self.acting, new_row=False, own=asked.own)


@record
class _Scope:
    """The tables of a sub-select by the names that they have in it."""

    beside: Beside
    tables: Mapping[str, str]
    asked: Asked

    def column(self, node: Node) -> Column | None:
        """Whose column it is; what stands nearest comes first."""
        fields = node.get("ColumnRef", {}).get("fields", [])
        words = [each.get("String", {}).get("sval", "*") for each in fields]
        if not words or words[-1] == "*":
            return None
        if len(words) > 1:
            return (words[-2], words[-1]) if words[-2] in self.tables else self.outer(node)
        held = [name for name, key in self.tables.items() if words[0] in self._columns(key)]
        if len(held) > 1 or any(not self._columns(key) for key in self.tables.values()):
            return None
        return (held[0], words[0]) if held else self.outer(node)

    def outer(self, node: Node) -> Column | None:
        """A column of the row that is asked about."""
        words = [each.get("String", {}).get("sval", "*") for each in node.get("ColumnRef", {}).get("fields", [])]
        own = self._columns(self.beside.key)
        if not words or words[-1] not in own or (len(words) > 1 and words[-2] not in self.asked.qualifiers):
            return None
        return None, words[-1]

    def link(self, node: Node) -> tuple[Column, Column] | None:
        """Two columns of different tables that are said to be equal."""
        body = node.get("A_Expr", {})
        if body.get("kind") != "AEXPR_OP" or operator(body) != "=":
            return None
        one, other = self.column(body.get("lexpr", {})), self.column(body.get("rexpr", {}))
        return (one, other) if one is not None and other is not None and one[0] != other[0] else None

    def decided(self, parts: Sequence[Node], links: Sequence[tuple[Column, Column]], term: str) -> Can:
        """NEVER where a table's row that is another tenant's is asked to be what none of them is."""
        tied: dict[str | None, str | None] = {None: self.beside.access.identity.column_of(self.beside.key)}
        pairs = [*links, *((other, one) for one, other in links)]
        grows = True
        while grows:
            grows = False
            for name, key in self.tables.items():
                if name in tied:
                    continue
                for above in [*tied]:
                    tie = self._tie(above, tied[above], name, key, pairs)
                    if tie is not None:
                        tied[name], grows = tie or None, True
                        break
        cans: list[Can] = []
        read = 0
        for one, column in tied.items():
            if one is None:
                continue
            key = self.tables[one]
            table = self.beside.access.catalogue.tables[key]
            deeper = replace(self.beside, key=key, depth=self.beside.depth + 1)
            about = replace(
                self.asked,
                column=column,
                qualifiers=frozenset([one]),
                types=table.columns,
                beside=deeper,
            )
            cans.append(deeper.sees(key, about))
            for each in parts:
                if self._is_about(each, one):
                    read += 1
                    cans.append(holds(each, about).true)
        if any(isinstance(each, Never) for each in cans):
            return NEVER
        if len(self.tables) == 1 and len(tied) > 1 and read == len(parts):
            return both(cans)
        return Perhaps(term)

    def _tie(
        self, above: str | None, column: str | None, name: str, key: str, pairs: Sequence[tuple[Column, Column]]
    ) -> str | None:
        """The column of a table with its row's tenant, "" for none of its own, where the row is of the tenant of the
        row `above`; else None.

        By a foreign key of a row that has no tenant of its own, or that holds its tenant; or by the tenant's column of
        both. Where two foreign keys name parents, whose tenant the row is, is not said.
        """
        access = self.beside.access
        own = access.identity.column_of(key)
        upper = self.beside.key if above is None else self.tables[above]
        equal = {(one[1], other[1]) for one, other in pairs if one[0] == above and other[0] == name}
        if column is not None and own is not None and (column, own) in equal:
            return own
        named = [each for each in access.catalogue.tables[upper].foreign if each.holds]
        parents = [each.to for each in named if self._has_tenant(each.to)]
        for each in named:
            columns, others = each.columns, each.others
            needed = {*zip(columns, others, strict=True)}
            unique = {pair for pair in needed if pair[1] in access.catalogue.tables[key].primary}
            if len(unique) == len(access.catalogue.tables[key].primary) > 0:
                needed = unique  # the rest of the row is told by its primary key
            if each.to != key or not needed <= equal:
                continue
            if column is None and parents == [key]:
                return own or ""
            if column in columns:
                return others[columns.index(column)]
        return None

    def _has_tenant(self, key: str, depth: int = 0) -> bool:
        """Whether a row of the table is some tenant's, by itself or by what it belongs to."""
        access = self.beside.access
        table = access.catalogue.tables.get(key)
        if table is None or access.identity.column_of(key) is not None:
            return True
        return depth < _DEPTH and any(
            self._has_tenant(each.to, depth + 1) for each in table.foreign if each.holds and each.to != key
        )

    def _is_about(self, node: Node, name: str) -> bool:
        """Whether it names columns of this table alone, and no other query."""
        if "SubLink" in str(node):
            return False
        found = [self.column({"ColumnRef": each}) for each in bodies_in(node, "ColumnRef")]
        return bool(found) and all(each is not None and each[0] == name for each in found)

    def _columns(self, key: str) -> Mapping[str, str]:
        table = self.beside.access.catalogue.tables.get(key)
        return table.columns if table is not None else {}


def _conjuncts(node: Node | None) -> Iterator[Node]:
    body = (node or {}).get("BoolExpr", {})
    if body.get("boolop") == "AND_EXPR":
        for each in body["args"]:
            yield from _conjuncts(each)
    elif node:
        yield node


__all__ = ["Acting", "Beside"]
