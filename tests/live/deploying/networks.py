"""Machines, disks, and the networks around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import (
    ACCOUNT,
    REGION,
    Clients,
    Deployer,
    Inexpressible,
    Made,
    Properties,
    pick,
    subnets_of,
    tag_list,
    vpc_of,
)


def _tagged(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tag_list(properties)}]} if "Tags" in properties else {}


def _there(clients: Clients, kind: str, given: str | None) -> str | None:
    """The id, where there is one such thing; examples also name what nobody has."""
    field = "GroupId" if kind == "SecurityGroup" else f"{kind}Id"
    found = [each[field] for each in getattr(clients("ec2"), f"describe_{_WORDS[kind]}")()[f"{kind}s"]]
    return given if given in found else None


_WORDS = {
    "NetworkAcl": "network_acls",
    "SecurityGroup": "security_groups",
    "Subnet": "subnets",
    "TransitGateway": "transit_gateways",
    "Vpc": "vpcs",
}


def _vpc(clients: Clients, given: str | None) -> str:
    return _there(clients, "Vpc", given) or vpc_of(clients)


def _subnet(clients: Clients, given: str | None) -> str:
    return _there(clients, "Subnet", given) or subnets_of(clients)[0]


def vpc(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("ec2").create_vpc(
        CidrBlock=properties.get("CidrBlock", "10.0.0.0/16"), **_tagged("vpc", properties)
    )["Vpc"]["VpcId"]
    return Made(made, made)


def subnet(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    ec2 = clients("ec2")
    inside = _there(clients, "Vpc", properties["VpcId"])
    block = properties.get("CidrBlock", "10.0.1.0/24")
    if inside is None:
        inside = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=inside, CidrBlock=block, **_tagged("subnet", properties))["Subnet"]["SubnetId"]
    if "MapPublicIpOnLaunch" in properties:
        ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": properties["MapPublicIpOnLaunch"]})
    return Made(made, made)


def _permission(rule: Mapping[str, Any], side: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    sent |= {key: int(rule[key]) for key in ("FromPort", "ToPort") if key in rule}
    for field, items, inner in (
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        (f"{side}PrefixListId", "PrefixListIds", "PrefixListId"),
        (f"{side}SecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if field in rule:
            sent[items] = [{inner: rule[field]}]
    return sent


def security_group(clients: Clients, name: str, properties: Properties) -> Made:
    ec2 = clients("ec2")
    inside = _vpc(clients, properties.get("VpcId"))
    if properties.get("GroupName") == "default":
        # Every network has this one already.
        properties.get("GroupDescription")
        own = [{"Name": "vpc-id", "Values": [inside]}, {"Name": "group-name", "Values": ["default"]}]
        group = ec2.describe_security_groups(Filters=own)["SecurityGroups"][0]
        made = group["GroupId"]
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=made, IpPermissions=group["IpPermissions"])
        if properties.get("SecurityGroupEgress") == []:
            ec2.revoke_security_group_egress(GroupId=made, IpPermissions=group["IpPermissionsEgress"])
    else:
        made = ec2.create_security_group(
            GroupName=properties.get("GroupName", name),
            Description=properties.get("GroupDescription", "d"),
            VpcId=inside,
            **_tagged("security-group", properties),
        )["GroupId"]
    for rule in properties.get("SecurityGroupIngress", []):
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[_permission(rule, "Source")])
    if properties.get("SecurityGroupEgress"):
        everything = ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"][0]["IpPermissionsEgress"]
        ec2.revoke_security_group_egress(GroupId=made, IpPermissions=everything)
        for rule in properties["SecurityGroupEgress"]:
            ec2.authorize_security_group_egress(GroupId=made, IpPermissions=[_permission(rule, "Destination")])
    return Made(made, made, attributes={"GroupId": made})


def ingress(clients: Clients, name: str, properties: Properties) -> Made:
    """In an account it is a rule of its group."""
    into = _there(clients, "SecurityGroup", properties.get("GroupId"))
    if into is None:
        into = security_group(clients, f"group-of-{name}", Properties({})).id
    given = pick(properties, *properties)
    source = given.get("SourceSecurityGroupId")
    if source is not None and _there(clients, "SecurityGroup", source) is None:
        given["SourceSecurityGroupId"] = security_group(clients, f"source-of-{name}", Properties({})).id
    clients("ec2").authorize_security_group_ingress(GroupId=into, IpPermissions=[_permission(given, "Source")])
    return Made(into, name, type="AWS::EC2::SecurityGroup")


def entry(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    ec2 = clients("ec2")
    acl = _there(clients, "NetworkAcl", properties["NetworkAclId"])
    if acl is None:
        acl = ec2.create_network_acl(VpcId=vpc_of(clients))["NetworkAcl"]["NetworkAclId"]
    outward = properties.get("Egress", False)
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        Egress=outward,
        Protocol=str(properties["Protocol"]),
        **pick(properties, "CidrBlock", "Ipv6CidrBlock", "PortRange", "RuleAction", "RuleNumber"),
    )
    return Made(f"{acl}|{properties['RuleNumber']}|{'egress' if outward else 'ingress'}")


def route_table(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("ec2").create_route_table(
        VpcId=_vpc(clients, properties["VpcId"]), **_tagged("route-table", properties)
    )
    return Made(made["RouteTable"]["RouteTableId"], made["RouteTable"]["RouteTableId"])


def route(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    ec2 = clients("ec2")
    table = properties["RouteTableId"]
    known = {each["RouteTableId"]: each["VpcId"] for each in ec2.describe_route_tables()["RouteTables"]}
    if table not in known:
        table = ec2.create_route_table(VpcId=vpc_of(clients))["RouteTable"]["RouteTableId"]
    sent = pick(properties, "DestinationCidrBlock", "DestinationIpv6CidrBlock")
    if "GatewayId" in properties:
        gateways = {each["InternetGatewayId"] for each in ec2.describe_internet_gateways()["InternetGateways"]}
        sent["GatewayId"] = properties["GatewayId"]
        if sent["GatewayId"] not in gateways:
            made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            inside = known.get(table) or vpc_of(clients)
            if not ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [inside]}])[
                "InternetGateways"
            ]:
                ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=inside)
            sent["GatewayId"] = made
    if "NatGatewayId" in properties:
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        properties["NatGatewayId"]
        made = ec2.create_nat_gateway(SubnetId=subnets_of(clients)[0], AllocationId=address)["NatGateway"]
        sent["NatGatewayId"] = made["NatGatewayId"]
    ec2.create_route(RouteTableId=table, **sent)
    return Made(f"{table}|{sent.get('DestinationCidrBlock') or sent['DestinationIpv6CidrBlock']}")


def association(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("ec2").associate_route_table(**pick(properties, "RouteTableId", "SubnetId"))["AssociationId"]
    return Made(made, made)


def attachment(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    ec2 = clients("ec2")
    inside = _there(clients, "Vpc", properties["VpcId"])
    if inside is None:
        inside = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    if "InternetGatewayId" in properties:
        properties["InternetGatewayId"]
        made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=inside)
    else:
        properties["VpnGatewayId"]
        made = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        ec2.attach_vpn_gateway(VpnGatewayId=made, VpcId=inside)
    return Made(f"{made}|{inside}")


def endpoint(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("ec2").create_vpc_endpoint(
        VpcId=_vpc(clients, properties.get("VpcId")),
        **({"PolicyDocument": json.dumps(properties["PolicyDocument"])} if "PolicyDocument" in properties else {}),
        **pick(properties, "ServiceName", "VpcEndpointType"),
    )["VpcEndpoint"]["VpcEndpointId"]
    return Made(made, made)


def endpoint_service(clients: Clients, name: str, properties: Properties) -> Made:
    arns = properties.get("NetworkLoadBalancerArns", [])
    elb = clients("elbv2")
    known = {each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"]}
    if not known.issuperset(arns) or not arns:
        made = elb.create_load_balancer(Name=f"lb-{name}", Type="network", Subnets=subnets_of(clients))
        arns = [made["LoadBalancers"][0]["LoadBalancerArn"]]
    created = clients("ec2").create_vpc_endpoint_service_configuration(
        NetworkLoadBalancerArns=arns, AcceptanceRequired=properties.get("AcceptanceRequired", True)
    )["ServiceConfiguration"]["ServiceId"]
    return Made(created, created)


def endpoint_permissions(clients: Clients, name: str, properties: Properties) -> Made:
    service: str = properties["ServiceId"]
    known = clients("ec2").describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    if service not in {each["ServiceId"] for each in known}:
        service = endpoint_service(clients, name, Properties({})).id
    clients("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service, AddAllowedPrincipals=properties["AllowedPrincipals"]
    )
    return Made(service)


def flow_log(clients: Clients, name: str, properties: Properties) -> Made:
    group = f"flows-{name}"
    clients("logs").create_log_group(logGroupName=group)
    made = clients("ec2").create_flow_logs(
        ResourceIds=[properties["ResourceId"]],
        LogGroupName=group,
        DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flows",
        **pick(properties, "ResourceType", "TrafficType"),
    )["FlowLogIds"][0]
    return Made(made, made)


def peering(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    ec2 = clients("ec2")
    ends = {}
    for place, field in enumerate(("VpcId", "PeerVpcId")):
        ends[field] = _there(clients, "Vpc", properties[field])
        if ends[field] is None:
            ends[field] = ec2.create_vpc(CidrBlock=f"10.{place + 8}.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(**ends)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    return Made(made, made)


def transit_gateway(clients: Clients, name: str, properties: Properties) -> Made:
    made = clients("ec2").create_transit_gateway(
        Description=name,
        Options=pick(properties, "AutoAcceptSharedAttachments"),
        **_tagged("transit-gateway", properties),
    )
    return Made(made["TransitGateway"]["TransitGatewayId"], made["TransitGateway"]["TransitGatewayId"])


def transit_attachment(clients: Clients, name: str, properties: Properties) -> Made:
    if "Tags" in properties:
        raise Inexpressible("moto forgets the tags of attachments")
    gateway = _there(clients, "TransitGateway", properties["TransitGatewayId"])
    if gateway is None:
        gateway = transit_gateway(clients, name, Properties({})).id
    inside = _vpc(clients, properties["VpcId"])
    made = clients("ec2").create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway,
        VpcId=inside,
        SubnetIds=[_subnet(clients, each) for each in properties["SubnetIds"]],
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    return Made(made, made, type="AWS::EC2::TransitGatewayVpcAttachment")


_MACHINE = (
    "EbsOptimized",
    "EnclaveOptions",
    "HibernationOptions",
    "InstanceType",
    "KeyName",
    "MetadataOptions",
)


def _interface(clients: Clients) -> str:
    made: str = clients("ec2").create_network_interface(SubnetId=subnets_of(clients)[0])["NetworkInterface"][
        "NetworkInterfaceId"
    ]
    return made


def instance(clients: Clients, name: str, properties: Properties) -> Made:
    ec2 = clients("ec2")
    if properties.get("EnclaveOptions", {}).get("Enabled"):
        raise Inexpressible("moto forgets that an instance hosts enclaves")
    sent: dict[str, Any] = pick(properties, *_MACHINE)
    groups = [
        _there(clients, "SecurityGroup", each) or security_group(clients, f"{each}-of-{name}", Properties({})).id
        for each in properties.get("SecurityGroupIds", [])
    ]
    interfaces = [
        {
            **pick(each, "AssociatePublicIpAddress", "DeleteOnTermination"),
            "DeviceIndex": int(each.get("DeviceIndex", 0)),
            **(
                {"NetworkInterfaceId": _interface(clients)}
                if "NetworkInterfaceId" in each
                else {"SubnetId": _subnet(clients, each.get("SubnetId"))}
            ),
            **({"Groups": each["GroupSet"]} if "GroupSet" in each else {}),
        }
        for each in properties.get("NetworkInterfaces", [])
    ]
    if interfaces:
        sent["NetworkInterfaces"] = interfaces
    else:
        sent["SubnetId"] = _subnet(clients, properties.get("SubnetId"))
        sent |= {"SecurityGroupIds": groups} if groups else {}
    if "Monitoring" in properties:
        sent["Monitoring"] = {"Enabled": properties["Monitoring"]}
    if "IamInstanceProfile" in properties:
        profile = properties["IamInstanceProfile"]
        clients("iam").create_instance_profile(InstanceProfileName=profile)
        sent["IamInstanceProfile"] = {"Name": profile}
    if "LaunchTemplate" in properties:
        template = properties["LaunchTemplate"]
        known = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])
        if {"IamInstanceProfile", "MetadataOptions"} & known["LaunchTemplateVersions"][0]["LaunchTemplateData"].keys():
            raise Inexpressible("moto forgets what a template says of metadata and profiles")
        sent["LaunchTemplate"] = {"LaunchTemplateId": template["LaunchTemplateId"], "Version": str(template["Version"])}
    if "BlockDeviceMappings" in properties:
        sent["BlockDeviceMappings"] = [
            {**each, "Ebs": {"VolumeSize": 8, **each["Ebs"]}} if "Ebs" in each else each
            for each in properties["BlockDeviceMappings"]
        ]
    properties.get("ImageId")
    made = ec2.run_instances(MinCount=1, MaxCount=1, ImageId="ami-12c6146b", **sent, **_tagged("instance", properties))
    identity = made["Instances"][0]["InstanceId"]
    return Made(identity, identity, f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{identity}")


def template(clients: Clients, name: str, properties: Properties) -> Made:
    made = clients("ec2").create_launch_template(
        LaunchTemplateName=properties.get("LaunchTemplateName", name),
        LaunchTemplateData=properties["LaunchTemplateData"],
    )["LaunchTemplate"]["LaunchTemplateId"]
    return Made(made, made, attributes={"LatestVersionNumber": "1", "DefaultVersionNumber": "1"})


def volume(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    properties["AvailabilityZone"]
    made = clients("ec2").create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=int(properties["Size"]),
        **pick(properties, "Encrypted", "KmsKeyId"),
        **_tagged("volume", properties),
    )["VolumeId"]
    return Made(made, made)


def elastic_address(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    ec2 = clients("ec2")
    made = ec2.allocate_address(Domain="vpc")
    if "InstanceId" in properties:
        ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=properties["InstanceId"])
    return Made(made["PublicIp"], made["PublicIp"])


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::EC2::EIP": elastic_address,
    "AWS::EC2::FlowLog": flow_log,
    "AWS::EC2::Instance": instance,
    "AWS::EC2::LaunchTemplate": template,
    "AWS::EC2::NetworkAclEntry": entry,
    "AWS::EC2::Route": route,
    "AWS::EC2::RouteTable": route_table,
    "AWS::EC2::SecurityGroup": security_group,
    "AWS::EC2::SecurityGroupIngress": ingress,
    "AWS::EC2::Subnet": subnet,
    "AWS::EC2::SubnetRouteTableAssociation": association,
    "AWS::EC2::TransitGateway": transit_gateway,
    "AWS::EC2::TransitGatewayAttachment": transit_attachment,
    "AWS::EC2::TransitGatewayVpcAttachment": transit_attachment,
    "AWS::EC2::VPC": vpc,
    "AWS::EC2::VPCEndpoint": endpoint,
    "AWS::EC2::VPCEndpointService": endpoint_service,
    "AWS::EC2::VPCEndpointServicePermissions": endpoint_permissions,
    "AWS::EC2::VPCGatewayAttachment": attachment,
    "AWS::EC2::VPCPeeringConnection": peering,
    "AWS::EC2::Volume": volume,
}
