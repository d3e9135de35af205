"""A statement of a trust policy with `sts:TagSession` and an external id lets in whoever gives that id, with any tag.

Requests for the tag were taken to carry no external id, so that nobody could choose the tenant: PASS.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.scanning import Options, scan
from tests.prover.situations import ACCOUNT, BROKER, DATA, SESSION, TAG, allow, document, role

ACTIONS = ["sts:AssumeRole", "sts:TagSession"]
OUTSIDE = "arn:aws:iam::999988887777:root"
OBJECTS = {"kind": "s3-object", "bucket": "clinic-data", "key": "${tenant}/*"}


@pytest.mark.parametrize(
    ("principal", "condition", "status"),
    [
        (OUTSIDE, {"sts:ExternalId": "agreed"}, "FAIL or UNKNOWN"),
        (OUTSIDE, {"sts:RoleSessionName": "agreed"}, "FAIL or UNKNOWN"),
        (OUTSIDE, {"sts:SourceIdentity": "agreed"}, "FAIL or UNKNOWN"),
        (f"arn:aws:iam::{ACCOUNT}:root", {"sts:ExternalId": "agreed"}, "FAIL or UNKNOWN"),
        (OUTSIDE, {"sts:ExternalId": "agreed", "aws:RequestTag/TenantId": TAG}, "PASS"),
    ],
)
def test_somebody_chooses_the_tenant(principal: str, condition: dict[str, Any], status: str, tmp_path: Path) -> None:
    app = role(allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*"), RoleName="AppRole")
    app["Properties"]["AssumeRolePolicyDocument"] = document(
        {"Effect": "Allow", "Principal": {"AWS": BROKER}, "Action": ACTIONS},
        {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": ACTIONS,
            "Condition": {"StringEquals": condition},
        },
    )
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": "us-east-1",
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [{**SESSION, "binders": [BROKER]}],
        "owned": [OBJECTS],
    }
    (tmp_path / "tenancy.yaml").write_text(yaml.safe_dump(tenancy))
    (tmp_path / "template.yaml").write_text(yaml.safe_dump({"Resources": {"Data": DATA, "AppRole": app}}))
    result = scan(tmp_path / "template.yaml", options=Options(select=("tenant-tag-not-caller-chosen",)))
    found = [each["verdict"] for each in result.report["findings"] if each["resource"]["logical_id"] == "AppRole"]
    assert found[0] in status.split(" or ")
