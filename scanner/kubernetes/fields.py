"""Parts of an object that may be missing, of another form, or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.model.deferred import OpenMap, settle_all
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import UndecidedError, World

_CHOICE = Unknown("parameter", "what it says depends on a choice of its template")


def body_of(resource: Resource) -> Mapping[str, object] | Unknown:
    """The object's own fields; unknown where they rest on a choice."""
    if resource.cluster is not None:
        body = resource.fields.get("Properties")  # as it was printed, and nothing in it is deferred
        return body if isinstance(body, Mapping) else {}
    try:
        if not resource.exists(World()):
            return {}
        body = settle_all(resource.fields.get("Properties"), World())
    except UndecidedError:
        return _CHOICE
    return body if isinstance(body, Mapping | Unknown) else {}


def at(body: object, *keys: str) -> object:
    """What stands at the keys: None where nothing does, an Unknown where that is not known."""
    value = body
    for key in keys:
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, Mapping):
            return None
        if key not in value and isinstance(value, OpenMap):
            return value.unknown
        value = value.get(key)
    return value


def text_at(body: object, *keys: str) -> str | Unknown | None:
    """As `at`, for a text: one with holes is unknown, and what is no text is none."""
    return as_text(at(body, *keys))


def as_text(value: object) -> str | Unknown | None:
    """The value as a text; one with holes is unknown, and what is no text is none."""
    if isinstance(value, str | Unknown):
        return value
    return value.holes[0] if isinstance(value, Text) else None


def items_of(value: object) -> Iterator[object]:
    """The items of a list, and an Unknown for those that are not known. Nothing for what is no list."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, list):
        yield from value
        if isinstance(value, OpenList):
            yield value.unknown


def texts_of(value: object) -> tuple[frozenset[str], Unknown | None]:
    """The texts of a list, and why there may be more."""
    found: set[str] = set()
    doubt: Unknown | None = None
    for each in items_of(value):
        text = as_text(each)
        if isinstance(text, str):
            found.add(text)
        elif text is not None:
            doubt = doubt or text
    return frozenset(found), doubt


def labels_of(body: object, *keys: str) -> tuple[dict[str, str], Unknown | None]:
    """A mapping of texts, such as labels, and why it may say more."""
    found: dict[str, str] = {}
    doubt: Unknown | None = None
    value = at(body, *keys)
    if isinstance(value, Unknown):
        return found, value
    if isinstance(value, Mapping):
        for key, child in value.items():
            text = as_text(child)
            if isinstance(text, str):
                found[str(key)] = text
            elif isinstance(text, Unknown):
                doubt = doubt or text
        if isinstance(value, OpenMap):
            doubt = doubt or value.unknown
    return found, doubt
