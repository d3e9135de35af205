"""Where AWS, Terraform and clusters tell secrets: places of a snapshot, with `*` for the secret.

Properties are as collectors give them, in CloudFormation's shape. The names are those of AWS's API references; where a
program's own settings stand, the names are what people call them.
"""

from __future__ import annotations

ENVIRONMENT = [{"Name": "MODE", "Value": "*"}]
SNAPSHOT: list[tuple[str, dict[str, object]]] = [
    ("AWS::Lambda::Function", {"Environment": {"Variables": {"DB_PASSWORD": "*"}}}),
    ("AWS::Lambda::Function", {"Environment": {"Variables": {"MODE": "*"}}}),
    ("AWS::Lambda::Function", {"Description": "postgres://app:*@db.example/clinic"}),
    ("AWS::KafkaConnect::Connector", {"ConnectorConfiguration": {"connection.password": "*"}}),
    ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Name": "a", "Environment": ENVIRONMENT}]}),
    (
        "AWS::ECS::TaskDefinition",
        {"ContainerDefinitions": [{"LogConfiguration": {"LogDriver": "splunk", "Options": {"splunk-token": "*"}}}]},
    ),
    (
        "AWS::ECS::TaskDefinition",
        {"ContainerDefinitions": [{"FirelensConfiguration": {"Type": "fluentbit", "Options": {"apikey": "*"}}}]},
    ),
    ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Command": ["run", "--password=*"]}]}),
    ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"EntryPoint": ["sh", "-c", "export API_KEY=*; run"]}]}),
    ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"DockerLabels": {"api-token": "*"}}]}),
    (
        "AWS::ECS::TaskDefinition",
        {"ContainerDefinitions": [{"HealthCheck": {"Command": ["curl", "http://u:*@localhost"]}}]},
    ),
    ("AWS::Batch::JobDefinition", {"ContainerProperties": {"Environment": ENVIRONMENT}}),
    ("AWS::Batch::JobDefinition", {"Parameters": {"password": "*"}}),
    (
        "AWS::CodeBuild::Project",
        {"Environment": {"EnvironmentVariables": [{"Name": "NPM", "Type": "PLAINTEXT", "Value": "*"}]}},
    ),
    ("AWS::CodeBuild::Project", {"Source": {"Type": "GITHUB", "Location": "https://x:*@git.example/r.git"}}),
    (
        "AWS::CodeBuild::Project",
        {"Source": {"BuildSpec": "phases:\n  build:\n    commands:\n      - export DB_PASSWORD=*\n"}},
    ),
    ("AWS::CodeBuild::Project", {"SecondarySources": [{"Location": "https://x:*@git.example/r.git"}]}),
    ("AWS::CodePipeline::Pipeline", {"Stages": [{"Actions": [{"Configuration": {"OAuthToken": "*"}}]}]}),
    (
        "AWS::CodePipeline::Pipeline",
        {"Stages": [{"Actions": [{"Configuration": {"EnvironmentVariables": '[{"name":"P","value":"*"}]'}}]}]},
    ),
    ("AWS::CodePipeline::Webhook", {"AuthenticationConfiguration": {"SecretToken": "*"}}),
    (
        "AWS::CloudFront::Distribution",
        {
            "DistributionConfig": {
                "Origins": [{"OriginCustomHeaders": [{"HeaderName": "X-Verify", "HeaderValue": "*"}]}]
            }
        },
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {"Conditions": [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Verify", "Values": ["*"]}}]},
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        {"DefaultActions": [{"AuthenticateOidcConfig": {"ClientSecret": "*", "ClientId": "i"}}]},
    ),
    ("AWS::SNS::Subscription", {"Endpoint": "https://user:*@pager.example/h", "Protocol": "https"}),
    ("AWS::StepFunctions::StateMachine", {"DefinitionString": '{"States": {"a": {"Result": {"password": "*"}}}}'}),
    ("AWS::StepFunctions::StateMachine", {"Definition": {"States": {"a": {"Parameters": {"apiKey": "*"}}}}}),
    ("AWS::Events::Rule", {"Targets": [{"Id": "t", "Input": '{"password": "*"}'}]}),
    ("AWS::Events::Rule", {"Targets": [{"HttpParameters": {"HeaderParameters": {"X-Api-Key": "*"}}}]}),
    ("AWS::Events::Rule", {"Targets": [{"HttpParameters": {"QueryStringParameters": {"token": "*"}}}]}),
    ("AWS::Events::Connection", {"AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "*"}}}),
    (
        "AWS::Events::Connection",
        {
            "AuthParameters": {
                "InvocationHttpParameters": {"HeaderParameters": [{"Key": "h", "Value": "*", "IsValueSecret": True}]}
            }
        },
    ),
    ("AWS::Scheduler::Schedule", {"Target": {"Input": '{"clientSecret": "*"}'}}),
    ("AWS::Pipes::Pipe", {"TargetParameters": {"InputTemplate": '{"apiKey": "*"}'}}),
    ("AWS::EC2::Instance", {"UserData": "*"}),
    ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"UserData": "*"}}),
    ("AWS::AutoScaling::LaunchConfiguration", {"UserData": "*"}),
    ("AWS::EC2::VPNConnection", {"VpnTunnelOptionsSpecifications": [{"PreSharedKey": "*"}]}),
    ("AWS::EC2::Instance", {"Tags": [{"Key": "db-password", "Value": "*"}]}),
    ("AWS::RDS::DBInstance", {"MasterUserPassword": "*"}),
    ("AWS::RDS::DBCluster", {"MasterUserPassword": "*"}),
    (
        "AWS::RDS::OptionGroup",
        {"OptionConfigurations": [{"OptionSettings": [{"Name": "AGENT_PASSWORD", "Value": "*"}]}]},
    ),
    ("AWS::Redshift::Cluster", {"MasterUserPassword": "*"}),
    ("AWS::ElastiCache::ReplicationGroup", {"AuthToken": "*"}),
    ("AWS::DMS::Endpoint", {"ExtraConnectionAttributes": "authMechanism=*", "EndpointType": "source"}),
    ("AWS::DMS::Endpoint", {"MongoDbSettings": {"Password": "*"}}),
    ("AWS::DMS::Endpoint", {"KafkaSettings": {"SaslPassword": "*"}}),
    ("AWS::Glue::Connection", {"ConnectionInput": {"ConnectionProperties": {"PASSWORD": "*"}}}),
    ("AWS::Glue::Job", {"DefaultArguments": {"--db-password": "*"}}),
    ("AWS::Glue::Job", {"NonOverridableArguments": {"--api-key": "*"}}),
    ("AWS::Cognito::UserPoolClient", {"ClientSecret": "*"}),
    ("AWS::Cognito::UserPoolIdentityProvider", {"ProviderDetails": {"client_secret": "*"}}),
    ("AWS::ApiGateway::Stage", {"Variables": {"apiKey": "*"}}),
    ("AWS::ApiGateway::ApiKey", {"Value": "*", "Name": "n"}),
    ("AWS::ApiGatewayV2::Stage", {"StageVariables": {"backend": "*"}}),
    ("AWS::ApiGatewayV2::Integration", {"RequestParameters": {"append:header.x-api-key": "*"}}),
    (
        "AWS::ApiGateway::Method",
        {"Integration": {"RequestParameters": {"integration.request.header.Authorization": "'*'"}}},
    ),
    ("AWS::AppSync::DataSource", {"HttpConfig": {"Endpoint": "https://u:*@api.example"}}),
    ("AWS::AppSync::GraphQLApi", {"EnvironmentVariables": {"stripe": "*"}}),
    ("AWS::ElasticBeanstalk::Environment", {"OptionSettings": [{"OptionName": "DB_PASSWORD", "Value": "*"}]}),
    (
        "AWS::AppRunner::Service",
        {
            "SourceConfiguration": {
                "ImageRepository": {
                    "ImageConfiguration": {"RuntimeEnvironmentVariables": [{"Name": "K", "Value": "*"}]}
                }
            }
        },
    ),
    ("AWS::Amplify::App", {"BasicAuthConfig": {"Username": "u", "Password": "*"}}),
    ("AWS::Amplify::App", {"EnvironmentVariables": [{"Name": "K", "Value": "*"}]}),
    ("AWS::Amplify::Branch", {"BasicAuthConfig": {"Password": "*"}}),
    ("AWS::MWAA::Environment", {"AirflowConfigurationOptions": {"smtp.smtp_password": "*"}}),
    ("AWS::SageMaker::Model", {"PrimaryContainer": {"Environment": {"HF_TOKEN": "*"}}}),
    ("AWS::SageMaker::NotebookInstanceLifecycleConfig", {"OnStart": [{"Content": "*64"}]}),
    ("AWS::SSM::Parameter", {"Type": "String", "Value": "*"}),
    ("AWS::SSM::Document", {"Content": {"parameters": {"Password": {"default": "*"}}}}),
    ("AWS::CloudFormation::Stack", {"Parameters": {"DbPassword": "*"}}),
    ("AWS::CloudFormation::Stack", {"Outputs": [{"OutputKey": "AdminPassword", "OutputValue": "*"}]}),
    ("AWS::KinesisFirehose::DeliveryStream", {"SplunkDestinationConfiguration": {"HECToken": "*"}}),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        {"HttpEndpointDestinationConfiguration": {"EndpointConfiguration": {"AccessKey": "*"}}},
    ),
    ("AWS::Transfer::Server", {"IdentityProviderDetails": {"Url": "https://u:*@idp.example"}}),
    ("AWS::IAM::Role", {"Description": "rotates AKIA*"}),
]
"""Seventy-two and a few beside them."""
