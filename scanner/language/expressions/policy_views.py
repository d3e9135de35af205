"""What rules may ask of a resource's own policy: which documents it has, and whom they let in.

Each is called as the functions of `scanner.language.expressions.functions` are, which lists them with their
documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scanner.model.partial_text import Text
from scanner.model.unknown import OpenList, Reference, Unknown

if TYPE_CHECKING:
    from scanner.iam.terms import Term
    from scanner.language.expressions.scope import Scope


def of_effect(
    ask: Callable[[object], object], document: object, scope: Scope, actions: tuple[str, ...] = ("*",)
) -> object:
    """What is asked of a document, without what its statements give nobody: an action on what it does not work on.

    `ask` answers with a truth or a list of rows with a `Source`. Only a document that grants something is taken apart.
    """
    said = ask(document)
    if said is False or said == [] or isinstance(said, Unknown):
        return said
    from scanner.iam.fitting import fitting
    from scanner.iam.policy_document import parse_document

    def type_of(reference: Reference) -> str | None:
        resource = scope.inventory.at(reference.resource)
        return None if resource is None else resource.type

    parsed = parse_document(document)
    effective = fitting(parsed, type_of, actions)
    if effective is parsed:
        return said
    again = ask(effective)
    if not isinstance(said, list) or not isinstance(again, list):
        return again
    sources = {row["Source"] for row in again if isinstance(row, dict)}
    kept = [row for row in said if isinstance(row, dict) and row["Source"] in sources]
    return OpenList(kept, again.unknown) if isinstance(again, OpenList) else kept


def own_policies(_: Sequence[object], scope: Scope) -> object:
    """Raises UndecidedError."""
    from scanner.iam.policy_places import own_policies as documents

    return documents(scope.resource, scope.world)


def open_statements(arguments: Sequence[object], scope: Scope) -> object:
    """`{Source, Sid, Principal, Actions, Despite}` of each Allow that lets in a principal nobody named."""
    from scanner.iam.open_grants import open_statements as judged

    return of_effect(judged, arguments[0], scope)


def service_statements(arguments: Sequence[object], scope: Scope) -> object:
    """`{Source, Sid, Service}` of each Allow by which a service gets in for a resource of another account."""
    from scanner.iam.service_grants import service_statements as judged

    return of_effect(judged, arguments[0], scope)


def open_endpoint_statements(arguments: Sequence[object], _: Scope) -> object:
    """`{Source, Sid}` of each statement by which a stranger reaches a stranger's resource through an endpoint."""
    from scanner.iam.open_endpoint import open_endpoint_statements as judged

    return judged(arguments[0])


def open_federation(arguments: Sequence[object], _: Scope) -> object:
    """`{Source, Sid, Provider, Claim, Shared}` of each statement that takes tokens of others' users or workloads."""
    from scanner.iam.open_federation import open_federation as judged

    return judged(arguments[0])


def guest_statements(arguments: Sequence[object], _: Scope) -> object:
    """`{Source, Sid}` of each statement that lets the guests of an identity pool in."""
    from scanner.iam.open_federation import guest_statements as judged

    return judged(arguments[0])


def unbound_federation(arguments: Sequence[object], _: Scope) -> object:
    """`{Source, Sid, Provider}` of each statement that takes everybody whom a provider signs in."""
    from scanner.iam.unbound_federation import unbound_federation as judged

    return judged(arguments[0])


def undeclared_grantees(arguments: Sequence[object], scope: Scope) -> object:
    """`{Source, Sid, Kind, Name}` of what is named and not declared one's own.

    Arguments: the document, then accounts and organisations that are declared; the resource's own account is declared
    in any case.
    """
    from scanner.iam.undeclared_grantees import undeclared_grantees as judged

    document, accounts, organisations = (*arguments, None, None)[:3]
    own = scope.resource.account
    insiders = (*_members(accounts), *(() if own is None else (own,)))
    return of_effect(lambda asked: judged(asked, insiders, _members(organisations)), document, scope)


def undeclared_trust(arguments: Sequence[object], scope: Scope) -> object:
    """As `undeclared_grantees`, of a trust policy and without statements that ask for an external id.

    Arguments: the document, then accounts that are declared.
    """
    from scanner.iam.undeclared_grantees import undeclared_grantees as judged

    document, accounts = (*arguments, None)[:2]
    own = scope.resource.account
    return judged(document, (*_members(accounts), *(() if own is None else (own,))), (), agreed=True)


def _members(value: object) -> tuple[Term, ...]:
    if value is None:
        return ()
    listed = value if isinstance(value, list) else [value]
    members = tuple(item for item in listed if isinstance(item, str | Text | Unknown))
    return (*members, value.unknown) if isinstance(value, OpenList) else members


__all__ = [
    "guest_statements",
    "of_effect",
    "open_endpoint_statements",
    "open_federation",
    "open_statements",
    "own_policies",
    "service_statements",
    "undeclared_grantees",
    "undeclared_trust",
]
