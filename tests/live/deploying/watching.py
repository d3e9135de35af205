"""Logs, metrics, alarms and trails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import (
    ACCOUNT,
    REGION,
    Clients,
    Deployer,
    Inexpressible,
    Made,
    Properties,
    arn_of,
    pick,
    small,
)


def log_group(clients: Clients, name: str, properties: Properties) -> Made:
    if "LogGroupClass" in properties:
        raise Inexpressible("moto forgets the class of a log group")
    name = properties.get("LogGroupName", name)
    logs = clients("logs")
    logs.create_log_group(
        logGroupName=name,
        **{key[:1].lower() + key[1:]: value for key, value in pick(properties, "KmsKeyId", "LogGroupClass").items()},
    )
    if "RetentionInDays" in properties:
        logs.put_retention_policy(logGroupName=name, retentionInDays=properties["RetentionInDays"])
    return Made(name, name, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*")


def _ensured(clients: Clients, name: str) -> str:
    logs = clients("logs")
    if name not in {each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]}:
        logs.create_log_group(logGroupName=name)
    return name


def _transformation(given: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = small(given)
    if "dimensions" in sent:
        sent["dimensions"] = {each["Key"]: each["Value"] for each in given["Dimensions"]}
    return sent


def metric_filter(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("FilterName", name)
    clients("logs").put_metric_filter(
        filterName=name,
        logGroupName=_ensured(clients, properties["LogGroupName"]),
        filterPattern=properties["FilterPattern"],
        metricTransformations=[_transformation(each) for each in properties["MetricTransformations"]],
    )
    return Made(name, name)


def alarm(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("AlarmName", name)
    clients("cloudwatch").put_metric_alarm(
        AlarmName=name,
        **{
            "Period": 300,
            "Statistic": "Sum",
            "Threshold": 1.0,
            **pick(
                properties,
                "ActionsEnabled",
                "AlarmActions",
                "ComparisonOperator",
                "Dimensions",
                "EvaluationPeriods",
                "InsufficientDataActions",
                "MetricName",
                "Namespace",
                "OKActions",
                "Period",
                "Statistic",
                "Threshold",
            ),
        },
    )
    return Made(name, name, f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}")


def trail(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("TrailName", f"trail-{name}")
    trails, s3 = clients("cloudtrail"), clients("s3")
    bucket = properties["S3BucketName"].lower()
    bucket = bucket if len(bucket) > 2 else f"bucket-{bucket}"  # S3's shortest name has three letters
    if bucket not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)
    sent: dict[str, Any] = pick(properties, "CloudWatchLogsRoleArn", "IsMultiRegionTrail", "IncludeGlobalServiceEvents")
    sent |= {"EnableLogFileValidation": properties.get("EnableLogFileValidation", False)}
    if "CloudWatchLogsLogGroupArn" in properties:
        sent["CloudWatchLogsLogGroupArn"] = properties["CloudWatchLogsLogGroupArn"]
        sent.setdefault("CloudWatchLogsRoleArn", f"arn:aws:iam::{ACCOUNT}:role/trail")
    if "KMSKeyId" in properties:
        sent["KmsKeyId"] = properties["KMSKeyId"]
    made = trails.create_trail(Name=name, S3BucketName=bucket, **sent)["TrailARN"]
    if properties.get("IsLogging"):
        trails.start_logging(Name=name)
    for field in ("EventSelectors", "AdvancedEventSelectors"):
        if field in properties:
            trails.put_event_selectors(TrailName=name, **{field: properties[field]})
    return Made(name, name, made)


def bus_policy(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    sent: dict[str, Any] = {"EventBusName": properties.get("EventBusName", "default")}
    if "Statement" in properties:
        statement = {"Sid": properties["StatementId"], **properties["Statement"]}
        sent["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    else:
        sent |= pick(properties, "Action", "Condition", "Principal", "StatementId")
    clients("events").put_permission(**sent)
    return Made(f"{sent['EventBusName']}|{properties['StatementId']}")


def _target(given: Mapping[str, Any]) -> dict[str, Any]:
    sent = {**given, "Arn": arn_of("lambda", given["Arn"])}
    network = sent.get("EcsParameters", {}).get("NetworkConfiguration", {}).pop("AwsVpcConfiguration", None)
    if network:
        sent["EcsParameters"]["NetworkConfiguration"]["awsvpcConfiguration"] = network
    return sent


def event_rule(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    events = clients("events")
    arn = events.put_rule(Name=name, **pick(properties, "ScheduleExpression", "State"))["RuleArn"]
    if properties.get("Targets"):
        events.put_targets(Rule=name, Targets=[_target(each) for each in properties["Targets"]])
    return Made(name, name, arn)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::CloudTrail::Trail": trail,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::Events::EventBusPolicy": bus_policy,
    "AWS::Events::Rule": event_rule,
    "AWS::Logs::LogGroup": log_group,
    "AWS::Logs::MetricFilter": metric_filter,
}
