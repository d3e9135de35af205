"""Harmless rows against AWS's API models: no answer has a member that is named like a secret, and none reads content.

A description says what an action is for, and the model of its answer what it gives out: a delivery stream's settings
hold the token of its destination. What is named so and is no secret stands here with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from botocore.model import Shape
from botocore.session import get_session

from scanner.iam.action_rows import action_rows

pytestmark = pytest.mark.full

_SECRET = re.compile(
    r"(secret(string|binary)?|password|token|credentials?|private_?key|pre_?shared_?key|user_?data|environment_?variables|presigned|"
    r"signed_?url|api_?key|access_?key)$",
    re.IGNORECASE,
)
# A token of a list's next page, of a change, or of a purchase.
_NO_SECRET = re.compile(
    r"(next|continuation|client|client_?request|idempotency|pagination|creation|version|sequence|purchase|offer|use\w*)_?"
    r"(token|credentials?)$|"
    r"^(environment|ListOf)|Enabled$",
    re.IGNORECASE,
)
# Read one by one: the member is no secret, or AWS's document says that the answer does not hold it.
_READ = {
    "datasync:DescribeLocationObjectStorage": "AccessKey is the id of the key",
    "ec2:DescribeInstanceSqlHaHistoryStates": "the ARN of a secret",
    "ec2:DescribeInstanceSqlHaStates": "the ARN of a secret",
    "fsx:DescribeBackups": "redacted in the answer (API_OntapFileSystemConfiguration)",
    "fsx:DescribeFileSystems": "redacted in the answer (API_OntapFileSystemConfiguration)",
    "fsx:DescribeSnapshots": "redacted in the answer (API_OntapFileSystemConfiguration)",
    "fsx:DescribeStorageVirtualMachines": "the ARN of a secret",
    "fsx:DescribeVolumes": "redacted in the answer (API_OntapFileSystemConfiguration)",
    "rds:DescribeDBClusters": "the ARN of a secret",
    "rds:DescribeDBInstances": "the API never returns a password (API_ModifyDBInstance)",
    "rds:DescribeTenantDatabases": "the API never returns a password (API_ModifyDBInstance)",
    "redshift:DescribeClusters": "the API never returns a password (API_ModifyCluster)",
    "iot:CreateKeysAndCertificate": "of a certificate that the call makes",
    "kms:GetParametersForImport": "of no use without ImportKeyMaterial, which is asked",
    "ecr:GetAuthorizationToken": "the caller's own",
    "sts:GetSessionToken": "the caller's own",
    "sts:GetWebIdentityToken": "the caller's own",
    "secretsmanager:BatchGetSecretValue": "needs GetSecretValue on each secret, which is asked",
    "secretsmanager:GetRandomPassword": "a random text",
}
_SERVICES = {
    "aoss": ("opensearchserverless",),
    "es": ("opensearch", "es"),
    "elasticfilesystem": ("efs",),
    "states": ("stepfunctions",),
    "s3": ("s3", "s3control"),
    "chime": ("chime-sdk-voice", "chime-sdk-messaging", "chime-sdk-identity", "chime-sdk-media-pipelines"),
    "profile": ("customer-profiles",),
    "cassandra": ("keyspacesstreams", "keyspaces"),
    "geo": ("location",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime"),
    "bedrock-agentcore": ("bedrock-agentcore-control", "bedrock-agentcore"),
    "apigateway": ("apigateway", "apigatewayv2"),
    "events": ("events", "eventbridgev2"),
    "lambda": ("lambda", "lambda-core"),
    "timestream": ("timestream-write", "timestream-query"),
}


def _members(shape: Shape | None, above: frozenset[str] = frozenset()) -> Iterator[str]:
    if shape is None or shape.name in above:
        return
    below = above | {shape.name}
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            # A text is a secret; a structure may only be named for one.
            if member.type_name in ("string", "blob", "map"):
                yield name
            yield from _members(member, below)
    elif shape.type_name == "list":
        yield from _members(shape.member, below)
    elif shape.type_name == "map":
        yield from _members(shape.value, below)


def _answers() -> Iterator[tuple[str, Shape | None]]:
    session = get_session()
    offered = frozenset(session.get_available_services())
    for row in action_rows().rows():
        if row.verdict != "harmless" or row.reason == "not-iam":
            continue
        prefix, _, name = row.action.partition(":")
        for service in _SERVICES.get(prefix, (prefix,)):
            model = session.get_service_model(service) if service in offered else None
            if model is not None and name in model.operation_names:
                yield row.action, model.operation_model(name).output_shape
                break


@pytest.mark.full
def test_no_harmless_answer_holds_what_is_named_like_a_secret() -> None:
    read = 0
    named_so: set[str] = set()
    for action, shape in _answers():
        read += 1
        named = sorted({name for name in _members(shape) if _SECRET.search(name) and not _NO_SECRET.search(name)})
        assert not named or action in _READ, f"{action}: {named}"
        named_so.update([action] if named else [])
    assert set(_READ) == named_so  # nobody is excused who need not be
    assert read > 1_000  # else the services are not found by their names
