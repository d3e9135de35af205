"""Instances and what scales them."""

from __future__ import annotations

import re

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    each,
    evaluate,
    first,
    joined,
    listed,
    one,
    unsure,
    when,
)
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown

_SHA1 = re.compile("[0-9a-f]{40}")
_SUBNET_DECIDES = "whether it gets a public address is decided by its subnet"


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


def _user_data(view: View, context: Context) -> object:
    """Up to provider 5 a plan and a state have the SHA-1 of it, in hexadecimal digits; from 6 on the text."""
    value = context.value(view, "user_data")
    if not isinstance(value, str) or not _SHA1.fullmatch(value):
        return value
    shown = context.shown(view, "user_data")
    if isinstance(shown, str | Text):
        return shown
    return Unknown("not-collected", f"of `user_data` of {view.instance.address} the plan has a digest", present=True)


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
    "UserData": first(_user_data, "user_data_base64"),
}


def _group_tags(view: View, context: Context) -> object:
    return first(each("tag", {"Key": "key", "Value": "value", "PropagateAtLaunch": "propagate_at_launch"}), "tags")(
        view, context
    )


def _profile(view: View, context: Context) -> object:
    return one("iam_instance_profile", {"Name": "name", "Arn": "arn"})(view, context)


TABLE: Table = {
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
            "UserData": first(_user_data, "user_data_base64"),
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
            # One that is switched off scales no group; templates have no such setting.
            "AutoScalingGroupName": when(
                lambda value: value is not False,
                "enabled",
                Pointer("autoscaling_group_name", "aws_autoscaling_group"),
            ),
            "PolicyType": "policy_type",
            "PredictiveScalingConfiguration": one("predictive_scaling_configuration", {"Mode": "mode"}),
        },
        name="arn",
        tags=False,
    ),
    "aws_appautoscaling_target": whole(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "SuspendedState": one(
                "suspended_state",
                {
                    "DynamicScalingInSuspended": "dynamic_scaling_in_suspended",
                    "DynamicScalingOutSuspended": "dynamic_scaling_out_suspended",
                    "ScheduledScalingSuspended": "scheduled_scaling_suspended",
                },
            ),
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
            "PredictiveScalingPolicyConfiguration": one("predictive_scaling_policy_configuration", {"Mode": "mode"}),
            "ResourceId": "resource_id",
            "ScalableDimension": "scalable_dimension",
            "ServiceNamespace": "service_namespace",
        },
        name="arn",
        lacks=("ScalingTargetId",),
        tags=False,
    ),
}
