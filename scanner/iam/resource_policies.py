"""The policy on a resource, wherever its type keeps it: in a property, beside it, or made of permissions."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import record, replace
from scanner.iam.account_policies import account_policies
from scanner.iam.acl_statements import acl_statements
from scanner.iam.governed import ALLOWS_ONLY, DOUBTFUL, ENDINGS, allowing_only, confined, doubtful, written_out
from scanner.iam.key_grants import KEYS, grant_statements
from scanner.iam.literal_targets import means, qualifier
from scanner.iam.policies import Policy
from scanner.iam.policy_document import PolicyDocument, parse_document
from scanner.iam.reference_index import pointing_at
from scanner.iam.replicas import in_region
from scanner.iam.standins import Ground, as_it_is
from scanner.model.bucket_acl import GRANTS
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
    "AWS::AIOps::InvestigationGroup": ("InvestigationGroupPolicy",),
    "AWS::Backup::LogicallyAirGappedBackupVault": ("AccessPolicy",),
    "AWS::Logs::DeliveryDestination": ("DeliveryDestinationPolicy", "DeliveryDestinationPolicy"),
    "AWS::Logs::Destination": ("DestinationPolicy",),
    "AWS::OSIS::Pipeline": ("ResourcePolicy", "Policy"),
    "AWS::Oam::Sink": ("Policy",),
    "AWS::Omics::SequenceStore": ("S3AccessPolicy",),
    "AWS::S3Outposts::AccessPoint": ("Policy",),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupPolicy",),
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
_LATTICE = (
    Beside("AWS::VpcLattice::AuthPolicy", "ResourceIdentifier", "Policy"),
    Beside("AWS::VpcLattice::ResourcePolicy", "ResourceArn", "Policy"),
)
_TRAIL = (Beside("AWS::CloudTrail::ResourcePolicy", "ResourceArn", "ResourcePolicy"),)
_VOICE = (Beside("AWS::SMSVOICE::ResourcePolicy", "ResourceArn"),)
BESIDE: dict[str, tuple[Beside, ...]] = {
    "AWS::APS::Workspace": (Beside("AWS::APS::ResourcePolicy", "WorkspaceArn"),),
    "AWS::CloudTrail::Channel": _TRAIL,
    "AWS::CloudTrail::Dashboard": _TRAIL,
    "AWS::CloudTrail::EventDataStore": _TRAIL,
    "AWS::EventSchemas::Registry": (Beside("AWS::EventSchemas::RegistryPolicy", "RegistryName", "Policy"),),
    "AWS::Lex::Bot": (Beside("AWS::Lex::ResourcePolicy", "ResourceArn", "Policy"),),
    "AWS::Lex::BotAlias": (Beside("AWS::Lex::ResourcePolicy", "ResourceArn", "Policy"),),
    "AWS::S3::MultiRegionAccessPoint": (Beside("AWS::S3::MultiRegionAccessPointPolicy", "MrapName", "Policy"),),
    "AWS::S3Files::FileSystem": (Beside("AWS::S3Files::FileSystemPolicy", "FileSystemId", "Policy"),),
    "AWS::S3ObjectLambda::AccessPoint": (Beside("AWS::S3ObjectLambda::AccessPointPolicy", "ObjectLambdaAccessPoint"),),
    "AWS::SMSVOICE::PhoneNumber": _VOICE,
    "AWS::SMSVOICE::Pool": _VOICE,
    "AWS::SMSVOICE::SenderId": _VOICE,
    "AWS::VpcLattice::Service": _LATTICE,
    "AWS::VpcLattice::ServiceNetwork": _LATTICE,
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
QUALIFIED = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
LAYER, LAYER_PERMISSION = "AWS::Lambda::LayerVersion", "AWS::Lambda::LayerVersionPermission"
BUS, BUS_POLICY = "AWS::Events::EventBus", "AWS::Events::EventBusPolicy"
TABLE, GLOBAL_TABLE = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"
BUCKET, REST_API = "AWS::S3::Bucket", "AWS::ApiGateway::RestApi"
STREAM, CONSUMER = "AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer"
WITH_POLICY = frozenset((*INLINE, *BESIDE, FUNCTION, LAYER, BUS, GLOBAL_TABLE))
"""The types whose resources may have a policy of their own."""


def resource_policy(
    target: Resource, inventory: Inventory, world: World, ground: Ground = as_it_is
) -> Policy | Unknown | None:
    """The document on the resource; None where the files have none, Unknown where that cannot be told.

    Several policies on one resource count as one document with all their statements. `ground` may replace values in the
    documents. Raises UndecidedError.
    """
    properties = settle(target.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties.plain()
    written = _written(target, properties, inventory, world)
    if isinstance(written, Unknown):
        return written.plain()
    arn = ground(target.names(world).arn)
    parsed: list[tuple[str, PolicyDocument]] = []
    for each in written:
        document = parse_document(ground(each.document))
        if each.endings is not None:
            there = in_region(arn, ground(each.region)) if isinstance(arn, str | Text) else arn
            document = confined(document, there, each.endings)
        parsed.append((each.name, document))
    if target.type == REST_API:
        parsed = [(name, written_out(document)) for name, document in parsed]
    if target.type in ALLOWS_ONLY:
        parsed = [(name, allowing_only(document)) for name, document in parsed]
    if (why := DOUBTFUL.get(target.type)) is not None:
        parsed = [(name, doubtful(document, why)) for name, document in parsed]
    parsed += account_policies(target.type, target.account, target.region, inventory, world, ground)
    if target.type == BUCKET and (granted := [*acl_statements(target, inventory, world)]):
        version = parsed[0][1].version if parsed else "2012-10-17"
        document = parse_document(ground({"Version": version, "Statement": granted}))
        parsed.append((f"{target.logical_id}.{GRANTS}", document))
    if target.type in KEYS and (given := [*grant_statements(target, inventory, world)]):
        document = parse_document(ground({"Version": "2012-10-17", "Statement": given}))
        parsed.append((f"{target.logical_id} grants", document))
    if not parsed:
        return None
    if len(parsed) == 1:
        return Policy.of(*parsed[0])
    whole = merged([document for _, document in parsed])
    return whole if isinstance(whole, Unknown) else Policy.of(" + ".join(name for name, _ in parsed), whole)


@record
class _Written:
    """`endings` are what follows the resource's ARN where the document is for a part of it, None where it is for all.

    `region` is that of a copy of the resource whose own document this is.
    """

    name: str
    document: object
    endings: tuple[str, ...] | None
    region: object = None


def _written(target: Resource, properties: object, inventory: Inventory, world: World) -> list[_Written] | Unknown:
    documents: list[_Written] = []
    doubt: Unknown | None = None
    endings = ENDINGS.get(target.type)
    if target.type in INLINE:
        value = _at(properties, INLINE[target.type], world)
        if isinstance(value, Unknown):
            return value
        if value is not None:
            documents.append(_Written(f"{target.logical_id}.{'.'.join(INLINE[target.type])}", value, endings))
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
            documents.append(_Written(policy.logical_id, document, endings))
    if target.type in (FUNCTION, LAYER, BUS):
        stated = _permissions if target.type == FUNCTION else _stated
        statements = list(stated(target, inventory, world))
        if statements:
            documents.append(_Written("permissions", {"Version": "2012-10-17", "Statement": statements}, endings))
    if target.type == GLOBAL_TABLE:
        for replica in _listed(_at(properties, ("Replicas",), world)):
            if isinstance(replica, Unknown):
                return replica
            document, region = (
                _at(replica, path, world) for path in (("ResourcePolicy", "PolicyDocument"), ("Region",))
            )
            if document is not None:
                documents.append(_Written(f"{target.logical_id}.Replicas", document, endings, region))
            stream = _of_stream(target, replica, "ReplicaStreamSpecification", world)
            documents += [replace(each, region=region) for each in stream]
    if target.type == TABLE:
        documents += _of_stream(target, properties, "StreamSpecification", world)
    if target.type == STREAM:
        documents += _of_consumers(target, inventory, world)
    return documents if doubt is None else doubt


def _of_stream(table: Resource, holder: object, path: str, world: World) -> Iterator[_Written]:
    """The policy of a table's stream."""
    document = _at(holder, (path, "ResourcePolicy", "PolicyDocument"), world)
    if document is not None:
        yield _Written(f"{table.logical_id}.{path}", document, ("/stream/*",))


def _of_consumers(stream: Resource, inventory: Inventory, world: World) -> Iterator[_Written]:
    """The policies of a data stream's registered consumers."""
    (beside,) = BESIDE[STREAM]
    for consumer in pointing_at(inventory, CONSUMER, "StreamARN", stream, world):
        if _is_on(consumer, "StreamARN", stream, world) is False or not consumer.exists(world):
            continue
        for policy in pointing_at(inventory, beside.type, beside.target, consumer, world):
            if _is_on(policy, beside.target, consumer, world) is not False and policy.exists(world):
                document = _at(settle(policy.fields.get("Properties"), world), (beside.document,), world)
                yield _Written(policy.logical_id, document, ("/consumer/*",))


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
    yield from _permissions_on(function, function, None, inventory, world)
    for kind in QUALIFIED:
        for qualified in pointing_at(inventory, kind, "FunctionName", function, world):
            if _is_on(qualified, "FunctionName", function, world) is not False and qualified.exists(world):
                name = _at(settle(qualified.fields.get("Properties"), world), ("Name",), world)
                part = name if isinstance(name, str) else "*"
                yield from _permissions_on(function, qualified, part, inventory, world)


def _permissions_on(
    function: Resource, named: Resource, part: str | None, inventory: Inventory, world: World
) -> Iterator[dict[str, object]]:
    """Those on the function, or on the version or alias that is named."""
    for permission in pointing_at(inventory, PERMISSION, "FunctionName", named, world):
        on = _is_on(permission, "FunctionName", named, world)
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
        arn, of = function.names(world).arn, part or qualifier(properties.get("FunctionName"))
        yield {
            "Sid": permission.logical_id,
            "Effect": "Allow",
            "Principal": shown,
            "Action": properties.get("Action"),
            # A permission on an alias or a version is for requests that name it.
            "Resource": f"{arn}:{of}" if of is not None and isinstance(arn, str) else arn,
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


def merged(documents: list[PolicyDocument]) -> PolicyDocument | Unknown:
    """Several documents on one resource as one."""
    more = next((each.more for each in documents if each.more is not None), None)
    versions = {str(each.version) for each in documents}
    if len(versions) > 1:
        return more or Unknown("evaluation-limit", "several policies of different versions are on one resource")
    statements = (each for document in documents for each in document.statements)
    numbered = tuple(replace(each, index=index) for index, each in enumerate(statements))
    return PolicyDocument(documents[0].version, numbered, more, tuple(d for each in documents for d in each.defects))


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
