"""AWS Config: recorders, whether they record, and where they deliver."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Part, Service, Shape

_GROUP: dict[str, Shape] = {
    "AllSupported": "item.recordingGroup.allSupported",
    "IncludeGlobalResourceTypes": "item.recordingGroup.includeGlobalResourceTypes",
    "ResourceTypes": "item.recordingGroup.resourceTypes",
    "RecordingStrategy": "pascal(item.recordingGroup.recordingStrategy)",
    "ExclusionByResourceTypes": "pascal(item.recordingGroup.exclusionByResourceTypes)",
}

# One call tells it to both that a recorder becomes.
_STATUS = Detail(
    "describe_configuration_recorder_status",
    {"ConfigurationRecorderNames": "[item.name]"},
    "ConfigurationRecordersStatus[]",
    once=True,
)
_RECORDERS = "found[].{Name: Name, Recording: Recording, LastStatus: LastStatus, AllSupported: AllSupported}"

CONFIG = Service(
    "config",
    (
        Collector(
            Call("describe_configuration_recorders", items="ConfigurationRecorders[]"),
            Part(
                "Tenantproof::Config::Recorder",
                id="item.name",
                gone=("NoSuchConfigurationRecorderException",),
                details={"status": _STATUS},
                properties={
                    "Name": "id",
                    "Recording": "status[0].recording",
                    "LastStatus": "status[0].lastStatus",
                    "AllSupported": "item.recordingGroup.allSupported",
                },
            ),
            also=(
                Part(
                    "AWS::Config::ConfigurationRecorder",
                    id="item.name",
                    gone=("NoSuchConfigurationRecorderException",),
                    details={"status": _STATUS},
                    properties={
                        "Name": "id",
                        "RoleARN": "item.roleARN",
                        "RecordingGroup": _GROUP,
                        "Recording": "status[0].recording",
                    },
                ),
            ),
            summary={"Config": {"Recording": "length(found[?Recording]) > `0`", "Recorders": _RECORDERS}},
        ),
        Collector(
            Call("describe_delivery_channels", items="DeliveryChannels[]"),
            Part(
                "AWS::Config::DeliveryChannel",
                id="item.name",
                properties={
                    "Name": "id",
                    "S3BucketName": "item.s3BucketName",
                    "S3KeyPrefix": "item.s3KeyPrefix",
                    "S3KmsKeyArn": "item.s3KmsKeyArn",
                    "SnsTopicARN": "item.snsTopicARN",
                    "ConfigSnapshotDeliveryProperties": {
                        "DeliveryFrequency": "item.configSnapshotDeliveryProperties.deliveryFrequency"
                    },
                },
            ),
        ),
    ),
)
