"""Markdown for a comment on a pull or merge request: short, folded up, and the same marker each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.outputs.shared.markdown_digest import digest

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

# By this whoever posts the comment finds the one before it, and writes that again instead of adding another.
MARKER = "<!-- tenantproof:report -->"
MOST_BYTES = 65_000  # GitHub takes 65,536 characters


def render(report: ReportDocument, options: RenderOptions) -> str:
    """At most MOST_BYTES: hosts refuse longer comments. The first line is the marker that finds an earlier comment."""
    return f"{MARKER}\n{digest(report, options, MOST_BYTES - len(MARKER) - 1)}"
