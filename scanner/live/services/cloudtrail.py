"""AWS CloudTrail: trails, what they record and whether they do."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NAME = {"TrailName": "item.TrailARN"}

CLOUDTRAIL = Service(
    "cloudtrail",
    (
        Collector(
            # Without its shadows, a trail is told in its home region alone.
            Call("describe_trails", {"includeShadowTrails": "`false`"}, "trailList[]"),
            Part(
                "AWS::CloudTrail::Trail",
                id="item.Name",
                arn="item.TrailARN",
                gone=("TrailNotFoundException",),
                details={
                    "status": Detail("get_trail_status", {"Name": "item.TrailARN"}),
                    "selectors": Detail("get_event_selectors", _NAME),
                    "insights": Detail(
                        "get_insight_selectors",
                        _NAME,
                        when="item.HasInsightSelectors",
                        absent=("InsightNotEnabledException",),
                    ),
                },
                properties={
                    "TrailName": "id",
                    "IsLogging": "status.IsLogging",
                    "EnableLogFileValidation": "item.LogFileValidationEnabled",
                    "KMSKeyId": "item.KmsKeyId",
                    "EventSelectors": "selectors.EventSelectors",
                    "AdvancedEventSelectors": "selectors.AdvancedEventSelectors",
                    "InsightSelectors": "insights.InsightSelectors",
                    **same(
                        "item",
                        "CloudWatchLogsLogGroupArn",
                        "CloudWatchLogsRoleArn",
                        "IncludeGlobalServiceEvents",
                        "IsMultiRegionTrail",
                        "IsOrganizationTrail",
                        "S3BucketName",
                        "S3KeyPrefix",
                        "SnsTopicName",
                    ),
                },
            ),
        ),
        Collector(
            Call("list_event_data_stores", items="EventDataStores[]", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::CloudTrail::EventDataStore",
                # The list leaves out what is recorded, and whether it is.
                keep="store.Status != 'PENDING_DELETION'",
                id="item.Name",
                arn="item.EventDataStoreArn",
                gone=("EventDataStoreNotFoundException",),
                details={"store": Detail("get_event_data_store", {"EventDataStore": "item.EventDataStoreArn"})},
                properties={
                    "Name": "id",
                    "IngestionEnabled": "store.Status != 'STOPPED_INGESTION'",
                    **same(
                        "store",
                        "AdvancedEventSelectors",
                        "KmsKeyId",
                        "MultiRegionEnabled",
                        "OrganizationEnabled",
                        "RetentionPeriod",
                        "TerminationProtectionEnabled",
                    ),
                },
            ),
        ),
    ),
)
