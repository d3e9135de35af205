"""SAM puts the policy of an API into its OpenAPI document ("ResourcePolicyStatement", AWS SAM Developer Guide)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import scan
from scanner.options import Options

EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
OF_A_VPC = {**EVERYBODY, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}}


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({"CustomStatements": [EVERYBODY]}, "FAIL"),
        ({"CustomStatements": [OF_A_VPC]}, "PASS"),
        # The Deny for other endpoints that SAM writes beside an Allow for everybody.
        ({"SourceVpcWhitelist": ["vpce-0123456789abcdef0"]}, "PASS"),
        (None, "PASS"),
    ],
    ids=["everybody", "a VPC", "an endpoint", "none"],
)
def test_private_apis(tmp_path: Path, policy: object, wanted: str) -> None:
    auth = {} if policy is None else {"Auth": {"ResourcePolicy": policy}}
    body = {"openapi": "3.0.1", "paths": {"/visits": {"get": {"responses": {}}}}}
    properties = {"StageName": "prod", "EndpointConfiguration": {"Type": "PRIVATE"}, "DefinitionBody": body, **auth}
    api = {"Type": "AWS::Serverless::Api", "Properties": properties}
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Api": api}}
    (tmp_path / "template.json").write_text(json.dumps(template), "utf-8")
    report = scan(tmp_path, options=Options(select=["private-api-policy-scoped"])).report
    assert [(each["resource"]["logical_id"], each["verdict"]) for each in report["findings"]] == [("Api", wanted)]
