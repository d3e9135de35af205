"""Beside a baseline every format puts forward what is new, and drops nothing that its reader compares by itself."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from junitparser import JUnitXml

from scanner.findings.report_document import FindingDocument, ReportDocument
from tests.outputs import reading
from tests.outputs.sample import finding, resource, sample_report


def compared() -> ReportDocument:
    """One new deviation, two known ones, of which one shares rule and resource with the new one, and one fixed."""
    findings: list[FindingDocument] = []
    for number, (rule, name, state) in enumerate(
        [("encrypted", "Old", "known"), ("encrypted", "Both", "known"), ("encrypted", "Both", "new")], 1
    ):
        each = finding(rule, "critical" if state == "known" else "high", "FAIL", resource(name), number)
        each["message"] = f"{name} is {state}"
        each["state"] = "new" if state == "new" else "known"
        findings.append(each)
    report = sample_report()
    report["findings"] = findings
    report["proofs"], report["errors"] = [], []
    report["exit_code"] = 1
    report["baseline"] = {
        "kind": "revision",
        "name": "main",
        "new": 1,
        "known": 2,
        "changed": 0,
        "unseen": 0,
        "fixed": [
            {"id": "f" * 16, "rule": "logged", "severity": "high", "verdict": "FAIL", "address": "infra/app.yaml#Gone"}
        ],
    }
    return report


def rendered(name: str) -> str:
    return reading.rendered(name, compared())


@pytest.mark.parametrize("name", ["github", "markdown", "text"])
def test_who_reads_a_change_is_told_of_what_it_brings(name: str) -> None:
    text = rendered(name)
    assert "Both is new" in text
    assert "is known" not in text
    assert "since revision main: 1 new, 2 known and not listed, 1 fixed" in text


def test_the_comment_names_what_was_fixed() -> None:
    assert "<summary>1 fixed</summary>\n\n- `logged` on `infra/app.yaml#Gone`" in rendered("markdown")


def test_code_scanning_keeps_what_is_known_or_it_would_close_the_alert() -> None:
    results = json.loads(rendered("sarif"))["runs"][0]["results"]
    assert sorted(each["baselineState"] for each in results) == ["new", "unchanged", "unchanged"]


def test_gitlab_compares_by_itself_and_so_gets_everything() -> None:
    assert len(json.loads(rendered("gitlab"))) == 3


def test_a_known_deviation_fails_no_test_and_a_new_one_beside_it_does() -> None:
    cases = {case.name: case for suite in JUnitXml.fromstring(rendered("junit").encode()) for case in suite}
    assert [type(each).__name__ for each in cases["infra/app.yaml#Old"].result] == ["Skipped"]
    both = cases["infra/app.yaml#Both"].result
    assert [type(each).__name__ for each in both] == ["Failure"]
    assert "Both is new" in str(both[0].message)


def test_a_table_says_which_is_which() -> None:
    rows = list(csv.DictReader(StringIO(rendered("csv"))))
    assert sorted(row["state"] for row in rows) == ["known", "known", "new"]
