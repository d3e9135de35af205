"""A verdict on one resource, with all that a reader needs to believe it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import TYPE_CHECKING

from scanner.base.record import mutable, record
from scanner.findings.report_document import (
    ExceptionDocument,
    FindingDocument,
    LocationDocument,
    ProofDocument,
    ResourceDocument,
    Severity,
    Verdict,
)
from scanner.model.location import Location

if TYPE_CHECKING:
    from scanner.model.unknown import Unknown


@record
class Evidence:
    """`value` is plain JSON, already redacted; `canonical` is what identity rests on, without list positions."""

    path: str
    value: object
    line: int | None
    snippet: tuple[str, ...]
    canonical: str


@mutable
class Finding:
    """`location` is where the finding is written, `source` the line of the program that made the template, where that
    is known.

    `world` holds the choices of the template (parameters, conditions) under which the verdict was given, by name.
    `clause` is the assertion that decided; it is a part of the identity and no part of the document. `assumptions` are
    what the verdict rests on, such as an AWS default. `controls` are `framework:id`. `unknown` is there for UNKNOWN
    only, `exception` for SUPPRESSED only, and `proof` where a theorem was asked.
    """

    rule: str
    severity: Severity
    layer: str
    verdict: Verdict
    resource: ResourceDocument
    message: str = ""
    location: Location | None = None
    source: Location | None = None
    evidence: tuple[Evidence, ...] = ()
    assumptions: tuple[str, ...] = ()
    world: dict[str, object] = field(default_factory=dict)
    unknown: Unknown | None = None
    clause: str = ""
    proof: ProofDocument | None = None
    counterexample: dict[str, object] | None = None
    fix: str = ""
    controls: tuple[str, ...] = ()
    exception: ExceptionDocument | None = None

    @property
    def id(self) -> str:
        """Survives moves, reordering and reformatting; a different cause is a different id."""
        cause: list[object] = []
        if self.unknown is not None:
            cause = [self.unknown.cause, self.unknown.detail]
        elif self.evidence or self.clause:
            cause = [self.clause, sorted(each.canonical for each in self.evidence)]
        if not cause:
            return id_without_cause(self.rule, self.resource["address"])
        return _id(self.rule, self.resource["address"], json.dumps(cause, ensure_ascii=True, separators=(",", ":")))

    @property
    def fingerprint(self) -> str:
        """As `id`, of what stays the same where the file is another: the rule, the type, the name, the clause."""
        resource = self.resource
        name = resource["logical_id"] or resource["arn"] or resource["address"].partition("#")[2]
        cause = self.unknown.cause if self.unknown is not None else self.clause
        said = json.dumps([self.rule, resource["type"], name, cause])
        return hashlib.sha256(said.encode("ascii")).hexdigest()[:16]

    def document(self) -> FindingDocument:
        """The finding as the report has it: PASS and NOT_APPLICABLE without what only a finding that is open needs."""
        document: FindingDocument = {
            "id": self.id,
            "rule": self.rule,
            "severity": self.severity,
            "layer": self.layer,
            "verdict": self.verdict,
            "resource": self.resource,
        }
        if self.verdict in ("PASS", "NOT_APPLICABLE"):
            if self.verdict == "NOT_APPLICABLE":
                document["message"] = self.message
            if self.assumptions:
                document["assumptions"] = list(self.assumptions)
            if self.proof is not None:
                document["proof"] = self.proof
            return document
        document.update(
            {
                "message": self.message,
                "location": _location(self.location),
                "source": _location(self.source),
                "evidence": [
                    {"path": each.path, "value": each.value, "line": each.line, "snippet": list(each.snippet)}
                    for each in self.evidence
                ],
                "assumptions": list(self.assumptions),
                "world": self.world,
                "unknown": {"cause": self.unknown.cause, "detail": self.unknown.detail} if self.unknown else None,
                "proof": self.proof,
                "counterexample": self.counterexample,
                "fix": self.fix,
                "controls": list(self.controls),
                "exception": self.exception,
                "fingerprint": self.fingerprint,
            }
        )
        return document


_quoted = json.encoder.encode_basestring_ascii


def id_without_cause(rule: str, address: str) -> str:
    """The id of a finding that has neither evidence nor an unknown, as where a rule does not apply."""
    return _id(rule, address, "[]")


def _id(rule: str, address: str, cause: str) -> str:
    # As `json.dumps` would write the three: there are many findings.
    identity = f"[{_quoted(rule)},{_quoted(address)},{cause}]"
    return hashlib.sha256(identity.encode("ascii")).hexdigest()[:16]


def _location(location: Location | None) -> LocationDocument | None:
    if location is None:
        return None
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
    }
