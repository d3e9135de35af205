"""The collectors' tables against what AWS documents: operations, arguments, pages, permissions, types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.iam.catalogue import catalogue
from scanner.live.audit_role import actions, audit_role
from scanner.live.collector import ACCOUNT
from scanner.live.collector_table import Call, Part, Service
from scanner.live.organization import CALLS
from scanner.live.projection import project
from scanner.live.services import SERVICES
from scanner.model.unread_types import FOLDED
from tests.live.sampling import output

# What is named like a page and is none, and lists of one page: a resource has 50 tags at most, and severities are few.
WHOLE = {
    "get_findings_statistics",
    "get_key_rotation_status",
    "get_user_pool_mfa_config",
    "get_web_acl",
    "describe_secret",
    "list_tags_for_delivery_stream",
    "list_tags_for_stream",
}
_PAGE = re.compile(r"(?i)token|marker|more|truncated|next")
# A global table is told as the table of each region, which has no such property in a template; of a bucket's ACL a
# template has a canned name only, of a recorder not whether it runs, and of its account nothing.
MORE = {
    "AWS::Config::ConfigurationRecorder": {"Recording"},
    "AWS::DynamoDB::Table": {"Replicas"},
    "AWS::S3::AccessPoint": {"AccountPublicAccessBlock"},
    "AWS::S3::Bucket": {"AccountPublicAccessBlock", "AclGrants"},
}


def _calls(service: Service) -> Iterator[Call]:
    for collector in service.collectors:
        yield collector.listing
        waiting = [collector.part, *collector.also]
        while waiting:
            part = waiting.pop()
            yield from part.details.values()
            waiting.extend(part.children)


def _parts(service: Service) -> Iterator[Part]:
    waiting = [part for collector in service.collectors for part in (collector.part, *collector.also)]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(part.children)


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_call_is_an_operation_of_the_service_that_takes_these_arguments(service: Service) -> None:
    boto3: Any = pytest.importorskip("boto3")
    for call in _calls(service):
        client = boto3.client(call.service or service.name, region_name="us-east-1")
        name = client.meta.method_to_api_mapping[call.operation]
        shape = client.meta.service_model.operation_model(name).input_shape
        known = set(shape.members) if shape is not None else set()
        assert set(call.arguments) <= known, call
        required = set(shape.required_members) if shape is not None else set()
        assert required <= set(call.arguments), call
        if call.paging is not None:
            assert call.paging.parameter in known, call
        assert call.paging is not None or not client.can_paginate(call.operation), f"{call.operation} has more pages"


def test_every_action_of_the_audit_role_lists_or_reads() -> None:
    names = actions(SERVICES)
    for name in names:
        action = catalogue().action(name)
        assert action is not None, name
        assert action.name == name
        assert action.access_level in ("List", "Read"), name


def test_the_role_of_who_reads_an_organisation_may_also_list_its_accounts_and_policies() -> None:
    more = {*actions(SERVICES, organization=True)} - {*actions(SERVICES)}
    assert {each.split(":")[1] for each in more} == {"".join(map(str.title, call.split("_"))) for call in CALLS}
    for name in more:
        action = catalogue().action(name)
        assert action is not None and action.name == name, name
        assert action.access_level in ("List", "Read"), name


def test_the_printed_role_reads_the_organisation_only_where_one_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["snapshot", "--print-role"]) == 0
    assert "organizations:" not in capsys.readouterr().out
    assert main(["snapshot", "--print-role", "--org"]) == 0
    assert "- organizations:ListAccounts\n" in capsys.readouterr().out


def test_the_audit_role_grants_what_is_declared_and_nothing_else() -> None:
    yaml: Any = pytest.importorskip("yaml")
    template = yaml.safe_load(audit_role(SERVICES))
    granted = [
        action
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    ]
    assert sorted(granted) == actions(SERVICES)
    role = template["Resources"]["AuditRole"]["Properties"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"].keys() == {"sts:ExternalId"}


def test_every_property_is_one_that_the_type_has_and_own_types_are_told_to_writers_of_rules() -> None:
    manager: Any = pytest.importorskip("cfnlint.schema.manager")
    registry = manager.PROVIDER_SCHEMA_MANAGER
    known = set(registry.get_resource_types("us-east-1"))
    told = (Path(__file__).parents[2] / "docs" / "live-model.md").read_text()
    wrong: dict[str, set[str]] = {}
    for part in (part for service in SERVICES for part in _parts(service) if part.type != ACCOUNT):
        if part.type in known:
            names = set(registry.get_resource_schema("us-east-1", part.type).schema["properties"])
            if more := set(part.properties) - names - MORE.get(part.type, set()):
                wrong[part.type] = more
        elif f"`{part.type}`" not in told:
            wrong[part.type] = {"docs/live-model.md"}
    assert not wrong


def test_types_that_only_templates_have_are_known_as_such() -> None:
    assert {name for service in SERVICES for each in service.collectors for name in each.folded} == FOLDED


def test_no_list_is_taken_for_whole_that_may_go_on() -> None:
    """boto3 has paginators for most lists that have pages, and not for all."""
    more = {
        f"{service.name}:{call.operation} {name}"
        for service in SERVICES
        for call in _calls(service)
        if call.paging is None and call.operation not in WHOLE
        for name in getattr(output(call.service or service.name, call.operation), "members", ())
        if _PAGE.search(name)
    }
    assert not more


def test_the_next_names_of_delivery_streams_are_asked_for() -> None:
    (service,) = [each for each in SERVICES if each.name == "firehose"]
    paging = service.collectors[0].listing.paging
    assert paging is not None
    assert project(paging.next, {"DeliveryStreamNames": ["a", "b"], "HasMoreDeliveryStreams": True}) == "b"
    assert project(paging.next, {"DeliveryStreamNames": ["a", "b"], "HasMoreDeliveryStreams": False}) is None
