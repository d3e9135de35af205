"""What is new and what is fixed between two sets of findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Literal

from scanner.base.record import record
from scanner.findings.report_document import SEVERITIES, FindingDocument, ReportDocument, Severity, Verdict

State = Literal["new", "known"]
COMPARED: tuple[Verdict, ...] = ("FAIL", "UNKNOWN")
"""Verdicts that can be new: an exception that ends makes its finding new, for it was never among these."""


@record
class Known:
    """As much of a finding as its identity needs; `id` stands for rule, address and cause, `address` is the
    resource's."""

    id: str
    rule: str
    severity: Severity
    verdict: Verdict
    address: str
    fingerprint: str = ""

    @property
    def path(self) -> str | None:
        """The file that the resource is of; None where it is of none, as in a live account."""
        file, hash_sign, _ = self.address.partition("#")
        return file if hash_sign else None


@record
class Before:
    """`paths` are files that were read then and would be read now if they were still there.

    `renames` are files of then that are called otherwise now.
    """

    findings: Sequence[Known]
    paths: frozenset[str] = frozenset()
    renames: Mapping[str, str] = field(default_factory=dict)


@record
class Comparison:
    """`states` has one entry for each finding there is now, None for those that are not compared.

    `changed` were replaced by another finding of the same rule on the same resource, or are accepted now. `unseen` were
    not looked at this time (a file or rule that was left out), so nobody can say that they are fixed.
    """

    states: tuple[State | None, ...]
    fixed: tuple[Known, ...]
    changed: tuple[Known, ...]
    unseen: tuple[Known, ...]

    def count(self, state: State) -> int:
        """How many findings of now have the state; those that are not compared count as neither."""
        return self.states.count(state)


def known_of(finding: FindingDocument) -> Known:
    """What of a finding of a report is compared with another report."""
    return Known(
        finding["id"],
        finding["rule"],
        finding["severity"],
        finding["verdict"],
        finding["resource"]["address"],
        finding.get("fingerprint", ""),
    )


def paths_read(report: ReportDocument) -> frozenset[str]:
    """The files that were read from end to end."""
    failed = {each["path"] for each in report["errors"] if each["level"] == "error"}
    return frozenset(str(each["path"]) for each in report["inputs"] if each.get("path") not in {None, *failed})


def compare(  # two sets, and what each of them is of
    before: Sequence[Known],
    now: Sequence[Known],
    *,
    read: Collection[str],
    rules: Collection[str],
    renames: Mapping[str, str] | None = None,
) -> Comparison:
    """`read` are the files and `rules` the rules that the findings of `now` come from.

    A finding is known where the same id was there, as often and at least as severe: what has become worse is new. One
    in a file that was called otherwise is known by its fingerprint, and each of those then stands for one now.
    """
    left: dict[str, list[Known]] = {}
    for each in before:
        if each.verdict in COMPARED:
            left.setdefault(each.id, []).append(each)
    states: list[State | None] = []
    replaced: set[tuple[str, str]] = set()
    for each in now:
        if each.verdict not in COMPARED:
            if each.verdict == "SUPPRESSED":
                replaced.add((each.rule, each.address))
            states.append(None)
            continue
        match = next((old for old in left.get(each.id, ()) if not _is_worse(each, old)), None)
        if match is None:
            match = _moved(each, left, renames or {})
        if match is None:
            replaced.add((each.rule, each.address))
            states.append("new")
        else:
            left[match.id].remove(match)
            states.append("known")
    fixed: list[Known] = []
    changed: list[Known] = []
    unseen: list[Known] = []
    for old in (each for several in left.values() for each in several):
        if (old.rule, old.address) in replaced:
            changed.append(old)
        elif old.rule in rules and (old.path is None or old.path in read):
            fixed.append(old)
        else:
            unseen.append(old)
    return Comparison(tuple(states), _sorted(fixed), _sorted(changed), _sorted(unseen))


def _moved(each: Known, left: Mapping[str, Sequence[Known]], renames: Mapping[str, str]) -> Known | None:
    """The finding that this one was while its file was called otherwise."""
    came = {old for old, new in renames.items() if new == each.path}
    candidates = (old for several in left.values() for old in several if old.path in came) if came else ()
    return next((old for old in candidates if old.fingerprint == each.fingerprint and not _is_worse(each, old)), None)


def _is_worse(now: Known, before: Known) -> bool:
    # The id of an undetermined finding names what stood in the way, so it never is that of a deviation; that is not
    # relied upon, for a baseline may come from anywhere.
    return SEVERITIES.index(now.severity) < SEVERITIES.index(before.severity) or now.verdict != before.verdict


def _sorted(known: Sequence[Known]) -> tuple[Known, ...]:
    return tuple(sorted(known, key=lambda each: (SEVERITIES.index(each.severity), each.rule, each.address, each.id)))


__all__ = ["COMPARED", "Before", "Comparison", "Known", "State", "compare", "known_of", "paths_read"]
