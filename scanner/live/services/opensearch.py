"""Amazon OpenSearch Service: domains, also those that still run Elasticsearch."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Part, Service, same

_DOMAIN = "domain.DomainStatus"

OPENSEARCH = Service(
    "opensearch",
    prefix="es",
    collectors=(
        Collector(
            Call("list_domain_names", items="DomainNames[]"),
            Part(
                "AWS::OpenSearchService::Domain",
                id="item.DomainName",
                arn="arn:{partition}:es:{region}:{account}:domain/{id}",
                gone=("ResourceNotFoundException",),
                details={
                    "domain": Detail("describe_domain", {"DomainName": "item.DomainName"}),
                    "tagged": Detail("list_tags", {"ARN": f"{_DOMAIN}.ARN"}),
                },
                properties={
                    "DomainName": "id",
                    "AccessPolicies": f"document({_DOMAIN}.AccessPolicies)",
                    "VPCOptions": same(f"{_DOMAIN}.VPCOptions", "SubnetIds", "SecurityGroupIds"),
                    "AdvancedSecurityOptions": {
                        "Enabled": f"{_DOMAIN}.AdvancedSecurityOptions.Enabled",
                        "InternalUserDatabaseEnabled": f"{_DOMAIN}.AdvancedSecurityOptions.InternalUserDatabaseEnabled",
                        "AnonymousAuthEnabled": f"{_DOMAIN}.AdvancedSecurityOptions.AnonymousAuthEnabled",
                    },
                    "Tags": "tagged.TagList",
                    **same(
                        _DOMAIN,
                        "AdvancedOptions",
                        "ClusterConfig",
                        "CognitoOptions",
                        "DomainEndpointOptions",
                        "EncryptionAtRestOptions",
                        "EngineVersion",
                        "EBSOptions",
                        "IPAddressType",
                        "LogPublishingOptions",
                        "NodeToNodeEncryptionOptions",
                        "SnapshotOptions",
                    ),
                },
            ),
            # One API tells of both; rules ask the same of either.
            folded=("AWS::Elasticsearch::Domain",),
        ),
    ),
)
