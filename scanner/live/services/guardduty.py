"""Amazon GuardDuty: detectors, and what they found that nobody has put away."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

# "Severity levels of GuardDuty findings".
_COUNTS = "counted.FindingStatistics.GroupedBySeverity"
_LEVELS = (("Low", 0, 4), ("Medium", 4, 7), ("High", 7, 9), ("Critical", 9, 11))

GUARDDUTY = Service(
    "guardduty",
    (
        Collector(
            Call("list_detectors", items="DetectorIds[].{Id: @}", paging=Paging("NextToken", "NextToken")),
            Part(
                "Tenantproof::GuardDuty::Detector",
                id="item.Id",
                arn="arn:{partition}:guardduty:{region}:{account}:detector/{id}",
                details={
                    "detector": Detail("get_detector", {"DetectorId": "id"}),
                    "counted": Detail(
                        "get_findings_statistics",
                        {
                            "DetectorId": "id",
                            "GroupBy": "'SEVERITY'",
                            "FindingCriteria": """{Criterion: {"service.archived": {Equals: ['false']}}}""",
                        },
                    ),
                },
                properties={
                    "DetectorId": "id",
                    "Status": "detector.Status",
                    "OpenFindings": {
                        name: f"sum(({_COUNTS} || `[]`)[?Severity >= `{least}` && Severity < `{below}`].TotalFindings)"
                        for name, least, below in _LEVELS
                    },
                },
                children=(
                    Part(
                        "AWS::GuardDuty::Detector",
                        each="[parent_id]",
                        id="parent_id",
                        arn="arn:{partition}:guardduty:{region}:{account}:detector/{id}",
                        properties={
                            "Enable": "detector.Status == 'ENABLED'",
                            "FindingPublishingFrequency": "detector.FindingPublishingFrequency",
                            "Features": "detector.Features[].{Name: Name, Status: Status}",
                        },
                    ),
                ),
            ),
            summary={
                "GuardDuty": {
                    "Enabled": "length(found[?Status == 'ENABLED']) > `0`",
                    "Detectors": "found[].{DetectorId: DetectorId, Status: Status}",
                },
                "GuardDutyFindings": "found[0].OpenFindings",
            },
        ),
    ),
)
