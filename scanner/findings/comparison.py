"""What is new and what is fixed between two sets of findings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Literal

from scanner.base.record import record
from scanner.findings.report_document import SEVERITIES, FindingDocument, ReportDocument, Severity, Verdict

State = Literal["new", "known"]
LEAST_ALIKE = 0.6
"""As much of two files' resources must be the same for one to be the other under a new name."""
_MOST_SKETCHED = 64
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

    `renames` are files of then that are called otherwise now. `files` say what was in each file then, as `sketches`
    does, for those who have no revision to ask for renames.
    """

    findings: Sequence[Known]
    paths: frozenset[str] = frozenset()
    renames: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)


@record
class Comparison:
    """`states` has one entry for each finding there is now, None for those that are not compared.

    `changed` were replaced by another finding of the same rule on the same resource, or are accepted now. `unseen` were
    not looked at this time (a file or rule that was left out), so nobody can say that they are fixed. `moved` has, for
    each finding there is now, the file that it was in where that is called otherwise now. `carried_over` counts those
    that are known by rule and resource alone, for the baseline is of a version that wrote no fingerprints.
    """

    states: tuple[State | None, ...]
    fixed: tuple[Known, ...]
    changed: tuple[Known, ...]
    unseen: tuple[Known, ...]
    moved: tuple[str | None, ...] = ()
    carried_over: int = 0

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
    moved: list[str | None] = []
    carried = 0
    replaced: set[tuple[str, str]] = set()
    here = {each.id for each in now}
    for each in now:
        if each.verdict not in COMPARED:
            if each.verdict == "SUPPRESSED":
                replaced.add((each.rule, each.address))
            states.append(None)
            moved.append(None)
            continue
        match = next((old for old in left.get(each.id, ()) if not _is_worse(each, old)), None)
        came = None
        if match is None and (match := _moved(each, left, renames or {})) is not None:
            came = match.path
        if match is None and (match := _carried(each, left, here)) is not None:
            carried += 1
        moved.append(came)
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
    return Comparison(
        tuple(states), _sorted(fixed), _sorted(changed), _sorted(unseen), tuple(moved), carried_over=carried
    )


def _moved(each: Known, left: Mapping[str, Sequence[Known]], renames: Mapping[str, str]) -> Known | None:
    """The finding that this one was while its file was called otherwise."""
    came = {old for old, new in renames.items() if new == each.path}
    candidates = (old for several in left.values() for old in several if old.path in came) if came else ()
    return next((old for old in candidates if old.fingerprint == each.fingerprint and not _is_worse(each, old)), None)


def _carried(each: Known, left: Mapping[str, Sequence[Known]], here: Collection[str]) -> Known | None:
    """An entry of a version without fingerprints, for the same rule and resource; no finding of now has its id."""
    candidates = (old for several in left.values() for old in several if not old.fingerprint and old.id not in here)
    return next(
        (
            old
            for old in candidates
            if (old.rule, old.address) == (each.rule, each.address) and not _is_worse(each, old)
        ),
        None,
    )


def sketches(findings: Iterable[FindingDocument]) -> dict[str, frozenset[str]]:
    """What is in each file, by its path: digests of its resources' types and names, of many the smallest."""
    found: dict[str, set[str]] = {}
    for each in findings:
        resource = each["resource"]
        path, hash_sign, name = resource["address"].partition("#")
        if hash_sign and name:
            said = json.dumps([resource["type"], name])
            found.setdefault(path, set()).add(hashlib.sha256(said.encode("ascii")).hexdigest()[:10])
    return {path: frozenset(sorted(several)[:_MOST_SKETCHED]) for path, several in found.items()}


def alike(
    before: Mapping[str, frozenset[str]], now: Mapping[str, frozenset[str]], gone: Callable[[str], bool]
) -> dict[str, str]:
    """Files of before that are gone, each with the one new file that holds most of the same, if it holds enough.

    No new file stands for two, and one that was there before stands for none.
    """
    new = [path for path in sorted(now) if path not in before]
    pairs = [
        (shared, old, path)
        for old in sorted(before)
        if new and gone(old)
        for path in new
        if (shared := _shared(before[old], now[path])) >= LEAST_ALIKE
    ]
    found: dict[str, str] = {}
    for _, old, path in sorted(pairs, key=lambda each: (-each[0], each[1], each[2])):
        if old not in found and path not in found.values():
            found[old] = path
    return found


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """The part of both that is in each, estimated from their smallest digests."""
    smallest = sorted(one | other)[:_MOST_SKETCHED]
    return sum(each in one and each in other for each in smallest) / len(smallest) if smallest else 0.0


def _is_worse(now: Known, before: Known) -> bool:
    # The id of an undetermined finding names what stood in the way, so it never is that of a deviation; that is not
    # relied upon, for a baseline may come from anywhere.
    return SEVERITIES.index(now.severity) < SEVERITIES.index(before.severity) or now.verdict != before.verdict


def _sorted(known: Sequence[Known]) -> tuple[Known, ...]:
    return tuple(sorted(known, key=lambda each: (SEVERITIES.index(each.severity), each.rule, each.address, each.id)))


__all__ = [
    "COMPARED",
    "LEAST_ALIKE",
    "Before",
    "Comparison",
    "Known",
    "State",
    "alike",
    "compare",
    "known_of",
    "paths_read",
    "sketches",
]
