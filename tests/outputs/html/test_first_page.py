"""The first page says what to do before it says what was looked at: HTML and text."""

from __future__ import annotations

import re

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.outputs import render
from scanner.outputs.html.first_steps import MOST_STEPS
from scanner.outputs.shared.exit_reason import headline
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.sample import finding, resource, rule, sample_report

SCREEN = 45
"""Lines of a terminal that most people have."""


def rendered(report: ReportDocument, form: str) -> str:
    text = render(form, report, RenderOptions())
    assert isinstance(text, str)
    return text


def many(rules: int, places: int) -> ReportDocument:
    report = sample_report()
    names = [f"rule-{number}" for number in range(rules)]
    report["rules"] = {name: rule(f"Title of {name}", "high") for name in names}
    report["findings"] = [
        finding(name, "high", "FAIL", resource(f"T{number}x{place}"), number * places + place + 1)
        for number, name in enumerate(names)
        for place in range(places)
    ]
    report["summary"]["verdicts"] |= {"FAIL": rules * places, "UNKNOWN": 0, "SUPPRESSED": 0}
    return report | {"exit_code": 1, "proofs": [], "coverage": [], "errors": []}  # type: ignore[return-value]  # keys as there


def test_findings_come_before_isolation_controls_and_scope() -> None:
    page = rendered(sample_report(), "html")
    found = re.findall(r'<section id="([a-z]+)" aria-labelledby', page)
    wanted = [
        "summary",
        "deviations",
        "undetermined",
        "accepted",
        "isolation",
        "controls",
        "scope",
        "rules",
        "coverage",
    ]
    assert [each for each in found if each in wanted] == wanted
    named = re.findall(r'<li><a href="#([a-z]+)">', page)
    assert [each for each in named if each in wanted] == wanted


def test_the_scope_is_folded_and_whole() -> None:
    page = rendered(sample_report(), "html")
    scope = page[page.index('<section id="scope"') : page.index('<section id="rules"')]
    assert scope.index("<details>") < scope.index("</details>")
    assert "<details open" not in scope


def test_it_begins_with_the_verdict_of_the_run_and_what_to_do_first() -> None:
    page = rendered(many(12, 4), "html")
    start = page[page.index('<section id="summary"') : page.index('<section id="deviations"')]
    assert start.index("The gate fails: 48 findings at or above high.") < start.index("To do first")
    assert start.count('<th scope="row">Title of rule-') == MOST_STEPS
    assert "and 1 more" in start
    assert "And 4 more rules with findings" in start


@pytest.mark.parametrize("code", [0, 1, 2, 3, 130])
def test_every_end_of_a_run_has_its_headline(code: int) -> None:
    report = sample_report() | {"exit_code": code}
    assert headline(report).partition(": ")[0] in rendered(report, "text").splitlines()[0]  # type: ignore[arg-type]  # keys as there


def test_what_a_gate_needs_fits_a_screen_at_the_end_of_the_text() -> None:
    lines = rendered(many(40, 3), "text").splitlines()
    end = lines[-SCREEN:]
    first = next(number for number, line in enumerate(end) if line == "to do first")
    assert end[first + 1].endswith("high rule-0 T0x0")
    assert any(line.startswith("exit code 1: 120 findings at or above high") for line in end)
    assert len(end) - first < 20


def test_a_run_in_which_no_rule_is_about_anything_does_not_boast() -> None:
    report = sample_report()
    report["exit_code"], report["findings"] = 0, []
    report["summary"]["verdicts"] = dict.fromkeys(report["summary"]["verdicts"], 0)
    assert headline(report) == "the gate passes: nothing was judged, as no rule of this run is about what was read"


def test_an_option_that_names_nothing_is_no_configuration() -> None:
    report = sample_report()
    report["exit_code"], report["findings"] = 2, []
    error = {"level": "error", "kind": "config", "path": "--select", "line": None, "column": None, "message": "m"}
    report["errors"] = [{**error, "hint": None}]  # type: ignore[typeddict-item]  # keys by their names
    assert headline(report) == "not everything could be judged: --select could not be used, so nothing was judged"
    report["errors"] = [{**error, "path": "tenantproof.yaml", "hint": None}]  # type: ignore[typeddict-item]  # as above
    assert headline(report).endswith("the configuration could not be read, so nothing was judged")
