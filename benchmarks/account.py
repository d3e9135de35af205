"""A snapshot of an account as large as an account gets, written without an account."""

from __future__ import annotations

from pathlib import Path

from scanner.live.services import SERVICES
from scanner.snapshots.lines import Line, Listed, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import GLOBAL, ShardKey, write_shard

ACCOUNT, REGION = "111122223333", "us-east-1"
TAG = "${aws:PrincipalTag/TenantId}"


def _asked() -> dict[str, tuple[str, ...]]:
    """The properties that a snapshot asks for, by type: what an account does not have is None."""
    found: dict[str, tuple[str, ...]] = {}
    for service in SERVICES:
        for collector in service.collectors:
            waiting = [collector.part, *collector.also]
            while waiting:
                part = waiting.pop()
                found[part.type] = tuple(part.properties)
                waiting += part.children
    return found


_ASKED = _asked()


def _seen(kind: str, name: str, arn: str | None, region: str | None, properties: dict[str, object]) -> Seen:
    return Seen(kind, name, arn, region, {**dict.fromkeys(_ASKED.get(kind, ())), **properties}, [])


def _listed(name: str) -> list[Line]:
    """All types of the service: of those that nothing is told of there is nothing."""
    service = next(each for each in SERVICES if each.name == name)
    kinds: dict[str, None] = {}
    for collector in service.collectors:
        waiting = [collector.part, *collector.also]
        kinds.update(dict.fromkeys(collector.folded))
        while waiting:
            part = waiting.pop()
            kinds[part.type] = None
            waiting += part.children
    return [Listed(kind) for kind in kinds]


def snapshot_of(folder: Path, number: int) -> Path:
    """About `number` resources: buckets with policies, tables, queues and roles, a tenth of these of tenants."""
    each = number // 6
    shards: dict[tuple[str, str], list[Line]] = {
        (GLOBAL, "s3"): [*_buckets(each), *_listed("s3")],
        (REGION, "dynamodb"): [*_tables(each), *_listed("dynamodb")],
        (REGION, "sqs"): [*_queues(each), *_listed("sqs")],
        (GLOBAL, "iam"): [*_roles(each * 2), *_listed("iam")],
    }
    folder.mkdir()
    keys = {key: ShardKey(ACCOUNT, *key) for key in shards}
    written = [write_shard(folder, keys[key], lines, len(lines)) for key, lines in shards.items()]
    times = ("2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z")
    services = sorted({service.name for service in SERVICES})
    write_manifest(folder, Manifest("0", *times, [ACCOUNT], [REGION], services, list(keys.values()), written))
    tenancy = f"""version: 1
account: "{ACCOUNT}"
region: {REGION}
tenant_id: {{pattern: "[a-z0-9-]{{1,36}}", tags: [TenantId]}}
sessions:
- {{name: api, roles: ["tenant-*"], tenant_key: aws:PrincipalTag/TenantId, present: always, binders: []}}
owned:
- {{kind: dynamodb-item, table: table-0, key: "${{tenant}}"}}
"""
    (folder / "tenancy.yaml").write_text(tenancy, "utf-8")
    return folder


def _buckets(number: int) -> list[Line]:
    found: list[Line] = []
    for each in range(number):
        name = f"bucket-{each}"
        rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        properties: dict[str, object] = {
            "BucketName": name,
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]},
            "VersioningConfiguration": {"Status": "Enabled"},
            "Tags": [{"Key": "Team", "Value": f"team-{each % 40}"}],
        }
        found.append(_seen("AWS::S3::Bucket", name, f"arn:aws:s3:::{name}", REGION, properties))
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy: dict[str, object] = {"Bucket": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": [deny]}}
        found.append(_seen("AWS::S3::BucketPolicy", name, None, REGION, policy))
    return found


def _tables(number: int) -> list[Line]:
    return [
        _seen(
            "AWS::DynamoDB::Table",
            f"table-{each}",
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/table-{each}",
            REGION,
            {
                "TableName": f"table-{each}",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            },
        )
        for each in range(number)
    ]


def _queues(number: int) -> list[Line]:
    return [
        _seen(
            "AWS::SQS::Queue",
            f"queue-{each}",
            f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue-{each}",
            REGION,
            {
                "QueueName": f"queue-{each}",
                "SqsManagedSseEnabled": True,
            },
        )
        for each in range(number)
    ]


def _roles(number: int) -> list[Line]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    found: list[Line] = []
    for each in range(number):
        name = f"tenant-{each}" if each % 10 == 0 else f"role-{each}"
        statement: dict[str, object] = {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/table-{0 if each % 10 == 0 else each % 100 + 1}",
        }
        if each % 10 == 0:
            statement["Condition"] = {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": TAG},
                "Null": {"dynamodb:LeadingKeys": "false"},
            }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        properties: dict[str, object] = {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "data", "PolicyDocument": document}],
        }
        found.append(_seen("AWS::IAM::Role", name, f"arn:aws:iam::{ACCOUNT}:role/{name}", None, properties))
    return found


__all__ = ["snapshot_of"]
