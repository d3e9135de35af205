"""What an expression of a condition is: the row's tenant, the session's, a constant, a column, or none of these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

from scanner.base.record import record
from scanner.inputs.sql.binding import bodies_in
from scanner.inputs.sql.cans import Can
from scanner.inputs.sql.parsing import Node, expression
from scanner.inputs.sql.said import Function

Kind = Literal["const", "null", "error", "role", "tenant", "session", "setting", "column", "open", "node"]
Case = Literal["set", "missing", "empty"]

_WHOLE_NUMBERS = ("int2", "int4", "int8", "numeric", "integer", "bigint", "smallint")
_TEXTS = ("text", "varchar", "name")
_WHOLE_TEXTS = ("text", "varchar")  # a name has 63 bytes at most
# Casts that keep two different ids different.
_KEEPING = (*_WHOLE_TEXTS, "uuid", *_WHOLE_NUMBERS)
_RETURNS = re.compile(r"^\s*BEGIN\s+RETURN\b(.*?);\s*+END\s*+;?\s*+$", re.I | re.S)
# A claim that the user may change (Supabase, "Managing user data": app_metadata is for what he may not).
_BY_THE_USER = ("user_metadata", "raw_user_meta_data")
# Types to which what a function is given, or returns, is changed without becoming equal to what it was not; none where
# it returns several rows. Others, also domains, may shorten or round it.
_AS_WRITTEN = {*_KEEPING, "", "bool", "json", "jsonb", "timestamptz", "record"}
_DEPTH = 8
_LONGEST = 80


@record
class Value:
    """`text` is a constant's text, a column's name, or the term; `node` is what stands in its place."""

    kind: Kind
    text: str = ""
    number: bool = False
    node: Node | None = None


NULL, ERROR = Value("null"), Value("error")


class Beside(Protocol):
    """The tables beside the one that is asked about."""

    def selected(self, body: Node, asked: Asked) -> Can | None:
        """Whether the sub-select of a SubLink holds; None where it is none that is decided."""


@record
class Asked:
    """One session and one row: the session of tenant a, the row of tenant b.

    `setting` is what holds the session's tenant, such as `app.tenant` or `request.jwt.claims ->> tenant_id`, and `case`
    what is in it. `own_role` says that the session's role is its tenant's own. `qualifiers` are the names that the
    table has in the condition.
    """

    column: str | None
    setting: str | None
    case: Case
    role: str | None
    own_role: bool
    qualifiers: frozenset[str]
    types: Mapping[str, str]
    functions: Mapping[str, Function | None]
    operators: frozenset[str] = frozenset()
    depth: int = 0
    sets: bool = True
    """Whether anything of this database calls `set_config`."""
    login: str | None = None
    """Who logged in, where `role` was taken on since (`session_user`)."""
    own: bool = False
    """Whether the row is one of the session's own tenant instead."""
    beside: Beside | None = None
    """Answers what a sub-select of other tables gives for the row."""

    def deeper(self) -> Asked:
        """The same question one function further in."""
        return replace(self, depth=self.depth + 1)


def is_lost(value: Value) -> bool:
    """Whether a comparison with it is neither true nor false."""
    return value.kind in ("null", "error")


def value_of(node: Node, asked: Asked) -> Value:
    """What the expression is in this session and row."""
    if not node or asked.depth > _DEPTH:
        return Value("open", "a term of great depth")
    (kind, body), *_ = node.items()
    match kind:
        case "A_Const":
            return _constant(body)
        case "TypeCast":
            return _cast(body, node, asked)
        case "ColumnRef":
            return _column(body, asked)
        case "SQLValueFunction" if body.get("op") in _ROLES:
            role = asked.login or asked.role if body["op"] == "SVFOP_SESSION_USER" else asked.role
            if role:
                return Value("role", role)
            return Value("session") if asked.own_role else Value("open", "current_user")
        case "CoalesceExpr":
            return _first(body, node, asked)
        case "SubLink":
            return _scalar(body, node, asked)
        case "A_Expr" if body["kind"] == "AEXPR_NULLIF":
            return _null_if(body, node, asked)
    inner = inlined(body, asked.functions) if kind == "FuncCall" else None
    if inner is not None:
        missing = _of_strict(body, node, asked)
        if missing is not None:
            return missing
        found = value_of(inner, asked.deeper())
        return Value("node", shown(node), node=inner) if found.kind == "open" else found
    key = setting_of(node, asked.functions)
    if key is not None:
        return _of_setting(key, node, asked)
    return Value("open", shown(node))


_ROLES = ("SVFOP_CURRENT_USER", "SVFOP_USER", "SVFOP_CURRENT_ROLE", "SVFOP_SESSION_USER")


def _of_strict(call: Node, node: Node, asked: Asked) -> Value | None:
    """What a STRICT function gives where it is given a NULL; None where it surely is not."""
    found = asked.functions.get(".".join(_called(call)[-2:]))
    if found is None or not found.strict:
        return None
    given = [value_of(each, asked.deeper()) for each in call.get("args", [])]
    lost = next((each for each in given if is_lost(each)), None)
    known = all(each.kind in ("const", "role", "tenant", "session") for each in given)
    return lost or (None if known else Value("open", shown(node)))


def setting_of(node: Node, functions: Mapping[str, Function | None], depth: int = 0) -> str | None:
    """The setting that an expression reads: its name, and the key where it holds JSON."""
    if depth > _DEPTH or not node:
        return None
    (kind, body), *_ = node.items()
    if kind == "FuncCall":
        name = _called(body)
        args = body.get("args", [])
        own = name in (("current_setting",), ("pg_catalog", "current_setting"))
        if own and args and "current_setting" not in functions:
            return text_of(args[0])
        if name == ("auth", "jwt") and functions.get("auth.jwt") is None:
            return "auth.jwt()"
        inner = inlined(body, functions)
        return setting_of(inner, functions, depth + 1) if inner is not None else None
    if kind == "TypeCast":
        return setting_of(body["arg"], functions, depth + 1) if not body["typeName"].get("typmods") else None
    if kind == "A_Expr" and body["kind"] == "AEXPR_OP" and operator(body) in ("->>", "->"):
        key = setting_of(body.get("lexpr", {}), functions, depth + 1)
        member = text_of(body.get("rexpr", {}))
        if member in _BY_THE_USER:
            return None
        return f"{key} ->> {member}" if key and member else None
    if kind == "A_Expr" and body["kind"] == "AEXPR_NULLIF":
        return setting_of(body.get("lexpr", {}), functions, depth + 1)
    if kind == "CoalesceExpr":
        return setting_of(body["args"][0], functions, depth + 1)
    if kind == "SubLink" and body.get("subLinkType") == "EXPR_SUBLINK":
        target = alone(body)
        return setting_of(target, functions, depth + 1) if target is not None else None
    return None


def is_true(node: Node) -> bool:
    """Whether it is the constant `true`, in one of its spellings."""
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    constant = node.get("A_Const", {})
    said = str(constant.get("sval", {}).get("sval", "")).lower()
    return bool(constant.get("boolval", {}).get("boolval")) or said in ("t", "true", "yes", "on", "1", "y")


def text_of(node: Node) -> str | None:
    """The text of a constant, also where it is cast to text as the server writes it; None for anything else."""
    while "TypeCast" in node and _last_name(node["TypeCast"]) in _TEXTS:
        node = node["TypeCast"]["arg"]
    found: str | None = node.get("A_Const", {}).get("sval", {}).get("sval")
    return found


def _last_name(cast: Node) -> str:
    names = cast["typeName"].get("names", [])
    return str(names[-1]["String"].get("sval", "")) if names else ""


def inlined(call: Node, functions: Mapping[str, Function | None]) -> Node | None:
    """The expression that a function returns, with its arguments put in, where its body is one."""
    found = functions.get(".".join(_called(call)[-2:]))
    args = call.get("args", [])
    if found is None or len(args) != found.arguments or any("NamedArgExpr" in each for each in args):
        return None
    if {found.returns, *found.types} - _AS_WRITTEN:
        return None  # what is given or returned becomes another value: a "char" is the first byte of a text
    node = returned(found)
    if node is None or not args:
        return node
    if "RangeVar" in str(node) and _names_any(node, found.parameters):
        return None  # in a query of a table a column of that name comes first ("Arguments for SQL Functions")
    put: Node = _with_arguments(node, found.parameters, args)
    return put


def returned(found: Function) -> Node | None:
    """The expression that a function gives, where its body is one."""
    if isinstance(found.body, dict):
        returned: Node | None = found.body.get("ReturnStmt", {}).get("returnval")
        return returned
    if found.language == "sql":
        body = found.body.strip().rstrip(";")
        node = expression(body) if re.match(r"\s*select\b", body, re.I) else None
        return alone(node["SubLink"]) if node is not None and "SubLink" in node else None
    if found.language == "plpgsql" and (match := _RETURNS.match(found.body)) is not None:
        return expression(match[1])
    return None


def _names_any(tree: object, names: Sequence[str]) -> bool:
    fields = (one for body in bodies_in(tree, "ColumnRef") for one in body.get("fields", ()))
    return any(one.get("String", {}).get("sval") in names for one in fields)


def _with_arguments(node: Any, names: Sequence[str], args: Sequence[Node]) -> Any:  # whatever a tree holds
    if isinstance(node, list):
        return [_with_arguments(each, names, args) for each in node]
    if not isinstance(node, dict):
        return node
    if "ParamRef" in node:
        number = int(node["ParamRef"].get("number", 0))
        return args[number - 1] if 0 < number <= len(args) else node
    fields = [each.get("String", {}).get("sval") for each in node.get("ColumnRef", {}).get("fields", ())]
    if fields and fields[-1] and fields[-1] in names:
        return args[names.index(fields[-1])]
    return {key: _with_arguments(each, names, args) for key, each in node.items()}


def operator(body: Node) -> str:
    """The operator of an `A_Expr`, such as `=`; with its schema where that is not PostgreSQL's own."""
    names = [str(each["String"].get("sval", "")) for each in body.get("name", [])]
    return ".".join(names[-1:] if names[:-1] in ([], ["pg_catalog"]) else names)


def shown(node: Node) -> str:
    """A term in short, for a person to find it."""
    text = _shown(node, 0)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _called(body: Node) -> tuple[str, ...]:
    return tuple(each["String"].get("sval", "") for each in body.get("funcname", [])) or ("",)


def _constant(body: Node) -> Value:
    if body.get("isnull"):
        return NULL
    if "boolval" in body:
        return Value("const", "true" if body["boolval"].get("boolval") else "false")
    if "ival" in body:
        return Value("const", str(body["ival"].get("ival", 0)), number=True)
    if "fval" in body:
        return Value("const", str(body["fval"].get("fval", "")), number=True)
    return Value("const", str(body.get("sval", {}).get("sval", "")))


def _cast(body: Node, node: Node, asked: Asked) -> Value:
    inner = value_of(body["arg"], asked)
    names = body["typeName"].get("names", [])
    kind = str(names[-1]["String"].get("sval", "")) if names else ""
    if is_lost(inner):
        return inner
    if inner.kind == "const":
        if kind == "bool" or kind in _TEXTS:
            return inner
        if kind not in _KEEPING:
            return Value("open", shown(node))
        if not inner.text:
            return ERROR  # '' is no number and no UUID
        return Value("const", inner.text, number=kind in _WHOLE_NUMBERS)
    plain = not body["typeName"].get("typmods") and not body["typeName"].get("arrayBounds")
    if inner.kind in ("column", "role") and plain and kind in _TEXTS:
        return inner
    if inner.kind == "tenant" and plain:
        # '1' and '01' are two texts and one number; 1.4 and 1 are one whole number.
        own = asked.types.get(asked.column or "", "")
        if kind == "uuid":
            return Value("tenant", inner.text, number=True)  # two texts that are one UUID are one id
        whole = kind in _WHOLE_NUMBERS and own in _WHOLE_NUMBERS and "numeric" not in (own, kind)
        if kind in (*_WHOLE_TEXTS, own) or whole:
            return inner
    if inner.kind == "session" and plain and kind in _KEEPING:
        # What was a number or UUID once is no longer any text.
        return inner if kind in _WHOLE_TEXTS else Value("session", "uuid" if kind == "uuid" else "number")
    return Value("open", shown(node))


def _column(body: Node, asked: Asked) -> Value:
    words = [each.get("String", {}).get("sval", "*") for each in body.get("fields", [])]
    if words[-1] == "*" or (len(words) > 1 and words[-2] not in asked.qualifiers):
        return Value("open", ".".join(words))
    return Value("tenant" if words[-1] == asked.column else "column", words[-1])


def _of_setting(key: str, node: Node, asked: Asked) -> Value:
    if key != asked.setting:
        return Value("setting", shown(node))
    if asked.case == "set":
        return Value("session")
    given = node.get("FuncCall", {}).get("args", [])
    may_miss = "A_Expr" in node or len(given) > 1
    if len(given) > 1 and not is_true(given[1]):
        if value_of(given[1], asked).kind != "const":
            return Value("open", shown(node))
        may_miss = False
    if asked.case == "missing":
        return NULL if may_miss else ERROR
    return NULL if "->>" in key else Value("const", "")


def _first(body: Node, node: Node, asked: Asked) -> Value:
    for each in body.get("args", []):
        value = value_of(each, asked)
        if value.kind == "null":
            continue
        return Value("open", shown(node)) if value.kind in ("column", "open", "setting", "node") else value
    return NULL


def _null_if(body: Node, node: Node, asked: Asked) -> Value:
    one, other = value_of(body["lexpr"], asked), value_of(body["rexpr"], asked)
    if is_lost(one) or is_lost(other):
        return one
    if one.kind == other.kind == "const":
        return NULL if one.text == other.text else one
    if one.kind in ("session", "tenant") and other == Value("const", ""):
        return one
    return Value("open", shown(node))


def alone(body: Node) -> Node | None:
    """The only expression of a sub-select that reads no table, and so gives one row."""
    select = body.get("subselect", {}).get("SelectStmt", {})
    targets = select.get("targetList", [])
    one = (
        select.get("limitCount", {}).get("A_Const", {}).get("ival", {}).get("ival", 0) if "limitCount" in select else 1
    )
    beside = ("fromClause", "whereClause", "withClause", "havingClause", "limitOffset", "larg")
    if len(targets) != 1 or one < 1 or any(each in select for each in beside):
        return None
    found: Node | None = targets[0].get("ResTarget", {}).get("val")
    return found


def _scalar(body: Node, node: Node, asked: Asked) -> Value:
    target = alone(body) if body.get("subLinkType") == "EXPR_SUBLINK" else None
    if target is None:
        return Value("open", shown(node))
    found = value_of(target, asked.deeper())
    return Value("node", shown(node), node=target) if found.kind == "open" else found


def _shown(node: Node, depth: int) -> str:
    if not node or depth > _DEPTH:
        return "…"
    (kind, body), *_ = node.items()

    def inner(each: Node) -> str:
        return _shown(each, depth + 1)

    match kind:
        case "ColumnRef":
            return ".".join(each.get("String", {}).get("sval", "*") for each in body.get("fields", []))
        case "A_Const":
            value = _constant(body)
            return "NULL" if value == NULL else value.text if value.number else f"'{value.text}'"
        case "TypeCast":
            return f"{inner(body['arg'])}::{body['typeName'].get('names', [{}])[-1].get('String', {}).get('sval', '')}"
        case "FuncCall":
            return f"{'.'.join(_called(body))}({', '.join(inner(each) for each in body.get('args', []))})"
        case "A_Expr" if body["kind"] == "AEXPR_OP":
            return f"{inner(body.get('lexpr', {}))} {operator(body)} {inner(body.get('rexpr', {}))}"
        case "A_Expr":
            return f"{inner(body.get('lexpr', {}))} {body['kind'].removeprefix('AEXPR_').replace('_', ' ')} …"
        case "SubLink":
            tested = f"{inner(body['testexpr'])} IN " if "testexpr" in body else ""
            return f"{tested}{'EXISTS ' if body.get('subLinkType') == 'EXISTS_SUBLINK' else ''}(SELECT …)"
        case "NullTest":
            return f"{inner(body['arg'])} {body.get('nulltesttype', '').replace('_', ' ')}"
        case "SQLValueFunction":
            return str(body.get("op", "")).removeprefix("SVFOP_").lower()
        case "CaseExpr":
            return "CASE … END"
        case "CoalesceExpr":
            return f"coalesce({', '.join(inner(each) for each in body.get('args', []))})"
    return kind


__all__ = [
    "NULL",
    "Asked",
    "Case",
    "Value",
    "alone",
    "inlined",
    "is_lost",
    "is_true",
    "operator",
    "returned",
    "setting_of",
    "shown",
    "text_of",
    "value_of",
]
