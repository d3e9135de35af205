"""Roles and stores of a pooled clinic for plans of tests, and what a proof says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from scanner import scan
from tests.inputs.terraform.plans import resource

ACCOUNT = "111122223333"
BROKER = f"arn:aws:iam::{ACCOUNT}:role/token-vending"
TAG = "${aws:PrincipalTag/TenantId}"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": BROKER}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        ],
    }
)


def allow(actions: object, resources: object, condition: object = None) -> str:
    """The text of a policy with one statement."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(name: str = "app", **more: Any) -> dict[str, Any]:
    return resource(f"aws_iam_role.{name}", {"name": name, "assume_role_policy": TRUST}, **more)


def inline(policy: object, name: str = "app", of: str = "app") -> dict[str, Any]:
    return resource(f"aws_iam_role_policy.{name}", {"name": name, "role": of, "policy": policy})


def tenancy(folder: Path, owned: list[dict[str, Any]], roles: tuple[str, ...] = ("app",)) -> None:
    content = {
        "version": 1,
        "account": ACCOUNT,
        "region": "eu-west-1",
        "tenant_id": {"pattern": "[a-z0-9]{3,20}", "tags": ["TenantId"]},
        "sessions": [
            {
                "name": "staff",
                "roles": list(roles),
                "tenant_key": "aws:PrincipalTag/TenantId",
                "present": "always",
                "binders": [BROKER],
            }
        ],
        "owned": owned,
    }
    (folder / "tenancy.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def proofs(folder: Path, rule: str | None = None) -> dict[str, str]:
    """The worst verdict of the proofs on each principal, by address."""
    report = scan(folder).report
    errors = [each for each in report["errors"] if each["level"] == "error"]
    assert not errors, errors
    order = ["LEAK", "NOT_PROVEN", "ISOLATED"]
    found: dict[str, str] = {}
    for each in report["findings"]:
        if each.get("proof") and rule in (None, each["rule"]):
            key = each["resource"]["address"]
            found[key] = min(found.get(key, "ISOLATED"), each["proof"]["verdict"], key=order.index)
    return found
