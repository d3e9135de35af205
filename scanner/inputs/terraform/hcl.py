"""The blocks and arguments of `.tf` files with the lines they stand on; nothing in them is evaluated.

The grammar is that of "HCL Native Syntax Specification": a body holds arguments (`name = expression`) and blocks
(`type "label" { ... }`). An expression is kept as its text.
"""

from __future__ import annotations

import re
from dataclasses import field

from scanner.base.error import TenantproofError
from scanner.base.record import mutable, record

MAX_DEPTH = 60
_SPACE = re.compile(r"(?:[ \t\r]+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_BLANK = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_HEREDOC = re.compile(r"<<(-?)([A-Za-z_][\w-]*)[ \t]*\r?\n")
# Up to the next character that can end an expression or open something in it.
_PLAIN = re.compile(r"[^\"\n(){}\[\]#/<]+")


@record
class Argument:
    """`text` is the expression; `start` is its offset in the file."""

    text: str
    start: int
    line: int
    column: int
    end_line: int


@mutable(eq=False)
class Body:
    """What stands between two braces, or in a whole file."""

    arguments: dict[str, Argument] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def all(self, kind: str) -> list[Block]:
        """The blocks of one type in the order they are written, such as all `dynamic`."""
        return [each for each in self.blocks if each.kind == kind]


@record
class Block:
    """`kind` is the block's type, such as `resource`. Lines and columns count from 1."""

    kind: str
    labels: tuple[str, ...]
    body: Body
    line: int
    column: int
    end_line: int


class UnreadableHclError(TenantproofError):
    """The text is no HCL, or deeper than is read."""


def read_hcl(text: str) -> Body:
    """The body of a file. Raises UnreadableHclError."""
    reader = _Reader(text)
    body, _ = reader.body(0, 0, closed=False)
    return body


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [match.start() for match in re.finditer("\n", text)]

    def place(self, offset: int) -> tuple[int, int]:
        from bisect import bisect_left

        line = bisect_left(self._breaks, offset)
        return line + 1, offset - (self._breaks[line - 1] + 1 if line else 0) + 1

    def body(self, at: int, depth: int, *, closed: bool) -> tuple[Body, int]:
        if depth > MAX_DEPTH:
            raise UnreadableHclError
        body = Body()
        text = self._text
        while True:
            at = _skip(_BLANK, text, at)
            if at >= len(text):
                if closed:
                    raise UnreadableHclError
                return body, at
            if text[at] == "}":
                if not closed:
                    raise UnreadableHclError
                return body, at + 1
            name = _NAME.match(text, at)
            if name is None:
                raise UnreadableHclError
            line, column = self.place(at)
            at = _skip(_SPACE, text, name.end())
            if text[at : at + 1] == "=" and text[at : at + 2] != "==":
                at = _skip(_SPACE, text, at + 1)
                end = end_of_expression(text, at)
                said = text[at:end].rstrip()
                last, _ = self.place(at + max(len(said) - 1, 0))
                body.arguments[name[0]] = Argument(said, at, line, column, last)
                at = end
                continue
            labels: list[str] = []
            while text[at : at + 1] != "{":
                label = _NAME.match(text, at)
                if label is not None:
                    labels.append(label[0])
                    at = label.end()
                elif text[at : at + 1] == '"':
                    end = end_of_string(text, at)
                    labels.append(text[at + 1 : end - 1])
                    at = end
                else:
                    raise UnreadableHclError
                at = _skip(_SPACE, text, at)
            inner, at = self.body(at + 1, depth + 1, closed=True)
            body.blocks.append(Block(name[0], tuple(labels), inner, line, column, self.place(at - 1)[0]))


def end_of_expression(text: str, at: int) -> int:
    """Where an argument's expression ends: at a line break or a closing bracket that nothing in it has opened."""
    depth = 0
    while at < len(text):
        plain = _PLAIN.match(text, at)
        if plain is not None:
            at = plain.end()
            continue
        letter = text[at]
        if letter == '"':
            at = end_of_string(text, at)
        elif letter in "({[":
            depth, at = depth + 1, at + 1
        elif letter in ")}]":
            if depth == 0:
                return at
            depth, at = depth - 1, at + 1
        elif letter == "\n":
            if depth == 0:
                return at
            at += 1
        elif letter == "<" and (start := _HEREDOC.match(text, at)) is not None:
            at = _end_of_heredoc(text, start)
            if depth == 0:
                return at
        elif letter == "#" or text.startswith("//", at):
            stop = text.find("\n", at)
            at = len(text) if stop < 0 else stop
        elif text.startswith("/*", at):
            stop = text.find("*/", at)
            at = len(text) if stop < 0 else stop + 2
        else:
            at += 1
    if depth:
        raise UnreadableHclError
    return at


def end_of_string(text: str, at: int) -> int:
    """The offset behind the closing quote; `${` and `%{` in it hold expressions with strings of their own."""
    at += 1
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 2
        elif letter == '"':
            return at + 1
        elif letter in "$%" and text.startswith("{", at + 1):
            # Twice the sign stands for itself.
            at = at + 2 if text[at - 1] == letter else end_of_expression(text, at + 2) + 1
        elif letter == "\n":
            raise UnreadableHclError
        else:
            at += 1
    raise UnreadableHclError


def _end_of_heredoc(text: str, start: re.Match[str]) -> int:
    end = re.compile(rf"^[ \t]*{re.escape(start[2])}[ \t]*\r?$", re.MULTILINE).search(text, start.end())
    if end is None:
        raise UnreadableHclError
    return end.end()


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found is not None else at
