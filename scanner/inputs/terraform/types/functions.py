"""Functions and state machines."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    evaluate,
    left,
    listed,
    one,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import FUNCTION, GROUPS, SUBNETS
from scanner.model.unknown import Unknown


def _concurrency(view: View, context: Context) -> object:
    value = evaluate("reserved_concurrent_executions", view, context)
    return None if value == -1 else value


def _public_permission(view: View, context: Context) -> object:
    """A URL without authentication: the provider adds the statement that lets everybody call it."""
    value = context.value(view, "authorization_type")
    return value if isinstance(value, Unknown) else value == "NONE"


TABLE: Table = {
    "aws_lambda_function": whole(
        "AWS::Lambda::Function",
        {
            "FunctionName": "function_name",
            "DeadLetterConfig": one("dead_letter_config", {"TargetArn": "target_arn"}),
            "Environment": one("environment", {"Variables": "variables"}),
            "KmsKeyArn": "kms_key_arn",
            "MemorySize": "memory_size",
            "ReservedConcurrentExecutions": _concurrency,
            "Role": Pointer("role", *ROLE, attribute="Arn"),
            "Runtime": "runtime",
            "TenancyConfig": one("tenancy_config", {"TenantIsolationMode": "tenant_isolation_mode"}),
            "DurableConfig": one(
                "durable_config",
                {"ExecutionTimeout": "execution_timeout", "RetentionPeriodInDays": "retention_period"},
            ),
            "Timeout": "timeout",
            "TracingConfig": one("tracing_config", {"Mode": "mode"}),
            "VpcConfig": one(
                "vpc_config",
                {
                    "SubnetIds": Pointer("subnet_ids", *SUBNETS),
                    "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
                },
            ),
        },
        name="function_name",
    ),
    "aws_lambda_alias": whole(
        "AWS::Lambda::Alias",
        {"Name": "name", "FunctionName": Pointer("function_name", *FUNCTION), "FunctionVersion": "function_version"},
        name="arn",
        tags=False,
    ),
    "aws_lambda_permission": part(
        Make(
            "AWS::Lambda::Permission",
            {
                "Action": "action",
                "EventSourceToken": "event_source_token",
                "FunctionName": Pointer("function_name", *FUNCTION),
                "FunctionUrlAuthType": "function_url_auth_type",
                "InvokedViaFunctionUrl": "invoked_via_function_url",
                "Principal": Pointer("principal", *ROLE, attribute="Arn"),
                "PrincipalOrgID": "principal_org_id",
                "SourceAccount": "source_account",
                "SourceArn": "source_arn",
            },
            name=None,
            arn=None,
        )
    ),
    "aws_lambda_function_url": whole(
        "AWS::Lambda::Url",
        {
            "AuthType": "authorization_type",
            "TargetFunctionArn": Pointer("function_name", *FUNCTION, attribute="Arn"),
            "Qualifier": "qualifier",
        },
        Make(
            "AWS::Lambda::Permission",
            {
                "Action": const("lambda:InvokeFunctionUrl"),
                "FunctionName": Pointer("function_name", *FUNCTION),
                "FunctionUrlAuthType": const("NONE"),
                "Principal": const("*"),
                "EventSourceToken": const(None),
                "InvokedViaFunctionUrl": const(None),
                "PrincipalOrgID": const(None),
                "SourceAccount": const(None),
                "SourceArn": const(None),
            },
            name=None,
            arn=None,
            suffix=".authorization_type",
            when=_public_permission,
        ),
        name="function_arn",
        tags=False,
    ),
    "aws_lambda_function_event_invoke_config": whole(
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": Pointer("function_name", *FUNCTION),
            "DestinationConfig": one(
                "destination_config",
                {
                    "OnFailure": one("on_failure", {"Destination": "destination"}),
                    "OnSuccess": one("on_success", {"Destination": "destination"}),
                },
            ),
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_lambda_event_source_mapping": whole(
        "AWS::Lambda::EventSourceMapping",
        {"FunctionName": Pointer("function_name", *FUNCTION), "EventSourceArn": "event_source_arn"},
        name="uuid",
    ),
    "aws_sfn_state_machine": whole(
        "AWS::StepFunctions::StateMachine",
        {
            "DefinitionString": "definition",
            "StateMachineName": "name",
            "LoggingConfiguration": one(
                "logging_configuration",
                {
                    "Level": left("level", "OFF"),
                    "IncludeExecutionData": "include_execution_data",
                    "Destinations": listed({"CloudWatchLogsLogGroup": {"LogGroupArn": "log_destination"}}),
                },
            ),
            "RoleArn": Pointer("role_arn", *ROLE, attribute="Arn"),
            "StateMachineType": left("type", "STANDARD"),
            "TracingConfiguration": one("tracing_configuration", {"Enabled": "enabled"}),
        },
    ),
}
