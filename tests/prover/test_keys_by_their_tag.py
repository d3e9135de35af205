"""Keys of one tenant each, by their tag: those of the files by their own policies, all others by the role's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, document, role, said_of_roles

APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ADMIN = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/KeyAdmin"}
OWN = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}
SENDER = {"StringEquals": {"aws:PrincipalTag/TenantId": "acme"}}


def key(*grants: tuple[dict[str, Any], Any], type_name: str = "AWS::KMS::Key") -> dict[str, Any]:
    policy = document(*(allow("kms:*", "*", condition, Principal=principal) for principal, condition in grants))
    more = {"PrimaryKeyArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/mrk-1"} if type_name.endswith("ReplicaKey") else {}
    tags = [{"Key": "TenantId", "Value": "acme"}]
    return {"Type": type_name, "Properties": {"Tags": tags, "KeyPolicy": policy, **more}}


BY_TAG = allow("kms:Decrypt", "*", OWN)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any] | None, str]] = {
    "by its tag": (BY_TAG, key((ROOT, None)), "ISOLATED"),
    "by its tag, and the key lets in its owner": (BY_TAG, key((ROOT, None), (APP, SENDER)), "ISOLATED"),
    "by its tag, and the key lets in everybody": (BY_TAG, key((ROOT, None), (APP, None)), "LEAK"),
    "all keys, and the key lets in the account": (allow("kms:Decrypt", "*"), key((ROOT, None)), "LEAK"),
    # What keys that no file holds let in is not known.
    "all keys, and the key lets in one role": (allow("kms:Decrypt", "*"), key((ADMIN, None)), "NOT_PROVEN"),
    "by its tag, and no key is in the files": (BY_TAG, None, "NOT_PROVEN"),
    "another service's action by the tag": (
        allow(["kms:Decrypt", "events:CreateArchive"], "*", OWN),
        key((ROOT, None)),
        "ISOLATED",
    ),
}


@pytest.mark.parametrize("type_name", ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"])
@pytest.mark.parametrize("name", list(CASES))
def test_a_key_of_one_tenant(name: str, type_name: str, tmp_path: Path) -> None:
    statement, held, expected = CASES[name]
    if held is not None and type_name != held["Type"]:
        held = {"Type": type_name, "Properties": {**key(type_name=type_name)["Properties"], **held["Properties"]}}
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(statement, RoleName="AppRole"), **({"Key": held} if held is not None else {})},
        ("kms-keys-stay-with-tenant",),
        owned=[{"kind": "tagged", "types": [type_name], "tag": "TenantId"}],
    )
    assert said["AppRole"] == expected
