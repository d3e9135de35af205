"""Brokers, desktops, mail, jobs and catalogues: types of which rules ask one setting or two."""

from __future__ import annotations

from scanner.inputs.terraform.mapping import Table, whole
from scanner.inputs.terraform.shapes import Pointer, document, each, left, one, words
from scanner.inputs.terraform.types.targets import GROUPS, SUBNETS

# "DataProviderSettings" (AWS DMS API Reference): what has an `SslMode`.
_STORES = (
    ("DocDbSettings", "doc_db_settings"),
    ("IbmDb2LuwSettings", "ibm_db2_luw_settings"),
    ("IbmDb2zOsSettings", "ibm_db2_zos_settings"),
    ("MariaDbSettings", "maria_db_settings"),
    ("MicrosoftSqlServerSettings", "microsoft_sql_server_settings"),
    ("MongoDbSettings", "mongo_db_settings"),
    ("MySqlSettings", "mysql_settings"),
    ("OracleSettings", "oracle_settings"),
    ("PostgreSqlSettings", "postgresql_settings"),
    ("SybaseAseSettings", "sybase_ase_settings"),
)

TABLE: Table = {
    "aws_mq_broker": whole(
        "AWS::AmazonMQ::Broker",
        {
            "SubnetIds": Pointer("subnet_ids", *SUBNETS),
            "BrokerName": "broker_name",
            "PubliclyAccessible": left("publicly_accessible", default=False),
            "EngineType": "engine_type",
            "Logs": one("logs", {"Audit": left("audit", default=False), "General": left("general", default=False)}),
            "SecurityGroups": Pointer("security_groups", *GROUPS),
        },
        name="id",
    ),
    "aws_dms_data_provider": whole(
        "AWS::DMS::DataProvider",
        {
            "Engine": "engine",
            "Settings": one("settings", {name: one(block, {"SslMode": "ssl_mode"}) for name, block in _STORES}),
        },
        arn="arn",
    ),
    "aws_dms_endpoint": whole(
        "AWS::DMS::Endpoint",
        {
            "EndpointIdentifier": "endpoint_id",
            "EngineName": "engine_name",
            "SslMode": left("ssl_mode", "none"),
            "KafkaSettings": one("kafka_settings", {"Broker": "broker", "SecurityProtocol": "security_protocol"}),
            "RedisSettings": one(
                "redis_settings", {"ServerName": "server_name", "SslSecurityProtocol": "ssl_security_protocol"}
            ),
        },
        name="endpoint_id",
        arn="endpoint_arn",
    ),
    "aws_glue_connection": whole(
        "AWS::Glue::Connection",
        {
            "ConnectionInput": {
                "Name": "name",
                "ConnectionType": left("connection_type", "JDBC"),
                "ConnectionProperties": "connection_properties",
                "AthenaProperties": "athena_properties",
                "AuthenticationConfiguration": one(
                    "authentication_configuration",
                    {
                        "AuthenticationType": "authentication_type",
                        "SecretArn": "secret_arn",
                        "BasicAuthenticationCredentials": one(
                            "basic_authentication_credentials", {"Username": "username", "Password": "password"}
                        ),
                        "CustomAuthenticationCredentials": "custom_authentication_credentials",
                        "OAuth2Properties": one(
                            "oauth2_properties",
                            {
                                "OAuth2Credentials": one(
                                    "oauth2_credentials",
                                    {
                                        "AccessToken": "access_token",
                                        "JwtToken": "jwt_token",
                                        "RefreshToken": "refresh_token",
                                        "UserManagedClientApplicationClientSecret": (
                                            "user_managed_client_application_client_secret"
                                        ),
                                    },
                                )
                            },
                        ),
                    },
                ),
            }
        },
    ),
    "aws_glue_data_catalog_encryption_settings": whole(
        "AWS::Glue::DataCatalogEncryptionSettings",
        {
            "CatalogId": "catalog_id",
            "DataCatalogEncryptionSettings": one(
                "data_catalog_encryption_settings",
                {
                    "EncryptionAtRest": one("encryption_at_rest", {"CatalogEncryptionMode": "catalog_encryption_mode"}),
                    "ConnectionPasswordEncryption": one(
                        "connection_password_encryption",
                        {
                            "KmsKeyId": "aws_kms_key_id",
                            "ReturnConnectionPasswordEncrypted": "return_connection_password_encrypted",
                        },
                    ),
                },
            ),
        },
        name="id",
        arn=None,
    ),
    "aws_emr_security_configuration": whole(
        "AWS::EMR::SecurityConfiguration",
        {"Name": "name", "SecurityConfiguration": document("configuration")},
        arn=None,
    ),
    "aws_memorydb_cluster": whole(
        "AWS::MemoryDB::Cluster",
        {
            "ClusterName": "name",
            "ACLName": "acl_name",
            "TLSEnabled": left("tls_enabled", default=True),
            "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
        },
    ),
    "aws_db_proxy": whole(
        "AWS::RDS::DBProxy",
        {
            "DBProxyName": "name",
            "VpcSecurityGroupIds": Pointer("vpc_security_group_ids", *GROUPS),
            "VpcSubnetIds": Pointer("vpc_subnet_ids", *SUBNETS),
            "RequireTLS": "require_tls",
            "EngineFamily": "engine_family",
            "DefaultAuthScheme": "default_auth_scheme",
            "Auth": each(
                "auth",
                {
                    "AuthScheme": "auth_scheme",
                    "IAMAuth": left("iam_auth", "DISABLED"),
                    "ClientPasswordAuthType": "client_password_auth_type",
                },
            ),
        },
    ),
    "aws_sesv2_configuration_set": whole(
        "AWS::SES::ConfigurationSet",
        {
            "Name": "configuration_set_name",
            "DeliveryOptions": one("delivery_options", {"TlsPolicy": "tls_policy"}),
            "TrackingOptions": one(
                "tracking_options", {"CustomRedirectDomain": "custom_redirect_domain", "HttpsPolicy": "https_policy"}
            ),
        },
        name="configuration_set_name",
    ),
    "aws_ses_configuration_set": whole(
        "AWS::SES::ConfigurationSet",
        {
            "Name": "name",
            # The older of the two services writes them otherwise.
            "DeliveryOptions": one(
                "delivery_options", {"TlsPolicy": words("tls_policy", {"Require": "REQUIRE", "Optional": "OPTIONAL"})}
            ),
            # It has no HTTPS policy: open and click links are as the default has them.
            "TrackingOptions": one("tracking_options", {"CustomRedirectDomain": "custom_redirect_domain"}),
        },
    ),
    "aws_ses_receipt_rule": whole(
        "AWS::SES::ReceiptRule",
        {
            "RuleSetName": "rule_set_name",
            "Rule": {"Name": "name", "Enabled": "enabled", "TlsPolicy": "tls_policy", "ScanEnabled": "scan_enabled"},
        },
        name=None,
    ),
    "aws_sagemaker_domain": whole(
        "AWS::SageMaker::Domain",
        {
            "AppNetworkAccessType": "app_network_access_type",
            "DomainName": "domain_name",
            "KmsKeyId": "kms_key_id",
        },
        name="id",
    ),
    "aws_sagemaker_data_quality_job_definition": whole(
        "AWS::SageMaker::DataQualityJobDefinition",
        {
            "JobDefinitionName": "name",
            "NetworkConfig": one(
                "network_config",
                {
                    "EnableInterContainerTrafficEncryption": "enable_inter_container_traffic_encryption",
                    "EnableNetworkIsolation": "enable_network_isolation",
                },
            ),
        },
    ),
    "aws_transfer_server": whole(
        "AWS::Transfer::Server",
        {
            "EndpointDetails": one(
                "endpoint_details",
                {
                    "AddressAllocationIds": "address_allocation_ids",
                    "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
                    "SubnetIds": Pointer("subnet_ids", *SUBNETS),
                    "VpcEndpointId": "vpc_endpoint_id",
                    "VpcId": "vpc_id",
                },
            ),
            "Protocols": "protocols",
            "SecurityPolicyName": "security_policy_name",
            "EndpointType": left("endpoint_type", "PUBLIC"),
            "LoggingRole": "logging_role",
            "StructuredLogDestinations": "structured_log_destinations",
        },
        name="id",
    ),
    "aws_workspaces_workspace": whole(
        "AWS::WorkSpaces::Workspace",
        {
            "BundleId": "bundle_id",
            "DirectoryId": "directory_id",
            "RootVolumeEncryptionEnabled": "root_volume_encryption_enabled",
            "UserVolumeEncryptionEnabled": "user_volume_encryption_enabled",
            "VolumeEncryptionKey": "volume_encryption_key",
        },
        name="id",
        arn=None,
    ),
}
