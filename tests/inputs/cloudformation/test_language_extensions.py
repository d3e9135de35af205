"""What `AWS::LanguageExtensions` adds beside loops: JSON strings, defaults of mappings, policies of deletion."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown
from scanner.model.world import explore
from tests.case_names import case_name

TEMPLATE = """
Transform: AWS::LanguageExtensions
Parameters:
  Given: {Type: String}
  Free: {Type: String}
  Free2: {Type: String}
  Stage: {Type: String, AllowedValues: [dev, prod]}
  List: {Type: CommaDelimitedList}
Mappings:
  Sizes: {prod: {Count: 2, Same: x}, dev: {Count: 1, Same: x}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  It:
    Type: AWS::S3::Bucket
    ATTRIBUTES
"""


def read(tmp_path: Path, attributes: str) -> Reading:
    (tmp_path / "t.yaml").write_text(dedent(TEMPLATE).replace("ATTRIBUTES", attributes), "utf-8")
    return read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings({"Given": 'a "b"'}))


def results(reading: Reading, name: str) -> list[object]:
    """The attribute in every world."""
    assert reading.problems == []
    resource = reading.inventory.at("t.yaml#It")
    assert resource is not None
    return [leaf.result for leaf in explore(lambda world: settle_all(settle(resource.fields[name], world), world))]


def value(tmp_path: Path, written: str) -> object:
    (found,) = values(tmp_path, written)
    return found


def values(tmp_path: Path, written: str) -> list[object]:
    """What it is in each world that it distinguishes, each once."""
    found: list[object] = []
    for properties in results(read(tmp_path, f"Properties: {{BucketName: {written}}}"), "Properties"):
        assert isinstance(properties, dict)
        if (each := properties.get("BucketName", "absent")) not in found:
            found.append(each)
    return found


def as_json(tmp_path: Path, written: str) -> object:
    return value(tmp_path, f"{{'Fn::ToJsonString': {written}}}")


def test_a_json_string_of_known_values_is_known(tmp_path: Path) -> None:
    found = as_json(tmp_path, "{a: [1, true, !Ref Given], b: {}, c: [], é: 'x/y'}")
    assert isinstance(found, str)
    assert json.loads(found) == {"a": [1, True, 'a "b"'], "b": {}, "c": [], "é": "x/y"}
    assert " " not in found.replace('a \\"b', "")


@pytest.mark.parametrize(
    ("written", "pieces"),
    [
        ("{a: !Ref Free, b: 1}", ['{"a":"', None, '","b":1}']),
        ("[!Sub 'x\"${Free}', !GetAtt Table.Arn]", None),
        ("{a: !GetAtt Table.StreamArn}", ['{"a":"', None, '"}']),
        ("{Name: !Sub '\"${Free}\"'}", ['{"Name":"\\"', None, '\\""}']),
        ("{a: !Ref List}", ['{"a":', None, "}"]),
    ],
)
def test_one_unknown_is_a_hole_in_a_json_string(tmp_path: Path, written: str, pieces: list[str | None] | None) -> None:
    found = as_json(tmp_path, written)
    assert isinstance(found, Text)
    if pieces is None:
        assert (found.prefix, found.suffix) == ('["x\\"', '"]')
    else:
        assert [part if isinstance(part, str) else None for part in found.parts] == pieces


def test_a_json_string_with_a_hole_is_what_some_value_makes_of_it_and_nothing_else(tmp_path: Path) -> None:
    found = as_json(tmp_path, "{a: !Ref Free}")
    assert isinstance(found, Text)
    assert found.equals('{"a":"x"}') is None
    assert found.equals('{"b":"x"}') is False


def test_a_hole_in_json_is_not_the_value_itself_which_may_have_quotes(tmp_path: Path) -> None:
    found = as_json(tmp_path, "{a: !Ref Free}")
    plain = value(tmp_path, '!Sub \'{"a":"${Free}"}\'')
    assert isinstance(found, Text)
    assert isinstance(plain, Text)
    assert found.equals(plain) is None
    assert found.equals(as_json(tmp_path, "{a: !Ref Free}")) is True  # type: ignore[arg-type]  # a Text as well


def test_what_a_macro_makes_of_a_mapping_is_a_hole_in_its_json_string(tmp_path: Path) -> None:
    found = as_json(tmp_path, "{a: 1, b: {c: 1, 'Fn::Transform': {Name: Mine}}}")
    assert isinstance(found, Text)
    (hole,) = [part for part in found.parts if isinstance(part, Unknown)]
    assert hole.cause == "macro"
    assert found.equals('{"a":1,"b":{"c":1}}') is None


def test_no_value_is_left_out_of_a_json_string(tmp_path: Path) -> None:
    assert as_json(tmp_path, "{a: !Ref 'AWS::NoValue', b: 1}") == '{"b":1}'


def test_a_json_string_of_a_text_is_an_error(tmp_path: Path) -> None:
    found = as_json(tmp_path, "text")
    assert isinstance(found, Unknown)
    assert found.cause == "invalid-template"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!FindInMap [Sizes, prod, Count, {DefaultValue: 9}]", 2),
        ("!FindInMap [Sizes, test, Count, {DefaultValue: 9}]", 9),
        ("!FindInMap [Nowhere, prod, Count, {DefaultValue: 9}]", 9),
        ("!FindInMap [Sizes, test, Count, {DefaultValue: !Ref Given}]", 'a "b"'),
        ("!FindInMap [Sizes, test, Count, {DefaultValue: false}]", False),
        ("!FindInMap [Sizes, test, Count, {DefaultValue: ''}]", ""),
        ("!FindInMap [Sizes, test, Count, {DefaultValue: null}]", None),
        ("!FindInMap [Sizes, test, Count, {DefaultValue: !Ref 'AWS::NoValue'}]", "absent"),
        ("!FindInMap [Sizes, !Select [0, [prod]], !Sub Count, {DefaultValue: 9}]", 2),
        # Whatever the key is, the mapping and the default say the same.
        ("!FindInMap [Sizes, !Ref Free, Same, {DefaultValue: x}]", "x"),
        ("!FindInMap [Nowhere, !Ref Free, Same, {DefaultValue: y}]", "y"),
    ],
)
def test_a_mapping_with_a_default(tmp_path: Path, written: str, expected: object) -> None:
    assert value(tmp_path, written) == expected


@pytest.mark.parametrize(("default", "other"), [("y", "y"), ("null", None), ("!Ref Free2", Unknown)])
def test_a_key_that_is_not_known_may_mean_the_default(tmp_path: Path, default: str, other: object) -> None:
    """Each key of the mapping is a world, and what is none of them another."""
    found = values(tmp_path, f"!FindInMap [Sizes, !Ref Free, Same, {{DefaultValue: {default}}}]")
    assert "x" in found and len(found) == 2
    (rest,) = [each for each in found if each != "x"]
    assert isinstance(rest, Unknown) and rest.cause == "parameter" if other is Unknown else rest == other


def test_without_a_default_a_key_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    for written in ("!FindInMap [Sizes, test, Count]", "!FindInMap [Sizes, test, Count, {}]"):
        found = value(tmp_path, written)
        assert isinstance(found, Unknown)
        assert found.cause == "invalid-template"


@pytest.mark.parametrize("name", ["DeletionPolicy", "UpdateReplacePolicy"])
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Retain", ["Retain"]),
        ("!If [IsProd, Retain, Delete]", ["Delete", "Retain"]),
        ("!FindInMap [Policies, !Ref Stage, Keep, {DefaultValue: Snapshot}]", ["Snapshot"]),
        ("!Sub 'Re${Tain}'", ["invalid-template"]),
        ("!Select [1, [Delete, Retain]]", ["Retain"]),
        ("!Ref Free", ["parameter"]),
    ],
    ids=case_name,
)
def test_what_happens_on_deletion_may_be_computed(tmp_path: Path, name: str, written: str, expected: list[str]) -> None:
    found = results(read(tmp_path, f"{name}: {written}"), name)
    shown = {first.cause if isinstance(first := _first(each), Unknown) else str(each) for each in found}
    assert sorted(shown) == expected


def _first(found: object) -> object:
    return found.unknown if isinstance(found, Text) else found
