"""A rule: its claim, reason, check, fix and examples, as loaded from one YAML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Literal

from scanner.base.record import record
from scanner.findings.report_document import Severity
from scanner.language.alias import Alias
from scanner.language.assertion import Check
from scanner.language.expressions.condition import Condition
from scanner.language.expressions.theorem import Theorem
from scanner.text.document import Document

Tier = Literal["core", "supporting", "legacy"]
Kind = Literal["tenant-owned", "tenant-principal"]
GLOB = re.compile(r"[*?]")
FIRST = "0.1.0"
"""The version of the rules that name none."""


@record
class Param:
    """`declared` is a path in tenancy.yaml; without a default the rule waits for that declaration."""

    name: str
    declared: str | None
    default: object
    has_default: bool


@record
class Example:
    """A template that the rule must judge as `kind` says; `keys` lead to it in the rule's file."""

    name: str
    kind: Literal["pass", "fail", "unknown", "not applicable"]
    body: Mapping[str, object]
    keys: tuple[str | int, ...]


@record(eq=False)
class Rule:
    """`types` may hold `*` and `?`, and none are all types. `where` narrows the resources; `otherwise` is what is said
    of those it leaves out. `kind` narrows them by the tenancy: to what tenants own, or to roles that act for one.

    `params` are read from tenancy.yaml, `check` is all of `assert`, and `theorems` are those that it proves. `subsumes`
    are rules that stay silent where this one reports. `since` is the version of tenantproof that brought it, `path` its
    file; `aliases` are what others call it. `cli` are commands that do what `fix` says, in order or one for each type.
    """

    id: str
    title: str
    severity: Severity
    tier: Tier
    layer: str
    subsumes: tuple[str, ...]
    why: str
    kind: Kind | None
    types: tuple[str, ...]
    where: Condition | None
    otherwise: str | None
    params: tuple[Param, ...]
    check: Check
    fix: str
    references: tuple[str, ...]
    examples: tuple[Example, ...]
    path: str
    document: Document = field(repr=False)
    theorems: tuple[Theorem, ...] = ()
    since: str = FIRST
    aliases: tuple[Alias, ...] = ()
    cli: tuple[str, ...] = ()

    def names(self, type_name: str) -> bool:
        """Whether the rule speaks of resources of this type."""
        if not self.types or type_name in self.types:
            return True
        return any(("*" in each or "?" in each) and fnmatchcase(type_name, each) for each in self.types)
