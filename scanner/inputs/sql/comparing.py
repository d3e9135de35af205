"""What two descriptions of one database differ in: migrations and the server that they were run in.

Compared is what decides who sees which rows: tables with their row-level security, owners and policies, roles with
what they may, memberships, privileges, views and functions that act as their owner. What files leave to whoever runs
them, and roles that they do not make, are no difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from scanner.base.record import record
from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.held import Table
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.privileges import relation_word
from scanner.inputs.sql.said import Policy

Side = Literal["server only", "migrations only", "differs"]
_EACH = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"])
_TEXTS = ("text", "varchar", "bpchar", "name")
_UNBOUND = ("SUPERUSER", "BYPASSRLS", "REPLICATION", "CREATEROLE", "LOGIN")
# Whom a server, or a service that runs servers, makes for itself.
_OF_SERVERS = (
    "postgres",
    "rdsadmin",
    "rds_superuser",
    "cloudsqladmin",
    "cloudsqlsuperuser",
    "azuresu",
    "azure_superuser",
)
# The tables in which migration tools keep what has run, which no migration makes.
OF_TOOLS = (
    "alembic_version",
    "django_migrations",
    "flyway_schema_history",
    "_prisma_migrations",
    "schema_migrations",
    "ar_internal_metadata",
    "databasechangelog",
    "databasechangeloglock",
    "goose_db_version",
    "knex_migrations",
    "knex_migrations_lock",
    "pgmigrations",
    "_sqlx_migrations",
    "__diesel_schema_migrations",
)
# What the server writes for what people write.
_OPERATORS = {"AEXPR_LIKE": "~~", "AEXPR_ILIKE": "~~*"}


@record
class Differing:
    """`what` is a kind and a name, such as `policy own of public.charts`; `told` says in what, where both have it."""

    side: Side
    what: str
    told: str = ""


def differences(migrations: Catalogue, server: Catalogue) -> list[Differing]:
    """In the order of tables, views, functions, roles."""
    own = {key: table for key, table in server.tables.items() if not _is_of_tool(key, migrations)}
    return [
        *_of("table", migrations.tables, own, _tables),
        *_views(migrations, server),
        *_functions(migrations, server),
        *_roles(migrations, server),
        *_granted(migrations, server),
    ]


def _is_of_tool(key: str, migrations: Catalogue) -> bool:
    return key.rpartition(".")[2] in OF_TOOLS and key not in migrations.tables


def _of(kind: str, one: Mapping[str, Any], other: Mapping[str, Any], inner: Any) -> Iterator[Differing]:
    for key in sorted({*one, *other}):
        if key not in other:
            yield Differing("migrations only", f"{kind} {key}")
        elif key not in one:
            yield Differing("server only", f"{kind} {key}")
        else:
            yield from inner(key, one[key], other[key])


def _tables(key: str, one: Table, other: Table) -> Iterator[Differing]:
    for word, before, after in (
        ("row-level security", bool(one.enabled), bool(other.enabled)),
        ("FORCE ROW LEVEL SECURITY", bool(one.forced), bool(other.forced)),
    ):
        if before != after and (one.created or after):
            yield Differing(
                "differs", f"table {key}", f"{word}: {_on(before)} in migrations, {_on(after)} in the server"
            )
    if one.owner not in (None, "current_user", other.owner):
        told = f"owner: `{one.owner}` in migrations, `{other.owner}` in the server"
        yield Differing("differs", f"table {key}", told)
    yield from _of_table(key, one.policies, other.policies)
    missing = {name for name in one.columns if name not in other.columns} if other.columns else set()
    more = {name for name in other.columns if name not in one.columns} if one.columns else set()
    for side, names in (("migrations only", missing), ("server only", more)):
        for name in sorted(names):
            yield Differing(side, f"column {name} of {key}")  # type: ignore[arg-type]  # one of the two


def _of_table(key: str, one: Mapping[str, Policy], other: Mapping[str, Policy]) -> Iterator[Differing]:
    gone = _perhaps_gone(one, other)
    for each in _of("policy", {name: policy for name, policy in one.items() if name not in gone}, other, _policies):
        yield Differing(each.side, f"{each.what} of {key}", each.told)


def undecided(migrations: Catalogue, server: Catalogue) -> list[str]:
    """What cannot be compared: policies that may have gone with what they used, and that the server has not."""
    return [
        f"policy {name} of {key} may have gone with what it used, and the server has none"
        for key, table in migrations.tables.items()
        if key in server.tables
        for name in sorted(_perhaps_gone(table.policies, server.tables[key].policies))
    ]


def _perhaps_gone(one: Mapping[str, Policy], other: Mapping[str, Policy]) -> set[str]:
    return {name for name, policy in one.items() if not policy.new and name not in other}


def _policies(name: str, one: Policy, other: Policy) -> Iterator[Differing]:
    told = []
    if one.new:
        pairs = [
            ("command", one.command or "ALL", other.command or "ALL"),
            ("kind", _kind(one), _kind(other)),
            ("roles", ", ".join(sorted(one.roles or ("public",))), ", ".join(sorted(other.roles or ("public",)))),
        ]
        told = [f"{word}: {was} in migrations, {now} in the server" for word, was, now in pairs if was != now]
    for word, was, now, texts in (
        ("USING", one.condition, other.condition, (one.using, other.using)),
        ("WITH CHECK", one.check_condition, other.check_condition, (one.check, other.check)),
    ):
        if normal(was) != normal(now):
            told.append(f"{word}: ({texts[0] or 'none'}) in migrations, ({texts[1] or 'none'}) in the server")
    if told:
        yield Differing("differs", f"policy {name}", "; ".join(told))


def _views(one: Catalogue, other: Catalogue) -> Iterator[Differing]:
    def inner(key: str, before: Any, after: Any) -> Iterator[Differing]:
        if not before.stored and before.invoker != after.invoker:
            told = f"security_invoker: {_on(before.invoker)} in migrations, {_on(after.invoker)} in the server"
            yield Differing("differs", f"view {key}", told)
        if before.owner not in (None, "current_user", after.owner):
            told = f"owner: `{before.owner}` in migrations, `{after.owner}` in the server"
            yield Differing("differs", f"view {key}", told)

    return _of("view", one.views, other.views, inner)


def _functions(one: Catalogue, other: Catalogue) -> Iterator[Differing]:
    def named(catalogue: Catalogue) -> dict[str, Any]:
        return {
            f"{key}({', '.join(held.function.types)})": held
            for key, several in catalogue.functions.items()
            for held in several
        }

    def inner(key: str, before: Any, after: Any) -> Iterator[Differing]:
        if before.function.definer != after.function.definer:
            words = [f"SECURITY {'DEFINER' if each.function.definer else 'INVOKER'}" for each in (before, after)]
            yield Differing("differs", f"function {key}", f"{words[0]} in migrations, {words[1]} in the server")
        texts = [
            " ".join(each.split()) for each in (before.function.body, after.function.body) if isinstance(each, str)
        ]
        if len({*texts}) > 1 and not any("<redacted" in each for each in texts):
            yield Differing("differs", f"function {key}", "its body")

    return _of("function", named(one), named(other), inner)


def _roles(one: Catalogue, other: Catalogue) -> Iterator[Differing]:
    made = {name for name, held in one.roles.items() if held.created}
    for name in sorted({*one.roles, *other.roles}):
        here, there = one.roles.get(name), other.roles.get(name)
        if name in ("public", "current_user", *_OF_SERVERS) or name.startswith("pg_"):
            continue
        if there is None and name in made:
            yield Differing("migrations only", f"role {name}")
        if there is None:
            continue
        if here is None:
            # That somebody logs in as a role which the migrations grant something is what it is for.
            spoken = any(name in given for given in one.privileges.granted.values())
            says = [each for each in _UNBOUND if each in there.says and not (spoken and each == "LOGIN")]
            holds = any(name in given for given in other.privileges.granted.values()) and not spoken
            if holds or "BYPASSRLS" in says or (spoken and says):
                yield Differing("server only", f"role {name}", ", ".join(says))
            continue
        if name in made:
            for word in _UNBOUND:
                was, now = word in here.says, word in there.says
                if was != now:
                    told = f"{word}: {_on(was)} in migrations, {_on(now)} in the server"
                    yield Differing("differs", f"role {name}", told)
        for above in sorted({*here.memberships} ^ {*there.memberships}):
            side: Side = "migrations only" if above in here.memberships else "server only"
            yield Differing(side, f"membership of {name} in {above}")


def _granted(one: Catalogue, other: Catalogue) -> Iterator[Differing]:
    for key in sorted({*one.tables, *one.views} & {*other.tables, *other.views}):
        held = one.tables.get(key) or one.views.get(key)
        owners = {held.owner if held is not None else None}
        before, after = (each.privileges.granted.get(key, {}) for each in (one, other))
        for role in sorted({*before, *after} - {str(each) for each in owners}):
            was, now = _words(before.get(role)), _words(after.get(role))
            if was - now:
                yield Differing("migrations only", f"{', '.join(sorted(was - now))} on {key} for {role}")
            if now - was:
                yield Differing("server only", f"{', '.join(sorted(now - was))} on {key} for {role}")


def _words(given: set[str] | None) -> set[str]:
    words = {relation_word(each) for each in given or ()}
    return {*_EACH} if "ALL" in words else words & _EACH


def _kind(policy: Policy) -> str:
    return "RESTRICTIVE" if policy.permissive is False else "PERMISSIVE"


def _on(said: bool) -> str:
    return "on" if said else "off"


def normal(node: Node | None) -> str:
    """An expression without what the server adds and leaves out when it writes it: places, casts of texts, names."""
    return json.dumps(_normal(node), sort_keys=True)


def _normal(node: Any) -> Any:  # whatever a tree holds
    if isinstance(node, list):
        return [_normal(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "TypeCast" in node:
        cast = node["TypeCast"]
        names = cast["typeName"].get("names", [])
        inner = cast["arg"]
        is_text = bool(names) and names[-1]["String"].get("sval") in _TEXTS
        if is_text or "A_Const" in inner or "A_ArrayExpr" in inner:
            return _normal(inner)
    if "ColumnRef" in node:
        return {"column": _normal(node["ColumnRef"]["fields"][-1])}
    if "ResTarget" in node:
        return _normal(node["ResTarget"].get("val"))
    if "FuncCall" in node:
        call = node["FuncCall"]
        return {"call": call["funcname"][-1]["String"].get("sval"), "args": _normal(call.get("args", []))}
    if "A_Expr" in node:
        return _expression(node["A_Expr"])
    if "RangeVar" in node:
        return {"relation": node["RangeVar"].get("relname")}
    if "A_Const" in node:
        held = next((each for each in node["A_Const"].values() if isinstance(each, dict)), None)
        return {"constant": "NULL" if held is None else str(next(iter(held.values()), ""))}
    kept = {key: _normal(each) for key, each in node.items() if key not in ("location", "collname", "stmt_location")}
    if kept.get("defresult") == {"constant": "NULL"}:
        kept.pop("defresult")  # which a CASE has without being told
    return kept


def _expression(body: Node) -> Any:
    kind = body["kind"]
    name = body["name"][-1]["String"].get("sval", "")
    left, right = _normal(body.get("lexpr")), _normal(body.get("rexpr"))
    if kind == "AEXPR_IN":
        items = right["List"]["items"]
        if len(items) == 1:
            return {"op": name, "left": left, "right": items[0]}
        return {
            "op": f"{name} {'ANY' if name == '=' else 'ALL'}",
            "left": left,
            "right": {"A_ArrayExpr": {"elements": items}},
        }
    if kind in ("AEXPR_BETWEEN",):
        low, high = right["List"]["items"]
        parts = [{"op": ">=", "left": left, "right": low}, {"op": "<=", "left": left, "right": high}]
        return {"BoolExpr": {"boolop": "AND_EXPR", "args": parts}}
    if kind in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT") and (null := {"constant": "NULL"}) in (left, right):
        # The server keeps `IS DISTINCT FROM NULL` as `IS NOT NULL`.
        tested = "IS_NULL" if kind == "AEXPR_NOT_DISTINCT" else "IS_NOT_NULL"
        return {"NullTest": {"arg": left if right == null else right, "nulltesttype": tested}}
    if kind == "AEXPR_NOT_DISTINCT":
        apart = {"op": name, "left": left, "right": right, "kind": "AEXPR_DISTINCT"}
        return {"BoolExpr": {"boolop": "NOT_EXPR", "args": [apart]}}
    if kind in ("AEXPR_OP_ANY", "AEXPR_OP_ALL"):
        return {"op": f"{name} {kind[-3:]}", "left": left, "right": right}
    if kind in _OPERATORS:
        name = _OPERATORS[kind] if name.lstrip("!") == name else "!" + _OPERATORS[kind]
        kind = "AEXPR_OP"
    return {"op": "<>" if name == "!=" else name, "left": left, "right": right} | (
        {} if kind == "AEXPR_OP" else {"kind": kind}
    )


__all__ = ["Differing", "differences", "normal", "undecided"]
