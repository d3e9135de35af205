"""REST, HTTP, WebSocket and GraphQL APIs."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    each,
    evaluate,
    inside,
    left,
    one,
    words,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import CALLABLE, LOGS, POOL, STAGE
from scanner.model.unknown import Unknown

REST, HTTP = ("aws_api_gateway_rest_api",), ("aws_apigatewayv2_api",)


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

_ISSUER = {"Issuer": "issuer", "ClientId": "client_id"}
_POOL = {"UserPoolId": "user_pool_id", "AwsRegion": "aws_region", "AppIdClientRegex": "app_id_client_regex"}

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
        # Only private names have a policy, and these are of the second version.
        Make(
            "AWS::ApiGateway::DomainNameV2",
            {"DomainName": "domain_name", "Policy": document("policy")},
            name=None,
            arn=None,
            suffix=".policy",
            when=document("policy"),
        ),
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
                "additional_authentication_provider",
                {
                    "AuthenticationType": "authentication_type",
                    "OpenIDConnectConfig": one("openid_connect_config", _ISSUER),
                    "UserPoolConfig": one("user_pool_config", _POOL),
                },
            ),
            "UserPoolConfig": one("user_pool_config", _POOL),
            "LogConfig": one(
                "log_config",
                {
                    "FieldLogLevel": "field_log_level",
                    "CloudWatchLogsRoleArn": "cloudwatch_logs_role_arn",
                    "ExcludeVerboseContent": "exclude_verbose_content",
                },
            ),
            "OpenIDConnectConfig": one("openid_connect_config", _ISSUER),
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
                    "AuthProviders": each(
                        "auth_provider",
                        {
                            "AuthType": "auth_type",
                            "CognitoConfig": one("cognito_config", _POOL),
                            "OpenIDConnectConfig": one("openid_connect_config", _ISSUER),
                        },
                    ),
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
    "aws_appsync_resolver": whole(
        "AWS::AppSync::Resolver",
        {
            "ApiId": Pointer("api_id", "aws_appsync_graphql_api"),
            "TypeName": "type",
            "FieldName": "field",
            "Kind": "kind",
            "DataSourceName": Pointer("data_source", "aws_appsync_datasource", attribute="Name"),
            "RequestMappingTemplate": "request_template",
            "ResponseMappingTemplate": "response_template",
            "Code": "code",
            "Runtime": one("runtime", {"Name": "name", "RuntimeVersion": "runtime_version"}),
            "PipelineConfig": one("pipeline_config", {"Functions": "functions"}),
            "CachingConfig": one("caching_config", {"CachingKeys": "caching_keys", "Ttl": "ttl"}),
        },
        name=None,
        tags=False,
        lacks=("CodeS3Location", "RequestMappingTemplateS3Location", "ResponseMappingTemplateS3Location"),
    ),
    "aws_appsync_function": whole(
        "AWS::AppSync::FunctionConfiguration",
        {
            "ApiId": Pointer("api_id", "aws_appsync_graphql_api"),
            "Name": "name",
            "DataSourceName": Pointer("data_source", "aws_appsync_datasource", attribute="Name"),
            "RequestMappingTemplate": "request_mapping_template",
            "ResponseMappingTemplate": "response_mapping_template",
            "Code": "code",
            "Runtime": one("runtime", {"Name": "name", "RuntimeVersion": "runtime_version"}),
        },
        tags=False,
        lacks=("CodeS3Location", "RequestMappingTemplateS3Location", "ResponseMappingTemplateS3Location"),
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
}
