"""What an absent value means in an account, for every rule with a default for templates on a type that is collected.

The default of a template is what AWS does for what is made today. An account's answer tells what is set: what it lacks
is switched off, or is always told and so is never lacking, unless AWS says that silence has the same meaning there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from scanner import scan
from scanner.live.services import SERVICES
from scanner.model.absent_properties import LACKING
from scanner.options import Options
from scanner.snapshots.lines import Listed, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard

ACCOUNT, REGION = "111122223333", "eu-central-1"
RULES = Path(__file__).parents[2] / "rules"
CLUSTER, TOLD = "AWS::Redshift::Cluster", "always told"
# By rule: the type, what is read of it beside, what is absent, what that means in an account, and the verdict. Sources
# are the operations' pages in the API references; "always told" is of answers that others recorded, without exception.
MEANING: dict[str, tuple[str, dict[str, object], str, str, str]] = {
    "cognito-pool-hardened": (
        "AWS::Cognito::UserPoolClient",
        {"AllowedOAuthFlows": []},
        "PreventUserExistenceErrors",
        "LEGACY (DescribeUserPoolClient)",
        "FAIL",
    ),
    "codebuild-logs": (
        "AWS::CodeBuild::Project", {}, "LogsConfig", "logs go to CloudWatch (BatchGetProjects, logsConfig)", "PASS",
    ),
    "docdb-tls-required": (
        "AWS::DocDB::DBClusterParameterGroup",
        {"Parameters": {}},
        "Parameters.tls",
        "nobody set it: TLS is required",
        "PASS",
    ),
    "ecs-exec-recorded": (
        "AWS::ECS::Cluster", {}, "Configuration", "sessions go to the log of the task (DescribeClusters)", "PASS",
    ),
    "eks-secrets-kms": ("AWS::EKS::Cluster", {"EncryptionConfig": None, "Config": None}, "Version", TOLD, "FAIL"),
    "elasticache-encrypted-at-rest": (
        "AWS::ElastiCache::ReplicationGroup",
        {"Engine": "valkey", "GlobalReplicationGroupId": None},
        "AtRestEncryptionEnabled",
        TOLD,
        "FAIL",
    ),
    "msk-encrypted-in-transit": (
        "AWS::MSK::Cluster", {"EncryptionInfo": {}}, "EncryptionInfo.EncryptionInTransit", TOLD, "FAIL",
    ),
    "msk-not-public": (
        "AWS::MSK::Cluster", {"BrokerNodeGroupInfo": {}}, "BrokerNodeGroupInfo.ConnectivityInfo", TOLD, "FAIL",
    ),
    "neptune-tls-required": (
        "AWS::Neptune::DBClusterParameterGroup",
        {"Parameters": {}},
        "Parameters.neptune_enforce_ssl",
        "nobody set it: TLS is required",
        "PASS",
    ),
    "phi-stays-out-of-metadata": (
        "AWS::StepFunctions::StateMachine",
        {"DefinitionString": None, "Definition": None},
        "LoggingConfiguration",
        "nothing is logged (DescribeStateMachine, level OFF)",
        "PASS",
    ),
    "privatelink-service-accepts-known": ("AWS::EC2::VPCEndpointService", {}, "AcceptanceRequired", TOLD, "FAIL"),
    "rds-auto-minor-upgrade": ("AWS::RDS::DBInstance", {"Engine": "postgres"}, "AutoMinorVersionUpgrade", TOLD, "FAIL"),
    "rds-backup-retention": (
        "AWS::RDS::DBInstance",
        {"Engine": "postgres", "DBClusterIdentifier": None, "SourceDBInstanceIdentifier": None},
        "BackupRetentionPeriod",
        TOLD,
        "FAIL",
    ),
    "rds-encrypted": (
        "AWS::RDS::DBCluster",
        {
            "Engine": "aurora-mysql",
            "GlobalClusterIdentifier": None,
            "ReplicationSourceIdentifier": None,
            "SnapshotIdentifier": None,
            "SourceDBClusterIdentifier": None,
        },
        "StorageEncrypted",
        TOLD,
        "FAIL",
    ),
    "redshift-auto-snapshot": (CLUSTER, {}, "AutomatedSnapshotRetentionPeriod", TOLD, "FAIL"),
    "redshift-encrypted-logged": (
        CLUSTER,
        {"LoggingProperties": {"BucketName": "b"}, "SnapshotIdentifier": None},
        "Encrypted",
        TOLD,
        "FAIL",
    ),
    "redshift-maintenance": (CLUSTER, {}, "AllowVersionUpgrade", TOLD, "FAIL"),
    "redshift-not-public": (CLUSTER, {}, "PubliclyAccessible", TOLD, "FAIL"),
    "redshift-require-tls": (CLUSTER, {}, "ClusterParameterGroupName", TOLD, "FAIL"),
    "s3-bucket-public-block": (
        "AWS::S3::Bucket",
        {},
        "PublicAccessBlockConfiguration",
        "there is none (NoSuchPublicAccessBlockConfiguration): it was written when newer buckets were made",
        "FAIL",
    ),
    "s3-default-encryption": (
        "AWS::S3::Bucket", {}, "BucketEncryption", "SSE-S3, of all buckets since January 2023", "PASS",
    ),
    "s3-no-acls": (
        "AWS::S3::Bucket", {}, "OwnershipControls", "ACLs count (OwnershipControlsNotFoundError)", "FAIL",
    ),
    "s3-versioning": (
        "AWS::S3::Bucket",
        {"WebsiteConfiguration": None, "ObjectLockEnabled": True},
        "VersioningConfiguration",
        "there never were versions (GetBucketVersioning)",
        "FAIL",
    ),
    "sqs-encrypted": ("AWS::SQS::Queue", {"KmsMasterKeyId": None}, "SqsManagedSseEnabled", TOLD, "FAIL"),
    "tls-everywhere": ("AWS::ApiGateway::DomainName", {}, "SecurityPolicy", "TLS 1.0 of the oldest names", "FAIL"),
    "transit-gateway-no-auto-accept": ("AWS::EC2::TransitGateway", {}, "AutoAcceptSharedAttachments", TOLD, "UNKNOWN"),
    "transfer-security-policy": (
        "AWS::Transfer::Server",
        {},
        "SecurityPolicyName",
        "not told: servers made by the API had the policy of 2018 for years",
        "FAIL",
    ),
}  # fmt: skip


class _Loader(yaml.SafeLoader):
    """Takes the tags of CloudFormation for nothing."""


_Loader.add_multi_constructor("!", lambda *_: None)


def _with_default(node: Any) -> bool:
    if isinstance(node, dict):
        return "aws_default" in node or any(_with_default(each) for each in node.values())
    return isinstance(node, list) and any(_with_default(each) for each in node)


def test_every_rule_with_a_default_on_a_collected_type_says_what_its_absence_means() -> None:
    collected = {name for service in SERVICES for name in service.types}
    found = set()
    for file in RULES.glob("*/*.yaml"):
        text = file.read_text("utf-8")
        if "aws_default:" in text:
            rule = yaml.load(text, _Loader)  # a loader of safe values, and of tags that it ignores
            if _with_default(rule["assert"]) and collected & set(rule["applies_to"]["types"]):
                found.add(rule["id"])
    assert found == MEANING.keys()


def test_an_absent_value_means_that_in_an_account(tmp_path: Path) -> None:
    lines: list[Any] = []
    for rule, (kind, beside, absent, _, _) in MEANING.items():
        told = dict.fromkeys((*LACKING.get(kind, ()), *(() if "." in absent else (absent,))))
        lines.append(Seen(kind, rule, None, REGION, {**told, **beside}))
    kinds = {kind for kind, *_ in MEANING.values()} | {"AWS::CloudFront::Distribution"}
    lines += [Listed(kind) for kind in sorted(kinds)]
    key = ShardKey(ACCOUNT, REGION, "all")
    shard = write_shard(tmp_path, key, lines)
    day = "2026-01-01T00:00:00Z"
    write_manifest(tmp_path, Manifest("0", day, day, [ACCOUNT], [REGION], ["all"], [key], [shard]))
    report = scan(tmp_path, options=Options(select=list(MEANING))).report
    found = {
        each["rule"]: each["verdict"] for each in report["findings"] if each["rule"] == each["resource"]["logical_id"]
    }
    assert found == {rule: verdict for rule, (*_, verdict) in MEANING.items()}
