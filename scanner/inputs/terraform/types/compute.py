"""Functions, containers, instances and what scales them."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    each,
    evaluate,
    first,
    inside,
    joined,
    left,
    listed,
    one,
    unsure,
    words,
)
from scanner.inputs.terraform.types.data_stores import GROUPS, SUBNETS
from scanner.inputs.terraform.types.identity import ROLE
from scanner.model.unknown import Unknown

FUNCTION = ("aws_lambda_function",)
CALLABLE = (*FUNCTION, "aws_lambda_alias")
CLUSTER = ("aws_ecs_cluster",)
_SUBNET_DECIDES = "whether it gets a public address is decided by its subnet"
# The keys of a container's definition begin with a small letter in the JSON of the service ("ContainerDefinition").
_MAPS = frozenset({"dockerLabels", "options", "driverOpts", "labels"})


def _concurrency(view: View, context: Context) -> object:
    value = evaluate("reserved_concurrent_executions", view, context)
    return None if value == -1 else value


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


def _mappings(view: View, context: Context) -> object:
    """The disks of an instance; the root device has no name before it is there."""
    ebs = {
        "Encrypted": "encrypted",
        "DeleteOnTermination": "delete_on_termination",
        "KmsKeyId": "kms_key_id",
        "SnapshotId": "snapshot_id",
        "VolumeSize": "volume_size",
        "VolumeType": "volume_type",
    }
    return joined(
        each("root_block_device", {"DeviceName": first("device_name", const("/dev/xvda")), "Ebs": ebs}),
        each("ebs_block_device", {"DeviceName": "device_name", "Ebs": ebs}),
    )(view, context)


def _interfaces(view: View, context: Context) -> object:
    """The first interface, where it is said whether it gets a public address: that is how a template says it."""
    named = each("network_interface", {"NetworkInterfaceId": "network_interface_id", "DeviceIndex": "device_index"})(
        view, context
    )
    if isinstance(named, list):
        return named
    public = view.read("associate_public_ip_address")
    if isinstance(public, bool):
        return [
            {
                "DeviceIndex": "0",
                "AssociatePublicIpAddress": public,
                "SubnetId": evaluate(Pointer("subnet_id", *SUBNETS), view, context),
                "GroupSet": evaluate(Pointer("vpc_security_group_ids", *GROUPS), view, context),
            }
        ]
    if isinstance(public, Unknown):
        return [{"DeviceIndex": "0", "AssociatePublicIpAddress": public}]
    return None


_METADATA = {
    "HttpEndpoint": "http_endpoint",
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
}
_TEMPLATE_EBS = {
    "Encrypted": "encrypted",
    "DeleteOnTermination": "delete_on_termination",
    "KmsKeyId": "kms_key_id",
    "SnapshotId": "snapshot_id",
    "VolumeSize": "volume_size",
    "VolumeType": "volume_type",
}
_INSTANCE = {
    "ImageId": "ami",
    "InstanceType": "instance_type",
    "BlockDeviceMappings": _mappings,
    "EbsOptimized": "ebs_optimized",
    "EnclaveOptions": one("enclave_options", {"Enabled": "enabled"}),
    "IamInstanceProfile": Pointer("iam_instance_profile", "aws_iam_instance_profile"),
    "LaunchTemplate": one(
        "launch_template",
        {
            "LaunchTemplateId": Pointer("id", "aws_launch_template"),
            "LaunchTemplateName": "name",
            "Version": "version",
        },
    ),
    "MetadataOptions": one("metadata_options", _METADATA),
    "Monitoring": "monitoring",
    "NetworkInterfaces": _interfaces,
    "SecurityGroupIds": Pointer("vpc_security_group_ids", *GROUPS),
    "SecurityGroups": "security_groups",
    "SubnetId": Pointer("subnet_id", *SUBNETS),
    "UserData": first("user_data", "user_data_base64"),
}


def _group_tags(view: View, context: Context) -> object:
    return first(each("tag", {"Key": "key", "Value": "value", "PropagateAtLaunch": "propagate_at_launch"}), "tags")(
        view, context
    )


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


def _public_permission(view: View, context: Context) -> object:
    """A URL without authentication: the provider adds the statement that lets everybody call it."""
    value = context.value(view, "authorization_type")
    return value if isinstance(value, Unknown) else value == "NONE"


def _profile(view: View, context: Context) -> object:
    return one("iam_instance_profile", {"Name": "name", "Arn": "arn"})(view, context)


def _logging(view: View, context: Context) -> object:
    kinds = evaluate("enabled_cluster_log_types", view, context)
    if not isinstance(kinds, list):
        return kinds
    return {
        "ClusterLogging": {"EnabledTypes": [kind if isinstance(kind, Unknown) else {"Type": kind} for kind in kinds]}
    }


def _option_settings(view: View, context: Context) -> object:
    return each("setting", {"Namespace": "namespace", "OptionName": "name", "Value": "value"})(view, context)


TABLE: Table = {
    "aws_lambda_function": whole(
        "AWS::Lambda::Function",
        {
            "FunctionName": "function_name",
            "DeadLetterConfig": one("dead_letter_config", {"TargetArn": "target_arn"}),
            "Environment": one("environment", {"Variables": "variables"}),
            "KmsKeyArn": "kms_key_arn",
            "MemorySize": "memory_size",
            "ReservedConcurrentExecutions": _concurrency,
            "Role": Pointer("role", *ROLE, attribute="Arn"),
            "Runtime": "runtime",
            "TenancyConfig": one("tenancy_config", {"TenantIsolationMode": "tenant_isolation_mode"}),
            "DurableConfig": one(
                "durable_config",
                {"ExecutionTimeout": "execution_timeout", "RetentionPeriodInDays": "retention_period"},
            ),
            "Timeout": "timeout",
            "TracingConfig": one("tracing_config", {"Mode": "mode"}),
            "VpcConfig": one(
                "vpc_config",
                {
                    "SubnetIds": Pointer("subnet_ids", *SUBNETS),
                    "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
                },
            ),
        },
        name="function_name",
    ),
    "aws_lambda_alias": whole(
        "AWS::Lambda::Alias",
        {"Name": "name", "FunctionName": Pointer("function_name", *FUNCTION), "FunctionVersion": "function_version"},
        name="arn",
        tags=False,
    ),
    "aws_lambda_permission": part(
        Make(
            "AWS::Lambda::Permission",
            {
                "Action": "action",
                "EventSourceToken": "event_source_token",
                "FunctionName": Pointer("function_name", *FUNCTION),
                "FunctionUrlAuthType": "function_url_auth_type",
                "InvokedViaFunctionUrl": "invoked_via_function_url",
                "Principal": Pointer("principal", *ROLE, attribute="Arn"),
                "PrincipalOrgID": "principal_org_id",
                "SourceAccount": "source_account",
                "SourceArn": "source_arn",
            },
            name=None,
            arn=None,
        )
    ),
    "aws_lambda_function_url": whole(
        "AWS::Lambda::Url",
        {
            "AuthType": "authorization_type",
            "TargetFunctionArn": Pointer("function_name", *FUNCTION, attribute="Arn"),
            "Qualifier": "qualifier",
        },
        Make(
            "AWS::Lambda::Permission",
            {
                "Action": const("lambda:InvokeFunctionUrl"),
                "FunctionName": Pointer("function_name", *FUNCTION),
                "FunctionUrlAuthType": const("NONE"),
                "Principal": const("*"),
                "EventSourceToken": const(None),
                "InvokedViaFunctionUrl": const(None),
                "PrincipalOrgID": const(None),
                "SourceAccount": const(None),
                "SourceArn": const(None),
            },
            name=None,
            arn=None,
            suffix=".authorization_type",
            when=_public_permission,
        ),
        name="function_arn",
        tags=False,
    ),
    "aws_lambda_function_event_invoke_config": whole(
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": Pointer("function_name", *FUNCTION),
            "DestinationConfig": one(
                "destination_config",
                {
                    "OnFailure": one("on_failure", {"Destination": "destination"}),
                    "OnSuccess": one("on_success", {"Destination": "destination"}),
                },
            ),
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_lambda_event_source_mapping": whole(
        "AWS::Lambda::EventSourceMapping",
        {"FunctionName": Pointer("function_name", *FUNCTION), "EventSourceArn": "event_source_arn"},
        name="uuid",
    ),
    "aws_instance": whole("AWS::EC2::Instance", _INSTANCE, name="id"),
    "aws_spot_instance_request": whole("AWS::EC2::Instance", _INSTANCE, name="spot_instance_id"),
    "aws_launch_template": whole(
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateName": "name",
            "LaunchTemplateData": {
                "BlockDeviceMappings": each(
                    "block_device_mappings", {"DeviceName": "device_name", "Ebs": one("ebs", _TEMPLATE_EBS)}
                ),
                "EbsOptimized": "ebs_optimized",
                "EnclaveOptions": one("enclave_options", {"Enabled": "enabled"}),
                "IamInstanceProfile": _profile,
                "ImageId": "image_id",
                "InstanceType": "instance_type",
                "MetadataOptions": one("metadata_options", _METADATA),
                "Monitoring": one("monitoring", {"Enabled": "enabled"}),
                "NetworkInterfaces": each(
                    "network_interfaces",
                    {
                        "AssociatePublicIpAddress": "associate_public_ip_address",
                        "DeviceIndex": "device_index",
                        "Groups": Pointer("security_groups", *GROUPS),
                        "SubnetId": Pointer("subnet_id", *SUBNETS),
                    },
                ),
                "SecurityGroupIds": Pointer("vpc_security_group_ids", *GROUPS),
                "UserData": "user_data",
            },
        },
        name="id",
    ),
    "aws_launch_configuration": whole(
        "AWS::AutoScaling::LaunchConfiguration",
        {
            "LaunchConfigurationName": "name",
            "AssociatePublicIpAddress": unsure("associate_public_ip_address", _SUBNET_DECIDES),
            "BlockDeviceMappings": _mappings,
            "MetadataOptions": one("metadata_options", _METADATA),
            "InstanceType": "instance_type",
        },
        tags=False,
    ),
    "aws_autoscaling_group": whole(
        "AWS::AutoScaling::AutoScalingGroup",
        {
            "AutoScalingGroupName": "name",
            "HealthCheckType": "health_check_type",
            "LoadBalancerNames": "load_balancers",
            "MaxSize": "max_size",
            "MinSize": "min_size",
            "Tags": _group_tags,
            "TargetGroupARNs": "target_group_arns",
            "TrafficSources": each("traffic_source", {"Identifier": "identifier", "Type": "type"}),
            "VPCZoneIdentifier": Pointer("vpc_zone_identifier", *SUBNETS),
        },
    ),
    "aws_autoscaling_attachment": part(
        Fold(
            "autoscaling_group_name",
            ("aws_autoscaling_group",),
            {
                "TargetGroupARNs": listed(first("lb_target_group_arn", "alb_target_group_arn")),
                "LoadBalancerNames": listed("elb"),
            },
            listed=("TargetGroupARNs", "LoadBalancerNames"),
        )
    ),
    "aws_autoscaling_traffic_source_attachment": part(
        Fold(
            "autoscaling_group_name",
            ("aws_autoscaling_group",),
            {"TrafficSources": each("traffic_source", {"Identifier": "identifier", "Type": "type"})},
            listed=("TrafficSources",),
        )
    ),
    "aws_autoscaling_policy": whole(
        "AWS::AutoScaling::ScalingPolicy",
        {
            "AutoScalingGroupName": Pointer("autoscaling_group_name", "aws_autoscaling_group"),
            "PolicyType": "policy_type",
        },
        name="arn",
        tags=False,
    ),
    "aws_appautoscaling_target": whole(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ResourceId": "resource_id",
            "ScalableDimension": "scalable_dimension",
            "ServiceNamespace": "service_namespace",
            "MinCapacity": "min_capacity",
            "MaxCapacity": "max_capacity",
        },
        name="id",
        tags=False,
    ),
    "aws_appautoscaling_policy": whole(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "PolicyName": "name",
            "PolicyType": "policy_type",
            "ResourceId": "resource_id",
            "ScalableDimension": "scalable_dimension",
            "ServiceNamespace": "service_namespace",
        },
        name="arn",
        lacks=("ScalingTargetId",),
        tags=False,
    ),
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
    "aws_emr_cluster": whole(
        "AWS::EMR::Cluster",
        {
            "Name": "name",
            "Instances": inside(
                "ec2_attributes",
                {
                    "Ec2SubnetId": Pointer("subnet_id", *SUBNETS),
                    "Ec2SubnetIds": Pointer("subnet_ids", *SUBNETS),
                    "EmrManagedMasterSecurityGroup": "emr_managed_master_security_group",
                },
            ),
            "KerberosAttributes": one("kerberos_attributes", {"Realm": "realm"}),
            "SecurityConfiguration": "security_configuration",
        },
        name="id",
    ),
    "aws_elastic_beanstalk_environment": whole(
        "AWS::ElasticBeanstalk::Environment",
        {
            "EnvironmentName": "name",
            "ApplicationName": "application",
            "TemplateName": "template_name",
            "OptionSettings": _option_settings,
        },
    ),
    "aws_codebuild_project": whole(
        "AWS::CodeBuild::Project",
        {
            "Name": "name",
            "Artifacts": one("artifacts", {"Type": "type", "EncryptionDisabled": "encryption_disabled"}),
            "Environment": one(
                "environment",
                {
                    "EnvironmentVariables": each(
                        "environment_variable", {"Name": "name", "Value": "value", "Type": "type"}
                    ),
                    "PrivilegedMode": "privileged_mode",
                    "Image": "image",
                    "Type": "type",
                },
            ),
            "EncryptionKey": "encryption_key",
            "LogsConfig": one(
                "logs_config",
                {
                    "CloudWatchLogs": one(
                        "cloudwatch_logs", {"Status": left("status", "ENABLED"), "GroupName": "group_name"}
                    ),
                    "S3Logs": one("s3_logs", {"Status": left("status", "DISABLED"), "Location": "location"}),
                },
            ),
            "ServiceRole": Pointer("service_role", *ROLE, attribute="Arn"),
            "SecondarySources": each(
                "secondary_sources",
                {
                    "Type": "type",
                    "Location": "location",
                    "Auth": one("auth", {"Type": "type", "Resource": "resource"}),
                },
            ),
            "Source": one(
                "source",
                {"Type": "type", "Location": "location", "Auth": one("auth", {"Type": "type", "Resource": "resource"})},
            ),
        },
    ),
    "aws_sagemaker_endpoint_configuration": whole(
        "AWS::SageMaker::EndpointConfig",
        {
            "EndpointConfigName": "name",
            "KmsKeyId": "kms_key_arn",
            "ProductionVariants": each(
                "production_variants",
                {
                    "VariantName": "variant_name",
                    "InstanceType": "instance_type",
                    "ServerlessConfig": one("serverless_config", {"MaxConcurrency": "max_concurrency"}),
                },
            ),
        },
    ),
    "aws_sagemaker_notebook_instance": whole(
        "AWS::SageMaker::NotebookInstance",
        {
            "NotebookInstanceName": "name",
            "DirectInternetAccess": left("direct_internet_access", "Enabled"),
            "KmsKeyId": "kms_key_id",
            "RootAccess": "root_access",
            "SubnetId": Pointer("subnet_id", *SUBNETS),
        },
    ),
    "aws_sfn_state_machine": whole(
        "AWS::StepFunctions::StateMachine",
        {
            "StateMachineName": "name",
            "LoggingConfiguration": one(
                "logging_configuration",
                {
                    "Level": left("level", "OFF"),
                    "IncludeExecutionData": "include_execution_data",
                    "Destinations": listed({"CloudWatchLogsLogGroup": {"LogGroupArn": "log_destination"}}),
                },
            ),
            "RoleArn": Pointer("role_arn", *ROLE, attribute="Arn"),
            "StateMachineType": left("type", "STANDARD"),
            "TracingConfiguration": one("tracing_configuration", {"Enabled": "enabled"}),
        },
    ),
}
