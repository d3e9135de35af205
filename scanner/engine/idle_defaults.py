"""Which defaults of parameters a finding rests on, and which were met on the way and change nothing."""

from __future__ import annotations

from collections.abc import Callable

from scanner.findings.finding import Finding
from scanner.inputs.cloudformation.parameters import DEFAULT

MOST_ASKED = 6
"""Of more defaults in one finding each is told: every one costs a run of the rule."""


def rests_on(found: Finding, again: Callable[[frozenset[str]], Finding]) -> tuple[str, ...]:
    """The assumptions of a FAIL or UNKNOWN without the defaults that may be anything: the finding would be the same.

    `again` judges where the defaults with the given notes are unknown. A function's name is compared with those of all
    versions, say, before a rule reads its tracing; that the name is a default then says nothing of the fault.
    """
    notes = [note for note in found.assumptions if note.startswith(DEFAULT)]
    if found.verdict not in ("FAIL", "UNKNOWN") or not 0 < len(notes) <= MOST_ASKED:
        return found.assumptions
    said = _said(found)

    def is_idle(refused: frozenset[str]) -> bool:
        try:
            other = again(refused)
        except Exception:  # noqa: BLE001  # the finding stands, and tells one default too many
            return False
        return refused.isdisjoint(other.assumptions) and _said(other) == said

    idle = frozenset(notes)
    if not is_idle(idle):
        idle = frozenset()
        for note in notes if len(notes) > 1 else ():
            if is_idle(idle | {note}):
                idle |= {note}
    return tuple(note for note in found.assumptions if note not in idle)


def _said(found: Finding) -> dict[str, object]:
    """All that is told of it but what it rests on; of the evidence the places: a value may hold the default."""
    told = {key: value for key, value in found.document().items() if key not in ("assumptions", "evidence")}
    return {**told, "clause": found.clause, "paths": [each.path for each in found.evidence]}
