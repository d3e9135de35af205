"""A finding names the defaults that it rests on, and none that may be anything without another word of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scanner.engine.judging import Judge
from scanner.language.rule import Rule
from scanner.model.resource import Resource
from scanner.model.world import World
from scanner.scanning import scan

FUNCTION = """
Parameters: {Name: {Type: String, Default: notes}, Mode: {Type: String, Default: PassThrough}}
Resources:
  Notes:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Ref Name
      Role: arn:aws:iam::111122223333:role/notes
      Code: {ZipFile: x}
      TracingConfig: %s
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Name}}
"""
GROUP = """
Parameters:
  From: {Type: String, Default: 0.0.0.0/0}
  Port: {Type: Number, Default: 22}
  About: {Type: String, Default: x}
Resources:
  Access:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Ref About
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: %s, ToPort: %s, CidrIp: !Ref From}]
"""
TABLE = """
Parameters: {Make: {Type: String, Default: "yes"}, Stage: {Type: String, Default: prod}}
Conditions: {Made: !Equals [!Ref Make, "yes"], Tested: !Equals [!Ref Stage, test]}
Resources:
  Patients:
    Type: AWS::DynamoDB::Table
    Condition: Made
    Properties:
      TableName: !Sub "patients-${Stage}"
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: %s}
"""
CASES = {
    "the name beside the setting": (FUNCTION % "{Mode: PassThrough}", "tracing-on", ()),
    "the setting itself": (FUNCTION % "{Mode: !Ref Mode}", "tracing-on", ("Mode",)),
    "the source of a rule": (GROUP % (22, 22), "sg-no-open-ssh", ("From",)),
    "source and port": (GROUP % ("!Ref Port", "!Ref Port"), "sg-no-open-ssh", ("Port", "From")),
    "whether it is made": (TABLE % "false", "dynamodb-pitr", ()),
    "chosen, to the same end": (TABLE % "!If [Tested, false, false]", "dynamodb-pitr", ()),
    "chosen": (TABLE % "!If [Tested, true, false]", "dynamodb-pitr", ("Stage",)),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_finding_rests_on(case: str, tmp_path: Path) -> None:
    text, rule, expected = CASES[case]
    (tmp_path / "t.yaml").write_text(text, "utf-8")
    (found,) = [
        each for each in scan(tmp_path).report["findings"] if each["rule"] == rule and each["verdict"] == "FAIL"
    ]
    named = [note.split("`")[1] for note in found["assumptions"] if note.startswith("parameter ")]
    assert sorted(named) == sorted(expected)
    assert all(f"parameter `{name}` at its default" in found["message"] for name in expected)
    assert ("at its default" in found["message"]) == bool(expected)


def test_what_fails_when_asked_again_leaves_the_finding_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, rule, _ = CASES["the name beside the setting"]
    (tmp_path / "t.yaml").write_text(text, "utf-8")
    run = Judge._explored

    def once(self: Judge, rule: Rule, resource: Resource, names: Mapping[str, object], start: World) -> object:
        if start.refused:
            raise RecursionError
        return run(self, rule, resource, names, start)

    monkeypatch.setattr(Judge, "_explored", once)
    (found,) = [each for each in scan(tmp_path).report["findings"] if each["rule"] == rule]
    assert (found["verdict"], found["unknown"]) == ("FAIL", None)
    assert found["assumptions"]
