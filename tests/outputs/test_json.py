from __future__ import annotations

import json
import math
import time
from pathlib import Path

import jsonschema
import pytest

from scanner import outputs
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.sample import finding, resource, sample_report

SCHEMA = Path(__file__).resolve().parents[2] / "schema" / "report.schema.json"


def render(report: ReportDocument) -> str:
    text = outputs.render("json", report, RenderOptions())
    assert isinstance(text, str)
    return text


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def test_the_report_says_in_json_what_it_says(validator: jsonschema.Draft202012Validator) -> None:
    read = json.loads(render(sample_report()))
    assert read == sample_report()
    assert [error.message for error in validator.iter_errors(read)] == []


def test_the_same_report_is_the_same_bytes_whatever_the_order_of_its_keys() -> None:
    report = sample_report()
    turned: ReportDocument = dict(reversed(report.items()))  # type: ignore[assignment]  # the same keys
    turned["findings"] = [dict(reversed(each.items())) for each in report["findings"]]  # type: ignore[misc]  # likewise
    assert render(turned) == render(report)
    assert list(json.loads(render(turned)))[:3] == ["schema", "tool", "generated_at"]


def test_a_finding_is_one_line() -> None:
    report = sample_report()
    lines = render(report).splitlines()
    assert sum(line.startswith('{"id": ') for line in lines) == len(report["findings"])


def test_only_printable_ascii_is_written() -> None:
    assert {each for each in render(sample_report()) if not " " <= each <= "~"} == {"\n"}


def test_numbers_that_json_lacks_become_words() -> None:
    report = sample_report()
    report["tenancy"]["value"] = {"a": [math.inf, -math.inf, math.nan, 1.5]}
    assert json.loads(render(report))["tenancy"]["value"] == {"a": ["inf", "-inf", "nan", 1.5]}


def test_five_thousand_findings_are_written_at_once() -> None:
    report = sample_report()
    report["findings"] = [finding("dynamodb-kms", "high", "FAIL", resource(f"T{n}"), n) for n in range(5_000)]
    best = math.inf
    for _ in range(3):
        started = time.process_time()
        render(report)
        best = min(best, time.process_time() - started)
    # 70 ms where this was written; a machine shared with others may take several times as long.
    assert best < 0.5


def _complete(report: ReportDocument, verdict: str) -> FindingDocument:
    return next(each for each in report["findings"] if each["verdict"] == verdict)


def test_the_schema_refuses_what_the_contract_does_not_name(validator: jsonschema.Draft202012Validator) -> None:
    changes: list[tuple[str, ReportDocument]] = []

    def changed(name: str) -> ReportDocument:
        changes.append((name, sample_report()))
        return changes[-1][1]

    changed("a key of nobody's")["extra"] = 1  # type: ignore[typeddict-unknown-key]  # the point of it
    _complete(changed("an unknown verdict"), "FAIL")["verdict"] = "MAYBE"  # type: ignore[typeddict-item]  # likewise
    _complete(changed("an unknown severity"), "FAIL")["severity"] = "fatal"  # type: ignore[typeddict-item]  # likewise
    del _complete(changed("a deviation without evidence"), "FAIL")["evidence"]
    _complete(changed("a met rule with a fix"), "PASS")["fix"] = "none"
    _complete(changed("unknown without a cause"), "UNKNOWN")["unknown"] = None
    _complete(changed("an unheard-of cause"), "UNKNOWN")["unknown"] = {"cause": "mood", "detail": "x"}
    _complete(changed("accepted by nobody"), "SUPPRESSED")["exception"] = None
    del _complete(changed("not applicable without a reason"), "NOT_APPLICABLE")["message"]
    changed("an unknown status")["controls"][0]["status"] = "COMPLIANT"
    del changed("a verdict that is not counted")["summary"]["verdicts"]["PASS"]
    changed("another form")["schema"] = "tenantproof-report/2"
    assert [name for name, report in changes if validator.is_valid(report)] == []
