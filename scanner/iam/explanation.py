"""Why a decision fell as it did: the statements that decided, or what was missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scanner.base.record import record
from scanner.iam.compiled_policy import CompiledStatement
from scanner.iam.decision import ASSUMING, Trail
from scanner.iam.grants import grant_allows
from scanner.iam.policy_layer import Layer, Outcome
from scanner.model.unknown import Unknown

Verdict = Literal["ALLOWED", "IMPLICIT_DENY", "EXPLICIT_DENY", "UNKNOWN"]


@record
class Decisive:
    """A statement that decided, or a layer in which none did; `policy` and `statement` are None then."""

    layer: Layer
    policy: str | None
    statement: str | None
    why: str


def explain(trail: Trail, verdict: Verdict) -> tuple[Decisive, ...]:
    """What decided, ordered by layer and statement."""
    reasons = {"EXPLICIT_DENY": _denying, "ALLOWED": _allowing, "UNKNOWN": _unsure, "IMPLICIT_DENY": _refusing}
    return tuple(reasons[verdict](trail))


def keys_read(trail: Trail) -> tuple[str, ...]:
    """The condition keys that statements in question read, as the policies spell them, in order of place.

    In question are those that have the action, the caller and, unless a variable in it decides, the resource.
    """
    found: dict[str, str] = {}
    request = trail.request
    for layer in trail.layers:
        for policy in layer.policies:
            for statement, _ in policy.compiled.candidates(trail.action):
                if statement.grip(request.principal, trail.bounded).any is False:
                    continue
                conditions = {test.key: test.condition.key for test in statement.tests}
                completes = layer.kind == "identity"
                if statement.matches_resource(request.resource, trail.context, completes=completes) is False:
                    conditions = {}
                    keys = statement.resource_keys
                else:
                    keys = statement.keys
                for key in keys:
                    found.setdefault(key, conditions.get(key, key))
    return tuple(found.values())


def _denying(trail: Trail) -> Iterator[Decisive]:
    for layer in trail.layers:
        if layer.deny is True:
            for policy, statement in layer.denying:
                yield Decisive(layer.kind, policy.name, statement.statement.source, _what(trail, statement, "denies"))


def _allowing(trail: Trail) -> Iterator[Decisive]:
    for layer in trail.layers:
        for policy, statement in layer.allowing:
            why = _what(trail, statement, "allows")
            if layer is trail.resource:
                why += _how_near(trail, statement)
            yield Decisive(layer.kind, policy.name, statement.statement.source, why)
    if trail.action.startswith("kms:"):
        for grant in trail.policies.grants:
            if grant_allows(grant, trail.request, trail.context) is True:
                yield Decisive("grants", grant.name, None, f"the grant allows `{trail.request.action}`")
    if trail.request.principal.kind == "root":
        yield Decisive("identity", None, None, "the root user of an account needs no identity policy")


def _what(trail: Trail, statement: CompiledStatement, verb: str) -> str:
    sid = statement.statement.sid
    return f"{f'`{sid}` ' if sid else ''}{verb} `{trail.request.action}` on `{trail.request.resource}`"


def _how_near(trail: Trail, statement: CompiledStatement) -> str:
    grip = statement.grip(trail.request.principal, trail.bounded)
    if grip.direct is True:
        return " to the caller itself"
    if grip.role is True:
        return " to the caller's role"
    return " to the caller's account, which lets its identity policies decide"


def _unsure(trail: Trail) -> Iterator[Decisive]:
    for layer in trail.layers:
        for policy, statement, unknown in layer.unsure:
            yield Decisive(layer.kind, policy.name, statement.statement.source if statement else None, unknown.detail)
        for truth in (layer.allow, layer.deny):
            if isinstance(truth, Unknown) and not layer.unsure:
                yield Decisive(layer.kind, None, None, truth.detail)
                break
    if isinstance(trail.restriction, Unknown):
        yield Decisive("public_access_block", None, None, trail.restriction.detail)
    same = trail.is_same_account()
    if isinstance(same, Unknown):
        yield Decisive("resource_policy", None, None, f"the owner of the resource is not known: {same.detail}")
    granted = trail.granted_by_grants(True)
    if isinstance(granted, Unknown):
        yield Decisive("grants", None, None, granted.detail)


def _refusing(trail: Trail) -> Iterator[Decisive]:
    principal = trail.request.principal
    for guard in trail.guards:
        if guard.allow is False:
            yield _nothing(trail, guard)
    if trail.restriction is True:
        why = "the bucket's policy is public, and RestrictPublicBuckets keeps all but its own account out"
        yield Decisive("public_access_block", None, None, why)
        return
    if trail.granted() is not False:
        return
    if trail.action in ASSUMING and principal.kind == "root":
        yield Decisive("identity", None, None, "the root user of an account can assume no role")
        return
    if principal.has_identity_policies:
        if principal.kind != "root" and trail.identity.allow is False:
            yield _nothing(trail, trail.identity)
        for layer in (trail.boundary, trail.session):
            if layer is not None and layer.allow is False:
                yield _nothing(trail, layer)
    needed = not principal.has_identity_policies or trail.is_same_account() is False
    if trail.resource is None:
        if needed:
            why = "there is no resource policy, and the caller needs its consent"
            yield Decisive("resource_policy", None, None, why)
    elif trail.resource.allow is False and (needed or trail.needs_resource_policy()):
        yield _nothing(trail, trail.resource)


def _nothing(trail: Trail, layer: Outcome) -> Decisive:
    """Why a layer allows nothing: its nearest statement, where one has the action."""
    request, context = trail.request, trail.context
    for policy in layer.policies:
        for statement, _ in policy.compiled.candidates(trail.action):
            if statement.deny:
                continue
            name, source = policy.name, statement.statement.source
            if statement.grip(request.principal, trail.bounded).any is False:
                return Decisive(layer.kind, name, source, f"does not name `{request.principal}`")
            completes = layer.kind == "identity"
            if statement.matches_resource(request.resource, context, completes=completes) is False:
                return Decisive(layer.kind, name, source, f"does not match the resource `{request.resource}`")
            for test in statement.tests:
                if test.holds(context, True) is False:
                    why = f"`{test.condition.operator}` on `{test.condition.key}` does not hold"
                    if not context.has(test.key):
                        why += ": the request does not carry the key"
                    return Decisive(layer.kind, name, source, why)
    return Decisive(layer.kind, None, None, f"no statement allows `{request.action}`")
