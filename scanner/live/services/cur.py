"""AWS Cost and Usage Reports, the older kind and data exports."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")

CUR = Service(
    "cur",
    scope="global",
    first=True,
    collectors=(
        Collector(
            Call("describe_report_definitions", items="ReportDefinitions[]", paging=_NEXT),
            Part(
                "AWS::CUR::ReportDefinition",
                id="item.ReportName",
                arn="arn:{partition}:cur:{region}:{account}:definition/{id}",
                properties=same(
                    "item",
                    "AdditionalArtifacts",
                    "AdditionalSchemaElements",
                    "Compression",
                    "Format",
                    "RefreshClosedReports",
                    "ReportName",
                    "ReportVersioning",
                    "S3Bucket",
                    "S3Prefix",
                    "S3Region",
                    "TimeUnit",
                ),
            ),
        ),
        Collector(
            Call("list_exports", items="Exports[]", paging=_NEXT, service="bcm-data-exports"),
            Part(
                "AWS::BCMDataExports::Export",
                id="item.ExportName",
                arn="item.ExportArn",
                gone=("ResourceNotFoundException",),
                details={"export": Detail("get_export", {"ExportArn": "item.ExportArn"}, service="bcm-data-exports")},
                properties={
                    "Export": same(
                        "export.Export",
                        "DataQuery",
                        "Description",
                        "DestinationConfigurations",
                        "Name",
                        "RefreshCadence",
                    )
                },
            ),
        ),
    ),
)
