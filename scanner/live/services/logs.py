"""Amazon CloudWatch Logs: log groups and policies, what metrics count in them, and what services deliver."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_TOKEN = Paging("nextToken", "nextToken")

LOGS = Service(
    "logs",
    (
        Collector(
            Call("describe_log_groups", items="logGroups[]", paging=_TOKEN),
            Part(
                "AWS::Logs::LogGroup",
                id="item.logGroupName",
                arn="arn:{partition}:logs:{region}:{account}:log-group:{id}:*",
                gone=("ResourceNotFoundException",),
                details={
                    # Policies of single groups are told one by one: without an ARN, those of the account are meant.
                    "policies": Detail(
                        "describe_resource_policies",
                        {"resourceArn": "item.logGroupArn || piece(item.arn, ':*', `0`)", "policyScope": "'RESOURCE'"},
                        "resourcePolicies[?policyScope != 'ACCOUNT']",
                        _TOKEN,
                    )
                },
                properties={
                    "LogGroupName": "id",
                    "ResourcePolicyDocument": "document(policies[0].policyDocument)",
                    "KmsKeyId": "item.kmsKeyId",
                    "LogGroupClass": "item.logGroupClass",
                    "RetentionInDays": "item.retentionInDays",
                },
            ),
        ),
        Collector(
            Call("describe_resource_policies", items="resourcePolicies[]", paging=_TOKEN),
            Part(
                "AWS::Logs::ResourcePolicy",
                id="item.policyName",
                properties={"PolicyName": "id", "PolicyDocument": "document(item.policyDocument)"},
            ),
        ),
        Collector(
            Call("describe_metric_filters", items="metricFilters[]", paging=_TOKEN),
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
            Call("describe_delivery_sources", items="deliverySources[]", paging=_TOKEN),
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
