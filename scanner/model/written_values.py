"""Keys and what stands at them in JSON, SQL, key conditions and forms that a mapping writes, whatever it writes there.

What a mapping reads is a mark in the text: a private character, a number, another private character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OPEN, CLOSE = "\ue000", "\ue001"
MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_KEY = re.compile(r"(?:\\*[\"'])([:#$]?[\w.:-]{1,128})(?:\\*[\"'])\s{0,64}:\s{0,64}")
# An attribute of DynamoDB, of a message or of a filter says its type or its operator first.
_TYPED = re.compile(
    r"\{\s{0,64}\\*[\"']?(?:S|N|B|SS|NS|Value|StringValue|stringValue|eq|ne|in|contains|beginsWith|between|value|type|DataType)"
    r"\\*[\"']?\s{0,64}:"
)
_EQUALS = re.compile(rf"([#$]?[\w.-]{{1,128}})\s{{0,8}}=\s{{0,8}}[\"'\\]{{0,4}}{OPEN}([0-9]+){CLOSE}")
_PLACEHOLDER = re.compile(r"(#?[\w.]{1,128})\s{0,8}=\s{0,8}(:[\w]{1,128})\b")
_BEGINS = re.compile(r"begins_with\s{0,8}\(\s{0,8}(#?[\w.]{1,128})\s{0,8},\s{0,8}(:[\w]{1,128})\b")
_STANDS_FOR = re.compile(r"\\*[\"'](#[\w]{1,128})\\*[\"']\s{0,8}:\s{0,8}\\*[\"']([\w.-]{1,128})\\*[\"']")
_LONGEST = 20_000
_PAIRS = {"{": "}", "[": "]", "(": ")"}


def written(text: str) -> Iterator[tuple[str, list[int]]]:
    """`(name, numbers of the marks that stand there)`."""
    meant = meant_by(text)
    for found in _KEY.finditer(text):
        value = _value(text, found.end())
        marks = [int(each) for each in MARK.findall(value)]
        if marks:
            yield meant.get(found[1], found[1]), marks
    for found in _EQUALS.finditer(text):
        yield meant.get(found[1], found[1]), [int(found[2])]


def meant_by(text: str) -> dict[str, str]:
    """What the placeholders of key conditions stand for: `:t` for `tenantId` in `tenantId = :t`."""
    names = dict(_STANDS_FOR.findall(text))
    return names | {
        placeholder: names.get(name, name)
        for pattern in (_PLACEHOLDER, _BEGINS)
        for name, placeholder in pattern.findall(text)
    }


def _value(text: str, start: int) -> str:
    """What stands at `start` in JSON; of an object only what says one typed value."""
    quoted = re.compile(r"(\\*)([\"'])").match(text, start)
    if quoted:
        end = re.compile(rf"(?<!\\){re.escape(quoted[0])}" if not quoted[1] else re.escape(quoted[0])).search(
            text, quoted.end()
        )
        return text[quoted.end() : end.start() if end else start + _LONGEST]
    opening = text[start : start + 1]
    if opening == "{" and not _TYPED.match(text, start):
        return ""
    return text[start : _end(text, start)]


def _end(text: str, start: int) -> int:
    """Where a value ends: at a comma or the end of what it stands in."""
    wanted: list[str] = []
    for place in range(start, min(len(text), start + _LONGEST)):
        char = text[place]
        if char in _PAIRS:
            wanted.append(_PAIRS[char])
        elif wanted and char == wanted[-1]:
            wanted.pop()
            if not wanted and text[start] in _PAIRS:
                return place + 1
        elif not wanted and char in ",}])\n":
            return place
    return min(len(text), start + _LONGEST)


__all__ = ["CLOSE", "MARK", "OPEN", "meant_by", "written"]
