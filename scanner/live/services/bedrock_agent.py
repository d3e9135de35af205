"""Agents, knowledge bases and flows of Amazon Bedrock, which have a service of their own."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_NEXT = Paging("nextToken", "nextToken")
_AGENT = "told.agent"

BEDROCK_AGENT = Service(
    "bedrock-agent",
    prefix="bedrock",
    collectors=(
        Collector(
            Call("list_agents", items="agentSummaries[]", paging=_NEXT),
            Part(
                "AWS::Bedrock::Agent",
                id="item.agentName",
                arn=f"{_AGENT}.agentArn",
                gone=("ResourceNotFoundException",),
                details={"told": Detail("get_agent", {"agentId": "item.agentId"})},
                properties={
                    "AgentName": "id",
                    "AgentResourceRoleArn": f"{_AGENT}.agentResourceRoleArn",
                    "CustomerEncryptionKeyArn": f"{_AGENT}.customerEncryptionKeyArn",
                    "Description": f"{_AGENT}.description",
                    "FoundationModel": f"{_AGENT}.foundationModel",
                    "GuardrailConfiguration": {
                        "GuardrailIdentifier": f"{_AGENT}.guardrailConfiguration.guardrailIdentifier",
                        "GuardrailVersion": f"{_AGENT}.guardrailConfiguration.guardrailVersion",
                    },
                    "IdleSessionTTLInSeconds": f"{_AGENT}.idleSessionTTLInSeconds",
                },
            ),
        ),
        Collector(
            Call("list_knowledge_bases", items="knowledgeBaseSummaries[]", paging=_NEXT),
            Part(
                "AWS::Bedrock::KnowledgeBase",
                id="item.knowledgeBaseId",
                arn="arn:{partition}:bedrock:{region}:{account}:knowledge-base/{id}",
                gone=("ResourceNotFoundException",),
                details={"base": Detail("get_knowledge_base", {"knowledgeBaseId": "item.knowledgeBaseId"})},
                properties={
                    "Name": "item.name",
                    "Description": "item.description",
                    # Its parts that hold texts are not read.
                    "KnowledgeBaseConfiguration": "{Type: base.knowledgeBase.knowledgeBaseConfiguration.type}",
                },
            ),
        ),
        Collector(
            Call("list_flows", items="flowSummaries[]", paging=_NEXT),
            Part(
                "AWS::Bedrock::Flow",
                id="item.id",
                arn="item.arn",
                gone=("ResourceNotFoundException",),
                details={"flow": Detail("get_flow", {"flowIdentifier": "item.id"})},
                properties={
                    "Name": "item.name",
                    "Description": "item.description",
                    "CustomerEncryptionKeyArn": "flow.customerEncryptionKeyArn",
                },
            ),
        ),
    ),
)
