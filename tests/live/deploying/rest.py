"""Amazon API Gateway, both generations."""

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


def rest_api(clients: Clients, name: str, properties: Properties) -> Made:
    gateway = clients("apigateway")
    if "Body" in properties:
        document = {
            "openapi": "3.0.1",
            "info": {"title": name, "version": "1", "description": "d"},
            "paths": {},
            **properties["Body"],
        }
        made = gateway.import_rest_api(body=json.dumps(document).encode())["id"]
    else:
        configuration = properties.get("EndpointConfiguration")
        made = gateway.create_rest_api(
            name=properties.get("Name", name),
            **({"endpointConfiguration": small(configuration)} if configuration else {}),
            **({"policy": json.dumps(properties["Policy"])} if "Policy" in properties else {}),
            **({"disableExecuteApiEndpoint": True} if properties.get("DisableExecuteApiEndpoint") else {}),
        )["id"]
    properties.get("Name")
    root = gateway.get_resources(restApiId=made)["items"][0]["id"]
    return Made(made, made, attributes={"RootResourceId": root, "RestApiId": made})


def _api(clients: Clients, given: str | None) -> str:
    """The id of an API; examples also name what nobody has."""
    known = {each["id"]: each["name"] for each in clients("apigateway").get_rest_apis()["items"]}
    if given in known:
        return given
    own = next((key for key, name in known.items() if name == f"api-{given}"), None)
    return own or rest_api(clients, f"api-{given}", Properties({})).id


def _root(clients: Clients, api: str, given: str) -> str:
    paths = clients("apigateway").get_resources(restApiId=api)["items"]
    known: dict[str, str] = {each["id"]: each.get("path", "") for each in paths}
    return given if given in known else next(key for key, path in known.items() if path == "/")


def path_part(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    api = _api(clients, properties["RestApiId"])
    made = clients("apigateway").create_resource(
        restApiId=api, parentId=_root(clients, api, properties["ParentId"]), pathPart=properties["PathPart"]
    )["id"]
    return Made(made, made)


def method(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    gateway = clients("apigateway")
    api = _api(clients, properties["RestApiId"])
    at = _root(clients, api, properties["ResourceId"])
    sent: dict[str, Any] = {"authorizationType": properties.get("AuthorizationType", "NONE")}
    if "AuthorizerId" in properties:
        sent["authorizerId"] = properties["AuthorizerId"]
        known = {each["id"] for each in gateway.get_authorizers(restApiId=api)["items"]}
        if sent["authorizerId"] not in known:
            sent["authorizerId"] = authorizer(
                clients, "a", Properties({"RestApiId": api, "Name": "a", "Type": "TOKEN"})
            ).id
    if "ApiKeyRequired" in properties:
        sent["apiKeyRequired"] = properties["ApiKeyRequired"]
    verb = properties["HttpMethod"]
    gateway.put_method(restApiId=api, resourceId=at, httpMethod=verb, **sent)
    if "Integration" in properties:
        given = small(
            pick(properties["Integration"], "ConnectionId", "ConnectionType", "RequestTemplates", "Type", "Uri")
        )
        parameters = properties["Integration"].get("RequestParameters")
        given |= {"requestParameters": parameters} if parameters else {}
        gateway.put_integration(
            restApiId=api,
            resourceId=at,
            httpMethod=verb,
            integrationHttpMethod="POST",
            **{"type": "MOCK", "uri": f"arn:aws:apigateway:{REGION}:lambda:path/x", **given},
        )
    return Made(f"{api}|{at}|{verb}")


def authorizer(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    sent: dict[str, Any] = {}
    if "ProviderARNs" in properties:
        sent["providerARNs"] = properties["ProviderARNs"]
    if "IdentitySource" in properties:
        sent["identitySource"] = properties["IdentitySource"]
    if "AuthorizerResultTtlInSeconds" in properties:
        sent["authorizerResultTtlInSeconds"] = properties["AuthorizerResultTtlInSeconds"]
    if properties["Type"] != "COGNITO_USER_POOLS":
        sent["authorizerUri"] = f"arn:aws:apigateway:{REGION}:lambda:path/x"
    made = clients("apigateway").create_authorizer(
        restApiId=_api(clients, properties["RestApiId"]), name=properties["Name"], type=properties["Type"], **sent
    )["id"]
    return Made(made, made)


def stage(clients: Clients, name: str, properties: Properties) -> Made:
    gateway = clients("apigateway")
    api = _api(clients, properties.get("RestApiId"))
    name = properties.get("StageName", name.lower())
    known = gateway.get_resources(restApiId=api, embed=["methods"])["items"]
    if not any(each.get("resourceMethods") for each in known):
        # What has no methods cannot be deployed.
        root = _root(clients, api, "")
        gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="AWS_IAM")
        gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(
        restApiId=api,
        stageName=name,
        deploymentId=deployment,
        **({"tracingEnabled": properties["TracingEnabled"]} if "TracingEnabled" in properties else {}),
    )
    changes = []
    log = properties.get("AccessLogSetting", {})
    if "DestinationArn" in log:
        changes.append(("/accessLogSettings/destinationArn", arn_of("logs", log["DestinationArn"])))
    if "Format" in log:
        changes.append(("/accessLogSettings/format", log["Format"]))
    if "ClientCertificateId" in properties:
        changes.append(("/clientCertificateId", properties["ClientCertificateId"]))
    for each in properties.get("MethodSettings", []):
        path = each.get("ResourcePath", "/*").lstrip("/").replace("/", "~1")
        for field, value in each.items():
            if field in _SETTINGS:
                said = str(value).lower() if isinstance(value, bool) else str(value)
                changes.append((f"/{path}/{each.get('HttpMethod', '*')}/{_SETTINGS[field]}", said))
            elif field not in ("HttpMethod", "ResourcePath"):
                raise Inexpressible(f"nothing deploys {field} of methods of stages")
    for path, value in changes:
        gateway.update_stage(
            restApiId=api, stageName=name, patchOperations=[{"op": "replace", "path": path, "value": value}]
        )
    return Made(name, name, f"arn:aws:apigateway:{REGION}::/restapis/{api}/stages/{name}")


# "UpdateStage", patch operations.
_SETTINGS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


def usage_plan(clients: Clients, name: str, properties: Properties) -> Made:
    stages = []
    for each in properties.get("ApiStages", []):
        api = _api(clients, each["ApiId"])
        if each["Stage"] not in {
            known["stageName"] for known in clients("apigateway").get_stages(restApiId=api)["item"]
        }:
            stage(clients, each["Stage"], Properties({"RestApiId": api, "StageName": each["Stage"]}))
        limits = {path: small(limit) for path, limit in each.get("Throttle", {}).items()}
        stages.append({"apiId": api, "stage": each["Stage"], **({"throttle": limits} if limits else {})})
    made = clients("apigateway").create_usage_plan(
        name=properties.get("UsagePlanName", name),
        apiStages=stages,
        **({"throttle": small(properties["Throttle"])} if "Throttle" in properties else {}),
    )["id"]
    return Made(made, made)


def http_api(clients: Clients, name: str, properties: Properties) -> Made:
    gateway = clients("apigatewayv2")
    if "Body" in properties:
        raise Inexpressible("moto imports no HTTP APIs that say no more than an example")
    made = gateway.create_api(
        Name=properties.get("Name", name),
        **{
            "ProtocolType": "HTTP",
            **pick(properties, "DisableExecuteApiEndpoint", "ProtocolType", "RouteSelectionExpression", "Target"),
        },
    )["ApiId"]
    return Made(made, made, attributes={"ApiId": made})


def _http_api(clients: Clients, given: str | None, **more: str) -> str:
    known = {each["ApiId"]: each["Name"] for each in clients("apigatewayv2").get_apis()["Items"]}
    if given in known:
        return given
    own = next((key for key, name in known.items() if name == f"api-{given}"), None)
    return own or http_api(clients, f"api-{given}", Properties(more)).id


def http_stage(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("StageName", name)
    settings = properties.get("DefaultRouteSettings", {})
    protocol = {"ProtocolType": "WEBSOCKET"} if "LoggingLevel" in settings else {}
    api = _http_api(clients, properties.get("ApiId"), **protocol)
    log = properties.get("AccessLogSettings", {})
    if "DestinationArn" in log:
        log = {**log, "DestinationArn": arn_of("logs", log["DestinationArn"])}
    clients("apigatewayv2").create_stage(
        ApiId=api,
        StageName=name,
        **({"AccessLogSettings": log} if log else {}),
        **({"DefaultRouteSettings": settings} if settings else {}),
    )
    return Made(name, name, f"arn:aws:apigateway:{REGION}::/apis/{api}/stages/{name}")


def route(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("apigatewayv2").create_route(
        ApiId=_http_api(clients, properties["ApiId"]),
        **pick(properties, "AuthorizationType", "AuthorizerId", "RouteKey", "Target"),
    )["RouteId"]
    return Made(made, made)


def http_authorizer(clients: Clients, name: str, properties: Properties) -> Made:
    given = properties.get("AuthorizerType", "JWT")
    function = {"AuthorizerUri": f"arn:aws:apigateway:{REGION}:lambda:path/x", "AuthorizerPayloadFormatVersion": "2.0"}
    more = function if given == "REQUEST" else {}
    made = clients("apigatewayv2").create_authorizer(
        ApiId=_http_api(clients, properties["ApiId"]),
        Name=properties.get("Name", name),
        AuthorizerType=given,
        **{
            "IdentitySource": [],
            **pick(properties, "AuthorizerResultTtlInSeconds", "IdentitySource", "JwtConfiguration"),
        },
        **more,
    )["AuthorizerId"]
    return Made(made, made)


def integration(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("apigatewayv2").create_integration(
        ApiId=_http_api(clients, properties["ApiId"]),
        IntegrationUri=properties.get("IntegrationUri", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:visits"),
        PayloadFormatVersion="2.0",
        **pick(properties, "ConnectionId", "ConnectionType", "IntegrationMethod", "IntegrationType"),
        **pick(properties, "RequestParameters"),
    )["IntegrationId"]
    return Made(made, made)


def domain_name(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    gateway = clients("apigatewayv2")
    configurations = [
        {"CertificateArn": arn_of("acm", "certificate/a"), "EndpointType": "REGIONAL", **each}
        for each in properties.get("DomainNameConfigurations", [{}])
    ]
    if "SecurityPolicy" in properties:
        configurations[0]["SecurityPolicy"] = properties["SecurityPolicy"]
    # AWS tells the policy that it takes where none is said, and moto does not.
    configurations[0].setdefault("SecurityPolicy", "TLS_1_2")
    gateway.create_domain_name(
        DomainName=properties["DomainName"],
        DomainNameConfigurations=configurations,
        **pick(properties, "MutualTlsAuthentication"),
    )
    return Made(properties["DomainName"], properties["DomainName"])


def mapping(clients: Clients, name: str, properties: Properties) -> Made:
    gateway = clients("apigatewayv2")
    domain = properties["DomainName"]
    if domain not in {each["DomainName"] for each in gateway.get_domain_names()["Items"]}:
        domain_name(clients, name, Properties({"DomainName": domain}))
    made = gateway.create_api_mapping(
        ApiId=_http_api(clients, properties["ApiId"]), DomainName=domain, Stage=properties["Stage"]
    )["ApiMappingId"]
    return Made(made, made)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::ApiGateway::Authorizer": authorizer,
    "AWS::ApiGateway::DomainName": domain_name,
    "AWS::ApiGateway::Method": method,
    "AWS::ApiGateway::Resource": path_part,
    "AWS::ApiGateway::RestApi": rest_api,
    "AWS::ApiGateway::Stage": stage,
    "AWS::ApiGateway::UsagePlan": usage_plan,
    "AWS::ApiGatewayV2::Api": http_api,
    "AWS::ApiGatewayV2::ApiMapping": mapping,
    "AWS::ApiGatewayV2::Authorizer": http_authorizer,
    "AWS::ApiGatewayV2::DomainName": domain_name,
    "AWS::ApiGatewayV2::Integration": integration,
    "AWS::ApiGatewayV2::Route": route,
    "AWS::ApiGatewayV2::Stage": http_stage,
}
