"""The policy on a resource, wherever its type keeps it: in a property, beside it, or made of permissions."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import record
from scanner.iam.literal_targets import means, qualifier
from scanner.iam.policies import Policy
from scanner.iam.reference_index import pointing_at
from scanner.iam.standins import Ground, as_it_is
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

_ANYONE = "*"


@record
class Beside:
    """A type of policy: the property that names what it is on, and the one that holds the document."""

    type: str
    target: str
    document: str = "PolicyDocument"


# "AWS resource and property types reference"; each type's own page.
INLINE: dict[str, tuple[str, ...]] = {
    "AWS::CodeArtifact::Domain": ("PermissionsPolicyDocument",),
    "AWS::CodeArtifact::Repository": ("PermissionsPolicyDocument",),
    "AWS::DSQL::Cluster": ("PolicyDocument",),
    "AWS::KMS::ReplicaKey": ("KeyPolicy",),
    "AWS::Logs::LogGroup": ("ResourcePolicyDocument",),
    "AWS::MediaStore::Container": ("Policy",),
    "AWS::S3Express::AccessPoint": ("Policy",),
    "AWS::ApiGateway::RestApi": ("Policy",),
    "AWS::Backup::BackupVault": ("AccessPolicy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::EFS::FileSystem": ("FileSystemPolicy",),
    "AWS::Elasticsearch::Domain": ("AccessPolicies",),
    "AWS::Events::EventBus": ("Policy",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::Kinesis::Stream": ("ResourcePolicy", "PolicyDocument"),
    "AWS::OpenSearchService::Domain": ("AccessPolicies",),
    "AWS::S3::AccessPoint": ("Policy",),
}
BESIDE: dict[str, tuple[Beside, ...]] = {
    "AWS::Lambda::Function": (Beside("AWS::Lambda::ResourcePolicy", "ResourceArn"),),
    "AWS::MSK::Cluster": (Beside("AWS::MSK::ClusterPolicy", "ClusterArn", "Policy"),),
    "AWS::MSK::ServerlessCluster": (Beside("AWS::MSK::ClusterPolicy", "ClusterArn", "Policy"),),
    "AWS::S3Express::DirectoryBucket": (Beside("AWS::S3Express::BucketPolicy", "Bucket"),),
    "AWS::S3Outposts::Bucket": (Beside("AWS::S3Outposts::BucketPolicy", "Bucket"),),
    "AWS::S3Tables::Table": (Beside("AWS::S3Tables::TablePolicy", "TableARN", "ResourcePolicy"),),
    "AWS::S3Tables::TableBucket": (Beside("AWS::S3Tables::TableBucketPolicy", "TableBucketARN", "ResourcePolicy"),),
    "AWS::S3Vectors::VectorBucket": (
        Beside("AWS::S3Vectors::VectorBucketPolicy", "VectorBucketArn", "Policy"),
        Beside("AWS::S3Vectors::VectorBucketPolicy", "VectorBucketName", "Policy"),
    ),
    "AWS::SSM::Parameter": (Beside("AWS::SSM::ResourcePolicy", "ResourceArn", "Policy"),),
    "AWS::Kinesis::Stream": (Beside("AWS::Kinesis::ResourcePolicy", "ResourceArn", "ResourcePolicy"),),
    "AWS::S3::Bucket": (Beside("AWS::S3::BucketPolicy", "Bucket"),),
    "AWS::SNS::Topic": (Beside("AWS::SNS::TopicPolicy", "Topics"), Beside("AWS::SNS::TopicInlinePolicy", "TopicArn")),
    "AWS::SQS::Queue": (Beside("AWS::SQS::QueuePolicy", "Queues"), Beside("AWS::SQS::QueueInlinePolicy", "Queue")),
    "AWS::SecretsManager::Secret": (Beside("AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy"),),
}
FUNCTION, PERMISSION = "AWS::Lambda::Function", "AWS::Lambda::Permission"
LAYER, LAYER_PERMISSION = "AWS::Lambda::LayerVersion", "AWS::Lambda::LayerVersionPermission"
BUS, BUS_POLICY = "AWS::Events::EventBus", "AWS::Events::EventBusPolicy"
GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
WITH_POLICY = frozenset((*INLINE, *BESIDE, FUNCTION, LAYER, BUS, GLOBAL_TABLE))
"""The types whose resources may have a policy of their own."""


def resource_policy(
    target: Resource, inventory: Inventory, world: World, ground: Ground = as_it_is
) -> Policy | Unknown | None:
    """The document on the resource; None where the files have none, Unknown where that cannot be told.

    Several policies on one resource count as one document with all their statements. `ground` may replace values in the
    documents. Raises Undecided.
    """
    documents: list[tuple[str, object]] = []
    doubt: Unknown | None = None
    properties = settle(target.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties.plain()
    if target.type in INLINE:
        value = _at(properties, INLINE[target.type], world)
        if isinstance(value, Unknown):
            return value.plain()
        if value is not None:
            documents.append((f"{target.logical_id}.{'.'.join(INLINE[target.type])}", value))
    for beside in BESIDE.get(target.type, ()):
        doubt = doubt or inventory.unread.near(beside.type, target)
        for policy in pointing_at(inventory, beside.type, beside.target, target, world):
            on = _is_on(policy, beside.target, target, world)
            if on is False or not policy.exists(world):
                continue
            if isinstance(on, Unknown):
                doubt = doubt or on
                continue
            document = _at(settle(policy.fields.get("Properties"), world), (beside.document,), world)
            documents.append((policy.logical_id, document))
    if target.type == FUNCTION:
        statements = list(_permissions(target, inventory, world))
        if statements:
            documents.append(("permissions", {"Version": "2012-10-17", "Statement": statements}))
    if target.type in (LAYER, BUS):
        statements = list(_stated(target, inventory, world))
        if statements:
            documents.append(("permissions", {"Version": "2012-10-17", "Statement": statements}))
    if target.type == GLOBAL_TABLE:
        for replica in _listed(_at(properties, ("Replicas",), world)):
            document = _at(replica, ("ResourcePolicy", "PolicyDocument"), world)
            if isinstance(replica, Unknown):
                return replica.plain()
            if document is not None:
                documents.append((f"{target.logical_id}.Replicas", document))
    if doubt is not None:
        return doubt.plain()
    if not documents:
        return None
    if len(documents) == 1:
        name, document = documents[0]
        return Policy.of(name, ground(document))
    whole = _together([document for _, document in documents])
    return Policy.of(" + ".join(name for name, _ in documents), ground(whole))


def _is_on(policy: Resource, path: str, target: Resource, world: World) -> bool | Unknown:
    properties = settle(policy.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties
    value = _at(properties, (path,), world)
    unknown = value.unknown if isinstance(value, OpenList) else None
    for each in value if isinstance(value, list) else [value]:
        same = names_resource(each, target, world)
        if same is not True:
            spelled = means(each, target, world)
            same = spelled if spelled is not False else same
        if same is True:
            return True
        if isinstance(same, Unknown) and policy.folder == target.folder:
            unknown = unknown or same
    return False if unknown is None else unknown


def _permissions(function: Resource, inventory: Inventory, world: World) -> Iterator[dict[str, object]]:
    """Lambda keeps each permission as a statement of the function's policy ("AddPermission", Lambda API)."""
    for permission in pointing_at(inventory, PERMISSION, "FunctionName", function, world):
        on = _is_on(permission, "FunctionName", function, world)
        if on is False or not permission.exists(world):
            continue
        properties = settle_all(permission.fields.get("Properties"), world)
        if isinstance(on, Unknown) or not isinstance(properties, dict):
            yield {"Sid": permission.logical_id, "Effect": on if isinstance(on, Unknown) else properties}
            continue
        principal = properties.get("Principal")
        shown: object = {"AWS": principal}
        if principal == _ANYONE:
            shown = _ANYONE
        elif isinstance(principal, str | Text) and str(principal).endswith((".amazonaws.com", ".amazonaws.com.cn")):
            shown = {"Service": principal}
        arn, part = function.names(world).arn, qualifier(properties.get("FunctionName"))
        yield {
            "Sid": permission.logical_id,
            "Effect": "Allow",
            "Principal": shown,
            "Action": properties.get("Action"),
            # A permission on an alias or a version is for requests that name it.
            "Resource": f"{arn}:{part}" if part is not None and isinstance(arn, str) else arn,
            **_conditions(properties),
        }


def _stated(target: Resource, inventory: Inventory, world: World) -> Iterator[dict[str, object]]:
    """Permissions that are statements each: of a layer's version, and of an event bus.

    "AddLayerVersionPermission" (Lambda API) and "PutPermission" (EventBridge API): without conditions of one's own a
    permission lets in one account, or everybody of an organisation.
    """
    kind, path = (LAYER_PERMISSION, "LayerVersionArn") if target.type == LAYER else (BUS_POLICY, "EventBusName")
    for permission in pointing_at(inventory, kind, path, target, world):
        on = _is_on(permission, path, target, world)
        if on is False or not permission.exists(world):
            continue
        properties = settle_all(permission.fields.get("Properties"), world)
        if isinstance(on, Unknown) or not isinstance(properties, dict):
            yield {"Sid": permission.logical_id, "Effect": on if isinstance(on, Unknown) else properties}
            continue
        written = properties.get("Statement")
        if isinstance(written, dict | Unknown):
            yield written if isinstance(written, dict) else {"Sid": permission.logical_id, "Effect": written}
            continue
        principal = properties.get("Principal")
        blocks: dict[str, object] = {}
        if properties.get("OrganizationId") is not None:
            blocks = {"StringEquals": {"aws:PrincipalOrgID": properties["OrganizationId"]}}
        if isinstance(properties.get("Condition"), dict):
            condition = properties["Condition"]
            blocks = {str(condition.get("Type")): {str(condition.get("Key")): condition.get("Value")}}
        yield {
            "Sid": permission.logical_id,
            "Effect": "Allow",
            "Principal": _ANYONE if principal == _ANYONE else {"AWS": principal},
            "Action": properties.get("Action"),
            "Resource": target.names(world).arn,
            **({"Condition": blocks} if blocks else {}),
        }


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if isinstance(value, Unknown) else []


def _conditions(properties: dict[str, object]) -> dict[str, object]:
    """The conditions that AddPermission's parameters stand for."""
    keys = (
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    )
    blocks: dict[str, dict[str, object]] = {}
    for name, operator, key in keys:
        if properties.get(name) is not None:
            blocks.setdefault(operator, {})[key] = properties[name]
    return {"Condition": blocks} if blocks else {}


def _together(documents: list[object]) -> object:
    statements: list[object] = []
    for document in documents:
        if not isinstance(document, dict):
            return Unknown("invalid-template", "one of several policies is not a mapping")
        if document.get("Version") != "2012-10-17":
            return Unknown("evaluation-limit", "several policies of different versions are on one resource")
        listed = document.get("Statement")
        statements += listed if isinstance(listed, list) else [listed]
    return {"Version": "2012-10-17", "Statement": statements}


def _at(value: object, path: tuple[str, ...], world: World) -> object:
    for key in path:
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, dict):
            return None
        value = (
            value.unknown.plain() if key not in value and isinstance(value, OpenMap) else settle(value.get(key), world)
        )
    return settle_all(value, world)
