"""APIs, and who may call them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.live.deploying.made import ROLE, Clients, Deployer, Inexpressible, Made, Properties, pick, small


def graphql(clients: Clients, name: str, properties: Properties) -> Made:
    if {"AdditionalAuthenticationProviders", "LambdaAuthorizerConfig"} & properties.keys():
        raise Inexpressible("the example's authorizers are made up")
    sent = small(pick(properties, "AuthenticationType", "LogConfig", "XrayEnabled", "Visibility"))
    sent.setdefault("authenticationType", "AWS_IAM")
    if "logConfig" in sent:
        if "cloudWatchLogsRoleArn" not in sent["logConfig"]:
            raise Inexpressible("the service's call requires the role")
        sent["logConfig"] = {"cloudWatchLogsRoleArn": ROLE, "fieldLogLevel": "NONE", **sent["logConfig"]}
    name = properties.get("Name", name)
    made = clients("appsync").create_graphql_api(name=name, **sent)["graphqlApi"]
    return Made(made["apiId"], made["apiId"], made["arn"])


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::AppSync::GraphQLApi": graphql,
}
