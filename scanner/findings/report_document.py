"""The JSON report as types: what every output renders, and what `schema/report.schema.json` describes."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Verdict = Literal["PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE", "SUPPRESSED"]
Severity = Literal["critical", "high", "medium", "low"]
VERDICTS: tuple[Verdict, ...] = ("PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE", "SUPPRESSED")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
SCHEMA = "tenantproof-report/1"
ROWS = "tenantproof-report/2"
"""Of `report_rows`: what the same report is called with a row for each reason why a rule does not apply."""


class ResourceDocument(TypedDict):
    """A resource. `address` is `path#LogicalId` in files; in accounts it is the ARN, or account, region, type and id
    where there is none. `origin` is `framework` for what a framework, such as SAM, made without being told to.
    `construct_path` is the CDK's. `tenant` is the one that a declared tag names as its owner. What is not known is
    null."""

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
    """A place in a file; lines and columns count from 1, null where the file has none that say anything, such as a
    snapshot."""

    path: str
    line: int | None
    column: int | None
    end_line: NotRequired[int | None]


class EvidenceDocument(TypedDict):
    """A value that decided. `path` leads to it in the resource; `value` is redacted, and null where it is absent.
    `snippet` holds at most 5 lines around `line`."""

    path: str
    value: object
    line: int | None
    snippet: list[str]


class UnknownDocument(TypedDict):
    """Why no verdict is possible: `cause` is a word that programs can rely on, `detail` a sentence."""

    cause: str
    detail: str


class LedgerDocument(TypedDict):
    """Of the actions that some policy may allow on the data, how many were asked, are harmless, and stay open."""

    asked: int
    harmless: int
    not_modelled: int


class ProofDocument(TypedDict):
    """`over` is the kind of data as tenancy.yaml writes it, null for theorems that are about no data. `vacuous` says
    that the principal is given nothing that the theorem is about. `reach` says of a LEAK who can make the request.

    `reaches` says whether the principal reaches any of the data at all, None where that was not asked. `rests_on` says
    what an ISOLATED rests on that somebody has to be right about: a declared trust, a binder, an inferred tenancy, an
    index that nobody declared.

    `explanation` tells a specialist how it was decided, line by line.
    """

    theorem: str
    over: str | None
    verdict: Literal["ISOLATED", "LEAK", "NOT_PROVEN"]
    vacuous: bool
    reaches: NotRequired[Literal["own", "nothing"] | None]
    rests_on: NotRequired[list[Literal["trust", "binder", "inferred", "index"]]]
    reach: Literal["own-session", "application-only", "indirect"] | None
    assumptions: list[str]
    explanation: NotRequired[list[str]]
    ledger: NotRequired[LedgerDocument | None]


class ExceptionDocument(TypedDict):
    """The entry of exceptions.yaml that accepts a finding. `until` is the last day in force, ISO 8601; `hides` is the
    verdict that the finding would have; `source` is the place of the entry. `compensating` says what is done instead.
    """

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

    `id` stands for rule, address and cause: it survives moves and reformatting. `location` is where the finding is
    written, `source` the line of the program that made the template, null where that is not known. `world` holds the
    choices of the template, such as parameters, under which the verdict holds. `assumptions` are sentences, `controls`
    are `framework:id`.

    `state` is there where a baseline was given, on what can be new: what is known never makes the exit code 1.
    `moved_from` is the file that a known finding was in, where that is called otherwise now.
    `first_seen` is the day of the first recorded audit that had an open finding.
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
    moved_from: NotRequired[str]
    first_seen: NotRequired[str]
    fingerprint: NotRequired[str]


class CitationDocument(TypedDict):
    """A control that a rule gives evidence for; `basis` says who maps the one to the other."""

    framework: str
    id: str
    basis: str


class AliasDocument(TypedDict):
    """What another tool calls a rule; `basis` says whether that asks the same, less (narrower) or more (wider)."""

    id: str
    basis: str


class RuleDocument(TypedDict):
    """A rule as it was run: `severity` is the one in force, `since` the version that brought it, left out for rules of
    the first; `aliases` are what others call it, by scheme such as `security-hub`, and `cli` commands that do what
    `fix` says, with words in capitals to be filled in."""

    title: str
    since: NotRequired[str]
    severity: Severity
    layer: str
    why: str
    fix: str
    references: list[str]
    aliases: NotRequired[dict[str, list[AliasDocument]]]
    cli: NotRequired[list[str]]
    controls: list[CitationDocument]


class ControlDocument(TypedDict):
    """What the findings say of one control. `population` counts resources, each by the worst that any rule of the
    control says of it: `deviations`, `undetermined`, `accepted` or `met`, of which `met_by_default` rest on an AWS
    default. `evidence` says whether configuration can be direct evidence of the control, only supporting, or none.
    `because` gives the reason of a status that findings do not. `ask` is what an auditor asks a person instead."""

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
    required: NotRequired[Literal["Required", "Addressable"]]
    ask: NotRequired[str]


class ErrorDocument(TypedDict):
    """Something that could not be read or is wrong in it; `line` and `column` count from 1. `code` tells apart those
    that programs treat otherwise."""

    level: Literal["error", "warning"]
    kind: str
    path: str
    line: int | None
    column: int | None
    message: str
    hint: str | None
    code: NotRequired[Literal["nothing-to-scan", "not-in-revision"]]


class IsolationDocument(TypedDict):
    """Proofs by how they end: `proved` by policies alone, `reaches_nothing` where the principal reaches none of the
    data, `assumed` where it rests on what was declared or inferred (`rests_on`). `stores_not_covered` are addresses of
    stores that no entry under `owned` or `shared` speaks of, so that nothing was asked about them."""

    proved: int
    reaches_nothing: int
    assumed: int
    leaks: int
    not_proven: int
    stores_not_covered: list[str]


class SummaryDocument(TypedDict):
    """`resources` counts what was read, `rules` those that were run, `verdicts` findings. `isolation` is missing
    without a tenancy."""

    resources: int
    rules: int
    verdicts: dict[Verdict, int]
    isolation: NotRequired[IsolationDocument]


class ScopeDocument(TypedDict):
    """Accounts and regions of the resources that were read. `left_out` are accounts that were not, each with `what`,
    `because` and `owner`. `account_states` are all that a snapshot names, each with `account`, `name`, `state` (`read`,
    `empty`, `partly read`, `refused`, `suspended`, `left out`) and `because`."""

    accounts: list[str]
    regions: list[str]
    left_out: list[dict[str, str]]
    account_states: NotRequired[list[dict[str, str]]]
    engagement: NotRequired[EngagementDocument]


class PopulationTypeDocument(TypedDict):
    """Resources of one type; `rules` are those of this run that gave a verdict on one, none where no rule reads it."""

    type: str
    count: int
    accounts: dict[str, int]
    regions: dict[str, int]
    rules: list[str]


class PopulationDocument(TypedDict):
    """Every type that was read, also those that no rule reads."""

    types: list[PopulationTypeDocument]


class DecisionDocument(TypedDict):
    """What the entity decided of an addressable entry; `date` is ISO 8601. `attachment` is a path beside
    decisions.yaml, `sha256` what its digest was. `matches` is None where no digest or no attachment was given."""

    control: str
    decision: Literal["implemented", "alternative", "not-reasonable"]
    by: str
    date: str
    because: str | None
    attachment: str | None
    sha256: str | None
    matches: bool | None


class EngagementAccountDocument(TypedDict):
    """An account in or out of the audit's scope; `id` has 12 digits."""

    id: str
    because: NotRequired[str]
    owner: NotRequired[str]


class EngagementDocument(TypedDict):
    """Whose audit this is, in the entity's own words; nothing in it is checked but its form."""

    entity: NotRequired[str]
    role: NotRequired[Literal["covered-entity", "business-associate"]]
    system: NotRequired[str]
    period: NotRequired[str]
    accounts_in: NotRequired[list[EngagementAccountDocument]]
    accounts_out: NotRequired[list[EngagementAccountDocument]]
    organizations: NotRequired[list[str]]


class HistoryRunDocument(TypedDict):
    """One recorded audit; `open` counts findings by severity, and their mean age is in days."""

    at: str
    exit_code: int
    open: dict[str, int]
    undetermined: int
    accepted: int
    new: int
    fixed: int
    mean_age_days: float


class HistoryControlDocument(TypedDict):
    """Findings of one control over the period; those open at once count each of their days."""

    opened: int
    closed: int
    days_open: int


class TwelveMonthsDocument(TypedDict):
    """What the history shows of the twelve months before the report's day, for recognized security practices (section
    13412 of the HITECH Act, Public Law 116-321): `audits` in them, of which `partial` did not read everything, the
    longest time in days without one, and whether there was one at their beginning or before (`covered`)."""

    audits: int
    partial: int
    longest_gap_days: int
    covered: bool


class HistoryDocument(TypedDict):
    """`period` has `from` and `to`, which are days, `runs` and `longest_gap_days`; `controls` are by `framework:id`.
    `changes` are those since the audit before, none for the first. `twelve_months` are those before the report's day.
    """

    runs: list[HistoryRunDocument]
    period: dict[str, object]
    controls: dict[str, HistoryControlDocument]
    changes: dict[str, object]
    twelve_months: NotRequired[TwelveMonthsDocument]


class KnownDocument(TypedDict):
    """A finding of the report that this one is compared with; `id` stands for rule, address and cause."""

    id: str
    rule: str
    severity: Severity
    verdict: Verdict
    address: str


class BaselineDocument(TypedDict):
    """`changed` counts what another finding of the same rule and resource replaced, `unseen` what was not looked at.

    `moved` counts known findings whose file is called otherwise now, `carried_over` those that are known by rule and
    resource alone, for the baseline is of a version that wrote no fingerprints.
    """

    kind: Literal["baseline", "revision"]
    name: str
    new: int
    known: int
    changed: int
    unseen: int
    moved: NotRequired[int]
    carried_over: NotRequired[int]
    fixed: list[KnownDocument]


class AssetDocument(TypedDict):
    """A technology asset. `id` is its address; `version` what it says of its software, `accountable` what a tag says of
    who answers for it, `network` the networks that it is placed in, `key` the KMS key that it names. `holds` are the
    declared classes of its data; `holds_not_known` says why that is not known."""

    id: str
    type: str
    kind: str
    name: str
    account: str | None
    region: str | None
    stack: str | None
    tenant: str | None
    version: str | None
    accountable: str | None
    holds: list[str]
    holds_not_known: str | None
    network: list[str]
    key: str | None


# A way that data takes, from one asset to another, to `internet`, `internet:HOST`, `account:ID`, `unread:ARN`.
# `permitted` is what policies allow, `configured` what a setting says, `where` that stands. `sure` is false where only
# what is not known would decide. (`from` is a word of the language, hence no class.)
FlowDocument = TypedDict(
    "FlowDocument",
    {
        "from": str,
        "to": str,
        "relation": str,
        "basis": Literal["configured", "permitted"],
        "sure": bool,
        "crosses": Literal["internet", "account", "region"] | None,
        "where": str,
        "detail": str,
    },
)


class AccessDocument(TypedDict):
    """Who may read a store. `answer` is yes, conditional (on `conditions`), or unknown (`because`); `takers` are who
    may act as the role, `through` chains of principals that lead to it, `not_known` what of these was not read.
    `last_used` is a day, null where it never was, and means nothing unless `last_used_known`."""

    store: str
    principal: str
    name: str
    type: str
    account: str | None
    person: bool
    answer: Literal["yes", "conditional", "unknown", "no"]
    actions: list[str]
    policies: list[str]
    conditions: list[str]
    because: str | None
    takers: list[str]
    through: list[str]
    not_known: list[str]
    last_used: str | None
    last_used_known: bool


class RecorderDocument(TypedDict):
    """What records reads of a store. `days` is how long it is kept, null where that has no end (`endless`) or is not
    known (`because`); `part` says why it does not tell every read."""

    by: str
    kept_in: str
    days: int | None
    endless: bool
    part: str | None
    because: str | None


class ReadsRecordedDocument(TypedDict):
    """Whether it could be told for `days_wanted` days who read a store: yes, short (not for so long), part, no or
    unknown; `said` is that in words."""

    store: str
    days_wanted: int
    answer: Literal["yes", "short", "part", "no", "unknown"]
    said: str
    recorders: list[RecorderDocument]


class InventoryDocument(TypedDict):
    """Technology assets and the ways that data takes between them. `others` counts resources of further types,
    `not_known` are ends of flows that nothing read tells, `limits` what the document does not show. `access` and
    `reads` are of stores of electronic protected health information, as tenancy.yaml declares them; `classified` says
    whether it declares any. `access_beside` are ways to read a store that no policy of IAM decides."""

    schema: str
    assets: list[AssetDocument]
    flows: list[FlowDocument]
    not_known: list[dict[str, str]]
    others: dict[str, int]
    access: list[AccessDocument]
    access_beside: dict[str, list[str]]
    reads: list[ReadsRecordedDocument]
    classified: bool
    limits: list[str]


class ReportDocument(TypedDict):
    """The whole report. `schema` names the contract and its version. `generated_at` is a time in UTC; `as_of` the day
    by which exceptions and the age of shipped facts are judged. `rules` and `inputs` hold what was run and read, with
    digests; `proofs` name the finding that tells of each; `coverage` lists what was not seen and which rules it bears
    on. `baseline`, `decisions` and `history` are there where they were given, `inventory` where it was asked for."""

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
    population: NotRequired[PopulationDocument]
    decisions: NotRequired[list[DecisionDocument]]
    history: NotRequired[HistoryDocument]
    inventory: NotRequired[InventoryDocument]
    coverage: list[dict[str, object]]
    errors: list[ErrorDocument]
