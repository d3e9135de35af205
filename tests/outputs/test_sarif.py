from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.outputs import sarif
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import faults, parsed
from tests.outputs.sample import finding, resource, sample_report

Json = Any


def run(report: ReportDocument) -> Json:
    return parsed("sarif", report)["runs"][0]


def result_of(report: ReportDocument, number: int) -> Json:
    """The result of the finding that was made with this number."""
    (found,) = [each for each in run(report)["results"] if each["fingerprints"]["tenantproof/v1"] == f"{number:016x}"]
    return found


@pytest.mark.parametrize("report", [sample_report(), hostile_report(700)], ids=["sample", "hostile"])
@pytest.mark.full
def test_the_official_schema_finds_no_fault(report: ReportDocument) -> None:
    assert faults(parsed("sarif", report), "sarif-2.1.0.json") == []


def test_what_is_met_or_not_applicable_is_no_result() -> None:
    verdicts = {each["properties"]["verdict"] for each in run(sample_report())["results"]}
    assert verdicts == {"FAIL", "UNKNOWN", "SUPPRESSED"}


def test_what_is_not_determined_is_open_and_never_a_fault() -> None:
    unknown = [each for each in run(sample_report())["results"] if each["properties"]["verdict"] == "UNKNOWN"]
    assert len(unknown) == 5
    assert {(each["kind"], each["level"]) for each in unknown} == {("open", "none")}
    assert all(each["message"]["text"].startswith("unknown: ") for each in unknown)


def test_a_fingerprint_stays_when_the_line_moves_and_not_when_the_cause_changes() -> None:
    report = sample_report()
    before = result_of(report, 41)["partialFingerprints"]
    location = report["findings"][0]["location"]
    assert location is not None
    location["line"] = 4_000
    assert result_of(report, 41)["partialFingerprints"] == before == {"primaryLocationLineHash": f"{41:016x}"}


def test_the_line_of_code_comes_first_and_the_template_is_related() -> None:
    leak = result_of(sample_report(), 41)
    assert place(leak["locations"][0]) == ("lib/api.ts", 12)
    assert [place(each) for each in leak["relatedLocations"]] == [("infra/app.yaml", 42), ("infra/app.yaml", 41)]
    assert leak["relatedLocations"][0]["message"]["text"] == "PatientApiRole in the template"


def test_without_a_line_of_code_the_template_comes_first() -> None:
    assert place(result_of(sample_report(), 100)["locations"][0]) == ("infra/app.yaml", 100)
    assert "relatedLocations" not in result_of(sample_report(), 100)


def test_a_leak_is_told_as_steps() -> None:
    (flow,) = result_of(sample_report(), 41)["codeFlows"][0]["threadFlows"]
    told = [each["location"]["message"]["text"] for each in flow["locations"]]
    assert told[0] == "become arn:aws:sts::111122223333:assumed-role/PatientApiRole/session as tenant t"
    assert told[1].startswith("action dynamodb:Query; resource arn:aws:dynamodb:")
    assert told[2] == "allowed by PatientApiRole/items, Statement[1], line 41"
    assert place(flow["locations"][2]["location"]) == ("infra/app.yaml", 41)
    assert [each["executionOrder"] for each in flow["locations"]] == [1, 2, 3]


def test_a_statement_of_an_unknown_file_is_told_without_claiming_a_line() -> None:
    report = sample_report()
    leak = report["findings"][0]
    assert leak["counterexample"] is not None
    leak["counterexample"]["allowed_by"] = [
        {"policy": "own", "statement": 1, "line": 41},
        {"policy": "shared-policy", "statement": 0, "line": 7},
    ]
    leak["evidence"] = [leak["evidence"][0], {**leak["evidence"][0], "path": "Shared.PolicyDocument", "line": 7}]
    written = result_of(report, 41)
    (flow,) = written["codeFlows"][0]["threadFlows"]
    last = flow["locations"][3]["location"]
    assert last["message"]["text"] == "allowed by shared-policy, Statement[0], line 7"
    assert place(last) == place(written["locations"][0])
    assert [place(each)[1] for each in written["relatedLocations"]] == [42, 41]


def test_an_accepted_deviation_is_suppressed_with_its_reason() -> None:
    accepted = result_of(sample_report(), 90)
    (suppression,) = accepted["suppressions"]
    assert suppression["status"] == "accepted"
    assert "approved by privacy@clinic.example, until 2027-03-31" in suppression["justification"]
    assert place(suppression["location"]) == ("exceptions.yaml", 1)


def test_how_bad_a_result_is_can_be_read_from_its_rule_alone() -> None:
    report = sample_report()
    whole = run(report)
    rules = whole["tool"]["driver"]["rules"]
    for each in whole["results"]:
        descriptor = rules[each["ruleIndex"]]
        assert descriptor["id"] == each["ruleId"]
        score = float(descriptor["properties"]["security-severity"])
        assert score == {"critical": 9.5, "high": 8.0, "medium": 5.5, "low": 2.0}[each["properties"]["severity"]]
    # The rule is medium; one of its findings is high.
    assert {each["id"] for each in rules} >= {"dynamodb-pitr", "dynamodb-pitr/high"}


def test_paths_are_relative_and_cannot_name_another_host_or_scheme() -> None:
    for each in uris(run(hostile_report(700))):
        parts = urlsplit(each)
        assert not parts.scheme and not parts.netloc and not each.startswith("/") and each
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", each)
        assert unquote(each) != ""


def test_a_live_resource_has_a_place_too_as_github_refuses_a_whole_upload_without() -> None:
    report = sample_report()
    live = finding("dynamodb-kms", "high", "FAIL", resource("Table"), 77)
    live["resource"]["address"] = "arn:aws:dynamodb:eu-central-1:111122223333:table/Patients"
    live["location"] = None
    report["findings"] = [live]
    (location,) = result_of(report, 77)["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"].startswith("arn%3Aaws%3Adynamodb")
    assert location["logicalLocations"][0]["fullyQualifiedName"] == live["resource"]["address"]


def test_nobody_s_words_are_a_link() -> None:
    report = sample_report()
    report["findings"][0]["message"] = "[click](https://evil.example) for `Statement[0]`"
    assert result_of(report, 41)["message"]["text"].startswith(r"\[click\](https://evil.example) for")


def test_errors_are_notifications_and_the_run_no_success() -> None:
    (invocation,) = run(sample_report())["invocations"]
    assert invocation["executionSuccessful"] is False and invocation["exitCode"] == 2
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error" and place(notification["locations"][0]) == ("infra/broken.yaml", 3)


def test_more_results_than_github_takes_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    whole = run(sample_report())
    assert [each["properties"]["severity"] for each in whole["results"]] == ["critical", "high", "medium"]
    told = [each["message"]["text"] for each in whole["invocations"][0]["toolExecutionNotifications"]]
    assert told[-1] == "11 results beyond 3 left out, the least severe"


def test_no_result_and_no_rule_goes_beyond_what_github_takes() -> None:
    whole = run(hostile_report(700))
    assert all(len(each["properties"]["tags"]) <= 20 for each in whole["tool"]["driver"]["rules"])
    report = sample_report()
    (plain,) = [each for each in report["findings"] if each["id"] == f"{100:016x}"]
    plain["evidence"] = [{**plain["evidence"][0], "line": number} for number in range(1_001, 3_000)]
    assert len(result_of(report, 100)["relatedLocations"]) == 1_000


def test_the_same_report_is_the_same_text() -> None:
    report = sample_report()
    turned: ReportDocument = {**report, "findings": list(reversed(report["findings"]))}
    assert parsed("sarif", turned) == parsed("sarif", report)


def place(location: Json) -> tuple[str, int]:
    physical = location["physicalLocation"]
    assert physical["artifactLocation"]["uriBaseId"] == "SRCROOT"
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def uris(node: Json) -> list[str]:
    if isinstance(node, dict):
        own = [node["artifactLocation"]["uri"]] if "artifactLocation" in node else []
        return own + [uri for child in node.values() for uri in uris(child)]
    return [uri for child in node for uri in uris(child)] if isinstance(node, list) else []


@pytest.mark.parametrize(
    "base", ["https://rules.clinic.example/tenantproof", "https://rules.clinic.example/tenantproof/"]
)
def test_rules_link_to_their_pages_where_the_project_publishes_them(base: str) -> None:
    report = sample_report()
    without = run(report)["tool"]["driver"]
    assert "informationUri" not in without
    report["options"]["rule_pages"] = base
    driver = run(report)["tool"]["driver"]
    assert driver["informationUri"] == "https://rules.clinic.example/tenantproof/index.html"
    linked = {each["id"]: each["helpUri"] for each in driver["rules"] if each["id"] in report["rules"]}
    assert linked == {rule: f"https://rules.clinic.example/tenantproof/rules/{rule}.html" for rule in linked} and linked


@pytest.mark.parametrize("base", ["javascript:alert(1)", "http://plain.example", 7, None, ["https://x"]])
def test_what_is_no_address_of_pages_is_no_link(base: object) -> None:
    report = sample_report()
    report["options"]["rule_pages"] = base
    driver = run(report)["tool"]["driver"]
    assert "informationUri" not in driver
