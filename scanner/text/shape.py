"""The shape of the YAML files we define ourselves, declared once as data.

`scanner.text.complaint` holds a file against its shape and names everything that is wrong; `scanner.text.json_schema`
describes the same shape to editors. So the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from scanner.base.record import record


@record
class Text:
    """A string. `pattern` matches all of it and `meaning` says it in words (`12 digits`); `complain` judges further.

    `complain` gives what is wrong, worded to follow the key's name (`needs a slash`), or None.
    """

    pattern: str | None = None
    meaning: str | None = None
    choices: tuple[str, ...] = ()
    non_empty: bool = True
    complain: Callable[[str], str | None] | None = None


@record
class Number:
    """A number between `least` and `most`, both included."""

    least: float | None = None
    most: float | None = None
    whole: bool = True


@record
class Flag:
    """`true` or `false`."""


@record
class Date:
    """A day as `YYYY-MM-DD`."""


@record
class Exactly:
    """This one scalar, such as a version."""

    value: str | int | bool


@record
class Anything:
    """Whatever YAML can hold."""


@record
class Items:
    """A list; with `or_one`, an item may stand alone in its place."""

    item: Shape
    least: int = 0
    or_one: bool = False


@record
class Table:
    """A mapping whose keys the user chooses."""

    values: Shape
    least: int = 0
    key: Text | None = None


@record
class Key:
    """One key of a `Record`; `doc` is what an editor shows beside it."""

    shape: Shape
    doc: str = ""
    required: bool = False


@record
class Record:
    """A mapping whose keys we choose; `rest`, where given, is the shape of all other keys.

    `exactly_one` and `at_least_one` are keys of which so many must be there.
    """

    keys: Mapping[str, Key]
    exactly_one: tuple[str, ...] = ()
    at_least_one: tuple[str, ...] = ()
    rest: Shape | None = None
    doc: str = ""


@record
class Variants:
    """Mappings of several kinds, told apart by the word at `key`; the records do not list that key themselves."""

    key: str
    cases: Mapping[str, Record]
    doc: str = ""


@record
class OneOf:
    """Whichever of the shapes fits; where none does, the one of the value's own type is held against it."""

    shapes: tuple[Shape, ...]


@record
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
