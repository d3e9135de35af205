"""The ways from one role to another: taking it, passing it, changing what runs as it, opening its trust policy.

Each role's ways are worked out once; `Ways.beyond` follows them to a role that nothing binds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable, record, replace
from scanner.iam.escalation_rows import escalation_rows
from scanner.iam.organization import RCP
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.terms import Term
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import TooManyWorldsError, UndecidedError, World, explore, explore_some
from scanner.prover.solver.bench import Bench, Possible
from scanner.prover.solver.pattern import Pattern, literal
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.solver.principal_match import Nearness
from scanner.prover.solver.question import FREE, Given, Holes, Shape, Value
from scanner.prover.system.closed_world import anywhere
from scanner.prover.system.data_requests import term_tokens
from scanner.prover.system.principals import COGNITO, Trust
from scanner.prover.system.proof import Allowing, Proof
from scanner.prover.system.running_as import runners_of
from scanner.prover.system.standins import Ground
from scanner.prover.system.system import ROLE, Actor, Asker, System
from scanner.prover.theorems.cross_tenant import askers
from scanner.prover.theorems.proof_text import allowing

Leaky = Callable[[], Sequence[tuple[Resource, Proof]]]
"""Finds the roles that reach tenants' data without being one's session, each with the proof of it."""
_BY_ACCOUNT: frozenset[Nearness] = frozenset({"account"})
_MANAGED = "AWS::IAM::ManagedPolicy"
_SEGMENTS = 6
_PASS, _ASSUME, _TRUST = "iam:PassRole", "sts:AssumeRole", "iam:UpdateAssumeRolePolicy"
# "Actions, resources, and condition keys for AWS Identity and Access Management": they change what a role may do.
REWRITE_ROLE = (
    "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
    "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary",
)  # fmt: skip
_REWRITE_POLICY = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
_PASSED_TO = "iam:PassedToService"
# The value of `iam:PassedToService` is the service that the role trusts ("Grant a user permissions to pass a role to an
# AWS service"); of other services no document says which value it has.
_PASSED_AS_TRUSTED = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        "cloudformation", "codebuild", "ec2", "ecs-tasks", "glue", "lambda", "pipes", "sagemaker", "scheduler",
        "states",
    )
)  # fmt: skip
_NOT_MODELLED = "what `{}` does with a role that is passed to {} is not modelled"


@record
class Step:
    """A request and what it leads to: a role, or, where `target` is None, what `leads_to` says.

    `policy` is the trust policy of a role that is taken; `doubt` says why it may lead nowhere.
    """

    shape: Shape
    leads_to: str = ""
    target: Resource | None = None
    policy: Policy | None = None
    doubt: Unknown | None = None


@record
class Way:
    """Where a role leads in the end, in words; `doubt` says why it may not. `tenant` is whose own role that is."""

    sentence: str
    doubt: Unknown | None = None
    tenant: str | None = None


@record
class Onward:
    """A role that another one may take; `doubt` says why it may not be able to. `allowed_by` are the statements that
    let it, and `replayed` whether the evaluator agrees."""

    role: Resource
    doubt: Unknown | None
    allowed_by: tuple[Allowing, ...] = ()
    replayed: bool = False


@record
class _Edge:
    """A way of one role by one step: to another role, or to an end."""

    meaning: str
    target: Resource | None
    sentence: str
    doubt: Unknown | None


@mutable
class Ways:
    """All roles of one system, and how they lead to one another."""

    system: System
    leaky: Leaky
    _known: dict[str, Way] | None = None
    _edges: dict[str, tuple[_Edge, ...]] = field(default_factory=dict)
    _trusts: _Trusts | None = None
    _leads_on: dict[str, bool] = field(default_factory=dict)
    _running: dict[str, Resource] | None = None
    _standing: dict[str, tuple[bool, str | None]] = field(default_factory=dict)

    def steps(self, taker: Taker, ground: Ground) -> Iterator[Step]:
        """Every step that a session of the role might take. Raises UndecidedError."""
        actor, world = taker.actor, taker.world
        yield from _own_limits(self.system, actor, world, ground)
        yield from self._to_roles(taker, ground)
        if actor.speaks_of("iam"):
            why = Unknown(
                "undeclared", "what the principals that it may change can do, and who takes them, is not asked"
            )
            for shape in anywhere("change", escalation_rows().on_principals(), "change other principals", ground):
                yield Step(shape, "another principal", None, None, why)

    def letting_in(self, actor: Actor) -> tuple[Resource, ...]:
        """The roles whose trust policies may name the actor, as far as its own policies count."""
        but: frozenset[Nearness] = frozenset() if _acts(actor, _ASSUME) else _BY_ACCOUNT
        return tuple(self._letting_in(actor, but).values())

    def leads_to_data(self) -> bool:
        """Whether any role reaches tenants' data without being one's session."""
        return bool(self._leaky_ones())

    def onward(self, actor: Actor, world: World) -> Iterator[Onward]:
        """The roles that it may take. Raises UndecidedError."""
        ground = self.system.ground(actor.role)
        but: frozenset[Nearness] = frozenset() if _acts(actor, _ASSUME) else _BY_ACCOUNT
        near = [
            self.system.actor(role, world, ground)
            for role in self._letting_in(actor, but).values()
            if role is not actor.role and self.system.together(role, actor.role)
        ]
        taker = Taker(self.system, actor, world)
        for asker in askers(self.system, actor, world, ground) if near else ():
            bench = self.system.bench(actor, asker)
            if bench is None:
                return
            bench.start()
            for theirs in near:
                shape = _onto(theirs, "assume", _ASSUME, f"become {theirs.name}")
                found = taker.may(Step(shape, "", theirs.role, theirs.trust_policy), asker, bench)
                if isinstance(found, Possible):
                    replayed = found.decision.allowed is True
                    yield Onward(theirs.role, found.doubt or asker.doubt, tuple(allowing(actor, found)), replayed)
                elif found is not None:
                    yield Onward(theirs.role, found)

    def beyond(self, target: Resource, but: Collection[str]) -> Way | None:
        """Where a role leads, but for the own roles of the tenants `but`; None where it leads nowhere."""
        seen = {target.address: target}
        frontier: list[tuple[Resource, str, Unknown | None]] = [(target, "", None)]
        unsure: Way | None = None
        while frontier:
            role, before, doubt = frontier.pop(0)
            end = self._end(role, but)
            edges = () if end is not None else self._edges_of(role)
            ends = [end] if end is not None else []
            ends += [
                Way(f"as {_name(role)} {each.meaning}: {each.sentence}", each.doubt)
                for each in edges
                if not each.target
            ]
            for each in ends:
                found = Way(before + each.sentence, doubt or each.doubt, each.tenant)
                if found.doubt is None:
                    return found
                unsure = unsure or found
            for edge in sorted(edges, key=lambda each: each.doubt is not None):
                if edge.target is not None and edge.target.address not in seen:
                    seen[edge.target.address] = edge.target
                    words = f"{before}as {_name(role)} {edge.meaning}; from there: "
                    frontier.append((edge.target, words, doubt or edge.doubt))
        return unsure

    def _end(self, role: Resource, but: Collection[str]) -> Way | None:
        found = self._leaky_ones().get(role.address)
        if found is not None:
            return found
        try:
            actor = self.system.actor(role, World(), self.system.ground(role))
        except UndecidedError:
            return None
        if actor.kind == "silo" and actor.tenant not in but:
            return Way(f"{actor.name} is tenant `{actor.tenant}`'s", None, actor.tenant)
        return None

    def _leaky_ones(self) -> dict[str, Way]:
        if self._known is None:
            self._known = {}
            for role, proof in self.leaky():
                # A brokered role is taken without the session policy that its broker would pass.
                surely = proof.counterexample is not None and proof.counterexample.replayed
                self._known[role.address] = Way(proof.sentence, None if surely else proof.unknown)
        return self._known

    def _edges_of(self, role: Resource) -> tuple[_Edge, ...]:
        known = self._edges.get(role.address)
        if known is None:
            self._edges[role.address] = ()  # while it is worked out
            known = self._edges[role.address] = tuple(self._worked_out(role))
        return known

    def _worked_out(self, role: Resource) -> Iterator[_Edge]:
        """In worlds of its own: the choices of one template are none of another's."""

        def leads(world: World) -> tuple[_Edge, ...]:
            return world.narrowly(lambda: tuple(self._edges_in(role, world)) if role.exists(world) else ())

        try:
            leaves = explore(leads)
        except TooManyWorldsError:
            # Where the most that its policies may allow leads, or nowhere.
            most = explore_some(leads, World(wide="most"))
            why = Unknown("evaluation-limit", f"more than 64 worlds would have to be tried for {_name(role)}")
            if most.more is not None:
                yield _Edge("might go on", None, "another role", why)
            for leaf in most.leaves if most.more is None else ():
                yield from (replace(edge, doubt=edge.doubt or why) for edge in leaf.result)
            return
        for number, leaf in enumerate(leaves):
            for edge in leaf.result:
                elsewhere = (other.result for at, other in enumerate(leaves) if at != number)
                if all(any(_same(edge, each) for each in result) for result in elsewhere):
                    yield edge
                else:
                    why = Unknown("parameter", f"where {_name(role)} leads rests on a choice of its template")
                    yield replace(edge, doubt=edge.doubt or why)

    def _edges_in(self, role: Resource, world: World) -> Iterator[_Edge]:
        ground = self.system.ground(role)
        actor = self.system.actor(role, world, ground)
        if not self._may_lead_on(actor):
            return
        taker = Taker(self.system, actor, world)
        for asker in askers(self.system, actor, world, ground):
            bench = self.system.bench(actor, asker)
            if bench is None:
                return
            bench.start()
            for step in self.steps(taker, ground):
                found = taker.may(step, asker, bench)
                if found is None:
                    continue
                doubt = found.doubt if isinstance(found, Possible) else found
                words = f"one can {step.shape.meaning}"
                yield _Edge(words, step.target, step.leads_to, doubt or asker.doubt)

    def _may_lead_on(self, actor: Actor) -> bool:
        """Whether the role, once taken, might lead to another one: few do, and to ask is dear."""
        if actor.kind in ("session", "silo"):
            return False
        known = self._leads_on.get(actor.role.address)
        if known is None:
            leading = (_ASSUME, _PASS, _TRUST, *REWRITE_ROLE, *_REWRITE_POLICY, *sorted(escalation_rows().changes))
            known = any(_acts(actor, name) for name in leading) or any(
                trust is None or lets_in(trust, actor, _BY_ACCOUNT) for _, trust in self._with_trust().naming(actor)
            )
            self._leads_on[actor.role.address] = known
        return known

    def _matters(self, role: Resource, actor: Actor) -> bool:
        """Whether it can make a difference that the role is reached."""
        if role is actor.role or not self.system.together(role, actor.role):
            return False
        known = self._standing.get(role.address)
        if known is None:
            known = self._standing[role.address] = self._standing_of(role)
        leads, tenant = known
        return leads or (tenant is not None and tenant != actor.tenant)

    def _standing_of(self, role: Resource) -> tuple[bool, str | None]:
        """Whether the role leads anywhere, and whose own it is."""
        if role.address in self._leaky_ones():
            return True, None
        try:
            theirs = self.system.actor(role, World(), self.system.ground(role))
        except UndecidedError:
            return True, None
        return self._may_lead_on(theirs), theirs.tenant if theirs.kind == "silo" else None

    def _to_roles(self, taker: Taker, ground: Ground) -> Iterator[Step]:
        """Raises UndecidedError."""
        actor, world = taker.actor, taker.world
        assumes, passes, opens = (_acts(actor, name) for name in (_ASSUME, _PASS, _TRUST))
        but: frozenset[Nearness] = frozenset() if assumes else _BY_ACCOUNT
        # What its trust policy does not let in and nothing else leads to needs no more looking at.
        letting = self._letting_in(actor, but)
        others = self._with_trust().roles if passes or opens else list(self._run_as(actor))
        for role in {**letting, **{each.address: each for each in others}}.values():
            if not self._matters(role, actor):
                continue
            theirs = self.system.actor(role, world, ground)
            name = theirs.name
            if role.address in letting and lets_in(theirs.trust_policy, actor, but):
                shape = _onto(theirs, "assume", _ASSUME, f"become {name}")
                yield Step(shape, "", role, theirs.trust_policy)
            if opens:
                yield Step(_onto(theirs, "open the trust", _TRUST, f"let itself into {name}"), "", role)
            if passes:
                yield from _passing(taker, theirs, ground)
            if self._speaks_of_compute(actor):
                yield from self._changing(theirs, world, ground)

    def _letting_in(self, actor: Actor, but: frozenset[Nearness]) -> dict[str, Resource]:
        """The roles whose trust policies may name the actor in a way that is none of `but`."""
        trusts = self._with_trust()
        coming = [*trusts.naming(actor), *(trusts.by_account if not but else ())]
        return {role.address: role for role, trust in coming if trust is None or lets_in(trust, actor, but)}

    def _speaks_of_compute(self, actor: Actor) -> bool:
        return any(map(actor.speaks_of, escalation_rows().compute))

    def _run_as(self, actor: Actor) -> Iterable[Resource]:
        """The roles that something in the files runs as, where the actor may do anything of such services."""
        if not self._speaks_of_compute(actor):
            return ()
        if self._running is None:
            self._running = {}
            for role in self.system.inventory.of_type(ROLE):
                try:
                    if any(True for _ in runners_of(role, self.system.inventory, World())):
                        self._running[role.address] = role
                except UndecidedError:
                    self._running[role.address] = role
        return self._running.values()

    def _changing(self, theirs: Actor, world: World, ground: Ground) -> Iterator[Step]:
        for runner in runners_of(theirs.role, self.system.inventory, world):
            pattern = arn_of(runner.resource, world, ground, self.system.holes())
            name = f"{theirs.name} through {runner.resource.logical_id or runner.resource.address}"
            if runner.surely:
                shape = Shape("replace code", runner.surely, pattern, meaning=f"run its own code as {name}")
                yield Step(shape, "", theirs.role, None, runner.doubt)
            why = Unknown("not-modelled", f"whether what runs as {name} then does what is asked of it is not modelled")
            if runner.perhaps:
                shape = Shape("change what runs", runner.perhaps, pattern, meaning=f"change what runs as {name}")
                yield Step(shape, "", theirs.role, None, runner.doubt or why)
            elsewhere = escalation_rows().elsewhere(runner.resource.type)
            for shape in anywhere("change what runs", elsewhere, f"change what runs as {name}", ground):
                yield Step(shape, "", theirs.role, None, runner.doubt or why)

    def _with_trust(self) -> _Trusts:
        if self._trusts is None:
            self._trusts = _Trusts()
            for role in self.system.inventory.of_type(ROLE):
                probe = World()
                try:
                    actor = self.system.actor(role, probe, self.system.ground(role))
                except UndecidedError:
                    self._trusts.add(role, None, None)
                    continue
                self._trusts.add(role, None if probe.assumptions else actor.trust_policy, actor.trust)
        return self._trusts


@mutable
class _Trusts:
    """Every role with its trust policy, None for one that rests on a choice, found by whom it names."""

    roles: list[Resource] = field(default_factory=list)
    by_account: list[tuple[Resource, Policy | None]] = field(default_factory=list)
    _by_name: dict[str, list[tuple[Resource, Policy | None]]] = field(default_factory=dict)
    _open: list[tuple[Resource, Policy | None]] = field(default_factory=list)

    def add(self, role: Resource, policy: Policy | None, trust: Trust | None) -> None:
        """`trust` is what the policy says, None where that is not known."""
        self.roles.append(role)
        if policy is None or trust is None or trust.anyone or trust.unread is not None:
            self._open.append((role, policy))
            return
        if trust.accounts:
            self.by_account.append((role, policy))
        names = [_last_name(each) for each in trust.principals]
        if None in names:
            self._open.append((role, policy))
        else:
            for name in dict.fromkeys(name for name in names if name is not None):
                self._by_name.setdefault(name, []).append((role, policy))

    def naming(self, actor: Actor) -> list[tuple[Resource, Policy | None]]:
        """Those that may name the actor itself, or everybody: too many rather than too few."""
        name = _last_name(actor.named)
        if name is None:
            return [*self._open, *(each for several in self._by_name.values() for each in several)]
        return [*self._open, *self._by_name.get(name, ())]


def _last_name(principal: Term) -> str | None:
    """The name of a role or user in an ARN, or of the role of a session; None where it is not known."""
    if not isinstance(principal, str) or not principal.startswith("arn:") or "*" in principal:
        return None
    kind, _, rest = principal.split(":", _SEGMENTS - 1)[-1].partition("/")
    return rest.partition("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]


@mutable
class Taker:
    """A role in one world, asked which steps it may take: what decides over its own requests is put together once."""

    system: System
    actor: Actor
    world: World
    _alone: tuple[Layers, PolicySet] | None = None

    def may(self, step: Step, asker: Asker, bench: Bench) -> Possible | Unknown | None:
        """The request of a step where it may be allowed, or why that is not known. Raises UndecidedError."""
        layers, policies = self._over(step.policy)
        holes = self.system.holes()
        stuck: Unknown | None = None
        for outcome in bench.ask(step.shape, asker.session, layers, policies, holes):
            if isinstance(outcome, Possible):
                doubted = step.doubt is not None and outcome.doubt is None
                return replace(outcome, doubt=step.doubt) if doubted else outcome
            if outcome is not None:
                stuck = stuck or outcome.why
        return stuck

    def _over(self, trust: Policy | None) -> tuple[Layers, PolicySet]:
        if trust is None and self._alone is not None:
            return self._alone
        actor = self.actor
        rcps = self.system.guards(actor.account, RCP, self.world, actor.role.address)
        policies = PolicySet(
            identity=actor.identity,
            boundary=(actor.boundary,) if actor.boundary is not None else None,
            trust=trust,
            scps=actor.scps.policies,
            rcps=rcps.policies,
        )
        layers = Layers(
            actor.caller,
            actor.prepared,
            (actor.prepared_boundary,) if actor.prepared_boundary is not None else None,
            None,
            self.system.prepare(trust) if trust is not None else None,
            trust is not None,
            limits=actor.scps.prepared,
            resource_limits=rcps.prepared,
        )
        if trust is None:
            self._alone = layers, policies
        return layers, policies


def lets_in(trust: Policy, actor: Actor, but: frozenset[Nearness]) -> bool:
    """Whether a trust policy may name the actor in a way that is none of `but`."""
    document = trust.document
    return document.more is not None or any(actor.caller.possibly(each.principal) - but for each in document.statements)


def arn_of(resource: Resource, world: World, ground: Ground, holes: Holes) -> Pattern:
    """The pattern of its ARN. Raises UndecidedError."""
    arn = ground.own_arn(resource, world)
    return Pattern(term_tokens(arn if isinstance(arn, str | Text | Unknown) else "*", holes))


def _own_limits(system: System, actor: Actor, world: World, ground: Ground) -> Iterator[Step]:
    without = f"{actor.name} without limits"
    own = Shape("its own limits", REWRITE_ROLE, literal(actor.arn), meaning="rewrite its own policies")
    yield Step(own, without)
    for policy in system.inventory.of_type(_MANAGED):
        if any(each.source is policy for each in actor.attached) and policy.exists(world):
            pattern = arn_of(policy, world, ground, system.holes())
            yield Step(Shape("its own policy", _REWRITE_POLICY, pattern, meaning="rewrite its own policy"), without)


def _passing(taker: Taker, theirs: Actor, ground: Ground) -> Iterator[Step]:
    """Passing a role helps only whoever may also start what works as it."""
    rows = escalation_rows()
    # A trust policy that was not read to its end may name any of the services.
    unread = theirs.trust.unread
    services = dict.fromkeys((*theirs.trust.services, *((COGNITO,) if COGNITO in theirs.trust.federated else ())))
    if unread is not None:
        services.update(dict.fromkeys(_PASSED_AS_TRUSTED))
    for asker in askers(taker.system, taker.actor, taker.world, ground):
        bench = taker.system.bench(taker.actor, asker)
        if bench is None:
            return
        for service in services:
            unsure = None if service in theirs.trust.services else unread
            strictly = _pass(theirs, service, free=service not in _PASSED_AS_TRUSTED)
            freely = _pass(theirs, service, free=True)
            if taker.may(Step(freely), asker, bench) is None:
                continue
            for action in rows.launching(service):
                started = _started(taker, asker, action, bench, ground)
                if started is not None:
                    meaning = f"{strictly.meaning} by `{action}`"
                    yield Step(replace(strictly, meaning=meaning), "", theirs.role, None, unsure or started.doubt)
            for action in rows.handing_over(service):
                started = _started(taker, asker, action, bench, ground)
                if started is not None:
                    own = action.partition(":")[0] == service.partition(".")[0]
                    passing = strictly if own else freely
                    why = unsure or started.doubt or Unknown("not-modelled", _NOT_MODELLED.format(action, service))
                    meaning = f"{passing.meaning} by `{action}`"
                    yield Step(replace(passing, meaning=meaning), "", theirs.role, None, why)
                    break


@record
class _Started:
    doubt: Unknown | None


def _started(taker: Taker, asker: Asker, action: str, bench: Bench, ground: Ground) -> _Started | None:
    if not _acts(taker.actor, action):
        return None
    unsure: _Started | None = None
    for shape in anywhere("start", (action,), "start code", ground):
        found = taker.may(Step(shape), asker, bench)
        if found is not None:
            started = _Started(found.doubt if isinstance(found, Possible) else found)
            if started.doubt is None:
                return started
            unsure = unsure or started
    return unsure


def _pass(theirs: Actor, service: str, *, free: bool) -> Shape:
    lower = _PASSED_TO.lower()
    shape = _onto(theirs, "pass the role", _PASS, f"pass {theirs.name} to {service}")
    keys: dict[str, Value] = {**shape.keys, lower: FREE if free else Given(literal(service))}
    return replace(shape, keys=keys, spelled={**shape.spelled, lower: _PASSED_TO})


def _onto(theirs: Actor, name: str, action: str, meaning: str) -> Shape:
    """A request for the role, whose tags it carries as far as they are known."""
    tags = theirs.tags if isinstance(theirs.tags, Mapping) else {}
    keys: dict[str, Value] = {f"aws:resourcetag/{key.lower()}": Given(literal(value)) for key, value in tags.items()}
    spelled = {f"aws:resourcetag/{key.lower()}": f"aws:ResourceTag/{key}" for key in tags}
    return Shape(name, (action,), literal(theirs.arn), keys, spelled, meaning=meaning)


def _acts(actor: Actor, action: str) -> bool:
    """Whether a statement of the role may allow the action."""
    lower = action.lower()
    return any(
        policy.more is not None
        or any(each.statement.effect != "Deny" and each.acts(lower) is not False for each in policy.statements)
        for policy in actor.prepared
    )


def _same(one: _Edge, other: _Edge) -> bool:
    return one.target is other.target and one.meaning == other.meaning


def _name(role: Resource) -> str:
    return role.logical_id or role.address
