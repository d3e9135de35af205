"""Every kind of resource with a policy of its own, under an entry by ARN or tag and as a silo: what the policy lets in.

Each is given its name, and its ARN is left to deployment, as templates do.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.prover.closed_world.prover import ask_files
from tests.prover.situations import ACCOUNT, BROKER, TAG, document, trust

REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/AppRole"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/other"


@dataclass(frozen=True)
class Kind:
    """`on` says how a policy of type `beside` names it; without one the policy stands in the properties."""

    type: str
    properties: dict[str, Any]
    action: str
    place: tuple[str, ...]
    arn: str = ""
    beside: str = ""
    on: Any = None
    tags: str = "Tags"
    map_tags: bool = False

    def resources(self, statement: dict[str, Any]) -> dict[str, Any]:
        properties = copy.deepcopy(self.properties)
        properties[self.tags] = {"TenantId": "globex"} if self.map_tags else [{"Key": "TenantId", "Value": "globex"}]
        value: Any = document(statement)
        *outer, last = self.place
        if self.beside:
            policy = {"Type": self.beside, "Properties": {outer[0]: self.on, last: value}}
            return {"Theirs": {"Type": self.type, "Properties": properties}, "Policy": policy}
        for key in reversed(self.place[1:]):
            value = {key: value}
        properties[self.place[0]] = value
        return {"Theirs": {"Type": self.type, "Properties": properties}}


def _get(attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": ["Theirs", attribute]}


REF = {"Ref": "Theirs"}
HERE = f"{REGION}:{ACCOUNT}"
KINDS = (
    Kind("AWS::AIOps::InvestigationGroup", {"Name": "t-globex"}, "aiops:DeleteInvestigationGroup",
         ("InvestigationGroupPolicy",)),
    Kind("AWS::APS::Workspace", {}, "aps:QueryMetrics", ("WorkspaceArn", "PolicyDocument"), "",
         "AWS::APS::ResourcePolicy", _get("WorkspaceArn")),
    Kind("AWS::Backup::LogicallyAirGappedBackupVault", {"BackupVaultName": "t-globex"}, "backup:DeleteBackupVault",
         ("AccessPolicy",), f"backup:{HERE}:backup-vault:t-${{tenant}}", tags="BackupVaultTags", map_tags=True),
    Kind("AWS::CloudTrail::EventDataStore", {"Name": "t-globex"}, "cloudtrail:StartQuery",
         ("ResourceArn", "ResourcePolicy"), "", "AWS::CloudTrail::ResourcePolicy", _get("EventDataStoreArn")),
    Kind("AWS::CodeArtifact::Domain", {"DomainName": "t-globex"}, "codeartifact:DeleteDomain",
         ("PermissionsPolicyDocument",), f"codeartifact:{HERE}:domain/t-${{tenant}}"),
    Kind("AWS::CodeArtifact::Repository", {"DomainName": "main", "RepositoryName": "t-globex"},
         "codeartifact:ReadFromRepository", ("PermissionsPolicyDocument",),
         f"codeartifact:{HERE}:repository/main/t-${{tenant}}"),
    Kind("AWS::DSQL::Cluster", {}, "dsql:DbConnectAdmin", ("PolicyDocument",)),
    Kind("AWS::EventSchemas::Registry", {"RegistryName": "t-globex"}, "schemas:DeleteRegistry",
         ("RegistryName", "Policy"), f"schemas:{HERE}:registry/t-${{tenant}}", "AWS::EventSchemas::RegistryPolicy",
         REF),
    Kind("AWS::Elasticsearch::Domain", {"DomainName": "t-globex"}, "es:ESHttpGet", ("AccessPolicies",),
         f"es:{HERE}:domain/t-${{tenant}}"),
    Kind("AWS::KMS::ReplicaKey", {"PrimaryKeyArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/mrk-1"}, "kms:Decrypt",
         ("KeyPolicy",)),
    Kind("AWS::Logs::DeliveryDestination", {"Name": "t-globex"}, "logs:CreateDelivery",
         ("DeliveryDestinationPolicy", "DeliveryDestinationPolicy"), f"logs:{HERE}:delivery-destination:t-${{tenant}}"),
    Kind("AWS::Logs::Destination", {"DestinationName": "t-globex"}, "logs:PutSubscriptionFilter",
         ("DestinationPolicy",), f"logs:{HERE}:destination:t-${{tenant}}"),
    Kind("AWS::MSK::Cluster", {"ClusterName": "t-globex"}, "kafka-cluster:Connect", ("ClusterArn", "Policy"),
         f"kafka:{HERE}:cluster/t-${{tenant}}/*", "AWS::MSK::ClusterPolicy", _get("Arn"), map_tags=True),
    Kind("AWS::MediaStore::Container", {"ContainerName": "t_globex"}, "mediastore:GetObject", ("Policy",),
         f"mediastore:{HERE}:container/t_${{tenant}}"),
    Kind("AWS::OSIS::Pipeline", {"PipelineName": "t-globex"}, "osis:Ingest", ("ResourcePolicy", "Policy"),
         f"osis:{HERE}:pipeline/t-${{tenant}}"),
    Kind("AWS::Omics::SequenceStore", {"Name": "x"}, "omics:DeleteSequenceStore", ("S3AccessPolicy",), map_tags=True),
    Kind("AWS::S3Express::DirectoryBucket", {"BucketName": "t-globex--use1-az1--x-s3"}, "s3express:CreateSession",
         ("Bucket", "PolicyDocument"), f"s3express:{HERE}:bucket/t-${{tenant}}--use1-az1--x-s3",
         "AWS::S3Express::BucketPolicy", REF),
    Kind("AWS::S3Files::FileSystem", {}, "s3files:DeleteFileSystem", ("FileSystemId", "Policy"), "",
         "AWS::S3Files::FileSystemPolicy", REF),
    Kind("AWS::S3Tables::TableBucket", {"TableBucketName": "t-globex"}, "s3tables:GetTableData",
         ("TableBucketARN", "ResourcePolicy"), f"s3tables:{HERE}:bucket/t-${{tenant}}",
         "AWS::S3Tables::TableBucketPolicy", _get("TableBucketARN")),
    Kind("AWS::S3Vectors::VectorBucket", {"VectorBucketName": "t-globex"}, "s3vectors:GetVectors",
         ("VectorBucketArn", "Policy"), f"s3vectors:{HERE}:bucket/t-${{tenant}}", "AWS::S3Vectors::VectorBucketPolicy",
         REF),
    Kind("AWS::SageMaker::ModelPackageGroup", {"ModelPackageGroupName": "t-globex"},
         "sagemaker:DeleteModelPackageGroup", ("ModelPackageGroupPolicy",),
         f"sagemaker:{HERE}:model-package-group/t-${{tenant}}"),
    Kind("AWS::SecretsManager::Secret", {"Name": "t-globex"}, "secretsmanager:GetSecretValue",
         ("SecretId", "ResourcePolicy"), f"secretsmanager:{HERE}:secret:t-${{tenant}}-??????",
         "AWS::SecretsManager::ResourcePolicy", REF),
    Kind("AWS::VpcLattice::Service", {"Name": "t-globex"}, "vpc-lattice-svcs:Invoke",
         ("ResourceIdentifier", "Policy"), "", "AWS::VpcLattice::AuthPolicy", _get("Arn")),
)  # fmt: skip


def _statement(kind: Kind, principal: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": kind.action, "Resource": "*"}


def _said(
    folder: Path,
    resources: dict[str, Any],
    owned: list[dict[str, Any]],
    *statements: dict[str, Any],
    silo: bool = False,
) -> str:
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": REGION,
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": []
        if silo
        else [
            {
                "name": "app",
                "roles": ["AppRole"],
                "tenant_key": "aws:PrincipalTag/TenantId",
                "present": "always",
                "binders": [BROKER],
            }
        ],
        "owned": owned,
    }
    role: dict[str, Any] = {
        "RoleName": "AppRole",
        "AssumeRolePolicyDocument": trust({"Service": "ecs-tasks.amazonaws.com"} if silo else {"AWS": BROKER}),
        "Policies": [{"PolicyName": "p", "PolicyDocument": document(*statements)}],
    }
    if silo:
        role["Tags"] = [{"Key": "TenantId", "Value": "acme"}]
    return ask_files(
        tenancy, {"Resources": {"AppRole": {"Type": "AWS::IAM::Role", "Properties": role}, **resources}}, folder
    ).verdict


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_whom_the_policy_names_is_let_in_and_nobody_else(kind: Kind, tmp_path: Path) -> None:
    by_tag = {
        "Effect": "Allow",
        "Action": kind.action,
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/TenantId": TAG}},
    }
    tagged = [{"kind": "tagged", "types": [kind.type], "tag": "TenantId"}]
    elsewhere = {"Effect": "Allow", "Action": "sqs:GetQueueUrl", "Resource": f"arn:aws:sqs:{HERE}:mine"}
    for principal, verdicts in (({"AWS": ROLE}, {"LEAK"}), ({"AWS": OTHER}, {"ISOLATED"}), ("*", {"LEAK"})):
        resources = kind.resources(_statement(kind, principal))
        assert _said(tmp_path, resources, tagged, by_tag) in verdicts, ("tagged", principal)
        assert _said(tmp_path, resources, [], elsewhere, silo=True) in verdicts, ("silo", principal)
        if kind.arn:
            arn = f"arn:aws:{kind.arn}"
            own = {"Effect": "Allow", "Action": kind.action, "Resource": arn.replace("${tenant}", TAG)}
            assert _said(tmp_path, resources, [{"kind": "arn", "arn": arn}], own) in verdicts, ("arn", principal)


NAMED = (
    ("AWS::Glue::Workflow", "Name", "glue:NotifyEvent", "glue:{}:workflow/globex", ""),
    ("AWS::IoTFleetWise::Vehicle", "Name", "iotfleetwise:GetVehicle", "iotfleetwise:{}:vehicle/globex", ""),
    ("AWS::OpenSearchService::Domain", "DomainName", "es:DeleteDomain", "es:{}:domain/globex", "Arn"),
    ("AWS::OpenSearchService::Domain", "DomainName", "es:ESHttpGet", "es:{}:domain/globex/*", ""),
    ("AWS::S3Tables::TableBucket", "TableBucketName", "s3tables:DeleteTableBucket", "s3tables:{}:bucket/globex",
     "TableBucketARN"),
    ("AWS::SecretsManager::Secret", "Name", "secretsmanager:GetSecretValue", "secretsmanager:{}:secret:globex-??????",
     "Id"),
    ("AWS::Logs::LogGroup", "LogGroupName", "logs:GetLogEvents", "logs:{}:log-group:globex:*", ""),
    ("AWS::Logs::LogGroup", "LogGroupName", "logs:DeleteLogGroup", "logs:{}:log-group:globex", ""),
)  # fmt: skip


@pytest.mark.parametrize(("type_name", "named", "action", "arn", "attribute"), NAMED)
def test_a_statement_names_a_silo_s_resource_in_letters_or_by_reference(
    type_name: str, named: str, action: str, arn: str, attribute: str, tmp_path: Path
) -> None:
    """The name stands in the template, and the ARN was taken for one that equals no text: ISOLATED."""
    tags: Any = [{"Key": "TenantId", "Value": "globex"}]
    if type_name == "AWS::Glue::Workflow":
        tags = {"TenantId": "globex"}
    resources = {"Theirs": {"Type": type_name, "Properties": {named: "globex", "Tags": tags}}}
    written = f"arn:aws:{arn.format(HERE)}"
    for resource, verdict in (
        (written, "LEAK"),
        ("*", "LEAK"),
        (written.replace("globex", "glob*"), "LEAK"),
        (written.replace("globex", "acme"), "ISOLATED"),
        (written.replace(":us-east-1:", ":eu-west-1:"), "ISOLATED"),
        ({"Fn::Sub": f"arn:aws:{arn.format('${AWS::Region}:${AWS::AccountId}')}"}, "LEAK"),
    ):
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        assert _said(tmp_path, resources, [], statement, silo=True) == verdict, resource
    if attribute:
        # By whatever attribute its ARN is given.
        statement = {"Effect": "Allow", "Action": action, "Resource": _get(attribute)}
        assert _said(tmp_path, resources, [], statement, silo=True) == "LEAK"
