# ruff: noqa: E501  # an answer a line
"""Forty small answers in the form of real ones, which moto does not always give: written anew, with made-up names.

What recordings of AWS taught: absent members instead of nulls, empty texts and lists, pages, dates as dates, numbers as
texts, policies as texts (also escaped for addresses), booleans as texts, settings that only come where they are set.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from scanner.live.aws_calls import RefusedError
from scanner.live.collector import Where, collect
from scanner.live.services import SERVICES
from scanner.snapshots.lines import Failed, Listed, Seen
from scanner.snapshots.redaction import Redaction

ACCOUNT, REGION = "111122223333", "eu-central-1"
DAY = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
TEXT = json.dumps(POLICY, indent=1)
NONE = RefusedError("ResourceNotFoundException")


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


KEY = arn("kms", "key/k")
BUCKETS = {"list_buckets": {"Buckets": [{"Name": "scans", "CreationDate": DAY}], "Owner": {"ID": "o"}}}
# What it shows, the service, answers by operation (a list is one a call), the type, and what is known of it.
ANSWERS: list[tuple[str, str, dict[str, Any], str, dict[str, object]]] = [
    ("no constraint is the oldest region", "s3", {**BUCKETS, "get_bucket_location": {"LocationConstraint": None}}, "AWS::S3::Bucket", {"BucketName": "scans", "region": "us-east-1"}),
    ("EU is a region too", "s3", {**BUCKETS, "get_bucket_location": {"LocationConstraint": "EU"}}, "AWS::S3::Bucket", {"region": "eu-west-1"}),
    ("versioning that was never on has no status", "s3", {**BUCKETS, "get_bucket_versioning": {}}, "AWS::S3::Bucket", {"VersioningConfiguration": None}),
    ("logging that is off has no children", "s3", {**BUCKETS, "get_bucket_logging": {}}, "AWS::S3::Bucket", {"LoggingConfiguration": None}),
    ("a policy is a text", "s3", {**BUCKETS, "get_bucket_policy": {"Policy": TEXT}}, "AWS::S3::BucketPolicy", {"PolicyDocument": POLICY}),
    ("a rule of a lifecycle has a filter or a prefix", "s3", {**BUCKETS, "get_bucket_lifecycle_configuration": {"Rules": [{"ID": "r", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 30}}]}}, "AWS::S3::Bucket", {"LifecycleConfiguration": {"Rules": [{"Id": "r", "Status": "Enabled", "ExpirationInDays": 30}]}}),
    ("buckets of a second page", "s3", {"list_buckets": [{"Buckets": [], "ContinuationToken": "t"}, BUCKETS["list_buckets"]]}, "AWS::S3::Bucket", {"BucketName": "scans"}),
    ("a queue's attributes are texts", "sqs", {"list_queues": {"QueueUrls": [f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"]}, "get_queue_attributes": {"Attributes": {"QueueArn": arn("sqs", "q"), "SqsManagedSseEnabled": "false", "VisibilityTimeout": "30"}}}, "AWS::SQS::Queue", {"SqsManagedSseEnabled": "false"}),
    ("a queue's policy is a text", "sqs", {"list_queues": {"QueueUrls": [f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"]}, "get_queue_attributes": {"Attributes": {"QueueArn": arn("sqs", "q"), "Policy": TEXT}}}, "AWS::SQS::QueuePolicy", {"PolicyDocument": POLICY}),
    ("no queue is no list", "sqs", {"list_queues": {}}, "AWS::SQS::Queue", {}),
    ("a topic's attributes are texts", "sns", {"list_topics": {"Topics": [{"TopicArn": arn("sns", "t")}]}, "get_topic_attributes": {"Attributes": {"TopicArn": arn("sns", "t"), "KmsMasterKeyId": KEY, "DisplayName": "", "Policy": TEXT}}}, "AWS::SNS::Topic", {"KmsMasterKeyId": KEY}),
    ("a table under its own key has no description of it", "dynamodb", {"list_tables": {"TableNames": ["t"]}, "describe_table": {"Table": {"TableName": "t", "TableArn": arn("dynamodb", "table/t"), "TableStatus": "ACTIVE", "CreationDateTime": DAY, "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}}, "describe_continuous_backups": {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}}, "get_resource_policy": RefusedError("PolicyNotFoundException")}, "AWS::DynamoDB::Table", {"TableName": "t", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}),
    ("tables of a second page", "dynamodb", {"list_tables": [{"TableNames": [], "LastEvaluatedTableName": "a"}, {"TableNames": ["t"]}], "describe_table": {"Table": {"TableName": "t", "TableArn": arn("dynamodb", "table/t")}}}, "AWS::DynamoDB::Table", {"TableName": "t"}),
    ("a group kept without a day", "logs", {"describe_log_groups": {"logGroups": [{"logGroupName": "/app", "arn": arn("logs", "log-group:/app:*"), "creationTime": 1767322445000, "storedBytes": 0}]}}, "AWS::Logs::LogGroup", {"LogGroupName": "/app", "RetentionInDays": None, "KmsKeyId": None}),
    ("a policy of logs is a text", "logs", {"describe_log_groups": {"logGroups": []}, "describe_resource_policies": {"resourcePolicies": [{"policyName": "p", "policyDocument": TEXT, "lastUpdatedTime": 1}]}}, "AWS::Logs::ResourcePolicy", {"PolicyName": "p"}),
    ("a key that waits for its end is off", "kms", {"list_keys": {"Keys": [{"KeyId": "k", "KeyArn": KEY}], "Truncated": False}, "describe_key": {"KeyMetadata": {"KeyId": "k", "Arn": KEY, "Enabled": False, "KeyManager": "CUSTOMER", "KeyState": "PendingDeletion", "DeletionDate": DAY, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT"}}, "get_key_policy": {"Policy": TEXT}}, "AWS::KMS::Key", {"Enabled": False}),
    ("a key's policy is a text", "kms", {"list_keys": {"Keys": [{"KeyId": "k", "KeyArn": KEY}], "Truncated": False}, "describe_key": {"KeyMetadata": {"KeyId": "k", "Arn": KEY, "Enabled": True, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT"}}, "get_key_policy": {"Policy": TEXT}, "get_key_rotation_status": {"KeyRotationEnabled": False}}, "AWS::KMS::Key", {"KeyPolicy": POLICY, "EnableKeyRotation": False}),
    ("a database without a key names none", "rds", {"describe_db_instances": {"DBInstances": [{"DBInstanceIdentifier": "db", "DBInstanceArn": arn("rds", "db:db"), "Engine": "postgres", "StorageEncrypted": False, "PubliclyAccessible": True, "MultiAZ": False, "BackupRetentionPeriod": 0, "InstanceCreateTime": DAY, "EnabledCloudwatchLogsExports": [], "DBSubnetGroup": {"DBSubnetGroupName": "g"}}]}}, "AWS::RDS::DBInstance", {"StorageEncrypted": False, "PubliclyAccessible": True, "KmsKeyId": None, "BackupRetentionPeriod": 0}),
    ("a cluster under a key that AWS owns is told not to be encrypted", "rds", {"describe_db_clusters": {"DBClusters": [{"DBClusterIdentifier": "c", "DBClusterArn": arn("rds", "cluster:c"), "Engine": "aurora-mysql", "StorageEncrypted": False, "StorageEncryptionType": "sse-rds"}]}}, "AWS::RDS::DBCluster", {"StorageEncrypted": True}),
    ("a cluster without encryption", "rds", {"describe_db_clusters": {"DBClusters": [{"DBClusterIdentifier": "c", "DBClusterArn": arn("rds", "cluster:c"), "Engine": "aurora-mysql", "StorageEncrypted": False, "StorageEncryptionType": "none"}]}}, "AWS::RDS::DBCluster", {"StorageEncrypted": False}),
    ("a snapshot under a key that AWS owns is told not to be encrypted", "state", {"describe_db_cluster_snapshots": {"DBClusterSnapshots": [{"DBClusterSnapshotIdentifier": "s", "DBClusterSnapshotArn": arn("rds", "cluster-snapshot:s"), "SnapshotType": "automated", "StorageEncrypted": False, "StorageEncryptionType": "sse-rds"}]}}, "Tenantproof::RDS::Snapshot", {"Encrypted": True}),
    ("rule groups of Firewall Manager stand beside a web ACL's own", "wafv2", {"list_web_acls": {"WebACLs": [{"Name": "w", "Id": "i", "ARN": arn("wafv2", "regional/webacl/w/i")}]}, "get_web_acl": {"WebACL": {"Name": "w", "Id": "i", "ARN": arn("wafv2", "regional/webacl/w/i"), "DefaultAction": {"Allow": {}}, "Rules": [], "ManagedByFirewallManager": True, "PreProcessFirewallManagerRuleGroups": [{"Name": "Common", "Priority": 0, "FirewallManagerStatement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}, "OverrideAction": {"None": {}}, "VisibilityConfig": {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}}]}}, "list_logging_configurations": {"LoggingConfigurations": []}}, "AWS::WAFv2::WebACL", {"Rules": [{"Name": "Common", "Priority": 0, "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}, "OverrideAction": {"None": {}}}]}),
    ("a durable cache is encrypted though its flag is off", "elasticache", {"describe_replication_groups": {"ReplicationGroups": [{"ReplicationGroupId": "g", "ARN": arn("elasticache", "replicationgroup:g"), "Status": "creating", "AtRestEncryptionEnabled": False, "StorageEncryptionType": "sse-elasticache"}]}}, "AWS::ElastiCache::ReplicationGroup", {"AtRestEncryptionEnabled": True}),
    ("a cache without encryption", "elasticache", {"describe_replication_groups": {"ReplicationGroups": [{"ReplicationGroupId": "g", "ARN": arn("elasticache", "replicationgroup:g"), "Status": "creating", "AtRestEncryptionEnabled": False, "StorageEncryptionType": "none"}]}}, "AWS::ElastiCache::ReplicationGroup", {"AtRestEncryptionEnabled": False}),
    ("databases of a second page", "rds", {"describe_db_instances": [{"DBInstances": [], "Marker": "m"}, {"DBInstances": [{"DBInstanceIdentifier": "db", "DBInstanceArn": arn("rds", "db:db"), "Engine": "mysql"}]}]}, "AWS::RDS::DBInstance", {"DBInstanceIdentifier": "db"}),
    ("a function outside of a network", "lambda", {"list_functions": {"Functions": [{"FunctionName": "f", "FunctionArn": arn("lambda", "function:f"), "Runtime": "python3.12", "Role": f"arn:aws:iam::{ACCOUNT}:role/r", "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}, "LastModified": "2026-01-02T03:04:05.000+0000", "TracingConfig": {"Mode": "PassThrough"}}]}, "get_policy": NONE}, "AWS::Lambda::Function", {"FunctionName": "f", "VpcConfig": None}),
    ("a function's policy is a text of statements", "lambda", {"list_functions": {"Functions": [{"FunctionName": "f", "FunctionArn": arn("lambda", "function:f")}]}, "get_policy": {"Policy": json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": [{"Sid": "s", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": arn("lambda", "function:f"), "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}}]}), "RevisionId": "1"}}, "AWS::Lambda::Permission", {"Principal": "s3.amazonaws.com", "SourceAccount": ACCOUNT}),
    ("a role's trust is escaped for addresses", "iam", {"get_account_authorization_details": {"RoleDetailList": [{"RoleName": "r", "RoleId": "AROA", "Arn": f"arn:aws:iam::{ACCOUNT}:role/r", "Path": "/", "CreateDate": DAY, "AssumeRolePolicyDocument": quote(TEXT), "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}], "IsTruncated": False}}, "AWS::IAM::Role", {"AssumeRolePolicyDocument": POLICY, "Policies": None}),
    ("a trail of another region", "cloudtrail", {"describe_trails": {"trailList": [{"Name": "t", "TrailARN": arn("cloudtrail", "trail/t"), "HomeRegion": REGION, "S3BucketName": "b", "IsMultiRegionTrail": True, "LogFileValidationEnabled": False, "IncludeGlobalServiceEvents": True, "HasCustomEventSelectors": False}]}, "get_trail_status": {"IsLogging": False, "LatestDeliveryError": "AccessDenied"}}, "AWS::CloudTrail::Trail", {"IsLogging": False, "EnableLogFileValidation": False}),
    ("an open rule of a group", "ec2", {"describe_security_groups": {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "web", "Description": "d", "VpcId": "vpc-1", "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}], "IpPermissionsEgress": []}]}}, "AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]}),
    ("a stage that logs nothing has no settings", "apigateway", {"get_rest_apis": {"items": [{"id": "a", "name": "api", "createdDate": DAY, "apiKeySource": "HEADER", "endpointConfiguration": {"types": ["EDGE"]}, "disableExecuteApiEndpoint": False}]}, "get_stages": {"item": [{"deploymentId": "d", "stageName": "prod", "cacheClusterEnabled": False, "methodSettings": {}, "tracingEnabled": False}]}}, "AWS::ApiGateway::Stage", {"StageName": "prod", "AccessLogSetting": None}),
    ("an API's policy is quoted twice", "apigateway", {"get_rest_apis": {"items": [{"id": "a", "name": "api", "policy": json.dumps(POLICY).replace('"', '\\"')}]}}, "AWS::ApiGateway::RestApi", {"Policy": POLICY}),
    ("a repository without scans", "ecr", {"describe_repositories": {"repositories": [{"repositoryName": "r", "repositoryArn": arn("ecr", "repository/r"), "imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": False}, "encryptionConfiguration": {"encryptionType": "AES256"}, "createdAt": DAY}]}}, "AWS::ECR::Repository", {"ImageTagMutability": "MUTABLE", "ImageScanningConfiguration": {"ScanOnPush": False}}),
    ("a secret that rotates never", "secretsmanager", {"list_secrets": {"SecretList": [{"Name": "s", "ARN": arn("secretsmanager", "secret:s-AbCdEf"), "LastChangedDate": DAY, "CreatedDate": DAY}]}}, "AWS::SecretsManager::Secret", {"Name": "s", "KmsKeyId": None}),
    ("a file system's encryption", "efs", {"describe_file_systems": {"FileSystems": [{"FileSystemId": "fs-1", "FileSystemArn": arn("elasticfilesystem", "file-system/fs-1"), "Encrypted": False, "LifeCycleState": "available", "CreationTime": DAY, "NumberOfMountTargets": 0}]}, "describe_file_system_policy": RefusedError("PolicyNotFound")}, "AWS::EFS::FileSystem", {"Encrypted": False, "KmsKeyId": None}),
    ("a stream without a key", "kinesis", {"list_streams": {"StreamNames": ["s"], "HasMoreStreams": False}, "describe_stream_summary": {"StreamDescriptionSummary": {"StreamName": "s", "StreamARN": arn("kinesis", "stream/s"), "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24, "StreamCreationTimestamp": DAY, "EncryptionType": "NONE", "OpenShardCount": 1}}}, "AWS::Kinesis::Stream", {"Name": "s", "StreamEncryption": None}),
    ("a listener without certificates", "elbv2", {"describe_load_balancers": {"LoadBalancers": [{"LoadBalancerArn": arn("elasticloadbalancing", "loadbalancer/app/l/1"), "LoadBalancerName": "l", "Type": "application", "Scheme": "internet-facing", "CreatedTime": DAY, "SecurityGroups": [], "AvailabilityZones": []}]}, "describe_listeners": {"Listeners": [{"ListenerArn": arn("elasticloadbalancing", "listener/app/l/1/2"), "LoadBalancerArn": arn("elasticloadbalancing", "loadbalancer/app/l/1"), "Port": 80, "Protocol": "HTTP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": "t", "Order": 1}]}]}}, "AWS::ElasticLoadBalancingV2::Listener", {"Port": 80, "Protocol": "HTTP", "Certificates": None}),
    ("a certificate that nobody uses", "acm", {"list_certificates": {"CertificateSummaryList": [{"CertificateArn": arn("acm", "certificate/c"), "DomainName": "clinic.example", "Status": "ISSUED", "Type": "AMAZON_ISSUED", "InUse": False, "NotAfter": DAY}]}}, "Tenantproof::ACM::Certificate", {"DomainName": "clinic.example", "InUse": False, "NotAfter": "2026-01-02T03:04:05Z"}),
    ("a cluster of containers without insights", "ecs", {"list_clusters": {"clusterArns": [arn("ecs", "cluster/c")]}, "describe_clusters": {"clusters": [{"clusterArn": arn("ecs", "cluster/c"), "clusterName": "c", "status": "ACTIVE", "settings": [], "capacityProviders": [], "tags": []}], "failures": []}}, "AWS::ECS::Cluster", {"ClusterName": "c", "ClusterSettings": None}),
    ("a cluster's endpoint is public", "eks", {"list_clusters": {"clusters": ["c"]}, "describe_cluster": {"cluster": {"name": "c", "arn": arn("eks", "cluster/c"), "version": "1.33", "createdAt": DAY, "resourcesVpcConfig": {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": ["0.0.0.0/0"], "subnetIds": [], "securityGroupIds": []}, "logging": {"clusterLogging": [{"types": ["api"], "enabled": False}]}}}}, "AWS::EKS::Cluster", {"Name": "c", "Version": "1.33"}),
    ("a warehouse that is public", "redshift", {"describe_clusters": {"Clusters": [{"ClusterIdentifier": "w", "ClusterNamespaceArn": arn("redshift", "namespace:n"), "PubliclyAccessible": True, "Encrypted": False, "AllowVersionUpgrade": True, "AutomatedSnapshotRetentionPeriod": 1, "ClusterCreateTime": DAY, "ClusterParameterGroups": [{"ParameterGroupName": "default.redshift-1.0", "ParameterApplyStatus": "in-sync"}], "VpcSecurityGroups": []}]}}, "AWS::Redshift::Cluster", {"PubliclyAccessible": True, "Encrypted": False}),
    ("a machine that logs nothing", "stepfunctions", {"list_state_machines": {"stateMachines": [{"stateMachineArn": arn("states", "stateMachine:m"), "name": "m", "type": "STANDARD", "creationDate": DAY}]}, "describe_state_machine": {"stateMachineArn": arn("states", "stateMachine:m"), "name": "m", "status": "ACTIVE", "definition": "{}", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "type": "STANDARD", "creationDate": DAY, "loggingConfiguration": {"level": "OFF", "includeExecutionData": False}, "tracingConfiguration": {"enabled": False}}}, "AWS::StepFunctions::StateMachine", {"StateMachineName": "m"}),
    ("a vault that is not locked", "backup", {"list_backup_vaults": {"BackupVaultList": [{"BackupVaultName": "v", "BackupVaultArn": arn("backup", "backup-vault:v"), "CreationDate": DAY, "EncryptionKeyArn": KEY, "NumberOfRecoveryPoints": 0}]}, "get_backup_vault_access_policy": NONE}, "AWS::Backup::BackupVault", {"BackupVaultName": "v", "EncryptionKeyArn": KEY}),
    ("a detector is a text, and its features a list", "guardduty", {"list_detectors": {"DetectorIds": ["d"]}, "get_detector": {"Status": "ENABLED", "FindingPublishingFrequency": "SIX_HOURS", "ServiceRole": "r", "CreatedAt": "2026-01-02T03:04:05.000Z", "Features": [{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]}}, "AWS::GuardDuty::Detector", {"Enable": True}),
    ("a project whose logs are the default", "codebuild", {"list_projects": {"projects": ["p"]}, "batch_get_projects": {"projects": [{"name": "p", "arn": arn("codebuild", "project/p"), "source": {"type": "NO_SOURCE"}, "artifacts": {"type": "NO_ARTIFACTS"}, "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL", "privilegedMode": True, "environmentVariables": []}, "created": DAY}]}}, "AWS::CodeBuild::Project", {"Name": "p", "LogsConfig": None}),
    ("a recorder that was stopped", "config", {"describe_configuration_recorders": {"ConfigurationRecorders": [{"name": "default", "roleARN": "r", "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": False, "resourceTypes": []}}]}, "describe_configuration_recorder_status": {"ConfigurationRecordersStatus": [{"name": "default", "recording": False, "lastStatus": "PENDING"}]}}, "AWS::Config::ConfigurationRecorder", {"Recording": False}),
    ("the default user of no group lets nobody in", "elasticache", {"describe_users": {"Users": [{"UserId": "default", "UserName": "default", "ARN": arn("elasticache", "user:default"), "Engine": "redis", "AccessString": "on ~* +@all", "UserGroupIds": [], "Authentication": {"Type": "no-password"}}]}}, "AWS::ElastiCache::User", {}),
    ("the default user of a group does", "elasticache", {"describe_users": {"Users": [{"UserId": "default", "UserName": "default", "ARN": arn("elasticache", "user:default"), "Engine": "redis", "AccessString": "on ~* +@all", "UserGroupIds": ["g"], "Authentication": {"Type": "no-password"}}]}}, "AWS::ElastiCache::User", {"AuthenticationMode": {"Type": "no-password"}}),
]  # fmt: skip


class Told:
    """Answers by operation; what is not told of is answered with nothing set, as AWS does where nothing is."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = {name: [*each] if isinstance(each, list) else each for name, each in answers.items()}

    def call(self, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        answer = self._answers.get(operation, {"State": "COMPLETE"} if operation.startswith("generate_") else {})
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else {}
        if isinstance(answer, Exception):
            raise answer
        found: Mapping[str, Any] = answer
        return found


@pytest.mark.parametrize(("name", "service", "answers", "kind", "known"), ANSWERS, ids=[each[0] for each in ANSWERS])
def test_the_form_is_understood(
    name: str, service: str, answers: dict[str, Any], kind: str, known: dict[str, object]
) -> None:
    (named,) = [each for each in SERVICES if each.name == service]
    lines = [*collect(named, Told(answers), Where(ACCOUNT, REGION), Redaction(b"key"))]
    assert Listed(kind) in lines
    assert not [each for each in lines if isinstance(each, Failed) and kind in each.types]
    found = [each for each in lines if isinstance(each, Seen) and each.type == kind]
    if not known:
        assert found == []
        return
    (seen,) = found
    told = {**seen.properties, "region": seen.region}
    assert {key: told.get(key, "not read") for key in known} == known
    assert not [why for path, why in seen.unknown if path[0] in known]


def test_there_are_as_many() -> None:
    assert len(ANSWERS) == 48 and len({each[1] for each in ANSWERS}) >= 25
