"""The shape of the YAML files we define ourselves, declared once as data.

`scanner.text.complaint` holds a file against its shape and names everything that is wrong; `scanner.text.json_schema`
describes the same shape to editors. So the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """A string. `pattern` matches all of it and `meaning` says it in words (`12 digits`); `complain` judges further.

    `complain` gives what is wrong, worded to follow the key's name (`needs a slash`), or None.
    """

    pattern: str | None = None
    meaning: str | None = None
    choices: tuple[str, ...] = ()
    non_empty: bool = True
    complain: Callable[[str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number between `least` and `most`, both included."""

    least: float | None = None
    most: float | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day as `YYYY-MM-DD`."""


@dataclass(frozen=True, slots=True)
class Exactly:
    """This one scalar, such as a version."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever YAML can hold."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list; with `or_one`, an item may stand alone in its place."""

    item: Shape
    least: int = 0
    or_one: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping whose keys the user chooses."""

    values: Shape
    least: int = 0
    key: Text | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a `Record`; `doc` is what an editor shows beside it."""

    shape: Shape
    doc: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping whose keys we choose; `rest`, where given, is the shape of all other keys.

    `exactly_one` and `at_least_one` are keys of which so many must be there.
    """

    keys: Mapping[str, Key]
    exactly_one: tuple[str, ...] = ()
    at_least_one: tuple[str, ...] = ()
    rest: Shape | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Variants:
    """Mappings of several kinds, told apart by the word at `key`; the records do not list that key themselves."""

    key: str
    cases: Mapping[str, Record]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whichever of the shapes fits; where none does, the one of the value's own type is held against it."""

    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A shape that refers to itself, or that many places share; `name` is its name in the JSON Schema."""

    name: str
    shape: Callable[[], Shape] = field(compare=False)


Shape = Text | Number | Flag | Date | Exactly | Anything | Items | Table | Record | Variants | OneOf | Named


def variant(shape: Variants, word: str) -> Record:
    """The record of one kind, with the key that tells the kinds apart."""
    case = shape.cases[word]
    return Record(
        {shape.key: Key(Exactly(word), case.doc, required=True), **case.keys},
        case.exactly_one,
        case.at_least_one,
        case.rest,
        case.doc,
    )
