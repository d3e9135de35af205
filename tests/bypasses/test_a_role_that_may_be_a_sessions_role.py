"""A role whose name is not in the files may be the role of tenants' sessions, and then its policies see their tags.

Without the tags a policy on `${aws:PrincipalTag/TenantId}*` reaches nothing, so that the rule on roles that serve all
tenants said ISOLATED of the very role that leaks as soon as its name is known.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import (
    ACCOUNT,
    BUCKET,
    DATA,
    OBJECT_ENTRY,
    PATIENTS,
    SESSION,
    TABLE,
    TAG,
    Situation,
    allow,
    deny,
    leading,
    role,
    verdict,
)

BY_ARN = {**SESSION, "roles": [f"arn:aws:iam::{ACCOUNT}:role/AppRole"]}
UNKNOWN = {"Fn::ImportValue": "x"}
BESIDE = f"arn:aws:s3:::another-bucket/{TAG}/*"
PARAMETER = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"
PARAMETERS = {"kind": "arn", "arn": f"{PARAMETER}/${{tenant}}/*", "actions": ["ssm:*"]}


def asked(folder: Path, name: object, owned: dict[str, Any] | None, *mine: dict[str, Any]) -> list[Any]:
    resources = {"AppRole": role(*mine, RoleName=name), "Patients": PATIENTS, "Data": DATA}
    situation = Situation(resources, sessions=[BY_ARN], **({"owned": [owned]} if owned else {}))
    return situation.proofs(folder)


LEAKING = {
    "a prefix without its end": (OBJECT_ENTRY, [allow("s3:GetObject", f"{BUCKET}/{TAG}*")]),
    "a leading key without its end": (
        None,
        [allow("dynamodb:Query", TABLE, leading(f"TENANT#{TAG}*", "ForAllValues:StringLike"))],
    ),
    "a parameter's path without its end": (PARAMETERS, [allow("ssm:GetParameter", f"{PARAMETER}/{TAG}*")]),
    "all but what is tagged is denied": (
        OBJECT_ENTRY,
        [
            allow("s3:GetObject", f"{BUCKET}/*"),
            deny("s3:*", {"Null": {"aws:PrincipalTag/TenantId": "true"}}, Resource="*"),
        ],
    ),
}


@pytest.mark.parametrize(
    "case", [each if number == 0 else pytest.param(each, marks=pytest.mark.full) for number, each in enumerate(LEAKING)]
)
def test_no_proof_over_the_data_of_a_role_that_may_be_the_tenants(tmp_path: Path, case: str) -> None:
    owned, mine = LEAKING[case]
    assert verdict(asked(tmp_path / "known", "AppRole", owned, *mine)) == "LEAK"
    found = asked(tmp_path / "unknown", UNKNOWN, owned, *mine)
    assert {each["proof"]["verdict"] for each in found} == {"NOT_PROVEN"}, found


def test_what_no_session_reaches_stays_proved(tmp_path: Path) -> None:
    found = asked(tmp_path, UNKNOWN, OBJECT_ENTRY, allow("s3:GetObject", BESIDE))
    assert [each["proof"]["verdict"] for each in found if each["rule"] == "compute-role-tenant-scoped"] == ["ISOLATED"]


def test_a_name_that_is_surely_another_stays_proved(tmp_path: Path) -> None:
    mine = allow("s3:GetObject", f"{BUCKET}/{TAG}*")
    found = asked(tmp_path, "Nightly", OBJECT_ENTRY, mine)
    assert {each["proof"]["verdict"] for each in found} == {"ISOLATED"}
