"""Databases, caches, streams, file systems and backups."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Mapped, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    each,
    evaluate,
    first,
    inside,
    left,
    listed,
    one,
    words,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.model.deferred import OpenMap
from scanner.model.unknown import Unknown

TABLE_ = ("aws_dynamodb_table",)
GROUPS = ("aws_security_group", "aws_default_security_group")
SUBNETS = ("aws_subnet", "aws_default_subnet")


def _key_schema(view: View, context: Context) -> object:
    keys = [("hash_key", "HASH"), ("range_key", "RANGE")]
    found = [
        {"AttributeName": value, "KeyType": kind}
        for name, kind in keys
        if (value := evaluate(name, view, context)) is not None
    ]
    return found or each("key_schema", {"AttributeName": "attribute_name", "KeyType": "key_type"})(view, context)


_PROJECTION = {"ProjectionType": "projection_type", "NonKeyAttributes": "non_key_attributes"}
_REPLICA = {
    "Region": "region_name",
    "SSESpecification": {"KMSMasterKeyId": "kms_key_arn"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "point_in_time_recovery"},
}

_REPLICA_PART = {
    "Region": const(Unknown("known-after-apply", "the region of a replica is that of its provider")),
    "SSESpecification": {"KMSMasterKeyId": "kms_key_arn"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "point_in_time_recovery"},
}
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


_DOMAIN = {
    "DomainName": "domain_name",
    "AccessPolicies": document("access_policies"),
    "AdvancedSecurityOptions": one(
        "advanced_security_options",
        {"Enabled": "enabled", "InternalUserDatabaseEnabled": "internal_user_database_enabled"},
    ),
    "DomainEndpointOptions": one(
        "domain_endpoint_options",
        {"EnforceHTTPS": left("enforce_https", default=True), "TLSSecurityPolicy": "tls_security_policy"},
    ),
    "EncryptionAtRestOptions": one("encrypt_at_rest", {"Enabled": "enabled", "KmsKeyId": "kms_key_id"}),
    "NodeToNodeEncryptionOptions": one("node_to_node_encryption", {"Enabled": "enabled"}),
    "LogPublishingOptions": _log_options,
    "VPCOptions": one("vpc_options", {"SubnetIds": "subnet_ids", "SecurityGroupIds": "security_group_ids"}),
}


def _restore(view: View, context: Context) -> object:
    value = evaluate(_RESTORED, view, context)
    return value if value is not None else evaluate("replication_source_identifier", view, context)


def _backup_rule(view: View, context: Context) -> object:
    return each(
        "rule",
        {
            "RuleName": "rule_name",
            "TargetBackupVault": "target_vault_name",
            "ScheduleExpression": "schedule",
            "EnableContinuousBackup": "enable_continuous_backup",
            "Lifecycle": one(
                "lifecycle",
                {
                    "DeleteAfterDays": words("delete_after", {0: None}),
                    "MoveToColdStorageAfterDays": words("cold_storage_after", {0: None}),
                },
            ),
            "CopyActions": each(
                "copy_action",
                {
                    "DestinationBackupVaultArn": "destination_vault_arn",
                    "Lifecycle": one("lifecycle", {"DeleteAfterDays": words("delete_after", {0: None})}),
                },
            ),
        },
    )(view, context)


_FSX = ("LustreConfiguration", "OntapConfiguration", "OpenZFSConfiguration", "WindowsConfiguration")


def _fsx(kind: str) -> dict[str, object]:
    return {
        **dict.fromkeys(_FSX, const(None)),
        "FileSystemType": const(kind),
        "KmsKeyId": "kms_key_id",
        "SubnetIds": "subnet_ids",
        "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
    }


def _has_selection_tag(view: View, context: Context) -> object:
    return each("selection_tag", {"ConditionType": "type", "ConditionKey": "key", "ConditionValue": "value"})(
        view, context
    )


def _conditions(view: View, context: Context) -> object:
    found = view.blocks("condition")
    if not isinstance(found, list):
        return found if isinstance(found, Unknown) else None
    pair = {"ConditionKey": "key", "ConditionValue": "value"}
    return (
        evaluate(
            {
                "StringEquals": each("string_equals", pair),
                "StringLike": each("string_like", pair),
                "StringNotEquals": each("string_not_equals", pair),
                "StringNotLike": each("string_not_like", pair),
            },
            found[0],
            context,
        )
        if found
        else None
    )


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


def _msk_client(view: View, context: Context) -> object:
    return one(
        "client_authentication",
        {
            "Sasl": one("sasl", {"Iam": {"Enabled": "iam"}, "Scram": {"Enabled": "scram"}}),
            "Tls": one("tls", {"CertificateAuthorityArnList": "certificate_authority_arns"}),
            "Unauthenticated": {"Enabled": "unauthenticated"},
        },
    )(view, context)


def _targets(view: View, context: Context) -> object:
    """Replicas of a table from the version of 2019 on."""
    return each("replica", _REPLICA)(view, context)


def _stream_type(view: View, context: Context) -> object:
    del context
    for block, kind in (
        ("kinesis_source_configuration", "KinesisStreamAsSource"),
        ("msk_source_configuration", "MSKAsSource"),
    ):
        found = view.blocks(block)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, list) and found:
            return kind
    return "DirectPut"


TABLE: Table = {
    "aws_dynamodb_table": whole(
        "AWS::DynamoDB::Table",
        {
            "TableName": "name",
            "BillingMode": "billing_mode",
            "KeySchema": _key_schema,
            "AttributeDefinitions": each("attribute", {"AttributeName": "name", "AttributeType": "type"}),
            "GlobalSecondaryIndexes": each(
                "global_secondary_index",
                {
                    "IndexName": "name",
                    "KeySchema": _key_schema,
                    "Projection": _PROJECTION,
                    "ProvisionedThroughput": {
                        "ReadCapacityUnits": words("read_capacity", {0: None}),
                        "WriteCapacityUnits": words("write_capacity", {0: None}),
                    },
                    "OnDemandThroughput": one(
                        "on_demand_throughput",
                        {
                            "MaxReadRequestUnits": "max_read_request_units",
                            "MaxWriteRequestUnits": "max_write_request_units",
                        },
                    ),
                },
            ),
            "LocalSecondaryIndexes": each("local_secondary_index", {"IndexName": "name", "Projection": _PROJECTION}),
            "OnDemandThroughput": one(
                "on_demand_throughput",
                {"MaxReadRequestUnits": "max_read_request_units", "MaxWriteRequestUnits": "max_write_request_units"},
            ),
            "PointInTimeRecoverySpecification": one(
                "point_in_time_recovery", {"PointInTimeRecoveryEnabled": "enabled"}
            ),
            "ProvisionedThroughput": {
                "ReadCapacityUnits": words("read_capacity", {0: None}),
                "WriteCapacityUnits": words("write_capacity", {0: None}),
            },
            "SSESpecification": one(
                "server_side_encryption", {"SSEEnabled": "enabled", "KMSMasterKeyId": "kms_key_arn"}
            ),
            "DeletionProtectionEnabled": "deletion_protection_enabled",
            "StreamSpecification": {"StreamViewType": "stream_view_type"},
            "TimeToLiveSpecification": one("ttl", {"AttributeName": "attribute_name", "Enabled": "enabled"}),
            "Replicas": _targets,
        },
        lacks=("ResourcePolicy",),
    ),
    "aws_dynamodb_resource_policy": part(
        Fold("resource_arn", TABLE_, {"ResourcePolicy": {"PolicyDocument": document("policy")}})
    ),
    "aws_dynamodb_table_replica": part(
        Fold(
            "global_table_arn",
            TABLE_,
            {"Replicas": listed(_REPLICA_PART)},
            listed=("Replicas",),
        )
    ),
    "aws_db_instance": whole(
        "AWS::RDS::DBInstance",
        {
            "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
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
            "MasterUserPassword": "password",
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
            "MasterUserPassword": "master_password",
            "MonitoringInterval": "monitoring_interval",
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
            "MasterUserPassword": "master_password",
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
            "MasterUserPassword": "master_password",
            "MultiAZ": "multi_az",
            "PubliclyAccessible": "publicly_accessible",
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
    "aws_elasticache_cluster": whole(
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
    ),
    "aws_elasticache_replication_group": whole(
        "AWS::ElastiCache::ReplicationGroup",
        {
            "ReplicationGroupId": "replication_group_id",
            "AtRestEncryptionEnabled": "at_rest_encryption_enabled",
            "AuthToken": "auth_token",
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
        "AWS::OpenSearchService::Domain", {**_DOMAIN, "EngineVersion": "engine_version"}, name="domain_name"
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
    "aws_msk_cluster": whole(
        "AWS::MSK::Cluster",
        {
            "ClusterName": "cluster_name",
            "ClientAuthentication": _msk_client,
            "EncryptionInfo": one(
                "encryption_info",
                {
                    "EncryptionAtRest": {"DataVolumeKMSKeyId": "encryption_at_rest_kms_key_arn"},
                    "EncryptionInTransit": one(
                        "encryption_in_transit", {"ClientBroker": "client_broker", "InCluster": "in_cluster"}
                    ),
                },
            ),
            "LoggingInfo": one(
                "logging_info",
                {
                    "BrokerLogs": one(
                        "broker_logs",
                        {
                            "CloudWatchLogs": one("cloudwatch_logs", {"Enabled": "enabled", "LogGroup": "log_group"}),
                            "Firehose": one("firehose", {"Enabled": "enabled", "DeliveryStream": "delivery_stream"}),
                            "S3": one("s3", {"Enabled": "enabled", "Bucket": "bucket", "Prefix": "prefix"}),
                        },
                    )
                },
            ),
        },
        name="cluster_name",
    ),
    "aws_kinesis_stream": whole(
        "AWS::Kinesis::Stream",
        {
            "ResourcePolicy": const(None),  # aws_kinesis_resource_policy is a resource of its own
            "Name": "name",
            "RetentionPeriodHours": "retention_period",
            "StreamEncryption": lambda view, context: (
                kind
                if isinstance(kind := evaluate("encryption_type", view, context), Unknown)
                else evaluate({"EncryptionType": "encryption_type", "KeyId": "kms_key_id"}, view, context)
                if kind == "KMS"
                else None
            ),
        },
    ),
    "aws_kinesis_resource_policy": whole(
        "AWS::Kinesis::ResourcePolicy",
        {
            "ResourceArn": Pointer("resource_arn", "aws_kinesis_stream", attribute="Arn"),
            "ResourcePolicy": document("policy"),
        },
        name=None,
        arn=None,
    ),
    "aws_kinesis_firehose_delivery_stream": whole(
        "AWS::KinesisFirehose::DeliveryStream",
        {
            "DeliveryStreamName": "name",
            "DeliveryStreamType": _stream_type,
            "DeliveryStreamEncryptionConfigurationInput": lambda view, context: (
                enabled
                if isinstance(enabled := evaluate("server_side_encryption.enabled", view, context), Unknown)
                else evaluate(
                    inside(
                        "server_side_encryption", {"KeyType": left("key_type", "AWS_OWNED_CMK"), "KeyARN": "key_arn"}
                    ),
                    view,
                    context,
                )
                if enabled is True
                else None
            ),
        },
    ),
    "aws_kinesis_video_stream": whole("AWS::KinesisVideo::Stream", {"Name": "name", "KmsKeyId": "kms_key_id"}),
    "aws_timestreamwrite_table": whole(
        "AWS::Timestream::Table",
        {"TableName": "table_name", "DatabaseName": "database_name"},
        name="table_name",
        lacks=("Schema",),
    ),
    "aws_efs_file_system": whole(
        "AWS::EFS::FileSystem",
        {"Encrypted": "encrypted", "KmsKeyId": "kms_key_id", "PerformanceMode": "performance_mode"},
        name="id",
        lacks=("BackupPolicy", "FileSystemPolicy"),
    ),
    "aws_efs_backup_policy": part(
        Fold("file_system_id", ("aws_efs_file_system",), {"BackupPolicy": one("backup_policy", {"Status": "status"})})
    ),
    "aws_efs_file_system_policy": part(
        Fold("file_system_id", ("aws_efs_file_system",), {"FileSystemPolicy": document("policy")})
    ),
    "aws_fsx_lustre_file_system": whole(
        "AWS::FSx::FileSystem",
        {
            **_fsx("LUSTRE"),
            "LustreConfiguration": {
                "AutomaticBackupRetentionDays": "automatic_backup_retention_days",
                "DeploymentType": "deployment_type",
            },
        },
        name="id",
    ),
    "aws_fsx_windows_file_system": whole(
        "AWS::FSx::FileSystem",
        {
            **_fsx("WINDOWS"),
            "WindowsConfiguration": {"AutomaticBackupRetentionDays": "automatic_backup_retention_days"},
        },
        name="id",
    ),
    "aws_fsx_ontap_file_system": whole(
        "AWS::FSx::FileSystem",
        {**_fsx("ONTAP"), "OntapConfiguration": {"AutomaticBackupRetentionDays": "automatic_backup_retention_days"}},
        name="id",
    ),
    "aws_fsx_openzfs_file_system": whole(
        "AWS::FSx::FileSystem",
        {
            **_fsx("OPENZFS"),
            "OpenZFSConfiguration": {"AutomaticBackupRetentionDays": "automatic_backup_retention_days"},
        },
        name="id",
    ),
    "aws_ebs_volume": whole(
        "AWS::EC2::Volume",
        {
            "Encrypted": "encrypted",
            "KmsKeyId": "kms_key_id",
            "SnapshotId": "snapshot_id",
            "Size": "size",
            "VolumeType": "type",
        },
        name="id",
    ),
    "aws_backup_vault": whole(
        "AWS::Backup::BackupVault",
        {"BackupVaultName": "name", "EncryptionKeyArn": "kms_key_arn"},
        lacks=("AccessPolicy", "LockConfiguration"),
    ),
    "aws_backup_vault_policy": part(
        Fold("backup_vault_name", ("aws_backup_vault",), {"AccessPolicy": document("policy")})
    ),
    "aws_backup_vault_lock_configuration": part(
        Fold(
            "backup_vault_name",
            ("aws_backup_vault",),
            {
                "LockConfiguration": {
                    "ChangeableForDays": "changeable_for_days",
                    "MinRetentionDays": "min_retention_days",
                    "MaxRetentionDays": "max_retention_days",
                }
            },
        )
    ),
    "aws_backup_plan": whole(
        "AWS::Backup::BackupPlan",
        {"BackupPlan": {"BackupPlanName": "name", "BackupPlanRule": _backup_rule}},
        name="id",
    ),
    "aws_backup_selection": whole(
        "AWS::Backup::BackupSelection",
        {
            "BackupPlanId": Pointer("plan_id", "aws_backup_plan"),
            "BackupSelection": {
                "SelectionName": "name",
                "IamRoleArn": Pointer("iam_role_arn", *ROLE, attribute="Arn"),
                "Resources": "resources",
                "NotResources": "not_resources",
                "ListOfTags": _has_selection_tag,
                "Conditions": _conditions,
            },
        },
        name="id",
        arn=None,
    ),
    "aws_backup_restore_testing_plan": whole(
        "AWS::Backup::RestoreTestingPlan",
        {"RestoreTestingPlanName": "name", "ScheduleExpression": "schedule_expression"},
    ),
    "aws_dms_replication_instance": whole(
        "AWS::DMS::ReplicationInstance",
        {
            "ReplicationInstanceIdentifier": "replication_instance_id",
            # The provider sends false where nothing is written; CloudFormation's default is true.
            "PubliclyAccessible": left("publicly_accessible", default=False),
            "KmsKeyId": "kms_key_arn",
            "MultiAZ": "multi_az",
        },
        name="replication_instance_id",
        arn="replication_instance_arn",
    ),
    "aws_athena_workgroup": whole(
        "AWS::Athena::WorkGroup",
        {
            "Name": "name",
            "WorkGroupConfiguration": one(
                "configuration",
                {
                    "EnforceWorkGroupConfiguration": "enforce_workgroup_configuration",
                    "PublishCloudWatchMetricsEnabled": "publish_cloudwatch_metrics_enabled",
                    "ResultConfiguration": one(
                        "result_configuration",
                        {
                            "OutputLocation": "output_location",
                            "EncryptionConfiguration": one(
                                "encryption_configuration",
                                {"EncryptionOption": "encryption_option", "KmsKey": "kms_key_arn"},
                            ),
                        },
                    ),
                    "ManagedQueryResultsConfiguration": one(
                        "managed_query_results_configuration", {"Enabled": "enabled"}
                    ),
                },
            ),
        },
    ),
    "aws_glue_job": whole(
        "AWS::Glue::Job",
        {
            "Name": "name",
            "Role": "role_arn",
            "SecurityConfiguration": Pointer("security_configuration", "aws_glue_security_configuration"),
            "DefaultArguments": "default_arguments",
        },
    ),
    "aws_glue_security_configuration": whole(
        "AWS::Glue::SecurityConfiguration",
        {
            "Name": "name",
            "EncryptionConfiguration": one(
                "encryption_configuration",
                {
                    "CloudWatchEncryption": one(
                        "cloudwatch_encryption",
                        {"CloudWatchEncryptionMode": "cloudwatch_encryption_mode", "KmsKeyArn": "kms_key_arn"},
                    ),
                    "JobBookmarksEncryption": one(
                        "job_bookmarks_encryption",
                        {"JobBookmarksEncryptionMode": "job_bookmarks_encryption_mode", "KmsKeyArn": "kms_key_arn"},
                    ),
                    "S3Encryptions": each(
                        "s3_encryption", {"S3EncryptionMode": "s3_encryption_mode", "KmsKeyArn": "kms_key_arn"}
                    ),
                },
            ),
        },
        arn=None,
    ),
}
