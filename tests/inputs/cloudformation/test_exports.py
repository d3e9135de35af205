"""`Fn::ImportValue` meets the one export that can be meant: same account, same region, made in the same world."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle_all
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World, explore
from tests.inputs.cdk.test_assembly import Assembly


def read(folder: Path, **settings: object) -> Reading:
    return read_inputs(discover([folder], cwd=folder), Settings(**settings))  # type: ignore[arg-type]  # names are those of Settings


def exporter(name: str, value: str = "orders", more: str = "", output: str = "") -> str:
    return f"""
{more}
Resources: {{Q: {{Type: AWS::SQS::Queue}}}}
Outputs:
  O:
    Value: {value}
    Export: {{Name: {name}}}
    {output}
"""


def importer(name: str, more: str = "") -> str:
    return f"""
{more}
Resources:
  T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {{'Fn::ImportValue': {name}}}}}}}
"""


def write(folder: Path, **templates: str) -> None:
    for name, text in templates.items():
        (folder / f"{name}.yaml").write_text(dedent(text), "utf-8")


def imported(reading: Reading, address: str = "t.yaml#T") -> dict[str, object]:
    """The display name of the topic by what the world is called."""
    resource = reading.inventory.at(address)
    assert resource is not None
    properties = resource.fields["Properties"]
    assert isinstance(properties, dict)
    return {
        " ".join(f"{key}={value}" for key, value in leaf.world.labels.items()): leaf.result
        for leaf in explore(lambda world: settle_all(properties["DisplayName"], world))
    }


def told(value: object) -> str:
    assert isinstance(value, Unknown) and value.cause == "import", value
    return value.detail


def test_an_import_is_the_value_that_another_file_exports(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("net-queue", "!GetAtt Q.Arn"), t=importer("net-queue"))
    (value,) = imported(read(tmp_path)).values()
    resource = read(tmp_path, account="111111111111", region="eu-west-1")
    assert "e.yaml#Q" in str(getattr(value, "holes", value))
    (value,) = imported(resource).values()
    assert "e.yaml#Q" in str(getattr(value, "holes", value))


def test_an_imported_id_is_the_same_value_as_that_of_the_resource(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("net-queue", "!Ref Q"), t=importer("net-queue"))
    (value,) = imported(read(tmp_path)).values()
    assert isinstance(value, Reference) and (value.resource, value.attribute) == ("e.yaml#Q", "Ref")


def test_an_import_that_no_file_exports_is_unknown_by_name(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("other"), t=importer("net-queue"), u=importer("net-queue"))
    reading = read(tmp_path)
    (value,) = imported(reading).values()
    assert told(value) == "export `net-queue` is in none of the files scanned"
    # Two imports of one name are one value.
    (other,) = imported(reading, "u.yaml#T").values()
    assert isinstance(value, Unknown) and isinstance(other, Unknown) and value.symbol == other.symbol is not None


def test_an_export_of_two_stacks_is_ambiguous(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("net-queue", "one"), f=exporter("net-queue", "two"), t=importer("net-queue"))
    (value,) = imported(read(tmp_path)).values()
    assert told(value) == "export `net-queue` is declared by 2 of the stacks scanned"


def test_exports_are_met_in_the_same_account_and_region_only(tmp_path: Path) -> None:
    assembly = Assembly(tmp_path / "cdk.out")
    places = {
        "A": "aws://111111111111/eu-west-1",
        "B": "aws://222222222222/eu-west-1",
        "C": "aws://111111111111/us-east-1",
    }
    topic = {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "name"}}}}
    for name, place in places.items():
        output = {"Outputs": {"O": {"Value": f"of-{name}", "Export": {"Name": "name"}}}}
        assembly.stack(f"E{name}", environment=place, sections=output)
        assembly.stack(f"T{name}", topic, environment=place)
    assembly.stack("TNone", topic, environment="aws://333333333333/eu-west-1")
    assembly.stack("TAny", topic, environment="aws://unknown-account/unknown-region")
    assembly.stack("TOne", topic, environment="aws://222222222222/unknown-region")
    reading = read(assembly.write())
    for name in places:
        assert imported(reading, f"cdk.out/T{name}#T") == {"": f"of-{name}"}
    (value,) = imported(reading, "cdk.out/TNone#T").values()
    assert told(value) == "export `name` is in none of the files scanned"
    (value,) = imported(reading, "cdk.out/TAny#T").values()
    assert told(value) == "export `name` is declared by 3 of the stacks scanned"
    assert imported(reading, "cdk.out/TOne#T") == {"": "of-B"}


ENV = "Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}"
LIVE = ENV + "\nConditions: {Live: !Equals [!Ref Env, prod]}"


def test_an_export_under_a_condition_is_there_only_where_that_holds(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("name", "orders", LIVE, "Condition: Live"), t=importer("name"))
    found = imported(read(tmp_path))
    assert found["Live=True"] == "orders"
    assert told(found["Live=False"]) == "export `name` is declared, but not made under these conditions"
    assert imported(read(tmp_path, parameters={"Env": "prod"})) == {"": "orders"}


def test_two_exports_of_one_name_that_exclude_each_other_are_not_ambiguous(tmp_path: Path) -> None:
    head = LIVE.replace("Conditions: {", "Conditions: {Test: !Not [!Condition Live], ")
    write(
        tmp_path,
        e=f"""
{head}
Resources: {{Q: {{Type: AWS::SQS::Queue}}}}
Outputs:
  A: {{Value: live, Condition: Live, Export: {{Name: name}}}}
  B: {{Value: test, Condition: Test, Export: {{Name: name}}}}
""",
        t=importer("name"),
    )
    assert set(imported(read(tmp_path)).values()) == {"live", "test"}


def test_exports_of_a_nested_stack_are_there_only_where_the_stack_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        inner=exporter("name"),
        outer=f"""
{LIVE}
Resources:
  N: {{Type: AWS::CloudFormation::Stack, Condition: Live, Properties: {{TemplateURL: inner.yaml}}}}
""",
        t=importer("name"),
    )
    found = imported(read(tmp_path))
    assert found["Live=True"] == "orders" and isinstance(found["Live=False"], Unknown)


def test_a_name_that_is_put_together_is_met(tmp_path: Path) -> None:
    default = "Parameters: {Net: {Type: String, Default: net}}"
    write(tmp_path, e=exporter("!Sub '${Net}-queue'", more=default), t=importer("!Sub '${Net}-queue'", default))
    reading = read(tmp_path)
    assert imported(reading) == {"": "orders"}
    # It rests on the defaults of both, and says so.
    resource = reading.inventory.at("t.yaml#T")
    assert resource is not None
    world = World()
    settle_all(resource.fields["Properties"], world)
    assert list(world.assumptions) == ["parameter `Net` at its default `net`"]


def test_a_name_that_rests_on_a_choice_is_met_in_the_worlds_that_give_it(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("!Sub '${Env}-queue'", more=ENV), t=importer("prod-queue"), u=importer("x"))
    reading = read(tmp_path)
    found = imported(reading)
    assert found["Env=prod"] == "orders" and isinstance(found["Env=dev"], Unknown)
    # A name that it has in no world is not in doubt.
    (other,) = imported(reading, "u.yaml#T").values()
    assert told(other) == "export `x` is in none of the files scanned"


STACK = "!Sub '${AWS::StackName}-queue'"


@pytest.mark.parametrize(
    ("name", "doubt"), [("net-queue", True), ("net-other", False), ("-queue", True), ("queue", False)]
)
def test_a_name_that_only_deployment_decides_leaves_in_doubt_what_it_may_be(
    tmp_path: Path, name: str, doubt: bool
) -> None:
    write(tmp_path, e=exporter(STACK), f=exporter(name, "literal"), t=importer(name))
    (value,) = imported(read(tmp_path)).values()
    if doubt:
        assert told(value) == f"export `{name}` may be one whose name is known only at deployment"
    else:
        assert value == "literal"


def test_a_name_that_nothing_is_known_of_leaves_every_import_in_doubt(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("!Ref Name", more="Parameters: {Name: {Type: String}}"), t=importer("any"))
    (value,) = imported(read(tmp_path)).values()
    assert told(value) == "export `any` may be one whose name is known only at deployment"


def test_one_open_name_is_met_by_itself_and_by_no_other(tmp_path: Path) -> None:
    both = f"""
Resources: {{T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {{'Fn::ImportValue': {STACK}}}}}}}}}
Outputs: {{O: {{Value: mine, Export: {{Name: {STACK}}}}}}}
"""
    write(tmp_path, t=both, e=exporter(STACK))
    assert imported(read(tmp_path)) == {"": "mine"}
    write(tmp_path, t=importer(STACK))
    (value,) = imported(read(tmp_path)).values()
    assert told(value).endswith("-queue` is known only at deployment")


def test_exports_that_rest_on_each_other_end(tmp_path: Path) -> None:
    write(
        tmp_path,
        a=exporter("a", "!ImportValue b"),
        b=exporter("b", "!ImportValue a"),
        c=exporter("!ImportValue d"),
        d=exporter("!ImportValue c", "x"),
        t=importer("a"),
    )
    (value,) = imported(read(tmp_path)).values()
    assert isinstance(value, Unknown)


@pytest.mark.parametrize(
    "body", ["7", "{Value: x, Export: y}", "{Value: x, Export: {}}", "{Export: {Name: [a, b]}}", "[]"]
)
def test_outputs_of_any_shape_are_survived(tmp_path: Path, body: str) -> None:
    write(tmp_path, e=f"Resources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs: {{O: {body}}}", t=importer("x"))
    (value,) = imported(read(tmp_path)).values()
    assert isinstance(value, Unknown)


def test_a_number_as_a_name_is_its_text(tmp_path: Path) -> None:
    write(tmp_path, e=exporter("5"), t=importer("'5'"))
    assert imported(read(tmp_path)) == {"": "orders"}


def seconds_for(folder: Path, size: int, name: str) -> float:
    folder.mkdir()
    outputs = "\n".join(
        f"  O{each}: {{Value: x, Export: {{Name: !Sub '{name.format(each)}'}}}}" for each in range(size)
    )
    (folder / "e.yaml").write_text(f"Resources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs:\n{outputs}\n")
    topics = "\n".join(
        f"  T{each}: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !ImportValue net-{each}-id}}}}"
        for each in range(size)
    )
    (folder / "t.yaml").write_text(f"Resources:\n{topics}\n")
    reading = read(folder)
    # What other tests of the process have left is not to be looked through meanwhile.
    gc.disable()
    try:
        started = time.process_time()
        for resource in reading.inventory.of_type("AWS::SNS::Topic"):
            settle_all(resource.fields["Properties"], World())
        reader = read(folder)
        assert len(reader.inventory.of_type("AWS::SNS::Topic")) == size
        return time.process_time() - started
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["${{AWS::StackName}}-{}-id", "${{AWS::StackName}}-{}-${{AWS::Region}}"])
@pytest.mark.full
def test_many_imports_of_many_open_names_take_time_that_grows_with_their_number(tmp_path: Path, name: str) -> None:
    seconds_for(tmp_path / "warm", 20, name)
    small = seconds_for(tmp_path / "small", 500, name)
    large = seconds_for(tmp_path / "large", 2_000, name)
    # Below a second the machine decides more than the number does.
    assert large < 1 or (large < 10 and large < 4 * small * 2.5)
