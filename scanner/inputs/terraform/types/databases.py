"""Relational, document and graph databases, and warehouses."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Mapped, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    evaluate,
    first,
    left,
    write_only,
)
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS
from scanner.model.deferred import OpenMap
from scanner.model.unknown import Unknown

_CLUSTER = {
    "BackupRetentionPeriod": "backup_retention_period",
    "DBClusterIdentifier": "cluster_identifier",
    "DeletionProtection": "deletion_protection",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "KmsKeyId": "kms_key_id",
    "SnapshotIdentifier": "snapshot_identifier",
    "StorageEncrypted": "storage_encrypted",
    "VpcSecurityGroupIds": Pointer("vpc_security_group_ids", *GROUPS),
    "DBSubnetGroupName": Pointer("db_subnet_group_name", "aws_db_subnet_group"),
    "Port": "port",
}

_RESTORED = "restore_to_point_in_time.source_cluster_identifier"


def _restore(view: View, context: Context) -> object:
    value = evaluate(_RESTORED, view, context)
    return value if value is not None else evaluate("replication_source_identifier", view, context)


def _parameters(view: View, context: Context) -> object:
    found = view.blocks("parameter")
    if not isinstance(found, list):
        return found if isinstance(found, Unknown) else None
    return [
        {"ParameterName": evaluate("name", item, context), "ParameterValue": evaluate("value", item, context)}
        for item in found
    ] or None


def _parameter_map(view: View, context: Context) -> object:
    """As most kinds of groups have them: values by names."""
    found = view.blocks("parameter")
    if not isinstance(found, list):
        return found if isinstance(found, Unknown) else None
    values: dict[str, object] = {}
    why: Unknown | None = None
    for item in found:
        name = evaluate("name", item, context)
        if isinstance(name, str):
            values[name] = evaluate("value", item, context)
        elif isinstance(name, Unknown):
            why = name
    return OpenMap(values, why) if why is not None else values or None


def _parameter_group(kind: str, name: str) -> Mapped:
    return whole(kind, {name: "name", "Family": "family", "Description": "description", "Parameters": _parameter_map})


def _aurora(view: View, context: Context) -> object:
    """A cluster in the mode `serverless` is always encrypted ("Encrypting Amazon Aurora resources")."""
    value = evaluate("storage_encrypted", view, context)
    return True if value is None and view.read("engine_mode") == "serverless" else value


def _redshift_logging(view: View, context: Context) -> object:
    found = view.blocks("logging")
    if not isinstance(found, list) or not found:
        return found if isinstance(found, Unknown) and view.references("logging") else None
    enabled = evaluate("enable", found[0], context)
    if isinstance(enabled, Unknown):
        return enabled
    return (
        evaluate({"BucketName": "bucket_name", "S3KeyPrefix": "s3_key_prefix"}, found[0], context) or {}
        if enabled is True
        else None
    )


TABLE: Table = {
    "aws_db_instance": whole(
        "AWS::RDS::DBInstance",
        {
            "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
            "AvailabilityZone": "availability_zone",
            # The documentation of the provider says 0 where CloudFormation says 1; a replica has none of its own.
            "BackupRetentionPeriod": left("backup_retention_period", 0),
            "DBInstanceIdentifier": "identifier",
            "DBInstanceClass": "instance_class",
            "DBName": first("db_name", "name"),
            "DBParameterGroupName": Pointer("parameter_group_name", "aws_db_parameter_group"),
            "DBSnapshotIdentifier": "snapshot_identifier",
            "DBSubnetGroupName": Pointer("db_subnet_group_name", "aws_db_subnet_group"),
            "DeletionProtection": "deletion_protection",
            "Domain": "domain",
            "EnableCloudwatchLogsExports": "enabled_cloudwatch_logs_exports",
            "EnableIAMDatabaseAuthentication": "iam_database_authentication_enabled",
            "Engine": "engine",
            "EngineVersion": "engine_version",
            "KmsKeyId": "kms_key_id",
            "ManageMasterUserPassword": "manage_master_user_password",
            "MasterUsername": "username",
            "MasterUserPassword": first("password", write_only("password_wo")),
            "MonitoringInterval": "monitoring_interval",
            "MultiAZ": "multi_az",
            "Port": "port",
            "PubliclyAccessible": left("publicly_accessible", default=False),
            "SourceDBInstanceIdentifier": "replicate_source_db",
            "StorageEncrypted": "storage_encrypted",
            "VPCSecurityGroups": Pointer("vpc_security_group_ids", *GROUPS),
        },
        name="identifier",
        lacks=("DBClusterIdentifier", "DBClusterSnapshotIdentifier", "SourceDBClusterIdentifier"),
    ),
    "aws_rds_cluster": whole(
        "AWS::RDS::DBCluster",
        {
            **_CLUSTER,
            "DBClusterParameterGroupName": Pointer(
                "db_cluster_parameter_group_name", "aws_rds_cluster_parameter_group"
            ),
            "DBClusterInstanceClass": "db_cluster_instance_class",
            "DatabaseName": "database_name",
            "Domain": "domain",
            "EnableCloudwatchLogsExports": "enabled_cloudwatch_logs_exports",
            "EnableIAMDatabaseAuthentication": "iam_database_authentication_enabled",
            "EngineMode": "engine_mode",
            "EnableHttpEndpoint": "enable_http_endpoint",
            "ManageMasterUserPassword": "manage_master_user_password",
            "MasterUsername": "master_username",
            "MasterUserPassword": first("master_password", write_only("master_password_wo")),
            "GlobalClusterIdentifier": "global_cluster_identifier",
            "MonitoringInterval": "monitoring_interval",
            "ReplicationSourceIdentifier": "replication_source_identifier",
            "SourceDBClusterIdentifier": _restore,
            "StorageEncrypted": _aurora,
        },
        name="cluster_identifier",
        lacks=("PubliclyAccessible",),
    ),
    "aws_rds_cluster_instance": whole(
        "AWS::RDS::DBInstance",
        {
            "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
            "AvailabilityZone": "availability_zone",
            "DBClusterIdentifier": Pointer("cluster_identifier", "aws_rds_cluster"),
            "DBInstanceIdentifier": "identifier",
            "DBInstanceClass": "instance_class",
            "DBParameterGroupName": Pointer("db_parameter_group_name", "aws_db_parameter_group"),
            "DBSubnetGroupName": Pointer("db_subnet_group_name", "aws_db_subnet_group"),
            "Engine": "engine",
            "EngineVersion": "engine_version",
            "MonitoringInterval": "monitoring_interval",
            "PubliclyAccessible": left("publicly_accessible", default=False),
        },
        name="identifier",
        # The cluster answers for them.
        lacks=(
            "BackupRetentionPeriod",
            "DBClusterSnapshotIdentifier",
            "DBSnapshotIdentifier",
            "DeletionProtection",
            "Domain",
            "EnableCloudwatchLogsExports",
            "EnableIAMDatabaseAuthentication",
            "MultiAZ",
            "SourceDBClusterIdentifier",
            "SourceDBInstanceIdentifier",
            "StorageEncrypted",
        ),
    ),
    "aws_rds_shard_group": whole(
        "AWS::RDS::DBShardGroup",
        {
            "DBClusterIdentifier": Pointer("db_cluster_identifier", "aws_rds_cluster"),
            "PubliclyAccessible": "publicly_accessible",
        },
        name="db_shard_group_identifier",
    ),
    "aws_db_subnet_group": whole(
        "AWS::RDS::DBSubnetGroup",
        {
            "DBSubnetGroupName": "name",
            "SubnetIds": Pointer("subnet_ids", *SUBNETS),
            "DBSubnetGroupDescription": "description",
        },
    ),
    "aws_rds_cluster_parameter_group": _parameter_group(
        "AWS::RDS::DBClusterParameterGroup", "DBClusterParameterGroupName"
    ),
    "aws_db_parameter_group": _parameter_group("AWS::RDS::DBParameterGroup", "DBParameterGroupName"),
    "aws_docdb_cluster_parameter_group": _parameter_group("AWS::DocDB::DBClusterParameterGroup", "Name"),
    "aws_neptune_cluster_parameter_group": _parameter_group("AWS::Neptune::DBClusterParameterGroup", "Name"),
    "aws_docdb_cluster": whole(
        "AWS::DocDB::DBCluster",
        {
            **_CLUSTER,
            "EnableCloudwatchLogsExports": "enabled_cloudwatch_logs_exports",
            "MasterUsername": "master_username",
            "MasterUserPassword": first("master_password", write_only("master_password_wo")),
            "SourceDBClusterIdentifier": _RESTORED,
            "DBClusterParameterGroupName": Pointer(
                "db_cluster_parameter_group_name", "aws_docdb_cluster_parameter_group"
            ),
        },
        name="cluster_identifier",
    ),
    "aws_neptune_cluster": whole(
        "AWS::Neptune::DBCluster",
        {
            **_CLUSTER,
            "KmsKeyId": "kms_key_arn",
            "DBSubnetGroupName": "neptune_subnet_group_name",
            "EnableCloudwatchLogsExports": "enable_cloudwatch_logs_exports",
            "DBClusterParameterGroupName": Pointer(
                "neptune_cluster_parameter_group_name", "aws_neptune_cluster_parameter_group"
            ),
            "IamAuthEnabled": "iam_database_authentication_enabled",
            "SourceDBClusterIdentifier": "replication_source_identifier",
        },
        name="cluster_identifier",
    ),
    "aws_redshift_cluster": whole(
        "AWS::Redshift::Cluster",
        {
            "NamespaceResourcePolicy": const(None),  # aws_redshift_resource_policy is a resource of its own
            "AllowVersionUpgrade": left("allow_version_upgrade", default=True),
            "AutomatedSnapshotRetentionPeriod": "automated_snapshot_retention_period",
            "ClusterIdentifier": "cluster_identifier",
            "ClusterParameterGroupName": Pointer("cluster_parameter_group_name", "aws_redshift_parameter_group"),
            "ClusterSubnetGroupName": "cluster_subnet_group_name",
            "DBName": "database_name",
            "Encrypted": "encrypted",
            "EnhancedVpcRouting": "enhanced_vpc_routing",
            "KmsKeyId": "kms_key_id",
            "LoggingProperties": _redshift_logging,
            "MasterUsername": "master_username",
            "MasterUserPassword": first("master_password", write_only("master_password_wo")),
            "MultiAZ": "multi_az",
            "PubliclyAccessible": "publicly_accessible",
            "SnapshotIdentifier": first("snapshot_identifier", "snapshot_arn"),
            "VpcSecurityGroupIds": Pointer("vpc_security_group_ids", *GROUPS),
        },
        name="cluster_identifier",
    ),
    "aws_redshift_logging": part(
        Fold(
            "cluster_identifier",
            ("aws_redshift_cluster",),
            {
                "LoggingProperties": {
                    "BucketName": "bucket_name",
                    "S3KeyPrefix": "s3_key_prefix",
                    "LogDestinationType": "log_destination_type",
                    "LogExports": "log_exports",
                }
            },
        )
    ),
    "aws_redshift_parameter_group": whole(
        "AWS::Redshift::ClusterParameterGroup",
        {"ParameterGroupFamily": "family", "ParameterGroupName": "name", "Parameters": _parameters},
    ),
    "aws_redshift_subnet_group": whole(
        "AWS::Redshift::ClusterSubnetGroup",
        {"SubnetIds": Pointer("subnet_ids", *SUBNETS), "Description": "description"},
    ),
}
