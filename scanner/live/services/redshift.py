"""Amazon Redshift: clusters, their parameters and subnets."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_MARKER = Paging("Marker", "Marker")

REDSHIFT = Service(
    "redshift",
    (
        Collector(
            Call("describe_clusters", items="Clusters[]", paging=_MARKER),
            Part(
                "AWS::Redshift::Cluster",
                id="item.ClusterIdentifier",
                arn="arn:{partition}:redshift:{region}:{account}:cluster:{id}",
                gone=("ClusterNotFound", "ClusterNotFoundFault"),
                details={"logging": Detail("describe_logging_status", {"ClusterIdentifier": "item.ClusterIdentifier"})},
                properties={
                    "ClusterIdentifier": "id",
                    "ClusterParameterGroupName": "item.ClusterParameterGroups[0].ParameterGroupName",
                    "LoggingProperties": "logging.LoggingEnabled && {BucketName: logging.BucketName, "
                    "S3KeyPrefix: logging.S3KeyPrefix, LogDestinationType: logging.LogDestinationType, "
                    "LogExports: logging.LogExports} || `null`",
                    "IamRoles": "item.IamRoles[].IamRoleArn",
                    "VpcSecurityGroupIds": "item.VpcSecurityGroups[].VpcSecurityGroupId",
                    "MultiAZ": "item.MultiAZ == 'Enabled'",
                    # What it was restored from decides nothing that the service does not tell itself.
                    "SnapshotIdentifier": "`null`",
                    **same(
                        "item",
                        "AllowVersionUpgrade",
                        "AutomatedSnapshotRetentionPeriod",
                        "AvailabilityZone",
                        "ClusterSubnetGroupName",
                        "ClusterVersion",
                        "DBName",
                        "Encrypted",
                        "EnhancedVpcRouting",
                        "KmsKeyId",
                        "ManualSnapshotRetentionPeriod",
                        "MasterUsername",
                        "NodeType",
                        "NumberOfNodes",
                        "PreferredMaintenanceWindow",
                        "PubliclyAccessible",
                        "Tags",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_cluster_parameter_groups", items="ParameterGroups[]", paging=_MARKER),
            Part(
                "AWS::Redshift::ClusterParameterGroup",
                id="item.ParameterGroupName",
                arn="arn:{partition}:redshift:{region}:{account}:parametergroup:{id}",
                gone=("ClusterParameterGroupNotFound",),
                details={
                    "set": Detail(
                        "describe_cluster_parameters",
                        {"ParameterGroupName": "item.ParameterGroupName"},
                        "Parameters[]",
                        _MARKER,
                    )
                },
                properties={
                    "ParameterGroupName": "id",
                    "ParameterGroupFamily": "item.ParameterGroupFamily",
                    "Parameters": "set[].{ParameterName: ParameterName, ParameterValue: ParameterValue}",
                    "Tags": "item.Tags",
                },
            ),
        ),
        Collector(
            Call("describe_cluster_subnet_groups", items="ClusterSubnetGroups[]", paging=_MARKER),
            Part(
                "AWS::Redshift::ClusterSubnetGroup",
                id="item.ClusterSubnetGroupName",
                arn="arn:{partition}:redshift:{region}:{account}:subnetgroup:{id}",
                properties={
                    "ClusterSubnetGroupName": "id",
                    "Description": "item.Description",
                    "SubnetIds": "item.Subnets[].SubnetIdentifier",
                },
            ),
        ),
    ),
)
