"""The stage of a resource, as messages and expressions have it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.scanning import Options, scan
from tests.engine.conftest import write_rule

TEMPLATE = "Resources:\n  T: {Type: AWS::DynamoDB::Table}\n"
ASSERTED = "- {that: Stage, is: prod, message: 'stage {{ Stage }}'}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    write_rule(tmp_path, ASSERTED)
    (tmp_path / "t.yaml").write_text(TEMPLATE, "utf-8")
    return tmp_path


def report(stage: str | None, *, path: str = "t.yaml") -> ReportDocument:
    options = Options((Path(path),), rules=[Path("own")], select=["own-rule"], stage=stage, staged=True)
    return scan(options=options).report


@pytest.mark.parametrize(
    ("stage", "verdict", "message"),
    [("prod", "PASS", None), ("dev", "FAIL", "stage dev"), (None, "UNKNOWN", "the stage is known only at deployment")],
)
def test_the_stage_that_was_asked_for_is_that_of_each_resource(
    project: Path, stage: str | None, verdict: str, message: str | None
) -> None:
    (finding,) = [each for each in report(stage)["findings"] if each["rule"] == "own-rule"]
    assert finding["verdict"] == verdict
    assert message is None or message in json.dumps(finding)


def test_a_stage_of_an_assembly_is_its_own(project: Path) -> None:
    inner = project / "cdk.out" / "assembly-App-Prod"
    inner.mkdir(parents=True)
    stack = {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region"}
    (inner / "manifest.json").write_text(
        json.dumps(
            {"version": "36.0.0", "artifacts": {"S": {**stack, "properties": {"templateFile": "S.template.json"}}}}
        ),
        "utf-8",
    )
    (inner / "S.template.json").write_text('{"Resources": {"T": {"Type": "AWS::DynamoDB::Table"}}}', "utf-8")
    nested = {"type": "cdk:cloud-assembly", "properties": {"directoryName": inner.name, "displayName": "App/prod"}}
    (inner.parent / "manifest.json").write_text(
        json.dumps({"version": "36.0.0", "artifacts": {"assembly-App-Prod": nested}}), "utf-8"
    )
    (finding,) = [each for each in report("dev", path="cdk.out")["findings"] if each["rule"] == "own-rule"]
    assert finding["verdict"] == "FAIL"
    assert finding["message"] == "stage App/prod: `Stage` is `App/prod`; `prod` is required"


def test_the_parameters_of_a_stage_are_not_those_of_another_stages_stack(project: Path) -> None:
    write_rule(project, "- {that: Properties.TableName, is: Orders}")
    root = project / "cdk.out"
    artifacts = {}
    for name in ("dev", "prod"):
        inner = root / f"assembly-App-{name}"
        inner.mkdir(parents=True)
        stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}
        (inner / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {name: stack}}), "utf-8")
        table = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Ref": "P"}}}
        template = {"Parameters": {"P": {"Type": "String"}}, "Resources": {"T": table}}
        (inner / "S.template.json").write_text(json.dumps(template), "utf-8")
        artifacts[inner.name] = {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": inner.name, "displayName": f"App/{name}"},
        }
    (root / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}), "utf-8")
    (project / "parameters.prod.yaml").write_text("P: Orders", "utf-8")
    options = Options((Path("cdk.out"),), rules=[Path("own")], select=["own-rule"], stage="prod")
    found = scan(options=options).report
    assert found["errors"] == []
    verdicts = {each["resource"]["address"].rpartition("/")[2]: each["verdict"] for each in found["findings"]}
    assert verdicts == {"dev#T": "UNKNOWN", "prod#T": "PASS"}
    (project / "parameters.prod.yaml").unlink()
    assert scan(options=options).report["errors"] == []
