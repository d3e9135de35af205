"""What the files leave to people: who is everybody, who may choose the tenant, what is pooled, what is public."""

# ruff: noqa: E501  # policies are read best on one line
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
import yaml

from scanner import scan
from scanner.cli.main import main
from scanner.model.resource import Inventory
from scanner.tenancy.inference.evidence import Proposal
from scanner.tenancy.inference.infer import guesses, infer
from scanner.tenancy.inference.yaml_writer import write_tenancy
from scanner.tenancy.loading import load_tenancy
from scanner.text.reading import read
from tests.case_names import case_name

TAG = "${aws:PrincipalTag/TenantId}"
KEYS = (
    "KeySchema: [{AttributeName: KEY, KeyType: HASH}], AttributeDefinitions: [{AttributeName: KEY, AttributeType: S}]"
)
ROLE = """
Vending:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
Support:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
TenantRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Principal: {AWS: BROKERS}, Action: ["sts:AssumeRole", "sts:TagSession"]}
    Policies:
      - PolicyName: p
        PolicyDocument:
          Version: "2012-10-17"
          Statement: STATEMENTS
"""
ONE, TWO = "!GetAtt Vending.Arn", "[!GetAtt Vending.Arn, !GetAtt Support.Arn]"


def template(statements: str, brokers: str = ONE, more: str = "") -> str:
    body = ROLE.replace("STATEMENTS", statements).replace("BROKERS", brokers)
    return "Resources:\n" + indent(body + more, "  ")


def shared(inventory: Callable[..., Inventory], statements: str) -> list[object]:
    found = infer(inventory(template(statements)))
    return found.tenancy.raw.get("tenant_id", {}).get("shared_values", [])  # type: ignore[attr-defined,no-any-return]


ITEMS = '{Effect: Allow, Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:*:*:table/T", Condition: COND}'


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            f'[{{Effect: Allow, Action: "s3:GetObject", Resource: ["arn:aws:s3:::d/{TAG}/*", "arn:aws:s3:::d/all/*"]}}]',
            ["all"],
        ),
        (
            f'[{{Effect: Allow, Action: "s3:GetObject", Resource: ["arn:aws:s3:::d/{TAG}/*", "arn:aws:s3:::d/xyz/*"]}}]',
            ["xyz"],
        ),
        (
            f'[{{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::d/{TAG}/*"}},'
            ' {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::d/shared/*"}]',
            ["shared"],
        ),
        (
            f'[{{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::d/{TAG}/*"}},'
            ' {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::d/acme/*"}]',
            [],
        ),
        (
            f'[{{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::d/{TAG}/*"}},'
            ' {Effect: Deny, Action: "s3:GetObject", Resource: "arn:aws:s3:::d/shared/*"}]',
            [],
        ),
        (
            "["
            + ITEMS.replace("COND", f'{{"ForAllValues:StringEquals": {{"dynamodb:LeadingKeys": ["{TAG}", "global"]}}}}')
            + "]",
            ["global"],
        ),
        (
            "["
            + ITEMS.replace(
                "COND", f'{{"ForAllValues:StringEquals": {{"dynamodb:LeadingKeys": ["T#{TAG}", "global"]}}}}'
            )
            + "]",
            [],
        ),
    ],
    ids=case_name,
)
def test_a_constant_beside_the_variable_stands_for_everybody(
    inventory: Callable[..., Inventory], statements: str, expected: list[str]
) -> None:
    assert shared(inventory, statements) == expected


def test_a_constant_beside_the_variable_accuses_nobody(tmp_path: Path) -> None:
    statements = (
        f'[{{Effect: Allow, Action: "s3:GetObject", Resource: ["arn:aws:s3:::d/{TAG}/*", "arn:aws:s3:::d/all/*"]}}]'
    )
    (tmp_path / "t.yaml").write_text(template(statements))
    assert {each["verdict"] for each in scan(tmp_path).report["proofs"]} == {"ISOLATED"}


OWN = "[" + ITEMS.replace("COND", f'{{StringEquals: {{"dynamodb:LeadingKeys": ["{TAG}"]}}}}') + "]"


def test_of_several_who_may_choose_the_tenant_nobody_is_trusted_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for brokers, verdict, rests in ((ONE, "ISOLATED", ["binder", "inferred"]), (TWO, "NOT_PROVEN", [])):
        (tmp_path / "t.yaml").write_text(template(OWN, brokers))
        (told,) = (
            each
            for each in scan(tmp_path).report["findings"]
            if each["rule"] == "tenant-tag-not-caller-chosen" and each["resource"]["logical_id"] == "TenantRole"
        )
        proof = told["proof"]
        assert proof is not None and (proof["verdict"], proof["rests_on"]) == (verdict, rests)
    assert "each of Support, Vending may name any tenant" in told["message"]
    main(["init", "--stdout", str(tmp_path)])
    written = capsys.readouterr()
    assert "binders" not in yaml.safe_load(written.out)["sessions"][0]
    assert (
        "Support, Vending may tag these sessions: where nothing binds the tag, each of them may name any tenant"
        in written.out
    )
    assert "say who of Support, Vending may choose the tenant of TenantRole" in written.err


@pytest.mark.parametrize(
    ("logical_id", "registry"),
    [("TenantRegistry8A1B2C3D", True), ("TenantRegistry", True), ("Tenants0123ABCD", True), ("VisitsABCDEF01", False)],
)
def test_a_registry_is_known_behind_what_cdk_ends_its_id_in(
    inventory: Callable[..., Inventory], logical_id: str, registry: bool
) -> None:
    keys = KEYS.replace("KEY", "tenantId")
    found = infer(inventory(f"Resources:\n  {logical_id}: {{Type: AWS::DynamoDB::Table, Properties: {{{keys}}}}}"))
    assert (found.tenancy.source is None) is registry


@pytest.mark.parametrize(("value", "strong"), [("pooled", True), ("shared", False)])
def test_a_table_whose_tag_says_pool_holds_data_of_several(
    inventory: Callable[..., Inventory], value: str, strong: bool
) -> None:
    keys = KEYS.replace("KEY", "shardId")
    tags = f"Tags: [{{Key: TenantId, Value: {value}}}]"
    found = infer(inventory(f"Resources:\n  Visits: {{Type: AWS::DynamoDB::Table, Properties: {{{keys}, {tags}}}}}"))
    entry = {"kind": "dynamodb-item", "table": "Visits", "key": "${tenant}"}
    assert [each.strong for each in found.proposals if each.value == entry] == [strong]


STACK = """
Parameters: {TenantId: {Type: String}}
Resources:
  Task:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "app-${TenantId}-task"
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: dynamodb:Query
                Resource: arn:aws:dynamodb:us-east-1:111122223333:table/Visits
                Condition: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [!Sub "TENANT#${TenantId}"]}}
"""


def test_a_stack_for_each_tenant_is_proposed(inventory: Callable[..., Inventory]) -> None:
    found = {each.section: each for each in guesses(inventory(STACK))}
    assert found["principals"].value == {
        "role": "app-${tenant}-task",
        "because": "its stack's parameter names the tenant",
    }
    assert found["owned"].value == {"kind": "dynamodb-item", "table": "Visits", "key": "TENANT#${tenant}"}
    assert not any(each.strong for each in found.values())


ONE_ID = """
Resources:
  Acme: {Type: AWS::S3::Bucket, Properties: {Tags: [{Key: TenantId, Value: acme}]}}
  Task:
    Type: AWS::IAM::Role
    Properties:
      RoleName: NAME
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: dynamodb:Query
                Resource: arn:aws:dynamodb:us-east-1:111122223333:table/Visits
                Condition: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [KEYS]}}
"""
VISITS = {"kind": "dynamodb-item", "table": "Visits", "key": "TENANT#${tenant}"}
BY_TENANT = {"role": "legacy", "tenant": "acme"}


@pytest.mark.parametrize(
    ("name", "keys", "whose", "owned"),
    [
        ("legacy", '"TENANT#acme"', BY_TENANT, VISITS),
        ("app-acme-task", '"TENANT#acme"', {"role": "app-${tenant}-task"}, VISITS),
        ("legacy", '"TENANT#acme", "TENANT#acme#x"', BY_TENANT, VISITS),
        ("legacy", '"TENANT#acme", "TENANT#globex"', None, None),  # another key, of which nothing says what it is
        ("legacy", '"TENANT#acmeco"', None, None),
        ("legacy", '"TENANT#globex"', None, None),  # nothing says that this is an id
        ("legacy", '"TENANT#${aws:PrincipalTag/TenantId}", "TENANT#acme"', None, None),
    ],
    ids=case_name,
)
def test_a_role_bound_to_one_id_is_guessed_to_be_its_tenants(
    name: str, keys: str, whose: object, owned: object, inventory: Callable[..., Inventory]
) -> None:
    found = guesses(inventory(ONE_ID.replace("NAME", name).replace("KEYS", keys)))
    assert not any(each.strong for each in found)
    told = {"because": "the keys that it is bound to name one tenant only"}
    said = [each.value for each in found if each.section == "principals"]
    assert said == ([{**whose, **told}] if isinstance(whose, dict) else [])
    assert ([each.value for each in found if each.section == "owned"] or [None])[0] == owned


API = """
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Auth: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: auth}}
  SignIn: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref Auth, PathPart: sign-in}}
  Post: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !Ref SignIn, HttpMethod: POST}}
  Visits: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: visits}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      {RestApiId: !Ref Api, ResourceId: !Ref Visits, HttpMethod: GET, RequestParameters: {method.request.header.X-Tenant-Id: true}}
  Health: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: a, RouteKey: GET /health}}
  Keys: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: a, RouteKey: "GET /.well-known/jwks.json"}}
  Meta: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: a, RouteKey: "GET /fhir/metadata"}}
  Own: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: a, RouteKey: "GET /tenants/{tenantId}/status-reports"}}
  Spec:
    Type: AWS::ApiGateway::RestApi
    Properties: {Body: {openapi: 3.0.1, paths: {/refresh: {post: {}}, /orders: {get: {}}, /healthy: {get: {}}}}}
  Body: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: a, Schema: {type: object, required: [name, tenantId]}}}
"""


def test_public_routes_and_demanded_ids_are_proposed(inventory: Callable[..., Inventory]) -> None:
    found = guesses(inventory(API))
    assert {each.value for each in found if each.section == "routes"} == {
        "POST /auth/sign-in", "GET /health", "GET /.well-known/jwks.json", "GET /fhir/metadata", "POST /refresh",
    }  # fmt: skip
    assert [each.value for each in found if each.section == "seen"] == ["X-Tenant-Id", "tenantId", "tenantId"]


DEMANDS, NOT_HELD = "demands `{}` of whoever calls it", "calls `{}` required, but no request validator holds"
METHOD = "{Type: AWS::ApiGateway::Method, Properties: {HttpMethod: POST, %s}}"
VALIDATOR = "{Type: AWS::ApiGateway::RequestValidator, Properties: {RestApiId: a, %s: %s}}"
MODEL = "{Type: AWS::ApiGateway::Model, Properties: {RestApiId: a, Schema: %s}}"
HELD = METHOD % "RequestValidatorId: !Ref V, RequestModels: {application/json: !Ref M}"
BODIES, PARAMETERS = VALIDATOR % ("ValidateRequestBody", "true"), VALIDATOR % ("ValidateRequestParameters", "true")
QUERY = "RequestParameters: {method.request.querystring.tenant_id: %s}"
DOCUMENT = (
    "{Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1, %spaths: {%s: {get: {parameters: [%s]}}}}}}"
)
GRAPH = "{Type: AWS::AppSync::GraphQLSchema, Properties: {ApiId: a, Definition: '%s'}}"


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({"A": METHOD % (QUERY % "true")}, [NOT_HELD.format("tenant_id")]),
        ({"A": METHOD % (QUERY % "false")}, []),
        ({"A": METHOD % (QUERY % "true" + ", RequestValidatorId: !Ref V"), "V": PARAMETERS}, [DEMANDS.format("tenant_id")]),
        ({"A": METHOD % (QUERY % "true" + ", RequestValidatorId: !Ref V"), "V": BODIES}, [NOT_HELD.format("tenant_id")]),
        ({"A": METHOD % "RequestParameters: {method.request.path.tenantId: true}"}, [DEMANDS.format("tenantId")]),
        ({"A": "{Type: AWS::ApiGateway::Resource, Properties: {RestApiId: a, PathPart: '{tenantId}'}}"}, [DEMANDS.format("tenantId")]),
        ({"A": "{Type: AWS::ApiGateway::Resource, Properties: {RestApiId: a, PathPart: tenants}}"}, []),
        ({"M": MODEL % "{required: [tenantId]}"}, [NOT_HELD.format("tenantId")]),
        ({"M": MODEL % "{required: [tenantId]}", "A": HELD, "V": BODIES}, [DEMANDS.format("tenantId")]),
        ({"M": MODEL % "{required: [tenantId]}", "A": HELD, "V": PARAMETERS}, [NOT_HELD.format("tenantId")]),
        ({"M": MODEL % "{properties: {visit: {required: [tenantId]}}}", "A": HELD, "V": BODIES}, [DEMANDS.format("tenantId")]),
        ({"M": MODEL % "{allOf: [{required: [date]}, {required: [tenant]}]}", "A": HELD, "V": BODIES}, [DEMANDS.format("tenant")]),
        ({"M": MODEL % "{properties: {tenantId: {type: string}}}", "A": HELD, "V": BODIES}, []),
        ({"M": MODEL % "{required: [tenantTier]}", "A": HELD, "V": BODIES}, []),
        ({"A": DOCUMENT % ("", "'/t/{tenantId}'", "")}, [DEMANDS.format("tenantId")]),
        ({"A": DOCUMENT % ("", "/t", "{name: tenantId, in: query, required: true}")}, [NOT_HELD.format("tenantId")]),
        ({"A": DOCUMENT % ("x-amazon-apigateway-request-validator: all, ", "/t", "{name: tenantId, in: query, required: true}")}, [DEMANDS.format("tenantId")]),
        ({"A": DOCUMENT % ("", "/t", "{name: tenantId, in: query}")}, []),
        ({"A": GRAPH % "type Query { visits(tenantId: ID!): [Visit] }"}, [DEMANDS.format("tenantId")]),
        ({"A": GRAPH % "type Query { visits(tenantId: ID): [Visit!]! } type Visit { tenantId: ID! }"}, []),
    ],
)  # fmt: skip
def test_what_is_demanded_of_callers_is_what_is_held_against_requests(
    resources: dict[str, str], said: list[str], inventory: Callable[..., Inventory]
) -> None:
    text = "Resources:\n" + "".join(f"  {name}: {body}\n" for name, body in resources.items())
    found = [each.evidence[0].what for each in guesses(inventory(text)) if each.section == "seen"]
    assert len(found) == len(said)
    assert all(one in other for one, other in zip(said, found, strict=True))


def test_what_is_sure_is_not_guessed_as_well(inventory: Callable[..., Inventory]) -> None:
    template = """
Parameters: {TenantId: {Type: String}}
Resources:
  Visits: {Type: AWS::DynamoDB::Table, Properties: {TableName: Visits, KEYED}}
  Task:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: dynamodb:Query
                Resource: !GetAtt Visits.Arn
                Condition: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [!Ref TenantId]}}
""".replace("KEYED", KEYS.replace("KEY,", "tenantId,"))
    here = inventory(template)
    text = write_tenancy([*infer(here).proposals, *guesses(here)], guessing=True)
    assert text.count("kind: dynamodb-item") == 1


def test_guesses_load_once_they_are_uncommented(inventory: Callable[..., Inventory]) -> None:
    proposals: list[Proposal] = [*guesses(inventory(API)), *guesses(inventory(STACK))]
    text = write_tenancy(proposals, guessing=True)
    assert load_tenancy(read(text.encode(), "tenancy.yaml", cloudformation=False)).public_routes == ()
    body = text.partition("# What else")[0]
    bare = "\n".join(line.replace("# ", "", 1) if line.lstrip().startswith("# ") else line for line in body.split("\n"))
    kept = "\n".join(line for line in bare.split("\n") if "(t.yaml:" not in line)
    tenancy = load_tenancy(read(kept.encode(), "tenancy.yaml", cloudformation=False))
    assert len(tenancy.public_routes) == 5
    assert tenancy.principals[0].role == "app-${tenant}-task"


POLICY = """{"Statement": [{"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "*",
  "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["HOLE"]}}}]}"""
BROKERED = """
Resources:
  Data:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:role/broker"}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: p
          PolicyDocument: {Statement: [{Effect: Allow, Action: "dynamodb:*", Resource: "*"}]}
  Visits: {Type: AWS::DynamoDB::Table, Properties: {KEYS}}
""".replace("KEYS", KEYS.replace("KEY", "tenantId"))


@pytest.mark.parametrize(
    ("hole", "declared"), [("{{tenant}}", None), ("{tenant_id}", "{tenant_id}"), ("${tenantId}", "${tenantId}")]
)
def test_the_spelling_of_a_hole_is_proposed(tmp_path: Path, hole: str, declared: str | None) -> None:
    (tmp_path / "infra" / "policies").mkdir(parents=True)
    (tmp_path / "infra" / "t.yaml").write_text(BROKERED)
    (tmp_path / "infra" / "policies" / "p.json").write_text(POLICY.replace("HOLE", hole))
    assert main(["init", str(tmp_path)]) == 0
    (session,) = yaml.safe_load((tmp_path / "tenancy.yaml").read_text())["sessions"]
    assert session["session_policy"] == "infra/policies/p.json"
    assert session.get("hole") == declared
    (proof,) = (
        each["proof"] for each in scan(tmp_path).report["findings"] if each["rule"] == "dynamodb-items-stay-with-tenant"
    )
    assert proof is not None and proof["verdict"] in ("LEAK", "ISOLATED")


def test_nothing_is_written_where_a_tool_makes_everything_anew(tmp_path: Path) -> None:
    made = tmp_path / "app" / "cdk.out" / "asset.1"
    made.mkdir(parents=True)
    (made / "t.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    assert main(["init", str(made)]) == 0
    assert (tmp_path / "app" / "tenancy.yaml").exists() and not (made / "tenancy.yaml").exists()


def test_a_tenancy_in_the_working_directory_counts_without_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work" / "infra" / "app").mkdir(parents=True)
    (tmp_path / "work" / "infra" / "app" / "t.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    (tmp_path / "work" / "tenancy.yaml").write_text("version: 1\n")
    (tmp_path / "tenancy.yaml").write_text("version: 1\naccount: '1'\n")
    for here, source in (("work", "tenancy.yaml"), ("work/infra", "none"), (".", None)):
        monkeypatch.chdir(tmp_path / here)
        report = scan(tmp_path / "work" / "infra" / "app").report
        if source is not None:
            assert report["tenancy"]["source"] == source
    monkeypatch.chdir(tmp_path / "work" / "infra")
    assert scan("app").report["tenancy"]["source"] == "none"
