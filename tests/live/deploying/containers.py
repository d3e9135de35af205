"""Containers: tasks, services, clusters and images; and what scales them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.live.deploying.computing import group
from tests.live.deploying.made import (
    ACCOUNT,
    Clients,
    Deployer,
    Inexpressible,
    Made,
    Properties,
    pick,
    small,
    subnets_of,
    tag_list,
)


def cluster(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("ClusterName", name)
    configuration = properties.get("Configuration")
    made = clients("ecs").create_cluster(
        clusterName=name,
        tags=tag_list(properties, "key", "value"),
        **({"configuration": small(configuration)} if configuration else {}),
    )["cluster"]
    return Made(name, name, made["clusterArn"])


def _container(given: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = small({key: value for key, value in given.items() if key != "LogConfiguration"})
    if "LogConfiguration" in given:
        log = given["LogConfiguration"]
        sent["logConfiguration"] = {"logDriver": log["LogDriver"], "options": log.get("Options", {})}
    return sent


def _volume(given: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = small({key: value for key, value in given.items() if key != "EFSVolumeConfiguration"})
    if "EFSVolumeConfiguration" in given:
        files = dict(given["EFSVolumeConfiguration"])
        sent["efsVolumeConfiguration"] = {"fileSystemId": files.pop("FilesystemId"), **small(files)}
    return sent


def tasks(clients: Clients, name: str, properties: Properties) -> Made:
    family = properties.get("Family", name)
    containers = properties.get("ContainerDefinitions") or [{"Name": "app", "Image": "i"}]
    limits = "Cpu" in properties or "Memory" in properties
    plain = [_container(each) for each in containers]
    for given, sent in zip(containers, plain, strict=True):
        # Either the task or each of its containers has some.
        if not {"Memory", "MemoryReservation"} & given.keys() and not limits:
            sent["memory"] = 128
    made = clients("ecs").register_task_definition(
        family=family,
        containerDefinitions=plain,
        tags=tag_list(properties, "key", "value"),
        **small(
            pick(
                properties,
                "ExecutionRoleArn",
                "IpcMode",
                "NetworkMode",
                "PidMode",
                "RequiresCompatibilities",
                "RuntimePlatform",
                "TaskRoleArn",
            )
        ),
        volumes=[_volume(each) for each in properties.get("Volumes", [])],
        **{key.lower(): str(value) for key, value in pick(properties, "Cpu", "Memory").items()},
    )["taskDefinition"]["taskDefinitionArn"]
    return Made(family, made, made)


def service(clients: Clients, name: str, properties: Properties) -> Made:
    ecs = clients("ecs")
    name = properties.get("ServiceName", name)
    into = properties.get("Cluster", "default")
    if into not in {arn.rpartition("/")[2] for arn in ecs.list_clusters()["clusterArns"]}:
        into = cluster(clients, into, Properties({})).id
    task = properties.get("TaskDefinition") or tasks(clients, f"tasks-of-{name}", Properties({})).ref
    network = properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration")
    sent: dict[str, Any] = {}
    if network:
        known = {each["SubnetId"] for each in clients("ec2").describe_subnets()["Subnets"]}
        subnets = network.get("Subnets", [])
        sent["networkConfiguration"] = {
            "awsvpcConfiguration": {
                "securityGroups": [],
                **small(network),
                "subnets": subnets if known.issuperset(subnets) else subnets_of(clients)[:1],
            }
        }
    made = ecs.create_service(
        cluster=into,
        serviceName=name,
        taskDefinition=task,
        desiredCount=properties.get("DesiredCount", 1),
        tags=tag_list(properties, "key", "value"),
        **small(pick(properties, "LaunchType", "SchedulingStrategy")),
        **sent,
    )["service"]["serviceArn"]
    return Made(name, made, made, {"Name": name, "ServiceArn": made})


def provider(clients: Clients, name: str, properties: Properties) -> Made:
    given: dict[str, Any] = small(properties["AutoScalingGroupProvider"])
    known = {
        each["AutoScalingGroupName"]: each["AutoScalingGroupARN"]
        for each in clients("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    }
    named = given["autoScalingGroupArn"]
    if named not in known and not named.startswith("arn:"):
        named = group(clients, named, Properties({"MinSize": 0, "MaxSize": 1})).id
        raise Inexpressible("its group is made up")
    given["autoScalingGroupArn"] = known.get(named, named)
    clients("ecs").create_capacity_provider(name=name, autoScalingGroupProvider=given)
    return Made(name, name)


def repository(clients: Clients, name: str, properties: Properties) -> Made:
    ecr = clients("ecr")
    name = properties.get("RepositoryName", name.lower()).ljust(2, "0")
    scanning = properties.get("ImageScanningConfiguration")
    made = ecr.create_repository(
        repositoryName=name,
        tags=tag_list(properties),
        **({"imageScanningConfiguration": small(scanning)} if scanning else {}),
    )["repository"]["repositoryArn"]
    if "RepositoryPolicyText" in properties:
        text = {"Version": "2012-10-17", **properties["RepositoryPolicyText"]}
        ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(text))
    return Made(name, name, made)


def kubernetes(clients: Clients, name: str, properties: Properties) -> Made:
    eks = clients("eks")
    name = properties.get("Name", name)
    network = small(properties.get("ResourcesVpcConfig", {}))
    network["subnetIds"] = subnets_of(clients)
    logging = properties.get("Logging")
    enabled = [each["Type"] for each in logging["ClusterLogging"]["EnabledTypes"]] if logging else []
    properties.get("RoleArn")
    made = eks.create_cluster(
        name=name,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        resourcesVpcConfig=network,
        **({"logging": {"clusterLogging": [{"types": enabled, "enabled": True}]}} if enabled else {}),
        **({"encryptionConfig": small(properties["EncryptionConfig"])} if "EncryptionConfig" in properties else {}),
        **({"version": properties["Version"]} if "Version" in properties else {}),
    )["cluster"]["arn"]
    return Made(name, name, made)


def target(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    given = pick(properties, "MaxCapacity", "MinCapacity", "ResourceId", "ScalableDimension")
    namespace = properties.get("ServiceNamespace") or given["ScalableDimension"].partition(":")[0]
    clients("application-autoscaling").register_scalable_target(ServiceNamespace=namespace, **given)
    made = f"{given['ResourceId']}|{given['ScalableDimension']}|{namespace}"
    return Made(made, made)


def brokers(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("ClusterName", name)
    said = properties["BrokerNodeGroupInfo"].get("ConnectivityInfo", {})
    # AWS tells that a cluster is not public where nothing is said, and moto does not.
    reached = {"PublicAccess": {"Type": "DISABLED"}, **said}
    nodes = {"InstanceType": "kafka.m7g.large", "ClientSubnets": subnets_of(clients), "ConnectivityInfo": reached}
    # The newer call keeps nothing of these in moto.
    made = clients("kafka").create_cluster(
        ClusterName=name,
        BrokerNodeGroupInfo=nodes,
        # AWS tells what it takes where nothing is said, and moto does not.
        EncryptionInfo={
            **properties.get("EncryptionInfo", {}),
            "EncryptionInTransit": {
                "ClientBroker": "TLS",
                "InCluster": True,
                **properties.get("EncryptionInfo", {}).get("EncryptionInTransit", {}),
            },
        },
        **pick(
            properties,
            "ClientAuthentication",
            "KafkaVersion",
            "LoggingInfo",
            "NumberOfBrokerNodes",
        ),
    )["ClusterArn"]
    return Made(name, made, made)


def target_policy(clients: Clients, name: str, properties: Properties) -> Made:
    of = properties["ScalingTargetId"].split("|")
    clients("application-autoscaling").put_scaling_policy(
        PolicyName=properties.get("PolicyName", name),
        PolicyType=properties.get("PolicyType", "TargetTrackingScaling"),
        ResourceId=of[0],
        ScalableDimension=of[1],
        ServiceNamespace=of[2],
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 50.0},
    )
    return Made(f"{of[0]}|{of[1]}|{name}")


def scaling_policy(clients: Clients, name: str, properties: Properties) -> Made:
    into = properties["AutoScalingGroupName"]
    sent = {
        "TargetTrackingConfiguration": {
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 50.0,
        }
    }
    made = clients("autoscaling").put_scaling_policy(
        AutoScalingGroupName=into, PolicyName=name, PolicyType=properties["PolicyType"], **sent
    )["PolicyARN"]
    return Made(made, made)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": target_policy,
    "AWS::AutoScaling::ScalingPolicy": scaling_policy,
    "AWS::ECR::Repository": repository,
    "AWS::ECS::CapacityProvider": provider,
    "AWS::ECS::Cluster": cluster,
    "AWS::ECS::Service": service,
    "AWS::ECS::TaskDefinition": tasks,
    "AWS::EKS::Cluster": kubernetes,
    "AWS::MSK::Cluster": brokers,
}
