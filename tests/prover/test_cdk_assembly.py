"""The proof over a real CDK assembly with two stages, nested stacks and silos, under a tenancy of our own making."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from scanner.scanning import scan

pytestmark = pytest.mark.full

ASSEMBLY = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "cdk-multi-assembly" / "cdk.out"


@pytest.mark.skipif(not ASSEMBLY.is_dir(), reason="the corpus is not here")
def test_good_roles_are_isolated_and_leaking_ones_leak_with_a_request(tmp_path: Path) -> None:
    import shutil

    (tmp_path / ".git").mkdir()
    shutil.copytree(ASSEMBLY, tmp_path / "cdk.out")
    texts = "".join(each.read_text() for each in ASSEMBLY.rglob("*.template.json"))
    table = re.search(r'"(Records[0-9A-F]{8})"', texts)
    bucket = re.search(r'"(Documents[0-9A-F]{8})"', texts)
    assert table and bucket
    tenancy = {
        "version": 1,
        # An id `tenants` would own the silos' prefixes, so there is none.
        "tenant_id": {"pattern": "[a-z0-9-]{1,36}", "tags": ["TenantId"], "shared_values": ["tenants"]},
        "sessions": [
            {
                "name": "pool",
                "roles": ["Good*", "Leak*"],
                "tenant_key": "aws:PrincipalTag/TenantId",
                "present": "always",
                "binders": ["Broker*"],
            }
        ],
        "owned": [
            {"kind": "dynamodb-item", "table": table[1], "key": "TENANT#${tenant}"},
            {"kind": "s3-object", "bucket": bucket[1], "key": "${tenant}/*"},
            {"kind": "s3-object", "bucket": bucket[1], "key": "tenants/${tenant}/*"},
        ],
    }
    (tmp_path / "tenancy.yaml").write_text(yaml.safe_dump(tenancy))
    result = scan(tmp_path / "cdk.out")
    assert not result.crashes
    worst: dict[tuple[str | None, str], set[str]] = {}
    for finding in result.report["findings"]:
        if proof := finding.get("proof"):
            name = finding["resource"]["logical_id"] or ""
            worst.setdefault((finding["resource"]["stack"], name), set()).add(proof["verdict"])
            if proof["verdict"] == "LEAK":
                assert finding["counterexample"]["replayed"] is True
                assert finding["source"]["path"].endswith(".ts"), "the CDK line that made the role"
    good = {key: said for key, said in worst.items() if key[1].startswith("Good")}
    leaking = {key: said for key, said in worst.items() if key[1].startswith("Leak")}
    silos = {key: said for key, said in worst.items() if key[1].startswith("SiloRole")}
    assert len(good) == 6 and all(said == {"ISOLATED"} for said in good.values()), good
    assert len(leaking) == 9 and all("LEAK" in said for said in leaking.values()), leaking
    assert len(silos) == 6 and all("LEAK" in said for said in silos.values()), silos
    requests = [
        finding["counterexample"]
        for finding in result.report["findings"]
        if finding.get("counterexample") and (finding["resource"]["logical_id"] or "").startswith("SiloRole")
    ]
    across = {(each["caller_tenant"], each["owner_tenant"]) for each in requests}
    assert ("acme", "acme-west") in across
