"""Files that only look like templates are left alone; templates in an encoding that nobody reads are errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.inputs.discovery import discover
from scanner.inputs.kinds import is_template
from scanner.scanning import Options, scan

APPSPEC = """version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
"""
TEMPLATE = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"


@pytest.mark.parametrize(
    "text",
    [
        APPSPEC,
        "version: 0.0\r\nResources:\r\n- A: {Type: x}\r\n",
        "Resources: # of CodeDeploy\n  # two\n\n  - A: {Type: x}\n",
        "version: 0.0\nResources: [{A: {Type: x}}]\n",
        '{"version": 0.0, "Resources": [{"A": {"Type": "x"}}]}',
        '{"Resources" : [\n]}',
        "{Resources: [a]}",
    ],
)
def test_a_list_of_resources_is_no_template(text: str) -> None:
    assert not is_template(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE,
        "Resources:\n  - of: nobody\nAWSTemplateFormatVersion: 2010-09-09\n",
        '{"Resources": [], "AWSTemplateFormatVersion": "2010-09-09"}',
        "Resources: {}\n",
        "Resources:\n  # - not a list\n  Q: {Type: AWS::SQS::Queue}\n",
        "Resources:\n  -Q: {Type: AWS::SQS::Queue}\n",
        "Resources: !If [A, B, C]\n",
    ],
)
def test_what_is_a_template_stays_one(text: str) -> None:
    assert is_template(text.encode())


def test_an_appspec_file_beside_a_template_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "appspec.yaml").write_text(APPSPEC, "utf-8")
    (tmp_path / "t.yaml").write_text(TEMPLATE, "utf-8")
    found = discover([tmp_path], cwd=tmp_path)
    assert [each.shown for each in found.found] == ["t.yaml"] and found.ignored == 1
    assert scan(options=Options(paths=(tmp_path,))).report["errors"] == []


def test_one_that_is_named_is_told_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "appspec.yaml").write_text(APPSPEC, "utf-8")
    (error,) = scan(options=Options(paths=(tmp_path / "appspec.yaml",))).report["errors"]
    assert error["message"].startswith("this is no template")


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [TEMPLATE, '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'])
def test_a_template_in_an_encoding_that_is_not_read_is_an_error(tmp_path: Path, encoding: str, text: str) -> None:
    (tmp_path / "t.yaml").write_bytes(text.encode(encoding))
    (tmp_path / "good.yaml").write_text(TEMPLATE, "utf-8")
    report = scan(options=Options(paths=(tmp_path,))).report
    (error,) = report["errors"]
    assert error["path"] == "t.yaml" and error["line"] == 1 and error["level"] == "error"
    assert report["exit_code"] == 2 and any(each["resource"]["logical_id"] == "Q" for each in report["findings"])
