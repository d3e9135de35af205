"""AWS Step Functions: state machines."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

STEPFUNCTIONS = Service(
    "stepfunctions",
    prefix="states",
    collectors=(
        Collector(
            Call("list_state_machines", items="stateMachines[]", paging=Paging("nextToken", "nextToken")),
            Part(
                "AWS::StepFunctions::StateMachine",
                id="item.name",
                arn="item.stateMachineArn",
                gone=("StateMachineDoesNotExist", "ResourceNotFound"),
                details={
                    "machine": Detail("describe_state_machine", {"stateMachineArn": "item.stateMachineArn"}),
                    "tagged": Detail("list_tags_for_resource", {"resourceArn": "item.stateMachineArn"}),
                },
                properties={
                    "StateMachineName": "id",
                    "StateMachineType": "item.type",
                    "RoleArn": "machine.roleArn",
                    "DefinitionString": "machine.definition",
                    "EncryptionConfiguration": "pascal(machine.encryptionConfiguration)",
                    "LoggingConfiguration": "pascal(machine.loggingConfiguration)",
                    "TracingConfiguration": "pascal(machine.tracingConfiguration)",
                    "Tags": "pascal(tagged.tags)",
                },
            ),
        ),
    ),
)
