"""An HTTP API had no requests at all, a stage of a REST API those of an HTTP API, a network load balancer those of an
application load balancer: what the reference calls alike was asked as one of them only. ISOLATED."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import THEIRS, said
from tests.prover.situations import ACCOUNT, TAG, allow

GATEWAY = "apigateway:us-east-1::"
BALANCER = f"elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer"
HTTP = ("ApiGatewayV2::Api", {"Name": "globex", "ProtocolType": "HTTP", "Tags": {"TenantId": "globex"}})
STAGE = ("ApiGateway::Stage", {"StageName": "globex", "RestApiId": "abc123", "Tags": THEIRS})
YOUNGER = ("ApiGatewayV2::Stage", {"StageName": "globex", "ApiId": "abc123", "Tags": {"TenantId": "globex"}})
REST = ("ApiGateway::RestApi", {"Name": "globex", "Tags": THEIRS})
METHOD = f"{GATEWAY}/restapis/*/resources/*/methods/GET"
DELETE_BALANCER = "elasticloadbalancing:DeleteLoadBalancer"


def balancer(**given: Any) -> tuple[str, dict[str, Any]]:
    return "ElasticLoadBalancingV2::LoadBalancer", {"Name": "globex", "Tags": THEIRS, **given}


@pytest.mark.parametrize(
    ("theirs", "action", "resource", "verdict"),
    [
        (HTTP, "apigateway:DELETE", f"{GATEWAY}/apis/*", "LEAK"),
        (HTTP, "apigateway:PUT", f"{GATEWAY}/apis/*", "LEAK"),
        (HTTP, "apigateway:PATCH", f"{GATEWAY}/apis/*/integrations/*", "LEAK"),
        (HTTP, "apigateway:POST", f"{GATEWAY}/apis/*/routes", "LEAK"),
        (HTTP, "apigateway:GET", f"{GATEWAY}/apis/*/exports/*", "LEAK"),
        (HTTP, "apigateway:PATCH", f"{GATEWAY}/restapis/*", "ISOLATED"),
        (STAGE, "apigateway:PATCH", f"{GATEWAY}/restapis/abc123/stages/globex", "LEAK"),
        (STAGE, "apigateway:PATCH", f"{GATEWAY}/restapis/abc123/stages/acme", "ISOLATED"),
        (STAGE, "apigateway:PATCH", f"{GATEWAY}/apis/abc123/stages/globex", "ISOLATED"),
        (YOUNGER, "apigateway:PATCH", f"{GATEWAY}/apis/abc123/stages/globex", "LEAK"),
        (YOUNGER, "apigateway:PATCH", f"{GATEWAY}/restapis/abc123/stages/globex", "ISOLATED"),
        # `PutMethod` and `PutIntegration`, which the reference does not list.
        (REST, "apigateway:PUT", METHOD, "LEAK"),
        (REST, "apigateway:PUT", f"{METHOD}/integration", "LEAK"),
        (balancer(Type="network"), DELETE_BALANCER, f"{BALANCER}/net/globex/*", "LEAK"),
        (balancer(Type="network"), DELETE_BALANCER, f"{BALANCER}/app/globex/*", "ISOLATED"),
        (balancer(Type="gateway"), DELETE_BALANCER, f"{BALANCER}/gwy/*", "LEAK"),
        (balancer(), DELETE_BALANCER, f"{BALANCER}/app/globex/*", "LEAK"),
        (balancer(), DELETE_BALANCER, f"{BALANCER}/net/globex/*", "ISOLATED"),
        (balancer(Type={"Ref": "AWS::StackName"}), DELETE_BALANCER, f"{BALANCER}/net/globex/*", "NOT_PROVEN"),
    ],
)
def test_in_a_policy_of_another_tenant(
    theirs: tuple[str, dict[str, Any]], action: str, resource: str, verdict: str, tmp_path: Path
) -> None:
    kind, properties = theirs
    resources = {"Theirs": {"Type": f"AWS::{kind}", "Properties": properties}}
    assert said(tmp_path, resources, None, allow(action, f"arn:aws:{resource}")) == verdict


@pytest.mark.parametrize(("condition", "verdict"), [(None, "LEAK"), ({"aws:ResourceTag/TenantId": TAG}, "ISOLATED")])
def test_of_http_apis_that_a_tag_tells_apart(condition: Any, verdict: str, tmp_path: Path) -> None:
    entry = {"kind": "tagged", "types": ["AWS::ApiGatewayV2::Api"], "tag": "TenantId"}
    statement = allow("apigateway:DELETE", f"arn:aws:{GATEWAY}/apis/*")
    if condition is not None:
        statement["Condition"] = {"StringEquals": condition}
    assert said(tmp_path, {}, entry, statement) == verdict
