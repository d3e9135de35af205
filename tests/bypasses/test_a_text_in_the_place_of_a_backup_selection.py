"""An unknown text in the place of a backup selection passed every `*-in-backup-plan` rule: it surely was not empty."""

from __future__ import annotations

import pytest

from tests.language.judged import judged_template

TEMPLATE = """
Parameters: {Which: {Type: String}}
Resources:
  Custom: {Type: Custom::Lookup, Properties: {ServiceToken: x}}
  Patients: {Type: AWS::DynamoDB::Table, Properties: {BillingMode: PAY_PER_REQUEST}}
  Chosen: {Type: AWS::Backup::BackupSelection, Properties: {BackupPlanId: p, BackupSelection: %s}}
"""


@pytest.mark.parametrize("text", ["!GetAtt Custom.Selection", "!Sub 'x-${AWS::StackName}'", "!Ref Which"])
@pytest.mark.full
def test_a_text_that_is_not_known_selects_nothing_for_sure(text: str) -> None:
    assert judged_template("dynamodb-in-backup-plan", TEMPLATE % text) == {"Patients": "UNKNOWN"}


def test_nor_does_one_that_is_known() -> None:
    """CloudFormation refuses it, so that nothing of what is written there will be."""
    assert judged_template("dynamodb-in-backup-plan", TEMPLATE % "all") == {"Patients": "UNKNOWN"}


@pytest.mark.parametrize(
    "listed", ["!Ref Nets", "[10.0.0.0/8]", "[!Select [0, !Ref Nets]]", "!Split [',', '0.0.0.0/0,x']"]
)
def test_texts_in_the_place_of_rules_are_no_closed_ports(listed: str) -> None:
    text = f"""
Parameters: {{Nets: {{Type: CommaDelimitedList, Default: "0.0.0.0/0,10.0.0.0/8"}}}}
Resources:
  G: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: g, SecurityGroupIngress: {listed}}}}}
"""
    assert judged_template("sg-no-open-ssh", text) == {"G": "UNKNOWN"}


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("AWS::Lambda::Function", "Role: r, Runtime: python3.12, Handler: a.b, Code: src/"),
        ("AWS::Lambda::LayerVersion", "Content: layer/"),
        ("AWS::ApiGateway::RestApi", "BodyS3Location: api.yaml"),
        ("AWS::StepFunctions::StateMachine", "RoleArn: r, DefinitionS3Location: states.json"),
        ("AWS::ElasticBeanstalk::ApplicationVersion", "ApplicationName: a, SourceBundle: app.zip"),
    ],
)
def test_a_local_path_that_is_uploaded_first_is_what_it_says(kind: str, named: str) -> None:
    text = f"Resources: {{It: {{Type: {kind}, Properties: {{{named}}}}}}}"
    assert judged_template("no-plaintext-secrets", text).get("It", "PASS") in ("PASS", "NOT_APPLICABLE")
