"""`scan --write-baseline FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from scanner.acceptance.baseline import baseline_text
from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable
from scanner.cli.rendering import save
from scanner.findings.comparison import COMPARED
from scanner.findings.report_document import ReportDocument
from scanner.outputs.shared.vocabulary import count


def write_baseline(report: ReportDocument, path: Path, *, quiet: bool) -> None:
    """Raises `ProblemsError` where nothing was judged, or where it cannot be written."""
    shown = path.as_posix()
    if any(each["level"] == "error" and each["kind"] != "input" for each in report["errors"]) or not report["inputs"]:
        raise ProblemsError([Problem(shown, "is not written, as nothing was judged", kind="config")])
    save([baseline_text(report).encode("utf-8")], path)
    if not quiet:
        found = sum(each["verdict"] in COMPARED for each in report["findings"])
        print(printable(f"{shown}: {count(found, 'finding')}; scan with --baseline {shown}"), file=sys.stderr)
