from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.base.terminal import columns, one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Patients", "Patients"),
        ("Größe 患者 naïve", "Größe 患者 naïve"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m\x85\x7f\x00\t\n", r"\x9b31m\x85\x7f\x00\x09\x0a"),
        ("a\u202eb\u2066c\u200fd", r"a\u202eb\u2066c\u200fd"),
        ("zero\u200bwidth\u200djoined\ufeff\u00ad", r"zero\u200bwidth\u200djoined\ufeff\xad"),
        ("two\u2028lines\u2029here", r"two\u2028lines\u2029here"),
        ("no\u00a0break", r"no\xa0break"),
        ("nothing\u3164there\u2800", r"nothing\u3164there\u2800"),
        ("half\ud800", r"half\ud800"),
        ("tag\U000e0041", r"tag\U000e0041"),
    ],
)
def test_what_is_not_seen_as_itself_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.full
def test_no_control_or_format_character_of_all_of_unicode_gets_through() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    shown = printable(everything)
    assert {unicodedata.category(each) for each in set(shown)} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()
    assert {each for each in shown if each.isspace()} == {" "}


def test_what_is_kept_stays_and_nothing_else_does() -> None:
    assert printable("a\n\tb\x1b", keep="\n") == "a\n\\x09b\\x1b"


@given(st.text())
def test_showing_twice_shows_the_same(text: str) -> None:
    assert printable(printable(text)) == printable(text)


def test_wrapped_prose_becomes_one_line_and_separators_in_disguise_stay_visible() -> None:
    assert one_line("  the risk,\n  in two\tsentences\r\n") == "the risk, in two sentences"
    assert one_line("Rec\u2028ords") == r"Rec\u2028ords"


def test_columns_are_those_of_a_terminal() -> None:
    assert columns("abc") == 3
    assert columns("患者") == 4
    assert columns("e\u0301") == 1
    assert columns("\x1b[1;31mred\x1b[0m") == 3
