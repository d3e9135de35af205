"""A proof that rests on a claim rests on who can write the claim: refuted or discharged from the user pool."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.situations import SESSION, Situation, document, role, verdict

WEB = document(
    {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:pool"}},
    }
)


def system(mutable: object, writes: object, admin_only: bool = True, claim: str = "custom:tenantId") -> Situation:
    client: dict = {"UserPoolId": {"Ref": "Pool"}}
    if writes is not None:
        client["WriteAttributes"] = writes
    return Situation(
        {
            "AppRole": role(AssumeRolePolicyDocument=WEB),
            "Pool": {
                "Type": "AWS::Cognito::UserPool",
                "Properties": {
                    "Schema": [{"Name": "tenantId", "AttributeDataType": "String", "Mutable": mutable}],
                    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": admin_only},
                },
            },
            "Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": client},
            "Tags": {
                "Type": "AWS::Cognito::IdentityPoolPrincipalTag",
                "Properties": {
                    "IdentityPoolId": "us-east-1:pool",
                    "IdentityProviderName": "x",
                    "UseDefaults": False,
                    "PrincipalTags": {"TenantId": claim},
                },
            },
        },
        owned=[],
        sessions=[{**SESSION, "binders": []}],
    )


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (system(True, ["custom:tenantId"]), "LEAK"),
        (system(False, ["custom:tenantId"], admin_only=False), "LEAK"),
        (system(False, ["custom:tenantId"]), "ISOLATED"),
        (system(True, ["email"]), "ISOLATED"),
        (system(True, None), "NOT_PROVEN"),
        (system({"Ref": "AWS::NoValue"}, ["custom:tenantId"]), "LEAK"),
        (system(True, ["custom:tenantId"], claim="custom:other"), "ISOLATED"),
    ],
    ids=["writable", "at sign-up", "fixed", "not listed", "not said", "by default", "another claim"],
)
def test_claim_integrity_is_a_premise(situation: Situation, expected: str, tmp_path: Path) -> None:
    findings = [each for each in situation.proofs(tmp_path) if each["rule"] == "tenant-tag-not-caller-chosen"]
    assert verdict(findings) == expected, findings


def test_what_an_issuer_outside_the_files_fixes_is_an_assumption(tmp_path: Path) -> None:
    (found,) = [
        each
        for each in system(True, ["custom:tenantId"], claim="custom:other").proofs(tmp_path)
        if each["rule"] == "tenant-tag-not-caller-chosen"
    ]
    assert "whoever issues the token fixes the claim `custom:other`" in found["proof"]["assumptions"]
