# a situation a line
"""A grant of a KMS key was no part of the proof: ISOLATED beside a grant of Decrypt to the role of all tenants.

"Grants in AWS KMS" (AWS KMS Developer Guide): a grant allows its grantee the operations, whatever key and IAM policies
say; "Grant constraints": they bind the encryption context, of operations that take one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, KEY, TAG, Situation, allow, deny, role, verdict

ENTRY = {"kind": "kms-context", "key": "Key", "context": {"tenant": "${tenant}"}}
OWN = {"StringEquals": {"kms:EncryptionContext:tenant": TAG}}
APP = role(allow(["kms:Decrypt", "kms:Encrypt"], "*", OWN))
BINDS = deny("kms:*", {"StringNotEquals": {"kms:EncryptionContext:tenant": TAG}}, Resource="*")
REFUSED = role(allow(["kms:Decrypt", "kms:Encrypt"], "*", OWN), BINDS)
ROLE = {"Fn::GetAtt": ["AppRole", "Arn"]}
KEY_ID = {"Ref": "Key"}
HOLE = {"Fn::Transform": {"Name": "Unread"}}


def grant(*operations: object, who: object = ROLE, key: object = KEY_ID, **more: object) -> dict[str, Any]:
    properties = {"KeyId": key, "GranteePrincipal": who, "Operations": list(operations), **more}
    return {"Type": "Tenantproof::KMS::Grant", "Properties": properties}


def bound(kind: str, **context: object) -> dict[str, object]:
    return {"Constraints": {f"EncryptionContext{kind}": context}}


SITUATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({}, "ISOLATED"),
    "decrypt": ({"Given": grant("Decrypt")}, "LEAK"),
    "re-encrypt to a key of one's own": ({"Given": grant("ReEncryptFrom")}, "LEAK"),
    "encrypt, which writes what is another's": ({"Given": grant("Encrypt")}, "LEAK"),
    "data keys": ({"Given": grant("GenerateDataKey")}, "LEAK"),
    "further grants": ({"Given": grant("CreateGrant")}, "LEAK"),
    "two, one of them harmless": ({"Given": grant("DescribeKey", "Decrypt")}, "LEAK"),
    "what the key is": ({"Given": grant("DescribeKey")}, "ISOLATED"),
    "nothing": ({"Given": grant()}, "ISOLATED"),
    "bound to one tenant, whom every session may be of": (
        {"Given": grant("Decrypt", **bound("Subset", tenant="globex"))},
        "LEAK",
    ),
    "bound to exactly one tenant": ({"Given": grant("Decrypt", **bound("Equals", tenant="globex"))}, "LEAK"),
    "bound to something else, with any tenant beside it": (
        {"Given": grant("Decrypt", **bound("Subset", purpose="backup"))},
        "LEAK",
    ),
    "no constraint is there": ({"Given": grant("Decrypt", Constraints={})}, "LEAK"),
    "a constraint that is not known": ({"Given": grant("Decrypt", Constraints=HOLE)}, "NOT_PROVEN"),
    "operations that are not known": (
        {
            "Given": {
                "Type": "Tenantproof::KMS::Grant",
                "Properties": {"KeyId": KEY_ID, "GranteePrincipal": ROLE, "Operations": HOLE},
            }
        },
        "NOT_PROVEN",
    ),
    "an operation that is not known": ({"Given": grant(HOLE)}, "NOT_PROVEN"),
    "a grantee that is not known": ({"Given": grant("Decrypt", who=HOLE)}, "NOT_PROVEN"),
    "the whole account, which leaves it to its policies": (
        {"Given": grant("Decrypt", who=f"arn:aws:iam::{ACCOUNT}:root")},
        "ISOLATED",
    ),
    "another role": ({"Given": grant("Decrypt", who=f"arn:aws:iam::{ACCOUNT}:role/backup")}, "ISOLATED"),
    "another account": ({"Given": grant("Decrypt", who="arn:aws:iam::444455556666:role/partner")}, "ISOLATED"),
    "a service of AWS": ({"Given": grant("Decrypt", who="rds.amazonaws.com")}, "ISOLATED"),
    "AWS's own": ({"Given": grant("Decrypt", who="AWS Internal")}, "ISOLATED"),
    "of another key": (
        {"Other": KEY, "Given": grant("Decrypt", key={"Ref": "Other"})},
        "ISOLATED",
    ),
    "of a key that is not known": ({"Given": grant("Decrypt", key=HOLE)}, "NOT_PROVEN"),
    "by the key's ARN": ({"Given": grant("Decrypt", key={"Fn::GetAtt": ["Key", "Arn"]})}, "LEAK"),
    "the role refuses what is another's": ({"AppRole": REFUSED, "Given": grant("Decrypt")}, "ISOLATED"),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_a_grant_allows_is_part_of_the_proof(tmp_path: Path, name: str) -> None:
    resources, wanted = SITUATIONS[name]
    situation = Situation({"AppRole": APP, "Key": KEY, **resources}, owned=[ENTRY])
    assert verdict(situation.proofs(tmp_path / "one")) == wanted


OWN_ONLY = {"Version": "2012-10-17", "Statement": [allow(["kms:Decrypt", "kms:Encrypt"], "*", OWN)]}
OPENS = {"Version": "2012-10-17", "Statement": [allow("kms:*", "*")]}


def bounded(document: dict[str, Any]) -> dict[str, Any]:
    properties = {**APP["Properties"], "PermissionsBoundary": {"Ref": "Boundary"}}
    boundary = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    return {"AppRole": {**APP, "Properties": properties}, "Boundary": boundary}


@pytest.mark.parametrize(
    ("document", "given", "wanted"),
    [
        (OWN_ONLY, grant("Decrypt"), "NOT_PROVEN"),
        (OWN_ONLY, grant("Encrypt"), "NOT_PROVEN"),
        (OWN_ONLY, grant("DescribeKey"), "ISOLATED"),
        (OWN_ONLY, grant("Decrypt", who=f"arn:aws:iam::{ACCOUNT}:role/backup"), "ISOLATED"),
        (OPENS, grant("Decrypt"), "LEAK"),
        ({**OWN_ONLY, "Statement": [*OWN_ONLY["Statement"], BINDS]}, grant("Decrypt"), "ISOLATED"),
    ],
    ids=["decrypt", "encrypt", "what the key is", "another role", "boundary allows", "boundary refuses"],
)
def test_a_boundary_that_is_silent_is_not_known_to_bind_a_grant(
    tmp_path: Path, document: dict[str, Any], given: dict[str, Any], wanted: str
) -> None:
    """As AWS documents it ("Permissions boundaries for IAM entities"), a boundary limits what identity-based policies
    give; of grants nothing is said. An explicit Deny binds in any case."""
    situation = Situation({"Key": KEY, **bounded(document), "Given": given}, owned=[ENTRY])
    assert verdict(situation.proofs(tmp_path / "one")) == wanted


def of_tenant(tenant: str, **properties: Any) -> dict[str, Any]:
    return {"Tags": [{"Key": "TenantId", "Value": tenant}], **properties}


@pytest.mark.parametrize(("who", "wanted"), [("globex", "LEAK"), ("acme", "ISOLATED")])
def test_a_grant_to_another_tenant_s_role_crosses_silos(tmp_path: Path, who: str, wanted: str) -> None:
    resources: dict[str, Any] = {
        "Given": grant("Decrypt", who={"Fn::GetAtt": [f"Role{who}", "Arn"]}, key={"Ref": "Keyacme"})
    }
    for tenant in ("acme", "globex"):
        own = allow("kms:Decrypt", {"Fn::GetAtt": [f"Key{tenant}", "Arn"]})
        resources[f"Key{tenant}"] = {**KEY, "Properties": of_tenant(tenant, **KEY["Properties"])}
        resources[f"Role{tenant}"] = role(own, **of_tenant(tenant, RoleName=f"app-{tenant}"))
    situation = Situation(
        resources,
        owned=[{"kind": "tagged", "types": ["AWS::KMS::Key"], "tag": "TenantId"}],
        sessions=[],
        tenancy={
            "model": "silo",
            "tenants": {"acme": {}, "globex": {}},
            "principals": [{"role": "app-${tenant}", "because": "the task role of the tenant's silo"}],
        },
    )
    said = {each["rule"]: each["proof"]["verdict"] for each in situation.proofs(tmp_path / "one", "Roleglobex")}
    assert said["silo-tenants-cannot-reach-each-other"] == wanted
