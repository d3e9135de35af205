"""Why a proof came out as it did, in words of a user: first in how much, then what could be done, then what could not.

The prover's own notes are one line for each kind of access and list of actions; the JSON report keeps them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.outputs.shared.vocabulary import count

_NOTHING = re.compile(
    r"^(?P<form>.+?)(?: \(not modelled\))?: no statement speaks of any of its (?P<number>[\d,]+) actions$"
)
_ASKED = re.compile(r"^(?P<form>.+?): (?P<actions>`.+?)(?P<end> can(?:not)? be allowed)(?:: (?P<why>.+))?$")
_LEDGER = re.compile(r"^ledger: ([\d,]+) actions asked, ([\d,]+) harmless, ([\d,]+) not modelled$")
_MOST = 12
# What the prover says of one part of a statement, and what that means for whoever wrote it.
_REASONS = (
    (re.compile(r"^resource fits never$"), "no statement's resources match it"),
    (re.compile(r"^resource fits only where both tenants are one$"), "the resources match the tenant's own data only"),
    (re.compile(r"^(\S+) fits never$"), r"the condition on \1 never holds"),
    (
        re.compile(r"^(\S+) fits only where both tenants are one$"),
        r"the condition on \1 holds for the tenant's own data only",
    ),
    (re.compile(r"^no Allow is left after the Denies$"), "a Deny takes back what is allowed"),
)


def explained(notes: Sequence[str]) -> list[str]:
    """At most a dozen lines for a person. A note of a form that is not known here stands as it is."""
    nothing: dict[str, int] = {}
    allowed: list[str] = []
    refused: list[str] = []
    others: list[str] = []
    totals: list[tuple[int, ...]] = []
    for note in dict.fromkeys(notes):
        if found := _NOTHING.match(note):
            number = int(found["number"].replace(",", ""))
            nothing[found["form"]] = nothing.get(found["form"], 0) + number
        elif found := _LEDGER.match(note):
            totals.append(tuple(int(each.replace(",", "")) for each in found.groups()))
        elif found := _ASKED.match(note):
            can = found["end"] == " can be allowed"
            told = f"{found['form']}: {found['actions']}{found['end']}"
            (allowed if can else refused).append(told + (f": {_meant(found['why'])}" if found["why"] else ""))
        else:
            others.append(note)
    lines = [*allowed, *(each for each in refused if each.partition(" cannot be")[0] not in _heads(allowed)), *others]
    more = len(lines) - _MOST
    if more > 0:
        lines = [*lines[:_MOST], f"and {count(more, 'line')} like these, all in the JSON report"]
    counts = [sum(each) for each in zip(*totals, strict=True)]
    # Of what was found before all was looked at, nothing is counted.
    first = [_counted(*counts)] if any(counts) or (totals and not allowed) else []
    named = [form for form, number in nothing.items() if number]
    if named:
        total = sum(nothing.values())
        first.append(f"no statement names any of {count(total, 'action')} on {', '.join(named)}")
    return [*first, *lines]


def _heads(allowed: Sequence[str]) -> set[str]:
    return {each.partition(" can be")[0] for each in allowed}


def _meant(why: str) -> str:
    return "; ".join(dict.fromkeys(_one(each) for each in why.split(", ")))


def _one(reason: str) -> str:
    for form, words in _REASONS:
        if form.match(reason):
            return form.sub(words, reason)
    return reason


def _counted(asked: int, harmless: int, missing: int) -> str:
    if not (asked or harmless or missing):
        return "no statement allows any action that touches this data"
    told = f"{count(asked, 'allowed action')} on this data looked at one by one"
    told += f", {harmless:,} can do it no harm" if harmless else ""
    return told + (f", {missing:,} that the model does not know" if missing else "")


def parts(notes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Labels and lines: only the first has one."""
    for number, line in enumerate(explained(notes)):
        yield ("" if number else "why"), line


__all__ = ["explained", "parts"]
