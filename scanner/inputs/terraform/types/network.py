"""VPCs, security groups, routes, load balancers and certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.mapping import Context, Fold, Function, Make, Mapped, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    each,
    evaluate,
    first,
    inside,
    left,
    listed,
    one,
    words,
)
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS
from scanner.model.unknown import Unknown

VPC = ("aws_vpc", "aws_default_vpc")
BALANCER = ("aws_lb", "aws_alb")
LISTENER = ("aws_lb_listener", "aws_alb_listener")
TABLES = ("aws_route_table", "aws_default_route_table")
_INSTANCE = ("aws_instance", "aws_spot_instance_request")
_SOURCES = (
    ("cidr_blocks", "CidrIp", "CidrIp"),
    ("ipv6_cidr_blocks", "CidrIpv6", "CidrIpv6"),
    ("prefix_list_ids", "SourcePrefixListId", "DestinationPrefixListId"),
    ("security_groups", "SourceSecurityGroupId", "DestinationSecurityGroupId"),
)


def _protocol(value: object) -> object:
    """`all` is another word for -1; names in any case."""
    if not isinstance(value, str | int):
        return value
    word = str(value).lower()
    return "-1" if word in ("all", "-1") else word


def _rules(view: View, context: Context, *, ingress: bool) -> Iterator[dict[str, object]]:
    """One rule of Terraform's, which has lists of peers, as the rules of CloudFormation, which have one peer each."""
    protocol = _protocol(evaluate(first("protocol", "ip_protocol"), view, context))
    ports: dict[str, object] = {"IpProtocol": protocol}
    if protocol != "-1":
        # With all protocols the ports do not count, and Terraform writes 0 for them.
        ports["FromPort"], ports["ToPort"] = view.read("from_port"), view.read("to_port")
    ports = {key: value for key, value in ports.items() if value is not None and not isinstance(value, LeftOut)}
    for name, source, destination in _SOURCES:
        value = context.value(view, name)
        key = source if ingress else destination
        if isinstance(value, Unknown):
            yield {**ports, key: value}
        for item in value if isinstance(value, list) else ():
            yield {**ports, key: item}
    alone = context.pointer(view, "source_security_group_id", GROUPS, "GroupId")
    if alone is not None:
        yield {**ports, "SourceSecurityGroupId" if ingress else "DestinationSecurityGroupId": alone}
    if view.read("self") is True:
        # Inside a group it means the group, in a rule of its own the one that the rule belongs to.
        own = context.own(view.instance) if view.path else context.pointer(view, "security_group_id", GROUPS, "GroupId")
        yield {**ports, "SourceSecurityGroupId" if ingress else "DestinationSecurityGroupId": own}
    elif isinstance(maybe := view.read("self"), Unknown):
        yield {**ports, "SourceSecurityGroupId": maybe}


def _inline(block: str, *, ingress: bool) -> Function:
    def give(view: View, context: Context) -> object:
        found = view.blocks(block)
        if isinstance(found, Unknown):
            return found
        if not isinstance(found, list):
            # Terraform takes away the rule that lets everything out, where none is written.
            return None if ingress else []
        return [rule for item in found for rule in _rules(item, context, ingress=ingress)]

    return give


def _rule_property(name: str, *, ingress: bool) -> Function:
    def give(view: View, context: Context) -> object:
        kind = view.read("type")
        if isinstance(kind, Unknown):
            return kind
        found = list(_rules(view, context, ingress=ingress))
        values = [rule[name] for rule in found if name in rule]
        if not values:
            return None
        return _widest(values)

    return give


def _widest(values: list[object]) -> object:
    """What one rule with several peers lets in: the widest of the networks, for CloudFormation's rules have one."""
    if len(values) == 1:
        return values[0]
    known = [value for value in values if isinstance(value, str) and "/" in value]
    if known and len(known) == len(values):
        return min(
            known, key=lambda value: int(value.rpartition("/")[2]) if value.rpartition("/")[2].isdecimal() else 999
        )
    wide = [value for value in known if value.endswith("/0")]
    unknown = next((value for value in values if isinstance(value, Unknown)), None)
    return wide[0] if wide else unknown if unknown is not None else values[0]


def _is(kind: str) -> Function:
    def give(view: View, context: Context) -> object:  # noqa: ARG001  # a condition like the others
        value = view.read("type")
        return True if isinstance(value, Unknown) else value == kind

    return give


_NEWER = {
    "IpProtocol": lambda view, context: _protocol(evaluate("ip_protocol", view, context)),
    "FromPort": lambda view, context: (
        None if _protocol(view.read("ip_protocol")) == "-1" else evaluate("from_port", view, context)
    ),
    "ToPort": lambda view, context: (
        None if _protocol(view.read("ip_protocol")) == "-1" else evaluate("to_port", view, context)
    ),
    "GroupId": Pointer("security_group_id", *GROUPS, attribute="GroupId"),
    "CidrIp": "cidr_ipv4",
    "CidrIpv6": "cidr_ipv6",
}
_OLDER_IN = {
    **{
        name: _rule_property(name, ingress=True)
        for name in (
            "IpProtocol",
            "FromPort",
            "ToPort",
            "CidrIp",
            "CidrIpv6",
            "SourcePrefixListId",
            "SourceSecurityGroupId",
        )
    },
    "GroupId": Pointer("security_group_id", *GROUPS, attribute="GroupId"),
}
_OLDER_OUT = {
    **{
        name: _rule_property(name, ingress=False)
        for name in (
            "IpProtocol",
            "FromPort",
            "ToPort",
            "CidrIp",
            "CidrIpv6",
            "DestinationPrefixListId",
            "DestinationSecurityGroupId",
        )
    },
    "GroupId": Pointer("security_group_id", *GROUPS, attribute="GroupId"),
}
_GROUP = {
    "GroupName": "name",
    "GroupDescription": "description",
    "VpcId": Pointer("vpc_id", *VPC),
    "SecurityGroupIngress": _inline("ingress", ingress=True),
    "SecurityGroupEgress": _inline("egress", ingress=False),
}


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


_ATTRIBUTES = (
    ("access_logs.s3.enabled", "access_logs", "enabled", False),
    ("access_logs.s3.bucket", "access_logs", "bucket", None),
    ("access_logs.s3.prefix", "access_logs", "prefix", None),
    ("deletion_protection.enabled", "", "enable_deletion_protection", False),
    ("routing.http.drop_invalid_header_fields.enabled", "", "drop_invalid_header_fields", False),
    ("routing.http.desync_mitigation_mode", "", "desync_mitigation_mode", None),
    ("load_balancing.cross_zone.enabled", "", "enable_cross_zone_load_balancing", None),
    ("routing.http2.enabled", "", "enable_http2", None),
    ("waf.fail_open.enabled", "", "enable_waf_fail_open", None),
)


def _balancer(view: View, context: Context) -> object:
    """The attributes of a load balancer, which the provider has as arguments, as CloudFormation's list of texts."""
    found: list[object] = []
    for key, block, name, default in _ATTRIBUTES:
        if block:
            value = (
                Pointer(name, "aws_s3_bucket")(inner, context)
                if name == "bucket" and isinstance(inner := _block(view, block), View)
                else evaluate(f"{block}.{name}", view, context)
            )
        else:
            value = evaluate(name, view, context)
        if value is None:
            value = default
        if value is None:
            continue
        found.append({"Key": key, "Value": str(value).lower() if isinstance(value, bool) else value})
    return found or None


def _block(view: View, name: str) -> View | None:
    found = view.blocks(name)
    return found[0] if isinstance(found, list) and found else None


_ACTION = {
    "Type": "type",
    "TargetGroupArn": "target_group_arn",
    "RedirectConfig": one(
        "redirect",
        {"Protocol": "protocol", "Port": "port", "StatusCode": "status_code", "Host": "host", "Path": "path"},
    ),
    "AuthenticateOidcConfig": one(
        "authenticate_oidc", {"SessionTimeout": "session_timeout", "Issuer": "issuer", "ClientId": "client_id"}
    ),
    "AuthenticateCognitoConfig": one(
        "authenticate_cognito",
        {
            "SessionTimeout": "session_timeout",
            "UserPoolArn": "user_pool_arn",
            "UserPoolClientId": "user_pool_client_id",
        },
    ),
    "FixedResponseConfig": one("fixed_response", {"StatusCode": "status_code", "ContentType": "content_type"}),
    "ForwardConfig": one(
        "forward", {"TargetGroups": each("target_group", {"TargetGroupArn": "arn", "Weight": "weight"})}
    ),
}
_LISTENER = whole(
    "AWS::ElasticLoadBalancingV2::Listener",
    {
        "LoadBalancerArn": Pointer("load_balancer_arn", *BALANCER),
        "Protocol": "protocol",
        "Port": "port",
        "SslPolicy": "ssl_policy",
        "Certificates": listed({"CertificateArn": Pointer("certificate_arn", "aws_acm_certificate")}),
        "DefaultActions": each("default_action", _ACTION),
    },
    name="arn",
)
_LISTENER_RULE = whole(
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    {
        "ListenerArn": Pointer("listener_arn", *LISTENER),
        "Priority": "priority",
        "Actions": each("action", _ACTION),
    },
    name="arn",
)
_BALANCER = whole(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    {
        "Name": "name",
        "Type": "load_balancer_type",
        "Scheme": words("internal", {True: "internal", False: "internet-facing"}),
        "LoadBalancerAttributes": _balancer,
        "SecurityGroups": Pointer("security_groups", *GROUPS),
        "Subnets": Pointer("subnets", *SUBNETS),
    },
    name="arn",
)
_CLASSIC_ACCESS = inside(
    "access_logs",
    {
        "Enabled": left("enabled", default=True),
        "S3BucketName": Pointer("bucket", "aws_s3_bucket"),
        "S3BucketPrefix": "bucket_prefix",
        "EmitInterval": "interval",
    },
)
# Which listener has one is told by its port alone.
_CLASSIC_POLICY = Fold(
    "load_balancer",
    ("aws_elb",),
    {"Policies": const(Unknown("not-modelled", "what policies of classic load balancers say is not read"))},
)

TABLE: Table = {
    "aws_vpc": whole("AWS::EC2::VPC", {"CidrBlock": "cidr_block"}, name="id", lacks=("VpcId",)),
    "aws_default_vpc": whole("AWS::EC2::VPC", {"CidrBlock": "cidr_block"}, name="id", lacks=("VpcId",)),
    "aws_subnet": whole(
        "AWS::EC2::Subnet",
        {"VpcId": Pointer("vpc_id", *VPC), "CidrBlock": "cidr_block", "MapPublicIpOnLaunch": "map_public_ip_on_launch"},
        name="id",
    ),
    "aws_default_subnet": whole(
        "AWS::EC2::Subnet",
        {"VpcId": Pointer("vpc_id", *VPC), "MapPublicIpOnLaunch": left("map_public_ip_on_launch", default=True)},
        name="id",
    ),
    "aws_security_group": whole("AWS::EC2::SecurityGroup", _GROUP, name="id"),
    "aws_default_security_group": whole("AWS::EC2::SecurityGroup", _GROUP, name="id"),
    "aws_security_group_rule": part(
        Make("AWS::EC2::SecurityGroupIngress", _OLDER_IN, name="id", arn=None, when=_is("ingress"), tags=False),
        Make("AWS::EC2::SecurityGroupEgress", _OLDER_OUT, name="id", arn=None, when=_is("egress"), tags=False),
    ),
    "aws_vpc_security_group_ingress_rule": whole(
        "AWS::EC2::SecurityGroupIngress",
        {
            **_NEWER,
            "SourcePrefixListId": "prefix_list_id",
            "SourceSecurityGroupId": Pointer("referenced_security_group_id", *GROUPS, attribute="GroupId"),
        },
        name="id",
    ),
    "aws_vpc_security_group_egress_rule": whole(
        "AWS::EC2::SecurityGroupEgress",
        {
            **_NEWER,
            "DestinationPrefixListId": "prefix_list_id",
            "DestinationSecurityGroupId": Pointer("referenced_security_group_id", *GROUPS, attribute="GroupId"),
        },
        name="id",
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
    "aws_ec2_transit_gateway": whole("AWS::EC2::TransitGateway", {"Description": "description"}, name="id"),
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
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_listener_certificate": part(
        Fold(
            "listener_arn",
            LISTENER,
            {"Certificates": listed({"CertificateArn": Pointer("certificate_arn", "aws_acm_certificate")})},
            listed=("Certificates",),
        )
    ),
    "aws_lb_listener_rule": _LISTENER_RULE,
    "aws_alb_listener_rule": _LISTENER_RULE,
    "aws_elb": whole(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        {
            "LoadBalancerName": "name",
            "AccessLoggingPolicy": _CLASSIC_ACCESS,
            "CrossZone": left("cross_zone_load_balancing", default=True),
            "Listeners": each(
                "listener",
                {
                    "Protocol": "lb_protocol",
                    "LoadBalancerPort": "lb_port",
                    "InstanceProtocol": "instance_protocol",
                    "InstancePort": "instance_port",
                    "SSLCertificateId": Pointer("ssl_certificate_id", "aws_acm_certificate"),
                },
            ),
            "ConnectionDrainingPolicy": {"Enabled": "connection_draining"},
            "Scheme": words("internal", {True: "internal", False: "internet-facing"}),
            "SecurityGroups": Pointer("security_groups", *GROUPS),
        },
        name="name",
        lacks=("Policies",),
    ),
    "aws_lb_ssl_negotiation_policy": part(_CLASSIC_POLICY),
    "aws_load_balancer_policy": part(replace(_CLASSIC_POLICY, key="load_balancer_name")),
    "aws_acm_certificate": whole(
        "AWS::CertificateManager::Certificate",
        {"DomainName": "domain_name", "ValidationMethod": "validation_method"},
        name="arn",
    ),
}
