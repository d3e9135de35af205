"""Amazon EC2 Auto Scaling: groups, their policies and launch configurations."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")

AUTOSCALING = Service(
    "autoscaling",
    (
        Collector(
            Call("describe_auto_scaling_groups", items="AutoScalingGroups[]", paging=_NEXT),
            Part(
                "AWS::AutoScaling::AutoScalingGroup",
                id="item.AutoScalingGroupName",
                arn="item.AutoScalingGroupARN",
                properties={
                    "LaunchTemplate": "item.LaunchTemplate.{LaunchTemplateId: LaunchTemplateId, Version: Version}",
                    "MaxSize": "to_string(item.MaxSize)",
                    "MinSize": "to_string(item.MinSize)",
                    "TrafficSources": "item.TrafficSources[].{Identifier: Identifier, Type: Type}",
                    "Tags": "item.Tags[].{Key: Key, Value: Value, PropagateAtLaunch: PropagateAtLaunch}",
                    "VPCZoneIdentifier": "item.VPCZoneIdentifier && split(item.VPCZoneIdentifier, ',') || `null`",
                    **same(
                        "item",
                        "AutoScalingGroupName",
                        "AvailabilityZones",
                        "HealthCheckGracePeriod",
                        "HealthCheckType",
                        "LaunchConfigurationName",
                        "LoadBalancerNames",
                        "TargetGroupARNs",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_policies", items="ScalingPolicies[]", paging=_NEXT),
            Part(
                "AWS::AutoScaling::ScalingPolicy",
                id="item.PolicyARN",
                arn="item.PolicyARN",
                properties={
                    # One that is switched off scales no group; templates have no such setting.
                    "AutoScalingGroupName": "choose(item.Enabled == `false`, `null`, item.AutoScalingGroupName)",
                    "Cooldown": "item.Cooldown && to_string(item.Cooldown) || `null`",
                    **same(
                        "item",
                        "AdjustmentType",
                        "EstimatedInstanceWarmup",
                        "MetricAggregationType",
                        "MinAdjustmentMagnitude",
                        "PolicyType",
                        "PredictiveScalingConfiguration",
                        "ScalingAdjustment",
                        "StepAdjustments",
                        "TargetTrackingConfiguration",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_launch_configurations", items="LaunchConfigurations[]", paging=_NEXT),
            Part(
                "AWS::AutoScaling::LaunchConfiguration",
                id="item.LaunchConfigurationName",
                arn="item.LaunchConfigurationARN",
                properties={
                    "InstanceMonitoring": "item.InstanceMonitoring.Enabled",
                    **same(
                        "item",
                        "AssociatePublicIpAddress",
                        "BlockDeviceMappings",
                        "EbsOptimized",
                        "IamInstanceProfile",
                        "ImageId",
                        "InstanceType",
                        "LaunchConfigurationName",
                        "MetadataOptions",
                        "SecurityGroups",
                    ),
                },
            ),
        ),
    ),
)


# Without a namespace the call is refused: what rules ask of is asked for.
def _targets(namespace: str) -> Collector:
    return Collector(
        Call("describe_scalable_targets", {"ServiceNamespace": f"'{namespace}'"}, "ScalableTargets[]", _NEXT),
        Part(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            id="join('|', [item.ResourceId, item.ScalableDimension, item.ServiceNamespace])",
            arn="item.ScalableTargetARN",
            properties=same(
                "item",
                "MaxCapacity",
                "MinCapacity",
                "ResourceId",
                "RoleARN",
                "ScalableDimension",
                "ServiceNamespace",
                "SuspendedState",
            ),
        ),
    )


def _policies(namespace: str) -> Collector:
    return Collector(
        Call("describe_scaling_policies", {"ServiceNamespace": f"'{namespace}'"}, "ScalingPolicies[]", _NEXT),
        Part(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            id="join('|', [item.ResourceId, item.ScalableDimension, item.PolicyName])",
            arn="item.PolicyARN",
            properties={
                # A policy of a target names it by the same three words.
                "ScalingTargetId": "join('|', [item.ResourceId, item.ScalableDimension, item.ServiceNamespace])",
                **same(
                    "item",
                    "PolicyName",
                    "PolicyType",
                    "PredictiveScalingPolicyConfiguration",
                    "ResourceId",
                    "ScalableDimension",
                    "ServiceNamespace",
                ),
            },
        ),
    )


APPLICATION_AUTOSCALING = Service(
    "application-autoscaling", (_targets("dynamodb"), _targets("ecs"), _policies("dynamodb"), _policies("ecs"))
)
