"""GitLab code quality: an array of issues in GitLab's subset of Code Climate ("Code Quality report format").

The format knows neither "unknown" nor "accepted": both are listed as `info`, with that as their first words, but
for what is unknown and counts for the exit code, which has its rule's severity. A finding that does not count
is `major` at most, as nothing worse stops where the run itself goes on.
What a baseline knows is listed too: GitLab makes its own comparison with the report of the target branch, and would
call fixed what is missing. A file that could not be read is listed as well, since a clean list would say that it had
been looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.base.terminal import one_line
from scanner.findings.report_document import ErrorDocument, FindingDocument, Severity
from scanner.outputs.shared.exit_reason import counts_for_exit
from scanner.outputs.shared.folding import address_of, name_of
from scanner.outputs.shared.json_line import json_line
from scanner.outputs.shared.listing import cut, primary, remedy, sentence, short, unique, worst_first

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

MOST_CHARACTERS = 1_000
SEVERITIES: dict[Severity, str] = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}

Issue = dict[str, object]


def render(report: ReportDocument, _options: RenderOptions) -> Iterator[str]:
    """One issue a line; an empty array where there is none, as GitLab asks for."""
    errors = [each for each in report["errors"] if each["level"] == "error"]
    findings = worst_first(report["findings"])
    # GitLab shows only the first of a fingerprint.
    fingerprints = unique([*map(_of_error, errors), *(each["id"] for each in findings)])
    issues = (*map(_unread, errors), *(_issue(each, counts=counts_for_exit(report, each)) for each in findings))
    yield "["
    for number, issue in enumerate(issues):
        yield (",\n" if number else "\n") + json_line({**issue, "fingerprint": next(fingerprints)})
    yield "\n]\n" if issues else "]\n"


def _issue(finding: FindingDocument, *, counts: bool) -> Issue:
    location = primary(finding)
    text = sentence(finding)
    name = one_line(name_of(finding))
    fix = remedy(finding)
    return {
        "description": cut(text if name in text else f"{name}: {text}", MOST_CHARACTERS)
        + (f" Fix: {fix}" if fix else ""),
        "check_name": short(finding["rule"], MOST_CHARACTERS) or "tenantproof",
        "severity": _severity(finding, counts=counts),
        "location": _place(location["path"], location["line"]) if location else _place(address_of(finding)),
    }


def _severity(finding: FindingDocument, *, counts: bool) -> str:
    severity = SEVERITIES[finding["severity"]]
    if counts:
        return severity
    if finding["verdict"] != "FAIL":
        return "info"
    return severity if finding["severity"] in ("medium", "low") else SEVERITIES["medium"]


def _unread(error: ErrorDocument) -> Issue:
    hint = f", {error['hint']}" if error["hint"] else ""
    return {
        "description": short(f"{error['message']}{hint}", MOST_CHARACTERS) or "could not be read",
        "check_name": f"tenantproof-{error['kind']}",
        "severity": "blocker",
        "location": _place(error["path"], error["line"]),
    }


def _place(path: str, line: int | None = None) -> dict[str, object]:
    """GitLab needs a line, and there is no line 0."""
    while path.startswith("./"):
        path = path.removeprefix("./")
    return {"path": path or ".", "lines": {"begin": max(line or 1, 1)}}


def _of_error(error: ErrorDocument) -> str:
    identity = json.dumps([error["kind"], error["path"], error["message"]])
    return hashlib.sha256(identity.encode("ascii")).hexdigest()[:16]
