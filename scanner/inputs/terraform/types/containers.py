"""Clusters, services, tasks and images."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    each,
    evaluate,
    left,
    one,
    words,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS
from scanner.model.unknown import Unknown

CLUSTER = ("aws_ecs_cluster",)

# The keys of a container's definition begin with a small letter in the JSON of the service ("ContainerDefinition").
_MAPS = frozenset({"dockerLabels", "options", "driverOpts", "labels"})


def pascal(value: object) -> object:
    """Keys as CloudFormation has them; what is under a user's own names stays."""
    if isinstance(value, dict):
        return {
            key[:1].upper() + key[1:]: child if key in _MAPS else pascal(child)
            for key, child in value.items()
            if child is not None
        }
    return [pascal(child) for child in value] if isinstance(value, list) else value


def _containers(view: View, context: Context) -> object:
    value = document("container_definitions")(view, context)
    return value if isinstance(value, Unknown) else pascal(value)


def _network(assign: str) -> object:
    return one(
        "network_configuration",
        {
            "AwsvpcConfiguration": {
                "AssignPublicIp": words(assign, {True: "ENABLED", False: "DISABLED", None: "DISABLED"}),
                "Subnets": Pointer("subnets", *SUBNETS),
                "SecurityGroups": Pointer("security_groups", *GROUPS),
            }
        },
    )


def _logging(view: View, context: Context) -> object:
    kinds = evaluate("enabled_cluster_log_types", view, context)
    if not isinstance(kinds, list):
        return kinds
    return {
        "ClusterLogging": {"EnabledTypes": [kind if isinstance(kind, Unknown) else {"Type": kind} for kind in kinds]}
    }


TABLE: Table = {
    "aws_ecs_cluster": whole(
        "AWS::ECS::Cluster",
        {
            "ClusterName": "name",
            "ClusterSettings": each("setting", {"Name": "name", "Value": "value"}),
            "Configuration": one(
                "configuration",
                {
                    "ExecuteCommandConfiguration": one(
                        "execute_command_configuration",
                        {
                            "KmsKeyId": "kms_key_id",
                            "Logging": left("logging", "DEFAULT"),
                            "LogConfiguration": one(
                                "log_configuration",
                                {
                                    "CloudWatchLogGroupName": "cloud_watch_log_group_name",
                                    "CloudWatchEncryptionEnabled": "cloud_watch_encryption_enabled",
                                    "S3BucketName": "s3_bucket_name",
                                    "S3EncryptionEnabled": "s3_bucket_encryption_enabled",
                                },
                            ),
                        },
                    )
                },
            ),
        },
    ),
    "aws_ecs_service": whole(
        "AWS::ECS::Service",
        {
            "ServiceName": "name",
            "Cluster": Pointer("cluster", *CLUSTER),
            "EnableExecuteCommand": "enable_execute_command",
            "LaunchType": "launch_type",
            "NetworkConfiguration": _network("assign_public_ip"),
            "SchedulingStrategy": "scheduling_strategy",
            "TaskDefinition": Pointer("task_definition", "aws_ecs_task_definition"),
            "VolumeConfigurations": each(
                "volume_configuration",
                {
                    "Name": "name",
                    "ManagedEBSVolume": one("managed_ebs_volume", {"Encrypted": "encrypted", "KmsKeyId": "kms_key_id"}),
                },
            ),
            "LoadBalancers": each(
                "load_balancer", {"TargetGroupArn": "target_group_arn", "ContainerName": "container_name"}
            ),
        },
    ),
    "aws_ecs_task_definition": whole(
        "AWS::ECS::TaskDefinition",
        {
            "Family": "family",
            "ContainerDefinitions": _containers,
            "Cpu": "cpu",
            "Memory": "memory",
            "ExecutionRoleArn": Pointer("execution_role_arn", *ROLE, attribute="Arn"),
            "TaskRoleArn": Pointer("task_role_arn", *ROLE, attribute="Arn"),
            "NetworkMode": "network_mode",
            "IpcMode": "ipc_mode",
            "PidMode": "pid_mode",
            "RequiresCompatibilities": "requires_compatibilities",
            "RuntimePlatform": one(
                "runtime_platform",
                {"OperatingSystemFamily": "operating_system_family", "CpuArchitecture": "cpu_architecture"},
            ),
            "Volumes": each(
                "volume",
                {
                    "Name": "name",
                    "EFSVolumeConfiguration": one(
                        "efs_volume_configuration",
                        {"FilesystemId": "file_system_id", "TransitEncryption": "transit_encryption"},
                    ),
                },
            ),
        },
        name="arn",
    ),
    "aws_ecs_task_set": whole(
        "AWS::ECS::TaskSet",
        {
            "Cluster": Pointer("cluster", *CLUSTER),
            "Service": Pointer("service", "aws_ecs_service"),
            "NetworkConfiguration": _network("assign_public_ip"),
            "TaskDefinition": Pointer("task_definition", "aws_ecs_task_definition"),
        },
        name="task_set_id",
    ),
    "aws_ecs_capacity_provider": whole(
        "AWS::ECS::CapacityProvider",
        {
            "Name": "name",
            "AutoScalingGroupProvider": one(
                "auto_scaling_group_provider",
                {
                    "AutoScalingGroupArn": Pointer("auto_scaling_group_arn", "aws_autoscaling_group", attribute="Arn"),
                    "ManagedScaling": one("managed_scaling", {"Status": "status"}),
                },
            ),
        },
        lacks=("ClusterName",),
    ),
    "aws_ecr_repository": whole(
        "AWS::ECR::Repository",
        {
            "RepositoryName": "name",
            "ImageScanningConfiguration": one("image_scanning_configuration", {"ScanOnPush": "scan_on_push"}),
            "ImageTagMutability": "image_tag_mutability",
            "EncryptionConfiguration": one(
                "encryption_configuration", {"EncryptionType": "encryption_type", "KmsKey": "kms_key"}
            ),
        },
        lacks=("RepositoryPolicyText",),
    ),
    "aws_ecr_repository_policy": part(
        Fold("repository", ("aws_ecr_repository",), {"RepositoryPolicyText": document("policy")})
    ),
    "aws_ecr_registry_scanning_configuration": whole(
        "AWS::ECR::RegistryScanningConfiguration",
        {
            "ScanType": "scan_type",
            "Rules": each(
                "rule",
                {
                    "ScanFrequency": "scan_frequency",
                    "RepositoryFilters": each("repository_filter", {"Filter": "filter", "FilterType": "filter_type"}),
                },
            ),
        },
        name="id",
        arn=None,
    ),
    "aws_eks_cluster": whole(
        "AWS::EKS::Cluster",
        {
            "Name": "name",
            "EncryptionConfig": each(
                "encryption_config", {"Provider": one("provider", {"KeyArn": "key_arn"}), "Resources": "resources"}
            ),
            "Logging": _logging,
            "ResourcesVpcConfig": one(
                "vpc_config",
                {
                    "EndpointPublicAccess": left("endpoint_public_access", default=True),
                    "EndpointPrivateAccess": "endpoint_private_access",
                    "PublicAccessCidrs": "public_access_cidrs",
                    "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
                    "SubnetIds": Pointer("subnet_ids", *SUBNETS),
                },
            ),
            "RoleArn": Pointer("role_arn", *ROLE, attribute="Arn"),
            "Version": "version",
        },
    ),
    "aws_eks_pod_identity_association": whole(
        "AWS::EKS::PodIdentityAssociation",
        {
            "ClusterName": Pointer("cluster_name", "aws_eks_cluster"),
            "DisableSessionTags": "disable_session_tags",
            "Namespace": "namespace",
            "RoleArn": Pointer("role_arn", *ROLE, attribute="Arn"),
            "ServiceAccount": "service_account",
            "TargetRoleArn": Pointer("target_role_arn", *ROLE, attribute="Arn"),
            "Policy": "policy",
        },
        name="association_id",
        arn="association_arn",
    ),
}
