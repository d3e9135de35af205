from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.iam.wildcards import Glob, Wild, wild_tokens

PATTERNS = st.text(alphabet="ab:*?", max_size=12)
TEXTS = st.text(alphabet="ab:", max_size=14)


def regex(pattern: str) -> str:
    return "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)


def segment_regex(pattern: str) -> str:
    """`*` crosses a colon only at the end of a segment of the pattern."""
    pattern = re.sub(r"\*+", "*", pattern)
    built = []
    for index, character in enumerate(pattern):
        ends = index + 1 == len(pattern) or pattern[index + 1] == ":"
        if character == "*":
            built.append(".*" if ends else "[^:]*")
        else:
            built.append("[^:]" if character == "?" else re.escape(character))
    return "".join(built)


@given(PATTERNS, TEXTS)
@settings(max_examples=500, deadline=None)
def test_a_glob_matches_what_its_regular_expression_matches(pattern: str, text: str) -> None:
    assert Glob.of(pattern).matches(text) == bool(re.fullmatch(regex(pattern), text, re.DOTALL))


@given(PATTERNS, TEXTS)
@settings(max_examples=500, deadline=None)
def test_a_segment_glob_matches_what_its_regular_expression_matches(pattern: str, text: str) -> None:
    expected = bool(re.fullmatch(segment_regex(pattern), text, re.DOTALL))
    assert Glob.of(pattern).matches_within_segments(text) == expected


def test_literal_wildcards_are_only_characters() -> None:
    glob = Glob(["a*", Wild.STAR, "?"])
    assert glob.matches("a*xyz?")
    assert not glob.matches("abxyz?")


def test_newlines_are_characters_like_any_other() -> None:
    assert Glob.of("a*b?").matches("a\n\nb\n")


def test_tokens_keep_every_wildcard() -> None:
    assert wild_tokens("a*?b") == ["a", Wild.STAR, Wild.ANY, "b"]


@pytest.mark.parametrize("pattern", ["*a" * 2_000 + "*c", "a*" * 2_000 + "c", "*?a" * 1_000 + "b", "*" * 5_000 + "c"])
def test_pathological_patterns_take_no_time(pattern: str) -> None:
    text = "a" * 20_000
    glob = Glob.of(pattern)
    began = time.process_time()
    assert not glob.matches(text)
    assert not glob.matches_within_segments(text)
    # Backtracking would take longer than anybody waits.
    assert time.process_time() - began < 5
