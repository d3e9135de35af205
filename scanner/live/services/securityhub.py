"""AWS Security Hub: whether it is on, and by which standards."""

from __future__ import annotations

from scanner.live.collector import ACCOUNT
from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

SECURITYHUB = Service(
    "securityhub",
    (
        Collector(
            Call("describe_hub"),
            Part(
                "AWS::SecurityHub::Hub",
                keep="item.HubArn",
                id="item.HubArn",
                arn="item.HubArn",
                properties=same("item", "AutoEnableControls", "ControlFindingGenerator"),
            ),
            also=(
                Part(
                    ACCOUNT,
                    shared=True,
                    id="account",
                    details={
                        "standards": Detail(
                            "get_enabled_standards",
                            items="StandardsSubscriptions[]",
                            paging=Paging("NextToken", "NextToken"),
                            when="item.HubArn",
                        )
                    },
                    properties={
                        "SecurityHub": {
                            "Enabled": "item.HubArn != `null`",
                            "Standards": "standards[].StandardsArn",
                        }
                    },
                ),
            ),
            # The same code also stands for what an account may not do.
            none=("InvalidAccessException: not subscribed", "ResourceNotFoundException"),
        ),
    ),
)
