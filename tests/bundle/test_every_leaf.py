"""Every document of a bundle, one leaf at a time, changed with care: the digests fit, and the change is told."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.bundle import contents, verifying
from scanner.bundle.archive import packed, unpacked
from scanner.bundle.manifest import MANIFEST, SIGNATURE, digest_of
from scanner.bundle.readable import PAGE, PRINT, README
from scanner.cli.main import main
from scanner.options import Options
from scanner.scanning import scan
from tests.bundle.walking import changed, judged_once, leaves, leaves_of, told, walk, with_fresh_digests

pytestmark = pytest.mark.full

ROOT = Path(__file__).resolve().parents[2]
TABLE = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "records"}}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one table under a few rules: what is walked over is every leaf, and each is verified."""
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1770000000")
        patch.chdir(folder)
        Path("app.json").write_text(json.dumps({"Resources": {"Records": TABLE}}), "utf-8")
        Path("tenancy.yaml").write_text("version: 1\ntenant_id: {tags: [TenantId]}\nmodel: pool\n", "utf-8")
        shutil.copytree(ROOT / "rules" / "frameworks", "rules/frameworks", ignore=shutil.ignore_patterns("further"))
        for name in ("dynamodb-pitr", "dynamodb-items-stay-with-tenant", "dynamodb-indexes-declared"):
            (path,) = (ROOT / "rules").rglob(f"{name}.yaml")
            shutil.copy(path, "rules")
        given = replace(Options(), paths=[Path("app.json")], rules=[Path("rules")], only_rules=True)
        report = scan(options=given).report
        Path("b.zip").write_bytes(contents.bundle(report, given, contents.Wanted(include_inputs=True)))
    return folder / "b.zip"


@pytest.fixture(autouse=True, scope="module")
def _judged_once() -> Iterator[None]:
    with judged_once():
        yield


def test_each_changed_leaf_is_told(bundle: Path) -> None:
    walked = dict(walk(bundle, most=15))
    assert {"report.json", "options.json", "controls.csv", "inputs/", "rules/", PAGE, PRINT, README} <= walked.keys()
    assert sum(each.changed for each in walked.values()) > 100
    assert [where for each in walked.values() for where in each.silent] == []


@pytest.mark.skipif(not os.environ.get("TENANTPROOF_EVERY_LEAF"), reason="thousands of leaves take minutes: make fuzz")
def test_each_leaf_of_all_is_told(bundle: Path) -> None:
    walked = dict(walk(bundle))
    print({name: (each.changed, each.exempt) for name, each in walked.items()})
    assert [where for each in walked.values() for where in each.silent] == []


def test_an_input_without_its_secrets_is_told_when_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its digest is not the report's, so that a change of what no rule reads was told by nothing."""
    monkeypatch.chdir(tmp_path)
    database = {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": "correct-horse-battery-9"}}
    resources = {"Db": database, "Records": {**TABLE, "Metadata": {"Said": "of nobody"}}}
    Path("app.json").write_text(json.dumps({"Description": "x", "Resources": resources}, indent=1), "utf-8")
    given = replace(Options(), paths=[Path("app.json")], select=["dynamodb-pitr"])
    place = tmp_path / "b.zip"
    report = scan(options=given).report
    place.write_bytes(contents.bundle(report, given, contents.Wanted(include_inputs=True)))
    assert differing(place) == set()
    _, members, _ = unpacked(place)
    held = json.loads(members["options.json"])["without_secrets"]
    assert held.keys() == {"app.json"}
    for name in held:
        inside = f"inputs/{name}"
        assert b"<redacted" in members[inside]
        leaf = [each for each in leaves_of(inside, members[inside]) if "Description" in each[0] or "Said" in each[0]]
        for _, content in leaf or list(leaves_of(inside, members[inside]))[:3]:
            forged = tmp_path / "t.zip"
            forged.write_bytes(packed(with_fresh_digests(members, inside, content())))
            assert "options.json" in differing(forged), name


def test_what_was_not_changed_is_the_same(bundle: Path, tmp_path: Path) -> None:
    assert not told(bundle)
    clinic = tmp_path / "clinic"
    shutil.copytree(ROOT / "examples" / "virtual-clinic", clinic)
    assert main(["scan", str(clinic), "--bundle", str(tmp_path / "c.zip"), "--include-inputs", "--quiet"]) in (0, 1)
    assert not told(tmp_path / "c.zip"), "an honest bundle of a template with settings that are redacted"


def test_without_inputs_it_says_that_nothing_was_judged(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(bundle.parent)
    main(["scan", "app.json", "--bundle", str(tmp_path / "n.zip"), "--quiet"])
    capsys.readouterr()
    assert main(["verify", str(tmp_path / "n.zip")]) == 4
    assert "the verdicts were NOT judged again" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "n.zip"), "--inputs", str(bundle.parent)]) == 0


def test_page_print_readme_rules_and_inputs_that_were_changed_are_told(bundle: Path, tmp_path: Path) -> None:
    """Each with fresh digests; what is read by people is made again, what is judged by is judged by."""
    _, members, _ = unpacked(bundle)
    place = tmp_path / "t.zip"
    assert {PAGE, PRINT, README} <= members.keys()
    wide = {PAGE: (b" unknown", b" passed"), README: (b"findings", b"finding")}
    for name, (old, new) in wide.items():
        assert old in members[name]
        place.write_bytes(packed(with_fresh_digests(members, name, members[name].replace(old, new, 1))))
        assert differing(place) == {name}
    place.write_bytes(packed(with_fresh_digests(members, PRINT, members[PRINT] + b"%")))
    assert differing(place) == {PRINT}
    other = re.sub(rb"Typst [0-9.]+", b"Typst 0.1.0", members[PRINT])
    place.write_bytes(packed(with_fresh_digests(members, PRINT, other)))
    (said,) = [each for each in verifying.verify(place) if each.what == PRINT]
    assert said.verdict == "not shown" and "Typst 0.1.0" in said.said
    for name in sorted(members):
        if name.startswith(("rules/", "inputs/")) or name == "tenancy.yaml":
            changed = with_fresh_digests(members, name, members[name] + (b" " if name.endswith("json") else b"\n# x\n"))
            place.write_bytes(packed(changed))
            assert told(place), name


def test_what_is_taken_out_with_care_is_told(bundle: Path, tmp_path: Path) -> None:
    _, members, _ = unpacked(bundle)
    for name in (PAGE, README, "controls.csv", "options.json", "inputs/app.json", "tenancy.yaml"):
        less = {each: content for each, content in members.items() if each != name}
        manifest = json.loads(less[MANIFEST])
        del manifest["members"][name]
        raw = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
        place = tmp_path / "t.zip"
        place.write_bytes(packed(with_fresh_digests(less, MANIFEST, raw)))
        assert told(place), name


def differing(place: Path) -> set[str]:
    return {each.what for each in verifying.verify(place) if each.verdict == "differs"}


@pytest.mark.parametrize("value", ["x", 7, None, [], {}, [None], {"x": 1}], ids=repr)
@pytest.mark.parametrize(
    "key", ["findings", "controls", "summary", "tool", "inputs", "errors", "run", "proofs", "rules"]
)
def test_a_report_of_another_shape_is_told_and_breaks_nothing(
    bundle: Path, tmp_path: Path, key: str, value: Any
) -> None:
    _, members, _ = unpacked(bundle)
    report = json.loads(members["report.json"])
    before = report[key]
    report[key] = value
    content = (json.dumps(report, indent=1) + "\n").encode("ascii")
    members |= {"report.json": content}
    manifest = json.loads(members[MANIFEST])
    manifest["members"]["report.json"] = digest_of(content)
    raw = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
    place = tmp_path / "t.zip"
    place.write_bytes(packed(with_fresh_digests(members, MANIFEST, raw)))
    assert value == before or told(place)


def test_decisions_are_judged_again_and_their_documents_are_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the folder that is scanned lies below them, and where a document is missing or another."""
    monkeypatch.chdir(tmp_path)
    decided = {
        "control": "164.312(a)(2)(iii)",
        "decision": "alternative",
        "by": "privacy officer",
        "date": "2026-01-05",
    }
    decided |= {"because": "sessions end at the gateway", "attachment": "attachments/a.txt"}
    for folder, attachment in (("whole", b"text"), ("other", b"another"), ("less", None)):
        home = tmp_path / folder
        (home / "infra").mkdir(parents=True)
        (home / ".git").mkdir()
        (home / "infra" / "app.json").write_text(json.dumps({"Resources": {"Records": TABLE}}), "utf-8")
        entry = {**decided, "sha256": digest_of(b"text")}
        (home / "decisions.yaml").write_text(json.dumps([entry]), "utf-8")
        if attachment is not None:
            (home / "attachments").mkdir()
            (home / "attachments" / "a.txt").write_bytes(attachment)
        given = replace(Options(), paths=[home / "infra"], select=["dynamodb-pitr"])
        report = scan(options=given).report
        assert report["decisions"][0]["matches"] is (folder == "whole")
        place = home / "b.zip"
        place.write_bytes(contents.bundle(report, given, contents.Wanted(include_inputs=True)))
        _, members, _ = unpacked(place)
        assert differing(place) == set(), folder
        assert not any(name.startswith("attachments/") for name in members)
        less = members["inputs/decisions.yaml"].replace(b"alternative", b"implemented")
        changed = with_fresh_digests(members, "inputs/decisions.yaml", less)
        place.write_bytes(packed(with_fresh_digests(changed, "decisions.yaml", less)))
        assert told(place), folder


@pytest.mark.parametrize("frameworks", [(), ("cis-aws-7",), ("*",)], ids=str)
def test_only_frameworks_that_were_asked_for_are_in_it_and_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frameworks: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("app.json").write_text(json.dumps({"Resources": {"Records": TABLE}}), "utf-8")
    given = replace(Options(), paths=[Path("app.json")], select=["dynamodb-pitr"], frameworks=frameworks)
    report = scan(options=given).report
    place = tmp_path / "b.zip"
    place.write_bytes(contents.bundle(report, given, contents.Wanted(include_inputs=True)))
    _, members, _ = unpacked(place)
    held = {Path(name).stem for name in members if "frameworks/" in name}
    assert {each["framework"] for each in report["controls"]} <= held
    assert differing(place) == set()


def test_an_audit_s_bundle_is_judged_again_without_further_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """README's two commands, as printed but for the account, which is a folder here."""
    monkeypatch.chdir(tmp_path)
    Path("app.json").write_text(json.dumps({"Resources": {"Records": TABLE}}), "utf-8")
    commands = (ROOT / "README.md").read_text("utf-8").splitlines()
    (line,) = [each.partition("#")[0] for each in commands if each.startswith("tenantproof audit --bundle")]
    (check,) = [each.partition("#")[0] for each in commands if each.startswith("tenantproof verify")]
    _, _, *arguments = line.split()
    assert main(["audit", "app.json", "--select", "dynamodb-*", *arguments]) in (0, 1)
    assert main(check.split()[1:]) == 0, capsys.readouterr().out
    assert "were reached again" in capsys.readouterr().out
    assert main(["audit", "app.json", "--digests-only", "--bundle", "n.zip", "--quiet"]) in (0, 1)
    assert main(["verify", "n.zip"]) == 4


def test_a_bundle_that_0_1_0_made_and_signed_verifies(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`0.1.0.zip` was made by that release of one table under three rules, and signed by its own code."""
    old, key = Path(__file__).with_name("0.1.0.zip"), Path(__file__).with_name("0.1.0.pub.pem")
    assert main(["verify", str(old), "--key", str(key)]) == 0
    told_ = capsys.readouterr().out
    assert "which is the one that was given" in told_ and "were reached again" in told_
    _, members, _ = unpacked(old)
    signed = json.loads(members[SIGNATURE])
    for path in leaves(signed):
        content = json.dumps(changed(signed, path), indent=1).encode("ascii") + b"\n"
        (tmp_path / "t.zip").write_bytes(packed({**members, SIGNATURE: content}))
        assert any(
            each.what == "signature" and each.verdict == "differs" for each in verifying.verify(tmp_path / "t.zip", key)
        ), path


def test_a_bundle_of_0_1_0_verifies_and_says_what_was_not_compared(bundle: Path, tmp_path: Path) -> None:
    _, members, _ = unpacked(bundle)
    report = json.loads(members["report.json"])
    report["tool"]["version"] = "0.1.0"
    members = with_fresh_digests(members, "report.json", verifying.rendered(report).encode("ascii"))
    manifest = json.loads(members[MANIFEST])
    manifest["tool"]["version"] = "0.1.0"
    del manifest["made_again"]
    raw = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
    old = with_fresh_digests(members, MANIFEST, raw)
    (tmp_path / "old.zip").write_bytes(packed(old))
    checks = verifying.verify(tmp_path / "old.zip")
    assert not any(each.verdict == "differs" for each in checks)
    assert any("statuses and counts" in each.said and each.verdict == "not shown" for each in checks)
    table = old["controls.csv"].replace(b"SUPPORTING_ONLY,", b"NO_DEVIATIONS,", 1)
    assert table != old["controls.csv"]
    (tmp_path / "old.zip").write_bytes(packed(with_fresh_digests(old, "controls.csv", table)))
    assert told(tmp_path / "old.zip")
