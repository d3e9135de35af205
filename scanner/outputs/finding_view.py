"""A finding as a page shows it: every part already words, so that a template decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.findings.document import EvidenceDocument, FindingDocument, RuleDocument, Severity
from scanner.outputs import request
from scanner.outputs.folding import evidence_of, name_of, place_of
from scanner.outputs.words import REACH_WORDS, VERDICT_WORDS, proof_words, spelled

MOST_COLUMNS = 400

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SourceLine:
    number: int
    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """Strings are hostile; the template escapes them. `anchor` is unique in the page, or empty."""

    anchor: str
    id: str
    rule: str
    title: str
    severity: Severity
    name: str
    type: str
    address: str
    place: str
    message: str
    lines: tuple[SourceLine, ...]
    facts: tuple[Fact, ...]
    lead: str
    request: tuple[Fact, ...]
    fix: str


def view_of(finding: FindingDocument, rule: RuleDocument | None, anchor: str) -> FindingView:
    fix = finding.get("fix", "")
    counterexample = finding.get("counterexample")
    return FindingView(
        anchor=anchor,
        id=finding["id"],
        rule=finding["rule"],
        title=rule["title"] if rule else finding["rule"],
        severity=finding["severity"],
        name=name_of(finding),
        type=finding["resource"]["type"],
        address=finding["resource"]["address"],
        place=place_of(finding),
        message=finding.get("message", ""),
        lines=tuple(_lines(finding)),
        facts=tuple(_facts(finding)),
        lead=request.lead(finding) if counterexample else "",
        request=tuple(request.rows(counterexample)) if counterexample else (),
        # The rule's own fix stands above all its findings.
        fix="" if rule is not None and fix == rule["fix"] else fix,
    )


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
        yield "not determined", f"{unknown['detail']} ({unknown['cause']})"
    for name, value in (finding.get("world") or {}).items():
        yield "when", f"{name} is {spelled(value)}"
    for assumption in finding.get("assumptions", []):
        yield "assumes", assumption
    for each in finding.get("evidence", []):
        yield "evidence", _evidence(each)
    proof = finding.get("proof")
    if proof is not None:
        over = f" over {proof['over']}" if proof["over"] else ""
        yield "proof", f"{proof['theorem']}{over}: {proof_words(proof['verdict'], len(proof['assumptions']))}"
        if proof["reach"]:
            yield "reach", REACH_WORDS.get(proof["reach"], proof["reach"])
        for assumption in proof["assumptions"]:
            yield "proof assumes", assumption
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
    return f"{evidence['path']}: {value}{place}"
