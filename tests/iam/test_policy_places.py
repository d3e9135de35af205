"""The table of places of policies, held against the resource schemas that cfn-lint ships."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.iam.policy_places import PLACES
from scanner.language.library import load_library

cfnlint = pytest.importorskip("cfnlint", reason="cfn-lint is not installed: pip install 'tenantproof[rules]'")
SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas" / "resources"
_NAMED = re.compile(r"policy|policies|policydocument|policytext", re.IGNORECASE)
# Settings and templates of policies, by the end of their name: no document of their own.
_NO_DOCUMENT = re.compile(
    r"(Arn|Arns|Name|Names|Id|Ids|Type|Version|Number|Description|Scope|Runtime|Hash|Label|Identifier)$"
)
_AS_TEXT = re.compile(r"json|resource.based|resource polic|policy document|policy that is applied", re.IGNORECASE)
LEFT_OUT = {
    "without a principal": {
        "AWS::EC2::VerifiedAccessEndpoint": "Cedar, on the user's claims",
        "AWS::EC2::VerifiedAccessGroup": "Cedar, on the user's claims",
        "AWS::FMS::Policy": "firewall settings",
        "AWS::ECR::Repository.LifecyclePolicy.LifecyclePolicyText": "which images are deleted",
        "AWS::IAM::Group": "an identity's",
        "AWS::IAM::GroupPolicy": "an identity's",
        "AWS::IAM::ManagedPolicy": "an identity's",
        "AWS::IAM::Policy": "an identity's",
        "AWS::IAM::Role": "an identity's",
        "AWS::IAM::RolePolicy": "an identity's",
        "AWS::IAM::User": "an identity's",
        "AWS::IAM::UserPolicy": "an identity's",
        "AWS::IoT::Policy": "a thing's",
        "AWS::Logs::AccountPolicy": "data protection, subscriptions and indexes",
        "AWS::Logs::LogGroup.DataProtectionPolicy": "what is masked",
        "AWS::NetworkManager::CoreNetwork": "segments of a network",
        "AWS::OpenSearchServerless::AccessPolicy": "a language of its own, whose principals are always named",
        "AWS::OpenSearchServerless::LifecyclePolicy": "how long indexes are kept",
        "AWS::OpenSearchServerless::SecurityPolicy": "encryption and networks",
        "AWS::RAM::Permission": "the actions of a share, whose principals are elsewhere",
        "AWS::SNS::Subscription": "retries, filters and dead letters",
        "AWS::SNS::Topic": "archives and masking",
        "AWS::SQS::Queue": "dead letters",
        "AWS::SSO::PermissionSet": "an identity's",
        "AWS::StorageGateway::NFSFileShare": "when a notification is sent",
        "AWS::StorageGateway::SMBFileShare": "when a notification is sent",
    },
    "of endpoints, which another question judges": {
        "AWS::EC2::VPCEndpoint": "open_endpoint_statements",
        "AWS::ODB::OdbNetwork": "the way out of a database network",
    },
    "judged by its routes": {"AWS::ApiGateway::RestApi": "api-calls-are-authorized"},
    "public by its purpose": {
        "AWS::ECR::PublicRepository": "images for everybody",
        "AWS::MediaPackageV2::ChannelPolicy": "video for viewers",
        "AWS::MediaPackageV2::OriginEndpointPolicy": "video for viewers",
        "AWS::MediaTailor::ChannelPolicy": "video for viewers",
        "AWS::RUM::AppMonitor": "browsers report to it",
    },
}
# In the schemas of their day: the service is gone, or the property came with a table's and was taken back.
NOT_ANY_MORE = {"AWS::MediaStore::Container", "AWS::Kinesis::Stream"}


def _leaves(node: Any, definitions: Any, path: tuple[str, ...], seen: frozenset[str]) -> Iterator[tuple[str, ...]]:
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from _leaves(definitions.get(name), definitions, path, seen | {name})
        return
    kinds = node.get("type") if isinstance(node.get("type"), list) else [node.get("type")]
    properties = node.get("properties") or {}
    if path and not properties and "items" not in node and _is_document(path[-1], kinds, node):
        yield path
    for name, child in properties.items():
        yield from _leaves(child, definitions, (*path, name), seen)
    for key in ("oneOf", "anyOf", "allOf"):
        for child in node.get(key, ()):
            yield from _leaves(child, definitions, path, seen)
    if "items" in node:
        yield from _leaves(node["items"], definitions, (*path, "*"), seen)


def _is_document(name: str, kinds: list[Any], node: dict[str, Any]) -> bool:
    if not _NAMED.search(name) or _NO_DOCUMENT.search(name) or "enum" in node:
        return False
    told = str(node.get("description", ""))
    return "object" in kinds or kinds == [None] or ("string" in kinds and bool(_AS_TEXT.search(told)))


@pytest.mark.full
def test_every_policy_document_of_a_schema_is_asked_or_left_out_for_a_reason() -> None:
    left_out = {type_name for names in LEFT_OUT.values() for type_name in names}
    missed = []
    known = set()
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_bytes())
        type_name = schema.get("typeName", "")
        known |= {(type_name, name) for name in schema.get("properties", ())}
        if type_name.startswith("AWS::Serverless::") or type_name in left_out:
            continue
        asked = PLACES.get(type_name, ())
        for place in _leaves(
            {"properties": schema.get("properties", {})}, schema.get("definitions", {}), (), frozenset()
        ):
            named = f"{type_name}.{'.'.join(place)}"
            if place not in asked and named not in left_out:
                missed.append(named)
    assert not missed, "\n".join(missed)
    made_up = {
        type_name for type_name, ways in PLACES.items() for way in ways if (type_name, way[0]) not in known
    } - NOT_ANY_MORE
    assert made_up == set()


@pytest.mark.full
def test_every_type_with_a_policy_is_judged_by_a_rule_on_strangers() -> None:
    judged = {
        type_name
        for rule in load_library().rules
        if "open_statements" in str(rule.document.data)
        for type_name in rule.types
    }
    assert set(PLACES) - judged == set()
