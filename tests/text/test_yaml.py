from __future__ import annotations

import json
import sys
import time
from textwrap import dedent
from typing import cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.base.problem import Problem, ProblemsError
from scanner.text.document import Document
from scanner.text.json import read_json
from scanner.text.yaml import read_yaml
from tests.case_names import case_name


def read(text: str, *, cloudformation: bool = True) -> Document:
    return read_yaml(dedent(text), "t.yaml", cloudformation=cloudformation)


def refusal(text: str, *, cloudformation: bool = True) -> Problem:
    with pytest.raises(ProblemsError) as caught:
        read_yaml(text, "t.yaml", cloudformation=cloudformation)
    (problem,) = caught.value.problems
    assert problem.path == "t.yaml"
    assert problem.message[0].islower() or problem.message[0] == "`"
    assert not problem.message.endswith(".")
    return problem


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("tRue", "tRue"),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-0", 0),
        ("42", 42),
        ("+7", 7),
        ("-7", -7),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-1.0e+3", -1000.0),
        ("1.5e999", "1.5e999"),
        ("1e3", "1e3"),
        ("-x", "-x"),
        (".", "."),
        ("0123456789", "0123456789"),
        ("012345678901", "012345678901"),
        ("123456789012345", 123456789012345),
        ("1234567890123456", "1234567890123456"),
        ("0.1234567890123456", "0.1234567890123456"),
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("! '12'", "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!bool 'true'", True),
        ("!!float 1", 1.0),
        ("!!null ''", None),
    ],
)
def test_scalars_mean_what_they_mean_to_cloudformation(written: str, value: object) -> None:
    assert repr(read(f"a: {written}\n").data) == repr({"a": value})


@pytest.mark.parametrize("written", ["!!int abc", "!!bool yes", "!!timestamp 2012-10-17", "!!python/name:os.system ''"])
def test_a_yaml_tag_that_its_value_does_not_bear_is_refused(written: str) -> None:
    problem = refusal(f"x: 1\na: {written}\n")
    assert (problem.line, problem.column) == (2, 4)
    assert "!!" in problem.message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Vpc", {"Ref": "Vpc"}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!GetAtt Nested.Outputs.Arn", {"Fn::GetAtt": ["Nested", "Outputs.Arn"]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!GetAtt Table", {"Fn::GetAtt": "Table"}),
        ("!Sub '${A}-x'", {"Fn::Sub": "${A}-x"}),
        ("!Sub ['${A}', {A: 1}]", {"Fn::Sub": ["${A}", {"A": 1}]}),
        ("!Ref 012", {"Ref": "012"}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
        ("!If [C, !Ref A, !Ref 'AWS::NoValue']", {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}),
        ("!Transform {Name: M}", {"Fn::Transform": {"Name": "M"}}),
        ("!Newest [1]", {"Fn::Newest": [1]}),
    ],
    ids=case_name,
)
def test_short_intrinsics_are_written_out(written: str, value: object) -> None:
    assert read(f"a: {written}\n").data == {"a": value}


def test_a_tag_means_nothing_outside_of_cloudformation() -> None:
    problem = refusal("rule: x\nwhen: !Ref a\n", cloudformation=False)
    assert (problem.line, problem.column) == (2, 7)
    assert "`!Ref`" in problem.message


def test_an_empty_text_holds_nothing() -> None:
    assert read("").data is None
    assert read("# only a comment\n---\n...\n").data is None


def test_empty_documents_around_the_one_are_passed_over() -> None:
    assert read("---\n---\na: 1\n---\n").data == {"a": 1}


def test_a_second_document_is_refused_where_it_begins() -> None:
    assert refusal("a: 1\n---\nb: 2\n").line == 2


def test_places_are_those_of_keys_items_and_values() -> None:
    document = read(
        """\
        # a template
        Resources:

          Role:
            Type: "AWS::IAM::Role"
            Properties:
              Description: |
                two
                lines

              # about the tags
              Tags:
                - Key: a
                  Value: !Sub "${B}"
                - {Key: b, Value: [1,
                    2]}
              Empty:
        """
    )
    role = ("Resources", "Role", "Properties")

    def place(*keys: str | int) -> tuple[int, int, int]:
        found = document.place(keys)
        return found.line, found.column, found.end_line

    assert place("Resources") == (2, 1, 17)
    assert place("Resources", "Role", "Type") == (5, 5, 5)
    assert place(*role, "Description") == (7, 7, 9)
    assert place(*role, "Tags") == (12, 7, 16)
    assert place(*role, "Tags", 0) == (13, 11, 14)
    assert place(*role, "Tags", 0, "Value", "Fn::Sub") == (14, 18, 14)
    assert place(*role, "Tags", 1, "Value", 1) == (16, 13, 16)
    assert place(*role, "Empty") == (17, 7, 17)
    assert document.value_place((*role, "Tags")).line == 13
    assert document.value_place(("Resources", "Role", "Type")).column == 11
    assert document.lines(7, 9) == ["      Description: |", "        two", "        lines"]
    assert document.lines(0, 1) == ["# a template"]
    assert document.lines(17, 99) == ["      Empty:"]


def test_a_place_that_does_not_exist_is_that_of_what_is_nearest_above_it() -> None:
    document = read("a:\n  b: [1, 2]\n")
    assert document.place(("a", "b", 7, "x")) == document.place(("a", "b"))
    assert document.place(("a", "b", "x")) == document.place(("a", "b"))
    assert document.place(("z",)) == document.place(())


def test_parts_of_getatt_have_the_place_of_the_whole() -> None:
    document = read("a: !GetAtt T.Arn\n")
    assert document.place(("a", "Fn::GetAtt", 1)).column == 4


def test_columns_count_characters_and_lines_count_as_editors_do() -> None:
    document = read_yaml('"é😀": "x\u2028y"\r\nb: 1\r\n', "t.yaml", cloudformation=True)
    assert document.place(("b",)).line == 2
    assert document.value_place(("é😀",)).column == 7


def test_a_key_given_twice_is_told_with_both_places_and_the_last_wins() -> None:
    document = read("R:\n  A: 1\n  B: 2\n  A:\n    x: 3\n")
    assert document.data == {"R": {"A": {"x": 3}, "B": 2}}
    (duplicate,) = document.duplicates
    assert duplicate.keys == ("R", "A")
    assert (duplicate.first.line, duplicate.second.line, duplicate.second.end_line) == (2, 4, 5)
    assert document.place(("R", "A")).line == 4
    assert document.place(("R",)).end_line == 5


def test_a_key_given_three_times_is_two_duplicates() -> None:
    duplicates = read("a: 1\na: 2\na: 3\n").duplicates
    assert [(each.first.line, each.second.line) for each in duplicates] == [(1, 2), (2, 3)]


def test_duplicates_in_a_value_that_is_lost_are_not_told() -> None:
    document = read("a: {x: 1, x: 2}\na: {y: 1}\nb: [0, {z: 1, z: 2}]\n")
    assert [each.keys for each in document.duplicates] == [("a",), ("b", 1, "z")]


def test_duplicates_within_an_intrinsic_are_told_under_its_long_name() -> None:
    assert [each.keys for each in read("a: !Sub ['', {x: 1, x: 2}]\n").duplicates] == [("a", "Fn::Sub", 1, "x")]


def test_thousands_of_duplicates_are_listed_in_part_and_that_is_said() -> None:
    document = read("a: 1\n" * 5000)
    assert len(document.duplicates) == 1000
    assert [note.level for note in document.notes] == ["warning"]


@pytest.mark.parametrize("key", ["123456789012", "1.5", "true", "~", "null", "2012-10-17"])
def test_a_key_that_is_not_text_is_read_as_it_is_written_with_a_warning(key: str) -> None:
    document = read(f"Map:\n  {key}: x\n")
    assert document.data == {"Map": {key: "x"}}
    (note,) = document.notes
    assert (note.level, note.line, note.column) == ("warning", 2, 3)
    assert f"`{key}`" in note.message


def test_thousands_of_such_keys_are_told_in_part_and_that_is_said() -> None:
    document = read("".join(f"{number}: x\n" for number in range(5000)))
    assert len(cast("dict[str, object]", document.data)) == 5000
    assert len(document.notes) == 101
    assert "more keys" in document.notes[-1].message


@pytest.mark.parametrize("key", ["'12'", '"true"', "012", "on", "a"])
def test_a_key_that_is_text_gets_no_warning(key: str) -> None:
    assert read(f"{key}: x\n").notes == ()


@pytest.mark.parametrize("text", ["x: 1\n[a]: b\n", "x: 1\n? {a: 1}\n: b\n", "x: &k [1]\n*k : b\n"])
def test_a_key_that_is_a_container_is_refused(text: str) -> None:
    assert refusal(text).line == 2


def test_merged_mappings_give_way_to_explicit_keys_and_to_those_before_them() -> None:
    document = read(
        """\
        one: &one {a: 1, b: 1}
        two: &two {b: 2, c: 2}
        both: {<<: [*one, *two], a: 0}
        after: {a: 0, <<: *two}
        text: {'<<': x}
        """
    )
    data = cast("dict[str, dict[str, object]]", document.data)
    assert data["both"] == {"a": 0, "b": 1, "c": 2}
    assert data["after"] == {"a": 0, "b": 2, "c": 2}
    assert data["text"] == {"<<": "x"}
    assert document.duplicates == ()
    assert document.place(("both", "c")).line == 2


def test_only_mappings_can_be_merged() -> None:
    assert refusal("a: 1\nb: {<<: [1]}\n").line == 2
    assert refusal("a: 1\nb: {<<: x}\n").line == 2


def test_aliases_share_what_they_stand_for() -> None:
    document = read("a: &x [1, {b: 2}]\nc: *x\nd: &r !Ref T\ne: *r\n*k_ : 1\n".replace("*k_ ", "k"))
    data = cast("dict[str, object]", document.data)
    assert data["c"] is data["a"]
    assert data["e"] == {"Ref": "T"}
    assert document.place(("c",)).line == 2
    assert document.place(("c", 1, "b")).line == 1


def test_an_alias_may_stand_for_a_key() -> None:
    assert read("a: &k name\n*k : 1\n").data == {"a": "name", "name": 1}


def test_an_alias_without_an_anchor_is_refused() -> None:
    assert "`*nowhere`" in refusal("a: *nowhere\n").message


@pytest.mark.parametrize("text", ["a: &x {b: *x}\n", "a: &x [1, [*x]]\n", "a: &x\n  <<: *x\n", "a: &x !Sub ['', *x]\n"])
def test_a_value_that_contains_itself_is_refused(text: str) -> None:
    assert "contain itself" in refusal(text).message


def test_an_alias_bomb_is_refused_at_once_and_named_by_its_line() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 40)]
    started = time.process_time()
    problem = refusal("\n".join(lines))
    assert time.process_time() - started < 1
    assert problem.line == 7
    assert "2,000,000" in problem.message


def test_a_bomb_of_merge_keys_is_refused_as_well() -> None:
    fields = ", ".join(f"k{i}: 1" for i in range(10_000))
    text = f"a: &a {{{fields}}}\n" + "".join(f"b{i}: {{<<: *a}}\n" for i in range(10_000))
    started = time.process_time()
    assert "2,000,000" in refusal(text).message
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "deep", ["[" * 10_000, "[" * 1_000_000, "{a: " * 10_000, "- " * 10_000, "!If [" * 10_000], ids=case_name
)
def test_deep_nesting_is_refused_before_anything_recurses_too_far(deep: str) -> None:
    started = time.process_time()
    assert "200 levels" in refusal(deep).message
    assert time.process_time() - started < 2


@pytest.mark.parametrize("opened", [1_000, 1_001, 5_000, 100_000])
@pytest.mark.parametrize("before", ["", "a: ok\nb: ", "- 'text with [ and {'\n- ", "? "])
def test_the_limit_and_its_sentence_are_ours_whatever_the_library_does(opened: int, before: str) -> None:
    problem = refusal(before + "[" * opened)
    assert problem.message == "nested deeper than 200 levels"
    assert problem.line == (1 + before.count("\n"))
    assert problem.column is not None and 190 < problem.column < 210


def test_brackets_in_texts_are_no_levels() -> None:
    assert "nested" not in refusal("a: '" + "[{" * 500 + "'\nb: [1, 2\n").message


def test_two_hundred_levels_are_read_and_not_one_more() -> None:
    assert read("[" * 200 + "]" * 200).data is not None
    assert "nested deeper" in refusal("[" * 201 + "]" * 201).message


def test_aliases_cannot_nest_deeper_than_brackets_can() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 300)]
    assert "nested deeper" in refusal("\n".join(lines)).message
    assert read("\n".join(lines[:190])).data


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("a:\n  b: 1\n bad: [\n", 3, 2, "did not find expected key"),
        ("a: 1\nb: 'x\n", 3, 1, "quoted scalar"),
        ("a:\n\tb: 1\n", 2, 1, "tab"),
        ("a: 1\nb: \x07\n", 2, 4, "U+0007"),
        ("a: @x\n", 1, 4, "cannot start any token"),
        ("a: \ud800\n", 1, 4, "U+D800"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_place(text: str, line: int, column: int, part: str) -> None:
    problem = refusal(text)
    assert (problem.line, problem.column) == (line, column)
    assert part in problem.message


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x !Sub ['${B}', {B: !GetAtt T.Arn}]\nb: |\n  x\n\nc: *x\n12: {k: 1, k: 2}\nd:\n- 1\n- ! '2'\n"
    fast = read(text)
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    slow = read(text)
    assert slow.data == fast.data
    assert slow.duplicates == fast.duplicates
    assert slow.notes == fast.notes
    for keys in _paths(fast.data):
        assert slow.place(keys) == fast.place(keys)
    assert "200 levels" in refusal("[" * 10_000).message
    assert refusal("a: 1\nb: \x07\n").line == 2
    assert refusal("a:\n  b: 1\n bad: [\n").line == 3


# PyYAML writes the three odd line breaks in a way that it does not read back itself.
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029"))
_data = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.integers(-999, 999).map(lambda n: n / 4) | _texts,
    lambda inner: st.lists(inner) | st.dictionaries(_texts, inner),
    max_leaves=20,
)


@given(_data, st.booleans())
@pytest.mark.full
def test_what_another_writer_wrote_is_read_back(data: object, flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    assert read_yaml(text, "t.yaml", cloudformation=False).data == data


_printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
_json_data = st.dictionaries(
    _printable,
    st.recursive(
        st.none() | st.booleans() | st.integers(-999, 999) | _printable,
        lambda inner: st.lists(inner) | st.dictionaries(_printable, inner),
        max_leaves=15,
    ),
)


@given(_json_data, st.sampled_from([None, 2]))
@pytest.mark.full
def test_both_readers_find_the_same_places_in_what_both_can_read(data: dict[str, object], indent: int | None) -> None:
    text = json.dumps(data, indent=indent)
    as_yaml, as_json = read_yaml(text, "t", cloudformation=True), read_json(text, "t")
    assert as_yaml.data == as_json.data
    for keys in _paths(data):
        assert as_yaml.place(keys) == as_json.place(keys)
        assert as_yaml.value_place(keys) == as_json.value_place(keys)


@given(st.text(st.sampled_from("ab:-,?[]{}&*!|>'\"%#\n \t1<~")))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = read_yaml(text, "t.yaml", cloudformation=True)
    except ProblemsError as refused:
        places = [(problem.line, problem.column) for problem in refused.problems]
    else:
        places = [(place.line, place.column) for place in map(document.place, _paths(document.data))]
    assert all(line and column for line, column in places)


def _paths(data: object, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [above]
    if isinstance(data, dict):
        found += [path for key, value in data.items() for path in _paths(value, (*above, key))]
    if isinstance(data, list):
        found += [path for key, value in enumerate(data) for path in _paths(value, (*above, key))]
    return found
