"""Functions of a resource, of what is around it, and of what the tenancy says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scanner.language.expressions import (
    backup_selections,
    bucket_grants,
    declared_intent,
    hipaa_eligible,
    nearby,
    plain_secrets,
)
from scanner.language.expressions.function import Arguments, Function, doubt
from scanner.model.deferred import OPEN, OpenMap
from scanner.model.partial_text import Text, text_of
from scanner.model.types import type_facts
from scanner.model.unknown import OpenList, Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope


def _tag(arguments: Arguments, scope: Scope) -> object:
    from scanner.model.deferred import settle

    tags = settle(scope.resource.fields["Tags"], scope.world)
    (key,) = arguments
    if isinstance(tags, Unknown):
        return tags.plain()
    if isinstance(key, Unknown | Text):
        return doubt(key)
    if not isinstance(tags, dict):
        return None
    if key in tags:
        return tags[str(key)]
    return tags.unknown.plain() if isinstance(tags, OpenMap) else None


def _taggable(_: Arguments, scope: Scope) -> object:
    facts = type_facts(scope.resource.type)
    return facts is not None and facts.tag is not None


def _resource(_: Arguments, scope: Scope) -> object:
    return scope.resource.fields


def _related(arguments: Arguments, scope: Scope) -> object:
    return scope.relations.related(str(arguments[0]), scope.resource, scope.inventory, scope.world)


def _naming(arguments: Arguments, scope: Scope) -> object:
    return scope.relations.related(str(arguments[0]), scope.resource, scope.inventory, scope.world, backwards=True)


def _named(arguments: Arguments, scope: Scope) -> object:
    value, name = arguments
    return scope.relations.named(str(name), value, scope.resource, scope.inventory, scope.world)


def _from(arguments: Arguments, scope: Scope) -> object:
    """The resources related to another one, given by its fields."""
    value, name = arguments
    if isinstance(value, Unknown):
        return value.plain()
    if not isinstance(value, dict):
        return None
    start = scope.inventory.holding(value)
    if start is None and scope.world.wide:
        # In a wide world the items of lists are copies, by which no resource is known.
        return OPEN
    return None if start is None else scope.relations.related(str(name), start, scope.inventory, scope.world)


def _endpoint_service(arguments: Arguments, _: Scope) -> object:
    """`com.amazonaws.us-east-1.dynamodb` names dynamodb ("AWS services that integrate with AWS PrivateLink")."""
    (value,) = arguments
    if isinstance(value, str):
        match = re.match(r"(?:com|cn\.com|aws)\.(?:amazonaws\.)?(?:api\.)?[a-z0-9-]+\.(.+)\Z", value)
        return match[1] if match else None
    if isinstance(value, Text):
        # The region stands before the service, so a hole there decides nothing.
        tail = value.suffix
        if len(value.holes) == 1 and tail.startswith(".") and value.prefix.endswith("."):
            return tail[1:]
        return value.unknown.plain()
    return doubt(value)


def _is_tenant_id(arguments: Arguments, scope: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown | Text):
        return doubt(value)
    return isinstance(value, str) and scope.declared.is_tenant_id(value)


def _hipaa_service(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown | Text):
        return doubt(value)
    return hipaa_eligible.service_of(value) if isinstance(value, str) else None


def _hipaa_list_date(_arguments: Arguments, _: Scope) -> object:
    return hipaa_eligible.as_of()


def _is_public_route(arguments: Arguments, scope: Scope) -> object:
    parts: list[object] = list(arguments)
    if len(parts) == 1:
        (route,) = parts
        # `$default` takes what no other route does, whatever the method.
        parts = [*route.split(" ", 1)] if isinstance(route, str) and " " in route else ["*", route]
    method, path = parts
    if (unknown := first_unknown([method, path])) is not None:
        return unknown.plain() if scope.declared.value("routes.public") else False
    return isinstance(method, str) and isinstance(path, str) and scope.declared.is_public_route(method, path)


def _rest_path(_: Arguments, scope: Scope) -> object:
    """The path of a REST method, put together from its chain of resources."""
    parts: list[str | Text | Unknown] = []
    current = scope.resource
    for _step in range(50):
        found = scope.relations.related("rest-resource", current, scope.inventory, scope.world)
        if isinstance(found, OpenList):
            return found.unknown.plain()
        if not isinstance(found, list) or not found:
            break
        above = scope.inventory.holding(found[0])
        if above is None:
            break
        part = _settled_property(above.fields, "PathPart", scope)
        if part is None and above.live:
            # The root, which a template does not write.
            break
        parts[:0] = ["/", part if isinstance(part, str | Text | Unknown) else "?"]
        current = above
    return text_of(parts) if parts else "/"


def _settled_property(fields: Mapping[str, object], name: str, scope: Scope) -> object:
    from scanner.model.deferred import settle

    properties = settle(fields.get("Properties"), scope.world)
    return settle(properties.get(name), scope.world) if isinstance(properties, dict) else None


def _unlike_twins(arguments: Arguments, scope: Scope) -> object:
    from scanner.language.expressions.tenant_peers import (
        unlike_twins,  # for one rule, of stacks that most projects have not
    )

    return unlike_twins(arguments, scope)


def _reads_recorded(arguments: Arguments, scope: Scope) -> object:
    from scanner.language.expressions.access_records import reads_recorded  # for stores that are declared sensitive

    return reads_recorded(arguments, scope)


def _undeclared_readers(arguments: Arguments, scope: Scope) -> object:
    from scanner.language.expressions.store_readers import undeclared_readers  # for stores that are declared sensitive

    return undeclared_readers(arguments, scope)


RESOURCE_FUNCTIONS = (
    Function("tag", _tag, (1, 1), "the value of a tag, whatever the type calls its tags", "tag('TenantId')"),
    Function("taggable", _taggable, (0, 0), "whether the type of the resource takes tags", "taggable()"),
    Function("resource", _resource, (0, 0), "the whole resource, also inside `each`", "resource().Id", lazy=True),
    Function(
        "related",
        _related,
        (1, 1),
        "the resources at the other end of a relation",
        "related('bucket-policy')",
    ),
    Function(
        "related_to",
        _from,
        (2, 2),
        "the resources related to another resource",
        "related_to(@, 'function-role')",
        lazy=True,
    ),
    Function(
        "named",
        _named,
        (2, 2),
        "of the resources that `related` gives, those that one value of this resource names",
        "named(SSLCertificateId, 'listener-certificate')",
    ),
    Function(
        "endpoint_service",
        _endpoint_service,
        (1, 1),
        "the AWS service that a VPC endpoint's service name stands for",
        "endpoint_service(Properties.ServiceName)",
    ),
    Function(
        "naming",
        _naming,
        (1, 1),
        "the resources that name this one, where `related` gives those that it names",
        "naming('bucket-access-log')",
    ),
    Function(
        "is_tenant_id", _is_tenant_id, (1, 1), "whether a string is a tenant id or a shared value", "is_tenant_id(@)"
    ),
    Function(
        "hipaa_service",
        _hipaa_service,
        (1, 1),
        "the service of AWS's HIPAA-eligible services that a type is of, `a tool`, or null where it is not listed",
        "hipaa_service(Type)",
    ),
    Function(
        "hipaa_list_is_current",
        hipaa_eligible.is_current,
        (0, 0),
        "whether that list is within its age limit on the day that is judged by",
        "hipaa_list_is_current()",
    ),
    Function("hipaa_list_date", _hipaa_list_date, (0, 0), "the day of that list", "hipaa_list_date()"),
    Function(
        "declared",
        declared_intent.declared,
        (0, 0),
        "whether somebody wrote the tenancy; of one that is inferred nothing can be missing",
        "declared()",
    ),
    Function(
        "owned_as",
        declared_intent.owned_as,
        (0, 1),
        "what `owned` says of this or another resource: `{kind, model, sensitive, indexes, arn}` for each entry",
        "owned_as()[].model",
        lazy=True,
    ),
    Function(
        "acts_for_tenant",
        declared_intent.acts_for_tenant,
        (0, 1),
        "whether the resource, this or another, is a role whose sessions are declared to act for a tenant",
        "acts_for_tenant()",
        lazy=True,
    ),
    Function(
        "called",
        declared_intent.called,
        (1, 1),
        "whether one of the names, with `*`, is the resource's logical id, name or ARN",
        "called($private)",
    ),
    Function(
        "tenant",
        declared_intent.tenant,
        (0, 1),
        "the one tenant that a resource, this or another, belongs to by its stack or its tag",
        "tenant()",
        lazy=True,
    ),
    Function(
        "anywhere",
        declared_intent.anywhere,
        (1, 9),
        "all resources of the types given; where there are none, they may be outside the files scanned",
        "anywhere('AWS::CloudTrail::Trail')",
    ),
    Function(
        "unlike_twins",
        _unlike_twins,
        (0, 0),
        "the properties in which a tenant's resource is unlike those of most other tenants",
        "unlike_twins()",
    ),
    Function(
        "pool_issuer",
        declared_intent.pool_issuer,
        (1, 1),
        "the issuer of the tokens of a user pool, by its ARN",
        "pool_issuer(Arn)",
    ),
    Function(
        "stack_resources",
        declared_intent.stack_resources,
        (0, 9),
        "the resources of the stack or file of this one, of the types given",
        "stack_resources('AWS::KMS::Key')",
    ),
    Function(
        "beside",
        nearby.beside,
        (1, 9),
        "the resources of the types given in the same folder, or in the same account and region",
        "beside('AWS::CloudWatch::Alarm')[].Properties.AlarmActions",
    ),
    Function(
        "networks",
        nearby.networks,
        (1, 1),
        "the networks that an entry of a security group opens to, those of a prefix list among them",
        "networks(SecurityGroupIngress[0])",
        reads=frozenset({"CidrIp", "CidrIpv6", "SourcePrefixListId"}),
    ),
    Function(
        "mentions",
        nearby.mentions,
        (1, 1),
        "whether a text names the resource, by reference, name or ARN, anywhere in it",
        "mentions(AlarmRule)",
    ),
    Function(
        "selected_for_backup",
        backup_selections.selected_for_backup,
        (0, 0),
        "whether a backup selection takes the resource in by a pattern or by its tags",
        "selected_for_backup()",
    ),
    Function(
        "acl_grants",
        bucket_grants.acl_grants,
        (0, 0),
        "what a bucket's ACL grants, as `{Group, Account, CanonicalId, Permission}`; nothing where ACLs are off",
        "acl_grants()[?Group == 'AllUsers'].Permission",
    ),
    Function(
        "public_block",
        bucket_grants.public_block,
        (1, 1),
        "whether a setting of S3 Block Public Access is on for a bucket or access point, or for its account where that "
        "was read",
        "public_block('IgnorePublicAcls')",
    ),
    Function(
        "days_since",
        nearby.days_since,
        (1, 1),
        "whole days from a date to the day that is judged by",
        "days_since('2026-10-02')",
    ),
    Function(
        "reads_recorded",
        _reads_recorded,
        (1, 1),
        "for how many of so many days it could be told who read what the resource keeps: `{Answer, Said}`; the "
        "answer is yes, short, part or no",
        "reads_recorded($days).Answer",
    ),
    Function(
        "undeclared_readers",
        _undeclared_readers,
        (1, 1),
        "principals that may read what the resource keeps, and that neither the names given mean, with `*` or "
        "`${tenant}`, nor a tenant owns: `{Name, Answer, Under}`",
        "undeclared_readers($readers)[].Name",
    ),
    Function(
        "is_public_route",
        _is_public_route,
        (1, 2),
        "whether the tenancy declares the route public: a method and a path, or both in one",
        "is_public_route('GET', '/health')",
    ),
    Function("rest_path", _rest_path, (0, 0), "the whole path of a REST method or resource", "rest_path()"),
    Function(
        "plain_secrets",
        plain_secrets.plain_secrets,
        (0, 0),
        "the places at which the resource has a secret in plain text, as `{Place, Kind}`; never the secret itself",
        "plain_secrets()[].Place",
        spreads=True,
    ),
)
"""Those that look at the whole resource, its relations or the project."""


__all__ = ["RESOURCE_FUNCTIONS"]
