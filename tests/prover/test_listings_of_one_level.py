"""`GetParametersByPath` answers with one level of a path, or with all that is below it where the request says so.

"GetParametersByPath" (AWS Systems Manager API Reference): `Recursive`, which is false where it is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, deny, role, said_of_roles

BY_PATH = "ssm:GetParametersByPath"
ONE_LEVEL = {"StringEquals": {"ssm:Recursive": "false"}}
DEEP, FLAT = "t/${tenant}/*", "${tenant}-db"


def parameter(name: str) -> str:
    return f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/{name}"


def lists(path: str, condition: object = None) -> dict[str, Any]:
    return allow(BY_PATH, parameter(path), condition)


CASES: dict[str, tuple[str, list[dict[str, Any]], str]] = {
    "all that is below": (DEEP, [lists("t")], "LEAK"),
    "one level, of what is two levels below": (DEEP, [lists("t", ONE_LEVEL)], "ISOLATED"),
    "one level of a tenant's own path": (DEEP, [lists("t/*", ONE_LEVEL)], "LEAK"),
    "one level, or nothing said": (
        DEEP,
        [lists("t", {"StringEqualsIfExists": {"ssm:Recursive": "false"}})],
        "ISOLATED",
    ),
    "all denied": (
        DEEP,
        [lists("t"), deny(BY_PATH, {"StringEquals": {"ssm:Recursive": "true"}}, Resource="*")],
        "ISOLATED",
    ),
    "all but one level denied": (
        DEEP,
        [lists("t"), deny(BY_PATH, {"StringNotEquals": {"ssm:Recursive": "false"}}, Resource="*")],
        "ISOLATED",
    ),
    "one level denied": (
        DEEP,
        [lists("t"), deny(BY_PATH, {"StringEquals": {"ssm:Recursive": "false"}}, Resource="*")],
        "LEAK",
    ),
    "the root, one level": (DEEP, [lists("", ONE_LEVEL)], "ISOLATED"),
    "the root, all levels": (DEEP, [lists("")], "LEAK"),
    "the root, one level, of names without a path": (FLAT, [lists("", ONE_LEVEL)], "LEAK"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_parameters_by_a_path(name: str, tmp_path: Path) -> None:
    owned, statements, expected = CASES[name]
    own = allow("ssm:GetParameter", parameter(owned.replace("${tenant}", TAG)))
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(own, *statements, RoleName="AppRole")},
        owned=[{"kind": "arn", "arn": parameter(owned)}],
    )
    assert said["AppRole"] == expected
