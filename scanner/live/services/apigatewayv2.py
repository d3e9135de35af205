"""Amazon API Gateway, HTTP and WebSocket: APIs with their routes, and the domain names of all APIs."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Shape, same

_GET = "apigateway:GET"
_NEXT = Paging("NextToken", "NextToken")


def _told(operation: str) -> Detail:
    return Detail(operation, {"ApiId": "item.ApiId"}, "Items[]", _NEXT, _GET)


def _part(name: str, each: str, identity: str, kind: str, *names: str, **more: Shape) -> Part:
    arn = f"join('', ['arn:', partition, ':apigateway:', region, '::/apis/', parent_id, '/{kind}/', item.{identity}])"
    properties: dict[str, Shape] = {"ApiId": "parent_id", **same("item", *names), **more}
    return Part(f"AWS::ApiGatewayV2::{name}", each=each, id=f"item.{identity}", arn=arn, properties=properties)


APIGATEWAYV2 = Service(
    "apigatewayv2",
    (
        Collector(
            Call("get_apis", items="Items[]", paging=_NEXT, action=_GET),
            Part(
                "AWS::ApiGatewayV2::Api",
                id="item.ApiId",
                arn="arn:{partition}:apigateway:{region}::/apis/{id}",
                gone=("NotFoundException",),
                details={
                    "routes": _told("get_routes"),
                    "stages": _told("get_stages"),
                    "authorizers": _told("get_authorizers"),
                    "integrations": _told("get_integrations"),
                },
                properties={
                    "Body": "`null`",
                    "BodyS3Location": "`null`",
                    # What is made of a target at once is told as a route, an integration and a stage.
                    "RouteKey": "`null`",
                    "Target": "`null`",
                    **same(
                        "item",
                        "ApiKeySelectionExpression",
                        "CorsConfiguration",
                        "Description",
                        "DisableExecuteApiEndpoint",
                        "IpAddressType",
                        "Name",
                        "ProtocolType",
                        "RouteSelectionExpression",
                        "Tags",
                        "Version",
                    ),
                },
                children=(
                    _part(
                        "Route",
                        "routes",
                        "RouteId",
                        "routes",
                        "ApiKeyRequired",
                        "AuthorizationScopes",
                        "AuthorizationType",
                        "AuthorizerId",
                        "OperationName",
                        "RouteKey",
                        "Target",
                    ),
                    _part(
                        "Stage",
                        "stages",
                        "StageName",
                        "stages",
                        "AccessLogSettings",
                        "AutoDeploy",
                        "ClientCertificateId",
                        "DefaultRouteSettings",
                        "DeploymentId",
                        "Description",
                        "RouteSettings",
                        "StageName",
                        "Tags",
                    ),
                    _part(
                        "Authorizer",
                        "authorizers",
                        "AuthorizerId",
                        "authorizers",
                        "AuthorizerCredentialsArn",
                        "AuthorizerPayloadFormatVersion",
                        "AuthorizerResultTtlInSeconds",
                        "AuthorizerType",
                        "AuthorizerUri",
                        "EnableSimpleResponses",
                        "IdentitySource",
                        "IdentityValidationExpression",
                        "JwtConfiguration",
                        "Name",
                    ),
                    _part(
                        "Integration",
                        "integrations",
                        "IntegrationId",
                        "integrations",
                        "ConnectionId",
                        "ConnectionType",
                        "CredentialsArn",
                        "IntegrationMethod",
                        "IntegrationSubtype",
                        "IntegrationType",
                        "IntegrationUri",
                        "PayloadFormatVersion",
                        "RequestParameters",
                        "RequestTemplates",
                        "TimeoutInMillis",
                        "TlsConfig",
                    ),
                ),
            ),
        ),
        Collector(
            Call("get_domain_names", items="Items[]", paging=_NEXT, action=_GET),
            Part(
                "AWS::ApiGatewayV2::DomainName",
                id="item.DomainName",
                arn="arn:{partition}:apigateway:{region}::/domainnames/{id}",
                gone=("NotFoundException",),
                details={
                    "mapped": Detail("get_api_mappings", {"DomainName": "item.DomainName"}, "Items[]", _NEXT, _GET)
                },
                properties={
                    "DomainName": "id",
                    "DomainNameConfigurations": "item.DomainNameConfigurations[].{CertificateArn: CertificateArn, "
                    "EndpointType: EndpointType, SecurityPolicy: SecurityPolicy}",
                    "MutualTlsAuthentication": "item.MutualTlsAuthentication."
                    "{TruststoreUri: TruststoreUri, TruststoreVersion: TruststoreVersion}",
                    "Tags": "item.Tags",
                },
                children=(
                    Part(
                        "AWS::ApiGatewayV2::ApiMapping",
                        each="mapped",
                        id="item.ApiMappingId",
                        properties={"DomainName": "parent_id", **same("item", "ApiId", "ApiMappingKey", "Stage")},
                    ),
                ),
            ),
            # Both generations have the same names; they are told once.
            # The names of both generations are told alike, and rules ask of each as templates write it.
            also=(
                Part(
                    "AWS::ApiGateway::DomainName",
                    id="item.DomainName",
                    properties={
                        "DomainName": "id",
                        "EndpointConfiguration": {"Types": "item.DomainNameConfigurations[].EndpointType"},
                        "MutualTlsAuthentication": "item.MutualTlsAuthentication.{TruststoreUri: TruststoreUri, "
                        "TruststoreVersion: TruststoreVersion}",
                        "SecurityPolicy": "item.DomainNameConfigurations[0].SecurityPolicy",
                        "Tags": "tags(item.Tags)",
                    },
                ),
            ),
            folded=("AWS::ApiGateway::BasePathMapping",),
        ),
    ),
)
