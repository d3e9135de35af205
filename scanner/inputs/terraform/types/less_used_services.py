"""Services of which rules ask little: a setting or two, tags, or only whether a secret is written in them."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Make, Mapped, Table, part, whole
from scanner.inputs.terraform.shapes import Pointer, const, document, each, evaluate, one, when, words
from scanner.inputs.terraform.types.containers import pascal
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS
from scanner.model.unknown import Unknown

_UNREAD = Unknown("not-modelled", "this property is not read from plans yet")
_ROLE_ARN = Pointer("role_arn", *ROLE, attribute="Arn")


def _named(kind: str, *unread: str, name: str | None = "name", arn: str | None = "arn") -> Mapped:
    """A resource that is there; what rules ask of it, besides tags and secrets, is not read and so not known."""
    return whole(kind, dict.fromkeys(unread, const(_UNREAD)), name=name, arn=arn)


def _subnets(kind: str, name: str = "name") -> Mapped:
    return whole(kind, {"SubnetIds": Pointer("subnet_ids", *SUBNETS)}, name=name, arn=None)


def _channel(kind: str) -> Mapped:
    properties = {
        "Certificate": "certificate",
        "DefaultAuthenticationMethod": "default_authentication_method",
        "Enabled": "enabled",
        "TokenKey": "token_key",
    }
    return whole(kind, properties, name="application_id", arn=None, tags=False)


def _is_simple(view: View, context: Context) -> bool:
    return evaluate("type", view, context) == "SimpleAD"


def _job(view: View, context: Context) -> object:
    value = document("container_properties")(view, context)
    return value if isinstance(value, Unknown) else pascal(value)


_AUTHORIZER = one(
    "authorizer_configuration",
    {
        "CustomJWTAuthorizer": one(
            "custom_jwt_authorizer",
            {
                "DiscoveryUrl": "discovery_url",
                "AllowedAudience": "allowed_audience",
                "AllowedClients": "allowed_clients",
                "AllowedScopes": "allowed_scopes",
                "CustomClaims": each("custom_claim", {"InboundTokenClaimName": "inbound_token_claim_name"}),
            },
        )
    },
)

TABLE: Table = {
    "aws_amplify_branch": whole("AWS::Amplify::Branch", {"BranchName": "branch_name"}, name="branch_name"),
    "aws_api_gateway_api_key": whole("AWS::ApiGateway::ApiKey", {"Name": "name", "Value": "value"}, name="id"),
    "aws_appfabric_app_authorization": _named("AWS::AppFabric::AppAuthorization", name="id"),
    "aws_appflow_connector_profile": _named(
        "AWS::AppFlow::ConnectorProfile", "ConnectionMode", "ConnectorProfileConfig", "ConnectorType", "KMSArn"
    ),
    "aws_appflow_flow": whole("AWS::AppFlow::Flow", {"FlowName": "name", "KMSArn": "kms_arn"}),
    "aws_appstream_directory_config": _named("AWS::AppStream::DirectoryConfig", name="directory_name", arn=None),
    "aws_appsync_api_key": whole(
        "AWS::AppSync::ApiKey",
        {"ApiId": Pointer("api_id", "aws_appsync_graphql_api")},
        name="api_key_id",
        arn=None,
        tags=False,
    ),
    "aws_backup_restore_testing_selection": _named("AWS::Backup::RestoreTestingSelection", arn=None),
    "aws_backup_logically_air_gapped_vault": _named("AWS::Backup::LogicallyAirGappedBackupVault", "AccessPolicy"),
    "aws_batch_compute_environment": _named("AWS::Batch::ComputeEnvironment", "ComputeResources", "Type"),
    "aws_batch_job_definition": whole(
        "AWS::Batch::JobDefinition", {"JobDefinitionName": "name", "Type": "type", "ContainerProperties": _job}
    ),
    "aws_bedrockagentcore_api_key_credential_provider": whole(
        "AWS::BedrockAgentCore::ApiKeyCredentialProvider", {"Name": "name"}, arn="credential_provider_arn"
    ),
    "aws_bedrockagentcore_harness": _named("AWS::BedrockAgentCore::Harness", name="harness_name"),
    "aws_bedrockagentcore_oauth2_credential_provider": _named(
        "AWS::BedrockAgentCore::OAuth2CredentialProvider", arn="credential_provider_arn"
    ),
    "aws_bedrockagentcore_browser": _named(
        "AWS::BedrockAgentCore::BrowserCustom", "NetworkConfiguration", "RecordingConfig", arn="browser_arn"
    ),
    "aws_bedrockagentcore_code_interpreter": _named(
        "AWS::BedrockAgentCore::CodeInterpreterCustom", "NetworkConfiguration", arn="code_interpreter_arn"
    ),
    "aws_bedrockagentcore_gateway": whole(
        "AWS::BedrockAgentCore::Gateway",
        {
            "AuthorizerConfiguration": _AUTHORIZER,
            "AuthorizerType": "authorizer_type",
            "ExceptionLevel": "exception_level",
            "PolicyEngineConfiguration": const(_UNREAD),
            "RoleArn": _ROLE_ARN,
        },
        arn="gateway_arn",
    ),
    "aws_bedrockagentcore_memory": whole(
        "AWS::BedrockAgentCore::Memory",
        {"EncryptionKeyArn": "encryption_key_arn", "MemoryStrategies": const(_UNREAD)},
    ),
    "aws_bedrockagentcore_agent_runtime": whole(
        "AWS::BedrockAgentCore::Runtime",
        {
            "AuthorizerConfiguration": _AUTHORIZER,
            "NetworkConfiguration": const(_UNREAD),
            "RoleArn": _ROLE_ARN,
        },
        name="agent_runtime_id",
        arn="agent_runtime_arn",
    ),
    "aws_chimesdkmediapipelines_media_insights_pipeline_configuration": _named(
        "AWS::Chime::MediaInsightsPipelineConfiguration", "Elements"
    ),
    "aws_cloudformation_stack": _named("AWS::CloudFormation::Stack", arn=None),
    "aws_codebuild_source_credential": _named("AWS::CodeBuild::SourceCredential", name="id"),
    "aws_codepipeline": whole("AWS::CodePipeline::Pipeline", {"Name": "name", "RoleArn": _ROLE_ARN}),
    "aws_codepipeline_webhook": _named("AWS::CodePipeline::Webhook"),
    "aws_cognito_identity_provider": whole(
        "AWS::Cognito::UserPoolIdentityProvider",
        {
            "UserPoolId": Pointer("user_pool_id", "aws_cognito_user_pool"),
            "ProviderName": "provider_name",
            "ProviderDetails": "provider_details",
        },
        name="provider_name",
        arn=None,
        tags=False,
    ),
    "aws_connect_user": _named("AWS::Connect::User", name="user_id"),
    "aws_datasync_location_azure_blob": _named("AWS::DataSync::LocationAzureBlob", name="id"),
    "aws_dax_subnet_group": _subnets("AWS::DAX::SubnetGroup"),
    "aws_devicefarm_project": _named("AWS::DeviceFarm::Project"),
    "aws_dms_replication_subnet_group": _subnets("AWS::DMS::ReplicationSubnetGroup", "replication_subnet_group_id"),
    "aws_docdb_subnet_group": _subnets("AWS::DocDB::DBSubnetGroup"),
    "aws_dx_public_virtual_interface": _named("AWS::DirectConnect::PublicVirtualInterface"),
    "aws_dx_transit_virtual_interface": _named("AWS::DirectConnect::TransitVirtualInterface"),
    "aws_ecs_daemon_task_definition": _named("AWS::ECS::DaemonTaskDefinition", name="family"),
    "aws_ecs_express_gateway_service": _named(
        "AWS::ECS::ExpressGatewayService", name="service_name", arn="service_arn"
    ),
    "aws_imagebuilder_component": whole("AWS::ImageBuilder::Component", {}, lacks=("Type",)),
    "aws_imagebuilder_image_recipe": _named("AWS::ImageBuilder::ImageRecipe"),
    "aws_iot_topic_rule_destination": _named("AWS::IoT::TopicRuleDestination", name="id"),
    "aws_lambdamicrovms_image": _named("AWS::Lambda::MicrovmImage"),
    "aws_lightsail_container_service_deployment_version": _named(
        "AWS::Lightsail::Container", name="service_name", arn=None
    ),
    "aws_memorydb_subnet_group": _subnets("AWS::MemoryDB::SubnetGroup"),
    "aws_neptune_subnet_group": _subnets("AWS::Neptune::DBSubnetGroup"),
    "aws_datasync_location_fsx_ontap_file_system": _named("AWS::DataSync::LocationFSxONTAP", name="arn"),
    "aws_datasync_location_fsx_windows_file_system": _named("AWS::DataSync::LocationFSxWindows", name="arn"),
    "aws_dx_private_virtual_interface": _named("AWS::DirectConnect::PrivateVirtualInterface", name="id"),
    # What CloudFormation has no type for, a connector, holds a password as the others do; so does one of unknown type.
    "aws_directory_service_directory": part(
        *(
            Make(f"AWS::DirectoryService::{kind}", {"Name": "name"}, name="id", arn=None, when=condition)
            for kind, condition in (
                ("MicrosoftAD", lambda view, context: not _is_simple(view, context)),
                ("SimpleAD", _is_simple),
            )
        )
    ),
    "aws_sagemaker_algorithm": _named("AWS::SageMaker::Algorithm", name="algorithm_name"),
    "aws_spot_fleet_request": _named("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData", name="id", arn=None),
    "aws_vpn_connection": whole("AWS::EC2::VPNConnection", {"Type": "type"}, name="id"),
    "aws_verifiedaccess_trust_provider": _named("AWS::EC2::VerifiedAccessTrustProvider", name="id", arn=None),
    "aws_efs_mount_target": whole(
        "AWS::EFS::MountTarget",
        {
            "FileSystemId": Pointer("file_system_id", "aws_efs_file_system"),
            "SubnetId": Pointer("subnet_id", *SUBNETS),
            "SecurityGroups": Pointer("security_groups", *GROUPS),
        },
        name="id",
        arn=None,
        tags=False,
    ),
    "aws_eks_node_group": whole(
        "AWS::EKS::Nodegroup",
        {
            "NodegroupName": "node_group_name",
            "RemoteAccess": one(
                "remote_access", {"Ec2SshKey": "ec2_ssh_key", "SourceSecurityGroups": "source_security_group_ids"}
            ),
            "Subnets": Pointer("subnet_ids", *SUBNETS),
            "Version": "version",
        },
        name="node_group_name",
    ),
    "aws_elastic_beanstalk_configuration_template": _named("AWS::ElasticBeanstalk::ConfigurationTemplate", arn=None),
    "aws_cloudwatch_event_connection": _named("AWS::Events::Connection"),
    "aws_fsx_ontap_storage_virtual_machine": _named("AWS::FSx::StorageVirtualMachine", name="id"),
    "aws_glue_ml_transform": _named("AWS::Glue::MLTransform", "TransformEncryption", name="id"),
    "aws_iam_server_certificate": _named("AWS::IAM::ServerCertificate"),
    "aws_inspector2_filter": whole(
        "AWS::InspectorV2::Filter",
        {"Name": "name", "FilterAction": "action", "FilterCriteria": const(_UNREAD)},
        name="arn",
    ),
    "aws_iot_ca_certificate": whole(
        "AWS::IoT::CACertificate",
        {
            "AutoRegistrationStatus": words("allow_auto_registration", {True: "ENABLE", False: "DISABLE"}),
            "Status": words("active", {True: "ACTIVE", False: "INACTIVE"}),
            "RegistrationConfig": one(
                "registration_config",
                {"RoleArn": "role_arn", "TemplateBody": "template_body", "TemplateName": "template_name"},
            ),
        },
        name="id",
    ),
    "aws_iot_logging_options": whole(
        "AWS::IoT::Logging",
        {
            # Of SetV2LoggingOptions `disableAllLogs` counts whatever the level is; CloudFormation has the level alone.
            "DefaultLogLevel": when(
                lambda disabled: disabled is True, "disable_all_logs", const("DISABLED"), "default_log_level"
            ),
            "RoleArn": _ROLE_ARN,
        },
        name="id",
        arn=None,
    ),
    "aws_lex_bot": _named("AWS::Lex::Bot", "RoleArn", "TestBotAliasSettings"),
    "aws_lex_bot_alias": _named("AWS::Lex::BotAlias", "ConversationLogSettings"),
    "aws_lightsail_database": whole(
        "AWS::Lightsail::Database",
        {"MasterUserPassword": "master_password", "PubliclyAccessible": "publicly_accessible"},
        name="relational_database_name",
    ),
    "aws_lightsail_instance": whole("AWS::Lightsail::Instance", {"UserData": "user_data"}),
    "aws_pinpoint_adm_channel": _named("AWS::Pinpoint::ADMChannel", name="application_id", arn=None),
    "aws_pinpoint_apns_channel": _channel("AWS::Pinpoint::APNSChannel"),
    "aws_pinpoint_apns_sandbox_channel": _channel("AWS::Pinpoint::APNSSandboxChannel"),
    "aws_pinpoint_apns_voip_channel": _channel("AWS::Pinpoint::APNSVoipChannel"),
    "aws_pinpoint_apns_voip_sandbox_channel": _channel("AWS::Pinpoint::APNSVoipSandboxChannel"),
    "aws_pinpoint_baidu_channel": _named("AWS::Pinpoint::BaiduChannel", name="application_id", arn=None),
    "aws_pinpoint_email_channel": whole(
        "AWS::Pinpoint::EmailChannel",
        {"ConfigurationSet": "configuration_set", "Enabled": "enabled", "RoleArn": _ROLE_ARN},
        name="application_id",
        arn=None,
        tags=False,
    ),
    "aws_pinpoint_gcm_channel": whole(
        "AWS::Pinpoint::GCMChannel",
        {"DefaultAuthenticationMethod": "default_authentication_method", "Enabled": "enabled"},
        name="application_id",
        arn=None,
        tags=False,
    ),
    "aws_quicksight_data_source": whole(
        "AWS::QuickSight::DataSource",
        {
            "Type": "type",
            "SslProperties": one("ssl_properties", {"DisableSsl": "disable_ssl"}),
            "Credentials": const(_UNREAD),
        },
        name="data_source_id",
    ),
    "aws_db_proxy_endpoint": whole(
        "AWS::RDS::DBProxyEndpoint",
        {
            "DBProxyEndpointName": "db_proxy_endpoint_name",
            "VpcSecurityGroupIds": Pointer("vpc_security_group_ids", *GROUPS),
            "VpcSubnetIds": Pointer("vpc_subnet_ids", *SUBNETS),
        },
        name="db_proxy_endpoint_name",
    ),
    "aws_s3_directory_bucket": whole(
        "AWS::S3Express::DirectoryBucket", {"BucketName": "bucket", "BucketEncryption": const(_UNREAD)}, name="bucket"
    ),
    "aws_s3tables_table_bucket": whole(
        "AWS::S3Tables::TableBucket",
        {
            "TableBucketName": "name",
            "EncryptionConfiguration": one(
                "encryption_configuration", {"SSEAlgorithm": "sse_algorithm", "KMSKeyArn": "kms_key_arn"}
            ),
        },
    ),
    "aws_s3vectors_index": whole(
        "AWS::S3Vectors::Index",
        {
            "IndexName": "index_name",
            "VectorBucketName": "vector_bucket_name",
            "EncryptionConfiguration": one(
                "encryption_configuration", {"SseType": "sse_type", "KmsKeyArn": "kms_key_arn"}
            ),
        },
        name="index_arn",
        arn="index_arn",
    ),
    "aws_mailmanager_archive": whole("AWS::SES::MailManagerArchive", {"KmsKeyArn": "kms_key_arn"}, name="id"),
    "aws_mailmanager_ingress_point": whole(
        "AWS::SES::MailManagerIngressPoint", {"TlsPolicy": "tls_policy", "Type": "type"}, name="id"
    ),
    "aws_sesv2_tenant": whole("AWS::SES::Tenant", {"TenantName": "tenant_name"}, name="tenant_name", arn="tenant_arn"),
    "aws_pinpointsmsvoicev2_configuration_set": _named("AWS::SMSVOICE::ConfigurationSet", "EventDestinations"),
    "aws_pinpointsmsvoicev2_phone_number": whole(
        "AWS::SMSVOICE::PhoneNumber", {"DeletionProtectionEnabled": "deletion_protection_enabled"}, name="id"
    ),
    "aws_pinpointsmsvoicev2_pool": whole(
        "AWS::SMSVOICE::Pool", {"DeletionProtectionEnabled": "deletion_protection_enabled"}, name="id"
    ),
    "aws_sagemaker_model": _named("AWS::SageMaker::Model"),
    "aws_sagemaker_workforce": _named("AWS::SageMaker::Workforce", name="workforce_name"),
    "aws_synthetics_canary": whole("AWS::Synthetics::Canary", {"Name": "name"}, lacks=("Replicas",)),
    "aws_timestreaminfluxdb_db_cluster": whole(
        "AWS::Timestream::InfluxDBCluster", {"PubliclyAccessible": "publicly_accessible"}, name="id"
    ),
    "aws_timestreaminfluxdb_db_instance": whole(
        "AWS::Timestream::InfluxDBInstance",
        {
            "PubliclyAccessible": "publicly_accessible",
            "VpcSubnetIds": Pointer("vpc_subnet_ids", *SUBNETS),
        },
        name="id",
    ),
    "aws_transfer_certificate": whole(
        "AWS::Transfer::Certificate", {"Usage": "usage"}, name="certificate_id", lacks=("Type",)
    ),
    "aws_verifiedpermissions_policy_store": whole(
        "AWS::VerifiedPermissions::PolicyStore",
        {
            "DeletionProtection": {"Mode": "deletion_protection"},
            "Schema": const(_UNREAD),
            "ValidationSettings": one("validation_settings", {"Mode": "mode"}),
        },
        name="id",
    ),
    "aws_workspaces_directory": whole(
        "AWS::WorkSpaces::Directory",
        {
            "DirectoryId": "directory_id",
            "WorkspaceCreationProperties": one(
                "workspace_creation_properties",
                {"UserEnabledAsLocalAdministrator": "user_enabled_as_local_administrator"},
            ),
        },
        name="directory_id",
        arn=None,
    ),
    "aws_workspaces_ip_group": _named("AWS::WorkSpaces::WorkspaceIpGroup", "UserRules", name="id", arn=None),
    "aws_workspacesweb_user_settings": _named(
        "AWS::WorkSpacesWeb::UserSettings",
        "CopyAllowed",
        "DownloadAllowed",
        "PrintAllowed",
        name="user_settings_arn",
        arn="user_settings_arn",
    ),
}
