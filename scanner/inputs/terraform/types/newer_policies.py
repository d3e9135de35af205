"""Resource policies that releases 5 and 6 of the provider have as resources of their own."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Function, Make, Table, part, whole
from scanner.inputs.terraform.shapes import Pointer, const, document, each, first, listed, one, write_only
from scanner.inputs.terraform.types.targets import CALLABLE, SECRET

_WAREHOUSES = ("aws_redshift_cluster",)
_NAMESPACES = ("aws_redshiftserverless_namespace",)
_CLUSTERS, _PIPELINES = ("aws_dsql_cluster",), ("aws_osis_pipeline",)
_DESTINATIONS = ("aws_cloudwatch_log_delivery_destination",)


def _policy(kind: str, properties: dict[str, object]) -> Make:
    return Make(kind, properties, name=None, arn=None, tags=False)


def _may_be_of(types: tuple[str, ...]) -> Function:
    """Whether the ARN may be of these: one that is not known counts for all that it may be of."""

    def give(view: View, context: Context) -> bool:
        value = view.read("resource_arn")
        if isinstance(value, str):
            return (":redshift-serverless:" in value) == (types == _NAMESPACES)
        found = context.join(view, "resource_arn", (*_WAREHOUSES, *_NAMESPACES))
        named = found.maybe if found.sure is None else (found.sure,)
        return any(each.type in types for each in named) or (not named and types == _WAREHOUSES)

    return give


_REDSHIFT = {"NamespaceResourcePolicy": document("policy")}

TABLE: Table = {
    "aws_redshift_resource_policy": part(
        Fold("resource_arn", _WAREHOUSES, _REDSHIFT, when=_may_be_of(_WAREHOUSES)),
        Fold("resource_arn", _NAMESPACES, _REDSHIFT, when=_may_be_of(_NAMESPACES)),
    ),
    "aws_lambda_resource_policy": part(
        _policy(
            "AWS::Lambda::ResourcePolicy",
            {
                "PolicyDocument": document("policy"),
                "ResourceArn": Pointer("resource_arn", *CALLABLE, attribute="Arn"),
            },
        )
    ),
    "aws_dsql_cluster": whole(
        "AWS::DSQL::Cluster",
        {
            "DeletionProtectionEnabled": "deletion_protection_enabled",
            "KmsEncryptionKey": "kms_encryption_key",
            "ResourceArn": "arn",
        },
        name="identifier",
        lacks=("PolicyDocument",),
    ),
    "aws_dsql_cluster_policy": part(Fold("identifier", _CLUSTERS, {"PolicyDocument": document("policy")})),
    "aws_osis_pipeline": whole(
        "AWS::OSIS::Pipeline",
        {"PipelineName": "pipeline_name", "PipelineRoleArn": "pipeline_role_arn"},
        name="pipeline_name",
        arn="pipeline_arn",
        lacks=("ResourcePolicy",),
    ),
    "aws_osis_resource_policy": part(
        Fold("resource_arn", _PIPELINES, {"ResourcePolicy": {"Policy": document("policy")}})
    ),
    "aws_pinpointsmsvoicev2_resource_policy": part(
        _policy("AWS::SMSVOICE::ResourcePolicy", {"PolicyDocument": document("policy"), "ResourceArn": "resource_arn"})
    ),
    "aws_prometheus_resource_policy": part(
        _policy("AWS::APS::ResourcePolicy", {"PolicyDocument": document("policy_document")})
    ),
    "aws_s3files_file_system_policy": part(
        _policy("AWS::S3Files::FileSystemPolicy", {"FileSystemId": "file_system_id", "Policy": document("policy")})
    ),
    "aws_fsx_s3_access_point_attachment": whole(
        "AWS::FSx::S3AccessPointAttachment",
        {"Type": "type", "S3AccessPoint": one("s3_access_point", {"Policy": document("policy")})},
        arn="s3_access_point_arn",
        tags=False,
    ),
    "aws_s3vectors_vector_bucket_policy": part(
        _policy(
            "AWS::S3Vectors::VectorBucketPolicy",
            {
                "Policy": document("policy"),
                "VectorBucketName": const(None),  # the provider goes by the ARN
                "VectorBucketArn": Pointer("vector_bucket_arn", "aws_s3vectors_vector_bucket", attribute="Arn"),
            },
        )
    ),
    "aws_bedrockagentcore_resource_policy": part(
        _policy("AWS::BedrockAgentCore::ResourcePolicy", {"Policy": document("policy"), "ResourceArn": "resource_arn"})
    ),
    "aws_organizations_resource_policy": part(
        Make("AWS::Organizations::ResourcePolicy", {"Content": document("content")}, name="id")
    ),
    "aws_cloudwatch_log_delivery_destination": whole(
        "AWS::Logs::DeliveryDestination",
        {"Name": "name", "DestinationResourceArn": "delivery_destination_configuration.destination_resource_arn"},
        lacks=("DeliveryDestinationPolicy",),
    ),
    "aws_cloudwatch_log_delivery_destination_policy": part(
        Fold(
            "delivery_destination_name",
            _DESTINATIONS,
            {
                "DeliveryDestinationPolicy": {
                    "DeliveryDestinationPolicy": document("delivery_destination_policy"),
                }
            },
        )
    ),
    "aws_ecr_repository_creation_template": whole(
        "AWS::ECR::RepositoryCreationTemplate",
        {"Prefix": "prefix", "RepositoryPolicy": document("repository_policy")},
        name="prefix",
        arn=None,
        tags=False,
    ),
    "aws_lakeformation_permissions": part(
        _policy(
            "AWS::LakeFormation::PrincipalPermissions",
            {
                "Permissions": "permissions",
                "Principal": {"DataLakePrincipalIdentifier": "principal"},
            },
        )
    ),
    "aws_lakeformation_data_lake_settings": part(
        _policy(
            "AWS::LakeFormation::DataLakeSettings",
            {
                "AllowFullTableExternalDataAccess": "allow_full_table_external_data_access",
                **{
                    name: each(
                        block,
                        {"Permissions": "permissions", "Principal": {"DataLakePrincipalIdentifier": "principal"}},
                    )
                    for name, block in (
                        ("CreateDatabaseDefaultPermissions", "create_database_default_permissions"),
                        ("CreateTableDefaultPermissions", "create_table_default_permissions"),
                    )
                },
            },
        )
    ),
    "aws_ram_resource_share": whole(
        "AWS::RAM::ResourceShare",
        {"Name": "name", "AllowExternalPrincipals": "allow_external_principals"},
        name="arn",
    ),
    "aws_ram_principal_association": part(
        Fold(
            "resource_share_arn",
            ("aws_ram_resource_share",),
            {"Principals": listed("principal")},
            listed=("Principals",),
        )
    ),
    "aws_kms_replica_external_key": whole(
        "AWS::KMS::ReplicaKey",
        {
            "KeyPolicy": document("policy"),
            "PrimaryKeyArn": Pointer("primary_key_arn", "aws_kms_external_key", attribute="Arn"),
        },
        name="key_id",
    ),
    # What is put into a secret here is in the plan, as it would be in a template.
    "aws_secretsmanager_secret_version": part(
        Fold("secret_id", SECRET, {"SecretString": first("secret_string", write_only("secret_string_wo"))})
    ),
}
