"""The report for a terminal, like the messages of a good compiler: worst first, with the place and the line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.base.terminal import columns, one_line, printable
from scanner.outputs.shared import request_text
from scanner.outputs.shared.exit_reason import counts_for_exit, headline, next_step, reason
from scanner.outputs.shared.fix_text import parts_of
from scanner.outputs.shared.folding import Fold, Group, fold, group, made_by_framework, name_of, place_of
from scanner.outputs.shared.render_options import from_here
from scanner.outputs.shared.report_scope import accounts, change, not_covered, outcome, scope, tenancy
from scanner.outputs.shared.snippet import source_lines
from scanner.outputs.shared.terminal_style import Style
from scanner.outputs.shared.vocabulary import VERDICT_WORDS, count

if TYPE_CHECKING:
    from scanner.findings.report_document import FindingDocument, ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

MOST_GROUPS = 20
MOST_PLACES = 10
LEAST_WIDTH = 40
LEAST_FOLDED = 4
MOST_FIRST = 8


def render(report: ReportDocument, options: RenderOptions) -> str:
    """Lines with their ends; coloured, wide and complete as the options say."""
    return "".join(f"{line}\n" for line in _Page(report, options).lines())


class _Page:
    def __init__(self, report: ReportDocument, options: RenderOptions) -> None:
        self._report = report
        self._options = options
        self._style = Style(options.colour)
        self._width = max(options.width, LEAST_WIDTH)

    def lines(self) -> Iterator[str]:
        findings = self._report["findings"]
        failing = [each for each in findings if each["verdict"] == "FAIL"]
        old = [] if self._options.all else [each for each in findings if each.get("state") == "known"]
        known = {id(each) for each in old}
        failing = [each for each in failing if id(each) not in known]
        theirs = [] if self._options.all else [each for each in failing if made_by_framework(each)]
        folded = {id(each) for each in theirs}
        groups = group(each for each in failing if id(each) not in folded)
        folds = fold(each for each in findings if each["verdict"] == "UNKNOWN" and id(each) not in known)
        shown = groups if self._options.all else groups[:MOST_GROUPS]
        hidden = len(groups) - len(shown)
        yield self._style.paint("strong", headline(self._report))
        for each in shown:
            yield ""
            yield from self._group(each)
        if hidden:
            rest = sum(len(each.findings) for each in groups[MOST_GROUPS:])
            yield ""
            yield from self._wrapped(
                f"and {count(hidden, 'more group')} with {count(rest, 'finding')}; --all shows them"
            )
        if theirs:
            yield ""
            yield from self._wrapped(self._framework(theirs))
        yield from self._undetermined(folds)
        yield from self._accepted([each for each in findings if each["verdict"] == "SUPPRESSED"])
        yield from self._coverage()
        yield from self._first(groups)
        yield ""
        yield from self._heading()
        if said := change(self._report, listed=self._options.all):
            yield from self._wrapped(said)
        yield from self._wrapped(outcome(self._report))
        if unasked := not_covered(self._report):
            yield from self._wrapped(unasked)
        yield from self._wrapped(reason(self._report))
        step = next_step(self._report, folds, hidden, self._options)
        if step is not None:
            yield from self._wrapped(f"next: {step}")

    def _first(self, groups: list[Group]) -> Iterator[str]:
        """What to do first, where the findings themselves have scrolled past."""
        if len(groups) < LEAST_FOLDED:
            return
        yield ""
        yield self._style.paint("strong", "to do first")
        for each in groups[:MOST_FIRST]:
            finding = each.findings[0]
            more = f" and {count(len(each.findings) - 1, 'more place')}" if len(each.findings) > 1 else ""
            yield f"  {self._title(finding)}{more}"
        if len(groups) > MOST_FIRST:
            yield f"  and {count(len(groups) - MOST_FIRST, 'more group')}"

    def _heading(self) -> Iterator[str]:
        known = tenancy(self._report)
        if self._report["tenancy"]["source"] == "none" and "init" in self._options.commands:
            known += ", `tenantproof init` starts one"
        told = accounts(self._report)
        yield from self._wrapped("; ".join(filter(None, (scope(self._report), told, known))))

    def _group(self, group: Group) -> Iterator[str]:
        """The worst example in full, then where else."""
        first, others = group.findings[0], group.findings[1:]
        more = f" and {count(len(others), 'more place')}" if others else ""
        yield self._title(first) + more
        yield from source_lines(first, self._style, self._width, whole=self._options.verbose)
        yield from self._body(first)
        if not others:
            return
        yield "  also"
        listed = others if self._options.all else others[:MOST_PLACES]
        for finding in listed:
            yield f"    {printable(self._place(finding))} {printable(name_of(finding))}"
            if self._options.verbose:
                yield from self._wrapped(finding.get("message", ""), 6)
        if len(listed) < len(others):
            yield f"    and {count(len(others) - len(listed), 'more place')}; --all shows them"

    def _place(self, finding: FindingDocument) -> str:
        """As `place_of`, from where the reader stands, so that it can be opened from there."""
        place, location = place_of(finding), finding.get("location")
        if location is None:
            return place
        return from_here(location["path"], self._options.roots) + place.removeprefix(location["path"])

    def _title(self, finding: FindingDocument) -> str:
        severity = self._style.paint(finding["severity"], finding["severity"])
        rule = self._style.paint("strong", printable(finding["rule"]))
        return f"{printable(self._place(finding))} {severity} {rule} {printable(name_of(finding))}"

    def _body(self, finding: FindingDocument) -> Iterator[str]:
        yield from self._wrapped(finding.get("message", ""), 2)
        source = finding.get("source")
        if source is not None:
            place = ":".join(
                str(part) for part in (source["path"], source["line"], source["column"]) if part is not None
            )
            yield from self._wrapped(f"made by {place}", 2)
        counterexample = finding.get("counterexample")
        if counterexample:
            yield from self._wrapped(request_text.lead(finding), 2)
            yield from self._rows(request_text.rows(counterexample))
        if self._options.verbose:
            yield from self._reasons(finding)
        fix = finding.get("fix")
        if fix:
            for number, part in enumerate(parts_of(fix)):
                yield from self._wrapped(part.words if number else f"fix: {part.words}", 2, role="fix")
                # A statement is not wrapped: a break inside a string would be another string.
                yield from ("    " + self._style.paint("fix", line) for line in part.code(indent=2).splitlines())

    def _rows(self, rows: list[request_text.Row]) -> Iterator[str]:
        """Values are not wrapped, so that they can be copied."""
        width = max(len(label) for label, _ in rows)
        last = ""
        for label, value in rows:
            yield f"    {'' if label == last else label:<{width}}  {printable(value)}"
            last = label

    def _reasons(self, finding: FindingDocument) -> Iterator[str]:
        rule = self._report["rules"].get(finding["rule"])
        if rule is not None and rule["why"]:
            yield from self._wrapped(f"why: {rule['why']}", 2)
        for assumption in finding.get("assumptions", []):
            yield from self._wrapped(f"assumes: {assumption}", 2)
        for each in finding.get("evidence", [])[1:]:
            place = f", line {each['line']}" if each["line"] is not None else ""
            yield from self._wrapped(f"also seen: {each['path']}{place}", 2)
        if controls := finding.get("controls"):
            yield from self._wrapped(f"evidences: {', '.join(controls)}", 2)
        for reference in rule["references"] if rule is not None else ():
            yield f"  see: {printable(reference)}"
        yield f"  finding: {printable(finding['id'])}"

    def _framework(self, findings: list[FindingDocument]) -> str:
        resources = {finding["resource"]["address"] for finding in findings}
        return (
            f"{count(len(findings), 'finding')} of {count(len(resources), 'resource')} that a framework made "
            f"(CDK, SAM) and nobody here wrote, none critical; --all shows them"
        )

    def _undetermined(self, folds: list[Fold]) -> Iterator[str]:
        if not folds:
            return
        yield ""
        yield self._style.paint("strong", "unknown")
        shown = folds if self._options.all else folds[:MOST_GROUPS]
        for each in shown:
            stops = any(counts_for_exit(self._report, finding) for finding in each.findings)
            yield from self._wrapped(
                each.sentence() + (f" ({each.severity}, counts for the exit code)" if stops else ""), 2
            )
            if self._options.verbose:
                for finding in each.findings:
                    yield f"    {self._title(finding)}"
        if rest := folds[len(shown) :]:
            verdicts = sum(len(each.findings) for each in rest)
            yield from self._wrapped(
                f"and {count(verdicts, 'verdict')} for {count(len(rest), 'other reason')}; --all shows them", 2
            )

    def _accepted(self, findings: list[FindingDocument]) -> Iterator[str]:
        """Every one of them: what was accepted must stay in sight."""
        if not findings:
            return
        yield ""
        yield self._style.paint("strong", "accepted findings")
        for finding in findings:
            text = f"{self._place(finding)} {finding['rule']} {name_of(finding)}"
            exception = finding.get("exception")
            if exception is not None:
                by = f", approved by {exception['approved_by']}" if exception["approved_by"] else ""
                hides = VERDICT_WORDS.get(exception["hides"], exception["hides"])
                text += f": {hides}, owned by {exception['owner']}{by}, until {exception['until']}"
                text += f": {exception['because']}" if self._options.verbose else ""
            yield from self._wrapped(text, 2)

    def _coverage(self) -> Iterator[str]:
        gaps = self._report["coverage"]
        if not gaps:
            return
        yield ""
        yield self._style.paint("strong", "not seen")
        by_detail: dict[str, list[str]] = {}
        for gap in gaps:
            by_detail.setdefault(str(gap.get("detail") or gap.get("cause")), []).append(str(gap.get("what")))
        shown = list(by_detail.items())[: None if self._options.all else MOST_PLACES]
        for detail, what in shown:
            named = what if self._options.all else what[:1]
            more = f" and {len(what) - len(named):,} more like it" if len(named) < len(what) else ""
            yield from self._wrapped(f"{', '.join(named)}{more}: {detail}", 2)
        if len(shown) < len(by_detail):
            yield f"  and for {count(len(by_detail) - len(shown), 'other reason')}; --all shows them"

    def _wrapped(self, text: str, indent: int = 0, role: str = "") -> Iterator[str]:
        """A sentence within the width; names are never broken. What follows its first line is indented by two more."""
        clean = one_line(text)
        if not clean:
            return
        room = self._width - indent
        if columns(clean) <= room:
            yield " " * indent + self._style.paint(role, clean)
            return
        lines = textwrap.wrap(clean, room - 2, break_long_words=False, break_on_hyphens=False)
        for number, line in enumerate(lines):
            yield " " * (indent + (2 if number else 0)) + self._style.paint(role, line)
