"""The statements of a `.sql` file as PostgreSQL's own grammar reads them (libpg_query, of PostgreSQL 17).

A file is cut into statements first, by the lexical rules of the PostgreSQL documentation ("SQL Syntax, Lexical
Structure"), and each is parsed alone: one that a newer server understands, or that is written wrongly, does not take
the rest of its file with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.base.error import TenantproofError
from scanner.base.extras import MissingExtraError
from scanner.base.record import record

Node = dict[str, Any]

_COPY = re.compile(
    r"^COPY\b(?:(?!\bFROM\s{1,20}STDIN\b)[^;]){0,600}\bFROM\s{1,20}STDIN\b[^;]{0,600};[^\n]*+\n(.*?)^\\\.[^\n]*+$",
    re.I | re.M | re.S,
)
_END_OF_COPY = "\n\\."
_OF_PSQL = re.compile(r"^\\[^\n]*", re.M)
_TOKEN = re.compile(
    r"""--[^\n]*
    | /\*
    | [eE]'(?:[^'\\]++|\\.|'')*+'
    | '(?:[^']++|'')*+'
    | "(?:[^"]++|"")*+"
    | \$(?:[^\W\d]\w*)?\$
    | [^\W\d][\w$]*
    | \d\w*
    | [(),;\[\]]
    | ['"]""",
    re.X | re.S,
)
_COMMENT = re.compile(r"/\*|\*/")
_MOST_JOINED = 200


class NotUnderstoodError(TenantproofError):
    """The text is not SQL that can be read."""


@record
class Token:
    """A word, quotation, number or sign between two offsets of the text."""

    text: str
    start: int
    end: int


@record
class Piece:
    """The tokens of one statement between two offsets of the file's text; comments are left out."""

    tokens: tuple[Token, ...]
    start: int
    end: int


def pieces_of(text: str) -> Iterator[Piece]:
    """The statements of a file. Raises NotUnderstoodError where a quotation, comment or body never ends."""
    tokens: list[Token] = []
    for token in _tokens(text):
        if token.text == ";":
            if tokens:
                yield Piece(tuple(tokens), tokens[0].start, tokens[-1].end)
            tokens = []
        else:
            tokens.append(token)
    if tokens:
        yield Piece(tuple(tokens), tokens[0].start, tokens[-1].end)


def without_data(text: str) -> str:
    """The text with the rows of dumps and the commands of psql blanked out, so that offsets stay."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found[0])

    # Behind the last end of a COPY's rows no COPY has one, and each would be sought to the end of the text.
    last = text.rfind(_END_OF_COPY)
    end = text.find("\n", last + 1) if last >= 0 else 0
    head, rest = (text, "") if end < 0 else (text[:end], text[end:])
    return _OF_PSQL.sub(blank, (_COPY.sub(blank, head) if head else "") + rest)


def parsed(text: str) -> list[Node]:
    """The parse trees of the statements, each a mapping of its kind to its fields.

    Raises MissingExtraError, and NotUnderstoodError for what PostgreSQL would not parse.
    """
    try:
        import pgparse
    except ImportError:
        raise MissingExtraError("sql") from None
    if "\0" in text:
        raise NotUnderstoodError("a NUL character ends the text for PostgreSQL")
    try:
        return [each["stmt"] for each in pgparse.parse(text) if each.get("stmt")]
    except (pgparse.PGQueryError, RecursionError, UnicodeError, ValueError) as error:
        raise NotUnderstoodError(str(error)[:200]) from None


def expression(text: str) -> Node | None:
    """The parse tree of one expression; None where it is none that can be read."""
    try:
        (statement,) = parsed(f"SELECT ({text}\n)")
    except (NotUnderstoodError, ValueError):
        return None
    select = statement.get("SelectStmt", {})
    targets = select.get("targetList", [])
    if len(targets) != 1 or "fromClause" in select or "whereClause" in select:
        return None
    found: Node | None = targets[0].get("ResTarget", {}).get("val")
    return found


def read(pieces: Sequence[Piece], at: int, text: str) -> tuple[list[Node], int]:
    """The parse trees of the statement at this place of the list, and how many of the list it takes.

    A body between BEGIN ATOMIC and END holds semicolons of its own. Raises MissingExtraError and NotUnderstoodError.
    """
    piece = pieces[at]
    try:
        return parsed(text[piece.start : piece.end]), 1
    except NotUnderstoodError:
        words = [token.text.upper() for token in piece.tokens]
        if "ATOMIC" not in words:
            raise
        for more in range(1, min(_MOST_JOINED, len(pieces) - at)):
            if pieces[at + more].tokens[-1].text.upper() == "END":
                return parsed(text[piece.start : pieces[at + more].end]), more + 1
        raise


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while (found := _TOKEN.search(text, at)) is not None:
        said, start, at = found[0], found.start(), found.end()
        if said.startswith("--"):
            continue
        if said == "/*":
            at = _after_comment(text, at)
            continue
        if said in ("'", '"'):
            raise NotUnderstoodError("a quotation never ends")
        if said[0] == "$":
            at = text.find(said, at)
            if at < 0:
                raise NotUnderstoodError(f"what {said} begins never ends")
            at += len(said)
        yield Token(text[start:at], start, at)


def _after_comment(text: str, at: int) -> int:
    depth = 1  # comments nest
    while depth:
        found = _COMMENT.search(text, at)
        if found is None:
            raise NotUnderstoodError("a comment never ends")
        depth += 1 if found[0] == "/*" else -1
        at = found.end()
    return at


__all__ = ["Node", "NotUnderstoodError", "Piece", "Token", "expression", "parsed", "pieces_of", "read", "without_data"]
