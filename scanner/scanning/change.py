"""What a change brings besides its resources: exceptions of its own, and inputs that are read no longer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.acceptance.exceptions_file import AcceptedDeviation
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.engine.apply_exceptions import Exceptions
from scanner.engine.builtin_rules import GATE_NOT_LOOSENED, INPUTS_NOT_HIDDEN, file_finding
from scanner.findings.finding import Finding
from scanner.findings.report_document import ResourceDocument
from scanner.model.location import Location
from scanner.options import Options

if TYPE_CHECKING:
    from scanner.incremental.revision_cache import Base


@record
class Change:
    """What a change is held against, and the findings on the change itself."""

    base: Base
    since: str
    brought: Sequence[Finding] = ()


def brought_exceptions(beside: Exceptions, base: Base) -> tuple[Exceptions, list[Finding]]:
    """The exceptions in templates that the revision had, too, and a finding for each that the change brings."""
    known = {(rule, address) for rule, address, _ in base.suppressed}
    kept = tuple(each for each in beside.accepted if (each.rule, each.resource) in known)
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


def claims(
    change: Change, chosen: Options, problems: list[Problem]
) -> Callable[[AcceptedDeviation, ResourceDocument], bool]:
    """Whether a resource of the change has the construct path or ARN by which an exception means another resource.

    Both stand in the template, so that a new file may claim any. Whatever a pattern with `*` takes in was meant to be
    taken in, and so is the resource after git has seen its file move. A claim is told once.
    """
    accepted: dict[tuple[str, str], set[str]] = {}
    for rule, address, names in change.base.suppressed:
        for name in names:
            accepted.setdefault((rule, name), set()).add(address)
    moved: Mapping[str, str] = renames(chosen, change.since) if accepted else {}
    told: set[tuple[str, str]] = set()

    def is_claimed(entry: AcceptedDeviation, resource: ResourceDocument) -> bool:
        before = accepted.get((entry.rule, entry.resource), set())
        address = resource["address"]
        if not before or address in before or address == entry.resource:
            return False
        if any(address == _moved(each, moved) for each in before):
            return False
        if (entry.resource, address) not in told:
            told.add((entry.resource, address))
            message = f"the exception of `{entry.resource}` to `{entry.rule}` means {', '.join(sorted(before))}"
            message += f", and does not count for {address}, which has the same name"
            problems.append(Problem(address.partition("#")[0], message, kind="exceptions", level="warning"))
        return True

    return is_claimed


def _moved(address: str, moved: Mapping[str, str]) -> str | None:
    file, sign, resource = address.partition("#")
    return f"{moved[file]}{sign}{resource}" if file in moved else None


def hidden(change: Change, read: Sequence[str], chosen: Options, problems: list[Problem]) -> Iterator[Finding]:
    """One for each input of the revision that is there and is not read; a note on those that are gone is added."""
    root = repository_root(chosen.paths[0].resolve()) or Path()
    moved = renames(chosen, change.since)
    missing = [path for path in sorted(change.base.paths - set(read)) if moved.get(path) not in read]
    absent = _not_checked_out(root) if any(not os.path.lexists(root / path) for path in missing) else frozenset()
    there = [path for path in missing if path in moved or path in absent or os.path.lexists(root / path)]
    for path in there:
        now = "is still there" if path not in absent else "is still there, though not in this checkout"
        now = f"is {moved[path]} now" if path in moved else now
        message = f"{path} was read in revision `{change.since}`, {now}, and is read no longer"
        place = moved.get(path, path)
        yield file_finding(INPUTS_NOT_HIDDEN, place, message, Location(place), path)
    gone = len(missing) - len(there)
    if gone:
        count = "1 input" if gone == 1 else f"{gone} inputs"
        message = f"{count} of revision `{change.since}` {'is' if gone == 1 else 'are'} not there any more"
        problems.append(Problem("--since", message, kind="config", level="warning"))


def _not_checked_out(root: Path) -> frozenset[str]:
    """What the index has, and this checkout leaves out."""
    from scanner.base.git import GitRepository

    try:
        return frozenset(GitRepository(root).skipped())
    except ProblemsError:
        return frozenset()


def renames(chosen: Options, since: str) -> Mapping[str, str]:
    """Files of the revision that git takes for others of now: moved, and at least 60 % alike."""
    from scanner.base.git import GitRepository

    root = repository_root(chosen.paths[0].resolve())
    try:
        return GitRepository(root).renames(since) if root is not None else {}
    except ProblemsError:
        return {}


__all__ = ["Change", "brought_exceptions", "claims", "hidden", "renames"]
