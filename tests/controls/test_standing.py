"""What print-outs say of a control: nothing tested is no evidence, nothing decided hides a finding, counts agree."""

from __future__ import annotations

import csv
import io
import re
from itertools import product
from typing import Any

import pytest

from scanner.bundle.contents import controls_table
from scanner.controls.wording import STANDING_WORDS, STANDINGS_OF, control_words, standing_counts, standing_of
from scanner.findings.report_document import ControlDocument
from scanner.outputs import render
from scanner.outputs.printed.pages import print_out
from scanner.outputs.printed.tables import sheets
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.sample import sample_report

EVIDENCE = ("direct", "supporting", "none")


def control(**given: Any) -> ControlDocument:
    made: Any = {**sample_report()["controls"][0], "population": 0, "met": 0, "met_by_default": 0, "deviations": 0}
    return made | {"undetermined": 0, "accepted": 0, "status": "NO_DEVIATIONS", "evidence": "direct", **given}


@pytest.mark.parametrize("decided", [False, True])
@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("status", STANDINGS_OF)
def test_every_status_is_said_in_words_of_its_own_and_the_numbers_hold(
    status: str, evidence: str, decided: bool
) -> None:
    for met, failed, unknown, accepted in product((0, 1, 7), repeat=4):
        size = met + failed + unknown + accepted
        each = control(
            status=status,
            evidence=evidence,
            population=size,
            met=met,
            deviations=failed,
            undetermined=unknown,
            accepted=accepted,
        )
        standing = standing_of(each, decided=decided)
        said = STANDING_WORDS[standing]
        if status == "DOES_NOT_APPLY":
            assert standing == "does-not-apply"
            continue
        assert ("findings noted" in said) == (failed > 0)
        if not size:
            assert "evidence" not in said, "an empty population is never evidence"
        if unknown and not failed:
            assert "none noted" not in said
        if "evidence" in said:
            assert said.startswith("direct") == (evidence == "direct")
        assert "pass" not in said


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"status": "SUPPORTING_ONLY", "evidence": "supporting"}, "not tested"),
        (
            {"status": "SUPPORTING_ONLY", "evidence": "supporting", "population": 3, "met": 3},
            "supporting evidence, none",
        ),
        (
            {"status": "SUPPORTING_ONLY", "evidence": "supporting", "population": 2, "deviations": 1},
            "supporting evidence, f",
        ),
        ({"status": "SUPPORTING_ONLY", "evidence": "supporting", "population": 2, "undetermined": 1}, "not determined"),
        ({"status": "NOTHING_IN_SCOPE"}, "not tested"),
        ({"status": "NO_DEVIATIONS", "population": 2, "met": 2}, "direct evidence, none noted"),
        ({"status": "DEVIATIONS", "population": 2, "deviations": 1}, "direct evidence, findings noted"),
        ({"status": "NOT_DETERMINED"}, "not determined"),
        ({"status": "NOT_ASSESSABLE", "evidence": "none"}, "ask for"),
        ({"status": "ATTESTED", "evidence": "none"}, "decided"),
        ({"status": "ATTESTED", "population": 1, "deviations": 1}, "direct evidence, findings noted"),
    ],
)
def test_words_of_the_contract(given: dict[str, Any], wanted: str) -> None:
    each = control(**given)
    assert STANDING_WORDS[standing_of(each, decided=False)].startswith(wanted)
    assert standing_of(each, decided=False) in STANDINGS_OF[each["status"]]


def test_the_summary_counts_what_the_rows_say_in_every_form() -> None:
    report = sample_report()
    report["controls"][0] |= {"status": "SUPPORTING_ONLY", "evidence": "supporting", "population": 0, "deviations": 0}
    words = control_words(report)
    counted = {said: number for _, said, number in standing_counts(words)}
    assert sum(counted.values()) == len(report["controls"])
    page = str(render("html", report, RenderOptions()))
    rows = re.findall(r'<p class="status s-[a-z-]+">([^<]+)</p>', page)
    assert {said: rows.count(said.capitalize()) for said in counted} == counted
    counts = r'<li class="s-[a-z-]+"><strong>(\d+)</strong> ([^<]+)</li>'
    shown = {said: int(number) for number, said in re.findall(counts, page)}
    assert {said: shown[said] for said in counted} == counted
    printed: Any = print_out(report)
    assert {said: int(number) for each in printed["frameworks"] for said, number in each["statuses"]} == counted
    table = list(csv.DictReader(io.StringIO(controls_table(report).removeprefix("\ufeff"))))
    assert [row["said"] for row in table] == [each.verdict for each in words]
    (sheet,) = [each for each in sheets(report) if each.title == "Controls"]
    at = [column.title for column in sheet.columns].index("status")
    assert [row[at] for row in sheet.rows] == [each.verdict.lower() for each in words]


def test_rules_are_links_and_no_exit_code_is_in_what_an_auditor_reads() -> None:
    report = sample_report()
    page = str(render("html", report, RenderOptions()))
    for rule in report["rules"]:
        assert f'href="#rule-{rule}"' in page and f'id="rule-{rule}"' in page
    assert "exit code" not in page.lower()
    assert "exit code" not in str(print_out(report)).lower()


def test_an_account_was_read_only_where_there_is_a_snapshot() -> None:
    report = sample_report()
    report["scope"]["accounts"] = ["111122223333"]
    report["inputs"] = [{"kind": "template", "path": "app.yaml", "digest": "sha256:0"}]
    for live in (False, True):
        if live:
            report["inputs"].append({"kind": "snapshot", "path": "account", "digest": "sha256:1"})
        page = str(render("html", report, RenderOptions()))
        (sheet,) = [each for each in sheets(report) if each.title == "Scope"]
        labels = [str(row[0]) for row in sheet.rows]
        assert ("account read" in page) is live
        assert ("accounts read" in labels) is live and ("accounts named by what was read" in labels) is not live


def test_a_finding_has_an_owner_an_answer_and_a_day_or_room_for_them() -> None:
    report = sample_report()
    (sheet,) = [each for each in sheets(report) if each.title == "Findings"]
    titles = [column.title for column in sheet.columns]
    at = [titles.index(each) for each in ("owner", "management's answer", "due")]
    accepted = [each["exception"] for each in report["findings"] if each.get("exception")]
    filled = [tuple(row[each] for each in at) for row in sheet.rows if any(row[each] for each in at)]
    assert accepted and len(filled) == len(accepted)
    for exception in accepted:
        assert exception is not None
        assert (exception["owner"], f"accepted: {exception['because']}", exception["until"] or "") in filled
    printed: Any = print_out(report)
    assert sum(bool(row[3]) for row in printed["responses"]) == len(accepted)
    assert any(not row[3] for row in printed["responses"])


def test_the_history_of_the_period_is_an_appendix() -> None:
    report: Any = sample_report()
    printed: Any = print_out(report)
    history = report.get("history") or {}
    assert len(printed["audits"]) == len(history.get("runs", []))
    mine = report["controls"][0]
    report["history"] = {
        "runs": [{"at": f"2026-{month:02}-01T00:00:00Z", "open": {}} for month in range(1, 12)] * 4,
        "period": {"from": "2026-01-01", "to": "2026-11-01", "runs": 44, "longest_gap_days": 31},
        "controls": {f"{mine['framework']}:{mine['id']}": {"opened": 3, "closed": 1, "days_open": 40}},
    }
    printed = print_out(report)
    assert len(printed["audits"]) == 44 and len(printed["trend"]) == 24
    assert printed["period"] == "44 audits from 2026-01-01 to 2026-11-01; longest gap 31 days"
    assert [row[1:] for row in printed["audits-controls"]] == [("3", "1", "40")]
