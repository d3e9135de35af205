"""CloudFormation types that rules name and that no resource of the provider becomes, each with why.

`rules check` asks for a table (`scanner.inputs.terraform.types`) or for a line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.inputs.terraform.table import all_types

_NO_RESOURCE = "hashicorp/aws 6.66 has no resource for it"
_NO_POLICY = "hashicorp/aws 6.66 has no resource for its policy"

NOT_MAPPED: Mapping[str, str] = {
    "AWS::AIOps::InvestigationGroup": _NO_RESOURCE,
    "AWS::APS::ResourcePolicy": _NO_POLICY,
    "AWS::Amplify::Branch": "not yet read",
    "AWS::ApiGateway::ApiKey": "not yet read",
    "AWS::ApiGateway::DomainNameV2": "not yet read",
    "AWS::AppFlow::ConnectorProfile": "not yet read",
    "AWS::AppFlow::Flow": "not yet read",
    "AWS::AppStream::DirectoryConfig": "not yet read",
    "AWS::AppSync::ApiKey": "not yet read",
    "AWS::Backup::LogicallyAirGappedBackupVault": "the provider cannot set its access policy",
    "AWS::Backup::RestoreTestingSelection": "not yet read",
    "AWS::BackupGateway::Hypervisor": _NO_RESOURCE,
    "AWS::Batch::ComputeEnvironment": "not yet read",
    "AWS::Batch::JobDefinition": "not yet read",
    "AWS::Bedrock::KnowledgeBasePolicy": _NO_POLICY,
    "AWS::Bedrock::ResourcePolicy": _NO_POLICY,
    "AWS::BedrockAgentCore::ApiKeyCredentialProvider": "not yet read",
    "AWS::BedrockAgentCore::BrowserCustom": "not yet read",
    "AWS::BedrockAgentCore::CodeInterpreterCustom": "not yet read",
    "AWS::BedrockAgentCore::Gateway": "not yet read",
    "AWS::BedrockAgentCore::Memory": "not yet read",
    "AWS::BedrockAgentCore::OAuth2CredentialProvider": "not yet read",
    "AWS::BedrockAgentCore::ResourcePolicy": "not yet read",
    "AWS::BedrockAgentCore::Runtime": "not yet read",
    "AWS::Chime::MediaInsightsPipelineConfiguration": "not yet read",
    "AWS::CloudFormation::CustomResource": "a custom resource is CloudFormation's own",
    "AWS::CloudFormation::Stack": "not yet read",
    "AWS::CloudTrail::ResourcePolicy": _NO_POLICY,
    "AWS::CloudWatch::AnomalyDetector": _NO_RESOURCE,
    "AWS::CodeBuild::SourceCredential": "not yet read",
    "AWS::CodePipeline::Pipeline": "not yet read",
    "AWS::CodePipeline::Webhook": "not yet read",
    "AWS::Cognito::UserPoolIdentityProvider": "not yet read",
    "AWS::Comprehend::DocumentClassifier": "the provider cannot set its policy, which is all that rules ask",
    "AWS::Comprehend::EntityRecognizer": "the provider cannot set its policy, which is all that rules ask",
    "AWS::Connect::ApprovedOrigin": "not yet read",
    "AWS::Connect::DataLakeAssociation": "not yet read",
    "AWS::Connect::User": "not yet read",
    "AWS::DAX::SubnetGroup": "not yet read",
    "AWS::DMS::ReplicationSubnetGroup": "not yet read",
    "AWS::DSQL::Cluster": "the provider cannot set its policy, which is all that rules ask",
    "AWS::DataSync::LocationFSxONTAP": "not yet read",
    "AWS::DataSync::LocationFSxWindows": "not yet read",
    "AWS::DirectConnect::PrivateVirtualInterface": "not yet read",
    "AWS::DirectoryService::MicrosoftAD": "not yet read",
    "AWS::DirectoryService::SimpleAD": "not yet read",
    "AWS::DocDB::DBSubnetGroup": "not yet read",
    "AWS::DynamoDB::GlobalTable": "aws_dynamodb_table with `replica` blocks is AWS::DynamoDB::Table with Replicas",
    "AWS::EC2::SpotFleet": "not yet read",
    "AWS::EC2::TransitGatewayAttachment": "attachments of a VPC are AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::VPNConnection": "not yet read",
    "AWS::EC2::VerifiedAccessTrustProvider": "not yet read",
    "AWS::ECR::RepositoryCreationTemplate": "not yet read",
    "AWS::EFS::MountTarget": "not yet read",
    "AWS::EKS::Nodegroup": "not yet read",
    "AWS::ElasticBeanstalk::ConfigurationTemplate": "not yet read",
    "AWS::Events::Connection": "not yet read",
    "AWS::EventsV2::ResourcePolicy": _NO_RESOURCE,
    "AWS::FSx::S3AccessPointAttachment": _NO_RESOURCE,
    "AWS::FSx::StorageVirtualMachine": "not yet read",
    "AWS::Glue::MLTransform": "not yet read",
    "AWS::HealthImaging::Datastore": _NO_RESOURCE,
    "AWS::HealthLake::FHIRDatastore": _NO_RESOURCE,
    "AWS::IAM::Policy": "inline policies are AWS::IAM::RolePolicy, UserPolicy and GroupPolicy, one for each principal",
    "AWS::IAM::ServerCertificate": "not yet read",
    "AWS::IVS::IngestConfiguration": "not yet read",
    "AWS::InspectorV2::Filter": "not yet read",
    "AWS::IoT::CACertificate": "not yet read",
    "AWS::IoT::Logging": "not yet read",
    "AWS::LakeFormation::DataLakeSettings": "not yet read",
    "AWS::LakeFormation::Permissions": "not yet read",
    "AWS::LakeFormation::PrincipalPermissions": "not yet read",
    "AWS::Lambda::ResourcePolicy": "permissions are AWS::Lambda::Permission",
    "AWS::Lambda::Version": "`publish` of aws_lambda_function makes versions, which are no resources",
    "AWS::Lex::Bot": "not yet read",
    "AWS::Lex::BotAlias": "not yet read",
    "AWS::Lex::ResourcePolicy": _NO_POLICY,
    "AWS::Lightsail::Database": "not yet read",
    "AWS::Lightsail::Instance": "not yet read",
    "AWS::Logs::DeliveryDestination": "not yet read",
    "AWS::MemoryDB::SubnetGroup": "not yet read",
    "AWS::Neptune::DBSubnetGroup": "not yet read",
    "AWS::OSIS::Pipeline": "the provider cannot set its policy, which is all that rules ask",
    "AWS::Omics::SequenceStore": _NO_RESOURCE,
    "AWS::Organizations::ResourcePolicy": "not yet read",
    "AWS::PaymentCryptography::Key": "the provider cannot set its policy, which is all that rules ask",
    "AWS::Pinpoint::ADMChannel": "not yet read",
    "AWS::Pinpoint::APNSChannel": "not yet read",
    "AWS::Pinpoint::APNSSandboxChannel": "not yet read",
    "AWS::Pinpoint::APNSVoipChannel": "not yet read",
    "AWS::Pinpoint::APNSVoipSandboxChannel": "not yet read",
    "AWS::Pinpoint::BaiduChannel": "not yet read",
    "AWS::Pinpoint::EmailChannel": "not yet read",
    "AWS::Pinpoint::GCMChannel": "not yet read",
    "AWS::QBusiness::DataAccessor": "not yet read",
    "AWS::QuickSight::DataSource": "not yet read",
    "AWS::RAM::ResourceShare": "not yet read",
    "AWS::RDS::DBProxyEndpoint": "not yet read",
    "AWS::S3::Object": "no rule asks a setting of an object: it is a type of event in trails",
    "AWS::S3Express::AccessPoint": _NO_RESOURCE,
    "AWS::S3Express::BucketPolicy": "aws_s3_bucket_policy on a directory bucket is read as AWS::S3::BucketPolicy",
    "AWS::S3Express::DirectoryBucket": "not yet read",
    "AWS::S3Files::FileSystemPolicy": _NO_RESOURCE,
    "AWS::S3Outposts::AccessPoint": "not yet read",
    "AWS::S3Tables::TableBucket": "not yet read",
    "AWS::S3Vectors::Index": "not yet read",
    "AWS::S3Vectors::VectorBucketPolicy": "not yet read",
    "AWS::SES::MailManagerArchive": "not yet read",
    "AWS::SES::MailManagerIngressPoint": "not yet read",
    "AWS::SES::Tenant": "not yet read",
    "AWS::SMSVOICE::ConfigurationSet": "not yet read",
    "AWS::SMSVOICE::PhoneNumber": "not yet read",
    "AWS::SMSVOICE::Pool": "not yet read",
    "AWS::SMSVOICE::ResourcePolicy": _NO_RESOURCE,
    "AWS::SNS::TopicInlinePolicy": "aws_sns_topic_policy is AWS::SNS::TopicPolicy",
    "AWS::SQS::QueueInlinePolicy": "aws_sqs_queue_policy is AWS::SQS::QueuePolicy",
    "AWS::SSM::ResourcePolicy": _NO_POLICY,
    "AWS::SageMaker::Model": "not yet read",
    "AWS::SageMaker::ModelBiasJobDefinition": _NO_RESOURCE,
    "AWS::SageMaker::ModelExplainabilityJobDefinition": _NO_RESOURCE,
    "AWS::SageMaker::ModelQualityJobDefinition": _NO_RESOURCE,
    "AWS::SageMaker::ProcessingJob": "not yet read",
    "AWS::SageMaker::Workforce": "not yet read",
    "AWS::SecretsManager::SecretTargetAttachment": "hashicorp/aws has none: a database manages its own secret",
    "AWS::Synthetics::Canary": "not yet read",
    "AWS::Timestream::InfluxDBCluster": "not yet read",
    "AWS::Timestream::InfluxDBInstance": "not yet read",
    "AWS::Transfer::Certificate": "not yet read",
    "AWS::VerifiedPermissions::PolicyStore": "not yet read",
    "AWS::Wisdom::Assistant": "not yet read",
    "AWS::Wisdom::KnowledgeBase": "not yet read",
    "AWS::WorkSpaces::Directory": "not yet read",
    "AWS::WorkSpaces::WorkspaceIpGroup": "not yet read",
    "AWS::WorkSpacesWeb::UserSettings": "not yet read",
}


def made_types() -> Mapping[str, tuple[str, ...]]:
    """By CloudFormation's type, the resource types of the provider that become it or are a part of it."""
    found: dict[str, dict[str, None]] = {}
    for name, mapped in all_types().items():
        for make in mapped.makes:
            found.setdefault(make.type, {})[name] = None
        for fold in mapped.folds:
            whole = all_types()[fold.wholes[0]]
            found.setdefault(whole.makes[0].type, {})[name] = None
    return {kind: tuple(names) for kind, names in sorted(found.items())}


def without_answer(types: Iterable[str]) -> list[str]:
    """Those of AWS that neither a table nor a line here speaks of."""
    made = made_types()
    return sorted({each for each in types if each.startswith("AWS::") and each not in made and each not in NOT_MAPPED})
