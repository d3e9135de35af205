"""One scan: files in, a report out. `from scanner import scan` is the way in for Python programs."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.acceptance.baseline import read_baseline
from scanner.base.git import GitRepository
from scanner.base.net import Net
from scanner.base.problem import Problem, Problems, did_you_mean
from scanner.base.record import mutable, record
from scanner.base.repository import repository_root
from scanner.controls.frameworks import citations_of
from scanner.engine.apply_exceptions import Exceptions, apply_exceptions, exceptions_in, exceptions_near
from scanner.engine.builtin_rules import (
    BUILTIN,
    GATE_NOT_LOOSENED,
    INPUTS_NOT_HIDDEN,
    duplicate_keys,
    file_finding,
)
from scanner.engine.finding_builder import Describer
from scanner.engine.judge_all import bind, judge_all
from scanner.engine.judging import Judge
from scanner.engine.trust_rules import in_force, judge_trusts
from scanner.findings.comparison import Before, known_of, paths_read
from scanner.findings.finding import Finding
from scanner.findings.gate import Gate
from scanner.findings.report_document import (
    ReportDocument,
    Severity,
)
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import Discovery, discover, discover_contents
from scanner.inputs.kinds import is_terraform
from scanner.inputs.reading import Reading, read_inputs
from scanner.inputs.suppressions import acknowledgements
from scanner.language.library import Library, load_library
from scanner.language.rule import Rule
from scanner.model.data_age import past
from scanner.model.dependency_trace import Trace
from scanner.model.location import Location
from scanner.model.resource import Inventory
from scanner.options import Options
from scanner.reporting import Scan, clock, decided, finish, run_of
from scanner.tenancy.coverage import uncovered
from scanner.tenancy.inference.evidence import Evidence
from scanner.tenancy.inference.infer import infer_from
from scanner.tenancy.loading import load_tenancy_near
from scanner.tenancy.tenancy import NO_TENANCY, Tenancy

if TYPE_CHECKING:
    from scanner.incremental.cached_scan import Shelving
    from scanner.incremental.finding_cache import Shelf
    from scanner.incremental.report_cache import Recall
    from scanner.incremental.revision_cache import Base, BaseRecall
    from scanner.inputs.cloudformation.template import Template

DECISIONS = ("decisions.yaml", "decisions.yml")
_WORTH_KEEPING = 20  # templates; fewer are judged about as fast as they are looked up file by file
_WAY_OUT = "compare with a baseline of that revision instead: --write-baseline there, --baseline here"


@record
class Gathered:
    """What a scan of the same options reads."""

    discovery: Discovery
    reading: Reading
    tenancy: Tenancy


def scan(*paths: str | Path, options: Options | None = None, brought: Sequence[Finding] = ()) -> Scan:
    """Judges the paths. Never raises for bad input: what is wrong stands in the report's `errors`.

    `brought` are findings on the change itself, which goes with `since`.
    """
    chosen = options or Options()
    if paths:
        chosen = _replaced(chosen, [Path(path) for path in paths])
    if chosen.against is not None:
        return _scan_against(chosen, chosen.against)
    if chosen.since is not None and chosen.revision is None:
        return _scan_since(chosen, chosen.since, brought)
    if chosen.revision is None:
        return _scan(chosen, chosen.paths)
    from scanner.inputs.revision import open_revision

    try:
        with open_revision(chosen.revision, chosen.paths, cwd=Path.cwd()) as revision:
            result = _scan(chosen, revision.paths, revision.problems, revision.ignored)
            result.report["run"]["commit"] = revision.commit
            return result
    except Problems as error:
        return _scan(replace(chosen, problems=(*chosen.problems, *error.problems)), ())


def _scan_since(chosen: Options, since: str, brought: Sequence[Finding]) -> Scan:
    """Scans the revision too; what stands in the way of a comparison stops, for else all would be called new."""
    problems: list[Problem] = []
    if any(each.kind == "terraform" for each in _discovered(chosen, chosen.paths).found):
        why = "plans of Terraform hold secrets and are in no revision"
        problems.append(Problem("--since", why, hint="compare with an earlier plan: --against OLD.json", kind="config"))
        return _scan(replace(chosen, since=None, problems=(*chosen.problems, *problems)), ())
    base = _base(chosen, since)
    for each in base.errors:
        if each["level"] != "error" or each.get("code") == "nothing-to-scan":
            continue
        missing = each.get("code") == "not-in-revision"
        stops = missing or each["kind"] != "input"
        hint = _WAY_OUT if missing else each["hint"]
        place = "" if each["path"] == "--git" else f"{each['path']}: "
        message = f"{place}{each['message']}" + ("" if missing or stops else f" in revision `{since}`")
        problems.append(Problem("--since", message, hint=hint, kind="config", level="error" if stops else "warning"))
    if chosen.baseline is not None:
        problems.append(Problem("--since", "goes without --baseline", hint="keep one of the two", kind="config"))
    chosen = replace(chosen, problems=(*chosen.problems, *problems))
    before = Before(base.known, base.paths, _renames(chosen, since))
    result = _scan(chosen, chosen.paths, before=before, change=_Change(base, since, brought))
    made = [each["path"] for each in result.report["inputs"] if each["kind"] == "cdk-assembly"]
    for path in made:
        if path not in base.paths:
            problem = Problem("--since", f"{path}: is not in revision `{since}`", hint=_WAY_OUT, kind="config")
            return _scan(replace(chosen, problems=(*chosen.problems, problem)), chosen.paths)
    return result


def _renames(chosen: Options, since: str) -> Mapping[str, str]:
    """Files of the revision that git takes for others of now: moved, and at least 60 % alike."""
    root = repository_root(chosen.paths[0].resolve())
    try:
        return GitRepository(root).renames(since) if root is not None else {}
    except Problems:
        return {}


def _scan_against(chosen: Options, against: Path) -> Scan:
    """Scans an earlier plan as if it were this one: plans are in no revision that one could compare with."""
    problems: list[Problem] = []
    if chosen.baseline is not None or chosen.since is not None or chosen.revision is not None:
        problems.append(Problem("--against", "goes with none of --baseline, --since and --git", kind="config"))
    if len(chosen.paths) != 1 or not chosen.paths[0].is_file():
        problems.append(Problem("--against", "compares one plan with another: name one file", kind="config"))
    raw = b""
    try:
        raw = against.read_bytes()
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        problems.append(Problem("--against", f"{against.as_posix()} cannot be read: {said}", kind="config"))
    if raw and not is_terraform(raw):
        problems.append(Problem("--against", f"{against.as_posix()} is no plan of Terraform as JSON", kind="config"))
    if problems:
        return _scan(replace(chosen, against=None, problems=(*chosen.problems, *problems)), ())
    base = scan(options=replace(chosen, against=None, contents=raw, cache=None))
    unread = [
        Problem("--against", each["message"], each["line"], each["column"], each["hint"], kind="config")
        for each in base.report["errors"]
        if each["level"] == "error"
    ]
    chosen = replace(chosen, against=None, since=against.name, problems=(*chosen.problems, *unread))
    known = Before([known_of(each) for each in base.report["findings"]], paths_read(base.report))
    return _scan(chosen, chosen.paths, before=known)


def _base(chosen: Options, since: str) -> Base:
    """What the revision holds, judged as the files are."""
    from scanner.incremental.revision_cache import Base

    asked = replace(chosen, since=None, baseline=None, contents=None, revision=since, problems=(), projects=())
    recall = _recall_of_base(asked, since)
    if recall is not None and (base := recall.base()) is not None:
        return base
    scanned = scan(options=asked)
    base = Base.of(scanned.report)
    if recall is not None and not scanned.crashes:
        recall.keep(base)
    return base


def _recall_of_base(asked: Options, since: str) -> BaseRecall | None:
    """None where the findings rest on more than the commit and what was asked, such as files that are found on disk."""
    if asked.cache is None or asked.project is not None or (asked.stage is not None and not asked.staged):
        return None
    from scanner.incremental.revision_cache import BaseRecall
    from scanner.inputs.revision import named

    try:
        commit = named(since, asked.paths, cwd=Path.cwd())
        library = load_library(asked.rules, shipped=not asked.only_rules, examples=False)
    except Problems:
        return None
    as_of = asked.as_of or clock().date()
    told = replace(asked, cache=None, revision=None, paths=(), rules=(), as_of=as_of)
    return BaseRecall(asked.cache, (*commit, library.digest, told))


@record
class _Change:
    """What a change is held against, and the findings on the change itself."""

    base: Base
    since: str
    brought: Sequence[Finding] = ()


@mutable
class _Judged:
    """What was read and found; `kept` are findings of an earlier scan, `templates` those that the others are on."""

    reading: Reading
    tenancy: Tenancy
    evidence: tuple[Evidence, ...]
    findings: list[Finding]
    templates: Sequence[Template]
    crashes: Sequence[str] = ()
    kept: Sequence[Finding] = ()
    shelf: Shelf | None = None


def _scan(
    chosen: Options,
    paths: Sequence[Path],
    unread: Sequence[Problem] = (),
    ignored: int = 0,
    before: Before | None = None,
    change: _Change | None = None,
) -> Scan:
    """As `_scanned`; where the scanner fails on what everything rests on there is a report that says so."""
    net = Net()
    result = net.run("scan", lambda: _scanned(chosen, paths, unread, ignored, before, change), None)
    if result is not None:
        return result
    now = clock()
    gate = Gate(chosen.fail_on, chosen.unknown_fails or "never")
    day = chosen.as_of or now.date()
    return finish(chosen, now, day, Library(), [], NO_TENANCY, Reading(), [], [*net.problems], gate, tuple(net.crashes))


def _scanned(  # noqa: PLR0915  # the order of a scan, told once
    chosen: Options,
    paths: Sequence[Path],
    unread: Sequence[Problem] = (),
    ignored: int = 0,
    before: Before | None = None,
    change: _Change | None = None,
) -> Scan:
    """`paths` are where the files of `chosen.paths` are; of what is not there, `unread` tells and `ignored` counts."""
    now = clock()
    as_of = chosen.as_of or now.date()
    problems: list[Problem] = list(chosen.problems)
    library, tenancy, exceptions = _project(chosen, paths, as_of, problems)
    severities = severities_of(library)
    if chosen.baseline is not None:
        try:
            before = Before(read_baseline(chosen.baseline))
        except Problems as error:
            problems += error.problems
    rules = selected(library, chosen, problems)
    if chosen.proofs_of:
        rules = [rule for rule in rules if rule.theorems]
    if not rules and not any(problem.level == "error" for problem in problems):
        what = "no rule is left to judge by" if not chosen.proofs_of else "no rule that proves anything is left"
        problems.append(Problem("--skip", what, hint="see what `select` and `skip` leave out", kind="config"))
    gate = Gate(chosen.fail_on, chosen.unknown_fails or ("critical" if tenancy.source == "tenancy.yaml" else "never"))
    if any(problem.level == "error" for problem in problems):
        # A rule, tenancy or exceptions file that cannot be read would make every verdict doubtful.
        return finish(chosen, now, as_of, library, rules, tenancy, Reading(), [], problems, gate, [])
    discovery = _discovered(chosen, paths)
    asked = [library.digest, tenancy.source, tenancy.digest, tenancy.raw, tenancy.notes, exceptions]
    recall, shelving = None, _shelving(chosen, discovery, tenancy, asked)
    if shelving is None and (recall := _recall(chosen, discovery, before, tenancy, [*asked, as_of, gate])) is not None:
        report = recall.report() if not problems else None
        if report is not None:
            return _again(report, now, chosen)
    judging = _Judging(chosen, library, rules, tenancy, as_of)
    judged = judging.again(shelving) if shelving is not None else None
    if judged is None:
        judged = judging.anew(discovery, shelving)
    reading, tenancy = judged.reading, judged.tenancy
    reading.ignored += ignored
    problems += [*reading.problems, *tenancy.notes, *unread]
    enabled = {rule.id for rule in rules} | {builtin.id for builtin in BUILTIN}
    scanned = [each.path for each in reading.inputs]
    net = Net()
    nothing: list[Problem] = []
    noted = net.run("exceptions in templates", lambda: [*acknowledgements(judged.templates, enabled)], nothing)
    problems += noted
    findings = [*judged.kept, *judged.findings]
    beside = net.run(
        "exceptions in templates", lambda: exceptions_in(judged.templates, as_of, severities), Exceptions()
    )
    if change is not None:
        beside, unasked = _brought_exceptions(beside, change.base)
        findings += [*change.brought, *unasked, *_hidden(change, scanned, chosen, problems)]
    for found in (exceptions, beside):
        findings = net.run(
            "exceptions",
            lambda applied=found, to=findings: apply_exceptions(to, applied, scanned, enabled, as_of),  # type: ignore[misc]  # mypy does not infer a lambda with defaults
            findings,
        )
    if chosen.proofs_of:
        problems += _uncalled(chosen.proofs_of, findings) if reading.inputs else []
        findings = [
            finding for finding in findings if finding.proof is not None and _is_called(finding, chosen.proofs_of)
        ]
    problems += net.problems
    crashes, evidence = (*reading.crashes, *judged.crashes, *net.crashes), judged.evidence
    result = finish(
        chosen, now, as_of, library, rules, tenancy, reading, findings, problems, gate, crashes, evidence, before
    )
    if crashes:
        return result
    if recall is not None:
        recall.keep(result.report, reading)
    if shelving is not None and judged.shelf is not None:
        shelving.keep(judged.shelf, result.report["findings"], noted, project=exceptions, beside=beside)
    return result


def _brought_exceptions(beside: Exceptions, base: Base) -> tuple[Exceptions, list[Finding]]:
    """The exceptions in templates that the revision had, too, and a finding for each that the change brings."""
    kept = tuple(each for each in beside.accepted if (each.rule, each.resource) in base.suppressed)
    brought = [
        file_finding(
            GATE_NOT_LOOSENED,
            each.location.path,
            f"this change loosens what it is judged by: an exception in a template covers `{each.rule}` on "
            f"`{each.resource}`",
            each.location,
            f"{each.rule} {each.resource}",
        )
        for each in beside.accepted
        if each not in kept
    ]
    return replace(beside, accepted=kept), brought


def _hidden(change: _Change, read: Sequence[str], chosen: Options, problems: list[Problem]) -> Iterator[Finding]:
    """One for each input of the revision that is there and is not read; a note on those that are gone is added."""
    root = repository_root(chosen.paths[0].resolve()) or Path()
    missing = sorted(change.base.paths - set(read) - _renames(chosen, change.since).keys())
    there = [path for path in missing if os.path.lexists(root / path)]
    for path in there:
        message = f"{path} was read in revision `{change.since}`, is still there, and is read no longer"
        yield file_finding(INPUTS_NOT_HIDDEN, path, message, Location(path), path)
    gone = len(missing) - len(there)
    if gone:
        count = "1 input" if gone == 1 else f"{gone} inputs"
        message = f"{count} of revision `{change.since}` {'is' if gone == 1 else 'are'} not there any more"
        problems.append(Problem("--since", message, kind="config", level="warning"))


@record
class _Judging:
    """How one scan reads and judges. `tenancy` is the declared one, if there is one."""

    chosen: Options
    library: Library
    rules: Sequence[Rule]
    tenancy: Tenancy
    as_of: datetime.date

    def anew(self, discovery: Discovery, shelving: Shelving | None) -> _Judged:
        """Everything; what may be known again by the next scan is noted where it is to be kept."""
        trace = Trace() if shelving is not None else None
        reading, tenancy, evidence = _read(self.chosen, discovery, self.tenancy, trace)
        judge = self._judge(reading, tenancy)
        reading.uncovered = list(uncovered(reading.inventory, judge.tenancy))
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
        return _Judged(reading, tenancy, evidence, findings, reading.templates, crashes, shelf=shelf)

    def again(self, shelving: Shelving) -> _Judged | None:
        """What has changed since an earlier scan; None where there was none, or too much has changed."""
        from scanner.incremental.rescan import Means

        settings = _settings(self.chosen, self.tenancy)
        means = Means(
            lambda some, trace: read_inputs(some, settings, trace),
            self._judge,
            self.rules,
            self.tenancy,
            settings.asked_for,
            self.as_of,
        )
        found = shelving.rescan(means)
        if found is None:
            return None
        for template in found.again:
            found.fresh += duplicate_keys(template.document)
        return _Judged(found.reading, found.tenancy, found.evidence, found.fresh, found.again, kept=found.kept)

    def _judge(self, reading: Reading, tenancy: Tenancy) -> Judge:
        cited = citations_of(self.library.frameworks)
        describe = Describer({rule: [each["id"] for each in found] for rule, found in cited.items()}, tenancy.tags)
        net = Net()
        over = tenancy.over(reading.inventory)
        # Whom nobody can say to be trusted today is trusted with nothing.
        tenancy = net.run("trusts", lambda: in_force(over, self.as_of), replace(over, trusted=()))
        describe.crashes += net.crashes
        reading.problems += net.problems
        relations = self.library.new_relations()
        reading.inventory.as_of = self.as_of
        return Judge(reading.inventory, relations, tenancy, describe, self.chosen.strict_defaults)


def _recall(
    chosen: Options, discovery: Discovery, before: Before | None, tenancy: Tenancy, asked: Sequence[object]
) -> Recall | None:
    """Where such a report may be kept; None where it rests on more than the files found and what was `asked`."""
    if chosen.cache is None or before is not None or _rests_on_more(chosen, discovery) or tenancy.sessions:
        return None
    if decided(chosen) is not None:
        return None
    from scanner.incremental.report_cache import Recall

    return Recall(chosen.cache, discovery, [*asked, replace(chosen, cache=None, rules=(), project=None, projects=())])


def _shelving(chosen: Options, discovery: Discovery, tenancy: Tenancy, asked: Sequence[object]) -> Shelving | None:
    """Where findings may be kept file by file; None where they rest on more than the files and what was `asked`."""
    if chosen.cache is None or _rests_on_more(chosen, discovery) or chosen.proofs_of:
        return None
    if any(session.session_policy is not None for session in tenancy.sessions):
        return None
    if sum(each.kind == "template" for each in discovery.found) < _WORTH_KEEPING:
        return None
    from scanner.incremental.cached_scan import Shelving

    # What stops a merge, and what is new, is asked of findings that are the same for all that; so nearly are they
    # on another day, of which a rescan takes care.
    told = replace(chosen, cache=None, rules=(), project=None, projects=(), baseline=None, since=None, as_of=None)
    told = replace(told, fail_on="high", unknown_fails=None)
    aged = [each.name for each in past(chosen.as_of or clock().date())]
    sql = _settings(chosen, tenancy).sql
    return Shelving.of(chosen.cache, discovery, [str(Path.cwd()), *asked, aged, told], sql=sql)


def _rests_on_more(chosen: Options, discovery: Discovery) -> bool:
    """Whether files count that were not found on the paths, such as the `.tf` files beside a plan."""
    if any(each.kind == "terraform" for each in discovery.found):
        return True
    return bool(chosen.revision or chosen.stage or chosen.contents is not None or chosen.problems)


def _again(report: ReportDocument, now: datetime.datetime, chosen: Options) -> Scan:
    report["generated_at"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    report["run"] = run_of(chosen.paths)
    return Scan(report, report["exit_code"])


def read(chosen: Options) -> tuple[Inventory, Tenancy]:
    """The resources of the paths, and the tenancy that holds for them; nothing is judged.

    Raises Problems where one could not be read: half of an account is no account.
    """
    if chosen.revision is None:
        gathered = gather(chosen)
        problems = [*chosen.problems, *gathered.reading.problems]
    else:
        from scanner.inputs.revision import open_revision

        with open_revision(chosen.revision, chosen.paths, cwd=Path.cwd()) as revision:
            gathered = gather(replace(chosen, paths=revision.paths, revision=None))
            problems = [*chosen.problems, *revision.problems, *gathered.reading.problems]
    if broken := [each for each in problems if each.level == "error"]:
        raise Problems(broken)
    return gathered.reading.inventory, gathered.tenancy


def gather(chosen: Options) -> Gathered:
    """What a scan would read; what is wrong with it stands in the reading's problems. Raises Problems."""
    tenancy = load_tenancy_near(chosen.starts(chosen.paths))
    discovery = _discovered(chosen, chosen.paths)
    reading, tenancy, _ = _read(chosen, discovery, tenancy)
    reading.problems += tenancy.notes
    return Gathered(discovery, reading, tenancy)


def _discovered(chosen: Options, paths: Sequence[Path]) -> Discovery:
    cwd = Path.cwd()
    if chosen.contents is None:
        return discover(paths, exclude=chosen.exclude, cwd=cwd, detached=chosen.detached)
    return discover_contents(paths[0], chosen.contents, cwd=cwd)


def _read(
    chosen: Options, discovery: Discovery, tenancy: Tenancy, trace: Trace | None = None
) -> tuple[Reading, Tenancy, tuple[Evidence, ...]]:
    """What was found holds, and the tenancy over it; what could not be read stands in the reading's problems."""
    reading = read_inputs(discovery, _settings(chosen, tenancy), trace)
    policies = tenancy.session_policies
    if policies and tenancy.folder is not None:
        from scanner.inputs.session_policies import read_session_policies

        resources, complaints = read_session_policies(tenancy.folder, policies)
        reading.inventory.add(resources)
        reading.problems += complaints
    return (reading, *_over(tenancy, reading))


def _project(
    chosen: Options, paths: Sequence[Path], as_of: datetime.date, problems: list[Problem]
) -> tuple[Library, Tenancy, Exceptions]:
    """What is judged by; what of it cannot be read is added to `problems`."""
    library, tenancy = Library(), NO_TENANCY
    paths = chosen.starts(paths)
    try:
        library = load_library(chosen.rules, shipped=not chosen.only_rules, examples=False)
    except Problems as error:
        problems += error.problems
    try:
        tenancy = load_tenancy_near(paths)
    except Problems as error:
        problems += error.problems
    exceptions = Exceptions()
    try:
        net = Net()
        severities = severities_of(library)
        exceptions = net.run("exceptions", lambda: exceptions_near(paths, as_of, severities), exceptions)
        problems += net.problems
    except Problems as error:
        problems += error.problems
    return library, tenancy, exceptions


def _uncalled(patterns: Sequence[str], findings: Sequence[Finding]) -> Iterator[Problem]:
    """Patterns that name nothing a rule was asked about: an empty answer to a misspelt name is no proof."""
    for pattern in patterns:
        if not any(_is_called(finding, (pattern,)) for finding in findings):
            known = {str(each.resource["logical_id"] or each.resource["address"]) for each in findings}
            hint = did_you_mean(pattern.strip("*"), known)
            yield Problem(
                "--principal", f"`{pattern}` names no principal of what was scanned", hint=hint, kind="config"
            )


def _is_called(finding: Finding, patterns: Sequence[str]) -> bool:
    resource = finding.resource
    names = [resource["address"], resource["logical_id"], resource["arn"], resource["construct_path"]]
    return any(fnmatchcase(name, pattern) for name in names if name for pattern in patterns)


def _over(tenancy: Tenancy, reading: Reading) -> tuple[Tenancy, tuple[Evidence, ...]]:
    """The tenancy for what was read: the declared one, else what the files show of one, with its evidence."""
    if tenancy.source is not None:
        return tenancy.over(reading.inventory), ()
    net = Net()
    texts = [template.document.text for template in reading.templates]
    inferred = net.run("tenancy", lambda: infer_from(reading.inventory, texts), None)
    reading.problems += net.problems
    reading.crashes += net.crashes
    if inferred is None:
        return tenancy, ()
    return inferred.tenancy.over(reading.inventory), inferred.evidence


def _settings(options: Options, tenancy: Tenancy) -> Settings:
    return Settings(
        options.parameters,
        options.strict_parameters,
        options.account or tenancy.account,
        options.region or tenancy.region,
        optional=options.optional,
        stage=options.stage,
        staged=options.staged,
        cache=options.cache,
        sql=tenancy.source is not None,
        database=tenancy.database,
        partial_plan=options.partial_plan,
        source=options.source,
        templates=options.templates,
        contents={} if options.contents is None else {options.paths[0].resolve(): options.contents},
    )


def severities_of(library: Library) -> dict[str, Severity]:
    """Of every rule there is, also those that this run leaves out: an exception to one of them is no mistake."""
    severities = {rule.id: rule.severity for rule in library.rules}
    return severities | {builtin.id: builtin.severity for builtin in BUILTIN}


def selected(library: Library, options: Options, problems: list[Problem]) -> list[Rule]:
    """The rules to judge by; a pattern that names none is an error, for it would be a silent hole in the gate."""
    cited = citations_of(library.frameworks)

    def named(rule: Rule, patterns: Sequence[str]) -> bool:
        names = [rule.id, rule.layer, *(each["framework"] for each in cited.get(rule.id, ()))]
        return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    known = {name for rule in library.rules for name in (rule.id, rule.layer)} | {
        each.id for each in library.frameworks
    }
    known |= {builtin.id for builtin in BUILTIN}
    for option, patterns in (
        ("--select", options.select),
        ("--skip", options.skip),
        ("--framework", options.frameworks),
    ):
        for pattern in patterns:
            if library.rules and not any(fnmatchcase(name, pattern) for name in known):
                message = f"`{pattern}` names no rule, layer or framework"
                problems.append(Problem(option, message, hint=did_you_mean(pattern, known), kind="config"))
    ids = {rule.id for rule in library.rules}
    for rule_id in options.severities if library.rules else ():
        if rule_id not in ids:
            message = f"`{rule_id}` names no rule"
            problems.append(Problem("severities", message, hint=did_you_mean(rule_id, ids), kind="config"))
    wanted = [*options.select, *options.frameworks]
    here = options.severities
    return [
        replace(rule, severity=here[rule.id].severity) if rule.id in here else rule
        for rule in library.rules
        if (named(rule, wanted) if wanted else rule.tier != "legacy") and not named(rule, options.skip)
    ]


def _replaced(options: Options, paths: Sequence[Path]) -> Options:
    return replace(options, paths=tuple(paths))


__all__ = ["Options", "Scan", "scan"]
