"""The policy of a REST API names its methods as `execute-api:/prod/GET/visits`, which API Gateway writes out as ARNs.

Read as it stands it named nothing, so that whom it lets in was isolated, and whom it refuses was not refused. And a
registry of schemas that its policy names by name was taken for one without a policy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import ACCOUNT, allow, document

ROLE = f"arn:aws:iam::{ACCOUNT}:role/AppRole"
THEIRS = [{"Key": "TenantId", "Value": "globex"}]
NOTHING = allow("sns:ListTopics", "*")


def on(effect: str, resource: object, principal: object = None, **more: object) -> dict[str, Any]:
    who = principal or {"AWS": ROLE}
    return {"Effect": effect, "Principal": who, "Action": "execute-api:Invoke", "Resource": resource, **more}


def of_an_api(folder: Path, *statements: dict[str, Any], own: dict[str, Any] = NOTHING) -> str:
    properties = {"Name": "visits", "Tags": THEIRS, "Policy": document(*statements)}
    return said(folder, {"Theirs": {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}}, None, own)


@pytest.mark.parametrize(
    "resource",
    ["execute-api:/*", "execute-api:/*/*/*", "execute-api:/prod/GET/visits", {"Fn::Sub": "execute-api:/prod/GET/*"}],
)
def test_let_in_whom_they_name(resource: object, tmp_path: Path) -> None:
    assert of_an_api(tmp_path, on("Allow", resource)) == "LEAK"


def test_and_refuse_whom_they_name(tmp_path: Path) -> None:
    everybody = on("Deny", "execute-api:/*", "*")
    invoke = allow("execute-api:Invoke", "arn:aws:execute-api:*:*:*")
    for number, (statements, verdicts) in enumerate(
        (
            ((on("Allow", "execute-api:/*"), everybody), "ISOLATED"),
            ((on("Allow", "execute-api:/*"), on("Deny", "execute-api:/prod/*", "*")), "LEAK or NOT_PROVEN"),
            ((everybody,), "ISOLATED"),
            ((on("Deny", "execute-api:/prod/DELETE/*", "*"),), "LEAK or NOT_PROVEN"),
        )
    ):
        assert of_an_api(tmp_path / str(number), *statements, own=invoke) in verdicts.split(" or ")


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("globex", "LEAK"), ({"Fn::GetAtt": ["Theirs", "RegistryName"]}, "LEAK"), ("acme", "ISOLATED")],
)
def test_a_registry_by_its_name(name: object, verdict: str, tmp_path: Path) -> None:
    lets_in = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "schemas:*", "Resource": "*"}
    resources = {
        "Theirs": {"Type": "AWS::EventSchemas::Registry", "Properties": {"RegistryName": "globex", "Tags": THEIRS}},
        "Policy": {
            "Type": "AWS::EventSchemas::RegistryPolicy",
            "Properties": {"RegistryName": name, "Policy": document(lets_in)},
        },
    }
    assert said(tmp_path, resources, None, NOTHING) == verdict
