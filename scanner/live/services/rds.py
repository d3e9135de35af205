"""Amazon RDS, and what answers beside it: Neptune and DocumentDB."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Shape, same

_MARKER = Paging("Marker", "Marker")
# Their calls answer with each other's databases ("DescribeDBInstances").
_OTHERS = "contains(['docdb', 'neptune'], item.Engine)"
_COPIED: dict[str, Shape] = {
    "EnableCloudwatchLogsExports": "item.EnabledCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication": "item.IAMDatabaseAuthenticationEnabled",
    "ManageMasterUserPassword": "item.MasterUserSecret != `null`",
    "MasterUserSecret": "item.MasterUserSecret.{KmsKeyId: KmsKeyId, SecretArn: SecretArn}",
    "Tags": "item.TagList",
}
_INSTANCE = (
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "AvailabilityZone",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBClusterIdentifier",
    "DBInstanceClass",
    "DBName",
    "DeletionProtection",
    "Engine",
    "EngineVersion",
    "Iops",
    "KmsKeyId",
    "LicenseModel",
    "MasterUsername",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "MultiAZ",
    "NetworkType",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "PubliclyAccessible",
    "StorageType",
)
_CLUSTER = (
    "AutoMinorVersionUpgrade",
    "AvailabilityZones",
    "BackupRetentionPeriod",
    "BacktrackWindow",
    "CopyTagsToSnapshot",
    "DBClusterInstanceClass",
    "DatabaseName",
    "DeletionProtection",
    "Engine",
    "EngineMode",
    "EngineVersion",
    "GlobalClusterIdentifier",
    "KmsKeyId",
    "MasterUsername",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "NetworkType",
    "Port",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "PubliclyAccessible",
    "ReplicationSourceIdentifier",
    "StorageType",
)
# Under a key that AWS owns `StorageEncrypted` is false, and `StorageEncryptionType` is `sse-rds` (DBCluster, Amazon RDS
# API Reference).
_ENCRYPTED = "item.StorageEncryptionType == 'sse-rds' || item.StorageEncrypted"


def _other_cluster(service: str, engine: str, more: dict[str, Shape], *names: str) -> Part:
    return Part(
        f"AWS::{service}::DBCluster",
        keep=f"item.Engine == '{engine}'",
        id="item.DBClusterIdentifier",
        arn="item.DBClusterArn",
        properties={
            "EnableCloudwatchLogsExports": "item.EnabledCloudwatchLogsExports",
            "DBClusterParameterGroupName": "item.DBClusterParameterGroup",
            "DBSubnetGroupName": "item.DBSubnetGroup",
            # What it was once made from says nothing of it now.
            "SnapshotIdentifier": "`null`",
            "StorageEncrypted": _ENCRYPTED,
            **more,
            "Tags": "item.TagList",
            "VpcSecurityGroupIds": "item.VpcSecurityGroups[].VpcSecurityGroupId",
            **same(
                "item",
                "BackupRetentionPeriod",
                "DBClusterIdentifier",
                "DeletionProtection",
                "EngineVersion",
                "KmsKeyId",
                *names,
            ),
        },
    )


def _other_instance(service: str, engine: str, *names: str) -> Part:
    return Part(
        f"AWS::{service}::DBInstance",
        keep=f"item.Engine == '{engine}'",
        id="item.DBInstanceIdentifier",
        arn="item.DBInstanceArn",
        properties={
            "Tags": "item.TagList",
            **same(
                "item",
                "AutoMinorVersionUpgrade",
                "DBClusterIdentifier",
                "DBInstanceClass",
                "DBInstanceIdentifier",
                *names,
            ),
        },
    )


def _group(type_name: str, kind: str, words: str, keep: str, named: str) -> Part:
    """A group of parameters, with those that somebody set; `named` is the property that holds its name."""
    name = f"{words}Name"
    operation = "describe_db_cluster_parameters" if kind == "DBCluster" else "describe_db_parameters"
    return Part(
        type_name,
        keep=f"!starts(item.{name}, 'default.') && {keep}",
        id=f"item.{name}",
        arn=f"item.{words}Arn",
        gone=("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"),
        details={
            "set": Detail(
                operation,
                {name: f"item.{name}", "Source": "'user'"},
                "Parameters[]",
                _MARKER,
                action=f"rds:Describe{kind}Parameters",
            )
        },
        properties={
            named: "id",
            "Description": "item.Description",
            "Family": "item.DBParameterGroupFamily",
            "Parameters": "mapping(set, 'ParameterName', 'ParameterValue')",
        },
    )


# Neptune and DocumentDB answer by the calls of RDS, and their groups have families of their own.
_OTHER_FAMILIES = "starts(item.DBParameterGroupFamily, ['neptune', 'docdb'])"
_INSTANCE_GROUPS = Collector(
    Call(
        "describe_db_parameter_groups",
        items="DBParameterGroups[]",
        paging=_MARKER,
        action="rds:DescribeDBParameterGroups",
    ),
    _group("AWS::RDS::DBParameterGroup", "DB", "DBParameterGroup", f"!{_OTHER_FAMILIES}", "DBParameterGroupName"),
)
_CLUSTER_GROUPS = Collector(
    Call(
        "describe_db_cluster_parameter_groups",
        items="DBClusterParameterGroups[]",
        paging=_MARKER,
        action="rds:DescribeDBClusterParameterGroups",
    ),
    _group(
        "AWS::RDS::DBClusterParameterGroup",
        "DBCluster",
        "DBClusterParameterGroup",
        f"!{_OTHER_FAMILIES}",
        "DBClusterParameterGroupName",
    ),
    also=tuple(
        _group(
            f"AWS::{service}::DBClusterParameterGroup",
            "DBCluster",
            "DBClusterParameterGroup",
            f"starts(item.DBParameterGroupFamily, '{family}')",
            "Name",
        )
        for service, family in (("Neptune", "neptune"), ("DocDB", "docdb"))
    ),
)


RDS = Service(
    "rds",
    (
        Collector(
            Call("describe_db_instances", items="DBInstances[]", paging=_MARKER, action="rds:DescribeDBInstances"),
            Part(
                "AWS::RDS::DBInstance",
                keep=f"!{_OTHERS}",
                id="item.DBInstanceIdentifier",
                arn="item.DBInstanceArn",
                properties={
                    **_COPIED,
                    "DBInstanceIdentifier": "id",
                    "EnablePerformanceInsights": "item.PerformanceInsightsEnabled",
                    "DBParameterGroupName": "item.DBParameterGroups[0].DBParameterGroupName",
                    "OptionGroupName": "item.OptionGroupMemberships[0].OptionGroupName",
                    "DBSubnetGroupName": "item.DBSubnetGroup.DBSubnetGroupName",
                    "Port": "item.Endpoint.Port",
                    "SourceDBInstanceIdentifier": "item.ReadReplicaSourceDBInstanceIdentifier",
                    "SourceDBClusterIdentifier": "item.ReadReplicaSourceDBClusterIdentifier",
                    # What it was once made from says nothing of it now: its own storage is described.
                    "DBSnapshotIdentifier": "`null`",
                    "DBClusterSnapshotIdentifier": "`null`",
                    "StorageEncrypted": _ENCRYPTED,
                    "VPCSecurityGroups": "item.VpcSecurityGroups[].VpcSecurityGroupId",
                    **same("item", "PerformanceInsightsKMSKeyId", *_INSTANCE),
                },
            ),
            also=(
                _other_instance("Neptune", "neptune", "PubliclyAccessible"),
                _other_instance("DocDB", "docdb", "CACertificateIdentifier"),
            ),
        ),
        Collector(
            Call("describe_db_clusters", items="DBClusters[]", paging=_MARKER, action="rds:DescribeDBClusters"),
            Part(
                "AWS::RDS::DBCluster",
                keep=f"!{_OTHERS}",
                id="item.DBClusterIdentifier",
                arn="item.DBClusterArn",
                properties={
                    **_COPIED,
                    "DBClusterIdentifier": "id",
                    "DBClusterParameterGroupName": "item.DBClusterParameterGroup",
                    "DBSubnetGroupName": "item.DBSubnetGroup",
                    "EnableHttpEndpoint": "item.HttpEndpointEnabled",
                    "ServerlessV2ScalingConfiguration": "item.ServerlessV2ScalingConfiguration."
                    "{MinCapacity: MinCapacity, MaxCapacity: MaxCapacity}",
                    "PerformanceInsightsEnabled": "item.PerformanceInsightsEnabled",
                    "PerformanceInsightsKmsKeyId": "item.PerformanceInsightsKMSKeyId",
                    "SnapshotIdentifier": "`null`",
                    "SourceDBClusterIdentifier": "`null`",
                    "StorageEncrypted": _ENCRYPTED,
                    "VpcSecurityGroupIds": "item.VpcSecurityGroups[].VpcSecurityGroupId",
                    **same("item", *_CLUSTER),
                },
            ),
            also=(
                _other_cluster(
                    "Neptune",
                    "neptune",
                    {"IamAuthEnabled": "item.IAMDatabaseAuthenticationEnabled", "SourceDBClusterIdentifier": "`null`"},
                ),
                _other_cluster("DocDB", "docdb", {"SourceDBClusterIdentifier": "`null`"}, "Port"),
            ),
        ),
        Collector(
            Call(
                "describe_db_subnet_groups",
                items="DBSubnetGroups[]",
                paging=_MARKER,
                action="rds:DescribeDBSubnetGroups",
            ),
            Part(
                "AWS::RDS::DBSubnetGroup",
                id="item.DBSubnetGroupName",
                arn="item.DBSubnetGroupArn",
                properties={
                    "SubnetIds": "item.Subnets[].SubnetIdentifier",
                    **same("item", "DBSubnetGroupDescription", "DBSubnetGroupName"),
                },
            ),
        ),
        _INSTANCE_GROUPS,
        _CLUSTER_GROUPS,
    ),
)
