"""What a snapshot was not asked for is not "nothing in scope": no collector reads it, or none of them was run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.engine.unlisted import unlisted
from scanner.language.library import load_library
from scanner.model.unknown import Unknown
from scanner.model.unread_types import Unread
from scanner.scanning import Options, scan
from scanner.snapshots.lines import Line, Listed, Why
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard

ACCOUNT, REGION = "111122223333", "us-east-1"


def _report(folder: Path, lines: list[Line], *rules: str) -> Any:
    shard = write_shard(folder, ShardKey(ACCOUNT, REGION, "all"), lines)
    now = "2026-01-31T10:00:00Z"
    write_manifest(folder, Manifest("0", now, now, [ACCOUNT], [REGION], ["all"], [shard.key], [shard]))
    return scan(folder, options=Options(select=rules)).report


def _statuses(report: Any) -> set[str]:
    kept = ("NOT_ASSESSABLE", "DOES_NOT_APPLY", "SUPPORTING_ONLY", "ATTESTED")
    return {each["status"] for each in report["controls"] if each["rules"] and each["status"] not in kept}


def test_a_type_that_nobody_tried_to_list_is_not_determined(tmp_path: Path) -> None:
    report = _report(tmp_path / "s", [Listed("AWS::SQS::Queue")], "memorydb-tls")
    assert _statuses(report) == {"NOT_DETERMINED"}
    (gap,) = [each for each in report["coverage"] if ACCOUNT in each["what"]]
    assert gap["cause"] == "not-collected" and gap["rules"] == ["memorydb-tls"]
    assert "`AWS::MemoryDB::Cluster`" in gap["detail"]
    # It is no finding: nobody can list what no collector reads, and a gate on the unknown would never open.
    assert not report["findings"]


def test_a_type_that_was_listed_and_is_not_there_is_not_in_scope(tmp_path: Path) -> None:
    report = _report(tmp_path / "s", [Listed("AWS::MemoryDB::Cluster")], "memorydb-tls")
    assert _statuses(report) == {"NOTHING_IN_SCOPE"}
    assert not report["coverage"]


def test_only_some_services_were_asked(tmp_path: Path) -> None:
    report = _report(tmp_path / "s", [Listed("AWS::SQS::Queue")], "s3-versioning", "sqs-encrypted")
    (gap,) = report["coverage"]
    assert gap["rules"] == ["s3-versioning"]


def test_templates_leave_nothing_unasked(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Resources: {Work: {Type: AWS::SQS::Queue}}\n")
    report: Any = scan(tmp_path, options=Options(select=("memorydb-tls",))).report
    assert _statuses(report) == {"NOTHING_IN_SCOPE"}
    assert not report["coverage"]


@pytest.mark.parametrize(
    ("rule", "types", "told"),
    [
        ("dynamodb-pitr", ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"), ["AWS::DynamoDB::Table"]),
        ("dynamodb-pitr", ("AWS::DynamoDB::GlobalTable",), ["AWS::DynamoDB::GlobalTable"]),
    ],
)
@pytest.mark.full
def test_one_refused_list_is_told_once(rule: str, types: tuple[str, ...], told: list[str]) -> None:
    unread = Unread()
    for name in types:
        unread.read(ACCOUNT, REGION, name, Unknown("access-denied", "`dynamodb:ListTables` was refused"))
    rules = [each for each in load_library().rules if each.id == rule]
    assert [each.resource["type"] for each in unlisted(unread, rules, {})] == told


@pytest.mark.full
def test_lists_that_were_refused_for_other_reasons_are_told_each() -> None:
    unread = Unread()
    unread.read(ACCOUNT, REGION, "AWS::DynamoDB::Table", Unknown("access-denied", "one"))
    unread.read(ACCOUNT, REGION, "AWS::DynamoDB::GlobalTable", Unknown("access-denied", "another"))
    rules = [each for each in load_library().rules if each.id == "dynamodb-pitr"]
    assert len([*unlisted(unread, rules, {})]) == 2


def test_what_was_refused_was_asked_for(tmp_path: Path) -> None:
    denied = Why("access-denied", "`memorydb:DescribeClusters` was refused")
    report = _report(tmp_path / "s", [Listed("AWS::MemoryDB::Cluster", denied)], "memorydb-tls")
    assert [each["verdict"] for each in report["findings"]] == ["UNKNOWN"]
    assert not [each for each in report["coverage"] if "not asked for" in each["what"]]


def test_where_the_scanner_fails_on_it_nothing_is_out_of_scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("made to fail")

    monkeypatch.setattr("scanner.reporting.unasked", broken)
    (tmp_path / "t.yaml").write_text("Resources: {Work: {Type: AWS::SQS::Queue}}\n")
    result: Any = scan(tmp_path, options=Options(select=("memorydb-tls",)))
    assert _statuses(result.report) == {"NOT_DETERMINED"}
    assert result.exit_code == 3 and result.crashes
    assert any("made to fail" in each["message"] for each in result.report["errors"])
