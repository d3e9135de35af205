"""Whether a role's trust policy takes tokens of an identity provider from others than those it means.

Some OIDC providers serve everybody and tell their customers apart by a claim of the token; at others the claim `sub`
tells one workload or user from the next. The providers are those of "Identity-provider controls for shared OIDC
providers" (IAM User Guide).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypedDict

from scanner.base.record import replace
from scanner.iam.policy_document import (
    Condition,
    PolicyDocument,
    PrincipalSelector,
    PrincipalTerm,
    Statement,
    parse_document,
)
from scanner.iam.principals import principal_of
from scanner.iam.stranger import ABSENT, Stranger, Value
from scanner.iam.stranger_requests import Asked, denied_to, grounded, let_in
from scanner.iam.terms import Term, Terms
from scanner.model.partial_text import Text
from scanner.model.truth import Truth
from scanner.model.unknown import OpenList, Unknown, first_unknown
from scanner.shipped_data import data_file

_POOLS = "cognito-identity.amazonaws.com"
_WEB_IDENTITY = "sts:assumerolewithwebidentity"
_CUSTOMERS = ("aud", "app_id")
"""Claims that name a customer of a shared provider as a whole, so that a part of one is nobody's."""
_WILD = re.compile(r"[*?]")
_NETWORKS = ("aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce")
_FACTORS = ("authenticated", "unauthenticated")
_SUBJECTS = (
    "stranger",
    "repo:stranger/stranger:ref:refs/heads/main",
    "repo:stranger/stranger:environment:production",
    "project_path:stranger/stranger:ref_type:branch:ref:main",
    "organization:stranger:project:stranger:workspace:stranger:run_phase:apply",
    "organization:stranger:pipeline:stranger:ref:refs/heads/main:commit:x:step:x",
    "account:stranger:pipeline:stranger",
    "system:serviceaccount:stranger:stranger",
)


class _Issuer(TypedDict, total=False):
    claim: str
    owner: list[str]


@lru_cache(maxsize=1)
def _shared() -> Mapping[str, _Issuer]:
    table: dict[str, dict[str, _Issuer]] = json.loads(data_file("oidc_issuers.json").read_text(encoding="utf-8"))
    return table["shared"]


def open_federation(document: object) -> list[object] | Unknown:
    """The Allow statements that take tokens of strangers, as `{Source, Sid, Provider, Claim, Shared}`.

    `Claim` is the condition key that would tell whose token it is, `Shared` whether anybody can be a customer of the
    provider. SAML providers are one's own and are left out. The list is open where a statement cannot be decided.
    """
    if document is None:
        return []
    parsed = parse_document(document)
    found: list[object] = []
    doubt = parsed.more
    for statement, provider, claim, shared, opened in _asked(parsed):
        if isinstance(opened, Unknown):
            doubt = doubt or opened
        elif opened and parsed.more is None:
            told = {"Source": statement.source, "Sid": statement.sid, "Provider": provider}
            found.append({**told, "Claim": claim, "Shared": shared})
    return found if doubt is None else OpenList(found, doubt.plain())


def guest_statements(document: object) -> list[object] | Unknown:
    """The Allow statements by which an identity pool's users get in who have not signed in, as `{Source, Sid}`.

    "Role-based access control" (Amazon Cognito): `amr` holds `unauthenticated` for guests.
    """
    if document is None:
        return []
    parsed = parse_document(document)
    stranger = Stranger.to("\n".join(str(statement) for statement in parsed.statements))
    caller = principal_of({"Federated": _POOLS})
    found: list[object] = []
    doubt = parsed.more
    for statement in parsed.statements:
        principal = statement.principal
        if statement.effect == "Deny" or principal is None or principal.negated:
            continue
        named = [item for item in principal.items if item.type == "Federated"]
        known = next((item for item in named if item.value == _POOLS), None)
        if known is None:
            unsure = next((item.value for item in named if _may_be_pools(item.value)), principal.more)
            if unsure is not None and _may_be_oidc(unsure, statement):
                doubt = doubt or first_unknown(unsure)
            continue
        mine = PrincipalSelector((known,))
        alone = replace(grounded(statement, stranger), principal=mine)
        denies = (denied_to(each, known.value, mine, stranger) for each in parsed.statements if each.effect != "Allow")
        document = replace(parsed, statements=(alone, *denies), more=None, defects=())
        opened, _ = let_in(alone, document, stranger, Asked((caller,), _guest(stranger).values))
        if isinstance(opened, Unknown):
            doubt = doubt or opened
        elif opened and parsed.more is None:
            found.append({"Source": statement.source, "Sid": statement.sid})
    return found if doubt is None else OpenList(found, doubt.plain())


def _may_be_pools(value: Term) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, Text) and value.equals(_POOLS) is not False)


def _asked(parsed: PolicyDocument) -> Iterator[tuple[Statement, str, str, bool, Truth]]:
    stranger = Stranger.to("\n".join(str(statement) for statement in parsed.statements))
    for statement in parsed.statements:
        principal = statement.principal
        if statement.effect == "Deny" or principal is None or principal.negated:
            continue
        if principal.more is not None and _may_be_oidc(principal.more, statement):
            yield statement, "", "sub", False, principal.more
        for item in principal.items:
            if item.type != "Federated" or not _may_be_oidc(item.value, statement):
                continue
            issuer = _issuer(item.value, statement)
            if issuer is None:
                yield statement, "the identity provider", "sub", False, _of_no_issuer(statement)
                continue
            known = _shared().get(issuer.lower())
            claim = known["claim"] if known is not None else "sub"
            # Providers that IAM knows by itself have no ARN.
            named = item.value if isinstance(item.value, str) and not item.value.startswith("arn:") else None
            caller = {"Federated": named or f"arn:aws:iam::{stranger.own}:oidc-provider/{issuer}"}
            mine = PrincipalSelector((PrincipalTerm("Federated", caller["Federated"]),))
            alone = replace(grounded(statement, stranger), principal=mine)
            denies = (
                denied_to(each, item.value, mine, stranger) for each in parsed.statements if each.effect != "Allow"
            )
            document = replace(parsed, statements=(alone, *denies), more=None, defects=())
            presented = _Token(issuer, known, stranger)
            opened, _ = let_in(alone, document, stranger, Asked((principal_of(caller),), presented.values))
            yield statement, issuer, f"{issuer}:{claim}", known is not None, opened


class _Token:
    """What a stranger's token holds: claims of its own, under the keys that IAM gives them."""

    def __init__(
        self, issuer: str, known: _Issuer | None, stranger: Stranger, factors: Sequence[str] = _FACTORS
    ) -> None:
        self._factors = factors
        self._shared = known is not None
        self._issuer = issuer.lower()
        self._claim = known["claim"] if known is not None else "sub"
        self._owner = known.get("owner") if known is not None else None
        self._stranger = stranger

    def values(self, key: str, conditions: Sequence[Condition]) -> list[Value]:
        if not key.startswith(f"{self._issuer}:"):
            if not self._shared and key in _NETWORKS:
                # Other users of one's own provider sit in the same network.
                return list(self._stranger.at(conditions))
            return self._stranger.values(key, conditions)
        claim = key.removeprefix(f"{self._issuer}:")
        if claim == self._claim or claim in ("sub", "repository", "repository_owner", "oaud", "email"):
            patterns = [value for one in conditions for value in one.values.items if isinstance(value, str)]
            return [*_SUBJECTS, *self._namesakes(patterns), *(self._others(patterns) if claim in _CUSTOMERS else ())]
        if claim == "amr":
            return [[each] for each in self._factors]
        # Whoever asks for a token chooses its audience and most else of it.
        chosen = [value for one in conditions for value in one.values.items if isinstance(value, str)]
        return [*(value.replace("*", "stranger").replace("?", "x") for value in chosen), "stranger", ABSENT]

    def _others(self, patterns: Sequence[str]) -> Iterator[str]:
        """Customers whose id a pattern meets, too: all those of a region by `us-east-1:*`. What ends in a delimiter of
        the owner's own before the wildcard (`1234567890-*`) is the owner's."""
        for pattern in patterns:
            head = _WILD.split(pattern)[0]
            whole = head == pattern
            if not whole and (self._issuer == _POOLS or not head or head[-1].isalnum() or head[-1] in ":/"):
                yield pattern.replace("*", "stranger").replace("?", "x")

    def _namesakes(self, patterns: Sequence[str]) -> Iterator[str]:
        """Owners whose name begins as the one meant: `repo:clinic*` is also met by `repo:clinic-stranger/x`."""
        if self._owner is None:
            return
        start, end = self._owner
        for pattern in patterns:
            if not pattern.startswith(start):
                continue
            owner, stop, _ = pattern.removeprefix(start).partition(end)
            if "*" in owner or "?" in owner:
                rest = pattern.removeprefix(start)[len(owner) :] if stop else f"{end}stranger"
                named = f"{start}{owner}".replace("*", "-stranger").replace("?", "x")
                yield f"{named}{rest.replace('*', 'stranger').replace('?', 'x')}"


def _guest(stranger: Stranger) -> _Token:
    """A guest of the pool that is meant: its id is no secret."""
    return _Token(_POOLS, {"claim": "sub"}, stranger, ("unauthenticated",))


def _may_be_oidc(value: Term, statement: Statement) -> bool:
    if isinstance(value, str | Text) and ":saml-provider/" in str(value):
        return False
    actions: Terms = statement.action.terms
    if statement.action.negated or actions.more is not None:
        return True
    return any(not isinstance(term, str) or "*" in term or term.lower() == _WEB_IDENTITY for term in actions.items)


def _issuer(value: Term, statement: Statement) -> str | None:
    """The issuer without `https://`; of a provider that the files make, by the keys of the statement's conditions."""
    shown = (
        "".join(part if isinstance(part, str) else "-" for part in value.parts) if isinstance(value, Text) else value
    )
    if isinstance(shown, str):
        host = shown.partition(":oidc-provider/")[2] or shown
        if not (isinstance(value, Text) and "-" in host and host != str(value).partition(":oidc-provider/")[2]):
            return host
    for condition in statement.conditions:
        host, colon, claim = condition.key.rpartition(":")
        if colon and "." in host and claim:
            return host
    return None


def _of_no_issuer(statement: Statement) -> Truth:
    """Of a provider that nothing names: without a condition every token of it is taken."""
    if statement.conditions_more is not None:
        return statement.conditions_more
    return Unknown("undeclared", "which identity provider it is cannot be told") if statement.conditions else True
