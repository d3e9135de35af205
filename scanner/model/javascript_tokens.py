"""The tokens of JavaScript: as much of the language as is needed to see which names stand where.

From "ECMAScript Language: Lexical Grammar" (ECMA-262); regular expressions are read as signs and names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.base.record import record

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>[0-9][\w.]*)"
    r"|(?P<sign>\?\.(?![0-9])|\.\.\.|=>|[=!]==?|[<>]=|&&=?|\|\|=?|\?\?=?|\+\+|--|[+*/%-]=|.)",
    re.DOTALL,
)
OPENS, CLOSES = frozenset("([{"), frozenset(")]}")
"""The brackets that open something, and those that close it."""
_DEEPEST = 20


@record
class Token:
    """A string, name, number or sign, and the line that it stands in."""

    kind: str
    text: str
    line: int


def closings(tokens: Sequence[Token]) -> dict[int, int]:
    """Where each bracket is closed."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.kind == "sign" and token.text in OPENS:
            opened.append(place)
        elif token.kind == "sign" and token.text in CLOSES and opened:
            found[opened.pop()] = place
    return found


def tokens_of(text: str, level: int) -> Iterator[Token]:
    """The tokens of the code; of a template literal, those of what is put into it."""
    place, line = 0, 0
    while place < len(text):
        if text[place] == "`":
            end = _literal_end(text, place + 1)
            literal = text[place + 1 : end]
            yield Token("sign", "(", line)
            for inner in _put_in(literal) if level < _DEEPEST else ():
                yield from (Token(each.kind, each.text, line) for each in tokens_of(inner, level + 1))
                yield Token("sign", "+", line)
            yield Token("string", '"' + re.sub(r"\$\{[^}]*\}", " ", literal).replace('"', " ") + '"', line)
            yield Token("sign", ")", line)
            line += literal.count("\n")
            place = end + 1
            continue
        found = _TOKEN.match(text, place)
        if found is None:
            place += 1
            continue
        kind = str(found.lastgroup)
        if kind not in ("space", "comment"):
            yield Token(kind, found[0], line)
        line += found[0].count("\n")
        place = found.end()


def _literal_end(text: str, place: int) -> int:
    """Where a template literal is closed that began before `place`."""
    deep = 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text.startswith("${", place):
            deep += 1
            place += 1
        elif text[place] == "{" and deep:
            deep += 1
        elif text[place] == "}" and deep:
            deep -= 1
        elif text[place] == "`" and not deep:
            return place
        place += 1
    return len(text)


def _put_in(literal: str) -> Iterator[str]:
    """What stands between `${` and `}`."""
    place = 0
    while (start := literal.find("${", place)) >= 0:
        deep, place = 1, start + 2
        while place < len(literal) and deep:
            deep += {"{": 1, "}": -1}.get(literal[place], 0)
            place += 1
        yield literal[start + 2 : place - 1]


def unquoted(text: str) -> str:
    """A string without its quotes; a name as it is."""
    return text[1:-1] if text[:1] in "\"'" and len(text) > 1 else text


__all__ = ["CLOSES", "OPENS", "Token", "closings", "tokens_of", "unquoted"]
