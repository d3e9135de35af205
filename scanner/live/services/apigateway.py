"""Amazon API Gateway, REST: APIs, their paths and methods, stages, authorizers and usage plans.

Names of domains are told by `apigatewayv2` for both generations.
"""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

# One action for everything that is read ("Actions, resources, and condition keys for API Gateway").
_GET = "apigateway:GET"
_NEXT = Paging("position", "position")
_API = {"restApiId": "item.id"}
_ARN = "['arn:', partition, ':apigateway:', region, '::/restapis/', api.id"
_THROTTLE = "{BurstLimit: burstLimit, RateLimit: rateLimit}"

_METHOD = Part(
    "AWS::ApiGateway::Method",
    each="values(item.resourceMethods || `{}`)",
    id="join('|', [api.id, parent_id, item.httpMethod])",
    arn=f"join('', [{_ARN[1:]}, '/resources/', parent_id, '/methods/', item.httpMethod])",
    properties={
        "RestApiId": "api.id",
        "ResourceId": "parent_id",
        "HttpMethod": "item.httpMethod",
        "AuthorizationType": "item.authorizationType",
        "AuthorizerId": "item.authorizerId",
        "AuthorizationScopes": "item.authorizationScopes",
        "ApiKeyRequired": "item.apiKeyRequired",
        "OperationName": "item.operationName",
        "RequestModels": "item.requestModels",
        "RequestParameters": "item.requestParameters",
        "RequestValidatorId": "item.requestValidatorId",
        "Integration": "item.methodIntegration.{Type: type, IntegrationHttpMethod: httpMethod, Uri: uri, "
        "Credentials: credentials, ConnectionType: connectionType, ConnectionId: connectionId, "
        "CacheKeyParameters: cacheKeyParameters, CacheNamespace: cacheNamespace, "
        "PassthroughBehavior: passthroughBehavior, RequestParameters: requestParameters, "
        "RequestTemplates: requestTemplates, TimeoutInMillis: timeoutInMillis}",
    },
)

APIGATEWAY = Service(
    "apigateway",
    (
        Collector(
            Call("get_rest_apis", {"limit": "`500`"}, "items[]", _NEXT, _GET),
            Part(
                "AWS::ApiGateway::RestApi",
                id="item.id",
                arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
                called="api",
                gone=("NotFoundException",),
                details={
                    "paths": Detail(
                        "get_resources", {**_API, "embed": "['methods']", "limit": "`500`"}, "items[]", _NEXT, _GET
                    ),
                    "stages": Detail("get_stages", _API, "item[]", action=_GET),
                    "authorizers": Detail("get_authorizers", {**_API, "limit": "`500`"}, "items[]", _NEXT, _GET),
                },
                properties={
                    "Name": "item.name",
                    "ApiKeySourceType": "item.apiKeySource",
                    "BinaryMediaTypes": "item.binaryMediaTypes",
                    # What an OpenAPI document declares is told path by path.
                    "Body": "`null`",
                    "BodyS3Location": "`null`",
                    "Description": "item.description",
                    "DisableExecuteApiEndpoint": "item.disableExecuteApiEndpoint",
                    "EndpointConfiguration": {
                        "Types": "item.endpointConfiguration.types",
                        "VpcEndpointIds": "item.endpointConfiguration.vpcEndpointIds",
                    },
                    "MinimumCompressionSize": "item.minimumCompressionSize",
                    "Policy": "document(item.policy)",
                    "Tags": "tags(item.tags)",
                },
                children=(
                    Part(
                        # The root is among them: methods hang on it.
                        "AWS::ApiGateway::Resource",
                        each="paths",
                        id="item.id",
                        arn=f"join('', [{_ARN[1:]}, '/resources/', item.id])",
                        properties={
                            "RestApiId": "api.id",
                            "ParentId": "item.parentId",
                            "PathPart": "item.pathPart",
                        },
                        children=(_METHOD,),
                    ),
                    Part(
                        "AWS::ApiGateway::Stage",
                        each="stages",
                        id="item.stageName",
                        arn=f"join('', [{_ARN[1:]}, '/stages/', item.stageName])",
                        properties={
                            "RestApiId": "api.id",
                            "StageName": "item.stageName",
                            "AccessLogSetting": "item.accessLogSettings."
                            "{DestinationArn: destinationArn, Format: format}",
                            "CacheClusterEnabled": "item.cacheClusterEnabled",
                            "CacheClusterSize": "item.cacheClusterSize",
                            "CanarySetting": "item.canarySettings.{DeploymentId: deploymentId, "
                            "PercentTraffic: percentTraffic, StageVariableOverrides: stageVariableOverrides, "
                            "UseStageCache: useStageCache}",
                            "ClientCertificateId": "item.clientCertificateId",
                            "DeploymentId": "item.deploymentId",
                            "Description": "item.description",
                            "MethodSettings": "stage_settings(item.methodSettings)",
                            "TracingEnabled": "item.tracingEnabled",
                            "Tags": "tags(item.tags)",
                            "Variables": "item.variables",
                        },
                    ),
                    Part(
                        "AWS::ApiGateway::Authorizer",
                        each="authorizers",
                        id="item.id",
                        arn=f"join('', [{_ARN[1:]}, '/authorizers/', item.id])",
                        properties={
                            "RestApiId": "api.id",
                            "Name": "item.name",
                            "Type": "item.type",
                            "AuthType": "item.authType",
                            "AuthorizerCredentials": "item.authorizerCredentials",
                            "AuthorizerResultTtlInSeconds": "item.authorizerResultTtlInSeconds",
                            "AuthorizerUri": "item.authorizerUri",
                            "IdentitySource": "item.identitySource",
                            "IdentityValidationExpression": "item.identityValidationExpression",
                            "ProviderARNs": "item.providerARNs",
                        },
                    ),
                ),
            ),
        ),
        Collector(
            Call("get_usage_plans", {"limit": "`500`"}, "items[]", _NEXT, _GET),
            Part(
                "AWS::ApiGateway::UsagePlan",
                id="item.id",
                arn="arn:{partition}:apigateway:{region}::/usageplans/{id}",
                properties={
                    "UsagePlanName": "item.name",
                    "Description": "item.description",
                    "ApiStages": "item.apiStages[].{ApiId: apiId, Stage: stage, Throttle: limits(throttle)}",
                    "Quota": "item.quota.{Limit: limit, Offset: offset, Period: period}",
                    "Throttle": f"item.throttle.{_THROTTLE}",
                    "Tags": "tags(item.tags)",
                },
            ),
        ),
        Collector(
            Call("get_client_certificates", {"limit": "`500`"}, "items[]", _NEXT, _GET),
            Part(
                "AWS::ApiGateway::ClientCertificate",
                id="item.clientCertificateId",
                arn="arn:{partition}:apigateway:{region}::/clientcertificates/{id}",
                properties={"Description": "item.description", "Tags": "tags(item.tags)"},
            ),
        ),
    ),
)
