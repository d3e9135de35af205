"""The page says of each open finding who owns it, what management answers and when it is due, as XLSX and print do."""

from __future__ import annotations

import re

from scanner.findings.report_document import ReportDocument
from scanner.outputs.html import page, render
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.sample import finding, resource, sample_report


def _section(text: str) -> str:
    found = re.search(r'<section id="answers".*?</section>', text, re.DOTALL)
    return found.group() if found else ""


def _page(report: ReportDocument) -> str:
    return render.render(report, RenderOptions())


def test_each_open_finding_has_a_row_that_says_what_is_missing() -> None:
    report = sample_report()
    rows = _section(_page(report)).split("<tr>")[2:]
    failing = [each for each in report["findings"] if each["verdict"] == "FAIL"]
    assert len(rows) == len(failing) > 0
    for row in rows:
        assert "nobody named" in row
        assert "none recorded" in row
        assert "not set" in row


def test_a_page_without_findings_has_no_table_of_answers() -> None:
    report = sample_report()
    report["findings"] = [each for each in report["findings"] if each["verdict"] != "FAIL"]
    report["summary"]["verdicts"]["FAIL"] = 0
    assert not _section(_page(report))


def test_what_is_past_the_limit_is_counted_and_names_stay_text() -> None:
    report = sample_report()
    rule = report["findings"][0]["rule"]
    of = resource("<b>x</b>")
    hostile = [finding(rule, "high", "FAIL", of, number) for number in range(1, page.MOST_ANSWERS + 4)]
    report["findings"] = hostile
    report["summary"]["verdicts"]["FAIL"] = len(hostile)
    section = _section(_page(report))
    assert "And 3 more findings" in section
    assert "<b>x</b>" not in section
