"""The networks of Amazon EC2: subnets, routes, what is let in, and the ways in and out."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Shape, same

_NEXT = Paging("NextToken", "NextToken")


def _listed(  # noqa: PLR0913  # what a call and a part take
    operation: str,
    items: str,
    name: str,
    identity: str,
    properties: dict[str, Shape],
    *,
    children: tuple[Part, ...] = (),
    details: dict[str, Detail] | None = None,
    keep: str | None = None,
    paged: bool = True,
    kind: str = "",
    folded: tuple[str, ...] = (),
) -> Collector:
    """What one call tells all of. `kind` is the word of the ARN."""
    arn = f"arn:{{partition}}:ec2:{{region}}:{{account}}:{kind}/{{id}}" if kind else None
    part = Part(
        f"AWS::EC2::{name}",
        id=f"item.{identity}",
        arn=arn,
        keep=keep,
        details=details or {},
        children=children,
        properties=properties,
    )
    return Collector(Call(operation, items=f"{items}[]", paging=_NEXT if paged else None), part, folded=folded)


_ENTRY = Part(
    "AWS::EC2::NetworkAclEntry",
    # The last rule denies the rest, is always there and cannot be written in a template.
    each="item.Entries[?RuleNumber != `32767`]",
    id="join('|', [parent_id, to_string(item.RuleNumber), choose(item.Egress, 'egress', 'ingress')])",
    properties={
        "NetworkAclId": "parent_id",
        "Icmp": "item.IcmpTypeCode",
        **same("item", "CidrBlock", "Egress", "Ipv6CidrBlock", "PortRange", "Protocol", "RuleAction", "RuleNumber"),
    },
)

_ROUTE = Part(
    "AWS::EC2::Route",
    each="item.Routes[?GatewayId != 'local']",
    id="join('|', [parent_id, item.DestinationCidrBlock || item.DestinationIpv6CidrBlock || "
    "item.DestinationPrefixListId || ''])",
    properties={
        "RouteTableId": "parent_id",
        **same(
            "item",
            "CarrierGatewayId",
            "CoreNetworkArn",
            "DestinationCidrBlock",
            "DestinationIpv6CidrBlock",
            "DestinationPrefixListId",
            "GatewayId",
            "InstanceId",
            "LocalGatewayId",
            "NatGatewayId",
            "NetworkInterfaceId",
            "TransitGatewayId",
            "VpcPeeringConnectionId",
        ),
        "EgressOnlyInternetGatewayId": "item.EgressOnlyInternetGatewayId",
    },
)


def _attached(items: str, field: str) -> Part:
    """A gateway that hangs on a network."""
    return Part(
        "AWS::EC2::VPCGatewayAttachment",
        each=f"item.{items}[?State == 'available' || State == 'attached']",
        id="join('|', [parent_id, item.VpcId])",
        properties={"VpcId": "item.VpcId", "InternetGatewayId": "`null`", "VpnGatewayId": "`null`", field: "parent_id"},
    )


NETWORKS: tuple[Collector, ...] = (
    _listed(
        "describe_vpcs",
        "Vpcs",
        "VPC",
        "VpcId",
        same("item", "CidrBlock", "InstanceTenancy", "Tags"),
        kind="vpc",
    ),
    _listed(
        "describe_subnets",
        "Subnets",
        "Subnet",
        "SubnetId",
        same(
            "item",
            "AssignIpv6AddressOnCreation",
            "AvailabilityZone",
            "CidrBlock",
            "EnableDns64",
            "Ipv6Native",
            "MapPublicIpOnLaunch",
            "OutpostArn",
            "Tags",
            "VpcId",
        ),
        kind="subnet",
    ),
    _listed(
        "describe_security_groups",
        "SecurityGroups",
        "SecurityGroup",
        "GroupId",
        {
            "GroupDescription": "item.Description",
            "SecurityGroupIngress": "permitted(item.IpPermissions, 'Source')",
            "SecurityGroupEgress": "permitted(item.IpPermissionsEgress, 'Destination')",
            **same("item", "GroupName", "Tags", "VpcId"),
        },
        kind="security-group",
        # The rules of a group are told with it, wherever a template would have them.
        folded=("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"),
    ),
    _listed(
        "describe_network_acls",
        "NetworkAcls",
        "NetworkAcl",
        "NetworkAclId",
        same("item", "Tags", "VpcId"),
        children=(
            _ENTRY,
            Part(
                "AWS::EC2::SubnetNetworkAclAssociation",
                each="item.Associations",
                id="item.NetworkAclAssociationId",
                properties=same("item", "NetworkAclId", "SubnetId"),
            ),
        ),
        kind="network-acl",
    ),
    _listed(
        "describe_route_tables",
        "RouteTables",
        "RouteTable",
        "RouteTableId",
        same("item", "Tags", "VpcId"),
        children=(
            _ROUTE,
            Part(
                "AWS::EC2::SubnetRouteTableAssociation",
                each="item.Associations[?SubnetId]",
                id="item.RouteTableAssociationId",
                properties=same("item", "RouteTableId", "SubnetId"),
            ),
        ),
        kind="route-table",
    ),
    _listed(
        "describe_internet_gateways",
        "InternetGateways",
        "InternetGateway",
        "InternetGatewayId",
        same("item", "Tags"),
        children=(_attached("Attachments", "InternetGatewayId"),),
        kind="internet-gateway",
    ),
    _listed(
        "describe_vpn_gateways",
        "VpnGateways",
        "VPNGateway",
        "VpnGatewayId",
        same("item", "AmazonSideAsn", "Tags", "Type"),
        children=(_attached("VpcAttachments", "VpnGatewayId"),),
        keep="item.State != 'deleted'",
        paged=False,
        kind="vpn-gateway",
    ),
    _listed(
        "describe_nat_gateways",
        "NatGateways",
        "NatGateway",
        "NatGatewayId",
        {
            "AllocationId": "item.NatGatewayAddresses[0].AllocationId",
            **same("item", "ConnectivityType", "SubnetId", "Tags"),
        },
        keep="item.State != 'deleted' && item.State != 'failed'",
        kind="natgateway",
    ),
    _listed(
        "describe_vpc_endpoints",
        "VpcEndpoints",
        "VPCEndpoint",
        "VpcEndpointId",
        {
            "PolicyDocument": "document(item.PolicyDocument)",
            "SecurityGroupIds": "item.Groups[].GroupId",
            **same(
                "item",
                "IpAddressType",
                "PrivateDnsEnabled",
                "RouteTableIds",
                "ServiceName",
                "SubnetIds",
                "Tags",
                "VpcEndpointType",
                "VpcId",
            ),
        },
        keep="item.State != 'deleted' && item.State != 'Deleted'",
        kind="vpc-endpoint",
    ),
    _listed(
        "describe_vpc_endpoint_service_configurations",
        "ServiceConfigurations",
        "VPCEndpointService",
        "ServiceId",
        same("item", "AcceptanceRequired", "GatewayLoadBalancerArns", "NetworkLoadBalancerArns", "Tags"),
        details={
            "allowed": Detail(
                "describe_vpc_endpoint_service_permissions",
                {"ServiceId": "item.ServiceId"},
                "AllowedPrincipals[].Principal",
                _NEXT,
            )
        },
        children=(
            Part(
                "AWS::EC2::VPCEndpointServicePermissions",
                each="allowed && {Principals: allowed}",
                id="parent_id",
                properties={"ServiceId": "parent_id", "AllowedPrincipals": "item.Principals"},
            ),
        ),
        kind="vpc-endpoint-service",
    ),
    _listed(
        "describe_flow_logs",
        "FlowLogs",
        "FlowLog",
        "FlowLogId",
        {
            # Its kind is told by the name only.
            "ResourceType": "choose(starts(item.ResourceId, 'vpc-'), 'VPC', "
            "choose(starts(item.ResourceId, 'subnet-'), 'Subnet', "
            "choose(starts(item.ResourceId, 'tgw-attach-'), 'TransitGatewayAttachment', "
            "choose(starts(item.ResourceId, 'tgw-'), 'TransitGateway', 'NetworkInterface'))))",
            **same(
                "item",
                "DeliverLogsPermissionArn",
                "LogDestination",
                "LogDestinationType",
                "LogFormat",
                "LogGroupName",
                "MaxAggregationInterval",
                "ResourceId",
                "Tags",
                "TrafficType",
            ),
        },
        kind="vpc-flow-log",
    ),
    _listed(
        "describe_vpc_peering_connections",
        "VpcPeeringConnections",
        "VPCPeeringConnection",
        "VpcPeeringConnectionId",
        {
            "PeerOwnerId": "item.AccepterVpcInfo.OwnerId",
            "PeerRegion": "item.AccepterVpcInfo.Region",
            "PeerVpcId": "item.AccepterVpcInfo.VpcId",
            "Tags": "item.Tags",
            "VpcId": "item.RequesterVpcInfo.VpcId",
        },
        keep="item.Status.Code == 'active' || item.Status.Code == 'pending-acceptance'",
        kind="vpc-peering-connection",
    ),
    _listed(
        "describe_transit_gateways",
        "TransitGateways",
        "TransitGateway",
        "TransitGatewayId",
        {
            "Description": "item.Description",
            "Tags": "item.Tags",
            **same(
                "item.Options",
                "AmazonSideAsn",
                "AssociationDefaultRouteTableId",
                "AutoAcceptSharedAttachments",
                "DefaultRouteTableAssociation",
                "DefaultRouteTablePropagation",
                "DnsSupport",
                "MulticastSupport",
                "PropagationDefaultRouteTableId",
                "VpnEcmpSupport",
            ),
        },
        keep="item.State != 'deleted' && item.State != 'deleting'",
        kind="transit-gateway",
    ),
    _listed(
        "describe_transit_gateway_vpc_attachments",
        "TransitGatewayVpcAttachments",
        "TransitGatewayVpcAttachment",
        "TransitGatewayAttachmentId",
        same("item", "SubnetIds", "Tags", "TransitGatewayId", "VpcId"),
        keep="item.State != 'deleted' && item.State != 'rejected'",
        kind="transit-gateway-attachment",
        folded=("AWS::EC2::TransitGatewayAttachment",),
    ),
)
