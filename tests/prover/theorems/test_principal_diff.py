"""New access: whatever a change lets through is found, and what is said to be new is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.changes.new_access import Access, new_access
from scanner.iam.evaluator import decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.request import Request
from scanner.scanning import Options
from tests.case_names import case_name

ARN = "arn:aws:iam::111122223333:role/Worker"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
Statement = dict[str, Any]


def template(statements: list[Statement], **more: Any) -> dict[str, Any]:
    policy = {"PolicyName": "work", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    properties = {"RoleName": "Worker", "AssumeRolePolicyDocument": TRUST, "Policies": [policy] if statements else []}
    return {"Resources": {"Worker": {"Type": "AWS::IAM::Role", "Properties": properties}, **more}}


def compared(folder: Path, before: dict[str, Any], after: dict[str, Any]) -> list[Access]:
    for name, content in (("before", before), ("after", after)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "app.json").write_text(json.dumps(content), "utf-8")
    given = [Options(paths=[folder / name], account="111122223333", region="eu-west-1") for name in ("before", "after")]
    return new_access(*given)


def allow(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_the_same_policy_written_in_another_way_grants_nothing_new(tmp_path: Path) -> None:
    one = [allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*")]
    two = [allow("s3:PutObject", ["arn:aws:s3:::a/*"]), allow("s3:GetObject", "arn:aws:s3:::a/*")]
    assert compared(tmp_path, template(one), template(two)) == []


def test_less_is_not_new(tmp_path: Path) -> None:
    assert compared(tmp_path, template([allow("s3:*")]), template([allow("s3:Get*", "arn:aws:s3:::a/*")])) == []


def test_another_action_another_resource_and_a_lost_condition_are_new(tmp_path: Path) -> None:
    table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/TenantId}"}}
    before = [allow("dynamodb:Query", table, Condition=own)]
    (query,) = compared(tmp_path, template(before), template([allow("dynamodb:Query", table)]))
    assert query.actions == ("dynamodb:Query",)
    assert query.resource == table
    assert query.doubt is None
    assert query.by == ("work, Statement[0]",)
    (scan,) = compared(
        tmp_path, template(before), template([allow(["dynamodb:Query", "dynamodb:Scan"], table, Condition=own)])
    )
    assert scan.actions == ("dynamodb:Scan",)
    found = compared(
        tmp_path,
        template(before),
        template([allow("dynamodb:Query", [table, f"{table}-archive"], Condition=own)]),
    )
    assert [each.resource for each in found] == [f"{table}-archive"]


def test_a_deny_that_is_gone_is_new_access(tmp_path: Path) -> None:
    deny = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    (found,) = compared(tmp_path, template([allow("s3:*"), deny]), template([allow("s3:*")]))
    assert found.actions == ("s3:DeleteObject",)


def test_a_boundary_that_is_gone_is_new_access(tmp_path: Path) -> None:
    limit = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Version": "2012-10-17"}}}
    limit["Properties"]["PolicyDocument"]["Statement"] = [allow("s3:GetObject")]  # type: ignore[index]  # a mapping
    before = template([allow("s3:*")], Limit=limit)
    before["Resources"]["Worker"]["Properties"]["PermissionsBoundary"] = {"Ref": "Limit"}
    after = template([allow("s3:*")], Limit=limit)
    actions = {action for each in compared(tmp_path, before, after) for action in each.actions}
    assert "s3:PutObject" in actions
    assert "s3:GetObject" not in actions


def test_what_a_choice_grants_is_told_with_the_choice(tmp_path: Path) -> None:
    before = template([allow("s3:GetObject")])
    after = template([allow({"Fn::If": ["IsDev", "s3:*", "s3:GetObject"]})])
    after["Parameters"] = {"Env": {"Type": "String", "AllowedValues": ["dev", "prod"]}}
    after["Conditions"] = {"IsDev": {"Fn::Equals": [{"Ref": "Env"}, "dev"]}}
    found = compared(tmp_path, before, after)
    assert found
    assert all(each.when == {"IsDev": True} for each in found)


@pytest.mark.full
def test_what_cannot_be_read_is_never_nothing_new(tmp_path: Path) -> None:
    after = template([allow("s3:GetObject"), {"Fn::Transform": {"Name": "Statements"}}])
    found = compared(tmp_path, template([allow("s3:GetObject")]), after)
    assert found
    assert all(each.doubt for each in found)


def test_a_trust_that_opens_is_new_access(tmp_path: Path) -> None:
    after = template([])
    trust = json.loads(json.dumps(TRUST))
    trust["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}
    )
    after["Resources"]["Worker"]["Properties"]["AssumeRolePolicyDocument"] = trust
    (found,) = compared(tmp_path, template([]), after)
    assert found.principal == "arn:aws:iam::444455556666:root on app.json#Worker"
    assert found.actions == ("sts:AssumeRole",)


BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "a"}}


def bucket(*statements: Statement) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": document}}
    return {"Resources": {"B": BUCKET, **({"P": policy} if statements else {})}}


READ = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::a/*",
}
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::a/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    ("before", "after", "principals"),
    [
        (bucket(READ), bucket({**READ, "Sid": "Renamed"}), []),
        (bucket(), bucket(READ), ["arn:aws:iam::444455556666:role/Reader"]),
        (bucket(READ), bucket({**READ, "Principal": "*"}), ["everybody"]),
        (bucket({**READ, "Principal": "*"}), bucket(READ), []),
        (bucket(READ), bucket({**READ, "Action": "s3:Get*"}), ["arn:aws:iam::444455556666:role/Reader"]),
        (bucket({**READ, "Action": "s3:*"}), bucket(READ), []),
        (bucket(READ), bucket({**READ, "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::a"]}), [READ["Principal"]]),
        (bucket({**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}), bucket(READ), [READ["Principal"]]),
        (bucket(READ), bucket({**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}), []),
        (bucket(READ, TLS), bucket(READ), ["everybody"]),
        (bucket(READ), bucket(READ, TLS), []),
    ],
    ids=case_name,
)
def test_a_policy_of_a_resource_is_compared_statement_by_statement(
    before: dict[str, Any], after: dict[str, Any], principals: list[Any], tmp_path: Path
) -> None:
    found = compared(tmp_path, before, after)
    names = [each["AWS"] if isinstance(each, dict) else each for each in principals]
    assert [each.principal for each in found] == [f"{name} on app.json#B" for name in names]


# A statement on `*` is asked of every action that there is, which takes a second or two.
EXAMPLES = 60 if os.environ.get("TENANTPROOF_HOLES") else 15
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "dynamodb:GetItem", "*"]
RESOURCES = ["arn:aws:s3:::a/*", "arn:aws:s3:::a/x*", "arn:aws:s3:::*/x", "*", "arn:aws:dynamodb:*:*:table/t"]
ASKED = [
    (action, resource)
    for action, resources in {
        "s3:GetObject": ["arn:aws:s3:::a/x", "arn:aws:s3:::a/y", "arn:aws:s3:::b/x", "arn:aws:s3:::b/y"],
        "s3:PutObject": ["arn:aws:s3:::a/x", "arn:aws:s3:::b/y"],
        "s3:GetObjectTagging": ["arn:aws:s3:::a/xx"],
        "dynamodb:GetItem": ["arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
    }.items()
    for resource in resources
]
statements = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
            "Action": st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True),
            "Resource": st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True),
        },
        optional={"Condition": st.just({"Bool": {"aws:SecureTransport": "true"}})},
    ),
    max_size=3,
)


def allowed(written: list[Statement], action: str, resource: str, context: dict[str, object]) -> bool:
    policies = PolicySet(identity=(Policy.of("work", {"Version": "2012-10-17", "Statement": written}),))
    request = Request(
        principal_of(f"{ARN.replace(':iam:', ':sts:').replace('role/', 'assumed-role/')}/s"),
        action,
        resource,
        "111122223333",
        context,
    )
    return decide(request, policies).allowed is True


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=statements, after=statements)
@pytest.mark.full
def test_no_request_that_is_new_is_missed_and_none_that_is_told_was_allowed_before(
    before: list[Statement], after: list[Statement], tmp_path: Path
) -> None:
    found = compared(tmp_path, template(before), template(after))
    told = {action for each in found for action in each.actions}
    for action, resource in ASKED:
        contexts: list[dict[str, object]] = [{"aws:SecureTransport": each} for each in ("true", "false")]
        for context in contexts:
            if allowed(after, action, resource, context) and not allowed(before, action, resource, context):
                assert action in told, (action, resource, context)
    for each in found:
        if each.doubt is None:
            assert allowed(after, each.actions[0], each.resource, each.context)
            assert not allowed(before, each.actions[0], each.resource, each.context)
