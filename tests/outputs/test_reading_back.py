"""Every format of a real scan, and of any name at all, as readers that are not ours take it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from tests.outputs.reading import faults, rendered
from tests.outputs.sample import sample_report

CLINIC = Path(__file__).resolve().parents[2] / "examples" / "virtual-clinic"
FORMATS = ("json", "sarif", "junit", "gitlab", "github", "markdown", "csv", "ocsf", "asff")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The example with its faults, scanned once and written in every format."""
    folder = tmp_path_factory.mktemp("clinic")
    options = [part for name in FORMATS for part in ("--format", f"{name}={folder / name}")]
    assert main(["scan", str(CLINIC), "--quiet", *options]) == 1
    return {name: (folder / name).read_bytes().decode("utf-8") for name in FORMATS}


@pytest.fixture(scope="module")
def findings(clinic: Mapping[str, str]) -> dict[str, list[str]]:
    """Ids by verdict."""
    found: dict[str, list[str]] = {}
    for each in json.loads(clinic["json"])["findings"]:
        found.setdefault(each["verdict"], []).append(each["id"])
    assert found["FAIL"] and found["SUPPRESSED"] and found["PASS"]
    return found


def test_sarif_holds_what_is_open_and_the_leaks_as_flows(
    clinic: Mapping[str, str], findings: dict[str, list[str]]
) -> None:
    document = json.loads(clinic["sarif"])
    assert faults(document, "sarif-2.1.0.json") == []
    (run,) = document["runs"]
    shown = [each["fingerprints"]["tenantproof/v1"] for each in run["results"]]
    assert sorted(shown) == sorted(findings["FAIL"] + findings["SUPPRESSED"] + findings.get("UNKNOWN", []))
    leaks = [each for each in json.loads(clinic["json"])["findings"] if each.get("counterexample")]
    assert sum("codeFlows" in each for each in run["results"]) == len(leaks) > 0
    for each in run["results"]:
        uri = each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        # From the root of the repository, or where there is none, as in an archive, from what was scanned.
        assert any((root / uri).is_file() for root in (CLINIC.parents[1], CLINIC))


def test_gitlab_holds_each_once(clinic: Mapping[str, str], findings: dict[str, list[str]]) -> None:
    issues = json.loads(clinic["gitlab"])
    assert faults(issues, "gitlab-code-quality.json") == []
    assert len(issues) == sum(len(findings.get(each, [])) for each in ("FAIL", "UNKNOWN", "SUPPRESSED"))


def test_junit_fails_where_the_clinic_leaks(clinic: Mapping[str, str]) -> None:
    whole = JUnitXml.fromstring(clinic["junit"].encode("utf-8"))
    failed = [(case.classname, case.name) for suite in whole for case in suite if case.is_failure]
    named = {(rule, address.rpartition("#")[2]) for rule, address in failed}
    assert ("dynamodb-items-stay-with-tenant", "PatientTenantRole") in named
    assert whole.failures == len(failed) == len(set(failed)) and whole.tests > 100


def test_csv_has_a_row_for_every_verdict(clinic: Mapping[str, str], findings: dict[str, list[str]]) -> None:
    rows = list(csv.DictReader(io.StringIO(clinic["csv"], newline=""), strict=True))
    assert sorted(each["id"] for each in rows) == sorted(id_ for ids in findings.values() for id_ in ids)


@pytest.mark.full
def test_ocsf_tells_met_rules_too(clinic: Mapping[str, str], findings: dict[str, list[str]]) -> None:
    events = [json.loads(line) for line in clinic["ocsf"].splitlines()]
    assert [fault for each in events for fault in faults(each, "ocsf-1.5.0-compliance_finding.json")] == []
    passed = [each for each in map(ComplianceFinding.model_validate, events) if each.compliance.status_id == 1]
    assert len(passed) == len(findings["PASS"])


def test_asff_is_such_as_boto3_sends(clinic: Mapping[str, str]) -> None:
    shape = botocore.session.Session().get_service_model("securityhub").operation_model("BatchImportFindings")
    report = ParamValidator().validate({"Findings": json.loads(clinic["asff"])}, shape.input_shape)
    assert report.generate_report() == ""


def test_the_comment_leads_with_the_leak(clinic: Mapping[str, str]) -> None:
    text = clinic["markdown"]
    assert len(text) < 65_000
    above = text[: text.index("findings at medium and low")]
    assert "<code>dynamodb-items-stay-with-tenant</code> <code>PatientTenantRole</code>" in above
    assert "- action `dynamodb:Scan`" in above
    assert clinic["github"].count("::error ") >= 4


def named(name: str) -> ReportDocument:
    """The sample, whose worst finding has this name wherever it may have one."""
    report = sample_report()
    worst = report["findings"][0]
    worst["resource"] |= {"logical_id": name, "address": name, "type": name, "tenant": name}
    worst |= {"message": name, "fix": name, "source": None, "rule": name, "world": {name: name}}
    worst["location"] = {"path": name, "line": 1, "column": 1}
    worst["counterexample"] = {"principal": name, "action": name, "context": {name: name}, "allowed_by": [name]}
    return report


@settings(max_examples=60)
@given(st.text(max_size=40) | st.text(alphabet="`[](){}<>&|*_~$#@!:/\\\"'=+-;,%\n\r\t 1a", max_size=40))
@pytest.mark.full
def test_any_name_at_all_leaves_every_document_whole(name: str) -> None:
    report = named(name)
    assert faults(json.loads(rendered("sarif", report)), "sarif-2.1.0.json") == []
    assert faults(json.loads(rendered("gitlab", report)), "gitlab-code-quality.json") == []
    rows = list(csv.reader(io.StringIO(rendered("csv", report), newline=""), strict=True))
    assert len(rows) == len(report["findings"]) + 1 and {len(row) for row in rows} == {28}
    assert JUnitXml.fromstring(rendered("junit", report).encode("utf-8")).tests == 19
    assert len(rendered("ocsf", report).splitlines()) == 18
    assert len(json.loads(rendered("asff", report))) == 14
    commands = [line for line in rendered("github", report).splitlines() if line.startswith("::")]
    assert len(commands) == 8
    allowed = {"link_open", "image", "em_open", "strong_open", "table_open", "heading_open", "html_inline"}
    tokens = MarkdownIt("commonmark").enable(["table"]).parse(rendered("markdown", report))
    seen = [child for token in tokens for child in (token, *(token.children or ()))]
    ours = {("strong_open", "**"), ("heading_open", "###")}
    assert {(each.type, each.markup) for each in seen if each.type in allowed} <= ours
