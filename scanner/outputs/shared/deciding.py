"""What other tools are told of a report: the findings that decide, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.findings.report_document import ErrorDocument, FindingDocument, ReportDocument
from scanner.outputs.shared.exit_reason import counts_for_exit
from scanner.outputs.shared.listing import worst_first


def deciding(report: ReportDocument) -> Iterator[FindingDocument]:
    """Findings that make the exit code 1, worst first."""
    return (each for each in worst_first(report["findings"]) if counts_for_exit(report, each))


def unread(report: ReportDocument) -> list[ErrorDocument]:
    """Whatever makes the exit code 2: with it no answer is a green one."""
    return [each for each in report["errors"] if each["level"] == "error"]
