"""S3 Block Public Access of the account, wherever it was read: live, in a plan, in items of AWS Config."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.live.aws_calls import Answer, RefusedError
from scanner.live.collector import Where, collect
from scanner.live.services import SERVICES
from scanner.snapshots.lines import Line
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import ShardKey, write_shard
from tests.inputs.terraform.plans import plan, resource, write
from tests.live.test_bucket_acls import ACCOUNT, REGION, Buckets, answer, config_item, verdicts

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


def _live(folder: Path, blocks: Mapping[str, object]) -> tuple[str, ...]:
    """The verdicts on an open bucket; `blocks` are the answers of the account by region."""
    where = Where(ACCOUNT, REGION)
    by_name = {each.name: each for each in SERVICES}
    shards = []
    lines: list[Line] = [*collect(by_name["s3"], _Account(NONE), where, Redaction(b"key"))]
    shards.append(write_shard(folder, ShardKey(ACCOUNT, "global", "s3"), lines))
    for region, block in blocks.items():
        lines = [*collect(by_name["account"], _Account(block), Where(ACCOUNT, region), Redaction(b"key"))]
        shards.append(write_shard(folder, ShardKey(ACCOUNT, region, "account"), lines))
    day = "2026-01-01T00:00:00Z"
    regions = [*blocks] or [REGION]
    made = Manifest("0", day, day, [ACCOUNT], regions, ["account", "s3"], [each.key for each in shards], shards)
    write_manifest(folder, made)
    return verdicts(folder)["site"]


@pytest.mark.parametrize(
    ("blocks", "wanted"),
    [
        ({REGION: ON}, CLOSED),
        ({REGION: OFF}, OPEN),
        ({REGION: NONE}, OPEN),
        ({REGION: RefusedError("AccessDenied", "no")}, UNKNOWN),
        # The settings are the account's, whatever region tells them.
        ({"us-east-1": ON}, CLOSED),
        ({"us-east-1": RefusedError("AccessDenied", "no"), "eu-west-1": ON}, CLOSED),
        ({REGION: {"BlockPublicAcls": True, "BlockPublicPolicy": True}}, OPEN),
        ({}, OPEN),
    ],
    ids=["on", "off", "none", "denied", "another region", "denied in one region", "for new ones only", "not asked"],
)
def test_live(tmp_path: Path, blocks: Mapping[str, object], wanted: tuple[str, ...]) -> None:
    assert _live(tmp_path / "s", blocks) == wanted


@pytest.mark.parametrize("settings", [ON, OFF], ids=["on", "off"])
def test_items_of_aws_config(tmp_path: Path, settings: Mapping[str, bool]) -> None:
    item = config_item("AllUsers", "FULL_CONTROL")
    block = {key[:1].lower() + key[1:]: each for key, each in settings.items()}
    about = {
        "resourceType": "AWS::S3::AccountPublicAccessBlock",
        "resourceId": ACCOUNT,
        "resourceName": ACCOUNT,
        "arn": None,
        "configuration": json.dumps(block),
        "supplementaryConfiguration": {},
    }
    path = tmp_path / "items.json"
    path.write_text(json.dumps({"configurationItems": [item, {**item, **about}]}), "utf-8")
    (found,) = verdicts(path).values()
    # Whether the bucket has a policy is in no item.
    assert ("FAIL" in found) is (settings is OFF)


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
