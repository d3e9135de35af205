"""What `tenantproof diff` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from scanner.base.record import record
from scanner.base.terminal import printable
from scanner.findings.comparison import Comparison, Known, known_of
from scanner.findings.gate import Threshold
from scanner.findings.report_document import FindingDocument

if TYPE_CHECKING:
    from scanner.changes.drift import Drift
    from scanner.changes.new_access import Access

SCHEMA = "tenantproof-diff/1"
# What a screen holds of new access; past it there is a summary.
_MOST_ACCESS = 12
_MOST_PRINCIPALS = 12


@record
class Difference:
    """`access` is None where nobody asked, for a report holds no policies; `drift` where no account is compared.

    `paired` are the template's resources that were found in the account and all it has, then the same of the account.
    """

    new: Sequence[FindingDocument]
    found: Comparison
    fail_on: Threshold
    stops: bool
    access: Sequence[Access] | None = None
    drift: Sequence[Drift] | None = None
    paired: tuple[int, int, int, int] = field(default=(0, 0, 0, 0))

    @property
    def exit_code(self) -> int:
        """1 where something new stops a merge, else 0."""
        return int(self.stops)

    def json(self) -> str:
        """One finding a line; new ones are whole, of the others the report OLD has the rest."""
        lists: dict[str, Iterable[object] | None] = {
            "new": self.new,
            "fixed": map(_told, self.found.fixed),
            "changed": map(_told, self.found.changed),
            "unseen": map(_told, self.found.unseen),
            "access": None if self.access is None else (each.document() for each in self.access),
            "drift": None if self.drift is None else (each.document() for each in self.drift),
        }
        rendered = "".join(f'"{name}": {_lines(entries)},\n' for name, entries in lists.items())
        head = f'{{\n"schema": "{SCHEMA}",\n"exit_code": {self.exit_code},\n'
        return f'{head}{rendered}"unchanged": {self.found.count("known")}\n}}\n'

    def text(self) -> str:
        """Printable lines: drift where an account is compared, else what is new, fixed and newly allowed."""
        lines = list(self._drift()) if self.drift is not None else list(self._findings())
        return "".join(f"{printable(line)}\n" for line in lines)

    def _findings(self) -> Iterable[str]:
        found = self.found
        new = [known_of(finding) for finding in self.new]
        # One that is another now stands there once, as what it is now.
        before = {(each.rule, each.address) for each in found.changed}
        now = {(each.rule, each.address) for each in new}
        changed = [each for each in found.changed if (each.rule, each.address) not in now]
        for finding, known in zip(self.new, new, strict=True):
            yield _row("new", known)
            yield f"  {finding.get('message', '')}"
            if (known.rule, known.address) in before:
                yield "  the older one has another finding of this rule on it"
        for word, several in (("fixed", found.fixed), ("accepted", changed), ("not looked at", found.unseen)):
            yield from (_row(word, each) for each in several)
        yield from _access(self.access or ())
        counts = [f"{len(self.new):,} new", f"{len(found.fixed):,} fixed", f"{found.count('known'):,} unchanged"]
        if changed:
            counts.append(f"{len(changed):,} accepted")
        if found.unseen:
            counts.append(f"{len(found.unseen):,} not looked at by the newer report")
        if self.access is None:
            counts.append("new access not asked: a report holds no policies")
        else:
            counts.append(f"{len(self.access):,} with new access")
        yield ", ".join(counts)
        because = "a new finding" if self.stops else "no new finding"
        yield f"exit code {self.exit_code}: {because} at or above {self.fail_on}, or leak between tenants"

    def _drift(self) -> Iterable[str]:
        for each in self.drift or ():
            yield f"drift: {each.severity} {each.rule} {each.address}"
            yield f"  the template {_word(each.template)}, {each.live} {_word(each.account)}: {each.message}"
        in_account, written, of_template, deployed = self.paired
        yield f"{len(self.drift or ()):,} differ, {in_account:,} of {written:,} resources found in the account"
        yield f"{deployed - of_template:,} resources of the account are in none of these templates"
        because = "the account deviates where the template does not" if self.stops else "no new finding"
        yield f"exit code {self.exit_code}: {because}, at or above {self.fail_on}"


def _access(several: Sequence[Access]) -> Iterable[str]:
    """Each with what allows it; where there are many, a principal's first and how many more, which the JSON has."""
    if len(several) <= _MOST_ACCESS:
        for each in several:
            yield from _one(each)
        return
    mine: dict[str, list[Access]] = {}
    for each in several:
        mine.setdefault(each.principal, []).append(each)
    yield f"new access: {len(several):,} entries of {len(mine):,} principals; --format json has each of them in full"
    for principal, theirs in list(mine.items())[:_MOST_PRINCIPALS]:
        actions = len({action for each in theirs for action in each.actions})
        resources = len({each.resource for each in theirs if each.resource})
        yield f"  {principal}: {actions:,} actions, as on {resources:,} resources"
        yield from (f"  {line}" for line in _one(theirs[0]))
        if len(theirs) > 1:
            yield f"    and {len(theirs) - 1:,} more"
    if len(mine) > _MOST_PRINCIPALS:
        yield f"  and {len(mine) - _MOST_PRINCIPALS:,} more principals"


def _one(access: Access) -> Iterable[str]:
    place = f" ({access.path}:{access.line})" if access.path and access.line else ""
    yield f"new access: {access.sentence()}{place}"
    yield from (f"  allowed by {each}" for each in access.by)


def _word(verdict: str) -> str:
    return "deviates" if verdict == "FAIL" else "does not deviate"


def _lines(entries: Iterable[object] | None) -> str:
    if entries is None:
        return "null"
    lines = [json.dumps(each) for each in entries]
    return f"[\n{f',{chr(10)}'.join(lines)}\n]" if lines else "[]"


def _told(known: Known) -> dict[str, object]:
    return {name: getattr(known, name) for name in ("id", "rule", "severity", "verdict", "address")}


def _row(word: str, known: Known) -> str:
    undetermined = " (unknown)" if known.verdict == "UNKNOWN" else ""
    return f"{word}: {known.severity} {known.rule} {known.address}{undetermined}"


__all__ = ["SCHEMA", "Difference"]
