"""Logs, alarms, trails, recorders and detectors."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Table, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    each,
    evaluate,
    first,
    inverted,
    left,
    one,
    words,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import LOGS, POOL

BUCKET = ("aws_s3_bucket",)


def _dimensions(view: View, context: Context) -> object:
    value = evaluate("dimensions", view, context)
    return [{"Name": key, "Value": text} for key, text in value.items()] if isinstance(value, dict) else value


def _filter_dimensions(view: View, context: Context) -> object:
    # A metric filter calls the names of its dimensions keys ("AWS::Logs::MetricFilter Dimension").
    found = _dimensions(view, context)
    return [{"Key": each["Name"], "Value": each["Value"]} for each in found] if isinstance(found, list) else found


_METRIC = {"MetricName": "metric_name", "Namespace": "namespace", "Dimensions": _dimensions}

_ALARM = {
    "AlarmName": "alarm_name",
    "ActionsEnabled": first("actions_enabled", const(None)),
    "AlarmActions": "alarm_actions",
    "InsufficientDataActions": "insufficient_data_actions",
    "OKActions": "ok_actions",
}

_FIELDS = each(
    "field_selector",
    {
        "Field": "field",
        "Equals": "equals",
        "StartsWith": "starts_with",
        "EndsWith": "ends_with",
        "NotEquals": "not_equals",
        "NotStartsWith": "not_starts_with",
        "NotEndsWith": "not_ends_with",
    },
)


def _recording(view: View, context: Context) -> object:
    """Left out, all that are in the region are recorded and global ones are not."""
    return one(
        "recording_group",
        {
            "AllSupported": left("all_supported", default=True),
            "IncludeGlobalResourceTypes": "include_global_resource_types",
            "ResourceTypes": "resource_types",
            "RecordingStrategy": one("recording_strategy", {"UseOnly": "use_only"}),
        },
    )(view, context)


TABLE: Table = {
    "aws_cloudwatch_log_group": whole(
        "AWS::Logs::LogGroup",
        {
            "ResourcePolicyDocument": const(None),  # aws_cloudwatch_log_resource_policy is of the whole account
            "LogGroupName": "name",
            "KmsKeyId": "kms_key_id",
            "LogGroupClass": "log_group_class",
            # 0 is how Terraform says that they are kept for ever.
            "RetentionInDays": words("retention_in_days", {0: None}),
        },
    ),
    "aws_cloudwatch_log_metric_filter": whole(
        "AWS::Logs::MetricFilter",
        {
            "FilterName": "name",
            "FilterPattern": left("pattern", ""),
            "LogGroupName": Pointer("log_group_name", *LOGS),
            "MetricTransformations": each(
                "metric_transformation",
                {
                    "MetricName": "name",
                    "MetricNamespace": "namespace",
                    "MetricValue": "value",
                    "DefaultValue": "default_value",
                    "Dimensions": _filter_dimensions,
                },
            ),
        },
        tags=False,
    ),
    "aws_cloudwatch_log_delivery_source": whole(
        "AWS::Logs::DeliverySource",
        {
            "Name": "name",
            "LogType": "log_type",
            "ResourceArn": Pointer("resource_arn", "aws_cloudfront_distribution", *POOL, attribute="Arn"),
        },
    ),
    "aws_cloudwatch_metric_alarm": whole(
        "AWS::CloudWatch::Alarm",
        {
            **_ALARM,
            **_METRIC,
            "ComparisonOperator": "comparison_operator",
            "Threshold": "threshold",
            "TreatMissingData": "treat_missing_data",
            "Metrics": each(
                "metric_query",
                {
                    "Id": "id",
                    "Expression": "expression",
                    "MetricStat": one("metric", {"Metric": _METRIC, "Stat": "stat", "Period": "period"}),
                },
            ),
        },
        name="alarm_name",
    ),
    "aws_cloudwatch_composite_alarm": whole(
        "AWS::CloudWatch::CompositeAlarm", {**_ALARM, "AlarmRule": "alarm_rule"}, name="alarm_name"
    ),
    "aws_cloudtrail": whole(
        "AWS::CloudTrail::Trail",
        {
            "TrailName": "name",
            "AdvancedEventSelectors": each("advanced_event_selector", {"Name": "name", "FieldSelectors": _FIELDS}),
            "CloudWatchLogsLogGroupArn": "cloud_watch_logs_group_arn",
            "CloudWatchLogsRoleArn": "cloud_watch_logs_role_arn",
            "EnableLogFileValidation": "enable_log_file_validation",
            "EventSelectors": each(
                "event_selector",
                {
                    "ReadWriteType": left("read_write_type", "All"),
                    "IncludeManagementEvents": left("include_management_events", default=True),
                    "ExcludeManagementEventSources": "exclude_management_event_sources",
                    "DataResources": each("data_resource", {"Type": "type", "Values": "values"}),
                },
            ),
            "IncludeGlobalServiceEvents": left("include_global_service_events", default=True),
            "IsLogging": left("enable_logging", default=True),
            "IsMultiRegionTrail": "is_multi_region_trail",
            "IsOrganizationTrail": "is_organization_trail",
            "KMSKeyId": "kms_key_id",
            "S3BucketName": Pointer("s3_bucket_name", *BUCKET),
        },
    ),
    "aws_cloudtrail_event_data_store": whole(
        "AWS::CloudTrail::EventDataStore",
        {
            "Name": "name",
            "AdvancedEventSelectors": each("advanced_event_selector", {"Name": "name", "FieldSelectors": _FIELDS}),
            "KmsKeyId": "kms_key_id",
            "MultiRegionEnabled": left("multi_region_enabled", default=True),
            "OrganizationEnabled": "organization_enabled",
            "RetentionPeriod": "retention_period",
            "IngestionEnabled": inverted("suspend"),
        },
        name="arn",
    ),
    "aws_config_configuration_recorder": whole(
        "AWS::Config::ConfigurationRecorder",
        {"Name": "name", "RecordingGroup": _recording, "RoleARN": Pointer("role_arn", *ROLE, attribute="Arn")},
        tags=False,
    ),
    "aws_guardduty_detector": whole(
        "AWS::GuardDuty::Detector",
        {"Enable": left("enable", default=True), "FindingPublishingFrequency": "finding_publishing_frequency"},
        name="id",
    ),
}
