"""Bundles that somebody changed who knows the form: all that can be computed anew is, and still the change is told.

What no input decides is not told as a difference; then the output of `verify` lists it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.base.problem import ProblemsError
from scanner.bundle import contents, verifying
from scanner.bundle.archive import packed, unpacked
from scanner.bundle.manifest import CHECKSUM, MANIFEST, checksum_of, digest_of, digests_of
from scanner.bundle.readable import PAGE, PRINT, README, page, readme
from scanner.findings.report_document import ReportDocument
from scanner.history.store import report_digest
from scanner.options import Options
from scanner.scanning import scan

pytestmark = pytest.mark.full

ROOT = Path(__file__).resolve().parents[2]
Members = dict[str, bytes]
EXCEPTION = """- rule: dynamodb-pitr
  resource: "*Records"
  owner: alice smith
  because: rebuilt from the ledger
  until: 2026-06-30
"""
DECISION = {
    "control": "164.312(a)(2)(iii)",
    "decision": "alternative",
    "by": "privacy officer",
    "date": "2026-01-05",
    "because": "sessions end at the gateway",
    "attachment": "attachments/a.txt",
    "sha256": digest_of(b"text"),
}
TABLES = {
    name: {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": name.lower()}} for name in ("Other", "Records")
}
SECRET = """# owner: alice
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Environment: {Variables: {DB_PASSWORD: hunter22plain}}}
"""


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    """Without the print, which takes longest to make and is compared by its bytes like the page."""
    folder = tmp_path_factory.mktemp("forged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1770000000")
        patch.chdir(folder)
        for name, text in {
            "infra/app.json": json.dumps({"Resources": TABLES}),
            "infra/b.yaml": SECRET,
            "tenancy.yaml": "version: 1\ntenant_id: {tags: [TenantId]}\nmodel: pool\n",
            "exceptions.yaml": EXCEPTION,
            "decisions.yaml": json.dumps([DECISION]),
            "attachments/a.txt": "text",
        }.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        (folder / ".git").mkdir()
        shutil.copytree(ROOT / "rules" / "frameworks", "rules/frameworks", ignore=shutil.ignore_patterns("further"))
        for name in ("dynamodb-pitr", "no-plaintext-secrets"):
            (path,) = (ROOT / "rules").rglob(f"{name}.yaml")
            shutil.copy(path, "rules")
        given = replace(Options(), paths=[Path("infra")], rules=[Path("rules")], only_rules=True, inventory=True)
        Path("b.zip").write_bytes(
            contents.bundle(scan(options=given).report, given, contents.Wanted(include_inputs=True))
        )
        _, whole, _ = unpacked(Path("b.zip"))
    return sealed({name: content for name, content in whole.items() if name != PRINT})


def sealed(members: Members, change: Callable[[Any], object] = lambda _: None) -> Members:
    """With README, manifest and digests as they follow from the other members."""
    members = dict(members)
    manifest, report = json.loads(members[MANIFEST]), json.loads(members["report.json"])
    change(manifest)
    manifest |= {"report": report_digest(report), "created": report["generated_at"]}
    manifest["tool"]["version"] = report["tool"]["version"]
    names = digests_of(members)
    members[README] = readme(report, names, manifest["retain_until"], inputs=True)
    manifest["members"] = dict(sorted(digests_of(members).items()))
    members[MANIFEST] = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
    members[CHECKSUM] = checksum_of(members[MANIFEST])
    return members


def forged(members: Members, change: Callable[[Any], object], **others: bytes) -> Members:
    """With another report, and with all documents made of it."""
    report: ReportDocument = json.loads(members["report.json"])
    change(report)
    kept = {name: content for name, content in members.items() if not name.startswith("inventory/")}
    kept |= contents.inventory_members(report) | others
    kept |= {"report.json": contents.rendered(report).encode("ascii"), PAGE: page(report)}
    return sealed({**kept, "controls.csv": contents.controls_table(report).encode("utf-8")})


def checks(members: Members, tmp_path: Path) -> list[verifying.Checked]:
    place = tmp_path / "t.zip"
    place.write_bytes(packed(members))
    try:
        return verifying.verify(place)
    except ProblemsError as error:
        return [verifying.Checked("bundle", "differs", str(error))]


def told(members: Members, tmp_path: Path) -> set[str]:
    return {each.what for each in checks(members, tmp_path) if each.verdict == "differs"}


def test_what_was_not_changed_differs_in_nothing(members: Members, tmp_path: Path) -> None:
    assert told(members, tmp_path) == set()
    assert told(forged(members, lambda _: None), tmp_path) == set()


@pytest.mark.parametrize(
    "name",
    [
        "approval.txt",
        "Report.json",
        "attachments/soc2.pdf",
        "inputs/extra.yaml",
        "inputs/infra/more.json",
        "inputs/attachments/a.txt",
        "rules/rules/extra.txt",
        "rules/other/more.yaml",
        "inventory/more.csv",
    ],
)
def test_a_member_by_which_nothing_was_judged_is_told(members: Members, tmp_path: Path, name: str) -> None:
    assert name in told(sealed({**members, name: b"Resources: {}\n"}), tmp_path)


@pytest.mark.parametrize("key", ["findings", "controls", "inputs", "rules"])
def test_another_order_is_told(members: Members, tmp_path: Path, key: str) -> None:
    """A reader takes the first finding for the worst."""

    def turned(report: Any) -> None:
        value = report[key]
        report[key] = dict(reversed(value.items())) if isinstance(value, dict) else value[::-1]

    assert "verdicts" in told(forged(members, turned), tmp_path)


def _rewritten(name: str, pattern: bytes, by: bytes) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        content = re.sub(pattern, by, members[name], count=1)
        assert content != members[name]
        return {**members, name: content}

    return change


@pytest.mark.parametrize(
    ("name", "pattern", "by"),
    [
        ("options.json", b"false", b"0"),
        ("options.json", b'"fail_on"', b'"fail_on": "never",\n "fail_on"'),
        ("options.json", b'"fail_on"', b'"approved_by": "AWS",\n "fail_on"'),
        ("options.json", b"fail_on", b"fail\\\\u005fon"),
        ("options.json", rb"\n+", b""),
        ("attachments.json", digest_of(b"text").encode(), b"0" * 64),
        ("attachments.json", rb"\n+", b""),
        ("controls.csv", rb"\r\n([^\r]+)\r\n", rb"\r\n\1\r\n\1\r\n"),
        ("report.json", rb'("exit_code": )1\b', rb"\g<1>1e0"),
    ],
    ids=str,
)
def test_a_document_that_is_written_otherwise_is_told(
    members: Members, tmp_path: Path, name: str, pattern: bytes, by: bytes
) -> None:
    assert name in told(sealed(_rewritten(name, pattern, by)(members)), tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b'"created"', b'"attested_by": "AWS",\n "created"'),
        lambda raw: raw.replace(b'"created"', b'"created": "2031-01-01T00:00:00Z",\n "created"'),
        lambda raw: json.dumps(json.loads(raw)).encode("ascii"),
        lambda raw: re.sub(rb'"retain_until": "[^"]*"', b'"retain_until": "for ever"', raw),
        lambda raw: raw.replace(b'"previous": null', b'"previous": "approved"'),
        lambda raw: raw.replace(b' "made_again": "whole",\n', b""),
    ],
)
def test_a_manifest_that_says_more_or_less_is_told(
    members: Members, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    raw = change(members[MANIFEST])
    assert raw != members[MANIFEST]
    assert told({**members, MANIFEST: raw, CHECKSUM: checksum_of(raw)}, tmp_path)


def test_a_checksum_that_says_more_is_told(members: Members, tmp_path: Path) -> None:
    for more in (members[CHECKSUM] + b"verified\n", members[CHECKSUM].replace(b"manifest", b"report")):
        assert told({**members, CHECKSUM: more}, tmp_path) == {CHECKSUM}


def _baseline(known: int, state: str) -> Callable[[Any], None]:
    def change(report: Any) -> None:
        for each in report["findings"]:
            each["state"] = state
        report["baseline"] = {"kind": "baseline", "name": "b.json", "new": 0, "known": known, "fixed": []}
        report["baseline"] |= dict.fromkeys(("changed", "unseen", "moved", "carried_over"), 0)
        report["exit_code"] = 0

    return change


def test_a_baseline_that_does_not_fit_the_findings_is_told(members: Members, tmp_path: Path) -> None:
    """That findings are known by one outside of the bundle can only be said; that they are must then fit."""
    number = len(json.loads(members["report.json"])["findings"])
    assert told(forged(members, _baseline(0, "new")), tmp_path) == {"baseline"}
    assert told(forged(members, _baseline(number - 1, "known")), tmp_path) == {"baseline"}
    all_known = checks(forged(members, _baseline(number, "known")), tmp_path)
    assert [each.said for each in all_known if each.what == "baseline"] == [
        f"{number} findings and unknowns do not count because b.json has them, which is not in the bundle"
    ]


def _error(report: Any) -> None:
    place = {"path": "decisions.yaml", "line": None, "column": None, "hint": None}
    report["errors"].append({**place, "level": "warning", "kind": "config", "message": "attachment `a`: AWS approved"})


@pytest.mark.parametrize(
    "change",
    [
        _error,
        lambda report: report["run"].update(gaps=["the plan"]),
        lambda report: report["run"].update(note="approved"),
        lambda report: report["decisions"][0].update(matches=False),
        lambda report: report["decisions"][0].update(by="AWS"),
        lambda report: report["findings"].append(report["findings"][0]),
        lambda report: report.update(as_of="2026-07-01"),
    ],
)
def test_a_report_that_says_more_is_told(members: Members, tmp_path: Path, change: Callable[[Any], object]) -> None:
    assert told(forged(members, change), tmp_path)


def test_an_owner_who_is_changed_in_both_copies_is_told(members: Members, tmp_path: Path) -> None:
    other = members["exceptions.yaml"].replace(b"alice smith", b"bobby jones")
    both = {"exceptions.yaml": other, "inputs/exceptions.yaml": other}
    assert "verdicts" in told(sealed({**members, **both}), tmp_path)


def test_a_comment_beside_a_secret_that_was_taken_out_is_told(members: Members, tmp_path: Path) -> None:
    """The report has the original's digest only; the options have that of what is kept."""
    comment = members["inputs/infra/b.yaml"].replace(b"alice", b"bobby")
    assert b"<redacted " in comment != members["inputs/infra/b.yaml"]
    assert "options.json" in told(sealed({**members, "inputs/infra/b.yaml": comment}), tmp_path)


def test_what_is_not_told_is_listed(members: Members, tmp_path: Path) -> None:
    """The original of an input without its secrets, the print, and the day by which exceptions end."""
    listed = checks(sealed(members), tmp_path)
    assert not any(each.verdict == "differs" for each in listed)
    assert any("the digest of an input from which a secret was taken out" in each.said for each in listed)
    assert any(each.what == PRINT and "is not in the bundle" in each.said for each in listed)
    later = checks(forged(members, lambda report: report.update(generated_at="2031-01-01T00:00:00Z")), tmp_path)
    (as_of,) = [each.said for each in later if each.what == "as of"]
    assert as_of == "judged as of 2026-02-02, and made on 2031-01-01: exceptions and ages count by the former"


def test_another_release_s_bundle_does_not_end_as_if_nothing_differed(
    members: Members, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from scanner.cli.main import main

    def passed(report: Any) -> None:
        report["tool"]["version"] = "0.1.0"
        for each in report["findings"]:
            each["verdict"] = each["verdict"].replace("FAIL", "PASS")

    (tmp_path / "t.zip").write_bytes(packed(forged(members, passed)))
    assert main(["verify", str(tmp_path / "t.zip")]) == 0
    said = capsys.readouterr().out
    assert "says otherwise: no-plaintext-secrets on infra/b.yaml#F was PASS and is FAIL" in said
    assert said.endswith("no digest differs, and this release says otherwise of what is listed above\n")
