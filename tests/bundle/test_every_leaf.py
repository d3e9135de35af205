"""Every document of a bundle, one leaf at a time, changed with care: the digests fit, and the change is told."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.bundle import contents, verifying
from scanner.bundle.archive import packed, unpacked
from scanner.bundle.manifest import CHECKSUM, MANIFEST, digest_of
from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from scanner.history.store import report_digest
from scanner.options import Options
from scanner.scanning import scan

pytestmark = pytest.mark.full

ROOT = Path(__file__).resolve().parents[2]
# What no input decides, and `verify` says so in as many words.
EXEMPT = {
    "report.json": ("generated_at", "run.by", "run.commit", "run.started", "run.ended"),
    # A time that the report has too must agree with it; the rest of these are told by no document of the bundle.
    "manifest.json": ("retain_until", "chain"),
    # Options that change nothing that was judged: the same verdicts follow from either.
    "options.json": ("optional", "account", "region", "stage", "staged", "rules_as_of"),
}
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
        shutil.copytree(ROOT / "rules" / "frameworks", "rules/frameworks")
        for name in ("dynamodb-pitr", "dynamodb-items-stay-with-tenant", "dynamodb-indexes-declared"):
            (path,) = (ROOT / "rules").rglob(f"{name}.yaml")
            shutil.copy(path, "rules")
        given = replace(Options(), paths=[Path("app.json")], rules=[Path("rules")], only_rules=True)
        report = scan(options=given).report
        Path("b.zip").write_bytes(contents.bundle(report, given, contents.Wanted(include_inputs=True)))
    return folder / "b.zip"


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from leaves(each, (*path, at))
    else:
        yield path


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def changed(document: Any, path: tuple[Any, ...]) -> Any:
    copy = json.loads(json.dumps(document))
    node = copy
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = other(node[path[-1]])
    return copy


def with_fresh_digests(members: dict[str, bytes], name: str, content: bytes) -> dict[str, bytes]:
    """As somebody would who knows the form: all that can be computed anew is."""
    members = {**members, name: content}
    manifest = json.loads(members[MANIFEST])
    if name == "report.json":
        report: ReportDocument = json.loads(content)
        manifest["report"] = report_digest(report)
        manifest["created"] = report["generated_at"]
    if name != MANIFEST:
        manifest["members"][name] = digest_of(content)
        members[MANIFEST] = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
    members[CHECKSUM] = f"{digest_of(members[MANIFEST])}  {MANIFEST}\n".encode("ascii")
    return members


def walk(bundle: Path, place: Path, patch: pytest.MonkeyPatch, stride: int) -> tuple[Counter[str], list[str]]:
    """How many leaves were changed by document, and those that nobody told."""
    real, kept = verifying.scan, {}

    def once(options: Any) -> Any:
        """The scan itself is the same for the same options, inputs and rules, which are what it reads."""
        root = options.paths[0].parent
        read = [each.read_bytes() for each in sorted(root.rglob("*")) if each.is_file()]
        key = repr((read, str(options).replace(str(root.parent), "")))
        if key not in kept:
            kept[key] = real(options=options)
        return kept[key]

    patch.setattr(verifying, "scan", once)
    _, members, _ = unpacked(bundle)
    counted: Counter[str] = Counter()
    silent: list[str] = []
    for name in ("report.json", "options.json", MANIFEST):
        document = json.loads(members[name])
        for number, path in enumerate(leaves(document)):
            dotted = ".".join(map(str, path))
            if number % stride or dotted.startswith(EXEMPT.get(name, ())):
                continue
            content = json.dumps(changed(document, path), indent=1).encode("ascii") + b"\n"
            if name == "report.json":
                content = verifying.rendered(json.loads(content)).encode("ascii")
            place.write_bytes(packed(with_fresh_digests(members, name, content)))
            counted[name] += 1
            if not told(place):
                silent.append(f"{name}: {dotted}")
    lines = members["controls.csv"].split(b"\r\n")
    for number, line in enumerate(lines[:-1]):
        for at, cell in enumerate(line.split(b",")):
            if (number + at) % stride:
                continue
            cells = line.split(b",")
            cells[at] = b"x" + cell
            content = b"\r\n".join([*lines[:number], b",".join(cells), *lines[number + 1 :]])
            place.write_bytes(packed(with_fresh_digests(members, "controls.csv", content)))
            counted["controls.csv"] += 1
            if not told(place):
                silent.append(f"controls.csv: line {number + 1}, {cell.decode()}")
    return counted, silent


def told(place: Path) -> bool:
    from scanner.base.problem import Problems

    try:
        return any(each.verdict == "differs" for each in verifying.verify(place))
    except Problems:
        return True


def test_each_changed_leaf_is_told(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted, silent = walk(bundle, tmp_path / "t.zip", monkeypatch, 17)
    assert counted["report.json"] > 50 and counted["controls.csv"] > 20
    assert silent == []


@pytest.mark.slow
def test_each_leaf_of_all_is_told(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted, silent = walk(bundle, tmp_path / "t.zip", monkeypatch, 1)
    print(dict(counted))
    assert silent == []


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


def test_a_bundle_of_0_1_0_verifies_and_says_what_was_not_compared(bundle: Path, tmp_path: Path) -> None:
    _, members, _ = unpacked(bundle)
    manifest = json.loads(members[MANIFEST])
    del manifest["made_again"]
    raw = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
    old = with_fresh_digests(members, MANIFEST, raw)
    (tmp_path / "old.zip").write_bytes(packed(old))
    checks = verifying.verify(tmp_path / "old.zip")
    assert not any(each.verdict == "differs" for each in checks)
    assert any("statuses and counts" in each.said and each.verdict == "not shown" for each in checks)
    table = old["controls.csv"].replace(b"DEVIATIONS,", b"MET,")
    (tmp_path / "old.zip").write_bytes(packed(with_fresh_digests(old, "controls.csv", table)))
    assert told(tmp_path / "old.zip")
