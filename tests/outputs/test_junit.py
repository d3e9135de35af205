from __future__ import annotations

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from scanner.findings.report_document import ReportDocument
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import rendered
from tests.outputs.sample import finding, resource, sample_report


def read(report: ReportDocument) -> JUnitXml:
    return JUnitXml.fromstring(rendered("junit", report).encode("utf-8"))


def cases(report: ReportDocument) -> list[TestCase]:
    return [case for suite in read(report) for case in suite]


def ended(case: TestCase) -> list[str]:
    return [type(each).__name__ for each in case.result]


def test_a_case_is_a_rule_on_a_resource_and_ends_as_the_verdict_says() -> None:
    by_name = {(case.classname, case.name): case for case in cases(sample_report())}
    leak = by_name["dynamodb-items-stay-with-tenant", "infra/app.yaml#PatientApiRole"]
    assert ended(leak) == ["Failure"]
    assert "action: dynamodb:Query" in leak.result[0].text and leak.result[0].type == "critical"
    waiting = by_name["dynamodb-kms", "infra/app.yaml#Store1"]
    assert ended(waiting) == ["Error"] and waiting.result[0].type == "parameter"
    assert ended(by_name["dynamodb-pitr", "infra/app.yaml#AuditLog"]) == ["Skipped"]
    assert ended(by_name["dynamodb-kms", "infra/app.yaml#Good1"]) == []
    assert not any(name.endswith("#Global") for _, name in by_name)


def test_the_counts_are_those_that_the_reader_counts_itself() -> None:
    for report in (sample_report(), hostile_report(700)):
        whole = read(report)
        stated = (whole.tests, whole.failures, whole.errors, whole.skipped)
        kinds = [each for case in cases(report) for each in case.result]
        counted = [sum(isinstance(each, kind) for each in kinds) for kind in (Failure, Error, Skipped)]
        assert stated == (len(cases(report)), *counted)
        for suite in whole:
            before = (suite.tests, suite.failures, suite.errors, suite.skipped)
            suite.update_statistics()
            assert (suite.tests, suite.failures, suite.errors, suite.skipped) == before


def test_what_could_not_be_read_is_an_error() -> None:
    (case,) = [case for case in cases(sample_report()) if case.classname == "inputs"]
    assert case.name == "infra/broken.yaml:3:1" and ended(case) == ["Error"]


def test_the_worst_of_several_verdicts_on_one_resource_counts_and_each_is_told() -> None:
    report = sample_report()
    table = resource("Table")
    report["findings"] = [
        finding("dynamodb-kms", "high", "PASS", table, 1),
        finding("dynamodb-kms", "high", "UNKNOWN", table, 2),
        finding("dynamodb-kms", "high", "FAIL", table, 3),
        finding("dynamodb-kms", "high", "FAIL", table, 4),
    ]
    report["errors"] = []
    (case,) = cases(report)
    assert ended(case) == ["Failure"]
    assert f"finding: {3:016x}" in case.result[0].text and f"finding: {4:016x}" in case.result[0].text


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x0b", "\ud800", "\ufffe", "\u202e"])
def test_what_xml_has_no_place_for_is_shown_as_an_escape(character: str) -> None:
    report = sample_report()
    report["findings"][0]["message"] = f"before {character} after"
    (case,) = [case for case in cases(report) if case.name.endswith("#PatientApiRole")]
    shown = f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    assert case.result[0].message == f"before {shown} after"
