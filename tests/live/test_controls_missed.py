"""Controls that an account does not have are missed in each region that has none, and in no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.live.aws_calls import Answer, RefusedError
from scanner.live.collector import Where, collect
from scanner.live.services import SERVICES
from scanner.scanning import Options, scan
from scanner.snapshots.lines import Line
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import ShardKey, write_shard

ACCOUNT, ON, OFF, UNREAD = "111122223333", "us-east-1", "eu-west-1", "eu-west-3"
RULES = (
    "access-analyzer-external-access",
    "config-recorder-all-regions",
    "guardduty-enabled",
    "inspector-enabled",
    "macie-enabled",
    "securityhub-enabled",
)
ASKED = {"accessanalyzer", "account", "config", "guardduty", "securityhub"}
STANDARD = "arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0"
ANALYZER = {"arn": "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/a", "name": "a", "status": "ACTIVE"}
ANSWERS: Mapping[str, Any] = {
    "list_analyzers": {"analyzers": [{**ANALYZER, "type": "ACCOUNT"}]},
    "describe_configuration_recorders": {
        "ConfigurationRecorders": [{"name": "default", "recordingGroup": {"allSupported": True}}]
    },
    "describe_configuration_recorder_status": {
        "ConfigurationRecordersStatus": [{"name": "default", "recording": True}]
    },
    "list_detectors": {"DetectorIds": ["d"]},
    "get_detector": {"Status": "ENABLED"},
    "batch_get_account_status": {"accounts": [{"state": {"status": "ENABLED"}, "resourceState": {}}]},
    "get_macie_session": {"status": "ENABLED"},
    "describe_hub": {"HubArn": "arn:aws:securityhub:us-east-1:111122223333:hub/default"},
    "get_enabled_standards": {"StandardsSubscriptions": [{"StandardsArn": STANDARD}]},
}
# What the services answer where they were never switched on. An analyzer of unused access looks for something else.
NONE: Mapping[str, Any] = {
    "list_analyzers": {"analyzers": [{**ANALYZER, "type": "ACCOUNT_UNUSED_ACCESS"}]},
    "describe_configuration_recorders": {"ConfigurationRecorders": []},
    "describe_configuration_recorder_status": {"ConfigurationRecordersStatus": []},
    "list_detectors": {"DetectorIds": []},
    "batch_get_account_status": {"accounts": [{"state": {"status": "DISABLED"}, "resourceState": {}}]},
    "get_macie_session": RefusedError("AccessDeniedException", "Macie is not enabled"),
    "describe_hub": RefusedError(
        "InvalidAccessException", "Account 111122223333 is not subscribed to AWS Security Hub"
    ),
}


class _Caller:
    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def call(self, service: str, operation: str, /, **arguments: object) -> Answer:
        del service, arguments
        answer: Any = self._answers.get(operation, RefusedError("AccessDenied", "no"))
        if isinstance(answer, RefusedError):
            raise answer
        found: Answer = answer
        return found


def test_what_does_not_exist_is_missed_in_its_region(tmp_path: Path) -> None:
    folder = tmp_path / "account"
    shards = []
    for region, answers in ((ON, ANSWERS), (OFF, NONE), (UNREAD, {})):
        lines: list[Line] = []
        for service in SERVICES:
            if service.name in ASKED:
                lines += collect(service, _Caller(answers), Where(ACCOUNT, region), Redaction(b"k" * 32))
        shards.append(write_shard(folder, ShardKey(ACCOUNT, region, "all"), lines))
    now, regions = "2026-01-31T10:00:00Z", [ON, OFF, UNREAD]
    write_manifest(folder, Manifest("0", now, now, [ACCOUNT], regions, ["all"], [each.key for each in shards], shards))
    report: Any = scan(folder, options=Options(select=RULES)).report
    found = {
        (each["rule"], each["resource"]["region"]): each["verdict"]
        for each in report["findings"]
        if each["resource"]["type"] == "AWS::::Account"
    }
    assert found == {
        (rule, region): verdict
        for rule in RULES
        for region, verdict in ((ON, "PASS"), (OFF, "FAIL"), (UNREAD, "UNKNOWN"))
    }
