"""The live commands of the README, one after another, on one account: each must follow from the one before."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from tests.live import test_account

pytestmark = pytest.mark.full

account = test_account.account
REGION = test_account.REGION
# Each command reads, judges or judges again; with all rules that takes minutes, and shows no more of how they follow.
SELECTED = ["--select", "s3-*", "--select", "dynamodb-*", "--select", "tenant-*"]
KEY = ("s3-versioning", "leaky")


def read(*more: str) -> list[str]:
    return ["--regions", REGION, "--quiet", *more]


def judged(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    report = json.loads(path.read_text("utf-8"))
    return {(each["rule"], each["resource"]["logical_id"]): each for each in report["findings"]}


def audited(folder: Path, name: str) -> Path:
    """The report of one audit, which leaves its snapshot and its bundle beside it. Some of the account is leaky."""
    report = folder / f"{name}.json"
    command = ["audit", *read("--out", str(folder / name)), "--history", str(folder / "history.db"), *SELECTED]
    evidence = ["--bundle", str(folder / f"{name}.zip"), "--include-inputs"]
    assert main([*command, *evidence, "--format", f"json={report}"]) == 1
    return report


def test_an_account_is_read_judged_recorded_and_verified(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["snapshot", *read("--out", "account")]) == 0
    assert main(["scan", "account", *SELECTED, "--format", "json=scanned.json"]) == 1
    scanned = judged(tmp_path / "scanned.json")
    assert scanned[KEY]["verdict"] == "FAIL"
    assert scanned["s3-versioning", "sound"]["verdict"] == "PASS"

    first = audited(tmp_path, "first")
    # The same account, read again by another command: the same verdicts.
    assert {key: each["verdict"] for key, each in judged(first).items()} == {
        key: each["verdict"] for key, each in scanned.items()
    }

    boto3 = pytest.importorskip("boto3")
    versioning = boto3.client("s3").put_bucket_versioning
    versioning(Bucket="leaky", VersioningConfiguration={"Status": "Enabled"})
    versioning(Bucket="sound", VersioningConfiguration={"Status": "Suspended"})
    try:
        second = judged(audited(tmp_path, "second"))
    finally:
        versioning(Bucket="leaky", VersioningConfiguration={"Status": "Suspended"})
        versioning(Bucket="sound", VersioningConfiguration={"Status": "Enabled"})
    assert second[KEY]["verdict"] == "PASS"
    assert second["s3-versioning", "sound"]["verdict"] == "FAIL"

    capsys.readouterr()
    assert main(["history", "--history", "history.db", "--all"]) == 0
    said = capsys.readouterr().out
    assert "default: 2 audits" in said
    told = sorted(line.partition("s3-versioning ")[2] for line in said.splitlines() if "s3-versioning " in line)
    leaky, sound = told
    assert re.fullmatch(r"arn:aws:s3:::leaky, fixed \d{4}-\d\d-\d\d", leaky)
    assert sound == "arn:aws:s3:::sound"

    for name in ("first", "second"):
        assert main(["verify", f"{name}.zip"]) == 0, capsys.readouterr()
    _is_not_verified_when_turned_over(tmp_path / "first.zip", tmp_path / "turned.zip")


def _is_not_verified_when_turned_over(bundle: Path, turned: Path) -> None:
    changed = 0
    with zipfile.ZipFile(bundle) as sound, zipfile.ZipFile(turned, "w") as made:
        for name in sound.namelist():
            content = sound.read(name)
            if name.endswith("report.json"):
                changed += content.count(b'"FAIL"')
                content = content.replace(b'"FAIL"', b'"PASS"')
            made.writestr(name, content)
    assert changed, "the bundle holds no report with a deviation"
    assert main(["verify", str(turned)]) != 0
