"""Random questions, decided a second time by trying: see `enumerator.py`, which asks more of them as a program."""

from __future__ import annotations

import pytest

from tests.prover.enumerator import run

pytestmark = pytest.mark.full

SEED = 20261123
NUMBER = 2_000


def test_no_proof_is_unsound_and_every_counterexample_replays() -> None:
    tally = run(NUMBER, SEED)
    print(f"seed {SEED}: {dict(tally.verdicts)}, {tally.missed} leaks not proven")
    assert tally.unsound == []
    assert tally.unreplayed == []
    # Both ends are met often enough for the test to mean something, and few questions stay open.
    assert tally.verdicts["ISOLATED"] > NUMBER / 4
    assert tally.verdicts["LEAK"] > NUMBER / 4
    assert tally.verdicts["NOT_PROVEN"] < NUMBER / 10
