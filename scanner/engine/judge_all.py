"""All rules over an inventory: each resource once, with the rules of its type."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Mapping, Sequence

from scanner.base.error import TenantproofError
from scanner.base.progress import step
from scanner.base.record import record
from scanner.engine.judging import Judge
from scanner.engine.unlisted import unlisted
from scanner.engine.worker_pool import in_parts
from scanner.findings.finding import Finding
from scanner.iam.policy_document import documents_stay
from scanner.language.rule import GLOB, Rule
from scanner.model.dependency_trace import PROOFS, file_of
from scanner.model.resource import Resource
from scanner.tenancy.tenancy import Tenancy

_A_PROOF = 10


class NotKeptError(TenantproofError):
    """What is known of an earlier scan does not suffice to say what one of everything would."""


@record
class Bound:
    """A rule with its parameters' values, or with why it has none to work with."""

    rule: Rule
    names: Mapping[str, object] | str


def bind(rule: Rule, tenancy: Tenancy, overrides: Mapping[str, object] | None = None) -> Bound:
    """Reads the rule's parameters from the tenancy; `overrides` are given by an example or the configuration."""
    names: dict[str, object] = {}
    for param in rule.params:
        if overrides and param.name in overrides:
            names[param.name] = overrides[param.name]
            continue
        value = tenancy.value(param.declared) if param.declared else None
        if value is None and not param.has_default:
            reason = f"tenancy.yaml declares no `{param.declared}`"
            return Bound(rule, reason if tenancy.source else f"there is no tenancy.yaml to declare `{param.declared}`")
        names[param.name] = param.default if value is None else value
    return Bound(rule, names)


class Plan:
    """Which rules each resource is judged by."""

    def __init__(self, rules: Sequence[Bound]) -> None:
        self._anywhere = [bound for bound in rules if not bound.rule.types or any(map(GLOB.search, bound.rule.types))]
        self._named: dict[str, list[Bound]] = {}
        for bound in rules:
            for name in bound.rule.types:
                if not GLOB.search(name):
                    self._named.setdefault(name, []).append(bound)
        self._chosen: dict[str, list[Bound]] = {}

    def of(self, type_name: str) -> list[Bound]:
        """The rules that name the type, first those that spell it out, then those with a pattern or without any
        type."""
        mine = self._chosen.get(type_name)
        if mine is None:
            named = self._named.get(type_name, [])
            globbed = [bound for bound in self._anywhere if bound not in named and bound.rule.names(type_name)]
            mine = self._chosen[type_name] = named + globbed
        return mine

    def work(self, type_name: str) -> int:
        """About how long they take for one resource, in verdicts of a plain rule."""
        return sum(_A_PROOF if bound.rule.theorems else 1 for bound in self.of(type_name))


def judge_all(judge: Judge, rules: Sequence[Bound]) -> list[Finding]:
    """One finding for each rule and resource whose type the rule names, in the order of the inventory.

    Then one UNKNOWN for each rule and type of an account that could not be listed.
    """
    plan = Plan(rules)
    resources = judge.inventory.resources
    work = [plan.work(each.type) for each in resources]

    def some(first: int, end: int) -> list[Finding]:
        told: list[Finding] = []
        for at, each in enumerate(resources[first:end], 1):
            told += _judged(judge, plan, each)
            if first == 0:  # the other processes have as much to do
                step("resources judged", at * len(resources) // (end - first), len(resources))
        return told

    trace = judge.inventory.trace
    try:
        with documents_stay():
            found = in_parts(some, work, judge.describe.crashes, trace)
    except NotKeptError:
        raise
    except Exception as error:  # noqa: BLE001  # what one process can do needs no others
        judge.describe.crashes.append("".join(traceback.format_exception(error)))
        found = some(0, len(work))
    if trace is not None:
        trace.turn_to(PROOFS)
    try:
        found += unlisted(judge.inventory.unread, [bound.rule for bound in rules], judge.describe.controls)
    except Exception as error:  # noqa: BLE001  # what was not seen is told beside the findings, never instead of them
        judge.describe.crashes.append("".join(traceback.format_exception(error)))
    return found


def judge_some(judge: Judge, rules: Sequence[Bound], files: Collection[str]) -> list[Finding]:
    """As `judge_all`, of the resources of these files only. Raises NotKeptError."""
    plan = Plan(rules)
    mine = (each for each in judge.inventory.resources if file_of(each.address) in files)
    with documents_stay():
        return [finding for each in mine for finding in _judged(judge, plan, each)]


def _judged(judge: Judge, plan: Plan, resource: Resource) -> list[Finding]:
    mine = plan.of(resource.type)
    try:
        return _judged_alone(judge, mine, resource)
    except NotKeptError:
        raise
    except Exception as error:  # noqa: BLE001  # what fails beside the verdicts blinds one resource, never the scan
        return [judge.describe.crashed(bound.rule, resource, error) for bound in mine]


def _judged_alone(judge: Judge, mine: Sequence[Bound], resource: Resource) -> list[Finding]:
    if (trace := judge.inventory.trace) is not None:
        trace.turn_to(file_of(resource.address))
    return _folded([_judged_by(bound, judge, resource) for bound in mine], mine)


def _judged_by(bound: Bound, judge: Judge, resource: Resource) -> Finding:
    """Raises NotKeptError."""
    trace = judge.inventory.trace
    if trace is None or not bound.rule.theorems:
        return judge.judge(bound.rule, resource, bound.names)
    key = (bound.rule.id, resource.address)
    if judge.kept is not None and key in judge.kept:
        known = judge.kept[key]
        if known is None:
            raise NotKeptError
        return known
    with trace.proving():
        found = judge.judge(bound.rule, resource, bound.names)
    # What proofs read nothing of is asked nothing, whatever else there is; all else takes everything that there is.
    if judge.kept is not None and found.verdict != "NOT_APPLICABLE":
        raise NotKeptError
    return found


def _folded(findings: list[Finding], bounds: Sequence[Bound]) -> list[Finding]:
    """Where a rule reports, those it subsumes say so and stay silent: one fault, one finding."""
    subsuming = {
        subsumed: finding.rule
        for finding, bound in zip(findings, bounds, strict=True)
        if finding.verdict != "NOT_APPLICABLE"
        for subsumed in bound.rule.subsumes
    }
    if not subsuming:
        return findings
    return [
        _silenced(finding, subsuming[finding.rule]) if finding.rule in subsuming else finding for finding in findings
    ]


def _silenced(finding: Finding, by: str) -> Finding:
    return Finding(
        finding.rule,
        finding.severity,
        finding.layer,
        "NOT_APPLICABLE",
        finding.resource,
        f"reported by `{by}`",
    )
