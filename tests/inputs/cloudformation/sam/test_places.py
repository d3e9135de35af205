"""Where what SAM generates comes from."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.world import World, explore
from tests.case_names import case_name

pytest.importorskip("samtranslator", reason="needs aws-sam-translator: pip install 'tenantproof[sam]'")

TEMPLATE = """\
    Transform: AWS::Serverless-2016-10-31
    Parameters: {Stage: {Type: String, AllowedValues: [dev, prod]}}
    Conditions: {IsProd: !Equals [!Ref Stage, prod]}
    Globals:
      Function:
        Runtime: python3.12  # shared runtime
        Handler: app.handler
        Environment:
          Variables:
            SHARED: yes  # shared variable
      Api:
        TracingEnabled: true  # shared tracing
    Resources:
      Reader:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: src/  # code
          Timeout: 30  # timeout
          Environment:
            Variables:
              OWN: no  # own variable
          PermissionsBoundary: arn:aws:iam::111122223333:policy/edge  # boundary
          Policies:  # policies
            - AmazonDynamoDBReadOnlyAccess  # managed
            - Statement:
                - Effect: Allow
                  Action: s3:GetObject  # first action
                  Resource: '*'
                - {Effect: Allow, Action: s3:PutObject, Resource: '*'}  # second statement
            - DynamoDBCrudPolicy: {TableName: orders}  # template
            - !If
              - IsProd
              - Statement: [{Effect: Allow, Action: kms:Decrypt, Resource: '*'}]  # prod
              - Statement: [{Effect: Allow, Action: kms:Encrypt, Resource: '*'}]  # not prod
          FunctionUrlConfig:
            AuthType: NONE  # url
          AutoPublishAlias: live  # alias
          DeploymentPreference: {Type: AllAtOnce}  # deployment
          Events:
            Get: {Type: Api, Properties: {Path: /, Method: get}}  # get
            GetAll: {Type: Api, Properties: {Path: /all, Method: get}}  # get all
            Jobs:
              Type: SQS  # jobs
              Properties:
                Queue: arn:aws:sqs:eu-west-1:111122223333:jobs
                BatchSize: 5  # batch
            Http: {Type: HttpApi, Properties: {Path: /, Method: get}}  # http
      Plain: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/}}  # plain
      Rest:
        Type: AWS::Serverless::Api  # rest
        Properties:
          StageName: v1
          MethodSettings: [{DataTraceEnabled: true}]  # method settings
          Auth:
            ApiKeyRequired: true  # key
            UsagePlan: {CreateUsagePlan: PER_API}
          DefinitionBody: {swagger: '2.0', paths: {/: {get: {}}}}  # body
      Common: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}  # layer
      Orders:
        Type: AWS::Serverless::SimpleTable
        Properties:
          PrimaryKey: {Name: id, Type: String}  # key of the table
          SSESpecification: {SSEEnabled: true}  # encryption
      Queue:
        Type: AWS::SQS::Queue
        Properties:
          DelaySeconds: 5  # delay
        Connectors:
          ToReader: {Properties: {Destination: {Id: Reader}, Permissions: [Read, Write]}}  # connector
    """


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = tmp_path_factory.mktemp("sam")
    (folder / "t.yaml").write_text(dedent(TEMPLATE), "utf-8")
    reading = read_inputs(discover([folder / "t.yaml"], cwd=folder), Settings())
    assert reading.problems == []
    return reading


def remark(reading: Reading, logical_id: str, *keys: str | int, world: World | None = None) -> str:
    """The comment behind the line that a value is shown at, or the line itself."""
    (resource,) = [
        each
        for each in reading.inventory.resources
        if each.logical_id == logical_id or (logical_id.endswith("*") and each.logical_id.startswith(logical_id[:-1]))
    ]
    location = resource.source.locate(resource, keys, world or World())
    assert location.path == "t.yaml" and location.line is not None
    (line,) = resource.source.lines(location.line, location.line)
    before, _, after = line.partition("  # ")
    return after or before.strip()


@pytest.mark.parametrize(
    ("logical_id", "keys", "shown"),
    [
        ("Reader", (), "Reader:"),
        ("Reader", ("Properties", "Timeout"), "timeout"),
        ("Reader", ("Properties", "Code"), "code"),
        ("Reader", ("Properties", "Runtime"), "shared runtime"),
        ("Reader", ("Properties", "Environment", "Variables", "OWN"), "own variable"),
        ("Reader", ("Properties", "Environment", "Variables", "SHARED"), "shared variable"),
        ("Reader", ("Properties", "KmsKeyArn"), "Properties:"),
        ("ReaderRole", (), "policies"),
        ("ReaderRole", ("Properties", "PermissionsBoundary"), "boundary"),
        ("ReaderRole", ("Properties", "AssumeRolePolicyDocument"), "policies"),
        ("ReaderRole", ("Properties", "ManagedPolicyArns", 0), "policies"),
        ("ReaderRole", ("Properties", "ManagedPolicyArns", 1), "managed"),
        ("ReaderRole", ("Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Action"), "first action"),
        ("ReaderRole", ("Properties", "Policies", 0, "PolicyDocument", "Statement", 1, "Action"), "second statement"),
        ("ReaderRole", ("Properties", "Policies", 1, "PolicyDocument", "Statement", 0, "Action"), "template"),
        ("ReaderUrl", ("Properties", "AuthType"), "url"),
        ("ReaderUrlPublicPermissions", (), "FunctionUrlConfig:"),
        ("ReaderAliaslive", (), "alias"),
        ("ReaderVersion*", (), "alias"),
        ("ReaderDeploymentGroup", (), "deployment"),
        ("CodeDeployServiceRole", (), "deployment"),
        ("ReaderGetPermissionProd", (), "get"),
        ("ReaderGetAllPermissionProd", (), "get all"),
        ("ReaderJobs", (), "Jobs:"),
        ("ReaderJobs", ("Properties", "BatchSize"), "batch"),
        ("ReaderHttpPermission", (), "http"),
        ("PlainRole", (), "plain"),
        ("ServerlessRestApi", (), "get"),
        ("ServerlessRestApiProdStage", (), "get"),
        ("ServerlessRestApiProdStage", ("Properties", "TracingEnabled"), "shared tracing"),
        ("ServerlessHttpApi", (), "http"),
        ("Rest", (), "Rest:"),
        ("Rest", ("Properties", "Body"), "body"),
        ("Restv1Stage", (), "Rest:"),
        ("Restv1Stage", ("Properties", "MethodSettings", 0, "DataTraceEnabled"), "method settings"),
        ("Restv1Stage", ("Properties", "TracingEnabled"), "shared tracing"),
        ("RestUsagePlan", (), "Auth:"),
        ("RestApiKey", (), "Auth:"),
        ("Common*", ("Properties", "Content"), "layer"),
        ("Orders", ("Properties", "KeySchema", 0), "key of the table"),
        ("Orders", ("Properties", "SSESpecification", "SSEEnabled"), "encryption"),
        ("Queue", ("Properties", "DelaySeconds"), "delay"),
        ("QueueToReaderPolicy", (), "connector"),
    ],
    ids=case_name,
)
def test_what_is_generated_points_at_what_it_was_generated_from(
    reading: Reading, logical_id: str, keys: tuple[str | int, ...], shown: str
) -> None:
    assert remark(reading, logical_id, *keys) == shown


def test_a_policy_under_a_condition_points_at_the_branch_that_a_world_takes(reading: Reading) -> None:
    keys = ("Properties", "Policies", 2, "PolicyDocument", "Statement", 0, "Action")
    role = reading.inventory.at("t.yaml#ReaderRole")
    assert role is not None
    conditions = reading.templates[0].stack.conditions
    leaves = explore(lambda world: conditions.holds("IsProd", world))
    shown = {leaf.result: remark(reading, "ReaderRole", *keys, world=leaf.world) for leaf in leaves}
    assert shown == {True: "prod", False: "not prod"}


def test_what_users_cannot_change_is_the_frameworks(reading: Reading) -> None:
    framework = {each.logical_id for each in reading.inventory.resources if each.origin == "framework"}
    fixed = {name for name in framework if "Deployment" not in name}
    assert fixed == {
        "CodeDeployServiceRole",
        "PlainRole",
        "ServerlessHttpApi",
        "ServerlessHttpApiApiGatewayDefaultStage",
        "ServerlessRestApi",
        "ServerlessRestApiProdStage",
    }
    assert not any(name.startswith("Reader") for name in framework)


def test_metadata_is_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        dedent(
            """\
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Noted:
                Type: AWS::Serverless::Function
                Metadata: {aws:cdk:path: App/Noted/Resource}
                Properties: {Runtime: python3.12, Handler: a.b, CodeUri: src/}
            """
        ),
        "utf-8",
    )
    reading = read_inputs(discover([tmp_path / "t.yaml"], cwd=tmp_path), Settings())
    noted, role = reading.inventory.at("t.yaml#Noted"), reading.inventory.at("t.yaml#NotedRole")
    assert noted is not None and role is not None
    assert noted.fields["Metadata"] == {"aws:cdk:path": "App/Noted/Resource"}
    assert noted.construct_path == "App/Noted/Resource"
    assert "Metadata" not in role.fields
