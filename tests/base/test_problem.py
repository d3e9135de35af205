"""A report lists as many problems as somebody reads, and counts the others."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time

import pytest

from scanner.base.problem import Problem, listed
from scanner.options import Options
from scanner.scanning import scan


def test_those_of_one_file_do_not_hide_those_of_another() -> None:
    many = [Problem("a", f"m{at}", at, level="warning" if at % 3 == 0 else "error") for at in range(30)]
    kept = listed([*many, Problem("b", "other")], of_a_file=10)
    assert [each.message for each in kept if each.path == "a"][:10] == [f"m{at}" for at in range(10)]
    assert [(each.path, each.message, each.level) for each in kept[10:]] == [
        ("b", "other", "error"),
        ("a", "14 more errors and 6 more warnings are not listed", "error"),
    ]


def test_many_files_are_counted_together() -> None:
    kept = listed([Problem(f"f{at:04}", "m") for at in range(100)], of_a_file=10, most=20)
    assert len(kept) == 31
    assert kept[-1] == Problem("tenantproof", "70 more errors of 70 further files are not listed")


def test_few_stay_as_they_are() -> None:
    few = [Problem("a", "m", level="warning"), Problem("a", "n")]
    assert listed(few) == few
    assert listed([*few, *few], of_a_file=3)[-1].message == "1 more error is not listed"


def test_what_stops_a_scan_is_always_told() -> None:
    stops = Problem("z", "nothing", code="nothing-to-scan")
    assert stops in listed([*(Problem("z", str(at)) for at in range(9)), stops], of_a_file=2)


@pytest.mark.full
def test_a_file_of_many_errors_is_told_in_time_with_their_count(tmp_path: Path) -> None:
    """500,000 errors take ten times as long; measured once."""
    (tmp_path / "t.json").write_text(json.dumps({"Resources": {f"T{at}": "x" for at in range(50_000)}}), "utf-8")
    begun = process_time()
    report = scan(options=Options(paths=[tmp_path / "t.json"])).report
    assert process_time() - begun < 20
    assert len(report["errors"]) == 1_001
    assert report["errors"][-1]["message"] == "49,000 more errors are not listed"
    assert report["exit_code"] == 2
