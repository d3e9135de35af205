"""Attributes that every user pool has, user names, other pools, other letters: a claim of the user's own choice passed.

"User pool attributes" and "Using attributes for access control" (Amazon Cognito Developer Guide): standard attributes
are in no schema and an app may write them by default; whoever signs up picks the user name; a mapping is one of an
identity pool and one provider, and each of those that the role trusts counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import SESSION, document, role, said_of_roles

OPEN = "NOT_PROVEN"
RULE = "tenant-tag-not-caller-chosen"
SESSIONS = [{**{key: value for key, value in SESSION.items() if key != "binders"}, "roles": ["AppRole"]}]
IDENTITIES = {"Type": "AWS::Cognito::IdentityPool", "Properties": {"AllowUnauthenticatedIdentities": False}}
TRUST = document(
    {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "Identities"}}},
    }
)


def _users(schema: list[dict[str, Any]] | None = None, closed: bool | None = None, **more: object) -> dict[str, Any]:
    own = {"Schema": schema} if schema else {}
    admin = {} if closed is None else {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": closed}}
    return {"Type": "AWS::Cognito::UserPool", "Properties": {**own, **admin, **more}}


def _app(writes: list[str] | None, users: str = "Users") -> dict[str, Any]:
    own = {} if writes is None else {"WriteAttributes": writes}
    return {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": {"Ref": users}, **own}}


def _map(claim: str, of: str | None = "Users", identities: str = "Identities", tag: str = "TenantId") -> dict[str, Any]:
    provider = "accounts.google.com" if of is None else {"Fn::GetAtt": [of, "ProviderName"]}
    mapped = {"IdentityPoolId": {"Ref": identities}, "IdentityProviderName": provider, "PrincipalTags": {tag: claim}}
    return {"Type": "AWS::Cognito::IdentityPoolPrincipalTag", "Properties": mapped}


def _said(folder: Path, **resources: object) -> str:
    own = {"AppRole": role(AssumeRolePolicyDocument=TRUST), "Identities": IDENTITIES}
    return said_of_roles(folder, {**own, **resources}, (RULE,), sessions=SESSIONS)["AppRole"]


PROVEN = {
    "AutoVerifiedAttributes": ["email"],
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
}


@pytest.mark.parametrize(
    ("claim", "users", "writes", "said"),
    [
        ("profile", _users(), ["profile"], "LEAK"),
        ("profile", _users(), None, "LEAK"),
        ("profile", _users(), ["email"], "ISOLATED"),
        ("zoneinfo", _users(closed=True), ["zoneinfo"], "LEAK"),
        ("nickname", _users([{"Name": "nickname", "Mutable": False}]), ["nickname"], "LEAK"),
        ("nickname", _users([{"Name": "nickname", "Mutable": False}], closed=True), ["nickname"], "ISOLATED"),
        ("email", _users(), ["email"], "LEAK"),
        ("email", _users(**PROVEN), ["email"], "ISOLATED"),
        ("email", _users(AutoVerifiedAttributes=["email"]), ["email"], "LEAK"),
        ("cognito:username", _users(), ["email"], "LEAK"),
        ("username", _users(closed=False), ["email"], "LEAK"),
        ("cognito:username", _users(closed=True), ["email"], "ISOLATED"),
        ("cognito:username", _users(UsernameAttributes=["email"]), ["email"], "ISOLATED"),
        ("sub", _users(), None, "ISOLATED"),
        ("cognito:groups", _users(), None, "ISOLATED"),
        ("custom:tenant", _users([{"Name": "tenant", "Mutable": True}]), None, OPEN),
    ],
)
def test_what_users_write(
    claim: str, users: dict[str, Any], writes: list[str] | None, said: str, tmp_path: Path
) -> None:
    assert _said(tmp_path, Users=users, App=_app(writes), Map=_map(claim)) == said


FIXED = {"Users": _users([{"Name": "tenant", "Mutable": False}], closed=True), "App": _app(["email"])}
CHOSEN = {"Others": _users([{"Name": "tenant", "Mutable": True}]), "Their": _app(["custom:tenant"], "Others")}
SECOND = {"Type": "AWS::Cognito::IdentityPool", "Properties": {"AllowUnauthenticatedIdentities": False}}


@pytest.mark.parametrize(
    ("mappings", "said"),
    [
        ({"A": _map("custom:tenant"), "B": _map("custom:tenant", "Others")}, "LEAK"),
        ({"A": _map("sub"), "B": _map("custom:tenant", "Others")}, "LEAK"),
        ({"A": _map("sub", identities="Second"), "B": _map("custom:tenant", "Others")}, "LEAK"),
        ({"A": _map("custom:tenant", "Others", identities="Second"), "B": _map("sub")}, "ISOLATED"),
        ({"A": _map("custom:tenant")}, "ISOLATED"),
        ({"A": _map("custom:tenant", None)}, "ISOLATED"),
        ({"A": _map("custom:tenant", "Others", tag="tenantID")}, "LEAK"),
        ({"A": _map("custom:tenant", "Others", tag="Tenant")}, "ISOLATED"),
    ],
)
def test_each_mapping_that_the_role_trusts_counts(mappings: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert _said(tmp_path, **FIXED, **CHOSEN, Second=SECOND, **mappings) == said
