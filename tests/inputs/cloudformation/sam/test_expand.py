"""SAM templates: what the translator makes of them, with our own semantics of what is not known."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from scanner.inputs.cloudformation.sam.expand import expand
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle_all
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown, unknowns
from scanner.model.world import TooManyWorldsError, UndecidedError, World, explore
from scanner.text.document import Document
from scanner.text.reading import read

pytest.importorskip("samtranslator", reason="needs aws-sam-translator: pip install 'tenantproof[sam]'")

SAM = "AWS::Serverless-2016-10-31"
FUNCTION = {"Runtime": "python3.12", "Handler": "app.handler", "CodeUri": "src/"}


def reading_of(tmp_path: Path, text: str, **settings: Any) -> Reading:
    (tmp_path / "t.yaml").write_text(f"Transform: {SAM}\n" + dedent(text), "utf-8")
    return read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings(**settings))


def resource(reading: Reading, logical_id: str) -> Resource:
    found = reading.inventory.at(f"t.yaml#{logical_id}")
    assert found is not None, sorted(each.address for each in reading.inventory.resources)
    return found


def properties(reading: Reading, logical_id: str) -> dict[str, Any]:
    value = settle_all(resource(reading, logical_id).fields["Properties"], World())
    assert isinstance(value, dict)
    return value


def types(reading: Reading) -> Counter[str]:
    return Counter(each.type for each in reading.inventory.resources)


def document_of(template: object) -> Document:
    return read(json.dumps(template).encode(), "t.json", cloudformation=True)


# What the translator makes


def test_a_function_becomes_a_function_and_its_role(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties: {Runtime: python3.12, Handler: app.handler, CodeUri: src/, Timeout: '30'}
        """,
    )
    assert not reading.problems and not reading.gaps
    assert types(reading) == {"AWS::Lambda::Function": 1, "AWS::IAM::Role": 1}
    assert properties(reading, "Api")["Timeout"] == 30
    assert properties(reading, "ApiRole")["ManagedPolicyArns"] == [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    ]


def test_globals_are_part_of_every_function(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Globals:
          Function: {Runtime: python3.12, Handler: app.handler, CodeUri: src/, Tracing: Active}
        Resources:
          One: {Type: AWS::Serverless::Function}
          Two: {Type: AWS::Serverless::Function, Properties: {Tracing: PassThrough}}
        """,
    )
    assert properties(reading, "One")["TracingConfig"] == {"Mode": "Active"}
    assert properties(reading, "Two")["TracingConfig"] == {"Mode": "PassThrough"}


def test_the_crud_policy_template_grants_scan_without_a_condition(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Resources:
          Orders: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: orders}}
          Api:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: app.handler
              CodeUri: src/
              Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Orders}}]
        """,
        region="eu-west-1",
        account="111122223333",
    )
    (policy,) = properties(reading, "ApiRole")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert "dynamodb:Scan" in statement["Action"]
    assert "Condition" not in statement
    assert "arn:aws:dynamodb:eu-west-1:111122223333:table/orders" in statement["Resource"]
    assert resource(reading, "Orders").type == "AWS::DynamoDB::Table"


def test_names_of_managed_policies_become_arns_without_asking_aws(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: app.handler
              CodeUri: src/
              Policies: [AmazonDynamoDBReadOnlyAccess, VMImportExportRoleForAWSConnector, NoSuchPolicy]
        """,
    )
    assert properties(reading, "ApiRole")["ManagedPolicyArns"][1:] == [
        "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess",
        "arn:aws:iam::aws:policy/service-role/VMImportExportRoleForAWSConnector",
        "NoSuchPolicy",
    ]


def test_managed_policies_are_those_of_the_partition(tmp_path: Path) -> None:
    text = """
        Resources:
          Api: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12, Handler: a.b, CodeUri: src/}}
        """
    for region, partition in (("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eu-west-1", "aws")):
        reading = reading_of(tmp_path, text, region=region)
        (arn,) = properties(reading, "ApiRole")["ManagedPolicyArns"]
        assert arn == f"arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_everything_else_that_sam_knows_is_made(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: app.handler
              CodeUri: src/
              AutoPublishAlias: live
              DeploymentPreference: {Type: Canary10Percent5Minutes}
              FunctionUrlConfig: {AuthType: NONE}
              Layers: [!Ref Common]
              Events:
                Get: {Type: Api, Properties: {Path: /, Method: get}}
                Http: {Type: HttpApi, Properties: {Path: /h, Method: get}}
                Queue: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
                Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
          Jobs: {Type: AWS::SQS::Queue}
          Common: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}
          Flow:
            Type: AWS::Serverless::StateMachine
            Properties:
              Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
              Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Api}}]
        """,
    )
    assert not reading.problems
    assert types(reading) == {
        "AWS::ApiGateway::Deployment": 1,
        "AWS::ApiGateway::RestApi": 1,
        "AWS::ApiGateway::Stage": 1,
        "AWS::ApiGatewayV2::Api": 1,
        "AWS::ApiGatewayV2::Stage": 1,
        "AWS::CodeDeploy::Application": 1,
        "AWS::CodeDeploy::DeploymentGroup": 1,
        "AWS::Events::Rule": 1,
        "AWS::IAM::Role": 3,
        "AWS::Lambda::Alias": 1,
        "AWS::Lambda::EventSourceMapping": 1,
        "AWS::Lambda::Function": 1,
        "AWS::Lambda::LayerVersion": 1,
        "AWS::Lambda::Permission": types(reading)["AWS::Lambda::Permission"],
        "AWS::Lambda::Url": 1,
        "AWS::Lambda::Version": 1,
        "AWS::SQS::Queue": 1,
        "AWS::StepFunctions::StateMachine": 1,
    }
    assert types(reading)["AWS::Lambda::Permission"] >= 3


def test_conditions_that_sam_makes_are_decided(tmp_path: Path) -> None:
    text = """
        Parameters: {Stage: {Type: String, AllowedValues: [dev, prod]}}
        Conditions: {IsProd: !Equals [!Ref Stage, prod], IsDev: !Not [{Condition: IsProd}]}
        Resources:
          One:
            Type: AWS::Serverless::Function
            Condition: IsProd
            Properties: &code
              Runtime: python3.12
              Handler: app.handler
              CodeUri: src/
              AutoPublishAlias: live
              DeploymentPreference: {Type: AllAtOnce}
          Two: {Type: AWS::Serverless::Function, Condition: IsDev, Properties: *code}
        """
    reading = reading_of(tmp_path, text)
    assert not reading.problems
    one, application = resource(reading, "One"), resource(reading, "ServerlessDeploymentApplication")
    assert sorted(leaf.result for leaf in explore(one.exists)) == [False, True]
    assert all(leaf.result for leaf in explore(application.exists))
    given = reading_of(tmp_path, text, parameters={"Stage": "dev"})
    assert resource(given, "OneRole").exists(World()) is False


def test_types_of_sam_without_its_transform_are_told(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Resources:\n  Api:\n    Type: AWS::Serverless::Function\n", "utf-8")
    reading = read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings())
    assert [str(problem) for problem in reading.problems] == [
        f"t.yaml:3:5: `Api` has a type of SAM, and the template has no `Transform: {SAM}`"
    ]
    assert [gap.unknown.detail for gap in reading.gaps] == ["`Api` is not expanded by SAM"]


# What is not known stays so


def test_a_default_stays_an_assumption_and_a_choice_a_choice(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Parameters:
          Mode: {Type: String, Default: Active}
          Size: {Type: Number, AllowedValues: [128, 256]}
        Conditions: {IsBig: !Equals [!Ref Size, 256]}
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: app.handler
              CodeUri: src/
              Tracing: !Ref Mode
              MemorySize: !If [IsBig, 256, 128]
        """,
    )
    leaves = explore(lambda world: settle_all(resource(reading, "Api").fields["Properties"], world))
    seen = {(leaf.result["TracingConfig"]["Mode"], leaf.result["MemorySize"]) for leaf in leaves}  # type: ignore[index]  # properties are a mapping
    assert seen == {("Active", 256), ("Active", 128)}
    assert all("parameter `Mode` at its default `Active`" in leaf.world.assumptions for leaf in leaves)


def test_a_given_value_counts_where_sam_needs_one(tmp_path: Path) -> None:
    text = """
        Parameters: {Alias: {Type: String}}
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties: {Runtime: python3.12, Handler: a.b, CodeUri: src/, AutoPublishAlias: !Ref Alias}
        """
    reading = reading_of(tmp_path, text, parameters={"Alias": "live"})
    assert not reading.problems
    assert properties(reading, "ApiAliaslive")["Name"] == "live"


ALIAS = """
    Parameters: {Alias: {Type: String, Default: live}, Table: {Type: String, Default: orders}}
    Resources:
      Bucket: {Type: AWS::S3::Bucket}
      Api:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: app.handler
          CodeUri: src/
          AutoPublishAlias: !Ref Alias
          Environment: {Variables: {TABLE: !Ref Table}}
    """


def test_where_sam_insists_on_a_literal_a_default_is_taken_and_told(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, ALIAS)
    (problem,) = reading.problems
    assert problem.level == "warning"
    assert str(problem) == (
        "t.yaml:12:7: SAM needs a literal in `Api`, which is read with parameter `Alias` at its default `live`"
    )
    assert resource(reading, "ApiAliaslive")
    world = World()
    settle_all(resource(reading, "Api").fields["Properties"], world)
    assert list(world.assumptions) == ["parameter `Table` at its default `orders`"]


def test_without_defaults_the_function_is_left_out_with_the_way_to_have_it_read(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, ALIAS, strict_parameters=True)
    (problem,) = reading.problems
    assert (problem.level, problem.line, problem.hint) == ("error", 12, "give `Alias` with --parameters")
    assert problem.message == (
        "the SAM translator refuses `Api`: `AutoPublishAlias` must be a string or a Ref to a template parameter"
    )
    (gap,) = reading.gaps
    assert gap.unknown == Unknown("invalid-template", "`Api` is refused by the SAM translator")
    assert resource(reading, "Bucket")
    assert types(reading)["AWS::Lambda::Function"] == 0


PARENT = """
    Parameters: {Which: {Type: String, AllowedValues: [blue, green]}, Name: {Type: String, Default: blue}}
    Resources:
      Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml, Parameters: {Alias: VALUE}}}
    """


@pytest.mark.parametrize(
    ("handed", "made"),
    [
        ("green", {"ApiAliasgreen"}),
        ("!Sub '${AWS::NoSuch}'", set()),
        ("!Ref Which", set()),
        ("!Ref Name", set()),
    ],
)
def test_what_a_stack_around_hands_down_stands_in_the_place_of_the_default(
    tmp_path: Path, handed: str, made: set[str]
) -> None:
    (tmp_path / "parent.yaml").write_text(dedent(PARENT).replace("VALUE", handed), "utf-8")
    (tmp_path / "t.yaml").write_text(f"Transform: {SAM}\n" + dedent(ALIAS), "utf-8")
    reading = read_inputs(discover([tmp_path / "parent.yaml"], cwd=tmp_path), Settings())
    aliases = {each.logical_id for each in reading.inventory.of_type("AWS::Lambda::Alias")}
    assert aliases == made
    assert bool(reading.problems) is not bool(made)
    assert reading.inventory.at("parent.yaml#Child/Bucket") is not None


def test_a_hidden_default_is_not_told(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, ALIAS.replace("Default: live", "Default: hush, NoEcho: true"))
    assert "(hidden)" in reading.problems[0].message
    assert "hush" not in str(reading.problems)


def test_a_stored_parameter_is_never_taken_for_its_name(tmp_path: Path) -> None:
    text = ALIAS.replace("{Type: String, Default: live}", "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}")
    for given in ({}, {"Alias": "/b"}):
        reading = reading_of(tmp_path, text, parameters=given)
        assert [problem.level for problem in reading.problems] == ["error"]
        assert types(reading)["AWS::Lambda::Alias"] == 0


def test_the_region_stays_unknown_where_none_is_given(tmp_path: Path) -> None:
    text = """
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: app.handler
              CodeUri: src/
              FunctionName: !Ref AWS::Region
              Description: !Sub 'in ${AWS::Region} of ${AWS::Partition}'
              Events:
                Get:
                  Type: Api
                  Properties: {Path: /, Method: get}
              EventInvokeConfig:
                DestinationConfig:
                  OnFailure: {Type: SQS, Destination: !Sub 'arn:aws:sqs:${AWS::Region}:111122223333:failed'}
        """
    unknown = reading_of(tmp_path, text)
    assert not unknown.problems
    assert isinstance(properties(unknown, "Api")["FunctionName"], Unknown)
    assert {"AWS::Region", "AWS::Partition"} == {
        each.symbol[2] for each in unknowns(properties(unknown, "Api")["Description"]) if each.symbol
    }
    made = json.dumps([each for template in unknown.templates for each in template.stack.bodies.values()])
    assert "IntrinsicFunction" not in made and "us-east-1" not in made
    known = reading_of(tmp_path, text, region="eu-west-1")
    assert properties(known, "Api")["Description"] == "in eu-west-1 of aws"


def test_local_artifacts_are_put_back_and_missing_ones_are_unknown(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Resources:
          Local: {Type: AWS::Serverless::Function, Properties: {Runtime: r, Handler: h, CodeUri: ./src #1/}}
          Missing: {Type: AWS::Serverless::Function, Properties: {Runtime: r, Handler: h}}
          Image: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}
          Stored: {Type: AWS::Serverless::Function, Properties: {Runtime: r, Handler: h, CodeUri: 's3://bucket/key?versionId=7'}}
          Inline: {Type: AWS::Serverless::Function, Properties: {Runtime: r, Handler: h, InlineCode: pass}}
          Flow: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flow.asl.json}}
          Rest: {Type: AWS::Serverless::Api, Properties: {StageName: v1, DefinitionUri: openapi.yaml}}
        """.replace("./src #1/", "'./src #1/'"),
    )
    assert properties(reading, "Local")["Code"] == "./src #1/"
    assert properties(reading, "Missing")["Code"] == Unknown(
        "macro", "`Fn::Transform sam package` is run at deployment"
    )
    assert isinstance(properties(reading, "Image")["Code"], Unknown)
    assert properties(reading, "Stored")["Code"] == {"S3Bucket": "bucket", "S3Key": "key", "S3ObjectVersion": "7"}
    assert properties(reading, "Inline")["Code"] == {"ZipFile": "pass"}
    assert properties(reading, "Flow")["DefinitionS3Location"] == "flow.asl.json"
    assert properties(reading, "Rest")["BodyS3Location"] == "openapi.yaml"


def test_applications_of_the_repository_are_a_gap_and_local_ones_are_read(tmp_path: Path) -> None:
    (tmp_path / "child.yaml").write_text("Resources: {Inner: {Type: AWS::S3::Bucket}}", "utf-8")
    reading = reading_of(
        tmp_path,
        """
        Resources:
          Bought:
            Type: AWS::Serverless::Application
            Properties:
              Location: {ApplicationId: 'arn:aws:serverlessrepo:us-east-1:1:applications/x', SemanticVersion: 1.0.0}
          Own: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}
        """,
    )
    assert not reading.problems
    (gap,) = reading.gaps
    assert gap.unknown.cause == "missing-file" and "`Bought`" in gap.unknown.detail
    assert resource(reading, "Own/Inner").type == "AWS::S3::Bucket"
    assert isinstance(properties(reading, "Bought")["TemplateURL"], Unknown)


def test_a_description_that_a_macro_puts_in_leaves_the_rest_of_the_api_to_be_judged(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        """
        Resources:
          Rest:
            Type: AWS::Serverless::Api
            Properties:
              StageName: v1
              TracingEnabled: true
              Auth: {ApiKeyRequired: true}
              DefinitionBody: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://b/openapi.yaml}}}
        """,
    )
    assert not reading.problems
    assert [gap.unknown.cause for gap in reading.gaps] == ["macro"]
    assert isinstance(properties(reading, "Rest")["Body"], Unknown)
    assert properties(reading, "Restv1Stage")["TracingEnabled"] is True


# Other people's templates


def sam_templates(folder: Path) -> Iterator[tuple[str, Document]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".json") and path.is_file() and SAM.encode() in (raw := path.read_bytes()):
            shown = path.relative_to(folder).as_posix()
            document = read(raw, shown, cloudformation=True)
            if isinstance(document.data, dict) and document.data.get("Transform") and document.data.get("Resources"):
                yield shown, document


def in_s3(template: dict[str, Any]) -> dict[str, Any]:
    """The template after packaging: every local artifact has an address in S3."""
    template = copy.deepcopy(template)
    shared = (template.get("Globals") or {}).get("Function", {})
    if "CodeUri" in shared:
        shared["CodeUri"] = "s3://artifacts/globals"
    for logical_id, body in template["Resources"].items():
        kind = body.get("Type", "")
        if not kind.startswith("AWS::Serverless::"):
            continue
        own = body.setdefault("Properties", {})
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            if name in own:
                own[name] = f"s3://artifacts/{logical_id}"
        if kind == "AWS::Serverless::Function" and not {"CodeUri", "InlineCode", "ImageUri"} & (own.keys() | shared):
            is_image = own.get("PackageType", shared.get("PackageType")) == "Image"
            own["ImageUri" if is_image else "CodeUri"] = "image:1" if is_image else "s3://artifacts/code"
    return template


def translated(template: dict[str, Any], region: str) -> dict[str, Any]:
    """What the translator itself makes, with no value for any parameter."""
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    class Session:
        region_name = region

    template = copy.deepcopy(template)
    for parameter in template.get("Parameters", {}).values():
        parameter.pop("Default", None)
    values: dict[str, Any] = {}
    to_py27_compatible_template(template, values)
    made = Translator(None, Parser(), [], Session()).translate(template, values)
    result = undo_mark_unicode_str_in_template(made)
    assert isinstance(result, dict)
    return result


def not_always_deployed(value: Any) -> Any:
    """The one thing that is left out on purpose: by it a name holds the time."""
    if isinstance(value, dict):
        return {key: not_always_deployed(child) for key, child in value.items() if key != "AlwaysDeploy"}
    return [not_always_deployed(child) for child in value] if isinstance(value, list) else value


@pytest.mark.full
def test_the_resources_of_the_corpus_are_those_of_the_translator_itself(corpus: Path) -> None:
    from samtranslator.model.exceptions import InvalidDocumentException

    compared = refused = 0
    for shown, document in sam_templates(corpus):
        assert isinstance(document.data, dict)
        packaged = in_s3(document.data)
        ours = expand(document_of(packaged), {}, "eu-west-1")
        try:
            theirs = translated(not_always_deployed(packaged), "eu-west-1")
        except InvalidDocumentException:
            refused += 1
            assert ours.problems or ours.gaps, shown
            continue
        assert not ours.problems, (shown, ours.problems)
        resources = ours.body["Resources"]
        assert isinstance(resources, dict)
        kept = {
            name: {
                key: value
                for key, value in body.items()
                if key != "Metadata" or "Metadata" in theirs["Resources"][name]
            }
            for name, body in resources.items()
        }
        assert kept == theirs["Resources"], shown
        assert ours.body.get("Conditions") == theirs.get("Conditions"), shown
        assert ours.body.get("Outputs") == theirs.get("Outputs"), shown
        compared += 1
    assert compared > 100
    assert refused <= 3


def test_resources_and_unknown_values_of_the_corpus_by_cause(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = corpus / "serverless-patterns"
    start = time.perf_counter()
    reading = read_inputs(discover([folder], cwd=folder), Settings())
    seconds = time.perf_counter() - start
    assert not [each for each in reading.problems if "SAM translator" in each.message]
    causes: Counter[str] = Counter()
    branching = 0
    transformed = {template.stack.path for template in reading.templates if template.serverless is not None}
    resources = [each for each in reading.inventory.resources if each.address.partition("#")[0] in transformed]
    assert len(resources) > 500
    for each in resources:
        assert not each.type.startswith("AWS::Serverless::")
        location = each.source.locate(each, ("Properties",), World())
        assert location.line is not None and location.line > 1, each.address
        try:
            values = settle_all(each.fields["Properties"], World())
        except (UndecidedError, TooManyWorldsError):
            branching += 1
            continue
        causes.update(unknown.cause for unknown in unknowns(values))
    framework = sum(each.origin == "framework" for each in resources)
    with capsys.disabled():
        print(f"\nSAM: {len(transformed)} templates, {seconds:.1f} s, {len(resources)} resources,")
        print(f"  {framework} of them made by SAM alone; {branching} branch")
        print(f"  unknown values by cause {dict(causes.most_common())}")
    assert "invalid-template" not in causes


# Costs


def test_a_plain_template_does_not_load_the_translator(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Resources: {A: {Type: AWS::S3::Bucket}}", "utf-8")
    program = f"""if True:
        import sys
        from pathlib import Path
        from scanner.inputs.discovery import discover
        from scanner.inputs.reading import read_inputs
        from scanner.inputs.cloudformation.settings import Settings
        read_inputs(discover([Path({str(tmp_path)!r})], cwd=Path({str(tmp_path)!r})), Settings())
        names = {{'samtranslator', 'scanner.inputs.cloudformation.sam.expand', 'boto3', 'pydantic'}}
        print(sorted(names & set(sys.modules)))
    """
    ran = subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_deployment_that_is_made_anew_each_time_is_called_the_same_in_each_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, everywhere: bool
) -> None:
    """The translator puts the time into the name of such a deployment, and a finding would be another each time."""
    from samtranslator.model import apigateway

    always = "AlwaysDeploy: true"
    text = f"""
        Transform: AWS::Serverless-2016-10-31
        Globals: {{Api: {{{always if everywhere else "TracingEnabled: true"}}}}}
        Resources:
          Api:
            Type: AWS::Serverless::Api
            Properties:
              StageName: Prod
              {"TracingEnabled: true" if everywhere else always}
              DefinitionBody: {{openapi: 3.0.1, paths: {{}}}}
    """
    names = []
    for now in (1_700_000_000, 1_800_000_000):
        monkeypatch.setattr(apigateway.time, "time", lambda now=now: now)
        found = reading_of(tmp_path, text).inventory.of_type("AWS::ApiGateway::Deployment")
        names.append([each.logical_id for each in found])
    assert names[0] == names[1] != []
