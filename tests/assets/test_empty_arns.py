"""A plan made with answers of a test server has empty ARNs: no principal is called so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scanner.options import Options
from scanner.scanning import scan


def _change(kind: str, name: str, after: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["no-op"], "before": after, "after": after, "after_unknown": {}},
    }


def test_the_access_review_of_a_plan_with_empty_arns(tmp_path: Path) -> None:
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    open_to = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {}},
        "configuration": {"root_module": {}},
        "resource_changes": [
            _change("aws_iam_role", "r", {"name": "r", "arn": "", "assume_role_policy": json.dumps(trust)}),
            _change("aws_s3_bucket", "b", {"bucket": "records", "arn": "arn:aws:s3:::records"}),
            _change("aws_s3_bucket_policy", "p", {"bucket": "records", "policy": json.dumps({"Statement": [open_to]})}),
        ],
    }
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), "utf-8")
    report = scan(path, options=Options(inventory=True, select=["s3-*"])).report
    assert not report["errors"]
    assert any(each["type"] == "AWS::IAM::Role" for each in report["inventory"]["assets"])
