"""A block that is computed and written nowhere may come from `dynamic` with a `for_each` that is known after apply.

`configuration` does not show such blocks, and the inline policies that they make were taken as absent: ISOLATED.
"""

from __future__ import annotations

from pathlib import Path

from tests.inputs.terraform.plans import plan, resource, write
from tests.inputs.terraform.tenancies import allow, inline, proofs, role, tenancy

OWNED = [{"kind": "s3-object", "bucket": "clinic-docs", "key": "tenant/${tenant}/*"}]
BUCKET = resource("aws_s3_bucket.docs", {"bucket": "clinic-docs"})
POLICY = inline(allow("s3:GetObject", "arn:aws:s3:::clinic-docs/tenant/${aws:PrincipalTag/TenantId}/*"))
TEXT = """
resource "aws_s3_bucket" "docs" {
  bucket = "clinic-docs"
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "x"
%s}
resource "aws_iam_role_policy" "app" {
  name   = "app"
  role   = "app"
  policy = "x"
}
"""
DYNAMIC = '  dynamic "inline_policy" {\n    for_each = var.policies\n    content {\n      name = "x"\n    }\n  }\n'


def test_inline_policies_that_may_be_made_leave_it_open(tmp_path: Path) -> None:
    tenancy(tmp_path, OWNED)
    write(tmp_path, plan(role(unknown=("inline_policy",)), POLICY, BUCKET))
    assert proofs(tmp_path)["plan.json#aws_iam_role.app"] == "NOT_PROVEN"
    (tmp_path / "main.tf").write_text(TEXT % DYNAMIC, "utf-8")
    assert proofs(tmp_path)["plan.json#aws_iam_role.app"] == "NOT_PROVEN"
    # The text shows that there is none.
    (tmp_path / "main.tf").write_text(TEXT % "", "utf-8")
    assert proofs(tmp_path)["plan.json#aws_iam_role.app"] == "ISOLATED"
