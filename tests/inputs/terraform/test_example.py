"""The clinic in Terraform: sound passes the gate and is proved, the pilot's faults are found where the README says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scanner import scan
from scanner.inputs.terraform.hcl import read_hcl

CLINIC = Path(__file__).parents[3] / "examples" / "virtual-clinic-terraform"


# Of the templates of the clinic, what stands in the plan as well.
SAME = {
    "aws_cloudtrail.audit": "Trail",
    "aws_cloudwatch_log_group.trail": "TrailLogs",
    "aws_dynamodb_table.patients": "Patients",
    "aws_iam_role.trail": "TrailRole",
    "aws_kms_key.logs": "LogKey",
    "aws_s3_bucket.access_logs": "AccessLogs",
    "aws_s3_bucket.audit_trail": "AuditTrail",
    "aws_iam_role.patient_api": "PatientApiRole",
    "aws_iam_role.patient_tenant": "PatientTenantRole",
    "aws_iam_role.token_vending": "TokenVendingRole",
    "aws_kms_key.data": "DataKey",
    "aws_lambda_function.patient_api": "PatientApi",
    "aws_s3_bucket.documents": "Documents",
}


@pytest.mark.parametrize("variant", ["sound", "leaky"])
def test_the_plan_is_that_of_the_text(variant: str) -> None:
    plan = json.loads((CLINIC / variant / "plan.json").read_text("utf-8"))
    blocks = list(read_hcl((CLINIC / variant / "main.tf").read_text("utf-8")).blocks)
    written = {
        ".".join(each.labels): set(each.body.arguments) - {"depends_on"} for each in blocks if each.kind == "resource"
    }
    planned = {
        each["address"]: set(each.get("expressions", {})) for each in plan["configuration"]["root_module"]["resources"]
    }
    assert set(written) == set(planned) == {each["address"] for each in plan["resource_changes"]}
    assert all(arguments <= planned[address] for address, arguments in written.items())
    assert plan["terraform_version"] == "1.11.4"


@pytest.mark.parametrize("variant", ["sound", "leaky"])
def test_what_the_templates_say_too_ends_as_there(variant: str) -> None:
    templates = {
        (each["resource"]["logical_id"], each["rule"]): each["verdict"]
        for each in scan(CLINIC.parent / "virtual-clinic" / variant).report["findings"]
    }
    plan = {
        (SAME[each["resource"]["logical_id"]], each["rule"]): each["verdict"]
        for each in scan(CLINIC / variant / "plan.json").report["findings"]
        if each["resource"]["logical_id"] in SAME
    }
    opposite = {("PASS", "FAIL"), ("FAIL", "PASS")}
    assert not {key for key, said in plan.items() if (said, templates.get(key)) in opposite}
    # The plan has no VPC, no variables of the function, and no tenant isolation mode.
    different = {rule for (_, rule), said in plan.items() if said != templates.get((_, rule))}
    assert different == {"lambda-tenant-isolation-mode", "aws-calls-stay-private", "lambda-environment-key"}
    assert len(plan) >= 300


def test_the_sound_clinic_passes_the_gate_and_is_proved() -> None:
    report = scan(CLINIC / "sound" / "plan.json").report
    assert report["exit_code"] == 0
    proofs = {each["proof"]["verdict"] for each in report["findings"] if each.get("proof")}
    assert proofs == {"ISOLATED"}


def test_every_fault_of_the_pilot_is_found_at_a_line() -> None:
    table = re.findall(r"^\| `([^`]+)` \| .* \| `([^`]+)` \|$", (CLINIC / "README.md").read_text("utf-8"), re.MULTILINE)
    report = scan(CLINIC / "leaky" / "plan.json").report
    found = {
        (each["resource"]["logical_id"], each["rule"]): each for each in report["findings"] if each["verdict"] == "FAIL"
    }
    assert report["exit_code"] == 1
    assert len(table) == 6
    for key in table:
        location = found[key]["location"]
        assert location["path"].endswith("leaky/main.tf")
        assert location["line"] is not None


def test_without_the_text_nothing_is_called_isolated_that_leaks(tmp_path: Path) -> None:
    (tmp_path / "tenancy.yaml").write_bytes((CLINIC / "tenancy.yaml").read_bytes())
    (tmp_path / "plan.json").write_bytes((CLINIC / "leaky" / "plan.json").read_bytes())
    proofs = {
        (each["rule"], each["resource"]["logical_id"]): each["proof"]["verdict"]
        for each in scan(tmp_path / "plan.json").report["findings"]
        if each.get("proof")
    }
    assert proofs["dynamodb-items-stay-with-tenant", "aws_iam_role.patient_tenant"] != "ISOLATED"
    assert proofs["compute-role-tenant-scoped", "aws_iam_role.patient_api"] != "ISOLATED"
