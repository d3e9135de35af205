"""Write `rules/value_mutants.yaml`: the mutants of values that move no verdict, with the reasons that are there.

A mutant that is new to the list gets the reason `undecided`, which `rules test` refuses: who changes a rule decides.
"""

from __future__ import annotations

import json
from pathlib import Path

from scanner.language.library import load_library
from scanner.rule_testing.staying import FILE, staying
from scanner.rule_testing.value_mutants import check_values
from scanner.shipped_data import rules_dir

_HEAD = """\
# Mutants of values that rightly do not move a verdict, each with its reason: another-holds, still-right, not-asked,
# aws-refuses or judged-elsewhere (see scanner/rule_testing/value_mutants.py). `scripts/write_value_mutants.py` writes
# it, keeps the reasons and puts `undecided` where one is missing; `rules test` holds the list against the rules.
"""


def text() -> str:
    library = load_library()
    number = 0
    lines: list[str] = []
    for rule in sorted(library.rules, key=lambda each: each.id):
        known = staying().get(rule.id, {})
        reasons: dict[str, list[str]] = {}
        for mutant in check_values(rule, library):
            number += 1
            if not mutant.moved:
                reasons.setdefault(known.get(mutant.place, "undecided"), []).append(mutant.place)
        if reasons:
            lines.append(f"  {rule.id}:")
        for reason in sorted(reasons):
            lines.append(f"    {reason}:")
            lines += [f"      - {json.dumps(place)}" for place in sorted(reasons[reason])]
    return _HEAD + "\n".join([f"mutants: {number}", "staying:", *lines]) + "\n"


if __name__ == "__main__":
    target: Path = rules_dir() / FILE
    target.write_text(text(), "utf-8")
    print(target)
