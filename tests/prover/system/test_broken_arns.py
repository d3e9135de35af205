"""The ARN of a role that is none, as a broken plan or snapshot may have it, ends no scan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import scan
from tests.inputs.terraform.plans import plan, resource, write

TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "*"}]}
READ = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


@pytest.mark.parametrize("arn", ["role/app", "", "arn:aws:iam", "arn:aws:iam::111122223333:user/app", ":::::", 7])
def test_it_is_judged_or_unknown(arn: object, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "tenancy.yaml").write_text(
        'version: 1\ntenant_id: {pattern: "[a-z]{4,12}", tags: [TenantId]}\n'
        'sessions: [{name: app, roles: ["*"], tenant_key: "aws:PrincipalTag/TenantId", present: always}]\n'
        'owned: [{kind: s3-object, bucket: records, key: "${tenant}/*"}]\n'
    )
    role = {"name": "app", "arn": arn, "id": "app", "assume_role_policy": json.dumps(TRUST), "tags": {"TenantId": "a"}}
    content = plan(
        resource("aws_iam_role.app", role, actions=["no-op"]),
        resource("aws_iam_role_policy.p", {"role": "app", "name": "p", "policy": json.dumps(READ)}),
        resource("aws_s3_bucket.b", {"bucket": "records"}),
    )
    result = scan(write(tmp_path, content))
    assert not result.crashes
    assert result.exit_code in (0, 1)
    assert any(each.get("proof") for each in result.report["findings"])
