"""Load balancers, their listeners, and certificates."""

from __future__ import annotations

from dataclasses import replace

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    each,
    evaluate,
    inside,
    left,
    listed,
    one,
    words,
)
from scanner.inputs.terraform.types.targets import BALANCER, GROUPS, LISTENER, SUBNETS
from scanner.model.unknown import Unknown

_ATTRIBUTES = (
    ("access_logs.s3.enabled", "access_logs", "enabled", False),
    ("access_logs.s3.bucket", "access_logs", "bucket", None),
    ("access_logs.s3.prefix", "access_logs", "prefix", None),
    ("deletion_protection.enabled", "", "enable_deletion_protection", False),
    ("routing.http.drop_invalid_header_fields.enabled", "", "drop_invalid_header_fields", False),
    ("routing.http.desync_mitigation_mode", "", "desync_mitigation_mode", None),
    ("load_balancing.cross_zone.enabled", "", "enable_cross_zone_load_balancing", None),
    ("routing.http2.enabled", "", "enable_http2", None),
    ("waf.fail_open.enabled", "", "enable_waf_fail_open", None),
)


def _balancer(view: View, context: Context) -> object:
    """The attributes of a load balancer, which the provider has as arguments, as CloudFormation's list of texts."""
    found: list[object] = []
    for key, block, name, default in _ATTRIBUTES:
        if block:
            value = (
                Pointer(name, "aws_s3_bucket")(inner, context)
                if name == "bucket" and isinstance(inner := _block(view, block), View)
                else evaluate(f"{block}.{name}", view, context)
            )
        else:
            value = evaluate(name, view, context)
        if value is None:
            value = default
        if value is None:
            continue
        found.append({"Key": key, "Value": str(value).lower() if isinstance(value, bool) else value})
    return found or None


def _block(view: View, name: str) -> View | None:
    found = view.blocks(name)
    return found[0] if isinstance(found, list) and found else None


_ACTION = {
    "Type": "type",
    "TargetGroupArn": "target_group_arn",
    "RedirectConfig": one(
        "redirect",
        {"Protocol": "protocol", "Port": "port", "StatusCode": "status_code", "Host": "host", "Path": "path"},
    ),
    "AuthenticateOidcConfig": one(
        "authenticate_oidc", {"SessionTimeout": "session_timeout", "Issuer": "issuer", "ClientId": "client_id"}
    ),
    "AuthenticateCognitoConfig": one(
        "authenticate_cognito",
        {
            "SessionTimeout": "session_timeout",
            "UserPoolArn": "user_pool_arn",
            "UserPoolClientId": "user_pool_client_id",
        },
    ),
    "FixedResponseConfig": one("fixed_response", {"StatusCode": "status_code", "ContentType": "content_type"}),
    "ForwardConfig": one(
        "forward", {"TargetGroups": each("target_group", {"TargetGroupArn": "arn", "Weight": "weight"})}
    ),
}
_LISTENER = whole(
    "AWS::ElasticLoadBalancingV2::Listener",
    {
        "LoadBalancerArn": Pointer("load_balancer_arn", *BALANCER),
        "Protocol": "protocol",
        "Port": "port",
        "SslPolicy": "ssl_policy",
        "Certificates": listed({"CertificateArn": Pointer("certificate_arn", "aws_acm_certificate")}),
        "DefaultActions": each("default_action", _ACTION),
    },
    name="arn",
)
_LISTENER_RULE = whole(
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    {
        "ListenerArn": Pointer("listener_arn", *LISTENER),
        "Priority": "priority",
        "Actions": each("action", _ACTION),
    },
    name="arn",
)
_BALANCER = whole(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    {
        "Name": "name",
        "Type": "load_balancer_type",
        "Scheme": words("internal", {True: "internal", False: "internet-facing"}),
        "LoadBalancerAttributes": _balancer,
        "SecurityGroups": Pointer("security_groups", *GROUPS),
        "Subnets": Pointer("subnets", *SUBNETS),
    },
    name="arn",
)
_CLASSIC_ACCESS = inside(
    "access_logs",
    {
        "Enabled": left("enabled", default=True),
        "S3BucketName": Pointer("bucket", "aws_s3_bucket"),
        "S3BucketPrefix": "bucket_prefix",
        "EmitInterval": "interval",
    },
)
# Which listener has one is told by its port alone.
_CLASSIC_POLICY = Fold(
    "load_balancer",
    ("aws_elb",),
    {"Policies": const(Unknown("not-modelled", "what policies of classic load balancers say is not read"))},
)

TABLE: Table = {
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_listener_certificate": part(
        Fold(
            "listener_arn",
            LISTENER,
            {"Certificates": listed({"CertificateArn": Pointer("certificate_arn", "aws_acm_certificate")})},
            listed=("Certificates",),
        )
    ),
    "aws_lb_listener_rule": _LISTENER_RULE,
    "aws_alb_listener_rule": _LISTENER_RULE,
    "aws_elb": whole(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        {
            "LoadBalancerName": "name",
            "AccessLoggingPolicy": _CLASSIC_ACCESS,
            "CrossZone": left("cross_zone_load_balancing", default=True),
            "Listeners": each(
                "listener",
                {
                    "Protocol": "lb_protocol",
                    "LoadBalancerPort": "lb_port",
                    "InstanceProtocol": "instance_protocol",
                    "InstancePort": "instance_port",
                    "SSLCertificateId": Pointer("ssl_certificate_id", "aws_acm_certificate"),
                },
            ),
            "ConnectionDrainingPolicy": {"Enabled": "connection_draining"},
            "Scheme": words("internal", {True: "internal", False: "internet-facing"}),
            "SecurityGroups": Pointer("security_groups", *GROUPS),
        },
        name="name",
        lacks=("Policies",),
    ),
    "aws_lb_ssl_negotiation_policy": part(_CLASSIC_POLICY),
    "aws_load_balancer_policy": part(replace(_CLASSIC_POLICY, key="load_balancer_name")),
    "aws_acm_certificate": whole(
        "AWS::CertificateManager::Certificate",
        {"DomainName": "domain_name", "ValidationMethod": "validation_method"},
        name="arn",
    ),
}
