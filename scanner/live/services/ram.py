"""AWS Resource Access Manager: what the account shares with others."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_NEXT = Paging("nextToken", "nextToken")


def _associated(kind: str) -> Detail:
    return Detail(
        "get_resource_share_associations",
        {"associationType": f"'{kind}'", "resourceShareArns": "[item.resourceShareArn]"},
        "resourceShareAssociations[?status == 'ASSOCIATED' || status == 'ASSOCIATING']",
        _NEXT,
    )


RAM = Service(
    "ram",
    (
        Collector(
            Call("get_resource_shares", {"resourceOwner": "'SELF'"}, "resourceShares[]", _NEXT),
            Part(
                "AWS::RAM::ResourceShare",
                keep="item.status != 'DELETED'",
                id="item.name",
                arn="item.resourceShareArn",
                gone=("UnknownResourceException",),
                details={"principals": _associated("PRINCIPAL"), "resources": _associated("RESOURCE")},
                properties={
                    "Name": "id",
                    "AllowExternalPrincipals": "item.allowExternalPrincipals",
                    "Principals": "principals[].associatedEntity",
                    "ResourceArns": "resources[].associatedEntity",
                    "Tags": "pascal(item.tags)",
                },
            ),
        ),
    ),
)
