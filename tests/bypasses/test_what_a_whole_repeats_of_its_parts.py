"""A bucket that exists repeats its versioning in a computed argument, and went on doing so where the plan destroys it.

The provider reads back what parts have set: policies of queues, topics, keys and secrets, inline and attached policies
of roles, rules of groups. As the state has them from before, PASS stayed where a good part goes away, and FAIL where a
bad one does, for every plan on what exists. Seen by applying and planning with Terraform 1.11.4 and provider 5.100.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner import Options, scan
from tests.inputs.terraform.plans import Refers, plan, resource, state, write

ARN = "arn:aws:sqs:eu-west-1:111122223333:orders"
SSE = [
    {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": "k"}]}]}
]
OPEN = {"cidr_blocks": ["0.0.0.0/0", "10.0.0.0/8"], "protocol": "tcp", "from_port": 22, "to_port": 22}
PARTS = {"ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": False}
SSH = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
OLDER = {"security_group_id": "sg-1", "type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22}


def policy(who: str, action: str = "sqs:SendMessage") -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allows(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def there(address: str, written: dict[str, Any], read_back: dict[str, Any]) -> dict[str, Any]:
    """What exists, with what the provider reads back and nobody wrote."""
    made = resource(address, written, actions=("no-op",))
    made["change"]["after"] |= read_back
    made["change"]["before"] = dict(made["change"]["after"])
    return made


def part(address: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    """A part that is made, changed, destroyed or as it was."""
    actions = ("create",) if before is None else ("delete",) if after is None else ("update",)
    made = resource(address, after or {}, actions=("no-op",) if before == after else actions)
    made["change"]["before"] = before
    if after is None:
        made["change"]["after"] = None
        made["_expressions"] = {}
    return made


def verdicts(folder: Path, content: dict[str, Any], *rules: str) -> set[str]:
    found = scan(write(folder, content), options=Options(select=list(rules))).report["findings"]
    return {each["verdict"] for each in found} - {"NOT_APPLICABLE"}


BUCKET = "aws_s3_bucket.b"
VERSIONED = {"bucket": "docs", "versioning_configuration": [{"status": "Enabled"}]}
ENCRYPTED = {"bucket": "docs", "rule": SSE[0]["rule"]}


@pytest.mark.parametrize(
    ("read_back", "kind", "before", "rule"),
    [
        ({"versioning": [{"enabled": True, "mfa_delete": False}]}, "versioning", VERSIONED, "s3-versioning"),
        (
            {"server_side_encryption_configuration": SSE},
            "server_side_encryption_configuration",
            ENCRYPTED,
            "s3-default-encryption-kms",
        ),
        (
            {"logging": [{"target_bucket": "logs", "target_prefix": ""}]},
            "logging",
            {"bucket": "docs", "target_bucket": "logs", "target_prefix": ""},
            "s3-access-logs",
        ),
    ],
)
def test_what_a_part_has_set_goes_away_with_it(
    tmp_path: Path, read_back: dict[str, Any], kind: str, before: dict[str, Any], rule: str
) -> None:
    bucket = there(BUCKET, {"bucket": "docs"}, {"id": "docs", **read_back})
    address = f"aws_s3_bucket_{kind}.p"
    assert verdicts(tmp_path, plan(bucket, part(address, before, before)), rule) == {"PASS"}
    assert verdicts(tmp_path, plan(bucket, part(address, before, None)), rule) == {"FAIL"}
    # Somebody else has set it, by hand or in another configuration.
    assert verdicts(tmp_path, plan(bucket), rule) == {"PASS"}


def test_an_acl_stays_when_its_resource_goes_away(tmp_path: Path) -> None:
    everybody = {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers", "id": ""}
    read_back = {"id": "docs", "grant": [{**everybody, "permissions": ["READ"]}]}
    off = dict.fromkeys(
        ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), False
    )
    bucket = there(BUCKET, {"bucket": "docs"}, read_back)
    block = there("aws_s3_bucket_public_access_block.b", {"bucket": "docs", **off}, {})
    acl = {"bucket": "docs", "acl": "public-read"}
    gone = part("aws_s3_bucket_acl.a", acl, None)
    assert "PASS" not in verdicts(tmp_path, plan(bucket, block, gone), "s3-no-public-read")
    # A canned one is what is written; `access_control_policy` is computed of it.
    closed = part("aws_s3_bucket_acl.a", acl, {"bucket": "docs", "acl": "private"})
    closed["change"]["after_unknown"] = {"access_control_policy": True}
    assert verdicts(tmp_path, plan(bucket, block, closed), "s3-no-public-read") == {"PASS"}


@pytest.mark.parametrize("kind", ["sqs", "sns", "kms", "secretsmanager"])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("*", "111122223333", "PASS"), ("*", None, ""), ("111122223333", "*", "FAIL"), ("*", "*", "FAIL")],
    ids=["closed", "destroyed", "opened", "as it was"],
)
def test_a_policy_is_the_parts(tmp_path: Path, kind: str, before: str, after: str | None, expected: str) -> None:
    whole, name, key, action = {
        "sqs": ("aws_sqs_queue", "aws_sqs_queue_policy", "queue_url", "sqs:SendMessage"),
        "sns": ("aws_sns_topic", "aws_sns_topic_policy", "arn", "sns:Publish"),
        "kms": ("aws_kms_key", "aws_kms_key_policy", "key_id", "kms:Decrypt"),
        "secretsmanager": (
            "aws_secretsmanager_secret",
            "aws_secretsmanager_secret_policy",
            "secret_arn",
            "secretsmanager:GetSecretValue",
        ),
    }[kind]
    holder = there(f"{whole}.w", {}, {"id": "ID", "arn": "ID", "policy": policy(before, action)})
    asked = [None if who is None else {key: "ID", "policy": policy(who, action)} for who in (before, after)]
    found = verdicts(
        tmp_path, plan(holder, part(f"{name}.p", *asked)), "resource-policy-not-public", "data-policy-not-public"
    )
    assert found <= {"PASS"} if not expected else expected in found and found <= {expected, "PASS"}


def test_what_is_written_beside_a_part_is_judged(tmp_path: Path) -> None:
    queue = there("aws_sqs_queue.w", {"policy": policy("*")}, {"id": "ID"})
    closed = part("aws_sqs_queue_policy.p", None, {"queue_url": "ID", "policy": policy("111122223333")})
    assert "FAIL" in verdicts(tmp_path, plan(queue, closed), "resource-policy-not-public", "data-policy-not-public")


def test_another_queues_policy_clears_none(tmp_path: Path) -> None:
    queue = there("aws_sqs_queue.w", {}, {"id": "ID", "policy": policy("*")})
    other = part("aws_sqs_queue_policy.p", {"queue_url": "OTHER", "policy": policy("*")}, None)
    assert "FAIL" in verdicts(tmp_path, plan(queue, other), "resource-policy-not-public", "data-policy-not-public")


@pytest.mark.parametrize(
    ("after", "name", "expected"),
    [(None, "i", set()), (allows("s3:GetObject"), "i", {"PASS"}), (None, "other", {"FAIL"})],
    ids=["destroyed", "narrowed", "another's"],
)
def test_an_inline_policy_is_the_parts(tmp_path: Path, after: str | None, name: str, expected: set[str]) -> None:
    role = there(
        "aws_iam_role.r", {"name": "app"}, {"id": "app", "inline_policy": [{"name": "i", "policy": allows("*")}]}
    )
    before = {"role": "app", "name": name, "policy": allows("*")}
    changed = part("aws_iam_role_policy.i", before, None if after is None else {**before, "policy": after})
    found = verdicts(tmp_path, plan(role, changed), "iam-no-admin-policy")
    assert found - {"PASS"} == expected - {"PASS"}


@pytest.mark.parametrize("attached", ["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/Other"])
def test_an_attached_policy_is_the_parts(tmp_path: Path, attached: str) -> None:
    role = there(
        "aws_iam_role.r",
        {"name": "app"},
        {"id": "app", "managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
    )
    gone = part("aws_iam_role_policy_attachment.a", {"role": "app", "policy_arn": attached}, None)
    found = verdicts(tmp_path, plan(role, gone), "iam-no-admin-policy")
    assert ("FAIL" in found) == attached.endswith("Other")


def test_an_empty_exclusive_list_leaves_nothing_attached(tmp_path: Path) -> None:
    arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    role = there("aws_iam_role.r", {"name": "app"}, {"id": "app", "managed_policy_arns": arns})
    name = "aws_iam_role_policy_attachments_exclusive.a"
    emptied = part(name, {"role_name": "app", "policy_arns": arns}, {"role_name": "app", "policy_arns": []})
    assert "FAIL" not in verdicts(tmp_path, plan(role, emptied), "iam-no-admin-policy")
    destroyed = part(name, {"role_name": "app", "policy_arns": arns}, None)
    assert "FAIL" in verdicts(tmp_path, plan(role, destroyed), "iam-no-admin-policy")


@pytest.mark.parametrize(
    ("kind", "before", "closed"),
    [
        ("aws_vpc_security_group_ingress_rule", {**SSH, "cidr_ipv4": "0.0.0.0/0"}, {"cidr_ipv4": "10.1.0.0/16"}),
        ("aws_security_group_rule", {**OLDER, "cidr_blocks": ["0.0.0.0/0"]}, {"cidr_blocks": ["10.1.0.0/16"]}),
    ],
)
def test_rules_of_a_group_are_its_parts(
    tmp_path: Path, kind: str, before: dict[str, Any], closed: dict[str, Any]
) -> None:
    """The provider tells all rules with the same ports as one, so that other peers stay."""
    group = there("aws_security_group.g", {"name": "g"}, {"id": "sg-1", "ingress": [{**OPEN, **PARTS}]})

    def found(after: dict[str, Any] | None, was: dict[str, Any] = before) -> set[str]:
        return verdicts(tmp_path, plan(group, part(f"{kind}.r", was, after)), "sg-no-open-ssh") - {"PASS"}

    assert found(before) == {"FAIL"}
    assert found({**before, **closed}) == set()
    assert found(None) == set()
    assert found(None, {**before, "from_port": 20}) == {"FAIL"}
    assert found(None, {**before, "security_group_id": "sg-2"}) == {"FAIL"}
    assert found(None, {**before, **closed}) == {"FAIL"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("i", None, {"UNKNOWN"}),
        ("i", "i", {"FAIL"}),
        ("other", None, {"FAIL"}),
        (None, "i", {"UNKNOWN"}),
    ],
    ids=["destroyed", "as it was", "another's", "made"],
)
def test_a_part_that_nobody_can_place_is_unknown_of_each(
    tmp_path: Path, before: str | None, after: str | None, expected: set[str]
) -> None:
    """Two accounts have roles of one name."""
    read_back: dict[str, Any] = {"id": "app", "inline_policy": [{"name": "i", "policy": allows("*")}]}
    roles = [there(f"aws_iam_role.{each}", {"name": "app"}, read_back) for each in ("a", "b")]
    policy_of = [
        None if name is None else {"role": "app", "name": name, "policy": allows("*")} for name in (before, after)
    ]
    if before is None and policy_of[1] is not None:
        policy_of[1]["policy"] = allows("s3:GetObject")
    found = verdicts(tmp_path, plan(*roles, part("aws_iam_role_policy.i", *policy_of)), "iam-no-admin-policy")
    assert found - {"PASS"} == expected


@pytest.mark.parametrize(("before", "after"), [("*", None), ("111122223333", "*"), ("*", "111122223333")])
def test_a_part_of_a_whole_that_nobody_knows_how_it_is_written(tmp_path: Path, before: str, after: str | None) -> None:
    queue = there("aws_sqs_queue.w", {}, {"id": "ID", "policy": policy(before)})
    asked = [None if who is None else {"queue_url": "ID", "policy": policy(who)} for who in (before, after)]
    content = plan(queue, part("aws_sqs_queue_policy.p", *asked))
    content["configuration"]["root_module"]["resources"] = [
        each for each in content["configuration"]["root_module"]["resources"] if each["type"] != "aws_sqs_queue"
    ]
    found = verdicts(tmp_path, content, "resource-policy-not-public", "data-policy-not-public")
    assert found - {"PASS"} == ({"FAIL", "UNKNOWN"} if after == "*" else {"UNKNOWN"})


@pytest.mark.parametrize("odd", [[], {}, ["a"], {"a": 1}, 5, None, True], ids=str)
def test_a_plan_that_is_hostile_there_takes_no_other_with_it(tmp_path: Path, odd: object) -> None:
    queue = there("aws_sqs_queue.w", {}, {"id": "ID", "policy": policy("*"), "name": odd, "arn": odd})
    gone = part("aws_sqs_queue_policy.p", {"queue_url": odd, "policy": odd}, None)
    rules = part("aws_security_group_rule.r", {**OLDER, "type": odd, "protocol": odd, "cidr_blocks": odd}, None)
    content = plan(queue, gone, rules)
    odd_type = {**content["resource_changes"][1], "type": odd}
    content["resource_changes"].append(odd_type)
    result = scan(
        write(tmp_path, content), options=Options(select=["resource-policy-not-public", "data-policy-not-public"])
    )
    assert not result.crashes, result.crashes
    assert {each["verdict"] for each in result.report["findings"]} & {"FAIL"}


def test_a_plan_that_the_scanner_fails_on_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.inputs.terraform import reader

    def fails(document: Any, instances: Any) -> None:
        if any(each.name == "bad" for each in instances):
            raise KeyError("of a test")

    monkeypatch.setattr(reader, "take_out", fails)
    for name in ("bad", "w"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, plan(resource(f"aws_sqs_queue.{name}", {"policy": policy("*")})))
    result = scan(tmp_path, options=Options(select=["resource-policy-not-public", "data-policy-not-public"]))
    assert result.exit_code == 3 and len(result.crashes) == 1
    found = [each["resource"]["logical_id"] for each in result.report["findings"] if each["verdict"] == "FAIL"]
    assert found == ["aws_sqs_queue.w.policy"]
    assert [each["path"].startswith("bad/") for each in result.report["errors"]] == [True]


def test_a_key_that_is_not_known_clears_nothing(tmp_path: Path) -> None:
    queue = there("aws_sqs_queue.w", {}, {"id": "ID", "policy": policy("*")})
    made = resource("aws_sqs_queue_policy.p", {"queue_url": Refers("var.which"), "policy": policy("111122223333")})
    assert "FAIL" in verdicts(tmp_path, plan(queue, made), "resource-policy-not-public", "data-policy-not-public")


@pytest.mark.parametrize("where", ["prior_state", "planned_values"])
def test_a_plan_that_only_refreshes_has_what_is_there_in_either_place(tmp_path: Path, where: str) -> None:
    """Terraform 1.11.4 leaves `planned_values` empty, and nothing at all was judged."""
    content = plan()
    del content["resource_changes"]
    kept: Sequence[dict[str, Any]] = [resource("aws_sqs_queue.w", {"name": "w", "policy": policy("*")})]
    content[where] = state(*kept) if where == "prior_state" else state(*kept)["values"]
    assert "FAIL" in verdicts(tmp_path, content, "resource-policy-not-public", "data-policy-not-public")


def test_the_default_group_of_a_vpc_is_told_by_what_aws_calls_it(tmp_path: Path) -> None:
    """Its name and description are computed when it is taken over; a rule of its own opened it, and it was PASS."""
    unknown = ("id", "arn", "name", "description", "ingress", "egress")
    own = resource("aws_default_security_group.g", {"vpc_id": "vpc-1"}, unknown=unknown)
    opened = resource(
        "aws_default_security_group.g", {"vpc_id": "vpc-1", "ingress": [{**OPEN, **PARTS}]}, unknown=unknown[:4]
    )
    assert verdicts(tmp_path, plan(opened), "default-sg-closed") == {"FAIL"}
    assert verdicts(tmp_path, plan(own), "default-sg-closed") <= {"PASS", "UNKNOWN"}
    taken = there("aws_default_security_group.g", {"vpc_id": "vpc-1"}, {"id": "sg-1", "ingress": [], "egress": []})
    assert verdicts(tmp_path, plan(taken), "default-sg-closed") == {"PASS"}
    rule = part("aws_vpc_security_group_ingress_rule.r", None, {**SSH, "cidr_ipv4": "10.1.0.0/16"})
    assert verdicts(tmp_path, plan(taken, rule), "default-sg-closed") == {"FAIL"}
