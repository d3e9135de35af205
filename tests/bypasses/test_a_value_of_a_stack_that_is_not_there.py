"""`Stack:Name=value` of a stack that nobody has was passed over, and so were names where an id of AWS must stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.options import Options
from scanner.scanning import scan

TEMPLATE = "Parameters: {P: {Type: %s}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref P}}}\n"


def errors(folder: Path, parameters: dict[str, object], kind: str = "String") -> list[tuple[str, str, str | None]]:
    (folder / "clinic.yaml").write_text(TEMPLATE % kind, "utf-8")
    report = scan(options=Options(paths=(folder,), parameters=parameters)).report
    return [(each["level"], each["message"], each["hint"]) for each in report["errors"]]


def test_a_stack_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = "no stack is called `clinik`, so its parameters hold for none"
    assert errors(tmp_path, {"clinik:P": "a"}) == [("warning", said, "did you mean `clinic`?")]
    assert errors(tmp_path, {"clinic:P": "a", "P": "b"}) == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("AWS::EC2::VPC::Id", "vpc-0a1b2c3d", "my-vpc"),
        ("AWS::EC2::SecurityGroup::Id", "sg-0a1b2c3d", "default"),
        ("List<AWS::EC2::Subnet::Id>", "subnet-1,subnet-2", "subnet-1,vpc-1"),
        ("AWS::EC2::KeyPair::KeyName", "any", ""),
    ],
)
def test_an_id_begins_as_those_of_its_type_do(tmp_path: Path, kind: str, good: str, bad: str) -> None:
    assert errors(tmp_path, {"P": good}, kind) == []
    if bad:
        ((level, message, _),) = errors(tmp_path, {"P": bad}, kind)
        assert level == "error" and "does not begin with" in message
