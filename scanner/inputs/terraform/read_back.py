"""What a resource that exists repeats of its parts: the provider reads it back into arguments that nobody wrote.

The queue of an `aws_sqs_queue_policy` has the policy in its own `policy` once the state was refreshed, a bucket its
versioning, a role its inline policies, a group its rules. In a plan these are of before, whatever the plan does with
the part: a part that is there speaks for itself, and what one that goes away has set goes away with it. What no part of
the plan accounts for was set by somebody else, and stays.

Seen by applying and planning with Terraform 1.11.4 and provider 5.100. Which arguments are read back stands in the
provider's documentation of each as "Optional" without a default, beside a note on the resource to use instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from scanner.base.record import record
from scanner.inputs.terraform.document import PlanDocument
from scanner.inputs.terraform.instances import Instance

Values = Mapping[str, object]
Rest = Callable[[list[object], Values, str], list[object]]
"""What is left of the items of an argument, without those that a part with these values accounts for."""


@record
class _Copy:
    """`key` names the whole, `arguments` are those of the whole that repeat the part; without `rest`, all of each.

    `stays` means that destroying the part changes nothing in AWS.
    """

    key: str
    wholes: tuple[str, ...]
    arguments: tuple[str, ...]
    rest: Rest | None = None
    stays: bool = False


def take_out(document: PlanDocument, instances: Iterable[Instance]) -> None:
    """Empties what repeats a part of the plan, in every resource that exists before it.

    Where a part that changes may be of several, or how the whole is written is not known, what it repeats is unknown.
    """
    changes = document.data.get("resource_changes")
    copies = [each for each in changes if _repeated(each)] if isinstance(changes, list) else []
    if not copies:
        return
    wholes: dict[tuple[str, str], list[Instance]] = {}
    for each in instances:
        if each.mode == "managed" and each.before:
            called = {said for name in _CALLED if isinstance(said := each.before.get(name), str) and said}
            for name in called:
                wholes.setdefault((each.type, name), []).append(each)
    for change in copies:
        body = _object(change.get("change"))
        before, after = _object(body.get("before")), _object(body.get("after"))
        for copy in _COPIES[str(change.get("type"))]:
            for values in (before, *(() if after == before else (after,))):
                if copy.stays and not after:
                    continue
                for several in _named(values.get(copy.key), copy.wholes, wholes):
                    for whole in several:
                        # Of two accounts' roles of one name it is not known whose the part is.
                        if len(several) == 1 and whole.config is not None:
                            _empty(whole, copy, values)
                        elif before != after:
                            _doubt(whole, copy, values)


def _repeated(change: object) -> bool:
    return (
        isinstance(change, dict)
        and str(change.get("type")) in _COPIES
        and change.get("mode") == "managed"
        and "deposed" not in change
    )


def _named(
    value: object, kinds: tuple[str, ...], wholes: Mapping[tuple[str, str], list[Instance]]
) -> Iterable[list[Instance]]:
    """For each name those that it may mean."""
    for name in value if isinstance(value, list) else (value,):
        yield [each for kind in kinds for each in wholes.get((kind, str(name)), ())]


def _empty(whole: Instance, copy: _Copy, values: Values) -> None:
    for name, left in _left(whole, copy, values):
        whole.after = {**whole.after, name: left}


def _doubt(whole: Instance, copy: _Copy, values: Values) -> None:
    for name, left in _left(whole, copy, values):
        if whole.after[name] == whole.before.get(name) != left and whole.unknown is not True:
            whole.unknown = {**whole.unknown, name: True}


def _left(whole: Instance, copy: _Copy, values: Values) -> Iterator[tuple[str, object]]:
    """Each argument that nobody wrote and that may repeat the part, with what stays of it without the part."""
    for name in copy.arguments:
        now = whole.after.get(name)
        if not now or _is_written(whole, name) or (copy.rest is None and now != whole.before.get(name)):
            continue
        if whole.unknown is True or whole.unknown.get(name):
            continue
        left: object = None
        if isinstance(now, list):
            left = [] if copy.rest is None else copy.rest(now, values, name)
        yield name, left


def _is_written(whole: Instance, name: str) -> bool:
    written = whole.config.arguments.get(name) if whole.config is not None else None
    return written is not None and written != {"constant_value": None}


def _other_than(inner: str | None, outer: str) -> Rest:
    """Without the items that have the part's `outer` under `inner`, or that are it."""

    def rest(items: list[object], values: Values, _: str) -> list[object]:
        gone = values.get(outer)
        if not gone:
            return items
        return [each for each in items if (each if inner is None else _object(each).get(inner)) != gone]

    return rest


def _listed_only(items: list[object], values: Values, _: str) -> list[object]:
    """The inline policies that are kept where all others are taken off."""
    names = values.get("policy_names")
    return [each for each in items if _object(each).get("name") in names] if isinstance(names, list) else items


def _other_routes(items: list[object], values: Values, _: str) -> list[object]:
    ends = (
        ("cidr_block", "destination_cidr_block"),
        ("ipv6_cidr_block", "destination_ipv6_cidr_block"),
        ("destination_prefix_list_id", "destination_prefix_list_id"),
    )
    return [
        each
        for each in items
        if not any(values.get(outer) and _object(each).get(inner) == values[outer] for inner, outer in ends)
    ]


def _other_entries(items: list[object], values: Values, name: str) -> list[object]:
    """Of a network ACL; a rule's number is taken once a direction."""
    if (name == "egress") != bool(values.get("egress")):
        return items
    return [each for each in items if _object(each).get("rule_no") != values.get("rule_number")]


def _other_rules(items: list[object], values: Values, name: str, *, direction: str | None = None) -> list[object]:
    """Of a security group; its rules are told with all peers that have the same protocol and ports."""
    if name != (direction or values.get("type")):
        return items
    protocol = values.get("ip_protocol", values.get("protocol"))
    found: list[object] = []
    for item in items:
        rule = dict(_object(item))
        if _protocol(rule.get("protocol")) != _protocol(protocol) or (
            _protocol(protocol) != "-1" and any(rule.get(port) != values.get(port) for port in ("from_port", "to_port"))
        ):
            found.append(item)
            continue
        for peers, singles in _PEERS.items():
            gone = [*_list(values.get(peers)), *(values.get(single) for single in singles)]
            # A group of another account is told as `ACCOUNT/GROUP`.
            rule[peers] = [
                each
                for each in _list(rule.get(peers))
                if each not in gone and (peers != _GROUPS or str(each).rpartition("/")[2] not in gone)
            ]
        if values.get("self") is True or values.get("referenced_security_group_id") == values.get("security_group_id"):
            rule["self"] = False
        if rule.get("self") or any(rule.get(peers) for peers in _PEERS):
            found.append(rule)
    return found


def _protocol(value: object) -> str:
    word = str(value).lower()
    return {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}.get(word, word)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


_CALLED = ("arn", "bucket", "domain_name", "id", "key_id", "name", "url")
_GROUPS = "security_groups"
_PEERS = {
    "cidr_blocks": ("cidr_ipv4",),
    "ipv6_cidr_blocks": ("cidr_ipv6",),
    "prefix_list_ids": ("prefix_list_id",),
    _GROUPS: ("source_security_group_id", "referenced_security_group_id"),
}
_BUCKET, _ROLE, _SECURITY_GROUP = ("aws_s3_bucket",), ("aws_iam_role",), ("aws_security_group",)
_TABLES, _ACLS = ("aws_route_table", "aws_default_route_table"), ("aws_network_acl", "aws_default_network_acl")
_ENDPOINT, _AUTO_SCALING = ("aws_vpc_endpoint",), ("aws_autoscaling_group",)
_SEARCH = ("aws_opensearch_domain", "aws_elasticsearch_domain")
_BOTH = ("ingress", "egress")


def _of_bucket(*arguments: str, stays: bool = False) -> tuple[_Copy, ...]:
    return (_Copy("bucket", _BUCKET, arguments, stays=stays),)


_COPIES: Mapping[str, tuple[_Copy, ...]] = {
    # "Destroying this resource leaves the ACL as it is" (aws_s3_bucket_acl).
    "aws_s3_bucket_acl": _of_bucket("acl", "grant", stays=True),
    "aws_s3_bucket_lifecycle_configuration": _of_bucket("lifecycle_rule"),
    "aws_s3_bucket_logging": _of_bucket("logging"),
    "aws_s3_bucket_object_lock_configuration": _of_bucket("object_lock_configuration"),
    "aws_s3_bucket_policy": _of_bucket("policy"),
    "aws_s3_bucket_replication_configuration": _of_bucket("replication_configuration"),
    "aws_s3_bucket_server_side_encryption_configuration": _of_bucket("server_side_encryption_configuration"),
    "aws_s3_bucket_versioning": _of_bucket("versioning"),
    "aws_s3_bucket_website_configuration": _of_bucket("website"),
    "aws_api_gateway_rest_api_policy": (_Copy("rest_api_id", ("aws_api_gateway_rest_api",), ("policy",)),),
    "aws_elasticsearch_domain_policy": (_Copy("domain_name", _SEARCH, ("access_policies",)),),
    "aws_kms_key_policy": (
        _Copy("key_id", ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key"), ("policy",)),
    ),
    "aws_opensearch_domain_policy": (_Copy("domain_name", _SEARCH, ("access_policies",)),),
    "aws_s3control_access_point_policy": (_Copy("access_point_arn", ("aws_s3_access_point",), ("policy",)),),
    "aws_secretsmanager_secret_policy": (_Copy("secret_arn", ("aws_secretsmanager_secret",), ("policy",)),),
    "aws_sns_topic_policy": (_Copy("arn", ("aws_sns_topic",), ("policy",)),),
    "aws_sqs_queue_policy": (_Copy("queue_url", ("aws_sqs_queue",), ("policy",)),),
    "aws_sqs_queue_redrive_policy": (_Copy("queue_url", ("aws_sqs_queue",), ("redrive_policy",)),),
    "aws_vpc_endpoint_policy": (_Copy("vpc_endpoint_id", _ENDPOINT, ("policy",)),),
    "aws_vpc_endpoint_route_table_association": (
        _Copy("vpc_endpoint_id", _ENDPOINT, ("route_table_ids",), _other_than(None, "route_table_id")),
    ),
    "aws_vpc_endpoint_security_group_association": (
        _Copy("vpc_endpoint_id", _ENDPOINT, ("security_group_ids",), _other_than(None, "security_group_id")),
    ),
    "aws_vpc_endpoint_subnet_association": (
        _Copy("vpc_endpoint_id", _ENDPOINT, ("subnet_ids",), _other_than(None, "subnet_id")),
    ),
    "aws_iam_policy_attachment": (_Copy("roles", _ROLE, ("managed_policy_arns",), _other_than(None, "policy_arn")),),
    "aws_iam_role_policy": (_Copy("role", _ROLE, ("inline_policy",), _other_than("name", "name")),),
    "aws_iam_role_policy_attachment": (
        _Copy("role", _ROLE, ("managed_policy_arns",), _other_than(None, "policy_arn")),
    ),
    # Without them nothing is taken off any longer, and nothing is put back.
    "aws_iam_role_policies_exclusive": (_Copy("role_name", _ROLE, ("inline_policy",), _listed_only, stays=True),),
    "aws_iam_role_policy_attachments_exclusive": (_Copy("role_name", _ROLE, ("managed_policy_arns",), stays=True),),
    "aws_security_group_rule": (_Copy("security_group_id", _SECURITY_GROUP, _BOTH, _other_rules),),
    "aws_vpc_security_group_egress_rule": (
        _Copy("security_group_id", _SECURITY_GROUP, _BOTH, partial(_other_rules, direction="egress")),
    ),
    "aws_vpc_security_group_ingress_rule": (
        _Copy("security_group_id", _SECURITY_GROUP, _BOTH, partial(_other_rules, direction="ingress")),
    ),
    "aws_ec2_managed_prefix_list_entry": (
        _Copy("prefix_list_id", ("aws_ec2_managed_prefix_list",), ("entry",), _other_than("cidr", "cidr")),
    ),
    "aws_route": (_Copy("route_table_id", _TABLES, ("route",), _other_routes),),
    "aws_network_acl_rule": (_Copy("network_acl_id", _ACLS, _BOTH, _other_entries),),
    "aws_network_acl_association": (_Copy("network_acl_id", _ACLS, ("subnet_ids",), _other_than(None, "subnet_id")),),
    "aws_volume_attachment": (
        _Copy("instance_id", ("aws_instance",), ("ebs_block_device",), _other_than("volume_id", "volume_id")),
    ),
    "aws_autoscaling_attachment": (
        _Copy(
            "autoscaling_group_name", _AUTO_SCALING, ("target_group_arns",), _other_than(None, "lb_target_group_arn")
        ),
        _Copy("autoscaling_group_name", _AUTO_SCALING, ("load_balancers",), _other_than(None, "elb")),
    ),
}

__all__ = ["take_out"]
