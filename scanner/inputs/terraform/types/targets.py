"""Names of Terraform types that several tables point at, and policies that stand in a resource itself."""

from __future__ import annotations

from scanner.inputs.terraform.mapping import Make
from scanner.inputs.terraform.shapes import (
    document,
)

VPC = ("aws_vpc", "aws_default_vpc")
BALANCER = ("aws_lb", "aws_alb")
LISTENER = ("aws_lb_listener", "aws_alb_listener")
TABLES = ("aws_route_table", "aws_default_route_table")
GROUPS = ("aws_security_group", "aws_default_security_group")
SUBNETS = ("aws_subnet", "aws_default_subnet")
FUNCTION = ("aws_lambda_function",)
CALLABLE = (*FUNCTION, "aws_lambda_alias")
STAGE = ("aws_api_gateway_stage",)
POOL = ("aws_cognito_user_pool",)
TOPIC, QUEUE, SECRET = ("aws_sns_topic",), ("aws_sqs_queue",), ("aws_secretsmanager_secret",)
LOGS = ("aws_cloudwatch_log_group",)


def policy_of(kind: str, key: str, property_: str, *, many: bool) -> Make:
    """A resource policy that is written inside the resource itself."""
    own = (
        (lambda view, context: [context.own(view.instance)])
        if many
        else (lambda view, context: context.own(view.instance))
    )
    return Make(
        kind,
        {property_: own, key: document("policy")},
        name=None,
        arn=None,
        suffix=".policy",
        when=document("policy"),
        tags=False,
    )
