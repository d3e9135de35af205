"""Models, contact centers, things, and cost reports."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Table, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    each,
    inside,
    one,
)
from scanner.inputs.terraform.types.identity import ROLE


def _export(view: View, context: Context) -> object:
    return each(
        "export",
        {
            "Name": "name",
            "DataQuery": one(
                "data_query", {"QueryStatement": "query_statement", "TableConfigurations": "table_configurations"}
            ),
        },
    )(view, context)


def _first_export(view: View, context: Context) -> object:
    value = _export(view, context)
    return value[0] if isinstance(value, list) and value else value


def _cost_rules(view: View, context: Context) -> object:
    """The rules as the JSON text that CloudFormation takes; that there are some is what is asked."""
    return each("rule", {"Value": "value", "Type": "type"})(view, context)


# Of entities and patterns alike.
_MASK = {"Action": "action", "OutputAction": "output_action", "OutputEnabled": "output_enabled"}

TABLE: Table = {
    "aws_iot_policy": whole("AWS::IoT::Policy", {"PolicyName": "name", "PolicyDocument": document("policy")}),
    "aws_bedrock_guardrail": whole(
        "AWS::Bedrock::Guardrail",
        {
            "Name": "name",
            "KmsKeyArn": "kms_key_arn",
            "ContentPolicyConfig": one(
                "content_policy_config",
                {
                    "FiltersConfig": each(
                        "filters_config",
                        {
                            "Type": "type",
                            "InputStrength": "input_strength",
                            "InputAction": "input_action",
                            "InputEnabled": "input_enabled",
                        },
                    )
                },
            ),
            "SensitiveInformationPolicyConfig": one(
                "sensitive_information_policy_config",
                {
                    "PiiEntitiesConfig": each("pii_entities_config", _MASK),
                    "RegexesConfig": each("regexes_config", _MASK),
                },
            ),
        },
        name="guardrail_id",
        arn="guardrail_arn",
        lacks=("Version",),
    ),
    "aws_bedrockagent_agent": whole(
        "AWS::Bedrock::Agent",
        {
            "AgentName": "agent_name",
            "CustomerEncryptionKeyArn": "customer_encryption_key_arn",
            "GuardrailConfiguration": one(
                "guardrail_configuration",
                {"GuardrailIdentifier": "guardrail_identifier", "GuardrailVersion": "guardrail_version"},
            ),
            "AgentResourceRoleArn": Pointer("agent_resource_role_arn", *ROLE, attribute="Arn"),
        },
        name="agent_id",
        arn="agent_arn",
    ),
    "aws_bedrockagent_flow": whole(
        "AWS::Bedrock::Flow",
        {"Name": "name", "CustomerEncryptionKeyArn": "customer_encryption_key_arn"},
        name="id",
        lacks=("Version",),
    ),
    "aws_bedrockagent_knowledge_base": whole(
        "AWS::Bedrock::KnowledgeBase",
        {
            "Name": "name",
            "RoleArn": Pointer("role_arn", *ROLE, attribute="Arn"),
            "KnowledgeBaseConfiguration": one("knowledge_base_configuration", {"Type": "type"}),
        },
        name="id",
    ),
    "aws_ce_cost_category": whole("AWS::CE::CostCategory", {"Name": "name", "Rules": _cost_rules}, name="arn"),
    "aws_cur_report_definition": whole(
        "AWS::CUR::ReportDefinition",
        {"ReportName": "report_name", "AdditionalSchemaElements": "additional_schema_elements"},
        name="report_name",
    ),
    "aws_bcmdataexports_export": whole("AWS::BCMDataExports::Export", {"Export": _first_export}, name="arn"),
    "aws_connect_instance_storage_config": whole(
        "AWS::Connect::InstanceStorageConfig",
        {
            "InstanceArn": "instance_id",
            "ResourceType": "resource_type",
            "S3Config": inside(
                "storage_config",
                one(
                    "s3_config",
                    {
                        "BucketName": "bucket_name",
                        "EncryptionConfig": one(
                            "encryption_config", {"EncryptionType": "encryption_type", "KeyId": "key_id"}
                        ),
                    },
                ),
            ),
            "KinesisVideoStreamConfig": inside(
                "storage_config",
                one(
                    "kinesis_video_stream_config",
                    {
                        "Prefix": "prefix",
                        "EncryptionConfig": one(
                            "encryption_config", {"EncryptionType": "encryption_type", "KeyId": "key_id"}
                        ),
                    },
                ),
            ),
        },
        name="association_id",
        arn=None,
        tags=False,
    ),
    "aws_apprunner_service": whole(
        "AWS::AppRunner::Service",
        {
            "ServiceName": "service_name",
            "EncryptionConfiguration": one("encryption_configuration", {"KmsKey": "kms_key"}),
            "NetworkConfiguration": one(
                "network_configuration",
                {
                    "IngressConfiguration": one(
                        "ingress_configuration", {"IsPubliclyAccessible": "is_publicly_accessible"}
                    ),
                    "EgressConfiguration": one(
                        "egress_configuration", {"EgressType": "egress_type", "VpcConnectorArn": "vpc_connector_arn"}
                    ),
                },
            ),
        },
        name="service_name",
    ),
    "aws_verifiedaccess_instance": whole("AWS::EC2::VerifiedAccessInstance", {"Description": "description"}, name="id"),
}
