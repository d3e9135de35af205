"""The clinic in Terraform: sound passes the gate and is proved, the pilot's faults are found where the README says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner import scan
from tests.inputs.terraform.planner import planned

CLINIC = Path(__file__).parents[3] / "examples" / "virtual-clinic-terraform"


@pytest.mark.parametrize("variant", ["sound", "leaky"])
def test_the_plan_is_that_of_the_text(variant: str) -> None:
    assert (CLINIC / variant / "plan.json").read_text("utf-8") == planned(CLINIC / variant)


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
    assert len(table) == 5
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
