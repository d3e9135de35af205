"""A pooled session that takes the own role of its own tenant gets nowhere that it is not meant to get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, role, said_of_roles, trust

APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
LAMBDA = {"Service": "lambda.amazonaws.com"}
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
BY_TAG = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}
TAKE = "sts:AssumeRole"


def of(tenant: str, who: Any, condition: Any = None) -> dict[str, Any]:
    """The own role of a tenant, by its tag and by its name."""
    return role(
        RoleName=f"t-{tenant}",
        Tags=[{"Key": "TenantId", "Value": tenant}],
        AssumeRolePolicyDocument=trust(who, actions=TAKE, condition=condition),
    )


def tagged(tenant: str, operator: str = "StringEquals") -> dict[str, Any]:
    return {operator: {"aws:PrincipalTag/TenantId": tenant}}


def by_way_of(who: Any, condition: Any = None) -> dict[str, Any]:
    return {
        "Between": role(
            RoleName="between",
            AssumeRolePolicyDocument=trust(who, LAMBDA, actions=TAKE, condition=condition),
        ),
        "Acme": of("acme", {"AWS": f"{ROLES}/between"}),
    }


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "its own by its tag": ([], {"Acme": of("acme", APP, tagged("acme"))}, "ISOLATED"),
    "each its own": (
        [],
        {"Acme": of("acme", APP, tagged("acme")), "Globex": of("globex", APP, tagged("globex"))},
        "ISOLATED",
    ),
    "everybody's": ([], {"Acme": of("acme", APP)}, "LEAK"),
    "the other's": ([], {"Acme": of("acme", APP, tagged("globex"))}, "LEAK"),
    "one of two is the other's": (
        [],
        {"Acme": of("acme", APP, tagged("acme")), "Globex": of("globex", APP, tagged("acme"))},
        "LEAK",
    ),
    "all that begin as it does": ([], {"Acme": of("acme", APP, tagged("acme*", "StringLike"))}, "LEAK"),
    "all but one other": ([], {"Acme": of("acme", APP, tagged("globex", "StringNotEquals"))}, "LEAK"),
    "by the tag of the role": ([allow(TAKE, "*", BY_TAG)], {"Acme": of("acme", ROOT)}, "ISOLATED"),
    "by any role": ([allow(TAKE, f"{ROLES}/t-*")], {"Acme": of("acme", ROOT)}, "LEAK"),
    "by the name of the role": ([allow(TAKE, f"{ROLES}/t-{TAG}")], {"Acme": of("acme", ROOT)}, "ISOLATED"),
    "by a name that goes on": ([allow(TAKE, f"{ROLES}/t-{TAG}*")], {"Acmeco": of("acmeco", ROOT)}, "LEAK"),
    "passed by its name": (
        [allow("iam:PassRole", f"{ROLES}/t-{TAG}"), allow(["lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
        {"Acme": of("acme", LAMBDA)},
        "ISOLATED",
    ),
    "passed by its tag": (
        [allow("iam:PassRole", "*", BY_TAG), allow(["lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
        {"Acme": of("acme", LAMBDA)},
        "ISOLATED",
    ),
    "any passed": (
        [allow("iam:PassRole", f"{ROLES}/*"), allow(["lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
        {"Acme": of("acme", LAMBDA)},
        "LEAK",
    ),
    "by way of a role that its sessions only take": ([], by_way_of(APP, tagged("acme")), "ISOLATED"),
    "by way of a role that everybody takes": ([], by_way_of(APP), "LEAK"),
    # What roles of that name in no file can do is not asked.
    "the trust opened of roles in no file": (
        [allow("iam:UpdateAssumeRolePolicy", f"{ROLES}/t-{TAG}")],
        {},
        "NOT_PROVEN",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_to_whom_a_step_leads(name: str, tmp_path: Path) -> None:
    statements, roles, expected = CASES[name]
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(*statements, RoleName="AppRole"), **roles},
        ("tenant-sessions-cannot-escalate",),
        sessions=[
            {"roles": ["AppRole"], "tenant_key": "aws:PrincipalTag/TenantId", "present": "always", "binders": ["*"]}
        ],
    )
    assert said["AppRole"] == expected
