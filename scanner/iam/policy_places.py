"""The documents that a resource has as its own policy, wherever its type keeps them.

"AWS resource and property types reference", each type's own page; a test holds the table against the resource schemas
of cfn-lint and names what is left out: policies of what is public by its purpose (public image repositories, media
endpoints, real user monitoring), of a REST API, whose routes are judged by themselves, and documents without a
principal.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

# Each way ends at a document; `*` goes through the items of a list.
PLACES: dict[str, tuple[tuple[str, ...], ...]] = {
    "AWS::AIOps::InvestigationGroup": (("InvestigationGroupPolicy",),),
    "AWS::APS::ResourcePolicy": (("PolicyDocument",),),
    "AWS::ApiGateway::DomainNameV2": (("Policy",),),
    "AWS::Backup::BackupVault": (("AccessPolicy",),),
    "AWS::Backup::LogicallyAirGappedBackupVault": (("AccessPolicy",),),
    "AWS::Bedrock::KnowledgeBasePolicy": (("PolicyDocument",),),
    "AWS::Bedrock::ResourcePolicy": (("PolicyDocument",),),
    "AWS::BedrockAgentCore::ResourcePolicy": (("Policy",),),
    "AWS::CloudTrail::ResourcePolicy": (("ResourcePolicy",),),
    "AWS::CodeArtifact::Domain": (("PermissionsPolicyDocument",),),
    "AWS::CodeArtifact::Repository": (("PermissionsPolicyDocument",),),
    "AWS::Comprehend::DocumentClassifier": (("ModelPolicy",),),
    "AWS::Comprehend::EntityRecognizer": (("ModelPolicy",),),
    "AWS::DSQL::Cluster": (("PolicyDocument",),),
    "AWS::DynamoDB::GlobalTable": (
        ("Replicas", "*", "ResourcePolicy", "PolicyDocument"),
        ("Replicas", "*", "ReplicaStreamSpecification", "ResourcePolicy", "PolicyDocument"),
    ),
    "AWS::DynamoDB::Table": (
        ("ResourcePolicy", "PolicyDocument"),
        ("StreamSpecification", "ResourcePolicy", "PolicyDocument"),
    ),
    "AWS::ECR::RegistryPolicy": (("PolicyText",),),
    "AWS::ECR::Repository": (("RepositoryPolicyText",),),
    "AWS::ECR::RepositoryCreationTemplate": (("RepositoryPolicy",),),
    "AWS::EFS::FileSystem": (("FileSystemPolicy",),),
    "AWS::Elasticsearch::Domain": (("AccessPolicies",),),
    "AWS::EventSchemas::RegistryPolicy": (("Policy",),),
    "AWS::Events::EventBus": (("Policy",),),
    "AWS::Events::EventBusPolicy": (("Statement",),),
    "AWS::EventsV2::ResourcePolicy": (("PolicyDocument",),),
    "AWS::FSx::S3AccessPointAttachment": (("S3AccessPoint", "Policy"),),
    "AWS::KMS::Key": (("KeyPolicy",),),
    "AWS::KMS::ReplicaKey": (("KeyPolicy",),),
    "AWS::Kinesis::ResourcePolicy": (("ResourcePolicy",),),
    "AWS::Kinesis::Stream": (("ResourcePolicy", "PolicyDocument"),),
    "AWS::Lambda::LayerVersionPermission": (),
    "AWS::Lambda::Permission": (),
    "AWS::Lambda::ResourcePolicy": (("PolicyDocument",),),
    "AWS::Lex::ResourcePolicy": (("Policy",),),
    "AWS::Logs::DeliveryDestination": (("DeliveryDestinationPolicy", "DeliveryDestinationPolicy"),),
    "AWS::Logs::Destination": (("DestinationPolicy",),),
    "AWS::Logs::LogGroup": (("ResourcePolicyDocument",),),
    "AWS::Logs::ResourcePolicy": (("PolicyDocument",),),
    "AWS::MSK::ClusterPolicy": (("Policy",),),
    "AWS::MediaStore::Container": (("Policy",),),
    "AWS::OSIS::Pipeline": (("ResourcePolicy", "Policy"),),
    "AWS::Oam::Sink": (("Policy",),),
    "AWS::Omics::SequenceStore": (("S3AccessPolicy",),),
    "AWS::OpenSearchService::Domain": (("AccessPolicies",),),
    "AWS::Organizations::ResourcePolicy": (("Content",),),
    "AWS::PaymentCryptography::Key": (("Policy",),),
    "AWS::Redshift::Cluster": (("NamespaceResourcePolicy",),),
    "AWS::RedshiftServerless::Namespace": (("NamespaceResourcePolicy",),),
    "AWS::S3::AccessPoint": (("Policy",),),
    "AWS::S3::BucketPolicy": (("PolicyDocument",),),
    "AWS::S3::MultiRegionAccessPointPolicy": (("Policy",),),
    "AWS::S3Express::AccessPoint": (("Policy",),),
    "AWS::S3Express::BucketPolicy": (("PolicyDocument",),),
    "AWS::S3Files::FileSystemPolicy": (("Policy",),),
    "AWS::S3ObjectLambda::AccessPointPolicy": (("PolicyDocument",),),
    "AWS::S3Outposts::AccessPoint": (("Policy",),),
    "AWS::S3Outposts::BucketPolicy": (("PolicyDocument",),),
    "AWS::S3Tables::TableBucketPolicy": (("ResourcePolicy",),),
    "AWS::S3Tables::TablePolicy": (("ResourcePolicy",),),
    "AWS::S3Vectors::VectorBucketPolicy": (("Policy",),),
    "AWS::SMSVOICE::ResourcePolicy": (("PolicyDocument",),),
    "AWS::SNS::TopicInlinePolicy": (("PolicyDocument",),),
    "AWS::SNS::TopicPolicy": (("PolicyDocument",),),
    "AWS::SQS::QueueInlinePolicy": (("PolicyDocument",),),
    "AWS::SQS::QueuePolicy": (("PolicyDocument",),),
    "AWS::SSM::ResourcePolicy": (("Policy",),),
    "AWS::SageMaker::ModelPackageGroup": (("ModelPackageGroupPolicy",),),
    "AWS::SecretsManager::ResourcePolicy": (("ResourcePolicy",),),
    "AWS::VpcLattice::AuthPolicy": (("Policy",),),
    "AWS::VpcLattice::ResourcePolicy": (("Policy",),),
    "AWS::XRay::ResourcePolicy": (("PolicyDocument",),),
}
_ANYBODY = "*"
# Alexa's names end without `aws` ("Trigger Lambda functions", Lambda Developer Guide).
_SERVICES = (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")
# What `AddPermission` and `AddLayerVersionPermission` make a condition of (Lambda API).
_PARAMETERS = (
    ("SourceArn", "ArnLike", "aws:SourceArn"),
    ("SourceAccount", "StringEquals", "aws:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("OrganizationId", "StringEquals", "aws:PrincipalOrgID"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
)


def own_policies(resource: Resource, world: World) -> list[object]:
    """The documents as they were resolved, each a mapping, text or Unknown; open where there may be more.

    Raises UndecidedError.
    """
    properties = settle(resource.fields.get("Properties"), world)
    if properties is None:
        return []
    if isinstance(properties, Unknown):
        return OpenList([], properties.plain())
    if resource.type in ("AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission"):
        return [_document(_permission(settle_all(properties, world)))]
    found: list[object] = []
    for way in PLACES.get(resource.type, ()):
        found += [settle_all(each, world) for each in _at(properties, way, world)]
    if resource.type == "AWS::Events::EventBusPolicy":
        return [_document(each) for each in found] or [_document(_older_bus(settle_all(properties, world)))]
    return [each for each in found if each is not None]


def _at(value: object, way: tuple[str, ...], world: World) -> Iterator[object]:
    value = settle(value, world)
    if not way or isinstance(value, Unknown) or value is None:
        if value is not None:
            yield value
        return
    if way[0] == "*":
        for each in value if isinstance(value, list) else [value]:
            yield from _at(each, way[1:], world)
        if isinstance(value, OpenList):
            yield value.unknown.plain()
    elif isinstance(value, dict):
        if way[0] in value:
            yield from _at(value[way[0]], way[1:], world)
        elif isinstance(value, OpenMap):
            yield value.unknown.plain()


def _document(statement: object) -> object:
    return statement if isinstance(statement, Unknown) else {"Version": "2012-10-17", "Statement": statement}


def _permission(properties: object) -> object:
    if not isinstance(properties, dict):
        return properties
    principal = properties.get("Principal")
    conditions: dict[str, dict[str, object]] = {}
    for name, operator, key in _PARAMETERS:
        if properties.get(name) not in (None, ""):
            conditions.setdefault(operator, {})[key] = properties[name]
    statement = {
        "Effect": "Allow",
        "Principal": _principal(principal),
        "Action": properties.get("Action"),
        "Condition": conditions,
    }
    return OpenMap(statement, properties.unknown) if isinstance(properties, OpenMap) else statement


def _principal(value: object) -> object:
    if value == _ANYBODY or isinstance(value, Unknown):
        return value
    # A Lambda permission takes accounts, ARNs and services alike.
    is_service = isinstance(value, str | Text) and str(value).endswith(_SERVICES)
    return {"Service" if is_service else "AWS": value}


def _older_bus(properties: object) -> object:
    """The older form, in which one property is an account or `*` and the condition names its parts."""
    if not isinstance(properties, dict):
        return properties
    condition = properties.get("Condition")
    block: object = {}
    if isinstance(condition, dict):
        operator, key = condition.get("Type"), condition.get("Key")
        known = isinstance(operator, str) and isinstance(key, str)
        block = {operator: {key: condition.get("Value")}} if known else _some_unknown(condition)
    elif condition is not None:
        block = condition
    return {
        "Effect": "Allow",
        "Principal": _principal(properties.get("Principal")),
        "Action": properties.get("Action"),
        "Condition": block,
    }


def _some_unknown(condition: dict[object, object]) -> object:
    unknown = next((each for each in condition.values() if isinstance(each, Unknown)), None)
    return unknown or Unknown("invalid-template", "the condition has no `Type` and `Key`")
