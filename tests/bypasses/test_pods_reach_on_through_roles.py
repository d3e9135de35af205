"""Pods act as a role, and that takes another one: what the second reaches was not asked, so that they were ISOLATED."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.options import Options
from scanner.scanning import scan
from tests.kubernetes_dumps import tenant, write
from tests.prover.theorems.test_pod_chain import ACME, OTHERS, PODS, TENANCY, tie

Body = dict[str, Any]


def role(trust: Body, *statements: Body, **more: Any) -> Body:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    properties: Body = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **trust}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": policy}],
        **more,
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def owner(tenant_id: str) -> list[Body]:
    return [{"Key": "TenantId", "Value": tenant_id}]


def takes(name: str) -> Body:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": {"Fn::GetAtt": [name, "Arn"]}}


def of(name: str) -> Body:
    return {"Principal": {"AWS": {"Fn::GetAtt": [name, "Arn"]}}, "Action": "sts:AssumeRole"}


def uses(queue: str) -> Body:
    return {"Effect": "Allow", "Action": "sqs:*", "Resource": queue}


QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "globex-jobs", "Tags": owner("globex")}}
FIRST = role(PODS, takes("Mid"), RoleName="acme-api", Tags=owner("acme"))
WHOLE = {"Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}

CASES: dict[str, tuple[dict[str, Body], str, str]] = {
    "a role that uses another's queue": (
        {"Role": FIRST, "Mid": role(of("Role"), uses(OTHERS), RoleName="mid")},
        "FAIL",
        "which may take role Mid",
    ),
    "a role that uses its own queue": (
        {"Role": FIRST, "Mid": role(of("Role"), uses(ACME), RoleName="mid")},
        "PASS",
        "",
    ),
    "a role that does not let it in": (
        {
            "Role": FIRST,
            "Mid": role({"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}, uses(OTHERS)),
        },
        "PASS",
        "",
    ),
    "a role that lets its account in": (
        {"Role": FIRST, "Mid": role(WHOLE, uses(OTHERS), RoleName="mid")},
        "FAIL",
        "which may take role Mid",
    ),
    "an account that is let in, and nothing takes the role": (
        {"Role": role(PODS, uses(ACME), RoleName="acme-api", Tags=owner("acme")), "Mid": role(WHOLE, uses(OTHERS))},
        "PASS",
        "",
    ),
    "another tenant's role": (
        {"Role": FIRST, "Mid": role(of("Role"), uses(ACME), RoleName="globex-api", Tags=owner("globex"))},
        "FAIL",
        "of tenant `globex`",
    ),
    "two roles further on": (
        {
            "Role": FIRST,
            "Mid": role(of("Role"), takes("Last"), RoleName="mid"),
            "Last": role(of("Mid"), uses(OTHERS), RoleName="last"),
        },
        "FAIL",
        "which may take role Last",
    ),
    "roles that take each other": (
        {
            "Role": FIRST,
            "Mid": role(of("Role"), takes("Last"), RoleName="mid"),
            "Last": role(of("Mid"), takes("Mid"), RoleName="last"),
        },
        "PASS",
        "",
    ),
    "by a trust policy that rests on a parameter": (
        {"Role": FIRST, "Mid": role({"Principal": {"AWS": {"Ref": "Who"}}, "Action": "sts:AssumeRole"}, uses(OTHERS))},
        "UNKNOWN",
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_chain(tmp_path: Path, name: str) -> None:
    resources, verdict, words = CASES[name]
    write(tmp_path, *tenant("acme"), *tenant("globex"), tenancy=TENANCY)
    template = {"Parameters": {"Who": {"Type": "String"}}, "Resources": {"Tie": tie(), "Queue": QUEUE, **resources}}
    (tmp_path / "aws.json").write_text(json.dumps(template), "utf-8")
    report = scan(options=Options(paths=[tmp_path], select=["pod-roles-stay-with-tenant"], cache=None)).report
    (found,) = [each for each in report["findings"] if each["resource"]["address"].endswith("/acme/api")]
    assert found["verdict"] == verdict, found.get("message")
    assert words in found.get("message", "")
