"""The statements that a DO block runs, where that is to be seen: also those that it builds for each name of a list.

PostgreSQL documentation, "PL/pgSQL: Control Structures" and "Executing Dynamic Commands", and `format`. A condition
that only asks whether what is made is there already, or whether its table is, holds where that matters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable
from scanner.inputs.sql.parsing import Node, NotUnderstoodError, Piece, expression, parsed, pieces_of

_MOST = 5_000
_VERBS = frozenset(
    ["ALTER", "CREATE", "DELETE", "DROP", "GRANT", "IMPORT", "INSERT", "REASSIGN", "RESET", "REVOKE", "SELECT", "SET"]
).union(["UPDATE", "WITH"])
_IDLE = frozenset(
    [
        "COMMENT",
        "REFRESH",
        "TRUNCATE",
        "NULL",
        "RAISE",
        "RETURN",
        "GET",
        "ASSERT",
        "CONTINUE",
        "EXIT",
        "COMMIT",
    ]
)
_OF_ITSELF = re.compile(
    r"^\s*\(*\s*NOT\s+EXISTS\s*\(\s*SELECT\b.*\bFROM\s+(?:pg_catalog\s*\.\s*)?(?:pg_\w+|information_schema\s*\.\s*\w+)"
    r"|\bto_reg(?:class|type|proc|procedure)\s*\("
    r"|^\s*\(*\s*EXISTS\s*\(\s*SELECT\b.*\bFROM\s+(?:pg_catalog\s*\.\s*)?(?:pg_(?:tables|class|polic\w+|constraint|trigger|type|index\w*)"
    r"|information_schema\s*\.\s*(?:tables|columns))",
    re.IGNORECASE | re.DOTALL,
)
_SPEC = re.compile(r"%(?:(\d+)\$)?([ILs%])")
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")


@mutable
class _Block:
    """`open` are what is entered: the names of a loop by its variable, or whether a condition is understood."""

    text: str
    arrays: dict[str, list[str]] = field(default_factory=dict)
    open: list[tuple[str, list[str]] | bool] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


def statements_of_block(body: str) -> list[str]:
    """In their order. Raises NotUnderstoodError for what cannot be told, and MissingExtraError."""
    block = _Block(body)
    declaring = False
    for piece in pieces_of(body):
        words = [token.text.upper() for token in piece.tokens]
        if words[0] == "DECLARE" or (declaring and words[0] != "BEGIN"):
            declaring = True
            _declared(block, piece, 1 if words[0] == "DECLARE" else 0)
            continue
        declaring = False
        _taken(block, piece, words)
        if len(block.found) > _MOST:
            raise NotUnderstoodError("a block of very many statements")
    return block.found


def _declared(block: _Block, piece: Piece, at: int) -> None:
    if len(piece.tokens) > at:
        names = _array(block.text[piece.tokens[at].end : piece.end])
        if names is not None:
            block.arrays[piece.tokens[at].text.lower()] = names


def _taken(block: _Block, piece: Piece, words: Sequence[str]) -> None:
    at = 0
    while at < len(words):
        match words[at]:
            case "BEGIN":
                block.open.append(True)
                at += 1
            case "END":
                if block.open:
                    block.open.pop()
                return
            case "IF":
                then = _index(words, "THEN", at)
                guard = block.text[piece.tokens[at].end : piece.tokens[then].start]
                block.open.append(_OF_ITSELF.search(guard) is not None)
                at = then + 1
            case "ELSE" | "ELSIF" | "CASE" | "WHILE":
                raise NotUnderstoodError("a branch of a block")
            case "EXCEPTION":
                at = _index(words, "THEN", at) + 1
                block.open[-1:] = [False]  # what is done then is done after an error
            case "WHEN":
                at = _index(words, "THEN", at) + 1
            case "FOR" | "FOREACH":
                loop = _index(words, "LOOP", at)
                names = _array(block.text[piece.tokens[at].end : piece.tokens[loop].start])
                over = piece.tokens[loop - 1].text.lower()
                names = names if names is not None else block.arrays.get(over)
                if names is None:
                    raise NotUnderstoodError("a loop over what is not in the file")
                block.open.append((piece.tokens[at + 1].text.lower(), names))
                at = loop + 1
            case "LOOP":
                raise NotUnderstoodError("a loop without an end that is seen")
            case _:
                _statement(block, block.text[piece.tokens[at].start : piece.end], words[at])
                return


def _statement(block: _Block, text: str, first: str) -> None:
    if first in _IDLE:
        return
    if first == "PERFORM":
        block.found.append(f"SELECT {text[len(first) :]}")
        return
    if first not in _VERBS and first != "EXECUTE":
        names = _array(text)
        if names is not None:
            block.arrays[text.split(None, 1)[0].rstrip(":=").lower()] = names
        return  # an assignment
    if False in block.open:
        raise NotUnderstoodError("a statement under a condition")
    loops = [each for each in block.open if isinstance(each, tuple)]
    if len(loops) > 1:
        raise NotUnderstoodError("a loop within a loop")
    values: list[Mapping[str, str]] = [{name: each} for name, names in loops for each in names] if loops else [{}]
    if first != "EXECUTE":
        block.found.append(text)
        return
    # `EXECUTE text INTO x USING y`: what is asked for changes nothing, what is given is no name.
    built = expression(re.split(r"\b(?:INTO|USING)\b(?=[^')]*$)", text[len("EXECUTE") :], flags=re.IGNORECASE)[0])
    if built is None:
        raise NotUnderstoodError("a statement that is built")
    block.found += [_text(built, each) for each in values]


def _index(words: Sequence[str], word: str, at: int) -> int:
    try:
        return words.index(word, at)
    except ValueError:
        raise NotUnderstoodError(f"a block without {word}") from None


def _array(text: str) -> list[str] | None:
    """The texts of the first ARRAY of constants; None where there is none."""
    found = re.search(r"\bARRAY\s*\[([^\]]*)\]", text, re.IGNORECASE)
    if found is None:
        return None
    try:
        (node,) = parsed(f"SELECT ARRAY[{found[1]}\n]")
    except (NotUnderstoodError, ValueError):
        return None
    array = node["SelectStmt"]["targetList"][0]["ResTarget"]["val"].get("A_ArrayExpr", {})
    values = [_constant(each) for each in array.get("elements", [])]
    return [each for each in values if each is not None] if None not in values else None


def _constant(node: Node) -> str | None:
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    found: str | None = node.get("A_Const", {}).get("sval", {}).get("sval")
    return found


def _text(node: Node, values: Mapping[str, str]) -> str:
    """What an expression of texts gives. Raises NotUnderstoodError."""
    constant = _constant(node)
    if constant is not None:
        return constant
    (kind, body), *_ = node.items()
    if kind == "TypeCast":
        return _text(body["arg"], values)
    if kind == "ColumnRef":
        words = [each.get("String", {}).get("sval", "*") for each in body["fields"]]
        if len(words) == 1 and words[0] in values:
            return values[words[0]]
    if kind == "A_Expr" and [each["String"].get("sval") for each in body["name"]] == ["||"]:
        return _text(body["lexpr"], values) + _text(body["rexpr"], values)
    if kind == "FuncCall":
        name = body["funcname"][-1]["String"].get("sval")
        args = [_text(each, values) for each in body.get("args", [])]
        if name == "format" and args:
            return _formatted(args[0], args[1:])
        if name in ("quote_ident", "quote_literal") and len(args) == 1:
            return _spelled(args[0], "I" if name == "quote_ident" else "L")
    raise NotUnderstoodError("a statement that is built")


def _formatted(text: str, args: Sequence[str]) -> str:
    given = iter(range(len(args)))

    def put(found: re.Match[str]) -> str:
        if found[2] == "%":
            return "%"
        at = int(found[1]) - 1 if found[1] else next(given, len(args))
        if not 0 <= at < len(args):
            raise NotUnderstoodError("a format with too few values")
        return _spelled(args[at], found[2])

    return _SPEC.sub(put, text)


def _spelled(value: str, form: str) -> str:
    if form == "L":
        return "'" + value.replace("'", "''") + "'"
    if form == "I" and not _PLAIN_NAME.fullmatch(value):
        return '"' + value.replace('"', '""') + '"'
    return value


__all__ = ["statements_of_block"]
