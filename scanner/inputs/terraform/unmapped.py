"""CloudFormation types that rules name and that no resource of the provider becomes, each with why.

`rules check` asks for a table (`scanner.inputs.terraform.types`) or for a line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.inputs.terraform.table import all_types

_NO_RESOURCE = "hashicorp/aws 6.66 has no resource for it"
_NOT_READ = "not yet read"
_NO_POLICY = "hashicorp/aws 6.66 has no resource for its policy"

NOT_MAPPED: Mapping[str, str] = {
    "AWS::AIOps::InvestigationGroup": _NO_RESOURCE,
    "AWS::AppStream::AppBlockBuilder": _NO_RESOURCE,
    "AWS::BackupGateway::Hypervisor": _NO_RESOURCE,
    "AWS::Bedrock::KnowledgeBasePolicy": _NO_POLICY,
    "AWS::Bedrock::ResourcePolicy": _NO_POLICY,
    "AWS::BedrockAgentCore::PaymentCredentialProvider": _NO_RESOURCE,
    "AWS::CloudFormation::CustomResource": "a custom resource is CloudFormation's own",
    "AWS::CloudFormation::StackSet": _NOT_READ,
    "AWS::CloudFront::Function": _NOT_READ,
    "AWS::CloudTrail::ResourcePolicy": _NO_POLICY,
    "AWS::CloudWatch::AnomalyDetector": _NO_RESOURCE,
    "AWS::CloudWatch::Integration": _NO_RESOURCE,
    "AWS::CodeStar::GitHubRepository": _NO_RESOURCE,
    "AWS::Comprehend::DocumentClassifier": "the provider cannot set its policy, which is all that rules ask",
    "AWS::Comprehend::EntityRecognizer": "the provider cannot set its policy, which is all that rules ask",
    "AWS::Connect::ApprovedOrigin": _NO_RESOURCE,
    "AWS::Connect::DataLakeAssociation": _NO_RESOURCE,
    "AWS::DataPipeline::Pipeline": _NOT_READ,
    "AWS::DataZone::Connection": _NO_RESOURCE,
    "AWS::DevOpsAgent::AgentSpace": _NO_RESOURCE,
    "AWS::DevOpsAgent::Service": _NO_RESOURCE,
    "AWS::DynamoDB::GlobalTable": "aws_dynamodb_table with `replica` blocks is AWS::DynamoDB::Table with Replicas",
    "AWS::EC2::TransitGatewayAttachment": "attachments of a VPC are AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EMR::Step": _NO_RESOURCE,
    "AWS::EventsV2::ResourcePolicy": _NO_RESOURCE,
    "AWS::Glue::Trigger": _NOT_READ,
    "AWS::Greengrass::FunctionDefinition": _NO_RESOURCE,
    "AWS::Greengrass::FunctionDefinitionVersion": _NO_RESOURCE,
    "AWS::GreengrassV2::ComponentVersion": _NO_RESOURCE,
    "AWS::HealthImaging::Datastore": _NO_RESOURCE,
    "AWS::HealthLake::FHIRDatastore": _NO_RESOURCE,
    "AWS::IAM::Policy": "inline policies are AWS::IAM::RolePolicy, UserPolicy and GroupPolicy, one for each principal",
    "AWS::IAM::SAMLProvider": "aws_iam_saml_provider takes no private key, which is all that rules ask",
    "AWS::IVS::IngestConfiguration": _NO_RESOURCE,
    "AWS::InspectorV2::CodeSecurityIntegration": _NO_RESOURCE,
    "AWS::Invoicing::ProcurementPortalPreference": _NO_RESOURCE,
    "AWS::IoTSiteWise::Pipeline": _NO_RESOURCE,
    "AWS::IoTSiteWise::Task": _NO_RESOURCE,
    "AWS::IoTWireless::PartnerAccount": _NO_RESOURCE,
    "AWS::KinesisAnalyticsV2::Application": _NOT_READ,
    "AWS::LakeFormation::Permissions": "aws_lakeformation_permissions is AWS::LakeFormation::PrincipalPermissions",
    "AWS::Lambda::Version": "`publish` of aws_lambda_function makes versions, which are no resources",
    "AWS::Lambda::WebFunctionEndpoint": _NO_RESOURCE,
    "AWS::Lambda::WebFunctionRevision": _NO_RESOURCE,
    "AWS::Lex::ResourcePolicy": _NO_POLICY,
    "AWS::ManagedBlockchain::Member": _NO_RESOURCE,
    "AWS::Omics::SequenceStore": _NO_RESOURCE,
    "AWS::OpsWorks::App": _NO_RESOURCE,
    "AWS::OpsWorks::Stack": _NO_RESOURCE,
    "AWS::PaymentCryptography::Key": "the provider cannot set its policy, which is all that rules ask",
    "AWS::QBusiness::DataAccessor": _NO_RESOURCE,
    "AWS::QuickSight::ActionConnector": _NO_RESOURCE,
    "AWS::QuickSight::OAuthClientApplication": _NO_RESOURCE,
    "AWS::S3::Object": "no rule asks a setting of an object: it is a type of event in trails",
    "AWS::S3Express::AccessPoint": _NO_RESOURCE,
    "AWS::S3Express::BucketPolicy": "aws_s3_bucket_policy on a directory bucket is read as AWS::S3::BucketPolicy",
    "AWS::S3Outposts::AccessPoint": "aws_s3_access_point on a bucket of an Outpost is read as AWS::S3::AccessPoint",
    "AWS::SNS::TopicInlinePolicy": "aws_sns_topic_policy is AWS::SNS::TopicPolicy",
    "AWS::SQS::QueueInlinePolicy": "aws_sqs_queue_policy is AWS::SQS::QueuePolicy",
    "AWS::SSM::Association": _NOT_READ,
    "AWS::SSM::Document": _NOT_READ,
    "AWS::SSM::MaintenanceWindowTask": _NOT_READ,
    "AWS::SSM::ResourcePolicy": _NO_POLICY,
    "AWS::SageMaker::InferenceComponent": _NO_RESOURCE,
    "AWS::SageMaker::ModelBiasJobDefinition": _NO_RESOURCE,
    "AWS::SageMaker::ModelExplainabilityJobDefinition": _NO_RESOURCE,
    "AWS::SageMaker::ModelPackage": _NO_RESOURCE,
    "AWS::SageMaker::ModelQualityJobDefinition": _NO_RESOURCE,
    "AWS::SageMaker::MonitoringSchedule": "aws_sagemaker_monitoring_schedule names a job and describes none",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": _NOT_READ,
    "AWS::SageMaker::ProcessingJob": _NO_RESOURCE,
    "AWS::SecretsManager::SecretTargetAttachment": "hashicorp/aws has none: a database manages its own secret",
    "AWS::SecurityAgent::Integration": _NO_RESOURCE,
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": _NOT_READ,
    "AWS::Wisdom::Assistant": _NO_RESOURCE,
    "AWS::Wisdom::KnowledgeBase": _NO_RESOURCE,
    "AWS::WorkspacesInstances::WorkspaceInstance": _NO_RESOURCE,
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
