"""What the findings say of each control, in the words that an auditor may rely on."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from scanner.base.record import mutable, record
from scanner.controls.frameworks import Control, Framework
from scanner.findings.finding import Finding
from scanner.findings.report_document import ControlDocument

# What a rule says of a resource, the worst first.
_STANDING = {"FAIL": 0, "UNKNOWN": 1, "SUPPRESSED": 2}
_MET_BY_DEFAULT, _MET, _BEYOND = 3, 4, 5


@record
class Statement:
    """A declared attestation; in force for `valid_days` from its date."""

    control: str
    owner: str
    date: datetime.date
    valid_days: int

    def in_force(self, as_of: datetime.date) -> bool:
        """From its date to the last of its days, both included."""
        return self.date <= as_of <= self.date + datetime.timedelta(days=self.valid_days)


@mutable
class _Population:
    """Resources by the worst that any rule of the control says of them."""

    deviations: int = 0
    undetermined: int = 0
    accepted: int = 0
    met: int = 0
    by_default: int = 0

    @property
    def size(self) -> int:
        return self.deviations + self.undetermined + self.accepted + self.met


def roll_up(  # noqa: PLR0913  # what a run found, and what was declared of it
    frameworks: Iterable[Framework],
    enabled: Iterable[str],
    findings: Iterable[Finding],
    statements: Sequence[Statement],
    entity: str | None,
    as_of: datetime.date,
    *,
    unread: Collection[str] = (),
) -> list[ControlDocument]:
    """One entry for each control of each framework: none is ever left out.

    `unread` are the rules that name a type of which an account was not asked: an empty population then says nothing.
    """
    by_rule: dict[str, dict[str, int]] = {}
    for finding in findings:
        if finding.verdict != "NOT_APPLICABLE":
            resources = by_rule.setdefault(finding.rule, {})
            address = finding.resource["address"]
            resources[address] = min(_standing(finding), resources.get(address, _MET))
    known = frozenset(enabled)
    return [
        _roll_up(framework, control, known, by_rule, statements, entity, as_of, unread)
        for framework in frameworks
        for control in framework.controls
    ]


def _roll_up(  # noqa: PLR0913  # a control and all that is said of it
    framework: Framework,
    control: Control,
    enabled: frozenset[str],
    by_rule: Mapping[str, Mapping[str, int]],
    statements: Sequence[Statement],
    entity: str | None,
    as_of: datetime.date,
    unread: Collection[str],
) -> ControlDocument:
    rules = [citation.rule for citation in control.citations if citation.rule in enabled]
    population = _population(by_rule[rule] for rule in rules if rule in by_rule)
    status, because = _status(control, population, rules, statements, entity, as_of)
    if status == "NOTHING_IN_SCOPE" and any(rule in unread for rule in rules):
        status = "NOT_DETERMINED"
    document: ControlDocument = {
        "framework": framework.id,
        "id": control.id,
        "title": control.title,
        "status": status,
        "evidence": control.evidence,
        "population": population.size,
        "met": population.met,
        "met_by_default": population.by_default,
        "deviations": population.deviations,
        "undetermined": population.undetermined,
        "accepted": population.accepted,
        "rules": rules,
        "because": because,
    }
    if control.required is not None:
        document["required"] = control.required
    if control.ask is not None:
        document["ask"] = control.ask
    return document


def _status(  # a control and all that is said of it
    control: Control,
    population: _Population,
    rules: Sequence[str],
    statements: Sequence[Statement],
    entity: str | None,
    as_of: datetime.date,
) -> tuple[str, str | None]:
    because = control.because if control.note is None else "; ".join(filter(None, (control.because, control.note)))
    applies = control.binds is None or (control.by_default if entity is None else control.binds in entity)
    if not applies:
        said = "by default: nothing declares this kind of entity" if entity is None else f"declared entity: {entity}"
        return "DOES_NOT_APPLY", f"binds only a {control.binds} ({said})"
    attested = next((each for each in statements if each.control == control.id and each.in_force(as_of)), None)
    if attested is not None:
        return "ATTESTED", f"declared by {attested.owner} on {attested.date.isoformat()}; {because or ''}".rstrip("; ")
    if control.evidence == "none":
        return "NOT_ASSESSABLE", because
    if control.evidence == "supporting":
        return "SUPPORTING_ONLY", because
    if population.deviations:
        return "DEVIATIONS", because
    if population.undetermined:
        return "NOT_DETERMINED", because
    if not population.size:
        return "NOTHING_IN_SCOPE", because if rules else "no rule of this run evidences it"
    return "NO_DEVIATIONS", because


def _standing(finding: Finding) -> int:
    if finding.verdict in _STANDING:
        return _STANDING[finding.verdict]
    by_default = any(note.startswith("AWS default: ") for note in finding.assumptions)
    return _MET_BY_DEFAULT if by_default else _MET


def _population(rules: Iterable[Mapping[str, int]]) -> _Population:
    """Of what each rule says of each resource, the worst."""
    worst: dict[str, int] = {}
    for resources in rules:
        for address, standing in resources.items():
            if standing < worst.get(address, _BEYOND):
                worst[address] = standing
    counts = Counter(worst.values())
    return _Population(
        counts[_STANDING["FAIL"]],
        counts[_STANDING["UNKNOWN"]],
        counts[_STANDING["SUPPRESSED"]],
        counts[_MET_BY_DEFAULT] + counts[_MET],
        counts[_MET_BY_DEFAULT],
    )
