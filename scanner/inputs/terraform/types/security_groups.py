"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.mapping import Context, Fold, Function, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    each,
    evaluate,
    first,
    listed,
)
from scanner.inputs.terraform.types.targets import GROUPS, VPC
from scanner.model.unknown import Unknown

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


_LISTS = ("aws_ec2_managed_prefix_list",)
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
    "GroupName": const(None),
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

TABLE: Table = {
    "aws_security_group": whole("AWS::EC2::SecurityGroup", _GROUP, name="id"),
    # Its name and description are AWS's ("Default security groups for your VPCs"), and computed here.
    "aws_default_security_group": whole(
        "AWS::EC2::SecurityGroup",
        {**_GROUP, "GroupName": const("default"), "GroupDescription": const("default VPC security group")},
        name="id",
    ),
    "aws_security_group_rule": part(
        Make("AWS::EC2::SecurityGroupIngress", _OLDER_IN, name="id", arn=None, when=_is("ingress"), tags=False),
        Make("AWS::EC2::SecurityGroupEgress", _OLDER_OUT, name="id", arn=None, when=_is("egress"), tags=False),
    ),
    "aws_ec2_managed_prefix_list": whole(
        "AWS::EC2::PrefixList",
        {
            "PrefixListName": "name",
            "AddressFamily": "address_family",
            "MaxEntries": "max_entries",
            "Entries": each("entry", {"Cidr": "cidr", "Description": "description"}),
        },
        name="id",
    ),
    "aws_ec2_managed_prefix_list_entry": part(
        Fold(
            "prefix_list_id",
            ("aws_ec2_managed_prefix_list",),
            {"Entries": listed({"Cidr": "cidr", "Description": "description"})},
            listed=("Entries",),
        )
    ),
    "aws_vpc_security_group_ingress_rule": whole(
        "AWS::EC2::SecurityGroupIngress",
        {
            **_NEWER,
            "SourcePrefixListId": Pointer("prefix_list_id", *_LISTS, attribute="PrefixListId"),
            # CloudFormation alone may name the group so.
            "GroupName": const(None),
            "SourceSecurityGroupId": Pointer("referenced_security_group_id", *GROUPS, attribute="GroupId"),
        },
        name="id",
    ),
    "aws_vpc_security_group_egress_rule": whole(
        "AWS::EC2::SecurityGroupEgress",
        {
            **_NEWER,
            "DestinationPrefixListId": Pointer("prefix_list_id", *_LISTS, attribute="PrefixListId"),
            "DestinationSecurityGroupId": Pointer("referenced_security_group_id", *GROUPS, attribute="GroupId"),
        },
        name="id",
    ),
}
