"""Resources that have a policy of their own, as templates write them: each type's page of the template reference."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.prover.closed_world.reference import ACCOUNT, REGION, Form, reference

Body = dict[str, Any]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/AppRole"


@dataclass(frozen=True)
class Carrier:
    """`attach` puts a policy on the resource `Theirs` of a template; `names` is its name property, None where AWS makes
    the name, which then is `made`. `rest` is what follows the name in the ARN. `own` is how the template says its ARN.
    """

    type: str
    service: str
    resource: str
    names: str | None
    attach: Callable[[dict[str, Body], str, Body], None]
    made: str = ""
    rest: str = ""
    properties: tuple[tuple[str, Any], ...] = ()
    own: Any = None
    tags: str = "Tags"
    map_tags: bool = False

    @property
    def form(self) -> Form:
        return reference().named(self.service, self.resource)

    def arn(self, name: str) -> str:
        form = self.form
        return form.filled({form.free[0]: f"{name if self.names else self.made}{self.rest}"}, "main")


def _inline(key: str, *inner: str) -> Callable[[dict[str, Body], str, Body], None]:
    def attach(resources: dict[str, Body], arn: str, document: Body) -> None:
        value: Any = document
        for each in reversed(inner):
            value = {each: value}
        resources["Theirs"]["Properties"][key] = value

    return attach


def _beside(
    type_name: str, target: str, key: str, *, listed: bool = False
) -> Callable[[dict[str, Body], str, Body], None]:
    def attach(resources: dict[str, Body], arn: str, document: Body) -> None:
        on: Any = arn if target.lower().endswith(("arn", "topicarn")) else {"Ref": "Theirs"}
        resources["TheirPolicy"] = {"Type": type_name, "Properties": {target: [on] if listed else on, key: document}}

    return attach


def _permissions(resources: dict[str, Body], arn: str, document: Body) -> None:
    """AddPermission has one principal and one action, and no Deny."""
    for at, statement in enumerate(document["Statement"]):
        principal = statement["Principal"]
        shown = principal if isinstance(principal, str) else next(iter(principal.values()))
        resources[f"TheirPolicy{at}"] = {
            "Type": "AWS::Lambda::Permission",
            "Properties": {"FunctionName": {"Ref": "Theirs"}, "Action": statement["Action"], "Principal": shown},
        }


def _bus_policy(resources: dict[str, Body], arn: str, document: Body) -> None:
    for at, statement in enumerate(document["Statement"]):
        resources[f"TheirPolicy{at}"] = {
            "Type": "AWS::Events::EventBusPolicy",
            "Properties": {
                "EventBusName": {"Ref": "Theirs"},
                "StatementId": f"s{at}",
                "Statement": {"Sid": f"s{at}", **statement},
            },
        }


_ARN = {"Fn::GetAtt": ["Theirs", "Arn"]}
_CODE = (
    ("Runtime", "python3.13"),
    ("Handler", "a.b"),
    ("Role", f"arn:aws:iam::{ACCOUNT}:role/other"),
    ("Code", {"ZipFile": "x"}),
)
_KEYS = (
    ("KeySchema", [{"AttributeName": "pk", "KeyType": "HASH"}]),
    ("AttributeDefinitions", [{"AttributeName": "pk", "AttributeType": "S"}]),
)
CARRIERS: tuple[Carrier, ...] = (
    Carrier(
        "AWS::SQS::Queue",
        "sqs",
        "queue",
        "QueueName",
        _beside("AWS::SQS::QueuePolicy", "Queues", "PolicyDocument", listed=True),
    ),
    Carrier(
        "AWS::SQS::Queue",
        "sqs",
        "queue",
        "QueueName",
        _beside("AWS::SQS::QueueInlinePolicy", "Queue", "PolicyDocument"),
    ),
    Carrier(
        "AWS::SNS::Topic",
        "sns",
        "topic",
        "TopicName",
        _beside("AWS::SNS::TopicPolicy", "Topics", "PolicyDocument", listed=True),
    ),
    Carrier(
        "AWS::SNS::Topic",
        "sns",
        "topic",
        "TopicName",
        _beside("AWS::SNS::TopicInlinePolicy", "TopicArn", "PolicyDocument"),
    ),
    Carrier(
        "AWS::SecretsManager::Secret",
        "secretsmanager",
        "Secret",
        "Name",
        _beside("AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy"),
        rest="-a1B2c3",
        own={"Ref": "Theirs"},
    ),
    Carrier(
        "AWS::S3::Bucket", "s3", "bucket", "BucketName", _beside("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument")
    ),
    Carrier(
        "AWS::DynamoDB::Table",
        "dynamodb",
        "table",
        "TableName",
        _inline("ResourcePolicy", "PolicyDocument"),
        properties=_KEYS,
    ),
    Carrier("AWS::Lambda::Function", "lambda", "function", "FunctionName", _permissions, properties=_CODE),
    Carrier(
        "AWS::Lambda::Function",
        "lambda",
        "function",
        "FunctionName",
        _beside("AWS::Lambda::ResourcePolicy", "ResourceArn", "PolicyDocument"),
        properties=_CODE,
    ),
    Carrier("AWS::Events::EventBus", "events", "event-bus", "Name", _inline("Policy")),
    Carrier("AWS::Events::EventBus", "events", "event-bus", "Name", _bus_policy),
    Carrier(
        "AWS::Kinesis::Stream",
        "kinesis",
        "stream",
        "Name",
        _beside("AWS::Kinesis::ResourcePolicy", "ResourceArn", "ResourcePolicy"),
    ),
    Carrier("AWS::Kinesis::Stream", "kinesis", "stream", "Name", _inline("ResourcePolicy", "PolicyDocument")),
    Carrier("AWS::ECR::Repository", "ecr", "repository", "RepositoryName", _inline("RepositoryPolicyText")),
    Carrier("AWS::Logs::LogGroup", "logs", "log-group", "LogGroupName", _inline("ResourcePolicyDocument")),
    Carrier("AWS::OpenSearchService::Domain", "es", "domain", "DomainName", _inline("AccessPolicies")),
    Carrier(
        "AWS::S3Tables::TableBucket",
        "s3tables",
        "TableBucket",
        "TableBucketName",
        _beside("AWS::S3Tables::TableBucketPolicy", "TableBucketARN", "ResourcePolicy"),
        own={"Fn::GetAtt": ["Theirs", "TableBucketARN"]},
    ),
    Carrier(
        "AWS::S3Vectors::VectorBucket",
        "s3vectors",
        "VectorBucket",
        "VectorBucketName",
        _beside("AWS::S3Vectors::VectorBucketPolicy", "VectorBucketArn", "Policy"),
        own={"Fn::GetAtt": ["Theirs", "VectorBucketArn"]},
    ),
    Carrier(
        "AWS::Backup::BackupVault",
        "backup",
        "backupVault",
        "BackupVaultName",
        _inline("AccessPolicy"),
        own={"Fn::GetAtt": ["Theirs", "BackupVaultArn"]},
        tags="BackupVaultTags",
        map_tags=True,
    ),
    Carrier("AWS::IAM::Role", "iam", "role", "RoleName", _inline("AssumeRolePolicyDocument")),
    Carrier("AWS::KMS::Key", "kms", "key", None, _inline("KeyPolicy"), made="0d1b4a3e-1111-2222-3333-444455556666"),
    Carrier(
        "AWS::EFS::FileSystem",
        "elasticfilesystem",
        "file-system",
        None,
        _inline("FileSystemPolicy"),
        made="fs-0123456789abcdef0",
        tags="FileSystemTags",
    ),
    Carrier(
        "AWS::ApiGateway::RestApi",
        "execute-api",
        "execute-api-general",
        None,
        _inline("Policy"),
        made="a1b2c3d4e5",
        own="",
    ),
)


def statement_on(rng: random.Random, actions: list[str], arn: str, owner: str) -> Body:
    """A statement of a resource's policy: most let somebody in."""
    made: Body = {"Effect": "Allow" if rng.random() < 0.85 else "Deny"}
    root = f"arn:aws:iam::{ACCOUNT}:root"
    principal: Any = rng.choices(
        [{"AWS": ROLE}, "*", {"AWS": "*"}, {"AWS": root}, {"AWS": ACCOUNT},
         {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}, {"Service": "events.amazonaws.com"}, {"AWS": [ROLE, root]}],
        (30, 14, 10, 14, 8, 8, 8, 8),
    )[0]  # fmt: skip
    made["Principal"] = principal
    made["Action"] = rng.choice([actions, actions[0], f"{actions[0].partition(':')[0]}:*"])
    made["Resource"] = rng.choice([arn, arn, "*"])
    if principal in ("*", {"AWS": "*"}) or rng.random() < 0.25:
        made["Condition"] = rng.choice(
            [
                {"StringEquals": {"aws:PrincipalTag/TenantId": owner}},
                {"StringEquals": {"aws:PrincipalTag/TenantId": "${aws:ResourceTag/TenantId}"}},
                {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
                {"ArnEquals": {"aws:PrincipalArn": ROLE}},
                {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/App*"}},
                {"StringNotEquals": {"aws:PrincipalTag/TenantId": "nobody"}},
                {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}},
            ]
        )
    return made


__all__ = ["ACCOUNT", "CARRIERS", "REGION", "Carrier", "statement_on"]
