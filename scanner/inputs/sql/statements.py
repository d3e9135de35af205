"""Statements of PostgreSQL, as far as they say who may see which rows.

From the PostgreSQL documentation, "SQL Commands": CREATE TABLE, ALTER TABLE, CREATE POLICY, CREATE ROLE, GRANT, CREATE
VIEW, CREATE FUNCTION and those that take them back. The names of nodes and fields are those of PostgreSQL's
`parsenodes.h`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from scanner.inputs.sql.parsing import Node, NotUnderstood, Piece, pieces_of, read, without_data
from scanner.inputs.sql.said import (
    AlterFunction,
    AlterTable,
    CreateTable,
    DropPolicy,
    DropRole,
    DropSchema,
    DropTable,
    Function,
    Grant,
    Name,
    Policy,
    Role,
    RunAs,
    Said,
    SearchPath,
    Statement,
    Unread,
    View,
)

# What makes a statement that is not understood matter.
_MATTERS = re.compile(
    r"row\s+level\s+security|\bpolicy\b|\bbypassrls\b|\bsuperuser\b|\bowner\s+to\b|\bset\s+schema\b|\bgrant\b"
    r"|\b(?:create|alter|drop)\s+(?:table|role|user)\b|\bdrop\s+owned\b|\breassign\s+owned\b",
    re.IGNORECASE,
)
_OF_ROLES = re.compile(r"\b(?:bypassrls|superuser|role|user|grant)\b", re.IGNORECASE)
_FIRST = frozenset(["CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "SET", "RESET", "DO", "SELECT", "WITH", "REASSIGN"])
_RELATIONS = ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW")
_FUNCTIONS = ("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE")
_OPTIONS = {"superuser": "SUPERUSER", "bypassrls": "BYPASSRLS", "canlogin": "LOGIN", "createrole": "CREATEROLE"}


def statements_in(text: str) -> Iterator[Statement]:
    """The statements that matter, in their order. Raises MissingExtra, and NotUnderstood for what is no SQL."""
    text = without_data(text)
    pieces = list(pieces_of(text))
    at = 0
    while at < len(pieces):
        piece, taken = pieces[at], 1
        found: list[Said] = []
        if _may_matter(piece):
            try:
                nodes, taken = read(pieces, at, text)
                found = [said for node in nodes for said in _said(node, piece, text)]
            except NotUnderstood:
                if _MATTERS.search(text, piece.start, piece.end):
                    of_roles = _OF_ROLES.search(text, piece.start, piece.end) is not None
                    found = [Unread(" ".join(text[piece.start : piece.end].split())[:60], of_roles)]
        end = pieces[at + taken - 1].end
        for said in found:
            yield Statement(said, piece.start, end)
        at += taken


def _may_matter(piece: Piece) -> bool:
    first = piece.tokens[0].text.upper()
    if first in ("SELECT", "WITH"):
        return any(token.text.upper() == "INTO" for token in piece.tokens)
    return first in _FIRST


def _said(node: Node, piece: Piece, text: str) -> Iterator[Said]:
    """What a statement says, nothing where that does not matter. Raises NotUnderstood."""
    (kind, body), *_ = node.items()
    if kind in ("CreatePolicyStmt", "AlterPolicyStmt"):
        yield _policy(body, piece, text, new=kind == "CreatePolicyStmt")
    elif kind == "DoStmt":
        raise NotUnderstood("a block of a procedural language")
    else:
        reader = _READERS.get(kind)
        if reader is not None:
            yield from reader(body)


def _name(body: Node) -> Name:
    return Name(body["relname"], body.get("schemaname", ""))


def _dotted(parts: Sequence[Node]) -> Name:
    words = [_string(each) for each in parts]
    return Name(words[-1], words[-2] if len(words) > 1 else "")


def _string(node: Node) -> str:
    return str(node.get("String", {}).get("sval", ""))


def _role_name(spec: Node) -> str:
    body = spec.get("RoleSpec", spec)
    kind = body.get("roletype")
    if kind == "ROLESPEC_CSTRING":
        return str(body["rolename"])
    return "public" if kind == "ROLESPEC_PUBLIC" else "current_user"


def _type(body: Node | None) -> str:
    return _string(body["names"][-1]) if body and body.get("names") else ""


def _options(body: Node, key: str = "options") -> dict[str, Any]:
    return {each["DefElem"]["defname"]: each["DefElem"].get("arg") for each in body.get(key, []) if "DefElem" in each}


def _is_on(arg: Node | None) -> bool:
    """The value of an option that is a yes or no; named without a value it is a yes."""
    if arg is None:
        return True
    if "Boolean" in arg:
        return bool(arg["Boolean"].get("boolval", False))
    if "Integer" in arg:
        return bool(arg["Integer"].get("ival", 0))
    said = _string(arg) or _type(arg.get("TypeName"))
    return said.lower() in ("true", "on", "yes", "t", "y", "1")


def _listed(arg: Node | None) -> list[Node]:
    return list(arg["List"].get("items", [])) if arg and "List" in arg else []


def _create_table(body: Node) -> Iterator[Said]:
    relation = body["relation"]
    if relation.get("relpersistence") == "t":
        return
    columns = [each["ColumnDef"] for each in body.get("tableElts", []) if "ColumnDef" in each]
    typed = tuple((column["colname"], _type(column.get("typeName"))) for column in columns)
    parents = body.get("inhRelations", [])
    parent = _name(parents[0]["RangeVar"]) if parents and "partbound" in body else None
    yield CreateTable(_name(relation), typed, parent, not body.get("if_not_exists", False))


def _create_as(body: Node) -> Iterator[Said]:
    into = body["into"]["rel"]
    if body.get("objtype") == "OBJECT_MATVIEW":
        yield View(_name(into), body["query"], invoker=False, stored=True)
    elif into.get("relpersistence") != "t":
        yield CreateTable(_name(into), (), None, not body.get("if_not_exists", False))


def _select(body: Node) -> Iterator[Said]:
    into = body.get("intoClause", {}).get("rel")
    if into is not None and into.get("relpersistence") != "t":
        yield CreateTable(_name(into))


def _create_schema(body: Node) -> Iterator[Said]:
    owner = _role_name(body["authrole"]) if "authrole" in body else None
    schema = body.get("schemaname") or owner or ""
    for element in body.get("schemaElts", []):
        for said in _said(element, Piece((), 0, 0), ""):
            if isinstance(said, CreateTable):
                table = Name(said.table.name, said.table.schema or schema)
                yield CreateTable(table, said.columns, said.parent, said.kept, owner)
            elif isinstance(said, View):
                yield View(Name(said.name.name, said.name.schema or schema), said.query, said.invoker, said.stored)
            elif isinstance(said, Grant):
                on = tuple(
                    Name(each.name, each.schema or schema) if isinstance(each, Name) else each for each in said.on
                )
                yield Grant(said.privileges, on, said.to, said.taken)


def _view(body: Node) -> Iterator[Said]:
    if body["view"].get("relpersistence") != "t":
        options = _options(body)
        invoker = "security_invoker" in options and _is_on(options["security_invoker"])
        yield View(_name(body["view"]), body["query"], invoker, stored=False)


def _function(body: Node) -> Iterator[Said]:
    options = _options(body)
    language = _string(options.get("language") or {}) or "sql"
    text = " ".join(_string(each) for each in _listed(options.get("as")))
    returns = _type(body.get("returnType"))
    given = [each for each in body.get("parameters", []) if each["FunctionParameter"].get("mode") != "FUNC_PARAM_TABLE"]
    yield Function(
        _dotted(body["funcname"]),
        language.lower(),
        "security" in options and _is_on(options["security"]),
        body.get("sql_body") or text,
        returns not in ("trigger", "event_trigger"),
        len(given),
    )


def _alter_function(body: Node) -> Iterator[Said]:
    options = _options(body, "actions")
    if "security" in options:
        yield AlterFunction(_dotted(body["func"]["objname"]), definer=_is_on(options["security"]))


def _alter_owner(body: Node) -> Iterator[Said]:
    if body.get("objectType") in _FUNCTIONS:
        name = _dotted(body["object"]["ObjectWithArgs"]["objname"])
        yield AlterFunction(name, owner=_role_name(body["newowner"]))


def _alter_table(body: Node) -> Iterator[Said]:
    if body.get("objtype") not in _RELATIONS:
        return
    table = _name(body["relation"])
    for each in body.get("cmds", []):
        command = each.get("AlterTableCmd", {})
        match command.get("subtype"):
            case "AT_EnableRowSecurity":
                yield AlterTable(table, enabled=True)
            case "AT_DisableRowSecurity":
                yield AlterTable(table, enabled=False)
            case "AT_ForceRowSecurity":
                yield AlterTable(table, forced=True)
            case "AT_NoForceRowSecurity":
                yield AlterTable(table, forced=False)
            case "AT_ChangeOwner":
                yield AlterTable(table, owner=_role_name(command["newowner"]))
            case "AT_AddColumn":
                column = command["def"]["ColumnDef"]
                yield AlterTable(table, columns=((column["colname"], _type(column.get("typeName"))),))
            case "AT_SetRelOptions" | "AT_ResetRelOptions":
                for option in _listed(command.get("def")):
                    if option.get("DefElem", {}).get("defname") == "security_invoker":
                        taken = command["subtype"] == "AT_ResetRelOptions"
                        yield AlterTable(table, invoker=not taken and _is_on(option["DefElem"].get("arg")))


def _renamed(body: Node) -> Iterator[Said]:
    kind = body.get("renameType")
    if kind == "OBJECT_POLICY":
        yield Policy(_name(body["relation"]), body["subname"], new=False, renamed=body["newname"])
    elif kind in _RELATIONS:
        yield AlterTable(_name(body["relation"]), renamed=body["newname"])
    elif kind == "OBJECT_COLUMN" and body.get("relationType") in _RELATIONS:
        yield AlterTable(_name(body["relation"]), renamed_column=(body["subname"], body["newname"]))
    elif kind in ("OBJECT_ROLE", "OBJECT_SCHEMA"):
        raise NotUnderstood("a role or schema is renamed")


def _moved(body: Node) -> Iterator[Said]:
    if body.get("objectType") in _RELATIONS:
        yield AlterTable(_name(body["relation"]), moved=body["newschema"])


def _dropped(body: Node) -> Iterator[Said]:
    kind, objects = body.get("removeType"), body.get("objects", [])
    if kind in _RELATIONS:
        yield DropTable(tuple(_dotted(_listed(each)) for each in objects))
    elif kind == "OBJECT_POLICY":
        for each in objects:
            parts = _listed(each)
            yield DropPolicy(_dotted(parts[:-1]), _string(parts[-1]))
    elif kind == "OBJECT_SCHEMA":
        for each in objects:
            yield DropSchema(_string(each))
    elif kind in _FUNCTIONS:
        for each in objects:
            yield AlterFunction(_dotted(each["ObjectWithArgs"]["objname"]), dropped=True)


def _policy(body: Node, piece: Piece, text: str, *, new: bool) -> Policy:
    roles = tuple(_role_name(each) for each in body.get("roles", ())) or None
    return Policy(
        _name(body["table"]),
        body["policy_name"],
        new,
        str(body.get("cmd_name", "all")).upper() if new else None,
        bool(body.get("permissive", False)) if new else None,
        roles,
        _between(piece, text, "USING"),
        _between(piece, text, "CHECK"),
        None,
        body.get("qual"),
        body.get("with_check"),
    )


def _between(piece: Piece, text: str, word: str) -> str | None:
    """What stands in the parentheses after this word, as it is written but for white space."""
    depth = 0
    begin: int | None = None
    for before, token in zip((None, *piece.tokens), piece.tokens, strict=False):
        if token.text == "(":
            if depth == 0 and before is not None and before.text.upper() == word:
                begin = token.end
            depth += 1
        elif token.text == ")":
            depth -= 1
            if depth == 0 and begin is not None:
                return " ".join(text[begin : token.start].split())
    return None


def _role(body: Node) -> Iterator[Said]:
    new = "stmt_type" in body or isinstance(body.get("role"), str)
    name = body["role"] if new else _role_name(body["role"])
    says: set[str] = set()
    if new:  # the documentation of CREATE ROLE: CREATE USER implies LOGIN
        says.add("LOGIN" if body.get("stmt_type") == "ROLESTMT_USER" else "NOLOGIN")
    options = _options(body)
    for key, arg in options.items():
        if key in _OPTIONS:
            option = _OPTIONS[key]
            says.discard(option)
            says.discard(f"NO{option}")
            says.add(option if _is_on(arg) else f"NO{option}")
    members = [_role_name(each) for key in ("rolemembers", "adminmembers") for each in _listed(options.get(key))]
    if not new and body.get("action") == -1:  # ALTER GROUP … DROP USER
        yield Grant((name,), (), tuple(members), taken=True)
        return
    password = _string(options.get("password") or {})
    above = tuple(_role_name(each) for each in _listed(options.get("addroleto")))
    yield Role(name, new, frozenset(says), above, tuple(members), (password,) if password else ())


def _dropped_roles(body: Node) -> Iterator[Said]:
    yield DropRole(tuple(_role_name(each) for each in body.get("roles", ())))


def _granted_roles(body: Node) -> Iterator[Said]:
    options = _options(body, "opt")
    taken = not body.get("is_grant", False)
    if taken and options:
        return  # ADMIN OPTION FOR and the like: the membership stays
    # Who may administer a membership may grant it anew, with what it lacks.
    usable = any(_is_on(options[key]) if key in options else key != "admin" for key in ("inherit", "set", "admin"))
    roles = tuple(each["AccessPriv"]["priv_name"] for each in body.get("granted_roles", ()))
    yield Grant(roles, (), tuple(_role_name(each) for each in body.get("grantee_roles", ())), taken, usable)


def _granted(body: Node, of: str | None = None, schema: str | None = None) -> Iterator[Said]:
    taken = not body.get("is_grant", False)
    if taken and body.get("grant_option"):
        return
    kind = body.get("objtype")
    if kind not in ("OBJECT_TABLE", *_FUNCTIONS):
        return
    privileges = tuple(each["AccessPriv"].get("priv_name", "all") for each in body.get("privileges", ())) or ("ALL",)
    privileges = tuple("ALL" if each == "all" else each for each in privileges)
    to = tuple(_role_name(each) for each in body.get("grantees", ()))
    on: tuple[Name | str, ...] = ()
    functions = kind != "OBJECT_TABLE"
    if body.get("targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        what = "FUNCTIONS" if functions else "TABLES"
        on = tuple(f"ALL {what} IN SCHEMA {_string(each)}" for each in body.get("objects", ()))
    elif functions:
        on = tuple(_dotted(each["ObjectWithArgs"]["objname"]) for each in body.get("objects", ()))
    else:
        on = tuple(_name(each["RangeVar"]) for each in body.get("objects", ()))
    yield Grant(privileges, on, to, taken, True, (of or "") + ("functions" if functions else "tables"), schema)


def _default_privileges(body: Node) -> Iterator[Said]:
    options = _options(body)
    schemas: list[str | None] = [_string(each) for each in _listed(options.get("schemas"))]
    for schema in schemas or [None]:
        yield from _granted(body["action"], "default ", schema)


def _set(body: Node) -> Iterator[Said]:
    name, args = body.get("name"), body.get("args", [])
    value = args[0].get("A_Const", {}).get("sval", {}).get("sval", "") if args else ""
    if name == "search_path":
        yield SearchPath(value or "public")
    elif name in ("role", "session_authorization"):
        yield RunAs(value if value and value.lower() not in ("none", "default") else None)


def _of_owned(body: Node) -> Iterator[Said]:
    del body
    raise NotUnderstood("what a role owns is dropped or handed on")


_READERS: dict[str, Callable[[Node], Iterator[Said]]] = {
    "CreateStmt": _create_table,
    "CreateTableAsStmt": _create_as,
    "CreateForeignTableStmt": lambda body: _create_table(body["base"]),
    "SelectStmt": _select,
    "CreateSchemaStmt": _create_schema,
    "ViewStmt": _view,
    "CreateFunctionStmt": _function,
    "AlterFunctionStmt": _alter_function,
    "AlterOwnerStmt": _alter_owner,
    "AlterTableStmt": _alter_table,
    "AlterTableMoveAllStmt": _of_owned,
    "RenameStmt": _renamed,
    "AlterObjectSchemaStmt": _moved,
    "DropStmt": _dropped,
    "CreateRoleStmt": _role,
    "AlterRoleStmt": _role,
    "DropRoleStmt": _dropped_roles,
    "GrantRoleStmt": _granted_roles,
    "GrantStmt": _granted,
    "AlterDefaultPrivilegesStmt": _default_privileges,
    "VariableSetStmt": _set,
    "DropOwnedStmt": _of_owned,
    "ReassignOwnedStmt": _of_owned,
}

__all__ = ["statements_in"]
