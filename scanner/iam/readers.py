"""Who may read what a store keeps: an answer for a principal and a store, by every policy over both.

An access review asks whether some request is allowed, not whether a given one is: conditions are told, not decided, and
count as met by somebody. So `no` is sure, and what is not known is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Literal

from scanner.base.record import mutable, record
from scanner.iam.compiled_policy import CompiledStatement
from scanner.iam.coverage import any_covers, none_overlaps
from scanner.iam.effective_policies import ROLE, USER, effective_policies
from scanner.iam.organization import SCP, limits_over
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.read_actions import READS, Reads
from scanner.iam.resource_policies import WITH_POLICY, resource_policy
from scanner.iam.standins import Grounding
from scanner.iam.terms import Term
from scanner.iam.variables import Template, resource_template, variables_of
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Inventory, Resource
from scanner.model.truth import Truth, conj, disj, negate
from scanner.model.unknown import Unknown
from scanner.model.world import World

Answer = Literal["yes", "conditional", "unknown", "no"]
ANSWERS: tuple[Answer, ...] = ("yes", "conditional", "unknown", "no")
"""What counts most first."""


_EVERYTHING = "*"
STAND_IN_ACCOUNT = "111122223333"
STAND_IN_REGION = "us-east-1"


def placed(resource: Resource) -> Grounding:
    """Stand-ins for names, and for where a template is deployed to, as far as it does not say."""
    return Grounding(
        places={
            "AWS::AccountId": resource.account or STAND_IN_ACCOUNT,
            "AWS::Region": resource.region or STAND_IN_REGION,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
    )


@record
class Reading:
    """Whether a principal may read a store, or make another request, by which requests and whose policies.

    `conditions` are condition keys that have to be met, of what allows and of what refuses; `why` says what is unknown.
    """

    answer: Answer
    actions: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    why: Unknown | None = None


@record
class _Allowed:
    """How a layer of policies answers: `said` in three values, and under which conditions."""

    said: Truth
    policies: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@mutable(eq=False)
class Caller:
    """A principal with its policies as one world has them."""

    resource: Resource
    arn: str | None
    policies: PolicySet
    scps: tuple[tuple[Policy, ...], ...]
    ground: Grounding

    @classmethod
    def of(cls, principal: Resource, inventory: Inventory, world: World) -> Caller:
        """Raises UndecidedError."""
        ground = placed(principal)
        arn = ground(principal.names(world).arn)
        policies = effective_policies(principal, inventory, world, ground)
        account = principal.account or _account_in(arn)
        levels = limits_over(account, SCP, inventory, world, principal.address) if account else ()
        scps = tuple(tuple(Policy.of(each.name, ground(each.document)) for each in level) for level in levels)
        # A plan may be made with answers of a test server that gives empty texts for ARNs.
        named = arn if isinstance(arn, str) and arn.startswith("arn:") else None
        return cls(principal, named, policies, scps, ground)

    def may(self, action: str, resource: Term) -> Reading:
        """Whether its own policies allow the request on anything that `resource` stands for."""
        return _reading(action, [self._identity(action, resource)])

    def _identity(self, action: str, resource: Term) -> _Allowed:
        layers = [_layer(self.policies.identity, action, resource)]
        if self.policies.boundary is not None:
            layers.append(_layer(self.policies.boundary, action, resource))
        layers += [_layer(level, action, resource) for level in self.scps]
        said = conj(each.said for each in layers)
        conditions = tuple(dict.fromkeys(key for each in layers for key in each.conditions))
        return _Allowed(said, layers[0].policies, conditions)

    def reads(self, store: Held) -> Reading:
        """Whether it may read what the store keeps."""
        found: list[Reading] = []
        for action, resource in store.requests:
            allowed = [self._identity(action, resource)]
            if store.policy is not None:
                allowed.append(self._by_resource(store, action, resource))
            refused = self._refused(store.policy, action, resource)
            if refused is True:
                continue
            if isinstance(refused, Unknown):
                allowed = [_Allowed(conj((each.said, refused)), each.policies, each.conditions) for each in allowed]
            found.append(_reading(action, allowed))
        return _together(found)

    def _by_resource(self, store: Held, action: str, resource: Term) -> _Allowed:
        """What the policy of the store gives it; a boundary or SCP may still take it, which is not asked again."""
        policy = store.policy
        if isinstance(policy, Unknown):
            return _Allowed(policy)
        if policy is None or self.arn is None:
            return _Allowed(False)
        principal = principal_of(self.arn)
        # A policy that names the account lets in whom that account lets in, which the identity side has said.
        return _layer((policy,), action, resource, lambda each: each.grip(principal, bounded=False).direct)

    def _refused(self, policy: Policy | Unknown | None, action: str, resource: Term) -> Truth:
        """Whether the policy of the store takes the request away."""
        if policy is None or self.arn is None:
            return False
        if isinstance(policy, Unknown):
            return policy
        principal = principal_of(self.arn)
        found = [policy.document.more or False]
        found += [
            conj((each.grip(principal, bounded=False).any, _denies(each, policy, action, resource)))
            for each, _ in policy.compiled.candidates(action.lower())
            if each.statement.effect != "Allow"
        ]
        return disj(found)


@mutable(eq=False)
class Held:
    """A store with the requests that read it: action and what it is on. `beside` are other ways to read it."""

    resource: Resource
    requests: list[tuple[str, Term]] = field(default_factory=list)
    policy: Policy | Unknown | None = None
    beside: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: Resource, inventory: Inventory, world: World) -> Held:
        """Raises UndecidedError."""
        ground = placed(store)
        arn = ground(store.names(world).arn)
        made = cls(store, beside=tuple(each.beside for each in READS[store.type] if each.beside is not None))
        for each in READS[store.type]:
            made.requests += [(action, name) for action in each.actions for name in _names(each, arn)]
        if store.type in WITH_POLICY:
            made.policy = resource_policy(store, inventory, world, ground)
        return made


def readers(store: Resource, inventory: Inventory, world: World) -> Iterator[tuple[Resource, Reading]]:
    """Every role and user that may read a store, in one world. Raises UndecidedError."""
    held = Held.of(store, inventory, world)
    for kind in (ROLE, USER):
        for each in inventory.of_type(kind):
            if each.exists(world):
                reading = Caller.of(each, inventory, world).reads(held)
                if reading.answer != "no":
                    yield each, reading


def _names(reads: Reads, arn: object) -> Iterator[Term]:
    if reads.resource is not None:
        yield reads.resource
        return
    for ending in reads.endings:
        if isinstance(arn, str):
            yield arn + ending
        elif isinstance(arn, Text):
            yield text_of((*arn.parts, ending)) if ending else arn
        elif isinstance(arn, Unknown):
            yield arn


def _layer(
    policies: Sequence[Policy],
    action: str,
    resource: Term,
    named_by: Callable[[CompiledStatement], Truth] | None = None,
) -> _Allowed:
    """What a list of policies answers; a Deny without a condition takes it away, one with a condition is told.

    What may be a Deny leaves open what is allowed.
    """
    allowed: list[Truth] = []
    refused: list[Truth] = []
    names: list[str] = []
    free = False
    conditions: dict[str, None] = {}
    refusing: dict[str, None] = {}
    for policy in policies:
        if policy.document.more is not None:
            allowed.append(policy.document.more)
            refused.append(policy.document.more)
        for each, matched in policy.compiled.candidates(action.lower()):
            named = True if named_by is None else named_by(each)
            if named is False:
                continue
            effect = each.statement.effect
            if effect != "Allow":
                refused.append(conj((named, _denies(each, policy, action, resource))))
                if each.deny and each.statement.conditions and _overlapping(each, policy, resource) is not False:
                    refusing.update(dict.fromkeys(test.key for test in each.statement.conditions))
            if effect == "Deny":
                continue
            said = conj(
                (
                    effect if isinstance(effect, Unknown) else True,
                    matched,
                    named,
                    _overlapping(each, policy, resource),
                    each.statement.conditions_more or True,
                )
            )
            allowed.append(said)
            if said is not False:
                names.append(policy.name)
                under = [test.key for test in each.statement.conditions]
                under += each.resource_keys or (["a part of it"] if not _whole(each, policy, resource) else [])
                free = free or (said is True and not under)
                conditions.update(dict.fromkeys(under))
    keys = tuple(refusing) if free else (*conditions, *(key for key in refusing if key not in conditions))
    return _Allowed(conj((disj(allowed), negate(disj(refused)))), tuple(dict.fromkeys(names)), keys)


@lru_cache(maxsize=50_000)
def _patterns(each: CompiledStatement, version: object) -> list[Template]:
    """The resources of a statement as patterns; made once, for all stores."""
    selector = each.statement.resource
    terms = selector.terms.items if selector is not None else ()
    variables = variables_of(version)  # type: ignore[arg-type]  # of the document that the statement is in
    return [resource_template(term, variables=variables) for term in terms]


def _near(patterns: list[Template], resource: Term) -> list[Template]:
    """Those that begin as the resource does: most speak of another one altogether."""
    if not isinstance(resource, str):
        return patterns
    literal = resource.partition("*")[0]
    found = []
    for each in patterns:
        length = min(len(each.prefix), len(literal))
        if each.prefix[:length] == literal[:length]:
            found.append(each)
    return found


def _overlapping(each: CompiledStatement, policy: Policy, resource: Term) -> Truth:
    """Whether the statement speaks of something that the resource stands for."""
    selector = each.statement.resource
    if selector is None:
        return True
    if not selector.negated and _EVERYTHING in selector.terms.items:
        return True
    patterns = _near(_patterns(each, policy.document.version), resource)
    if selector.negated:
        return negate(any_covers(patterns, selector.terms, resource, some_request=False))
    if not patterns and selector.terms.more is None:
        return False
    return negate(none_overlaps(patterns, selector.terms, resource))


def _whole(each: CompiledStatement, policy: Policy, resource: Term) -> bool:
    """Whether the statement speaks of all that the resource stands for."""
    selector = each.statement.resource
    if selector is None or selector.negated or isinstance(resource, Unknown) or _EVERYTHING in selector.terms.items:
        return True
    patterns = _near(_patterns(each, policy.document.version), resource)
    return any_covers(patterns, selector.terms, resource, some_request=True) is not False


def _denies(each: CompiledStatement, policy: Policy, action: str, resource: Term) -> Truth:
    """Whether it takes the request away whatever it carries, on all that the resource stands for."""
    if each.statement.conditions:
        return False
    effect = each.statement.effect
    asked: list[Truth] = [
        effect if isinstance(effect, Unknown) else effect == "Deny",
        each.matches_action(action.lower()),
        each.statement.conditions_more or True,
    ]
    selector = each.statement.resource
    if selector is not None:
        patterns = _near(_patterns(each, policy.document.version), resource)
        if selector.negated:
            asked.append(none_overlaps(patterns, selector.terms, resource))
        else:
            asked.append(any_covers(patterns, selector.terms, resource, some_request=False))
    return conj(asked)


def _reading(action: str, allowed: Sequence[_Allowed]) -> Reading:
    """What any of several layers, each enough by itself, says of one request."""
    sure = [each for each in allowed if each.said is True]
    if sure:
        best = min(sure, key=lambda each: len(each.conditions))
        return Reading("conditional" if best.conditions else "yes", (action,), best.policies, best.conditions)
    for each in allowed:
        if isinstance(each.said, Unknown):
            return Reading("unknown", (action,), each.policies, each.conditions, each.said)
    return Reading("no")


def _together(found: Sequence[Reading]) -> Reading:
    """The answer that counts most, with all requests of that answer."""
    if not found:
        return Reading("no")
    answer = min((each.answer for each in found), key=ANSWERS.index)
    if answer == "no":
        return Reading("no")
    some = [each for each in found if each.answer == answer]
    return Reading(
        answer,
        tuple(dict.fromkeys(action for each in some for action in each.actions)),
        tuple(dict.fromkeys(policy for each in some for policy in each.policies)),
        tuple(sorted({key for each in some for key in each.conditions})),
        next((each.why for each in some if each.why is not None), None),
    )


def _account_in(arn: object) -> str | None:
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else None  # noqa: PLR2004  # an ARN has six parts


__all__ = ["ANSWERS", "STAND_IN_ACCOUNT", "STAND_IN_REGION", "Answer", "Caller", "Held", "Reading", "placed", "readers"]
