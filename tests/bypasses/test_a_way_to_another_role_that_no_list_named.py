"""Ways from a tenant's session to a role that reaches every tenant, which a list of actions written by hand left out.

The list had twelve services to pass a role to, one action on code and no way over a third role: passing to any other
service, a change of a state machine or a build that exists, another trust policy, a role of another tenant and a chain
of two roles were all called ISOLATED.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, PATIENTS, TABLE, TAG, allow, leading, role, said_of_roles, trust

RULE = "tenant-sessions-cannot-escalate"
OWN = allow(["dynamodb:GetItem", "dynamodb:Query"], TABLE, leading(f"TENANT#{TAG}"))
WHOLE = allow("dynamodb:Query", TABLE)
OPEN = "NOT_PROVEN"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def _arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _said(folder: Path, resources: dict[str, Any], **declared: object) -> dict[str, str]:
    """What the rule says of each role."""
    return said_of_roles(folder, {"Patients": PATIENTS, **resources}, (RULE,), **declared)


def _leaky(name: str, *principals: object) -> dict[str, Any]:
    """A role that holds the whole table and that the principals may take."""
    return role(WHOLE, RoleName=name, AssumeRolePolicyDocument=trust(*principals, actions="sts:AssumeRole"))


PASSED = [
    # the service that the role trusts, what starts it there, what must be said
    ("lambda", "lambda:CreateFunction", "LEAK"),
    ("lambda", "lambda:UpdateFunctionConfiguration", "LEAK"),
    ("lambda", "synthetics:CreateCanary", "LEAK"),
    ("states", "states:UpdateStateMachine", "LEAK"),
    ("glue", "glue:UpdateJob", "LEAK"),
    ("glue", "glue:CreateSession", OPEN),
    ("ecs-tasks", "ecs:UpdateService", "LEAK"),
    ("ecs-tasks", "batch:RegisterJobDefinition", OPEN),
    ("ec2", "ec2:RequestSpotInstances", "LEAK"),
    ("ec2", "autoscaling:CreateLaunchConfiguration", OPEN),
    ("codebuild", "codebuild:UpdateProject", "LEAK"),
    ("cloudformation", "cloudformation:CreateStackSet", OPEN),
    ("sagemaker", "sagemaker:CreateTrainingJob", "LEAK"),
    ("sagemaker", "sagemaker:CreateModel", OPEN),
    ("pipes", "pipes:UpdatePipe", "LEAK"),
    ("scheduler", "scheduler:UpdateSchedule", "LEAK"),
    ("appsync", "appsync:UpdateDataSource", "LEAK"),
    ("emr-serverless", "emr-serverless:StartJobRun", "LEAK"),
    ("batchoperations.s3", "s3:CreateJob", "LEAK"),
    ("bedrock-agentcore", "bedrock-agentcore:CreateAgentRuntime", "LEAK"),
    ("ssm", "ssm:StartAutomationExecution", "LEAK"),
    ("events", "events:PutTargets", OPEN),
    ("transfer", "transfer:CreateUser", OPEN),
    ("apigateway", "apigateway:PUT", OPEN),
    ("pods.eks", "eks:CreatePodIdentityAssociation", OPEN),
    ("firehose", "firehose:CreateDeliveryStream", OPEN),
    ("iot", "iot:CreateTopicRule", OPEN),
    ("dms", "dms:CreateEndpoint", OPEN),
    ("backup", "backup:StartRestoreJob", OPEN),
    ("redshift", "redshift:ModifyClusterIamRoles", OPEN),
    ("a-service-of-tomorrow", "datasync:CreateLocationS3", OPEN),
    # who cannot start anything that the role trusts gains nothing by passing it
    ("lambda", "ecs:RunTask", "ISOLATED"),
    ("lambda", "lambda:InvokeFunction", "ISOLATED"),
    ("glue", "lambda:CreateFunction", "ISOLATED"),
]


def test_a_role_is_passed_to_any_service(tmp_path: Path) -> None:
    resources: dict[str, Any] = {}
    wanted: dict[str, str] = {}
    for number, (service, starting, said) in enumerate(PASSED):
        resources[f"Report{number}"] = _leaky(f"Report{number}", {"Service": f"{service}.amazonaws.com"})
        passing = [allow("iam:PassRole", _arn(f"Report{number}")), allow(starting, "*")]
        resources[f"App{number}"] = role(OWN, *passing)
        wanted[f"App{number}"] = said
    found = _said(tmp_path, resources)
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, "LEAK"),
        ({"StringLike": {"iam:PassedToService": "l*"}}, "LEAK"),
        ({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}, "ISOLATED"),
        ({"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, "ISOLATED"),
    ],
)
def test_a_role_is_passed_to_the_service_that_it_trusts(condition: object, said: str, tmp_path: Path) -> None:
    mine = role(OWN, allow("iam:PassRole", "*", condition), allow("lambda:CreateFunction", "*"))
    found = _said(tmp_path, {"AppRole": mine, "Report": _leaky("Report", {"Service": "lambda.amazonaws.com"})})
    assert found["AppRole"] == said


RUNNING: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("AWS::Lambda::Function", "lambda", {"Role": "?", "Code": {"ZipFile": "x"}}, "lambda:UpdateFunctionCode", "LEAK"),
    ("AWS::Lambda::Function", "lambda", {"Role": "?"}, "lambda:UpdateFunctionConfiguration", "LEAK"),
    ("AWS::Lambda::Function", "lambda", {"Role": "?"}, "lambda:InvokeFunction", "ISOLATED"),
    ("AWS::Lambda::Function", "lambda", {"Role": "?"}, "lambda:AddPermission", "ISOLATED"),
    ("AWS::StepFunctions::StateMachine", "states", {"RoleArn": "?"}, "states:UpdateStateMachine", "LEAK"),
    ("AWS::StepFunctions::StateMachine", "states", {"RoleArn": "?"}, "states:StartExecution", "ISOLATED"),
    ("AWS::CodeBuild::Project", "codebuild", {"Name": "b", "ServiceRole": "?"}, "codebuild:StartBuild", "LEAK"),
    ("AWS::CodeBuild::Project", "codebuild", {"Name": "b", "ServiceRole": "?"}, "codebuild:StopBuild", "ISOLATED"),
    ("AWS::Glue::Job", "glue", {"Name": "j", "Role": "?"}, "glue:StartJobRun", OPEN),
    ("AWS::Glue::Job", "glue", {"Name": "j", "Role": "?"}, "glue:UpdateJob", OPEN),
    ("AWS::Batch::JobDefinition", "ecs-tasks", {"ContainerProperties": {"JobRoleArn": "?"}}, "batch:SubmitJob", "LEAK"),
    ("AWS::AppSync::DataSource", "appsync", {"ServiceRoleArn": "?"}, "appsync:UpdateResolver", OPEN),
    ("AWS::Pipes::Pipe", "pipes", {"Name": "p", "RoleArn": "?"}, "pipes:UpdatePipe", OPEN),
]


def _filled(value: Any, arn: object) -> Any:
    if isinstance(value, dict):
        return {key: _filled(child, arn) for key, child in value.items()}
    return arn if value == "?" else value


def test_what_runs_as_the_role_is_changed(tmp_path: Path) -> None:
    resources: dict[str, Any] = {}
    wanted: dict[str, str] = {}
    for number, (kind, service, properties, action, said) in enumerate(RUNNING):
        report = f"Report{number}"
        resources[report] = _leaky(report, {"Service": f"{service}.amazonaws.com"})
        arn = {"Fn::GetAtt": [report, "Arn"]} if number % 2 else _arn(report)
        resources[f"Runs{number}"] = {"Type": kind, "Properties": _filled(properties, arn)}
        theirs = (
            {"Fn::GetAtt": [f"Runs{number}", "Arn"]} if kind in ("AWS::Lambda::Function", "AWS::Pipes::Pipe") else "*"
        )
        resources[f"App{number}"] = role(OWN, allow(action, theirs))
        wanted[f"App{number}"] = said
    # The statements on `*` reach what the cases before have, too: each in a scan of its own.
    for number, name in enumerate(wanted):
        mine = {key: resources[key] for key in (name, f"Report{number}", f"Runs{number}")}
        assert _said(tmp_path / name, mine)[name] == wanted[name], RUNNING[number]


def test_a_chain_of_roles_is_followed(tmp_path: Path) -> None:
    """Over a role that reaches nothing itself, and over two; a circle ends, and a dead end leads nowhere."""
    taking = allow("sts:AssumeRole", "*")

    def middle(name: str, *trusted: object, statements: object = (taking,)) -> dict[str, Any]:
        assert isinstance(statements, tuple)
        return role(*statements, RoleName=name, AssumeRolePolicyDocument=trust(*trusted, actions="sts:AssumeRole"))

    resources = {
        "Report": _leaky("Report", {"AWS": _arn("Second")}),
        "Second": middle("Second", {"AWS": _arn("First")}, {"AWS": _arn("Circle")}),
        "First": middle("First", ROOT),
        "Circle": middle("Circle", {"AWS": _arn("Second")}, {"AWS": _arn("App4")}),
        "End": middle("End", ROOT, statements=(allow("sqs:SendMessage", "*"),)),
        "Opening": middle("Opening", ROOT, statements=(allow("iam:UpdateAssumeRolePolicy", "*"),)),
        "App1": role(OWN, allow("sts:AssumeRole", _arn("First")), RoleName="App1"),
        "App2": role(OWN, allow("sts:AssumeRole", _arn("Second")), RoleName="App2"),
        "App3": role(OWN, allow("sts:AssumeRole", _arn("End")), RoleName="App3"),
        "App4": role(OWN, RoleName="App4"),
        "App5": role(OWN, allow("sts:AssumeRole", _arn("Opening")), RoleName="App5"),
        "App6": role(OWN, RoleName="App6"),
    }
    found = _said(tmp_path, resources)
    wanted = {
        "App1": "LEAK",
        "App2": "ISOLATED",
        "App3": "ISOLATED",
        "App4": "LEAK",
        "App5": "LEAK",
        "App6": "ISOLATED",
    }
    assert {name: found.get(name) for name in wanted} == wanted


USER = {"Type": "AWS::IAM::User", "Properties": {"UserName": "ops"}}
ON_IAM = [
    (allow("iam:UpdateAssumeRolePolicy", _arn("Report")), "LEAK"),
    (allow("iam:UpdateAssumeRolePolicy", _arn("elsewhere")), OPEN),
    (allow("iam:PutRolePolicy", _arn("elsewhere")), OPEN),
    (allow("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/ops"), OPEN),
    (allow("iam:AddUserToGroup", "*"), OPEN),
    (allow("iam:UpdateSAMLProvider", "*"), OPEN),
    (allow("iam:CreateServiceLinkedRole", "*"), "ISOLATED"),
    (allow(["iam:GetRole", "iam:ListRoles", "iam:PassRole"], "*"), "ISOLATED"),
    (allow("cognito-idp:AdminCreateUser", "*"), OPEN),
    (allow("cognito-idp:UpdateUserPoolClient", "*"), OPEN),
    (allow("cognito-identity:GetOpenIdTokenForDeveloperIdentity", "*"), OPEN),
    (allow("identitystore:UpdateUser", "*"), OPEN),
    (allow(["cognito-idp:AdminGetUser", "cognito-idp:AdminInitiateAuth"], "*"), "ISOLATED"),
    (allow("ssm:CreateAssociation", "*"), OPEN),
]


def test_who_a_principal_is_is_changed(tmp_path: Path) -> None:
    resources: dict[str, Any] = {"Report": _leaky("Report", {"Service": "lambda.amazonaws.com"}), "Ops": USER}
    resources |= {f"App{number}": role(OWN, statement) for number, (statement, _) in enumerate(ON_IAM)}
    found = _said(tmp_path, resources)
    for number, (statement, said) in enumerate(ON_IAM):
        assert found[f"App{number}"] == said, statement


def _tenant_role(tenant: str, *statements: dict[str, Any], trusted: object) -> dict[str, Any]:
    tags = [{"Key": "TenantId", "Value": tenant}]
    trusting = trust(trusted, actions="sts:AssumeRole")
    return role(*statements, RoleName=tenant, Tags=tags, AssumeRolePolicyDocument=trusting)


@pytest.mark.parametrize(
    ("statement", "trusted", "said"),
    [
        (allow("sts:AssumeRole", "*"), ROOT, "LEAK"),
        (allow("sqs:SendMessage", "*"), {"AWS": _arn("acme")}, "LEAK"),
        (allow(["iam:PassRole", "lambda:CreateFunction"], "*"), {"Service": "lambda.amazonaws.com"}, "LEAK"),
        (allow("iam:TagRole", _arn("acme")), ROOT, OPEN),
        (allow(["iam:TagRole", "sqs:*"], f"arn:aws:iam::{ACCOUNT}:role/acme"), ROOT, OPEN),
        (allow("sqs:SendMessage", "*"), ROOT, "ISOLATED"),
        (allow("sts:AssumeRole", _arn("acme")), ROOT, "ISOLATED"),
    ],
)
def test_the_role_of_another_tenant_is_a_way_to_its_data(
    statement: dict[str, Any], trusted: object, said: str, tmp_path: Path
) -> None:
    mine = _tenant_role("acme", statement, trusted={"Service": "ecs-tasks.amazonaws.com"})
    theirs = _tenant_role("globex", allow("sqs:*", "*"), trusted=trusted)
    found = _said(tmp_path, {"Mine": mine, "Theirs": theirs}, sessions=[])
    assert found["Mine"] == said


def test_a_role_s_own_tag_decides_where_its_policies_read_it(tmp_path: Path) -> None:
    own = allow("sqs:*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{TAG}-q")
    mine = _tenant_role("acme", own, allow("iam:TagRole", _arn("acme")), trusted={"Service": "ecs-tasks.amazonaws.com"})
    assert _said(tmp_path, {"Mine": mine}, sessions=[])["Mine"] == "LEAK"
