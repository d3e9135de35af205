"""The folder: what is written is what is read, and anything else is said to be wrong."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.inputs.snapshot import read_snapshot
from scanner.scanning import Options, scan
from scanner.snapshots.lines import Failed, Line, Listed, Seen, Why, from_json, to_json
from scanner.snapshots.manifest import FILE, Manifest, read_manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import BrokenError, ShardKey, adopt_shard, read_shard, write_shard

KEY = ShardKey("111122223333", "global", "s3")
DENIED = Why("access-denied", "`s3:GetBucketPolicy` on records was denied")
ARN = "arn:aws:s3:::records"


def _bucket(properties: dict[str, object], unknown: Sequence[tuple[tuple[str | int, ...], Why]] = ()) -> Seen:
    read = {"BucketName": "records", "WebsiteConfiguration": None, **properties}
    return Seen("AWS::S3::Bucket", "records", ARN, "eu-central-1", read, unknown)


def _policy(document: object, doubt: Why | None = None) -> Seen:
    unknown = [(("PolicyDocument",), doubt)] if doubt else []
    properties = {"Bucket": "records", "PolicyDocument": document}
    return Seen("AWS::S3::BucketPolicy", "records", None, None, properties, unknown, (), doubt)


LISTED = [Listed("AWS::S3::Bucket"), Listed("AWS::S3::BucketPolicy")]


def _folder(folder: Path, lines: Sequence[Line], *, ended: bool = True, missing: Sequence[ShardKey] = ()) -> Path:
    folder.mkdir(exist_ok=True)
    shard = write_shard(folder, KEY, lines, 3)
    times = ("2026-11-23T00:00:00Z", "2026-11-23T00:01:00Z" if ended else None)
    wanted = [KEY, *missing]
    write_manifest(folder, Manifest("1", *times, [KEY.account], ["eu-central-1"], ["s3"], wanted, [shard]))
    return folder


def _verdict(folder: Path, rule: str, address: str = ARN) -> str:
    report = scan(folder, options=Options(select=[rule])).report
    return next(each["verdict"] for each in report["findings"] if each["resource"]["address"] == address)


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    lines: list[Line] = [
        Seen("AWS::S3::Bucket", "a", "arn", "r", {"A": {"B": [1]}}, [(("A", "B", 0), DENIED)], [("A",)], DENIED, True),
        Listed("AWS::S3::Bucket", DENIED),
        Failed("s3:GetBucketPolicy", "a", DENIED, ("AWS::S3::BucketPolicy",)),
    ]
    assert [from_json(json.loads(json.dumps(to_json(line)))) for line in lines] == lines
    assert read_shard(tmp_path, write_shard(tmp_path, KEY, lines)) == lines


def test_the_same_lines_are_the_same_bytes_and_leave_no_other_file(tmp_path: Path) -> None:
    first, again = write_shard(tmp_path, KEY, LISTED), write_shard(tmp_path, KEY, LISTED)
    assert first.digest == again.digest
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["s3.jsonl.gz"]


def test_a_changed_shard_is_refused(tmp_path: Path) -> None:
    shard = write_shard(tmp_path, KEY, LISTED)
    write_shard(tmp_path, KEY, [Listed("AWS::S3::Bucket")])
    with pytest.raises(BrokenError, match="digest"):
        read_shard(tmp_path, shard)


@pytest.mark.parametrize("left", [0, 1, 20, -1])
def test_a_shard_that_is_cut_off_is_not_adopted(tmp_path: Path, left: int) -> None:
    shard = write_shard(tmp_path, KEY, [_bucket({}), *LISTED])
    assert adopt_shard(tmp_path, KEY) == shard
    path = tmp_path / KEY.path
    path.write_bytes(path.read_bytes()[:left])
    assert adopt_shard(tmp_path, KEY) is None


def test_a_shard_without_its_last_line_is_not_adopted(tmp_path: Path) -> None:
    write_shard(tmp_path, KEY, LISTED)
    path = tmp_path / KEY.path
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(lines[:-1])))
    assert adopt_shard(tmp_path, KEY) is None


@pytest.mark.parametrize("path", ["../../etc/passwd.jsonl.gz", "111122223333/../s3.jsonl.gz", "/etc/x/y", "a"])
def test_a_manifest_cannot_name_a_file_outside_its_folder(tmp_path: Path, path: str) -> None:
    entry = {"path": path, "digest": "sha256:0"}
    (tmp_path / FILE).write_text(json.dumps({"schema": "tenantproof-snapshot/1", "shards": [entry]}))
    with pytest.raises(BrokenError, match="no name of a shard"):
        read_manifest(tmp_path)


def test_a_shard_that_is_a_link_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "there", KEY, LISTED)
    link = tmp_path / "here" / KEY.path
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "there" / KEY.path)
    with pytest.raises(BrokenError, match="leads out"):
        read_shard(tmp_path / "here", shard)


def test_a_newer_snapshot_is_not_half_understood(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"schema": "tenantproof-snapshot/2"}')
    result = scan(tmp_path)
    assert result.exit_code == 2
    assert "install a newer one" in result.report["errors"][0]["message"]


def test_the_folder_of_another_tool_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"schema": "other/1"}')
    with pytest.raises(BrokenError, match="not that of a snapshot"):
        read_manifest(tmp_path)
    assert "nothing to scan" in scan(tmp_path).report["errors"][0]["message"]


def test_a_live_bucket_is_judged_as_a_template_is(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "s", [_bucket({"VersioningConfiguration": {"Status": "Enabled"}}), *LISTED])
    assert _verdict(folder, "s3-versioning") == "PASS"
    folder = _folder(tmp_path / "s", [_bucket({"VersioningConfiguration": None}), *LISTED])
    assert _verdict(folder, "s3-versioning") == "FAIL"


def test_what_was_denied_or_not_asked_for_is_neither_met_nor_missed(tmp_path: Path) -> None:
    denied = _folder(tmp_path / "a", [_bucket({}, [(("VersioningConfiguration",), DENIED)]), *LISTED])
    not_asked = _folder(tmp_path / "b", [_bucket({}), *LISTED])
    assert [_verdict(each, "s3-versioning") for each in (denied, not_asked)] == ["UNKNOWN", "UNKNOWN"]


def test_a_policy_that_could_not_be_read_is_neither_there_nor_not(tmp_path: Path) -> None:
    none = _folder(tmp_path / "a", [_bucket({}), *LISTED])
    doubt = _folder(tmp_path / "b", [_bucket({}), _policy(None, DENIED), *LISTED])
    unread = _folder(tmp_path / "c", [_bucket({}), Listed("AWS::S3::Bucket"), Listed("AWS::S3::BucketPolicy", DENIED)])
    not_listed = _folder(tmp_path / "d", [_bucket({}), Listed("AWS::S3::Bucket")])
    verdicts = [_verdict(each, "s3-tls-only") for each in (none, doubt, unread, not_listed)]
    assert verdicts == ["FAIL", "UNKNOWN", "UNKNOWN", "UNKNOWN"]


def test_a_damaged_shard_is_an_error_and_its_types_are_unknown(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "s", [_bucket({}), *LISTED])
    (folder / KEY.path).write_bytes(b"nothing")
    result = scan(folder)
    assert result.exit_code == 2
    assert "digest" in result.report["errors"][0]["message"]
    assert {each["cause"] for each in result.report["coverage"]} == {"not-collected"}
    damaged = [each["what"] for each in result.report["coverage"] if not each["what"].startswith("types of ")]
    assert len(damaged) == 1, "besides the types that this snapshot never asked for, the shard alone is missing"


def test_failed_calls_and_missing_shards_reach_the_coverage_of_the_report(tmp_path: Path) -> None:
    failed = Failed("s3:GetBucketPolicy", "records", DENIED, ("AWS::S3::BucketPolicy",))
    missing = ShardKey(KEY.account, "eu-central-1", "sqs")
    folder = _folder(tmp_path / "s", [_bucket({}), failed, *LISTED], ended=False, missing=[missing])
    report = scan(folder).report
    told = [(each["what"], each["cause"]) for each in report["coverage"]]
    assert [each for each in told if not each[0].startswith("types of ")] == [
        ("s3:GetBucketPolicy on records in 111122223333", "access-denied"),
        ("sqs of 111122223333 in eu-central-1", "not-collected"),
    ]
    assert "--resume" in str(report["errors"][0]["hint"])


def test_names_are_an_accounts_own(tmp_path: Path) -> None:
    """A policy of one account says nothing of the role of that name in another."""
    from scanner.language.library import load_library
    from scanner.model.resource import Inventory
    from scanner.model.world import World

    lines: list[Line] = [Seen("AWS::IAM::Role", "api", None, None, {}), Listed("AWS::IAM::Role")]
    inventory = Inventory()
    for account in ("111122223333", "444455556666"):
        folder, key = tmp_path / account, ShardKey(account, "global", "iam")
        folder.mkdir()
        function = Seen("AWS::Lambda::Function", "f", None, "eu-central-1", {"Role": "api"})
        shard = write_shard(folder, key, [*lines, function, Listed("AWS::Lambda::Function")])
        write_manifest(folder, Manifest("1", "", "", [account], ["eu-central-1"], ["iam"], [key], [shard]))
        snapshot = read_snapshot(folder, account)
        inventory.add(snapshot.resources)
        inventory.unread.add(snapshot.unread)
    relations = load_library((), examples=False).new_relations()
    function = inventory.of_type("AWS::Lambda::Function")[0]
    found = relations.related("compute-role", function, inventory, World())
    assert isinstance(found, list) and [inventory.holding(each).account for each in found] == ["111122223333"]  # type: ignore[union-attr]  # what is found is in it


def test_secrets_are_not_in_the_snapshot_and_their_names_are(tmp_path: Path) -> None:
    properties: dict[str, object] = {
        "Environment": {"Variables": {"DB_PASSWORD": "hunter2-very-secret"}},
        "MasterUserPassword": "hunter2-very-secret",
        "Nested": [{"UserData": "hunter2-very-secret"}],
        "Name": "api",
    }
    safe, hashed = Redaction(b"k").redact(properties)
    folder = _folder(tmp_path / "s", [Seen("AWS::Lambda::Function", "f", None, None, safe, (), hashed)])
    raw = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    )
    assert b"hunter2" not in raw
    assert b"DB_PASSWORD" in raw and safe["Name"] == "api"
    assert safe["MasterUserPassword"] == "<redacted plain text>", "nothing of it is left that could be tried"
