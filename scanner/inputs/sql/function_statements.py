"""Statements that make and change functions and operators, and who owns what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scanner.inputs.sql.nodes import (
    FUNCTIONS,
    dotted,
    is_on,
    listed,
    name_of,
    options_of,
    role_of,
    string_of,
    type_of,
)
from scanner.inputs.sql.parsing import Node, NotUnderstoodError
from scanner.inputs.sql.said import (
    Aggregate,
    AlterFunction,
    CreateSchema,
    DatabaseOwner,
    Function,
    Made,
    Name,
    Operator,
    Said,
)

_TYPES = frozenset(["text", "varchar", "bpchar", "name", "uuid", "int2", "int4", "int8", "numeric", "bool"]).union(
    ["json", "jsonb", "float4", "float8", "bytea", "date", "timestamp", "timestamptz"]
)
_OF_OPERATORS = ("function", "procedure")
_OF_AGGREGATES = ("sfunc", "finalfunc", "combinefunc", "msfunc", "minvfunc", "mfinalfunc")


def _function(body: Node) -> Iterator[Said]:
    options = options_of(body)
    language = string_of(options.get("language") or {}) or "sql"
    text = " ".join(string_of(each) for each in listed(options.get("as")))
    returns = type_of(body.get("returnType"))
    given = [each for each in body.get("parameters", []) if each["FunctionParameter"].get("mode") != "FUNC_PARAM_TABLE"]
    yield Function(
        dotted(body["funcname"]),
        language.lower(),
        "security" in options and is_on(options["security"]),
        body.get("sql_body") or text,
        returns not in ("trigger", "event_trigger"),
        len(given),
        tuple(str(each["FunctionParameter"].get("name", "")) for each in given),
        _search_path(body.get("options", ())),
        tuple(_kind(each["FunctionParameter"].get("argType")) for each in given if _is_given(each)),
        "strict" in options and is_on(options["strict"]),
        _sets(body.get("options", ())),
        "leakproof" in options and is_on(options["leakproof"]),
        "" if body.get("returnType", {}).get("setof") else returns,
    )


def _is_given(parameter: Node) -> bool:
    mode: str | None = parameter["FunctionParameter"].get("mode")
    return mode != "FUNC_PARAM_OUT"


def _kind(body: Node | None) -> str:
    return type_of(body) + ("[]" if body and body.get("arrayBounds") else "")


def signature_of(body: Node) -> tuple[Name, tuple[str, ...] | None]:
    """Of an ObjectWithArgs: the name, and the types of arguments where they are said."""
    types = None if body.get("args_unspecified") else tuple(_kind(each["TypeName"]) for each in body.get("objargs", ()))
    return dotted(body["objname"]), types


def _search_path(options: Iterable[Node]) -> tuple[str, ...] | None:
    """The schemas of `SET search_path`, None where none is set."""
    for each in options:
        said = each.get("DefElem", {})
        setting = (said.get("arg") or {}).get("VariableSetStmt", {})
        if said.get("defname") == "set" and setting.get("name") == "search_path" and "args" in setting:
            return tuple(each.get("A_Const", {}).get("sval", {}).get("sval", "") for each in setting["args"])
    return None


def _sets(options: Iterable[Node]) -> bool:
    given = [(each.get("DefElem", {}).get("arg") or {}).get("VariableSetStmt") for each in options]
    return any(each is not None and each.get("name") != "search_path" and "args" in each for each in given)


def _alter_function(body: Node) -> Iterator[Said]:
    options = options_of(body, "actions")
    name, types = signature_of(body["func"])
    if "strict" in options or _sets(body.get("actions", ())):
        strict = is_on(options["strict"]) if "strict" in options else None
        yield AlterFunction(name, types, strict=strict, sets=_sets(body.get("actions", ())) or None)
    if "leakproof" in options:
        yield AlterFunction(name, types, leakproof=is_on(options["leakproof"]))
    if "security" in options:
        yield AlterFunction(name, types, definer=is_on(options["security"]))
    path = _search_path(body.get("actions", ()))
    if path is not None:
        yield AlterFunction(name, types, search_path=path)


def _alter_owner(body: Node) -> Iterator[Said]:
    kind, owner = body.get("objectType"), role_of(body["newowner"])
    if kind in FUNCTIONS:
        yield AlterFunction(*signature_of(body["object"]["ObjectWithArgs"]), owner=owner)
    elif kind == "OBJECT_SCHEMA":
        yield CreateSchema(string_of(body["object"]), owner, new=False)
    elif kind == "OBJECT_DATABASE":
        yield DatabaseOwner(owner)


def _define(body: Node) -> Iterator[Said]:
    if body.get("kind") == "OBJECT_OPERATOR":
        given = options_of(body, "definition")
        named = [given[each] for each in _OF_OPERATORS if given.get(each)]
        functions = tuple(dotted(each["TypeName"]["names"]) for each in named if "TypeName" in each)
        yield Operator(dotted(body["defnames"]).name, functions)
    elif body.get("kind") == "OBJECT_AGGREGATE":
        given = options_of(body, "definition")
        named = [given[each] for each in _OF_AGGREGATES if given.get(each)]
        functions = tuple(dotted(each["TypeName"]["names"]) for each in named if "TypeName" in each)
        yield Aggregate(dotted(body["defnames"]), functions, len(listed((body.get("args") or [{}])[0])))
    else:
        yield Made(dotted(body["defnames"]))


def _cast(body: Node) -> Iterator[Said]:
    """One from a type of PostgreSQL's to another changes what conditions mean that name them."""
    types = {type_of(body.get("sourcetype")), type_of(body.get("targettype"))}
    if body.get("func") is not None and types <= _TYPES:
        raise NotUnderstoodError("a cast between PostgreSQL's own types")
    yield from ()


READERS: dict[str, Callable[[Node], Iterator[Said]]] = {
    "CreateFunctionStmt": _function,
    "AlterFunctionStmt": _alter_function,
    "AlterOwnerStmt": _alter_owner,
    "DefineStmt": _define,
    "CreateCastStmt": _cast,
    "CreateDomainStmt": lambda body: iter([Made(dotted(body["domainname"]))]),
    "CreateEnumStmt": lambda body: iter([Made(dotted(body["typeName"]))]),
    "CreateRangeStmt": lambda body: iter([Made(dotted(body["typeName"]))]),
    "CompositeTypeStmt": lambda body: iter([Made(name_of(body["typevar"]))]),
    "CreateSeqStmt": lambda body: iter([Made(name_of(body["sequence"]))]),
}

__all__ = ["READERS", "signature_of"]
