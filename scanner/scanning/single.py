"""One scan of one state of the files: read, judge, apply what is accepted, report."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.acceptance.baseline import read_baseline
from scanner.base.net import Net
from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.process_end import keep
from scanner.base.record import mutable, record
from scanner.controls.frameworks import citations_of
from scanner.engine.apply_exceptions import Exceptions, apply_exceptions, exceptions_in, not_counted
from scanner.engine.builtin_rules import (
    BUILTIN,
    duplicate_keys,
)
from scanner.engine.finding_builder import Describer
from scanner.engine.judge_all import bind, judge_all
from scanner.engine.judging import Judge
from scanner.engine.trust_rules import in_force, judge_trusts
from scanner.findings.comparison import Before
from scanner.findings.finding import Finding
from scanner.findings.gate import Gate
from scanner.findings.report_document import FindingDocument, InventoryDocument, ReportDocument
from scanner.inputs.discovery import Discovery
from scanner.inputs.reading import Reading, read_inputs
from scanner.inputs.suppressions import acknowledgements
from scanner.language.library import Library
from scanner.language.rule import Rule
from scanner.model.dependency_trace import Trace
from scanner.options import Options
from scanner.reporting import Judged, Scan, clock, finish, run_of
from scanner.scanning.change import Change, brought_exceptions, claims, hidden
from scanner.scanning.keeping import recall_of, shelving_of
from scanner.scanning.project import Project, discovered, load_project, read_discovered, settings_of
from scanner.scanning.rule_selection import selected
from scanner.tenancy.coverage import uncovered
from scanner.tenancy.inference.evidence import Evidence
from scanner.tenancy.tenancy import Tenancy
from scanner.tenancy.tenant_principals import one_tenant
from scanner.tenancy.unmet_entries import called, unmet

if TYPE_CHECKING:
    from scanner.incremental.cached_scan import Shelving
    from scanner.incremental.finding_cache import Shelf
    from scanner.incremental.report_cache import Recall
    from scanner.inputs.cloudformation.template import Template


@record
class Files:
    """Where the files of the options' paths are; of what is not there, `unread` tells and `ignored` counts."""

    paths: Sequence[Path]
    unread: Sequence[Problem] = ()
    ignored: int = 0


@mutable
class _Found:
    """What was read and found; `kept` are findings of an earlier scan, `templates` those that the others are on."""

    reading: Reading
    tenancy: Tenancy
    evidence: tuple[Evidence, ...]
    findings: list[Finding]
    templates: Sequence[Template]
    crashes: Sequence[str] = ()
    kept: Sequence[Finding] = ()
    shelf: Shelf | None = None


@mutable
class _Kept:
    """What an earlier scan left of the same: a whole report, or findings file by file."""

    recall: Recall | None
    shelving: Shelving | None

    @classmethod
    def of(cls, judging: _Judging, discovery: Discovery, before: Before | None, gate: Gate) -> _Kept:
        """Nothing where what is asked rests on more than the files and the options."""
        chosen, tenancy = judging.chosen, judging.project.tenancy
        asked: list[object] = [
            judging.project.library.digest,
            tenancy.source,
            tenancy.digest,
            tenancy.raw,
            tenancy.notes,
        ]
        asked.append(judging.project.exceptions)
        shelving = shelving_of(chosen, discovery, tenancy, asked)
        if shelving is not None:
            return cls(None, shelving)
        return cls(recall_of(chosen, discovery, before, tenancy, [*asked, judging.as_of, gate]), None)

    def keep(self, result: Scan, found: _Found, accepted: _Accepted, project: Exceptions) -> None:
        """For the next scan."""
        if self.recall is not None:
            self.recall.keep(result.report, found.reading)
        if self.shelving is not None and found.shelf is not None:
            findings: Sequence[FindingDocument] = result.report["findings"]
            self.shelving.keep(found.shelf, findings, accepted.noted, project=project, beside=accepted.beside)


@mutable
class _Accepted:
    """The findings with the exceptions applied; `noted` are the acknowledgements that templates hold."""

    findings: list[Finding]
    beside: Exceptions = field(default_factory=Exceptions)
    noted: Sequence[Problem] = ()


def scan_revision(chosen: Options, revision: str) -> Scan:
    """The files as they are in a revision of the repository, which the report names by its commit."""
    from scanner.inputs.revision import open_revision

    try:
        with open_revision(revision, chosen.paths, cwd=Path.cwd()) as opened:
            result = scan_once(chosen, Files(opened.paths, opened.problems, opened.ignored))
            result.report["run"]["commit"] = opened.commit
            return result
    except ProblemsError as error:
        return scan_once(replace(chosen, problems=(*chosen.problems, *error.problems)), Files(()))


def scan_once(chosen: Options, files: Files, before: Before | None = None, change: Change | None = None) -> Scan:
    """Where the scanner fails on what everything rests on there is a report that says so."""
    net = Net()
    result = net.run("scan", lambda: _scanned(chosen, files, before, change), None)
    if result is not None:
        return result
    now = clock()
    gate = Gate(chosen.fail_on, chosen.unknown_fails or "never")
    day = chosen.as_of or now.date()
    return finish(Judged(chosen, now, day, gate, problems=[*net.problems], crashes=net.crashes))


def _scanned(chosen: Options, files: Files, before: Before | None, change: Change | None) -> Scan:
    now = clock()
    as_of = chosen.as_of or now.date()
    net = Net()
    project = load_project(chosen, files.paths, as_of, net)
    problems = [*chosen.problems, *project.problems]
    if chosen.baseline is not None:
        try:
            before = read_baseline(chosen.baseline)
        except ProblemsError as error:
            problems += error.problems
    rules = _rules(chosen, project.library, problems)
    declared = project.tenancy.source == "tenancy.yaml"
    gate = Gate(chosen.fail_on, chosen.unknown_fails or ("critical" if declared else "never"))
    told = Judged(chosen, now, as_of, gate, project.library, rules, project.tenancy, problems=problems, before=before)
    if any(problem.level == "error" for problem in problems):
        # A rule, tenancy or exceptions file that cannot be read would make every verdict doubtful.
        told.before = None
        problems += net.problems
        told.crashes = net.crashes
        return finish(told)
    discovery = discovered(chosen, files.paths)
    judging = _Judging(chosen, project, rules, as_of)
    kept = _Kept.of(judging, discovery, before, gate)
    if kept.recall is not None and not (problems or net.problems) and (report := kept.recall.report()) is not None:
        return _again(report, now, chosen)
    found = judging.found(discovery, kept.shelving)
    found.reading.ignored += files.ignored
    told.reading, told.tenancy, told.evidence = found.reading, found.tenancy, found.evidence
    problems += [*found.reading.problems, *found.tenancy.notes]
    problems += net.run("tenancy", lambda: [*unmet(found.tenancy, found.reading.called)], [])
    problems += files.unread
    accepted = _accepted(judging, found, change, problems, net)
    told.inventory = net.run("inventory", lambda: _inventory(chosen, found), None)
    told.findings = _of_principals(chosen, accepted.findings, found.reading, problems)
    problems += net.problems
    told.crashes = (*found.reading.crashes, *found.crashes, *net.crashes)
    result = finish(told)
    keep(found, told)
    if not told.crashes:
        kept.keep(result, found, accepted, project.exceptions)
    return result


def _inventory(chosen: Options, found: _Found) -> InventoryDocument | None:
    """The inventory of technology assets, where it is asked for."""
    if not chosen.inventory:
        return None
    from scanner.assets.document import inventory_of

    return inventory_of(found.reading.inventory, found.tenancy.over(found.reading.inventory))


def _rules(chosen: Options, library: Library, problems: list[Problem]) -> list[Rule]:
    """Those to judge by; that none is left is a problem, for a scan by no rule finds nothing."""
    rules = selected(library, chosen, problems)
    if chosen.proofs_of:
        rules = [rule for rule in rules if rule.theorems]
    if not rules and not any(problem.level == "error" for problem in problems):
        what = "no rule is left to judge by" if not chosen.proofs_of else "no rule that proves anything is left"
        problems.append(Problem("--skip", what, hint="see what `select` and `skip` leave out", kind="config"))
    return rules


def _accepted(judging: _Judging, found: _Found, change: Change | None, problems: list[Problem], net: Net) -> _Accepted:
    """What was found, with what the project and the templates accept of it marked so."""
    project, as_of = judging.project, judging.as_of
    enabled = {rule.id for rule in judging.rules} | {builtin.id for builtin in BUILTIN}
    scanned = [each.path for each in found.reading.inputs]
    where = "exceptions in templates"
    nothing: list[Problem] = []
    noted = net.run(where, lambda: [*acknowledgements(found.templates, enabled, project.names)], nothing)
    problems += noted
    beside = net.run(
        where, lambda: exceptions_in(found.templates, as_of, project.severities, project.names), Exceptions()
    )
    if not project.exceptions.templates:
        told = net.run(where, lambda: [*not_counted(beside)], nothing)
        problems += told
        noted, beside = [*noted, *told], Exceptions()
    findings = [*found.kept, *found.findings]
    if change is not None:
        beside, unasked = brought_exceptions(beside, change.base)
        findings += [*change.brought, *unasked, *hidden(change, scanned, judging.chosen, problems)]
    claimed = {} if change is None else {"is_claimed": claims(change, judging.chosen, problems)}
    for applied in (project.exceptions, beside):
        findings = net.run(
            "exceptions",
            lambda by=applied, to=findings: apply_exceptions(to, by, scanned, enabled, as_of, **claimed),  # type: ignore[misc]  # mypy does not infer a lambda with defaults
            findings,
        )
    return _Accepted(findings, beside, noted)


def _of_principals(
    chosen: Options, findings: list[Finding], reading: Reading, problems: list[Problem]
) -> list[Finding]:
    """All findings, or the proofs of the principals asked for; patterns that name none are problems."""
    if not chosen.proofs_of:
        return findings
    if reading.inputs:
        problems += _uncalled(chosen.proofs_of, findings)
    return [each for each in findings if each.proof is not None and _is_called(each, chosen.proofs_of)]


@record
class _Judging:
    """How one scan reads and judges."""

    chosen: Options
    project: Project
    rules: Sequence[Rule]
    as_of: datetime.date

    def found(self, discovery: Discovery, shelving: Shelving | None) -> _Found:
        """What has changed since an earlier scan, where one was kept; else everything."""
        again = self._again(shelving) if shelving is not None else None
        return again if again is not None else self._anew(discovery, shelving)

    def _anew(self, discovery: Discovery, shelving: Shelving | None) -> _Found:
        """Everything; what may be known again by the next scan is noted where it is to be kept."""
        trace = Trace() if shelving is not None else None
        reading, tenancy, evidence = read_discovered(self.chosen, discovery, self.project.tenancy, trace)
        judge = self._judge(reading, tenancy)
        beside = Net()
        nobody: list[str] = []
        reading.uncovered = beside.run("tenancy", lambda: [*uncovered(reading.inventory, judge.tenancy)], nobody)
        reading.called = beside.run("tenancy", lambda: [*called(reading.inventory, judge.tenancy)], reading.called)
        judge.describe.crashes += beside.crashes
        reading.problems += beside.problems
        findings = judge_all(judge, [bind(rule, judge.tenancy) for rule in self.rules])
        judge.prover = None  # what proofs remember is gone before the report takes its place
        shelf = shelving.shelf_of(reading, judge, self.rules, evidence) if shelving is not None else None
        net = Net()
        none: list[Finding] = []
        findings += net.run("trusts", lambda: [*judge_trusts(tenancy, reading.inventory, self.as_of)], none)
        for template in reading.templates:
            document = template.document
            findings += net.run(document.path, lambda it=document: [*duplicate_keys(it)], none)  # type: ignore[misc]  # mypy does not infer a lambda with a default
        reading.problems += net.problems
        crashes = [*judge.describe.crashes, *net.crashes]
        return _Found(reading, tenancy, evidence, findings, reading.templates, crashes, shelf=shelf)

    def _again(self, shelving: Shelving) -> _Found | None:
        """What has changed since an earlier scan; None where there was none, or too much has changed."""
        from scanner.incremental.rescan import Means

        settings = settings_of(self.chosen, self.project.tenancy)
        means = Means(
            lambda some, trace: read_inputs(some, settings, trace),
            self._judge,
            self.rules,
            self.project.tenancy,
            settings.asked_for,
            self.as_of,
        )
        found = shelving.rescan(means)
        if found is None:
            return None
        for template in found.again:
            found.fresh += duplicate_keys(template.document)
        return _Found(found.reading, found.tenancy, found.evidence, found.fresh, found.again, kept=found.kept)

    def _judge(self, reading: Reading, tenancy: Tenancy) -> Judge:
        cited = citations_of(self.project.library.frameworks)
        describe = Describer({rule: [each["id"] for each in found] for rule, found in cited.items()}, tenancy.tags)
        describe.tenant_of = lambda role: one_tenant(role, tenancy)
        net = Net()
        over = tenancy.over(reading.inventory)
        # Whom nobody can say to be trusted today is trusted with nothing.
        tenancy = net.run("trusts", lambda: in_force(over, self.as_of), replace(over, trusted=()))
        if any(kind.startswith("Kubernetes::") for kind in reading.inventory.types):
            from scanner.tenancy.namespaces import mark_tenants

            net.run("the objects of Kubernetes", lambda: mark_tenants(reading.inventory, tenancy), None)
        describe.crashes += net.crashes
        reading.problems += net.problems
        relations = self.project.library.new_relations()
        reading.inventory.as_of = self.as_of
        return Judge(reading.inventory, relations, tenancy, describe, self.chosen.strict_defaults)


def _again(report: ReportDocument, now: datetime.datetime, chosen: Options) -> Scan:
    report["generated_at"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    report["run"] = run_of(chosen.paths)
    return Scan(report, report["exit_code"])


def _uncalled(patterns: Sequence[str], findings: Sequence[Finding]) -> Iterator[Problem]:
    """Patterns that name nothing a rule was asked about: an empty answer to a misspelt name is no proof."""
    for pattern in patterns:
        # That nothing at all was asked is said elsewhere.
        if pattern != "*" and not any(_is_called(finding, (pattern,)) for finding in findings):
            known = {str(each.resource["logical_id"] or each.resource["address"]) for each in findings}
            hint = did_you_mean(pattern.strip("*"), known)
            yield Problem(
                "--principal", f"`{pattern}` names no principal of what was scanned", hint=hint, kind="config"
            )


def _is_called(finding: Finding, patterns: Sequence[str]) -> bool:
    resource = finding.resource
    names = [resource["address"], resource["logical_id"], resource["arn"], resource["construct_path"]]
    return any(fnmatchcase(name, pattern) for name in names if name for pattern in patterns)


__all__ = ["Files", "scan_once", "scan_revision"]
