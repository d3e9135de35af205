"""What is wrong with a document that ought to have a certain shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from itertools import islice
from typing import NamedTuple

from scanner.base.problem import Kind, Problem, did_you_mean
from scanner.text.document import Document, Keys
from scanner.text.shape import (
    Anything,
    Date,
    Exactly,
    Flag,
    Items,
    Named,
    Number,
    OneOf,
    Record,
    Shape,
    Table,
    Text,
    Variants,
    variant,
)

MOST_PROBLEMS = 100
"""Problems listed of one file; one that has more needs a second look anyway."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_SHOWN = 60
_WORDS_OF_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "y"), "true"),
    **dict.fromkeys(("false", "no", "off", "n"), "false"),
}


class Complaint(NamedTuple):
    """What is wrong at `keys`: with the key itself, or with its value."""

    keys: tuple[str | int, ...]
    message: str
    hint: str | None = None
    of_value: bool = True


def check(shape: Shape, document: Document, keys: Keys = (), *, kind: Kind) -> list[Problem]:
    """Everything wrong with the part of the document at `keys`, in the order of the file; keys given twice too."""
    start = tuple(keys)
    value: object = document.data
    for key in start:
        value = value[key]  # type: ignore[index]  # the caller has found the part there
    problems = [
        Problem(
            document.path,
            f"`{_path(twice.keys[len(start) :])}` stands twice",
            twice.second.line,
            twice.second.column,
            f"first on line {twice.first.line}",
            kind,
        )
        for twice in document.duplicates
        if twice.keys[: len(start)] == start
    ]
    for complaint in islice(complaints(shape, value), MOST_PROBLEMS + 1):
        at = (*start, *complaint.keys)
        place = document.value_place(at) if complaint.of_value else document.place(at)
        problems.append(Problem(document.path, complaint.message, place.line, place.column, complaint.hint, kind))
    problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
    if len(problems) > MOST_PROBLEMS:
        more = Problem(document.path, f"more than {MOST_PROBLEMS} problems; only the first are listed", kind=kind)
        problems[MOST_PROBLEMS:] = [more]
    return problems


def complaints(shape: Shape, value: object, keys: tuple[str | int, ...] = ()) -> Iterator[Complaint]:
    """What is wrong with a value, depth first."""
    if isinstance(shape, Named):
        shape = shape.shape()
    if isinstance(shape, Items) and shape.or_one and not isinstance(value, list) and value is not None:
        shape = shape.item
        yield from complaints(shape, value, keys)
        return
    if not _has_type(shape, value):
        yield _unlike(shape, value, keys)
        return
    match shape, value:
        case Text() as text, str(given):
            yield from _of_text(text, given, keys)
        case Number() as number, int() | float() as given:
            least, most = number.least, number.most
            if (least is not None and given < least) or (most is not None and given > most):
                yield _unlike(number, given, keys)
        case Date(), str(given):
            if not is_day(given):
                yield _unlike(shape, given, keys)
        case Exactly() as constant, given:
            if given != constant.value:
                yield _unlike(constant, given, keys)
        case Items() as items, list(given):
            if len(given) < items.least:
                yield Complaint(keys, f"{_name(keys)} needs at least {_count(items.least, 'item', 'items')}")
            for index, item in enumerate(given):
                yield from complaints(items.item, item, (*keys, index))
        case Table() as table, dict(given):
            yield from _of_table(table, given, keys)
        case Record() as record, dict(given):
            yield from _of_record(record, given, keys)
        case Variants() as variants, dict(given):
            yield from _of_variants(variants, given, keys)
        case OneOf() as choice, given:
            yield from _of_choice(choice, given, keys)


def _unlike(shape: Shape, value: object, keys: tuple[str | int, ...]) -> Complaint:
    return Complaint(keys, f"{_name(keys)} must be {_expected(shape)}, not {_found(value)}", _hint(shape, value))


def _of_table(shape: Table, entries: dict[str, object], keys: tuple[str | int, ...]) -> Iterator[Complaint]:
    if len(entries) < shape.least:
        yield Complaint(keys, f"{_name(keys)} needs at least {_count(shape.least, 'entry', 'entries')}")
    for key, child in entries.items():
        if shape.key is not None:
            for wrong in _of_text(shape.key, key, (*keys, key)):
                yield wrong._replace(of_value=False)
        yield from complaints(shape.values, child, (*keys, key))


def _of_text(shape: Text, text: str, keys: tuple[str | int, ...]) -> Iterator[Complaint]:
    if shape.non_empty and not text.strip():
        yield Complaint(keys, f"{_name(keys)} is empty")
    elif shape.choices and text not in shape.choices:
        hint = did_you_mean(text[:_LONGEST_SHOWN], shape.choices)
        yield _unlike(shape, text, keys)._replace(hint=hint)
    elif shape.pattern is not None and not _compiled(shape.pattern).fullmatch(text):
        yield _unlike(shape, text, keys)
    elif shape.complain is not None and (wrong := shape.complain(text)):
        yield Complaint(keys, f"{_name(keys)} {wrong}")


def _of_record(shape: Record, entries: dict[str, object], keys: tuple[str | int, ...]) -> Iterator[Complaint]:
    for key, child in entries.items():
        known = shape.keys.get(key)
        if known is not None:
            yield from complaints(known.shape, child, (*keys, key))
        elif shape.rest is not None:
            yield from complaints(shape.rest, child, (*keys, key))
        else:
            where = f" in {_name(keys)}" if keys else ""
            hint = did_you_mean(key[:_LONGEST_SHOWN], shape.keys) or f"known are {listed(tuple(shape.keys), 'and')}"
            yield Complaint((*keys, key), f"unknown key `{_short(key)}`{where}", hint, of_value=False)
    for key, known in shape.keys.items():
        if known.required and key not in entries:
            yield Complaint(keys, f"{_name(keys)} lacks `{key}`", of_value=False)
    if shape.exactly_one:
        given = [key for key in shape.exactly_one if key in entries]
        if not given:
            wanted = listed(shape.exactly_one, "or")
            yield Complaint(keys, f"{_name(keys)} needs one of {wanted}", of_value=False)
        for extra in given[1:]:
            message = f"{_name(keys)} has both `{given[0]}` and `{extra}`, and takes only one"
            yield Complaint((*keys, extra), message, of_value=False)
    if shape.at_least_one and not any(key in entries for key in shape.at_least_one):
        wanted = listed(shape.at_least_one, "or")
        yield Complaint(keys, f"{_name(keys)} needs at least one of {wanted}", of_value=False)


def _of_variants(shape: Variants, entries: dict[str, object], keys: tuple[str | int, ...]) -> Iterator[Complaint]:
    if shape.key not in entries:
        yield Complaint(keys, f"{_name(keys)} lacks `{shape.key}`", of_value=False)
        return
    word = entries[shape.key]
    wrong = list(complaints(Text(choices=tuple(shape.cases)), word, (*keys, shape.key)))
    if wrong:
        yield from wrong
        return
    yield from complaints(variant(shape, str(word)), entries, keys)


def _of_choice(shape: OneOf, value: object, keys: tuple[str | int, ...]) -> Iterator[Complaint]:
    nearest: list[Complaint] | None = None
    for each in shape.shapes:
        if not _has_type(each, value):
            continue
        wrong = list(islice(complaints(each, value, keys), MOST_PROBLEMS))
        if not wrong:
            return
        if nearest is None or len(wrong) < len(nearest):
            nearest = wrong
    yield from nearest or ()


def _has_type(shape: Shape, value: object) -> bool:
    match shape:
        case Named():
            return _has_type(shape.shape(), value)
        case Text() | Date():
            return isinstance(value, str)
        case Number():
            return isinstance(value, int if shape.whole else int | float) and not isinstance(value, bool)
        case Flag():
            return isinstance(value, bool)
        case Exactly():
            return type(value) is type(shape.value)
        case Items():
            return isinstance(value, list) or (shape.or_one and _has_type(shape.item, value))
        case Table() | Record() | Variants():
            return isinstance(value, dict)
        case OneOf():
            return any(_has_type(each, value) for each in shape.shapes)
        case Anything():
            return True


def _expected(shape: Shape) -> str:
    match shape:
        case Named():
            return _expected(shape.shape())
        case Text():
            if shape.choices:
                return ("one of " if len(shape.choices) > 1 else "") + listed(shape.choices, "or")
            return shape.meaning or (f"text of the form `{shape.pattern}`" if shape.pattern else "text")
        case Number():
            noun = "a whole number" if shape.whole else "a number"
            bounds = [
                f"{word} {bound:g}"
                for word, bound in (("at least", shape.least), ("at most", shape.most))
                if bound is not None
            ]
            return " ".join((noun, *(["of"] if bounds else []), " and ".join(bounds))).strip()
        case Flag():
            return "`true` or `false`"
        case Date():
            return "a date as `YYYY-MM-DD`"
        case Exactly():
            return _found(shape.value)
        case Items():
            return f"{_expected(shape.item)} or a list of them" if shape.or_one else "a list"
        case Table() | Record() | Variants():
            return "a mapping"
        case OneOf():
            return " or ".join(dict.fromkeys(_expected(each) for each in shape.shapes))
        case Anything():
            return "a value"


def _found(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f"`{_short(value)}`"
        case int() | float():
            return f"the number `{value}`"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _hint(shape: Shape, value: object) -> str | None:
    """What mends a value of the wrong type, where YAML itself made it so."""
    if isinstance(shape, Text) and isinstance(value, bool | int | float):
        return "quote it to keep it text"
    if not isinstance(value, str):
        return None
    if isinstance(shape, Flag) and value.lower() in _WORDS_OF_FLAGS:
        return f"write `{_WORDS_OF_FLAGS[value.lower()]}` without quotes"
    if isinstance(shape, Number | Exactly) and value.isdecimal():
        return "take the quotes away"
    return None


def _name(keys: tuple[str | int, ...]) -> str:
    return f"`{_path(keys)}`" if keys else "the file"


def _path(keys: Sequence[str | int]) -> str:
    steps = (f"[{key}]" if isinstance(key, int) else f".{_short(key)}" for key in keys)
    return "".join(steps).removeprefix(".")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def listed(words: Sequence[str], last: str) -> str:
    """Words in backticks as a sentence lists them; `last` is `and` or `or`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def is_day(text: str) -> bool:
    """Whether the text is a day that exists, as `YYYY-MM-DD`."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
