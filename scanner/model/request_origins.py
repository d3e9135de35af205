"""What a request mapping reads: what the caller sends, or what AWS verified of the caller.

From "Resolver mapping template context reference" and "JavaScript resolver context object reference" (AWS AppSync
Developer Guide) and "Mapping template and access logging variable reference" (Amazon API Gateway Developer Guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from scanner.base.record import record
from scanner.model.tenant_words import meaning_of

Kind = Literal["sent", "verified"]

# Of the context of a resolver and of API Gateway's `$context`.
_SENT = (("args",), ("arguments",), ("request",), ("info", "variables"))
_VERIFIED = (
    ("authorizer",),
    ("identity", "accountId"),
    ("identity", "caller"),
    ("identity", "claims"),
    ("identity", "cognitoAuthenticationProvider"),
    ("identity", "cognitoIdentityAuthProvider"),
    ("identity", "cognitoIdentityAuthType"),
    ("identity", "cognitoIdentityId"),
    ("identity", "cognitoIdentityPoolId"),
    ("identity", "groups"),
    ("identity", "issuer"),
    ("identity", "principalOrgId"),
    ("identity", "resolverContext"),
    ("identity", "sub"),
    ("identity", "user"),
    ("identity", "userArn"),
    ("identity", "username"),
)
# What may follow a tenant's name without making it something else of the tenant.
_OF_AN_ID = re.compile(
    r"(?:id|ids|key|name|code|uuid|guid|slug|ref|number|get|trim|tostring|to(?:lower|upper)case|replace(?:all|first)?"
    r"|substring|slice|split|value|valueof|string|first|\d+)",
    re.IGNORECASE,
)
_IN_A_PATH = re.compile(r"[A-Za-z0-9_-]+")


@record
class Origin:
    """One thing that a mapping reads: as it is written, and by what names it is found in the request or the claims.

    `guarded` says that it is read only where a condition on something verified holds, such as a group of operators.
    """

    kind: Kind
    names: tuple[str, ...]
    text: str
    guarded: bool = False

    def below(self, names: Sequence[str], text: str) -> Origin:
        """What is found in it by further names."""
        return Origin(self.kind, (*self.names, *names), text, self.guarded) if names else self

    @property
    def names_tenant(self) -> bool:
        """Whether its own name is that of a tenant's id."""
        return says_tenant(self.names)


@record
class Sources:
    """Whence a mapping takes the tenant's id.

    `sent` and `verified` are what it takes it from; `reads_sent` and `reads_verified` tell whether it reads such values
    at all, for whatever it is; `compares` that it holds a tenant that the caller sends against a verified one and may
    refuse the request, or reads it only where a condition on something verified holds; `hands_over` that a function is
    given verified values beside what the caller sends; `cut` that it is too long to be read to its end.
    """

    sent: tuple[Origin, ...] = ()
    verified: tuple[Origin, ...] = ()
    reads_sent: bool = False
    reads_verified: bool = False
    compares: bool = False
    hands_over: bool = False
    cut: bool = False


def of_context(names: Sequence[str], text: str) -> tuple[Origin, ...]:
    """What stands at a place of the context, without its root; nothing where neither caller nor AWS chose it alone."""
    for kind, places in (("sent", _SENT), ("verified", _VERIFIED)):
        for place in places:
            if tuple(names[: len(place)]) == place:
                return (Origin("sent" if kind == "sent" else "verified", tuple(names[len(place) :]), text),)
    return ()


def says_tenant(names: Sequence[str]) -> bool:
    """Whether the last of the names that says something names a tenant's id: `args.tenantId`, `claims.tenant.id`."""
    kept = list(names)
    while kept:
        last = kept.pop()
        if names_tenant(last):
            return True
        if not _OF_AN_ID.fullmatch(last):
            return False
    return False


def names_tenant(name: str) -> bool:
    """Whether a key, column, header or variable of this name holds a tenant's id."""
    return meaning_of(name.strip(":#$ ")) == "tenant"


def in_path(literal: str) -> list[str]:
    """The names in a literal such as `$.visit.tenantId`, `custom:tenantId` or `X-Tenant-Id`."""
    return _IN_A_PATH.findall(literal) if literal.startswith("$") else [literal]


def taken(name: str, origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """What a place of this name takes the tenant from: all that is named so, or, if the place is, what stands there."""
    known = tuple(origins)
    named = tuple(each for each in known if each.names_tenant)
    if not names_tenant(name):
        return named
    if any(each.kind == "verified" for each in known):
        # `TENANT#<verified>#<id that was sent>` is the verified one's.
        return (*(each for each in known if each.kind == "verified"), *(each for each in named if each.kind == "sent"))
    return known


def holds_against(compared: Iterable[Sequence[Origin]]) -> bool:
    """Whether one of the values is a tenant that the caller sends and another one is verified."""
    values = list(compared)
    sent = any(any(each.names_tenant for each in value) and _only(value, "sent") for value in values)
    return sent and any(value and _only(value, "verified") for value in values)


def _only(value: Sequence[Origin], kind: Kind) -> bool:
    return all(each.kind == kind for each in value)


def sources(found: Iterable[Origin], read: Iterable[Origin], *, compares: bool, invokes: bool, cut: bool) -> Sources:
    """All that was found, each text once."""
    found = tuple(found)
    by_kind: dict[Kind, dict[str, Origin]] = {"sent": {}, "verified": {}}
    open_to_all = {each.text for each in found if not each.guarded}
    for each in found:
        by_kind[each.kind].setdefault(each.text, each)
    guarded = bool(by_kind["sent"]) and not open_to_all & set(by_kind["sent"])
    kinds = {each.kind for each in read}
    hands_over = invokes and "verified" in kinds
    return Sources(
        tuple(by_kind["sent"].values()),
        tuple(by_kind["verified"].values()),
        "sent" in kinds,
        "verified" in kinds,
        compares or guarded,
        hands_over,
        cut,
    )


__all__ = [
    "Kind",
    "Origin",
    "Sources",
    "holds_against",
    "in_path",
    "names_tenant",
    "of_context",
    "says_tenant",
    "sources",
    "taken",
]
