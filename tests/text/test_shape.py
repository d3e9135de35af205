from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.text.complaint import MOST_PROBLEMS, check, complaints
from scanner.text.json_schema import to_json_schema
from scanner.text.reading import read
from scanner.text.shape import (
    Anything,
    Date,
    Exactly,
    Flag,
    Items,
    Key,
    Named,
    Number,
    OneOf,
    Record,
    Shape,
    Table,
    Text,
    Variants,
)

ASSERTION = Named("assertion", lambda: _ASSERTION)
_ASSERTION = Record(
    {
        "that": Key(Text(), "a path"),
        "all": Key(Items(ASSERTION, least=1)),
        "message": Key(Text()),
    },
    exactly_one=("that", "all"),
)
FORM = Record(
    {
        "version": Key(Exactly(1), required=True),
        "mode": Key(Text(choices=("open", "shut")), "how it is"),
        "account": Key(Text(pattern="[0-9]{3}", meaning="3 digits")),
        "days": Key(Number(least=1, most=9)),
        "share": Key(Number(whole=False)),
        "on": Key(Flag()),
        "until": Key(Date()),
        "keys": Key(Items(Text(), or_one=True)),
        "sizes": Key(Table(Number(), least=1, key=Text(pattern="[a-z]+", meaning="lower-case letters"))),
        "things": Key(
            Items(
                Variants(
                    "kind",
                    {
                        "cup": Record({"of": Key(Text(), required=True)}),
                        "box": Record({"in": Key(Text())}, at_least_one=("in",)),
                    },
                )
            )
        ),
        "assert": Key(Items(ASSERTION)),
        "either": Key(OneOf((Text(), Items(Number(), least=2)))),
        "free": Key(Anything()),
    }
)


def told(text: str, shape: Shape = FORM) -> list[str]:
    document = read(text.encode(), "f.yaml", cloudformation=False)
    return [str(problem).removeprefix("f.yaml:") for problem in check(shape, document, kind="config")]


def test_a_file_of_the_right_shape_has_no_problems() -> None:
    text = """
version: 1
mode: open
account: "012"
days: 9
share: 0.5
on: true
until: 2027-02-28
keys: one
sizes: {a: 1}
things: [{kind: cup, of: tea}, {kind: box, in: hall}]
assert: [{all: [{that: a}, {all: [{that: b}]}]}]
either: [1, 2]
free: {any: [thing]}
"""
    assert told(text) == []
    assert told("version: 1\nkeys: [one, two]\neither: text") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("mod: open", "2:1: unknown key `mod`, did you mean `mode`?"),
        ("mode: opne", "2:7: `mode` must be one of `open` or `shut`, not `opne`, did you mean `open`?"),
        ("mode: true", "2:7: `mode` must be one of `open` or `shut`, not `true`, quote it to keep it text"),
        ("account: 123", "2:10: `account` must be 3 digits, not the number `123`, quote it to keep it text"),
        ("account: '1234'", "2:10: `account` must be 3 digits, not `1234`"),
        ("account: ''", "2:10: `account` is empty"),
        ("account: '  '", "2:10: `account` is empty"),
        ("account:", "2:9: `account` must be 3 digits, not nothing"),
        ("days: 0", "2:7: `days` must be a whole number of at least 1 and at most 9, not the number `0`"),
        ("days: 1.5", "2:7: `days` must be a whole number of at least 1 and at most 9, not the number `1.5`"),
        ("days: true", "2:7: `days` must be a whole number of at least 1 and at most 9, not `true`"),
        ("days: '3'", "2:7: `days` must be a whole number of at least 1 and at most 9, not `3`, take the quotes away"),
        ("share: x", "2:8: `share` must be a number, not `x`"),
        ("on: 'true'", "2:5: `on` must be `true` or `false`, not `true`, write `true` without quotes"),
        ("on: yes", "2:5: `on` must be `true` or `false`, not `yes`, write `true` without quotes"),
        ("until: 2027-02-29", "2:8: `until` must be a date as `YYYY-MM-DD`, not `2027-02-29`"),
        ("until: 20270228", "2:8: `until` must be a date as `YYYY-MM-DD`, not the number `20270228`"),
        ("until: 2027-W01-1", "2:8: `until` must be a date as `YYYY-MM-DD`, not `2027-W01-1`"),
        ("keys: {a: 1}", "2:7: `keys` must be text, not a mapping"),
        ("keys: [a, 1]", "2:11: `keys[1]` must be text, not the number `1`, quote it to keep it text"),
        ("sizes: {}", "2:8: `sizes` needs at least 1 entry"),
        ("sizes: {A: 1}", "2:9: `sizes.A` must be lower-case letters, not `A`"),
        ("sizes: {a: x}", "2:12: `sizes.a` must be a whole number, not `x`"),
        ("things: [{of: tea}]", "2:10: `things[0]` lacks `kind`"),
        (
            "things: [{kind: cub}]",
            "2:17: `things[0].kind` must be one of `cup` or `box`, not `cub`, did you mean `cup`?",
        ),
        ("things: [{kind: cup}]", "2:10: `things[0]` lacks `of`"),
        ("things: [{kind: cup, of: x, zzz: y}]", "2:29: unknown key `zzz` in `things[0]`, known are `kind` and `of`"),
        ("things: [{kind: box}]", "2:10: `things[0]` needs at least one of `in`"),
        ("assert: [{message: x}]", "2:10: `assert[0]` needs one of `that` or `all`"),
        ("assert: [{that: a, all: [{that: b}]}]", "2:20: `assert[0]` has both `that` and `all`, and takes only one"),
        ("assert: [{all: [{all: []}]}]", "2:23: `assert[0].all[0].all` needs at least 1 item"),
        ("either: 1", "2:9: `either` must be text or a list, not the number `1`"),
        ("either: [1]", "2:9: `either` needs at least 2 items"),
        ("either: [1, x]", "2:13: `either[1]` must be a whole number, not `x`"),
        ("version: 1", "2:1: `version` stands twice, first on line 1"),
    ],
)
def test_each_fault_has_its_place_and_a_sentence(line: str, problem: str) -> None:
    assert told(f"version: 1\n{line}") == [problem]


def test_all_faults_are_told_in_the_order_of_the_file() -> None:
    assert told("days: 0\nmod: 1\non: 2\n") == [
        "1:1: the file lacks `version`",
        "1:7: `days` must be a whole number of at least 1 and at most 9, not the number `0`",
        "2:1: unknown key `mod`, did you mean `mode`?",
        "3:5: `on` must be `true` or `false`, not the number `2`",
    ]


@pytest.mark.parametrize(("text", "found"), [("", "nothing"), ("- 1", "a list"), ("x", "`x`")])
def test_a_file_that_is_no_mapping_is_told(text: str, found: str) -> None:
    assert told(text) == [f"1:1: the file must be a mapping, not {found}"]


def test_a_part_of_a_document_is_checked_with_its_places() -> None:
    document = read(b"outer:\n  inner: {version: 1, dais: 2}\n", "f.yaml", cloudformation=False)
    assert [str(problem) for problem in check(FORM, document, ("outer", "inner"), kind="rule")] == [
        "f.yaml:2:23: unknown key `dais`, did you mean `days`?"
    ]


def test_a_hostile_file_does_not_drown_its_reader() -> None:
    text = "version: 1\n" + "".join(f"{'k' * 500}{n}: 1\n" for n in range(3000))
    problems = told(text)
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1] == f" more than {MOST_PROBLEMS} problems; only the first are listed"
    assert max(map(len, problems)) < 300


def test_long_words_are_shortened_in_messages() -> None:
    (problem,) = told("version: 1\nmode: " + "x" * 10_000)
    assert len(problem) < 200


def test_other_keys_may_have_a_shape_of_their_own() -> None:
    shape = Record({"a": Key(Flag())}, rest=Number())
    assert told("a: true\nb: 1", shape) == []
    assert told("b: x", shape) == ["1:4: `b` must be a whole number, not `x`"]


def test_a_complaint_of_ones_own_follows_the_name() -> None:
    shape = Record({"path": Key(Text(complain=lambda text: None if "/" in text else "needs a slash"))})
    assert told("path: x", shape) == ["1:7: `path` needs a slash"]


SCHEMA = to_json_schema(FORM, "https://example.com/form.schema.json", "A form")
_SCALARS = st.sampled_from([1, 0, 5, 1.5, True, "open", "opne", "012", "", "2027-02-28", "cup", "box", None])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["kind", "of", "in", "that", "all", "message", "a", "A"]), inner, max_size=3),
    ),
    max_leaves=6,
)


def test_the_schema_is_valid_and_ends_where_a_shape_holds_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"].keys() == {"assertion"}  # type: ignore[attr-defined]  # a schema is plain JSON
    assert SCHEMA["properties"]["mode"]["description"] == "how it is"  # type: ignore[index]  # as above


@given(
    st.dictionaries(st.sampled_from([*FORM.keys, "mod"]), _VALUES, max_size=4).map(lambda rest: {"version": 1, **rest})
)
@settings(max_examples=500)
@pytest.mark.full
def test_the_schema_accepts_what_the_check_accepts(value: dict[str, object]) -> None:
    """One shape, two readers: they differ in words only."""
    valid = jsonschema.Draft202012Validator(SCHEMA).is_valid(value)
    assert valid == (not list(complaints(FORM, value)))


def test_no_schema_names_a_place_on_this_machine() -> None:
    assert str(Path.home()) not in str(SCHEMA)
