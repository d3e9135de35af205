"""The words of a control row: what was tested of a control, what came of it, what was not tested, what to ask for.

Every print-out of the matrix (HTML, PDF, XLSX, OSCAL) says these and no others, so that two of them never differ.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from scanner.base.record import mutable, record
from scanner.findings.report_document import ControlDocument, DecisionDocument, FindingDocument, ReportDocument

CLOSING = "Describes configuration at the time read; not a conclusion on compliance."
Standing = Literal[
    "direct-findings",
    "supporting-findings",
    "not-determined",
    "not-tested",
    "direct-none",
    "supporting-none",
    "ask-for",
    "decided",
    "does-not-apply",
]
"""What a print-out says of a control. It is never said to have passed: rules pass, on resources."""
STANDING_WORDS: dict[Standing, str] = {
    "direct-findings": "direct evidence, findings noted",
    "supporting-findings": "supporting evidence, findings noted",
    "not-determined": "not determined",
    "not-tested": "not tested",
    "direct-none": "direct evidence, none noted",
    "supporting-none": "supporting evidence, none noted",
    "ask-for": "ask for",
    "decided": "decided",
    "does-not-apply": "does not apply",
}
"""In the order in which an auditor wants them: what needs somebody comes first."""
# Why something is unknown, beside a resource's name and without the report's own keys.
CAUSES_IN_SHORT: dict[str, str] = {
    "parameter": "a parameter has no value",
    "dynamic-reference": "looked up at deployment",
    "import": "export of another stack",
    "deploy-time": "known at deployment only",
    "macro": "made by a macro",
    "missing-file": "a file was not read",
    "invalid-template": "template not valid there",
    "access-denied": "access denied",
    "not-collected": "not collected",
    "undeclared": "nothing read declares it",
    "runtime-policy": "policy passed at run time",
    "not-modelled": "not known to the scanner",
    "reaches-nothing": "declared data not reached",
    "known-after-apply": "known after apply",
    "prover-limit": "beyond what the proof decides",
    "evaluation-limit": "too large to decide",
    "scanner-error": "the scanner failed",
}
# What each status of the JSON report may be in print; which one of these, counts and decisions say.
STANDINGS_OF: dict[str, tuple[Standing, ...]] = {
    "DEVIATIONS": ("direct-findings",),
    "NOT_DETERMINED": ("not-determined",),
    "NO_DEVIATIONS": ("direct-none",),
    "NOTHING_IN_SCOPE": ("not-tested", "decided"),
    "SUPPORTING_ONLY": ("supporting-findings", "not-determined", "not-tested", "supporting-none", "decided"),
    "NOT_ASSESSABLE": ("ask-for", "decided"),
    "ATTESTED": ("decided", "direct-findings", "supporting-findings"),
    "DOES_NOT_APPLY": ("does-not-apply",),
}
MOST_NAMES = 6
_EVIDENCE = {
    "direct": "direct, AWS-held configuration only",
    "supporting": "supporting only; it does not show that the control is fulfilled",
    "none": "none from infrastructure",
}
_DECISIONS = {"implemented": "implemented", "alternative": "an alternative", "not-reasonable": "not reasonable"}
Aside = Callable[[FindingDocument], str]
"""What is said of a resource between brackets."""


@record
class ControlWords:
    """`sentences` are pairs of a label, such as `Tested`, and what follows it; the label is to be set apart.

    `status` is the report's own word (`DEVIATIONS`), `verdict` its print-out (`Direct evidence, findings noted`), of
    which `standing` is the name. Texts hold names that others chose: whoever prints them escapes them.
    """

    framework: str
    id: str
    title: str
    required: str | None
    status: str
    standing: Standing
    verdict: str
    evidence: str
    sentences: tuple[tuple[str, str], ...]
    closing: str = CLOSING

    @property
    def heading(self) -> str:
        """`164.312(a)(2)(iv) Encryption and decryption (addressable)`."""
        return f"{self.id} {self.title}" + (f" ({self.required.lower()})" if self.required else "")

    @property
    def text(self) -> str:
        """The whole row as one paragraph."""
        said = " ".join(f"{label} {words}" for label, words in self.sentences)
        return f"{self.heading}. {self.verdict}. Evidence: {self.evidence}. {said} {self.closing}"


def control_words(report: ReportDocument) -> list[ControlWords]:
    """A row for each control of the report, in its order: none is ever left out."""
    by_rule: dict[str, list[FindingDocument]] = {}
    for finding in report["findings"]:
        if finding["verdict"] != "NOT_APPLICABLE":
            by_rule.setdefault(finding["rule"], []).append(finding)
    decisions = {each["control"]: each for each in report.get("decisions", [])}
    return [_words(report, control, by_rule, decisions.get(control["id"])) for control in report["controls"]]


def standing_of(control: ControlDocument, *, decided: bool) -> Standing:
    """What print-outs say of it. Nothing tested is never evidence, and nothing decided hides a finding."""
    status = control["status"]
    if status == "DOES_NOT_APPLY":
        return "does-not-apply"
    direct = control["evidence"] == "direct"
    if control["deviations"]:
        return "direct-findings" if direct else "supporting-findings"
    if status == "ATTESTED":
        return "decided"
    if status == "NOT_DETERMINED" or control["undetermined"]:
        return "not-determined"
    if control["evidence"] == "none":
        return "decided" if decided else "ask-for"
    if not control["population"]:
        return "decided" if decided else "not-tested"
    return "direct-none" if direct else "supporting-none"


def standing_counts(controls: Iterable[ControlWords]) -> list[tuple[Standing, str, int]]:
    """How many controls stand how, with the words; a standing that none has is left out."""
    counts = Counter(each.standing for each in controls)
    return [(standing, words, counts[standing]) for standing, words in STANDING_WORDS.items() if counts[standing]]


def resource_name(finding: FindingDocument) -> str:
    """What a person calls the resource of a finding; not unique."""
    resource = finding["resource"]
    return resource["logical_id"] or resource["address"].rpartition("/")[2].rpartition(":")[2] or resource["address"]


@mutable
class _Seen:
    """The resources of a control by the worst that any of its rules says of them, as the roll-up counts them."""

    deviations: list[FindingDocument]
    undetermined: list[FindingDocument]
    accepted: list[FindingDocument]
    all: dict[str, FindingDocument]

    def name(self, finding: FindingDocument) -> str:
        """The resource's name, or its address where another resource of the control is called the same."""
        name = resource_name(finding)
        alike = sum(resource_name(other) == name for other in self.all.values())
        return name if alike == 1 else finding["resource"]["address"]


def _words(
    report: ReportDocument,
    control: ControlDocument,
    by_rule: Mapping[str, Sequence[FindingDocument]],
    decision: DecisionDocument | None,
) -> ControlWords:
    seen = _seen(finding for rule in control["rules"] for finding in by_rule.get(rule, ()))
    standing = standing_of(control, decided=decision is not None)
    said = STANDING_WORDS[standing]
    sentences = (
        ("Tested", _tested(report, control, seen)),
        ("Result", _result(report, control, seen)),
        ("Since last audit", _since(report, control)),
        ("Decided", _decided(decision)),
        ("Limits", _limits(control)),
        ("Not tested", _not_tested(report, control)),
        ("Ask for", _ask(control, seen, decision)),
    )
    return ControlWords(
        framework=control["framework"],
        id=control["id"],
        title=control["title"],
        required=control.get("required"),
        status=control["status"],
        standing=standing,
        verdict=f"{said[:1].upper()}{said[1:]}",
        evidence=_EVIDENCE.get(control["evidence"], control["evidence"]),
        sentences=tuple((label, words) for label, words in sentences if words),
    )


def _seen(findings: Iterable[FindingDocument]) -> _Seen:
    resources: dict[str, list[FindingDocument]] = {}
    for finding in findings:
        resources.setdefault(finding["resource"]["address"], []).append(finding)
    seen = _Seen([], [], [], {address: mine[0] for address, mine in resources.items()})
    for mine in resources.values():
        for verdict, place in (
            ("FAIL", seen.deviations),
            ("UNKNOWN", seen.undetermined),
            ("SUPPRESSED", seen.accepted),
        ):
            worst = [finding for finding in mine if finding["verdict"] == verdict]
            if worst:
                # Of several findings of one resource the oldest says how long it has been open.
                place.append(min(worst, key=_opened))
                break
    return seen


def _opened(finding: FindingDocument) -> str:
    first = finding.get("first_seen")
    return first if isinstance(first, str) else "9999"


def _tested(report: ReportDocument, control: ControlDocument, seen: _Seen) -> str:
    if control["status"] == "DOES_NOT_APPLY":
        return f"nothing: the entry {control['because'] or 'binds another kind of entity'}."
    rules = [rule for rule in control["rules"] if rule in report["rules"]]
    if not rules:
        return "nothing: no rule of this run evidences it."
    if not seen.all:
        return f"nothing: none of the resources read is one that its {_count(len(rules), 'rule')} {_speak(rules)} of."
    types = Counter(finding["resource"]["type"] for finding in seen.all.values())
    number = len(seen.all)
    kinds = next(iter(types)) if len(types) == 1 else f"{len(types)} types"
    return (
        f"{'the one resource' if number == 1 else f'all {number:,} resources'} of {kinds} that its rules speak of "
        f"(not a sample), {_where(seen.all.values())}{_count(len(rules), 'rule')}; {_when(report)}."
    )


def _speak(rules: Sequence[str]) -> str:
    return "speaks" if len(rules) == 1 else "speak"


def _where(findings: Iterable[FindingDocument]) -> str:
    resources = [finding["resource"] for finding in findings]
    accounts = {resource["account"] for resource in resources if resource["account"]}
    regions = {resource["region"] for resource in resources if resource["region"]}
    parts = [_count(len(found), noun) for found, noun in ((accounts, "account"), (regions, "region")) if found]
    return "".join(f"{part}, " for part in parts)


def _when(report: ReportDocument) -> str:
    """`read 2026-10-02 04:00 to 04:07 UTC by role/tenantproof-audit`; of templates, when they were read."""
    run = report["run"]
    started, ended, by = (str(run.get(key) or "") for key in ("started", "ended", "by"))
    kinds = {str(each.get("kind")) for each in report["inputs"] if "path" in each}
    what = "read" if kinds <= {"snapshot"} else "read from templates" if "snapshot" not in kinds else "read from both"
    if started and ended:
        same = started[:10] == ended[:10]
        when = f"{_minute(started)} to {ended[11:16] if same else _minute(ended)} UTC"
    else:
        when = f"{_minute(report['generated_at'])} UTC"
    return f"{what} {when}" + (f" by {by}" if by else "")


def _minute(stamp: str) -> str:
    return stamp[:16].replace("T", " ")


def _result(report: ReportDocument, control: ControlDocument, seen: _Seen) -> str:
    if control["status"] == "DOES_NOT_APPLY" or not seen.all:
        return ""
    parts: list[str] = []
    met, default = control["met"], control["met_by_default"]
    if met:
        how = f" ({met - default:,} by setting, {default:,} by AWS default)" if default else ""
        parts.append(f"{met:,} passed{how}")
    if seen.deviations:
        names = _names(seen, seen.deviations, lambda finding: _age(report, finding))
        parts.append(f"{len(seen.deviations):,} with findings: {names}")
    if seen.undetermined:
        parts.append(f"{len(seen.undetermined):,} unknown: {_names(seen, seen.undetermined, _cause)}")
    if seen.accepted:
        noun = "accepted finding" if len(seen.accepted) == 1 else "accepted findings"
        parts.append(f"{len(seen.accepted):,} {noun}: {_names(seen, seen.accepted, _approval)}")
    return f"{'; '.join(parts)}." if parts else ""


def _names(seen: _Seen, findings: Sequence[FindingDocument], more: Aside) -> str:
    shown = []
    for finding in findings[:MOST_NAMES]:
        aside = more(finding)
        shown.append(seen.name(finding) + (f" ({aside})" if aside else ""))
    rest = len(findings) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def _age(report: ReportDocument, finding: FindingDocument) -> str:
    first = finding.get("first_seen")
    try:
        days = (datetime.date.fromisoformat(report["as_of"]) - datetime.date.fromisoformat(str(first)[:10])).days
    except ValueError:
        return ""
    return f"open {_count(max(days, 0), 'day')}"


def _cause(finding: FindingDocument) -> str:
    unknown = finding.get("unknown")
    return CAUSES_IN_SHORT.get(unknown["cause"], unknown["cause"].replace("-", " ")) if unknown else ""


def _approval(finding: FindingDocument) -> str:
    exception = finding.get("exception")
    if exception is None:
        return ""
    by = exception["approved_by"]
    return ", ".join(filter(None, (f"approved by {by}" if by else f"owner {exception['owner']}", _ends(exception))))


def _ends(exception: Mapping[str, object]) -> str:
    return f"ends {exception['until']}" if exception.get("until") else ""


def _since(report: ReportDocument, control: ControlDocument) -> str:
    """What the history says of the control; nothing where no audit was recorded before."""
    history = report.get("history")
    if not isinstance(history, Mapping):
        return ""
    period, controls = history.get("period"), history.get("controls")
    mine = controls.get(f"{control['framework']}:{control['id']}") if isinstance(controls, Mapping) else None
    parts: list[str] = []
    if isinstance(mine, Mapping):
        parts = [f"{mine[key]:,} {key}" for key in ("opened", "closed") if isinstance(mine.get(key), int)]
        if mine.get("days_open"):
            parts.append(f"{mine['days_open']:,} days open in all")
    if isinstance(period, Mapping) and period.get("runs"):
        parts.append(
            f"{period['runs']:,} runs from {str(period.get('from'))[:10]} to {str(period.get('to'))[:10]}, "
            f"longest gap {period.get('longest_gap_days')} days"
        )
    return f"{', '.join(parts)}." if parts else ""


def _decided(decision: DecisionDocument | None) -> str:
    if decision is None:
        return ""
    because = f": {decision['because']}" if decision["because"] else ""
    paper = _attachment(decision)
    what = _DECISIONS.get(decision["decision"], decision["decision"])
    return f"{what}, by {decision['by']} on {decision['date']}{because}{paper}.".replace("..", ".")


def _attachment(decision: DecisionDocument) -> str:
    if decision["attachment"] is None:
        return ""
    state = {True: "its digest matches", False: "its digest does not match", None: "its digest was not compared"}
    return f" (attachment {decision['attachment']}, {state[decision['matches']]})"


def _limits(control: ControlDocument) -> str:
    """What infrastructure can show of the entry, as its framework says."""
    because = control["because"]
    if not because or control["status"] == "DOES_NOT_APPLY":
        return ""
    return f"{because[:1].lower() if because[1:2].islower() else because[:1]}{because[1:].rstrip('.')}."


def _not_tested(report: ReportDocument, control: ControlDocument) -> str:
    parts: list[str] = []
    if control["rules"] and control["status"] != "DOES_NOT_APPLY":
        parts.append("the application, what is kept outside AWS")
        parts += _left_out(report)
        unread = _unread(report, control)
        if unread:
            parts.append(f"{_count(unread, 'thing')} that could not be read (see coverage)")
    return f"{'; '.join(parts)}." if parts else ""


def _left_out(report: ReportDocument) -> Iterator[str]:
    left = report["scope"]["left_out"]
    for each in left[:MOST_NAMES]:
        yield f"{each.get('what', '')} ({each.get('because', 'no reason given')})"
    if len(left) > MOST_NAMES:
        yield f"{len(left) - MOST_NAMES:,} more left out of scope"


def _unread(report: ReportDocument, control: ControlDocument) -> int:
    """Gaps that name a rule of the control; those that name none may concern any."""
    mine = frozenset(control["rules"])
    return sum(not (rules := each.get("rules")) or _names_one(rules, mine) for each in report["coverage"])


def _names_one(rules: object, mine: frozenset[str]) -> bool:
    return isinstance(rules, list) and not mine.isdisjoint(str(rule) for rule in rules)


def _ask(control: ControlDocument, seen: _Seen, decision: DecisionDocument | None) -> str:
    if control["status"] == "DOES_NOT_APPLY":
        return "what shows that the entity is not of that kind."
    wanted: list[str] = []
    if control.get("required") == "Addressable" and decision is None:
        wanted.append("the decision record")
    if control.get("ask"):
        wanted.append(control["ask"].rstrip("."))
    if seen.deviations:
        wanted.append("remediation dates")
    if seen.accepted:
        wanted.append("the approvals of accepted findings")
    if seen.undetermined:
        wanted.append("what would decide the unknown ones")
    return f"{', '.join(wanted)}." if wanted else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
