"""Elastic Load Balancing: application, network and gateway load balancers."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_MARKER = Paging("Marker", "NextMarker")

ELBV2 = Service(
    "elbv2",
    prefix="elasticloadbalancing",
    collectors=(
        Collector(
            Call("describe_load_balancers", items="LoadBalancers[]", paging=_MARKER),
            Part(
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                id="item.LoadBalancerName",
                arn="item.LoadBalancerArn",
                gone=("LoadBalancerNotFound", "LoadBalancerNotFoundException"),
                details={
                    "attributes": Detail(
                        "describe_load_balancer_attributes", {"LoadBalancerArn": "item.LoadBalancerArn"}
                    ),
                    "listeners": Detail(
                        "describe_listeners",
                        {"LoadBalancerArn": "item.LoadBalancerArn"},
                        "Listeners[]",
                        _MARKER,
                    ),
                    "tagged": Detail("describe_tags", {"ResourceArns": "[item.LoadBalancerArn]"}),
                },
                properties={
                    "Name": "id",
                    "SecurityGroups": "item.SecurityGroups",
                    "Subnets": "item.AvailabilityZones[].SubnetId",
                    "Tags": "tagged.TagDescriptions[0].Tags",
                    "LoadBalancerAttributes": "attributes.Attributes",
                    **same("item", "IpAddressType", "Scheme", "Type"),
                },
                children=(
                    Part(
                        "AWS::ElasticLoadBalancingV2::Listener",
                        each="listeners",
                        id="item.ListenerArn",
                        arn="item.ListenerArn",
                        gone=("ListenerNotFound", "ListenerNotFoundException"),
                        called="listener",
                        details={
                            "rules": Detail("describe_rules", {"ListenerArn": "item.ListenerArn"}, "Rules[]", _MARKER),
                            # The listener itself tells of its default certificate only.
                            "certificates": Detail(
                                "describe_listener_certificates",
                                {"ListenerArn": "item.ListenerArn"},
                                "Certificates[]",
                                _MARKER,
                                when="item.Protocol == 'HTTPS' || item.Protocol == 'TLS'",
                            ),
                        },
                        properties={
                            "Certificates": "certificates[].{CertificateArn: CertificateArn}",
                            "DefaultActions": "item.DefaultActions",
                            **same(
                                "item",
                                "AlpnPolicy",
                                "LoadBalancerArn",
                                "MutualAuthentication",
                                "Port",
                                "Protocol",
                                "SslPolicy",
                            ),
                        },
                        children=(
                            Part(
                                "AWS::ElasticLoadBalancingV2::ListenerRule",
                                each="rules[?!IsDefault]",
                                id="item.RuleArn",
                                arn="item.RuleArn",
                                properties={
                                    "ListenerArn": "listener.ListenerArn",
                                    **same("item", "Actions", "Conditions", "Priority"),
                                },
                            ),
                        ),
                    ),
                ),
            ),
        ),
        Collector(
            Call("describe_target_groups", items="TargetGroups[]", paging=_MARKER),
            Part(
                "AWS::ElasticLoadBalancingV2::TargetGroup",
                id="item.TargetGroupName",
                arn="item.TargetGroupArn",
                properties={
                    "Name": "id",
                    **same("item", "HealthCheckProtocol", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId"),
                },
            ),
        ),
    ),
)
