"""Amazon CloudWatch Logs: log groups, what metrics count in them, and what services deliver."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service

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
        Collector(
            Call("describe_metric_filters", items="metricFilters[]", paging=Paging("nextToken", "nextToken")),
            Part(
                "AWS::Logs::MetricFilter",
                id="item.filterName",
                properties={
                    "FilterName": "id",
                    "FilterPattern": "item.filterPattern",
                    "LogGroupName": "item.logGroupName",
                    "MetricTransformations": "item.metricTransformations[].{MetricName: metricName, "
                    "MetricNamespace: metricNamespace, MetricValue: metricValue, DefaultValue: defaultValue, "
                    # The names of dimensions are the user's.
                    "Dimensions: tags(dimensions), Unit: unit}",
                },
            ),
        ),
        Collector(
            Call("describe_delivery_sources", items="deliverySources[]", paging=Paging("nextToken", "nextToken")),
            Part(
                "AWS::Logs::DeliverySource",
                each="item.resourceArns[].{Source: @}",
                id="parent.name",
                arn="parent.arn",
                properties={"Name": "id", "ResourceArn": "item.Source", "LogType": "parent.logType"},
            ),
        ),
    ),
)
