"""VPCs, subnets, routes, lists of access control, endpoints and addresses."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Make, Mapped, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    evaluate,
    first,
    left,
    listed,
)
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS, TABLES, VPC

_INSTANCE = ("aws_instance", "aws_spot_instance_request")


def _entry_protocol(view: View, context: Context) -> object:
    value = evaluate("protocol", view, context)
    numbers = {"all": -1, "-1": -1, "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
    return numbers.get(str(value).lower(), value) if isinstance(value, str | int) else value


def _entry(egress: object, action: str) -> dict[str, object]:
    return {
        "CidrBlock": "cidr_block",
        "Ipv6CidrBlock": "ipv6_cidr_block",
        "Egress": egress,
        "Protocol": _entry_protocol,
        "PortRange": {"From": "from_port", "To": "to_port"},
        "RuleAction": lambda view, context: (
            value.lower() if isinstance(value := evaluate(action, view, context), str) else value
        ),
        "RuleNumber": first("rule_number", "rule_no"),
    }


def _acl(*, more: tuple[Make, ...] = ()) -> Mapped:
    entries = (
        Make("AWS::EC2::NetworkAclEntry", _entry(const(value=False), "action"), name=None, arn=None, each="ingress"),
        Make("AWS::EC2::NetworkAclEntry", _entry(const(value=True), "action"), name=None, arn=None, each="egress"),
    )
    return whole("AWS::EC2::NetworkAcl", {"VpcId": Pointer("vpc_id", *VPC)}, *entries, *more, name="id")


def _self(view: View, context: Context) -> object:
    return context.own(view.instance)


_INLINE_ROUTE = Make(
    "AWS::EC2::Route",
    {
        "RouteTableId": _self,
        "DestinationCidrBlock": "cidr_block",
        "DestinationIpv6CidrBlock": "ipv6_cidr_block",
        "GatewayId": Pointer("gateway_id", "aws_internet_gateway"),
        "NatGatewayId": "nat_gateway_id",
    },
    name=None,
    arn=None,
    each="route",
)


def _flow_log(view: View, context: Context) -> object:
    return first(
        Pointer("vpc_id", *VPC),
        Pointer("subnet_id", *SUBNETS),
        Pointer("eni_id", "aws_network_interface"),
    )(view, context)


TABLE: Table = {
    "aws_vpc": whole("AWS::EC2::VPC", {"CidrBlock": "cidr_block"}, name="id", lacks=("VpcId",)),
    "aws_default_vpc": whole("AWS::EC2::VPC", {"CidrBlock": "cidr_block"}, name="id", lacks=("VpcId",)),
    "aws_subnet": whole(
        "AWS::EC2::Subnet",
        {"VpcId": Pointer("vpc_id", *VPC), "CidrBlock": "cidr_block", "MapPublicIpOnLaunch": "map_public_ip_on_launch"},
        name="id",
        lacks=("SubnetId",),
    ),
    "aws_default_subnet": whole(
        "AWS::EC2::Subnet",
        {"VpcId": Pointer("vpc_id", *VPC), "MapPublicIpOnLaunch": left("map_public_ip_on_launch", default=True)},
        name="id",
        lacks=("SubnetId",),
    ),
    "aws_network_acl": _acl(),
    "aws_default_network_acl": _acl(),
    "aws_network_acl_rule": whole(
        "AWS::EC2::NetworkAclEntry", _entry("egress", "rule_action"), name=None, arn=None, tags=False
    ),
    "aws_route_table": whole("AWS::EC2::RouteTable", {"VpcId": Pointer("vpc_id", *VPC)}, _INLINE_ROUTE, name="id"),
    "aws_default_route_table": whole("AWS::EC2::RouteTable", {"VpcId": "vpc_id"}, _INLINE_ROUTE, name="id"),
    "aws_route": whole(
        "AWS::EC2::Route",
        {
            "RouteTableId": Pointer("route_table_id", *TABLES),
            "DestinationCidrBlock": "destination_cidr_block",
            "DestinationIpv6CidrBlock": "destination_ipv6_cidr_block",
            "GatewayId": Pointer("gateway_id", "aws_internet_gateway"),
            "NatGatewayId": "nat_gateway_id",
        },
        name="id",
        tags=False,
    ),
    "aws_route_table_association": whole(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"RouteTableId": Pointer("route_table_id", *TABLES), "SubnetId": Pointer("subnet_id", *SUBNETS)},
        name="id",
        tags=False,
    ),
    "aws_internet_gateway": whole(
        "AWS::EC2::InternetGateway",
        {},
        Make(
            "AWS::EC2::VPCGatewayAttachment",
            {"VpcId": Pointer("vpc_id", *VPC), "InternetGatewayId": _self},
            name=None,
            arn=None,
            suffix=".vpc_id",
            when=lambda view, context: context.value(view, "vpc_id"),
        ),
        name="id",
    ),
    "aws_internet_gateway_attachment": whole(
        "AWS::EC2::VPCGatewayAttachment",
        {"VpcId": Pointer("vpc_id", *VPC), "InternetGatewayId": Pointer("internet_gateway_id", "aws_internet_gateway")},
        name=None,
        arn=None,
    ),
    "aws_vpn_gateway_attachment": whole(
        "AWS::EC2::VPCGatewayAttachment",
        {"VpcId": Pointer("vpc_id", *VPC), "VpnGatewayId": "vpn_gateway_id"},
        name=None,
        arn=None,
        lacks=("InternetGatewayId",),
    ),
    "aws_vpc_endpoint": whole(
        "AWS::EC2::VPCEndpoint",
        {
            "ServiceName": "service_name",
            "VpcEndpointType": "vpc_endpoint_type",
            "VpcId": Pointer("vpc_id", *VPC),
            "SubnetIds": Pointer("subnet_ids", *SUBNETS),
            "PolicyDocument": document("policy"),
            "PrivateDnsEnabled": "private_dns_enabled",
            "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
        },
        name="id",
    ),
    "aws_vpc_endpoint_policy": part(
        Fold("vpc_endpoint_id", ("aws_vpc_endpoint",), {"PolicyDocument": document("policy")})
    ),
    "aws_vpc_endpoint_subnet_association": part(
        Fold(
            "vpc_endpoint_id",
            ("aws_vpc_endpoint",),
            {"SubnetIds": listed(Pointer("subnet_id", *SUBNETS))},
            listed=("SubnetIds",),
        )
    ),
    "aws_vpc_endpoint_service": whole(
        "AWS::EC2::VPCEndpointService",
        {"AcceptanceRequired": "acceptance_required"},
        Make(
            "AWS::EC2::VPCEndpointServicePermissions",
            {"ServiceId": _self, "AllowedPrincipals": "allowed_principals"},
            name=None,
            arn=None,
            suffix=".allowed_principals",
            when=lambda view, context: context.value(view, "allowed_principals"),
        ),
        name="id",
    ),
    "aws_vpc_endpoint_service_allowed_principal": whole(
        "AWS::EC2::VPCEndpointServicePermissions",
        {
            "ServiceId": Pointer("vpc_endpoint_service_id", "aws_vpc_endpoint_service"),
            "AllowedPrincipals": listed("principal_arn"),
        },
        name=None,
        arn=None,
    ),
    "aws_vpc_peering_connection": whole(
        "AWS::EC2::VPCPeeringConnection",
        {"VpcId": Pointer("vpc_id", *VPC), "PeerVpcId": Pointer("peer_vpc_id", *VPC), "PeerOwnerId": "peer_owner_id"},
        name="id",
    ),
    "aws_ec2_transit_gateway": whole(
        "AWS::EC2::TransitGateway",
        {"Description": "description", "AutoAcceptSharedAttachments": "auto_accept_shared_attachments"},
        name="id",
    ),
    "aws_ec2_transit_gateway_vpc_attachment": whole(
        "AWS::EC2::TransitGatewayVpcAttachment",
        {
            "TransitGatewayId": Pointer("transit_gateway_id", "aws_ec2_transit_gateway"),
            "VpcId": Pointer("vpc_id", *VPC),
            "SubnetIds": Pointer("subnet_ids", *SUBNETS),
        },
        name="id",
    ),
    "aws_flow_log": whole(
        "AWS::EC2::FlowLog",
        {
            "ResourceId": _flow_log,
            "TrafficType": "traffic_type",
            "LogDestination": "log_destination",
            "LogGroupName": "log_group_name",
        },
        name="id",
    ),
    "aws_network_interface": whole(
        "AWS::EC2::NetworkInterface",
        {"SubnetId": Pointer("subnet_id", *SUBNETS), "GroupSet": Pointer("security_groups", *GROUPS)},
        name="id",
    ),
    "aws_eip": whole("AWS::EC2::EIP", {"InstanceId": Pointer("instance", *_INSTANCE)}, name="public_ip"),
    "aws_eip_association": whole(
        "AWS::EC2::EIPAssociation",
        {"InstanceId": Pointer("instance_id", *_INSTANCE), "AllocationId": "allocation_id"},
        name="id",
        tags=False,
    ),
}
