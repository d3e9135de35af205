"""Who makes a request, and which principals of a policy stand for it.

From "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal" and "IAM identifiers" (IAM User
Guide).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Literal

from scanner.base.record import record
from scanner.iam.policy_document import PrincipalSelector, PrincipalTerm
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, conj, disj
from scanner.model.unknown import Unknown

Kind = Literal["role", "session", "user", "federated-user", "root", "service", "federated", "anonymous"]

_ACCOUNT = re.compile(r"\A\d{12}\Z")
# The principals an IAM ARN names: partition, service, account, kind, the rest.
_ARN = re.compile(r"\Aarn:([a-z0-9-]+):(iam|sts)::([^:]*):(.+)\Z", re.DOTALL)
_SERVICE = re.compile(r"\A[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)\Z", re.IGNORECASE)
# "Create a role for OpenID Connect federation": providers named without an ARN.
_WEB_IDENTITY = frozenset(
    {"cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"}
)


class Reach(Enum):
    """How near a policy's principal names the caller."""

    ACCOUNT = "account"
    ROLE = "role"
    DIRECT = "direct"


@record
class Grip:
    """Whether a statement names the caller itself (or everybody), the role it is a session of, or its account.

    The nearer it names it, the less caps the grant.
    """

    direct: Truth
    role: Truth
    account: Truth

    @property
    def any(self) -> Truth:
        """Whether the statement names the caller in any of the three ways."""
        return disj((self.direct, self.role, self.account))

    def widened(self, unknown: Unknown) -> Grip:
        """The same where something unknown may name the caller too, in any of the three ways."""
        return Grip(disj((self.direct, unknown)), disj((self.role, unknown)), disj((self.account, unknown)))


NOBODY = Grip(False, False, False)
EVERYBODY = Grip(True, False, False)


@record
class Principal:
    """`name` is without path; `path` begins and ends in `/` and is None where the ARN does not carry it.

    A `role` is a session of that role whose name is not known; a `session` knows its name but not the role's path.
    """

    kind: Kind
    text: str
    partition: str = "aws"
    account: str | None = None
    name: str = ""
    path: str | None = None
    session: str | None = None

    @property
    def has_identity_policies(self) -> bool:
        """Whether policies of its own account, boundaries and SCPs may bear on it: no service, provider or anonymous
        caller."""
        return self.kind in ("role", "session", "user", "federated-user", "root")

    @property
    def is_service_linked(self) -> bool:
        """Whether it is a service-linked role, which neither SCPs nor RCPs bind; never for a caller whose path is not
        known."""
        return self.path is not None and self.path.startswith("/aws-service-role/")

    def __str__(self) -> str:
        return self.text


def principal_of(value: object) -> Principal:
    """The principal that a request names: an ARN, an account id, a service, a provider, `*` or `anonymous`.

    `{"AWS": ...}`, `{"Service": ...}` and `{"Federated": ...}` say which it is. Raises ValueError with a message for
    users.
    """
    if isinstance(value, Mapping):
        if len(value) != 1:
            raise ValueError("a principal object has one key: `AWS`, `Service` or `Federated`")
        kind, text = next(iter(value.items()))
        if not isinstance(text, str) or not text:
            raise ValueError(f"expected a string under `{kind}`")
        if kind == "AWS":
            return principal_of(text)
        if kind == "Service":
            return Principal("service", text)
        if kind == "Federated":
            return Principal("federated", text)
        raise ValueError(f"unknown principal type `{kind}`, expected `AWS`, `Service` or `Federated`")
    if not isinstance(value, str) or not value:
        raise ValueError("a principal is a string such as an ARN, a service name or `*`")
    return _named(value)


@lru_cache(maxsize=4096)
def _named(text: str) -> Principal:
    if text in ("*", "anonymous"):
        return Principal("anonymous", "*")
    if _ACCOUNT.match(text):
        return Principal("root", f"arn:aws:iam::{text}:root", "aws", text)
    if text.lower() in _WEB_IDENTITY:
        return Principal("federated", text)
    match = _ARN.match(text)
    if match is None:
        if _SERVICE.match(text):
            return Principal("service", text)
        raise ValueError(f"`{text}` is no principal: expected an ARN of IAM or STS, an account id, a service or `*`")
    partition, service, account, rest = match.groups()
    kind, _, tail = rest.partition("/")
    path, _, name = f"/{tail}".rpartition("/")
    path = f"{path}/" if path else "/"
    if service == "iam" and rest == "root":
        return Principal("root", text, partition, account)
    if service == "iam" and kind == "role" and name:
        return Principal("role", text, partition, account, name, path)
    if service == "iam" and kind == "user" and name:
        return Principal("user", text, partition, account, name, path)
    if service == "iam" and kind in ("oidc-provider", "saml-provider") and tail:
        return Principal("federated", text, partition, account)
    if service == "sts" and kind == "assumed-role" and tail.count("/") == 1:
        role, _, session = tail.partition("/")
        return Principal("session", text, partition, account, role, None, session)
    if service == "sts" and kind == "federated-user" and tail:
        return Principal("federated-user", text, partition, account, tail)
    raise ValueError(f"`{text}` is no principal that can make a request")


def derived_keys(principal: Principal) -> Mapping[str, str]:
    """The condition keys that the principal itself decides, in lower case; see "AWS global condition context keys".

    A session's ARN does not carry its role's path: `aws:PrincipalArn` is then taken to have none.
    """
    return _derived(principal)


@lru_cache(maxsize=4096)
def _derived(principal: Principal) -> Mapping[str, str]:
    if principal.kind == "anonymous":
        return {"aws:principaltype": "Anonymous"}
    if principal.kind == "service":
        return {"aws:principalisawsservice": "true", "aws:principalservicename": principal.text}
    if principal.kind == "federated":
        return {}
    types = {"root": "Account", "user": "User", "federated-user": "FederatedUser"}
    arn = principal.text
    if principal.kind == "session":
        arn = f"arn:{principal.partition}:iam::{principal.account}:role/{principal.name}"
    keys = {
        "aws:principalarn": arn,
        "aws:principalaccount": principal.account or "",
        "aws:principaltype": types.get(principal.kind, "AssumedRole"),
        "aws:principalisawsservice": "false",
    }
    if principal.kind == "user":
        keys["aws:username"] = principal.name
    return keys


class PrincipalMatcher:
    """One `Principal` or `NotPrincipal`, made ready to be asked often."""

    __slots__ = ("_everybody", "_negated", "_terms", "_unknown")

    def __init__(self, selector: PrincipalSelector) -> None:
        self._negated = selector.negated
        self._unknown = selector.more
        self._everybody = any(item.value == "*" and item.type in ("*", "AWS") for item in selector.items)
        self._terms = tuple(_Named(item) for item in selector.items)

    def reached(self, principal: Principal, bounded_deny: bool) -> Grip:
        """Whether the element stands for the principal.

        `bounded_deny` says that the statement is a Deny and the principal has a permissions boundary: a Deny with
        `NotPrincipal` then always fires ("AWS JSON policy elements: NotPrincipal").
        """
        if self._negated:
            if bounded_deny:
                return EVERYBODY
            excluded = self._excluded(principal)
            if excluded is False:
                return EVERYBODY
            return NOBODY if excluded is True else Grip(excluded, False, False)
        if self._everybody:
            return EVERYBODY
        grip = self._named(principal)
        return grip if self._unknown is None else grip.widened(self._unknown)

    def _named(self, principal: Principal) -> Grip:
        grip = NOBODY
        for term in self._terms:
            truth, reach = term.reached(principal)
            if truth is False:
                continue
            if truth is not True:
                grip = grip.widened(truth)
            elif reach is Reach.DIRECT:
                grip = Grip(True, grip.role, grip.account)
            elif reach is Reach.ROLE:
                grip = Grip(grip.direct, True, grip.account)
            else:
                grip = Grip(grip.direct, grip.role, True)
        return grip

    def _excluded(self, principal: Principal) -> Truth:
        """A caller is excepted where the element lists it and also its role and its account.

        "AWS JSON policy elements: NotPrincipal": without the account, a service may refuse the caller all the same.
        """
        if self._everybody:
            return True
        grip = self._named(principal)
        if self._unknown is not None:
            grip = grip.widened(self._unknown)
        own = grip.direct
        also: tuple[Truth, Truth] = (True, True)
        if principal.kind in ("session", "role"):
            also = (grip.role, grip.account)
        elif principal.kind in ("user", "federated-user"):
            also = (grip.account, True)
        if principal.kind == "role" and own is False and grip.role is not False:
            own = Unknown("undeclared", "the session's name is not given, and `NotPrincipal` must list the session")
        if own is False:
            return False
        everything = conj((own, *also))
        if everything is False:
            return Unknown("undeclared", "`NotPrincipal` lists the caller without its role or account")
        return everything


class _Named:
    """One principal a policy names. Where it is not known, `_name` is the type it stands under."""

    __slots__ = ("_account", "_kind", "_name", "_partition", "_session", "_text", "_unknown")

    def __init__(self, term: PrincipalTerm) -> None:
        self._unknown: Unknown | None = None
        self._kind = "nobody"
        self._text = self._partition = self._account = self._name = ""
        self._session: str | None = None
        value = term.value
        if not isinstance(value, str):
            self._kind, self._unknown = "unknown", value.unknown if isinstance(value, Text) else value
            self._name = term.type
            return
        self._text = value
        if term.type in ("Service", "Federated"):
            self._kind = term.type.lower()
        elif term.type == "CanonicalUser":
            self._kind = "unknown"
            self._name = term.type
            self._unknown = Unknown("undeclared", "which account a canonical user id stands for cannot be told")
        elif term.type == "AWS" and value != "*":
            try:
                named = _named(value)
            except ValueError:
                # A unique id of something deleted, or an ARN with a wildcard: it stands for nobody.
                return
            self._kind = "nobody" if named.kind in ("service", "federated", "anonymous") else named.kind
            self._partition, self._account = named.partition, named.account or ""
            self._name, self._session = named.name, named.session
            if _ACCOUNT.match(value):
                self._partition = ""

    def reached(self, principal: Principal) -> tuple[Truth, Reach]:
        kind = self._kind
        if kind == "root":
            same = principal.account == self._account and self._partition in ("", principal.partition)
            is_aws = principal.has_identity_policies
            return same and is_aws, Reach.DIRECT if principal.kind == "root" else Reach.ACCOUNT
        if kind in ("service", "federated"):
            return principal.kind == kind and principal.text == self._text, Reach.DIRECT
        if kind == "unknown":
            return self._perhaps(principal)
        if principal.account != self._account or principal.partition != self._partition:
            return False, Reach.DIRECT
        if kind == "role":
            return principal.kind in ("role", "session") and principal.name == self._name and (
                principal.path is None or principal.text == self._text
            ), Reach.ROLE
        if kind == "session":
            if principal.kind == "role" and principal.name == self._name:
                return Unknown("undeclared", "the policy names one session, and the request does not"), Reach.DIRECT
            return principal.kind == "session" and principal.text == self._text, Reach.DIRECT
        return principal.kind == kind and principal.text == self._text, Reach.DIRECT

    def _perhaps(self, principal: Principal) -> tuple[Truth, Reach]:
        unknown = self._unknown
        expected = {"Service": "service", "Federated": "federated"}.get(self._name)
        if expected is not None:
            possible = principal.kind == expected
        elif self._name == "CanonicalUser":
            possible = principal.has_identity_policies
        else:
            possible = True
        return (unknown if possible and unknown is not None else False), Reach.DIRECT
