"""Caches and search domains."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Make, Mapped, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    evaluate,
    first,
    left,
    one,
    write_only,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS
from scanner.model.unknown import Unknown


def _log_options(view: View, context: Context) -> object:
    """The logs that a domain publishes, by their kinds."""
    found = view.blocks("log_publishing_options")
    if not isinstance(found, list):
        return found if isinstance(found, Unknown) else None
    options: dict[str, object] = {}
    for item in found:
        kind = evaluate("log_type", item, context)
        if isinstance(kind, Unknown):
            return kind
        options[str(kind)] = {
            "CloudWatchLogsLogGroupArn": evaluate("cloudwatch_log_group_arn", item, context) or "",
            "Enabled": left("enabled", default=True)(item, context),
        }
    return options or None


_FINE_GRAINED = {"Enabled": "enabled", "InternalUserDatabaseEnabled": "internal_user_database_enabled"}
_DOMAIN = {
    "AdvancedOptions": "advanced_options",
    "DomainName": "domain_name",
    "AccessPolicies": document("access_policies"),
    "AdvancedSecurityOptions": one("advanced_security_options", _FINE_GRAINED),
    "DomainEndpointOptions": one(
        "domain_endpoint_options",
        {"EnforceHTTPS": left("enforce_https", default=True), "TLSSecurityPolicy": "tls_security_policy"},
    ),
    "EncryptionAtRestOptions": one("encrypt_at_rest", {"Enabled": "enabled", "KmsKeyId": "kms_key_id"}),
    "NodeToNodeEncryptionOptions": one("node_to_node_encryption", {"Enabled": "enabled"}),
    "LogPublishingOptions": _log_options,
    "VPCOptions": one("vpc_options", {"SubnetIds": "subnet_ids", "SecurityGroupIds": "security_group_ids"}),
}


def _of_no_group(view: View, context: Context) -> bool:
    """A read replica of a group has what the group has, and is no cluster of its own, as in accounts."""
    group = context.value(view, "replication_group_id")
    if isinstance(group, Unknown):
        return context.join(view, "replication_group_id", ("aws_elasticache_replication_group",)).sure is None
    return not group


TABLE: Table = {
    "aws_elasticache_cluster": Mapped(
        makes=(
            Make(
                "AWS::ElastiCache::CacheCluster",
                {
                    "ClusterName": "cluster_id",
                    "Engine": "engine",
                    "SnapshotRetentionLimit": "snapshot_retention_limit",
                    "TransitEncryptionEnabled": "transit_encryption_enabled",
                    "VpcSecurityGroupIds": Pointer("security_group_ids", *GROUPS),
                    "CacheSubnetGroupName": "subnet_group_name",
                },
                name="cluster_id",
                when=_of_no_group,
            ),
        )
    ),
    "aws_elasticache_replication_group": whole(
        "AWS::ElastiCache::ReplicationGroup",
        {
            "ReplicationGroupId": "replication_group_id",
            "AtRestEncryptionEnabled": "at_rest_encryption_enabled",
            "AuthToken": first("auth_token", write_only("auth_token_wo")),
            "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
            "AutomaticFailoverEnabled": "automatic_failover_enabled",
            "Engine": "engine",
            "KmsKeyId": "kms_key_id",
            "MultiAZEnabled": "multi_az_enabled",
            "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
            "SnapshotRetentionLimit": "snapshot_retention_limit",
            "GlobalReplicationGroupId": "global_replication_group_id",
            "TransitEncryptionEnabled": "transit_encryption_enabled",
            "TransitEncryptionMode": "transit_encryption_mode",
            "UserGroupIds": "user_group_ids",
        },
        name="replication_group_id",
    ),
    "aws_elasticache_serverless_cache": whole(
        "AWS::ElastiCache::ServerlessCache",
        {
            "ServerlessCacheName": "name",
            "Engine": "engine",
            "KmsKeyId": "kms_key_id",
            "UserGroupId": "user_group_id",
            "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
        },
    ),
    "aws_elasticache_subnet_group": whole(
        "AWS::ElastiCache::SubnetGroup",
        {"CacheSubnetGroupName": "name", "SubnetIds": Pointer("subnet_ids", *SUBNETS), "Description": "description"},
    ),
    "aws_dax_cluster": whole(
        "AWS::DAX::Cluster",
        {
            "ClusterName": "cluster_name",
            "ClusterEndpointEncryptionType": "cluster_endpoint_encryption_type",
            "IAMRoleARN": Pointer("iam_role_arn", *ROLE, attribute="Arn"),
            "SSESpecification": one("server_side_encryption", {"SSEEnabled": "enabled"}),
        },
        name="cluster_name",
    ),
    "aws_opensearch_domain": whole(
        "AWS::OpenSearchService::Domain",
        {
            **_DOMAIN,
            "AdvancedSecurityOptions": one(
                "advanced_security_options", {**_FINE_GRAINED, "AnonymousAuthEnabled": "anonymous_auth_enabled"}
            ),
            "EngineVersion": "engine_version",
        },
        name="domain_name",
    ),
    "aws_opensearch_domain_policy": part(
        Fold("domain_name", ("aws_opensearch_domain",), {"AccessPolicies": document("access_policies")})
    ),
    "aws_elasticsearch_domain": whole(
        "AWS::Elasticsearch::Domain", {**_DOMAIN, "ElasticsearchVersion": "elasticsearch_version"}, name="domain_name"
    ),
    "aws_elasticsearch_domain_policy": part(
        Fold("domain_name", ("aws_elasticsearch_domain",), {"AccessPolicies": document("access_policies")})
    ),
}
