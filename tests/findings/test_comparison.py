"""Identity of findings between two runs."""

from __future__ import annotations

from dataclasses import replace

from scanner.findings.comparison import Known, compare

LEAK = Known("0" * 16, "r", "high", "FAIL", "t.yaml#R")
RAN = {"read": {"t.yaml"}, "rules": {"r"}}


def test_the_same_cause_that_has_become_more_severe_is_new() -> None:
    found = compare([LEAK], [replace(LEAK, severity="critical")], **RAN)
    assert found.states == ("new",)
    assert found.fixed == () and found.changed == (LEAK,)


def test_the_same_cause_that_has_become_less_severe_is_known() -> None:
    assert compare([LEAK], [replace(LEAK, severity="low")], **RAN).states == ("known",)


def test_a_second_finding_of_one_id_is_new() -> None:
    assert compare([LEAK], [LEAK, LEAK], **RAN).states == ("known", "new")


def test_what_was_accepted_before_is_new_once_the_exception_has_ended() -> None:
    assert compare([replace(LEAK, verdict="SUPPRESSED")], [LEAK], **RAN).states == ("new",)


def test_what_is_accepted_now_is_changed_and_not_fixed() -> None:
    found = compare([LEAK], [replace(LEAK, verdict="SUPPRESSED")], **RAN)
    assert found.fixed == () and found.changed == (LEAK,)


def test_what_cannot_be_told_any_more_is_not_fixed() -> None:
    found = compare([LEAK], [replace(LEAK, id="1" * 16, verdict="UNKNOWN")], **RAN)
    assert found.states == ("new",) and found.fixed == ()


def test_a_rule_that_did_not_run_fixes_nothing() -> None:
    found = compare([LEAK], [], read={"t.yaml"}, rules=set())
    assert found.fixed == () and found.unseen == (LEAK,)


def test_what_is_gone_from_a_file_that_was_read_is_fixed() -> None:
    assert compare([LEAK], [], **RAN).fixed == (LEAK,)
