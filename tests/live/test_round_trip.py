"""Live equals template: examples of rules deployed by the services' calls, collected, and judged by the same rules.

`round-trip.yaml` says which examples cannot be deployed, and which are judged otherwise; nothing else may be either.
"""

from __future__ import annotations

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
    Outcome,
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
Outcomes = dict[tuple[str, str], Outcome]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    pytest.importorskip("moto")
    folder = tmp_path_factory.mktemp("account")
    with moto_running():
        trip = RoundTrip(folder)
        return {name_of(rule, example): trip.go(rule, example) for rule, example in CASES}


@pytest.mark.parametrize(("rule", "example"), DEPLOYED, ids=[" ".join(name_of(*each)) for each in DEPLOYED])
def test_what_is_deployed_is_judged_as_its_template_is(outcomes: Outcomes, rule: Rule, example: Example) -> None:
    outcome = outcomes[name_of(rule, example)]
    assert outcome.why is None, "run python -m tests.live.round_trip"
    row = OTHERWISE.get(name_of(rule, example), {"verdict": VERDICT[example.kind]})
    expected = row["verdict"] if isinstance(row["verdict"], list) else [row["verdict"]]
    assert sorted({str(each) for each in outcome.verdicts.values()}) == expected, outcome.messages


def test_what_is_not_deployed_is_told_with_its_reason(outcomes: Outcomes) -> None:
    assert {name: each.why for name, each in outcomes.items() if each.why is not None} == NOT_DEPLOYED


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
