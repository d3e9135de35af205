"""Resolvers of AppSync are judged in plans, and the proof of a data source's role reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "appsync.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/Visits"
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE}]}
)
TENANCY = """\
version: 1
tenant_id: {pattern: "[a-z0-9]{3,20}", tags: [TenantId]}
owned: [{kind: dynamodb-item, table: Visits, key: "${tenant}"}]
"""
SENT, VERIFIED = "$ctx.args.tenantId", "$ctx.identity.claims.tenantId"


def written(kind: str, language: str, source: str) -> dict[str, object]:
    if language == "code":
        return {"code": f"export function request(ctx) {{ return ddb.get({{key: {{tenantId: {source[1:]}}}}}) }}"}
    return {
        "request_template"
        if kind == "resolver"
        else "request_mapping_template": f'{{"key": {{"tenantId": "{source}"}}}}'
    }


@pytest.mark.parametrize("kind", ["resolver", "function"])
@pytest.mark.parametrize("language", ["template", "code"])
@pytest.mark.parametrize(
    ("source", "verdict", "reach"), [(SENT, "FAIL", "own-session"), (VERIFIED, "PASS", "application-only")]
)
def test_a_resolver_of_a_plan_is_judged(
    kind: str, language: str, source: str, verdict: str, reach: str, tmp_path: Path
) -> None:
    named = {"type": "Query", "field": "visit"} if kind == "resolver" else {"name": "visit"}
    content = plan(
        resource("aws_dynamodb_table.t", {"name": "Visits", "hash_key": "pk"}),
        resource("aws_iam_role.r", {"name": "data", "assume_role_policy": TRUST}, unknown=["arn"]),
        resource("aws_iam_role_policy.p", {"name": "p", "role": "data", "policy": READ}),
        resource(
            "aws_appsync_datasource.d",
            {
                "api_id": "a",
                "name": "visits",
                "type": "AMAZON_DYNAMODB",
                "service_role_arn": Refers("aws_iam_role.r.arn", "aws_iam_role.r"),
            },
        ),
        resource(
            f"aws_appsync_{kind}.f",
            {"api_id": "a", **named, "data_source": "visits", **written(kind, language, source)},
        ),
    )
    (tmp_path / "tenancy.yaml").write_text(TENANCY)
    findings = scan(write(tmp_path, content)).report["findings"]
    told = {each["rule"]: each["verdict"] for each in findings if each["resource"]["logical_id"].endswith(".f")}
    assert told["tenant-id-not-taken-from-request"] == verdict
    leaks = [each["proof"] for each in findings if (each.get("proof") or {}).get("verdict") == "LEAK"]
    assert {each["reach"] for each in leaks} == {reach}
