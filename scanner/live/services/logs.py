"""Amazon CloudWatch Logs: log groups."""

from __future__ import annotations

from scanner.live.table import Call, Collector, Paging, Part, Service

LOGS = Service(
    "logs",
    (
        Collector(
            Call("describe_log_groups", items="logGroups[]", paging=Paging("nextToken", "nextToken")),
            Part(
                "AWS::Logs::LogGroup",
                id="item.logGroupName",
                arn="arn:{partition}:logs:{region}:{account}:log-group:{id}:*",
                properties={
                    "LogGroupName": "id",
                    "KmsKeyId": "item.kmsKeyId",
                    "LogGroupClass": "item.logGroupClass",
                    "RetentionInDays": "item.retentionInDays",
                },
            ),
        ),
    ),
)
