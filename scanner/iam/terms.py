"""The values in a policy element, one or many, known or not."""

from __future__ import annotations

from scanner.base.record import record
from scanner.model.partial_text import Text
from scanner.model.unknown import OpenList, Reference, Unknown

Term = str | Text | Unknown
# "IAM identifiers": `arn:partition:service:region:account:resource`.
ARN_SEGMENTS = 6
Path = tuple[str | int, ...]


@record
class Terms:
    """`more` says why there may be values beside `items`; None where these are all."""

    items: tuple[Term, ...] = ()
    more: Unknown | None = None


@record
class Defect:
    """What IAM would refuse; `path` holds the keys and indexes from the document's root to it."""

    path: Path
    message: str
    hint: str | None = None


def invalid(message: str) -> Unknown:
    """Stands where a malformed part was: what it would have meant cannot be said."""
    return Unknown("invalid-template", message)


def is_settled(unknown: Unknown) -> bool:
    """Whether deployment alone decides it: then it is one string, without wildcards or policy variables."""
    if isinstance(unknown, Reference):
        return True
    symbol = unknown.symbol
    return symbol is not None and symbol[0] == "pseudo" and symbol[-1] != "AWS::NotificationARNs"


def terms_of(value: object, path: Path, defects: list[Defect], scalars: bool = False) -> Terms:
    """The values of an element that may be single or a list.

    With `scalars`, booleans and numbers count as their JSON spelling, as in a condition; otherwise only strings do.
    """
    if isinstance(value, Unknown) and not is_settled(value):
        # It may be a list, so it is not counted as one value.
        return Terms((), value)
    if not isinstance(value, list):
        return Terms((_term(value, path, defects, scalars),))
    items = tuple(_term(item, (*path, index), defects, scalars) for index, item in enumerate(value))
    return Terms(items, value.unknown if isinstance(value, OpenList) else None)


def _term(value: object, path: Path, defects: list[Defect], scalars: bool) -> Term:
    if isinstance(value, str | Text | Unknown):
        return value
    if scalars:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return repr(value)
    expected = "a string, number or boolean" if scalars else "a string"
    message = f"expected {expected}, not {json_type(value)}"
    defects.append(Defect(path, message))
    return invalid(message)


def json_type(value: object) -> str:
    """How a reader of JSON calls the kind of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str | Text):
        return "a string"
    return "a list" if isinstance(value, list) else "an object"
