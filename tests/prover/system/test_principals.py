"""Whom a trust policy names among the principals of all files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scanner.scanning import scan
from tests.prover.situations import ACCOUNT, PATIENTS, SESSION, TABLE, TAG, allow, leading, role, trust

TENANCY = {
    "version": 1,
    "account": ACCOUNT,
    "region": "us-east-1",
    "tenant_id": {"pattern": "[a-z0-9-]{1,36}", "tags": ["TenantId"]},
    "sessions": [{**SESSION, "binders": []}],
    "owned": [{"kind": "dynamodb-item", "table": "Patients", "key": "TENANT#${tenant}"}],
}
OWN = allow(["dynamodb:GetItem"], TABLE, leading(f"TENANT#{TAG}"))


def said(folder: Path, **templates: dict[str, Any]) -> dict[str, Any]:
    """What is said of who may choose the tenant of AppRole."""
    (folder / "tenancy.yaml").write_text(json.dumps(TENANCY), "utf-8")
    for name, body in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(body), "utf-8")
    findings = scan(folder).report["findings"]
    (found,) = (
        each
        for each in findings
        if each["rule"] == "tenant-tag-not-caller-chosen" and each["resource"]["logical_id"] == "AppRole"
    )
    return dict(found)


def app(principal: str) -> dict[str, Any]:
    mine = role(OWN, AssumeRolePolicyDocument=trust({"AWS": principal}))
    return {"Resources": {"AppRole": mine, "Patients": PATIENTS}}


def broker(name: object, **more: Any) -> dict[str, Any]:
    return {**more, "Resources": {"Broker": role(allow("sts:*", "*"), RoleName=name)}}


def test_the_defaults_of_other_templates_are_no_assumptions_of_this_one(tmp_path: Path) -> None:
    other = broker({"Fn::Sub": "job-${Env}"}, Parameters={"Env": {"Type": "String", "Default": "dev"}})
    finding = said(tmp_path, app=app(f"arn:aws:iam::{ACCOUNT}:role/vending"), other=other)
    assert "Env" not in json.dumps(finding)


def test_a_principal_that_is_named_by_a_default_rests_on_it(tmp_path: Path) -> None:
    other = broker({"Fn::Sub": "job-${Env}"}, Parameters={"Env": {"Type": "String", "Default": "dev"}})
    finding = said(tmp_path, app=app(f"arn:aws:iam::{ACCOUNT}:role/job-dev"), other=other)
    assert (finding["verdict"], finding["proof"]["verdict"]) == ("FAIL", "LEAK")
    assert any("`Env` at its default" in note for note in finding["assumptions"])


def test_a_principal_that_has_the_name_in_one_world_is_found_there(tmp_path: Path) -> None:
    stages = {"Env": {"Type": "String", "AllowedValues": ["dev", "prod"]}}
    chosen = {"Fn::If": ["Prod", "job-prod", "job-dev"]}
    other = broker(chosen, Parameters=stages, Conditions={"Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}})
    finding = said(tmp_path, app=app(f"arn:aws:iam::{ACCOUNT}:role/job-prod"), other=other)
    assert finding["proof"]["verdict"] == "LEAK"
