from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.base.glob import glob_matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*#AccessLog", "infra/app.yaml#AccessLog", True),
        ("*#AccessLog", "infra/app.yaml#AccessLogs", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("", "", True),
        ("*", "", True),
        ("a[1]", "a[1]", True),
        ("a?", "ab", False),
    ],
)
def test_only_a_star_is_special(pattern: str, text: str, expected: bool) -> None:
    assert glob_matches(pattern, text) is expected


@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=8))
def test_it_agrees_with_a_regular_expression(pattern: str, text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL)
    assert glob_matches(pattern, text) == (expected is not None)


def test_many_stars_cost_no_more_than_few() -> None:
    started = time.process_time()
    assert not glob_matches("*a" * 5_000 + "b*c", "a" * 20_000)
    assert time.process_time() - started < 1
