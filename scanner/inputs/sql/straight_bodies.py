"""Bodies in PL/pgSQL that run one statement after the other, as the queries that these are.

PostgreSQL documentation, "PL/pgSQL: Basic Statements" and "Returning from a Function". A body with variables,
branches, loops, handlers or statements that it builds is not read this way.
"""

from __future__ import annotations

import re

from scanner.inputs.sql.parsing import Node, NotUnderstoodError, Piece, parsed, pieces_of

_BODY = re.compile(r"^\s*BEGIN\b(.*)\bEND\s*;?\s*$", re.IGNORECASE | re.DOTALL)
_PLAIN = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"])


def statements_of(body: str) -> list[Node] | None:
    """The parse trees of its statements; None where it has others than queries and what it returns."""
    found = _BODY.match(body)
    if found is None:
        return None
    inner = found[1]
    nodes: list[Node] = []
    try:
        for piece in pieces_of(inner):
            text = _query(piece, inner)
            if text is None:
                return None
            nodes += parsed(text) if text else []
    except NotUnderstoodError:
        return None
    return nodes


def _query(piece: Piece, text: str) -> str | None:
    words = [token.text.upper() for token in piece.tokens]
    rest = text[piece.tokens[1].start : piece.end] if len(words) > 1 else ""
    if "INTO" in words and words[0] != "INSERT":
        return None  # into a variable
    match words:
        case ["RETURN"] | ["RETURN", "NEW" | "OLD" | "NULL"]:
            return ""
        case ["RETURN", "QUERY", second, *_] if second != "EXECUTE":
            return text[piece.tokens[2].start : piece.end]
        case ["RETURN", second, *_] if second not in ("QUERY", "NEXT"):
            return f"SELECT {rest}"
        case ["PERFORM", *_]:
            return f"SELECT {rest}"
        case [first, *_] if first in _PLAIN:
            return text[piece.start : piece.end]
    return None


__all__ = ["statements_of"]
