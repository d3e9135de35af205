"""Streams of Kinesis and clusters of MSK."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Table, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    evaluate,
    inside,
    left,
    one,
)
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS
from scanner.model.unknown import Unknown


def _msk_client(view: View, context: Context) -> object:
    return one(
        "client_authentication",
        {
            "Sasl": one("sasl", {"Iam": {"Enabled": "iam"}, "Scram": {"Enabled": "scram"}}),
            "Tls": one("tls", {"CertificateAuthorityArnList": "certificate_authority_arns"}),
            "Unauthenticated": {"Enabled": "unauthenticated"},
        },
    )(view, context)


def _stream_type(view: View, context: Context) -> object:
    del context
    for block, kind in (
        ("kinesis_source_configuration", "KinesisStreamAsSource"),
        ("msk_source_configuration", "MSKAsSource"),
    ):
        found = view.blocks(block)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, list) and found:
            return kind
    return "DirectPut"


TABLE: Table = {
    "aws_msk_cluster": whole(
        "AWS::MSK::Cluster",
        {
            "BrokerNodeGroupInfo": one(
                "broker_node_group_info",
                {
                    "ClientSubnets": Pointer("client_subnets", *SUBNETS),
                    "SecurityGroups": Pointer("security_groups", *GROUPS),
                    "InstanceType": "instance_type",
                    "ConnectivityInfo": one(
                        "connectivity_info",
                        {"NetworkType": "network_type", "PublicAccess": one("public_access", {"Type": "type"})},
                    ),
                },
            ),
            "ClusterName": "cluster_name",
            "ClientAuthentication": _msk_client,
            "EncryptionInfo": one(
                "encryption_info",
                {
                    "EncryptionAtRest": {"DataVolumeKMSKeyId": "encryption_at_rest_kms_key_arn"},
                    "EncryptionInTransit": one(
                        "encryption_in_transit", {"ClientBroker": "client_broker", "InCluster": "in_cluster"}
                    ),
                },
            ),
            "LoggingInfo": one(
                "logging_info",
                {
                    "BrokerLogs": one(
                        "broker_logs",
                        {
                            "CloudWatchLogs": one("cloudwatch_logs", {"Enabled": "enabled", "LogGroup": "log_group"}),
                            "Firehose": one("firehose", {"Enabled": "enabled", "DeliveryStream": "delivery_stream"}),
                            "S3": one("s3", {"Enabled": "enabled", "Bucket": "bucket", "Prefix": "prefix"}),
                        },
                    )
                },
            ),
        },
        name="cluster_name",
    ),
    "aws_kinesis_stream": whole(
        "AWS::Kinesis::Stream",
        {
            "ResourcePolicy": const(None),  # aws_kinesis_resource_policy is a resource of its own
            "Name": "name",
            "RetentionPeriodHours": "retention_period",
            "StreamEncryption": lambda view, context: (
                kind
                if isinstance(kind := evaluate("encryption_type", view, context), Unknown)
                else evaluate({"EncryptionType": "encryption_type", "KeyId": "kms_key_id"}, view, context)
                if kind == "KMS"
                else None
            ),
        },
    ),
    "aws_kinesis_resource_policy": whole(
        "AWS::Kinesis::ResourcePolicy",
        {
            "ResourceArn": Pointer("resource_arn", "aws_kinesis_stream", attribute="Arn"),
            "ResourcePolicy": document("policy"),
        },
        name=None,
        arn=None,
    ),
    "aws_kinesis_firehose_delivery_stream": whole(
        "AWS::KinesisFirehose::DeliveryStream",
        {
            "DeliveryStreamName": "name",
            "DeliveryStreamType": _stream_type,
            "DeliveryStreamEncryptionConfigurationInput": lambda view, context: (
                enabled
                if isinstance(enabled := evaluate("server_side_encryption.enabled", view, context), Unknown)
                else evaluate(
                    inside(
                        "server_side_encryption", {"KeyType": left("key_type", "AWS_OWNED_CMK"), "KeyARN": "key_arn"}
                    ),
                    view,
                    context,
                )
                if enabled is True
                else None
            ),
        },
    ),
    "aws_kinesis_video_stream": whole("AWS::KinesisVideo::Stream", {"Name": "name", "KmsKeyId": "kms_key_id"}),
}
