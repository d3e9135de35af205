"""What a person must do first: the worst rules with findings, where, and what mends each."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.base.record import record
from scanner.findings.report_document import Severity
from scanner.outputs.html.views import RuleView
from scanner.outputs.shared.fix_text import parts_of
from scanner.outputs.shared.listing import cut_prose

MOST_STEPS = 8
MOST_PLACES = 3
MOST_FIX = 180
STANDINGS = {0: "passes", 1: "fails"}
"""How the gate stands by its exit code; every other code says that something could not be judged."""


@record
class Step:
    """`places` are names, places and anchors of the first findings; `more` are not among them."""

    severity: Severity
    rule: str
    title: str
    places: tuple[tuple[str, str, str], ...]
    more: int
    fix: str


def first_steps(failing: Sequence[tuple[Severity, Sequence[RuleView]]]) -> list[Step]:
    """One a rule, worst first, as the findings below it are."""
    views = [view for _, several in failing for view in several][:MOST_STEPS]
    return [_step(view) for view in views]


def _step(view: RuleView) -> Step:
    shown = view.findings[:MOST_PLACES]
    title = view.rule["title"] if view.rule is not None else view.id
    fix = view.rule["fix"] if view.rule is not None else ""
    words = parts_of(fix)[0].words if fix else ""
    places = tuple((each.name, each.place, each.anchor) for each in shown)
    return Step(view.severity, view.id, title, places, view.total - len(shown), cut_prose(words, MOST_FIX))
