"""The report as Markdown for people who are reading something else: worst first, folded up, within a limit of size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.base.record import record
from scanner.outputs.shared import request_text
from scanner.outputs.shared.exit_reason import next_step, reason
from scanner.outputs.shared.fix_text import parts_of
from scanner.outputs.shared.folding import Group, fold, group, made_by_framework, name_of
from scanner.outputs.shared.listing import known, place, primary, worst_first
from scanner.outputs.shared.markdown_escape import code, element, prose
from scanner.outputs.shared.report_scope import change, not_covered, outcome, scope, tenancy
from scanner.outputs.shared.vocabulary import count, spelled

if TYPE_CHECKING:
    from scanner.findings.report_document import FindingDocument, ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

MOST_PLACES = 10
MOST_ERRORS = 5
RESERVE = 1_500
"""Bytes kept for the titles of all sections and for what was left out of each."""


@record
class _Section:
    """Folded up under its title, or without one in sight."""

    title: str
    blocks: Sequence[str]
    noun: str


def digest(report: ReportDocument, options: RenderOptions, limit: int) -> str:
    """Markdown of at most `limit` bytes of UTF-8; what has no place in it is counted."""
    pieces = [*_head(report, options)]
    room = limit - RESERVE - _size("".join(pieces))
    for section in _sections(report):
        shown = 0
        pieces.append(f"<details><summary>{section.title}</summary>\n\n" if section.title else "")
        for block in section.blocks:
            room -= _size(block)
            if room < 0:
                room += _size(block)
                break
            pieces.append(block)
            shown += 1
        if hidden := len(section.blocks) - shown:
            pieces.append(f"\nand {count(hidden, f'more {section.noun}')}, for which there is no room here\n\n")
        pieces.append("</details>\n\n" if section.title else "")
    return "".join(pieces)


def _head(report: ReportDocument, options: RenderOptions) -> Iterator[str]:
    title = change(report) or outcome(report).partition(";")[0]
    yield f"### tenantproof: {prose(title)}\n\n"
    yield f"This is about {prose(scope(report))}; {prose(tenancy(report))}. In all: {prose(outcome(report))}.\n\n"
    yield f"**Result:** {prose(reason(report))}\n\n"
    if unasked := not_covered(report):
        yield f"**Not asked:** {prose(unasked)}\n\n"
    folds = fold(each for each in report["findings"] if each["verdict"] == "UNKNOWN" and not known(each))
    step = next_step(report, folds, 0, options)
    # Options of the text output are no advice to who reads this.
    if step is not None and not step.startswith("add --"):
        yield f"**Next:** {prose(step)}\n\n"
    errors = [each for each in report["errors"] if each["level"] == "error"]
    for each in errors[:MOST_ERRORS]:
        where = code(":".join(str(part) for part in (each["path"], each["line"], each["column"]) if part))
        yield f"**Error:** {where} {prose(each['message'])}\n\n"
    if len(errors) > MOST_ERRORS:
        yield f"and {count(len(errors) - MOST_ERRORS, 'more error')}\n\n"


def _sections(report: ReportDocument) -> Iterator[_Section]:
    fresh = [each for each in report["findings"] if not known(each)]
    failing = worst_first(fresh, ("FAIL",))
    theirs = [each for each in failing if made_by_framework(each)]
    groups = group(each for each in failing if not made_by_framework(each))
    grave = [each for each in groups if each.severity in ("critical", "high")]
    slight = [each for each in groups if each.severity not in ("critical", "high")]
    if grave:
        yield _Section("", [_group(each) for each in grave], "group")
    if slight:
        total = sum(len(each.findings) for each in slight)
        title = f"{count(total, 'finding')} at medium and low"
        yield _Section(title, [_group(each) for each in slight], "group")
    folds = fold(each for each in fresh if each["verdict"] == "UNKNOWN")
    if folds:
        total = sum(len(each.findings) for each in folds)
        yield _listed(f"{total:,} unknown", (each.sentence() for each in folds), "reason")
    baseline = report.get("baseline")
    if baseline is not None and baseline["fixed"]:
        mended = _items(f"{code(each['rule'])} on {code(each['address'])}" for each in baseline["fixed"])
        yield _Section(f"{len(baseline['fixed']):,} fixed", mended, "fixed finding")
    accepted = worst_first(report["findings"], ("SUPPRESSED",))
    if accepted:
        yield _Section(count(len(accepted), "accepted finding"), _items(map(_accepted, accepted)), "accepted finding")
    if theirs:
        title = f"{count(len(theirs), 'finding')} of resources that a framework made (CDK, SAM)"
        items = _items(f"{code(each['rule'])} on {_where(each)}" for each in theirs)
        yield _Section(title, items, "finding")
    if report["coverage"]:
        unseen = (f"{each.get('what')}: {each.get('detail') or each.get('cause')}" for each in report["coverage"])
        yield _listed(f"{len(report['coverage']):,} not seen", unseen, "gap")


def _group(members: Group) -> str:
    """One fold: the worst example in full, then where else."""
    first, others = members.findings[0], members.findings[1:]
    more = f" and {count(len(others), 'more place')}" if others else ""
    where = primary(first)
    summary = f"<b>{members.severity}</b> {element(members.rule)} {element(name_of(first))}"
    summary += f" {element(place(where))}" if where else ""
    body = [f"What: {prose(first.get('message', ''))}", *_when(first), *_request(first)]
    if fix := first.get("fix"):
        body += _fix(fix)
    if others:
        listed = "".join(f"- at {_where(each)}\n" for each in others[:MOST_PLACES])
        rest = f"- and {count(len(others) - MOST_PLACES, 'more place')}\n" if len(others) > MOST_PLACES else ""
        body.append(f"Also:\n\n{listed}{rest}".rstrip("\n"))
    text = "\n\n".join(body)
    return f"<details><summary>{summary}{more}</summary>\n\n{text}\n\n</details>\n\n"


def _fix(fix: str) -> Iterator[str]:
    """Words, and a statement as a block that is pasted as it is."""
    for number, part in enumerate(parts_of(fix)):
        yield f"{'Then:' if number else '**Fix:**'} {prose(part.words)}"
        if part.statement is not None:
            yield f"```json\n{part.code(indent=2)}\n```"


def _when(finding: FindingDocument) -> Iterator[str]:
    world = finding.get("world")
    if world:
        yield f"When: {', '.join(f'{code(name)} is {code(spelled(value))}' for name, value in world.items())}"


def _request(finding: FindingDocument) -> Iterator[str]:
    counterexample = finding.get("counterexample")
    if counterexample:
        yield f"Request: {prose(request_text.lead(finding))}"
        yield "\n".join(f"- {_row(label, value)}" for label, value in request_text.rows(counterexample))


def _row(label: str, value: str) -> str:
    """Values that one copies are code; what we say of them is not."""
    return f"{label}: {prose(value)}" if label == "replayed" else f"{label} {code(value, 400)}"


def _where(finding: FindingDocument) -> str:
    location = primary(finding)
    return f"{code(place(location))} {code(name_of(finding))}" if location else code(name_of(finding))


def _accepted(finding: FindingDocument) -> str:
    text = f"{code(finding['rule'])} on {_where(finding)}"
    exception = finding.get("exception")
    if exception is None:
        return text
    until = f"until {prose(exception['until'])}, owned by {prose(exception['owner'])}"
    return f"{text}, {until}: {prose(exception['because'])}"


def _listed(title: str, sentences: Iterable[str], noun: str) -> _Section:
    return _Section(title, _items(prose(each) for each in sentences), noun)


def _items(texts: Iterable[str]) -> list[str]:
    """List items; the last ends the list."""
    items = [f"- {text}\n" for text in texts]
    return [*items[:-1], f"{items[-1]}\n"] if items else []


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
