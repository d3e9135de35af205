"""A template that a stack nests is a part of that stack: one more template, nesting it where nothing ever is made, took
it out of the scan. All of its findings became *not applicable*, and it may be deployed by itself all the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.options import Options
from scanner.scanning import scan

BAD = "Resources: {Bad: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false}}}\n"
NEST = "{Type: AWS::CloudFormation::Stack, Condition: Made, Properties: {TemplateURL: ./bad.yaml}}"
OUTER = "Conditions: {{Made: {condition}}}\n{parameters}Resources: {{N: {nest}}}\n"


def said(folder: Path, condition: str, parameters: str = "", nest: str = NEST) -> list[tuple[str, str]]:
    (folder / "bad.yaml").write_text(BAD, "utf-8")
    text = OUTER.format(condition=condition, parameters=parameters, nest=nest)
    (folder / "outer.yaml").write_text(text, "utf-8")
    report = scan(options=Options(paths=[folder], select=["rds-encrypted"])).report
    return [(each["resource"]["address"], each["verdict"]) for each in report["findings"]]


@pytest.mark.parametrize(
    "condition",
    [
        "!Equals [a, b]",
        "!Not [!Equals [a, a]]",
        "!And [!Equals [!Ref P, x], !Equals [!Ref P, y]]",
        "!Or [!Equals [a, b], !Equals [c, d]]",
    ],
)
def test_what_no_world_makes_is_judged_by_itself(condition: str, tmp_path: Path) -> None:
    found = said(tmp_path, condition, "Parameters: {P: {Type: String}}\n")
    assert ("bad.yaml#Bad", "FAIL") in found


def test_a_default_that_turns_it_off_is_no_proof_that_it_is_never_made(tmp_path: Path) -> None:
    found = said(tmp_path, "!Equals [!Ref P, on]", "Parameters: {P: {Type: String, Default: off}}\n")
    assert "FAIL" in {verdict for _, verdict in found}


@pytest.mark.parametrize("condition", ["!Equals [a, a]", "!Equals [!Ref P, x]"])
def test_what_some_world_makes_is_a_part_of_the_stack_and_no_more(condition: str, tmp_path: Path) -> None:
    found = said(tmp_path, condition, "Parameters: {P: {Type: String}}\n")
    assert found == [("outer.yaml#N/Bad", "FAIL")]


def test_a_nested_stack_in_one_that_is_never_made(tmp_path: Path) -> None:
    (tmp_path / "between.yaml").write_text(
        "Resources: {M: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./bad.yaml}}}\n", "utf-8"
    )
    found = said(tmp_path, "!Equals [a, b]", nest=NEST.replace("bad.yaml", "between.yaml"))
    assert any(verdict == "FAIL" for _, verdict in found)
