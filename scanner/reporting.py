"""The report of a scan: what was read, found and declared, as the JSON contract has it."""

from __future__ import annotations

import datetime
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from scanner._version import __version__
from scanner.acceptance.file_names import DECISIONS
from scanner.base.net import Net
from scanner.base.problem import Problem, ProblemsError, listed
from scanner.base.record import mutable, record
from scanner.base.repository import repository_root
from scanner.controls.frameworks import citations_of
from scanner.controls.rollup import roll_up
from scanner.engine.builtin_rules import BUILTIN
from scanner.engine.unlisted import unasked
from scanner.findings.comparison import Before, Comparison, alike, compare, known_of, paths_read, sketches
from scanner.findings.finding import Finding
from scanner.findings.gate import Gate, is_later
from scanner.findings.population import population_of
from scanner.findings.report_document import (
    SCHEMA,
    SEVERITIES,
    VERDICTS,
    CitationDocument,
    ControlDocument,
    DecisionDocument,
    EngagementAccountDocument,
    EngagementDocument,
    ErrorDocument,
    FindingDocument,
    InventoryDocument,
    IsolationDocument,
    ReportDocument,
    RuleDocument,
    ScopeDocument,
    SummaryDocument,
)
from scanner.inputs.reading import Gap, Reading
from scanner.language.alias import alias_documents
from scanner.language.library import Library
from scanner.language.rule import FIRST, Rule
from scanner.model.data_age import data_dates, past
from scanner.model.unknown import Unknown
from scanner.options import Options
from scanner.tenancy.inference.evidence import Evidence
from scanner.tenancy.tenancy import NO_TENANCY, Engagement, Tenancy
from scanner.text.project_file import find_project_file, read_project_file

ELIGIBLE_SERVICES = "hipaa-eligible-services-only"
_MOST_TYPES = 3


@record
class Scan:
    """`crashes` are tracebacks of what the scanner itself failed on; the report names only their effect."""

    report: ReportDocument
    exit_code: int
    crashes: tuple[str, ...] = ()


@mutable
class Judged:
    """All that a report is made of. `gate` decides the exit code; `crashes` are tracebacks of the scanner's own faults.

    `before` is what the findings are compared with: only what is new then counts for the exit code. `evidence` is what
    an inferred tenancy rests on.
    """

    options: Options
    now: datetime.datetime
    as_of: datetime.date
    gate: Gate
    library: Library = field(default_factory=Library)
    rules: Sequence[Rule] = ()
    tenancy: Tenancy = NO_TENANCY
    reading: Reading = field(default_factory=Reading)
    findings: Sequence[Finding] = ()
    problems: list[Problem] = field(default_factory=list)
    crashes: Sequence[str] = ()
    evidence: Sequence[Evidence] = ()
    before: Before | None = None
    inventory: InventoryDocument | None = None

    @property
    def stopped(self) -> bool:
        """Whether nothing could be judged: what is judged by could not be read."""
        kinds = ("rule", "tenancy", "exceptions", "config")
        return any(problem.level == "error" and problem.kind in kinds for problem in self.problems)


def finish(judged: Judged) -> Scan:
    """The report and its exit code, with findings and errors in an order that is the same each time.

    Problems of decisions.yaml are added to the problems. No controls are given where rules, tenancy, exceptions or
    configuration could not be read.
    """
    options, reading, rules = judged.options, judged.reading, judged.rules
    decisions = _decisions(options, judged.library, judged.problems) if not options.proofs_of else []
    told = _in_order(judged.findings)
    findings = [finding for finding, _ in told]
    documents = [document for _, document in told]
    cited = citations_of(judged.library.frameworks)
    left_out = _unasked(judged)
    errors = _errors(judged, findings)
    report: ReportDocument = {
        "schema": SCHEMA,
        "tool": {"name": "tenantproof", "version": __version__, "rules_digest": judged.library.digest},
        "generated_at": judged.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "as_of": judged.as_of.isoformat(),
        "options": _options(options, judged.gate),
        "exit_code": 0,
        "run": {**run_of(options.paths), **({"gaps": reading.not_whole} if reading.not_whole else {})},
        "scope": _scope(judged.tenancy.engagement, reading),
        "inputs": [
            *(dict[str, object](kind=each.kind, path=each.path, digest=each.digest) for each in reading.inputs),
            *([dict[str, object](kind="ignored", count=reading.ignored)] if reading.ignored else []),
        ],
        "tenancy": {
            "source": judged.tenancy.source or "none",
            "digest": judged.tenancy.digest,
            "value": judged.tenancy.raw,
            "evidence": [each.document() for each in judged.evidence],
        },
        "summary": _summary(judged, findings),
        "rules": _rules(rules, cited, findings),
        "findings": documents,
        "proofs": _proofs(told),
        "controls": _controls(judged, findings, left_out) if not judged.stopped else [],
        "population": population_of(reading.census, findings),
        "coverage": _coverage([*reading.gaps, *left_out], rules),
        "errors": [_error(each) for each in errors],
    }
    if decisions:
        report["decisions"] = decisions
    if judged.inventory is not None:
        report["inventory"] = judged.inventory
    states = _compared(judged, report, documents)
    report["exit_code"] = _exit_code(judged, findings, states, errors)
    return Scan(report, report["exit_code"], tuple(judged.crashes))


def _in_order(findings: Sequence[Finding]) -> list[tuple[Finding, FindingDocument]]:
    ranks = {severity: rank for rank, severity in enumerate(SEVERITIES)}
    told = [(finding, finding.document()) for finding in findings]
    told.sort(key=lambda each: (ranks[each[0].severity], each[0].rule, each[0].resource["address"], each[1]["id"]))
    return told


def _errors(judged: Judged, findings: Sequence[Finding]) -> list[Problem]:
    """All problems with their notes; that nothing was found to scan is one where nothing else says why."""
    errors = listed(
        sorted(
            [*judged.problems, *_aged(findings, judged.as_of)],
            key=lambda each: (each.path, each.line or 0, each.column or 0, each.message),
        )
    )
    if not judged.reading.inputs and not any(problem.level == "error" for problem in judged.problems):
        what = "nothing to scan: no template was found"
        left = judged.reading.sql_left
        told = (
            f"`.sql` files ({left}) are read beside a tenancy.yaml only: `tenantproof init` proposes one"
            if left
            else None
        )
        errors.append(Problem(_shown(judged.options.paths), what, hint=told, code="nothing-to-scan"))
    return errors


def _options(options: Options, gate: Gate) -> dict[str, object]:
    told: dict[str, object] = {
        "fail_on": gate.fail_on,
        "unknown_fails": gate.unknown_fails,
        "parameters": dict.fromkeys(sorted(options.parameters), "given"),
        "strict_parameters": options.strict_parameters,
        "strict_defaults": options.strict_defaults,
        "select": list(options.select),
        "skip": list(options.skip),
        "frameworks": list(options.frameworks),
    }
    if options.severities:
        told["severities"] = {
            rule: {"severity": each.severity, "because": each.because}
            for rule, each in sorted(options.severities.items())
        }
    if options.rules_as_of is not None:
        told["rules_as_of"] = options.rules_as_of
    if options.rule_pages is not None:
        told["rule_pages"] = options.rule_pages
    return told


def _scope(engagement: Engagement, reading: Reading) -> ScopeDocument:
    left_out = [
        {"what": f"account {each.id}", "because": each.because, "owner": each.owner or "nobody named"}
        for each in engagement.accounts_out
    ]
    left_out += [
        {"what": what, "because": reason, "owner": "whoever took the snapshot"} for what, reason in reading.left_out
    ]
    unread = {each.account for each in reading.accounts if each.state in ("refused", "suspended", "left out")}
    read = {each.account for each in reading.accounts} - unread
    scope: ScopeDocument = {
        # What stands for a closed account, so that it is unknown to rules, is nothing that was read of it.
        "accounts": sorted({*reading.census.accounts, *read} - unread),
        "regions": reading.census.regions,
        "left_out": left_out,
    }
    if reading.accounts:
        scope["account_states"] = [
            {"account": each.account, "name": each.name, "state": each.state, "because": each.because}
            for each in reading.accounts
        ]
    if declared := _engagement(engagement):
        scope["engagement"] = declared
    return scope


def _summary(judged: Judged, findings: Sequence[Finding]) -> SummaryDocument:
    counts = dict.fromkeys(VERDICTS, 0)
    for finding in findings:
        counts[finding.verdict] += 1
    size = judged.reading.census.size
    summary: SummaryDocument = {"resources": size, "rules": len(judged.rules), "verdicts": counts}
    if judged.tenancy.source is not None:
        summary["isolation"] = _isolation(findings, judged.reading)
    return summary


def _proofs(told: Sequence[tuple[Finding, FindingDocument]]) -> list[dict[str, object]]:
    return [
        {
            "principal": finding.resource["address"],
            "theorem": finding.proof["theorem"],
            "over": finding.proof["over"],
            "verdict": finding.proof["verdict"],
            "finding": document["id"],
        }
        for finding, document in told
        if finding.proof is not None
    ]


def _controls(judged: Judged, findings: Sequence[Finding], left_out: Sequence[Gap]) -> list[ControlDocument]:
    return roll_up(
        judged.library.frameworks,
        [rule.id for rule in judged.rules],
        findings,
        judged.tenancy.attestations,
        judged.tenancy.entity,
        judged.as_of,
        unread=_unread(judged.reading.gaps, left_out, judged.rules),
    )


def _coverage(gaps: Sequence[Gap], rules: Sequence[Rule]) -> list[dict[str, object]]:
    return [
        {
            "what": gap.what,
            "cause": gap.unknown.cause,
            "detail": gap.unknown.detail,
            "path": gap.path,
            "rules": _blinded(gap.types, rules),
        }
        for gap in sorted(gaps, key=lambda each: each.path)
    ]


def _compared(
    judged: Judged, report: ReportDocument, documents: Sequence[FindingDocument]
) -> Sequence[str | None] | None:
    """What each finding is beside those of `before`, which is told in the report; None where nothing is compared."""
    before = judged.before
    if before is None:
        return None
    ran = {rule.id for rule in judged.rules} | {builtin.id for builtin in BUILTIN}
    # What is not there any more was read, as it were: nothing is left of its resources.
    read = paths_read(report) | (before.paths - {each.path for each in judged.reading.inputs})
    known = [known_of(each) for each in documents]
    renames = dict(before.renames)
    if before.files:
        gone = _Gone(judged.options, {str(each.path) for each in judged.reading.inputs})
        renames |= alike(before.files, sketches(documents), gone.is_gone)
        read |= renames.keys()
    found = compare(before.findings, known, read=read, rules=ran, renames=renames)
    _tell(report, documents, found, judged.options)
    return found.states


class _Gone:
    """Which files of a baseline are there no more, whether they were looked at or not."""

    def __init__(self, options: Options, read: Collection[str]) -> None:
        self._read = read
        roots = [Path(), *(path if path.is_dir() else path.parent for path in options.paths)]
        around = [repository_root(path.resolve()) for path in roots]
        self._roots = [*roots, *(each for each in around if each is not None)]

    def is_gone(self, path: str) -> bool:
        """The path is as addresses have it; what may still be there under any root is not gone."""
        return path not in self._read and not any(os.path.lexists(root / path) for root in self._roots)


def _exit_code(
    judged: Judged, findings: Sequence[Finding], states: Sequence[str | None] | None, errors: Sequence[Problem]
) -> int:
    later = {rule.id for rule in judged.rules if is_later(rule.since, judged.options.rules_as_of)}
    counting = [
        each
        for each, state in zip(findings, states or [None] * len(findings), strict=True)
        if state != "known" and each.rule not in later
    ]
    empty = not judged.reading.inputs and not judged.stopped
    return judged.gate.exit_code(counting, errors, crashed=bool(judged.crashes), empty=empty)


def _isolation(findings: Sequence[Finding], reading: Reading) -> IsolationDocument:
    """How the proofs end; a proof that says nothing of anybody's reach is counted with those proved."""
    counts: Counter[str] = Counter()
    for finding in findings:
        if (proof := finding.proof) is None:
            continue
        if proof["verdict"] != "ISOLATED":
            counts[proof["verdict"]] += 1
        elif proof.get("reaches") == "nothing":
            counts["nothing"] += 1
        else:
            counts["assumed" if proof.get("rests_on") else "proved"] += 1
    return {
        "proved": counts["proved"],
        "reaches_nothing": counts["nothing"],
        "assumed": counts["assumed"],
        "leaks": counts["LEAK"],
        "not_proven": counts["NOT_PROVEN"],
        "stores_not_covered": sorted(reading.uncovered),
    }


def decided(options: Options) -> Path | None:
    """The nearest decisions.yaml at or above the paths; None where there is none."""
    starts = options.starts(options.paths)
    return next((found for each in starts if (found := find_project_file(each, DECISIONS)) is not None), None)


def _decisions(options: Options, library: Library, problems: list[Problem]) -> list[DecisionDocument]:
    """What decisions.yaml says, with what is wrong with it added to `problems`."""
    path = decided(options)
    if path is None:
        return []
    from scanner.acceptance.decisions import load_decisions

    controls = {control.id for framework in library.frameworks for control in framework.controls}
    try:
        decisions, notes = load_decisions(read_project_file(path, "config"), controls, path.parent)
    except ProblemsError as error:
        problems += error.problems
        return []
    problems += notes
    return decisions


def _engagement(engagement: Engagement) -> EngagementDocument:
    """What of it was declared."""
    told: EngagementDocument = {}
    if engagement.entity is not None:
        told["entity"] = engagement.entity
    if engagement.role is not None:
        told["role"] = engagement.role
    if engagement.system is not None:
        told["system"] = engagement.system
    if engagement.period is not None:
        told["period"] = engagement.period
    if engagement.accounts_in:
        told["accounts_in"] = [_account(id_, owner) for id_, owner in engagement.accounts_in]
    if engagement.organizations:
        told["organizations"] = list(engagement.organizations)
    if engagement.accounts_out:
        told["accounts_out"] = [_account(each.id, each.owner, each.because) for each in engagement.accounts_out]
    return told


def _account(id_: str, owner: str | None, because: str | None = None) -> EngagementAccountDocument:
    told: EngagementAccountDocument = {"id": id_}
    if because is not None:
        told["because"] = because
    if owner is not None:
        told["owner"] = owner
    return told


def _tell(report: ReportDocument, documents: Sequence[FindingDocument], found: Comparison, options: Options) -> None:
    """Writes what is new into the report."""
    baseline = options.baseline or Path()
    name = options.since or (baseline.name if baseline.is_absolute() else baseline.as_posix())
    for document, state, came in zip(documents, found.states, found.moved, strict=True):
        if state is not None:
            document["state"] = state
        if came is not None:
            document["moved_from"] = came
    report["baseline"] = {
        "kind": "baseline" if options.since is None else "revision",
        "name": name,
        "new": found.count("new"),
        "known": found.count("known"),
        "changed": len(found.changed),
        "unseen": len(found.unseen),
        "moved": sum(each is not None for each in found.moved),
        "carried_over": found.carried_over,
        "fixed": [
            {"id": e.id, "rule": e.rule, "severity": e.severity, "verdict": e.verdict, "address": e.address}
            for e in found.fixed
        ],
    }


def _rules(
    rules: Sequence[Rule], cited: Mapping[str, list[CitationDocument]], findings: Sequence[Finding]
) -> dict[str, RuleDocument]:
    documents: dict[str, RuleDocument] = {}
    for rule in sorted(rules, key=lambda each: each.id):
        documents[rule.id] = documented(rule, cited)
    told = {finding.rule for finding in findings}
    for builtin in BUILTIN:
        if builtin.id in told:
            documents[builtin.id] = {
                "title": builtin.title,
                "severity": builtin.severity,
                "layer": builtin.layer,
                "why": builtin.why,
                "fix": builtin.fix,
                "references": list(builtin.references),
                "controls": [],
            }
    return documents


def documented(rule: Rule, cited: Mapping[str, list[CitationDocument]]) -> RuleDocument:
    """The rule as a report tells of it; `cited` are the citations of all rules."""
    document: RuleDocument = {
        "title": rule.title,
        **({"since": rule.since} if rule.since != FIRST else {}),  # type: ignore[typeddict-item]  # a key that may be missing
        "severity": rule.severity,
        "layer": rule.layer,
        "why": rule.why,
        "fix": rule.fix,
        "references": list(rule.references),
        "controls": cited.get(rule.id, []),
    }
    if rule.aliases:
        document["aliases"] = alias_documents(rule.aliases)
    if rule.cli:
        document["cli"] = list(rule.cli)
    return document


def clock() -> datetime.datetime:
    """The clock, read once; SOURCE_DATE_EPOCH stands in for it where builds must repeat."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal():
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC)
    return datetime.datetime.now(datetime.UTC)


def _unasked(judged: Judged) -> list[Gap]:
    """What no call of a snapshot was about: it is not in the account for all that is known, and not seen either.

    Where the scanner fails on it, an account may lack anything.
    """
    net = Net()
    unread = judged.reading.inventory.unread
    found = net.run("types that were not asked for", lambda: unasked(unread, judged.rules), None)
    judged.crashes = (*judged.crashes, *net.crashes)
    judged.problems += net.problems
    if found is None:
        why = Unknown("scanner-error", "the scanner failed on what the snapshot was not asked for")
        return [Gap("types that were not asked for", why, "", account=True)]
    gaps = []
    for account, types in found.items():
        named = ", ".join(f"`{name}`" for name in types[:_MOST_TYPES])
        more = f" and {len(types) - _MOST_TYPES} more types" if len(types) > _MOST_TYPES else ""
        why = Unknown("not-collected", f"the snapshot was not asked for {named}{more}")
        gaps.append(Gap(f"types of {account} that were not asked for", why, account, types, account=True))
    return gaps


def _unread(read: Sequence[Gap], left_out: Sequence[Gap], rules: Sequence[Rule]) -> frozenset[str]:
    """The rules that find nothing where nobody looked; all of them, where a whole account was not read."""
    if any(not gap.types and gap.account for gap in (*read, *left_out)):
        return frozenset(rule.id for rule in rules)
    return frozenset(_blinded({name for gap in left_out for name in gap.types}, rules))


def _blinded(types: Iterable[str], rules: Sequence[Rule]) -> list[str]:
    """The rules that read a type of which something was not seen."""
    seen = [*types]
    return sorted(rule.id for rule in rules if rule.types and any(map(rule.names, seen)))


def _error(problem: Problem) -> ErrorDocument:
    document: ErrorDocument = {
        "level": problem.level,
        "kind": problem.kind,
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "hint": problem.hint,
    }
    if problem.code is not None:
        document["code"] = problem.code
    return document


def run_of(paths: Sequence[Path]) -> dict[str, object]:
    """Who ran the scan, as GitHub Actions or GitLab CI say it in the environment; the commit of the first path; and the
    dates of shipped facts with their age limits in days."""
    from scanner.base.repository import commit_of

    by = None
    if os.environ.get("GITHUB_ACTIONS") == "true":
        repository, number = os.environ.get("GITHUB_REPOSITORY", ""), os.environ.get("GITHUB_RUN_ID", "")
        by = f"GitHub Actions {repository} run {number}"
    elif os.environ.get("GITLAB_CI"):
        project, number = os.environ.get("CI_PROJECT_PATH", ""), os.environ.get("CI_JOB_ID", "")
        by = f"GitLab CI {project} job {number}"
    return {
        "by": by,
        "commit": commit_of(paths[0]) if paths else None,
        "started": None,
        "ended": None,
        "data": {
            each.name: {"date": each.date.isoformat(), "source": each.source, "age_limit_days": each.age_limit_days}
            for each in data_dates().values()
        },
    }


def _aged(findings: Sequence[Finding], as_of: datetime.date) -> list[Problem]:
    """Notes on shipped facts that are past their age limit; on the list of eligible services where it left a doubt."""
    doubted = {finding.rule for finding in findings if finding.verdict == "UNKNOWN"}

    def notes() -> list[Problem]:
        return [
            Problem("tenantproof", each.note(as_of), kind="scanner", level="warning")
            for each in past(as_of)
            if each.name != "eligible-services" or ELIGIBLE_SERVICES in doubted
        ]

    # A note that cannot be made takes no finding with it.
    net = Net()
    nothing: list[Problem] = []
    return [*net.run("tenantproof", notes, nothing), *net.problems]


def _shown(paths: Sequence[Path]) -> str:
    return ", ".join(path.as_posix() for path in paths)


__all__ = ["Judged", "Scan", "clock", "decided", "documented", "finish", "run_of"]
