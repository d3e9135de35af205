"""Conditions are decided as a whole: what can hold together is what trying every value says, and many cost little."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from time import process_time

import pytest
import yaml

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.world import World, explore, explore_some

VALUES = ("a", "b", "c")
OTHERS = ("other 1", "other 2", "other 3")


def read(folder: Path, parameters: dict[str, object], conditions: dict[str, object]) -> Reading:
    template = {
        "Parameters": parameters,
        "Conditions": conditions,
        "Resources": {"It": {"Type": "AWS::SNS::Topic"}},
    }
    (folder / "t.yaml").write_text(yaml.safe_dump(template), "utf-8")
    return read_inputs(discover([folder / "t.yaml"], cwd=folder), Settings())


def holds(node: object, conditions: dict[str, object], values: dict[str, str]) -> bool:
    ((function, argument),) = node.items()  # type: ignore[attr-defined]  # a condition is a mapping of one entry
    if function == "Condition":
        return holds(conditions[argument], conditions, values)
    if function == "Fn::Equals":
        one, two = (values[each["Ref"]] if isinstance(each, dict) else each for each in argument)
        return one == two
    inner = (holds(each, conditions, values) for each in argument)
    return not next(inner) if function == "Fn::Not" else all(inner) if function == "Fn::And" else any(inner)


def some(
    chosen: random.Random, parameters: int, conditions: int, *, compared: float = 0.2
) -> tuple[dict[str, object], dict[str, object]]:
    """Parameters, closed and open, and conditions on them and on each other."""
    declared: dict[str, object] = {}
    for number in range(parameters):
        allowed = {"AllowedValues": list(VALUES[: chosen.randint(1, 3)])} if chosen.random() < 0.5 else {}
        declared[f"P{number}"] = {"Type": "String", **allowed}

    def atom() -> dict[str, object]:
        one: dict[str, object] = {"Ref": f"P{chosen.randrange(parameters)}"}
        other = {"Ref": f"P{chosen.randrange(parameters)}"} if chosen.random() < compared else chosen.choice(VALUES)
        return {"Fn::Equals": [one, other]}

    made: dict[str, object] = {}
    for number in range(conditions):
        below: list[dict[str, object]] = [
            {"Condition": f"C{chosen.randrange(number)}"} if number and chosen.random() < 0.6 else atom()
            for _ in range(chosen.randint(2, 3))
        ]
        function = chosen.choice(["Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or"])
        made[f"C{number}"] = (
            atom() if function == "Fn::Equals" else {function: below[: 1 if function == "Fn::Not" else 3]}
        )
    return declared, made


@pytest.mark.parametrize("seed", range(40))
def test_the_worlds_tried_are_those_that_some_values_make(tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)
    parameters, conditions = some(chosen, 3, 5)
    reading = read(tmp_path, parameters, conditions)
    decide = reading.templates[0].stack.conditions.holds

    def everything(world: World) -> tuple[bool, ...]:
        return tuple(decide(name, world) for name in conditions)

    domains = [body.get("AllowedValues", [*VALUES, *OTHERS]) for body in parameters.values()]  # type: ignore[attr-defined]  # bodies are mappings
    really = {
        tuple(holds(conditions[name], conditions, dict(zip(parameters, values, strict=True))) for name in conditions)
        for values in itertools.product(*domains)
    }
    assert {leaf.result for leaf in explore(everything)} == really


def test_a_chain_of_conditions_over_one_parameter_costs_what_it_is_long(tmp_path: Path) -> None:
    conditions: dict[str, object] = {f"C{at}": {"Fn::Equals": [{"Ref": "P"}, "ab"[at]]} for at in range(2)}
    for at in range(2, 300):
        both = {"Fn::And": [{"Condition": f"C{at - 1}"}, {"Condition": f"C{at - 2}"}]}
        conditions[f"C{at}"] = {"Fn::Or": [both, {"Fn::Not": [{"Condition": f"C{at - 1}"}]}]}
    reading = read(tmp_path, {"P": {"Type": "String"}}, conditions)
    begun = process_time()
    leaves = explore(lambda world: reading.templates[0].stack.conditions.holds("C299", world))
    assert len(leaves) <= 2
    assert process_time() - begun < 1


def test_a_chain_that_rests_on_an_import_costs_what_it_is_long(tmp_path: Path) -> None:
    imported = {"Fn::ImportValue": "not-scanned"}
    conditions: dict[str, object] = {f"C{at}": {"Fn::Equals": [imported, "ab"[at]]} for at in range(2)}
    for at in range(2, 60):
        both = {"Fn::And": [{"Condition": f"C{at - 1}"}, {"Condition": f"C{at - 2}"}]}
        conditions[f"C{at}"] = {"Fn::Or": [both, {"Fn::Not": [{"Condition": f"C{at - 1}"}]}]}
    reading = read(tmp_path, {}, conditions)
    begun = process_time()
    explored = explore_some(lambda world: reading.templates[0].stack.conditions.holds("C59", world))
    assert explored.more is None
    assert process_time() - begun < 2


def test_forty_conditions_of_two_parameters_each_are_two_worlds(tmp_path: Path) -> None:
    parts: dict[str, object] = {f"C{at}": {"Fn::Equals": [{"Ref": f"P{at}"}, "a"]} for at in range(40)}
    either = {
        f"O{at}": {"Fn::Or": [{"Condition": f"C{at}"}, {"Condition": f"C{(at * 7 + 1) % 40}"}]} for at in range(40)
    }
    whole: dict[str, object] = {**parts, **either, "All": {"Fn::And": [{"Condition": f"O{at}"} for at in range(40)]}}
    reading = read(tmp_path, {f"P{at}": {"Type": "String"} for at in range(40)}, whole)
    begun = process_time()
    leaves = explore(lambda world: reading.templates[0].stack.conditions.holds("All", world))
    assert sorted(leaf.result for leaf in leaves) == [False, True]
    assert process_time() - begun < 1


def test_what_takes_too_long_to_find_out_is_told_and_named(tmp_path: Path) -> None:
    """Nine parameters of eight values, no two the same: of that no assignment is found, and no proof quickly."""
    values = [f"v{at}" for at in range(8)]
    parameters: dict[str, object] = {f"P{at}": {"Type": "String", "AllowedValues": values} for at in range(9)}
    differ = [
        {"Fn::Not": [{"Fn::Equals": [{"Ref": one}, {"Ref": two}]}]}
        for one, two in itertools.combinations(parameters, 2)
    ]
    reading = read(tmp_path, parameters, {"Pigeons": {"Fn::And": differ}})
    begun = process_time()
    explored = explore_some(lambda world: reading.templates[0].stack.conditions.holds("Pigeons", world))
    assert explored.more == "Pigeons"
    assert process_time() - begun < 2


def test_conditions_that_rest_on_each_other_in_many_ways_cost_little(tmp_path: Path) -> None:
    conditions: dict[str, object] = {}
    for at in range(60):
        conditions[f"C{at}"] = {"Fn::Or": [{"Condition": f"C{(at + 59) % 60}"}, {"Condition": f"C{(at + 58) % 60}"}]}
    conditions["Beside"] = {"Fn::And": [{"Fn::Equals": ["a", "b"]}, {"Condition": "C59"}]}
    reading = read(tmp_path, {}, conditions)
    begun = process_time()
    decide = reading.templates[0].stack.conditions.holds
    leaves = explore(lambda world: decide("C59", world))
    assert "conditions rest on each other: `C59` -> " in next(iter(leaves[0].world.guesses.values())).detail
    assert [leaf.result for leaf in explore(lambda world: decide("Beside", world))] == [False]
    assert process_time() - begun < 1
