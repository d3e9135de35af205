"""AWS Transfer Family: servers that take files, and connectors that send and fetch them."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")
_GONE = ("ResourceNotFoundException",)

TRANSFER = Service(
    "transfer",
    (
        Collector(
            Call("list_servers", items="Servers[]", paging=_NEXT),
            Part(
                "AWS::Transfer::Server",
                id="item.ServerId",
                arn="item.Arn",
                gone=_GONE,
                details={"told": Detail("describe_server", {"ServerId": "item.ServerId"})},
                properties=same(
                    "told.Server",
                    "Domain",
                    "EndpointDetails",
                    "EndpointType",
                    "IdentityProviderType",
                    "LoggingRole",
                    "Protocols",
                    "SecurityPolicyName",
                    "StructuredLogDestinations",
                    "Tags",
                ),
            ),
        ),
        Collector(
            Call("list_connectors", items="Connectors[]", paging=_NEXT),
            Part(
                "AWS::Transfer::Connector",
                id="item.ConnectorId",
                arn="item.Arn",
                gone=_GONE,
                details={"told": Detail("describe_connector", {"ConnectorId": "item.ConnectorId"})},
                properties=same(
                    "told.Connector",
                    "AccessRole",
                    "As2Config",
                    "LoggingRole",
                    "SecurityPolicyName",
                    "SftpConfig",
                    "Tags",
                    "Url",
                ),
            ),
        ),
    ),
)
