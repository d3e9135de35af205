"""A screen holds what `diff` says of new access: where there is much of it, a principal's first and how many more."""

from __future__ import annotations

from scanner.changes.new_access import Access
from scanner.cli.diff_text import Difference
from scanner.findings.comparison import compare


def text(several: list[Access]) -> str:
    return Difference([], compare((), (), read=(), rules=()), "high", stops=False, access=several).text()


def access(principal: int, number: int) -> Access:
    action = f"s3:Action{number}"
    return Access(f"Role{principal}", (action,), f"arn:aws:s3:::b{number % 3}/k", {}, (f"p, Statement[{number}]",))


def test_few_are_told_each_with_what_allows_it() -> None:
    told = text([access(1, number) for number in range(12)])
    assert told.count("new access: Role1 may now") == 12 and told.count("allowed by") == 12


def test_many_are_a_summary_by_principal_and_none_is_lost_from_the_count() -> None:
    many = [access(principal, number) for principal in range(20) for number in range(18)]
    told = text(many)
    assert len(told.splitlines()) < 60
    assert "new access: 360 entries of 20 principals" in told
    assert "Role0: 18 actions, as on 3 resources" in told and "and 17 more" in told
    assert "and 8 more principals" in told
    assert "360 with new access" in told
