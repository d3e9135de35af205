"""What of an account could not be listed is unknown to every rule that names it, never "nothing there".

Without these findings a denied `s3:ListAllMyBuckets` would leave no resource to judge, no finding, and an open gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner.findings.finding import Finding
from scanner.findings.report_document import ResourceDocument
from scanner.language.rule import GLOB, Rule
from scanner.model.unknown import Unknown
from scanner.model.unread_types import FOLDED, Gap, Unread

ACCOUNT = "AWS::::Account"
_OF_ACCOUNTS = ("AWS::", "Tenantproof::")
MOST_OF_A_RULE = 50
"""Findings of one rule; the last says how many more there would be (an organisation has thousands of accounts)."""


def unlisted(unread: Unread, rules: Sequence[Rule], controls: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """One UNKNOWN for each rule and each type, account and region that it names and that was not listed as a whole.

    `controls` are the controls that each rule is evidence for, by the rule's id.
    """
    gaps = [*unread.gaps()]
    if not gaps:
        return
    for rule in rules:
        if not rule.types:
            continue  # asks of whatever there is; the rules that name the type tell of it
        mine = [*_once(gap for gap in gaps if rule.names(gap.type))]
        for number, gap in enumerate(mine[:MOST_OF_A_RULE]):
            more = len(mine) - MOST_OF_A_RULE if number == MOST_OF_A_RULE - 1 else 0
            yield _finding(rule, gap, max(0, more), tuple(controls.get(rule.id, ())))


def unasked(unread: Unread, rules: Sequence[Rule]) -> dict[str, tuple[str, ...]]:
    """By account, the types that rules name and that nobody tried to list: no collector reads them, or none was run.

    An account always has itself, which is told of in parts.
    """
    names = {name for rule in rules for name in rule.types if name.startswith(_OF_ACCOUNTS) and not GLOB.search(name)}
    return unread.unasked(names - {ACCOUNT})


def _once(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Without types that only templates have, where what accounts have in their stead was refused by the same call."""
    mine = [*gaps]
    told = {(gap.account, gap.region, gap.why.detail) for gap in mine if gap.type not in FOLDED}
    for gap in mine:
        if gap.type not in FOLDED or (gap.account, gap.region, gap.why.detail) not in told:
            yield gap


def _finding(rule: Rule, gap: Gap, more: int, controls: tuple[str, ...]) -> Finding:
    why = Unknown(gap.why.cause, f"{gap.type} of {_place(gap)} could not be listed: {gap.why.detail}")
    finding = Finding(rule.id, rule.severity, rule.layer, "UNKNOWN", _resource(gap))
    finding.unknown = why
    finding.message = f"unknown: {why.detail}" + (f" and {more:,} more" if more else "")
    finding.fix = rule.fix
    finding.controls = controls
    return finding


def _place(gap: Gap) -> str:
    if gap.cluster:
        return f"the cluster in {gap.account}"
    return gap.account if gap.region is None else f"{gap.account} in {gap.region}"


def _resource(gap: Gap) -> ResourceDocument:
    """Stands for whatever there may be of the type."""
    return {
        "address": f"{gap.account}#{gap.type}/?"
        if gap.cluster
        else f"{gap.account}/{gap.region or 'global'}/{gap.type}/?",
        "type": gap.type,
        "logical_id": None,
        "origin": "user",
        "construct_path": None,
        "arn": None,
        "account": None if gap.cluster else gap.account,
        "region": gap.region,
        "stack": None,
        "tenant": None,
    }
