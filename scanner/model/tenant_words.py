"""Names that say tenant, names that may mean one, and names that surely mean something else.

A key, tag or attribute is taken for a tenant's id only where its whole name says so: `TenantId`, `custom:tenant_id`,
`pkTenant`; not `TenantTier` or `MultiTenant`, which describe tenants without naming one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Meaning = Literal["tenant", "organisation", "workforce", "other"]

_ID = "(?:ids?|keys?|names?|code|uuid|guid|slug|ref|number|identifier|alias|pk|hash)?"
_TENANT = re.compile(rf"(?:.*?)(?<!multi)(?<!lieu)(?<!sub)tenant{_ID}")
# Each means the customer in some product, and a person's employer or an AWS account in others.
_ORGANISATION = re.compile(
    rf"(?:org|organi[sz]ation|customer|clinic|hospital|practice|facility|account|company|workspace|merchant|business|"
    rf"school|partner|subscriber){_ID}"
)
# What employees are told apart by ("What is ABAC for AWS?" and the tutorials beside it), what names one user, and what
# EKS Pod Identity tags each session with: none of them is a tenant before somebody says so.
_WORKFORCE = frozenset(
    {
        "access",
        "app",
        "application",
        "aud",
        "classification",
        "clearance",
        "client",
        "component",
        "contact",
        "cost",
        "costcenter",
        "costcentre",
        "department",
        "dept",
        "division",
        "eks",
        "email",
        "env",
        "environment",
        "function",
        "group",
        "job",
        "kubernetes",
        "level",
        "namespace",
        "name",
        "owner",
        "project",
        "region",
        "role",
        "service",
        "stage",
        "sub",
        "squad",
        "team",
        "title",
        "unit",
        "user",
        "username",
    }
)
# A tenant of Microsoft Entra, Auth0 and the like is a directory of the company itself.
_FOREIGN = frozenset(
    {
        "aad",
        "adfs",
        "auth0",
        "azure",
        "azuread",
        "entra",
        "graph",
        "ms",
        "msft",
        "microsoft",
        "m365",
        "o365",
        "office",
        "office365",
        "okta",
        "onelogin",
        "outlook",
        "powerbi",
        "sharepoint",
        "teams",
        "xero",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_REGISTRY = re.compile(
    r"(?:.*?)tenants?(?:table|registry|directory|metadata|management|mapping|catalog|config|info|details|list)*"
)
SHARED_VALUES = frozenset({"pooled", "pool", "shared", "public", "common", "global", "everybody", "platform", "all"})
POOLED_VALUES = frozenset({"pooled", "pool"})
"""Of those the ones that say pool; a store that is everybody's by another word may as well be no tenant's."""
_LONGEST = 128


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> Meaning:
    """What a tag key, attribute or claim of this name tells apart."""
    name = name.removeprefix("custom:")
    if len(name) > _LONGEST:
        return "other"
    words = [word.lower() for word in _WORD.findall(name)]
    compact = "".join(words)
    foreign = any(word in _FOREIGN for word in words) or compact.startswith(("azure", "entra", "auth0", "microsoft"))
    if "tenant" in compact:
        return "tenant" if not foreign and _TENANT.fullmatch(compact) else "other"
    if _ORGANISATION.fullmatch(compact):
        return "organisation"
    if compact in _WORKFORCE or any(word in _WORKFORCE for word in words):
        return "workforce"
    return "other"


def is_registry(name: str) -> bool:
    """Whether a table of this name lists the tenants themselves, as a control plane's does."""
    return len(name) <= _LONGEST and _REGISTRY.fullmatch("".join(_WORD.findall(name)).lower()) is not None


def has_hint(text: str) -> bool:
    """Whether a template may hold any evidence at all; cheap, and true far too often rather than once too seldom."""
    lower = text.lower()
    if "tenantproof" in lower:
        lower = lower.replace("tenantproof", "")  # the exceptions of this tool in a template's metadata
    return "tenant" in lower or "principaltag" in lower or "requesttag" in lower
