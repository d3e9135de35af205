"""Live equals template: examples of rules deployed by the services' calls, collected, and judged by the same rules.

`round-trip.yaml` says which examples cannot be deployed, and which are judged otherwise; nothing else may be either.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.language.rule import Example, Rule
from scanner.rule_testing.examples import VERDICT
from scripts.write_live_types import TARGET, collected, read, text
from tests.live.deploying import DEPLOYERS
from tests.live.round_trip import (
    COLLECTED,
    TABLE,
    RoundTrip,
    counted,
    deployable,
    examples,
    moto_running,
    name_of,
    types_of,
)

pytestmark = pytest.mark.full

ROWS: Any = yaml.safe_load(TABLE.read_text("utf-8"))


def _rows(part: str) -> dict[tuple[str, str], Any]:
    return {(rule, name): row for rule, rows in ROWS[part].items() for name, row in rows.items()}


CASES = deployable()
NOT_DEPLOYED, OTHERWISE = _rows("not deployed"), _rows("judged otherwise")
DEPLOYED = [each for each in CASES if name_of(*each) not in NOT_DEPLOYED]
# So that several processes share the work, and none of it is done twice.
PARTS = 12


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_deployed_is_judged_as_its_template_is(part: int, tmp_path: Path) -> None:
    """What is not deployed, or judged otherwise, is in the table with its reason, and nothing else is."""
    pytest.importorskip("moto")
    with moto_running():
        trip = RoundTrip(tmp_path)
        wrong = [complaint for case in CASES[part::PARTS] for complaint in _complaints(trip, *case)]
    assert not wrong, "run python -m tests.live.round_trip"


def _complaints(trip: RoundTrip, rule: Rule, example: Example) -> Iterator[str]:
    name = name_of(rule, example)
    outcome = trip.go(rule, example)
    if outcome.why != NOT_DEPLOYED.get(name):
        yield f"{' '.join(name)}: not deployed for `{outcome.why}`, expected `{NOT_DEPLOYED.get(name)}`"
    if outcome.why is not None:
        return
    row = OTHERWISE.get(name, {"verdict": VERDICT[example.kind]})
    expected = row["verdict"] if isinstance(row["verdict"], list) else [row["verdict"]]
    found = sorted({str(each) for each in outcome.verdicts.values()})
    if found != expected:
        yield f"{' '.join(name)}: {found}, expected {expected}: {outcome.messages}"


def test_what_is_judged_otherwise_is_an_example_and_somebody_said_why() -> None:
    expected = {name_of(*each): VERDICT[each[1].kind] for each in DEPLOYED}
    for name, row in OTHERWISE.items():
        assert row["verdict"] != expected[name]
        assert row["why"] != "?"


def test_the_numbers_of_examples_by_type_are_those_that_were_deployed() -> None:
    assert counted(DEPLOYED) == ROWS["types"], "run python -m tests.live.round_trip"


def test_every_type_that_is_not_deployed_has_a_reason_and_no_other_has() -> None:
    lacking = {name for _, example in examples() for name in types_of(example) if name in COLLECTED} - DEPLOYERS.keys()
    assert lacking == ROWS["cannot be deployed"].keys()


def test_every_type_that_is_read_and_not_collected_has_a_reason_and_no_other_has() -> None:
    assert read().keys() - collected().keys() == ROWS["not collected"].keys()


def test_the_table_of_types_is_up_to_date() -> None:
    assert TARGET.read_text("utf-8") == text(), "run python scripts/write_live_types.py"
