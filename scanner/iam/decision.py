"""How the layers join into one answer.

From "Policy evaluation logic", "Policy evaluation for requests within a single account", "Cross-account policy
evaluation logic", "Permissions boundaries for IAM entities" and "Session policies" (IAM User Guide), "Determining
access to AWS KMS keys" (KMS), "SCP evaluation" and "Resource control policies" (Organizations), "Control access to VPC
endpoints using endpoint policies" and "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from scanner.iam.exposure import public
from scanner.iam.grants import grant_allows
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_layer import Layer, Outcome, outcome_of
from scanner.iam.request import Context, Request
from scanner.iam.terms import ARN_SEGMENTS
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, conj, disj, negate
from scanner.model.unknown import Unknown

# "Resource control policies (RCPs)", resources and entities not restricted: nothing hinders retiring a grant.
_NOT_RESTRICTED = frozenset({"kms:retiregrant"})
_AWS_ALIAS = "alias/aws/"
ASSUMING = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setcontext",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)


def reached_by_rcps(action: str) -> bool:
    """Whether resource control policies surely bind requests for the action, which is in lower case.

    "List of AWS services that support RCPs": the list grows, so of services that are not on it nothing is said.
    """
    from scanner.iam.catalogue import catalogue  # most requests meet no RCP

    return action not in _NOT_RESTRICTED and catalogue().supports_resource_control_policies(action.partition(":")[0])


class Trail:
    """The layers that apply to one request, what each says, and what follows."""

    __slots__ = (
        "action",
        "boundary",
        "bounded",
        "context",
        "guards",
        "identity",
        "layers",
        "policies",
        "request",
        "resource",
        "restriction",
        "session",
    )

    def __init__(self, request: Request, policies: PolicySet) -> None:
        self.request = request
        self.context = Context(request)
        self.action = request.action.lower()
        self.policies = policies
        principal = request.principal
        own = principal.has_identity_policies
        self.bounded = own and policies.boundary is not None
        self.layers: list[Outcome] = []
        # Layers that only limit: each must allow.
        self.guards: list[Outcome] = []
        self.identity = self._layer("identity", policies.identity if own else ())
        self.boundary = None if not own or policies.boundary is None else self._layer("boundary", policies.boundary)
        self.session = None if not own or policies.session is None else self._layer("session", policies.session)
        self.resource = self._resource_layer()
        if own and not principal.is_service_linked:
            # "Service control policies": they bind the principals of an account, but no service-linked role.
            self.guards.extend(self._layer("scps", level) for level in policies.scps)
        if not principal.is_service_linked:
            self._resource_control(policies.rcps)
        if policies.endpoint is not None:
            self.guards.append(self._layer("endpoint", policies.endpoint))
        self.restriction = self._public_access_block()

    def granted(self) -> Truth:
        """Whether identity, resource policy and grants together allow, before the layers that only limit."""
        if self.restriction is True:
            return False
        same = self.is_same_account()
        if isinstance(same, Unknown):
            here, elsewhere = self._granted(True), self._granted(False)
            found = here if here == elsewhere else same
        else:
            found = self._granted(same)
        return conj((found, negate(self.restriction)))

    def _granted(self, same_account: bool) -> Truth:
        principal, resource = self.request.principal, self.resource
        if not principal.has_identity_policies:
            return False if resource is None else resource.direct
        if self.action in ASSUMING and principal.kind == "root":
            # "AssumeRole" (STS API Reference): the root user of an account can assume no role.
            return False
        identity = self._identity_path()
        if resource is None:
            return identity if same_account else False
        by_role = conj((resource.role, self._caps()))
        if not same_account:
            # A grant to `*` is one to the principal; the caller's own account must agree in any case.
            foreign = disj((resource.direct, resource.role, resource.account))
            return disj((conj((identity, foreign)), self.granted_by_grants(identity)))
        if self.needs_resource_policy():
            # "Key policies in AWS KMS": identity policies count only where the key policy lets the account decide.
            by_account = conj((resource.account, identity))
            return disj((resource.direct, by_role, by_account, self.granted_by_grants(True)))
        return disj((identity, resource.direct, by_role))

    def _identity_path(self) -> Truth:
        # The root user needs no identity policy in its own account.
        own: Truth = True if self.request.principal.kind == "root" else self.identity.allow
        return conj((own, self._caps()))

    def _caps(self) -> Truth:
        return conj(layer.allow for layer in (self.boundary, self.session) if layer is not None)

    def granted_by_grants(self, needed: Truth) -> Truth:
        """Whether a KMS grant allows the request.

        `needed` is what must allow besides: the caller's identity policies where the key is of another account. No
        document of AWS says that a boundary, a session policy or a caller's account without an Allow leaves a grant in
        force, so that is Unknown.
        """
        grants = self.policies.grants
        if not grants or not self.action.startswith("kms:"):
            return False
        found = disj(grant_allows(grant, self.request, self.context) for grant in grants)
        # No AWS document says that a boundary or session policy, or a caller's own account, may leave a grant unused.
        sure = conj((needed, self._caps()))
        unsaid = Unknown("undeclared", "whether a KMS grant suffices beside these policies is not documented")
        return conj((found, sure if sure is True else unsaid))

    def is_same_account(self) -> Truth:
        """Whether caller and resource are of one account.

        Where the request does not name the owner, the account in the ARN does; an ARN without one, as of a bucket,
        counts as the caller's own.
        """
        own = self.request.principal.account
        owner = self.request.resource_account
        resource = self.request.resource
        if owner is None and isinstance(resource, str):
            parts = resource.split(":", 5)
            owner = parts[4] if len(parts) == ARN_SEGMENTS and parts[4].isdigit() else own
        if owner is not None or own is None:
            return owner == own
        return resource.unknown if isinstance(resource, Text) else resource if isinstance(resource, Unknown) else True

    def needs_resource_policy(self) -> bool:
        """Whether identity policies do not suffice even within one account: keys ("Key policies in AWS KMS") and the
        assuming of roles."""
        resource = self.request.resource
        if self.action in ASSUMING:
            return not isinstance(resource, str) or ":role/" in resource
        return self.action.startswith("kms:") and (not isinstance(resource, str) or ":key/" in resource)

    def _resource_layer(self) -> Outcome | None:
        assuming = self.action in ASSUMING and self.needs_resource_policy()
        policy = self.policies.resource
        kind: Layer = "resource_policy"
        if assuming and (policy is None or self.policies.trust is not None):
            policy, kind = self.policies.trust, "trust"
        if policy is None and self.needs_resource_policy():
            what = "the role's trust policy" if assuming else "the key's policy"
            policy = Unknown("not-collected", f"{what} was not given")
        if policy is None:
            return None
        if isinstance(policy, Unknown):
            outcome = Outcome(kind, ())
            outcome.unread(None, policy)
            self.layers.append(outcome)
            return outcome
        return self._layer(kind, (policy,))

    def _resource_control(self, levels: tuple[tuple[Policy, ...], ...]) -> None:
        # "Resource control policies": RCPFullAWSAccess is attached everywhere and cannot be detached; others only deny.
        if self.action in _NOT_RESTRICTED or self._is_on_aws_managed_key():
            return
        for level in levels:
            outcome = self._layer("rcps", level)
            if outcome.deny is True and not reached_by_rcps(self.action):
                service = self.action.partition(":")[0]
                outcome.deny = Unknown("undeclared", f"whether RCPs reach `{service}` is not known")

    def _is_on_aws_managed_key(self) -> bool:
        """Whether the request is surely for a key that AWS manages, which RCPs leave alone.

        "Resource control policies (RCPs)", resources and entities not restricted; such a key's aliases begin with
        `alias/aws/`, and no other's ("Aliases in AWS KMS"). Its ARN alone does not tell, and then the RCP counts.
        """
        if not self.action.startswith("kms:"):
            return False
        resource = self.request.resource
        if isinstance(resource, str) and resource.split(":", ARN_SEGMENTS - 1)[-1].startswith(_AWS_ALIAS):
            return True
        aliases = self.context.get("kms:resourcealiases")
        return aliases is not None and any(
            isinstance(each, str) and each.startswith(_AWS_ALIAS) for each in aliases.values
        )

    def _public_access_block(self) -> Truth:
        """Whether RestrictPublicBuckets shuts the caller out: a foreign one, of a bucket whose policy is public."""
        restrict = self.policies.restrict_public
        policy = self.policies.resource
        principal = self.request.principal
        if restrict is False or policy is None or not self.action.startswith("s3:") or principal.kind == "service":
            return False
        is_public = policy if isinstance(policy, Unknown) else public(policy.document)
        foreign: Truth = True if principal.account is None else negate(self.is_same_account())
        return conj((restrict, is_public, foreign))

    def _layer(self, kind: Layer, policies: tuple[Policy, ...]) -> Outcome:
        outcome = outcome_of(kind, policies, self.request, self.context, self.bounded)
        self.layers.append(outcome)
        return outcome
