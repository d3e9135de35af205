"""`aws_iam_role_policy_attachments_exclusive` attaches every policy of its list, and no table read it: ISOLATED.

Neither was a policy read that a fork of the provider makes under a name of its own publisher.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write
from tests.inputs.terraform.tenancies import ACCOUNT, TAG, allow, inline, proofs, role, tenancy

ITEMS = [{"kind": "dynamodb-item", "table": "patients", "key": "TENANT#${tenant}#*"}]
TABLE = resource("aws_dynamodb_table.t", {"name": "patients", "hash_key": "pk"}, unknown=("arn", "id"))
KEYS = {
    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"TENANT#{TAG}#*"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
OWN = inline(allow("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/patients", KEYS), "own")
READS_ALL = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def verdict(folder: Path, *more: dict[str, Any]) -> str:
    tenancy(folder, ITEMS)
    write(folder, plan(role(), OWN, TABLE, *more))
    return proofs(folder, "dynamodb-items-stay-with-tenant")["plan.json#aws_iam_role.app"]


@pytest.mark.parametrize(
    ("arns", "expected"),
    [([READS_ALL], "LEAK"), (Refers("aws_iam_policy.x.arn"), "NOT_PROVEN"), ([], "ISOLATED")],
    ids=["known", "not known", "empty"],
)
def test_what_an_exclusive_list_attaches_is_asked(tmp_path: Path, arns: object, expected: str) -> None:
    listed = resource("aws_iam_role_policy_attachments_exclusive.a", {"role_name": "app", "policy_arns": arns})
    assert verdict(tmp_path) == "ISOLATED"
    assert verdict(tmp_path, listed) == expected


@pytest.mark.parametrize("whose", ["user", "group"])
def test_it_is_asked_of_users_and_groups(tmp_path: Path, whose: str) -> None:
    named = resource(f"aws_iam_{whose}.p", {"name": "p"})
    listed = resource(f"aws_iam_{whose}_policy_attachments_exclusive.a", {f"{whose}_name": "p", "policy_arns": [ADMIN]})
    found = scan(write(tmp_path, plan(named, listed))).report["findings"]
    assert "FAIL" in {each["verdict"] for each in found if each["rule"] == "iam-no-admin-policy"}


def test_what_a_fork_of_the_provider_makes_is_read(tmp_path: Path) -> None:
    made = resource(
        "aws_iam_role_policy.z",
        {"role": "app", "policy": allow("dynamodb:Scan", "*")},
        provider="registry.example.com/acme/aws",
    )
    assert verdict(tmp_path, made) == "LEAK"


@pytest.mark.parametrize(
    ("roles", "expected"), [(["app"], "LEAK"), (["other"], "ISOLATED"), ([], "ISOLATED")], ids=["it", "another", "none"]
)
def test_one_of_awss_own_policies_is_attached_to_each_of_a_list(
    tmp_path: Path, roles: list[str], expected: str
) -> None:
    """It was told to the policy alone, which no plan makes."""
    attached = resource("aws_iam_policy_attachment.a", {"name": "a", "roles": roles, "policy_arn": READS_ALL})
    assert verdict(tmp_path, attached) == expected
