"""Caches, search, warehouses and what copies databases."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.live.deploying.made import ROLE, Clients, Deployer, Inexpressible, Made, Properties, arn_of, pick, tag_list


def _text(policy: object) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


def domain(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("DomainName", name.lower().ljust(3, "0"))
    logs = {
        kind: {**each, "CloudWatchLogsLogGroupArn": arn_of("logs", f"log-group:{each['CloudWatchLogsLogGroupArn']}")}
        if len(each.get("CloudWatchLogsLogGroupArn", "")) == 1
        else each
        for kind, each in properties.get("LogPublishingOptions", {}).items()
    }
    made = clients("opensearch").create_domain(
        DomainName=name,
        **({"LogPublishingOptions": logs} if logs else {}),
        **({"AccessPolicies": _text(properties["AccessPolicies"])} if "AccessPolicies" in properties else {}),
        **pick(
            properties,
            "AdvancedSecurityOptions",
            "DomainEndpointOptions",
            "EncryptionAtRestOptions",
            "EngineVersion",
            "NodeToNodeEncryptionOptions",
            "VPCOptions",
        ),
    )["DomainStatus"]
    # The older type is read as what it has become.
    return Made(name, name, made["ARN"], {"DomainArn": made["ARN"]}, "AWS::OpenSearchService::Domain")


def replication_group(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("ReplicationGroupId", name.lower())
    clients("elasticache").create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription=properties["ReplicationGroupDescription"],
        Tags=tag_list(properties),
        **pick(
            properties,
            "AtRestEncryptionEnabled",
            "Engine",
            "SnapshotRetentionLimit",
            "TransitEncryptionEnabled",
            "TransitEncryptionMode",
            "UserGroupIds",
        ),
    )
    return Made(name, name)


def cache_cluster(clients: Clients, name: str, properties: Properties) -> Made:
    name = name.lower()
    clients("elasticache").create_cache_cluster(
        CacheClusterId=name,
        **pick(
            properties, "CacheNodeType", "Engine", "NumCacheNodes", "SnapshotRetentionLimit", "TransitEncryptionEnabled"
        ),
    )
    return Made(name, name)


def warehouse(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("ClusterIdentifier", name.lower())
    redshift = clients("redshift")
    given = pick(
        properties,
        "AllowVersionUpgrade",
        "AutomatedSnapshotRetentionPeriod",
        "ClusterParameterGroupName",
        "Encrypted",
        "EnhancedVpcRouting",
        "KmsKeyId",
        "PubliclyAccessible",
    )
    redshift.create_cluster(
        ClusterIdentifier=name,
        NodeType=properties.get("NodeType", "ra3.large"),
        MasterUsername="clinic",
        MasterUserPassword="Not-a-secret-1",
        # AWS's own since January 2025; moto has the older ones.
        **{"PubliclyAccessible": False, "Encrypted": True, **given},
    )
    log = properties.get("LoggingProperties")
    if log and not log.get("BucketName") and not (log.get("LogDestinationType") == "cloudwatch" and log["LogExports"]):
        raise Inexpressible("the service refuses logs that go nowhere")
    if log:
        clients("s3").create_bucket(Bucket=f"log-{name}")
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
        }
        clients("s3").put_bucket_policy(Bucket=f"log-{name}", Policy=json.dumps(policy))
        redshift.enable_logging(ClusterIdentifier=name, BucketName=f"log-{name}", S3KeyPrefix="a")
    return Made(name, name)


def parameters(clients: Clients, name: str, properties: Properties) -> Made:
    redshift = clients("redshift")
    name = name.lower()
    properties["ParameterGroupFamily"]
    redshift.create_cluster_parameter_group(
        ParameterGroupName=name, ParameterGroupFamily="redshift-2.0", Description="d"
    )
    if properties.get("Parameters"):
        raise Inexpressible("moto keeps no parameters of warehouses")
    return Made(name, name)


def accelerator(clients: Clients, name: str, properties: Properties) -> Made:
    properties["IAMRoleARN"], properties["NodeType"]
    name = f"cluster-{name.lower()}"
    specification = properties.get("SSESpecification", {})
    clients("dax").create_cluster(
        ClusterName=name,
        NodeType="dax.t3.small",
        ReplicationFactor=properties["ReplicationFactor"],
        IamRoleArn=ROLE,
        **pick(properties, "ClusterEndpointEncryptionType"),
        **({"SSESpecification": {"Enabled": specification["SSEEnabled"]}} if specification else {}),
    )
    return Made(name, name)


def replication_instance(clients: Clients, name: str, properties: Properties) -> Made:
    if "PubliclyAccessible" not in properties:
        raise Inexpressible("moto does not fill in that an instance is public")
    clients("dms").create_replication_instance(
        ReplicationInstanceIdentifier=name,
        **pick(properties, "ReplicationInstanceClass", "PubliclyAccessible"),
    )
    return Made(name, name)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::DAX::Cluster": accelerator,
    "AWS::DMS::ReplicationInstance": replication_instance,
    "AWS::ElastiCache::CacheCluster": cache_cluster,
    "AWS::ElastiCache::ReplicationGroup": replication_group,
    "AWS::Elasticsearch::Domain": domain,
    "AWS::OpenSearchService::Domain": domain,
    "AWS::Redshift::Cluster": warehouse,
    "AWS::Redshift::ClusterParameterGroup": parameters,
}
