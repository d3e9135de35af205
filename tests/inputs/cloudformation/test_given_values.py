"""Parameters that were given are held against what the template says they may be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.inputs.cloudformation.given_values import complaint
from tests.case_names import case_name

TEMPLATE = """\
Parameters:
  Env: {Type: String, AllowedValues: [staging, production]}
  Days: {Type: Number, MinValue: 365, MaxValue: 3653, Default: 400}
  Name: {Type: String, AllowedPattern: '[a-z]+', MinLength: 2, MaxLength: 5, Default: abc}
  Zones: {Type: CommaDelimitedList, AllowedValues: [a, b], Default: a}
  Secret: {Type: String, NoEcho: true, MinLength: 30, Default: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}
Conditions: {IsProduction: !Equals [!Ref Env, production]}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: !If [IsProduction, false, true]}
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Env=prodution", "`prodution` is not one of its AllowedValues"),
        ("Days=30", "`30` is less than its MinValue, 365"),
        ("Days=99999", "is more than its MaxValue"),
        ("Days=many", "is no number"),
        ("Days=nan", "is no number"),
        ("Days=inf", "is no number"),
        ("Days=1_000", "is no number"),
        ("Days=\u0664\u0660\u0660", "is no number"),
        ("Name=A1", "does not match its AllowedPattern"),
        ("Name=a", "is shorter than its MinLength"),
        ("Name=abcdef", "is longer than its MaxLength"),
        ("Zones=a,c", "`c` is not one of its AllowedValues"),
        ("Secret=hunter2", "the value is shorter than its MinLength"),
    ],
)
def test_a_value_that_cloudformation_refuses_is_an_error_and_counts_for_nothing(
    tmp_path: Path, given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE, "utf-8")
    code = main(["scan", str(tmp_path / "t.yaml"), "--parameters", given, "--format", "json"])
    out = capsys.readouterr().out
    report = json.loads(out)
    assert code == 2
    (error,) = [each for each in report["errors"] if said in each["message"]]
    assert (error["level"], error["line"] is not None) == ("error", True)
    assert "hunter2" not in out
    (found,) = [each for each in report["findings"] if each["rule"] == "kms-key-rotation"]
    assert found["verdict"] == "FAIL", "as without the value: in production it does not rotate"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ({"Type": "String", "AllowedValues": [1, True]}, "true"),
        ({"Type": "Number", "MinValue": 1}, 1),
        ({"Type": "List<Number>"}, "1, 2"),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "AllowedValues": ["a"]}, "name"),
        ({"Type": "String", "AllowedPattern": "(a+)+b"}, "a" * 60),
        ({"Type": "String", "AllowedPattern": "(?<name"}, "x"),
        ({"Type": "String", "AllowedValues": ["a", "b"]}, None),
    ],
    ids=case_name,
)
def test_what_may_be_is_taken(parameter: dict[str, object], value: object) -> None:
    assert complaint("P", parameter, value) is None


@pytest.mark.parametrize(
    ("option", "value"),
    [("--region", "eu-west"), ("--region", "eu_west_1"), ("--account", "1234"), ("--account", "x" * 12)],
)
def test_an_account_or_region_that_can_be_none_is_exit_2(
    tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE, "utf-8")
    assert main(["scan", str(tmp_path / "t.yaml"), option, value]) == 2
    assert f"{option}: `{value}` is no" in capsys.readouterr().err


def test_a_pattern_that_excludes_nothing_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic}}\n", "utf-8")
    main(["scan", str(tmp_path), "--exclude", "tets/*"])
    assert "warning: --exclude: `tets/*` matches nothing that was looked at" in capsys.readouterr().err


def test_a_principal_that_matches_none_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--principal", "Patinet*", "examples/virtual-clinic"]) == 2
    assert "`Patinet*` names no principal" in capsys.readouterr().err
