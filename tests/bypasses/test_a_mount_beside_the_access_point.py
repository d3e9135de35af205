"""Access points of a file system are a tenant's each, and who may mount the file system itself sees what is behind all.

"Using IAM to control access to file systems" (Amazon EFS User Guide): the mount is asked for of the file system, and
`elasticfilesystem:AccessPointArn` says through which access point, if any.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, deny, role, said_of_roles

HERE = f"us-east-1:{ACCOUNT}"
EFS, FILES = f"arn:aws:elasticfilesystem:{HERE}", f"arn:aws:s3files:{HERE}:file-system/fs-1"
TAGGED = {"kind": "tagged", "types": ["AWS::EFS::AccessPoint"], "tag": "TenantId"}
NAMED = {"kind": "arn", "arn": f"{EFS}:access-point/${{tenant}}"}
OF_FILES = {"kind": "arn", "arn": f"{FILES}/access-point/${{tenant}}"}
MOUNT, KEY = "elasticfilesystem:ClientMount", "elasticfilesystem:AccessPointArn"
DELETES = "elasticfilesystem:DeleteAccessPoint"
SYSTEM = f"{EFS}:file-system/fs-1234567890"
OWN_TAG = allow(DELETES, "*", {"StringEquals": {"aws:ResourceTag/TenantId": TAG}})
OWN = allow(DELETES, f"{EFS}:access-point/{TAG}")
OWN_OF_FILES = allow("s3files:DeleteAccessPoint", f"{FILES}/access-point/{TAG}")


def through(operator: str, point: str = f"{EFS}:access-point/{TAG}", key: str = KEY) -> dict[str, Any]:
    return {operator: {key: point}}


CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "no mount": (TAGGED, [OWN_TAG], "ISOLATED"),
    "settings only": (TAGGED, [OWN_TAG, allow("elasticfilesystem:DescribeFileSystems", "*")], "ISOLATED"),
    "the file system": (TAGGED, [OWN_TAG, allow(MOUNT, SYSTEM)], "NOT_PROVEN"),
    "writing": (TAGGED, [OWN_TAG, allow("elasticfilesystem:ClientWrite", SYSTEM)], "NOT_PROVEN"),
    "as root": (TAGGED, [OWN_TAG, allow("elasticfilesystem:ClientRootAccess", SYSTEM)], "NOT_PROVEN"),
    "any access point, and no other way": (
        TAGGED,
        [OWN_TAG, allow(MOUNT, SYSTEM), deny(MOUNT, {"Null": {KEY: "true"}}, Resource="*")],
        "NOT_PROVEN",
    ),
    "the own access point": (NAMED, [OWN, allow(MOUNT, SYSTEM, through("ArnEquals"))], "ISOLATED"),
    "the own access point or none": (NAMED, [OWN, allow(MOUNT, SYSTEM, through("ArnEqualsIfExists"))], "NOT_PROVEN"),
    "another service's": (OF_FILES, [OWN_OF_FILES, allow("s3files:ClientMount", FILES)], "NOT_PROVEN"),
    "another service's own access point": (
        OF_FILES,
        [
            OWN_OF_FILES,
            allow(
                "s3files:ClientMount",
                FILES,
                through("StringEquals", f"{FILES}/access-point/{TAG}", "s3files:AccessPointArn"),
            ),
        ],
        "ISOLATED",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_whoever_may_mount(name: str, tmp_path: Path) -> None:
    entry, statements, expected = CASES[name]
    said = said_of_roles(tmp_path, {"AppRole": role(*statements, RoleName="AppRole")}, owned=[entry])
    assert said["AppRole"] == expected
