"""Which properties say that data goes from one resource to another, as their pages of the resource reference do.

`Flow`: the resource itself is one end, and what the property names is the other. `Link`: both ends are named by
properties of a third resource, such as an event source mapping. What only code decides is in no property.
"""

from __future__ import annotations

from scanner.base.record import record


@record
class Flow:
    """`into` means that data comes from what is named."""

    type: str
    path: str
    relation: str
    into: bool = False


@record
class Link:
    """Data goes from what `source` names to what `target` names; None is the resource itself."""

    type: str
    source: str
    target: str
    relation: str


FLOWS: tuple[Flow, ...] = (
    Flow("AWS::S3::Bucket", "ReplicationConfiguration.Rules.Destination.Bucket", "replicates objects to"),
    Flow("AWS::S3::Bucket", "NotificationConfiguration.LambdaConfigurations.Function", "notifies"),
    Flow("AWS::S3::Bucket", "NotificationConfiguration.QueueConfigurations.Queue", "notifies"),
    Flow("AWS::S3::Bucket", "NotificationConfiguration.TopicConfigurations.Topic", "notifies"),
    Flow("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName", "writes access logs to"),
    Flow("AWS::S3::Bucket", "InventoryConfigurations.Destination.BucketArn", "writes inventories to"),
    Flow("AWS::SNS::Topic", "Subscription.Endpoint", "delivers to"),
    Flow("AWS::Events::Rule", "Targets.Arn", "sends events to"),
    Flow("AWS::Events::Rule", "EventBusName", "takes events from", into=True),
    Flow("AWS::Scheduler::Schedule", "Target.Arn", "calls"),
    Flow("AWS::Pipes::Pipe", "Source", "takes records from", into=True),
    Flow("AWS::Pipes::Pipe", "Enrichment", "enriches by"),
    Flow("AWS::Pipes::Pipe", "Target", "sends records to"),
    Flow(
        "AWS::KinesisFirehose::DeliveryStream",
        "KinesisStreamSourceConfiguration.KinesisStreamARN",
        "takes records from",
        into=True,
    ),
    Flow(
        "AWS::KinesisFirehose::DeliveryStream", "MSKSourceConfiguration.MSKClusterARN", "takes records from", into=True
    ),
    Flow("AWS::KinesisFirehose::DeliveryStream", "ExtendedS3DestinationConfiguration.BucketARN", "delivers to"),
    Flow(
        "AWS::KinesisFirehose::DeliveryStream",
        "ExtendedS3DestinationConfiguration.S3BackupConfiguration.BucketARN",
        "delivers copies to",
    ),
    Flow("AWS::KinesisFirehose::DeliveryStream", "S3DestinationConfiguration.BucketARN", "delivers to"),
    Flow(
        "AWS::KinesisFirehose::DeliveryStream",
        "RedshiftDestinationConfiguration.S3Configuration.BucketARN",
        "stages in",
    ),
    Flow("AWS::KinesisFirehose::DeliveryStream", "RedshiftDestinationConfiguration.ClusterJDBCURL", "delivers to"),
    Flow(
        "AWS::KinesisFirehose::DeliveryStream",
        "AmazonopensearchserviceDestinationConfiguration.DomainARN",
        "delivers to",
    ),
    Flow(
        "AWS::KinesisFirehose::DeliveryStream",
        "HttpEndpointDestinationConfiguration.EndpointConfiguration.Url",
        "delivers to",
    ),
    Flow("AWS::KinesisFirehose::DeliveryStream", "SplunkDestinationConfiguration.HECEndpoint", "delivers to"),
    Flow(
        "AWS::KinesisFirehose::DeliveryStream",
        "ExtendedS3DestinationConfiguration.ProcessingConfiguration.Processors.Parameters.ParameterValue",
        "transforms by",
    ),
    Flow("AWS::CloudFront::Distribution", "DistributionConfig.Origins.DomainName", "forwards requests to"),
    Flow("AWS::CloudFront::Distribution", "DistributionConfig.Logging.Bucket", "writes access logs to"),
    Flow(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations.LambdaFunctionARN",
        "runs",
    ),
    Flow("AWS::StepFunctions::StateMachine", "DefinitionString", "calls"),
    Flow("AWS::StepFunctions::StateMachine", "Definition", "calls"),
    Flow("AWS::StepFunctions::StateMachine", "DefinitionSubstitutions", "calls"),
    Flow("AWS::StepFunctions::StateMachine", "LoggingConfiguration.Destinations", "writes logs to"),
    Flow("AWS::Lambda::Function", "DeadLetterConfig.TargetArn", "sends failed events to"),
    Flow("AWS::Lambda::Function", "FileSystemConfigs.Arn", "mounts"),
    Flow("AWS::Lambda::Function", "LoggingConfig.LogGroup", "writes logs to"),
    Flow("AWS::Lambda::Url", "TargetFunctionArn", "forwards requests to"),
    Flow("AWS::DynamoDB::Table", "KinesisStreamSpecification.StreamArn", "streams changes to"),
    Flow("AWS::DynamoDB::Table", "ImportSourceSpecification.S3BucketSource.S3Bucket", "was imported from", into=True),
    Flow("AWS::RDS::DBInstance", "SourceDBInstanceIdentifier", "replicates", into=True),
    Flow("AWS::RDS::DBInstance", "SourceDBClusterIdentifier", "replicates", into=True),
    Flow("AWS::RDS::DBCluster", "SourceDBClusterIdentifier", "replicates", into=True),
    Flow("AWS::RDS::DBCluster", "ReplicationSourceIdentifier", "replicates", into=True),
    Flow("AWS::SecretsManager::Secret", "ReplicaRegions.Region", "replicates to region"),
    Flow("AWS::CloudTrail::Trail", "S3BucketName", "writes events to"),
    Flow("AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn", "writes events to"),
    Flow("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerAttributes.Value", "writes access logs to"),
    Flow("AWS::ElasticLoadBalancing::LoadBalancer", "AccessLoggingPolicy.S3BucketName", "writes access logs to"),
    Flow("AWS::ElasticLoadBalancing::LoadBalancer", "Instances", "forwards requests to"),
    Flow("AWS::ECS::Service", "TaskDefinition", "runs"),
    Flow("AWS::ECS::TaskDefinition", "Volumes.EFSVolumeConfiguration.FilesystemId", "mounts"),
    Flow("AWS::Cognito::UserPool", "LambdaConfig", "calls"),
    Flow("AWS::Bedrock::KnowledgeBase", "StorageConfiguration", "keeps vectors in"),
    Flow("AWS::Bedrock::Agent", "ActionGroups.ActionGroupExecutor.Lambda", "calls"),
    Flow("AWS::Glue::Crawler", "Targets.S3Targets.Path", "reads", into=True),
    Flow("AWS::SageMaker::NotebookInstance", "DefaultCodeRepository", "loads code of", into=True),
    Flow("AWS::IoT::TopicRule", "TopicRulePayload.Actions", "sends messages to"),
    Flow("AWS::Backup::BackupPlan", "BackupPlan.BackupPlanRule.TargetBackupVault", "keeps backups in"),
    Flow(
        "AWS::Backup::BackupPlan",
        "BackupPlan.BackupPlanRule.CopyActions.DestinationBackupVaultArn",
        "copies backups to",
    ),
)
LINKS: tuple[Link, ...] = (
    Link("AWS::Lambda::EventSourceMapping", "EventSourceArn", "FunctionName", "feeds"),
    Link(
        "AWS::Lambda::EventInvokeConfig", "FunctionName", "DestinationConfig.OnSuccess.Destination", "sends results to"
    ),
    Link(
        "AWS::Lambda::EventInvokeConfig",
        "FunctionName",
        "DestinationConfig.OnFailure.Destination",
        "sends failed events to",
    ),
    Link("AWS::SNS::Subscription", "TopicArn", "Endpoint", "delivers to"),
    Link("AWS::Logs::SubscriptionFilter", "LogGroupName", "DestinationArn", "streams logs to"),
    Link("AWS::ApiGateway::Method", "RestApiId", "Integration.Uri", "forwards requests to"),
    Link("AWS::ApiGatewayV2::Integration", "ApiId", "IntegrationUri", "forwards requests to"),
    Link("AWS::ApiGateway::Stage", "RestApiId", "AccessLogSetting.DestinationArn", "writes access logs to"),
    Link("AWS::ApiGatewayV2::Stage", "ApiId", "AccessLogSettings.DestinationArn", "writes access logs to"),
    Link("AWS::ApiGateway::Authorizer", "RestApiId", "AuthorizerUri", "authorizes by"),
    Link("AWS::ApiGatewayV2::Authorizer", "ApiId", "AuthorizerUri", "authorizes by"),
    Link("AWS::AppSync::DataSource", "ApiId", "LambdaConfig.LambdaFunctionArn", "resolves by"),
    Link("AWS::AppSync::DataSource", "ApiId", "DynamoDBConfig.TableName", "reads and writes"),
    Link("AWS::AppSync::DataSource", "ApiId", "HttpConfig.Endpoint", "calls"),
    Link("AWS::AppSync::DataSource", "ApiId", "OpenSearchServiceConfig.Endpoint", "reads and writes"),
    Link(
        "AWS::AppSync::DataSource",
        "ApiId",
        "RelationalDatabaseConfig.RdsHttpEndpointConfig.DbClusterIdentifier",
        "reads and writes",
    ),
    Link("AWS::DMS::ReplicationTask", "SourceEndpointArn", "TargetEndpointArn", "migrates to"),
    Link("AWS::DataSync::Task", "SourceLocationArn", "DestinationLocationArn", "copies to"),
    Link("AWS::EC2::VPCPeeringConnection", "VpcId", "PeerVpcId", "is peered with"),
    Link("AWS::EC2::TransitGatewayAttachment", "VpcId", "TransitGatewayId", "is attached to"),
    Link("AWS::EC2::TransitGatewayVpcAttachment", "VpcId", "TransitGatewayId", "is attached to"),
    Link("AWS::EC2::VPCGatewayAttachment", "InternetGatewayId", "VpcId", "lets traffic into"),
    Link("AWS::EC2::VPNConnection", "CustomerGatewayId", "TransitGatewayId", "is connected to"),
    Link("AWS::EC2::FlowLog", "ResourceId", "LogDestination", "writes flow logs to"),
    Link("AWS::EC2::FlowLog", "ResourceId", "LogGroupName", "writes flow logs to"),
    Link("AWS::EKS::PodIdentityAssociation", "ServiceAccount", "RoleArn", "acts as"),
    Link("AWS::WAFv2::LoggingConfiguration", "ResourceArn", "LogDestinationConfigs", "writes logs to"),
    Link("AWS::Route53Resolver::ResolverQueryLoggingConfig", "Id", "DestinationArn", "writes logs to"),
)
RUNS_AS: dict[str, tuple[str, ...]] = {
    "AWS::AppRunner::Service": ("InstanceConfiguration.InstanceRoleArn",),
    "AWS::Bedrock::Agent": ("AgentResourceRoleArn",),
    "AWS::CodeBuild::Project": ("ServiceRole",),
    "AWS::DataSync::Task": ("TaskRoleArn",),
    "AWS::EC2::Instance": ("IamInstanceProfile",),
    "AWS::ECS::TaskDefinition": ("TaskRoleArn", "ExecutionRoleArn"),
    "AWS::EKS::Nodegroup": ("NodeRole",),
    "AWS::EMR::Cluster": ("JobFlowRole", "ServiceRole"),
    "AWS::Glue::Job": ("Role",),
    "AWS::KinesisFirehose::DeliveryStream": ("ExtendedS3DestinationConfiguration.RoleARN",),
    "AWS::Lambda::Function": ("Role",),
    "AWS::Pipes::Pipe": ("RoleArn",),
    "AWS::SageMaker::NotebookInstance": ("RoleArn",),
    "AWS::Scheduler::Schedule": ("Target.RoleArn",),
    "AWS::StepFunctions::StateMachine": ("RoleArn",),
}
"""Where an asset says as whom it acts."""


__all__ = ["FLOWS", "LINKS", "RUNS_AS", "Flow", "Link"]
