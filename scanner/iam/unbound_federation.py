"""Whether a role's trust policy takes whomever a provider signs in: no claim of the token tells one from another.

Only what the token says narrows: its audience, its subject, how its user signed in. From "Available keys for AWS OIDC
federation" and "Available keys for SAML-based AWS STS federation" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.base.record import replace
from scanner.iam.policy_document import Condition, PrincipalSelector, PrincipalTerm, Statement, parse_document
from scanner.iam.principals import principal_of
from scanner.iam.stranger import ABSENT, Stranger, Value
from scanner.iam.stranger_requests import Asked, denied_to, grounded, let_in
from scanner.iam.terms import Term
from scanner.model.partial_text import Text
from scanner.model.unknown import OpenList, Unknown

_POOLS = "cognito-identity.amazonaws.com"
_SAML = "saml"
# Every token has them; what else there is may be absent.
_ALWAYS = frozenset({"aud", "sub", "iss", "doc", "namequalifier", "sub_type"})
_LISTED = frozenset({"amr"})
_WORD = "stranger"


def unbound_federation(document: object) -> list[object] | Unknown:
    """The Allow statements that take everybody whom a provider signs in, as `{Source, Sid, Provider}`.

    Identity pools are left out: they have a rule of their own. The list is open where a statement cannot be decided.
    """
    if document is None:
        return []
    parsed = parse_document(document)
    stranger = Stranger.to("\n".join(str(statement) for statement in parsed.statements))
    found: list[object] = []
    doubt = parsed.more
    for statement in parsed.statements:
        for provider in _providers(statement):
            host = _host(provider)
            caller = {
                "Federated": f"arn:aws:iam::{stranger.own}:{'saml' if host == _SAML else 'oidc'}-provider/{_WORD}"
            }
            mine = PrincipalSelector((PrincipalTerm("Federated", caller["Federated"]),))
            alone = replace(_by_claims(grounded(statement, stranger)), principal=mine)
            denies = tuple(
                denied_to(each, provider, mine, stranger) for each in parsed.statements if each.effect != "Allow"
            )
            asked = Asked((principal_of(caller),), _Claims(host).values)
            opened, _ = let_in(
                alone, replace(parsed, statements=(alone, *denies), more=None, defects=()), stranger, asked
            )
            unread = statement.conditions_more
            if isinstance(opened, Unknown) or (opened and unread is not None):
                doubt = doubt or (opened if isinstance(opened, Unknown) else unread)
            elif opened and parsed.more is None:
                found.append({"Source": statement.source, "Sid": statement.sid, "Provider": str(provider)})
    return found if doubt is None else OpenList(found, doubt.plain())


def _providers(statement: Statement) -> Iterator[Term]:
    principal = statement.principal
    if statement.effect == "Deny" or principal is None or principal.negated:
        return
    yield from (item.value for item in principal.items if item.type == "Federated" and item.value != _POOLS)


def _host(provider: Term) -> str | None:
    """What the provider's condition keys begin with; None where only deployment knows it."""
    if ":saml-provider/" in str(provider):
        return _SAML
    if isinstance(provider, Text | Unknown):
        return None
    return (provider.partition(":oidc-provider/")[2] or provider).lower()


def _is_claim(key: str) -> bool:
    head, colon, _ = key.lower().rpartition(":")
    return bool(colon) and ("." in head or head == _SAML)


def _by_claims(statement: Statement) -> Statement:
    """Without the conditions on anything but the token: an address or a name of a session tells nobody apart."""
    return replace(statement, conditions=tuple(each for each in statement.conditions if _is_claim(each.key)))


class _Claims:
    """A token whose every claim is somebody else's; those of other providers it does not have."""

    def __init__(self, host: str | None) -> None:
        self._host = host

    def values(self, key: str, conditions: Sequence[Condition]) -> list[Value]:
        del conditions
        head, _, claim = key.rpartition(":")
        if head == _POOLS or (self._host is not None and head != self._host):
            return [ABSENT]
        if claim in _LISTED:
            return [[_WORD], ABSENT]
        return [_WORD] if claim in _ALWAYS else [_WORD, ABSENT]
