"""Amazon Data Firehose: delivery streams."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Shape

_STREAM = "stream.DeliveryStreamDescription"
_TARGET = f"{_STREAM}.Destinations[0].ExtendedS3DestinationDescription"
_S3: dict[str, Shape] = {
    name: f"{_TARGET}.{name}"
    for name in (
        "BucketARN",
        "CloudWatchLoggingOptions",
        "CompressionFormat",
        "DynamicPartitioningConfiguration",
        "EncryptionConfiguration",
        "ErrorOutputPrefix",
        "Prefix",
        "RoleARN",
        "S3BackupMode",
    )
}

FIREHOSE = Service(
    "firehose",
    (
        Collector(
            # It has pages, and boto3 no paginator: the next begins after the last name.
            Call(
                "list_delivery_streams",
                {"Limit": "`10000`"},
                "DeliveryStreamNames[].{Name: @}",
                Paging(
                    "ExclusiveStartDeliveryStreamName", "HasMoreDeliveryStreams && DeliveryStreamNames[-1] || `null`"
                ),
            ),
            Part(
                "AWS::KinesisFirehose::DeliveryStream",
                id="item.Name",
                arn="arn:{partition}:firehose:{region}:{account}:deliverystream/{id}",
                gone=("ResourceNotFoundException",),
                details={
                    "stream": Detail("describe_delivery_stream", {"DeliveryStreamName": "item.Name"}),
                    "tagged": Detail("list_tags_for_delivery_stream", {"DeliveryStreamName": "item.Name"}),
                },
                properties={
                    "DeliveryStreamName": "id",
                    "DeliveryStreamType": f"{_STREAM}.DeliveryStreamType",
                    "DeliveryStreamEncryptionConfigurationInput": f"{_STREAM}.DeliveryStreamEncryptionConfiguration"
                    f".Status == 'ENABLED' && {_STREAM}.DeliveryStreamEncryptionConfiguration"
                    ".{KeyType: KeyType, KeyARN: KeyARN} || `null`",
                    "KinesisStreamSourceConfiguration": f"{_STREAM}.Source.KinesisStreamSourceDescription"
                    ".{KinesisStreamARN: KinesisStreamARN, RoleARN: RoleARN}",
                    "ExtendedS3DestinationConfiguration": _S3,
                    "Tags": "tagged.Tags",
                },
            ),
        ),
    ),
)
