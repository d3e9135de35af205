"""APIs, messages, logs, trails, alarms, firewalls and what else has settings that rules ask for."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    each,
    evaluate,
    first,
    inside,
    left,
    listed,
    one,
    words,
)
from scanner.inputs.terraform.types.compute import CALLABLE
from scanner.inputs.terraform.types.data_stores import GROUPS
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.network import BALANCER
from scanner.model.unknown import Unknown

REST, HTTP = ("aws_api_gateway_rest_api",), ("aws_apigatewayv2_api",)
STAGE = ("aws_api_gateway_stage",)
POOL = ("aws_cognito_user_pool",)
TOPIC, QUEUE, SECRET = ("aws_sns_topic",), ("aws_sqs_queue",), ("aws_secretsmanager_secret",)
LOGS = ("aws_cloudwatch_log_group",)
BUCKET = ("aws_s3_bucket",)
_WITH_ACL = (
    *STAGE,
    *BALANCER,
    "aws_appsync_graphql_api",
    *POOL,
    "aws_apprunner_service",
    "aws_verifiedaccess_instance",
)


def _setting(view: View, context: Context) -> object:
    path = evaluate("method_path", view, context)
    if not isinstance(path, str):
        return path
    where, _, method = path.rpartition("/")
    settings = inside(
        "settings",
        {
            "LoggingLevel": "logging_level",
            "MetricsEnabled": "metrics_enabled",
            "DataTraceEnabled": "data_trace_enabled",
            "CachingEnabled": "caching_enabled",
            "CacheDataEncrypted": "cache_data_encrypted",
            "ThrottlingBurstLimit": words("throttling_burst_limit", {-1: None}),
            "ThrottlingRateLimit": words("throttling_rate_limit", {-1: None}),
        },
    )(view, context)
    if isinstance(settings, Unknown):
        return settings
    known = settings if isinstance(settings, dict) else {}
    return [{"ResourcePath": "/" + where.replace("~1", "/").lstrip("/"), "HttpMethod": method, **known}]


_ROUTE_SETTINGS = {
    "DetailedMetricsEnabled": "detailed_metrics_enabled",
    "LoggingLevel": "logging_level",
    "DataTraceEnabled": "data_trace_enabled",
    "ThrottlingBurstLimit": words("throttling_burst_limit", {0: None}),
    "ThrottlingRateLimit": words("throttling_rate_limit", {0: None}),
}
_INTEGRATION = {
    "Type": "type",
    "Uri": "uri",
    "IntegrationHttpMethod": "integration_http_method",
    "Credentials": "credentials",
    "RequestParameters": "request_parameters",
    "RequestTemplates": "request_templates",
    "PassthroughBehavior": "passthrough_behavior",
}


def _policy_of(kind: str, key: str, target: tuple[str, ...], property_: str, *, many: bool) -> Make:
    """A resource policy that is written inside the resource itself."""
    own = (
        (lambda view, context: [context.own(view.instance)])
        if many
        else (lambda view, context: context.own(view.instance))
    )
    del target
    return Make(
        kind,
        {property_: own, key: document("policy")},
        name=None,
        arn=None,
        suffix=".policy",
        when=document("policy"),
        tags=False,
    )


def _rotation_rules(view: View, context: Context) -> object:
    return one(
        "rotation_rules",
        {
            "AutomaticallyAfterDays": words("automatically_after_days", {0: None}),
            "Duration": "duration",
            "ScheduleExpression": "schedule_expression",
        },
    )(view, context)


_ROTATION = {
    "RotationLambdaARN": Pointer("rotation_lambda_arn", *CALLABLE, attribute="Arn"),
    "RotationRules": _rotation_rules,
}
_BEHAVIOUR = {
    "TargetOriginId": "target_origin_id",
    "ViewerProtocolPolicy": "viewer_protocol_policy",
    "AllowedMethods": "allowed_methods",
    "LambdaFunctionAssociations": each(
        "lambda_function_association", {"EventType": "event_type", "LambdaFunctionARN": "lambda_arn"}
    ),
    "ResponseHeadersPolicyId": "response_headers_policy_id",
    "TrustedKeyGroups": "trusted_key_groups",
    "TrustedSigners": "trusted_signers",
    "FieldLevelEncryptionId": "field_level_encryption_id",
}


def _minimum(view: View, context: Context) -> object:
    """With CloudFront's own certificate it is TLSv1, whatever is written."""
    if evaluate("cloudfront_default_certificate", view, context) is True:
        return "TLSv1"
    return evaluate("minimum_protocol_version", view, context)


def _dimensions(view: View, context: Context) -> object:
    value = evaluate("dimensions", view, context)
    return [{"Name": key, "Value": text} for key, text in value.items()] if isinstance(value, dict) else value


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


_STATEMENT_NAMES = {
    "managed_rule_group_statement": ("ManagedRuleGroupStatement", {"Name": "name", "VendorName": "vendor_name"}),
    "rule_group_reference_statement": ("RuleGroupReferenceStatement", {"Arn": "arn"}),
    "rate_based_statement": ("RateBasedStatement", {"Limit": "limit", "AggregateKeyType": "aggregate_key_type"}),
    "ip_set_reference_statement": ("IPSetReferenceStatement", {"Arn": "arn"}),
    "geo_match_statement": ("GeoMatchStatement", {"CountryCodes": "country_codes"}),
}
_STATEMENT = {name: one(block, shape) for block, (name, shape) in _STATEMENT_NAMES.items()}


def _acl_rules(view: View, context: Context) -> object:
    inline = each(
        "rule",
        {
            "Name": "name",
            "Priority": "priority",
            "Action": one("action", {"Allow": one("allow", {}), "Block": one("block", {}), "Count": one("count", {})}),
            "OverrideAction": one("override_action", {"None": one("none", {}), "Count": one("count", {})}),
            "Statement": one("statement", _STATEMENT),
        },
    )(view, context)
    return inline if inline is not None else document("rule_json")(view, context)


def _export(view: View, context: Context) -> object:
    return each(
        "export",
        {
            "Name": "name",
            "DataQuery": one(
                "data_query", {"QueryStatement": "query_statement", "TableConfigurations": "table_configurations"}
            ),
        },
    )(view, context)


def _first_export(view: View, context: Context) -> object:
    value = _export(view, context)
    return value[0] if isinstance(value, list) and value else value


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


def _cost_rules(view: View, context: Context) -> object:
    """The rules as the JSON text that CloudFormation takes; that there are some is what is asked."""
    return each("rule", {"Value": "value", "Type": "type"})(view, context)


# Of entities and patterns alike.
_MASK = {"Action": "action", "OutputAction": "output_action", "OutputEnabled": "output_enabled"}

TABLE: Table = {
    "aws_api_gateway_rest_api": whole(
        "AWS::ApiGateway::RestApi",
        {
            "Name": "name",
            "Body": document("body"),
            "DisableExecuteApiEndpoint": "disable_execute_api_endpoint",
            "EndpointConfiguration": one(
                "endpoint_configuration", {"Types": "types", "VpcEndpointIds": "vpc_endpoint_ids"}
            ),
            "Policy": document("policy"),
        },
        name="id",
        lacks=("BodyS3Location", "Version"),
    ),
    "aws_api_gateway_rest_api_policy": part(Fold("rest_api_id", REST, {"Policy": document("policy")})),
    "aws_api_gateway_resource": whole(
        "AWS::ApiGateway::Resource",
        {
            "RestApiId": Pointer("rest_api_id", *REST),
            "ParentId": Pointer("parent_id", "aws_api_gateway_resource", *REST),
            "PathPart": "path_part",
        },
        name="id",
        tags=False,
    ),
    "aws_api_gateway_method": whole(
        "AWS::ApiGateway::Method",
        {
            "RestApiId": Pointer("rest_api_id", *REST),
            "ResourceId": Pointer("resource_id", "aws_api_gateway_resource"),
            "HttpMethod": "http_method",
            "AuthorizationType": "authorization",
            "AuthorizerId": Pointer("authorizer_id", "aws_api_gateway_authorizer"),
            "ApiKeyRequired": "api_key_required",
            "RequestParameters": "request_parameters",
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_api_gateway_integration": part(
        Fold(
            "http_method",
            ("aws_api_gateway_method",),
            {"Integration": _INTEGRATION},
            match=("http_method", "resource_id", "rest_api_id"),
        )
    ),
    "aws_api_gateway_authorizer": whole(
        "AWS::ApiGateway::Authorizer",
        {
            "Name": "name",
            "RestApiId": Pointer("rest_api_id", *REST),
            "Type": left("type", "TOKEN"),
            "AuthorizerResultTtlInSeconds": "authorizer_result_ttl_in_seconds",
            "IdentitySource": "identity_source",
            "ProviderARNs": Pointer("provider_arns", *POOL, attribute="Arn"),
            "AuthorizerUri": "authorizer_uri",
        },
        name="id",
        lacks=("AuthType",),
        tags=False,
    ),
    "aws_api_gateway_deployment": whole(
        "AWS::ApiGateway::Deployment",
        {"RestApiId": Pointer("rest_api_id", *REST), "StageName": "stage_name"},
        name="id",
        tags=False,
    ),
    "aws_api_gateway_stage": whole(
        "AWS::ApiGateway::Stage",
        {
            "StageName": "stage_name",
            "RestApiId": Pointer("rest_api_id", *REST),
            "AccessLogSetting": one(
                "access_log_settings",
                {"DestinationArn": Pointer("destination_arn", *LOGS, attribute="Arn"), "Format": "format"},
            ),
            "CacheClusterEnabled": "cache_cluster_enabled",
            "ClientCertificateId": "client_certificate_id",
            "TracingEnabled": "xray_tracing_enabled",
        },
        name="stage_name",
        lacks=("MethodSettings",),
    ),
    "aws_api_gateway_method_settings": part(
        Fold("stage_name", STAGE, {"MethodSettings": _setting}, listed=("MethodSettings",))
    ),
    "aws_api_gateway_domain_name": whole(
        "AWS::ApiGateway::DomainName",
        {
            "DomainName": "domain_name",
            "SecurityPolicy": "security_policy",
            "MutualTlsAuthentication": one("mutual_tls_authentication", {"TruststoreUri": "truststore_uri"}),
        },
        name="domain_name",
    ),
    "aws_api_gateway_base_path_mapping": whole(
        "AWS::ApiGateway::BasePathMapping",
        {
            "DomainName": Pointer("domain_name", "aws_api_gateway_domain_name"),
            "RestApiId": Pointer("api_id", *REST),
            "Stage": "stage_name",
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_api_gateway_usage_plan": whole(
        "AWS::ApiGateway::UsagePlan",
        {
            "UsagePlanName": "name",
            "ApiStages": each("api_stages", {"ApiId": Pointer("api_id", *REST), "Stage": "stage"}),
            "Quota": one("quota_settings", {"Limit": "limit", "Period": "period"}),
            "Throttle": one("throttle_settings", {"BurstLimit": "burst_limit", "RateLimit": "rate_limit"}),
        },
        name="id",
    ),
    "aws_apigatewayv2_api": whole(
        "AWS::ApiGatewayV2::Api",
        {
            "Name": "name",
            "Body": document("body"),
            "DisableExecuteApiEndpoint": "disable_execute_api_endpoint",
            "ProtocolType": "protocol_type",
            "RouteKey": "route_key",
            "Target": "target",
            "Version": "version",
        },
        name="id",
        lacks=("BodyS3Location",),
    ),
    "aws_apigatewayv2_authorizer": whole(
        "AWS::ApiGatewayV2::Authorizer",
        {
            "ApiId": Pointer("api_id", *HTTP),
            "AuthorizerResultTtlInSeconds": "authorizer_result_ttl_in_seconds",
            "AuthorizerType": "authorizer_type",
            "AuthorizerUri": "authorizer_uri",
            "IdentitySource": "identity_sources",
            "JwtConfiguration": one("jwt_configuration", {"Audience": "audience", "Issuer": "issuer"}),
            "Name": "name",
        },
        name="id",
        tags=False,
    ),
    "aws_apigatewayv2_integration": whole(
        "AWS::ApiGatewayV2::Integration",
        {
            "ApiId": Pointer("api_id", *HTTP),
            "ConnectionType": left("connection_type", "INTERNET"),
            "IntegrationType": "integration_type",
            "IntegrationUri": "integration_uri",
            "CredentialsArn": "credentials_arn",
            "RequestParameters": "request_parameters",
            "RequestTemplates": "request_templates",
        },
        name="id",
        tags=False,
    ),
    "aws_apigatewayv2_route": whole(
        "AWS::ApiGatewayV2::Route",
        {
            "ApiId": Pointer("api_id", *HTTP),
            "AuthorizationType": "authorization_type",
            "AuthorizerId": Pointer("authorizer_id", "aws_apigatewayv2_authorizer"),
            "RouteKey": "route_key",
            "Target": "target",
        },
        name="id",
        tags=False,
    ),
    "aws_apigatewayv2_stage": whole(
        "AWS::ApiGatewayV2::Stage",
        {
            "ApiId": Pointer("api_id", *HTTP),
            "StageName": "name",
            "AccessLogSettings": one(
                "access_log_settings",
                {"DestinationArn": Pointer("destination_arn", *LOGS, attribute="Arn"), "Format": "format"},
            ),
            "AutoDeploy": "auto_deploy",
            "DefaultRouteSettings": one("default_route_settings", _ROUTE_SETTINGS),
            "RouteSettings": lambda view, context: (
                {
                    str(evaluate("route_key", item, context)): evaluate(_ROUTE_SETTINGS, item, context) or {}
                    for item in found
                }
                or None
                if isinstance(found := view.blocks("route_settings"), list)
                else found
                if isinstance(found, Unknown)
                else None
            ),
        },
        name="id",
    ),
    "aws_apigatewayv2_domain_name": whole(
        "AWS::ApiGatewayV2::DomainName",
        {
            "DomainName": "domain_name",
            "DomainNameConfigurations": each(
                "domain_name_configuration", {"SecurityPolicy": "security_policy", "EndpointType": "endpoint_type"}
            ),
            "MutualTlsAuthentication": one("mutual_tls_authentication", {"TruststoreUri": "truststore_uri"}),
        },
        name="domain_name",
    ),
    "aws_apigatewayv2_api_mapping": whole(
        "AWS::ApiGatewayV2::ApiMapping",
        {
            "ApiId": Pointer("api_id", *HTTP),
            "DomainName": Pointer("domain_name", "aws_apigatewayv2_domain_name"),
            "Stage": "stage",
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_appsync_graphql_api": whole(
        "AWS::AppSync::GraphQLApi",
        {
            "Name": "name",
            "AuthenticationType": "authentication_type",
            "AdditionalAuthenticationProviders": each(
                "additional_authentication_provider", {"AuthenticationType": "authentication_type"}
            ),
            "LogConfig": one(
                "log_config",
                {
                    "FieldLogLevel": "field_log_level",
                    "CloudWatchLogsRoleArn": "cloudwatch_logs_role_arn",
                    "ExcludeVerboseContent": "exclude_verbose_content",
                },
            ),
            "OpenIDConnectConfig": one("openid_connect_config", {"Issuer": "issuer", "ClientId": "client_id"}),
            "Visibility": left("visibility", "GLOBAL"),
            "XrayEnabled": "xray_enabled",
        },
        name="id",
    ),
    "aws_appsync_api": whole(
        "AWS::AppSync::Api",
        {
            "Name": "name",
            "EventConfig": one(
                "event_config",
                {
                    "AuthProviders": each("auth_provider", {"AuthType": "auth_type"}),
                    "ConnectionAuthModes": each("connection_auth_mode", {"AuthType": "auth_type"}),
                    "DefaultPublishAuthModes": each("default_publish_auth_mode", {"AuthType": "auth_type"}),
                    "DefaultSubscribeAuthModes": each("default_subscribe_auth_mode", {"AuthType": "auth_type"}),
                    "LogConfig": one(
                        "log_config", {"LogLevel": "log_level", "CloudWatchLogsRoleArn": "cloudwatch_logs_role_arn"}
                    ),
                },
            ),
        },
        name="api_id",
        arn="api_arn",
    ),
    "aws_appsync_channel_namespace": whole(
        "AWS::AppSync::ChannelNamespace",
        {
            "ApiId": Pointer("api_id", "aws_appsync_api"),
            "Name": "name",
            "PublishAuthModes": each("publish_auth_mode", {"AuthType": "auth_type"}),
            "SubscribeAuthModes": each("subscribe_auth_mode", {"AuthType": "auth_type"}),
            "CodeHandlers": "code_handlers",
            "HandlerConfigs": one("handler_configs", {"OnSubscribe": one("on_subscribe", {"Behavior": "behavior"})}),
        },
        arn="channel_namespace_arn",
        lacks=("CodeS3Location",),
    ),
    "aws_appsync_api_cache": whole(
        "AWS::AppSync::ApiCache",
        {
            "ApiId": Pointer("api_id", "aws_appsync_graphql_api"),
            "Type": "type",
            "AtRestEncryptionEnabled": "at_rest_encryption_enabled",
            "TransitEncryptionEnabled": "transit_encryption_enabled",
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_appsync_datasource": whole(
        "AWS::AppSync::DataSource",
        {
            "ApiId": Pointer("api_id", "aws_appsync_graphql_api"),
            "Name": "name",
            "Type": "type",
            "ServiceRoleArn": Pointer("service_role_arn", *ROLE, attribute="Arn"),
            "HttpConfig": one("http_config", {"Endpoint": "endpoint"}),
            "DynamoDBConfig": one(
                "dynamodb_config", {"TableName": Pointer("table_name", "aws_dynamodb_table"), "AwsRegion": "region"}
            ),
            "LambdaConfig": one(
                "lambda_config", {"LambdaFunctionArn": Pointer("function_arn", *CALLABLE, attribute="Arn")}
            ),
        },
        tags=False,
    ),
    "aws_cloudfront_distribution": whole(
        "AWS::CloudFront::Distribution",
        {
            "DistributionConfig": {
                "Enabled": "enabled",
                "Aliases": "aliases",
                "Comment": "comment",
                "DefaultRootObject": "default_root_object",
                "WebACLId": "web_acl_id",
                "Logging": one(
                    "logging_config", {"Bucket": "bucket", "Prefix": "prefix", "IncludeCookies": "include_cookies"}
                ),
                "DefaultCacheBehavior": one("default_cache_behavior", _BEHAVIOUR),
                "CacheBehaviors": each("ordered_cache_behavior", {"PathPattern": "path_pattern", **_BEHAVIOUR}),
                "Origins": each(
                    "origin",
                    {
                        "Id": "origin_id",
                        "DomainName": "domain_name",
                        "OriginAccessControlId": "origin_access_control_id",
                        "S3OriginConfig": one("s3_origin_config", {"OriginAccessIdentity": "origin_access_identity"}),
                        "CustomOriginConfig": one(
                            "custom_origin_config",
                            {
                                "OriginProtocolPolicy": "origin_protocol_policy",
                                "OriginSSLProtocols": "origin_ssl_protocols",
                            },
                        ),
                    },
                ),
                "ViewerCertificate": one(
                    "viewer_certificate",
                    {
                        "CloudFrontDefaultCertificate": "cloudfront_default_certificate",
                        "AcmCertificateArn": "acm_certificate_arn",
                        "IamCertificateId": "iam_certificate_id",
                        "MinimumProtocolVersion": _minimum,
                        "SslSupportMethod": "ssl_support_method",
                    },
                ),
            }
        },
        name="id",
    ),
    "aws_cloudfront_origin_access_control": whole(
        "AWS::CloudFront::OriginAccessControl",
        {
            "OriginAccessControlConfig": {
                "Name": "name",
                "OriginAccessControlOriginType": "origin_access_control_origin_type",
                "SigningBehavior": "signing_behavior",
                "SigningProtocol": "signing_protocol",
            }
        },
        name="id",
        tags=False,
    ),
    "aws_wafv2_web_acl": whole(
        "AWS::WAFv2::WebACL",
        {
            "Name": "name",
            "Scope": "scope",
            "DefaultAction": one("default_action", {"Allow": one("allow", {}), "Block": one("block", {})}),
            "Rules": _acl_rules,
        },
        name="arn",
    ),
    "aws_wafv2_web_acl_association": whole(
        "AWS::WAFv2::WebACLAssociation",
        {
            "ResourceArn": Pointer("resource_arn", *_WITH_ACL, attribute="Arn"),
            "WebACLArn": Pointer("web_acl_arn", "aws_wafv2_web_acl", attribute="Arn"),
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_wafv2_web_acl_logging_configuration": whole(
        "AWS::WAFv2::LoggingConfiguration",
        {
            "ResourceArn": Pointer("resource_arn", "aws_wafv2_web_acl", attribute="Arn"),
            "LogDestinationConfigs": "log_destination_configs",
            "LoggingFilter": one(
                "logging_filter",
                {
                    "DefaultBehavior": "default_behavior",
                    "Filters": each(
                        "filter",
                        {
                            "Behavior": "behavior",
                            "Requirement": "requirement",
                            "Conditions": each(
                                "condition",
                                {
                                    "ActionCondition": one("action_condition", {"Action": "action"}),
                                    "LabelNameCondition": one("label_name_condition", {"LabelName": "label_name"}),
                                },
                            ),
                        },
                    ),
                },
            ),
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_sns_topic": whole(
        "AWS::SNS::Topic",
        {"TopicName": "name", "KmsMasterKeyId": "kms_master_key_id", "FifoTopic": "fifo_topic"},
        _policy_of("AWS::SNS::TopicPolicy", "PolicyDocument", TOPIC, "Topics", many=True),
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
        _policy_of("AWS::SQS::QueuePolicy", "PolicyDocument", QUEUE, "Queues", many=True),
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
    "aws_secretsmanager_secret": whole(
        "AWS::SecretsManager::Secret",
        {
            "Name": "name",
            "Description": "description",
            "KmsKeyId": "kms_key_id",
            "ReplicaRegions": each("replica", {"Region": "region", "KmsKeyId": "kms_key_id"}),
        },
        Make(
            "AWS::SecretsManager::RotationSchedule",
            {"SecretId": lambda view, context: context.own(view.instance), **_ROTATION},
            name=None,
            arn=None,
            suffix=".rotation_rules",
            when=lambda view, context: (
                context.value(view, "rotation_lambda_arn")
                if view.references("rotation_lambda_arn") or not isinstance(view.read("rotation_lambda_arn"), Unknown)
                else None
            ),
            tags=False,
        ),
        _policy_of("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", SECRET, "SecretId", many=False),
        lacks=("Type",),
    ),
    "aws_secretsmanager_secret_rotation": whole(
        "AWS::SecretsManager::RotationSchedule",
        {"SecretId": Pointer("secret_id", *SECRET), **_ROTATION},
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_secretsmanager_secret_policy": whole(
        "AWS::SecretsManager::ResourcePolicy",
        {
            "SecretId": Pointer("secret_arn", *SECRET),
            "ResourcePolicy": document("policy"),
            "BlockPublicPolicy": "block_public_policy",
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_ssm_parameter": whole(
        "AWS::SSM::Parameter",
        {"Name": "name", "Type": "type", "Value": "value", "Tier": "tier"},
        lacks=("Policies",),
    ),
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
            "RetentionPeriod": "retention_period",
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
    "aws_iot_policy": whole("AWS::IoT::Policy", {"PolicyName": "name", "PolicyDocument": document("policy")}),
    "aws_bedrock_guardrail": whole(
        "AWS::Bedrock::Guardrail",
        {
            "Name": "name",
            "KmsKeyArn": "kms_key_arn",
            "ContentPolicyConfig": one(
                "content_policy_config",
                {
                    "FiltersConfig": each(
                        "filters_config",
                        {
                            "Type": "type",
                            "InputStrength": "input_strength",
                            "InputAction": "input_action",
                            "InputEnabled": "input_enabled",
                        },
                    )
                },
            ),
            "SensitiveInformationPolicyConfig": one(
                "sensitive_information_policy_config",
                {
                    "PiiEntitiesConfig": each("pii_entities_config", _MASK),
                    "RegexesConfig": each("regexes_config", _MASK),
                },
            ),
        },
        name="guardrail_id",
        arn="guardrail_arn",
        lacks=("Version",),
    ),
    "aws_bedrockagent_agent": whole(
        "AWS::Bedrock::Agent",
        {
            "AgentName": "agent_name",
            "CustomerEncryptionKeyArn": "customer_encryption_key_arn",
            "GuardrailConfiguration": one(
                "guardrail_configuration",
                {"GuardrailIdentifier": "guardrail_identifier", "GuardrailVersion": "guardrail_version"},
            ),
            "AgentResourceRoleArn": Pointer("agent_resource_role_arn", *ROLE, attribute="Arn"),
        },
        name="agent_id",
        arn="agent_arn",
    ),
    "aws_bedrockagent_flow": whole(
        "AWS::Bedrock::Flow",
        {"Name": "name", "CustomerEncryptionKeyArn": "customer_encryption_key_arn"},
        name="id",
        lacks=("Version",),
    ),
    "aws_bedrockagent_knowledge_base": whole(
        "AWS::Bedrock::KnowledgeBase",
        {
            "Name": "name",
            "RoleArn": Pointer("role_arn", *ROLE, attribute="Arn"),
            "KnowledgeBaseConfiguration": one("knowledge_base_configuration", {"Type": "type"}),
        },
        name="id",
    ),
    "aws_ce_cost_category": whole("AWS::CE::CostCategory", {"Name": "name", "Rules": _cost_rules}, name="arn"),
    "aws_cur_report_definition": whole(
        "AWS::CUR::ReportDefinition",
        {"ReportName": "report_name", "AdditionalSchemaElements": "additional_schema_elements"},
        name="report_name",
    ),
    "aws_bcmdataexports_export": whole("AWS::BCMDataExports::Export", {"Export": _first_export}, name="arn"),
    "aws_connect_instance_storage_config": whole(
        "AWS::Connect::InstanceStorageConfig",
        {
            "InstanceArn": "instance_id",
            "ResourceType": "resource_type",
            "S3Config": inside(
                "storage_config",
                one(
                    "s3_config",
                    {
                        "BucketName": "bucket_name",
                        "EncryptionConfig": one(
                            "encryption_config", {"EncryptionType": "encryption_type", "KeyId": "key_id"}
                        ),
                    },
                ),
            ),
            "KinesisVideoStreamConfig": inside(
                "storage_config",
                one(
                    "kinesis_video_stream_config",
                    {
                        "Prefix": "prefix",
                        "EncryptionConfig": one(
                            "encryption_config", {"EncryptionType": "encryption_type", "KeyId": "key_id"}
                        ),
                    },
                ),
            ),
        },
        name="association_id",
        arn=None,
        tags=False,
    ),
    "aws_apprunner_service": whole("AWS::AppRunner::Service", {"ServiceName": "service_name"}, name="service_name"),
    "aws_verifiedaccess_instance": whole("AWS::EC2::VerifiedAccessInstance", {"Description": "description"}, name="id"),
}
