"""Types, ARN forms and actions: what the compiled data says, against the catalogue and against known facts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from scanner.iam.arn_binding import bind, spell
from scanner.iam.catalogue import catalogue
from scanner.iam.resource_arns import ArnForm, Hole, holds, may_describe, resource_arns, untyped
from scanner.model.types import type_names
from scanner.shipped_data import data_file
from scripts.compile_resource_arns import CORRECTIONS, below
from tests.case_names import case_name

ARNS = resource_arns()


def _form(arn: str) -> ArnForm:
    return next(form for form in ARNS.forms() if form.arn == f"arn:${{Partition}}:{arn}")


def _names(form: ArnForm) -> set[str]:
    return {each.action.name for each in ARNS.actions(form)}


def test_every_type_of_the_schemas_has_a_form_or_a_reason() -> None:
    """The table of types says what CloudFormation has; a type that is not here is asked about by nobody."""
    for name in type_names():
        assert ARNS.of_type(name) or ARNS.why_none(name), f"{name}: run scripts/compile_resource_arns.py"


def test_every_form_of_the_catalogue_is_here() -> None:
    """A resource type whose form is lost takes its actions with it."""
    kinds = {kind for form in ARNS.forms() for kind in form.kinds}
    for prefix in catalogue().services():
        for action in catalogue().matching(f"{prefix}:*"):
            for resource in action.resources:
                if resource.arn.startswith("arn:"):
                    assert (prefix, resource.name) in kinds


@pytest.mark.parametrize(
    ("type_name", "action"),
    [
        ("AWS::RDS::DBCluster", "rds-data:ExecuteStatement"),
        ("AWS::RDS::DBInstance", "rds-db:connect"),
        ("AWS::Redshift::Cluster", "redshift-data:ExecuteStatement"),
        ("AWS::MSK::Cluster", "kafka-cluster:Connect"),
        ("AWS::EC2::Instance", "ssm:StartSession"),
        ("AWS::Lambda::Alias", "lambda:InvokeFunction"),
        ("AWS::Lambda::Version", "lambda:GetFunction"),
        ("AWS::EC2::Instance", "ec2-instance-connect:SendSSHPublicKey"),
        ("AWS::IoT::Thing", "iotjobsdata:GetPendingJobExecutions"),
        ("AWS::CloudFront::KeyValueStore", "cloudfront-keyvaluestore:GetKey"),
        ("AWS::ApiGateway::RestApi", "execute-api:Invoke"),
        ("AWS::ApiGatewayV2::Api", "execute-api:Invoke"),
        ("AWS::IAM::Role", "sts:AssumeRole"),
        ("AWS::Neptune::DBCluster", "neptune-db:ReadDataViaQuery"),
        ("AWS::DocDB::DBCluster", "rds:RestoreDBClusterFromSnapshot"),
        ("AWS::HealthLake::FHIRDatastore", "healthlake:ReadResource"),
        ("AWS::HealthImaging::Datastore", "medical-imaging:SearchImageSets"),
        ("AWS::OpenSearchServerless::Collection", "aoss:APIAccessAll"),
        ("AWS::OpenSearchService::Domain", "es:ESHttpGet"),
        ("AWS::Cognito::UserPool", "cognito-idp:AdminGetUser"),
        ("AWS::AmazonMQ::Broker", "mq:UpdateBroker"),
        ("AWS::RedshiftServerless::Workgroup", "redshift-data:ExecuteStatement"),
    ],
)
def test_actions_are_found_by_the_arn_whatever_their_prefix(type_name: str, action: str) -> None:
    assert action in {name for form in ARNS.of_type(type_name) for name in _names(form)}


def test_what_lies_below_names_its_parent_by_shared_holes() -> None:
    machine = _form("states:${Region}:${Account}:stateMachine:${StateMachineName}")
    below = {related.form.arn.split(":", 5)[5]: related for related in ARNS.below(machine)}
    execution = below["execution:${StateMachineName}:${ExecutionId}"]
    assert execution.shared == (("StateMachineName", "StateMachineName"),)
    topic = {related.form.arn.split(":", 5)[5] for related in ARNS.below(ARNS.of_type("AWS::MSK::Cluster")[0])}
    assert "topic/${ClusterName}/${ClusterUuid}/${TopicName}" in topic
    snapshot = [each for each in ARNS.below(ARNS.of_type("AWS::RDS::DBCluster")[0]) if "snapshot" in each.form.arn]
    assert snapshot
    assert not any(each.named for each in snapshot)


def test_above_is_below_read_from_the_other_end() -> None:
    for form in ARNS.forms():
        for related in ARNS.below(form):
            assert form.arn in {each.form.arn for each in ARNS.above(related.form)}


@pytest.mark.parametrize(
    ("pattern", "forms"),
    [
        ("arn:aws:s3:::clinic/${tenant}/*", {"${BucketName}/${ObjectName}"}),
        ("arn:aws:s3:::clinic-${tenant}", {"${BucketName}"}),
        ("arn:aws:ecs:*:*:service/*/${tenant}-*", {"service/${ClusterName}/${ServiceName}"}),
        ("arn:aws:sqs:*:*:${tenant}-*", {"${QueueName}"}),
        ("arn:aws:ssm:*:*:parameter/${tenant}/*", {"parameter/${ParameterNameWithoutLeadingSlash}"}),
        ("arn:aws:cognito-identity:*:*:identitypool/us-east-1:0a1b-*", {"identitypool/${IdentityPoolId}"}),
        ("arn:aws:iot:*:*:thing/${tenant}:pump-*", {"thing/${ThingName}"}),
        ("arn:aws:sns:*:*:${tenant}/alarms", set()),
        ("arn:aws:logs:*:*:log-group:/${tenant}/api", {"log-group:${LogGroupName}"}),
        ("arn:aws:dynamodb:*:*:tables/${tenant}", set()),
        ("arn:aws:dynamodb:::table/j", set()),
    ],
    ids=case_name,
)
def test_a_pattern_describes_forms_that_can_be_spelled_so(pattern: str, forms: set[str]) -> None:
    assert {form.arn.split(":", 5)[5] for form in ARNS.describing(pattern)} == forms


def test_a_form_can_be_bound_and_spelled_again() -> None:
    for form in ARNS.forms():
        arn = spell(form, {}, "x")
        values = bind(form, arn)
        if values is None:
            assert "}${" in form.arn  # two names without anything between them
            continue
        assert spell(form, values, "y") == arn
        assert may_describe("".join(arn), form)


def test_actions_that_no_resource_narrows() -> None:
    assert "ssm:DescribeParameters" in {action.name for action in untyped("ssm")}
    assert "dynamodb:GetItem" not in {action.name for action in untyped("dynamodb")}


def test_a_scan_without_proofs_does_not_read_the_forms() -> None:
    code = "import sys, scanner.cli.main, scanner.scanning; assert 'scanner.iam.resource_arns' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_a_variable_may_hold_is_said_by_service() -> None:
    def last(arn: str) -> Hole:
        hole = _form(arn).pieces[-1]
        assert isinstance(hole, Hole)
        return hole

    topic = last("sns:${Region}:${Account}:${TopicName}")
    assert [holds(topic, each) for each in "a/:"] == [True, False, False]
    mqtt = last("iot:${Region}:${Account}:topic/${TopicName}")
    assert [holds(mqtt, each) for each in "a/:"] == [True, True, True]
    pool = last("cognito-identity:${Region}:${Account}:identitypool/${IdentityPoolId}")
    assert [holds(pool, each) for each in "a/:"] == [True, False, True]
    group = last("logs:${Region}:${Account}:log-group:${LogGroupName}")
    assert [holds(group, each) for each in "a/:"] == [True, True, False]
    # A text of no service is as wide as any service makes the name.
    (rest,) = [each for each in ArnForm("/${TopicName}", ()).pieces if isinstance(each, Hole)]
    assert rest.alphabet == "any"


def test_forms_and_relations_are_those_that_the_script_makes_of_them() -> None:
    """A form that is written into the data by hand has no relations, and a row that is taken out is not missed."""
    document = json.loads(data_file("resource_arns.json").read_text(encoding="utf-8"))
    corrections = yaml.safe_load(CORRECTIONS.read_text(encoding="utf-8"))
    order = [f"arn:${{Partition}}:{row[0]}" for row in document["forms"]]
    assert order == sorted(order)
    assert {row["arn"] for row in corrections["forms"]} <= set(order)
    at = {arn: number for number, arn in enumerate(order)}
    forms = {arn: [(kind[0], kind[1]) for kind in row[1]] for arn, row in zip(order, document["forms"], strict=True)}
    made = sorted(below(forms, corrections), key=lambda row: row[:2])
    assert document["below"] == [[at[row[0]], at[row[1]], *row[2:]] for row in made]
    assert document["alphabets"] == corrections["alphabets"]
