"""A few of the random inputs and graphs of `make fuzz-inputs`, by seed."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.inputs.condition_graphs import MOST_SECONDS, graph, judged
from tests.inputs.fuzzing import KINDS, fuzzed


@pytest.mark.full
def test_no_random_input_does_what_none_may_do() -> None:
    results = list(fuzzed(60, 20))
    assert [each for each in results if each[1]] == []
    assert {name.rpartition(" ")[0].rpartition(" ")[0] for name, _ in results} > {"template", "plan", "snapshot"}
    assert sum(share for share, _ in KINDS.values()) == 100


@pytest.mark.full
@pytest.mark.parametrize("number", range(3))
def test_a_template_of_many_conditions_is_judged_in_time(tmp_path: Path, number: int) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(graph(random.Random(f"20 {number}"))), "utf-8")
    assert 900_000 < path.stat().st_size < 1_200_000
    seconds, verdicts, limits = judged(path)
    assert seconds < 2 * MOST_SECONDS
    assert verdicts["FAIL"] and verdicts["PASS"]
    assert all("`" in each for each in limits)
