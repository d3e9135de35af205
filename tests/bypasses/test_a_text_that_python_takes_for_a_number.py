"""`nan` was at least 365 and at most 7, `inf` and `3_5` were numbers, other scripts had digits: all of them passed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.language.expressions.comparison import ordered
from scanner.model.number_text import number_of
from tests.language.judged import judged_template

NONE = [
    "nan",
    "NaN",
    "-nan",
    "inf",
    "-inf",
    "infinity",
    "3_65",
    "١٢٣",
    "３６５",
    "1e999",
    " 365",
    "365 ",
    "0x200",
    "",
    ".",
    "3,65",
]
NUMBERS = {"365": 365, "+365": 365, "-1": -1, "0365": 365, "36.5": 36.5, "365.": 365, ".5": 0.5, "3.65e2": 365}


@pytest.mark.parametrize("text", NONE)
def test_it_is_neither_less_nor_more_nor_the_same(text: str) -> None:
    assert number_of(text) is None
    assert ordered(text, 365) is None and ordered(365, text) is None


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_a_number_is_what_it_spells(text: str, number: float) -> None:
    assert number_of(text) == number
    assert ordered(text, 365) == (number > 365) - (number < 365)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, None, []])
def test_what_is_no_finite_number_is_not_ordered(value: object) -> None:
    assert ordered(value, 365) is None


@given(st.text(max_size=12) | st.from_regex(r"[-+]?[0-9_.eE]{1,8}", fullmatch=True))
def test_what_is_read_is_finite_and_what_python_reads(text: str) -> None:
    read = number_of(text)
    if read is not None:
        assert math.isfinite(read) and read == float(text) and text.isascii()


@pytest.mark.parametrize("text", [each for each in NONE if each.strip() == each and each])
@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        ("rds-backup-retention", "Type: AWS::RDS::DBInstance, Properties: {BackupRetentionPeriod: "),
        ("log-group-retention", "Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: "),
    ],
)
def test_such_a_setting_meets_no_bound(rule: str, resource: str, text: str) -> None:
    assert judged_template(rule, f"Resources: {{It: {{{resource}'{text}'}}}}}}")["It"] == "FAIL"
