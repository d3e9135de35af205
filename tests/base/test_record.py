"""Records behave as the dataclasses they are declared like."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, replace
from typing import ClassVar, Generic, TypeVar

import pytest

from scanner.base.record import mutable, record

T = TypeVar("T")


@record
class Place:
    """Where something is."""

    path: str
    line: int = 1
    notes: tuple[str, ...] = ()
    seen: int = field(default=0, compare=False, repr=False)
    kind: ClassVar[str] = "place"

    @property
    def shown(self) -> str:
        return f"{self.path}:{self.line}"


@record
class Inner(Place):
    depth: int = 0


@record(eq=False)
class Node:
    names: list[str] = field(default_factory=list)


@record(kw_only=True)
class Named:
    first: str
    second: str = "b"


@mutable
class Count:
    number: int
    double: int = field(init=False, default=7)

    def __post_init__(self) -> None:
        self.double = 2 * self.number


@record
class Box(Generic[T]):
    content: T


def test_fields_defaults_and_order_are_as_declared() -> None:
    assert (Place("a").line, Place("a", 2).shown, Place("a", notes=("x",)).notes) == (1, "a:2", ("x",))
    assert Place.kind == "place"
    assert Place.__doc__ == "Where something is."
    assert Inner("a", 3, (), 0, 9).depth == 9
    with pytest.raises(TypeError, match="path"):
        Place()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="nothing"):
        Place("a", nothing=1)  # type: ignore[call-arg]


def test_records_are_equal_where_their_class_and_compared_fields_are() -> None:
    assert Place("a", seen=1) == Place("a", seen=2)
    assert hash(Place("a", seen=1)) == hash(Place("a", seen=2))
    assert Place("a") != Place("b")
    assert Place("a") != Inner("a")
    assert Place("a") != "a"
    assert Node() != Node()
    assert len({Node(), Node()}) == 2


def test_each_has_its_own_default() -> None:
    one, two = Node(), Node()
    one.names.append("x")
    assert two.names == []


def test_slots_keep_other_names_out() -> None:
    with pytest.raises(AttributeError):
        Place("a").other = 1  # type: ignore[attr-defined]
    assert not hasattr(Inner("a"), "__dict__")


def test_what_is_only_to_be_named_is_only_named() -> None:
    assert Named(first="a") == Named(second="b", first="a")
    with pytest.raises(TypeError):
        Named("a")  # type: ignore[misc]


def test_what_may_change_is_not_hashable() -> None:
    count = Count(2)
    count.number = 3
    assert (count.number, count.double) == (3, 4)
    with pytest.raises(TypeError, match="unhashable"):
        hash(count)


def test_the_functions_of_dataclasses_take_records_also_before_one_was_made() -> None:
    @record
    class Fresh:
        name: str
        number: int = 0

    assert [each.name for each in dataclasses.fields(Fresh)] == ["name", "number"]
    assert dataclasses.is_dataclass(Fresh)
    assert dataclasses.replace(Fresh("a"), number=2) == Fresh("a", 2)
    assert dataclasses.asdict(Inner("a", depth=2)) == {"path": "a", "line": 1, "notes": (), "seen": 0, "depth": 2}
    assert dataclasses.replace(Inner("a", depth=2), line=5) == Inner("a", 5, depth=2)


def test_records_are_matched_shown_copied_and_pickled() -> None:
    match Place("a", 2):
        case Place(path, line):
            assert (path, line) == ("a", 2)
    assert repr(Place("a", 2)) == "Place(path='a', line=2, notes=())"
    assert repr(Box(1)) == "Box(content=1)"
    for each in (Place("a", 2), Inner("b", depth=1), Box((1,)), Count(4)):
        assert pickle.loads(pickle.dumps(each)) == each == copy.copy(each) == copy.deepcopy(each)


@record
class Point:
    across: int
    up: int = 0


def test_in_tests_a_record_is_frozen_and_a_mutable_one_is_not() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.up = 2  # type: ignore[misc]  # what the checker forbids is tried
    with pytest.raises(FrozenInstanceError):
        del point.up  # type: ignore[misc]  # as above
    assert replace(point, up=2) == Point(1, 2)
