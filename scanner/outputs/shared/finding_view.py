"""A finding as a page shows it: every part already words, so that a template decides nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from scanner.base.record import record
from scanner.findings.report_document import EvidenceDocument, FindingDocument, RuleDocument, Severity, Verdict
from scanner.outputs.shared import request_text
from scanner.outputs.shared.aws_command import aws_command
from scanner.outputs.shared.fix_text import parts_of
from scanner.outputs.shared.folding import address_of, evidence_of, name_of, place_of
from scanner.outputs.shared.kubectl_command import is_of_cluster, kubectl_command
from scanner.outputs.shared.proof_listing import simulation
from scanner.outputs.shared.vocabulary import (
    REACH_WORDS,
    VERDICT_WORDS,
    count,
    data_words,
    evidence_words,
    proof_words,
    spelled,
)

MOST_COLUMNS = 400

Fact = tuple[str, str]


@record
class SourceLine:
    """A line of evidence; `marked` is the one that decided."""

    number: int
    text: str
    marked: bool


@record
class FindingView:
    """Strings are hostile; the template escapes them. `anchor` is unique in the page, or empty.

    `commands` are lines for a shell, which repeat the request of a leak. `first_seen` is a date or empty, `age` words.
    """

    anchor: str
    id: str
    rule: str
    title: str
    severity: Severity
    verdict: Verdict
    layer: str
    name: str
    type: str
    address: str
    place: str
    account: str
    stack: str
    tenant: str
    state: str
    first_seen: str
    age: str
    message: str
    lines: tuple[SourceLine, ...]
    facts: tuple[Fact, ...]
    lead: str
    request: tuple[Fact, ...]
    commands: tuple[Fact, ...]
    fix: tuple[Fact, ...]
    """Words, and what to write instead as the lines of a policy; the latter is empty where the fix is words alone."""


def view_of(finding: FindingDocument, rule: RuleDocument | None, anchor: str, as_of: str = "") -> FindingView:
    """`anchor` is unique in the page, or empty; `as_of` is the report's day, from which the age counts."""
    fix = finding.get("fix", "")
    if rule is not None:
        # The rule's own fix stands above all its findings.
        fix = fix.removeprefix(rule["fix"].rstrip()).lstrip()
    resource = finding["resource"]
    first = first_seen(finding)
    counterexample = finding.get("counterexample")
    return FindingView(
        anchor=anchor,
        id=finding["id"],
        rule=finding["rule"],
        title=rule["title"] if rule else finding["rule"],
        severity=finding["severity"],
        verdict=finding["verdict"],
        layer=finding["layer"],
        name=name_of(finding),
        type=resource["type"],
        address=address_of(finding),
        place=place_of(finding),
        account=resource["account"] or "",
        stack=resource["stack"] or "",
        tenant=resource["tenant"] or "",
        state=finding.get("state", ""),
        first_seen=first,
        age=age(first, as_of),
        message=finding.get("message", ""),
        lines=tuple(_lines(finding)),
        facts=tuple(_facts(finding)),
        lead=request_text.lead(finding) if counterexample else "",
        request=tuple(_request(counterexample)) if counterexample else (),
        commands=_commands(finding, counterexample) if counterexample else (),
        fix=tuple((each.words, each.code(indent=2)) for each in parts_of(fix)),
    )


def first_seen(finding: FindingDocument) -> str:
    """The date on which an audit first saw it, as `2026-10-02`; empty where no history says."""
    first = finding.get("first_seen")
    return first[:10] if isinstance(first, str) else ""


def age(first: str, as_of: str) -> str:
    """As `open 12 days`; empty where a date is missing or none."""
    try:
        days = (datetime.date.fromisoformat(as_of) - datetime.date.fromisoformat(first)).days
    except ValueError:
        return ""
    return f"open {count(max(days, 0), 'day')}"


def _request(counterexample: dict[str, object]) -> Iterator[Fact]:
    yield from request_text.rows(counterexample)
    chain = counterexample.get("chain")
    # Of a cluster they stand in the request's own rows.
    for step in chain if isinstance(chain, list) and not is_of_cluster(counterexample) else ():
        yield "step", spelled(step)
    if counterexample.get("why_no_deny"):
        yield "no deny", spelled(counterexample["why_no_deny"])


def _commands(finding: FindingDocument, counterexample: dict[str, object]) -> tuple[Fact, ...]:
    if is_of_cluster(counterexample):
        return (("try it", kubectl_command(counterexample)),)
    return ("try it", aws_command(counterexample)), ("ask the evaluator", simulation(finding, counterexample))


def _lines(finding: FindingDocument) -> Iterator[SourceLine]:
    evidence = evidence_of(finding)
    if evidence is None or evidence["line"] is None:
        return
    location = finding.get("location")
    at = location["line"] if location else None
    for number, text in enumerate(evidence["snippet"], evidence["line"]):
        shown = text.replace("\t", "    ")
        yield SourceLine(number, shown if len(shown) <= MOST_COLUMNS else shown[:MOST_COLUMNS] + "…", number == at)


def _facts(finding: FindingDocument) -> Iterator[Fact]:
    unknown = finding.get("unknown")
    if unknown is not None:
        yield "unknown", f"{unknown['detail']} ({unknown['cause']})"
    for name, value in (finding.get("world") or {}).items():
        yield "when", f"{name} is {spelled(value)}"
    for assumption in finding.get("assumptions", []):
        yield "assumes", assumption
    for each in finding.get("evidence", []):
        yield "evidence", _evidence(each)
    proof = finding.get("proof")
    if proof is not None:
        over = f" over {data_words(proof['over'])}" if proof["over"] else ""
        yield (
            "proof",
            f"{proof['theorem'].replace('-', ' ')}{over}: {proof_words(proof['verdict'], len(proof['assumptions']))}",
        )
        if proof["reach"]:
            yield "reach", REACH_WORDS.get(proof["reach"], proof["reach"])
        for assumption in proof["assumptions"]:
            yield "proof assumes", assumption
        for reason in proof.get("explanation", []):
            yield "proof says", reason
    source = finding.get("source")
    if source is not None:
        yield "made by", ":".join(str(source[key]) for key in ("path", "line", "column") if source[key] is not None)
    yield from _resource(finding)
    yield from _exception(finding)


def _resource(finding: FindingDocument) -> Iterator[Fact]:
    resource = finding["resource"]
    if resource["origin"] == "framework":
        yield "origin", "made by a framework (CDK, SAM), written by nobody here"
    labels = (
        ("construct", resource["construct_path"]),
        ("deployed to", " ".join(filter(None, (resource["account"], resource["region"])))),
        ("tenant", resource["tenant"]),
    )
    yield from ((label, value) for label, value in labels if value)


def _exception(finding: FindingDocument) -> Iterator[Fact]:
    exception = finding.get("exception")
    if exception is None:
        return
    yield "hides", VERDICT_WORDS.get(exception["hides"], exception["hides"])
    yield "because", exception["because"]
    yield "owner", exception["owner"]
    if exception["approved_by"]:
        yield "approved by", exception["approved_by"]
    if exception["ticket"]:
        yield "ticket", exception["ticket"]
    if exception["compensating"]:
        yield "compensating", exception["compensating"]
    yield "until", exception["until"]


def _evidence(evidence: EvidenceDocument) -> str:
    place = f" (line {evidence['line']})" if evidence["line"] is not None else ""
    value = "absent" if evidence["value"] is None else spelled(evidence["value"])
    return f"{evidence_words(evidence['path'])}: {value}{place}"
