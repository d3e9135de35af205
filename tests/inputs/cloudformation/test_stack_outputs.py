"""`Fn::GetStackOutput` meets the output of the one stack of that name, account and region among what is scanned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.reading import Reading
from scanner.model.deferred import settle_all
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World
from tests.case_names import case_name
from tests.inputs.cdk.test_assembly import Assembly
from tests.inputs.cloudformation.test_exports import read

HERE, ELSEWHERE = "aws://111111111111/us-east-1", "aws://111111111111/eu-west-1"
KEY = {"Type": "AWS::KMS::Key"}


def keys(value: object = None, **more: object) -> dict[str, object]:
    output = {"Value": value if value is not None else {"Ref": "Key"}, **more}
    return {"Outputs": {"KeyArn": output, "Name": {"Value": "clinic"}}}


def asking(**what: object) -> dict[str, object]:
    asked = {"StackName": "clinic-keys", "OutputName": "KeyArn", **what}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Fn::GetStackOutput": asked}}}
    return {"Topic": topic}


def value(reading: Reading, artifact: str = "App") -> object:
    resource = reading.inventory.at(f"cdk.out/{artifact}#Topic")
    assert resource is not None
    properties: Any = resource.fields["Properties"]
    return settle_all(properties["KmsMasterKeyId"], World())


def read_all(assembly: Assembly) -> Reading:
    assembly.write()
    return read(assembly.folder.parent)


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    return Assembly(tmp_path / "cdk.out")


def test_an_output_of_another_region_is_met(assembly: Assembly) -> None:
    assembly.stack("Keys", {"Key": KEY}, environment=ELSEWHERE, sections=keys(), stackName="clinic-keys")
    assembly.stack("App", asking(Region="eu-west-1"), environment=HERE)
    met = value(read_all(assembly))
    assert isinstance(met, Reference) and met.resource == "cdk.out/Keys#Key"


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        (HERE, {}),
        (HERE, {"Region": {"Ref": "AWS::Region"}}),
        (HERE, {"StackName": {"Fn::Sub": "clinic-${Part}"}}),
        (HERE, {"RoleArn": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/r"}}),
        ("aws://unknown-account/unknown-region", {"Region": "eu-west-1"}),
        ("aws://222222222222/us-east-1", {"RoleArn": "arn:aws:iam::222222222222:role/reader"}),
    ],
    ids=case_name,
)
def test_it_is_the_stacks_own_account_and_region_where_none_is_said(
    assembly: Assembly, where: str, asked: dict[str, object]
) -> None:
    assembly.stack("Keys", {"Key": KEY}, environment=where, sections=keys(), stackName="clinic-keys")
    part = {"Parameters": {"Part": {"Type": "String", "Default": "keys"}}}
    assembly.stack("App", asking(**asked), environment=HERE, sections=part)
    met = value(read_all(assembly))
    assert isinstance(met, Reference) and met.resource == "cdk.out/Keys#Key"


@pytest.mark.parametrize(
    ("where", "asked", "said"),
    [
        (ELSEWHERE, {}, "is in none of the files scanned"),
        ("aws://222222222222/us-east-1", {}, "is in none of the files scanned"),
        (HERE, {"StackName": "others"}, "output `KeyArn` of stack `others` is in none of the files scanned"),
        (HERE, {"RoleArn": "arn:aws:iam::222222222222:role/reader"}, "is in none of the files scanned"),
        (HERE, {"StackName": {"Ref": "Unset"}}, "which stack's output `Fn::GetStackOutput` reads is not known"),
        (HERE, {"RoleArn": {"Ref": "Unset"}}, "which stack's output `Fn::GetStackOutput` reads is not known"),
        (HERE, {"RoleArn": {"Fn::Sub": "arn:aws:iam::${Unset}:role/r"}}, "reads is not known: parameter `Unset`"),
        (HERE, {"RoleArn": "reader"}, "reads is not known: `RoleArn` is no ARN of a role"),
    ],
    ids=case_name,
)
def test_what_is_in_no_file_is_unknown_with_an_identity_and_is_surely_there(
    assembly: Assembly, where: str, asked: dict[str, object], said: str
) -> None:
    assembly.stack("Keys", {"Key": KEY}, environment=where, sections=keys(), stackName="clinic-keys")
    unset = {"Parameters": {"Unset": {"Type": "String"}}}
    assembly.stack("App", asking(**asked), environment=HERE, sections=unset)
    assembly.stack("Twin", asking(**asked), environment=HERE, sections=unset)
    reading = read_all(assembly)
    open_ = value(reading)
    assert isinstance(open_, Unknown) and open_.cause == "import" and open_.present and said in open_.detail
    twin = value(reading, "Twin")
    assert isinstance(twin, Unknown)
    if "Unset" not in str(asked):
        assert open_.symbol == twin.symbol is not None


def test_two_stacks_that_may_be_meant_leave_it_open(assembly: Assembly) -> None:
    for name, region in (("A", "eu-west-1"), ("B", "us-east-1")):
        where = f"aws://111111111111/{region}"
        assembly.stack(name, {"Key": KEY}, environment=where, sections=keys(), stackName="clinic-keys")
    assembly.stack("App", asking(), environment="aws://unknown-account/unknown-region")
    open_ = value(read_all(assembly))
    assert isinstance(open_, Unknown) and "may be that of 2 of the stacks scanned" in open_.detail


def test_an_output_that_the_stack_does_not_have_is_told(assembly: Assembly) -> None:
    assembly.stack("Keys", {"Key": KEY}, environment=HERE, sections=keys(), stackName="clinic-keys")
    assembly.stack("App", asking(OutputName="Gone"), environment=HERE)
    open_ = value(read_all(assembly))
    assert isinstance(open_, Unknown) and "output `Gone` of stack `clinic-keys` is not in" in open_.detail


def test_outputs_that_rest_on_each_other_end(assembly: Assembly) -> None:
    ask = {"Fn::GetStackOutput": {"StackName": "clinic-app", "OutputName": "Back"}}
    back = {
        "Outputs": {"Back": {"Value": {"Fn::GetStackOutput": {"StackName": "clinic-keys", "OutputName": "KeyArn"}}}}
    }
    assembly.stack("Keys", {"Key": KEY}, environment=HERE, sections=keys(ask), stackName="clinic-keys")
    assembly.stack("App", asking(), environment=HERE, sections=back, stackName="clinic-app")
    open_ = value(read_all(assembly))
    assert isinstance(open_, Unknown) and "rests on itself" in open_.detail


@pytest.mark.parametrize("wrong", ["text", ["clinic-keys", "KeyArn"], {"StackName": "clinic-keys"}])
def test_another_form_is_said_to_be_wrong(assembly: Assembly, wrong: object) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Fn::GetStackOutput": wrong}}}
    assembly.stack("App", {"Topic": topic}, environment=HERE)
    open_ = value(read_all(assembly))
    assert isinstance(open_, Unknown) and open_.cause == "invalid-template"
