"""JUnit XML: one test case for each rule on each resource, for the test tab of a CI system.

A deviation is a failure, what could not be determined is an error; skipped are an accepted deviation and, beside a
baseline, a known one, since a failed test is what this change must answer for. Rules that are
not about a resource are no cases; how many they were is a property. What could not be read is an error of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from scanner.base.record import record
from scanner.base.terminal import one_line, printable
from scanner.findings.report_document import ErrorDocument, FindingDocument
from scanner.outputs.shared import request_text
from scanner.outputs.shared.listing import OPEN, cut, known, place, primary, remedy, sentence, short, worst_first

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

MOST_CHARACTERS = 1_000
UNREAD = "inputs"


@record
class _Case:
    """All that one rule says of one resource, worst first."""

    findings: tuple[FindingDocument, ...]

    @property
    def kind(self) -> str:
        """The element that says how it ended; empty where the rule is met."""
        if known(self.findings[0]):
            return "skipped"
        kinds = {"FAIL": "failure", "UNKNOWN": "error", "SUPPRESSED": "skipped"}
        return kinds.get(self.findings[0]["verdict"], "")


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
    # What is new stands for the case before what is known, however bad that is.
    return {
        rule: [_Case(tuple(sorted(each, key=known))) for each in by_address.values()]
        for rule, by_address in sorted(found.items())
    }


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
    attributes = {"classname": finding["rule"], "name": finding["resource"]["address"], "time": "0"}
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
    said = f"known before: {sentence(finding)}" if known(finding) else sentence(finding)
    ended = {"message": cut(said, MOST_CHARACTERS)} | ({} if case.kind == "skipped" else {"type": kind})
    text = escape("\n\n".join(map(_told, telling)))
    return f"{opening}>\n      <{case.kind}{_attributes(**ended)}>{text}</{case.kind}>\n    </testcase>\n"


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
