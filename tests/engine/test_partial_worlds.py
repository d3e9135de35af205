"""What was found in the worlds that were tried stands, whatever was not tried; what nobody has tried is not passed."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from time import process_time

import pytest
import yaml

from scanner.scanning import scan

NOTHING = {"Ref": "AWS::NoValue"}
READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(
    folder: Path, statements: list[object], count: int, more: dict[str, object] | None = None
) -> dict[str, object]:
    template = {
        "Parameters": {f"P{at}": {"Type": "String"} for at in range(count)},
        "Conditions": {f"C{at}": {"Fn::Equals": [{"Ref": f"P{at}"}, "yes"]} for at in range(count)} | (more or {}),
        "Resources": {
            "Addon": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": {"Statement": statements}},
            }
        },
    }
    (folder / "t.yaml").write_text(yaml.safe_dump(template), "utf-8")
    result = scan(folder / "t.yaml")
    (finding,) = [each for each in result.report["findings"] if each["rule"] == "iam-no-admin-policy"]
    return {"exit": result.exit_code, **finding}


@pytest.mark.parametrize("count", [6, 7, 20])
@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("otherwise", [False, True])
def test_an_admin_statement_is_found_under_whichever_condition(
    tmp_path: Path, count: int, where: str, otherwise: bool
) -> None:
    bad = {"first": 0, "middle": count // 2, "last": count - 1}[where]
    arms = [[EVERYTHING if at == bad else READS, NOTHING] for at in range(count)]
    if otherwise:
        arms[bad].reverse()
    found = policy(tmp_path, [{"Fn::If": [f"C{at}", *arm]} for at, arm in enumerate(arms)], count)
    assert (found["verdict"], found["world"]) == ("FAIL", {f"C{bad}": not otherwise})


def alternating(most: int) -> dict[str, object]:
    """Every second condition is true and the others false, far from either end."""
    return {
        "Fn::And": [{"Condition": f"C{at}"} if at % 2 else {"Fn::Not": [{"Condition": f"C{at}"}]} for at in range(most)]
    }


@pytest.mark.full
def test_an_item_that_few_of_the_others_go_with_is_tried_with_those(tmp_path: Path) -> None:
    ifs = [{"Fn::If": [f"C{at}", READS, {**READS, "Action": "s3:ListBucket"}]} for at in range(10)]
    found = policy(tmp_path, [*ifs, {"Fn::If": ["Picked", EVERYTHING, NOTHING]}], 10, {"Picked": alternating(10)})
    assert (found["verdict"], found["world"]) == ("FAIL", {"Picked": True})


def test_what_was_not_tried_is_not_passed_and_names_a_choice(tmp_path: Path) -> None:
    # Everything in one combination of many, which is not of one condition in the list.
    reads = {"Fn::If": ["C0", EVERYTHING, NOTHING]}
    for at in range(1, 12):
        reads = {"Fn::If": [f"C{at}", reads, READS] if at % 2 else [f"C{at}", READS, reads]}
    bad = reads
    statements: list[object] = [bad, *({"Fn::If": [f"C{at}", READS, NOTHING]} for at in range(12))]
    found = policy(tmp_path, statements, 12)
    assert found["verdict"] == "UNKNOWN"
    assert found["unknown"]["cause"] == "evaluation-limit"  # type: ignore[index]  # an unknown is a mapping
    assert "`C" in found["unknown"]["detail"]  # type: ignore[index]  # likewise


def test_properties_that_are_chosen_as_a_whole_are_judged_and_described(tmp_path: Path) -> None:
    template = """\
        Parameters: {Stage: {Type: String}}
        Conditions: {Live: !Equals [!Ref Stage, live]}
        Resources:
          Worker:
            Type: AWS::EC2::Instance
            Properties: !If [Live, {ImageId: a, UserData: x}, {ImageId: b}]
          Db:
            Type: AWS::RDS::DBInstance
            Properties: !If [Live, {StorageEncrypted: true}, {StorageEncrypted: false}]
        """
    (tmp_path / "t.yaml").write_text(dedent(template), "utf-8")
    result = scan(tmp_path / "t.yaml")
    assert result.crashes == ()
    (found,) = [each for each in result.report["findings"] if each["rule"] == "rds-encrypted"]
    assert (found["verdict"], found["world"]) == ("FAIL", {"Live": False})


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Join": ["-", [{"Ref": f"P{at}"} for at in range(200)]]},
        {"Fn::Sub": "-".join(f"${{P{at}}}" for at in range(200))},
        [{"Ref": f"P{at}"} for at in range(200)],
        [{"Fn::If": [f"C{at}", "a", NOTHING]} for at in range(200)],
    ],
    ids=["join", "sub", "list", "ifs"],
)
def test_two_hundred_choices_in_one_value_cost_little(tmp_path: Path, value: object) -> None:
    template = {
        "Parameters": {f"P{at}": {"Type": "String", "AllowedValues": ["a", "b"]} for at in range(200)},
        "Conditions": {f"C{at}": {"Fn::Equals": [{"Ref": f"P{at}"}, "a"]} for at in range(200)},
        "Resources": {"It": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": value, "Tags": value}}},
    }
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(template), "utf-8")
    begun = process_time()
    scan(tmp_path / "t.yaml")
    assert process_time() - begun < 6


def nested(levels: int, leaf: object) -> object:
    for _ in range(levels):
        leaf = {"Fn::Sub": ["${a}${a}", {"a": leaf}]}
    return leaf


@pytest.mark.parametrize("leaf", [{"Ref": "P"}, {"Fn::If": ["C", {"Ref": "P"}, "x"]}, "x", {"Fn::ImportValue": "no"}])
def test_a_text_that_doubles_at_each_level_costs_little(tmp_path: Path, leaf: object) -> None:
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}},
        "Resources": {"It": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": nested(40, leaf)}}},
    }
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(template), "utf-8")
    begun = process_time()
    scan(tmp_path / "t.yaml")
    assert process_time() - begun < 3


@pytest.mark.parametrize("first", [{"Ref": "P"}, {"Fn::If": ["C", "x", "y"]}, "x"])
def test_names_made_of_each_others_names_cost_little(tmp_path: Path, first: object) -> None:
    names: list[object] = [first, first, *(f"${{R{at - 1}}}${{R{at - 2}}}" for at in range(2, 40))]
    resources = {
        f"R{at}": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::Sub": name} if isinstance(name, str) and "$" in name else name},
        }
        for at, name in enumerate(names)
    }
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}},
        "Resources": resources,
    }
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(template), "utf-8")
    begun = process_time()
    scan(tmp_path / "t.yaml")
    assert process_time() - begun < 5


def test_dynamic_references_without_an_end_cost_what_they_are_long(tmp_path: Path) -> None:
    template = {
        "Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "{{resolve:ssm:" * 100_000}}}
    }
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(template), "utf-8")
    begun = process_time()
    scan(tmp_path / "t.yaml")
    assert process_time() - begun < 5
