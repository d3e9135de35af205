from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown
from scanner.tenancy.automaton import Automaton
from scanner.tenancy.identifiers import TenantIds, template_form
from scanner.tenancy.pattern import ANYTHING, NotRegularError, parse_pattern
from tests.case_names import case_name

HOLE = Unknown("parameter", "parameter `X` has no value")


def _is_matched(pattern: str, text: str) -> bool:
    return Automaton(parse_pattern(pattern)).accepts(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z0-9-]{1,36}",
        "(?:acme|globex)-[0-9]+",
        "([a-z]+-)*[a-z]+",
        "a?b+?c*",
        "[^a-c]{2}",
        "a|ab|",
        ".{2,}",
        "(a|b){0,3}x",
        "[a-c\\-]+",
        "\\.\\*",
    ],
)
@given(text=st.text(alphabet="abcxz-.*019\n", max_size=7))
@settings(max_examples=60)
def test_the_automaton_agrees_with_python(pattern: str, text: str) -> None:
    assert _is_matched(pattern, text) == (re.fullmatch(pattern, text) is not None)


_LEAVES = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", "-", "\\d", "\\W"])
_PATTERNS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=5,
)


@given(_PATTERNS, st.text(alphabet="ab-1\n", max_size=6))
@settings(max_examples=400)
@pytest.mark.full
def test_random_patterns_mean_what_python_says_of_ascii(pattern: str, text: str) -> None:
    assert _is_matched(pattern, text) == (re.fullmatch(pattern, text, re.ASCII) is not None)


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-references"),
        ("(?P<n>a)(?P=n)", "back-references"),
        ("(a)?(?(1)b|c)", "back-references"),
        ("^abc$", "leave them out"),
        (r"\bab", "leave them out"),
        ("(?i)abc", "flags"),
        ("(?i:abc)", "flags"),
        ("a++", "possessive"),
        ("(?>ab)", "atomic"),
        ("[a-", "unterminated character set at character 1"),
        ("a{0}", "matches no id"),
        ("(a{1,100}){1,100}", "too large"),
        ("a{1,100000}", "too large"),
        ("a{2}{2}", "multiple repeat"),
        ("a" * 501, "more than 500"),
    ],
)
def test_what_is_not_regular_is_refused_with_its_reason(pattern: str, part: str) -> None:
    with pytest.raises(NotRegularError, match=re.escape(part)):
        parse_pattern(pattern)


def test_a_pattern_that_a_backtracking_matcher_never_finishes_is_matched_at_once() -> None:
    started = time.process_time()
    assert not _is_matched("(a+)+(b|a+)*c", "a" * 400)
    assert time.process_time() - started < 1


def test_deep_nesting_is_no_danger() -> None:
    assert _is_matched("(" * 240 + "a" + ")" * 240, "a")


def test_classes_are_ascii_so_that_an_id_is_what_its_writer_typed() -> None:
    assert _is_matched(r"\d+", "123")
    assert not _is_matched(r"\d+", "١٢٣")
    assert _is_matched(r"\D", "١")


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("uuid", "0b5a1e8c-7b1f-4b8e-9c55-1d2f3a4b5c6d", "0B5A1E8C-7B1F-4B8E-9C55-1D2F3A4B5C6D"),
        ("numeric", "9223372036854775807", "12345678901234567890"),
        ("any-tag-value", "Klinik Süd_1.:/=+-@", "acme#1"),
        ("any-tag-value", "x" * 256, "x" * 257),
        ("any-tag-value", "診療所", "a|b"),
        ("[a-z]+", "acme", ""),
    ],
)
def test_named_forms_are_what_the_design_says(form: str, good: str, bad: str) -> None:
    ids = TenantIds(form)
    assert ids.is_id(good)
    assert not ids.is_id(bad)


def test_the_empty_text_and_shared_values_are_no_ids() -> None:
    ids = TenantIds("[a-z]*", shared_values=("public",))
    assert not ids.is_id("")
    assert not ids.is_id("public")
    assert ids.is_id("publi")


@pytest.mark.parametrize(
    ("template", "parts", "expected"),
    [
        ("tenant-${tenant}/*", ("tenant-", HOLE), None),
        ("tenant-${tenant}/*", ("tenant-acme/", HOLE), True),
        ("tenant-${tenant}/*", ("tenant-acme/a", HOLE, "b", HOLE), True),
        ("tenant-${tenant}/*", ("tenant-ACME/", HOLE), False),
        ("tenant-${tenant}/*", ("tenan", HOLE, "/"), None),
        ("tenant-${tenant}/*", ("tenan-", HOLE), False),
        ("${tenant}-orders", (HOLE, "-orders"), None),
        ("${tenant}-orders", (HOLE, "-carts"), False),
        ("${tenant}-orders", ("toolongforanid", HOLE), False),
        ("x-*-orders", ("x-", HOLE, "-orders"), True),
        ("x-*-orders", ("x-", HOLE, "-", HOLE, "-orders"), True),
        ("x-*-orders", ("x-", HOLE), None),
        ("x-orders", ("x-", HOLE), None),
    ],
    ids=case_name,
)
def test_a_partly_known_text_is_matched_in_three_values(
    template: str, parts: tuple[str | Unknown, ...], expected: bool | None
) -> None:
    assert Automaton(template_form(template, TenantIds("[a-z]{1,8}"))).matches(Text(parts)) is expected


@given(
    st.lists(st.sampled_from(["a", "b", "-", "*", "${tenant}"]), max_size=5).map("".join),
    st.lists(st.sampled_from(["a", "b-", None]), min_size=1, max_size=4),
    st.lists(st.text(alphabet="ab-", max_size=3), min_size=4, max_size=4),
)
@settings(max_examples=400)
@pytest.mark.full
def test_a_claim_about_a_partly_known_text_holds_for_every_completion(
    template: str, parts: list[str | None], fillings: list[str]
) -> None:
    automaton = Automaton(template_form(template, TenantIds("[ab]{1,2}")))
    claimed = automaton.matches_parts(parts)
    filled = "".join(filling if part is None else part for part, filling in zip(parts, fillings, strict=False))
    if claimed is not None:
        assert automaton.accepts(filled) is claimed


def test_a_star_takes_any_hole() -> None:
    assert Automaton(ANYTHING).matches_parts([None]) is True
    assert Automaton(parse_pattern("[a-z]*")).matches_parts([None]) is None


def test_one_unknown_character_matches_surely_only_where_all_of_its_kind_do() -> None:
    letters = frozenset("ab")
    assert Automaton(parse_pattern("x[a-c]")).matches_parts(["x", letters]) is True
    assert Automaton(parse_pattern("x[ac]")).matches_parts(["x", letters]) is None
    assert Automaton(parse_pattern("x[cd]")).matches_parts(["x", letters]) is False
