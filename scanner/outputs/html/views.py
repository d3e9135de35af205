"""Findings of one rule, and verdicts that wait for one thing, as the page lists them."""

from __future__ import annotations

from scanner.base.record import record
from scanner.findings.report_document import RuleDocument, Severity
from scanner.outputs.shared.finding_view import FindingView


@record
class RuleView:
    """The findings of one rule and severity; `unlisted` are past the page's limit."""

    id: str
    severity: Severity
    rule: RuleDocument | None
    findings: tuple[FindingView, ...]
    unlisted: int

    @property
    def total(self) -> int:
        """Findings of the rule and severity, also those past the limit."""
        return len(self.findings) + self.unlisted


@record
class WaitView:
    """Verdicts that wait for one thing."""

    words: str
    detail: str
    cause: str
    option: str | None
    findings: tuple[FindingView, ...]
    unlisted: int

    @property
    def total(self) -> int:
        """Verdicts that wait for it, also those past the limit."""
        return len(self.findings) + self.unlisted
