"""What is put in at deployment, beside `Type`, into mappings, as the list of a loop: nothing is taken to be absent."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from scanner.inputs.reading import Reading
from scanner.model.deferred import OpenMap, settle_all
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.scanning import Options, scan
from tests.inputs.cloudformation.test_exports import read

INCLUDE = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://parts/part.yaml'}}"


def reading_of(folder: Path, template: str) -> Reading:
    (folder / "t.yaml").write_text(dedent(template), "utf-8")
    return read(folder)


def field(reading: Reading, name: str, key: str = "Properties") -> Any:
    resource = reading.inventory.at(f"t.yaml#{name}")
    assert resource is not None
    return settle_all(resource.fields.get(key), World())


def test_an_include_beside_the_type_may_bring_every_property(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        f"""
        Resources:
          Bare: {{Type: AWS::S3::Bucket, {INCLUDE}}}
          Some: {{Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {{BucketName: scans}}, {INCLUDE}}}
        """,
    )
    bare, some = field(reading, "Bare"), field(reading, "Some")
    assert isinstance(bare, Unknown) and bare.cause == "macro"
    assert isinstance(some, OpenMap) and some["BucketName"] == "scans"
    assert isinstance(field(reading, "Bare", "DeletionPolicy"), Unknown)
    assert field(reading, "Some", "DeletionPolicy") == "Retain"
    assert reading.problems == []


def test_nothing_is_judged_by_what_such_a_resource_lacks(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(f"Resources:\n  Bare: {{Type: AWS::S3::Bucket, {INCLUDE}}}\n", "utf-8")
    report = scan(options=Options(paths=(tmp_path,))).report
    assert "FAIL" not in {each["verdict"] for each in report["findings"]}
    assert sum(each["verdict"] == "UNKNOWN" for each in report["findings"]) >= 8


def test_a_resource_that_is_put_in_as_a_whole_is_a_gap_and_no_error(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, f"Resources:\n  Made: {{{INCLUDE}}}\n")
    assert reading.problems == []
    assert [gap.unknown.detail for gap in reading.gaps] == ["`Fn::Transform` puts in what `Made` is at deployment"]


def test_a_local_include_beside_the_type_is_read(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("Properties: {BucketName: scans}\n", "utf-8")
    reading = reading_of(
        tmp_path, f"Resources:\n  Bare: {{Type: AWS::S3::Bucket, {INCLUDE}}}\n".replace("s3://parts/", "")
    )
    assert field(reading, "Bare") == {"BucketName": "scans"}


TOPIC = "Resources:\n  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !FindInMap [Sizes, eu, Small]}}\n"


@pytest.mark.parametrize(
    "mappings",
    [
        f"Mappings:\n  {INCLUDE}\n",
        f"Mappings:\n  Sizes: {{{INCLUDE}}}\n",
        f"Mappings:\n  Sizes: {{eu: {{{INCLUDE}}}}}\n",
    ],
)
def test_a_mapping_that_is_put_in_is_not_known_rather_than_wrong(tmp_path: Path, mappings: str) -> None:
    found = field(reading_of(tmp_path, mappings + TOPIC), "Topic")["DisplayName"]
    assert isinstance(found, Unknown) and found.cause == "macro"


def test_what_is_written_beside_it_is_found(tmp_path: Path) -> None:
    mappings = f"Mappings:\n  {INCLUDE}\n  Sizes: {{eu: {{Small: one}}}}\n"
    assert field(reading_of(tmp_path, mappings + TOPIC), "Topic")["DisplayName"] == "one"
    # A key that nobody knows may be one of those that are put in.
    unsure = TOPIC.replace("eu, Small", "!Ref Which, Small")
    parameter = "Parameters: {Which: {Type: String}}\n"
    inside = f"Mappings:\n  Sizes: {{eu: {{Small: one}}, {INCLUDE}}}\n"
    assert isinstance(field(reading_of(tmp_path, parameter + inside + unsure), "Topic")["DisplayName"], Unknown)


def test_a_mapping_of_a_local_include_is_found(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("Sizes: {eu: {Small: one}}\n", "utf-8")
    mappings = f"Mappings:\n  {INCLUDE}\n".replace("s3://parts/", "")
    assert field(reading_of(tmp_path, mappings + TOPIC), "Topic")["DisplayName"] == "one"


LOOP = """
Transform: AWS::LanguageExtensions
Parameters: {Stage: {Type: String, AllowedValues: [dev, prod]%s}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources:
  Fn::ForEach::Topics:
    - Name
    - !If [IsProd, [One, Two], %s]
    - T${Name}: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub 'x-${Name}'}}
"""


def names(reading: Reading) -> list[str]:
    return [each.logical_id for each in reading.inventory.resources]


def test_a_choice_that_is_made_decides_what_a_loop_runs_over(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, LOOP % (", Default: prod", "[Only]"))
    assert names(reading) == ["TOne", "TTwo"] and reading.problems == []
    assert names(reading_of(tmp_path, LOOP % (", Default: dev", "[Only]"))) == ["TOnly"]


def test_one_that_is_open_is_a_gap_that_names_it(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, LOOP % ("", "[Only]"))
    assert reading.problems == []
    (gap,) = {gap.unknown.detail for gap in reading.gaps}
    assert gap == "`Fn::ForEach::Topics` runs over a list that is not known: it rests on `IsProd`"


def test_one_that_makes_no_difference_is_none(tmp_path: Path) -> None:
    assert names(reading_of(tmp_path, LOOP % ("", "[One, Two]"))) == ["TOne", "TTwo"]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            "Parameters: {P: {Type: String, Default: !Ref AWS::Region}}",
            "a parameter takes no functions, and this is `Ref`",
        ),
        ("Mappings: {M: {a: {b: !Ref AWS::Region}}}", "a mapping takes no functions, and this is `Ref`"),
        ("Conditions: {C: !Equals [!Ref Topic, x]}", "and `Topic` is a resource"),
        ("Conditions: {C: !Equals [!GetAtt Topic.TopicName, x]}", "takes no `Fn::GetAtt`"),
        ("Conditions: {C: !Equals [!ImportValue x, x]}", "takes no `Fn::ImportValue`"),
        (
            "Outputs: {O: {Value: x, Export: {Name: !GetAtt Topic.TopicName}}}",
            "the name of an export takes no `Fn::GetAtt`",
        ),
        ("Outputs: {O: {Value: {'Fn::Length': [a]}}}", "`Fn::Length` takes `Transform: AWS::LanguageExtensions`"),
        (
            "Outputs: {O: {Value: !FindInMap [M, a, b, {DefaultValue: x}]}}",
            "`DefaultValue` in `Fn::FindInMap` takes `Transform: AWS::LanguageExtensions`",
        ),
        (
            "Conditions: {C: !Equals [!FindInMap [M, !Select [0, [a]], b], x]}",
            "`Fn::Select` in `Fn::FindInMap` takes `Transform: AWS::LanguageExtensions`",
        ),
    ],
)
def test_a_function_where_cloudformation_takes_none_is_told_at_its_place(
    tmp_path: Path, section: str, said: str
) -> None:
    reading = reading_of(tmp_path, f"{section}\nResources: {{Topic: {{Type: AWS::SNS::Topic}}}}\n")
    (problem,) = [each for each in reading.problems if each.level == "warning"]
    assert said in problem.message and problem.line == 1 and (problem.column or 0) > 5


@pytest.mark.parametrize("transform", ["", "Transform: AWS::LanguageExtensions"])
@pytest.mark.parametrize(
    "find", ["!FindInMap [M, !Ref AWS::Region, b]", "!FindInMap [M, !FindInMap [M, a, b], !Ref AWS::Region]"]
)
def test_what_find_in_map_always_took_is_told_nowhere(tmp_path: Path, find: str, transform: str) -> None:
    template = f"{transform}\nMappings: {{M: {{a: {{b: a}}}}}}\nOutputs: {{O: {{Value: {find}}}}}\n"
    reading = reading_of(tmp_path, f"{template}Resources: {{Topic: {{Type: AWS::SNS::Topic}}}}\n")
    assert [each.message for each in reading.problems if "takes" in each.message] == []


def test_a_parameter_whose_default_is_a_function_has_no_value(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Parameters: {P: {Type: String, Default: !Ref AWS::Region}}
        Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref P}}}
        """,
    )
    found = field(reading, "Topic")["DisplayName"]
    assert isinstance(found, Unknown) and found.detail == "parameter `P` has no value"


@pytest.mark.parametrize(
    "body", ["DeletionPolicy: !If [C, Retain, Delete]", "DependsOn: !Ref Other", "Condition: !If [C, a, b]"]
)
def test_attributes_of_a_resource_say_where_they_take_none(tmp_path: Path, body: str) -> None:
    template = f"Resources:\n  Topic: {{Type: AWS::SNS::Topic, {body}}}\nConditions: {{C: !Equals [a, a]}}\n"
    (problem,) = [each for each in reading_of(tmp_path, template).problems if each.level == "warning"]
    assert problem.line == 2 and body.partition(":")[0] in problem.message
