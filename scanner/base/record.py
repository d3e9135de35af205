"""Records: classes of named fields, declared like dataclasses and made in a sixth of the time.

A dataclass compiles half a dozen functions as its module is loaded, which was a third of the time that a scan of one
template took. A record compiles its `__init__`, and nothing else, when the first one is made, shares the other
functions with all records, and is left unchanged by whoever is type-checked: that it is frozen holds for the checker
only, so that making one costs no more than setting its fields. With TENANTPROOF_FREEZE in the environment, as in the
tests, setting a field of a record raises FrozenInstanceError. `fields` and `asdict` of `dataclasses` take records too,
and so does its `replace`, for which there is a faster one here.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")
_OWN = "__record__"
_FIELDS = "__dataclass_fields__"
_FREEZE = bool(os.environ.get("TENANTPROOF_FREEZE"))


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, eq: bool = True, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, /, *, eq: bool = True, kw_only: bool = False) -> Any:
    """Equal where class and compared fields are, and hashable then; without `eq` equal to itself alone. Has slots."""
    if cls is None:
        return lambda each: _made(each, eq=eq, kw_only=kw_only, hashable=True)
    return _made(cls, eq=eq, kw_only=kw_only, hashable=True)


@overload
def mutable(cls: type[T], /) -> type[T]: ...
@overload
def mutable(*, eq: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(field_specifiers=(field,))
def mutable(cls: type[T] | None = None, /, *, eq: bool = True) -> Any:
    """A record that is changed while work goes on, and is not hashable for that unless it equals itself alone."""
    if cls is None:
        return lambda each: _made(each, eq=eq, kw_only=False, hashable=False)
    return _made(cls, eq=eq, kw_only=False, hashable=False)


class _Fields:
    """Stands for what `dataclasses` keeps of a class until somebody asks for it."""

    def __get__(self, _: object, owner: type) -> dict[str, Field[Any]]:
        _complete(owner)
        known: dict[str, Field[Any]] = owner.__dict__[_FIELDS]
        return known


def _made(cls: type, *, eq: bool, kw_only: bool, hashable: bool) -> type:
    body = dict(cls.__dict__)
    own = {name: said for name, said in body.get("__annotations__", {}).items() if not str(said).startswith("ClassVar")}
    defaults = {name: body.pop(name) for name in own if name in body}
    declared, given = dict(own), dict(defaults)
    for base in cls.__mro__[1:]:
        below, above = getattr(base, _OWN, ({}, {}, False))[:2] if _OWN in base.__dict__ else ({}, {})
        declared = {**below, **declared}
        given = {**above, **given}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    body["__slots__"] = tuple(name for name in own if not any(hasattr(base, name) for base in cls.__mro__[1:]))
    body[_OWN] = (declared, given, kw_only)
    body[_FIELDS] = _Fields()
    plain = [name for name in declared if not isinstance(given.get(name), Field)]
    asked = [name for name in declared if name in plain or given[name].init]
    body.setdefault("__match_args__", () if kw_only else tuple(asked))
    if "__repr__" not in body:
        body["__repr__"] = _shown
    if eq and "__eq__" not in body:
        values = _values(tuple(name for name in declared if name in plain or given[name].compare))

        def equal(self: object, other: object) -> bool:
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        body["__eq__"] = equal
        if body.get("__hash__") is None:
            body["__hash__"] = (lambda self: hash(values(self))) if hashable else None

    def first(self: Any, *arguments: Any, **named: Any) -> None:  # Any: as the fields are declared
        _initialised(made)
        made.__init__(self, *arguments, **named)

    body.setdefault("__init__", first)
    if _FREEZE and hashable:
        body.setdefault("__setattr__", _refuse)
        body.setdefault("__delattr__", _refuse)
        body.setdefault("__setstate__", _restored)
    made: Any = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made  # type: ignore[no-any-return]  # a class, as `type` makes


if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414  # checked as that one is
else:

    def replace(one: Any, /, **changes: Any) -> Any:
        """As `dataclasses.replace`, in a third of the time."""
        made = one.__class__
        names = _TAKEN.get(made)
        if names is None:
            names = _TAKEN[made] = _taken(made)
        if not names:
            return dataclasses.replace(one, **changes)
        for name in names:
            if name not in changes:
                changes[name] = getattr(one, name)
        return made(**changes)


_TAKEN: dict[type, tuple[str, ...]] = {}


def _taken(owner: type) -> tuple[str, ...]:
    """What the `__init__` of a record takes; nothing of a class that is none."""
    place = next((each for each in owner.__mro__ if _OWN in each.__dict__), None)
    if place is None:
        return ()
    declared, given, _ = place.__dict__[_OWN]
    return tuple(name for name in declared if not isinstance(given.get(name), Field) or given[name].init)


def _initialised(owner: type) -> None:
    """Gives the class the `__init__` that a dataclass of the same fields has."""
    place: Any = next(each for each in owner.__mro__ if _OWN in each.__dict__)
    declared, given, kw_only = place.__dict__[_OWN]
    taken: list[str] = []
    body: list[str] = []
    known: dict[str, object] = {"_set": object.__setattr__, "_missing": MISSING}
    frozen = place.__setattr__ is _refuse
    for name in declared:
        said = given.get(name, MISSING)
        default = said.default if isinstance(said, Field) else said
        factory = said.default_factory if isinstance(said, Field) else MISSING
        value = name
        if factory is not MISSING:
            known[f"_make_{name}"] = factory
            value = f"_make_{name}()"
        elif default is not MISSING:
            known[f"_default_{name}"] = default
            value = f"_default_{name}"
        if isinstance(said, Field) and not said.init:
            if value == name:
                continue  # set by __post_init__
        elif factory is not MISSING:
            taken.append(f"{name}=_missing")
            value = f"{value} if {name} is _missing else {name}"
        else:
            taken.append(name if value == name else f"{name}={value}")
            value = name
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(place, "__post_init__"):
        body.append("self.__post_init__()")
    arguments = ", ".join(["self", *(["*"] if kw_only and taken else []), *taken])
    exec(f"def __init__({arguments}):\n " + "\n ".join(body or ["pass"]), known)  # noqa: S102  # names of fields alone
    made: Any = known["__init__"]
    made.__module__ = place.__module__
    made.__qualname__ = f"{place.__qualname__}.__init__"
    place.__init__ = made


def _complete(owner: type) -> None:
    """Gives the class what `dataclasses` knows of one of the same fields."""
    place: Any = next(each for each in owner.__mro__ if _OWN in each.__dict__)
    declared, given, kw_only = place.__dict__[_OWN]
    # Without a text of its own a dataclass spells out its signature, which nobody reads and takes ten milliseconds.
    told = {"__annotations__": declared, "__module__": place.__module__, "__doc__": place.__doc__ or "A record."}
    made = type(place.__name__, (), {**told, **given})
    like: Any = dataclass(init=False, eq=False, repr=False, kw_only=kw_only)(made)
    setattr(place, _FIELDS, like.__dataclass_fields__)
    if owner is not place:
        setattr(owner, _FIELDS, like.__dataclass_fields__)


def _refuse(self: object, name: str, *_: object) -> None:
    raise FrozenInstanceError(f"{name} of a {type(self).__name__} is set")


def _restored(self: object, state: tuple[None, dict[str, object]]) -> None:
    """As copies and pickles are made of what has slots."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


def _values(names: tuple[str, ...]) -> Callable[[object], object]:
    return attrgetter(*names) if names else lambda _: ()


def _shown(self: Any) -> str:  # Any: of whichever class
    told = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({told})"


__all__ = ["mutable", "record", "replace"]
