"""A tenant's session takes a further role with another tenant's tag: a role that tenancy.yaml declares no sessions of.

Only what it reaches without a tag was asked. "Passing session tags in AWS STS", "Chaining roles with session tags" (IAM
User Guide).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import (
    ACCOUNT,
    BROKER,
    ITEM_ENTRY,
    PATIENTS,
    TABLE,
    TAG,
    allow,
    deny,
    leading,
    role,
    said_of_roles,
    trust,
)

APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
BOTH = ["sts:AssumeRole", "sts:TagSession"]
OWN = {"StringEquals": {"aws:RequestTag/TenantId": TAG}}
QUEUES = {"kind": "tagged", "types": ["AWS::SQS::Queue"], "tag": "TenantId"}
OWN_QUEUE = allow("sqs:ReceiveMessage", "*", {"StringEquals": {"aws:ResourceTag/TenantId": TAG}})
TOOL = f"arn:aws:iam::{ACCOUNT}:role/ToolRole"
TAKES = allow(BOTH, TOOL)
DEPARTMENT = {"ForAllValues:StringEquals": {"aws:TagKeys": ["Department"]}, "Null": {"aws:TagKeys": "false"}}
TENANT_ONLY = {"ForAllValues:StringEquals": {"aws:TagKeys": ["TenantId"]}}
LOGS = allow("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{TAG}:*")
TRUSTED = {
    "role": "ToolRole",
    "because": "reviewed",
    "owner": "a@b.example",
    "approved_by": "c@b.example",
    "until": "2099-03-31",
}


def tool(
    principal: object = None, *, condition: object = None, actions: object = None, may: Any = OWN_QUEUE
) -> dict[str, Any]:
    letting = trust(principal or APP, actions=actions or BOTH, condition=condition)
    return {"ToolRole": role(may, RoleName="ToolRole", AssumeRolePolicyDocument=letting)}


def taken_with(condition: object) -> dict[str, Any]:
    return {"AssumeRolePolicyDocument": trust({"AWS": BROKER}, condition=condition)}


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], str]] = {
    "any tag": ([OWN_QUEUE], tool(), {}, "LEAK"),
    "its own tag only": ([OWN_QUEUE], tool(condition=OWN), {}, "ISOLATED"),
    "its own tag or none": (
        [OWN_QUEUE],
        tool(condition={"StringEqualsIfExists": OWN["StringEquals"]}),
        {},
        "ISOLATED",
    ),
    "no tag at all": ([OWN_QUEUE], tool(actions=["sts:AssumeRole"]), {}, "ISOLATED"),
    "another tag only": ([OWN_QUEUE], tool(condition=DEPARTMENT), {}, "ISOLATED"),
    "no tag but the tenant's": ([OWN_QUEUE], tool(condition=TENANT_ONLY), {}, "LEAK"),
    "an account, which has to let it": ([OWN_QUEUE], tool(ROOT), {}, "ISOLATED"),
    "an account, which lets it": ([OWN_QUEUE, TAKES], tool(ROOT), {}, "LEAK"),
    "an account, which binds the tag": ([OWN_QUEUE, {**TAKES, "Condition": OWN}], tool(ROOT), {}, "ISOLATED"),
    "by name, and only its own policy binds": ([OWN_QUEUE, {**TAKES, "Condition": OWN}], tool(), {}, "LEAK"),
    "tags denied": ([OWN_QUEUE, deny("sts:TagSession", Resource="*")], tool(), {}, "ISOLATED"),
    "a role that services take, too": ([OWN_QUEUE], tool({**APP, "Service": "lambda.amazonaws.com"}), {}, "LEAK"),
    "a role that reaches nothing owned": ([OWN_QUEUE], tool(may=LOGS), {}, "ISOLATED"),
    "its tag is transitive": (
        [OWN_QUEUE],
        tool(),
        taken_with({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["TenantId"]}}),
        "ISOLATED",
    ),
    "its tag is transitive, if any is": (
        [OWN_QUEUE],
        tool(),
        taken_with({"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["TenantId"]}}),
        "LEAK",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_role_that_sessions_may_take_with(name: str, tmp_path: Path) -> None:
    statements, further, properties, expected = CASES[name]
    resources = {"AppRole": role(*statements, RoleName="AppRole", **properties), **further}
    assert said_of_roles(tmp_path, resources, owned=[QUEUES])["AppRole"] == expected


def test_a_role_that_tenancy_trusts(tmp_path: Path) -> None:
    resources = {"AppRole": role(OWN_QUEUE, RoleName="AppRole"), **tool()}
    assert said_of_roles(tmp_path, resources, owned=[QUEUES], trusted=[TRUSTED])["AppRole"] == "ISOLATED"


def test_items_of_a_pooled_table(tmp_path: Path) -> None:
    own = allow("dynamodb:GetItem", TABLE, leading(f"TENANT#{TAG}"))
    resources = {"AppRole": role(own, RoleName="AppRole"), "Patients": PATIENTS, **tool(may=own)}
    assert said_of_roles(tmp_path, resources, owned=[ITEM_ENTRY])["AppRole"] == "LEAK"
