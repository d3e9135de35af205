"""AWS AppSync: GraphQL APIs, where their data comes from, and what resolves their fields."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_NEXT = Paging("nextToken", "nextToken")
_API = {"apiId": "item.apiId"}
_POOL = "UserPoolId: userPoolId, AwsRegion: awsRegion, AppIdClientRegex: appIdClientRegex"
_OIDC = "ClientId: clientId, Issuer: issuer, AuthTTL: authTTL, IatTTL: iatTTL"
_LAMBDA = "AuthorizerUri: authorizerUri, IdentityValidationExpression: identityValidationExpression"
_WAYS = (
    "AuthenticationType: authenticationType, OpenIDConnectConfig: openIDConnectConfig.{" + _OIDC + "}, "
    "LambdaAuthorizerConfig: lambdaAuthorizerConfig.{" + _LAMBDA + "}"
)

APPSYNC = Service(
    "appsync",
    (
        Collector(
            Call("list_graphql_apis", items="graphqlApis[]", paging=_NEXT),
            Part(
                "AWS::AppSync::GraphQLApi",
                id="item.apiId",
                arn="item.arn",
                gone=("NotFoundException",),
                details={"sources": Detail("list_data_sources", _API, "dataSources[]", _NEXT)},
                properties={
                    "Name": "item.name",
                    "AuthenticationType": "item.authenticationType",
                    "AdditionalAuthenticationProviders": "item.additionalAuthenticationProviders[]"
                    f".{{{_WAYS}, UserPoolConfig: userPoolConfig.{{{_POOL}}}}}",
                    "LambdaAuthorizerConfig": f"item.lambdaAuthorizerConfig.{{{_LAMBDA}}}",
                    "OpenIDConnectConfig": f"item.openIDConnectConfig.{{{_OIDC}}}",
                    "UserPoolConfig": f"item.userPoolConfig.{{{_POOL}, DefaultAction: defaultAction}}",
                    "LogConfig": "item.logConfig.{CloudWatchLogsRoleArn: cloudWatchLogsRoleArn, "
                    "ExcludeVerboseContent: excludeVerboseContent, FieldLogLevel: fieldLogLevel}",
                    "Visibility": "item.visibility",
                    "XrayEnabled": "item.xrayEnabled",
                    "IntrospectionConfig": "item.introspectionConfig",
                    "Tags": "tags(item.tags)",
                },
                children=(
                    Part(
                        "AWS::AppSync::DataSource",
                        each="sources",
                        id="item.name",
                        arn="item.dataSourceArn",
                        properties={
                            "ApiId": "parent_id",
                            "Name": "id",
                            "Type": "item.type",
                            "ServiceRoleArn": "item.serviceRoleArn",
                            "DynamoDBConfig": "pascal(item.dynamodbConfig)",
                            "LambdaConfig": "pascal(item.lambdaConfig)",
                            "HttpConfig": "pascal(item.httpConfig)",
                            "Description": "item.description",
                            "ElasticsearchConfig": "pascal(item.elasticsearchConfig)",
                            "EventBridgeConfig": "pascal(item.eventBridgeConfig)",
                            "OpenSearchServiceConfig": "pascal(item.openSearchServiceConfig)",
                            "RelationalDatabaseConfig": "pascal(item.relationalDatabaseConfig)",
                        },
                    ),
                ),
            ),
        ),
    ),
)
