"""All policies that decide over a request, joined into one formula.

From "Policy evaluation for requests within a single account", "Cross-account policy evaluation logic" (IAM User Guide)
and "Key policies in AWS KMS" (KMS Developer Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.base.record import record, replace
from scanner.iam.decision import ASSUMING, reached_by_rcps
from scanner.model.unknown import Unknown
from scanner.prover.solver.encoding import Encoder
from scanner.prover.solver.formula import FALSE, TRUE, Formula, conj, disj, negate
from scanner.prover.solver.prepared_policy import PreparedPolicy, PreparedStatement
from scanner.prover.solver.principal_match import Caller, Nearness

Level = tuple[PreparedPolicy, ...]


@record
class Layers:
    """None means that there is no such layer. `resource` is Unknown where a policy may exist and was not read.

    `limits` are SCPs, level by level, and `resource_limits` RCPs, of which only what they deny counts.
    With `trust` the resource's policy is a role's, which is one for assuming it only.
    `needs_resource` holds for keys and roles, of which the resource's policy alone decides whom the account may let in.
    """

    caller: Caller
    identity: Level
    boundary: Level | None = None
    session: Level | None = None
    resource: PreparedPolicy | Unknown | None = None
    needs_resource: bool = False
    same_account: bool = True
    limits: tuple[Level, ...] = ()
    resource_limits: tuple[Level, ...] = ()
    trust: bool = False

    def statements(self) -> Iterator[PreparedStatement]:
        """Those of RCPs are not among them."""
        levels = [self.identity, self.boundary or (), self.session or (), *self.limits, *self.resource_limits]
        if isinstance(self.resource, PreparedPolicy):
            levels.append((self.resource,))
        for level in levels:
            for policy in level:
                yield from policy.statements

    def unread(self) -> Unknown | None:
        """Why there may be statements beside those read."""
        for level in (self.identity, self.boundary or (), self.session or (), *self.limits):
            for policy in level:
                if policy.more is not None:
                    return policy.more
        if isinstance(self.resource, Unknown):
            return self.resource
        return self.resource.more if self.resource is not None else None

    @property
    def sides(self) -> object:
        """What `apart` rests on beside the action."""
        return self.needs_resource, self.trust, bool(self.resource_limits)

    def apart(self, action: str) -> object:
        """What tells an action from others that the same statements speak of."""
        return self.needs_resource and self._needs(action), bool(self.resource_limits) and reached_by_rcps(action)

    def _needs(self, action: str) -> bool:
        return action in ASSUMING if self.trust else action.startswith("kms:") or action in ASSUMING

    def allowed(self, encoder: Encoder, action: str) -> Formula:
        """What allows the action, from above."""
        caps = [_allows(level, encoder, action) for level in (self.boundary, self.session) if level is not None]
        identity = conj([_allows(self.identity, encoder, action), *caps])
        if self.needs_resource and not self._needs(action):
            # Neither a trust policy nor a key policy speaks of other actions.
            return replace(self, resource=None, needs_resource=False, trust=False).allowed(encoder, action)
        near = {nearness: self._grants(encoder, action, nearness) for nearness in ("direct", "role", "account")}
        if not self.same_account:
            granted = conj([identity, disj(near.values())])
        else:
            by_role = conj([near["role"], *caps])
            by_identity = conj([near["account"], identity]) if self.needs_resource else identity
            granted = disj([by_identity, near["direct"], by_role])
        levels = [self.identity, self.boundary or (), self.session or (), *self.limits]
        if self.resource_limits and reached_by_rcps(action):
            levels += self.resource_limits
        denies = [_denies(level, encoder, action) for level in levels]
        limits = [_allows(level, encoder, action) for level in self.limits]
        return conj([granted, *limits, *map(negate, [*denies, self._refuses(encoder, action)])])

    def _grants(self, encoder: Encoder, action: str, nearness: Nearness) -> Formula:
        if self.resource is None:
            return FALSE
        if isinstance(self.resource, Unknown):
            return TRUE
        found: list[Formula] = [TRUE] if self.resource.more is not None else []
        for each in self.resource.statements:
            if each.statement.effect == "Deny" or each.acts(action) is False:
                continue
            if nearness in self.caller.possibly(each.statement.principal):
                found.append(encoder.applies(each, sure=False))
        return disj(found)

    def _refuses(self, encoder: Encoder, action: str) -> Formula:
        if not isinstance(self.resource, PreparedPolicy):
            return FALSE
        return disj(
            encoder.applies(each, sure=True)
            for each in self.resource.statements
            if each.statement.effect == "Deny"
            and each.acts(action) is True
            and self.caller.surely(each.statement.principal)
        )


def _allows(level: Sequence[PreparedPolicy], encoder: Encoder, action: str) -> Formula:
    found: list[Formula] = []
    for policy in level:
        if policy.more is not None:
            return TRUE
        found.extend(
            encoder.applies(each, sure=False)
            for each in policy.statements
            if each.statement.effect != "Deny" and each.acts(action) is not False
        )
    return disj(found)


def _denies(level: Sequence[PreparedPolicy], encoder: Encoder, action: str) -> Formula:
    return disj(
        encoder.applies(each, sure=True)
        for policy in level
        for each in policy.statements
        if each.statement.effect == "Deny" and each.acts(action) is True
    )
