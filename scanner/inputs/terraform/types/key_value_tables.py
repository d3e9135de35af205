"""Tables of DynamoDB and Timestream."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Table, part, whole
from scanner.inputs.terraform.shapes import (
    const,
    document,
    each,
    evaluate,
    listed,
    one,
    words,
)
from scanner.model.unknown import Unknown

TABLE_ = ("aws_dynamodb_table",)


def _key_schema(view: View, context: Context) -> object:
    keys = [("hash_key", "HASH"), ("range_key", "RANGE")]
    found = [
        {"AttributeName": value, "KeyType": kind}
        for name, kind in keys
        if (value := evaluate(name, view, context)) is not None
    ]
    return found or each("key_schema", {"AttributeName": "attribute_name", "KeyType": "key_type"})(view, context)


_PROJECTION = {"ProjectionType": "projection_type", "NonKeyAttributes": "non_key_attributes"}

_REPLICA = {
    "Region": "region_name",
    "SSESpecification": {"KMSMasterKeyId": "kms_key_arn"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "point_in_time_recovery"},
}

_REPLICA_PART = {
    "Region": const(Unknown("known-after-apply", "the region of a replica is that of its provider")),
    "SSESpecification": {"KMSMasterKeyId": "kms_key_arn"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "point_in_time_recovery"},
}


def _targets(view: View, context: Context) -> object:
    """Replicas of a table from the version of 2019 on."""
    return each("replica", _REPLICA)(view, context)


TABLE: Table = {
    "aws_dynamodb_table": whole(
        "AWS::DynamoDB::Table",
        {
            "TableName": "name",
            "BillingMode": "billing_mode",
            "KeySchema": _key_schema,
            "AttributeDefinitions": each("attribute", {"AttributeName": "name", "AttributeType": "type"}),
            "GlobalSecondaryIndexes": each(
                "global_secondary_index",
                {
                    "IndexName": "name",
                    "KeySchema": _key_schema,
                    "Projection": _PROJECTION,
                    "ProvisionedThroughput": {
                        "ReadCapacityUnits": words("read_capacity", {0: None}),
                        "WriteCapacityUnits": words("write_capacity", {0: None}),
                    },
                    "OnDemandThroughput": one(
                        "on_demand_throughput",
                        {
                            "MaxReadRequestUnits": "max_read_request_units",
                            "MaxWriteRequestUnits": "max_write_request_units",
                        },
                    ),
                },
            ),
            "LocalSecondaryIndexes": each("local_secondary_index", {"IndexName": "name", "Projection": _PROJECTION}),
            "OnDemandThroughput": one(
                "on_demand_throughput",
                {"MaxReadRequestUnits": "max_read_request_units", "MaxWriteRequestUnits": "max_write_request_units"},
            ),
            "PointInTimeRecoverySpecification": one(
                "point_in_time_recovery", {"PointInTimeRecoveryEnabled": "enabled"}
            ),
            "ProvisionedThroughput": {
                "ReadCapacityUnits": words("read_capacity", {0: None}),
                "WriteCapacityUnits": words("write_capacity", {0: None}),
            },
            "SSESpecification": one(
                "server_side_encryption", {"SSEEnabled": "enabled", "KMSMasterKeyId": "kms_key_arn"}
            ),
            "DeletionProtectionEnabled": "deletion_protection_enabled",
            "StreamSpecification": {"StreamViewType": "stream_view_type"},
            "TimeToLiveSpecification": one("ttl", {"AttributeName": "attribute_name", "Enabled": "enabled"}),
            "Replicas": _targets,
        },
        lacks=("ResourcePolicy",),
    ),
    "aws_dynamodb_resource_policy": part(
        Fold("resource_arn", TABLE_, {"ResourcePolicy": {"PolicyDocument": document("policy")}})
    ),
    "aws_dynamodb_table_replica": part(
        Fold(
            "global_table_arn",
            TABLE_,
            {"Replicas": listed(_REPLICA_PART)},
            listed=("Replicas",),
        )
    ),
    "aws_timestreamwrite_table": whole(
        "AWS::Timestream::Table",
        {"TableName": "table_name", "DatabaseName": "database_name"},
        name="table_name",
        lacks=("Schema",),
    ),
}
