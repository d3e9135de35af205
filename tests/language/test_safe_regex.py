"""Patterns of rules run in a time that their text bounds; others are refused when the rule is read."""

from __future__ import annotations

import pytest

from scanner.language.expressions.safe_regex import pattern_complaint


@pytest.mark.parametrize(
    "pattern",
    ["^(?:aa|.a)*c", "^(a{1,20}){1,20}c", "^" + ".*" * 11 + "c", "(a+)+b", "(a|a)*b", "(?:a|ab)+c", "(x*)*", "("],
)
def test_what_may_run_away_is_refused(pattern: str) -> None:
    assert pattern_complaint(pattern) is not None


@pytest.mark.parametrize("pattern", ["^[a-z0-9-]+$", "(?:dev|prod|test)", "^arn:aws:.*:.*$", "a{3,20}", "(?i)phi|pii"])
def test_what_is_linear_or_nearly_is_taken(pattern: str) -> None:
    assert pattern_complaint(pattern) is None
