"""YAML events into plain data, with the places of all parts on the side.

PyYAML's own constructors are a third as fast, lose positions, and take `2012-10-17` for a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn, Protocol, TypeAlias, cast

from yaml import events

from scanner.base.problem import Level, Problem, ProblemsError
from scanner.text.document import MAX_DEPTH, MAX_NODES, MAX_REPEATS, Document, Keys, Repeat, Span
from scanner.text.lines import Lines
from scanner.text.scalars import CONSTANTS, NUMERIC, number, plain

# As bare classes: what events have in common is said by `_Event` below, which PyYAML's own classes do not know.
ALIAS: type[object] = events.AliasEvent
DOCUMENT_START: type[object] = events.DocumentStartEvent
MAPPING_END: type[object] = events.MappingEndEvent
MAPPING_START: type[object] = events.MappingStartEvent
SCALAR: type[object] = events.ScalarEvent
SEQUENCE_END: type[object] = events.SequenceEndEvent
STREAM_END: type[object] = events.StreamEndEvent

MAX_NOTES = 100
LONGEST_SHOWN = 80

# Offsets of the key, of the value and of its end, and the same for what the value contains (None for a scalar).
# Plain tuples: a named one would double the cost of this, the innermost loop of every scan.
Entry: TypeAlias = "tuple[int, int, int, Entries | None]"
Entries: TypeAlias = "dict[str, Entry] | list[Entry]"
Node: TypeAlias = "tuple[object, int, int, Entries | None]"

_YAML = "tag:yaml.org,2002:"
_UNPREFIXED = frozenset({"Ref", "Condition"})
_is_date = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}").fullmatch


class _Mark(Protocol):
    index: int


class _Event(Protocol):
    """Any event. Those without a value, an anchor or a tag are never asked for it."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]
    style: str | None


class _Parser(Protocol):
    def get_event(self) -> _Event: ...


class _Anchored(NamedTuple):
    value: object
    entries: Entries | None
    nodes: int  # with all aliases below expanded
    height: int  # levels of nesting below


class Composer:
    """Composes one text once. Raises `ProblemsError`, and PyYAML's errors for what is not well-formed."""

    def __init__(self, text: str, path: str, *, cloudformation: bool) -> None:
        self._text = text
        self._lines = Lines(text)
        self._path = path
        self._cloudformation = cloudformation
        self._get = parser_of(text).get_event
        self._anchors: dict[str, _Anchored | None] = {}  # None while the anchored container is still open
        self._keys: list[str | int] = []  # of the container that is being read
        self._nodes = 0
        self._deepest = 0
        self._repeats: list[Repeat] = []
        self._notes: list[Problem] = []

    def document(self) -> Document:
        """The one document of the text; empty ones before and after it are passed over."""
        data: object = None
        entry: Entry = (0, 0, 0, None)
        for start, first in self._starts():
            if data is not None:
                self._fail(start, "a second document begins here; a file holds one")
            data, entry = self._root(first)
        return self._document(data, entry)

    def documents(self) -> list[Document]:
        """Each document of the text but the empty ones; the limits hold for all of them together."""
        found = []
        for _, first in self._starts():
            data, entry = self._root(first)
            found.append(self._document(data, entry))
            self._repeats, self._notes = [], []
        return found

    def _starts(self) -> Iterator[tuple[_Event, _Event]]:
        """The event that begins each document that holds something, and the first event in it."""
        event = self._get()
        while type(event) is not STREAM_END:
            if type(event) is DOCUMENT_START:
                start, event = event, self._get()
                if not _is_empty(event):
                    yield start, event
            event = self._get()

    def _root(self, first: _Event) -> tuple[object, Entry]:
        data, begin, end, entries = self._node(first, 0)
        self._anchors.clear()
        return data, (begin, begin, end, entries)

    def _document(self, data: object, entry: Entry) -> Document:
        return Document(
            path=self._path,
            data=data,
            text=self._text,
            spans=_EventSpans(entry),
            repeats=self._repeats,
            notes=self._notes,
        )

    def _node(self, event: _Event, depth: int) -> Node:
        """The value that begins with `event`, with its start, its end and the entries in it; `depth` counts it."""
        kind = type(event)
        if kind is ALIAS:
            return self._alias(event, depth)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._fail(event, f"the document has more than {MAX_NODES:,} values")
        anchor: str | None = event.anchor
        tag: str | None = event.tag
        if kind is SCALAR:
            text = event.value
            value: object = text
            begin, end, entries = event.start_mark.index, event.end_mark.index, None
            if event.implicit[0]:
                # Asked here as well as in `plain`: most text is neither, and a call costs as much as both questions.
                if (text in CONSTANTS or text[0] in NUMERIC) and not event.style:
                    value = plain(text)
            elif tag:
                value, entries = self._tagged_scalar(event, tag, begin, end)
            if anchor:
                self._anchors[anchor] = _Anchored(value, entries, 1, 1 if entries else 0)
            return value, begin, end, entries
        before, deepest = self._nodes, self._deepest
        name = self._intrinsic(event, tag, "map" if kind is MAPPING_START else "seq") if tag else None
        if name:
            depth += 1
            self._keys.append(name)
        depth += 1
        if depth > MAX_DEPTH:
            self._fail(event, f"nested deeper than {MAX_DEPTH} levels")
        if anchor:
            self._anchors[anchor] = None
            self._deepest = depth
        elif depth > self._deepest:
            self._deepest = depth
        value, begin, end, entries = (
            self._mapping(event, depth) if kind is MAPPING_START else self._sequence(event, depth)
        )
        if name:
            value, entries = {name: value}, {name: (begin, begin, end, entries)}
            self._keys.pop()
        if anchor:
            height = self._deepest - depth + (2 if name else 1)
            self._anchors[anchor] = _Anchored(value, entries, self._nodes - before + 1, height)
            self._deepest = max(deepest, self._deepest)
        return value, begin, end, entries

    def _mapping(self, start: _Event, depth: int) -> Node:
        get, node, keys = self._get, self._node, self._keys
        data: dict[str, object] = {}
        entries: dict[str, Entry] = {}
        merged: list[tuple[dict[str, object], dict[str, Entry]]] = []
        begin = end = start.start_mark.index
        event = get()
        while type(event) is not MAPPING_END:
            if type(event) is SCALAR and event.implicit[0]:
                name = event.value
                if name in CONSTANTS or name[0] in NUMERIC:
                    self._note_key(event)
            else:
                name = self._unusual_key(event)
            key_event, key_at = event, event.start_mark.index
            if key_event.anchor and type(key_event) is SCALAR:
                self._anchors[key_event.anchor] = _Anchored(name, None, 1, 0)
            keys.append(name)
            value, value_at, end, below = node(get(), depth)
            keys.pop()
            entry = (key_at, value_at, end, below)
            if name == "<<" and type(key_event) is SCALAR and not key_event.style:
                merged += self._sources(key_event, value, below)
            else:
                if name in data:
                    self._repeat(name, entries[name], entry)
                data[name] = value
                entries[name] = entry
            event = get()
        for source, places in merged:
            for name, value in source.items():
                if name not in data:
                    data[name] = value
                    entries[name] = places[name]
        return data, begin, _end(event, end), entries

    def _sequence(self, start: _Event, depth: int) -> Node:
        get, node, keys = self._get, self._node, self._keys
        data: list[object] = []
        entries: list[Entry] = []
        begin = end = start.start_mark.index
        keys.append(0)
        event = get()
        while type(event) is not SEQUENCE_END:
            value, value_at, end, below = node(event, depth)
            data.append(value)
            entries.append((value_at, value_at, end, below))
            keys[-1] = len(data)
            event = get()
        keys.pop()
        return data, begin, _end(event, end), entries

    def _alias(self, event: _Event, depth: int) -> Node:
        name = event.anchor or ""
        if name not in self._anchors:
            self._fail(event, f"alias `*{name}` has no anchor `&{name}` before it")
        anchored = self._anchors[name]
        if anchored is None:
            self._fail(event, f"alias `*{name}` stands inside its own anchor, so the value would contain itself")
        self._nodes += anchored.nodes
        if self._nodes > MAX_NODES:
            self._fail(event, f"with its aliases expanded the document has more than {MAX_NODES:,} values")
        self._deepest = max(self._deepest, depth + anchored.height)
        if self._deepest > MAX_DEPTH:
            self._fail(event, f"with its aliases expanded the document is nested deeper than {MAX_DEPTH} levels")
        return anchored.value, event.start_mark.index, event.end_mark.index, anchored.entries

    def _tagged_scalar(self, event: _Event, tag: str, begin: int, end: int) -> tuple[object, Entries | None]:
        text = event.value
        name = self._intrinsic(event, tag, "str")
        if name:
            value: object = text
            below: Entries | None = None
            if name == "Fn::GetAtt" and "." in text:
                value = text.split(".", 1)
                below = [(begin, begin, end, None)] * 2
            return {name: value}, {name: (begin, begin, end, below)}
        kind = tag.removeprefix(_YAML)
        if kind in ("str", "!"):
            return text, None
        typed = plain(text)
        wanted = {"int": (int,), "float": (float, int), "bool": (bool,), "null": (type(None),)}[kind]
        if type(typed) not in wanted:
            self._fail(event, f"`{_shortened(text)}` is not what its tag `!!{kind}` says")
        return float(typed) if kind == "float" and typed is not None else typed, None

    def _intrinsic(self, event: _Event, tag: str, natural: str) -> str | None:
        """The long name a tag of CloudFormation's stands for; None for a YAML tag that suits this kind of node."""
        if tag == "!":
            return None
        if tag.startswith(_YAML):
            kind = tag.removeprefix(_YAML)
            if kind == natural or (natural == "str" and kind in ("int", "float", "bool", "null")):
                return None
            self._fail(event, f"tag `!!{_shortened(kind)}` is not supported here")
        if not tag.startswith("!"):
            self._fail(event, f"tag `{_shortened(tag)}` is not supported")
        if not self._cloudformation:
            self._fail(event, f"tag `{_shortened(tag)}` has no meaning in this file")
        name = tag[1:]
        return name if name in _UNPREFIXED or name.startswith("Fn::") else f"Fn::{name}"

    def _unusual_key(self, event: _Event) -> str:
        """A key that is not a plain, untagged scalar."""
        if type(event) is SCALAR:
            if not event.tag or event.tag in ("!", f"{_YAML}str"):
                return str(event.value)
            self._fail(event, f"a key cannot carry the tag `{_shortened(event.tag)}`")
        if type(event) is ALIAS:
            value = self._alias(event, 0)[0]
            if isinstance(value, str):
                return value
        return self._fail(event, "a key must be text, not a list or a mapping")

    def _sources(
        self, event: _Event, value: object, entries: Entries | None
    ) -> list[tuple[dict[str, object], dict[str, Entry]]]:
        """The mappings that a merge key `<<` names."""
        pairs = (
            list(zip(value, [entry[3] for entry in entries], strict=True))
            if isinstance(value, list) and isinstance(entries, list)
            else [(value, entries)]
        )
        sources = [(data, below) for data, below in pairs if isinstance(data, dict) and isinstance(below, dict)]
        if len(sources) < len(pairs):
            self._fail(event, "the merge key `<<` takes a mapping or a list of mappings")
        return sources

    def _repeat(self, name: str, first: Entry, second: Entry) -> None:
        if len(self._repeats) <= MAX_REPEATS:
            path = (*self._keys, name)
            # What stood inside the value that is lost has no path in the data any more.
            self._repeats = [kept for kept in self._repeats if kept.keys[: len(path)] != path or kept.keys == path]
            self._repeats.append(Repeat(path, Span(*first[:3]), Span(*second[:3])))

    def _note_key(self, event: _Event) -> None:
        text = event.value
        if event.style:
            return
        if isinstance(number(text) if text and text not in CONSTANTS else None, str) and not _is_date(text):
            return
        if len(self._notes) == MAX_NOTES:
            self._notes.append(
                self._problem(event, "from here on there are more keys like those before", level="warning")
            )
        elif len(self._notes) < MAX_NOTES:
            kind = "empty" if text in CONSTANTS and CONSTANTS[text] is None else "not text"
            kind = "a date to some readers" if _is_date(text) else kind
            message = f"key `{_shortened(text)}` is {kind}; it is read as the text it is written with"
            self._notes.append(self._problem(event, message, hint="quote it", level="warning"))

    def _problem(self, event: _Event, message: str, hint: str | None = None, level: Level = "error") -> Problem:
        line, column = self._lines.at(event.start_mark.index)
        return Problem(self._path, message, line, column, hint, level=level)

    def _fail(self, event: _Event, message: str) -> NoReturn:
        raise ProblemsError([self._problem(event, message)])


class _EventSpans:
    """Finds parts in what the composer wrote down on its way."""

    __slots__ = ("_root",)

    def __init__(self, root: Entry) -> None:
        self._root = root

    def find(self, keys: Keys) -> Span:
        entry = self._root
        for key in keys:
            below = entry[3]
            if isinstance(below, dict) and isinstance(key, str) and key in below:
                entry = below[key]
                continue
            if isinstance(below, list) and isinstance(key, int) and 0 <= key < len(below):
                entry = below[key]
                continue
            break
        return Span(*entry[:3])


def parser_of(text: str) -> _Parser:
    """PyYAML's parser of events, in C where it was built with that."""
    try:
        from yaml._yaml import CParser
    except ImportError:  # PyYAML built without libyaml: the same events, twenty times as slow.
        from yaml.parser import Parser
        from yaml.reader import Reader
        from yaml.scanner import Scanner

        class PureParser(Reader, Scanner, Parser):
            """As `CParser`, of the same text."""

            def __init__(self) -> None:
                Reader.__init__(self, text)
                Scanner.__init__(self)
                Parser.__init__(self)

        return cast(_Parser, PureParser())
    return cast(_Parser, CParser(text))


def _is_empty(event: _Event) -> bool:
    return type(event) is SCALAR and event.value == "" and event.implicit[0] and not event.anchor


def _end(closing: _Event, last: int) -> int:
    """Where a container ends: at its bracket, or where its last part did (block style closes at the next token)."""
    after = closing.end_mark.index
    return after if after > closing.start_mark.index else last


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
