"""Services that a virtual clinic runs on: calls, mail, files, search, analytics, devices, desktops and firewalls."""

from __future__ import annotations

from scanner.inputs.terraform.mapping import Table, whole
from scanner.inputs.terraform.shapes import Pointer, document, each, first, left, one, words, write_only
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS

_FIREWALL = ("aws_networkfirewall_firewall",)
_QUERIES = ("aws_route53_resolver_query_log_config",)

_AIRFLOW_LOG = {"Enabled": "enabled", "LogLevel": "log_level"}

TABLE: Table = {
    "aws_elasticache_user": whole(
        "AWS::ElastiCache::User",
        {
            "UserId": "user_id",
            "UserName": "user_name",
            "AccessString": "access_string",
            "Passwords": first("passwords", write_only("passwords_wo")),
            "AuthenticationMode": one("authentication_mode", {"Type": "type", "Passwords": "passwords"}),
        },
        name="user_id",
    ),
    "aws_memorydb_user": whole(
        "AWS::MemoryDB::User",
        {
            "UserName": "user_name",
            "AccessString": "access_string",
            "AuthenticationMode": one("authentication_mode", {"Type": "type", "Passwords": "passwords"}),
        },
        name="user_name",
    ),
    "aws_sesv2_email_identity": whole(
        "AWS::SES::EmailIdentity", {"EmailIdentity": "email_identity"}, name="email_identity", lacks=("DkimAttributes",)
    ),
    "aws_chime_voice_connector": whole(
        "AWS::Chime::VoiceConnector", {"Name": "name", "RequireEncryption": "require_encryption"}, name="id"
    ),
    "aws_ivs_channel": whole(
        "AWS::IVS::Channel",
        {"Name": "name", "Type": "type", "Authorized": "authorized"},
        name="arn",
        lacks=("InsecureIngest",),
    ),
    "aws_ivschat_room": whole(
        "AWS::IVSChat::Room",
        {"Name": "name", "LoggingConfigurationIdentifiers": "logging_configuration_identifiers"},
        name="arn",
    ),
    "aws_connect_instance": whole(
        "AWS::Connect::Instance",
        {
            "InstanceAlias": "instance_alias",
            "IdentityManagementType": "identity_management_type",
            "Attributes": {"ContactflowLogs": left("contact_flow_logs_enabled", default=False)},
        },
        name="id",
    ),
    "aws_customerprofiles_domain": whole(
        "AWS::CustomerProfiles::Domain",
        {"DomainName": "domain_name", "DefaultEncryptionKey": "default_encryption_key"},
        name="domain_name",
    ),
    "aws_bedrockagent_data_source": whole(
        "AWS::Bedrock::DataSource",
        {
            "Name": "name",
            "ServerSideEncryptionConfiguration": one(
                "server_side_encryption_configuration", {"KmsKeyArn": "kms_key_arn"}
            ),
        },
        name="data_source_id",
        arn=None,
    ),
    "aws_bedrockagent_prompt": whole(
        "AWS::Bedrock::Prompt",
        {"Name": "name", "CustomerEncryptionKeyArn": "customer_encryption_key_arn"},
        name="id",
    ),
    "aws_opensearchserverless_security_policy": whole(
        "AWS::OpenSearchServerless::SecurityPolicy",
        {"Name": "name", "Type": "type", "Policy": document("policy")},
        arn=None,
    ),
    "aws_opensearchserverless_access_policy": whole(
        "AWS::OpenSearchServerless::AccessPolicy",
        {"Name": "name", "Type": "type", "Policy": document("policy")},
        arn=None,
    ),
    "aws_opensearchserverless_collection": whole(
        "AWS::OpenSearchServerless::Collection", {"Name": "name", "Type": "type"}, name="id"
    ),
    "aws_kendra_index": whole(
        "AWS::Kendra::Index",
        {
            "UserTokenConfigurations": each(
                "user_token_configurations",
                {
                    "JsonTokenTypeConfiguration": one(
                        "json_token_type_configuration",
                        {
                            "GroupAttributeField": "group_attribute_field",
                            "UserNameAttributeField": "user_name_attribute_field",
                        },
                    ),
                    "JwtTokenTypeConfiguration": one(
                        "jwt_token_type_configuration",
                        {"KeyLocation": "key_location", "URL": "url", "Issuer": "issuer"},
                    ),
                },
            ),
            "Name": "name",
            "Edition": left("edition", "ENTERPRISE_EDITION"),
            "UserContextPolicy": left("user_context_policy", "ATTRIBUTE_FILTER"),
            "ServerSideEncryptionConfiguration": one(
                "server_side_encryption_configuration", {"KmsKeyId": "kms_key_id"}
            ),
        },
        name="id",
    ),
    "aws_qbusiness_application": whole(
        "AWS::QBusiness::Application",
        {
            "DisplayName": "display_name",
            "EncryptionConfiguration": one("encryption_configuration", {"KmsKeyId": "kms_key_id"}),
        },
        name="id",
        lacks=("IdentityType",),
    ),
    "aws_transfer_user": whole(
        "AWS::Transfer::User",
        {
            "HomeDirectoryMappings": each("home_directory_mappings", {"Entry": "entry", "Target": "target"}),
            "UserName": "user_name",
            "HomeDirectoryType": left("home_directory_type", "PATH"),
            "Policy": document("policy"),
        },
        name="id",
    ),
    "aws_transfer_connector": whole(
        "AWS::Transfer::Connector",
        {
            "Url": "url",
            "LoggingRole": "logging_role",
            "As2Config": one(
                "as2_config",
                {"EncryptionAlgorithm": "encryption_algorithm", "SigningAlgorithm": "signing_algorithm"},
            ),
        },
        name="connector_id",
    ),
    "aws_transfer_agreement": whole(
        "AWS::Transfer::Agreement",
        {"ServerId": "server_id"},
        name="agreement_id",
        lacks=("EnforceMessageSigning",),
    ),
    "aws_datasync_task": whole(
        "AWS::DataSync::Task",
        {
            "Name": "name",
            "CloudWatchLogGroupArn": "cloudwatch_log_group_arn",
            "TaskMode": "task_mode",
            "Options": one("options", {"LogLevel": left("log_level", "OFF")}),
        },
        name="id",
    ),
    "aws_datasync_location_efs": whole(
        "AWS::DataSync::LocationEFS", {"InTransitEncryption": "in_transit_encryption"}, name="id"
    ),
    "aws_datasync_location_object_storage": whole(
        "AWS::DataSync::LocationObjectStorage", {"ServerProtocol": left("server_protocol", "HTTPS")}, name="id"
    ),
    "aws_datasync_location_smb": whole(
        "AWS::DataSync::LocationSMB", {"MountOptions": one("mount_options", {"Version": "version"})}, name="id"
    ),
    "aws_datasync_location_hdfs": whole(
        "AWS::DataSync::LocationHDFS",
        {
            "QopConfiguration": one(
                "qop_configuration",
                {"DataTransferProtection": "data_transfer_protection", "RpcProtection": "rpc_protection"},
            )
        },
        name="id",
    ),
    "aws_storagegateway_smb_file_share": whole(
        "AWS::StorageGateway::SMBFileShare",
        {
            "Authentication": left("authentication", "ActiveDirectory"),
            "AuditDestinationARN": "audit_destination_arn",
        },
        name="id",
    ),
    "aws_storagegateway_nfs_file_share": whole(
        "AWS::StorageGateway::NFSFileShare", {"ClientList": "client_list"}, name="id"
    ),
    "aws_s3vectors_vector_bucket": whole(
        "AWS::S3Vectors::VectorBucket",
        {
            "VectorBucketName": "vector_bucket_name",
            "EncryptionConfiguration": one(
                "encryption_configuration", {"SseType": "sse_type", "KmsKeyArn": "kms_key_arn"}
            ),
        },
        name="vector_bucket_name",
        arn="vector_bucket_arn",
    ),
    "aws_redshiftserverless_namespace": whole(
        "AWS::RedshiftServerless::Namespace",
        {
            "NamespaceName": "namespace_name",
            "AdminUsername": "admin_username",
            "AdminUserPassword": first("admin_user_password", write_only("admin_user_password_wo")),
            "ManageAdminPassword": "manage_admin_password",
            "KmsKeyId": "kms_key_id",
            "LogExports": "log_exports",
        },
        name="id",
        lacks=("NamespaceResourcePolicy",),
    ),
    "aws_redshiftserverless_workgroup": whole(
        "AWS::RedshiftServerless::Workgroup",
        {
            "SubnetIds": Pointer("subnet_ids", *SUBNETS),
            "WorkgroupName": "workgroup_name",
            "PubliclyAccessible": left("publicly_accessible", default=False),
            "EnhancedVpcRouting": left("enhanced_vpc_routing", default=False),
            "ConfigParameters": each(
                "config_parameter", {"ParameterKey": "parameter_key", "ParameterValue": "parameter_value"}
            ),
        },
        name="id",
    ),
    "aws_docdbelastic_cluster": whole(
        "AWS::DocDBElastic::Cluster",
        {"ClusterName": "name", "AuthType": "auth_type", "KmsKeyId": "kms_key_id"},
        name="id",
    ),
    "aws_neptunegraph_graph": whole(
        "AWS::NeptuneGraph::Graph",
        {
            "GraphName": "graph_name",
            "PublicConnectivity": "public_connectivity",
            "DeletionProtection": "deletion_protection",
            "KmsKeyIdentifier": "kms_key_identifier",
        },
        name="id",
    ),
    "aws_keyspaces_table": whole(
        "AWS::Cassandra::Table",
        {
            "TableName": "table_name",
            "KeyspaceName": "keyspace_name",
            "PointInTimeRecoveryEnabled": words("point_in_time_recovery.status", {"ENABLED": True, "DISABLED": False}),
            "EncryptionSpecification": one(
                "encryption_specification", {"EncryptionType": "type", "KmsKeyIdentifier": "kms_key_identifier"}
            ),
        },
        name="table_name",
    ),
    "aws_amplify_app": whole(
        "AWS::Amplify::App",
        {
            "Name": "name",
            "CustomRules": each("custom_rule", {"Source": "source", "Target": "target", "Status": "status"}),
        },
        name="id",
    ),
    "aws_mwaa_environment": whole(
        "AWS::MWAA::Environment",
        {
            "NetworkConfiguration": one(
                "network_configuration",
                {
                    "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
                    "SubnetIds": Pointer("subnet_ids", *SUBNETS),
                },
            ),
            "Name": "name",
            "WebserverAccessMode": "webserver_access_mode",
            "LoggingConfiguration": one(
                "logging_configuration",
                {
                    "SchedulerLogs": one("scheduler_logs", _AIRFLOW_LOG),
                    "TaskLogs": one("task_logs", _AIRFLOW_LOG),
                    "WebserverLogs": one("webserver_logs", _AIRFLOW_LOG),
                    "WorkerLogs": one("worker_logs", _AIRFLOW_LOG),
                },
            ),
        },
    ),
    "aws_pipes_pipe": whole(
        "AWS::Pipes::Pipe",
        {
            "Name": "name",
            "Target": "target",
            "TargetParameters": one(
                "target_parameters",
                {
                    "EcsTaskParameters": one(
                        "ecs_task_parameters",
                        {
                            "NetworkConfiguration": one(
                                "network_configuration",
                                {
                                    "AwsvpcConfiguration": one(
                                        "aws_vpc_configuration", {"AssignPublicIp": "assign_public_ip"}
                                    )
                                },
                            )
                        },
                    )
                },
            ),
            "Source": "source",
            "LogConfiguration": one(
                "log_configuration",
                {
                    "Level": "level",
                    "IncludeExecutionData": "include_execution_data",
                    "CloudwatchLogsLogDestination": one(
                        "cloudwatch_logs_log_destination", {"LogGroupArn": "log_group_arn"}
                    ),
                    "FirehoseLogDestination": one(
                        "firehose_log_destination", {"DeliveryStreamArn": "delivery_stream_arn"}
                    ),
                    "S3LogDestination": one("s3_log_destination", {"BucketName": "bucket_name"}),
                },
            ),
        },
    ),
    "aws_mskconnect_connector": whole(
        "AWS::KafkaConnect::Connector",
        {
            "ConnectorName": "name",
            "KafkaClusterEncryptionInTransit": one(
                "kafka_cluster_encryption_in_transit", {"EncryptionType": left("encryption_type", "PLAINTEXT")}
            ),
            "KafkaClusterClientAuthentication": one(
                "kafka_cluster_client_authentication", {"AuthenticationType": left("authentication_type", "NONE")}
            ),
            "LogDelivery": one(
                "log_delivery",
                {
                    "WorkerLogDelivery": one(
                        "worker_log_delivery",
                        {
                            "CloudWatchLogs": one("cloudwatch_logs", {"Enabled": "enabled", "LogGroup": "log_group"}),
                            "Firehose": one("firehose", {"Enabled": "enabled", "DeliveryStream": "delivery_stream"}),
                            "S3": one("s3", {"Enabled": "enabled", "Bucket": "bucket"}),
                        },
                    )
                },
            ),
        },
    ),
    "aws_iot_domain_configuration": whole(
        "AWS::IoT::DomainConfiguration",
        {"DomainConfigurationName": "name", "TlsConfig": one("tls_config", {"SecurityPolicy": "security_policy"})},
    ),
    "aws_iot_authorizer": whole(
        "AWS::IoT::Authorizer",
        {"AuthorizerName": "name", "SigningDisabled": left("signing_disabled", default=False)},
    ),
    "aws_iot_role_alias": whole(
        "AWS::IoT::RoleAlias",
        {"RoleAlias": "alias", "CredentialDurationSeconds": left("credential_duration", 3600)},
        name="alias",
    ),
    "aws_appstream_fleet": whole(
        "AWS::AppStream::Fleet",
        {"Name": "name", "EnableDefaultInternetAccess": "enable_default_internet_access"},
        name="id",
        lacks=("DisableIMDSV1",),
    ),
    "aws_appstream_image_builder": whole(
        "AWS::AppStream::ImageBuilder",
        {"Name": "name", "EnableDefaultInternetAccess": "enable_default_internet_access"},
        name="id",
        lacks=("DisableIMDSV1",),
    ),
    "aws_appstream_stack": whole(
        "AWS::AppStream::Stack",
        {
            "Name": "name",
            "StorageConnectors": each("storage_connectors", {"ConnectorType": "connector_type"}),
            "UserSettings": each("user_settings", {"Action": "action", "Permission": "permission"}),
        },
        name="id",
    ),
    "aws_macie2_account": whole("AWS::Macie::Session", {"Status": "status"}, name="id", arn=None),
    "aws_networkfirewall_firewall": whole(
        "AWS::NetworkFirewall::Firewall",
        # CloudFormation protects new firewalls; the provider writes false where nothing is said.
        {"FirewallName": "name", "DeleteProtection": left("delete_protection", default=False)},
        name="arn",
    ),
    "aws_networkfirewall_firewall_policy": whole(
        "AWS::NetworkFirewall::FirewallPolicy",
        {
            "FirewallPolicyName": "name",
            "FirewallPolicy": one(
                "firewall_policy",
                {
                    "StatelessDefaultActions": "stateless_default_actions",
                    "StatelessFragmentDefaultActions": "stateless_fragment_default_actions",
                },
            ),
        },
        name="arn",
    ),
    "aws_networkfirewall_logging_configuration": whole(
        "AWS::NetworkFirewall::LoggingConfiguration",
        {
            "FirewallArn": Pointer("firewall_arn", *_FIREWALL),
            "LoggingConfiguration": one(
                "logging_configuration",
                {"LogDestinationConfigs": each("log_destination_config", {"LogType": "log_type"})},
            ),
        },
        name="id",
        arn=None,
    ),
    "aws_route53_resolver_query_log_config": whole(
        "AWS::Route53Resolver::ResolverQueryLoggingConfig", {"Name": "name"}, name="id"
    ),
    "aws_route53_resolver_query_log_config_association": whole(
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
        {"ResolverQueryLogConfigId": Pointer("resolver_query_log_config_id", *_QUERIES)},
        name="id",
        arn=None,
    ),
    "aws_ec2_client_vpn_endpoint": whole(
        "AWS::EC2::ClientVpnEndpoint",
        {
            "AuthenticationOptions": each("authentication_options", {"Type": "type"}),
            "ConnectionLogOptions": one("connection_log_options", {"Enabled": "enabled"}),
            "SessionTimeoutHours": left("session_timeout_hours", 24),
        },
        name="id",
    ),
    "aws_ec2_client_vpn_authorization_rule": whole(
        "AWS::EC2::ClientVpnAuthorizationRule",
        {
            "TargetNetworkCidr": "target_network_cidr",
            "AccessGroupId": "access_group_id",
            "AuthorizeAllGroups": "authorize_all_groups",
        },
        name="id",
        arn=None,
    ),
}
