"""A log group's ARN is written with and without `:*`, in entries, in its own policy, and by the product itself.

The owner of `log-group:t-globex:*` was read as `globex:*`, which is no tenant's id, so the policy of the group was not
asked about and the session that it lets in was ISOLATED.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import Situation, allow, role

HERE = "us-east-1:111122223333"
GROUP = f"arn:aws:logs:{HERE}:log-group:"


ROLE = {"AWS": "arn:aws:iam::111122223333:role/AppRole"}


def _verdict(folder: Path, entry: str, resource: str, principal: object = ROLE) -> set[str]:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "logs:DeleteLogGroup",
        "Resource": resource,
    }
    app: dict[str, Any] = role(allow("logs:GetLogEvents", f"{GROUP}t-${{aws:PrincipalTag/TenantId}}:*"))
    app["Properties"]["RoleName"] = "AppRole"
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    group = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": "t-globex", "ResourcePolicyDocument": policy},
    }
    situation = Situation({"AppRole": app, "Group": group}, [{"kind": "arn", "arn": entry}], pattern="[a-z]{4,12}")
    return {each["proof"]["verdict"] for each in situation.proofs(folder) if each["rule"].startswith("owned-")}


@pytest.mark.parametrize("entry", ["t-${tenant}", "t-${tenant}:*"])
@pytest.mark.parametrize("resource", ["*", f"{GROUP}t-globex", f"{GROUP}t-globex:*"], ids=["star", "bare", "with star"])
def test_the_policy_of_the_group_is_asked(tmp_path: Path, entry: str, resource: str) -> None:
    # AWS says that it enforces the policy for services only ("PutResourcePolicy", CloudWatch Logs API Reference).
    assert _verdict(tmp_path, GROUP + entry, resource) == {"NOT_PROVEN"}


@pytest.mark.parametrize("entry", ["t-${tenant}", "t-${tenant}:*"])
def test_a_statement_on_another_group_lets_nobody_in(tmp_path: Path, entry: str) -> None:
    assert _verdict(tmp_path, GROUP + entry, f"{GROUP}t-other:*") == {"ISOLATED"}


@pytest.mark.parametrize("entry", ["t-${tenant}", "t-${tenant}:*"])
def test_a_statement_for_a_service_lets_no_role_in(tmp_path: Path, entry: str) -> None:
    assert _verdict(tmp_path, GROUP + entry, "*", {"Service": "route53.amazonaws.com"}) == {"ISOLATED"}
