"""A bucket whose name Terraform makes up behind a prefix was taken for a bucket that no policy in the plan can name.

The name is known after apply, so a grant on a text that begins with the prefix may be on this bucket: the role that
reads every object of it was ISOLATED.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inputs.terraform.plans import plan, resource, write
from tests.inputs.terraform.tenancies import allow, inline, proofs, role, tenancy

OWNED = [{"kind": "s3-object", "bucket": "aws_s3_bucket.docs", "key": "tenant/${tenant}/*"}]
BUCKET = resource("aws_s3_bucket.docs", {"bucket_prefix": "clinic-docs-"}, unknown=("bucket", "arn", "id"))


@pytest.mark.parametrize("name", ["clinic-docs-*", "clinic-docs-20261130", "clinic-*", "*"])
def test_a_grant_on_what_may_be_its_name_is_not_isolated(tmp_path: Path, name: str) -> None:
    tenancy(tmp_path, OWNED)
    policy = inline(allow("s3:GetObject", f"arn:aws:s3:::{name}/*"))
    write(tmp_path, plan(role(), policy, BUCKET))
    assert proofs(tmp_path)["plan.json#aws_iam_role.app"] != "ISOLATED"


def test_a_grant_on_another_name_reaches_nothing(tmp_path: Path) -> None:
    tenancy(tmp_path, OWNED)
    write(tmp_path, plan(role(), inline(allow("s3:GetObject", "arn:aws:s3:::elsewhere-*/*")), BUCKET))
    assert proofs(tmp_path, "s3-objects-stay-with-tenant").get("plan.json#aws_iam_role.app") != "LEAK"
