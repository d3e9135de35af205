"""Amazon Bedrock: guardrails."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_NEXT = Paging("nextToken", "nextToken")

BEDROCK = Service(
    "bedrock",
    (
        Collector(
            Call("list_guardrails", items="guardrails[]", paging=_NEXT),
            Part(
                "AWS::Bedrock::Guardrail",
                id="item.id",
                arn="item.arn",
                gone=("ResourceNotFoundException",),
                details={"guardrail": Detail("get_guardrail", {"guardrailIdentifier": "item.id"})},
                properties={
                    "Name": "item.name",
                    "Description": "item.description",
                    "KmsKeyArn": "guardrail.kmsKeyArn",
                    "SensitiveInformationPolicyConfig": {
                        "PiiEntitiesConfig": "guardrail.sensitiveInformationPolicy.piiEntities[]"
                        ".{Type: type, Action: action}",
                        "RegexesConfig": "guardrail.sensitiveInformationPolicy.regexes[]"
                        ".{Name: name, Pattern: pattern, Action: action}",
                    },
                    "ContentPolicyConfig": {
                        "FiltersConfig": "guardrail.contentPolicy.filters[]"
                        ".{Type: type, InputStrength: inputStrength, OutputStrength: outputStrength}",
                    },
                },
            ),
        ),
    ),
)
