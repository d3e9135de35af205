"""Sessions that carry their tenant as their source identity are whose their caller says, as with a session tag.

"Monitor and control actions taken with assumed roles" (IAM User Guide): `sts:SetSourceIdentity` lets a caller set it,
`sts:SourceIdentity` says to what, and it stays through all roles that the session takes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, BROKER, DATA, OBJECT_ENTRY, SESSION, allow, role, said_of_roles, trust

SETS = ["sts:AssumeRole", "sts:SetSourceIdentity"]
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
USER = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/U"}
OTHER = {"U": role(allow(SETS, "*"), RoleName="U")}
OWN = allow("s3:GetObject", "arn:aws:s3:::clinic-data/${aws:SourceIdentity}/*")
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "the binder alone": (trust({"AWS": BROKER}, actions=SETS), "ISOLATED"),
    "the account": (trust(ROOT, actions=SETS), "LEAK"),
    "a role by its name": (trust(USER, actions=SETS), "LEAK"),
    "the account, which may set none": (trust(ROOT, actions=["sts:AssumeRole"]), "ISOLATED"),
    "the account, to any value": (
        trust(ROOT, actions=SETS, condition={"StringLike": {"sts:SourceIdentity": "*"}}),
        "LEAK",
    ),
    "the account, to what is no tenant": (
        trust(ROOT, actions=SETS, condition={"StringEqualsIfExists": {"sts:SourceIdentity": "NOBODY"}}),
        "ISOLATED",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_the_role_trusts(name: str, tmp_path: Path) -> None:
    trusting, expected = CASES[name]
    resources = {
        "AppRole": role(OWN, RoleName="AppRole", AssumeRolePolicyDocument=trusting),
        "Data": DATA,
        **OTHER,
    }
    sessions = [{**SESSION, "tenant_key": "aws:SourceIdentity"}]
    said = said_of_roles(tmp_path, resources, sessions=sessions, owned=[OBJECT_ENTRY])
    assert said["AppRole"] == expected


def test_a_session_keeps_its_own(tmp_path: Path) -> None:
    first = role(OWN, RoleName="AppRole", AssumeRolePolicyDocument=trust({"AWS": BROKER}, actions=SETS))
    onward = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}, actions=SETS)
    resources = {
        "AppRole": first,
        "AppTool": role(OWN, RoleName="AppTool", AssumeRolePolicyDocument=onward),
        "Data": DATA,
    }
    sessions = [{**SESSION, "roles": ["App*"], "tenant_key": "aws:SourceIdentity"}]
    said = said_of_roles(tmp_path, resources, sessions=sessions, owned=[OBJECT_ENTRY])
    assert (said["AppRole"], said["AppTool"]) == ("ISOLATED", "ISOLATED")
