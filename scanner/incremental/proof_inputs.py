"""What of a template the isolation proof can rest on: where that is the same, so is every proof.

Proofs, and the inference of a tenancy, ask about all files at once, so they are not followed question by question.
They read every principal, policy, key and table as a whole. Of any other resource they read what it is called, its
tags, the condition it is made under, the policies in it, and the roles that it runs as; a change beside those changes
no proof. And what nothing refers to, what has neither tags, policies nor roles, and is of no type that is looked
through by name, is not read at all.
`tests/incremental/test_proof_inputs.py` holds this against the sources of the prover.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner.inputs.cloudformation.template import Template
from scanner.language.rule import Rule
from scanner.model.arn_forms import ARN_FORMS
from scanner.model.types import type_facts

WHOLE = (
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGatewayV2::",
    "AWS::AppSync::",
    "AWS::Cognito::",
    "AWS::DynamoDB::",
    "AWS::EKS::",
    "AWS::EKS::PodIdentityAssociation",
    "AWS::Events::EventBusPolicy",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Kinesis::StreamConsumer",
    "AWS::Organizations::",
    "AWS::CodeArtifact::",
    "AWS::Lambda::Alias",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::MSK::",
    "AWS::S3::AccessGrant",
    "AWS::S3::AccessPoint",
    "AWS::S3Express::",
    "AWS::S3Outposts::Bucket",
    "AWS::S3Tables::",
    "AWS::S3Vectors::",
    "Custom::",
    "Kubernetes::",
    "Tenantproof::",
)
"""Beginnings of the types whose every property counts."""
NAMED: Mapping[str, frozenset[str]] = {
    "AWS::APS::Workspace": frozenset(),
    "AWS::Cassandra::Keyspace": frozenset({"ReplicationSpecification"}),
    "AWS::Cassandra::Table": frozenset({"ReplicaSpecifications"}),
    "AWS::CloudTrail::Channel": frozenset(),
    "AWS::CloudTrail::Dashboard": frozenset(),
    "AWS::CloudTrail::EventDataStore": frozenset(),
    "AWS::ECR::Repository": frozenset(),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": frozenset({"Type"}),
    "AWS::Elasticsearch::Domain": frozenset({"AdvancedOptions"}),
    "AWS::EventSchemas::Registry": frozenset(),
    "AWS::Events::EventBus": frozenset(),
    "AWS::Glue::Schema": frozenset({"Registry"}),
    "AWS::Kinesis::Stream": frozenset(),
    "AWS::Lambda::Function": frozenset({"Role"}),
    "AWS::Lex::Bot": frozenset(),
    "AWS::Lex::BotAlias": frozenset(),
    "AWS::Logs::LogGroup": frozenset(),
    "AWS::Neptune::DBCluster": frozenset(),
    "AWS::RDS::DBCluster": frozenset(),
    "AWS::RDS::DBInstance": frozenset(),
    "AWS::OpenSearchService::Domain": frozenset({"AdvancedOptions"}),
    "AWS::S3::Bucket": frozenset({"AccessControl", "AclGrants", "OwnershipControls", "PublicAccessBlockConfiguration"}),
    "AWS::S3::MultiRegionAccessPoint": frozenset(),
    "AWS::S3Files::FileSystem": frozenset(),
    "AWS::S3ObjectLambda::AccessPoint": frozenset(),
    "AWS::SecretsManager::Secret": frozenset({"ReplicaRegions"}),
    "AWS::SMSVOICE::PhoneNumber": frozenset(),
    "AWS::SMSVOICE::Pool": frozenset(),
    "AWS::SMSVOICE::SenderId": frozenset(),
    "AWS::SNS::Topic": frozenset(),
    "AWS::SQS::Queue": frozenset(),
    "AWS::SSM::Parameter": frozenset(),
    "AWS::VpcLattice::Service": frozenset(),
    "AWS::VpcLattice::ServiceNetwork": frozenset(),
}
"""Types that are looked through for those of some name, with properties that count besides."""
_ELSEWHERE = frozenset({"AWSTemplateFormatVersion", "Description", "Resources"})
# What only people read, of parameters and outputs.
_WORDS = frozenset({"ConstraintDescription", "Description"})
# Ends of properties that ARNs are made of ("Name", "EventBusName", "RestApiId"), whatever the type is known by.
_NAMES = ("Name", "Identifier", "Id", "Namespace", "Number", "Type", "Version")


def proof_facts(templates: Sequence[Template], whole: Iterable[str]) -> str:
    """A digest of all that proofs read of the templates of one file, empty where that is nothing.

    `whole` are more types of which all counts.
    """
    more = frozenset(whole)
    found = [_facts(template, more) for template in templates]
    # What a stack hands to those that it nests counts with them.
    facts = [text for text, counts in found if counts or len(found) > 1]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest() if facts else ""


def types_read_whole(rules: Iterable[Rule]) -> frozenset[str]:
    """The types of rules that prove something and ask their resource for something else as well."""
    return frozenset(name for rule in rules if rule.theorems and not _only_proves(rule) for name in rule.types)


def _only_proves(rule: Rule) -> bool:
    said = rule.document.data
    asserts = said.get("assert") if isinstance(said, dict) else None
    return (
        isinstance(asserts, list)
        and all(isinstance(each, dict) and each.keys() == {"prove"} for each in asserts)
        and rule.where is None
        and rule.kind is None
    )


def _facts(template: Template, whole: frozenset[str]) -> tuple[str, bool]:
    """What proofs read of one template, and whether they read any of it."""
    stack = template.stack
    data = template.document.data
    sections = {}
    for key, value in data.items() if isinstance(data, dict) else ():
        if key in ("Parameters", "Outputs") and isinstance(value, dict):
            sections[key] = {name: _without_words(each) for name, each in value.items()}
        elif key not in _ELSEWHERE:
            sections[key] = value
    told = [_line([stack.address, stack.tags, template.stage, sections])]
    quiet: dict[str, str] = {}
    for logical_id, body in stack.bodies.items():
        said, alone = _of_resource(body, whole)
        line = _line([logical_id, said])
        if alone:
            told.append(line)
        else:
            quiet[logical_id] = line
    exports = any(isinstance(each, dict) and "Export" in each for each in stack.raw_outputs.values())
    # Where there is nothing that counts, what stands in other sections says nothing of anything that is read.
    counts = len(told) > 1 or exports
    text = "\n".join(told)
    # What has neither tags nor policies counts where something that counts may refer to it, in whatever way.
    while found := [each for each in quiet if each in text]:
        text = "\n".join([text, *map(quiet.pop, found)])
    return text, counts


def _without_words(entry: object) -> object:
    return {key: value for key, value in entry.items() if key not in _WORDS} if isinstance(entry, dict) else entry


def _of_resource(body: Mapping[str, object], whole: frozenset[str]) -> tuple[object, bool]:
    """What proofs read of a resource, and whether they read it though nothing refers to it."""
    kind = str(body.get("Type"))
    properties = body.get("Properties", {})
    facts = type_facts(kind)
    if (
        facts is None
        or kind.startswith(WHOLE)
        or kind in whole
        or not isinstance(properties, dict)
        or any("olic" in str(name) or str(name).startswith("Fn::") for name in properties)
    ):
        return body, True
    form = ARN_FORMS.get(kind)
    names = {"Path", *facts.identifier, *NAMED.get(kind, ())}
    if form is not None and form.name is not None:
        names.add(form.name)
    if facts.tag is not None:
        names.add(facts.tag.property)
    said = {name: value for name, value in properties.items() if name in names or name.endswith(_NAMES)}
    roles = list(_roles(properties))
    counts = kind in NAMED or bool(roles) or (facts.tag is not None and facts.tag.property in properties)
    return [kind, body.get("Condition"), said, roles], counts


def _roles(value: object) -> Iterator[object]:
    """What properties that are called a role say, however deep: who may change what runs as a role may be that role."""
    if isinstance(value, dict):
        for key, child in value.items():
            if "role" in str(key).lower():
                yield child
            else:
                yield from _roles(child)
    elif isinstance(value, list):
        for child in value:
            yield from _roles(child)


def _line(value: object) -> str:
    return json.dumps(value, default=str)


__all__ = ["NAMED", "WHOLE", "proof_facts", "types_read_whole"]
