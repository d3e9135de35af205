"""Every account that a snapshot names is listed with what became of it; none passes as read that was not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scanner import scan
from scanner.options import Options
from scanner.outputs.shared.report_scope import account_rows, accounts
from scanner.snapshots.lines import Failed, Line, Listed, Seen, Why
from scanner.snapshots.manifest import Closed, LeftOut, Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard

REGION = "eu-central-1"
DENIED = Why("access-denied", "`sqs:ListQueues` was denied to the credentials of the snapshot")
QUEUE = "AWS::SQS::Queue"
READ, EMPTY, PARTLY, REFUSED, MIDWAY, SUSPENDED, OUT, LATE = (f"{number}" * 12 for number in range(1, 9))


def snapshot(folder: Path) -> None:
    names = {READ: "clinic-eu", EMPTY: "sandbox", REFUSED: "clinic-us"}
    organization = ShardKey(READ, "global", "organizations")
    lines: dict[ShardKey, Sequence[Line]] = {
        organization: [
            Seen("AWS::Organizations::Account", account, None, None, {"AccountId": account, "AccountName": name})
            for account, name in names.items()
        ],
        key(READ): [Seen(QUEUE, "intake", f"arn:aws:sqs:{REGION}:{READ}:intake", REGION, {}), Listed(QUEUE)],
        key(EMPTY): [Listed(QUEUE)],
        key(PARTLY): [Failed("sqs:ListQueues", "", DENIED, (QUEUE,)), Listed(QUEUE, DENIED)],
        key(MIDWAY): [Listed(QUEUE)],
    }
    shards = [write_shard(folder, each, told, 1) for each, told in lines.items()]
    day = "2026-01-01T00:00:00Z"
    role = Why("access-denied", "`sts:AssumeRole` was denied")
    write_manifest(
        folder,
        Manifest(
            "0",
            day,
            day,
            [READ, EMPTY, PARTLY, REFUSED, MIDWAY, LATE],
            [REGION],
            ["sqs"],
            [*lines, key(LATE)],
            shards,
            [LeftOut(SUSPENDED, "old", "the account is suspended"), LeftOut(OUT, "", "sandboxes")],
            [Closed(REFUSED, role, [QUEUE]), Closed(MIDWAY, role, [QUEUE])],
        ),
    )


def key(account: str) -> ShardKey:
    return ShardKey(account, REGION, "sqs")


def test_all_are_listed_and_none_passes_as_read(tmp_path: Path) -> None:
    snapshot(tmp_path / "s")
    report: Any = scan(tmp_path / "s", options=Options(select=["sqs-encrypted"])).report
    scope = report["scope"]
    assert {each["account"]: each["state"] for each in scope["account_states"]} == {
        READ: "read",
        EMPTY: "empty",
        PARTLY: "partly read",
        REFUSED: "refused",
        MIDWAY: "partly read",
        SUSPENDED: "suspended",
        OUT: "left out",
        LATE: "partly read",
    }
    assert all(bool(each["because"]) is (each["state"] not in ("read", "empty")) for each in scope["account_states"])
    assert scope["accounts"] == sorted([READ, EMPTY, PARTLY, MIDWAY, LATE])
    assert {each["account"]: each["name"] for each in scope["account_states"] if each["name"]} == {
        READ: "clinic-eu",
        EMPTY: "sandbox",
        REFUSED: "clinic-us",
        SUSPENDED: "old",
    }
    assert accounts(report) == "8 accounts: 1 read, 1 empty, 3 partly read, 1 refused, 1 suspended, 1 left out"
    rows = account_rows(report)
    assert ("account empty", f"{EMPTY} (sandbox)") in rows
    assert ("account refused", f"{REFUSED} (clinic-us): `sts:AssumeRole` was denied") in rows
    verdicts = {
        each["resource"]["account"]: each["verdict"] for each in report["findings"] if each["resource"]["type"] == QUEUE
    }
    assert verdicts.keys() >= {PARTLY, REFUSED, LATE}
    assert {verdicts[each] for each in (PARTLY, REFUSED, LATE)} == {"UNKNOWN"}


def test_one_account_that_was_read_is_no_headline(tmp_path: Path) -> None:
    shard = write_shard(tmp_path, key(READ), [Seen(QUEUE, "q", None, REGION, {}), Listed(QUEUE)])
    day = "2026-01-01T00:00:00Z"
    write_manifest(tmp_path, Manifest("0", day, day, [READ], [REGION], ["sqs"], [key(READ)], [shard]))
    report: Any = scan(tmp_path, options=Options(select=["sqs-encrypted"])).report
    assert accounts(report) is None and account_rows(report) == []
