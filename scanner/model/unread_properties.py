"""Properties of live resources that no collector reads, and in which no secret can stand in plain text.

They are names, identifiers, ARNs, enumerations and times. Of the types here everything else is read, or is never told
by the service: a password of a database is not in an account for anybody to read. A test holds the table against
CloudFormation's schemas.
"""

from __future__ import annotations

from collections.abc import Mapping

_DATABASE = ("AssociatedRoles", "DBSystemId", "Domain", "DomainIAMRoleName", "EngineLifecycleSupport")

WITHOUT_SECRETS: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::Method": ("MethodResponses",),
    "AWS::ApiGateway::Stage": ("DocumentationVersion",),
    "AWS::AppSync::DataSource": (),
    "AWS::CloudFront::Distribution": (),
    "AWS::CodeBuild::Project": (
        "BuildBatchConfig",
        "Cache",
        "FileSystemLocations",
        "ResourceAccessRole",
        "SecondarySourceVersions",
        "SourceVersion",
        "Triggers",
    ),
    "AWS::DocDB::DBCluster": (
        "AvailabilityZones",
        "GlobalClusterIdentifier",
        "MasterUserPassword",
        "MasterUserSecretKmsKeyId",
        "MasterUsername",
        "NetworkType",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "RestoreToTime",
        "RestoreType",
        "StorageType",
    ),
    "AWS::ECS::TaskDefinition": ("InferenceAccelerators", "PlacementConstraints", "ProxyConfiguration"),
    "AWS::Events::Rule": ("Tags",),
    "AWS::ElastiCache::ReplicationGroup": (
        "Durability",
        "IpDiscovery",
        "NetworkType",
        "SnapshotWindow",
        "SnapshottingClusterId",
    ),
    "AWS::FSx::FileSystem": ("BackupId", "FileSystemTypeVersion", "NetworkType", "SecurityGroupIds"),
    "AWS::IAM::User": ("LoginProfile",),
    "AWS::Lambda::Function": ("CapacityProviderConfig", "Code", "CodeSigningConfigArn", "RuntimeManagementConfig"),
    "AWS::OpenSearchService::Domain": ("AutomatedSnapshotPauseOptions",),
    "AWS::RDS::DBCluster": (*_DATABASE, "ScalingConfiguration"),
    "AWS::RDS::DBInstance": (
        *_DATABASE,
        "AutomaticBackupReplicationRegion",
        "BackupTarget",
        "CharacterSetName",
        "CustomIAMInstanceProfile",
        "DBSecurityGroups",
        "DomainAuthSecretArn",
        "DomainDnsIps",
        "DomainFqdn",
        "DomainOu",
        "NcharCharacterSetName",
        "ProcessorFeatures",
        "ReplicaMode",
        "TdeCredentialArn",
        "Timezone",
    ),
    "AWS::Redshift::Cluster": (
        "AvailabilityZoneRelocationStatus",
        "ClusterSecurityGroups",
        "ClusterType",
        "DeferMaintenanceEndTime",
        "DeferMaintenanceStartTime",
        "DestinationRegion",
        "ElasticIp",
        "HsmClientCertificateIdentifier",
        "HsmConfigurationIdentifier",
        "MaintenanceTrackName",
        "MasterPasswordSecretKmsKeyId",
        "NamespaceResourcePolicy",
        "OwnerAccount",
        "ResourceAction",
        "RevisionTarget",
        "SnapshotClusterIdentifier",
        "SnapshotCopyGrantName",
    ),
    "AWS::SSM::Document": ("Attachments", "Requires", "UpdateMethod"),
    "AWS::SecretsManager::Secret": ("Type",),
    "AWS::StepFunctions::StateMachine": (),
}
