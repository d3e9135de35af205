"""JUnit XML: one test case for each rule on each resource, for the test tab of a CI system.

A failed test is what the run failed for, as its exit code says: a finding that counts is a failure, what could not be
determined and counts is an error. Skipped, with the reason, are what is accepted, known to the baseline, or below what
the project lets count. Rules that are not about a resource are no cases. What could not be read is an error of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from scanner.base.record import record
from scanner.base.terminal import one_line, printable
from scanner.findings.report_document import ErrorDocument, FindingDocument
from scanner.outputs.shared import request_text
from scanner.outputs.shared.exit_reason import counts_for_exit
from scanner.outputs.shared.folding import address_of
from scanner.outputs.shared.listing import OPEN, cut, known, place, primary, remedy, sentence, short, worst_first

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

MOST_CHARACTERS = 1_000
UNREAD = "inputs"


@record
class _Case:
    """All that one rule says of one resource: what counts for the exit code first, then the worst."""

    findings: tuple[FindingDocument, ...]
    counts: bool

    @property
    def kind(self) -> str:
        """The element that says how it ended; empty where it passed."""
        verdict = self.findings[0]["verdict"]
        if self.counts:
            return "failure" if verdict == "FAIL" else "error"
        return "" if verdict == "PASS" else "skipped"


def render(report: ReportDocument, _options: RenderOptions) -> Iterator[str]:
    """With the attributes of the common schema, in its order; `timestamp` is in UTC and without a zone."""
    errors = [each for each in report["errors"] if each["level"] == "error"]
    suites = _suites(report)
    cases = [case for suite in suites.values() for case in suite]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{_attributes(name='tenantproof', **_counts(cases, len(errors)))}>\n"
    if errors:
        yield f"  <testsuite{_attributes(name=UNREAD, **_counts((), len(errors)))}>\n"
        yield from map(_unread, errors)
        yield "  </testsuite>\n"
    stamp = report["generated_at"].removesuffix("Z")
    for rule, suite in suites.items():
        # The order of the attributes is that of the common schema.
        yield f"  <testsuite{_attributes(name=rule, **_counts(suite), timestamp=stamp)}>\n"
        yield from map(_case, suite)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _suites(report: ReportDocument) -> dict[str, list[_Case]]:
    """By rule; rules in the order of the alphabet, their cases worst first."""
    found: dict[str, dict[str, list[FindingDocument]]] = {}
    for finding in worst_first(report["findings"], (*OPEN, "PASS")):
        found.setdefault(finding["rule"], {}).setdefault(finding["resource"]["address"], []).append(finding)
    return {
        rule: [_case_of(report, each) for each in by_address.values()] for rule, by_address in sorted(found.items())
    }


def _case_of(report: ReportDocument, findings: Sequence[FindingDocument]) -> _Case:
    # What this run fails for stands for the case before what is known or below the gate, however bad that is.
    counting = [each for each in findings if counts_for_exit(report, each)]
    others = sorted((each for each in findings if all(each is not one for one in counting)), key=known)
    return _Case((*counting, *others), bool(counting))


def _counts(cases: Sequence[_Case], errors: int = 0) -> dict[str, str]:
    kinds = [case.kind for case in cases]
    return {
        "tests": str(len(cases) + errors),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error") + errors),
        "skipped": str(kinds.count("skipped")),
    }


def _case(case: _Case) -> str:
    finding = case.findings[0]
    location = primary(finding)
    attributes = {"classname": finding["rule"], "name": address_of(finding), "time": "0"}
    if location is not None:
        attributes["file"] = location["path"]
        if location["line"]:
            attributes["line"] = str(location["line"])
    opening = f"    <testcase{_attributes(**attributes)}"
    if not case.kind:
        return f"{opening}/>\n"
    telling = [
        each for each in case.findings if each["verdict"] == finding["verdict"] and known(each) == known(finding)
    ]
    unknown = finding.get("unknown")
    kind = unknown["cause"] if unknown else finding["severity"]
    said = f"{_aside(case)}{sentence(finding)}"
    ended = {"message": cut(said, MOST_CHARACTERS)} | ({} if case.kind == "skipped" else {"type": kind})
    text = escape("\n\n".join(map(_told, telling)))
    return f"{opening}>\n      <{case.kind}{_attributes(**ended)}>{text}</{case.kind}>\n    </testcase>\n"


def _aside(case: _Case) -> str:
    """Why what is no pass fails nothing."""
    finding = case.findings[0]
    if known(finding):
        return "known before: "
    below = not case.counts and finding["verdict"] in ("FAIL", "UNKNOWN")
    return "does not count for the exit code: " if below else ""


def _told(finding: FindingDocument) -> str:
    location = primary(finding)
    lines = [f"{place(location)}: {sentence(finding)}" if location else sentence(finding)]
    counterexample = finding.get("counterexample")
    if counterexample:
        lines.append(one_line(request_text.lead(finding)))
        lines += [f"  {label}: {printable(value)}" for label, value in request_text.rows(counterexample)]
    if fix := remedy(finding):
        lines.append(f"fix: {fix}")
    lines.append(f"finding: {printable(finding['id'])}")
    return "\n".join(lines)


def _unread(error: ErrorDocument) -> str:
    where = ":".join(str(part) for part in (error["path"], error["line"], error["column"]) if part is not None)
    attributes = _attributes(classname=UNREAD, name=where or error["kind"], time="0")
    hint = f", {error['hint']}" if error["hint"] else ""
    ended = _attributes(message=short(f"{error['message']}{hint}", MOST_CHARACTERS), type=error["kind"])
    return f"    <testcase{attributes}>\n      <error{ended}/>\n    </testcase>\n"


def _attributes(**values: str) -> str:
    """Printable, as XML 1.0 has no place for most control characters, escaped or not."""
    return "".join(f" {name}={quoteattr(printable(value))}" for name, value in values.items())
