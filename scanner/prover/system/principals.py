"""Who a role acts for: a tenant, everybody, whoever a broker decides; and what each of its sessions carries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from scanner.base.record import record
from scanner.iam.policy_document import PolicyDocument, Statement
from scanner.iam.terms import Term
from scanner.model.deferred import OpenMap, settle
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World
from scanner.prover.solver.pattern import Pattern, Tenant, literal
from scanner.prover.solver.question import ABSENT, Given, Session, Unsure, Value
from scanner.tenancy import ownership
from scanner.tenancy.tenancy import Session as DeclaredSession
from scanner.tenancy.tenancy import Tenancy

TAG = "aws:principaltag/"
SESSION_HOLE = "tenant"
"""The variable `${tenant}` of a session policy: no condition key of AWS has such a name."""

_GRANTS = "access-grants.s3.amazonaws.com"
COGNITO = "cognito-identity.amazonaws.com"
# "IAM identifiers".
_IDENTITY = re.compile(r"arn:[^:]+:iam::[0-9]{12}:(role|user)/[^:]+")
_OF_SERVICES = (
    "aws:principalservicename", "aws:principalservicenameslist", "aws:sourceaccount", "aws:sourcearn",
    "aws:sourceorgid", "aws:sourceorgpaths",
)  # fmt: skip
"""Keys of requests that a service makes in its own name: "AWS global condition context keys" (IAM User Guide)."""
_ASSUMING = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
_UNCONFINED = "the trust policy does not confine `aws:TagKeys`, so nobody knows whether sessions carry `{}`"

Kind = Literal["session", "silo", "compute", "brokered", "users", "unread", "none"]
"""Declared to act for one tenant; owned by one tenant; run by a service for all; taken by other principals; taken by
everybody who signs in; who takes it was not read; nothing of these."""


@record
class Trust:
    """Who a trust policy lets in. `unread` says why there may be others."""

    services: tuple[str, ...]
    principals: tuple[Term, ...]
    federated: tuple[str, ...]
    accounts: tuple[str, ...]
    anyone: bool
    unread: Unknown | None

    @property
    def grants_only(self) -> bool:
        """Whether S3 Access Grants alone takes the role: "Request access to Amazon S3 data through S3 Access Grants"
        (Amazon S3 User Guide), credentials are those of one grant's scope."""
        others = self.principals or self.federated or self.accounts or self.anyone or self.unread is not None
        return bool(self.services) and set(self.services) == {_GRANTS} and not others


def trust_of(document: PolicyDocument, account: str) -> Trust:
    """Whom a trust policy lets in; `account` is the role's own.

    Only Allows that speak of assuming are read. Neither Denies nor conditions are looked at, so it may be too many. An
    Allow without a principal, or with `NotPrincipal`, is for anyone.
    """
    services: list[str] = []
    principals: list[Term] = []
    federated: list[str] = []
    accounts: list[str] = []
    anyone = False
    unread = document.more
    for statement in document.statements:
        if statement.effect == "Deny" or not _assumes(statement):
            continue
        if statement.principal is None or statement.principal.negated:
            anyone = True
            continue
        unread = unread or statement.principal.more
        for item in statement.principal.items:
            value = item.value
            if item.type == "*" or value == "*":
                anyone = True
            elif item.type == "Service":
                services.append(str(value))
            elif item.type == "Federated":
                federated.append(str(value))
            elif isinstance(value, str) and (value == account or value.endswith(":root") or value.isdigit()):
                accounts.append(value)
            elif isinstance(value, Text) and value.suffix.endswith(":root"):
                accounts.append(str(value))
            else:
                principals.append(value)
    return Trust(tuple(services), tuple(principals), tuple(federated), tuple(accounts), anyone, unread)


def _assumes(statement: Statement) -> bool:
    if statement.action.negated or statement.action.terms.more is not None:
        return True
    return any(
        not isinstance(term, str) or term.lower() in (*_ASSUMING, "*", "sts:*") or "*" in term
        for term in statement.action.terms.items
    )


def declared_sessions(role: Resource, tenancy: Tenancy, world: World) -> Iterator[DeclaredSession]:
    """The sessions that tenancy.yaml declares for a role. Raises UndecidedError."""
    for session in tenancy.sessions:
        if any(ownership.is_called(pattern, role, world) is True for pattern in session.roles):
            yield session


def session_of_stack(symbol: tuple[str, ...]) -> DeclaredSession:
    """What stands for a role of one tenant whose id is a parameter of its stack."""
    return DeclaredSession(f"stacks by {symbol[-1]}", (), (), True, {}, None, (), of_stack=symbol)


def of_stack(document: object, symbol: tuple[str, ...]) -> object:
    """A policy of such a role with the tenant's hole in place of the parameter."""
    if not isinstance(document, dict):
        return document
    # In the old version `${...}` of a policy is text; only this hole is not.
    old = document.get("Version") != "2012-10-17"
    filled = _with_hole(document, symbol, escape=old)
    return {**filled, "Version": "2012-10-17"} if isinstance(filled, dict) and old else filled


def _with_hole(value: object, symbol: tuple[str, ...], *, escape: bool) -> object:
    if isinstance(value, str):
        return value.replace("${", "${$}{") if escape else value
    if isinstance(value, Unknown):
        return f"${{{SESSION_HOLE}}}" if value.symbol == symbol else value
    if isinstance(value, Text):
        parts = (_with_hole(part, symbol, escape=escape) for part in value.parts)
        return text_of(part for part in parts if isinstance(part, str | Unknown))
    if isinstance(value, dict):
        entries = {key: _with_hole(child, symbol, escape=escape) for key, child in value.items()}
        return OpenMap(entries, value.unknown) if isinstance(value, OpenMap) else entries
    if isinstance(value, list):
        items = [_with_hole(child, symbol, escape=escape) for child in value]
        return OpenList(items, value.unknown) if isinstance(value, OpenList) else items
    return value


def possible_sessions(role: Resource, tenancy: Tenancy, world: World) -> Iterator[tuple[DeclaredSession, Unknown]]:
    """The sessions by which tenancy.yaml may mean a role, each with why that is not known. Raises UndecidedError."""
    for session in tenancy.sessions:
        for pattern in session.roles:
            called = ownership.is_called(pattern, role, world)
            if isinstance(called, Unknown):
                yield session, called
                break


def session_doubt(role: Resource, tenancy: Tenancy, world: World) -> Unknown | None:
    """Why it is not known whether tenancy.yaml means the role by a session; None where it is. Raises UndecidedError."""
    return next((why for _, why in possible_sessions(role, tenancy, world)), None)


def kind_of(trust: Trust, sessions: bool, tenant: str | None) -> Kind:
    """The first that fits, in this order: what is declared, what its tags say, then who its trust policy lets in.

    `sessions` says that tenancy.yaml declares it for sessions of tenants, `tenant` whose own role it is.
    """
    if sessions:
        return "session"
    if tenant is not None:
        return "silo"
    if trust.services:
        return "compute"
    if any(_is_cluster(each) for each in trust.federated):
        return "compute"
    if any(each == COGNITO for each in trust.federated):
        return "users"
    if trust.principals or trust.accounts or trust.anyone:
        return "brokered"
    return "unread" if trust.unread is not None else "none"


def _is_cluster(provider: str) -> bool:
    """An EKS cluster's OIDC provider: "IAM roles for service accounts" (EKS User Guide)."""
    return "oidc.eks." in provider


def tenant_unknown(resource: Resource, keys: Sequence[str], world: World) -> Unknown | None:
    """Why it is not known whose a resource is; None where that is known, or where it is surely nobody's."""
    if not keys:
        return None
    tags = settle(resource.fields.get("Tags"), world)
    if isinstance(tags, Unknown):
        return tags.plain()
    if not isinstance(tags, dict):
        return None
    for key in keys:
        value = settle(tags.get(key), world)
        if isinstance(value, Text | Unknown):
            return (value.unknown if isinstance(value, Text) else value).plain()
    return tags.unknown.plain() if isinstance(tags, OpenMap) else None


def arn_text(principal: Resource, arn: object, account: str) -> str:
    """The ARN of a role or user as a text; where what was read is none, one with its logical id."""
    kind = "user" if principal.type == "AWS::IAM::User" else "role"
    spelled = _IDENTITY.fullmatch(arn) if isinstance(arn, str) else None
    if spelled is not None and spelled[1] == kind:
        return spelled[0]
    return f"arn:aws:iam::{account}:{kind}/{principal.logical_id}"


def tags_of(role: Resource, world: World) -> Mapping[str, str] | Unknown:
    """The role's own tags as far as they are known text. Raises UndecidedError."""
    tags = settle(role.fields.get("Tags"), world)
    if isinstance(tags, Unknown):
        return tags
    return {str(key): value for key, value in tags.items() if isinstance(value, str)} if isinstance(tags, dict) else {}


def session_of(
    role_arn: str,
    account: str,
    declared: DeclaredSession | None,
    tags: Mapping[str, str] | Unknown,
    *,
    tagged: bool,
    confined: bool,
) -> Session:
    """What sessions carry: with `tagged` the tenant keys; `confined` says that no other tag can be passed."""
    keys: dict[str, Value] = {
        "aws:principalarn": Given(literal(role_arn)),
        "aws:principalaccount": Given(literal(account)),
        "aws:principaltype": Given(literal("AssumedRole")),
        "aws:username": ABSENT,
        **dict.fromkeys(_OF_SERVICES, ABSENT),
    }
    if isinstance(tags, Mapping):
        keys.update({f"{TAG}{key.lower()}": Given(literal(value)) for key, value in tags.items()})
    if declared is not None:
        if declared.session_policy is not None or declared.of_stack is not None:
            # What the broker writes where the policy has a hole.
            keys[SESSION_HOLE] = Given(Pattern((Tenant.CALLER,)))
        for key in declared.tenant_keys:
            lower = key.lower()
            if tagged:
                keys[lower] = Given(Pattern((Tenant.CALLER,)))
            elif lower not in keys:
                keys[lower] = ABSENT
        for key, value in declared.constants.items():
            keys[key.lower()] = Given(literal(value)) if isinstance(value, str) else Given(literal(value[0]), many=True)
    other: Value = ABSENT
    if isinstance(tags, Unknown):
        other = Unsure(tags)
    elif declared is not None and not confined:
        other = Unsure(Unknown("undeclared", _UNCONFINED.format("other principal tags")))
    name = role_arn.partition(":role/")[2].rpartition("/")[2]
    head = role_arn.partition(":role/")[0].replace(":iam:", ":sts:", 1)
    written = [
        *(declared.tenant_keys if declared is not None else ()),
        *(declared.constants if declared is not None else ()),
    ]
    written += [f"aws:PrincipalTag/{key}" for key in tags] if isinstance(tags, Mapping) else []
    spelled = {key.lower(): key for key in written}
    return Session(f"{head}:assumed-role/{name}/session", account, keys, other, spelled)
