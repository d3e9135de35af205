"""What a change brings besides its resources: exceptions of its own, and inputs that are read no longer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.engine.apply_exceptions import Exceptions
from scanner.engine.builtin_rules import GATE_NOT_LOOSENED, INPUTS_NOT_HIDDEN, file_finding
from scanner.findings.finding import Finding
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
    kept = tuple(each for each in beside.accepted if (each.rule, each.resource) in base.suppressed)
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


__all__ = ["Change", "brought_exceptions", "hidden", "renames"]
