"""A bundle that its own verification agrees with."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from scanner.bundle.archive import unpacked
from scanner.bundle.contents import INPUTS, Wanted, bundle
from scanner.bundle.plan_sources import SOURCES
from scanner.bundle.verifying import verify
from scanner.findings.report_document import ReportDocument
from scanner.options import Options

_MARK = b"<redacted "


def made(report: ReportDocument, options: Options, wanted: Wanted) -> bytes:
    """The archive. Raises ProblemsError.

    A `.tf` file without its secrets may say something else than the plan does: then the sources stay out, and
    `verify` says that it needs them.
    """
    whole = bundle(report, options, wanted)
    with tempfile.TemporaryDirectory(prefix="tenantproof-") as folder:
        path = Path(folder) / "bundle.zip"
        path.write_bytes(whole)
        _, members, _ = unpacked(path)
        sources = (each for name, each in members.items() if name.startswith(INPUTS) and name.endswith(SOURCES))
        if not any(_MARK in each for each in sources):
            return whole
        if all(each.verdict != "differs" for each in verify(path)):
            return whole
    return bundle(report, options, replace(wanted, sources=False))


__all__ = ["made"]
