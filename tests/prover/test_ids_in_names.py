"""Where nobody says what ids look like, the tenants of an entry are those whose ids can stand in its names."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.prover.system.owned_resources import has_id_in_a_name
from tests.prover.situations import ACCOUNT, TAG, allow, role, said_of_roles

HERE = f"us-east-1:{ACCOUNT}"
TABLES = f"arn:aws:dynamodb:{HERE}:table/"
PARAMETERS = f"arn:aws:ssm:{HERE}:parameter/"
QUEUES = f"arn:aws:sqs:{HERE}:"


@pytest.mark.parametrize(
    ("before", "after", "action", "pattern", "said"),
    [
        (TABLES, "-orders", "dynamodb:Query", "any-tag-value", "ISOLATED"),
        (QUEUES, "-orders", "sqs:SendMessage", "any-tag-value", "ISOLATED"),
        # declared ids are asked as they are declared
        (TABLES, "-orders", "dynamodb:Query", "[A-Za-z0-9/-]{1,30}", "LEAK"),
        # the tenant `a-b` is one, and so is `a/b` where names are paths
        (TABLES, "-*", "dynamodb:Query", "any-tag-value", "LEAK"),
        (PARAMETERS, "/*", "ssm:GetParameter", "any-tag-value", "LEAK"),
        (PARAMETERS, "/*", "ssm:GetParameter", "[a-z]{3,9}", "ISOLATED"),
    ],
)
def test_ids_of_the_tenants_that_an_entry_speaks_of(
    before: str, after: str, action: str, pattern: str, said: str, tmp_path: Path
) -> None:
    entry = {"kind": "arn", "arn": f"{before}${{tenant}}{after}"}
    resources = {"AppRole": role(allow(action, f"{before}{TAG}{after}"))}
    ids = {"pattern": pattern, "tags": ["TenantId"]}
    assert said_of_roles(tmp_path, resources, owned=[entry], tenant_id=ids)["AppRole"] == said


def test_objects_keep_every_tag_value(tmp_path: Path) -> None:
    entry = {"kind": "s3-object", "bucket": "clinic-data", "key": "${tenant}/*"}
    resources = {"AppRole": role(allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*"))}
    ids = {"pattern": "any-tag-value", "tags": ["TenantId"]}
    assert said_of_roles(tmp_path, resources, owned=[entry], tenant_id=ids)["AppRole"] == "LEAK"


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        (f"{TABLES}${{tenant}}", True),
        ("arn:aws:s3:::t-${tenant}", True),
        ("arn:aws:s3:::t/${tenant}/*", False),  # a key may hold a slash
        (f"{PARAMETERS}${{tenant}}/*", False),
        ("arn:aws:nothing:::${tenant}", False),
    ],
)
def test_whether_an_id_stands_in_a_name(arn: str, said: bool) -> None:
    assert has_id_in_a_name(arn) is said
