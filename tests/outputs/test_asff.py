from __future__ import annotations

import datetime
import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs import asff
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import parsed
from tests.outputs.sample import sample_report

Json = Any
MODEL = botocore.session.Session().get_service_model("securityhub")


def findings(report: ReportDocument, **options: str) -> list[Json]:
    found: list[Json] = parsed("asff", report, **options)
    return found


@pytest.mark.parametrize("report", [sample_report(), hostile_report(700)], ids=["sample", "hostile"])
def test_boto3_would_send_every_finding_as_it_is(report: ReportDocument) -> None:
    shape = MODEL.operation_model("BatchImportFindings").input_shape
    assert ParamValidator().validate({"Findings": findings(report)}, shape).generate_report() == ""


@pytest.mark.parametrize("report", [sample_report(), hostile_report()], ids=["sample", "hostile"])
@pytest.mark.full
def test_no_finding_goes_beyond_the_limits_of_the_format(report: ReportDocument) -> None:
    for each in findings(report):
        assert 1 <= len(each["Title"]) <= 256 and 1 <= len(each["Description"]) <= 1_024
        assert len(each["Id"]) <= 512 and len(each["GeneratorId"]) <= 512
        assert all(len(name) <= 128 and 1 <= len(value) <= 2_048 for name, value in each["ProductFields"].items())
        assert len(each["ProductFields"]) <= 50
        (resource,) = each["Resources"]
        assert 1 <= len(resource["Id"]) <= 512
        assert all(1 <= len(value) <= 1_024 for value in resource["Details"]["Other"].values())
        requirements = each["Compliance"].get("RelatedRequirements", [])
        assert len(requirements) <= 32 and all(1 <= len(requirement) <= 64 for requirement in requirements)
        recommendation = each["Remediation"]["Recommendation"]
        assert 1 <= len(recommendation["Text"]) <= 512 and len(recommendation.get("Url", "")) <= 512
        assert len(json.dumps(each)) <= asff.MOST_FINDING_BYTES


def test_values_that_aws_lists_are_among_those_that_aws_lists() -> None:
    shape = MODEL.shape_for("AwsSecurityFinding")
    for each in findings(hostile_report(700)):
        assert each["Severity"]["Label"] in shape.members["Severity"].members["Label"].enum
        assert each["Compliance"]["Status"] in shape.members["Compliance"].members["Status"].enum
        assert each["RecordState"] in shape.members["RecordState"].enum
        assert each.get("Workflow", {"Status": "NEW"})["Status"] in shape.members["Workflow"].members["Status"].enum
        assert datetime.datetime.fromisoformat(each["CreatedAt"]).tzinfo is not None
    known = set(MODEL.shape_for("ResourceDetails").members)
    assert set(asff.RESOURCE_TYPES.values()) <= known


def test_each_verdict_has_its_status_and_what_is_met_is_no_finding() -> None:
    found = {each["ProductFields"]["tenantproof/verdict"]: each for each in findings(sample_report())}
    assert {name: each["Compliance"]["Status"] for name, each in found.items()} == {
        "FAIL": "FAILED",
        "UNKNOWN": "WARNING",
        "SUPPRESSED": "FAILED",
    }
    assert found["SUPPRESSED"]["Workflow"] == {"Status": "SUPPRESSED"} and "Workflow" not in found["FAIL"]


def test_a_finding_is_filed_under_the_account_and_region_that_it_names() -> None:
    report = sample_report()
    report["findings"][0]["resource"] |= {"account": "444455556666", "region": "us-gov-west-1"}
    first = findings(report, account="999999999999", region="eu-west-1")[0]
    assert (first["AwsAccountId"], first["Region"]) == ("444455556666", "us-gov-west-1")
    assert first["ProductArn"] == ("arn:aws-us-gov:securityhub:us-gov-west-1:444455556666:product/444455556666/default")


def test_else_under_that_of_the_command_line_then_that_of_the_report_then_a_placeholder() -> None:
    report = sample_report()
    place = [(each["AwsAccountId"], each["Region"]) for each in findings(report)]
    assert set(place) == {("111122223333", "eu-central-1")}
    assert findings(report, account="999999999999", region="eu-west-1")[0]["ProductArn"] == (
        "arn:aws:securityhub:eu-west-1:999999999999:product/999999999999/default"
    )
    report["scope"] = {"accounts": [], "regions": [], "left_out": []}
    nowhere = findings(report)[0]
    assert (nowhere["AwsAccountId"], nowhere["Region"]) == ("000000000000", "us-east-1")


def test_the_id_stays_when_the_line_and_the_words_change() -> None:
    report = sample_report()
    before = findings(report)[0]["Id"]
    report["findings"][0] |= FindingDocument(message="other words", location=None)  # type: ignore[typeddict-item]
    assert findings(report)[0]["Id"] == before == f"tenantproof/default/{41:016x}"
