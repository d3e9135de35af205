"""CSV for spreadsheets: one row a finding, passed and not applicable ones too."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

from scanner.base.terminal import one_line, printable
from scanner.findings.report_document import FindingDocument, RuleDocument
from scanner.outputs.shared.fix_text import exact_line
from scanner.outputs.shared.folding import address_of, name_of
from scanner.outputs.shared.listing import VERDICT_ORDER, worst_first
from scanner.outputs.shared.vocabulary import spelled

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

# What makes a spreadsheet read a cell as a formula, at its start or where another separator would cut the cell in two
# (OWASP, "CSV Injection"); the wide forms are read like the narrow ones in some languages.
_FORMULA = re.compile("(^|[;|\t\r\n])(?=[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
MOST_CHARACTERS = 32_000  # a cell of Excel holds 32,767


def render(report: ReportDocument, _options: RenderOptions) -> Iterator[str]:
    """A header with COLUMNS, then a row for each finding, the worst first."""
    rules = report["rules"]
    yield _line(COLUMNS)
    for finding in worst_first(report["findings"], tuple(VERDICT_ORDER)):
        cells = _cells(finding, rules.get(finding["rule"]))
        yield _line(cells.get(column, "") for column in COLUMNS)


COLUMNS = (
    "verdict",
    "severity",
    "rule",
    "title",
    "layer",
    "resource",
    "type",
    "address",
    "stack",
    "account",
    "region",
    "tenant",
    "origin",
    "path",
    "line",
    "column",
    "source",
    "message",
    "cause",
    "when",
    "assumptions",
    "fix",
    "controls",
    "owner",
    "until",
    "because",
    "id",
    "state",
)


def _cells(finding: FindingDocument, rule: RuleDocument | None) -> dict[str, str]:
    resource = finding["resource"]
    cells = {
        "verdict": finding["verdict"],
        "severity": finding["severity"],
        "rule": finding["rule"],
        "title": rule["title"] if rule else "",
        "layer": finding["layer"],
        "resource": name_of(finding),
        "type": resource["type"],
        "address": address_of(finding),
        "stack": resource["stack"] or "",
        "account": resource["account"] or "",
        "region": resource["region"] or "",
        "tenant": resource["tenant"] or "",
        "origin": resource["origin"],
        "message": one_line(finding.get("message", "")),
        "when": ", ".join(f"{name} is {spelled(value)}" for name, value in (finding.get("world") or {}).items()),
        "assumptions": "; ".join(finding.get("assumptions", [])),
        "fix": exact_line(finding.get("fix", ""), MOST_CHARACTERS),
        "controls": ", ".join(finding.get("controls", [])),
        "id": finding["id"],
        "state": finding.get("state", ""),
    }
    if location := finding.get("location"):
        cells |= {"path": location["path"], "line": _number(location["line"]), "column": _number(location["column"])}
    if source := finding.get("source"):
        cells["source"] = ":".join(str(part) for part in (source["path"], source["line"], source["column"]) if part)
    if unknown := finding.get("unknown"):
        cells["cause"] = unknown["cause"]
    if exception := finding.get("exception"):
        cells |= {key: one_line(exception[key]) for key in ("owner", "until", "because")}
    return cells


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _line(cells: Iterator[str] | tuple[str, ...]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow([_safe(cell) for cell in cells])
    return buffer.getvalue()


def _safe(cell: str) -> str:
    """Printable, within a cell's limit, and text to every spreadsheet."""
    shown = printable(cell)[:MOST_CHARACTERS]
    return _FORMULA.sub(r"\1'", shown)
