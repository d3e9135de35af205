"""A principal taken from a resource that keeps a text, such as `terraform_data.x.output`, may be `*`.

Where the `.tf` files are beside the plan, the reference was taken for the id of a resource, which is never `*`: the
policies of queues, topics, keys, secrets, repositories, file systems, event buses, tables and vaults passed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write

_KEPT = {
    "terraform_data.x.output": 'resource "terraform_data" "x" {\n  input = "*"\n}\n',
    "aws_lambda_invocation.x.result": 'resource "aws_lambda_invocation" "x" {\n  function_name = "f"\n}\n',
    "vendor_setting.x.value": 'resource "vendor_setting" "x" {\n}\n',
    "aws_iam_role.x.arn": 'resource "aws_iam_role" "x" {\n  name = "x"\n}\n',
}
_POLICY = """
resource "aws_sqs_queue_policy" "p" {{
  queue_url = aws_sqs_queue.q.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = {} }}, Action = "sqs:SendMessage", Resource = "*" }}]
  }})
}}
"""


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("terraform_data.x.output", "UNKNOWN"),
        ("aws_lambda_invocation.x.result", "UNKNOWN"),
        ("vendor_setting.x.value", "UNKNOWN"),
        ("aws_iam_role.x.arn", "PASS"),
    ],
)
def test_it_is_no_id(tmp_path: Path, said: str, verdict: str) -> None:
    kept = said.rpartition(".")[0]
    text = _KEPT[said] + 'resource "aws_sqs_queue" "q" {\n  name = "orders"\n}\n' + _POLICY.format(said)
    (tmp_path / "main.tf").write_text(text, "utf-8")
    arguments = {"name": "x"} if kept.startswith("aws_iam_role") else {}
    document = plan(
        resource(kept, arguments, unknown=("id", "arn", "output", "result", "value")),
        resource("aws_sqs_queue.q", {"name": "orders"}, unknown=("id", "arn")),
        resource("aws_sqs_queue_policy.p", {"queue_url": Refers("aws_sqs_queue.q.id"), "policy": Refers(said)}),
    )
    write(tmp_path, document)
    rows = scan(tmp_path).report["findings"]
    assert [each["verdict"] for each in rows if each["rule"] == "data-policy-not-public"] == [verdict]
