"""`tenantproof.yaml` and `[tool.tenantproof]`."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from scanner.cli.main import main
from scanner.config.configuration import settle
from scanner.config.loading import ConfigFile
from scanner.config.schema import CONFIG, PRESETS, SEVERITIES
from scanner.findings.report_document import SEVERITIES as OF_REPORTS
from scanner.findings.report_document import ReportDocument
from scanner.text.complaint import complaints
from tests.conftest import ROOT

FAULTY = "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n"
RULE = "s3-access-logs"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "t.yaml").write_text(FAULTY, "utf-8")
    return tmp_path


def scan(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, ReportDocument]:
    code = main(["scan", "infra", *arguments, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def show(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, object]]:
    assert main(["config", "show", *arguments, "--format", "json"]) == 0
    shown: dict[str, dict[str, object]] = json.loads(capsys.readouterr().out)
    return shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tenantproof.yaml", f"select: [{RULE}]\nfail_on: never\n"),
        ("pyproject.toml", f'[tool.tenantproof]\nselect = ["{RULE}"]\nfail_on = "never"\n'),
    ],
)
def test_either_file_is_found_from_below_and_obeyed(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    (project / name).write_text(text, "utf-8")
    code, report = scan(capsys)
    assert code == 0
    assert set(report["rules"]) == {RULE}
    assert report["options"]["fail_on"] == "never"


def test_the_command_line_counts_more(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tenantproof.yaml").write_text("select: [s3-versioning]\nfail_on: never\n", "utf-8")
    code, report = scan(capsys, "--select", RULE, "--fail-on", "low")
    assert code == 1
    assert set(report["rules"]) == {RULE}


def test_both_files_at_once_are_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tenantproof.yaml").write_text("fail_on: low\n", "utf-8")
    (project / "pyproject.toml").write_text("[tool.tenantproof]\n", "utf-8")
    code, report = scan(capsys)
    assert code == 2
    assert "there is also `[tool.tenantproof]`" in report["errors"][0]["message"]
    assert report["findings"] == []


def test_a_pyproject_without_our_table_is_looked_past(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "infra" / "pyproject.toml").write_text("[tool.other]\nx = 1\n", "utf-8")
    (project / "pyproject.toml").write_text('[tool.tenantproof]\nfail_on = "critical"\n', "utf-8")
    assert show(capsys, "infra")["fail_on"] == {"value": "critical", "source": "pyproject.toml [tool.tenantproof]"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail-on: low\n", "did you mean `fail_on`?"),
        ("fail_on: hihg\n", "did you mean `high`?"),
        ("preset: gaet\n", "did you mean `gate`?"),
        ("severities: {s3-access-logs: {severity: low}}\n", "lacks `because`"),
        ("severities: {s3-access-logs: {severity: low, because: no}}\n", "at least 20 characters"),
        ("severities: {s3-acess-logs: {severity: low, because: the bucket holds no patient data}}\n", "names no rule"),
        ("rules: [../elsewhere]\n", "must be a path inside"),
        ("baseline: /etc/passwd\n", "must be a path inside"),
        ("skip: [s3-acess-logs]\n", "names no rule, layer or framework"),
        ("fail_on: low\nfail_on: high\n", "stands twice"),
        ("- a\n", "must be a mapping"),
    ],
)
def test_what_is_wrong_stops_the_scan(project: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    (project / "tenantproof.yaml").write_text(text, "utf-8")
    code, report = scan(capsys)
    assert code == 2
    told = [f"{each['message']}, {each['hint']}" for each in report["errors"] if each["kind"] == "config"]
    assert any(said in each for each in told), told


def test_the_same_mistakes_are_told_of_toml(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text("[tool.tenantproof]\nfail-on = 2026-01-01\n", "utf-8")
    assert main(["config", "show"]) == 2
    assert "did you mean `fail_on`?" in capsys.readouterr().err
    (project / "pyproject.toml").write_text("[tool.tenantproof\n", "utf-8")
    assert main(["config", "show"]) == 2
    assert "is not TOML" in capsys.readouterr().err


def test_another_severity_gates_and_is_told_with_its_reason(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    because = "the bucket holds patient images"
    (project / "tenantproof.yaml").write_text(
        f"select: [{RULE}]\nfail_on: critical\nseverities: {{{RULE}: {{severity: critical, because: {because}}}}}\n",
        "utf-8",
    )
    code, report = scan(capsys)
    assert code == 1
    assert {each["severity"] for each in report["findings"]} == {"critical"}
    assert report["options"]["severities"] == {RULE: {"severity": "critical", "because": because}}
    schema = json.loads((ROOT / "schema" / "report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(report)


def test_parameters_of_the_stage_count_more_than_those_of_all(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "infra" / "t.yaml").write_text(
        "Parameters: {Mode: {Type: String}}\n"
        "Conditions: {Logs: !Equals [!Ref Mode, logged]}\n"
        "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n"
        "      LoggingConfiguration: !If [Logs, {DestinationBucketName: logs}, !Ref AWS::NoValue]\n",
        "utf-8",
    )
    (project / "tenantproof.yaml").write_text(
        f"select: [{RULE}]\nfail_on: low\nparameters: {{Mode: plain, OfAnotherTemplate: x}}\n"
        "stages: {prod: {Mode: logged}}\n",
        "utf-8",
    )
    assert scan(capsys)[0] == 1
    assert scan(capsys, "--stage", "prod")[0] == 0
    assert scan(capsys, "--stage", "prod", "--parameters", "Mode=plain")[0] == 1


def test_the_baseline_is_found_from_the_folder_of_the_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tenantproof.yaml").write_text(f"select: [{RULE}]\nfail_on: low\n", "utf-8")
    assert scan(capsys, "--write-baseline", "base.json")[0] == 1
    with (project / "tenantproof.yaml").open("a", encoding="utf-8") as file:
        file.write("baseline: base.json\n")
    assert scan(capsys)[0] == 0


def test_config_show_names_the_source_of_every_value(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tenantproof.yaml").write_text("# ours\npreset: hipaa\nfail_on: critical\n", "utf-8")
    shown = show(capsys)
    assert shown["fail_on"] == {"value": "critical", "source": "tenantproof.yaml:3"}
    assert shown["unknown_fails"] == {"value": "high", "source": "preset hipaa, tenantproof.yaml:2"}
    assert show(capsys, "--preset", "audit")["fail_on"] == {"value": "low", "source": "--preset audit"}
    (project / "tenantproof.yaml").unlink()
    assert show(capsys) == {"fail_on": {"value": "high", "source": "default"}}


def test_what_config_show_prints_is_a_configuration(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tenantproof.yaml").write_text("preset: hipaa\nskip: [storage, 'a # b']\nparameters: {A: 1}\n", "utf-8")
    assert main(["config", "show"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert list(complaints(CONFIG, printed)) == []
    assert printed["skip"] == ["storage", "a # b"]


def test_the_command_line_adds_to_what_is_left_out() -> None:
    file = ConfigFile({"skip": ["a"], "select": ["x"]}, {"skip": "f:1", "select": "f:2"})
    settled = settle(file, {"skip": ["b"], "select": ["y"]}, None)
    assert (settled["skip"].value, settled["skip"].source) == (["a", "b"], "f:1, --skip")
    assert (settled["select"].value, settled["select"].source) == (["y"], "--select")


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_fits_the_form_and_scans(project: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert list(complaints(CONFIG, PRESETS[name])) == []
    code, report = scan(capsys, "--preset", name)
    assert code == 1
    assert [each for each in report["errors"] if each["kind"] == "config"] == []


def test_severities_are_those_of_reports() -> None:
    assert SEVERITIES == OF_REPORTS
