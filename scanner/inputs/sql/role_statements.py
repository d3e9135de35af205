"""Statements that make roles, and give and take memberships and privileges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from scanner.inputs.sql.nodes import (
    FUNCTIONS,
    dotted,
    is_on,
    listed,
    name_of,
    options_of,
    role_of,
    string_of,
)
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import DropRole, Grant, Membership, Name, Role, Said, UserMapping

_OPTIONS = {
    "superuser": "SUPERUSER",
    "bypassrls": "BYPASSRLS",
    "canlogin": "LOGIN",
    "createrole": "CREATEROLE",
    "isreplication": "REPLICATION",
    "inherit": "INHERIT",
}
_GRANTED_ON = {"OBJECT_SCHEMA": "schemas", "OBJECT_FOREIGN_SERVER": "servers"}


def _role(body: Node) -> Iterator[Said]:
    new = "stmt_type" in body or isinstance(body.get("role"), str)
    name = body["role"] if new else role_of(body["role"])
    says: set[str] = set()
    if new:  # the documentation of CREATE ROLE: CREATE USER implies LOGIN
        says.add("LOGIN" if body.get("stmt_type") == "ROLESTMT_USER" else "NOLOGIN")
    options = options_of(body)
    for key, arg in options.items():
        if key in _OPTIONS:
            option = _OPTIONS[key]
            says.discard(option)
            says.discard(f"NO{option}")
            says.add(option if is_on(arg) else f"NO{option}")
    members = [role_of(each) for key in ("rolemembers", "adminmembers") for each in listed(options.get(key))]
    if not new and body.get("action") == -1:  # ALTER GROUP … DROP USER
        yield Grant((name,), (), tuple(members), taken=True)
        return
    password = string_of(options.get("password") or {})
    above = tuple(role_of(each) for each in listed(options.get("addroleto")))
    yield Role(name, new, frozenset(says), above, tuple(members), (password,) if password else ())


def _cascades(body: Node) -> bool:
    return bool(body.get("behavior") == "DROP_CASCADE")


def _dropped_roles(body: Node) -> Iterator[Said]:
    yield DropRole(tuple(role_of(each) for each in body.get("roles", ())))


def _granted_roles(body: Node) -> Iterator[Said]:
    options = options_of(body, "opt")
    taken = not body.get("is_grant", False)
    # REVOKE ADMIN OPTION FOR and the like: the membership stays, without that.
    said = {key: not taken and is_on(arg) for key, arg in options.items()}
    membership = Membership(said.get("inherit"), said.get("set", True), said.get("admin", False), frozenset(options))
    roles = tuple(each["AccessPriv"]["priv_name"] for each in body.get("granted_roles", ()))
    to = tuple(role_of(each) for each in body.get("grantee_roles", ()))
    by = role_of(body["grantor"]) if "grantor" in body else None
    yield Grant(roles, (), to, taken, membership, grantor=by, cascade=_cascades(body))


def granted(body: Node, of: str | None = None, schema: str | None = None, by: str | None = None) -> Iterator[Said]:
    """Privileges on relations, functions, schemas and foreign servers."""
    taken = not body.get("is_grant", False)
    if taken and body.get("grant_option"):
        return
    kind = body.get("objtype")
    if kind not in ("OBJECT_TABLE", "OBJECT_SCHEMA", "OBJECT_FOREIGN_SERVER", *FUNCTIONS):
        return
    given = [each["AccessPriv"] for each in body.get("privileges", ())] or [{}]
    to = tuple(role_of(each) for each in body.get("grantees", ()))
    on: tuple[Name | str, ...] = ()
    functions = kind in FUNCTIONS
    what = "functions" if functions else _GRANTED_ON.get(kind, "tables")
    if body.get("targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        on = tuple(f"ALL {what.upper()} IN SCHEMA {string_of(each)}" for each in body.get("objects", ()))
    elif functions:
        on = tuple(dotted(each["ObjectWithArgs"]["objname"]) for each in body.get("objects", ()))
    elif kind in _GRANTED_ON:
        on = tuple(Name(string_of(each)) for each in body.get("objects", ()))
    else:
        on = tuple(name_of(each["RangeVar"]) for each in body.get("objects", ()))
    given_on = Grant(tuple(_privileges(given)), on, to, taken, Membership(), (of or "") + what, schema, by)
    yield replace(given_on, cascade=_cascades(body))


def _privileges(given: Sequence[Node]) -> Iterator[str]:
    for each in given:
        name = str(each.get("priv_name", "all")).upper()
        yield from [f"{name} of {string_of(column)}" for column in each["cols"]] if "cols" in each else [name]


def _default_privileges(body: Node) -> Iterator[Said]:
    options = options_of(body)
    schemas: list[str | None] = [string_of(each) for each in listed(options.get("schemas"))]
    makers: list[str | None] = [role_of(each) for each in listed(options.get("roles"))]
    for schema in schemas or [None]:
        for by in makers or [None]:
            yield from granted(body["action"], "default ", schema, by)


def _user_mapping(body: Node) -> Iterator[Said]:
    yield UserMapping(role_of(body["user"]), body.get("servername", ""))


READERS: dict[str, Callable[[Node], Iterator[Said]]] = {
    "CreateRoleStmt": _role,
    "AlterRoleStmt": _role,
    "DropRoleStmt": _dropped_roles,
    "GrantRoleStmt": _granted_roles,
    "GrantStmt": granted,
    "AlterDefaultPrivilegesStmt": _default_privileges,
    "CreateUserMappingStmt": _user_mapping,
}

__all__ = ["READERS", "granted"]
