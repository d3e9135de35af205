"""Amazon DynamoDB: tables, with their keys, backups and policies."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Tagged

_TABLE = {"TableName": "item.Name"}
_ARN = {"ResourceArn": "table.Table.TableArn"}
_SSE = "table.Table.SSEDescription"
_INDEX = "{IndexName: IndexName, KeySchema: KeySchema, Projection: Projection}"

DYNAMODB = Service(
    "dynamodb",
    (
        Collector(
            Call(
                "list_tables",
                items="TableNames[].{Name: @}",
                paging=Paging("ExclusiveStartTableName", "LastEvaluatedTableName"),
            ),
            Part(
                "AWS::DynamoDB::Table",
                id="item.Name",
                arn="arn:{partition}:dynamodb:{region}:{account}:table/{id}",
                gone=("ResourceNotFoundException", "TableNotFoundException"),
                details={
                    "table": Detail("describe_table", _TABLE),
                    "backups": Detail("describe_continuous_backups", _TABLE),
                    "tagged": Detail(
                        "list_tags_of_resource",
                        _ARN,
                        items="Tags[]",
                        paging=Paging("NextToken", "NextToken"),
                        tagged=Tagged("dynamodb"),
                    ),
                    "policy": Detail("get_resource_policy", _ARN, absent=("PolicyNotFoundException",)),
                    # A table tells the key that AWS manages by its id, as it tells one's own.
                    "key": Detail(
                        "describe_key",
                        {"KeyId": f"{_SSE}.KMSMasterKeyArn"},
                        service="kms",
                        when=f"{_SSE}.KMSMasterKeyArn",
                        absent=("NotFoundException",),
                        once=True,
                    ),
                },
                properties={
                    "TableName": "id",
                    "AttributeDefinitions": "table.Table.AttributeDefinitions",
                    "KeySchema": "table.Table.KeySchema",
                    "BillingMode": "table.Table.BillingModeSummary.BillingMode || 'PROVISIONED'",
                    "GlobalSecondaryIndexes": f"table.Table.GlobalSecondaryIndexes[].{_INDEX}",
                    "LocalSecondaryIndexes": f"table.Table.LocalSecondaryIndexes[].{_INDEX}",
                    # Without a description the key is AWS's own ("SSEDescription").
                    "SSESpecification": {
                        "SSEEnabled": f"{_SSE}.Status == 'ENABLED' || {_SSE}.Status == 'UPDATING'",
                        "SSEType": f"{_SSE}.SSEType",
                        "KMSMasterKeyId": "key.KeyMetadata.KeyManager == 'AWS' && 'alias/aws/dynamodb' || "
                        f"{_SSE}.KMSMasterKeyArn",
                    },
                    "PointInTimeRecoverySpecification": {
                        "PointInTimeRecoveryEnabled": "backups.ContinuousBackupsDescription."
                        "PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == 'ENABLED'"
                    },
                    "StreamSpecification": "table.Table.StreamSpecification.{StreamViewType: StreamViewType}",
                    # On-demand tables tell a capacity of nothing.
                    "ProvisionedThroughput": "table.Table.ProvisionedThroughput.ReadCapacityUnits > `0` && "
                    "table.Table.ProvisionedThroughput."
                    "{ReadCapacityUnits: ReadCapacityUnits, WriteCapacityUnits: WriteCapacityUnits} || `null`",
                    "OnDemandThroughput": "table.Table.OnDemandThroughput",
                    # A global table is told as the table of each region; where else it is, is told of each.
                    "Replicas": "table.Table.Replicas[].{Region: RegionName}",
                    "DeletionProtectionEnabled": "table.Table.DeletionProtectionEnabled",
                    "TableClass": "table.Table.TableClassSummary.TableClass",
                    "ResourcePolicy": {"PolicyDocument": "document(policy.Policy)"},
                    "Tags": "tagged",
                },
            ),
            # A replica of a global table is a table of its region.
            folded=("AWS::DynamoDB::GlobalTable",),
        ),
    ),
)
