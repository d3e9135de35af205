"""Nested templates by address: the line of the address, the file that it may be, and the project's own word for it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.inputs.cloudformation.nesting import likely_file
from scanner.project_options import options_near
from scanner.scanning import scan
from tests.case_names import case_name

URL = "https://clinic-templates.s3.amazonaws.com/v1/nested/data.yaml"
DATA = """
Parameters: {Name: {Type: String}}
Resources:
  Patients: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref Name}}
Outputs: {Arn: {Value: !GetAtt Patients.Arn}}
"""


def root(url: str) -> str:
    return dedent(
        f"""
        Resources:
          Data:
            Type: AWS::CloudFormation::Stack
            Properties:
              TemplateURL: {url}
              Parameters: {{Name: patients}}
        """
    )


def project(folder: Path, url: str, config: str | None = None) -> ReportDocument:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "root.yaml").write_text(root(url), "utf-8")
    (folder / "cfn" / "nested").mkdir(parents=True, exist_ok=True)
    (folder / "cfn" / "nested" / "data.yaml").write_text(DATA, "utf-8")
    if config is not None:
        (folder / "tenantproof.yaml").write_text(config, "utf-8")
    return scan(options=options_near((folder,))).report


def addresses(report: ReportDocument) -> set[str]:
    return {each["resource"]["address"] for each in report["findings"] if each["resource"]["logical_id"] == "Patients"}


def test_the_one_file_that_ends_like_the_address_is_proposed_and_not_taken(tmp_path: Path) -> None:
    report = project(tmp_path, URL)
    (note,) = report["errors"]
    assert (note["level"], note["path"], note["line"], note["column"]) == ("warning", "root.yaml", 6, 7)
    assert "may be `cfn/nested/data.yaml`, and is not read" in note["message"]
    assert note["hint"] == (
        'say `templates: {"https://clinic-templates.s3.amazonaws.com/v1/": cfn/}` in tenantproof.yaml where it is'
    )
    assert addresses(report) == {"cfn/nested/data.yaml#Patients"}


@pytest.mark.parametrize(
    "config",
    [
        'templates: {"https://clinic-templates.s3.amazonaws.com/v1/": cfn/}',
        'templates: {"https://clinic-templates.s3.amazonaws.com/v1/nested/": cfn/nested, "https://": elsewhere/}',
    ],
)
def test_what_the_project_says_is_read_as_a_part_of_the_stack(tmp_path: Path, config: str) -> None:
    report = project(tmp_path, URL, config)
    assert report["errors"] == []
    assert addresses(report) == {"root.yaml#Data/Patients"}


def test_a_part_of_an_address_that_deployment_decides_is_written_as_in_the_template(tmp_path: Path) -> None:
    url = "!Sub 'https://s3.${AWS::Region}.amazonaws.com/clinic/data.yaml'"
    config = 'templates: {"https://s3.${AWS::Region}.amazonaws.com/clinic/": cfn/nested/}'
    assert addresses(project(tmp_path, url, config)) == {"root.yaml#Data/Patients"}


def test_a_configuration_further_up_counts_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "tenantproof.yaml").write_text(
        'templates: {"https://clinic-templates.s3.amazonaws.com/v1/": shared/cfn/}', "utf-8"
    )
    (tmp_path / ".git").mkdir()
    for name, text in (("apps/a/root.yaml", root(URL)), ("shared/cfn/nested/data.yaml", DATA)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, "utf-8")
    report = scan(options=options_near((tmp_path,))).report
    assert addresses(report) == {"apps/a/root.yaml#Data/Patients"} and report["errors"] == []


def test_a_file_that_is_not_there_is_an_error_at_the_address(tmp_path: Path) -> None:
    report = project(tmp_path, URL, 'templates: {"https://clinic-templates.s3.amazonaws.com/": gone/}')
    (error,) = report["errors"]
    assert (error["level"], error["line"], error["column"]) == ("error", 6, 7) and "is not there" in error["message"]
    relative = project(tmp_path, "nested/none.yaml", "{}")
    (error,) = relative["errors"]
    assert (error["line"], error["column"]) == (6, 7) and "`none.yaml`" in error["message"]


@pytest.mark.parametrize("way", ["../outside.yaml", "%2e%2e/outside.yaml", "a/../../outside.yaml", ""])
def test_an_address_leads_nowhere_outside_the_project(tmp_path: Path, way: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "outside.yaml").write_text(DATA, "utf-8")
    report = project(inner, f"https://x.example/{way}", 'templates: {"https://x.example/": cfn/}')
    assert not any("Data/" in address for address in addresses(report))
    assert [each["level"] for each in report["errors"]] == ["error"]


@pytest.mark.parametrize("folder", ["../else/", "/etc/", "C:\\\\x"])
def test_a_folder_outside_the_project_is_refused_in_the_configuration(tmp_path: Path, folder: str) -> None:
    report = project(tmp_path, URL, f'templates: {{"https://x/": "{folder}"}}')
    assert report["exit_code"] == 2 and any(each["kind"] == "config" for each in report["errors"])


@pytest.mark.parametrize(
    ("files", "likely"),
    [
        (["cfn/nested/data.yaml", "other/data.yaml"], "cfn/nested/data.yaml"),
        (["a/data.yaml", "b/data.yaml"], None),
        (["data.yaml"], "data.yaml"),
        (["cfn/nested/base.yaml"], None),
        ([], None),
    ],
    ids=case_name,
)
def test_only_one_file_that_ends_further_than_all_others_is_likely(files: list[str], likely: str | None) -> None:
    assert likely_file(URL + "?versionId=1", files) == likely
