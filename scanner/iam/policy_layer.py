"""One layer of policies over one request: what it allows, what it denies, and by which statements."""

from __future__ import annotations

from typing import Literal

from scanner.iam.compiled_policy import CompiledStatement
from scanner.iam.policies import Policy
from scanner.iam.principals import EVERYBODY, Grip
from scanner.iam.request import Context, Request
from scanner.model.truth import Truth, conj, disj
from scanner.model.unknown import Unknown

Layer = Literal[
    "identity",
    "boundary",
    "session",
    "resource_policy",
    "trust",
    "scps",
    "rcps",
    "endpoint",
    "grants",
    "public_access_block",
    "service",
]


class Outcome:
    """`direct`, `role` and `account` tell a layer's grants apart by how near they name the caller.

    A layer without `Principal` elements grants everything directly.
    """

    __slots__ = ("account", "allowing", "deny", "denying", "direct", "kind", "policies", "role", "unsure")

    def __init__(self, kind: Layer, policies: tuple[Policy, ...]) -> None:
        self.kind = kind
        self.policies = policies
        self.direct: Truth = False
        self.role: Truth = False
        self.account: Truth = False
        self.deny: Truth = False
        self.allowing: list[tuple[Policy, CompiledStatement]] = []
        self.denying: list[tuple[Policy, CompiledStatement]] = []
        self.unsure: list[tuple[Policy, CompiledStatement | None, Unknown]] = []

    @property
    def allow(self) -> Truth:
        """Whether the layer allows at all, however it names the caller; what it denies is not in it."""
        if self.direct is True:
            return True
        return disj((self.direct, self.role, self.account))

    def unread(self, policy: Policy | None, unknown: Unknown) -> None:
        """There may be statements that nobody has read: Allows as well as Denies."""
        self.direct = disj((self.direct, unknown))
        self.role = disj((self.role, unknown))
        self.account = disj((self.account, unknown))
        self.deny = disj((self.deny, unknown))
        if policy is not None:
            self.unsure.append((policy, None, unknown))

    def count(self, policy: Policy, statement: CompiledStatement, applied: Truth, grip: Grip) -> None:
        """Add a statement that concerns the request: `applied` is its action, resource and conditions together."""
        effect = statement.statement.effect
        if isinstance(effect, Unknown):
            applied = effect
        found = applied if grip is EVERYBODY else conj((applied, grip.any))
        if isinstance(found, Unknown):
            self.unsure.append((policy, statement, found))
        if effect != "Allow":
            self.deny = disj((self.deny, found))
        if found is True:
            (self.denying if effect == "Deny" else self.allowing).append((policy, statement))
        if effect == "Deny":
            return
        self.direct = disj((self.direct, conj((applied, grip.direct))))
        if grip is not EVERYBODY:
            self.role = disj((self.role, conj((applied, grip.role))))
            self.account = disj((self.account, conj((applied, grip.account))))


def outcome_of(kind: Layer, policies: tuple[Policy, ...], request: Request, context: Context, bounded: bool) -> Outcome:
    """What the policies of one layer say together. `bounded` says that the caller has a permissions boundary."""
    outcome = Outcome(kind, policies)
    principal, resource, action = request.principal, request.resource, request.action.lower()
    for policy in policies:
        for statement, acted in policy.compiled.candidates(action):
            grip = statement.grip(principal, bounded)
            if grip is not EVERYBODY and grip.any is False:
                continue
            applied = statement.applies(resource, context, completes=kind == "identity")
            if applied is not False:
                outcome.count(policy, statement, applied if acted is True else acted, grip)
        if policy.document.more is not None:
            outcome.unread(policy, policy.document.more)
    return outcome
