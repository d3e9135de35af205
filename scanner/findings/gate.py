"""The exit code: what stops a merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.findings.finding import Finding
from scanner.findings.report_document import SEVERITIES, Severity

Threshold = Severity | Literal["never"]
CLEAN, FOUND, UNREADABLE, FAILED = 0, 1, 2, 3


@record
class Gate:
    """The lowest severities that stop a merge, of FAIL and of UNKNOWN; `never` lets all of them pass."""

    fail_on: Threshold = "high"
    unknown_fails: Threshold = "never"

    def stops(self, finding: Finding) -> bool:
        """Whether the finding alone makes the exit code 1."""
        if finding.verdict == "FAIL":
            # Users cannot change what a framework made for them; only the worst of it stops a merge.
            threshold: Threshold = self.fail_on
            if finding.resource["origin"] == "framework" and threshold != "never":
                threshold = "critical"
            return reaches(finding.severity, threshold)
        if finding.verdict == "UNKNOWN" and finding.unknown is not None:
            return finding.unknown.cause != "runtime-policy" and reaches(finding.severity, self.unknown_fails)
        return False

    def exit_code(self, findings: Iterable[Finding], problems: Sequence[Problem], *, crashed: bool, empty: bool) -> int:
        """The highest code that anything calls for."""
        if crashed:
            return FAILED
        if empty or any(problem.level == "error" for problem in problems):
            return UNREADABLE
        return FOUND if any(self.stops(finding) for finding in findings) else CLEAN


def is_later(since: str, as_of: str | None) -> bool:
    """Whether a rule of the version `since` came after the version that the project takes its rules as of."""
    return as_of is not None and _numbers(since) > _numbers(as_of)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def reaches(severity: Severity, threshold: Threshold) -> bool:
    """Whether the severity is the threshold or worse; nothing reaches `never`."""
    return threshold != "never" and SEVERITIES.index(severity) <= SEVERITIES.index(threshold)
