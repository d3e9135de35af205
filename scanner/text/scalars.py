"""What an unquoted YAML scalar means to CloudFormation."""

from __future__ import annotations

import re
from math import isinf

Scalar = str | int | float | bool | None

CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
NUMERIC = frozenset("+-.0123456789")
"""What a number may begin with."""

# Fifteen digits survive every reader's floating point; a longer run is an identifier more likely than a quantity.
_MAX_DIGITS = 15
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})").fullmatch
_FLOAT = re.compile(r"[-+]?((?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?").fullmatch


def plain(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Dates, `yes`, `on`, account ids with leading zeros, hexadecimal, octal and sexagesimal numbers, `1_000` and `.inf`,
    which YAML 1.1 turns into other things, stay text, as they do in CloudFormation.
    """
    if text in CONSTANTS:
        return CONSTANTS[text]
    return number(text) if text[0] in NUMERIC else text


def number(text: str) -> str | int | float:
    """`text` as a number, or as it is where it is none that can be kept without loss."""
    if _INTEGER(text):
        return int(text)
    found = _FLOAT(text)
    if found and len(found[1]) <= _MAX_DIGITS + 1:
        value = float(text)
        if not isinf(value):
            return value
    return text
