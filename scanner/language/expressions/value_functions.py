"""Functions of plain values, whatever resource they are of: texts, numbers, lists and mappings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.base.glob import glob_matches
from scanner.language.expressions.comparison import MOST_MATCHED, begins, ends, equal, holds_some, matches, spelled
from scanner.language.expressions.function import Arguments, Call, Function, doubt, plain
from scanner.language.expressions.safe_regex import pattern_complaint
from scanner.model.deferred import OpenMap
from scanner.model.number_text import number_of
from scanner.model.partial_text import Text, text_of
from scanner.model.truth import disj
from scanner.model.unknown import OpenList, Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope


def _length(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenList | OpenMap):
        return value.unknown.plain()
    if isinstance(value, str | list | dict):
        return len(value)
    return doubt(value)


def _contains(arguments: Arguments, _: Scope) -> object:
    value, item = arguments
    if value is None:
        return None
    if isinstance(value, list):
        found = disj(equal(each, item) for each in value)
        return value.unknown.plain() if found is False and isinstance(value, OpenList) else plain(found)
    if isinstance(value, Unknown | Text | str):
        return plain(holds_some(value, item))
    return None


def _starts_with(arguments: Arguments, _: Scope) -> object:
    return None if arguments[0] is None else plain(begins(arguments[0], arguments[1]))


def _ends_with(arguments: Arguments, _: Scope) -> object:
    return None if arguments[0] is None else plain(ends(arguments[0], arguments[1]))


def _matches(arguments: Arguments, _: Scope) -> object:
    value, pattern = arguments
    return None if value is None else plain(matches(value, _pattern(str(pattern))))


def _keys(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenMap):
        return OpenList(sorted(value), value.unknown.plain())
    return list(value) if isinstance(value, dict) else doubt(value)


def _values(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenMap):
        return OpenList(value.values(), value.unknown.plain())
    return list(value.values()) if isinstance(value, dict) else doubt(value)


def _entries(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if not isinstance(value, dict):
        return doubt(value)
    entries: list[object] = [{"key": key, "value": child} for key, child in value.items()]
    return OpenList(entries, value.unknown.plain()) if isinstance(value, OpenMap) else entries


def _like(arguments: Arguments, _: Scope) -> object:
    value, pattern = arguments
    if isinstance(value, Unknown | Text) or isinstance(pattern, Unknown | Text):
        return True if pattern == "*" else doubt([value, pattern])
    return isinstance(value, str) and isinstance(pattern, str) and glob_matches(pattern, value)


def _undecided(arguments: Arguments, _: Scope) -> object:
    return Unknown("undeclared", str(arguments[0]))


def _not_null(arguments: Arguments, _: Scope) -> object:
    for value in arguments:
        if isinstance(value, Unknown) and not value.present:
            return value.plain()
        if value is not None:
            return value
    return None


def _to_array(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown) and not value.present:
        return value.plain()
    return value if isinstance(value, list) else [value]


def _to_string(arguments: Arguments, _: Scope) -> object:
    import json

    (value,) = arguments
    if isinstance(value, str | Text):
        return value
    unknown = first_unknown(value)
    return unknown.plain() if unknown else json.dumps(value, separators=(",", ":"))


def _parsed(arguments: Arguments, _: Scope) -> object:
    from scanner.iam.policy_document import decoded  # few rules ask for it

    return plain(decoded(arguments[0]))


def _to_number(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return number_of(value) if isinstance(value, str) else doubt(value)


def _join(arguments: Arguments, _: Scope) -> object:
    glue, items = arguments
    if not isinstance(items, list) or isinstance(items, OpenList) or isinstance(glue, Unknown):
        unknown = first_unknown(list(arguments))
        return unknown.plain() if unknown else None
    if not isinstance(glue, str) or not all(isinstance(item, str | Text | Unknown) for item in items):
        return None
    parts: list[str | Text | Unknown] = []
    for index, item in enumerate(items):
        if index:
            parts.append(glue)
        if isinstance(item, str | Text | Unknown):
            parts.append(item)
    return text_of(parts)


def _sorted(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    unknown = first_unknown(value)
    if unknown is not None:
        return unknown.plain()
    if not isinstance(value, list):
        return None
    texts, numbers = [v for v in value if isinstance(v, str)], [v for v in value if _is_number(v)]
    if len(texts) == len(value):
        return sorted(texts)
    return sorted(numbers, key=float) if len(numbers) == len(value) else None


def _reverse(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenList):
        return OpenList([], value.unknown.plain())
    return value[::-1] if isinstance(value, list | str) else doubt(value)


def _extreme(pick: Callable[..., object]) -> Call:
    def call(arguments: Arguments, _: Scope) -> object:
        (value,) = arguments
        unknown = first_unknown(value)
        if unknown is not None:
            return unknown.plain()
        if not isinstance(value, list) or not value:
            return None
        alike = all(_is_number(item) for item in value) or all(isinstance(item, str) for item in value)
        return pick(value) if alike else None

    return call


def _type(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown) and not value.present:
        return value.plain()
    if isinstance(value, bool):
        return "boolean"
    names = ((str | Text | Unknown, "string"), (int | float, "number"), (list, "array"), (dict, "object"))
    return next((name for kinds, name in names if isinstance(value, kinds)), "null")


def _lower(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if value.__class__ is str:
        return value.lower()
    if isinstance(value, Text):
        # Of what is not known the lower case is not known either, and is not the same as it.
        return text_of(part.lower() if isinstance(part, str) else part.plain() for part in value.parts)
    if isinstance(value, bool | int | float):
        # Where AWS takes a string, CloudFormation takes `true` and `1` without quotes.
        return spelled(value).lower()
    return value.lower() if isinstance(value, str) else doubt(value)


def _check_pattern(arguments: Sequence[object]) -> str | None:
    pattern = arguments[1]
    return "the pattern of `matches` is a literal" if not isinstance(pattern, str) else pattern_complaint(pattern)


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


VALUE_FUNCTIONS = (
    Function("contains", _contains, (2, 2), "whether a list has an item or a string a part", "contains(a, 'x')"),
    Function("ends_with", _ends_with, (2, 2), "whether a string ends so", "ends_with(Name, '.fifo')"),
    Function("join", _join, (2, 2), "the strings of a list with glue between them", "join(',', Names)"),
    Function("keys", _keys, (1, 1), "the names in a mapping", "keys(Properties)"),
    Function("length", _length, (1, 1), "how many items, names or characters", "length(Properties.Tags)"),
    Function(
        "lower",
        _lower,
        (1, 1),
        "a string in lower case, or a boolean or number as YAML writes it",
        "lower(Properties.Engine)",
    ),
    Function("max", _extreme(max), (1, 1), "the greatest of a list of numbers or strings", "max(Ports)"),
    Function("min", _extreme(min), (1, 1), "the least of a list of numbers or strings", "min(Ports)"),
    Function("not_null", _not_null, (1, 9), "the first value that is there", "not_null(Name, Id)", spreads=True),
    Function("reverse", _reverse, (1, 1), "a list or string backwards", "reverse(Steps)"),
    Function("sort", _sorted, (1, 1), "a list of strings or numbers in order", "sort(Names)"),
    Function("starts_with", _starts_with, (2, 2), "whether a string begins so", "starts_with(Engine, 'aurora')"),
    Function(
        "to_array", _to_array, (1, 1), "a list, or the value as the only item of one", "to_array(Action)", spreads=True
    ),
    Function(
        "parsed",
        _parsed,
        (1, 1),
        "what a JSON text says; what is no text is as it is",
        "parsed(Policy)[].AllowFromPublic",
    ),
    Function("to_number", _to_number, (1, 1), "a string as the number it spells", "to_number(Port)"),
    Function("to_string", _to_string, (1, 1), "a value as JSON; strings as they are", "to_string(Port)"),
    Function("type", _type, (1, 1), "the name of a value's JSON type", "type(Properties.Role)"),
    Function("values", _values, (1, 1), "the values of a mapping", "values(Variables)"),
    Function(
        "matches",
        _matches,
        (2, 2),
        f"whether a pattern is found in the first {MOST_MATCHED} characters",
        "matches(Name, '^tenant-')",
        check=_check_pattern,
    ),
    Function("entries", _entries, (1, 1), "a mapping as a list of `{key, value}`", "entries(Properties.Body.paths)"),
    Function("like", _like, (2, 2), "whether a name is matched by a pattern with `*`", "like(Id, '*Tenant*')"),
    Function(
        "undecided",
        _undecided,
        (1, 1),
        "unknown, for the reason given: where what AWS does is not in the files or its documents disagree",
        "undecided('the snapshot decides')",
    ),
)
"""Each is null-safe: of nothing it says nothing."""


__all__ = ["VALUE_FUNCTIONS"]
