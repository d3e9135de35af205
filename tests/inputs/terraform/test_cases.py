"""Plans with the verdicts that they must have; each `expect.md` says which, and why."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scanner import scan

CASES = Path(__file__).parent / "cases"
_ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|$", re.MULTILINE)
_VERDICT = re.compile(r"\b(PASS|FAIL|UNKNOWN|NOT_APPLICABLE)\b")


def expected(path: Path) -> list[tuple[str, str, frozenset[str]]]:
    """Address, rule and the verdicts that are right. What stands in brackets or after `never` is not one of them."""
    text = path.read_text("utf-8")
    rows = []
    only = re.search(r"\| rule ([a-z0-9-]+) \|", text)
    for address, second, third in _ROW.findall(text):
        if address == "address" or set(address) <= {"-", " "}:
            continue
        rule, said = (only[1], third) if only else (second, third)
        said = re.split(r"never|not PASS", said)
        allowed = _VERDICT.findall(re.sub(r"\(with [^)]*\)", "", said[0]))
        if "not PASS" in third:
            allowed = ["UNKNOWN"]
        if "no finding" in third:
            allowed += ["NONE"]
        if third.startswith("no PASS"):
            allowed = ["FAIL", "UNKNOWN"]
        rows.append((address, rule, frozenset(allowed)))
    return rows


@pytest.mark.parametrize("plan", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_every_row_of_a_case_has_its_verdict(plan: Path, tmp_path: Path) -> None:
    copy = tmp_path / "plan.json"
    copy.write_bytes(plan.read_bytes())
    report = scan(copy).report
    got = {
        (each["resource"]["address"].partition("#")[2], each["rule"]): each["verdict"] for each in report["findings"]
    }
    rows = expected(plan.parent / f"{plan.stem}.expect.md")
    assert rows
    wrong = {
        (address, rule): (got.get((address, rule), "NONE"), sorted(allowed))
        for address, rule, allowed in rows
        if got.get((address, rule), "NONE") not in allowed
    }
    assert not wrong


def test_no_case_is_read_with_an_error() -> None:
    for plan in CASES.glob("*.json"):
        errors = [each for each in scan(plan).report["errors"] if each["level"] == "error"]
        assert not errors, json.dumps(errors)
