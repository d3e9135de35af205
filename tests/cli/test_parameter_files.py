"""`--parameters` and `--stage`: every form of a parameters file, and the file of a stage beside the templates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from tests.case_names import case_name
from tests.engine.conftest import write_rule

TEMPLATE = (
    "Parameters: {P: {Type: String}}\nResources:\n  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref P}}\n"
)
ASSERTED = "- {that: Properties.TableName, is: Orders, message: '{{ Id }} has another name'}"
SAMCONFIG = """\
version = 0.1
[default.global.parameters]
stack_name = "app"
[default.deploy.parameters]
parameter_overrides = "P=Other Q=1"
[prod.global.parameters]
parameter_overrides = "P=Shared"
[prod.deploy.parameters]
parameter_overrides = "ParameterKey=P,ParameterValue=Orders ParameterKey=Q,ParameterValue=\\"a b\\""
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    write_rule(tmp_path, ASSERTED)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "t.yaml").write_text(TEMPLATE, "utf-8")
    return tmp_path


def scan(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, ReportDocument]:
    code = main(["scan", "stacks", *arguments, "--rules", "own", "--select", "own-rule", "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def verdict(report: ReportDocument) -> str:
    (finding,) = [each for each in report["findings"] if each["rule"] == "own-rule"]
    return finding["verdict"]


def messages(report: ReportDocument) -> list[str]:
    return [f"{error['path']}: {error['message']}" for error in report["errors"]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.yaml", "P: Orders"),
        ("p.json", '{"P": "Orders"}'),
        ("p.json", '{"Parameters": {"P": "Orders"}, "Tags": {"team": "a"}}'),
        (
            "p.json",
            '[{"ParameterKey": "P", "ParameterValue": "Orders"}, {"ParameterKey": "Q", "UsePreviousValue": true}]',
        ),
        ("p.json", '["P=Orders"]'),
        ("p.toml", 'P = "Orders"'),
        ("cdk.json", '{"app": "node app", "context": {"P": "Orders", "@aws-cdk/core:flag": true, "vpc": {"id": 1}}}'),
        ("cdk.json", '{"context": {"P": "Other", "t:P": "Orders", "Another:P": "Third", "Unheard": "x"}}'),
        ("samconfig.toml", "[default.deploy.parameters]\nparameter_overrides = ['P=\"Orders\"']"),
        ("samconfig.yaml", "default: {deploy: {parameters: {parameter_overrides: 'P=Orders'}}}"),
    ],
)
def test_every_form_of_a_parameters_file_is_read(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    (project / name).write_text(text, "utf-8")
    code, report = scan(capsys, "--parameters", name)
    assert (code, verdict(report), messages(report)) == (0, "PASS", [])


@pytest.mark.parametrize(("given", "found"), [("t:P=Orders", "PASS"), ("u:P=Orders", "UNKNOWN")])
def test_a_value_named_with_a_stack_holds_for_that_stack_alone(
    project: Path, capsys: pytest.CaptureFixture[str], given: str, found: str
) -> None:
    _, report = scan(capsys, "--parameters", given)
    assert verdict(report) == found


def test_the_stage_chooses_inside_a_file_and_over_what_its_stages_share(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "p.yaml").write_text("P: Other\nstages: {prod: {P: Orders}, dev: {}}\n", "utf-8")
    for stage, found in (("prod", "PASS"), ("dev", "FAIL")):
        _, report = scan(capsys, "--parameters", "p.yaml", "--stage", stage)
        assert (verdict(report), messages(report)) == (found, [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "p.yaml: has parameters for the stages `prod`, `dev`"),
        (("--stage", "prd"), "p.yaml: has no parameters for the stage `prd`, only for `prod`, `dev`"),
    ],
)
def test_a_file_with_stages_takes_one_of_them(
    project: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    (project / "p.yaml").write_text("stages: {prod: {P: Orders}, dev: {P: Other}}\n", "utf-8")
    code, report = scan(capsys, "--parameters", "p.yaml", *options)
    assert code == 2
    assert messages(report) == [message]


@pytest.mark.parametrize(
    "name",
    [
        f"{folder}{form}.{suffix}"
        for folder in ("stacks/", "")
        for form in ("parameters.prod", "prod.parameters", "parameters/prod")
        for suffix in ("json", "yaml", "yml")
    ],
)
def test_the_file_of_a_stage_is_found_beside_the_template_and_above_it(
    project: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text('{"P": "Orders"}', "utf-8")
    code, report = scan(capsys, "--stage", "prod")
    assert (code, verdict(report), messages(report)) == (0, "PASS", [])
    assert [each["path"] for each in report["inputs"] if each["kind"] == "parameters"] == [name]


def test_what_the_user_gives_counts_over_the_file_of_the_stage(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "stacks" / "parameters.prod.yaml").write_text("P: Other", "utf-8")
    assert verdict(scan(capsys, "--stage", "prod")[1]) == "FAIL"
    assert verdict(scan(capsys, "--stage", "prod", "--parameters", "P=Orders")[1]) == "PASS"


def test_samconfig_has_a_section_for_each_stage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "samconfig.toml").write_text(SAMCONFIG, "utf-8")
    _, found = scan(capsys, "--stage", "prod")
    _, named = scan(capsys, "--stage", "prod", "--parameters", "samconfig.toml")
    _, default = scan(capsys, "--parameters", "samconfig.toml")
    assert [verdict(each) for each in (found, named, default)] == ["PASS", "PASS", "FAIL"]
    assert messages(found) == ["samconfig.toml: no template has a parameter `Q`"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ('"P=\\"Orders"', "`parameter_overrides` of environment `default` is not a text or list of Key=value"),
        ("3", "`parameter_overrides` of environment `default` is not a text or list of Key=value"),
        ('"P"', "`parameter_overrides` of environment `default` is not a text or list of Key=value"),
    ],
)
def test_overrides_that_cannot_be_read_are_an_error(
    project: Path, capsys: pytest.CaptureFixture[str], overrides: str, message: str
) -> None:
    (project / "samconfig.toml").write_text(f"[default.deploy.parameters]\nparameter_overrides = {overrides}", "utf-8")
    code, report = scan(capsys, "--parameters", "samconfig.toml")
    assert (code, messages(report)) == (2, [f"samconfig.toml: {message}"])


def test_a_broken_toml_file_is_an_error_with_its_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "p.toml").write_text("P = 'Orders'\nQ =\nR = 1", "utf-8")
    code, report = scan(capsys, "--parameters", "p.toml")
    assert code == 2
    assert "p.toml: is not valid TOML" in messages(report)[0]
    assert "line 2" in messages(report)[0]


def test_a_stage_without_parameters_is_an_error_that_says_what_was_looked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "samconfig.toml").write_text(SAMCONFIG, "utf-8")
    code, report = scan(capsys, "--stage", "prd")
    assert code == 2
    (message,) = messages(report)
    assert message.startswith("--stage: there are no parameters for the stage `prd`")
    for name in ("`parameters.prd.json`", "`prd.parameters.yml`", "`parameters/prd.yaml`", "`[prd] in samconfig.toml`"):
        assert name in message


def test_two_files_of_one_stage_are_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "stacks" / "parameters.prod.json").write_text('{"P": "Orders"}', "utf-8")
    (project / "stacks" / "parameters.prod.yaml").write_text("P: Other", "utf-8")
    code, report = scan(capsys, "--stage", "prod")
    assert code == 2
    expected = "the stage `prod` has another parameters file beside this one: `parameters.prod.yaml`"
    assert messages(report) == [f"stacks/parameters.prod.json: {expected}"]


def test_the_file_of_a_stage_is_not_followed_out_of_the_project(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "p.yaml"
    outside.write_text("P: Orders", "utf-8")
    (project / "stacks" / "parameters.prod.yaml").symlink_to(outside)
    code, report = scan(capsys, "--stage", "prod")
    assert (code, verdict(report)) == (2, "UNKNOWN")
    assert "leads out of the project" in messages(report)[0]


@pytest.mark.parametrize("stage", ["../prod", "a/b", "", ".", "prod\n"])
def test_a_stage_is_a_name(project: Path, capsys: pytest.CaptureFixture[str], stage: str) -> None:
    assert main(["scan", "stacks", "--stage", stage]) == 2
    assert "--stage" in capsys.readouterr().err


def test_strict_parameters_leave_defaults_open_and_given_values_known(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "stacks" / "t.yaml").write_text(
        TEMPLATE.replace("Type: String}", "Type: String, Default: Orders}"), "utf-8"
    )
    assert verdict(scan(capsys)[1]) == "PASS"
    assert verdict(scan(capsys, "--strict-parameters")[1]) == "UNKNOWN"
    assert verdict(scan(capsys, "--strict-parameters", "--parameters", "P=Orders")[1]) == "PASS"


@pytest.mark.parametrize(
    ("options", "name", "found"),
    [
        (("--region", "eu-west-1"), "AWS::Region", "PASS"),
        (("--account", "111122223333"), "AWS::AccountId", "PASS"),
        (("--region", "us-east-1"), "AWS::Region", "FAIL"),
        ((), "AWS::Region", "UNKNOWN"),
        (("--region", "eu-west-1"), "AWS::AccountId", "UNKNOWN"),
    ],
    ids=case_name,
)
def test_account_and_region_are_what_the_user_says(
    project: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], name: str, found: str
) -> None:
    expected = {"AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}[name]
    write_rule(project, f"- {{that: Properties.TableName, is: '{expected}', message: another}}")
    (project / "stacks" / "t.yaml").write_text(TEMPLATE.replace("!Ref P", f"!Ref '{name}'"), "utf-8")
    assert verdict(scan(capsys, *options)[1]) == found


def test_every_command_that_reads_templates_takes_a_stage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "p.yaml").write_text("stages: {prod: {P: Orders}}\n", "utf-8")
    (project / "q.json").write_text(
        '{"request": {"principal": "T", "action": "s3:GetObject", "resource": "*"}}', "utf-8"
    )
    for command in (
        ["init", "stacks", "--stdout"],
        ["simulate", "q.json", "--template", "stacks"],
        ["prove", "stacks"],
    ):
        main([*command, "--parameters", "p.yaml", "--stage", "prod"])
        assert "stage" not in capsys.readouterr().err
        assert main([*command, "--parameters", "p.yaml", "--stage", "dev"]) == 2
        captured = capsys.readouterr()
        assert "no parameters for the stage `dev`, only for `prod`" in captured.out + captured.err
