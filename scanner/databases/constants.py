"""The constants of a schema, with which its conditions may compare columns."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.inputs.sql.migrations import run_part
from scanner.inputs.sql.parsing import Node, NotUnderstoodError, parsed, pieces_of, without_data
from scanner.inputs.sql.source import SqlFile

_MOST = 6
_LONGEST = 40
_KINDS = ("CreatePolicyStmt", "AlterPolicyStmt", "ViewStmt", "CreateTableAsStmt", "CreateFunctionStmt", "RuleStmt")


def constants_of(files: Sequence[SqlFile]) -> dict[str, list[str]]:
    """Constants of policies, views, functions and rules by kind: `number` and `text`. Raises MissingExtraError."""
    found: dict[str, dict[str, None]] = {"number": {}, "text": {}}
    for file in files:
        text = without_data(run_part(file.text)[0])
        try:
            for piece in pieces_of(text):
                if piece.tokens[0].text.upper() in ("CREATE", "ALTER"):
                    for node in _parsed(text[piece.start : piece.end]):
                        if next(iter(node)) in _KINDS:
                            _collect(node, found)
        except NotUnderstoodError:
            continue
    return {kind: list(each)[:_MOST] for kind, each in found.items()}


def _parsed(text: str) -> list[Node]:
    try:
        return parsed(text)
    except NotUnderstoodError:
        return []


def _collect(node: object, found: dict[str, dict[str, None]]) -> None:
    waiting = [node]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            constant = each.get("A_Const")
            if isinstance(constant, dict):
                if "ival" in constant:
                    found["number"].setdefault(str(constant["ival"].get("ival", 0)))
                elif "sval" in constant and len(text := str(constant["sval"].get("sval", ""))) <= _LONGEST:
                    found["text"].setdefault(text)
            body = each.get("CreateFunctionStmt")
            for option in body.get("options", ()) if isinstance(body, dict) else ():
                for one in (option["DefElem"].get("arg") or {}).get("List", {}).get("items", ()):
                    for inner in _parsed(str(one.get("String", {}).get("sval", ""))):
                        _collect(inner, found)
            waiting += each.values()


__all__ = ["constants_of"]
