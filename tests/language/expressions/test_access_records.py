"""What records reads of a store of an account: a recorder counts where it surely records that store, for so long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.snapshot import read_snapshot
from scanner.language.expressions.access_records import told
from scanner.model.resource import Inventory
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.snapshots.lines import Listed, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard

HERE, THERE = "eu-central-1", "us-east-1"
OURS, OTHERS = "111122223333", "444455556666"
TABLE = {"TableName": "Visits"}
READS = [
    {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]},
        ]
    }
]
TRAIL: dict[str, Any] = {
    "IsLogging": True,
    "S3BucketName": "kept",
    "AdvancedEventSelectors": READS,
    "EventSelectors": None,
    "CloudWatchLogsLogGroupArn": None,
    "IsMultiRegionTrail": False,
    "IsOrganizationTrail": False,
}
LAKE: dict[str, Any] = {
    "AdvancedEventSelectors": READS,
    "IngestionEnabled": True,
    "RetentionPeriod": 2557,
    "MultiRegionEnabled": False,
    "OrganizationEnabled": False,
}
RULE = {"Status": "Enabled", "Prefix": ""}


def said(folder: Path, recorder: tuple[str, dict[str, Any]], region: str, account: str, **bucket: Any) -> str:
    """The answer for a table here of six years; `unknown` where there is none."""
    kind, properties = recorder
    shards = []
    for number, (owner, place) in enumerate({(OURS, HERE), (OURS, THERE), (OTHERS, HERE), (OTHERS, THERE)}):
        lines: list[Any] = [Listed("AWS::CloudTrail::Trail"), Listed("AWS::CloudTrail::EventDataStore")]
        lines += [Listed("AWS::S3::Bucket"), Listed("AWS::DynamoDB::Table")]
        if (owner, place) == (OURS, HERE):
            lines.append(
                Seen("AWS::DynamoDB::Table", "Visits", f"arn:aws:dynamodb:{place}:{owner}:table/Visits", place, TABLE)
            )
            lines.append(Seen("AWS::S3::Bucket", "kept", "arn:aws:s3:::kept", place, {"BucketName": "kept", **bucket}))
        if (owner, place) == (account, region):
            lines.append(Seen(kind, "It", f"arn:aws:cloudtrail:{place}:{owner}:it/It", place, properties))
        shards.append(write_shard(folder, ShardKey(owner, place, f"s{number}"), lines))
    at = "2026-11-30T00:00:00Z"
    names = [f"s{number}" for number in range(4)]
    write_manifest(folder, Manifest("0", at, at, [OURS, OTHERS], [HERE, THERE], names, shards=shards))
    snapshot = read_snapshot(folder, "snapshot")
    inventory = Inventory(unread=snapshot.unread)
    inventory.add(snapshot.resources)
    (store,) = inventory.of_type("AWS::DynamoDB::Table")
    answer = told(store, inventory, World(), 2190).answer
    return "unknown" if isinstance(answer, Unknown) else answer


def trail(**more: Any) -> tuple[str, dict[str, Any]]:
    return "AWS::CloudTrail::Trail", {**TRAIL, **more}


def lake(**more: Any) -> tuple[str, dict[str, Any]]:
    return "AWS::CloudTrail::EventDataStore", {**LAKE, **more}


def without(recorder: tuple[str, dict[str, Any]], key: str) -> tuple[str, dict[str, Any]]:
    """What a snapshot does not say of it is not known."""
    return recorder[0], {name: value for name, value in recorder[1].items() if name != key}


CASES = {
    "a trail here": (trail(), HERE, OURS, "yes"),
    "a trail that does not log": (trail(IsLogging=False), HERE, OURS, "no"),
    "one of which it is not known": (without(trail(), "IsLogging"), HERE, OURS, "unknown"),
    "of another region": (trail(), THERE, OURS, "no"),
    "of all regions": (trail(IsMultiRegionTrail=True), THERE, OURS, "yes"),
    "of regions that are not known": (without(trail(), "IsMultiRegionTrail"), THERE, OURS, "unknown"),
    "of another account": (trail(), HERE, OTHERS, "no"),
    "of another account and all regions": (trail(IsMultiRegionTrail=True), THERE, OTHERS, "no"),
    "of the organisation, elsewhere": (trail(IsMultiRegionTrail=True, IsOrganizationTrail=True), THERE, OTHERS, "yes"),
    "of the organisation and one region": (trail(IsOrganizationTrail=True), THERE, OTHERS, "no"),
    "of an organisation that is not known": (without(trail(), "IsOrganizationTrail"), HERE, OTHERS, "unknown"),
    "a lake here": (lake(), HERE, OURS, "yes"),
    "a lake that was stopped": (lake(IngestionEnabled=False), HERE, OURS, "no"),
    "a lake that may have been": (without(lake(), "IngestionEnabled"), HERE, OURS, "unknown"),
    "a lake of another region": (lake(), THERE, OURS, "no"),
    "a lake of all regions": (lake(MultiRegionEnabled=True), THERE, OURS, "yes"),
    "a lake of another account": (lake(), HERE, OTHERS, "no"),
    "a lake of the organisation": (lake(OrganizationEnabled=True), HERE, OTHERS, "yes"),
    "a lake of three years": (lake(RetentionPeriod=1095), HERE, OURS, "short"),
}


@pytest.mark.parametrize(("recorder", "region", "account", "answer"), CASES.values(), ids=CASES.keys())
def test_a_recorder_counts_where_it_records_the_store(
    tmp_path: Path, recorder: tuple[str, dict[str, Any]], region: str, account: str, answer: str
) -> None:
    assert said(tmp_path, recorder, region, account, LifecycleConfiguration=None) == answer


@pytest.mark.parametrize(
    ("rules", "answer"),
    [
        ([{**RULE, "ExpirationInDays": 400}], "short"),
        ([{**RULE, "ExpirationInDays": 3000}], "yes"),
        ([{**RULE, "ExpirationDate": "2026-12-01T00:00:00Z"}], "unknown"),
        ([{**RULE, "Status": "Disabled", "ExpirationInDays": 1}], "yes"),
        ([{**RULE, "ExpirationInDays": "nan"}], "unknown"),
    ],
    ids=["days", "many days", "a date", "disabled", "no number"],
)
def test_a_bucket_keeps_what_its_lifecycle_leaves(tmp_path: Path, rules: list[Any], answer: str) -> None:
    assert said(tmp_path, trail(), HERE, OURS, LifecycleConfiguration={"Rules": rules}) == answer
