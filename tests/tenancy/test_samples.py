"""Ten small systems in the manner of published SaaS samples: what `init` writes of each, and what a first scan says.

What each finding is worth to whoever scans for the first time is judged in `samples/README.md`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan
from scanner.cli.main import main

SAMPLES = Path(__file__).parent / "samples"
Proofs = dict[str, set[tuple[str, str, str]]]

# Of each: what `owned` and `sessions` say, what is guessed in comments, and every proof that is no ISOLATED.
EXPECTED: dict[str, tuple[list[dict[str, Any]], list[str], list[str], set[tuple[str, str, str]]]] = {
    "01-pool-item-actions": (
        [{"kind": "dynamodb-item", "table": "Orders", "key": "${tenant}"}],
        ["TenantRole"],
        [],
        set(),
    ),
    "02-pool-every-action": (
        [{"kind": "dynamodb-item", "table": "Orders", "key": "${tenant}"}],
        ["TenantRole"],
        [],
        {
            ("dynamodb-items-stay-with-tenant", "TenantRole", "LEAK"),
            ("dynamodb-streams-exports-scoped", "TenantRole", "LEAK"),
        },
    ),
    "03-pool-objects": (
        [{"kind": "s3-object", "bucket": "Documents", "key": "${tenant}/*"}],
        ["TenantRole"],
        [],
        {("s3-objects-stay-with-tenant", "TenantRole", "LEAK")},
    ),
    "04-silo-stack": ([], [], ["table/${tenant}-orders", 'role: "app-${tenant}-task"'], set()),
    "05-identity-pool": (
        [{"kind": "dynamodb-item", "table": "Visits", "key": "TENANT#${tenant}#*"}],
        ["SignedIn"],
        [],
        {("tenant-tag-not-caller-chosen", "SignedIn", "LEAK")},
    ),
    "06-session-policy-file": (
        [{"kind": "dynamodb-item", "table": "Visits", "key": "${tenant}"}],
        ["Data"],
        [],
        {("compute-role-tenant-scoped", "Data", "NOT_PROVEN")},
    ),
    "07-bridge": (
        [{"kind": "dynamodb-item", "table": "Visits", "key": "${tenant}"}],
        [],
        [],
        {("compute-role-tenant-scoped", "Api", "LEAK")},
    ),
    "08-namespace-roles": ([], [], ['bucket: Records, key: "${tenant}/*"'], set()),
    "09-control-plane": ([], [], ["may list the tenants themselves"], set()),
    "10-two-binders": (
        [{"kind": "dynamodb-item", "table": "Orders", "key": "${tenant}"}],
        ["TenantRole"],
        ["binders: [SupportTool, Vending]", "POST /auth/sign-in", "`Visits` demands `tenantId`"],
        {("tenant-tag-not-caller-chosen", "TenantRole", "NOT_PROVEN")},
    ),
}


@pytest.mark.parametrize("name", list(EXPECTED))
def test_what_init_writes_and_a_first_scan_says(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    owned, roles, guesses, open_proofs = EXPECTED[name]
    folder = tmp_path / "system"
    shutil.copytree(SAMPLES / name, folder)
    report = scan(folder).report
    said = {
        (each["rule"], str(each["resource"]["logical_id"]), proof["verdict"])
        for each in report["findings"]
        if (proof := each.get("proof")) is not None and proof["verdict"] != "ISOLATED"
    }
    assert said == open_proofs
    assert main(["init", str(folder)]) == 0
    text = (folder / "tenancy.yaml").read_text()
    written = yaml.safe_load(text)
    assert written.get("owned", []) == owned
    assert [role for session in written.get("sessions", []) for role in session["roles"]] == roles
    assert [each for each in guesses if each not in text] == []
    capsys.readouterr()


def test_all_samples_are_judged() -> None:
    judged = (SAMPLES / "README.md").read_text()
    assert sorted(each.name for each in SAMPLES.iterdir() if each.is_dir()) == sorted(EXPECTED)
    assert [name for name in EXPECTED if f"`{name}`" not in judged] == []


def test_the_session_policy_of_a_sample_is_not_proved_once_it_is_declared(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    shutil.copytree(SAMPLES / "06-session-policy-file", folder)
    main(["init", str(folder)])
    (told,) = (
        each
        for each in scan(folder).report["findings"]
        if each["rule"] == "dynamodb-items-stay-with-tenant" and each["resource"]["logical_id"] == "Data"
    )
    assert told["verdict"] == "UNKNOWN" and "has the hole `{{table}}`" in told["message"]


def test_guesses_that_are_right_prove_a_stack_for_each_tenant(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    shutil.copytree(SAMPLES / "04-silo-stack", folder)
    main(["init", str(folder)])
    lines = (folder / "tenancy.yaml").read_text().replace("# owned:", "owned:").replace("# principals:", "principals:")
    (folder / "tenancy.yaml").write_text(lines.replace("# - {", "- {").replace("any-tag-value", '"[a-z0-9]{3,20}"'))
    proofs = [
        (each["rule"], proof["verdict"], proof.get("reaches"))
        for each in scan(folder).report["findings"]
        if (proof := each.get("proof")) is not None
    ]
    assert {verdict for _, verdict, _ in proofs} == {"ISOLATED"}
    assert ("dynamodb-items-stay-with-tenant", "ISOLATED", "own") in proofs


def test_a_guess_that_is_right_finds_the_role_that_reaches_all_prefixes(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    shutil.copytree(SAMPLES / "08-namespace-roles", folder)
    main(["init", str(folder)])
    (folder / "tenancy.yaml").write_text(
        (folder / "tenancy.yaml")
        .read_text()
        .replace("# owned:", "owned:")
        .replace("# - {", "- {")
        .replace("any-tag-value", '"[a-z]{3,20}"')
    )
    proofs = {
        (str(each["resource"]["logical_id"]), proof["verdict"])
        for each in scan(folder).report["findings"]
        if (proof := each.get("proof")) is not None and each["rule"] == "s3-objects-stay-with-tenant"
    }
    assert proofs == {("Acme", "ISOLATED"), ("Globex", "LEAK")}
