"""AWS Systems Manager: parameters without their values, and the account's documents with what they run."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")

SSM = Service(
    "ssm",
    (
        Collector(
            Call("describe_parameters", items="Parameters[]", paging=_NEXT),
            Part(
                "AWS::SSM::Parameter",
                id="item.Name",
                arn="item.ARN",
                properties=same("item", "AllowedPattern", "DataType", "Description", "Name", "Tier", "Type"),
            ),
        ),
        Collector(
            Call("list_documents", {"Filters": "[{Key: 'Owner', Values: ['Self']}]"}, "DocumentIdentifiers[]", _NEXT),
            Part(
                "AWS::SSM::Document",
                id="item.Name",
                arn="arn:{partition}:ssm:{region}:{account}:document/{id}",
                gone=("InvalidDocument",),
                details={
                    "said": Detail(
                        "get_document",
                        {"Name": "item.Name", "DocumentFormat": "item.DocumentFormat == 'TEXT' && 'TEXT' || 'JSON'"},
                    )
                },
                properties={
                    # Documents of the format TEXT are no JSON, and are answered as they are.
                    "Content": "said.DocumentFormat == 'TEXT' && said.Content || document(said.Content)",
                    **same("item", "DocumentFormat", "DocumentType", "Name", "Tags", "TargetType", "VersionName"),
                },
            ),
        ),
    ),
)
