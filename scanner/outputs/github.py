"""GitHub Actions: findings as annotations of the changed files ("Workflow commands for GitHub Actions").

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest in silence, so the worst come first
and the rest is counted. `summary` is for the page of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.base.terminal import one_line, printable
from scanner.findings.report_document import FindingDocument, Severity
from scanner.outputs.shared.exit_reason import counts_for_exit, reason
from scanner.outputs.shared.listing import cut, heading, known, primary, remedy, sentence, short, worst_first
from scanner.outputs.shared.markdown_digest import digest
from scanner.outputs.shared.report_scope import change, outcome
from scanner.outputs.shared.vocabulary import count

if TYPE_CHECKING:
    from scanner.findings.report_document import LocationDocument, ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

MOST_OF_A_KIND = 10
MOST_CHARACTERS = 2_000
MOST_SUMMARY_BYTES = 1_000_000  # of 1 MiB that a step may write
KINDS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}


def render(report: ReportDocument, _options: RenderOptions) -> Iterator[str]:
    """Workflow commands, then lines of plain text: what was hidden, what changed, and the reason of the exit code."""
    commands: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for each in report["errors"]:
        place: LocationDocument = {"path": each["path"], "line": each["line"], "column": each["column"]}
        hint = f", {each['hint']}" if each["hint"] else ""
        commands[each["level"]].append(
            _command(each["level"], f"tenantproof: {each['kind']}", place, f"{each['message']}{hint}")
        )
    for finding in worst_first(report["findings"], ("FAIL", "UNKNOWN")):
        kind = _kind(report, finding)
        if kind:
            commands[kind].append(
                _command(kind, heading(finding, report), primary(finding), _told(finding), finding["severity"])
            )
    for kind, texts in commands.items():
        yield from texts[:MOST_OF_A_KIND]
        if hidden := len(texts[MOST_OF_A_KIND:]):
            yield f"and {count(hidden, f'more {kind}')} that GitHub would not show here\n"
    for text in (change(report), outcome(report)):
        if text:
            yield f"tenantproof: {one_line(text)}\n"
    yield f"tenantproof: {one_line(reason(report))}\n"


def summary(report: ReportDocument, options: RenderOptions, taken: int = 0) -> str:
    """Markdown for the file at `GITHUB_STEP_SUMMARY`, which holds `taken` bytes already; empty if it is full."""
    room = MOST_SUMMARY_BYTES - taken
    text = digest(report, options, room)
    return text if len(text.encode("utf-8", "backslashreplace")) <= room else ""


def _kind(report: ReportDocument, finding: FindingDocument) -> str:
    """Empty for what belongs into the counts only: what is known, nobody here made, or waits and stops nothing."""
    if known(finding):
        return ""
    if finding["verdict"] == "UNKNOWN":
        return "warning" if counts_for_exit(report, finding) else ""
    if finding["resource"]["origin"] == "framework" and finding["severity"] != "critical":
        return ""
    return KINDS[finding["severity"]]


def _told(finding: FindingDocument) -> str:
    said = sentence(finding)
    fix = remedy(finding, max(MOST_CHARACTERS - len(said) - len("\nFix: "), 200))
    return said + (f"\nFix: {fix}" if fix else "")


def _command(kind: str, title: str, place: LocationDocument | None, message: str, severity: str = "") -> str:
    properties = {}
    if place is not None and place["path"]:
        properties["file"] = printable(place["path"])
        line = place["line"]
        if line and line > 0:
            properties["line"] = str(line)
            end = place.get("end_line")
            if end and end > line:
                properties["endLine"] = str(end)
            elif place["column"] and place["column"] > 0:
                # GitHub refuses a column for a place of several lines.
                properties["col"] = str(place["column"])
    properties["title"] = short(f"{severity}: {title}" if severity else title, 255)
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    lines = "\n".join(one_line(line) for line in message.split("\n"))
    return f"::{kind} {told}::{_data(cut(lines, MOST_CHARACTERS))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
