"""Operations of API Gateway on paths, or by methods, that AWS's reference has no row for: nothing was asked, ISOLATED.

`TestInvokeMethod` calls what stands behind a method whatever authorizes its callers; caches of a stage are thrown away,
and whoever tags an API makes it another tenant's. All 146 operations of both generations were held against the forms.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from scanner.iam.arn_syntax import regex_of
from scanner.iam.resource_arns import resource_arns
from tests.prover.situations import ACCOUNT, TAG, allow, role, said_of_roles

GATEWAY = "arn:aws:apigateway:us-east-1::"
BY_TAG = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}
NAMES = [{"Key": "TenantId", "Value": "globex"}]
OPEN = "NOT_PROVEN"

OF_REST: list[tuple[str, str, str]] = [
    ("POST", "/restapis/*/resources/*/methods/*", "LEAK"),
    ("POST", "/restapis/*/resources/*/methods/GET", "LEAK"),
    ("POST", "/restapis/*/authorizers/*", "LEAK"),
    ("POST", "/restapis/*/resources/*", "LEAK"),
    ("PUT", "/restapis/*/documentation/parts", "LEAK"),
    ("DELETE", "/restapis/*/stages/*/cache/data", "LEAK"),
    ("DEL*", "/restapis/*/stages/prod/cache/*", "LEAK"),
    ("DELETE", "/restapis/*/stages/*/cache/authorizers", "LEAK"),
    ("GET", "/restapis/*/stages/prod/exports/*", "LEAK"),
    ("GET", "/restapis/*/models/*/default_template", "LEAK"),
    ("PUT", "/tags/*", "LEAK"),
    ("POST", "/tags/*", "LEAK"),
    ("DELETE", "/tags/*", "LEAK"),
    ("GET", "/tags/*", "ISOLATED"),
    ("GET", "/account", "ISOLATED"),
    ("POST", "/restapis", "ISOLATED"),
    ("POST", "/apis/*/authorizers/*", "ISOLATED"),
]
OF_PLANS = [
    ("GET", "/usageplans/*/usage", "LEAK"),
    ("PATCH", "/usageplans/*/keys/*/usage", "LEAK"),
    ("DELETE", "/restapis/*/stages/*/cache/data", "ISOLATED"),
]


@pytest.mark.full
@pytest.mark.parametrize(
    ("kind", "own", "rows"), [("RestApi", "restapis", OF_REST), ("UsagePlan", "usageplans", OF_PLANS)]
)
def test_each_operation_is_asked_of_tagged_ones(
    tmp_path: Path, kind: str, own: str, rows: list[tuple[str, str, str]]
) -> None:
    mine = allow("apigateway:GET", f"{GATEWAY}/{own}/*", BY_TAG)
    asked = [allow(f"apigateway:{verb}", GATEWAY + path) for verb, path, _ in rows]
    roles = {f"App{at}": role(mine, statement) for at, statement in enumerate(asked)}
    roles["AppByTag"] = role(mine, allow("apigateway:POST", f"{GATEWAY}/{own}/*", BY_TAG))
    entry = {"kind": "tagged", "types": [f"AWS::ApiGateway::{kind}"], "tag": "TenantId"}
    found = said_of_roles(tmp_path, roles, owned=[entry])
    said = {row[:2]: found[f"App{at}"] for at, row in enumerate(rows)}
    assert said == {row[:2]: row[2] for row in rows}
    assert found["AppByTag"] == "ISOLATED"


NOT_OURS = {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}
OF_ACME = {"StringEquals": {"aws:ResourceTag/TenantId": "acme"}}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (allow("apigateway:POST", f"{GATEWAY}/restapis/*/resources/*/methods/*"), "LEAK"),
        (allow("apigateway:DELETE", f"{GATEWAY}/restapis/*/stages/*/cache/data"), "LEAK"),
        (allow("apigateway:PUT", f"{GATEWAY}/tags/*"), OPEN),
        (allow("apigateway:PATCH", f"{GATEWAY}/restapis/*", NOT_OURS), "ISOLATED"),
        (allow("apigateway:*", f"{GATEWAY}/restapis/*", OF_ACME), "ISOLATED"),
    ],
)
def test_each_operation_is_asked_of_an_api_of_the_files(tmp_path: Path, statement: dict[str, Any], said: str) -> None:
    theirs = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "g", "Tags": NAMES}}
    mine = role(statement, Tags=[{"Key": "TenantId", "Value": "acme"}])
    rules = ("silo-tenants-cannot-reach-each-other",)
    assert said_of_roles(tmp_path, {"Mine": mine, "Theirs": theirs}, rules, sessions=[])["Mine"] == said


def test_every_operation_has_a_form_by_its_method() -> None:
    """Those of portals and routing rules have actions of their own names, SDK types are AWS's, and tags are only
    read."""
    forms = [form for form in resource_arns().forms() if form.service == "apigateway"]
    by = {form.arn: {each.action.name for each in resource_arns().actions(form)} for form in forms}
    without = []
    for service in ("apigateway", "apigatewayv2"):
        model = botocore.session.get_session().get_service_model(service)
        for name in model.operation_names:
            http = model.operation_model(name).http
            path = http["requestUri"].partition("?")[0].removeprefix("/v2").rstrip("/")
            named = re.sub(r"\{[^}]*\}", "x1", path)
            arns = [f"arn:aws:apigateway:us-east-1:{account}:{named}" for account in ("", ACCOUNT)]
            wanted = {f"apigateway:{http['method']}", f"apigateway:{name}"}
            if not any(by[form.arn] & wanted and any(map(regex_of(form).fullmatch, arns)) for form in forms):
                without.append(name)
    left = [
        name for name in without if not any(word in name for word in ("Portal", "Product", "RoutingRule", "SdkType"))
    ]
    assert left == ["DeleteDomainNameAccessAssociation", "GetTags", "RejectDomainNameAccessAssociation", "GetTags"]
