"""Worlds: combinations of conditions that no choice of parameters makes are never tried, and many cost little."""

from __future__ import annotations

import time
from pathlib import Path
from textwrap import dedent

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle_all
from scanner.model.world import explore


def read(tmp_path: Path, template: str) -> Reading:
    (tmp_path / "t.yaml").write_text(dedent(template), "utf-8")
    return read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings())


def results(reading: Reading) -> list[object]:
    resource = reading.inventory.at("t.yaml#It")
    assert resource is not None
    leaves = explore(lambda world: settle_all(resource.fields["Properties"], world))
    return [leaf.result["DisplayName"] for leaf in leaves]  # type: ignore[index]  # properties are a mapping


PAIR = """\
Parameters:
  Stage: {{Type: String{allowed}}}
Conditions:
{conditions}
Resources:
  It:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Join ['', [!If [One, '1', '-'], !If [Two, '2', '-']]]
"""


def pair(tmp_path: Path, one: str, two: str, allowed: str = "") -> set[object]:
    conditions = f"  One: {one}\n  Two: {two}\n"
    return set(results(read(tmp_path, PAIR.format(allowed=allowed, conditions=conditions))))


def test_a_parameter_never_equals_two_values_at_once(tmp_path: Path) -> None:
    found = pair(tmp_path, "!Equals [!Ref Stage, dev]", "!Equals [!Ref Stage, prod]")
    assert found == {"1-", "-2", "--"}


def test_a_parameter_equals_one_of_its_allowed_values(tmp_path: Path) -> None:
    allowed = ", AllowedValues: [dev, prod]"
    found = pair(tmp_path, "!Equals [!Ref Stage, dev]", "!Equals [prod, !Ref Stage]", allowed)
    assert found == {"1-", "-2"}


def test_a_value_that_is_not_allowed_is_never_met(tmp_path: Path) -> None:
    allowed = ", AllowedValues: [dev, prod]"
    found = pair(tmp_path, "!Equals [!Ref Stage, test]", "!Equals [!Ref Stage, prod]", allowed)
    assert found == {"-2", "--"}


def test_conditions_over_conditions_hold_together(tmp_path: Path) -> None:
    found = pair(tmp_path, "!Equals [!Ref Stage, dev]", "!Not [{Condition: One}]")
    assert found == {"1-", "-2"}
    found = pair(tmp_path, "!Equals [!Ref Stage, dev]", "!And [{Condition: One}, !Not [!Equals [!Ref Stage, dev]]]")
    assert found == {"1-", "--"}
    either = "!Or [{Condition: One}, !Equals [!Ref Stage, prod]]"
    found = pair(tmp_path, "!Equals [!Ref Stage, dev]", either)
    assert found == {"12", "-2", "--"}


def test_sixty_conditions_that_know_nothing_of_each_other_take_less_than_a_second(tmp_path: Path) -> None:
    numbers = range(60)
    lines = ["Parameters:", *(f"  P{n}: {{Type: String, AllowedValues: [a, b]}}" for n in numbers), "Conditions:"]
    lines += [f"  C{n}: !Equals [!Ref P{n}, a]" for n in numbers]
    lines += ["Resources:"]
    for n in numbers:
        lines += [f"  T{n}:", "    Type: AWS::SNS::Topic", f"    Condition: C{n}", "    Properties:"]
        lines += [f"      DisplayName: !If [C{(n + 1) % 60}, a, b]"]
    begin = time.perf_counter()
    reading = read(tmp_path, "\n".join(lines))
    for resource in reading.inventory.resources:
        leaves = list(
            explore(lambda world, it=resource: it.exists(world) and settle_all(it.fields["Properties"], world))
        )  # type: ignore[misc]  # mypy does not infer a lambda with a default
        assert [leaf.result for leaf in leaves].count(False) == 1
        assert len(leaves) == 3
    assert time.perf_counter() - begin < 1
