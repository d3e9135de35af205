"""Amazon EventBridge: buses with their policies, and rules with their targets."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")

EVENTS = Service(
    "events",
    (
        Collector(
            Call("list_event_buses", items="EventBuses[]", paging=_NEXT),
            Part(
                "AWS::Events::EventBus",
                id="item.Name",
                arn="item.Arn",
                gone=("ResourceNotFoundException",),
                details={
                    "bus": Detail("describe_event_bus", {"Name": "item.Name"}),
                    "rules": Detail("list_rules", {"EventBusName": "item.Name"}, "Rules[]", _NEXT),
                },
                properties={
                    "Name": "id",
                    "KmsKeyIdentifier": "bus.KmsKeyIdentifier",
                    "DeadLetterConfig": "bus.DeadLetterConfig",
                    "Policy": "document(bus.Policy)",
                },
                children=(
                    Part(
                        "AWS::Events::Rule",
                        each="rules",
                        id="item.Name",
                        arn="item.Arn",
                        gone=("ResourceNotFoundException",),
                        details={
                            "targets": Detail(
                                "list_targets_by_rule",
                                {"Rule": "item.Name", "EventBusName": "parent_id"},
                                "Targets[]",
                                _NEXT,
                            )
                        },
                        properties={
                            "EventPattern": "document(item.EventPattern)",
                            "Targets": "ecs_targets(targets)",
                            **same(
                                "item", "Description", "EventBusName", "Name", "RoleArn", "ScheduleExpression", "State"
                            ),
                        },
                    ),
                    Part(
                        "AWS::Events::EventBusPolicy",
                        each="document(bus.Policy).Statement[]",
                        id="join('|', [parent_id, item.Sid || digest(item)])",
                        properties={
                            "EventBusName": "parent_id",
                            "StatementId": "item.Sid",
                            "Statement": "item",
                            # What a template may say in place of a statement.
                            "Action": "`null`",
                            "Condition": "`null`",
                            "Principal": "`null`",
                        },
                    ),
                ),
            ),
        ),
    ),
)
