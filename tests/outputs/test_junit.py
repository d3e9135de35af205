from __future__ import annotations

import json
from itertools import product

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from scanner.findings.report_document import SEVERITIES, ReportDocument
from scanner.outputs.shared.exit_reason import counts_for_exit
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
    assert ended(waiting) == ["Skipped"] and waiting.result[0].message.startswith("does not count for the exit code: ")
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


@pytest.mark.parametrize("unknown_fails", ["critical", "high", "medium", "low", "never"])
@pytest.mark.parametrize("fail_on", ["critical", "high", "medium", "low", "never"])
@pytest.mark.parametrize("origin", ["template", "framework"])
def test_what_fails_a_test_is_what_the_run_fails_for(fail_on: str, unknown_fails: str, origin: str) -> None:
    """For every threshold, also where a framework made the resource, beside what is known or accepted."""
    report = sample_report()
    report["options"] |= {"fail_on": fail_on, "unknown_fails": unknown_fails}
    report["errors"] = []
    made = {**resource("Table"), "origin": origin}
    report["findings"] = [
        finding(f"{severity}-{verdict.lower()}", severity, verdict, made, number)  # type: ignore[arg-type]  # as JSON
        for number, (severity, verdict) in enumerate(product(SEVERITIES, ("FAIL", "UNKNOWN", "PASS", "SUPPRESSED")))
    ]
    known = finding("critical-known", "critical", "FAIL", made, 99)  # type: ignore[arg-type]  # as JSON
    report["findings"].append({**known, "state": "known"})
    counting = {each["rule"] for each in report["findings"] if counts_for_exit(report, each)}
    failed = {case.classname for case in cases(report) if ended(case) in (["Failure"], ["Error"])}
    assert failed == counting
    issues = {each["check_name"]: each["severity"] for each in json.loads(rendered("gitlab", report))}
    assert {rule for rule, severity in issues.items() if severity in ("blocker", "critical")} == {
        rule for rule in counting if rule.startswith(("critical", "high"))
    }
    assert all(ended(case) == [] for case in cases(report) if case.classname.endswith("-pass"))


def test_what_counts_stands_for_its_case_though_something_worse_is_known() -> None:
    report = sample_report()
    report["errors"] = []
    table = resource("Table")
    before = finding("dynamodb-kms", "critical", "FAIL", table, 1)
    report["findings"] = [{**before, "state": "known"}, finding("dynamodb-kms", "high", "FAIL", table, 2)]
    (case,) = cases(report)
    assert ended(case) == ["Failure"] and f"finding: {2:016x}" in case.result[0].text
