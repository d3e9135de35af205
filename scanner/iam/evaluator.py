"""What AWS answers to one request.

From "Policy evaluation logic", "Policy evaluation for requests within a single account", "Cross-account policy evaluation logic",
"Permissions boundaries for IAM entities" and "Session policies" (IAM User Guide), "Determining access to AWS KMS keys" (KMS),
"SCP evaluation" and "Resource control policies" (Organizations), "Control access to VPC endpoints using endpoint policies" and
"Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scanner.iam.compiled import CompiledStatement
from scanner.iam.exposure import public
from scanner.iam.grants import grant_allows
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import EVERYBODY
from scanner.iam.request import Context, Request
from scanner.iam.truth import Truth, conj, disj, negate
from scanner.model.text import Text
from scanner.model.unknown import Unknown

Verdict = Literal["ALLOWED", "IMPLICIT_DENY", "EXPLICIT_DENY", "UNKNOWN"]
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
]

# "Resource control policies": the services they surely reach. The list grows, so of others nothing is said.
_RCP_SERVICES = frozenset({"aoss", "ecr", "kms", "s3", "secretsmanager", "sqs", "sts"})
_ASSUMING = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setcontext",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)


@dataclass(frozen=True, slots=True)
class Decisive:
    """A statement that decided, or a layer in which none did; `policy` and `statement` are None then."""

    layer: Layer
    policy: str | None
    statement: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`decisive` is ordered by layer. Context keys are named as the request or, where it lacks them, as policies name them.

    `allowed` is False also where only the kind of refusal is unknown.
    """

    decision: Verdict
    allowed: Truth
    trail: Trail

    @property
    def decisive(self) -> tuple[Decisive, ...]:
        return self.trail.decisive(self.decision)

    @property
    def ignored_context_keys(self) -> tuple[str, ...]:
        """The keys given that no statement in question reads."""
        read = {key.lower() for key in self.trail.keys()}
        return tuple(sorted(key for key in self.trail.request.context if key.lower() not in read))

    @property
    def missing_context_keys(self) -> tuple[str, ...]:
        """The keys that statements in question read and the request lacks: they count as absent, not as unknown."""
        context = self.trail.context
        return tuple(sorted(key for key in self.trail.keys() if not context.has(key.lower())))


def decide(request: Request, policies: PolicySet) -> Decision:
    """The answer, three-valued: what is unknown gives the known answer or UNKNOWN. Never raises."""
    trail = Trail(request, policies)
    denied = disj(layer.deny for layer in trail.layers)
    allowed = conj((trail.granted(), *(guard.allow for guard in trail.guards)))
    if denied is True:
        return Decision("EXPLICIT_DENY", False, trail)
    if denied is False:
        if allowed is True:
            return Decision("ALLOWED", True, trail)
        if allowed is False:
            return Decision("IMPLICIT_DENY", False, trail)
    return Decision("UNKNOWN", conj((allowed, negate(denied))), trail)


class _Outcome:
    """What one layer says; `direct`, `role` and `account` tell its grants apart by how near they name the caller."""

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
        if self.direct is True:
            return True
        return disj((self.direct, self.role, self.account))

    def unread(self, policy: Policy | None, unknown: Unknown) -> None:
        """There may be statements that nobody has read: Allows as well as Denies."""
        self.direct, self.role, self.account = (
            disj((self.direct, unknown)),
            disj((self.role, unknown)),
            disj((self.account, unknown)),
        )
        self.deny = disj((self.deny, unknown))
        if policy is not None:
            self.unsure.append((policy, None, unknown))


class Trail:
    """One decision on its way: the layers that apply, and what each says."""

    __slots__ = (
        "_action",
        "_bounded",
        "_policies",
        "_restriction",
        "boundary",
        "context",
        "guards",
        "identity",
        "layers",
        "request",
        "resource",
        "session",
    )

    def __init__(self, request: Request, policies: PolicySet) -> None:
        self.request = request
        self.context = Context(request)
        self._action = request.action.lower()
        self._policies = policies
        principal = request.principal
        own = principal.has_identity_policies
        self._bounded = own and policies.boundary is not None
        self.layers: list[_Outcome] = []
        # Layers that only limit: each must allow.
        self.guards: list[_Outcome] = []
        self.identity = self._layer("identity", policies.identity if own else ())
        self.boundary = None if not own or policies.boundary is None else self._layer("boundary", policies.boundary)
        self.session = None if not own or policies.session is None else self._layer("session", policies.session)
        self.resource = self._resource_layer()
        if own and not principal.is_service_linked:
            # "Service control policies": they bind the principals of the account, not services, and no service-linked role.
            self.guards.extend(self._layer("scps", level) for level in policies.scps)
        if not principal.is_service_linked:
            self._resource_control(policies.rcps)
        if policies.endpoint is not None:
            self.guards.append(self._layer("endpoint", policies.endpoint))
        self._restriction = self._public_access_block()

    def granted(self) -> Truth:
        """Whether identity, resource policy and grants together allow, before the layers that only limit."""
        if self._restriction is not True:
            same = self._is_same_account()
            if same is True or same is False:
                found = self._granted(same)
            else:
                here, elsewhere = self._granted(True), self._granted(False)
                found = here if here is elsewhere or here == elsewhere else same
            return conj((found, negate(self._restriction)))
        return False

    def _granted(self, same_account: bool) -> Truth:
        principal, resource = self.request.principal, self.resource
        if not principal.has_identity_policies:
            return False if resource is None else resource.direct
        if self._action in _ASSUMING and principal.kind == "root":
            # "AssumeRole" (STS API Reference): the root user of an account can assume no role.
            return False
        identity = self._identity_path()
        if resource is None:
            return identity if same_account else False
        by_role = conj((resource.role, self._caps()))
        if not same_account:
            # A grant to `*` is one to the principal; the caller's own account must agree in any case.
            foreign = disj((resource.direct, resource.role, resource.account))
            return disj((conj((identity, foreign)), self._granted_by_grants(identity)))
        if self._needs_resource_policy():
            # "Key policies in AWS KMS": identity policies count only where the key policy lets the account decide.
            by_account = conj((resource.account, identity))
            return disj((resource.direct, by_role, by_account, self._granted_by_grants(True)))
        return disj((identity, resource.direct, by_role))

    def _identity_path(self) -> Truth:
        # The root user needs no identity policy in its own account.
        own: Truth = True if self.request.principal.kind == "root" else self.identity.allow
        return conj((own, self._caps()))

    def _caps(self) -> Truth:
        return conj(layer.allow for layer in (self.boundary, self.session) if layer is not None)

    def _granted_by_grants(self, needed: Truth) -> Truth:
        grants = self._policies.grants
        if not grants or not self._action.startswith("kms:"):
            return False
        found = disj(grant_allows(grant, self.request, self.context) for grant in grants)
        # No AWS document says that a boundary or session policy, or a caller's own account, may leave a grant unused.
        sure = conj((needed, self._caps()))
        unsaid = Unknown("undeclared", "whether a KMS grant suffices beside these policies is not documented")
        return conj((found, sure if sure is True else unsaid))

    def _is_same_account(self) -> Truth:
        own = self.request.principal.account
        owner = self.request.resource_account
        resource = self.request.resource
        if owner is None and isinstance(resource, str):
            parts = resource.split(":", 5)
            owner = parts[4] if len(parts) == 6 and parts[4].isdigit() else own
        if owner is not None or own is None:
            return owner == own
        return resource.unknown if isinstance(resource, Text) else resource if isinstance(resource, Unknown) else True

    def _needs_resource_policy(self) -> bool:
        resource = self.request.resource
        if self._action in _ASSUMING:
            return not isinstance(resource, str) or ":role/" in resource
        return self._action.startswith("kms:") and (not isinstance(resource, str) or ":key/" in resource)

    def _resource_layer(self) -> _Outcome | None:
        assuming = self._action in _ASSUMING and self._needs_resource_policy()
        policy = self._policies.resource
        kind: Layer = "resource_policy"
        if assuming and (policy is None or self._policies.trust is not None):
            policy, kind = self._policies.trust, "trust"
        if policy is None and self._needs_resource_policy():
            what = "the role's trust policy" if assuming else "the key's policy"
            policy = Unknown("not-collected", f"{what} was not given")
        if policy is None:
            return None
        if isinstance(policy, Unknown):
            outcome = _Outcome(kind, ())
            outcome.unread(None, policy)
            self.layers.append(outcome)
            return outcome
        return self._layer(kind, (policy,))

    def _resource_control(self, levels: tuple[tuple[Policy, ...], ...]) -> None:
        # "Resource control policies": RCPFullAWSAccess is attached everywhere and cannot be detached; others only deny.
        service = self._action.partition(":")[0]
        for level in levels:
            outcome = self._layer("rcps", level)
            if service not in _RCP_SERVICES and outcome.deny is True:
                outcome.deny = Unknown("undeclared", f"whether resource control policies reach `{service}` is not known")

    def _public_access_block(self) -> Truth:
        """Whether RestrictPublicBuckets shuts the caller out: a foreign or anonymous one, of a bucket with a public policy."""
        restrict = self._policies.restrict_public
        policy = self._policies.resource
        principal = self.request.principal
        if restrict is False or policy is None or not self._action.startswith("s3:") or principal.kind == "service":
            return False
        is_public = policy if isinstance(policy, Unknown) else public(policy.document)
        foreign: Truth = True if principal.account is None else negate(self._is_same_account())
        return conj((restrict, is_public, foreign))

    def _layer(self, kind: Layer, policies: tuple[Policy, ...]) -> _Outcome:
        outcome = _Outcome(kind, policies)
        request, context, action, bounded = self.request, self.context, self._action, self._bounded
        principal, resource = request.principal, request.resource
        for policy in policies:
            for statement, acted in policy.compiled.candidates(action):
                grip = statement.grip(principal, bounded)
                if grip is not EVERYBODY and grip.any is False:
                    continue
                applied = statement.applies(resource, context)
                if applied is False:
                    continue
                self._count(outcome, policy, statement, acted if acted is not True else applied)
            if policy.document.more is not None:
                outcome.unread(policy, policy.document.more)
        self.layers.append(outcome)
        return outcome

    def _count(self, outcome: _Outcome, policy: Policy, statement: CompiledStatement, applied: Truth) -> None:
        grip = statement.grip(self.request.principal, self._bounded)
        found = conj((applied, grip.any))
        effect = statement.statement.effect
        if isinstance(effect, Unknown):
            found = effect
        if isinstance(found, Unknown):
            outcome.unsure.append((policy, statement, found))
        if effect != "Allow":
            outcome.deny = disj((outcome.deny, found))
            if found is True:
                outcome.denying.append((policy, statement))
            if effect == "Deny":
                return
        elif found is True:
            outcome.allowing.append((policy, statement))
        base = effect if isinstance(effect, Unknown) else applied
        outcome.direct = disj((outcome.direct, conj((base, grip.direct))))
        if grip is not EVERYBODY:
            outcome.role = disj((outcome.role, conj((base, grip.role))))
            outcome.account = disj((outcome.account, conj((base, grip.account))))

    def keys(self) -> tuple[str, ...]:
        """The condition keys that statements read whose action concerns the request, as the policies spell them."""
        found: dict[str, str] = {}
        for layer in self.layers:
            for policy in layer.policies:
                for statement, _ in policy.compiled.candidates(self._action):
                    if statement.grip(self.request.principal, self._bounded).any is False:
                        continue
                    if statement.matches_resource(self.request.resource, self.context) is False and not _reads(statement):
                        continue
                    spelled = {test.key: test.condition.key for test in statement.tests}
                    for key in statement.keys:
                        found.setdefault(key, spelled.get(key, key))
        return tuple(found.values())

    def decisive(self, verdict: Verdict) -> tuple[Decisive, ...]:
        if verdict == "EXPLICIT_DENY":
            return tuple(
                Decisive(layer.kind, policy.name, statement.statement.source, self._why(statement, "denies"))
                for layer in self.layers
                for policy, statement in layer.denying
                if layer.deny is True
            )
        if verdict == "ALLOWED":
            return tuple(self._allowing())
        if verdict == "UNKNOWN":
            return tuple(self._unsure())
        return tuple(self._refusing())

    def _why(self, statement: CompiledStatement, verb: str) -> str:
        sid = statement.statement.sid
        named = f"`{sid}` " if sid else ""
        return f"{named}{verb} `{self.request.action}` on `{self.request.resource}`"

    def _allowing(self) -> Iterable[Decisive]:
        for layer in self.layers:
            for policy, statement in layer.allowing:
                why = self._why(statement, "allows")
                if layer is self.resource:
                    why += self._how_near(statement)
                yield Decisive(layer.kind, policy.name, statement.statement.source, why)
        if self._policies.grants and self._action.startswith("kms:"):
            for grant in self._policies.grants:
                if grant_allows(grant, self.request, self.context) is True:
                    yield Decisive("grants", grant.name, None, f"the grant allows `{self.request.action}`")
        if self.request.principal.kind == "root":
            yield Decisive("identity", None, None, "the root user of an account needs no identity policy")

    def _how_near(self, statement: CompiledStatement) -> str:
        grip = statement.grip(self.request.principal, self._bounded)
        if grip.direct is True:
            return " to the caller itself"
        if grip.role is True:
            return " to the caller's role"
        return " to the caller's account, which lets its identity policies decide"

    def _unsure(self) -> Iterable[Decisive]:
        for layer in self.layers:
            for policy, statement, unknown in layer.unsure:
                source = None if statement is None else statement.statement.source
                yield Decisive(layer.kind, policy.name, source, unknown.detail)
            if not layer.policies and isinstance(layer.allow, Unknown):
                yield Decisive(layer.kind, None, None, layer.allow.detail)
            elif not layer.unsure and isinstance(layer.deny, Unknown):
                yield Decisive(layer.kind, None, None, layer.deny.detail)
        if isinstance(self._restriction, Unknown):
            yield Decisive("public_access_block", None, None, self._restriction.detail)
        same = self._is_same_account()
        if isinstance(same, Unknown):
            yield Decisive("resource_policy", None, None, f"the owner of the resource is not known: {same.detail}")
        granted = self._granted_by_grants(True)
        if isinstance(granted, Unknown):
            yield Decisive("grants", None, None, granted.detail)

    def _refusing(self) -> Iterable[Decisive]:
        request = self.request
        for guard in self.guards:
            if guard.allow is False:
                yield self._nothing(guard)
        if self._restriction is True:
            why = "the bucket's policy is public, and RestrictPublicBuckets keeps all but its own account out"
            yield Decisive("public_access_block", None, None, why)
            return
        if self.granted() is not False:
            return
        if self._action in _ASSUMING and request.principal.kind == "root":
            yield Decisive("identity", None, None, "the root user of an account can assume no role")
            return
        if request.principal.has_identity_policies:
            refusing = [layer for layer in (self.boundary, self.session) if layer is not None and layer.allow is False]
            if request.principal.kind != "root" and self.identity.allow is False:
                refusing.insert(0, self.identity)
            for layer in refusing:
                yield self._nothing(layer)
        needed = not request.principal.has_identity_policies or self._is_same_account() is False
        if self.resource is not None:
            if self.resource.allow is False and (needed or self._needs_resource_policy()):
                yield self._nothing(self.resource)
        elif needed:
            yield Decisive("resource_policy", None, None, "there is no resource policy, and the caller needs its consent")

    def _nothing(self, layer: _Outcome) -> Decisive:
        """Why a layer allows nothing: its nearest statement, where one has the action."""
        request = self.request
        for policy in layer.policies:
            for statement, _ in policy.compiled.candidates(self._action):
                if statement.deny:
                    continue
                name, source = policy.name, statement.statement.source
                if statement.grip(request.principal, self._bounded).any is False:
                    return Decisive(layer.kind, name, source, f"does not name `{request.principal}`")
                if statement.matches_resource(request.resource, self.context) is False:
                    return Decisive(layer.kind, name, source, f"does not match the resource `{request.resource}`")
                for test in statement.tests:
                    if test.holds(self.context, True) is False:
                        why = f"`{test.condition.operator}` on `{test.condition.key}` does not hold"
                        if not self.context.has(test.key):
                            why += ": the request does not carry the key"
                        return Decisive(layer.kind, name, source, why)
        return Decisive(layer.kind, None, None, f"no statement allows `{request.action}`")


def _reads(statement: CompiledStatement) -> bool:
    """Whether the resource itself rests on condition keys, so that a missing one may be why it does not match."""
    return len(statement.keys) > sum(len(test.keys) for test in statement.tests)

