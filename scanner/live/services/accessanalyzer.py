"""IAM Access Analyzer: what looks for access from outside."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service

ACCESSANALYZER = Service(
    "accessanalyzer",
    prefix="access-analyzer",
    collectors=(
        Collector(
            Call("list_analyzers", items="analyzers[]", paging=Paging("nextToken", "nextToken")),
            Part(
                "Tenantproof::AccessAnalyzer::Analyzer",
                id="item.name",
                arn="item.arn",
                properties={"Name": "id", "Type": "item.type", "Status": "item.status"},
            ),
            also=(
                Part(
                    "AWS::AccessAnalyzer::Analyzer",
                    id="item.name",
                    arn="item.arn",
                    properties={"AnalyzerName": "id", "Type": "item.type", "Tags": "tags(item.tags)"},
                ),
            ),
            summary={
                "AccessAnalyzer": {
                    "Enabled": "length(found[?Status == 'ACTIVE' && (Type == 'ACCOUNT' || Type == 'ORGANIZATION')]) "
                    "> `0`",
                    "Analyzers": "found",
                }
            },
        ),
    ),
)
