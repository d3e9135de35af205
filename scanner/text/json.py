"""JSON at the speed of the standard library; positions are looked for only when someone asks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in typeshed, in every CPython
from math import isinf
from typing import NoReturn, cast

from scanner.base.problem import Problem, ProblemsError
from scanner.text.document import MAX_DEPTH, MAX_NODES, MAX_REPEATS, Document, Keys, Repeat, Span
from scanner.text.lines import Lines

_space = re.compile(r"[ \t\n\r]*").match
# The closing quote is optional so that an unfinished string is one match and not a search from each of its characters.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]|[^\s",:\[\]{}]+', re.DOTALL)
# One half of a surrogate pair without the other, unless an escaped backslash stands before it.
_HALF_PAIR = re.compile(
    r"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u.)[c-fC-F][0-9a-fA-F]{2})"
)
_read_value: Callable[[str, int], tuple[object, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # as above


class _NotANumberError(ValueError):
    """A word that JSON's grammar, or the range of a float, has no room for."""


class BeyondLimitsError(ProblemsError):
    """The text is JSON as far as it was read, but deeper or larger than is read."""


def read_json(text: str, path: str, most: int = MAX_NODES) -> Document:
    """Read JSON of at most `most` values.

    Raises `ProblemsError` for what is not well-formed, not finite, or nested deeper than 200 levels.
    """
    text = text.removeprefix("\ufeff")
    repeated = False

    def mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        made = dict(pairs)
        if len(made) < len(pairs):
            repeated = True
        return made

    decoder = json.JSONDecoder(object_pairs_hook=mapping, parse_constant=_refuse, parse_float=_finite)
    try:
        data: object = decoder.decode(text)
    except json.JSONDecodeError as error:
        _fail(text, path, *_sentence(text, error))
    except _NotANumberError as error:
        _fail(text, path, _offset_of(text, str(error)), f"`{error}` is not a number in JSON")
    except RecursionError:
        _fail_for_depth(text, path)
    except ValueError:
        # The interpreter refuses to convert integers of more than 4,300 digits.
        _fail(text, path, _offset_of_longest_number(text), "this number has too many digits")
    depth, count = _size(data)
    if depth > MAX_DEPTH:
        _fail_for_depth(text, path)
    if count > most:
        raise BeyondLimitsError([_problem(text, path, 0, f"the document has more than {most:,} values")])
    if _HALF_PAIR.search(text):
        _refuse_half_pairs(text, path, data)
    spans = _JsonSpans(text)
    return Document(path=path, data=data, text=text, spans=spans, repeats=spans.repeats() if repeated else ())


def _refuse(word: str) -> NoReturn:
    raise _NotANumberError(word)


def _finite(word: str) -> float:
    value = float(word)
    if isinf(value):
        raise _NotANumberError(word)
    return value


def _refuse_half_pairs(text: str, path: str, data: object) -> None:
    """Such text cannot be written out again by anyone who comes after."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        found = cast("re.Match[str]", _HALF_PAIR.search(text))
        _fail(text, path, found.start(), f"`{found[0]}` is half of a pair and cannot stand alone")


def _size(data: object) -> tuple[int, int]:
    """Levels of nesting, counted no further than matters, and values in them."""
    count = 1
    depth = 0
    level: list[dict[str, object] | list[object]] = [data] if isinstance(data, dict | list) else []
    while level and depth <= MAX_DEPTH:
        depth += 1
        count += sum(map(len, level))
        level = [
            value
            for container in level
            for value in (container.values() if type(container) is dict else container)
            if type(value) is dict or type(value) is list
        ]
    return depth, count


def _fail(text: str, path: str, offset: int, message: str) -> NoReturn:
    raise ProblemsError([_problem(text, path, offset, message)])


def _problem(text: str, path: str, offset: int, message: str) -> Problem:
    line, column = Lines(text).at(offset)
    return Problem(path, message, line, column)


def _fail_for_depth(text: str, path: str) -> NoReturn:
    depth = 0
    offset = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("{", "["):
            depth += 1
            if depth > MAX_DEPTH:
                offset = token.start()
                break
        elif token[0] in ("}", "]"):
            depth -= 1
    raise BeyondLimitsError([_problem(text, path, offset, f"nested deeper than {MAX_DEPTH} levels")])


def _offset_of(text: str, word: str) -> int:
    return next((token.start() for token in _TOKEN.finditer(text) if token[0] == word), 0)


def _offset_of_longest_number(text: str) -> int:
    words = (token for token in _TOKEN.finditer(text) if token[0][-1].isdigit())
    longest = max(words, key=lambda token: len(token[0]), default=None)
    return longest.start() if longest else 0


def _sentence(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """The standard library's words as one of our sentences, with the offset it is about."""
    offset, message = error.pos, error.msg
    before = len(text[:offset].rstrip()) - 1
    if message.startswith("Illegal trailing comma"):
        return offset, "not well-formed JSON: a comma stands before the closing bracket"
    if text[offset : offset + 1] in ("}", "]") and before >= 0 and text[before] == ",":
        return before, "not well-formed JSON: a comma stands before the closing bracket"
    if message == "Extra data":
        return offset, "not well-formed JSON: something follows the end of the document"
    if offset >= len(text):
        return max(len(text.rstrip()) - 1, 0), "not well-formed JSON: the document ends too early"
    if message.startswith("Expecting"):
        wanted = message.removeprefix("Expecting ").replace("'", "`").removesuffix(" delimiter")
        return offset, f"not well-formed JSON: expected {wanted}"
    wrong = message.removesuffix(" starting at").removesuffix(" at")
    return offset, f"not well-formed JSON: {wrong[:1].lower()}{wrong[1:]}"


class _JsonSpans:
    """Walks the text along one path only; each mapping or list on the way is walked once.

    Made only for text that the decoder has taken, so every shape below is well-formed.
    """

    __slots__ = ("_known", "_repeats", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[int, dict[str | int, Span]] = {}
        self._repeats = 0

    def find(self, keys: Keys) -> Span:
        start = self._past_space(0)
        span = Span(start, start, len(self._text))
        for key in keys:
            if self._text[span.value] not in ("{", "["):
                break
            below = self._known.get(span.value)
            if below is None:
                below = self._known[span.value] = self._walk(span.value, self._past_value)[0]
            if key not in below:
                break
            span = below[key]
        return span

    def repeats(self) -> list[Repeat]:
        """Every key that stands twice in one mapping; walks the whole text."""
        return sorted(self._search(self._past_space(0), ())[0], key=lambda repeat: repeat.second.key)

    def _search(self, start: int, path: tuple[str | int, ...]) -> tuple[list[Repeat], int]:
        """The repeats at and below `start`, and where what begins there ends."""
        if self._text[start] not in ("{", "["):
            return [], self._past_value(start, 0)
        # By key, so that what stands inside a value that a later one replaces is forgotten: it has no path in the data.
        inside: dict[str | int, list[Repeat]] = {}

        def search(value: int, key: str | int) -> int:
            inside[key], end = self._search(value, (*path, key))
            return end

        _, repeated, end = self._walk(start, search)
        found = [Repeat((*path, key), first, second) for key, first, second in repeated]
        return found + [repeat for repeats in inside.values() for repeat in repeats], end

    def _walk(
        self, start: int, past: Callable[[int, str | int], int]
    ) -> tuple[dict[str | int, Span], list[tuple[str | int, Span, Span]], int]:
        """What stands directly in the container at `start`, which keys repeat, and where the container ends.

        `past` says where the value ends that begins at an offset, under a key.
        """
        text = self._text
        is_mapping = text[start] == "{"
        spans: dict[str | int, Span] = {}
        repeated: list[tuple[str | int, Span, Span]] = []
        at = self._past_space(start + 1)
        while text[at] not in ("}", "]"):
            key_at = at
            key: str | int = len(spans)
            if is_mapping:
                key, at = scanstring(text, at + 1, True)
                at = self._past_space(self._past_space(at) + 1)
            span = Span(key_at, at, past(at, key))
            if key in spans and self._repeats <= MAX_REPEATS:
                self._repeats += 1
                repeated.append((key, spans[key], span))
            spans[key] = span
            at = self._past_space(span.end)
            if text[at] == ",":
                at = self._past_space(at + 1)
        return spans, repeated, at + 1

    def _past_value(self, start: int, _key: str | int) -> int:
        return _read_value(self._text, start)[1]

    def _past_space(self, start: int) -> int:
        return cast("re.Match[str]", _space(self._text, start)).end()
