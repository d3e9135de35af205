from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.base.problem import Problem, ProblemsError
from scanner.text.json import read_json


def refusal(text: str) -> Problem:
    with pytest.raises(ProblemsError) as caught:
        read_json(text, "t.json")
    (problem,) = caught.value.problems
    assert problem.message[0].islower() or problem.message[0] == "`"
    assert not problem.message.endswith(".")
    return problem


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("", 1, 1, "ends too early"),
        ('{"a": 1', 1, 7, "ends too early"),
        ('{"a": [1, 2],}', 1, 13, "comma"),
        ('{"a": [1, 2,\n ]}', 1, 12, "comma"),
        ('{"a": 1}\nx', 2, 1, "something follows"),
        ('{"a": 1 "b": 2}', 1, 9, "expected `,`"),
        ('{"a" 1}', 1, 6, "expected `:`"),
        ("{a: 1}", 1, 2, "double quotes"),
        ('{"a":\n"x}', 2, 1, "unterminated string"),
        ('{"a": "\\q"}', 1, 8, "escape"),
        ('{"a": "x\ny"}', 1, 9, "control character"),
        ('{"NaN": [1,\n NaN]}', 2, 2, "`NaN`"),
        ('{"a": -Infinity}', 1, 7, "`-Infinity`"),
        ('["1e999", 1e999]', 1, 11, "`1e999`"),
        ('{"a": "\\ud800x"}', 1, 8, "half of a pair"),
        ('["\\ud83d\\ude00", "\\uDE00"]', 1, 19, "half of a pair"),
        (f"[\n{'1' * 5000}]", 2, 1, "too many digits"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_place(text: str, line: int, column: int, part: str) -> None:
    problem = refusal(text)
    assert part in problem.message
    assert (problem.line, problem.column) == (line, column)


@pytest.mark.parametrize("unit", ["[", '{"a":'])
@pytest.mark.parametrize("count", [10_000, 1_000_000])
def test_deep_nesting_is_refused_where_it_gets_too_deep(unit: str, count: int) -> None:
    started = time.process_time()
    problem = refusal(unit * count)
    assert time.process_time() - started < 5
    assert "200 levels" in problem.message
    assert problem.column == 200 * len(unit) + 1


def test_two_hundred_levels_are_read_and_not_one_more() -> None:
    assert read_json("[" * 200 + "]" * 200, "t.json").data is not None
    assert "200 levels" in refusal("[" * 201 + "]" * 201).message
    assert "200 levels" in refusal("[" * 200 + "{}" + "]" * 200).message


def test_whole_pairs_and_escaped_backslashes_are_text() -> None:
    assert read_json('["\\ud83d\\ude00", "\\\\ud800"]', "t.json").data == ["😀", "\\ud800"]


def test_more_than_two_million_values_are_refused() -> None:
    assert "2,000,000" in refusal("[" + "1," * 2_000_000 + "1]").message


def test_a_byte_order_mark_is_no_content() -> None:
    assert read_json("\ufeff[1]", "t.json").data == [1]


def test_a_key_given_twice_is_told_with_both_places_and_the_last_wins() -> None:
    document = read_json('{"R": [{\n "A": 1,\n "B": {},\n "A": {"x":\n 3}\n}]}', "t.json")
    assert document.data == {"R": [{"A": {"x": 3}, "B": {}}]}
    (duplicate,) = document.duplicates
    assert duplicate.keys == ("R", 0, "A")
    assert (duplicate.first.line, duplicate.second.line, duplicate.second.end_line) == (2, 4, 5)
    assert document.place(("R", 0, "A")).line == 4


def test_duplicates_in_a_value_that_is_lost_are_not_told() -> None:
    document = read_json('{"a": {"x": 1, "x": 2}, "a": [{"z": 1, "\\u007a": 2}]}', "t.json")
    assert [each.keys for each in document.duplicates] == [("a",), ("a", 0, "z")]


def test_thousands_of_duplicates_are_listed_in_part_and_that_is_said() -> None:
    document = read_json("[" + ",".join(['{"a": 1, "a": 2}'] * 5000) + "]", "t.json")
    assert len(document.duplicates) == 1000
    assert [note.level for note in document.notes] == ["warning"]


def test_a_place_that_does_not_exist_is_that_of_what_is_nearest_above_it() -> None:
    document = read_json('{"a": {"b": [1]}}', "t.json")
    assert document.place(("a", "b", 3)) == document.place(("a", "b"))
    assert document.place(("a", "b", 0, "x")) == document.place(("a", "b", 0))
    assert document.place(("x",)) == document.place(())


_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_data, st.sampled_from([None, 0, 3]), st.booleans())
@pytest.mark.full
def test_at_every_place_stands_what_the_data_has_there(data: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    document = read_json(text, "t.json")
    assert document.data == data
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def offset(line: int, column: int) -> int:
        return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1

    def check(value: object, keys: tuple[str | int, ...]) -> None:
        place = document.value_place(keys)
        start = offset(place.line, place.column)
        found, end = json.JSONDecoder().raw_decode(text, start)
        assert found == value
        assert place.end_line == 1 + text.count("\n", 0, end)
        if keys and isinstance(keys[-1], str):
            key = document.place(keys)
            assert json.JSONDecoder().raw_decode(text, offset(key.line, key.column))[0] == keys[-1]
        for below, inner in value.items() if isinstance(value, dict) else ():
            check(inner, (*keys, below))
        for index, inner in enumerate(value) if isinstance(value, list) else ():
            check(inner, (*keys, index))

    check(data, ())


@given(st.text(st.sampled_from('{}[]",:\\u0e1 -aNtrue\n')))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = read_json(text, "t.json")
    except ProblemsError as refused:
        places = [(problem.line, problem.column) for problem in refused.problems]
    else:
        places = [(document.place(()).line, 1)]
    assert all(line and column for line, column in places)


def test_an_unfinished_string_full_of_quotes_is_refused_in_no_time() -> None:
    started = time.process_time()
    refusal('[NaN, "' + '\\"' * 500_000)
    refusal("[" * 1000 + '"' + '\\"' * 500_000)
    assert time.process_time() - started < 2
