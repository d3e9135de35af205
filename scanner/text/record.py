"""Records: values that are not changed, declared like dataclasses.

A frozen dataclass writes six functions for each class, which was half the time it takes to import the program, and sets
each of its fields by way of `object.__setattr__`. A record writes its `__init__` alone and shares the others. That it
is not changed is held by the type checker, which reads it as frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Equal where class and compared fields are, and hashable then; with slots."""
    own = cls.__dict__
    made: Any = dataclass(slots=True, eq=False, repr=False)(cls)  # Any: its methods are set below
    compared = tuple(each.name for each in fields(made) if each.compare)
    values = _values(compared)
    if "__eq__" not in own:

        def equal(self: object, other: object) -> bool:
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        made.__eq__ = equal
        if own.get("__hash__") is None:
            made.__hash__ = lambda self: hash(values(self))
    if "__repr__" not in own:
        made.__repr__ = _shown
    result: type[T] = made
    return result


def _values(names: tuple[str, ...]) -> Callable[[object], object]:
    if not names:
        return lambda _: ()
    return attrgetter(*names)


def _shown(self: Any) -> str:  # Any: of whichever class
    told = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({told})"


__all__ = ["record"]
