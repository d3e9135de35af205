"""Conditions on what a KMS key is: the key says it, and no caller chooses it.

"AWS KMS condition keys" (AWS KMS Developer Guide): `kms:KeySpec`, `kms:KeyUsage`, `kms:KeyOrigin` and
`kms:MultiRegion`; `kms:MultiRegionKeyType` only of keys of several regions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import HOLE, KEY, TAG, Situation, allow, deny, role, verdict

ENTRY = {"kind": "kms-context", "key": "Key", "context": {"tenant": "${tenant}"}}
OWN = {"StringEquals": {"kms:EncryptionContext:tenant": TAG}}


def key(**properties: object) -> dict[str, Any]:
    return {**KEY, "Properties": {**KEY["Properties"], **properties}}


@pytest.mark.parametrize(
    ("said", "condition", "wanted"),
    [
        ({}, {"Bool": {"kms:MultiRegion": "true"}}, "ISOLATED"),
        ({}, {"Bool": {"kms:MultiRegion": "false"}}, "LEAK"),
        ({"MultiRegion": False}, {"Bool": {"kms:MultiRegion": "false"}}, "LEAK"),
        ({"MultiRegion": "false"}, {"Bool": {"kms:MultiRegion": "false"}}, "LEAK"),
        ({"MultiRegion": True}, {"Bool": {"kms:MultiRegion": "false"}}, "ISOLATED"),
        ({"MultiRegion": "True"}, {"BoolIfExists": {"kms:MultiRegion": "false"}}, "ISOLATED"),
        ({"MultiRegion": True}, {"Bool": {"kms:MultiRegion": "true"}}, "LEAK"),
        ({"MultiRegion": HOLE}, {"Bool": {"kms:MultiRegion": "true"}}, "NOT_PROVEN"),
        ({}, {"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, "LEAK"),
        ({}, {"StringEquals": {"kms:KeySpec": "RSA_2048"}}, "ISOLATED"),
        ({}, {"StringLike": {"kms:KeySpec": ["RSA_*", "ECC_*"]}}, "ISOLATED"),
        ({}, {"StringNotEquals": {"kms:KeyUsage": "ENCRYPT_DECRYPT"}}, "ISOLATED"),
        ({}, {"StringNotEquals": {"kms:KeyUsage": "SIGN_VERIFY"}}, "LEAK"),
        ({"Origin": "EXTERNAL"}, {"StringEquals": {"kms:KeyOrigin": "AWS_KMS"}}, "ISOLATED"),
        ({"Origin": "EXTERNAL"}, {"StringEqualsIgnoreCase": {"kms:KeyOrigin": "external"}}, "LEAK"),
        ({"Origin": HOLE}, {"StringEquals": {"kms:KeyOrigin": "AWS_KMS"}}, "NOT_PROVEN"),
        # A key of one region has no kind; which one of several is primary may have been changed since.
        ({}, {"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}, "ISOLATED"),
        ({}, {"StringNotEquals": {"kms:MultiRegionKeyType": "REPLICA"}}, "LEAK"),
        ({}, {"Null": {"kms:MultiRegionKeyType": "true"}}, "LEAK"),
        ({"MultiRegion": True}, {"StringEquals": {"kms:MultiRegionKeyType": "REPLICA"}}, "LEAK"),
    ],
    ids=str,
)
def test_a_role_may_use_keys_of_one_sort(
    tmp_path: Path, said: dict[str, Any], condition: dict[str, Any], wanted: str
) -> None:
    app = role(allow("kms:Decrypt", "*", condition), allow("kms:Decrypt", "*", OWN))
    situation = Situation({"AppRole": app, "Key": key(**said)}, owned=[ENTRY])
    assert verdict(situation.proofs(tmp_path / "one")) == wanted


@pytest.mark.parametrize(
    ("said", "condition", "wanted"),
    [
        ({}, {"Bool": {"kms:MultiRegion": "false"}}, "ISOLATED"),
        ({"MultiRegion": True}, {"Bool": {"kms:MultiRegion": "false"}}, "LEAK"),
        ({}, {"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, "ISOLATED"),
        ({}, {"StringNotEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, "LEAK"),
    ],
    ids=str,
)
def test_a_denial_of_one_sort(tmp_path: Path, said: dict[str, Any], condition: dict[str, Any], wanted: str) -> None:
    app = role(allow("kms:Decrypt", "*"), deny("kms:*", condition, Resource="*"))
    situation = Situation({"AppRole": app, "Key": key(**said)}, owned=[ENTRY])
    assert verdict(situation.proofs(tmp_path / "one")) == wanted


@pytest.mark.parametrize(
    ("said", "wanted"), [({}, "ISOLATED"), ({"MultiRegion": True}, "LEAK"), ({"MultiRegion": HOLE}, "NOT_PROVEN")]
)
def test_keys_of_tenants(tmp_path: Path, said: dict[str, Any], wanted: str) -> None:
    """A key for each tenant: a role may use all keys of several regions, whosever they are."""
    resources: dict[str, Any] = {}
    for tenant in ("acme", "globex"):
        tags = [{"Key": "TenantId", "Value": tenant}]
        resources[f"Key{tenant}"] = key(Tags=tags, **said)
        uses = allow("kms:Decrypt", "*", {"Bool": {"kms:MultiRegion": "true"}})
        own = allow("kms:Decrypt", {"Fn::GetAtt": [f"Key{tenant}", "Arn"]})
        resources[f"Role{tenant}"] = role(uses, own, Tags=tags, RoleName=f"app-{tenant}")
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
    said_by = {each["rule"]: each["proof"]["verdict"] for each in situation.proofs(tmp_path / "one", "Roleacme")}
    assert said_by["silo-tenants-cannot-reach-each-other"] == wanted
