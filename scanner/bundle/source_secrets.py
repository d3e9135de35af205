"""`.tf` files as a bundle keeps them: without secrets, every line where it stood, and read as before.

By the names of arguments, of variables and of the keys of maps, by `sensitive = true`, by the detectors, and by what a
plan marks as sensitive, which is taken out wherever it stands again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from scanner.bundle.data_secrets import SHORTEST, holds_settings, speaks
from scanner.bundle.masked_text import masked
from scanner.inputs.terraform.hcl import Body, UnreadableHclError, end_of_string, read_hcl
from scanner.model.secret_detectors import detected
from scanner.model.secrets import SETTING, is_reference, kind_of, redaction

_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*|//[^\n]*|/\*.*?\*/)|<<-?(?P<mark>[A-Za-z_][\w-]*)[ \t]*\r?\n|(?P<quote>\")", re.DOTALL
)
_KEY = re.compile(r"(?:\"(?P<quoted>[^\"\n]{1,255})\"|(?P<name>[A-Za-z_][\w-]{0,254}))\s{0,40}[=:]\s{0,40}\(?\Z")
_LONGEST_KEY = 400
_GIVEN = frozenset({"default", "value"})
Span = tuple[int, int, str]


def without_secrets_of_source(content: bytes, told: Collection[str] = ()) -> bytes:
    """The file with each secret replaced; `told` are values that are secret wherever they stand.

    What is no HCL has its values masked.
    """
    text = content.decode("utf-8", "surrogateescape")
    start = 1 if text.startswith("\ufeff") else 0
    try:
        spans = list(_spans(text, read_hcl(text[start:]), start))
    except (UnreadableHclError, RecursionError):
        return masked(content)
    values = {*told, *(text[first:last] for first, last, _ in spans)}
    text = _without(text, spans)
    known = sorted((each for each in values if len(each) >= SHORTEST and kind_of(each) != SETTING), key=len)
    for each in reversed(known):
        text = text.replace(each, _instead(each, kind_of(each)))
    return _without(text, list(_detected(text))).encode("utf-8", "surrogateescape")


def _spans(text: str, body: Body, start: int, above: tuple[str, ...] = (), *, secret: bool = False) -> Iterator[Span]:
    """Where literals of secrets stand; `above` are the names of the blocks that the body is in."""
    said = body.arguments.get("sensitive")
    secret = secret or (said is not None and said.text == "true")
    for name, argument in body.arguments.items():
        named = (secret and name in _GIVEN) or speaks(name) or (name in _GIVEN and any(map(speaks, above[-1:])))
        settings = holds_settings(name, above)
        first = argument.start + start
        for begin, end, key in _literals(text, first, first + len(argument.text)):
            value = text[begin:end]
            hidden = named or settings or (key is not None and speaks(key))
            if hidden and value and not is_reference(value) and not value.startswith(("<redacted ", "${")):
                yield begin, end, kind_of(value)
    for block in body.blocks:
        yield from _spans(text, block.body, start, (*above, block.kind, *block.labels), secret=False)


def _literals(text: str, at: int, end: int) -> Iterator[tuple[int, int, str | None]]:
    """What stands in the strings and heredocs of an expression, with the key of the map that it is the value of."""
    for opened, begin, stop in _texts(text, at, end):
        if opened is not None:
            key = _KEY.search(text, max(opened - _LONGEST_KEY, 0), opened)
            yield begin, stop, (key["quoted"] or key["name"]) if key is not None else None


def _texts(text: str, at: int, end: int) -> Iterator[tuple[int | None, int, int]]:
    """What no expression is: where a literal opens, or None of a comment, and from where to where its text goes."""
    while (found := _TOKEN.search(text, at, end)) is not None:
        at = found.end()
        if found["comment"] is not None:
            yield None, found.start(), at
        elif found["quote"] is not None:
            at = end_of_string(text, found.start())
            yield found.start(), found.end(), at - 1
        else:
            close = re.compile(rf"^[ \t]*{re.escape(found['mark'])}[ \t]*\r?$", re.MULTILINE).search(text, at, end)
            if close is None:
                return
            yield found.start(), at, max(close.start() - 1, at)
            at = close.end()


def _detected(text: str) -> Iterator[Span]:
    """What detectors find in literals and comments: `password = var.password` is none of a secret."""
    texts = [(begin, stop) for _, begin, stop in _texts(text, 0, len(text))]
    starts = [begin for begin, _ in texts]
    for first, last, kind in detected(text):
        at = bisect_right(starts, first) - 1
        if at >= 0 and first < texts[at][1]:
            yield first, last, kind


def _without(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    last = 0
    for first, end, kind in sorted(spans):
        if first >= last:
            parts += [text[last:first], _instead(text[first:end], kind)]
            last = end
    return "".join((*parts, text[last:]))


def _instead(value: str, kind: str) -> str:
    return redaction(kind) + "\n" * value.count("\n")


__all__ = ["without_secrets_of_source"]
