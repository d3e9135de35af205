from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from scanner.findings.report_document import ReportDocument
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import faults, rendered
from tests.outputs.sample import sample_report

SCHEMA = "ocsf-1.5.0-compliance_finding.json"
ACCOUNT, REGION = "111122223333", "eu-central-1"
# Names of the schema that these models do not know, and so drop in silence.
UNKNOWN_TO_MODELS = {"cloud", "compliance.status", "compliance.status_code", "compliance.status_details"}


def events(report: ReportDocument, **options: str) -> list[Any]:
    return [json.loads(line) for line in rendered("ocsf", report, **options).splitlines()]


@pytest.mark.parametrize("report", [sample_report(), hostile_report(700)], ids=["sample", "hostile"])
@pytest.mark.full
def test_the_schema_of_the_class_finds_no_fault(report: ReportDocument) -> None:
    found = [fault for each in events(report, account=ACCOUNT, region=REGION) for fault in faults(each, SCHEMA)]
    assert found == []


def test_without_an_account_there_is_no_cloud_and_no_profile_and_nothing_else_is_wrong() -> None:
    for each in events(sample_report()):
        assert "profiles" not in each["metadata"] and "region" not in each["resources"][0]
        assert faults(each, SCHEMA) == [": 'cloud' is a required property"]


def test_the_models_read_back_every_value() -> None:
    for each in [*events(sample_report(), account=ACCOUNT), *events(hostile_report(350), account=ACCOUNT)]:
        read = ComplianceFinding.model_validate(each).model_dump(mode="json", exclude_none=True)
        assert {path for path in lost(each, read, "") if path not in UNKNOWN_TO_MODELS} == set()


def test_each_verdict_has_its_status() -> None:
    by_verdict = {each["status_code"]: each for each in events(sample_report())}
    told = {name: (each["compliance"]["status"], each["status"]) for name, each in by_verdict.items()}
    assert told == {
        "FAIL": ("Fail", "New"),
        "UNKNOWN": ("Warning", "New"),
        "SUPPRESSED": ("Fail", "Suppressed"),
        "PASS": ("Pass", "New"),
    }
    assert by_verdict["PASS"]["severity"] == "Informational"
    assert by_verdict["UNKNOWN"]["compliance"]["status_details"][0].startswith(("parameter: ", "import: "))


def test_times_are_milliseconds() -> None:
    moment = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
    assert {each["time"] for each in events(sample_report())} == {int(moment.timestamp() * 1000)}


def test_a_finding_names_its_rule_controls_and_counterexample() -> None:
    leak = events(sample_report())[0]
    assert leak["finding_info"]["uid"] == f"{41:016x}"
    assert leak["finding_info"]["analytic"]["uid"] == "dynamodb-items-stay-with-tenant"
    assert leak["compliance"]["requirements"] == ["hipaa-security-rule 164.312(a)(2)(iv)"]
    assert leak["unmapped"]["counterexample"]["action"] == "dynamodb:Query"
    assert leak["unmapped"]["place"] == "lib/api.ts:12:3"


def lost(written: object, read: object, path: str) -> list[str]:
    """Where what was written is not what was read."""
    if isinstance(written, dict) and isinstance(read, dict):
        if path in ("unmapped", "evidences.data"):
            return [] if clean(written) == clean(read) else [path]
        return [
            where for key, value in written.items() for where in lost(value, read.get(key), f"{path}.{key}".lstrip("."))
        ]
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        return [where for pair in zip(written, read, strict=True) for where in lost(*pair, path)]
    return [] if written == read else [path]


def clean(node: object) -> object:
    """Without what is null, which the models were told to leave out."""
    if isinstance(node, dict):
        return {key: clean(value) for key, value in node.items() if value is not None}
    return node
