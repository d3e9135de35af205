"""Truth and comparison in three values: True, False, or the Unknown that decides."""

from __future__ import annotations

import math
import re

from scanner.model.deferred import OpenMap
from scanner.model.number_text import number_of
from scanner.model.partial_text import Text
from scanner.model.resource import same_value
from scanner.model.truth import Truth, conj, disj
from scanner.model.unknown import OpenList, Unknown, first_unknown

MOST_MATCHED = 10_000


def truth(value: object) -> Truth:
    """JMESPath's truth: false are null, false, and what is empty."""
    kind = value.__class__
    if kind is bool or kind is str or kind is dict or kind is list or value is None:
        return bool(value)  # nearly always: what is partly known is of classes of its own
    if isinstance(value, Unknown):
        return value if value.truthy is None else value.truthy
    if isinstance(value, Text):
        return True if any(isinstance(part, str) or part.truthy for part in value.parts) else value.unknown.plain()
    if isinstance(value, OpenList | OpenMap) and not value:
        return value.unknown.plain()
    return not (value is None or value is False or (isinstance(value, str | list | dict) and not value))


def equal(left: object, right: object) -> Truth:
    """Deep equality as JMESPath has it: a boolean is no number and no string."""
    if left.__class__ is str and right.__class__ is str:
        return left == right
    if isinstance(left, Unknown | Text) or isinstance(right, Unknown | Text):
        same = same_value(left, right)
        if same is None and isinstance(left, Unknown | Text) != isinstance(right, Unknown | Text):
            other = right if isinstance(left, Unknown | Text) else left
            unknown = left if isinstance(left, Unknown) else right
            # A scalar that surely is there is no null, no list and no mapping.
            if isinstance(unknown, Unknown) and unknown.present and (other is None or isinstance(other, list | dict)):
                return False
        return _decider(left, right) if same is None else same
    if isinstance(left, OpenList | OpenMap) or isinstance(right, OpenList | OpenMap):
        if isinstance(left, list) != isinstance(right, list) or isinstance(left, dict) != isinstance(right, dict):
            return False
        return _decider(left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return False
        return conj(equal(child, right[key]) for key, child in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and conj(equal(one, two) for one, two in zip(left, right, strict=True))
    return left == right


def alike(value: object, literal: object) -> Truth:
    """Equality with a YAML literal: a boolean or number equals its string form."""
    if isinstance(value, Text) and not isinstance(literal, str):
        literal = spelled(literal)
    if isinstance(value, str) and isinstance(literal, bool):
        return value.lower() == spelled(literal)
    if isinstance(value, bool) and isinstance(literal, str):
        return literal.lower() == spelled(value)
    if isinstance(value, str) and isinstance(literal, int | float):
        return value == spelled(literal)
    if isinstance(value, int | float) and isinstance(literal, str):
        return literal == spelled(value)
    if isinstance(value, dict) and isinstance(literal, dict) and not isinstance(value, OpenMap):
        return value.keys() == literal.keys() and conj(alike(child, literal[key]) for key, child in value.items())
    if isinstance(value, list) and isinstance(literal, list) and not isinstance(value, OpenList):
        return len(value) == len(literal) and conj(alike(one, two) for one, two in zip(value, literal, strict=True))
    return equal(value, literal)


def holds_some(value: object, literal: object) -> Truth:
    """Whether a list has such an item, or a string such a part."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, list):
        found = disj(alike(item, literal) for item in value)
        return value.unknown.plain() if found is False and isinstance(value, OpenList) else found
    if isinstance(literal, Unknown | Text):
        return _decider(literal, value) if isinstance(value, str | Text) else False
    part = spelled(literal)
    if isinstance(value, str):
        return part in value
    if isinstance(value, Text):
        return True if any(part in each for each in value.parts if isinstance(each, str)) else value.unknown.plain()
    return False


def begins(value: object, literal: object) -> Truth:
    """As `starts_with` of JMESPath, in three values; a value that is neither text nor number begins with nothing."""
    if value.__class__ is str and literal.__class__ is str:
        return value.startswith(literal)
    if isinstance(value, Unknown):
        return value
    if not isinstance(literal, str):
        return _decider(literal, value) if isinstance(literal, Unknown | Text) else False
    if isinstance(value, Text):
        if value.prefix.startswith(literal):
            return True
        return value.unknown.plain() if literal.startswith(value.prefix) else False
    return isinstance(value, str | int | float) and spelled(value).startswith(literal)


def ends(value: object, literal: object) -> Truth:
    """As `ends_with` of JMESPath, in three values; a value that is neither text nor number ends with nothing."""
    if isinstance(value, Unknown):
        return value
    if not isinstance(literal, str):
        return _decider(literal, value) if isinstance(literal, Unknown | Text) else False
    if isinstance(value, Text):
        if value.suffix.endswith(literal):
            return True
        return value.unknown.plain() if literal.endswith(value.suffix) else False
    return isinstance(value, str | int | float) and spelled(value).endswith(literal)


def matches(value: object, pattern: re.Pattern[str]) -> Truth:
    """`re.search` in the first 10,000 characters; a longer string is not decided."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        # Only where such a text is met: most scans have none that is matched.
        from scanner.language.expressions.partial_matching import found_in_parts

        found = found_in_parts(value.parts, pattern)
        return value.unknown.plain() if found is None else found
    if isinstance(value, bool | int | float):
        value = spelled(value)
    if not isinstance(value, str):
        return False
    if len(value) > MOST_MATCHED:
        return Unknown("evaluation-limit", f"a string of {len(value)} characters is too long to match")
    return pattern.search(value) is not None


def ordered(value: object, literal: object) -> int | Unknown | None:
    """-1, 0 or 1 as the value is below, at or above the number; None where either is no number."""
    if isinstance(value, Unknown | Text) or isinstance(literal, Unknown | Text):
        return _decider(value, literal)
    one, two = _number(value), _number(literal)
    return None if one is None or two is None else (one > two) - (one < two)


def spelled(value: object) -> str:
    """A scalar as YAML writes it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    return number_of(value) if isinstance(value, str) else None


def _decider(*values: object) -> Unknown:
    unknown = first_unknown(list(values))
    return unknown.plain() if unknown else Unknown("scanner-error", "a comparison was left open without a cause")
