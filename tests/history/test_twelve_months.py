"""What recorded audits show of the twelve months before a report (Public Law 116-321)."""

from __future__ import annotations

import datetime

import pytest

from scanner.history.store import Run, twelve_months

DAY = datetime.date(2026, 11, 30)


def run(day: str, *, partial: bool = False) -> Run:
    open_ = dict.fromkeys(("critical", "high", "medium", "low"), 0)
    return Run(1, f"{day}T04:00:00Z", day, 0, open_, 0, 0, 0, 0, 0.0, "", "", None, None, partial=partial)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("runs", "audits", "partial", "gap", "covered"),
    [
        ([], 0, 0, 365, False),
        ([run("2026-11-30")], 1, 0, 365, False),
        # One on the first day, and one a month.
        ([run("2025-11-30"), *(run(f"2026-{month:02}-28") for month in range(1, 12))], 12, 0, 59, True),
        # The history is older than a year, and nobody looked in it.
        ([run("2025-01-01"), run("2026-11-29")], 1, 0, 364, True),
        # An audit that did not read everything shows no day.
        ([run("2025-11-30", partial=True), run("2026-05-30", partial=True), run("2026-11-30")], 3, 2, 365, False),
        # Later than the report's own day.
        ([run("2026-12-24")], 0, 0, 365, False),
    ],
)
def test_audits_of_the_year(runs: list[Run], audits: int, partial: int, gap: int, covered: bool) -> None:
    assert twelve_months(runs, DAY) == {
        "audits": audits,
        "partial": partial,
        "longest_gap_days": gap,
        "covered": covered,
    }
