"""Policies of resources, groups of parameters and endpoints: what templates say in a resource of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import Clients, Deployer, Inexpressible, Made, Properties, pick


def _text(policy: object) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


def queue_policy(clients: Clients, name: str, properties: Properties) -> Made:
    """An example may name a queue without having it, and several policies of one."""
    sqs = clients("sqs")
    (given,) = properties["Queues"]
    url = given if given.startswith("http") else sqs.create_queue(QueueName=f"{given}-{name}")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _text(properties["PolicyDocument"])})
    made = url.rpartition("/")[2]
    return Made(made, made)


def topic_policy(clients: Clients, name: str, properties: Properties) -> Made:
    sns = clients("sns")
    (given,) = properties["Topics"]
    arn = given if given.startswith("arn:") else sns.create_topic(Name=f"{given}-{name}")["TopicArn"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=_text(properties["PolicyDocument"]))
    return Made(arn, arn)


def secret_policy(clients: Clients, name: str, properties: Properties) -> Made:
    secrets = clients("secretsmanager")
    given = properties["SecretId"]
    if given not in {each["ARN"] for each in secrets.list_secrets()["SecretList"]}:
        given = secrets.create_secret(Name=f"{given}-{name}", SecretString="x")["ARN"]
    secrets.put_resource_policy(SecretId=given, ResourcePolicy=_text(properties["ResourcePolicy"]))
    return Made(given, given)


def log_policy(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("PolicyName", name)
    clients("logs").put_resource_policy(policyName=name, policyDocument=_text(properties["PolicyDocument"]))
    return Made(name, name)


def _parameters(kind: str, named: str, like: str = "") -> Deployer:
    def deploy(clients: Clients, name: str, properties: Properties) -> Made:
        rds = clients("rds")
        name = properties.get(named, name.lower())
        # Examples may write one letter where the service wants a family of its own.
        family = properties["Family"] if properties["Family"].startswith(like.rstrip("0123456789.")) else like
        if kind == "DBCluster":
            create, change = rds.create_db_cluster_parameter_group, rds.modify_db_cluster_parameter_group
            field = "DBClusterParameterGroupName"
        else:
            create, change = rds.create_db_parameter_group, rds.modify_db_parameter_group
            field = "DBParameterGroupName"
        create(**{field: name}, DBParameterGroupFamily=family, Description=properties["Description"])
        given: Mapping[str, Any] = properties["Parameters"]
        change(
            **{field: name},
            Parameters=[
                {"ParameterName": key, "ParameterValue": str(value), "ApplyMethod": "immediate"}
                for key, value in given.items()
            ],
        )
        return Made(name, name)

    return deploy


def endpoint(clients: Clients, name: str, properties: Properties) -> Made:
    if "EndpointIdentifier" in properties:
        raise Inexpressible("nothing deploys an endpoint by its name")
    name = name.lower()
    made = clients("dms").create_endpoint(
        EndpointIdentifier=name,
        EndpointType=properties["EndpointType"].lower(),
        EngineName=properties["EngineName"],
        **pick(properties, "SslMode"),
    )["Endpoint"]
    return Made(name, made["EndpointArn"], made["EndpointArn"])


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::DMS::Endpoint": endpoint,
    "AWS::DocDB::DBClusterParameterGroup": _parameters("DBCluster", "Name", "docdb5.0"),
    "AWS::Logs::ResourcePolicy": log_policy,
    "AWS::Neptune::DBClusterParameterGroup": _parameters("DBCluster", "Name", "neptune1.3"),
    "AWS::RDS::DBClusterParameterGroup": _parameters("DBCluster", "DBClusterParameterGroupName"),
    "AWS::RDS::DBParameterGroup": _parameters("DB", "DBParameterGroupName"),
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SQS::QueuePolicy": queue_policy,
    "AWS::SecretsManager::ResourcePolicy": secret_policy,
}
