"""Statements of PostgreSQL, as far as they say who may see which rows.

From the PostgreSQL documentation, "SQL Commands": CREATE TABLE, ALTER TABLE, CREATE POLICY, CREATE ROLE, GRANT, CREATE
VIEW, CREATE FUNCTION and those that take them back. The names of nodes and fields are those of PostgreSQL's
`parsenodes.h`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scanner.inputs.sql import function_statements, relation_statements, role_statements
from scanner.inputs.sql.do_blocks import statements_of_block
from scanner.inputs.sql.nodes import name_of, options_of, role_of, string_of
from scanner.inputs.sql.parsing import Node, NotUnderstoodError, Piece, parsed, pieces_of, read, without_data
from scanner.inputs.sql.said import Calls, Policy, RunAs, Said, SearchPath, Statement, Unread
from scanner.inputs.sql.transactions import ENDS, taken_back

# What makes a statement that is not understood matter.
_MATTERS = re.compile(
    r"row\s+level\s+security|\bpolicy\b|\bbypassrls\b|\bsuperuser\b|\bowner\s+to\b|\bset\s+schema\b|\bgrant\b"
    r"|\b(?:create|alter|drop)\s+(?:(?:unlogged|foreign)\s+)?(?:table|role|user)\b|\bsecurity\s+definer\b"
    r"|\bcreate\s+(?:or\s+replace\s+)?(?:materialized\s+view|view|rule|trigger|publication)\b|\bdrop\s+owned\b|\breassign\s+owned\b"
    r"|\bcreate\s+cast\b|\bexecute\s+(?!function\b|procedure\b)|\bimport\s+foreign\s+schema\b",
    re.IGNORECASE,
)
_OF_ROLES = re.compile(r"\b(?:bypassrls|superuser|role|user|grant)\b", re.IGNORECASE)
_FIRST = frozenset(
    ["CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "SET", "RESET", "DISCARD", "DO", "SELECT", "WITH", "CALL"]
).union(["REASSIGN", "IMPORT"])
_QUERIES = frozenset(["SELECT", "WITH", "CALL", "PERFORM"])
# Whose parentheses hold definitions, types and columns only.
_EVALUATE_NOTHING = frozenset(
    ["ABORT", "BEGIN", "CLOSE", "CLUSTER", "COMMENT", "COMMIT", "DEALLOCATE", "DISCARD", "DO", "DROP", "END", "GRANT"]
).union(
    ["IMPORT", "LISTEN", "LOAD", "LOCK", "NOTIFY", "REASSIGN", "RELEASE", "RESET", "REVOKE", "ROLLBACK", "SAVEPOINT"],
    ["SECURITY", "SET", "SHOW", "START", "UNLISTEN", "VACUUM"],
)
_EVALUATES = frozenset(["TABLE", "MATERIALIZED", "UNLOGGED", "INDEX", "UNIQUE"])
_NEAR = 200
_OF_CATALOGUE = re.compile(
    r"\s*(?:update|delete\s+from|insert\s+into|merge\s+into|copy|truncate(?:\s+table)?)\s+(?:only\s+)?"
    r"(?:\"?pg_catalog\"?\s*\.\s*)?\"?pg_\w+",
    re.IGNORECASE,
)
_NO_FUNCTIONS = frozenset(["", "select", "in", "values", "setval", "set_config", "exists", "and", "or"])
_RUNS_ROWS = re.compile(r"^.*\\gexec\b", re.MULTILINE)  # psql runs what a query gives as statements
# psql runs what stands below one of these in some cases only, or in another database.
_CHOOSES = re.compile(r"^\\(?:if|elif|else)\b[^\n]*", re.MULTILINE)
_CONNECTS = re.compile(r"^\\c(?:onnect)?[ \t]+(?:-reuse-previous=\w+[ \t]+)?([^\s]+)", re.MULTILINE)
_INCLUDES = re.compile(r"^\\i(?:r|nclude|nclude_relative)?[ \t]+'?([^'\s]+)'?", re.MULTILINE)


def statements_in(text: str) -> list[Statement]:
    """The statements that matter, in their order, without those of a transaction that is rolled back.

    Raises MissingExtraError, and NotUnderstoodError for what is no SQL.
    """
    built = [
        Statement(Unread(f"{each[0].strip()[:60]}", of_roles=True), each.start(), each.end())
        for pattern in (_RUNS_ROWS, _CHOOSES)
        for each in pattern.finditer(text)
    ]
    # A dump names its one database first; what stands below another name is of that one.
    named = list(_CONNECTS.finditer(text))
    others = [each for each in named if each[1] != named[0][1]]
    built += [Statement(Unread(each[0][:60], of_roles=True), each.start(), each.end()) for each in others]
    return [*_taken(without_data(text)), *built]


def included_in(text: str) -> list[str]:
    """The files that psql is told to run within this one, as they are written."""
    return [each[1] for each in _INCLUDES.finditer(text)]


def _taken(text: str) -> list[Statement]:
    pieces = list(pieces_of(text))
    gone, at = taken_back(pieces, text), 0
    kept: list[Statement] = []
    session: dict[type, Said] = {SearchPath: SearchPath("public"), RunAs: RunAs(None)}
    local: set[type] = set()
    while at < len(pieces):
        piece, taken = pieces[at], 1
        found: list[Said] = []
        if local and piece.tokens[0].text.upper() in ENDS:
            found, local = [session[each] for each in local], set()
        if at not in gone and _may_matter(piece):
            try:
                nodes, taken = read(pieces, at, text)
                found = [said for node in nodes for said in _said(node, piece, text)]
            except NotUnderstoodError:
                if _MATTERS.search(text, piece.start, piece.end):
                    of_roles = _OF_ROLES.search(text, piece.start, piece.end) is not None
                    found = [Unread(" ".join(text[piece.start : piece.end].split())[:60], of_roles)]
        if at not in gone and _OF_CATALOGUE.match(text, piece.start, piece.end):
            found = [Unread(" ".join(text[piece.start : piece.end].split())[:60], of_roles=True)]
        for said in found:
            if isinstance(said, SearchPath | RunAs):
                if said.local:
                    local.add(type(said))
                else:
                    session[type(said)] = said
        found += [] if at in gone or any(isinstance(each, Unread) for each in found) else _calls(piece)
        end = pieces[at + taken - 1].end
        kept += [Statement(said, piece.start, end) for said in found]
        at += taken
    return kept


def _may_matter(piece: Piece) -> bool:
    first = piece.tokens[0].text.upper()
    if first in _QUERIES:
        return any(token.text.upper() in ("INTO", "SET_CONFIG") for token in piece.tokens)
    return first in _FIRST


def _calls(piece: Piece) -> list[Said]:
    """What a statement that evaluates something names before a parenthesis, and which words may be relations."""
    words = [each.text.upper() for each in piece.tokens[:3]]
    if words[0] in _EVALUATE_NOTHING or (words[0] in ("CREATE", "ALTER") and not _EVALUATES & {*words[1:]}):
        return []
    if (
        words[0] == "CREATE"
        and "TABLE" in words
        and not any(each.text.upper() == "AS" for each in piece.tokens[:_NEAR])
    ):
        return []
    pairs = zip(piece.tokens, piece.tokens[1:], strict=False)
    names = {one.text.strip('"').lower() for one, other in pairs if other.text == "("} - _NO_FUNCTIONS
    # What is written as data is no relation, and there may be very much of it.
    near = {each.text.strip('"').lower() for each in piece.tokens[:_NEAR]}
    return [Calls(frozenset(names), frozenset(near))]


def matters(body: str) -> bool:
    """Whether a body may change who sees which rows."""
    return _MATTERS.search(body) is not None


def _said(node: Node, piece: Piece, text: str) -> Iterator[Said]:
    """What a statement says, nothing where that does not matter. Raises NotUnderstoodError."""
    (kind, body), *_ = node.items()
    if kind in ("CreatePolicyStmt", "AlterPolicyStmt"):
        yield _policy(body, piece, text, new=kind == "CreatePolicyStmt")
    elif kind == "DoStmt":
        yield from _of_block(body)
    else:
        reader = _READERS.get(kind)
        if reader is not None:
            yield from reader(body)


def _of_block(body: Node) -> Iterator[Said]:
    """What the statements of a DO block say; all of them are understood, or the block is not."""
    options = options_of(body, "args")
    if (string_of(options.get("language") or {}) or "plpgsql").lower() != "plpgsql":
        raise NotUnderstoodError("a block of another language")
    found: list[Said] = []
    for text in statements_of_block(string_of(options.get("as") or {})):
        if text.lstrip()[:6].upper() == "SELECT" and "set_config" not in text.lower():
            found += [each for piece in pieces_of(text) for each in _calls(piece)]
            continue
        for node in parsed(text):
            (piece,) = list(pieces_of(text))[:1]
            found += _said(node, piece, text)
    yield from found


def _policy(body: Node, piece: Piece, text: str, *, new: bool) -> Policy:
    roles = tuple(role_of(each) for each in body.get("roles", ())) or None
    return Policy(
        name_of(body["table"]),
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


def _set(body: Node) -> Iterator[Said]:
    name, args = body.get("name"), body.get("args", [])
    values = [each.get("A_Const", {}).get("sval", {}).get("sval", "") for each in args] or [""]
    value, local = values[0], bool(body.get("is_local"))
    if name == "search_path" or (name is None and body.get("kind") == "VAR_RESET_ALL"):
        # There is no schema of whoever runs the files as a rule.
        path = [each for each in values if each not in ("", "$user")]
        yield SearchPath(path[0] if path else "public", local, tuple(path[1:]))
    elif name in ("role", "session_authorization"):
        yield RunAs(value if value and value.lower() not in ("none", "default") else None, local)


def _selected(body: Node) -> Iterator[Said]:
    """Also `SELECT set_config(...)`, which does as SET does (documentation, "System Administration Functions")."""
    yield from relation_statements.READERS["SelectStmt"](body)
    for each in body.get("targetList", ()):
        call = each.get("ResTarget", {}).get("val", {}).get("FuncCall", {})
        if [string_of(one) for one in call.get("funcname", ())][-1:] == ["set_config"]:
            name, value, local = (one.get("A_Const", {}) for one in [*call.get("args", ()), {}, {}, {}][:3])
            words = [each.strip(' "') for each in value.get("sval", {}).get("sval", "").split(",")]
            given = {"args": [{"A_Const": {"sval": {"sval": each}}} for each in words]} if any(words) else {}
            kept = not local.get("boolval", {}).get("boolval", False)
            yield from _set({"name": name.get("sval", {}).get("sval"), "is_local": not kept, **given})


def _event_trigger(body: Node) -> Iterator[Said]:
    yield Calls(frozenset([string_of(body["funcname"][-1])]))


def _discard(body: Node) -> Iterator[Said]:
    if body.get("target") == "DISCARD_ALL":
        yield from (RunAs(None), SearchPath("public"))


def _of_owned(body: Node) -> Iterator[Said]:
    del body
    raise NotUnderstoodError("what a role owns is dropped or handed on")


_READERS: dict[str, Callable[[Node], Iterator[Said]]] = {
    **relation_statements.READERS,
    **function_statements.READERS,
    **role_statements.READERS,
    "AlterTableMoveAllStmt": _of_owned,
    "VariableSetStmt": _set,
    "SelectStmt": _selected,
    "CreateEventTrigStmt": _event_trigger,
    "DiscardStmt": _discard,
    "DropOwnedStmt": _of_owned,
    "ReassignOwnedStmt": _of_owned,
}

__all__ = ["included_in", "matters", "statements_in"]
