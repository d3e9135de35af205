"""Which properties of which types rules ask for: more than a run of them reads, and hardly fewer.

What a rule reads by a way that is not seen here is unknown to it where it was not collected, and never absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from scanner.language.expressions.relations import Relation
from scanner.language.rule import GLOB, Rule
from scanner.model.needs import Needs

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TYPE = re.compile(r"[A-Za-z0-9]+::[A-Za-z0-9.]+::[A-Za-z0-9*]+")
_QUOTED = re.compile(r"'([a-z0-9-]+)'")
# All of the properties, and not one by its name; or all that a resource has.
_WHOLE = re.compile(
    r"""\bProperties\b(?!\s*\.\s*[\w"\[{])|\b(?:values|entries|to_string)\(\s*(?:@|resource\(\))\s*\)|@\.\*""", re.ASCII
)

# What the prover, the evaluator of policies, the tenancy and the functions of the language read by themselves. A test
# holds both against their code.
ALWAYS = frozenset(
    {
        "AccessControl",
        "AccessPolicies",
        "AccessPolicy",
        "AccountPublicAccessBlock",
        "AclGrants",
        "AdminCreateUserConfig",
        "AdvancedOptions",
        "AutoVerifiedAttributes",
        "BackupSelection",
        "Constraints",
        "Content",
        "DisableSessionTags",
        "FileSystemPolicy",
        "GlobalSecondaryIndexes",
        "GranteePrincipal",
        "KeyId",
        "KeyPolicy",
        "KeySchema",
        "KeySpec",
        "KeyUsage",
        "LocalSecondaryIndexes",
        "MultiRegion",
        "Operations",
        "Origin",
        "OwnershipControls",
        "Policies",
        "Policy",
        "PrincipalTags",
        "Principals",
        "PublicAccessBlockConfiguration",
        "ReadAttributes",
        "ReplicaRegions",
        "Replicas",
        "RepositoryPolicyText",
        "ResourceArn",
        "ResourcePolicy",
        "ResourcePolicyDocument",
        "RoleArn",
        "Schema",
        "Source",
        "StreamSpecification",
        "SubnetId",
        "Tags",
        "UseDefaults",
        "UserAttributeUpdateSettings",
        "UsernameAttributes",
        "Version",
        "WriteAttributes",
    }
)
TYPES = frozenset(
    {
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::AppSync::DataSource",
        "AWS::Backup::BackupSelection",
        "AWS::Cognito::IdentityPoolPrincipalTag",
        "AWS::Cognito::UserPoolClient",
        "AWS::ECS::Service",
        "AWS::EKS::PodIdentityAssociation",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::Events::EventBusPolicy",
        "AWS::Kinesis::ResourcePolicy",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::ResourcePolicy",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::ResourcePolicy",
        "Tenantproof::KMS::Grant",
    }
)


# What functions of the language read of other resources, and of what they are asked about, where a rule calls them.
OF_FUNCTIONS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "reads_recorded": {
        "AWS::CloudTrail::Trail": frozenset({"AdvancedEventSelectors", "EventSelectors", "IsLogging"}),
        "AWS::CloudTrail::EventDataStore": frozenset(
            {
                "AdvancedEventSelectors",
                "IngestionEnabled",
                "MultiRegionEnabled",
                "OrganizationEnabled",
                "RetentionPeriod",
            }
        ),
        "AWS::S3::Bucket": frozenset({"LifecycleConfiguration", "LoggingConfiguration"}),
        "AWS::Logs::LogGroup": frozenset({"RetentionInDays"}),
        "AWS::OpenSearchService::Domain": frozenset({"LogPublishingOptions"}),
        "AWS::Redshift::Cluster": frozenset({"LoggingProperties"}),
    }
}


def needs_of(rules: Iterable[Rule], relations: Mapping[str, Relation]) -> Needs:
    """What the rules ask for, and what is asked for whatever the rules are."""
    of: dict[str, set[str]] = {}
    whole: set[str] = set()
    for rule in rules:
        texts = [*_texts(rule)]
        names = {name for text in texts for name in _NAME.findall(text)}
        reached = {*rule.types} or {"*"}
        reached |= {name for text in texts for name in _TYPE.findall(text)}
        for relation in (relations[name] for text in texts for name in _QUOTED.findall(text) if name in relations):
            reached.update(relation.targets, (kind for kind, _ in relation.sources))
            for kind, path in relation.sources:
                of.setdefault(kind, set()).add(path[0])
        for function, asked in OF_FUNCTIONS.items():
            if function in names:
                for kind, properties in asked.items():
                    of.setdefault(kind, set()).update(properties)
        for kind in reached:
            of.setdefault(kind, set()).update(names)
        if any(_WHOLE.search(text) for text in texts):
            whole |= reached
    types = frozenset(kind for kind in of if not GLOB.search(kind))
    return Needs({kind: frozenset(names) for kind, names in of.items()}, frozenset(whole), types | TYPES, ALWAYS)


def _texts(rule: Rule) -> Iterator[str]:
    """Every text of the rule that may be an expression, or a value that one is held against."""
    data = cast("Mapping[str, object]", rule.document.data)
    applies = cast("Mapping[str, object]", data["applies_to"])
    for part in (applies.get("where"), data.get("params"), data["assert"]):
        yield from _strings(part)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from _strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(child)
