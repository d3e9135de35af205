"""decisions.yaml: read, checked, and held against the documents it names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.scanning import scan

TENANCY = """version: 1
tenant_id: {tags: [TenantId]}
engagement:
  entity: Lakeside Clinics
  role: business-associate
  system: patient portal
  period: calendar 2026
  accounts_in: [{id: "111122223333", owner: platform}]
  accounts_out: [{id: "444455556666", because: a sandbox without patients, owner: research}]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    bucket = {"Type": "AWS::S3::Bucket"}
    queue = {"Type": "AWS::SQS::Queue"}
    odd = {"Type": "Custom::Odd"}
    (tmp_path / "app.json").write_text(json.dumps({"Resources": {"B": bucket, "Q": queue, "O": odd}}), "utf-8")
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "logoff.pdf").write_bytes(b"a document")
    return tmp_path


def decided(project: Path, text: str) -> tuple[list[Any], list[str], int]:
    (project / "decisions.yaml").write_text(text, "utf-8")
    result = scan("app.json")
    said = [f"{each['level']} {each['path']}:{each['line']} {each['message']}" for each in result.report["errors"]]
    return list(result.report.get("decisions", [])), said, result.exit_code


def test_a_decision_is_in_the_report_with_its_document_held_against_its_digest(project: Path) -> None:
    digest = hashlib.sha256(b"a document").hexdigest()
    decisions, said, _ = decided(
        project,
        f"""
- control: 164.312(a)(2)(iii)
  decision: alternative
  by: security officer
  date: 2026-02-03
  because: workstations lock after five minutes
  attachment: attachments/logoff.pdf
  sha256: {digest}
""",
    )
    assert not said
    (decision,) = decisions
    assert (decision["decision"], decision["date"], decision["matches"]) == ("alternative", "2026-02-03", True)


@pytest.mark.parametrize(
    ("attachment", "sha256", "matches", "wanted"),
    [
        ("attachments/logoff.pdf", "0" * 64, False, "is not the one that `sha256` is of"),
        ("attachments/none.pdf", "0" * 64, False, "there is no attachment"),
        ("attachments/none.pdf", None, None, "there is no attachment"),
        ("attachments/logoff.pdf", None, None, None),
    ],
)
def test_a_document_that_is_not_there_or_another_is_a_warning(
    project: Path, attachment: str, sha256: str | None, matches: bool | None, wanted: str | None
) -> None:
    text = "- control: 164.312(a)(2)(iii)\n  decision: implemented\n  by: me\n  date: 2026-02-03\n"
    text += f"  attachment: {attachment}\n"
    text += f'  sha256: "{sha256}"\n' if sha256 else ""
    (decision,), said, _ = decided(project, text)
    assert decision["matches"] is matches
    assert [wanted in each and each.startswith("warning decisions.yaml:5") for each in said if wanted] == (
        [True] if wanted else []
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "- {control: 164.312(a)(2)(iv, decision: implemented, by: me, date: 2026-02-03}",
            "is no entry of a framework",
        ),
        ("- {control: 164.312(a)(2)(iii), decision: alternative, by: me, date: 2026-02-03}", "needs `because`"),
        ("- {control: 164.312(a)(2)(iii), decision: maybe, by: me, date: 2026-02-03}", "maybe"),
        (
            "- &a {control: 164.312(a)(2)(iii), decision: implemented, by: me, date: 2026-02-03}\n- *a",
            "is decided twice",
        ),
        (
            "- {control: 164.312(a)(2)(iii), decision: implemented, by: me, date: 2026-02-03, attachment: ../x}",
            "inside the folder",
        ),
        ("- [", "decisions.yaml"),
    ],
)
def test_what_is_wrong_is_an_error_with_its_place(project: Path, text: str, wanted: str) -> None:
    decisions, said, code = decided(project, text)
    assert code == 2
    assert not decisions
    assert any(wanted in each and "decisions.yaml" in each for each in said), said


def test_scope_and_population_are_in_the_report(project: Path) -> None:
    (project / "tenancy.yaml").write_text(TENANCY, "utf-8")
    report = scan("app.json").report
    assert report["scope"]["engagement"]["entity"] == "Lakeside Clinics"
    assert report["scope"]["left_out"] == [
        {"what": "account 444455556666", "because": "a sandbox without patients", "owner": "research"}
    ]
    types = {each["type"]: each for each in report["population"]["types"]}
    assert types["AWS::S3::Bucket"]["count"] == 1
    assert "s3-versioning" in types["AWS::S3::Bucket"]["rules"]
    assert sum(each["count"] for each in types.values()) == report["summary"]["resources"]
    assert not [rule for rule in types["Custom::Odd"]["rules"] if rule.startswith("s3-")]
