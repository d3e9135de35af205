"""The functions that rules may call: a closed list, null-safe and three-valued.

Each has a line of documentation and an example, which `rules docs` and the tests read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.base.glob import glob_matches
from scanner.base.record import record
from scanner.language.expressions import (
    backup_selections,
    declared_intent,
    hipaa_eligible,
    nearby,
    plain_secrets,
    policy_views,
)
from scanner.language.expressions.comparison import MOST_MATCHED, begins, ends, equal, holds_some, matches
from scanner.language.expressions.safe_regex import pattern_complaint
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import Text, text_of
from scanner.model.truth import disj
from scanner.model.types import type_facts
from scanner.model.unknown import OpenList, Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

Arguments = Sequence[object]
Call = Callable[[Arguments, "Scope"], object]
Check = Callable[[Sequence[object]], str | None]


@record
class Function:
    """`lazy` functions see arguments with deferred values inside; `check` judges literal arguments at load."""

    name: str
    call: Call
    arity: tuple[int, int]
    doc: str
    example: str
    lazy: bool = False
    check: Check | None = None


def _length(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenList | OpenMap):
        return value.unknown.plain()
    if isinstance(value, str | list | dict):
        return len(value)
    return _doubt(value)


def _contains(arguments: Arguments, _: Scope) -> object:
    value, item = arguments
    if value is None:
        return None
    if isinstance(value, list):
        found = disj(equal(each, item) for each in value)
        return value.unknown.plain() if found is False and isinstance(value, OpenList) else _plain(found)
    if isinstance(value, Unknown | Text | str):
        return _plain(holds_some(value, item))
    return None


def _starts_with(arguments: Arguments, _: Scope) -> object:
    return None if arguments[0] is None else _plain(begins(arguments[0], arguments[1]))


def _ends_with(arguments: Arguments, _: Scope) -> object:
    return None if arguments[0] is None else _plain(ends(arguments[0], arguments[1]))


def _matches(arguments: Arguments, _: Scope) -> object:
    value, pattern = arguments
    return None if value is None else _plain(matches(value, _pattern(str(pattern))))


def _keys(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenMap):
        return OpenList(sorted(value), value.unknown.plain())
    return list(value) if isinstance(value, dict) else _doubt(value)


def _values(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenMap):
        return OpenList(value.values(), value.unknown.plain())
    return list(value.values()) if isinstance(value, dict) else _doubt(value)


def _entries(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if not isinstance(value, dict):
        return _doubt(value)
    entries: list[object] = [{"key": key, "value": child} for key, child in value.items()]
    return OpenList(entries, value.unknown.plain()) if isinstance(value, OpenMap) else entries


def _like(arguments: Arguments, _: Scope) -> object:
    value, pattern = arguments
    if isinstance(value, Unknown | Text) or isinstance(pattern, Unknown | Text):
        return True if pattern == "*" else _doubt([value, pattern])
    return isinstance(value, str) and isinstance(pattern, str) and glob_matches(pattern, value)


def _undecided(arguments: Arguments, _: Scope) -> object:
    return Unknown("undeclared", str(arguments[0]))


def _not_null(arguments: Arguments, _: Scope) -> object:
    for value in arguments:
        if isinstance(value, Unknown) and not value.present:
            return value.plain()
        if value is not None:
            return value
    return None


def _to_array(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown) and not value.present:
        return value.plain()
    return value if isinstance(value, list) else [value]


def _to_string(arguments: Arguments, _: Scope) -> object:
    import json

    (value,) = arguments
    if isinstance(value, str | Text):
        return value
    unknown = first_unknown(value)
    return unknown.plain() if unknown else json.dumps(value, separators=(",", ":"))


def _to_number(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value) if re.fullmatch(r"[-+]?\d{1,18}", value) else float(value)
        except ValueError:
            return None
    return _doubt(value)


def _join(arguments: Arguments, _: Scope) -> object:
    glue, items = arguments
    if not isinstance(items, list) or isinstance(items, OpenList) or isinstance(glue, Unknown):
        unknown = first_unknown(list(arguments))
        return unknown.plain() if unknown else None
    if not isinstance(glue, str) or not all(isinstance(item, str | Text | Unknown) for item in items):
        return None
    parts: list[str | Text | Unknown] = []
    for index, item in enumerate(items):
        if index:
            parts.append(glue)
        if isinstance(item, str | Text | Unknown):
            parts.append(item)
    return text_of(parts)


def _sorted(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    unknown = first_unknown(value)
    if unknown is not None:
        return unknown.plain()
    if not isinstance(value, list):
        return None
    texts, numbers = [v for v in value if isinstance(v, str)], [v for v in value if _is_number(v)]
    if len(texts) == len(value):
        return sorted(texts)
    return sorted(numbers, key=float) if len(numbers) == len(value) else None


def _reverse(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, OpenList):
        return OpenList([], value.unknown.plain())
    return value[::-1] if isinstance(value, list | str) else _doubt(value)


def _extreme(pick: Callable[..., object]) -> Call:
    def call(arguments: Arguments, _: Scope) -> object:
        (value,) = arguments
        unknown = first_unknown(value)
        if unknown is not None:
            return unknown.plain()
        if not isinstance(value, list) or not value:
            return None
        alike = all(_is_number(item) for item in value) or all(isinstance(item, str) for item in value)
        return pick(value) if alike else None

    return call


def _type(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown) and not value.present:
        return value.plain()
    if isinstance(value, bool):
        return "boolean"
    names = ((str | Text | Unknown, "string"), (int | float, "number"), (list, "array"), (dict, "object"))
    return next((name for kinds, name in names if isinstance(value, kinds)), "null")


def _lower(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Text):
        return value.unknown.plain()
    return value.lower() if isinstance(value, str) else _doubt(value)


def _tag(arguments: Arguments, scope: Scope) -> object:
    from scanner.model.deferred import settle

    tags = settle(scope.resource.fields["Tags"], scope.world)
    (key,) = arguments
    if isinstance(tags, Unknown):
        return tags.plain()
    if isinstance(key, Unknown | Text):
        return _doubt(key)
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


def _from(arguments: Arguments, scope: Scope) -> object:
    """The resources related to another one, given by its fields."""
    value, name = arguments
    if isinstance(value, Unknown):
        return value.plain()
    if not isinstance(value, dict):
        return None
    start = scope.inventory.holding(value)
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
    return _doubt(value)


def _is_tenant_id(arguments: Arguments, scope: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown | Text):
        return _doubt(value)
    return isinstance(value, str) and scope.declared.is_tenant_id(value)


def _hipaa_service(arguments: Arguments, _: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown | Text):
        return _doubt(value)
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


def _services_called(arguments: Arguments, _: Scope) -> object:
    """The service prefixes of the actions that a document allows, `*` for all."""
    from scanner.iam.policy_questions import statements

    (document,) = arguments
    if document is None:
        return None
    found = statements(document)
    if isinstance(found, Unknown):
        return found.plain()
    services: dict[str, None] = {}
    unknown = found.unknown if isinstance(found, OpenList) else None
    for statement in found:
        if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            unknown = unknown or first_unknown(statement)
            continue
        actions = statement.get("Actions")
        if statement.get("NotActions"):
            services["*"] = None
        for action in actions if isinstance(actions, list) else ():
            if isinstance(action, str):
                services[action.partition(":")[0].lower()] = None
            else:
                unknown = unknown or first_unknown(action)
        unknown = unknown or (first_unknown(actions) if actions is not None else None)
    return list(services) if unknown is None else OpenList(services, unknown.plain())


def _policy_documents(_: Arguments, scope: Scope) -> object:
    """`{Name, Document}` of what the resource answers for; a policy that is a resource of its own does so itself."""
    from scanner.iam.effective_policies import PRINCIPALS, attached_policies
    from scanner.model.deferred import settle, settle_all

    here = scope.resource
    if here.type not in PRINCIPALS:
        properties = settle(here.fields.get("Properties"), scope.world)
        document = settle_all(
            properties.get("PolicyDocument") if isinstance(properties, dict) else properties, scope.world
        )
        if document is None and isinstance(properties, OpenMap):
            document = properties.unknown
        return [{"Name": here.logical_id, "Document": _plain(document)}]
    return [
        {"Name": each.name, "Document": _plain(each.document)}
        for each in attached_policies(here, scope.inventory, scope.world)
        if each.source is None or each.source is here
    ]


def _unlike_twins(arguments: Arguments, scope: Scope) -> object:
    from scanner.language.expressions.tenant_peers import (
        unlike_twins,  # for one rule, of stacks that most projects have not
    )

    return unlike_twins(arguments, scope)


def _view(name: str) -> Call:
    def call(arguments: Arguments, scope: Scope) -> object:
        from scanner.iam import policy_questions

        if arguments[0] is None:
            return None
        if name == "grants_outside":
            # Where it is not known, the pseudo parameter stands for the account that the resource will be in.
            account = arguments[1] if len(arguments) > 1 else scope.resource.fields["Account"]
            organisation = arguments[2] if len(arguments) > 2 else None  # noqa: PLR2004  # the third argument
            return policy_questions.grants_outside(arguments[0], account, organisation)
        # A document that is one unknown string is a scalar, what it says is not.
        return _plain(getattr(policy_questions, name)(*arguments))

    return call


def _check_pattern(arguments: Sequence[object]) -> str | None:
    pattern = arguments[1]
    return "the pattern of `matches` is a literal" if not isinstance(pattern, str) else pattern_complaint(pattern)


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _doubt(value: object) -> Unknown | None:
    unknown = first_unknown(value)
    return unknown.plain() if unknown else None


def _plain(value: object) -> object:
    return value.plain() if isinstance(value, Unknown) else value


_ALL = (
    Function("contains", _contains, (2, 2), "whether a list has an item or a string a part", "contains(a, 'x')"),
    Function("ends_with", _ends_with, (2, 2), "whether a string ends so", "ends_with(Name, '.fifo')"),
    Function("join", _join, (2, 2), "the strings of a list with glue between them", "join(',', Names)"),
    Function("keys", _keys, (1, 1), "the names in a mapping", "keys(Properties)"),
    Function("length", _length, (1, 1), "how many items, names or characters", "length(Properties.Tags)"),
    Function("lower", _lower, (1, 1), "a string in lower case", "lower(Properties.Engine)"),
    Function("max", _extreme(max), (1, 1), "the greatest of a list of numbers or strings", "max(Ports)"),
    Function("min", _extreme(min), (1, 1), "the least of a list of numbers or strings", "min(Ports)"),
    Function("not_null", _not_null, (1, 9), "the first value that is there", "not_null(Name, Id)"),
    Function("reverse", _reverse, (1, 1), "a list or string backwards", "reverse(Steps)"),
    Function("sort", _sorted, (1, 1), "a list of strings or numbers in order", "sort(Names)"),
    Function("starts_with", _starts_with, (2, 2), "whether a string begins so", "starts_with(Engine, 'aurora')"),
    Function("to_array", _to_array, (1, 1), "a list, or the value as the only item of one", "to_array(Action)"),
    Function("to_number", _to_number, (1, 1), "a string as the number it spells", "to_number(Port)"),
    Function("to_string", _to_string, (1, 1), "a value as JSON; strings as they are", "to_string(Port)"),
    Function("type", _type, (1, 1), "the name of a value's JSON type", "type(Properties.Role)"),
    Function("values", _values, (1, 1), "the values of a mapping", "values(Variables)"),
    Function(
        "matches",
        _matches,
        (2, 2),
        f"whether a pattern is found in the first {MOST_MATCHED} characters",
        "matches(Name, '^tenant-')",
        check=_check_pattern,
    ),
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
    Function("entries", _entries, (1, 1), "a mapping as a list of `{key, value}`", "entries(Properties.Body.paths)"),
    Function("like", _like, (2, 2), "whether a name is matched by a pattern with `*`", "like(Id, '*Tenant*')"),
    Function(
        "undecided",
        _undecided,
        (1, 1),
        "unknown, for the reason given: where what AWS does is not in the files or its documents disagree",
        "undecided('the snapshot decides')",
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
        "days_since",
        nearby.days_since,
        (1, 1),
        "whole days from a date to the day that is judged by",
        "days_since('2026-10-02')",
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
        "services_called",
        _services_called,
        (1, 1),
        "the services whose actions a policy document allows",
        "services_called(PolicyDocument)",
    ),
    Function(
        "policy_documents",
        _policy_documents,
        (0, 0),
        "the documents a policy, role, user or group answers for: its own and those AWS manages for it",
        "policy_documents()[].Name",
    ),
    Function(
        "statements",
        _view("statements"),
        (1, 1),
        "the statements of a policy, normalised",
        "statements(PolicyDocument)",
    ),
    Function(
        "allows",
        _view("allows"),
        (3, 3),
        "whether a document allows an action on a resource",
        "allows(PolicyDocument, 's3:GetObject', '*')",
    ),
    Function(
        "denies_without_tls",
        _view("denies_without_tls"),
        (1, 2),
        "whether a document refuses every request that does not use TLS",
        "denies_without_tls(PolicyDocument)",
    ),
    Function(
        "denies",
        _view("denies"),
        (2, 3),
        "whether a document refuses an action to everybody, on everything or on the resource given",
        "denies(AccessPolicy, 'backup:DeleteRecoveryPoint')",
    ),
    Function(
        "grants_public",
        _view("grants_public"),
        (1, 9),
        "whether a document admits everyone, or admits everyone to some of the actions",
        "grants_public(PolicyDocument)",
    ),
    Function(
        "grants_outside",
        _view("grants_outside"),
        (1, 3),
        "whether a document admits principals outside the account or organisation",
        "grants_outside(PolicyDocument)",
    ),
    Function(
        "denies_outside_network",
        _view("denies_outside_network"),
        (1, 2),
        "whether a document refuses requests for data from outside the VPCs or endpoints that it names",
        "denies_outside_network(PolicyDocument, 's3')",
    ),
    Function(
        "whole_accounts",
        _view("whole_accounts"),
        (1, 1),
        "the principals that stand for all of an account, where no condition names the caller",
        "whole_accounts(AssumeRolePolicyDocument)",
    ),
    Function(
        "admits_strangers",
        _view("admits_strangers"),
        (1, 2),
        "whether a trust policy lets somebody outside the account in without an external id",
        "admits_strangers(AssumeRolePolicyDocument, Account)",
    ),
    Function(
        "own_policies",
        policy_views.own_policies,
        (0, 0),
        "the documents that the resource has as its own policy, whatever its type calls them",
        "own_policies()",
    ),
    Function(
        "open_statements",
        policy_views.open_statements,
        (1, 1),
        "the Allow statements by which the evaluator lets in a principal of no account, organisation or network named, "
        "as `{Source, Sid, Principal, Actions, Despite}`",
        "open_statements(KeyPolicy)[].Source",
    ),
    Function(
        "open_endpoint_statements",
        policy_views.open_endpoint_statements,
        (1, 1),
        "the statements of a VPC endpoint's policy by which a stranger reaches a stranger's resource: `{Source, Sid}`",
        "open_endpoint_statements(PolicyDocument)[].Source",
    ),
    Function(
        "service_statements",
        policy_views.service_statements,
        (1, 1),
        "the Allow statements by which an AWS service gets in that acts for a resource of another account, as "
        "`{Source, Sid, Service}`",
        "service_statements(@)[].Service",
    ),
    Function(
        "open_federation",
        policy_views.open_federation,
        (1, 1),
        "the statements of a trust policy that take tokens of others' users or workloads, as "
        "`{Source, Sid, Provider, Claim, Shared}`",
        "open_federation(AssumeRolePolicyDocument)[?Shared]",
    ),
    Function(
        "guest_statements",
        policy_views.guest_statements,
        (1, 1),
        "the statements of a trust policy that let guests of an identity pool in, as `{Source, Sid}`",
        "guest_statements(AssumeRolePolicyDocument)[].Source",
    ),
    Function(
        "unbound_federation",
        policy_views.unbound_federation,
        (1, 1),
        "the statements of a trust policy that take everybody whom a provider signs in, as `{Source, Sid, Provider}`",
        "unbound_federation(AssumeRolePolicyDocument)[].Provider",
    ),
    Function(
        "undeclared_grantees",
        policy_views.undeclared_grantees,
        (1, 3),
        "the accounts, organisations and endpoints that a document names and that are not declared one's own, as "
        "`{Source, Sid, Kind, Name}`; arguments: document, accounts, organisations",
        "undeclared_grantees(@, $accounts)[].Name",
    ),
    Function(
        "plain_secrets",
        plain_secrets.plain_secrets,
        (0, 0),
        "the places at which the resource has a secret in plain text, as `{Place, Kind}`; never the secret itself",
        "plain_secrets()[].Place",
    ),
    Function(
        "undeclared_trust",
        policy_views.undeclared_trust,
        (1, 2),
        "the same of a trust policy, without the statements that ask for an external id",
        "undeclared_trust(AssumeRolePolicyDocument, $accounts)[].Name",
    ),
    Function(
        "decrypts_every_key",
        _view("decrypts_every_key"),
        (1, 1),
        "whether a document allows decrypting with every KMS key, or every one of an account or region",
        "decrypts_every_key(PolicyDocument)",
    ),
    Function(
        "is_admin", _view("is_admin"), (1, 1), "whether a document allows every action on everything", "is_admin(@)"
    ),
)
ANSWERS = frozenset(
    {
        "acts_for_tenant",
        "admits_strangers",
        "allows",
        "called",
        "contains",
        "declared",
        "decrypts_every_key",
        "denies",
        "denies_outside_network",
        "denies_without_tls",
        "ends_with",
        "grants_outside",
        "grants_public",
        "hipaa_list_is_current",
        "is_admin",
        "is_public_route",
        "is_tenant_id",
        "like",
        "matches",
        "mentions",
        "selected_for_backup",
        "starts_with",
        "taggable",
    }
)
"""The functions whose result is an answer, true or false, and no value of the template."""


def _answering(function: Function) -> Function:
    """Its unknown is that of the answer: what is known of the value that left it open, such as that an id is never
    empty, says nothing of it."""
    call = function.call

    def answer(arguments: Arguments, scope: Scope) -> object:
        return _plain(call(arguments, scope))

    return replace(function, call=answer)


FUNCTIONS: dict[str, Function] = {
    function.name: _answering(function) if function.name in ANSWERS else function for function in _ALL
}
