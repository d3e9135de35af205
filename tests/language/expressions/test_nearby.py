from __future__ import annotations

from datetime import date

import pytest

from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import open_template
from scanner.inputs.reading import nested_output
from scanner.language.expressions.nearby import beside, days_since, mentions
from scanner.language.expressions.scope import Scope
from scanner.language.library import load_library
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World
from scanner.tenancy.tenancy import Tenancy
from scanner.text.reading import read

ALARMS = """
Parameters: {Rule: {Type: String}}
Resources:
  Errors: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: errors}}
  Late: {Type: AWS::CloudWatch::Alarm}
  Both: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: !Sub 'ALARM(${Late}) OR ALARM("errors")'}}
  More: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: 'ALARM("more-errors") OR ALARM("errors.2")'}}
  Open: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: !Ref Rule}}
"""


def _inventory(files: dict[str, str]) -> Inventory:
    inventory = Inventory()
    for path, text in files.items():
        exports = Exports()
        opened = open_template(
            read(text.encode(), path, cloudformation=True), Settings({}), exports.read, nested_output
        )
        inventory.add(opened.resources())
    return inventory


def _scope(inventory: Inventory, logical_id: str, as_of: date | None = None) -> Scope:
    (here,) = [each for each in inventory.resources if each.logical_id == logical_id]
    return Scope(World(), here, inventory, load_library(examples=False).new_relations(), Tenancy(as_of=as_of), {})


def _rule_of(inventory: Inventory, logical_id: str) -> object:
    from scanner.model.deferred import settle_all

    (resource,) = [each for each in inventory.resources if each.logical_id == logical_id]
    properties = settle_all(resource.fields["Properties"], World())
    return properties["AlarmRule"] if isinstance(properties, dict) else None


@pytest.mark.parametrize(
    ("alarm", "composite", "said"),
    [
        ("Errors", "Both", True),
        ("Late", "Both", True),
        ("Errors", "More", False),
        ("Late", "More", False),
    ],
)
def test_a_text_mentions_a_resource_by_its_whole_name_or_by_reference(alarm: str, composite: str, said: bool) -> None:
    inventory = _inventory({"alarms.yaml": ALARMS})
    assert mentions([_rule_of(inventory, composite)], _scope(inventory, alarm)) is said


def test_a_text_that_is_not_known_may_mention_anything() -> None:
    inventory = _inventory({"alarms.yaml": ALARMS})
    assert isinstance(mentions([_rule_of(inventory, "Open")], _scope(inventory, "Errors")), Unknown)


def test_nothing_mentions_nothing() -> None:
    inventory = _inventory({"alarms.yaml": ALARMS})
    assert mentions([None], _scope(inventory, "Errors")) is False


def _found(inventory: Inventory, logical_id: str, *types: str) -> list[str]:
    fields = beside(list(types), _scope(inventory, logical_id))
    assert isinstance(fields, list)
    assert not isinstance(fields, OpenList)
    holders = [inventory.holding(each) for each in fields]
    return [each.logical_id for each in holders if isinstance(each, Resource)]


def test_what_is_beside_a_resource_is_in_its_folder() -> None:
    alarm = "Resources: {%s: {Type: AWS::CloudWatch::Alarm}}"
    inventory = _inventory({"a/one.yaml": alarm % "One", "a/two.yaml": alarm % "Two", "b/far.yaml": alarm % "Far"})
    assert _found(inventory, "One", "AWS::CloudWatch::Alarm") == ["One", "Two"]
    assert _found(inventory, "One", "AWS::SNS::Topic") == []


def test_several_types_may_be_asked_for() -> None:
    inventory = _inventory({"alarms.yaml": ALARMS})
    types = ("AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Alarm")
    assert _found(inventory, "Errors", *types) == ["Both", "More", "Open", "Errors", "Late"]


@pytest.mark.parametrize(
    ("day", "age"),
    [("2026-11-23", 0), ("2025-11-23", 365), ("2026-12-24", -31), ("soon", None), (None, None), (7, None)],
)
def test_days_are_counted_to_the_day_that_is_judged_by(day: object, age: int | None) -> None:
    scope = _scope(_inventory({"alarms.yaml": ALARMS}), "Errors", date(2026, 11, 23))
    assert days_since([day], scope) == age


def test_without_a_day_to_judge_by_no_age_is_known() -> None:
    scope = _scope(_inventory({"alarms.yaml": ALARMS}), "Errors")
    assert isinstance(days_since(["2026-11-23"], scope), Unknown)
