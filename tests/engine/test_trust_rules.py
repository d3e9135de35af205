"""Trusts that tenancy.yaml declares: they end, they must be about something, and never about a tenant's own role."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from scanner.findings.report_document import FindingDocument
from scanner.scanning import Options, scan
from tests.prover.situations import ITEM_ENTRY, ITEMS, PATIENTS, SESSION, TABLE, allow, role, trust

LAMBDA = trust({"Service": "lambda.amazonaws.com"}, actions="sts:AssumeRole")


def judged(folder: Path, trusts: list[dict], shared: list[dict] | None = None) -> list[FindingDocument]:
    tenancy = {
        "version": 1,
        "account": "111122223333",
        "region": "us-east-1",
        "tenant_id": {"pattern": "[a-z]{1,9}", "tags": ["TenantId"]},
        "sessions": [{**SESSION, "roles": ["ApiRole"]}],
        "owned": [ITEM_ENTRY],
        "trusted": trusts,
        "shared": shared or [],
    }
    resources = {
        "ApiRole": role(),
        "Export": role(allow(ITEMS, TABLE), AssumeRolePolicyDocument=LAMBDA),
        "Patients": PATIENTS,
    }
    (folder / "tenancy.yaml").write_text(yaml.safe_dump(tenancy))
    (folder / "t.yaml").write_text(yaml.safe_dump({"Resources": resources}))
    options = Options(paths=(folder / "t.yaml",), as_of=datetime.date(2026, 11, 23))
    return scan(options=options).report["findings"]


def entry(name: str, until: str = "2027-03-31") -> dict:
    return {
        "role": name,
        "because": "exports for the auditor, reviewed every quarter",
        "owner": "a@b.example",
        "approved_by": "c@b.example",
        "until": until,
    }


def failing(findings: list[FindingDocument], rule: str) -> list[FindingDocument]:
    return [each for each in findings if each["rule"] == rule and each["verdict"] == "FAIL"]


def test_a_trust_in_force_keeps_a_role_out_of_the_proof(tmp_path: Path) -> None:
    findings = judged(tmp_path, [entry("Export")])
    assert failing(findings, "compute-role-tenant-scoped") == []
    assert not [each for each in findings if each["rule"].startswith("trust-")]


def test_a_trust_that_has_ended_is_a_finding_and_what_it_hid_is_back(tmp_path: Path) -> None:
    findings = judged(tmp_path, [entry("Export", "2026-11-22")])
    (ended,) = failing(findings, "trust-current")
    assert ended["location"] is not None and ended["location"]["path"] == "tenancy.yaml" and ended["location"]["line"]
    assert len(failing(findings, "compute-role-tenant-scoped")) == 1


@pytest.mark.parametrize(("name", "rule"), [("Nobody*", "trust-used"), ("ApiRole", "trust-not-in-tenants")])
def test_a_trust_is_about_a_role_that_is_there_and_no_tenants(name: str, rule: str, tmp_path: Path) -> None:
    findings = judged(tmp_path, [entry("Export"), entry(name)])
    assert len(failing(findings, rule)) == 1


def test_what_is_shared_is_nobodys_data_until_it_ends(tmp_path: Path) -> None:
    shared = {"resource": "table/Patients", "because": "the same list for everybody", "owner": "a@b.example"}
    assert failing(judged(tmp_path, [], [{**shared, "until": "2027-01-01"}]), "compute-role-tenant-scoped") == []
    assert failing(judged(tmp_path, [], [{**shared, "until": "2026-01-01"}]), "compute-role-tenant-scoped") != []
