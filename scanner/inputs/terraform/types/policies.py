"""Resource policies of the smaller services, and what is said of an account as a whole."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import ACCOUNT, Context, Fold, Function, Make, Table, part, whole
from scanner.inputs.terraform.shapes import Pointer, const, document, inside, left, one
from scanner.model.partial_text import text_of
from scanner.model.unknown import Unknown

MSK = ("aws_msk_cluster",)


def _policy(kind: str, key: str, properties: dict[str, object], policy: str = "policy") -> Make:
    return Make(kind, {key: document(policy), **properties}, name=None, arn=None, tags=False)


def _account(properties: dict[str, object]) -> Make:
    return Make(ACCOUNT, properties, name=None, arn=None, tags=False)


def _is_on(block: str) -> Function:
    """The settings of a destination, where there is one."""

    def give(view: View, context: Context) -> object:
        value = inside("logging_config", one(block, {"logGroupName": "log_group_name", "bucketName": "bucket_name"}))
        found = value(view, context)
        return found if isinstance(found, Unknown | dict) else None

    return give


def _version_of_layer(view: View, context: Context) -> object:
    """The ARN of the version, or the layer's name with the version behind it: the provider has them apart."""
    del context
    layer, version = view.read("layer_name"), view.read("version_number")
    if not isinstance(layer, str):
        return layer if isinstance(layer, Unknown) else view.why("layer_name")
    number: str | Unknown = str(version) if isinstance(version, int | str) else view.why("version_number")
    return text_of((f"{layer}:", number))


TABLE: Table = {
    "aws_msk_cluster_policy": part(
        _policy("AWS::MSK::ClusterPolicy", "Policy", {"ClusterArn": Pointer("cluster_arn", *MSK, attribute="Arn")})
    ),
    "aws_lambda_layer_version_permission": part(
        Make(
            "AWS::Lambda::LayerVersionPermission",
            {
                "Action": "action",
                "LayerVersionArn": _version_of_layer,
                "OrganizationId": "organization_id",
                "Principal": "principal",
            },
            name=None,
            arn=None,
        )
    ),
    "aws_cloudwatch_log_resource_policy": part(
        _policy("AWS::Logs::ResourcePolicy", "PolicyDocument", {"PolicyName": "policy_name"}, "policy_document")
    ),
    "aws_cloudwatch_log_destination": whole(
        "AWS::Logs::Destination",
        {"DestinationName": "name", "RoleArn": "role_arn", "TargetArn": "target_arn"},
        lacks=("DestinationPolicy",),
    ),
    "aws_cloudwatch_log_destination_policy": part(
        Fold("destination_name", ("aws_cloudwatch_log_destination",), {"DestinationPolicy": document("access_policy")})
    ),
    "aws_ecr_registry_policy": part(_policy("AWS::ECR::RegistryPolicy", "PolicyText", {})),
    "aws_codeartifact_domain": whole(
        "AWS::CodeArtifact::Domain",
        {"DomainName": "domain", "EncryptionKey": "encryption_key"},
        name="domain",
        lacks=("PermissionsPolicyDocument",),
    ),
    "aws_codeartifact_domain_permissions_policy": part(
        Fold("domain", ("aws_codeartifact_domain",), {"PermissionsPolicyDocument": document("policy_document")})
    ),
    "aws_codeartifact_repository": whole(
        "AWS::CodeArtifact::Repository",
        {"RepositoryName": "repository", "DomainName": "domain"},
        name="repository",
        lacks=("PermissionsPolicyDocument",),
    ),
    "aws_codeartifact_repository_permissions_policy": part(
        Fold("repository", ("aws_codeartifact_repository",), {"PermissionsPolicyDocument": document("policy_document")})
    ),
    "aws_vpclattice_auth_policy": part(
        _policy("AWS::VpcLattice::AuthPolicy", "Policy", {"ResourceIdentifier": "resource_identifier"})
    ),
    "aws_vpclattice_resource_policy": part(
        _policy("AWS::VpcLattice::ResourcePolicy", "Policy", {"ResourceArn": "resource_arn"})
    ),
    "aws_s3tables_table_bucket_policy": part(
        _policy(
            "AWS::S3Tables::TableBucketPolicy",
            "ResourcePolicy",
            {"TableBucketARN": "table_bucket_arn"},
            "resource_policy",
        )
    ),
    "aws_s3tables_table_policy": part(
        _policy(
            "AWS::S3Tables::TablePolicy",
            "ResourcePolicy",
            {"TableBucketARN": "table_bucket_arn", "TableName": "name", "Namespace": "namespace"},
            "resource_policy",
        )
    ),
    "aws_s3control_multi_region_access_point_policy": part(
        Make(
            "AWS::S3::MultiRegionAccessPointPolicy",
            {"MrapName": "details.name", "Policy": inside("details", document("policy"))},
            name=None,
            arn=None,
            tags=False,
        )
    ),
    "aws_s3control_object_lambda_access_point_policy": part(
        _policy("AWS::S3ObjectLambda::AccessPointPolicy", "PolicyDocument", {"ObjectLambdaAccessPoint": "name"})
    ),
    "aws_s3control_bucket_policy": part(
        _policy("AWS::S3Outposts::BucketPolicy", "PolicyDocument", {"Bucket": "bucket"})
    ),
    "aws_oam_sink": whole("AWS::Oam::Sink", {"Name": "name"}, name="arn", lacks=("Policy",)),
    "aws_oam_sink_policy": part(Fold("sink_identifier", ("aws_oam_sink",), {"Policy": document("policy")})),
    "aws_xray_resource_policy": part(
        _policy("AWS::XRay::ResourcePolicy", "PolicyDocument", {"PolicyName": "policy_name"}, "policy_document")
    ),
    "aws_sagemaker_model_package_group": whole(
        "AWS::SageMaker::ModelPackageGroup",
        {"ModelPackageGroupName": "model_package_group_name"},
        name="model_package_group_name",
        lacks=("ModelPackageGroupPolicy",),
    ),
    "aws_sagemaker_model_package_group_policy": part(
        Fold(
            "model_package_group_name",
            ("aws_sagemaker_model_package_group",),
            {"ModelPackageGroupPolicy": document("resource_policy")},
        )
    ),
    "aws_schemas_registry_policy": part(
        _policy("AWS::EventSchemas::RegistryPolicy", "Policy", {"RegistryName": "registry_name"})
    ),
    "aws_media_store_container_policy": part(
        _policy("AWS::MediaStore::Container", "Policy", {"ContainerName": "container_name"})
    ),
    "aws_db_snapshot": whole(
        "AWS::RDS::DBSnapshot",
        {"Encrypted": "encrypted", "Engine": "engine"},
        name="db_snapshot_identifier",
        tags=False,
    ),
    "aws_db_cluster_snapshot": whole(
        "AWS::RDS::DBClusterSnapshot",
        {"StorageEncrypted": "storage_encrypted"},
        name="db_cluster_snapshot_identifier",
        tags=False,
    ),
    "aws_s3_account_public_access_block": part(
        _account(
            {
                # What is not written is off.
                "PublicAccessBlockConfiguration": {
                    name: left(argument, default=False)
                    for name, argument in (
                        ("BlockPublicAcls", "block_public_acls"),
                        ("BlockPublicPolicy", "block_public_policy"),
                        ("IgnorePublicAcls", "ignore_public_acls"),
                        ("RestrictPublicBuckets", "restrict_public_buckets"),
                    )
                }
            }
        )
    ),
    "aws_iam_account_password_policy": part(
        _account({"PasswordPolicy": {"MinimumPasswordLength": left("minimum_password_length", 6)}})
    ),
    "aws_ebs_encryption_by_default": part(_account({"EbsEncryptionByDefault": left("enabled", default=True)})),
    "aws_securityhub_account": part(_account({"SecurityHub": {"Enabled": const(value=True)}})),
    "aws_bedrock_model_invocation_logging_configuration": part(
        _account(
            {
                "BedrockInvocationLogging": {
                    "cloudWatchConfig": _is_on("cloudwatch_config"),
                    "s3Config": _is_on("s3_config"),
                }
            }
        )
    ),
}
