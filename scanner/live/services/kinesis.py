"""Amazon Kinesis Data Streams: streams and their policies."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_STREAM = "stream.StreamDescriptionSummary"

KINESIS = Service(
    "kinesis",
    (
        Collector(
            Call("list_streams", items="StreamNames[].{Name: @}", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::Kinesis::Stream",
                id="item.Name",
                arn="arn:{partition}:kinesis:{region}:{account}:stream/{id}",
                gone=("ResourceNotFoundException",),
                details={
                    "stream": Detail("describe_stream_summary", {"StreamName": "item.Name"}),
                    "tagged": Detail("list_tags_for_stream", {"StreamName": "item.Name"}),
                    "policy": Detail(
                        "get_resource_policy",
                        {"ResourceARN": f"{_STREAM}.StreamARN"},
                        absent=("ResourceNotFoundException: policy",),
                    ),
                },
                properties={
                    "Name": "id",
                    "RetentionPeriodHours": f"{_STREAM}.RetentionPeriodHours",
                    "ShardCount": f"{_STREAM}.OpenShardCount",
                    "StreamEncryption": f"{_STREAM}.EncryptionType != 'NONE' && {_STREAM}.KeyId && "
                    f"{{EncryptionType: {_STREAM}.EncryptionType, KeyId: {_STREAM}.KeyId}} || `null`",
                    "StreamModeDetails": f"{_STREAM}.StreamModeDetails.{{StreamMode: StreamMode}}",
                    "Tags": "tagged.Tags",
                },
                children=(
                    Part(
                        "AWS::Kinesis::ResourcePolicy",
                        each="policy.Policy && document(policy.Policy).Statement && {Policy: policy.Policy} || `null`",
                        id=f"{_STREAM}.StreamARN",
                        properties={
                            "ResourceArn": f"{_STREAM}.StreamARN",
                            "ResourcePolicy": "document(item.Policy)",
                        },
                    ),
                ),
            ),
        ),
    ),
)
