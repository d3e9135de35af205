"""One audit: an account is read (or files are), judged, and recorded beside those before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scanner.base.record import record
from scanner.base.state_folder import NAME
from scanner.findings.report_document import ReportDocument
from scanner.history.store import History, Run
from scanner.options import Options
from scanner.reporting import Scan, clock
from scanner.scanning import scan

HISTORY = Path(NAME, "history.db")
SCOPE = "default"


@record
class Audited:
    """`recorded` is None where nothing was judged, so that there is nothing to record."""

    scan: Scan
    recorded: Run | None

    @property
    def report(self) -> ReportDocument:
        """The report of the scan, with its history where it was recorded."""
        return self.scan.report


def audit(options: Options, history: Path, scope: str = SCOPE, by: str | None = None, *, read: int = 0) -> Audited:
    """Judges, and records what was found. `by` is who does so, where the program is told. Raises ProblemsError.

    `read` is the exit code of reading the account before.

    The times of the run are in its report. An audit whose rules, tenancy or configuration could not be read judges
    nothing and is not recorded: it would look as if everything had been fixed.
    """
    started = clock()
    result = scan(options=replace(options, baseline=None))
    report = result.report
    report["run"] |= {"started": _moment(started), "ended": _moment(clock())}
    if by is not None and not report["run"].get("by"):
        report["run"]["by"] = by
    if not report["summary"]["rules"] or not report["inputs"] or _was_stopped(report):
        return Audited(result, None)
    with History(history) as recorded:
        run = recorded.record(report, scope, max(result.exit_code, read))
        recorded.annotate(report, scope)
    return Audited(result, run)


def _was_stopped(report: ReportDocument) -> bool:
    kinds = ("rule", "tenancy", "exceptions", "config")
    return any(each["level"] == "error" and each["kind"] in kinds for each in report["errors"])


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


__all__ = ["HISTORY", "SCOPE", "Audited", "audit"]
