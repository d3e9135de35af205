"""The JSON report as types: what every output renders, and what `schema/report.schema.json` describes."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Verdict = Literal["PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE", "SUPPRESSED"]
Severity = Literal["critical", "high", "medium", "low"]
VERDICTS: tuple[Verdict, ...] = ("PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE", "SUPPRESSED")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
SCHEMA = "tenantproof-report/1"


class ResourceDocument(TypedDict):
    address: str
    type: str
    logical_id: str | None
    origin: Literal["user", "framework"]
    construct_path: str | None
    arn: str | None
    account: str | None
    region: str | None
    stack: str | None
    tenant: str | None


class LocationDocument(TypedDict):
    path: str
    line: int | None
    column: int | None
    end_line: NotRequired[int | None]


class EvidenceDocument(TypedDict):
    path: str
    value: object
    line: int | None
    snippet: list[str]


class UnknownDocument(TypedDict):
    cause: str
    detail: str


class ProofDocument(TypedDict):
    theorem: str
    over: str | None
    verdict: Literal["ISOLATED", "LEAK", "NOT_PROVEN"]
    vacuous: bool
    reach: Literal["own-session", "application-only", "indirect"] | None
    assumptions: list[str]
    explanation: NotRequired[list[str]]


class ExceptionDocument(TypedDict):
    owner: str
    because: str
    until: str
    approved_by: str | None
    ticket: str | None
    compensating: str | None
    hides: Verdict
    source: LocationDocument


class FindingDocument(TypedDict):
    """PASS and NOT_APPLICABLE stop after `proof`; the others are complete.

    `state` is there where a baseline was given, on what can be new: what is known never makes the exit code 1.
    """

    id: str
    rule: str
    severity: Severity
    layer: str
    verdict: Verdict
    resource: ResourceDocument
    message: NotRequired[str]
    assumptions: NotRequired[list[str]]
    proof: NotRequired[ProofDocument | None]
    location: NotRequired[LocationDocument | None]
    source: NotRequired[LocationDocument | None]
    evidence: NotRequired[list[EvidenceDocument]]
    world: NotRequired[dict[str, object]]
    unknown: NotRequired[UnknownDocument | None]
    counterexample: NotRequired[dict[str, object] | None]
    fix: NotRequired[str]
    controls: NotRequired[list[str]]
    exception: NotRequired[ExceptionDocument | None]
    state: NotRequired[Literal["new", "known"]]


class CitationDocument(TypedDict):
    framework: str
    id: str
    basis: str


class RuleDocument(TypedDict):
    title: str
    severity: Severity
    layer: str
    why: str
    fix: str
    references: list[str]
    controls: list[CitationDocument]


class ControlDocument(TypedDict):
    framework: str
    id: str
    title: str
    status: str
    evidence: str
    population: int
    met: int
    met_by_default: int
    deviations: int
    undetermined: int
    accepted: int
    rules: list[str]
    because: str | None


class ErrorDocument(TypedDict):
    level: Literal["error", "warning"]
    kind: str
    path: str
    line: int | None
    column: int | None
    message: str
    hint: str | None


class SummaryDocument(TypedDict):
    resources: int
    rules: int
    verdicts: dict[Verdict, int]


class ScopeDocument(TypedDict):
    accounts: list[str]
    regions: list[str]
    left_out: list[dict[str, str]]


class KnownDocument(TypedDict):
    id: str
    rule: str
    severity: Severity
    verdict: Verdict
    address: str


class BaselineDocument(TypedDict):
    """`changed` counts what another finding of the same rule and resource replaced, `unseen` what was not looked at."""

    kind: Literal["baseline", "revision"]
    name: str
    new: int
    known: int
    changed: int
    unseen: int
    fixed: list[KnownDocument]


class ReportDocument(TypedDict):
    schema: str
    tool: dict[str, str]
    generated_at: str
    as_of: str
    options: dict[str, object]
    exit_code: int
    run: dict[str, object]
    scope: ScopeDocument
    inputs: list[dict[str, object]]
    tenancy: dict[str, object]
    summary: SummaryDocument
    rules: dict[str, RuleDocument]
    baseline: NotRequired[BaselineDocument]
    findings: list[FindingDocument]
    proofs: list[dict[str, object]]
    controls: list[ControlDocument]
    coverage: list[dict[str, object]]
    errors: list[ErrorDocument]
