"""One rule, one template, the findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.scanning import Options, scan

Judged = Callable[..., dict[str, FindingDocument]]
RULE = """
id: own-rule
title: The property is as it must be
severity: high
why: It must.
applies_to: {{types: {types}{where}}}
assert:
{asserted}
fix: Set it.
references: [https://docs.aws.amazon.com/]
examples:
  pass:
    trivially: {{Resources: {{R: {{Type: Custom::None}}}}}}
"""


def write_rule(folder: Path, asserted: str, types: str = "[AWS::DynamoDB::Table]", where: str = "") -> Path:
    rules = folder / "own" / "storage"
    rules.mkdir(parents=True, exist_ok=True)
    indented = "\n".join("  " + line for line in dedent(asserted).strip().splitlines())
    clause = f", where: {where!r}" if where else ""
    (rules / "own-rule.yaml").write_text(RULE.format(asserted=indented, types=types, where=clause), "utf-8")
    return folder / "own"


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., ReportDocument]:
    """Scans one template with one rule; more options as keywords."""

    def run(
        template: str, asserted: str, types: str = "[AWS::DynamoDB::Table]", where: str = "", **more: object
    ) -> ReportDocument:
        (tmp_path / "t.yaml").write_text(dedent(template), "utf-8")
        rules = write_rule(tmp_path, asserted, types, where)
        options = Options(paths=(tmp_path / "t.yaml",), rules=(rules,), select=("own-rule",), **more)  # type: ignore[arg-type]  # names are those of Options
        return scan(options=options).report

    return run


@pytest.fixture
def judged(report: Callable[..., ReportDocument]) -> Judged:
    """The findings of that scan by logical id."""

    def run(*arguments: object, **more: object) -> dict[str, FindingDocument]:
        findings = report(*arguments, **more)["findings"]
        return {str(each["resource"]["logical_id"]): each for each in findings if each["rule"] == "own-rule"}

    return run
