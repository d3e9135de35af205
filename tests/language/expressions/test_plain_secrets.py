"""A secret in plain text is found by its place and name or by a detector, and is never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from tests.case_names import case_name

SECRET = "c0rrect-horse-battery"  # what the tests look for


def findings(properties: dict[str, object], kind: str, folder: Path) -> tuple[list[str], str]:
    template = {
        "Parameters": {"Given": {"Type": "String"}},
        "Resources": {"Thing": {"Type": kind, "Properties": properties}},
    }
    (folder / "t.json").write_text(json.dumps(template), "utf-8")
    report = folder / "report.json"
    formats = ["--format", f"json={report}", "--format", f"text={folder / 'report.txt'}"]
    main(["scan", str(folder / "t.json"), "--no-cache", "--select", "no-plaintext-secrets", *formats])
    told = report.read_text("utf-8") + (folder / "report.txt").read_text("utf-8")
    return [each["verdict"] for each in json.loads(report.read_text("utf-8"))["findings"]], told


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::RDS::DBInstance", {"MasterUserPassword": SECRET}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"DbPassword": SECRET}}}),
        (
            "AWS::ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Environment": [{"Name": "API_KEY", "Value": SECRET}]}]},
        ),
        ("AWS::AmazonMQ::Broker", {"Users": [{"Username": "admin", "Password": SECRET}]}),
        ("AWS::DMS::Endpoint", {"EngineName": "postgres", "Password": SECRET}),
        ("AWS::SecretsManager::Secret", {"SecretString": SECRET}),
        ("AWS::SSM::Parameter", {"Name": "/records/password", "Type": "String", "Value": SECRET}),
        ("AWS::EC2::Instance", {"UserData": {"Fn::Sub": f"#!/bin/sh\nexport DB_PASSWORD={SECRET}\n"}}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"DB": f"postgres://app:{SECRET}@db/visits"}}}),
    ],
    ids=case_name,
)
def test_a_secret_in_plain_text_is_found_and_not_shown(
    kind: str, properties: dict[str, object], tmp_path: Path
) -> None:
    verdicts, told = findings(properties, kind, tmp_path)
    assert verdicts == ["FAIL"]
    assert SECRET not in told


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::RDS::DBInstance", {"MasterUserPassword": "{{resolve:secretsmanager:records:SecretString:password}}"}),
        ("AWS::RDS::DBInstance", {"MasterUserPassword": ""}),
        ("AWS::RDS::DBInstance", {"ManageMasterUserPassword": True}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"TABLE": "visits", "TOKEN_TTL": "300"}}}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"PASSWORD": "/records/password"}}}),
        ("AWS::SSM::Parameter", {"Name": "/clinic/region", "Type": "String", "Value": "us-east-1"}),
        ("AWS::EC2::Instance", {"UserData": {"Fn::Base64": "#!/bin/sh\nyum -y update\n"}}),
    ],
    ids=case_name,
)
def test_what_is_no_secret_is_left_alone(kind: str, properties: dict[str, object], tmp_path: Path) -> None:
    assert findings(properties, kind, tmp_path)[0] == ["PASS"]


# By CloudFormation's schemas these take a credential, or variables, commands and user data, as text.
OF_OTHER_TYPES: list[tuple[str, dict[str, object]]] = [
    ("AWS::AppFabric::AppAuthorization", {"Credential": {"ApiKeyCredential": {"ApiKey": SECRET}}}),
    (
        "AWS::AppFabric::AppAuthorization",
        {"Credential": {"Oauth2Credential": {"ClientId": "c", "ClientSecret": SECRET}}},
    ),
    ("AWS::BedrockAgentCore::Harness", {"EnvironmentVariables": {"DB_PASSWORD": SECRET}}),
    (
        "AWS::BedrockAgentCore::PaymentCredentialProvider",
        {"ProviderConfigurationInput": {"CoinbaseCdpConfiguration": {"ApiKeyId": "i", "ApiKeySecret": SECRET}}},
    ),
    (
        "AWS::BedrockAgentCore::PaymentCredentialProvider",
        {"ProviderConfigurationInput": {"CoinbaseCdpConfiguration": {"WalletSecret": SECRET}}},
    ),
    ("AWS::CloudWatch::Integration", {"Credential": {"ApiKeyCredential": {"ApiKey": SECRET}}}),
    ("AWS::DataSync::LocationAzureBlob", {"AzureBlobSasConfiguration": {"AzureBlobSasToken": SECRET}}),
    (
        "AWS::DataZone::Connection",
        {
            "Props": {
                "GlueProperties": {
                    "GlueConnectionInput": {
                        "AuthenticationConfiguration": {
                            "BasicAuthenticationCredentials": {"UserName": "u", "Password": SECRET}
                        }
                    }
                }
            }
        },
    ),
    (
        "AWS::DataZone::Connection",
        {"Props": {"RedshiftProperties": {"Credentials": {"UsernamePassword": {"Username": "u", "Password": SECRET}}}}},
    ),
    ("AWS::DevOpsAgent::AgentSpace", {"OperatorApp": {"Idp": {"ClientSecret": SECRET}}}),
    (
        "AWS::DevOpsAgent::Service",
        {
            "ServiceDetails": {
                "Dynatrace": {"AuthorizationConfig": {"OAuthClientCredentials": {"ClientSecret": SECRET}}}
            }
        },
    ),
    ("AWS::DeviceFarm::Project", {"EnvironmentVariables": [{"Name": "DB_PASSWORD", "Value": SECRET}]}),
    ("AWS::DirectConnect::PublicVirtualInterface", {"BgpPeers": [{"AuthKey": SECRET}]}),
    ("AWS::DirectConnect::TransitVirtualInterface", {"BgpPeers": [{"AuthKey": SECRET}]}),
    (
        "AWS::ECS::DaemonTaskDefinition",
        {"ContainerDefinitions": [{"Environment": [{"Name": "DB_PASSWORD", "Value": SECRET}]}]},
    ),
    (
        "AWS::ECS::ExpressGatewayService",
        {"PrimaryContainer": {"Environment": [{"Name": "DB_PASSWORD", "Value": SECRET}]}},
    ),
    ("AWS::ECS::ExpressGatewayService", {"PrimaryContainer": {"Command": ["app", "--password", SECRET]}}),
    (
        "AWS::Greengrass::FunctionDefinition",
        {
            "InitialVersion": {
                "Functions": [{"FunctionConfiguration": {"Environment": {"Variables": {"DB_PASSWORD": SECRET}}}}]
            }
        },
    ),
    (
        "AWS::Greengrass::FunctionDefinitionVersion",
        {"Functions": [{"FunctionConfiguration": {"Environment": {"Variables": {"DB_PASSWORD": SECRET}}}}]},
    ),
    (
        "AWS::GreengrassV2::ComponentVersion",
        {"LambdaFunction": {"ComponentLambdaParameters": {"EnvironmentVariables": {"DB_PASSWORD": SECRET}}}},
    ),
    (
        "AWS::GreengrassV2::ComponentVersion",
        {"InlineRecipe": '{"Manifests": [{"Lifecycle": {"Run": "export DB_PASSWORD=' + SECRET + '"}}]}'},
    ),
    (
        "AWS::IAM::SAMLProvider",
        {"AddPrivateKey": f"-----BEGIN PRIVATE KEY-----\nMIIB{SECRET}\n-----END PRIVATE KEY-----"},
    ),
    (
        "AWS::ImageBuilder::ImageRecipe",
        {"AdditionalInstanceConfiguration": {"UserDataOverride": f"#!/bin/sh\nexport DB_PASSWORD={SECRET}\n"}},
    ),
    (
        "AWS::ImageBuilder::Component",
        {"Data": f"phases:\n- steps:\n  - inputs:\n      commands:\n - export DB_PASSWORD={SECRET}\n"},
    ),
    (
        "AWS::InspectorV2::CodeSecurityIntegration",
        {"CreateIntegrationDetails": {"gitlabSelfManaged": {"accessToken": SECRET}}},
    ),
    ("AWS::Invoicing::ProcurementPortalPreference", {"ProcurementPortalSharedSecret": SECRET}),
    ("AWS::IoT::TopicRuleDestination", {"InfluxDBProperties": {"SecretKey": SECRET}}),
    ("AWS::IoTSiteWise::Pipeline", {"EnvironmentVariables": [{"Name": "DB_PASSWORD", "Value": SECRET}]}),
    (
        "AWS::IoTSiteWise::Task",
        {
            "TaskConfiguration": {
                "ContainerTaskConfiguration": {"EnvironmentVariables": [{"Name": "DB_PASSWORD", "Value": SECRET}]}
            }
        },
    ),
    ("AWS::IoTWireless::PartnerAccount", {"Sidewalk": {"AppServerPrivateKey": SECRET}}),
    ("AWS::Lambda::MicrovmImage", {"EnvironmentVariables": [{"Name": "DB_PASSWORD", "Value": SECRET}]}),
    ("AWS::Lambda::MicrovmImage", {"EnvironmentVariables": {"DB_PASSWORD": SECRET}}),
    ("AWS::Lambda::WebFunctionRevision", {"ServiceConfig": {"EnvironmentVariables": {"DB_PASSWORD": SECRET}}}),
    (
        "AWS::Lightsail::Container",
        {
            "ContainerServiceDeployment": {
                "Containers": [{"Environment": [{"Variable": "DB_PASSWORD", "Value": SECRET}]}]
            }
        },
    ),
    (
        "AWS::ManagedBlockchain::Member",
        {
            "MemberConfiguration": {
                "MemberFrameworkConfiguration": {"MemberFabricConfiguration": {"AdminPassword": SECRET}}
            }
        },
    ),
    ("AWS::OpsWorks::App", {"AppSource": {"Password": SECRET}}),
    ("AWS::OpsWorks::App", {"Environment": [{"Key": "DB_PASSWORD", "Value": SECRET}]}),
    ("AWS::OpsWorks::App", {"SslConfiguration": {"PrivateKey": SECRET}}),
    ("AWS::OpsWorks::Stack", {"CustomCookbooksSource": {"Password": SECRET}}),
    ("AWS::OpsWorks::Stack", {"RdsDbInstances": [{"DbPassword": SECRET}]}),
    ("AWS::Pinpoint::APNSSandboxChannel", {"PrivateKey": SECRET}),
    ("AWS::Pinpoint::APNSSandboxChannel", {"TokenKey": SECRET}),
    ("AWS::Pinpoint::APNSVoipChannel", {"TokenKey": SECRET}),
    ("AWS::Pinpoint::APNSVoipSandboxChannel", {"TokenKey": SECRET}),
    (
        "AWS::QuickSight::ActionConnector",
        {"AuthenticationConfig": {"AuthenticationMetadata": {"ApiKeyConnectionMetadata": {"ApiKey": SECRET}}}},
    ),
    (
        "AWS::QuickSight::ActionConnector",
        {"AuthenticationConfig": {"AuthenticationMetadata": {"BasicAuthConnectionMetadata": {"Password": SECRET}}}},
    ),
    ("AWS::QuickSight::OAuthClientApplication", {"ClientSecret": SECRET}),
    ("AWS::SES::MailManagerIngressPoint", {"IngressPointConfiguration": {"SmtpPassword": SECRET}}),
    (
        "AWS::SageMaker::Algorithm",
        {"InferenceSpecification": {"Containers": [{"Environment": {"DB_PASSWORD": SECRET}}]}},
    ),
    (
        "AWS::SageMaker::DataQualityJobDefinition",
        {"DataQualityAppSpecification": {"Environment": {"DB_PASSWORD": SECRET}}},
    ),
    ("AWS::SageMaker::InferenceComponent", {"Specification": {"Container": {"Environment": {"DB_PASSWORD": SECRET}}}}),
    ("AWS::SageMaker::ModelBiasJobDefinition", {"ModelBiasAppSpecification": {"Environment": {"DB_PASSWORD": SECRET}}}),
    (
        "AWS::SageMaker::ModelExplainabilityJobDefinition",
        {"ModelExplainabilityAppSpecification": {"Environment": {"DB_PASSWORD": SECRET}}},
    ),
    (
        "AWS::SageMaker::ModelPackage",
        {"InferenceSpecification": {"Containers": [{"Environment": {"DB_PASSWORD": SECRET}}]}},
    ),
    (
        "AWS::SageMaker::ModelQualityJobDefinition",
        {"ModelQualityAppSpecification": {"Environment": {"DB_PASSWORD": SECRET}}},
    ),
    (
        "AWS::SageMaker::MonitoringSchedule",
        {"MonitoringScheduleConfig": {"MonitoringJobDefinition": {"Environment": {"DB_PASSWORD": SECRET}}}},
    ),
    ("AWS::SecurityAgent::Integration", {"ProviderInput": {"Gitlab": {"AccessToken": SECRET}}}),
    ("AWS::Timestream::InfluxDBCluster", {"Password": SECRET}),
    (
        "AWS::WorkspacesInstances::WorkspaceInstance",
        {"ManagedInstance": {"UserData": f"#!/bin/sh\nexport DB_PASSWORD={SECRET}\n"}},
    ),
    ("AWS::CodeStar::GitHubRepository", {"RepositoryAccessToken": SECRET}),
]


def test_a_secret_in_any_type_that_takes_one_is_found_and_not_shown(tmp_path: Path) -> None:
    resources = {
        f"R{place}": {"Type": kind, "Properties": properties} for place, (kind, properties) in enumerate(OF_OTHER_TYPES)
    }
    (tmp_path / "t.json").write_text(json.dumps({"Resources": resources}), "utf-8")
    report = tmp_path / "report.json"
    formats = ["--format", f"json={report}", "--format", f"html={tmp_path / 'report.html'}"]
    main(["scan", str(tmp_path / "t.json"), "--no-cache", "--select", "no-plaintext-secrets", *formats])
    told = report.read_text("utf-8")
    verdicts = {each["resource"]["logical_id"]: each["verdict"] for each in json.loads(told)["findings"]}
    assert verdicts == dict.fromkeys(resources, "FAIL")
    assert SECRET not in told + (tmp_path / "report.html").read_text("utf-8")


STEP = {"action": "aws:runShellScript", "name": "run"}


@pytest.mark.parametrize(
    ("verdict", "kind", "properties"),
    [
        ("FAIL", "Document", {"Content": {"parameters": {"DbPassword": {"type": "String", "default": SECRET}}}}),
        (
            "PASS",
            "Document",
            {"Content": {"parameters": {"DbPassword": {"type": "String", "description": "of records"}}}},
        ),
        ("PASS", "Document", {"Content": {"parameters": {"DbPassword": {"default": "{{ ssm-secure:records }}"}}}}),
        (
            "FAIL",
            "Document",
            {"Content": {"mainSteps": [{**STEP, "inputs": {"runCommand": [f"export DB_PASSWORD={SECRET}"]}}]}},
        ),
        (
            "PASS",
            "Document",
            {"Content": {"mainSteps": [{**STEP, "inputs": {"runCommand": ["export DB_PASSWORD={{ Given }}"]}}]}},
        ),
        (
            "FAIL",
            "Document",
            {"Content": {"mainSteps": [{"action": "aws:domainJoin", "inputs": {"password": SECRET}}]}},
        ),
        ("PASS", "Document", {"Content": {"mainSteps": [{"inputs": {"MasterUserPassword": "{{ Given }}"}}]}}),
        ("UNKNOWN", "Document", {"Content": {"mainSteps": [{"inputs": {"MasterUserPassword": {"Ref": "Given"}}}]}}),
        (
            "FAIL",
            "Document",
            {"Content": json.dumps({"mainSteps": [{"inputs": {"runCommand": [f"export DB_PASSWORD={SECRET}"]}}]})},
        ),
        ("FAIL", "Association", {"Parameters": {"DbPassword": [SECRET]}}),
        ("FAIL", "Association", {"Parameters": {"commands": [f"mysql -u app -p{SECRET}"]}}),
        ("PASS", "Association", {"Parameters": {"DbPassword": ["{{ ssm-secure:records }}"], "commands": ["ls"]}}),
        ("UNKNOWN", "Association", {"Parameters": {"DbPassword": [{"Ref": "Given"}]}}),
        ("FAIL", "MaintenanceWindowTask", {"TaskParameters": {"DbPassword": {"Values": [SECRET]}}}),
        ("PASS", "MaintenanceWindowTask", {"TaskParameters": {"Operation": {"Values": ["Scan"]}}}),
        (
            "FAIL",
            "MaintenanceWindowTask",
            {
                "TaskInvocationParameters": {
                    "MaintenanceWindowRunCommandParameters": {"Parameters": {"DbPassword": [SECRET]}}
                }
            },
        ),
        (
            "FAIL",
            "MaintenanceWindowTask",
            {
                "TaskInvocationParameters": {
                    "MaintenanceWindowLambdaParameters": {"Payload": f'{{"password": "{SECRET}"}}'}
                }
            },
        ),
    ],
    ids=case_name,
)
def test_what_systems_manager_is_told_to_run_is_read(
    verdict: str, kind: str, properties: dict[str, object], tmp_path: Path
) -> None:
    verdicts, told = findings(properties, f"AWS::SSM::{kind}", tmp_path)
    assert verdicts == [verdict]
    assert SECRET not in told
