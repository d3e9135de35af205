"""Every hand-labelled situation with one value changed: where the answer turns, what the prover says must turn, too."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.prover.closed_world.cases import NotTried, question_of
from tests.prover.closed_world.mutants import mutants
from tests.prover.closed_world.prover import ask_files
from tests.prover.closed_world.requests import Answer, answer

pytestmark = pytest.mark.full

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
SEED = 20261130
EACH = 5


def said_by_trying(found: Answer) -> str:
    if found.leak is not None:
        return "LEAK"
    return "open" if found.open is not None or found.undecided else "ISOLATED"


@pytest.mark.full
def test_a_changed_value_moves_what_it_ought_to_move(tmp_path: Path) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    wrong: list[object] = []
    open_ones: list[object] = []
    for path in CASES:
        case = yaml.safe_load(path.read_text())
        principal = case["expect"]["principal"]
        try:
            made = question_of(case["tenancy"] or {}, case["template"], principal)
        except NotTried:
            continue
        expected = case["expect"]["verdict"]
        tried = said_by_trying(answer(made, random.Random(SEED)))
        # The oracle is held against the labels, as the prover is.
        assert tried in ("open", *(expected if isinstance(expected, list) else [expected])), path.stem
        every = list(mutants(case["template"]))
        for what, template in random.Random(f"{SEED}{path.stem}").sample(every, min(EACH, len(every))):
            try:
                changed = question_of(case["tenancy"], template, principal)
            except NotTried:
                continue
            found = answer(changed, random.Random(SEED))
            said = ask_files(case["tenancy"], template, tmp_path, principal)
            seen[said_by_trying(found), said.verdict] += 1
            if found.leak is not None and said.verdict not in ("LEAK", "NOT_PROVEN"):
                wrong.append((path.stem, what, said.verdict, found.leak.told()))
            if said.verdict == "NOT_PROVEN" and said_by_trying(found) != "open":
                open_ones.append((path.stem, what, said.proof and said.proof.unknown))
    print(f"seed {SEED}: {dict(seen)}")
    assert wrong == []
    assert sum(count for (tried, _), count in seen.items() if tried == "LEAK") > 30
    assert sum(count for (tried, _), count in seen.items() if tried == "ISOLATED") > 20
    assert len(open_ones) < sum(seen.values()) / 10, open_ones
