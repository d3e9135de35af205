"""Elastic Load Balancing: classic load balancers."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NAME = {"LoadBalancerName": "item.LoadBalancerName"}

ELB = Service(
    "elb",
    prefix="elasticloadbalancing",
    collectors=(
        Collector(
            Call("describe_load_balancers", items="LoadBalancerDescriptions[]", paging=Paging("Marker", "NextMarker")),
            Part(
                "AWS::ElasticLoadBalancing::LoadBalancer",
                id="item.LoadBalancerName",
                arn="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}",
                gone=("LoadBalancerNotFound", "AccessPointNotFound"),
                details={
                    "attributes": Detail("describe_load_balancer_attributes", _NAME),
                    "policies": Detail("describe_load_balancer_policies", _NAME),
                },
                properties={
                    "LoadBalancerName": "id",
                    "Listeners": "item.ListenerDescriptions[].merge(Listener, {PolicyNames: PolicyNames})",
                    "Policies": "policies.PolicyDescriptions[].{PolicyName: PolicyName, PolicyType: PolicyTypeName, "
                    "Attributes: PolicyAttributeDescriptions[].{Name: AttributeName, Value: AttributeValue}}",
                    "CrossZone": "attributes.LoadBalancerAttributes.CrossZoneLoadBalancing.Enabled",
                    "AccessLoggingPolicy": "attributes.LoadBalancerAttributes.AccessLog",
                    "ConnectionDrainingPolicy": "attributes.LoadBalancerAttributes.ConnectionDraining",
                    **same("item", "AvailabilityZones", "Scheme", "SecurityGroups", "Subnets"),
                },
            ),
        ),
    ),
)
