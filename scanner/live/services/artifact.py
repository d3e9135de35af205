"""AWS Artifact: agreements, of which the business associate addendum is one."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service

ARTIFACT = Service(
    "artifact",
    scope="global",
    first=True,
    collectors=(
        Collector(
            Call("list_customer_agreements", items="customerAgreements[]", paging=Paging("nextToken", "nextToken")),
            Part(
                "Tenantproof::Artifact::Agreement",
                id="item.id || item.agreementArn",
                arn="item.arn",
                properties={
                    "Name": "item.name",
                    "Arn": "item.arn",
                    "Type": "item.type",
                    "State": "item.state",
                    "EffectiveDays": "days(item.effectiveStart, now)",
                    "EffectiveEnd": "item.effectiveEnd",
                },
            ),
        ),
    ),
)
