"""An exception or a trust needs another's word, and the owner in other letters was another; `*` in a file's name, too.

An exception beside a resource means that resource alone: where its file is called `*.yaml`, its address was a pattern
and covered those of other files.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.base.approval import approved_by_another
from scanner.options import Options
from scanner.scanning import scan

ENTRY = (
    "{rule: rds-encrypted, because: accepted in this test for no other reason, owner: b@b.example, approved_by: %s, "
)
ENTRY += "until: 2027-06-30%s}"
DATABASE = "Resources:\n  Bad: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false}}\n"


@pytest.mark.parametrize(
    ("by", "another"),
    [
        ("b@b.example", False),
        (" B@B.Example ", False),
        ("Bea <b@b.example>", False),
        ("mailto:b@b.example", False),
        ("ｂ@b.example", False),
        ("b@b.example (Bea)", False),
        ("b@b.example, B@b.example", False),
        ("b@b.example\u200b", False),
        (" , ", False),
        ("", False),
        ("c@b.example", True),
        ("b@b.example and c@b.example", True),
        ("Cy <c@b.example>", True),
    ],
)
def test_the_owner_is_no_other(tmp_path: Path, by: str, another: bool) -> None:
    assert approved_by_another(by, ["b@b.example"]) is another
    (tmp_path / "t.yaml").write_text(DATABASE, "utf-8")
    (tmp_path / "exceptions.yaml").write_text(f"- {ENTRY % (json.dumps(by), ', resource: t.yaml#Bad')}\n", "utf-8")
    report = scan(options=Options(paths=(tmp_path,), select=["rds-encrypted"])).report
    assert any(each["verdict"] == "SUPPRESSED" for each in report["findings"]) is another
    assert any(each["rule"] == "exception-well-formed" for each in report["findings"]) is not another


@pytest.mark.parametrize(("by", "wrong"), [("Bea <b@b.example>", True), ("B@b.example", True), ("c@b.example", False)])
def test_the_owner_of_a_trust_is_no_other(tmp_path: Path, by: str, wrong: bool) -> None:
    (tmp_path / "t.yaml").write_text(DATABASE, "utf-8")
    trust = f"{{role: deploy, because: two people review each deployment, owner: b@b.example, approved_by: '{by}'}}"
    (tmp_path / "tenancy.yaml").write_text(
        f"version: 1\ntenant_id: {{pattern: '[a-z]{{3,20}}', tags: [TenantId]}}\ntrusted: [{trust}]\n", "utf-8"
    )
    errors = scan(options=Options(paths=(tmp_path,), select=["rds-encrypted"])).report["errors"]
    assert any("is the owner; somebody else has to approve" in each["message"] for each in errors) is wrong


def test_an_exception_beside_a_resource_covers_that_one(tmp_path: Path) -> None:
    entry = f"tenantproof: {{exceptions: [{ENTRY % ('c@b.example', '')}]}}"
    excepted = DATABASE.replace("Properties", f"Metadata: {{{entry}}}, Properties")
    try:
        (tmp_path / "*.yaml").write_text(excepted, "utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    (tmp_path / "t.yaml").write_text(DATABASE, "utf-8")
    (tmp_path / "exceptions.yaml").write_text("- templates: allowed\n", "utf-8")
    report = scan(options=Options(paths=(tmp_path,), select=["rds-encrypted"])).report
    covered = [each["resource"]["address"] for each in report["findings"] if each["verdict"] == "SUPPRESSED"]
    assert covered == ["*.yaml#Bad"]
