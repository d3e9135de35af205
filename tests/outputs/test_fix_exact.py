"""A proved fix, read out of every format as one would copy it, is the policy that was proved."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from scanner.findings.report_document import ReportDocument
from scanner.options import Options
from scanner.outputs import render
from scanner.outputs.shared.fix_text import exact_line, parts_of
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import scan
from tests.outputs.sample import sample_report

AWKWARD: dict[str, Any] = {
    "Sid": "Two  blanks",
    "Effect": "Allow",
    "Action": ["dynamodb:GetItem", "dynamodb:Query"],
    "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/${Patients}",
    "Condition": {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}#*", "@all!x|@y;=z"]},
        "StringEquals": {
            "aws:RequestTag/a\u200bb": "[words](https://example.com)",
            "aws:RequestTag/\U000e0041": "`x`*_",
        },
    },
}
SECOND = {"Effect": "Deny", "Action": "dynamodb:Scan", "Resource": "*"}
FORMATS = ("text", "markdown", "github", "gitlab", "junit", "sarif", "csv", "html", "pdf", "xlsx", "oscal", "ocsf")


def awkward_report() -> ReportDocument:
    report = sample_report()
    finding = next(each for each in report["findings"] if each["verdict"] == "FAIL")
    first, second = json.dumps(AWKWARD, ensure_ascii=False), json.dumps(SECOND)
    finding["fix"] = f"Proved to isolate: Statement[0] of p: {first}; Statement[1] of p: {second}"
    report["findings"] = [finding]
    return report


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside, self.blocks = False, [""]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "pre" and ("aria-label", "Fix") in attrs
        self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.blocks[-1] += data


def _fences(text: str) -> str:
    return "\n".join(each.content for each in MarkdownIt("commonmark").parse(text) if each.type == "fence")


def _set_text(content: bytes) -> str:
    """The characters in the order of the page, by the fonts' own tables, as a viewer's copy gives them."""
    pikepdf = pytest.importorskip("pikepdf")
    text = ""
    for page in pikepdf.open(io.BytesIO(content)).pages:
        fonts = {key: _characters(font.ToUnicode.read_bytes()) for key, font in page.Resources.Font.items()}
        table: dict[int, str] = {}
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) == "Tf":
                table = fonts[str(operands[0])]
            elif str(operator) in ("Tj", "TJ"):
                shown = operands[0] if str(operator) == "TJ" else operands
                raw = b"".join(bytes(each) for each in shown if isinstance(each, pikepdf.String))
                text += "".join(table[int.from_bytes(raw[at : at + 2])] for at in range(0, len(raw), 2))
            elif str(operator) == "ET":
                text += "\n"
    return text


def _characters(cmap: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for section in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", section):
            found[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for section in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, text in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w+)>", section):
            start = int(text, 16)
            found |= {code: chr(start + n) for n, code in enumerate(range(int(first, 16), int(last, 16) + 1))}
    return found


def copied(name: str, report: ReportDocument) -> str:
    """The text in which one finds the statement, as the format's own reader shows it."""
    content = render(name, report, RenderOptions())
    if name == "pdf":
        assert isinstance(content, bytes)
        return _set_text(content)
    if name == "xlsx":
        import openpyxl

        assert isinstance(content, bytes)
        book = openpyxl.load_workbook(io.BytesIO(content))
        return "\n".join(
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell
        )
    assert isinstance(content, str)
    if name == "markdown":
        return _fences(content)
    if name == "github":
        return content.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    if name == "gitlab":
        return "\n".join(each["description"] for each in json.loads(content))
    if name == "junit":
        return "\n".join(each.text or "" for each in ET.fromstring(content).iter())
    if name == "csv":
        return "\n".join(row["fix"] for row in csv.DictReader(io.StringIO(content)))
    if name == "html":
        return "\n".join(_Page(content).blocks)
    if name == "sarif":
        return "\n".join(each["message"]["text"] for each in json.loads(content)["runs"][0]["results"])
    if name == "oscal":
        results = json.loads(content)["assessment-results"]["results"][0]
        fixes = [fix["description"] for risk in results["risks"] for fix in risk.get("remediations", [])]
        return "\n".join(map(_fences, fixes))
    if name == "ocsf":
        events = [json.loads(line) for line in content.splitlines()]
        return "\n".join(each["remediation"]["desc"] for each in events if "remediation" in each)
    return content


def statements(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, end = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            end, value = at + 1, None
        if isinstance(value, dict) and "Effect" in value:
            found.append(value)
        at = text.find("{", end)
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_a_statement_is_the_same_in_every_format(name: str) -> None:
    report = awkward_report()
    text = copied(name, report)
    assert [each for each in statements(text) if each in (AWKWARD, SECOND)][:2] == [AWKWARD, SECOND]
    assert not any(each in text for each in "\u200b\u200c\u200d\u2060\ufeff\u00ad")


@pytest.mark.parametrize("name", ["github", "sarif", "csv", "junit", "ocsf"])
def test_what_has_no_room_is_left_out_whole(name: str) -> None:
    report = awkward_report()
    long = {**AWKWARD, "Resource": ["arn:aws:s3:::" + "x" * 40_000]}
    report["findings"][0]["fix"] = f"Proved to isolate: Statement[0] of p: {json.dumps(long)}"
    text = copied(name, report)
    assert "xxx" not in text
    assert "JSON report" in text


def test_words_with_braces_or_quoted_policies_stay_words() -> None:
    quoted = 'Bind the tag: `StringEquals: {"aws:ResourceTag/T": "a"}`.'
    assert [each.statement for each in parts_of(quoted)] == [None]
    assert exact_line(quoted, 400) == quoted
    assert exact_line("Set this: {not json}", 400) == "Set this: {not json}"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.full
def test_what_is_read_out_of_a_format_proves_isolation(name: str, leaky: tuple[ReportDocument, dict[str, Any]]) -> None:
    report, told = leaky
    assert told in statements(copied(name, report))


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> tuple[ReportDocument, dict[str, Any]]:
    """A leak, and its fix, which was put in the template and proved again."""
    folder = tmp_path_factory.mktemp("leaky")
    (folder / "tenancy.yaml").write_text(
        'version: 1\ntenant_id: {pattern: "[a-z]{3,20}"}\n'
        "sessions: [{name: staff, roles: [Reader], tenant_key: aws:PrincipalTag/TenantId, present: always}]\n"
        'owned: [{kind: dynamodb-item, table: Patients, key: "TENANT#${tenant}#*"}]\n'
    )
    statement = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
        "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Patients",
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}#*"]}},
    }
    before = _judged(folder, statement)
    fixes = [parts_of(each["fix"]) for each in before["findings"] if "Proved to isolate" in each.get("fix", "")]
    told = json.loads(fixes[0][0].code())
    after = _judged(folder, told)
    rule = "dynamodb-items-stay-with-tenant"
    assert [each["proof"]["verdict"] for each in after["findings"] if each["rule"] == rule] == ["ISOLATED"]
    return before, told


def _judged(folder: Path, statement: dict[str, Any]) -> ReportDocument:
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:role/broker"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {"StringLike": {"aws:RequestTag/TenantId": "?*"}},
            }
        ]
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust,
            "Policies": [{"PolicyName": "data", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}],
        },
    }
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "Patients"}}
    (folder / "app.json").write_text(json.dumps({"Resources": {"Reader": role, "Patients": table}}))
    options = Options([folder], account="111122223333", region="us-east-1")
    return scan(options=options).report
