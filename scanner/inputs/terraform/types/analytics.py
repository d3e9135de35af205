"""Queries, jobs and migrations over data."""

from __future__ import annotations

from scanner.inputs.terraform.mapping import Table, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    each,
    left,
    one,
)

TABLE: Table = {
    "aws_dms_replication_instance": whole(
        "AWS::DMS::ReplicationInstance",
        {
            "ReplicationInstanceIdentifier": "replication_instance_id",
            # The provider sends false where nothing is written; CloudFormation's default is true.
            "PubliclyAccessible": left("publicly_accessible", default=False),
            "KmsKeyId": "kms_key_arn",
            "MultiAZ": "multi_az",
        },
        name="replication_instance_id",
        arn="replication_instance_arn",
    ),
    "aws_athena_workgroup": whole(
        "AWS::Athena::WorkGroup",
        {
            "Name": "name",
            "WorkGroupConfiguration": one(
                "configuration",
                {
                    "EnforceWorkGroupConfiguration": "enforce_workgroup_configuration",
                    "PublishCloudWatchMetricsEnabled": "publish_cloudwatch_metrics_enabled",
                    "ResultConfiguration": one(
                        "result_configuration",
                        {
                            "OutputLocation": "output_location",
                            "EncryptionConfiguration": one(
                                "encryption_configuration",
                                {"EncryptionOption": "encryption_option", "KmsKey": "kms_key_arn"},
                            ),
                        },
                    ),
                    "ManagedQueryResultsConfiguration": one(
                        "managed_query_results_configuration", {"Enabled": "enabled"}
                    ),
                },
            ),
        },
    ),
    "aws_glue_job": whole(
        "AWS::Glue::Job",
        {
            "Name": "name",
            "Role": "role_arn",
            "SecurityConfiguration": Pointer("security_configuration", "aws_glue_security_configuration"),
            "DefaultArguments": "default_arguments",
        },
    ),
    "aws_glue_security_configuration": whole(
        "AWS::Glue::SecurityConfiguration",
        {
            "Name": "name",
            "EncryptionConfiguration": one(
                "encryption_configuration",
                {
                    "CloudWatchEncryption": one(
                        "cloudwatch_encryption",
                        {"CloudWatchEncryptionMode": "cloudwatch_encryption_mode", "KmsKeyArn": "kms_key_arn"},
                    ),
                    "JobBookmarksEncryption": one(
                        "job_bookmarks_encryption",
                        {"JobBookmarksEncryptionMode": "job_bookmarks_encryption_mode", "KmsKeyArn": "kms_key_arn"},
                    ),
                    "S3Encryptions": each(
                        "s3_encryption", {"S3EncryptionMode": "s3_encryption_mode", "KmsKeyArn": "kms_key_arn"}
                    ),
                },
            ),
        },
        arn=None,
    ),
}
