"""`Fn::ForEach`: what it makes, where that is written, and what it does where its list is not known."""

from __future__ import annotations

import time
from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle_all
from scanner.model.unknown import Reference, Unknown, first_unknown
from scanner.model.world import World, explore
from tests.case_names import case_name

TRANSFORM = "Transform: AWS::LanguageExtensions\n"


def read(tmp_path: Path, template: str, *, transform: str = TRANSFORM, **parameters: object) -> Reading:
    (tmp_path / "t.yaml").write_text(transform + dedent(template), "utf-8")
    return read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings(parameters))


def properties(reading: Reading, logical_id: str) -> dict[str, object]:
    resource = reading.inventory.at(f"t.yaml#{logical_id}")
    assert resource is not None, [each.logical_id for each in reading.inventory.resources]
    (leaf,) = explore(lambda world: settle_all(resource.fields["Properties"], world))
    assert isinstance(leaf.result, dict)
    return leaf.result


def ids(reading: Reading) -> list[str]:
    return sorted(resource.logical_id for resource in reading.inventory.resources)


TOPICS = """\
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'a-1,b'}
  Free: {Type: CommaDelimitedList}
Mappings:
  ByStage: {prod: {Names: [x, y]}}
Resources:
  Fn::ForEach::Topics:
    - Id
    - COLLECTION
    - Topic&{Id}:
        Type: AWS::SNS::Topic
        Properties:
          TopicName: !Ref Id
          DisplayName: !Sub '${Id} in ${AWS::Region}'
          Tags:
            - {Key: plain, Value: '${Id} of ${aws:username}'}
"""


@pytest.mark.parametrize(
    ("collection", "made"),
    [
        ("[a-1, b]", {"Topica1": "a-1", "Topicb": "b"}),
        ("!Ref Names", {"Topica1": "a-1", "Topicb": "b"}),
        ("!FindInMap [ByStage, prod, Names]", {"Topicx": "x", "Topicy": "y"}),
        ("[1, true]", {"Topic1": "1", "Topictrue": "true"}),
        ("!Split ['|', 'p|q']", {"Topicp": "p", "Topicq": "q"}),
    ],
    ids=case_name,
)
def test_a_loop_makes_its_body_once_for_each_value(tmp_path: Path, collection: str, made: dict[str, str]) -> None:
    reading = read(tmp_path, TOPICS.replace("COLLECTION", collection))
    assert reading.problems == []
    assert ids(reading) == sorted(made)
    assert {key: properties(reading, key)["TopicName"] for key in made} == made


def test_identifiers_are_put_into_every_text_and_other_holes_are_left(tmp_path: Path) -> None:
    reading = read(tmp_path, TOPICS.replace("COLLECTION", "[b]"))
    topic = properties(reading, "Topicb")
    assert str(topic["DisplayName"]).startswith("b in ")
    assert topic["Tags"] == [{"Key": "plain", "Value": "b of ${aws:username}"}]


def test_what_a_loop_makes_points_at_the_line_in_its_body(tmp_path: Path) -> None:
    reading = read(tmp_path, TOPICS.replace("COLLECTION", "[a, b]"))
    lines = (tmp_path / "t.yaml").read_text("utf-8").splitlines()
    resource = reading.inventory.at("t.yaml#Topicb")
    assert resource is not None
    for keys, words in (((), "Topic&{Id}:"), (("Properties", "DisplayName"), "DisplayName:")):
        place = resource.source.locate(resource, keys, World())
        assert place.line is not None
        assert lines[place.line - 1].strip().removeprefix("- ").startswith(words)


def test_a_default_that_a_loop_runs_over_is_an_assumption_of_what_it_makes(tmp_path: Path) -> None:
    reading = read(tmp_path, TOPICS.replace("COLLECTION", "!Ref Names"))
    resource = reading.inventory.at("t.yaml#Topicb")
    assert resource is not None
    world = World()
    assert resource.exists(world)
    assert list(world.assumptions) == ["parameter `Names` at its default `a-1,b`"]
    given = read(tmp_path, TOPICS.replace("COLLECTION", "!Ref Names"), Names="b").inventory.at("t.yaml#Topicb")
    assert given is not None
    world = World()
    assert given.exists(world)
    assert not world.assumptions


def test_a_default_that_a_loop_inside_a_resource_runs_over_is_an_assumption_of_it(tmp_path: Path) -> None:
    template = """\
    Parameters: {Names: {Type: CommaDelimitedList, Default: A}}
    Resources:
      It:
        Type: AWS::Lambda::Function
        Properties: {Environment: {Variables: {'Fn::ForEach::V': [Id, !Ref Names, {'V${Id}': x}]}}}
    """
    resource = read(tmp_path, template).inventory.at("t.yaml#It")
    assert resource is not None
    world = World()
    assert resource.exists(world)
    assert list(world.assumptions) == ["parameter `Names` at its default `A`"]


def test_a_loop_over_a_parameter_without_a_value_stands_once_with_holes_and_is_told(tmp_path: Path) -> None:
    reading = read(tmp_path, TOPICS.replace("COLLECTION", "!Ref Free"))
    assert reading.problems == []
    assert ids(reading) == ["Topic${Id}"]
    topic = properties(reading, "Topic${Id}")
    for name in ("TopicName", "DisplayName", "Tags"):
        unknown = first_unknown(topic[name])
        assert unknown is not None
        assert unknown.cause in ("parameter", "deploy-time")
    assert "of ${aws:username}" in str(topic["Tags"])
    assert [gap.unknown.cause for gap in reading.gaps] == ["parameter"]
    assert "parameter `Free` has no value" in reading.gaps[0].unknown.detail


def test_what_is_the_same_for_every_value_is_known_even_where_the_list_is_not(tmp_path: Path) -> None:
    template = """\
    Parameters: {Free: {Type: CommaDelimitedList}}
    Resources:
      Fn::ForEach::Buckets:
        - Id
        - !Ref Free
        - Bucket${Id}:
            Type: AWS::S3::Bucket
            Properties: {PublicAccessBlockConfiguration: {BlockPublicAcls: 'true'}}
    """
    reading = read(tmp_path, template)
    assert properties(reading, "Bucket${Id}") == {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}


def test_loops_nest_and_meet_what_others_made(tmp_path: Path) -> None:
    template = """\
    Conditions:
      Fn::ForEach::Conditions:
        - Id
        - [a, b]
        - Is${Id}: !Equals [!Ref 'AWS::Region', 'region-${Id}']
    Resources:
      Fn::ForEach::Outer:
        - Id
        - [a, b]
        - Fn::ForEach::Inner:
            - Kind
            - [x, '${Id}2']
            - Table${Id}${Kind}:
                Type: AWS::DynamoDB::Table
                Condition: Is${Id}
                Properties: {TableName: !Sub '${Id}-${Kind}'}
      Last:
        Type: AWS::SNS::Topic
        Properties: {DisplayName: !GetAtt [!Sub Tableax, Arn]}
    """
    reading = read(tmp_path, template)
    assert reading.problems == []
    assert ids(reading) == ["Last", "Tableaa2", "Tableax", "Tablebb2", "Tablebx"]
    assert properties(reading, "Tablebb2")["TableName"] == "b-b2"
    assert str(properties(reading, "Last")["DisplayName"]).endswith("table/a-x")
    resource = reading.inventory.at("t.yaml#Tableax")
    assert resource is not None
    leaves = list(explore(resource.exists))
    assert {leaf.result for leaf in leaves} == {True, False}


def test_a_loop_inside_properties_makes_keys_beside_the_others(tmp_path: Path) -> None:
    template = """\
    Resources:
      Fn1:
        Type: AWS::Lambda::Function
        Properties:
          Environment:
            Variables:
              Fixed: f
              Fn::ForEach::Vars: [Id, [A, B], {'VAR_${Id}': '${Id}!'}]
    """
    reading = read(tmp_path, template)
    environment = properties(reading, "Fn1")["Environment"]
    assert environment == {"Variables": {"Fixed": "f", "VAR_A": "A!", "VAR_B": "B!"}}


def test_outputs_of_a_loop_are_exports_that_other_stacks_import(tmp_path: Path) -> None:
    (tmp_path / "user.yaml").write_text(
        "Resources: {It: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue exported-a}}}", "utf-8"
    )
    template = """\
    Resources:
      Fn::ForEach::Keys: [Id, [a], {'Key${Id}': {Type: AWS::KMS::Key}}]
    Outputs:
      Fn::ForEach::Outs:
        - Id
        - [a]
        - Out${Id}: {Value: !GetAtt 'Key${Id}.Arn', Export: {Name: !Sub 'exported-${Id}'}}
    """
    (tmp_path / "t.yaml").write_text(TRANSFORM + dedent(template), "utf-8")
    reading = read_inputs(discover([tmp_path], cwd=tmp_path), Settings(account="111122223333", region="eu-west-1"))
    assert reading.problems == []
    resource = reading.inventory.at("user.yaml#It")
    assert resource is not None
    (leaf,) = explore(lambda world: settle_all(resource.fields["Properties"], world))
    reference = first_unknown(leaf.result)
    assert isinstance(reference, Reference)
    assert "t.yaml#Keya" in str(reference.symbol)


def test_a_loop_that_makes_millions_is_an_error_with_its_place_and_the_rest_is_read(tmp_path: Path) -> None:
    values = "[" + ", ".join(f"v{number}" for number in range(150)) + "]"
    template = f"""\
    Resources:
      Before: {{Type: AWS::SNS::Topic}}
      Fn::ForEach::A:
        - X
        - {values}
        - Fn::ForEach::B:
            - Y
            - {values}
            - Fn::ForEach::C:
                - Z
                - {values}
                - Topic${{X}}${{Y}}${{Z}}: {{Type: AWS::SNS::Topic, Properties: {{KmsMasterKeyId: k}}}}
      After: {{Type: AWS::SNS::Topic}}
    """
    begin = time.perf_counter()
    reading = read(tmp_path, template)
    assert time.perf_counter() - begin < 5
    (problem,) = reading.problems
    assert (problem.line, problem.level) == (4, "error")
    assert "`Fn::ForEach::A` makes too much" in problem.message
    assert ids(reading) == ["After", "Before", "Topic${X}${Y}${Z}"]
    assert properties(reading, "Topic${X}${Y}${Z}") == {"KmsMasterKeyId": "k"}
    assert {gap.unknown.cause for gap in reading.gaps} == {"evaluation-limit"}


def test_a_long_value_in_many_places_is_bounded_too(tmp_path: Path) -> None:
    holes = "${X}" * 20_000
    template = f"""\
    Resources:
      Fn::ForEach::A:
        - X
        - ['{"v" * 200_000}']
        - T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: '{holes}'}}}}
    """
    begin = time.perf_counter()
    reading = read(tmp_path, template)
    assert time.perf_counter() - begin < 5
    assert any("makes too much" in problem.message for problem in reading.problems)


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        ("[Id, [a]]", "takes an identifier, a collection and a mapping"),
        ("{Id: a}", "takes an identifier, a collection and a mapping"),
        ("[Id, text, {'T${Id}': {Type: AWS::SNS::Topic}}]", "runs over what is no list"),
        ("[Id, [[a]], {'T${Id}': {Type: AWS::SNS::Topic}}]", "runs over what is no list"),
        ("[Id, [a, a], {'T${Id}': {Type: AWS::SNS::Topic}}]", "makes `Ta` twice"),
        ("[Id, [a], {'Known': {Type: AWS::SNS::Topic}}]", "makes `Known`, which is there already"),
    ],
)
def test_a_loop_that_cannot_be_is_an_error_with_its_place(tmp_path: Path, loop: str, message: str) -> None:
    template = f"Resources:\n  Known: {{Type: AWS::SQS::Queue}}\n  Fn::ForEach::L: {loop}\n"
    reading = read(tmp_path, template)
    assert any(message in problem.message and problem.line == 4 for problem in reading.problems), reading.problems
    assert "Known" in ids(reading)


def test_a_loop_without_the_transform_is_an_error(tmp_path: Path) -> None:
    reading = read(tmp_path, TOPICS.replace("COLLECTION", "[a]"), transform="")
    (problem,) = reading.problems
    assert problem.line == 7
    assert "Transform: AWS::LanguageExtensions" in problem.message
    assert [gap.unknown.cause for gap in reading.gaps] == ["macro"]


def test_loops_are_unrolled_before_sam_makes_its_resources(tmp_path: Path) -> None:
    pytest.importorskip("samtranslator")
    template = """\
    Resources:
      Fn::ForEach::Tables: [Id, [a, b], {'Table${Id}': {Type: AWS::Serverless::SimpleTable}}]
    """
    reading = read(tmp_path, template, transform="Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n")
    assert [problem for problem in reading.problems if problem.level == "error"] == []
    assert {resource.type for resource in reading.inventory.resources} == {"AWS::DynamoDB::Table"}
    assert ids(reading) == ["Tablea", "Tableb"]


@pytest.mark.parametrize("header", ["Transform: MyMacro", "Transform: AWS::LanguageExtensions"])
def test_a_name_that_a_macro_may_bring_is_unknown_and_without_one_it_is_an_error(tmp_path: Path, header: str) -> None:
    template = "Resources: {It: {Type: AWS::SNS::Topic}}\nOutputs: {Out: {Value: !Ref Elsewhere}}\n"
    reading = read(tmp_path, template, transform=header + "\n")
    (read_template,) = reading.templates
    value = read_template.stack.read("Elsewhere", World())
    assert isinstance(value, Unknown)
    assert value.cause == ("macro" if "MyMacro" in header else "invalid-template")


def test_the_name_of_what_a_module_holds_is_unknown(tmp_path: Path) -> None:
    template = """\
    Resources:
      Store: {Type: 'Mine::S3::Bucket::MODULE'}
      It: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt StoreBucket.Arn}}
    """
    value = properties(read(tmp_path, template, transform=""), "It")["DisplayName"]
    assert isinstance(value, Unknown)
    assert value.cause == "macro"


def test_text_that_only_speaks_of_loops_is_no_loop(tmp_path: Path) -> None:
    template = "Resources: {It: {Type: AWS::SNS::Topic, Properties: {DisplayName: 'see Fn::ForEach::Topics'}}}\n"
    reading = read(tmp_path, template, transform="")
    assert reading.problems == []
    assert properties(reading, "It") == {"DisplayName": "see Fn::ForEach::Topics"}


def test_the_text_of_a_sub_may_come_from_a_macro(tmp_path: Path) -> None:
    name = "!Sub {'Fn::Transform': {Name: Mine, Parameters: {}}}"
    template = f"Resources:\n  It: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {name}}}}}\n"
    value = properties(read(tmp_path, template, transform=""), "It")["DisplayName"]
    assert isinstance(value, Unknown)
    assert value.cause == "macro"
