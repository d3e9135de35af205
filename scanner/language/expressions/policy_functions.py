"""Functions that ask the evaluator what a policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.base.record import replace
from scanner.language.expressions import policy_views
from scanner.language.expressions.function import Arguments, Call, Function, doubt, plain
from scanner.model.deferred import OPEN, OpenMap
from scanner.model.unknown import MaybeList, OpenList, Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope


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
        return [{"Name": here.logical_id, "Document": plain(document)}]
    found = [
        {"Name": each.name, "Document": plain(each.document)}
        for each in attached_policies(here, scope.inventory, scope.world)
        if each.source is None or each.source is here
    ]
    # In a wide world those are among them that are attached in some worlds only.
    return MaybeList([], found, OPEN) if scope.world.spreads else found


def _view(name: str) -> Call:
    def call(arguments: Arguments, scope: Scope) -> object:
        from scanner.iam import every_resource, policy_questions

        if arguments[0] is None:
            return None
        if name in ("decrypts_every_key", "reads_of_every_store"):
            return plain(getattr(every_resource, name)(arguments[0]))
        if name == "grants_outside":
            # Where it is not known, the pseudo parameter stands for the account that the resource will be in.
            account = arguments[1] if len(arguments) > 1 else scope.resource.fields["Account"]
            organisation = arguments[2] if len(arguments) > 2 else None  # noqa: PLR2004  # the third argument
            return policy_views.of_effect(
                lambda document: policy_questions.grants_outside(document, account, organisation), arguments[0], scope
            )
        if name == "grants_public":
            actions = tuple(each for each in arguments[1:] if isinstance(each, str)) or ("*",)
            return policy_views.of_effect(
                lambda document: policy_questions.grants_public(document, *arguments[1:]), arguments[0], scope, actions
            )
        # A document that is one unknown string is a scalar, what it says is not.
        return plain(getattr(policy_questions, name)(*arguments))

    return call


def _takes_in_action(arguments: Arguments, _: Scope) -> object:
    from scanner.iam.action_lists import takes_in_action

    patterns, action = arguments
    return takes_in_action(patterns, action) if isinstance(action, str) else doubt(action)


def _whole(name: str, call: Call) -> Call:
    """The call on a document of which it may be open, in a wide world, which parts are there."""

    def whole(arguments: Arguments, scope: Scope) -> object:
        if not scope.world.spreads or not arguments:
            return call(arguments, scope)
        from scanner.iam.policy_bounds import either_way, statements_of

        if name == "statements":
            return statements_of(lambda document: call((document,), scope), arguments[0])
        of_conditions = name in ("undeclared_grantees", "undeclared_trust")
        return either_way(
            lambda document: call((document, *arguments[1:]), scope), arguments[0], of_conditions=of_conditions
        )

    return whole


_FUNCTIONS = (
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
        "reads_of_every_store",
        _view("reads_of_every_store"),
        (1, 1),
        "the actions by which a document reads all records or credentials of a kind, as `{Action, What}`",
        "reads_of_every_store(PolicyDocument)[].Action",
    ),
    Function(
        "is_admin", _view("is_admin"), (1, 1), "whether a document allows every action on everything", "is_admin(@)"
    ),
)
POLICY_FUNCTIONS = (
    *(replace(each, call=_whole(each.name, each.call), spreads=True) for each in _FUNCTIONS),
    Function(
        "takes_in_action",
        _takes_in_action,
        (2, 2),
        "whether a list of actions, as `statements` gives them, takes in an action: by its name in whatever case, or "
        "by `*` and `?`",
        "takes_in_action(Actions, 'iam:PassRole')",
        spreads=True,
    ),
)
"""Each takes a policy document or what one lists, or the resource that has some."""


__all__ = ["POLICY_FUNCTIONS"]
