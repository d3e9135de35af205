"""Whether the principals of a policy's statement are the one that asks, from above and from below.

From "AWS JSON policy elements: Principal" and "AWS JSON policy elements: NotPrincipal" (IAM User Guide).
"""

from __future__ import annotations

from typing import Literal

from scanner.base.record import record
from scanner.iam.policy_document import PrincipalSelector, PrincipalTerm
from scanner.iam.terms import Term
from scanner.model.partial_text import Text
from scanner.model.resource import same_value
from scanner.model.unknown import Unknown

Nearness = Literal["direct", "role", "account"]
"""Itself or everybody; the role of the session; the account, which may then delegate."""

_ACCOUNT_DIGITS = 12
_NOBODY: frozenset[Nearness] = frozenset()
_ANY: frozenset[Nearness] = frozenset({"direct"})


@record
class Caller:
    """A session of a role. `role` is the role's ARN, which may have holes; `user` is set for an IAM user instead."""

    role: Term
    account: str
    is_user: bool = False

    def possibly(self, selector: PrincipalSelector | None) -> frozenset[Nearness]:
        """How near the statement might name the session."""
        if selector is None:
            return _ANY
        if selector.negated:
            return _NOBODY if self._excluded(selector) else _ANY
        near = set(_ANY if selector.more is not None else _NOBODY)
        for item in selector.items:
            same, nearness = self._is(item)
            if same is not False:
                near.add(nearness)
        return frozenset(near)

    def surely(self, selector: PrincipalSelector | None) -> bool:
        """Whether the statement surely names the session."""
        if selector is None:
            return True
        found = [self._is(item)[0] for item in selector.items]
        if selector.negated:
            return selector.more is None and all(same is False for same in found)
        return any(same is True for same in found)

    def _excluded(self, selector: PrincipalSelector) -> bool:
        return any(item.value == "*" and item.type in ("*", "AWS") for item in selector.items)

    def _is(self, item: PrincipalTerm) -> tuple[bool | None, Nearness]:
        if item.type == "*" or (item.type == "AWS" and item.value == "*"):
            return True, "direct"
        if item.type in ("Service", "Federated"):
            return False, "direct"
        if item.type == "CanonicalUser":
            return None, "account"
        value = item.value
        if isinstance(value, Unknown):
            same = same_value(value, self.role)
            return (None if same is None else same), "role"
        if isinstance(value, str) and len(value) == _ACCOUNT_DIGITS and value.isdigit():
            return value == self.account, "account"
        ending = value.suffix if isinstance(value, Text) else value
        if ending.endswith(":root"):
            return self._is_account(value), "account"
        if isinstance(value, str) and ":assumed-role/" in value:
            return self._is_session(value), "direct"
        if isinstance(value, Text) and ":assumed-role/" in str(value):
            return None, "direct"
        return same_value(value, self.role), "direct" if self.is_user else "role"

    def _is_account(self, value: str | Text) -> bool | None:
        if isinstance(value, str):
            parts = value.split(":")
            return len(parts) == 6 and parts[4] == self.account  # noqa: PLR2004  # the segments of an ARN
        return None

    def _is_session(self, value: str) -> bool | None:
        """A session of the role, named or not: which name a session has is the caller's choice."""
        name = value.partition(":assumed-role/")[2].partition("/")[0]
        if isinstance(self.role, str):
            return None if self.role.endswith(f"/{name}") and f"::{self.account}:" in value else False
        return None
