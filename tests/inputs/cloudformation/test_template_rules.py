"""The section `Rules`: what it refuses is an error, and what it leaves is all that is tried."""

from __future__ import annotations

import time
from pathlib import Path
from textwrap import indent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle_all
from scanner.model.unknown import Unknown
from scanner.model.world import explore
from tests.case_names import case_name

PARAMETERS = """\
Parameters:
  Stage: {Type: String}
  Kind: {Type: String, AllowedValues: [a, b, c]}
  Size: {Type: String, Default: small}
  Zones: {Type: CommaDelimitedList}
Resources:
  T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Stage, DisplayName: !Ref Kind, KmsMasterKeyId: !Ref Size}}
"""


def read(tmp_path: Path, rule: str, settings: Settings | None = None) -> Reading:
    (tmp_path / "t.yaml").write_text(f"{PARAMETERS}Rules:\n  R:\n{indent(rule, '    ')}\n", "utf-8")
    return read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), settings or Settings())


def values(reading: Reading, name: str) -> list[str]:
    """What the property may be, over all worlds; an unknown as its cause."""
    (resource,) = reading.inventory.resources

    def run_in(world: object) -> object:
        body = settle_all(resource.fields["Properties"], world)  # type: ignore[arg-type]  # what explore passes
        assert isinstance(body, dict)
        return body[name]

    found = [leaf.result for leaf in explore(run_in)]
    return sorted({each.cause if isinstance(each, Unknown) else str(each) for each in found})


def test_without_rules_a_parameter_is_open(tmp_path: Path) -> None:
    reading = read(tmp_path, "Assertions: []")
    assert values(reading, "TopicName") == ["parameter"]


@pytest.mark.parametrize(
    ("claim", "stages"),
    [
        ("Fn::Contains: [[dev, prod], !Ref Stage]", ["dev", "prod"]),
        ("Fn::Equals: [!Ref Stage, prod]", ["prod"]),
        ("Fn::Or: [{Fn::Equals: [!Ref Stage, x]}, {Fn::Contains: [[y], !Ref Stage]}]", ["x", "y"]),
        ("Fn::And: [{Fn::Contains: [[x, y], !Ref Stage]}, {Fn::Not: [{Fn::Equals: [!Ref Stage, x]}]}]", ["y"]),
        ("Fn::EachMemberIn: [[!Ref Stage], [x, y]]", ["x", "y"]),
        ("Fn::EachMemberEquals: [[!Ref Stage, !Ref Stage], x]", ["x"]),
        # What leaves other values open closes nothing.
        ("Fn::Not: [{Fn::Equals: [!Ref Stage, x]}]", ["parameter"]),
        ("Fn::Or: [{Fn::Equals: [!Ref Stage, x]}, {Fn::Equals: [!Ref Kind, a]}]", ["parameter"]),
        ("Fn::Contains: [[!Ref Kind, x], !Ref Stage]", ["parameter"]),
        ("Fn::Contains: [{Fn::RefAll: 'AWS::EC2::VPC::Id'}, !Ref Stage]", ["parameter"]),
        ("Fn::Equals: [{Fn::ValueOf: [Stage, Tags.a]}, x]", ["parameter"]),
        ("Fn::EachMemberIn: [{Fn::ValueOfAll: ['AWS::EC2::VPC::Id', Tags.a]}, [x]]", ["parameter"]),
        ("Fn::Nonsense: [!Ref Stage, x]", ["parameter"]),
    ],
    ids=case_name,
)
def test_a_rule_closes_what_a_parameter_may_be(tmp_path: Path, claim: str, stages: list[str]) -> None:
    reading = read(tmp_path, f"Assertions:\n  - Assert: {{{claim}}}")
    assert values(reading, "TopicName") == stages
    assert reading.problems == []


def test_allowed_values_that_a_rule_refuses_are_not_tried(tmp_path: Path) -> None:
    reading = read(tmp_path, "Assertions:\n  - Assert: {Fn::Not: [{Fn::Equals: [!Ref Kind, b]}]}")
    assert values(reading, "DisplayName") == ["a", "c"]


@pytest.mark.parametrize(
    ("settings", "stages"),
    [
        (Settings({"Kind": "a"}), ["dev"]),
        (Settings({"Kind": "b"}), ["parameter"]),
        # The condition is open, so the assertion may not count.
        (Settings(), ["parameter"]),
    ],
)
def test_a_rule_with_a_condition_counts_where_that_is_decided(
    tmp_path: Path, settings: Settings, stages: list[str]
) -> None:
    rule = "RuleCondition: {Fn::Equals: [!Ref Kind, a]}\nAssertions: [{Assert: {Fn::Equals: [!Ref Stage, dev]}}]"
    assert values(read(tmp_path, rule, settings), "TopicName") == stages


@pytest.mark.parametrize(
    ("claim", "settings", "refused"),
    [
        ("Fn::Contains: [[dev, prod], !Ref Stage]", Settings({"Stage": "test"}), "`Stage`"),
        ("Fn::EachMemberIn: [!Ref Zones, [a, b]]", Settings({"Zones": "a,c"}), "`Zones`"),
        ("Fn::EachMemberEquals: [!Ref Zones, a]", Settings({"Zones": ["a", "b"]}), "`Zones`"),
        ("Fn::Equals: [!Ref Stage, !Ref Kind]", Settings({"Stage": "a", "Kind": "b"}), "`Stage`, `Kind`"),
        ("Fn::Contains: [[eu-west-1], !Ref AWS::Region]", Settings(region="us-east-1"), "`AWS::Region`"),
    ],
    ids=case_name,
)
def test_a_given_value_that_a_rule_refuses_is_an_error_with_its_place(
    tmp_path: Path, claim: str, settings: Settings, refused: str
) -> None:
    reading = read(tmp_path, f"Assertions:\n  - Assert: {{{claim}}}\n    AssertDescription: see the wiki", settings)
    (said, *_) = [problem for problem in reading.problems if problem.level == "error"]
    assert str(said) == f"t.yaml:11:9: rule `R` refuses what is given for {refused}: see the wiki"


@pytest.mark.parametrize("claim", ["Fn::EachMemberIn: [!Ref Zones, [a, b]]", "Fn::Contains: [[a, b], !Ref Stage]"])
def test_a_given_value_that_a_rule_allows_is_no_error(tmp_path: Path, claim: str) -> None:
    reading = read(tmp_path, f"Assertions: [{{Assert: {{{claim}}}}}]", Settings({"Zones": "a,b", "Stage": "a"}))
    assert reading.problems == []


def test_a_default_that_a_rule_refuses_is_none(tmp_path: Path) -> None:
    reading = read(tmp_path, "Assertions: [{Assert: {Fn::Contains: [[large, huge], !Ref Size]}}]")
    assert values(reading, "KmsMasterKeyId") == ["huge", "large"]
    assert reading.problems == []


def test_strict_parameters_count_no_default(tmp_path: Path) -> None:
    rule = "Assertions: [{Assert: {Fn::Contains: [[small, huge], !Ref Size]}}]"
    assert values(read(tmp_path, rule), "KmsMasterKeyId") == ["small"]
    assert values(read(tmp_path, rule, Settings(strict_parameters=True)), "KmsMasterKeyId") == ["huge", "small"]


@pytest.mark.parametrize("rule", ["Assertions: {a: b}", "Assertions: [x, {Assert: [1]}]", "Nothing: here"])
def test_rules_that_are_none_are_left_alone(tmp_path: Path, rule: str) -> None:
    assert values(read(tmp_path, rule), "TopicName") == ["parameter"]


def test_a_rule_over_very_many_values_is_bounded(tmp_path: Path) -> None:
    many = ", ".join(f"v{index}" for index in range(20_000))
    started = time.monotonic()
    reading = read(tmp_path, f"Assertions: [{{Assert: {{Fn::Contains: [[{many}], !Ref Stage]}}}}]")
    assert values(reading, "TopicName") == ["parameter"]
    assert time.monotonic() - started < 5


def test_a_rule_over_two_long_lists_takes_no_longer_than_to_read_them(tmp_path: Path) -> None:
    many = ", ".join(f"v{index}" for index in range(20_000))
    started = time.monotonic()
    reading = read(tmp_path, f"Assertions: [{{Assert: {{Fn::EachMemberIn: [[{many}], [{many}]]}}}}]")
    assert reading.problems == []
    assert time.monotonic() - started < 10
