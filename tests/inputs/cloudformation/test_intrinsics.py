"""Every intrinsic function, with what is known and with what is not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.model.deferred import settle_all
from scanner.model.partial_text import Text
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World, explore

HEAD = """
Transform: AWS::LanguageExtensions
Parameters:
  Given: {Type: String}
  Free: {Type: String}
  List: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}
  Stage: {Type: String, AllowedValues: [dev, prod]}
Mappings:
  Sizes:
    eu-west-1: {Small: t3.small, Same: x}
    us-east-1: {Small: t2.small, Same: x}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Named: {Type: AWS::DynamoDB::Table, Properties: {TableName: Orders}}
  Unnamed: {Type: AWS::S3::Bucket}
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: Api, Path: /app/}}
  Key: {Type: AWS::KMS::Key}
  It: {Type: AWS::SNS::Topic, Properties: {DisplayName: VALUE}}
"""


def value_of(tmp_path: Path, written: str, **settings: object) -> object:
    (tmp_path / "t.yaml").write_text(dedent(HEAD).replace("VALUE", written), "utf-8")
    parameters = {"Given": "g"}
    reading = read_inputs(
        discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings(parameters, **settings)  # type: ignore[arg-type]  # names are those of Settings
    )  # fmt: skip
    assert reading.problems == []
    resource = reading.inventory.at("t.yaml#It")
    assert resource is not None
    properties = resource.fields["Properties"]
    (leaf,) = explore(lambda world: settle_all(properties, world))
    assert isinstance(leaf.result, dict)
    return leaf.result.get("DisplayName")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Given", "g"),
        ("!Ref Named", "Orders"),
        ("!Ref List", ["a", "b", "c"]),
        ("!Sub 'x-${Given}-${Named}-${!Literal}'", "x-g-Orders-${Literal}"),
        ("!Sub ['${A}/${Given}', {A: !Ref Named}]", "Orders/g"),
        ("!Join ['-', [a, !Ref Given, 7, true]]", "a-g-7-true"),
        ("!Join ['-', !Ref List]", "a-b-c"),
        ("!Select [1, !Ref List]", "b"),
        ("!Select ['0', !Split ['.', 'x.y']]", "x"),
        ("!Split [',', 'a,b']", ["a", "b"]),
        ("!FindInMap [Sizes, eu-west-1, Small]", "t3.small"),
        ("!FindInMap [Sizes, !Ref 'AWS::Region', Same]", "x"),
        ("!Base64 hello", "aGVsbG8="),
        ("!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
        ("{'Fn::Length': !Ref List}", 3),
        ("{'Fn::ToJsonString': {a: [1, !Ref Given]}}", '{"a":[1,"g"]}'),
        ("[a, !Ref AWS::NoValue, b]", ["a", "b"]),
    ],
)
def test_what_is_known_is_worked_out(tmp_path: Path, written: str, value: object) -> None:
    assert value_of(tmp_path, written) == value


@pytest.mark.parametrize(
    ("written", "cause", "said"),
    [
        ("!Ref Free", "parameter", "parameter `Free` has no value"),
        ("!Ref Subnets", "parameter", "parameter `Subnets` has no value"),
        ("!Ref AWS::Region", "deploy-time", "pass --region"),
        ("!FindInMap [Sizes, mars-1, Small]", "invalid-template", "names no entry"),
        ("!GetAtt Nothing.Arn", "invalid-template", "`Nothing` is not a resource"),
        ("!Ref Nothing", "invalid-template", "`Nothing` is neither a parameter nor a resource"),
        ("!ImportValue elsewhere", "import", "is in none of the files scanned"),
        ("'{{resolve:secretsmanager:db:SecretString:password}}'", "dynamic-reference", "Secrets Manager"),
        ("!Sub '{{resolve:ssm:${Given}}}'", "dynamic-reference", "Systems Manager"),
        ("!Sub '{{resolve:ssm:${Free}}}'", "dynamic-reference", "`{{resolve:ssm:${Free}}}` is read from Systems"),
        ("!Sub '{{resolve:ssm:/${Free}/a}}'", "dynamic-reference", "Systems Manager"),
        ("!Sub '{{resolve:secretsmanager:${Free}:SecretString:${Free}}}'", "dynamic-reference", "Secrets Manager"),
        ("!Sub '{{resolve:${Free}:a}}'", "dynamic-reference", "may be looked up"),
        ("!Join ['', ['{{resolve:ssm:', !Ref Free]]", "dynamic-reference", "may be looked up"),
        ("{'Fn::Transform': {Name: Own}}", "macro", "`Fn::Transform Own`"),
        ("{'Fn::NoSuch': x}", "macro", "`Fn::NoSuch`"),
        ("!Select [7, !Ref List]", "invalid-template", "inside its list"),
        ("!Join ['-', [a, !Ref AWS::NoValue, b]]", None, ""),
        ("!Sub '${Free}'", "parameter", "`Free`"),
        ("!Base64 {Ref: Free}", "parameter", "`Free`"),
        ("!GetAZs ''", "deploy-time", "availability zones"),
    ],
)
def test_what_is_not_known_has_a_cause(tmp_path: Path, written: str, cause: str | None, said: str) -> None:
    value = value_of(tmp_path, written)
    if cause is None:
        assert value == "a-b"
        return
    assert isinstance(value, Unknown)
    assert value.cause == cause
    assert said in value.detail


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("!Sub '${Free}-x'", "${Free}-x"),
        ("!GetAtt Named.Arn", "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/Orders"),
        ("!Sub '${Unnamed.Arn}/*'", "arn:${AWS::Partition}:s3:::${Unnamed}/*"),
        ("!GetAtt Role.Arn", "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/app/Api"),
        ("!Join ['', [a, !Ref Key]]", "a${Key}"),
    ],
)
def test_a_partly_known_string_keeps_what_is_known(tmp_path: Path, written: str, shown: str) -> None:
    value = value_of(tmp_path, written)
    assert isinstance(value, Text)
    assert str(value) == shown


def test_with_region_and_account_an_arn_is_whole(tmp_path: Path) -> None:
    value = value_of(tmp_path, "!GetAtt Named.Arn", region="us-gov-west-1", account="012345678901")
    assert value == "arn:aws-us-gov:dynamodb:us-gov-west-1:012345678901:table/Orders"


def test_the_id_of_a_resource_is_a_symbol_that_knows_it(tmp_path: Path) -> None:
    value = value_of(tmp_path, "!Ref Key")
    assert isinstance(value, Reference)
    assert (value.resource, value.attribute, value.truthy) == ("t.yaml#Key", "Ref", True)


def test_the_same_arn_spelled_in_two_ways_is_one_value(tmp_path: Path) -> None:
    one = value_of(tmp_path, "!Sub '${Unnamed.Arn}/*'")
    other = value_of(tmp_path, "!Join ['', ['arn:', !Ref 'AWS::Partition', ':s3:::', !Ref Unnamed, '/*']]")
    assert isinstance(one, Text) and isinstance(other, Text)
    assert one.equals(other) is True
    assert one.equals("arn:aws:dynamodb:x") is False


def test_exports_meet_imports_inside_the_scanned_set(tmp_path: Path) -> None:
    (tmp_path / "network.yaml").write_text(
        "Resources: {V: {Type: AWS::SNS::Topic, Properties: {TopicName: alerts}}}\n"
        "Outputs: {Name: {Value: !GetAtt V.TopicName, Export: {Name: net-topic}}}\n",
        "utf-8",
    )
    (tmp_path / "app.yaml").write_text(
        "Resources: {It: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue net-topic}}}\n", "utf-8"
    )
    reading = read_inputs(discover([tmp_path], cwd=tmp_path), Settings())
    resource = reading.inventory.at("app.yaml#It")
    assert resource is not None
    assert settle_all(resource.fields["Properties"], World()) == {"DisplayName": "alerts"}
    (tmp_path / "other.yaml").write_text((tmp_path / "network.yaml").read_text("utf-8"), "utf-8")
    reading = read_inputs(discover([tmp_path], cwd=tmp_path), Settings())
    resource = reading.inventory.at("app.yaml#It")
    assert resource is not None
    ambiguous = settle_all(resource.fields["Properties"], World())
    assert isinstance(ambiguous, dict) and isinstance(ambiguous["DisplayName"], Unknown)
    assert "declared by 2 of the stacks" in ambiguous["DisplayName"].detail
