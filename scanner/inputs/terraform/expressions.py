"""Expressions of `.tf` files as far as they only put things together: bare references, texts with references in them,
lists, objects, and `jsonencode` of these. What an operator, a condition or another function gives is not looked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from scanner.base.record import record
from scanner.inputs.terraform.hcl import UnreadableHclError, end_of_expression, end_of_string

_TRAVERSAL = re.compile(
    r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[(?:\d+|\"[^\"$%\\\n]*\"|each\.key|count\.index)\])+(?![\w(])"
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?![\w.])")
_WORD = re.compile(r"(?:true|false|null)(?![\w.(\[-])")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_BLANK = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_HEREDOC = re.compile(r"<<(-?)([A-Za-z_][\w-]*)[ \t]*\r?\n")
_CALL = re.compile(r"jsonencode[ \t]*\(")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
MAX_DEPTH = 60


@record
class Traversal:
    """A bare reference, such as `aws_kms_key.records[0].arn`."""

    text: str


@record
class Template:
    """A text with references in it; literals and parts take turns as they are written."""

    parts: tuple[object, ...]


@record
class Encoded:
    """`jsonencode` of a value."""

    value: object


@record
class Opaque:
    """Anything else, with its text."""

    text: str


def read_expression(text: str) -> object:
    """Scalars, lists and mappings as they are, and the records above. What cannot be read is opaque."""
    try:
        reader = _Expressions(text)
        value, end = reader.value(0, 0)
        return value if not text[_after(text, end) :] else Opaque(text)
    except (UnreadableHclError, IndexError, RecursionError):
        return Opaque(text)


def traversals(value: object) -> Iterator[str]:
    """Every reference in an expression; of what is opaque nothing is known."""
    if isinstance(value, Traversal):
        yield value.text
    elif isinstance(value, Encoded):
        yield from traversals(value.value)
    elif isinstance(value, Template):
        for part in value.parts:
            yield from traversals(part)
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from traversals(child)
    elif isinstance(value, list):
        for child in value:
            yield from traversals(child)


def has_opaque(value: object) -> bool:
    """Whether any part of the expression was not read, so that it may hold further references."""
    if isinstance(value, Opaque):
        return True
    if isinstance(value, Encoded):
        return has_opaque(value.value)
    if isinstance(value, Template):
        return any(has_opaque(part) for part in value.parts)
    children: Sequence[object] = (
        list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )
    return any(has_opaque(child) for child in children)


class _Expressions:
    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, at: int, depth: int) -> tuple[object, int]:
        if depth > MAX_DEPTH:
            raise UnreadableHclError
        text = self._text
        at = _after(text, at)
        start = at
        letter = text[at]
        if letter == '"':
            value, end = self._string(at)
        elif letter == "[":
            value, end = self._list(at, depth)
        elif letter == "{":
            value, end = self._object(at, depth)
        elif (heredoc := _HEREDOC.match(text, at)) is not None:
            value, end = self._heredoc(heredoc)
        elif (word := _WORD.match(text, at)) is not None:
            value, end = {"true": True, "false": False, "null": None}[word[0]], word.end()
        elif (number := _NUMBER.match(text, at)) is not None:
            value, end = json.loads(number[0]), number.end()
        elif (call := _CALL.match(text, at)) is not None:
            inner, end = self.value(call.end(), depth + 1)
            end = _after(text, end)
            if text[end] != ")":
                return self._opaque(start)
            value, end = Encoded(inner), end + 1
        elif (found := _TRAVERSAL.match(text, at)) is not None:
            value, end = Traversal(found[0]), found.end()
        else:
            return self._opaque(start)
        # An operator behind it makes it a part of something else.
        behind = text[_inline(text, end) :]
        return (value, end) if not behind or behind[0] in ",\n\r}])" else self._opaque(start)

    def _opaque(self, at: int) -> tuple[object, int]:
        """Up to the end of the item that it is."""
        text, end, depth = self._text, at, 0
        while end < len(text):
            letter = text[end]
            if letter == '"':
                end = end_of_string(text, end)
                continue
            if letter in "({[":
                depth += 1
            elif letter in ")}]":
                if depth == 0:
                    break
                depth -= 1
            elif letter in ",\n" and depth == 0:
                break
            end += 1
        return Opaque(text[at:end].strip()), end

    def _list(self, at: int, depth: int) -> tuple[object, int]:
        text, items, at = self._text, [], _after(self._text, at + 1)
        if _NAME.match(text, at) and re.match(r"for\b", text[at : at + 4]):
            raise UnreadableHclError
        while text[at] != "]":
            item, at = self.value(at, depth + 1)
            items.append(item)
            at = _after(text, at)
            if text[at] == ",":
                at = _after(text, at + 1)
            elif text[at] != "]":
                raise UnreadableHclError
        return items, at + 1

    def _object(self, at: int, depth: int) -> tuple[object, int]:
        text, entries, at = self._text, dict[str, object](), _after(self._text, at + 1)
        if re.match(r"for\b", text[at : at + 4]):
            raise UnreadableHclError
        while text[at] != "}":
            name = _NAME.match(text, at)
            if name is not None:
                key, at = name[0], name.end()
            elif text[at] == '"':
                said, at = self._string(at)
                if not isinstance(said, str):
                    raise UnreadableHclError
                key = said
            else:
                raise UnreadableHclError
            at = _after(text, at)
            if text[at] not in "=:":
                raise UnreadableHclError
            entries[key], at = self.value(at + 1, depth + 1)
            at = _after(text, at)
            if text[at] == ",":
                at = _after(text, at + 1)
        return entries, at + 1

    def _string(self, at: int) -> tuple[object, int]:
        end = end_of_string(self._text, at)
        return _template(self._text[at + 1 : end - 1], escapes=True), end

    def _heredoc(self, start: re.Match[str]) -> tuple[object, int]:
        end = re.compile(rf"^[ \t]*{re.escape(start[2])}[ \t]*\r?$", re.MULTILINE).search(self._text, start.end())
        if end is None:
            raise UnreadableHclError
        lines = self._text[start.end() : end.start()]
        if start[1]:
            indents = [len(line) - len(line.lstrip(" ")) for line in lines.splitlines() if line.strip()]
            least = min(indents, default=0)
            lines = "".join(line[least:] if line.strip() else line for line in lines.splitlines(keepends=True))
        return _template(lines, escapes=False), end.end()


def _template(text: str, *, escapes: bool) -> object:
    """The text with what is interpolated in it; plain where nothing is."""
    parts: list[object] = []
    literal: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if escapes and letter == "\\":
            if text[at + 1] not in _ESCAPES:
                raise UnreadableHclError
            literal.append(_ESCAPES[text[at + 1]])
            at += 2
        elif letter in "$%" and text.startswith(letter + letter + "{", at):
            literal.append(letter + "{")
            at += 3
        elif letter == "%" and text.startswith("{", at + 1):
            raise UnreadableHclError
        elif letter == "$" and text.startswith("{", at + 1):
            end = end_of_expression(text, at + 2)
            if literal:
                parts.append("".join(literal))
                literal = []
            parts.append(read_expression(text[at + 2 : end].strip()))
            at = end + 1
        else:
            literal.append(letter)
            at += 1
    if literal:
        parts.append("".join(literal))
    if not any(not isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)
    return Template(tuple(parts))


def _after(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found is not None else at


def _inline(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    if text.startswith(("#", "//"), at):
        stop = text.find("\n", at)
        return len(text) if stop < 0 else stop
    return at
