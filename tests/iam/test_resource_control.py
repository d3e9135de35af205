"""Whom and what resource control policies do not restrict ("Resource control policies (RCPs)", Organizations)."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.iam.simulation import simulate

ACCOUNT = "111122223333"
KEYS = f"arn:aws:kms:us-east-1:{ACCOUNT}:"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
DENY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}
TO_ACCOUNT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}],
}
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/AppRole/s"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
KEY = f"{KEYS}key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("principal", "action", "resource", "context", "said"),
    [
        (ROLE, "kms:Decrypt", KEY, {}, "EXPLICIT_DENY"),
        (ROLE, "kms:Decrypt", KEY, {"kms:ResourceAliases": ["alias/aws/s3"]}, "ALLOWED"),
        (ROLE, "kms:Decrypt", KEY, {"kms:resourcealiases": "alias/aws/dynamodb"}, "ALLOWED"),
        (ROLE, "kms:Decrypt", KEY, {"kms:ResourceAliases": ["alias/awsome"]}, "EXPLICIT_DENY"),
        (ROLE, "kms:Decrypt", KEY, {"kms:ResourceAliases": ["alias/phi"]}, "EXPLICIT_DENY"),
        (ROLE, "kms:RetireGrant", KEY, {}, "ALLOWED"),
        (ROLE, "kms:CreateGrant", KEY, {}, "EXPLICIT_DENY"),
        (LINKED, "kms:Decrypt", KEY, {}, "ALLOWED"),
        (
            ROLE,
            "s3:GetObject",
            "arn:aws:s3:::b/alias/aws/x",
            {"kms:ResourceAliases": ["alias/aws/s3"]},
            "EXPLICIT_DENY",
        ),
    ],
)
def test_what_an_rcp_restricts(principal: str, action: str, resource: str, context: dict[str, Any], said: str) -> None:
    question = {
        "request": {"principal": principal, "action": action, "resource": resource, "context": context},
        "identity": [ALLOW],
        "resource_policy": TO_ACCOUNT,
        "rcps": [[DENY]],
    }
    assert simulate(question)["decision"] == said
