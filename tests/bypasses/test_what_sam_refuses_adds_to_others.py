"""An API passed without the routes of a function that SAM refuses: what is not made may add to what is."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.scanning import scan

RULE = "api-calls-are-authorized"
OPEN = {"Api": "UNKNOWN", "Other": "UNKNOWN", "ServerlessHttpApi": "FAIL"}
ONE = {**OPEN, "Other": "PASS"}
NONE = {**ONE, "Api": "PASS"}
# What stands in `Events` of the refused function, and what is said of each API.
EVENTS: dict[str, tuple[str, dict[str, str]]] = {
    "an import for an event": ("{E: !ImportValue x}", OPEN),
    "an import for all events": ("!ImportValue x", OPEN),
    "a list": ("[1]", OPEN),
    "a function beside events": ("{E: {Type: SQS}, 'Fn::Transform': {Name: M}}", OPEN),
    "a type that is chosen": ("{E: {Type: !Ref P, Properties: {}}}", OPEN),
    "one names the API by reference": ("{E: {Type: Api, Properties: {RestApiId: !Ref Api}}, Z: {Type: No}}", ONE),
    "one names the API by its id": ("{E: {Type: Api, Properties: {RestApiId: Api}}, Z: {Type: No}}", ONE),
    "properties that are chosen": (
        "{E: {Type: Api, Properties: !If [X, {RestApiId: !Ref Api}, {RestApiId: !Ref Other}]}}",
        OPEN,
    ),
    "a name that is chosen": ("{E: {Type: Api, Properties: {RestApiId: !If [X, !Ref Api, !Ref Other]}}}", OPEN),
    "one for the implied API": ("{E: {Type: HttpApi, Properties: {Path: /a}}}", NONE),
    "another service": ("{E: {Type: SQS}}", NONE),
    "nothing that is an event": ("{}", NONE),
}


def template(events: str) -> str:
    return f"""\
Transform: AWS::Serverless-2016-10-31
Parameters: {{P: {{Type: String}}}}
Conditions: {{X: !Equals [!Ref P, a]}}
Resources:
  Api: {{Type: AWS::Serverless::Api, Properties: {{StageName: p}}}}
  Other: {{Type: AWS::Serverless::Api, Properties: {{StageName: p}}}}
  Sound:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: a.b
      InlineCode: x
      Events: {{A: {{Type: HttpApi, Properties: {{Path: /a, Method: get}}}}}}
  Refused:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.12, Handler: a.b, InlineCode: x, CodeUri: 5, Policies: [[]], Events: {events}}}
"""


@pytest.mark.parametrize("case", EVENTS)
def test_what_a_refused_function_may_add_to_is_open(tmp_path: Path, case: str) -> None:
    events, expected = EVENTS[case]
    (tmp_path / "t.yaml").write_text(template(events), "utf-8")
    result = scan(tmp_path / "t.yaml")
    assert result.exit_code == 2
    assert any("Refused" in each["message"] for each in result.report["errors"])
    said = {each["resource"]["logical_id"]: each for each in result.report["findings"] if each["rule"] == RULE}
    assert {name: each["verdict"] for name, each in said.items()} == expected
    for each in said.values():
        if each["verdict"] == "UNKNOWN":
            assert each["unknown"] is not None and each["unknown"]["cause"] == "invalid-template"


def test_the_notifications_of_a_bucket_are_open_too(tmp_path: Path) -> None:
    from scanner.inputs.cloudformation.settings import Settings
    from scanner.inputs.discovery import discover
    from scanner.inputs.reading import read_inputs
    from scanner.model.deferred import settle_all
    from scanner.model.unknown import Unknown
    from scanner.model.world import World

    text = template("{E: {Type: S3, Properties: {Bucket: !Ref Scans}}, Z: {Type: No}}")
    text += "  Scans: {Type: AWS::S3::Bucket}\n  Beside: {Type: AWS::S3::Bucket}\n"
    (tmp_path / "t.yaml").write_text(text, "utf-8")
    reading = read_inputs(discover([tmp_path], cwd=tmp_path), Settings())
    properties = {
        each.logical_id: settle_all(each.fields["Properties"], World()) for each in reading.inventory.resources
    }
    assert isinstance(properties["Scans"]["NotificationConfiguration"], Unknown)  # type: ignore[index]  # a mapping
    assert properties["Beside"] == {}
