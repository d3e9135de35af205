"""Builds, clusters of jobs, environments and notebooks."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Table, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    each,
    inside,
    left,
    one,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS


def _option_settings(view: View, context: Context) -> object:
    return each("setting", {"Namespace": "namespace", "OptionName": "name", "Value": "value"})(view, context)


TABLE: Table = {
    "aws_emr_cluster": whole(
        "AWS::EMR::Cluster",
        {
            "Name": "name",
            "Instances": inside(
                "ec2_attributes",
                {
                    "Ec2SubnetId": Pointer("subnet_id", *SUBNETS),
                    "Ec2SubnetIds": Pointer("subnet_ids", *SUBNETS),
                    "EmrManagedMasterSecurityGroup": "emr_managed_master_security_group",
                },
            ),
            "KerberosAttributes": one("kerberos_attributes", {"Realm": "realm"}),
            "SecurityConfiguration": "security_configuration",
        },
        name="id",
    ),
    "aws_elastic_beanstalk_environment": whole(
        "AWS::ElasticBeanstalk::Environment",
        {
            "EnvironmentName": "name",
            "ApplicationName": "application",
            "TemplateName": "template_name",
            "OptionSettings": _option_settings,
        },
    ),
    "aws_codebuild_project": whole(
        "AWS::CodeBuild::Project",
        {
            "VpcConfig": one(
                "vpc_config",
                {
                    "VpcId": "vpc_id",
                    "Subnets": Pointer("subnets", *SUBNETS),
                    "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
                },
            ),
            "Name": "name",
            "Artifacts": one("artifacts", {"Type": "type", "EncryptionDisabled": "encryption_disabled"}),
            "SecondaryArtifacts": each(
                "secondary_artifacts", {"Type": "type", "EncryptionDisabled": "encryption_disabled"}
            ),
            "Environment": one(
                "environment",
                {
                    "EnvironmentVariables": each(
                        "environment_variable", {"Name": "name", "Value": "value", "Type": "type"}
                    ),
                    "PrivilegedMode": "privileged_mode",
                    "Image": "image",
                    "Type": "type",
                },
            ),
            "EncryptionKey": "encryption_key",
            "LogsConfig": one(
                "logs_config",
                {
                    "CloudWatchLogs": one(
                        "cloudwatch_logs", {"Status": left("status", "ENABLED"), "GroupName": "group_name"}
                    ),
                    "S3Logs": one(
                        "s3_logs",
                        {
                            "Status": left("status", "DISABLED"),
                            "Location": "location",
                            "EncryptionDisabled": "encryption_disabled",
                        },
                    ),
                },
            ),
            "ServiceRole": Pointer("service_role", *ROLE, attribute="Arn"),
            "SecondarySources": each(
                "secondary_sources",
                {
                    "Type": "type",
                    "Location": "location",
                    "Auth": one("auth", {"Type": "type", "Resource": "resource"}),
                },
            ),
            "Source": one(
                "source",
                {"Type": "type", "Location": "location", "Auth": one("auth", {"Type": "type", "Resource": "resource"})},
            ),
        },
    ),
    "aws_sagemaker_endpoint_configuration": whole(
        "AWS::SageMaker::EndpointConfig",
        {
            "EndpointConfigName": "name",
            "KmsKeyId": "kms_key_arn",
            "ProductionVariants": each(
                "production_variants",
                {
                    "VariantName": "variant_name",
                    "InstanceType": "instance_type",
                    "ServerlessConfig": one("serverless_config", {"MaxConcurrency": "max_concurrency"}),
                },
            ),
        },
    ),
    "aws_sagemaker_notebook_instance": whole(
        "AWS::SageMaker::NotebookInstance",
        {
            "NotebookInstanceName": "name",
            "DirectInternetAccess": left("direct_internet_access", "Enabled"),
            "KmsKeyId": "kms_key_id",
            "RootAccess": "root_access",
            "SubnetId": Pointer("subnet_id", *SUBNETS),
        },
    ),
}
