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
from scanner.text.utf16 import as_utf8

_MARK = b"<redacted "


def made(report: ReportDocument, options: Options, wanted: Wanted) -> bytes:
    """The archive. Raises ProblemsError.

    Inputs without their secrets may lead to other verdicts: a plan may mark the CIDR blocks of a security group as
    sensitive. Then `.tf` files stay out if they are it, and else the bundle says that it needs its inputs.
    """
    archive = bundle(report, options, wanted)
    with tempfile.TemporaryDirectory(prefix="tenantproof-") as folder:
        path = Path(folder) / "bundle.zip"
        for other in (replace(wanted, sources=False), replace(wanted, judged=False)):
            path.write_bytes(archive)
            if _agrees(path):
                return archive
            if other.judged and not any(name.endswith(SOURCES) for name in unpacked(path)[1]):
                continue
            archive = bundle(report, options, other)
    return archive


def _agrees(path: Path) -> bool:
    """Whether its inputs lead to its verdicts; one from which nothing was taken out is not looked at."""
    _, members, _ = unpacked(path)
    if not any(_MARK in as_utf8(each) for name, each in members.items() if name.startswith(INPUTS)):
        return True
    return all(each.verdict != "differs" for each in verify(path))


__all__ = ["made"]
