from __future__ import annotations

from collections import Counter

import pytest

from scanner.findings.report_document import ReportDocument
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import faults, parsed
from tests.outputs.sample import sample_report


@pytest.mark.parametrize("report", [sample_report(), hostile_report(700)], ids=["sample", "hostile"])
def test_the_report_has_the_form_that_gitlab_documents(report: ReportDocument) -> None:
    issues = parsed("gitlab", report)
    assert faults(issues, "gitlab-code-quality.json") == []
    assert [name for name, times in Counter(each["fingerprint"] for each in issues).items() if times > 1] == []


def test_without_findings_it_is_an_empty_array() -> None:
    report: ReportDocument = {**sample_report(), "findings": [], "errors": []}
    assert parsed("gitlab", report) == []


def test_severities_are_those_of_gitlab() -> None:
    issues = [each for each in parsed("gitlab", sample_report()) if not each["check_name"].startswith("tenantproof-")]
    told = {(each["check_name"], each["severity"]) for each in issues if ":" not in each["description"][:20]}
    assert ("dynamodb-items-stay-with-tenant", "blocker") in told
    by_severity = Counter(each["severity"] for each in issues)
    assert by_severity == {"blocker": 1, "critical": 1, "major": 5, "minor": 1, "info": 6}


def test_what_is_no_deviation_says_so_first() -> None:
    calm = [each["description"] for each in parsed("gitlab", sample_report()) if each["severity"] == "info"]
    assert all("unknown: " in each or "accepted until 2027-03-31" in each for each in calm)


def test_a_file_that_could_not_be_read_is_listed_as_a_clean_list_would_hide_it() -> None:
    first = parsed("gitlab", sample_report())[0]
    assert first["check_name"] == "tenantproof-input" and first["severity"] == "blocker"
    assert first["location"] == {"path": "infra/broken.yaml", "lines": {"begin": 3}}


def test_findings_that_share_an_id_keep_fingerprints_of_their_own() -> None:
    report = sample_report()
    report["findings"] = [report["findings"][0]] * 3
    fingerprints = [each["fingerprint"] for each in parsed("gitlab", report)[1:]]
    assert fingerprints == [f"{41:016x}", f"{41:016x}-2", f"{41:016x}-3"]
