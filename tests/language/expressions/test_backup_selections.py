"""Which resources a backup selection takes in; the examples of the rules on backup plans show the rest."""

from __future__ import annotations

import pytest

from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import open_template
from scanner.inputs.reading import nested_output
from scanner.language.expressions.backup_selections import selected_for_backup
from scanner.language.expressions.scope import Scope
from scanner.language.library import load_library
from scanner.model.resource import Inventory
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.tenancy.tenancy import Tenancy
from scanner.text.reading import read
from tests.case_names import case_name

TAGGED = "{Type: AWS::EC2::Volume, Properties: {Tags: [{Key: backup, Value: daily}, {Key: stage, Value: prod-eu}]}}"
BACKUP = "{ConditionKey: 'aws:ResourceTag/backup', ConditionValue: daily}"
OTHER = "{ConditionKey: 'aws:ResourceTag/backup', ConditionValue: never}"


def _selected(volume: str, selections: list[str]) -> object:
    chosen = "\n".join(
        f"  S{number}: {{Type: AWS::Backup::BackupSelection, Properties: {{BackupSelection: {{{each}}}}}}}"
        for number, each in enumerate(selections)
    )
    text = f"Parameters: {{Value: {{Type: String}}}}\nResources:\n  Disk: {volume}\n{chosen}\n"
    opened = open_template(
        read(text.encode(), "t.yaml", cloudformation=True), Settings({}), Exports().read, nested_output
    )
    inventory = Inventory()
    inventory.add(opened.resources())
    (disk,) = [each for each in inventory.resources if each.logical_id == "Disk"]
    relations = load_library(examples=False).new_relations()
    return selected_for_backup((), Scope(World(), disk, inventory, relations, Tenancy(), {}))


@pytest.mark.parametrize(
    ("selections", "said"),
    [
        ([], False),
        (["Resources: ['*']"], True),
        (["Resources: ['arn:aws:ec2:*:*:volume/*']"], True),
        (["Resources: ['arn:aws:ec2:*:*:instance/*']"], False),
        (["Resources: ['arn:aws:ec2:us-east-1:111122223333:volume/vol-1']"], False),
        (["Resources: ['*'], NotResources: ['arn:aws:ec2:*:*:volume/*']"], False),
        ([f"Resources: ['*'], Conditions: {{StringEquals: [{BACKUP}]}}"], True),
        ([f"Resources: ['*'], Conditions: {{StringEquals: [{BACKUP}, {OTHER}]}}"], False),
        ([f"Resources: ['*'], Conditions: {{StringNotEquals: [{OTHER}]}}"], True),
        (["Conditions: {StringLike: [{ConditionKey: 'aws:ResourceTag/stage', ConditionValue: 'prod*'}]}"], True),
        (["Conditions: {StringNotLike: [{ConditionKey: 'aws:ResourceTag/stage', ConditionValue: 'prod*'}]}"], False),
        ([f"ListOfTags: [{OTHER}, {BACKUP}]"], True),
        (["ListOfTags: [{ConditionKey: backup, ConditionValue: daily}]"], True),
        (["ListOfTags: [{ConditionKey: lab, ConditionValue: daily}]"], False),
        ([f"Resources: ['arn:aws:ec2:*:*:instance/*'], ListOfTags: [{BACKUP}]"], False),
        ([f"ListOfTags: [{OTHER}]", "Resources: ['*']"], True),
    ],
    ids=case_name,
)
def test_selected(selections: list[str], said: bool) -> None:
    assert _selected(TAGGED, selections) is said


@pytest.mark.parametrize(
    "selection",
    [
        "Resources: [!Ref Value]",
        "Resources: !Ref Value",
        "Resources: ['arn:aws:ec2:us-east-1:*:volume/*']",
        "ListOfTags: [{ConditionKey: backup, ConditionValue: !Ref Value}]",
        "Conditions: {StringLike: [{ConditionKey: backup, ConditionValue: !Sub '${Value}*'}]}",
        "Conditions: {StringNotEquals: [{ConditionKey: lab, ConditionValue: daily}]}",
        "Conditions: !Ref Value",
    ],
)
def test_undecided(selection: str) -> None:
    assert isinstance(_selected(TAGGED, [selection]), Unknown)


def test_unknown_tags() -> None:
    volume = "{Type: AWS::EC2::Volume, Properties: {Tags: !Ref Value}}"
    assert isinstance(_selected(volume, [f"ListOfTags: [{BACKUP}]"]), Unknown)
    assert _selected(volume, ["Resources: ['*']"]) is True


def test_a_selection_that_names_nothing_takes_what_is_opted_in_and_that_stands_in_no_file() -> None:
    assert isinstance(_selected(TAGGED, ["SelectionName: everything"]), Unknown)
