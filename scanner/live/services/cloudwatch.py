"""Amazon CloudWatch: alarms."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

_ACTIONS = ("AlarmName", "ActionsEnabled", "AlarmActions", "AlarmDescription", "InsufficientDataActions", "OKActions")

CLOUDWATCH = Service(
    "cloudwatch",
    (
        Collector(
            Call(
                "describe_alarms",
                {"AlarmTypes": "['MetricAlarm', 'CompositeAlarm']"},
                "[MetricAlarms[].{metric: @}, CompositeAlarms[].{composite: @}][]",
                Paging("NextToken", "NextToken"),
            ),
            Part(
                "AWS::CloudWatch::Alarm",
                keep="item.metric",
                id="item.metric.AlarmName",
                arn="item.metric.AlarmArn",
                properties=same(
                    "item.metric",
                    *_ACTIONS,
                    "ComparisonOperator",
                    "DatapointsToAlarm",
                    "Dimensions",
                    "EvaluateLowSampleCountPercentile",
                    "EvaluationPeriods",
                    "ExtendedStatistic",
                    "MetricName",
                    "Metrics",
                    "Namespace",
                    "Period",
                    "Statistic",
                    "Threshold",
                    "ThresholdMetricId",
                    "TreatMissingData",
                    "Unit",
                ),
            ),
            also=(
                Part(
                    "AWS::CloudWatch::CompositeAlarm",
                    keep="item.composite",
                    id="item.composite.AlarmName",
                    arn="item.composite.AlarmArn",
                    properties=same("item.composite", *_ACTIONS, "ActionsSuppressor", "AlarmRule"),
                ),
            ),
        ),
    ),
)
