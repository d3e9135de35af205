"""Amazon ElastiCache: replication groups, clusters, serverless caches, their users and subnets."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_MARKER = Paging("Marker", "Marker")
_TOKEN = Paging("NextToken", "NextToken")

ELASTICACHE = Service(
    "elasticache",
    (
        Collector(
            Call("describe_replication_groups", items="ReplicationGroups[]", paging=_MARKER),
            Part(
                "AWS::ElastiCache::ReplicationGroup",
                id="item.ReplicationGroupId",
                arn="item.ARN",
                gone=("ReplicationGroupNotFoundFault",),
                details={
                    "tagged": Detail(
                        "list_tags_for_resource", {"ResourceName": "item.ARN"}, when="item.Status == 'available'"
                    )
                },
                properties={
                    "ReplicationGroupId": "id",
                    "ReplicationGroupDescription": "item.Description",
                    # That there is one is told, and it is not: it stands as a reference to where nobody can look.
                    "AuthToken": "item.AuthTokenEnabled && '{{resolve:elasticache:auth-token}}' || `null`",
                    "AutomaticFailoverEnabled": "item.AutomaticFailover == 'enabled'",
                    "GlobalReplicationGroupId": "item.GlobalReplicationGroupInfo.GlobalReplicationGroupId",
                    "MultiAZEnabled": "item.MultiAZ == 'enabled'",
                    "Tags": "tagged.TagList",
                    # Clusters with durability are encrypted whatever the flag says
                    # ("At-Rest Encryption in ElastiCache").
                    "AtRestEncryptionEnabled": "contains(['sse-elasticache', 'sse-kms'], item.StorageEncryptionType)"
                    " || item.AtRestEncryptionEnabled",
                    **same(
                        "item",
                        "CacheNodeType",
                        "ClusterMode",
                        "Engine",
                        "KmsKeyId",
                        "LogDeliveryConfigurations",
                        "SnapshotRetentionLimit",
                        "TransitEncryptionEnabled",
                        "TransitEncryptionMode",
                        "UserGroupIds",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_cache_clusters", items="CacheClusters[]", paging=_MARKER),
            Part(
                "AWS::ElastiCache::CacheCluster",
                # What belongs to a group is judged with it, as in templates.
                keep="!(item.ReplicationGroupId)",
                id="item.CacheClusterId",
                arn="item.ARN",
                properties={
                    "ClusterName": "id",
                    "CacheParameterGroupName": "item.CacheParameterGroup.CacheParameterGroupName",
                    "VpcSecurityGroupIds": "item.SecurityGroups[].SecurityGroupId",
                    **same(
                        "item",
                        "AutoMinorVersionUpgrade",
                        "CacheNodeType",
                        "CacheSubnetGroupName",
                        "Engine",
                        "EngineVersion",
                        "NumCacheNodes",
                        "SnapshotRetentionLimit",
                        "TransitEncryptionEnabled",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_serverless_caches", items="ServerlessCaches[]", paging=_TOKEN),
            Part(
                "AWS::ElastiCache::ServerlessCache",
                id="item.ServerlessCacheName",
                arn="item.ARN",
                properties={
                    "ServerlessCacheName": "id",
                    **same(
                        "item",
                        "DailySnapshotTime",
                        "Engine",
                        "KmsKeyId",
                        "SecurityGroupIds",
                        "SnapshotRetentionLimit",
                        "SubnetIds",
                        "UserGroupId",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_users", items="Users[]", paging=_MARKER),
            Part(
                "AWS::ElastiCache::User",
                # The default user, which nobody can change, lets in only where a group has it.
                keep="item.UserId != 'default' || item.UserGroupIds",
                id="item.UserId",
                arn="item.ARN",
                properties={
                    "AuthenticationMode": {"Type": "item.Authentication.Type"},
                    # Its mode says whether there are some.
                    "Passwords": "`null`",
                    **same("item", "AccessString", "Engine", "UserId", "UserName"),
                },
            ),
        ),
        Collector(
            Call("describe_user_groups", items="UserGroups[]", paging=_MARKER),
            Part(
                "AWS::ElastiCache::UserGroup",
                id="item.UserGroupId",
                arn="item.ARN",
                properties=same("item", "Engine", "UserGroupId", "UserIds"),
            ),
        ),
        Collector(
            Call("describe_cache_subnet_groups", items="CacheSubnetGroups[]", paging=_MARKER),
            Part(
                "AWS::ElastiCache::SubnetGroup",
                id="item.CacheSubnetGroupName",
                arn="item.ARN",
                properties={
                    "CacheSubnetGroupName": "id",
                    "Description": "item.CacheSubnetGroupDescription",
                    "SubnetIds": "item.Subnets[].SubnetIdentifier",
                },
            ),
        ),
    ),
)
