"""Topics, queues, event buses, rules and schedules."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    evaluate,
    first,
    listed,
    one,
    words,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import GROUPS, QUEUE, TOPIC, policy_of
from scanner.model.unknown import Unknown


def _named_topics(view: View, context: Context) -> object:
    value = context.pointer(view, "arn", TOPIC)
    return None if value is None else [value]


def _named_queues(view: View, context: Context) -> object:
    value = context.pointer(view, "queue_url", QUEUE)
    return None if value is None else [value]


def _event_statement(view: View, context: Context) -> object:
    """`aws_cloudwatch_event_permission` is one statement."""
    principal = evaluate("principal", view, context)
    condition = one("condition", {"Type": "type", "Key": "key", "Value": "value"})(view, context)
    if isinstance(principal, Unknown) or isinstance(condition, Unknown):
        return principal if isinstance(principal, Unknown) else condition
    who = "*" if principal == "*" else {"AWS": principal}
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": who,
        "Action": evaluate("action", view, context) or "events:PutEvents",
    }
    if isinstance(condition, dict) and condition:
        statement["Condition"] = {condition.get("Type"): {condition.get("Key"): condition.get("Value")}}
    return statement


TABLE: Table = {
    "aws_sns_topic": whole(
        "AWS::SNS::Topic",
        {
            "TopicName": "name",
            "KmsMasterKeyId": "kms_master_key_id",
            "FifoTopic": "fifo_topic",
            "Subscription": const(None),  # aws_sns_topic_subscription is a resource of its own
        },
        policy_of("AWS::SNS::TopicPolicy", "PolicyDocument", "Topics", many=True),
    ),
    "aws_sns_topic_policy": part(
        Make(
            "AWS::SNS::TopicPolicy",
            {"Topics": _named_topics, "PolicyDocument": document("policy")},
            name=None,
            arn=None,
            tags=False,
        )
    ),
    "aws_sns_topic_subscription": whole(
        "AWS::SNS::Subscription",
        {
            "TopicArn": Pointer("topic_arn", *TOPIC),
            "Protocol": "protocol",
            "Endpoint": "endpoint",
            "Region": "region",
        },
        name="arn",
        tags=False,
    ),
    "aws_sqs_queue": whole(
        "AWS::SQS::Queue",
        {
            "QueueName": "name",
            "FifoQueue": words("fifo_queue", {False: None}),
            "FifoThroughputLimit": "fifo_throughput_limit",
            "KmsMasterKeyId": "kms_master_key_id",
            "MessageRetentionPeriod": "message_retention_seconds",
            "RedrivePolicy": document("redrive_policy"),
            "SqsManagedSseEnabled": "sqs_managed_sse_enabled",
        },
        policy_of("AWS::SQS::QueuePolicy", "PolicyDocument", "Queues", many=True),
    ),
    "aws_sqs_queue_policy": part(
        Make(
            "AWS::SQS::QueuePolicy",
            {"Queues": _named_queues, "PolicyDocument": document("policy")},
            name=None,
            arn=None,
            tags=False,
        )
    ),
    "aws_sqs_queue_redrive_policy": part(Fold("queue_url", QUEUE, {"RedrivePolicy": document("redrive_policy")})),
    "aws_cloudwatch_event_rule": whole(
        "AWS::Events::Rule",
        {
            "Name": "name",
            "EventBusName": "event_bus_name",
            "EventPattern": document("event_pattern"),
            "ScheduleExpression": "schedule_expression",
            "State": first("state", words("is_enabled", {True: "ENABLED", False: "DISABLED"})),
        },
        lacks=("Targets",),
    ),
    "aws_cloudwatch_event_target": part(
        Fold(
            "rule",
            ("aws_cloudwatch_event_rule",),
            {
                "Targets": listed(
                    {
                        "Id": "target_id",
                        "Arn": "arn",
                        "RoleArn": "role_arn",
                        "DeadLetterConfig": one("dead_letter_config", {"Arn": "arn"}),
                        "EcsParameters": one(
                            "ecs_target",
                            {
                                "TaskDefinitionArn": "task_definition_arn",
                                "NetworkConfiguration": one(
                                    "network_configuration",
                                    {
                                        "AwsVpcConfiguration": {
                                            "AssignPublicIp": words(
                                                "assign_public_ip",
                                                {True: "ENABLED", False: "DISABLED", None: "DISABLED"},
                                            ),
                                            "Subnets": "subnets",
                                            "SecurityGroups": Pointer("security_groups", *GROUPS),
                                        }
                                    },
                                ),
                            },
                        ),
                    }
                )
            },
            listed=("Targets",),
        )
    ),
    "aws_cloudwatch_event_bus": whole("AWS::Events::EventBus", {"Name": "name"}, lacks=("Policy",)),
    "aws_cloudwatch_event_bus_policy": whole(
        "AWS::Events::EventBusPolicy",
        {
            "EventBusName": "event_bus_name",
            "Statement": lambda view, context: (
                value.get("Statement") if isinstance(value := document("policy")(view, context), dict) else value
            ),
        },
        name=None,
        arn=None,
        lacks=("Condition", "Principal", "Action"),
        tags=False,
    ),
    "aws_cloudwatch_event_permission": whole(
        "AWS::Events::EventBusPolicy",
        {"EventBusName": "event_bus_name", "StatementId": "statement_id", "Statement": _event_statement},
        name=None,
        arn=None,
        lacks=("Condition", "Principal", "Action"),
        tags=False,
    ),
    "aws_scheduler_schedule": whole(
        "AWS::Scheduler::Schedule",
        {
            "Name": "name",
            "KmsKeyArn": "kms_key_arn",
            "Target": one(
                "target",
                {
                    "Arn": "arn",
                    "RoleArn": Pointer("role_arn", *ROLE, attribute="Arn"),
                    "DeadLetterConfig": one("dead_letter_config", {"Arn": "arn"}),
                    "EcsParameters": one(
                        "ecs_parameters",
                        {
                            "TaskDefinitionArn": "task_definition_arn",
                            "NetworkConfiguration": one(
                                "network_configuration",
                                {
                                    "AwsvpcConfiguration": {
                                        "AssignPublicIp": words(
                                            "assign_public_ip", {True: "ENABLED", False: "DISABLED"}
                                        ),
                                        "Subnets": "subnets",
                                        "SecurityGroups": "security_groups",
                                    }
                                },
                            ),
                        },
                    ),
                },
            ),
        },
        tags=False,
    ),
}
