"""Amazon Athena: workgroups."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

ATHENA = Service(
    "athena",
    (
        Collector(
            Call("list_work_groups", items="WorkGroups[]", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::Athena::WorkGroup",
                id="item.Name",
                arn="arn:{partition}:athena:{region}:{account}:workgroup/{id}",
                details={"group": Detail("get_work_group", {"WorkGroup": "item.Name"})},
                properties={
                    "Name": "id",
                    "State": "item.State",
                    "WorkGroupConfiguration": same(
                        "group.WorkGroup.Configuration",
                        "BytesScannedCutoffPerQuery",
                        "CustomerContentEncryptionConfiguration",
                        "EnforceWorkGroupConfiguration",
                        "EngineVersion",
                        "ExecutionRole",
                        "ManagedQueryResultsConfiguration",
                        "PublishCloudWatchMetricsEnabled",
                        "RequesterPaysEnabled",
                        "ResultConfiguration",
                    ),
                },
            ),
        ),
    ),
)
