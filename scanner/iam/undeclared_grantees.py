"""Whom policies name that nobody has declared to be one's own: accounts, organisations, networks.

That a policy is narrowed to somebody says nothing of who it is. What is declared decides: the account that the resource
is in, further accounts and organisations given.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.iam.exposure import Insiders, account_of, is_inside
from scanner.iam.policy_document import Condition, Statement, parse_document
from scanner.iam.terms import Term, is_settled
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, disj
from scanner.model.unknown import OpenList, Reference, Unknown

_ACCOUNTS = frozenset({"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "aws:vpceaccount"})
_ARNS = frozenset({"aws:principalarn", "aws:sourcearn"})
_ORGANISATIONS = frozenset({"aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"})
_PATHS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"})
_NETWORKS = frozenset({"aws:sourcevpc", "aws:sourcevpce"})
_AGREED = "sts:externalid"


def undeclared_grantees(
    document: object, accounts: tuple[Term, ...], organisations: tuple[Term, ...], agreed: bool = False
) -> list[object] | Unknown:
    """What Allow statements name and is surely not declared, as `{Source, Sid, Kind, Name}`.

    Where it cannot be told, such as an account in a template that may be deployed to it, the list is open. With
    `agreed`, statements that ask for an external id are left out.
    """
    if document is None:
        return []
    parsed = parse_document(document)
    insiders = Insiders(accounts, organisations)
    found: list[object] = []
    doubt = parsed.more
    for statement in parsed.statements:
        if statement.effect == "Deny":
            continue
        asked = _asks_external_id(statement) if agreed else False
        if asked is True:
            continue
        unsure = [each for each in (parsed.more, statement.effect, asked) if isinstance(each, Unknown)]
        for kind, name, inside in _named(statement, insiders):
            if isinstance(inside, Unknown):
                doubt = doubt or inside
            elif not inside and unsure:
                doubt = doubt or unsure[0]
            elif not inside:
                found.append({"Source": statement.source, "Sid": statement.sid, "Kind": kind, "Name": name})
    return found if doubt is None else OpenList(found, doubt.plain())


def _asks_external_id(statement: Statement) -> Truth:
    """Whether a caller must know an external id: a fixed one, and not only where it brings one."""
    asked = disj(_is_fixed_id(one) for one in statement.conditions if one.key.lower() == _AGREED)
    return statement.conditions_more if asked is False and statement.conditions_more is not None else asked


def _is_fixed_id(condition: Condition) -> Truth:
    operator = condition.operator
    if operator.negated or operator.if_exists or operator.quantifier == "all" or operator.family != "string":
        return False
    known = [value for value in condition.values.items if isinstance(value, str)]
    if any(value == "" or set(value) <= {"*", "?"} for value in known):
        return False
    unknown = next((value for value in condition.values.items if not isinstance(value, str)), condition.values.more)
    if unknown is None:
        return bool(known)
    return unknown.unknown if isinstance(unknown, Text) else unknown


def _named(statement: Statement, insiders: Insiders) -> Iterator[tuple[str, object, Truth]]:
    selector = statement.principal
    if selector is None or selector.negated:
        return
    if selector.more is not None:
        yield "account", None, selector.more
    everybody = False
    for item in selector.items:
        if item.type in ("Service", "Federated"):
            continue
        if item.value == "*":
            everybody = True
        elif item.type == "CanonicalUser":
            yield "account", item.value, _cannot_tell("which account a canonical user id is of")
        else:
            yield "account", item.value, _is_ours(item.value, insiders)
    if everybody:
        if statement.conditions_more is not None:
            yield "account", None, statement.conditions_more
        for condition in statement.conditions:
            yield from _of_condition(condition, insiders)


def _of_condition(condition: Condition, insiders: Insiders) -> Iterator[tuple[str, object, Truth]]:
    key = condition.key.lower()
    if condition.operator.negated or condition.operator.family == "null":
        return
    if condition.values.more is not None and key in _ACCOUNTS | _ARNS | _ORGANISATIONS | _PATHS | _NETWORKS:
        yield "account", None, condition.values.more
    for value in condition.values.items:
        if key in _ACCOUNTS:
            yield "account", value, _is_ours(value, insiders)
        elif key in _ARNS:
            # A bucket's ARN carries no account: the bucket may be anybody's.
            bucket = isinstance(value, str) and value.startswith("arn:aws:s3:::")
            yield "account", value, _cannot_tell(f"whose bucket `{value}` is") if bucket else _is_ours(value, insiders)
        elif key in _ORGANISATIONS or key in _PATHS:
            head = value.partition("/")[0] if isinstance(value, str) else value
            yield "organisation", value, _is_own_organisation(head, insiders)
        elif key in _NETWORKS:
            ours = isinstance(value, Reference)
            yield "endpoint", value, ours or _cannot_tell(f"whose network `{value}` is")


def _is_ours(value: Term, insiders: Insiders) -> Truth:
    if isinstance(value, Unknown) and not isinstance(value, Reference) and not is_settled(value):
        return value
    account = account_of(value)
    if isinstance(account, Unknown) and account.symbol is not None and account.symbol[-1] == "AWS::AccountId":
        return True
    if isinstance(account, str) and not any(isinstance(own, str) for own in insiders.accounts):
        return _cannot_tell(f"whether account {account} is yours (`account` or `engagement.accounts_in`)")
    return is_inside(account, insiders.accounts)


def _is_own_organisation(value: Term, insiders: Insiders) -> Truth:
    if isinstance(value, Unknown | Text):
        return value if isinstance(value, Unknown) else value.unknown
    if not insiders.organisations:
        return _cannot_tell(f"whether organisation {value} is yours (`engagement.organizations`)")
    return value in insiders.organisations


def _cannot_tell(what: str) -> Unknown:
    return Unknown("undeclared", f"{what} is not declared")
