"""The source line that a finding is about, with a caret under the column."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.terminal import columns, printable
from scanner.findings.report_document import FindingDocument
from scanner.outputs.shared.folding import evidence_of
from scanner.outputs.shared.terminal_style import Style

BEFORE = 30


def source_lines(finding: FindingDocument, style: Style, width: int, *, whole: bool) -> Iterator[str]:
    """The line of the finding's place, or with `whole` all lines of the evidence there; nothing where none is known."""
    evidence = evidence_of(finding)
    location = finding.get("location")
    if evidence is None or evidence["line"] is None:
        return
    first, snippet = evidence["line"], evidence["snippet"]
    at = location["line"] if location is not None and location["line"] is not None else first
    if not first <= at < first + len(snippet):
        at = first
    column = location["column"] if location is not None and at == location["line"] else None
    margin = len(str(first + len(snippet) - 1))
    for number, line in enumerate(snippet, first):
        if not whole and number != at:
            continue
        room = max(width - margin - 5, BEFORE)
        shown, caret = _window(line.replace("\t", " "), column if number == at else None, room)
        yield f"  {style.paint('faint', f'{number:>{margin}} |')} {shown}".rstrip()
        if caret is not None:
            yield f"  {' ' * margin} {style.paint('faint', '|')} {' ' * caret}{style.paint('caret', '^')}"


def _window(line: str, column: int | None, room: int) -> tuple[str, int | None]:
    """The part of the line around `column` (from 1) that fits, printable, and how far into it the caret stands.

    Minified JSON is one line of a megabyte: most of it must go, and the part with the caret must stay.
    """
    start = max(column - 1 - BEFORE, 0) if column is not None and len(line) > room else 0
    lead = "..." if start else ""
    rest = line[start : start + room + 1]
    shown = lead + printable(rest)
    if columns(shown) > room or start + len(rest) < len(line):
        shown = _cut(shown, room - 3) + "..."
    if column is None or column - 1 - start > len(rest):
        return shown, None
    caret = len(lead) + columns(printable(rest[: column - 1 - start]))
    return shown, caret if caret < room else None


def _cut(text: str, room: int) -> str:
    """As much of the text as fits."""
    while columns(text) > room:
        text = text[: max(min(len(text) - 1, room), 0)]
    return text
