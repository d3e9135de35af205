"""What is the session's tenant in a database, and the row's: as declared, else as most policies have it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.base.record import record
from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import Function
from scanner.inputs.sql.values import inlined, setting_of

_OF_TENANTS = re.compile(
    r"tenant|organi[sz]ation|(?:^|[._>\s])org(?:$|_)|account|customer|client|clinic|practice|hospital|company|workspace"
    r"|team|site",  # whether a user, member or owner stands for a tenant, nobody can see
    re.IGNORECASE,
)
_DEPTH = 4
_TENANT_COLUMN = re.compile(r"^(?:tenant|org|organi[sz]ation|clinic|company|workspace|customer)(?:_?(?:id|uuid|key))?$")


def says_tenant(name: str) -> bool:
    """Whether a setting or column is named after what a tenant is called."""
    return _OF_TENANTS.search(name) is not None


@record
class Declared:
    """`database:` of tenancy.yaml for one database.

    `own_roles` and `schemas` are patterns of names with `${tenant}`: each tenant has a role or a schema of its own.
    `resource` is what the database runs in, as people call it.
    """

    setting: str | None = None
    column: str | None = None
    roles: tuple[str, ...] = ()
    own_roles: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    version: int | None = None
    resource: str | None = None

    @property
    def own_role(self) -> bool:
        """Whether each tenant logs in as a role of its own."""
        return bool(self.own_roles)

    def tenant_of_schema(self, schema: str) -> str | None:
        """The tenant whose schema this is."""
        return _tenant(self.schemas, schema)

    def tenant_of_role(self, role: str) -> str | None:
        """The tenant whose role this is."""
        return _tenant(self.own_roles, role)

    @classmethod
    def of(cls, entries: Sequence[Mapping[str, Any]], folder: str) -> Declared:
        """What is declared for the database whose files lie in this folder; an entry without `name` is for all."""
        parts = folder.replace("\\", "/").split("/")
        chosen = [each for each in entries if each.get("name") in (None, *parts)]
        roles = [str(each["role"]) for each in chosen if "role" in each]
        return cls(
            next((each["setting"] for each in chosen if "setting" in each), None),
            next((each["column"] for each in chosen if "column" in each), None),
            tuple(role for role in roles if "${" not in role),
            tuple(role for role in roles if "${" in role),
            tuple(str(each["schema"]) for each in chosen if "schema" in each),
            next((int(each["version"]) for each in chosen if "version" in each), None),
            next((str(each["resource"]) for each in chosen if "resource" in each), None),
        )


def _tenant(patterns: Sequence[str], name: str) -> str | None:
    for each in patterns:
        before, _, after = each.partition("${tenant}")
        own = name[len(before) : len(name) - len(after)]
        if own and name == before + own + after:
            return own
    return None


@record
class Identity:
    """`columns` are the columns of each table that hold the row's tenant."""

    setting: str | None
    columns: Mapping[str, str | None]
    functions: Mapping[str, Function | None]

    def column_of(self, key: str) -> str | None:
        """The column of this table that holds the row's tenant, None where none is known."""
        return self.columns.get(key)


def identity_of(catalogue: Catalogue, declared: Declared) -> Identity:
    """What most policies compare with a setting, where nothing is declared."""
    functions = catalogue.inlinable()
    pairs = {
        key: [
            pair
            for policy in table.policies.values()
            for node in (policy.condition, policy.check_condition)
            if node is not None
            for pair in _equated(node, functions)
        ]
        for key, table in catalogue.tables.items()
    }
    read = Counter(
        each
        for table in catalogue.tables.values()
        for policy in table.policies.values()
        for node in (policy.condition, policy.check_condition)
        for each in (_read_in(node, functions) if node is not None else ())
        if _OF_TENANTS.search(each)
    )
    counted = Counter(pair for several in pairs.values() for pair in several)
    settings: Counter[str] = Counter()
    for (column, key), times in counted.items():
        if _OF_TENANTS.search(key) or _OF_TENANTS.search(column):
            settings[key] += times
    # One that no policy compares a column with, such as in `IS NOT NULL`, is better than none.
    said = settings or read
    setting = declared.setting or (said.most_common(1)[0][0] if said else None)
    usual = Counter(column for (column, key), times in counted.items() for _ in range(times) if key == setting)
    columns: dict[str, str | None] = {}
    for key, table in catalogue.tables.items():
        # What a sub-select compares may be another table's column.
        compared = [column for column, said in pairs[key] if said == setting]
        own = list(dict.fromkeys(each for each in compared if each in table.columns or not table.columns))
        columns[key] = _column(list(table.columns), own, declared.column, [name for name, _ in usual.most_common()])
    return Identity(setting, columns, functions)


def _column(has: Sequence[str], own: Sequence[str], declared: str | None, usual: Sequence[str]) -> str | None:
    if declared is not None and (declared in has or not has):
        return declared
    named = [each for each in has if _TENANT_COLUMN.match(each.lower())]
    for each in (*named[:1], *(name for name in usual if name in has and _OF_TENANTS.search(name))):
        if each in own or not own or each in named:
            return each
    return own[0] if own else None


def _equated(node: object, functions: Mapping[str, Function | None], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Columns that a condition compares with a setting."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            body, call = each.get("A_Expr"), each.get("FuncCall")
            inner = inlined(call, functions) if isinstance(call, dict) and depth < _DEPTH else None
            if inner is not None:
                yield from _equated(inner, functions, depth + 1)
            if isinstance(body, dict):
                left, right = body.get("lexpr", {}), body.get("rexpr", {})
                for one, other in ((left, right), (right, left)):
                    column = _bare(one) if isinstance(one, dict) else None
                    for key in _settings_in(other, functions) if column is not None else ():
                        yield str(column), key
            waiting += each.values()


def _read_in(node: object, functions: Mapping[str, Function | None]) -> Iterator[str]:
    """The settings that a condition reads."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            key = setting_of(each, functions) if len(each) == 1 else None
            if key is not None:
                yield key
            else:
                waiting += each.values()


def _settings_in(node: Node, functions: Mapping[str, Function | None]) -> Iterator[str]:
    """The setting that one side of a comparison is, or those in its list."""
    while "TypeCast" in node and "A_ArrayExpr" in node["TypeCast"]["arg"]:
        node = node["TypeCast"]["arg"]
    listed = [*node.get("List", {}).get("items", []), *node.get("A_ArrayExpr", {}).get("elements", [])]
    for each in listed or [node]:
        key = setting_of(each, functions)
        if key is not None:
            yield key


def _bare(node: Node) -> str | None:
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    fields = node.get("ColumnRef", {}).get("fields", [])
    return fields[-1].get("String", {}).get("sval") if fields else None


__all__ = ["Declared", "Identity", "identity_of", "says_tenant"]
