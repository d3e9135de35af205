"""The report as JSON with a row for each reason why a rule does not apply: about half as long, and as much is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.findings.report_rows import RowsDocument, in_rows
from scanner.outputs.json import pieces

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

_KEYS = tuple(RowsDocument.__annotations__)


def render(report: ReportDocument, _options: RenderOptions) -> Iterator[str]:
    """As `json` does; `tenantproof report R.json --format json=rows` gives that form back."""
    return pieces(in_rows(report), _KEYS)
