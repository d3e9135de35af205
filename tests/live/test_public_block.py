"""S3 Block Public Access of the account, wherever it was read: live, in a plan, in items of AWS Config."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from scanner.live.aws_calls import Answer, RefusedError
from scanner.live.collector import Where, collect
from scanner.live.services import SERVICES
from scanner.live.services.s3 import S3
from scanner.options import Options
from scanner.snapshots.lines import Line, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import ShardKey, write_shard
from tests.inputs.terraform.plans import plan, resource, write
from tests.live.test_bucket_acls import ACCOUNT, REGION, Buckets, account_item, answer, config_item, verdicts

OFF = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
ON = dict.fromkeys(OFF, True)
OPEN, CLOSED, UNKNOWN = ("FAIL", "FAIL", "PASS"), ("PASS", "PASS", "PASS"), ("UNKNOWN", "UNKNOWN", "PASS")
NONE = RefusedError("NoSuchPublicAccessBlockConfiguration", "none")


class _Account:
    def __init__(self, block: object) -> None:
        self._block = block
        self._buckets = Buckets({"site": {"get_bucket_acl": answer(("AllUsers", "FULL_CONTROL"))}})

    def call(self, service: str, operation: str, /, **arguments: object) -> Answer:
        if operation == "get_public_access_block" and "AccountId" in arguments:
            if isinstance(self._block, Exception):
                raise self._block
            found: Answer = {"PublicAccessBlockConfiguration": self._block}
            return found
        if service == "s3":
            return self._buckets.call(service, operation, **arguments)
        raise RefusedError("AccessDenied", "no")


DENIED = RefusedError("AccessDenied", "no")
TOLD = "AccountPublicAccessBlock"


def _lines(service: str, block: object, region: str = REGION) -> list[Line]:
    (found,) = (each for each in SERVICES if each.name == service)
    return [*collect(found, _Account(block), Where(ACCOUNT, region), Redaction(b"key"))]


def _older(line: Line) -> Line:
    """As a version wrote it that did not ask for the account's settings with the buckets."""
    if not isinstance(line, Seen):
        return line
    properties = {name: each for name, each in line.properties.items() if name != TOLD}
    unknown = [each for each in line.unknown if each[0][0] != TOLD]
    return Seen(line.type, line.id, line.arn, line.region, properties, unknown)


def _live(folder: Path, bucket: list[Line], blocks: Mapping[str, object]) -> tuple[str, ...]:
    """The verdicts on an open bucket; `blocks` are the answers of the account by region."""
    shards = [write_shard(folder, ShardKey(ACCOUNT, "global", "s3"), bucket)]
    for region, block in blocks.items():
        key = ShardKey(ACCOUNT, region, "account")
        shards.append(write_shard(folder, key, _lines("account", block, region)))
    day = "2026-01-01T00:00:00Z"
    regions = [*blocks] or [REGION]
    made = Manifest("0", day, day, [ACCOUNT], regions, ["account", "s3"], [each.key for each in shards], shards)
    write_manifest(folder, made)
    return verdicts(folder)["site"]


FOR_NEW = {"BlockPublicAcls": True, "BlockPublicPolicy": True}


@pytest.mark.parametrize(
    ("block", "wanted"),
    [(ON, CLOSED), (OFF, OPEN), (NONE, OPEN), (DENIED, UNKNOWN), (FOR_NEW, OPEN)],
    ids=["on", "off", "none", "denied", "for new ones only"],
)
def test_buckets_are_read_with_the_settings_of_their_account(tmp_path: Path, block: object, wanted: object) -> None:
    assert _live(tmp_path / "s", _lines("s3", block), {}) == wanted


@pytest.mark.parametrize(
    ("blocks", "wanted"),
    [
        ({REGION: ON}, CLOSED),
        ({REGION: OFF}, OPEN),
        ({REGION: NONE}, OPEN),
        ({REGION: DENIED}, UNKNOWN),
        # The settings are the account's, whatever region tells them.
        ({"us-east-1": ON}, CLOSED),
        ({"us-east-1": DENIED, "eu-west-1": ON}, CLOSED),
        ({"us-east-1": DENIED, "eu-west-1": OFF}, OPEN),
        ({REGION: FOR_NEW}, OPEN),
        # Nobody knows whether the account ignores what the bucket lets in.
        ({}, UNKNOWN),
    ],
    ids=["on", "off", "none", "denied", "another region", "in one", "in one, off", "for new", "not asked"],
)
@pytest.mark.parametrize("denied", [False, True], ids=["older", "denied"])
def test_the_account_may_tell_them_itself(
    tmp_path: Path, denied: bool, blocks: Mapping[str, object], wanted: tuple[str, ...]
) -> None:
    lines = _lines("s3", DENIED)
    assert _live(tmp_path / "s", lines if denied else [_older(each) for each in lines], blocks) == wanted


def test_the_reason_names_the_account(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    assert _live(folder, [_older(each) for each in _lines("s3", ON)], {}) == UNKNOWN
    report = scan(folder, options=Options(select=["s3-no-public-read"])).report
    (found,) = (each for each in report["findings"] if each["resource"]["logical_id"] == "site")
    assert found["message"] == f"unknown: S3 Block Public Access of account {ACCOUNT} was not read"


def test_a_bucket_that_lets_nobody_in_needs_no_answer_of_its_account(tmp_path: Path) -> None:
    buckets = Buckets({"site": {"get_bucket_acl": answer()}})
    lines: list[Line] = [*collect(S3, buckets, Where(ACCOUNT, REGION), Redaction(b"key"))]
    assert _live(tmp_path / "s", [_older(each) for each in lines], {}) == CLOSED


@pytest.mark.parametrize(
    ("settings", "wanted"), [(ON, "PASS"), (OFF, "FAIL"), (None, "UNKNOWN")], ids=["on", "off", "not recorded"]
)
def test_items_of_aws_config(tmp_path: Path, settings: Mapping[str, bool] | None, wanted: str) -> None:
    items = [config_item("AllUsers", "FULL_CONTROL")]
    if settings is not None:
        items.append(account_item(settings))
    path = tmp_path / "items.json"
    path.write_text(json.dumps({"configurationItems": items}), "utf-8")
    (found,) = verdicts(path).values()
    # An item that tells of no policy says nothing of there being one.
    assert found[:2] in ((wanted, wanted), ("UNKNOWN", "UNKNOWN")) and ("FAIL" in found) is (wanted == "FAIL")


def _plan(folder: Path, *blocks: dict[str, Any]) -> tuple[str, ...]:
    folder.mkdir()
    bucket = resource("aws_s3_bucket.site", {"bucket": "site"})
    acl = resource("aws_s3_bucket_acl.site", {"bucket": "site", "acl": "public-read-write"})
    (found,) = verdicts(write(folder, plan(bucket, acl, *blocks))).values()
    return found


def _block(name: str = "all", **arguments: object) -> dict[str, Any]:
    return resource(f"aws_s3_account_public_access_block.{name}", arguments)


def test_plans(tmp_path: Path) -> None:
    everything = {"block_public_acls": True, "block_public_policy": True}
    assert _plan(tmp_path / "none") == OPEN
    assert _plan(tmp_path / "new", _block(**everything)) == OPEN
    ignored = {**everything, "ignore_public_acls": True, "restrict_public_buckets": True}
    assert _plan(tmp_path / "all", _block(**ignored)) == CLOSED
