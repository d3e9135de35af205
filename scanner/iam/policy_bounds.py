"""The most and the least that a document may allow, where it is open which of its parts are there.

A document with a further Allow never allows less, one with a further Deny never more. So what is answered alike of both
bounds is answered so of every document between them, without trying all combinations of the parts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from scanner.model.deferred import MaybeMap, OpenMap, holds_maybe, settle_all
from scanner.model.partial_text import Text
from scanner.model.unknown import MaybeList, OpenList, Unknown
from scanner.model.world import World

_NAMING = ("Action", "Resource", "Principal")
_SPARING = ("NotAction", "NotResource", "NotPrincipal")


class _NoBoundError(Exception):
    """A part of another form; nothing is said of it."""


def either_way(ask: Callable[[object], object], document: object, *, of_conditions: bool = False) -> object:
    """What is asked of a policy document that may be open; an Unknown where the bounds differ.

    `of_conditions` says that what is asked is also what conditions name, of which neither bound is the most.
    """
    if not holds_maybe(document):
        return ask(document)
    if of_conditions and _has_open_conditions(document):
        return _open()
    if not isinstance(document, dict) or holds_maybe({**document, "Statement": None}):
        return _open()
    try:
        most, least = (_bound(document, most=most) for most in (True, False))
    except _NoBoundError:
        return _open()
    one, two = ask(most), ask(least)
    if isinstance(one, Unknown) or isinstance(two, Unknown) or isinstance(one, OpenList):
        return one if isinstance(one, Unknown) else _open()
    return one if type(one) is type(two) and one == two else _open()


def _has_open_conditions(document: object) -> bool:
    written = document.get("Statement") if isinstance(document, dict) else None
    listed = [*written, *getattr(written, "maybe", ())] if isinstance(written, list) else [written]
    return any(
        isinstance(each, dict) and (holds_maybe(each.get("Condition")) or "Condition" in getattr(each, "maybe", ()))
        for each in listed
    )


def bounded(value: object, world: World) -> object:
    """A document as it is in the world; in a wide one the most that it may allow, or the least. Raises UndecidedError.

    Where that is not known, each combination of its parts is a world as ever.
    """
    if world.wide is None:
        return settle_all(value, world)
    document = world.widely(lambda: settle_all(value, world))
    if not holds_maybe(document):
        return document
    if isinstance(document, dict) and not holds_maybe({**document, "Statement": None}):
        with contextlib.suppress(_NoBoundError):
            return _bound(document, most=world.wide == "most", parts=True)
    return world.narrowly(lambda: settle_all(value, world))


def _open() -> Unknown:
    return Unknown("evaluation-limit", "it rests on which parts of a policy are there")


def _bound(document: dict[str, object], *, most: bool, parts: bool = False) -> dict[str, object]:
    """`parts` says that whole parts of a statement may be open, too.

    Then a statement counts without its conditions, which is alike only to who asks what may be requested.
    """
    written = document.get("Statement")
    listed = written if isinstance(written, list) else [written]
    made = list(_statements(listed, most, parts))
    whole = (
        OpenList(made, listed.unknown) if isinstance(listed, OpenList) and not isinstance(listed, MaybeList) else made
    )
    bounded: dict[str, object] = {**document, "Statement": whole}
    return OpenMap(bounded, document.unknown) if isinstance(document, OpenMap) else bounded


def _statements(listed: list[object], most: bool, parts: bool) -> Iterator[object]:
    sure = [(each, True) for each in listed]
    for statement, is_there in (*sure, *((each, False) for each in getattr(listed, "maybe", ()))):
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            yield statement  # whatever it is, it is read as what is not known
            continue
        large = (statement["Effect"] == "Allow") is most
        if isinstance(statement, MaybeMap) and not parts:
            raise _NoBoundError
        sized = _sized(statement, large)
        if sized is not None and (is_there or large):
            yield sized


def _sized(statement: dict[str, object], large: bool) -> dict[str, object] | None:
    """The statement as it speaks of the most requests, or of the fewest: None where that is of none."""
    made: dict[str, object] = {}
    maybe, may_lack = (statement.maybe, statement.may_lack) if isinstance(statement, MaybeMap) else ({}, frozenset())
    for key, values in maybe.items():
        # Without an action or a resource it is no statement.
        if key not in (*_NAMING, "Condition", "Sid") or (key in _NAMING and key in may_lack):
            raise _NoBoundError
        if key == "Sid":
            continue
        if not large:
            return None
        if key in _NAMING:
            made[key] = _any_of(values)
    for key, value in statement.items():
        if not holds_maybe(value):
            made[key] = value
        elif key in _NAMING or key in _SPARING:
            sized = _list(value, all_of_them=large is (key in _NAMING))
            if not sized:
                if large or key in _SPARING:
                    raise _NoBoundError
                return None
            made[key] = sized
        elif key == "Condition":
            if not large:
                return None
        else:
            raise _NoBoundError
    if isinstance(statement, OpenMap) and not isinstance(statement, MaybeMap):
        return OpenMap(made, statement.unknown)
    return made


def _any_of(values: list[object]) -> list[object]:
    """What may stand under one key, all of it together."""
    named: list[object] = []
    for each in values:
        listed = each if isinstance(each, list) and not isinstance(each, OpenList) else [each]
        if not all(isinstance(item, str | Text) for item in listed):
            raise _NoBoundError
        named += listed
    return named


def _list(value: object, *, all_of_them: bool) -> object:
    if isinstance(value, MaybeList):
        return [*value, *value.maybe] if all_of_them else [*value]
    if isinstance(value, MaybeMap):
        raise _NoBoundError
    if isinstance(value, dict):
        kinds = {key: _list(child, all_of_them=all_of_them) for key, child in value.items()}
        return {key: child for key, child in kinds.items() if child not in ([], {})}
    return value


def statements_of(read: Callable[[object], object], document: object) -> object:
    """What `read` gives of the statements, those in some worlds only among them, and likewise of what they name.

    `read` gives a list of mappings from names to lists, one of each statement that it is given.
    """
    if not holds_maybe(document):
        return read(document)
    written = document.get("Statement") if isinstance(document, dict) else None
    if not isinstance(written, list) or (isinstance(written, OpenList) and not isinstance(written, MaybeList)):
        return _open()
    try:
        sure = [_either(read, each) for each in written]
        maybe = [_either(read, each) for each in getattr(written, "maybe", ())]
    except _NoBoundError:
        return _open()
    return MaybeList.of(sure, maybe, _open())


def _either(read: Callable[[object], object], statement: object) -> object:
    if not isinstance(statement, dict) or isinstance(statement, MaybeMap):
        raise _NoBoundError
    open_keys = [key for key, value in statement.items() if holds_maybe(value)]
    if any(key not in (*_NAMING, *_SPARING) for key in open_keys):
        raise _NoBoundError
    most = {**statement, **{key: _list(statement[key], all_of_them=True) for key in open_keys}}
    merged = _one(read, most)
    for key in open_keys:
        least = _list(statement[key], all_of_them=False)
        named, fewer = merged[f"{key}s"], _one(read, {**most, key: least})[f"{key}s"] if least else []
        if not isinstance(named, list) or not isinstance(fewer, list):
            raise _NoBoundError
        merged[f"{key}s"] = MaybeList.of(fewer, [each for each in named if each not in fewer], _open())
    return merged


def _one(read: Callable[[object], object], statement: dict[str, object]) -> dict[str, object]:
    found = read({"Version": "2012-10-17", "Statement": [statement]})
    if isinstance(found, OpenList) or not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise _NoBoundError
    return dict(found[0])
