"""What SAM refuses: defaults first, then the one that is to blame, and what rests on it stays open."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.scanning import Options, scan

HEAD = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Plan: {Type: String, Default: PER_API}
  Vpc: {Type: String, Default: vpc-0a1b2c3d}
  Bare: {Type: String}
"""
FUNCTION = """
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: i.h
      Runtime: python3.12
      InlineCode: x
      Events:
        A: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Api}}
        S: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
"""


def read(folder: Path, text: str, **settings: object) -> Reading:
    (folder / "t.yaml").write_text(dedent(HEAD) + text, "utf-8")
    return read_inputs(discover([folder], cwd=folder), Settings(**settings))  # type: ignore[arg-type]  # names are those of Settings


def made(reading: Reading) -> dict[str, str]:
    return {each.logical_id: each.type for each in reading.inventory.resources}


def told(reading: Reading, level: str) -> list[str]:
    return [each.message for each in reading.problems if each.level == level]


USAGE = "UsagePlan: {CreateUsagePlan: !Ref Plan}"
WHERE = {
    "in Globals": f"""
Globals: {{Api: {{Auth: {{ApiKeyRequired: true, {USAGE}}}}}}}
Resources:
  Api: {{Type: AWS::Serverless::Api, Properties: {{StageName: prod}}}}
""",
    "in the resource": f"""
Resources:
  Api: {{Type: AWS::Serverless::Api, Properties: {{StageName: prod, Auth: {{ApiKeyRequired: true, {USAGE}}}}}}}
""",
    "in both": f"""
Globals: {{Api: {{Auth: {{{USAGE}}}}}}}
Resources:
  Api: {{Type: AWS::Serverless::Api, Properties: {{StageName: prod, Auth: {{ApiKeyRequired: true}}}}}}
""",
}


@pytest.mark.parametrize("where", WHERE)
def test_a_default_is_put_in_wherever_the_parameter_stands(tmp_path: Path, where: str) -> None:
    reading = read(tmp_path, WHERE[where] + FUNCTION)
    literal = read(tmp_path, (WHERE[where] + FUNCTION).replace("!Ref Plan", "PER_API"))
    assert told(reading, "error") == told(literal, "error") == []
    assert {"ApiUsagePlan", "ApiApiKey", "FnRole"} <= made(reading).keys()
    assert sorted(made(reading).values()) == sorted(made(literal).values())
    assert told(reading, "warning") == [
        "SAM needs a literal in `Api`, which is read with parameter `Plan` at its default `PER_API`"
    ]


@pytest.mark.parametrize("where", WHERE)
def test_without_defaults_the_one_that_needs_it_is_refused_and_no_other(tmp_path: Path, where: str) -> None:
    reading = read(tmp_path, WHERE[where] + FUNCTION, strict_parameters=True)
    (error,) = told(reading, "error")
    assert error.startswith("the SAM translator refuses `Api`: `CreateUsagePlan`")
    types = made(reading)
    # What names it loses that event and nothing else.
    assert types["Fn"] == "AWS::Lambda::Function" and "FnRole" in types and "FnS" in types
    assert types["Api"] == "AWS::Serverless::Api" and not any(name.startswith("FnAPermission") for name in types)
    assert "event `A` of `Fn` rests on `Api`, which SAM refuses" in {gap.unknown.detail for gap in reading.gaps}


VPC = """
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, Auth: {ResourcePolicy: {SourceVpcWhitelist: [!Ref %s]}}}
"""


def test_a_default_settles_what_the_translator_names_nobody_for(tmp_path: Path) -> None:
    reading = read(tmp_path, VPC % "Vpc" + FUNCTION)
    assert told(reading, "error") == []
    assert {"Fn": "AWS::Lambda::Function", "Api": "AWS::ApiGateway::RestApi"}.items() <= made(reading).items()


def test_the_one_that_is_to_blame_is_found_where_there_is_no_default(tmp_path: Path) -> None:
    reading = read(tmp_path, VPC % "Bare" + FUNCTION)
    (error,) = [each for each in reading.problems if each.level == "error"]
    assert error.message.startswith("the SAM translator refuses `Api`: sourceVpcWhitelist") or (
        error.message.startswith("the SAM translator refuses `Api`")
    )
    assert error.hint == "give `Bare` with --parameters"
    assert {"Fn": "AWS::Lambda::Function", "Api": "AWS::Serverless::Api"}.items() <= made(reading).items()


def twice(text: str) -> str:
    second = text.replace("\nResources:\n", "").replace("  Api:", "  Api2:").replace("  Fn:", "  Fn2:")
    return text + second.replace("!Ref Api", "!Ref Api2")


def test_two_that_are_to_blame_are_both_found_and_the_rest_is_read(tmp_path: Path) -> None:
    reading = read(tmp_path, twice(VPC % "Bare" + FUNCTION))
    assert sorted(message[:38] for message in told(reading, "error")) == [
        "the SAM translator refuses `Api2`: Sou",
        "the SAM translator refuses `Api`: Sour",
    ]
    assert {"Fn": "AWS::Lambda::Function", "Fn2": "AWS::Lambda::Function"}.items() <= made(reading).items()


def test_two_that_need_a_default_both_have_it(tmp_path: Path) -> None:
    reading = read(tmp_path, twice(VPC % "Vpc" + FUNCTION))
    assert told(reading, "error") == [] and len(told(reading, "warning")) == 2
    assert {"Api": "AWS::ApiGateway::RestApi", "Api2": "AWS::ApiGateway::RestApi"}.items() <= made(reading).items()


def test_what_rests_on_what_is_not_expanded_is_unknown(tmp_path: Path) -> None:
    """A rule that looks for the role of a function, the role being made of one that SAM refuses."""
    text = (
        VPC % "Bare"
        + FUNCTION
        + """
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Store
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: !GetAtt GoneRole.Arn}, Action: s3:GetObject, Resource: '*'}]
  Store: {Type: AWS::S3::Bucket}
  Gone: {Type: AWS::Serverless::Function, Properties: {Handler: 5, Runtime: [], Events: {A: {Type: Nothing}}}}
"""
    )
    (tmp_path / "t.yaml").write_text(dedent(HEAD) + text, "utf-8")
    report = scan(options=Options(paths=(tmp_path,), select=("s3-policy-grantees-restricted",))).report
    assert [each["verdict"] for each in report["findings"]] == ["UNKNOWN"]


@pytest.mark.parametrize(
    "kind",
    ["Function", "Api", "HttpApi", "WebSocketApi", "SimpleTable", "LayerVersion", "StateMachine", "WebFunction",
     "CapacityProvider", "NetworkConnector", "MicrovmImage", "GraphQLApi", "Connector", "Application"],
)  # fmt: skip
def test_an_unexpanded_type_is_of_the_service_that_it_makes(tmp_path: Path, kind: str) -> None:
    text = f"Resources:\n  It: {{Type: AWS::Serverless::{kind}, Properties: {{}}}}\n"
    (tmp_path / "t.yaml").write_text(text, "utf-8")
    report = scan(options=Options(paths=(tmp_path,), select=("hipaa-eligible-services-only",))).report
    assert {each["verdict"] for each in report["findings"]} <= {"PASS", "UNKNOWN", "NOT_APPLICABLE"}
    assert report["exit_code"] == 2  # the Transform is missing


def test_what_only_an_implied_api_shares_has_its_defaults_too(tmp_path: Path) -> None:
    text = """
Globals: {Api: {Auth: {ResourcePolicy: {SourceVpcWhitelist: [!Ref Vpc, vpc-5678]}}}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Handler: i.h, Runtime: python3.12, InlineCode: x, Events: {A: {Type: Api, Properties: {Path: /a, Method: get}}}}
"""  # noqa: E501  # a resource a line
    reading = read(tmp_path, text)
    assert told(reading, "error") == []
    assert "ServerlessRestApi" in made(reading)
    (note,) = [each for each in reading.problems if each.level == "warning"]
    assert note.message.startswith("SAM needs a literal in `Globals`") and note.line == 8
