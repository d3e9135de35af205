"""A file's text without its secrets: in snippets and in what a bundle keeps of it, whatever style it is written in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from scanner.model.secret_detectors import goes_on, is_of_lines
from scanner.model.secrets import PLAIN, detected, is_reference, kind_of, redaction, secret_places, speaks_of_secret
from scanner.text.document import Document
from scanner.text.lines import Lines

Path = tuple[str | int, ...]
SHORTEST = 6
"""Characters of a value that is looked for also where it does not stand as a secret: a shorter one is in many words."""
# What stands before a value of YAML and is no part of it: tags and anchors.
_PREFIX = re.compile(r"(?:[!&][^\s,\[\]{}\"']*+[ \t]++)*+")
_BREAKS = re.compile(r"\r\n|\n|\r")


class SecretSpans:
    """Found once for a document, or for all documents of one text, and only where something of it is shown."""

    def __init__(self, document: Document, *others: Document) -> None:
        self._document = document.source()
        self._all = (self._document, *(each.source() for each in others))
        self._lines: dict[tuple[int, int], list[str]] = {}

    def lines(self, first: int, last: int) -> list[str]:
        """As `Document.lines`, with secrets replaced."""
        if not self._is_of_lines or "_shown" in self.__dict__:
            return self._shown.between(first, last)
        known = self._lines.get((first, last))
        if known is None:
            known = self._lines[first, last] = self._between(first, last)
        return [*known]

    @cached_property
    def _is_of_lines(self) -> bool:
        """Whether a part of the text can be shown without looking through the rest of it."""
        text = self._document.text
        return len(text) > _LARGE and "\r" not in text and is_of_lines(text) and not self.values

    def _between(self, first: int, last: int) -> list[str]:
        text = self._document.text
        at = begin = self._document.offset(first, 1)
        end = (text.find("\n", self._document.offset(max(first, last), 1)) + 1) or len(text)
        kept = self._kept
        before = after = -1
        while (before, after) != (begin, end):
            before, after = begin, end
            while begin and goes_on(text, begin):
                begin = text.rfind("\n", 0, begin - 1) + 1
            while end < len(text) and goes_on(text, end):
                end = (text.find("\n", end) + 1) or len(text)
            for start, stop, *_ in kept:
                if start < begin < stop:
                    begin = text.rfind("\n", 0, start) + 1
                if start < end < stop:
                    end = (text.find("\n", stop - 1) + 1) or len(text)
        beyond = first > 1 and at == self._document.offset(first - 1, 1)
        number = 1 + text.count("\n", begin, at)
        return (
            []
            if beyond
            else Lines(self._without(self._spans(begin, end), begin, end)).between(number, number + last - first)
        )

    @cached_property
    def values(self) -> frozenset[str]:
        """Secret values that are told wherever they stand: long enough, and no mere settings."""
        return frozenset(self._told)

    @cached_property
    def _told(self) -> dict[str, str]:
        """The values, without what stands around them, and their lines, with the kind that is told of each."""
        found = {value: PLAIN for _, _, value, _, told in self._places if told}
        found |= {secret: kind for *_, kind, secret in self._escaped}
        pieces = {piece.strip(): kind for value, kind in found.items() for piece in _BREAKS.split(value)}
        return {
            each: kind
            for each, kind in (*pieces.items(), *((value.strip(), kind) for value, kind in found.items()))
            if len(each) >= SHORTEST
        }

    def shown_column(self, line: int, column: int) -> int:
        """Where a column of the text is in the line as it is shown, both counted from 1."""
        offset = self._document.offset(line, column)
        at = bisect_right(self._begins, offset) - 1
        if at >= 0:
            first, last, begin, end = self._moved[at]
            offset = begin if first <= offset < last else offset + end - last
        return max(offset - self._shown.start(line), 0) + 1

    def replaced(self) -> str:
        """The text with each secret replaced, in which every line stands where it stood, and that reads as before."""
        return self._text

    @cached_property
    def _shown(self) -> Lines:
        return Lines(self._text)

    @cached_property
    def _text(self) -> str:
        return self._without(self._replaced, 0, len(self._document.text))

    @cached_property
    def _replaced(self) -> list[tuple[int, int, str, bool]]:
        return self._spans(0, len(self._document.text))

    def _without(self, spans: Iterable[tuple[int, int, str, bool]], begin: int, end: int) -> str:
        """The text from `begin` to `end` with these replaced."""
        text = self._document.text
        parts: list[str] = []
        here = begin
        for first, last, kind, quoted in spans:
            parts += [text[here:first], *self._instead(first, last, kind, quoted=quoted)]
            here = last
        return "".join((*parts, text[here:end])) if parts else text[begin:end]

    def _instead(self, first: int, last: int, kind: str, *, quoted: bool) -> list[str]:
        return [
            f'"{redaction(kind)}"' if quoted else redaction(kind),
            *_BREAKS.findall(self._document.text, first, last),
        ]

    @cached_property
    def _begins(self) -> list[int]:
        return [first for first, *_ in self._moved]

    @cached_property
    def _moved(self) -> list[tuple[int, int, int, int]]:
        """Where each thing that is replaced begins and ends in the text, and where that stands in the shown one."""
        found: list[tuple[int, int, int, int]] = []
        shift = 0
        for first, last, kind, quoted in self._replaced:
            end = first + shift + sum(map(len, self._instead(first, last, kind, quoted=quoted)))
            found.append((first, last, first + shift, end))
            shift = end - last
        return found

    @cached_property
    def _kept(self) -> list[tuple[int, int, str, bool]]:
        """The values that are replaced as a whole, in order and none inside another."""
        kept: list[tuple[int, int, str, bool]] = []
        for each in sorted(self._whole()):
            if not kept or each[0] >= kept[-1][1]:
                kept.append(each)
        return kept

    def _spans(self, begin: int, end: int) -> list[tuple[int, int, str, bool]]:
        """What is replaced from `begin` to `end`, by what, and whether in quotes; in order, and none inside another."""
        kept = self._kept
        starts = [each[0] for each in kept]
        parts: list[tuple[int, int, str, bool]] = []
        for first, last, kind in sorted(self._parts(begin, end)):
            before = bisect_right(starts, first) - 1
            covered = (before >= 0 and kept[before][1] > first) or (
                before + 1 < len(kept) and starts[before + 1] < last
            )
            if covered:
                continue
            if parts and first < parts[-1][1]:
                parts[-1] = (parts[-1][0], max(last, parts[-1][1]), parts[-1][2], False)
            else:
                parts.append((first, last, kind, False))
        return sorted([*(each for each in kept if begin <= each[0] < end), *parts])

    def _whole(self) -> Iterator[tuple[int, int, str, bool]]:
        """Values that stand where a secret does."""
        text = self._document.text
        for document, path, _, kind, _ in self._places:
            span = document.span(path)
            first = _PREFIX.match(text, span.value, span.end)
            start = first.end() if first is not None else span.value
            if text.startswith("*", start):
                # It is written where the anchor stands, and found there by what it is.
                continue
            yield start, span.end, kind, True
        for document, path, kind, secret in self._escaped:
            span = document.span(path)
            # Where it is not as it stands in the text, nothing of the value is shown.
            if len(secret) < SHORTEST or text.find(secret, span.value, span.end) < 0:
                yield span.value, span.end, kind, True

    def _parts(self, begin: int, stop: int) -> Iterator[tuple[int, int, str]]:
        """What is a secret wherever it stands from `begin` to `stop`, where such lines begin and end."""
        text = self._document.text
        for first, last, kind in detected(text[begin:stop]):
            start, end = begin + first, begin + last
            if _CROSSES.search(text, start, end) is None:
                yield start, end, kind
            else:
                yield from ((first, last, kind) for first, last in self._within(start, end))
        if told := [re.escape(each) for each in sorted(self.values, key=len, reverse=True)[:_MOST_VALUES]]:
            for found in re.finditer("|".join(told), text):
                yield found.start(), found.end(), self._told[found[0]]

    def _within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """What of it stands in values, and in comments: signs of the structure stay, so that the rest is read."""
        here = start
        for first, last in self._values:
            if last <= start or first >= end:
                continue
            if here < first and "#" in self._document.text[here:first]:
                yield here, first
            yield max(first, start), min(last, end)
            here = max(here, last)
        if here == start or (here < end and "#" in self._document.text[here:end]):
            yield here, end

    @cached_property
    def _values(self) -> list[tuple[int, int]]:
        """Where the texts of the document stand, without their quotes."""
        text = self._document.text
        found = set()
        for document in self._all:
            for path, _ in _texts_in(document.data, ()):
                span = document.span(path)
                first = _PREFIX.match(text, span.value, span.end)
                start = first.end() if first is not None else span.value
                quoted = text[start : start + 1] in ("'", '"') and span.end - start > 1
                found.add((start + 1, span.end - 1) if quoted else (start, span.end))
        return sorted(found)

    @cached_property
    def _escaped(self) -> list[tuple[Document, Path, str, str]]:
        """What detectors find in a value, where its text may have quotes and signs in another form than the value."""
        text = self._document.text
        if "\\" not in text and "''" not in text:
            return []
        if not any(any(True for _ in detected(value)) for document in self._all for value in _values_in(document.data)):
            return []  # nearly always; where the values stand is not asked then
        return [
            (document, path, kind, value[start:end])
            for document in self._all
            for path, value in _texts_in(document.data, ())
            for start, end, kind in detected(value)
        ]

    @cached_property
    def _places(self) -> list[tuple[Document, Path, str, str, bool]]:
        """Each place with its value and kind, and whether it is a secret by its name and not only as a setting."""
        return [
            (document, path, value, kind, told)
            for document in self._all
            if isinstance(document.data, dict)
            for path, kind, told in _places_in(document.data)
            if (value := str(_at(document.data, path))) and not isinstance(_at(document.data, path), bool)
        ]


_MOST_VALUES = 2_000
_LARGE = 1_000
"""Characters of a text that is not looked through as a whole for a few lines of it."""
# What may stand between values.
_CROSSES = re.compile(r"[\"',\[\]{}\n]")


def _values_in(node: object) -> Iterator[str]:
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.__class__ is str:
            yield here
        elif isinstance(here, dict):
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)


def _texts_in(node: object, path: Path) -> Iterator[tuple[Path, str]]:
    waiting = [(path, node)]
    while waiting:
        at, here = waiting.pop()
        if isinstance(here, str):
            yield at, here
        elif isinstance(here, dict):
            waiting += [((*at, key), child) for key, child in here.items()]
        elif isinstance(here, list):
            waiting += [((*at, number), child) for number, child in enumerate(here)]


def _of_objects(data: Mapping[str, object], at: Path, outer: str) -> Iterator[tuple[Path, str, bool]]:
    """Of an object of Kubernetes, or of all in a list; `outer` is what the list says that its items are."""
    said, items = data.get("kind"), data.get("items")
    if isinstance(said, str) and said.endswith("List") and isinstance(items, list):
        for number, each in enumerate(items):
            if isinstance(each, dict):
                yield from _of_objects(each, (*at, "items", number), said.removesuffix("List"))
        return
    name = f"Kubernetes::core::{said if isinstance(said, str) else outer}"
    for path, kind in secret_places(name, data):
        yield (*at, *path), kind, _is_told(path)


def _places_in(data: Mapping[str, object]) -> Iterator[tuple[Path, str, bool]]:
    if isinstance(data.get("apiVersion"), str) and isinstance(data.get("kind"), str):
        yield from _of_objects(data, (), "")
        return
    resources = data.get("Resources")
    for logical_id, body in resources.items() if isinstance(resources, dict) else ():
        if not isinstance(body, dict):
            continue
        said = body.get("Type")
        for section in ("Properties", "Metadata"):
            if section in body:
                at = ("Resources", logical_id, section)
                name = said if isinstance(said, str) and section == "Properties" else ""
                for path, kind in secret_places(name, body[section], (section,)):
                    yield (*at, *path[1:]), kind, _is_told(path)
    parameters = data.get("Parameters")
    for name, body in parameters.items() if isinstance(parameters, dict) else ():
        # A reference, or the words that ask for the value, are no secret.
        if not isinstance(body, dict) or "Default" not in body or is_reference(body["Default"]):
            continue
        if is_hidden(name, body):
            yield ("Parameters", name, "Default"), kind_of(str(body["Default"])), True
    for section, body in data.items():
        if section not in ("Resources", "Parameters", "Conditions", "Rules", "Transform"):
            for path, kind in secret_places("", body, (section,)):
                yield path, kind, _is_told(path)


def is_hidden(name: str, parameter: Mapping[str, object]) -> bool:
    """Whether a parameter's value is not shown: it is declared so, or called so and no list of choices."""
    if str(parameter.get("NoEcho")).lower() == "true":
        return True
    return speaks_of_secret(name) and "AllowedValues" not in parameter and _is_text(parameter)


def _is_text(parameter: Mapping[str, object]) -> bool:
    return parameter.get("Type") in ("String", "Number", "CommaDelimitedList", None)


def _is_told(path: Path) -> bool:
    names = [each for each in path if isinstance(each, str) and not each.startswith("Fn::")]
    return any(map(speaks_of_secret, names))


def _at(data: object, path: Path) -> object:
    for step in path:
        data = data[step]  # type: ignore[index]  # a path that was found in it
    return data


__all__ = ["SecretSpans", "is_hidden"]
