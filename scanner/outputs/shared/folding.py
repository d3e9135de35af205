"""Many findings as few lines, so that the first look at a large repository is not noise. Nothing is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scanner.base.record import record
from scanner.findings.report_document import EvidenceDocument, FindingDocument, Severity
from scanner.outputs.shared.vocabulary import CAUSE_WORDS, SEVERITY_ORDER, count

MOST_SINGLY = 3
_PARAMETER = re.compile(r"parameter `([A-Za-z0-9]{1,255})` has no value")
_ADVICE = re.compile(r"; pass (--[a-z-]+)$")


@record
class Group:
    """Findings told as one: a single one, or all of a rule that fails on many resources."""

    rule: str
    severity: Severity
    findings: tuple[FindingDocument, ...]


@record
class Fold:
    """Unknown verdicts that wait for the same thing; the findings are those of the report, in its order."""

    cause: str
    detail: str
    findings: tuple[FindingDocument, ...]

    @property
    def severity(self) -> Severity:
        """The worst of its findings'."""
        return min((finding["severity"] for finding in self.findings), key=SEVERITY_ORDER.__getitem__)

    @property
    def parameter(self) -> str | None:
        """The parameter whose value would decide these verdicts."""
        found = _PARAMETER.fullmatch(self.detail) if self.cause == "parameter" else None
        return found[1] if found else None

    @property
    def option(self) -> str | None:
        """What to add to the command line to decide these verdicts, as `--parameters Env=...`."""
        if self.parameter is not None:
            return f"--parameters {self.parameter}=..."
        found = _ADVICE.search(self.detail)
        return f"{found[1]} ..." if found else None

    def sentence(self) -> str:
        """As `14 rules on 3 resources wait for parameter Env; pass --parameters Env=...`; hostile text unescaped."""
        rules = {finding["rule"] for finding in self.findings}
        resources = {finding["resource"]["address"]: name_of(finding) for finding in self.findings}
        rule = next(iter(rules)) if len(rules) == 1 else count(len(rules), "rule")
        resource = next(iter(resources.values())) if len(resources) == 1 else count(len(resources), "resource")
        words = words_of(self.cause, singular=len(self.findings) == 1)
        if self.parameter is not None:
            waits = words.split()[0]
            return f"{rule} on {resource} {waits} for parameter `{self.parameter}`; pass {self.option}"
        return f"{rule} on {resource} {words}: {self.detail}"


def words_of(cause: str, *, singular: bool) -> str:
    """What verdicts of this cause wait for, after `3 rules` or after the name of one."""
    words = next((words for known, words in CAUSE_WORDS.items() if known == cause), f"are unknown ({cause})")
    if not singular:
        return words
    verb, _, rest = words.partition(" ")
    return f"{ {'are': 'is', 'wait': 'waits', 'rest': 'rests', 'cannot': 'cannot'}.get(verb, verb) } {rest}".replace(
        "failed on them", "failed on it"
    )


def group(findings: Iterable[FindingDocument]) -> list[Group]:
    """Worst first, then by file and line; a rule that fails on more than three resources is one group."""
    by_rule: dict[tuple[Severity, str], list[FindingDocument]] = {}
    for finding in findings:
        by_rule.setdefault((finding["severity"], finding["rule"]), []).append(finding)
    groups: list[Group] = []
    for (severity, rule), members in by_rule.items():
        members.sort(key=_place)
        if len({finding["resource"]["address"] for finding in members}) > MOST_SINGLY:
            groups.append(Group(rule, severity, tuple(members)))
        else:
            groups += [Group(rule, severity, (finding,)) for finding in members]
    return sorted(groups, key=lambda each: (SEVERITY_ORDER[each.severity], _place(each.findings[0]), each.rule))


def fold(findings: Iterable[FindingDocument]) -> list[Fold]:
    """By cause and detail; worst first, then what decides the most."""
    by_detail: dict[tuple[str, str], list[FindingDocument]] = {}
    for finding in findings:
        unknown = finding.get("unknown")
        key = (unknown["cause"], unknown["detail"]) if unknown else ("scanner-error", "no cause was recorded")
        by_detail.setdefault(key, []).append(finding)
    folds = [Fold(cause, detail, tuple(members)) for (cause, detail), members in by_detail.items()]
    return sorted(folds, key=lambda each: (SEVERITY_ORDER[each.severity], -len(each.findings), each.cause, each.detail))


def made_by_framework(finding: FindingDocument) -> bool:
    """Whether nobody here can change the resource, and it is not so bad that it has to be shown anyway."""
    return finding["resource"]["origin"] == "framework" and finding["severity"] != "critical"


def name_of(finding: FindingDocument) -> str:
    """What a person calls the resource: its logical id, else the address."""
    return finding["resource"]["logical_id"] or address_of(finding)


def address_of(finding: FindingDocument) -> str:
    """As people read it: a finding on a file as such has nothing behind the `#` of its address."""
    return finding["resource"]["address"].removesuffix("#")


def place_of(finding: FindingDocument) -> str:
    """`infra/app.yaml:41:9`; of a resource without a file its address."""
    location = finding.get("location")
    if location is None:
        return address_of(finding)
    parts: Sequence[str | int | None] = (location["path"], location["line"], location["column"])
    return ":".join(str(part) for part in parts if part is not None)


def evidence_of(finding: FindingDocument) -> EvidenceDocument | None:
    """The evidence whose lines to show: that at the finding's place, else the first with any; None without lines."""
    location = finding.get("location")
    at = location["line"] if location is not None else None
    shown = [each for each in finding.get("evidence", []) if each["line"] is not None and each["snippet"]]
    for each in shown:
        if at is not None and each["line"] is not None and each["line"] <= at < each["line"] + len(each["snippet"]):
            return each
    return shown[0] if shown else None


def _place(finding: FindingDocument) -> tuple[str, int, int, str]:
    location = finding.get("location")
    if location is None:
        return finding["resource"]["address"], 0, 0, finding["id"]
    return location["path"], location["line"] or 0, location["column"] or 0, finding["id"]
