"""Tenants x tenants: which resources of other tenants the roles of one tenant reach, where every tenant has its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable, record, replace
from scanner.iam.organization import RCP
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.replicas import replica_arns, tags_of_copies
from scanner.iam.resource_arns import resource_arns
from scanner.iam.resource_policies import WITH_POLICY
from scanner.iam.terms import ARN_SEGMENTS, Term
from scanner.iam.variables import Template
from scanner.language.expressions.theorem import CROSS_TENANT as THEOREM
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import Reference, Unknown, reference
from scanner.model.world import UndecidedError, World, explore_some
from scanner.prover.solver.bench import Bench, Possible, Stuck
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.system.data_requests import term_tokens
from scanner.prover.system.key_facts import with_facts
from scanner.prover.system.owned_resources import has_far_parts, of_resource, of_type, through_doors
from scanner.prover.system.policied_parts import parts_of, requests_for_part
from scanner.prover.system.principals import tags_of, tenant_unknown
from scanner.prover.system.proof import NotAsked, Proof
from scanner.prover.system.stores import Store
from scanner.prover.system.system import Actor, Asker, System
from scanner.prover.theorems.cross_tenant import askers, may_let_in, without_known_points
from scanner.prover.theorems.proof_text import Teller
from scanner.tenancy.owned import TaggedResources
from scanner.tenancy.ownership import arn_spellings

# Of the resources that one statement's pattern covers these many are looked at one by one.
_MOST_LOOKED_AT = 60
_MOST_TOLD = 10
_KEYS = frozenset({"AWS::KMS::Key", "AWS::KMS::ReplicaKey"})
_NAME = re.compile(r"[^/:]+")
# "What's in a Secrets Manager secret?" (AWS Secrets Manager User Guide): a hyphen and six characters end its ARN.
_SECRET = re.compile(r"(arn:[^:]*:secretsmanager:.*-)[A-Za-z0-9]{1,6}", re.DOTALL)
CouldBe = Callable[[Reference, str], bool]


@record
class Holding:
    """A resource that belongs to one tenant by its own tag or its stack's; `doubt` says why that is not known.

    A part with a policy of its own is that of its `whole`.
    """

    tenant: str
    resource: Resource
    arn: Term
    tags: Mapping[str, str]
    doubt: Unknown | None = None
    whole: Resource | None = None


@mutable
class Holdings:
    """All of them, found by what a policy's pattern begins with."""

    listed: list[Holding] = field(default_factory=list)
    _named: list[tuple[str, int]] = field(default_factory=list)
    _made: dict[str, list[int]] = field(default_factory=dict)
    _at: dict[str, int] = field(default_factory=dict)
    _open: list[int] = field(default_factory=list)
    types: dict[str, list[int]] = field(default_factory=dict)
    _policies: list[tuple[int, Policy | Unknown]] | None = None

    def add(self, holding: Holding) -> None:
        """`sort` must be called after the last and before the first question."""
        at = len(self.listed)
        self.listed.append(holding)
        self.types.setdefault(holding.resource.type, []).append(at)
        self._at[holding.resource.address] = at
        if isinstance(holding.arn, str):
            self._named.append((holding.arn, at))
            return
        holes = holding.arn.holes if isinstance(holding.arn, Text) else (holding.arn,)
        made = [hole.resource for hole in holes if isinstance(hole, Reference)]
        for address in made:
            self._made.setdefault(address, []).append(at)
        if len(made) < len(holes):
            self._open.append(at)

    def sort(self) -> None:
        """Puts those with a known ARN in order, so that a prefix finds them by bisection."""
        self._named.sort()

    def covered(self, read: Template, could_be: CouldBe) -> Iterator[int]:
        """Those that a pattern of a policy may cover, too many rather than too few.

        `could_be` says whether a name that deployment makes may be one that a policy has in letters.
        """
        prefix = read.prefix
        wild = any(not isinstance(token, str) for token in read.tokens)
        named = [token.resource for token in read.tokens if isinstance(token, Reference)]
        for address in named:
            yield from self._made.get(address, ())
            if address in self._at:
                yield self._at[address]
        if (secret := _SECRET.fullmatch(prefix)) is not None:
            # What AWS puts behind its name is not known, so any such characters may be.
            yield from self._beginning(secret[1])
            yield from self._called(secret[1].removesuffix("-"), could_be)
        for at in range(len(prefix)):
            # What lies below a resource has an ARN that goes on where that of the resource ends.
            if prefix[at] in "/:":
                yield from self._exactly(prefix[:at])
                yield from self._exactly(prefix[: at + 1])  # that of a keyspace ends with one
        if not named and not wild:
            yield from self._exactly(prefix)
            # What lists or reads all below a path names the path.
            yield from self._beginning(prefix if prefix.endswith("/") else f"{prefix}/")
            yield from self._called(prefix, could_be)
        elif not named:
            yield from self._beginning(prefix)
            for several in self._made.values():
                for index in several:
                    arn = self.listed[index].arn
                    mine = arn.prefix if isinstance(arn, Text) else ""
                    if mine.startswith(prefix) or prefix.startswith(mine):
                        yield index
        yield from self._open

    def with_policy(self, system: System) -> list[tuple[int, Policy | Unknown]]:
        """Those that have a policy of their own, with it; worked out once for all principals."""
        if self._policies is None:
            self._policies = []
            for kind in WITH_POLICY.intersection(self.types):
                for index in self.types[kind]:
                    resource = self.listed[index].resource
                    try:
                        found = system.resource_policy(resource, World(), system.ground(resource))
                    except UndecidedError:
                        found = Unknown("parameter", f"the policy of {resource.logical_id} rests on a choice")
                    if found is not None:
                        self._policies.append((index, found))
        return self._policies

    def _beginning(self, prefix: str) -> Iterator[int]:
        at = bisect_left(self._named, (prefix, -1))
        while at < len(self._named) and self._named[at][0].startswith(prefix):
            yield self._named[at][1]
            at += 1

    def _called(self, arn: str, could_be: CouldBe) -> Iterator[int]:
        """Those whose name deployment makes, where the ARN of a policy may be theirs, or of what is in them."""
        names = _NAME.findall(arn.split(":", ARN_SEGMENTS - 1)[-1])
        for several in self._made.values():
            for index in several:
                mine = self.listed[index].arn
                if not isinstance(mine, Text) or not arn.startswith(mine.prefix):
                    continue
                holes = [hole for hole in mine.holes if isinstance(hole, Reference)]
                if any(could_be(hole, name) for hole in holes for name in names):
                    yield index

    def _exactly(self, arn: str) -> Iterator[int]:
        at = bisect_left(self._named, (arn, -1))
        while at < len(self._named) and self._named[at][0] == arn:
            yield self._named[at][1]
            at += 1


def cannot_reach_each_other(
    system: System, role: Resource, holdings: Holdings, world: World, acting: Actor | None = None
) -> Proof | NotAsked:
    """Whether a role of one tenant stays out of every resource of every other. Raises UndecidedError.

    `acting` is the role as somebody of one tenant has it, where it is not that tenant's own.
    """
    ground = system.ground(role)
    actor = acting or system.actor(role, world, ground)
    if actor.tenant is None:
        open_tenant = tenant_unknown(role, system.tenancy.tags, world) if not actor.declared else None
        if open_tenant is None or not holdings.listed:
            return NotAsked("the role belongs to no one tenant")
        why = open_tenant.leaving_open(f"which tenant {actor.name} belongs to")
        return Proof(THEOREM, None, "NOT_PROVEN", unknown=why, sentence=why.detail)
    if actor.kind != "silo":
        return NotAsked("the role acts for one tenant at a time, not for one alone")
    if all(each.tenant == actor.tenant for each in holdings.listed):
        return NotAsked("no resource of another tenant is in the files")
    asker = next(iter(askers(system, actor, world, ground)))
    bench = system.bench(actor, asker)
    if bench is None:
        return NotAsked("there is one tenant only")
    bench.start()
    reached: dict[str, tuple[Holding, Possible]] = {}
    doubt: Unknown | None = actor_doubt(actor)
    suspects, too_many = _suspects(actor, asker, holdings, bench, system)
    for holding in suspects:
        if holding.tenant in reached or len(reached) >= _MOST_TOLD:
            continue
        found = _reaches(system, actor, asker, holding, bench, world)
        if holding.doubt is not None:
            doubt = doubt or (holding.doubt if found is not None else None)
        elif isinstance(found, Possible) and found.doubt is None:
            reached[holding.tenant] = (holding, found)
        elif found is not None and doubt is None:
            doubt = (found.doubt if isinstance(found, Possible) else found.why) or doubt
    if reached:
        return _leak(system, actor, asker, reached, world)
    notes = ("a resource belongs to the tenant that its own tag, or its stack's, names",)
    if doubt is None and too_many:
        doubt = Unknown(
            "prover-limit", "its policies cover more resources of other tenants than are looked at one by one"
        )
    if doubt is not None:
        why = doubt.leaving_open(
            f"whether {actor.name} of tenant `{actor.tenant}` stays out of other tenants' resources"
        )
        return Proof(THEOREM, None, "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
    sentence = f"{actor.name} of tenant `{actor.tenant}` reaches no resource of another tenant"
    return Proof(THEOREM, None, "ISOLATED", assumptions=notes, sentence=sentence)


def actor_doubt(actor: Actor) -> Unknown | None:
    """A policy of the role that was not read."""
    policies = (*actor.prepared, *((actor.prepared_boundary,) if actor.prepared_boundary is not None else ()))
    return next((policy.more for policy in policies if policy.more is not None), None)


def _suspects(
    actor: Actor, asker: Asker, holdings: Holdings, bench: Bench, system: System
) -> tuple[list[Holding], bool]:
    """Resources of others that some statement may cover, and whether there are more than are worth listing."""
    chosen: dict[int, None] = {}
    too_many = False
    cleared: dict[str, bool] = {}
    could_be = system.holes().could_be
    for policy in actor.prepared:
        for statement in policy.statements:
            selector = statement.statement.resource
            if statement.statement.effect == "Deny" or selector is None:
                continue
            everything = selector.negated or selector.terms.more is not None
            indexes = range(len(holdings.listed)) if everything else _covered(statement.widest, holdings, could_be)
            taken = 0
            for index in indexes:
                holding = holdings.listed[index]
                if holding.tenant == actor.tenant or index in chosen:
                    continue
                kind = holding.resource.type
                if holding.doubt is None and _is_tagged(holding, system):
                    if kind not in cleared:
                        cleared[kind] = _is_kept_out(actor, asker, kind, bench, system)
                    if cleared[kind]:
                        continue
                if taken >= _MOST_LOOKED_AT:
                    too_many = True
                    break
                taken += 1
                chosen[index] = None
    # What a resource's own policy grants is seen from the resource, and so are parts that are named otherwise.
    for index, own in holdings.with_policy(system):
        if holdings.listed[index].tenant != actor.tenant and may_let_in(own, actor, delegating=False):
            chosen.setdefault(index)
    for kind in holdings.types:
        if not has_far_parts(kind):
            continue
        if kind not in cleared:
            cleared[kind] = _is_kept_out(actor, asker, kind, bench, system)
        open_ones = [
            index
            for index in holdings.types[kind]
            if not (cleared[kind] and _is_tagged(holdings.listed[index], system))
        ]
        too_many = too_many or len(open_ones) > _MOST_LOOKED_AT
        for index in open_ones[:_MOST_LOOKED_AT]:
            if holdings.listed[index].tenant != actor.tenant:
                chosen.setdefault(index)
    return [holdings.listed[index] for index in chosen], too_many


def _covered(reads: Sequence[Template], holdings: Holdings, could_be: CouldBe) -> Iterator[int]:
    for read in reads:
        yield from holdings.covered(read, could_be)


def _is_tagged(holding: Holding, system: System) -> bool:
    """Whether it carries its owner's id as the tag that roles are asked by; a copy, or a stack's own, may not."""
    return next(iter(system.tenancy.tags), "") in holding.tags


def _is_kept_out(actor: Actor, asker: Asker, kind: str, bench: Bench, system: System) -> bool:
    """Whether no resource of the type that carries another tenant's tag is in reach, whatever it is called."""
    if kind in _KEYS:
        return False  # their own policies decide in any case
    owned = of_type(kind, next(iter(system.tenancy.tags), ""), actor.ground, below=True)
    if not owned.shapes:
        return False
    layers = Layers(
        actor.caller,
        actor.prepared,
        (actor.prepared_boundary,) if actor.prepared_boundary is not None else None,
        limits=actor.scps.prepared,
    )
    boundary = (actor.boundary,) if actor.boundary is not None else None
    policies = PolicySet(actor.identity, boundary, scps=actor.scps.policies)
    for shape in without_known_points(system, actor, owned.shapes):
        for outcome in bench.ask(shape, asker.session, layers, policies, system.holes()):
            if outcome is not None:
                return False
    return True


def _reaches(
    system: System, actor: Actor, asker: Asker, holding: Holding, bench: Bench, world: World
) -> Possible | Stuck | None:
    ground = system.ground(holding.resource)
    on_resource = None
    if holding.resource.type in WITH_POLICY:
        on_resource = system.resource_policy(holding.resource, world, ground)
    needs = holding.resource.type in _KEYS
    rcps = system.guards(ground.account, RCP, world, holding.resource.address)
    layers = Layers(
        actor.caller,
        actor.prepared,
        (actor.prepared_boundary,) if actor.prepared_boundary is not None else None,
        None,
        system.prepare(on_resource)
        if on_resource is not None and not isinstance(on_resource, Unknown)
        else on_resource,
        needs,
        ground.account == actor.account,
        actor.scps.prepared,
        rcps.prepared,
    )
    policies = PolicySet(
        actor.identity,
        (actor.boundary,) if actor.boundary is not None else None,
        resource=on_resource,
        scps=actor.scps.policies,
        rcps=rcps.policies,
    )
    holes = system.holes()
    first: Possible | Stuck | None = None
    shapes = of_resource(holding.resource.type, term_tokens(holding.arn, holes), holding.tags, ground)

    def named(attribute: str) -> str | None:
        return holes.name(reference(holding.resource.address, attribute, "an id that AWS makes"))

    shapes += through_doors(holding.resource.type, named, holding.tags, ground)
    if holding.whole is not None:
        shapes = requests_for_part(holding.resource, world, ground, holes)
    shapes = with_facts(shapes, holding.resource, world)
    for shape in without_known_points(system, actor, shapes):
        placed = replace(shape, account=ground.account)
        for outcome in bench.ask(placed, asker.session, layers, policies, holes):
            if isinstance(outcome, Possible) and outcome.doubt is None:
                return outcome
            first = first or outcome
    return first


def _holding(system: System, resource: Resource, world: World) -> Holding | None:
    """Raises UndecidedError."""
    keys = system.tenancy.tags
    tags = tags_of(resource, world)
    known = dict(tags) if not isinstance(tags, Unknown) else {}
    tenant = resource.tenant or next((known[key] for key in keys if key in known), None)
    doubt = tenant_unknown(resource, keys, world) if tenant is None else None
    if doubt is None and (tenant is None or not system.tenancy.tenant_ids.is_id(tenant)):
        return None
    if not resource.exists(world):
        return None
    arn = system.ground(resource).own_arn(resource, world)
    if isinstance(arn, str | Text):
        arn = arn_spellings(arn)[-1]
    if isinstance(arn, str | Text | Reference):
        return Holding(tenant or "", resource, arn, known, doubt)
    return None


def holdings_of(system: System) -> Holdings:
    """Every resource with a concrete owner. What rests on a choice of its own template has an owner unknown."""
    holdings = Holdings()
    for resource in system.inventory.resources:
        if resource_arns().of_type(resource.type) and not resource.type.startswith("AWS::IAM::"):
            try:
                holding = _holding(system, resource, World())
            except UndecidedError:
                why = Unknown("parameter", f"whose {resource.logical_id} is rests on a choice of its template")
                arn = Text((reference(resource.address, "Ref", why.detail),))
                holding = Holding("", resource, arn, {}, why)
            if holding is not None:
                for copy in _copies(system, holding):
                    holdings.add(copy)
                holdings.add(holding)
                for part in _parts(system, holding):
                    holdings.add(part)
    holdings.sort()
    return holdings


def _copies(system: System, holding: Holding) -> Iterator[Holding]:
    """The same data in other regions."""
    ground = system.ground(holding.resource)
    there = replace(holding, tags=tags_of_copies(holding.resource.type, holding.tags))

    def copies(world: World) -> list[Holding]:
        return [replace(there, arn=arn) for arn in replica_arns(holding.resource, holding.arn, world, ground)]

    return _in_some_world(holding, copies)


def _parts(system: System, holding: Holding) -> Iterator[Holding]:
    """What is in it and has a policy of its own, which carries no tag."""

    def parts(world: World) -> list[Holding]:
        found: list[Holding] = []
        for part in parts_of(holding.resource, system.inventory, world):
            tags = tags_of(part, world)
            if isinstance(tags, Unknown) or not set(tags) & set(system.tenancy.tags):
                arn = system.ground(part).own_arn(part, world)
                arn = arn if isinstance(arn, str | Text | Reference) else holding.arn
                found.append(Holding(holding.tenant, part, arn, {}, holding.doubt, holding.resource))
        return found

    return _in_some_world(holding, parts)


def _in_some_world(whole: Holding, found: Callable[[World], list[Holding]]) -> Iterator[Holding]:
    """What is found of it in some world; what is not found in every one rests on a choice."""
    explored = explore_some(found)
    name = whole.resource.logical_id or whole.resource.address
    choice = Unknown("parameter", f"what belongs to {name} rests on a choice of a template")
    told: list[Holding] = []
    for each in (each for leaf in explored.leaves for each in leaf.result):
        if each in told:
            continue
        told.append(each)
        always = explored.more is None and all(each in leaf.result for leaf in explored.leaves)
        yield each if always else replace(each, doubt=each.doubt or choice)


def _leak(
    system: System, actor: Actor, asker: Asker, reached: dict[str, tuple[Holding, Possible]], world: World
) -> Proof:
    del world
    tenant, (holding, found) = next(iter(reached.items()))
    entry = TaggedResources(types=(holding.resource.type,), tag=system.tenancy.tags[0] if system.tenancy.tags else "")
    name = holding.resource.logical_id or str(holding.arn)
    store = Store(entry, "tagged", "", name, holding.resource, (found.shape,), None)
    layers = Layers(actor.caller, actor.prepared)
    proof = Teller(actor, asker, store, system.tenancy, layers).leak(found)
    more = f" and what {len(reached) - 1} more tenants own" if len(reached) > 1 else ""
    sentence = f"{actor.name} of tenant `{actor.tenant}` can use {name} of tenant `{tenant}`{more}: `{found.action}`"
    example = proof.counterexample
    return replace(
        proof,
        over=None,
        reach="own-session",
        sentence=sentence,
        counterexample=replace(example, caller_tenant=actor.tenant, owner_tenant=tenant)
        if example is not None
        else None,
        assumptions=("a resource belongs to the tenant that its own tag, or its stack's, names",),
        explanation=tuple(f"reaches tenant {other}: {each.resource.address}" for other, (each, _) in reached.items()),
        fix=f"Name the tenant's own resources in full in the policies of {actor.name}, or bind their tag: "
        f'`StringEquals: {{"aws:ResourceTag/{entry.tag}": "{actor.tenant}"}}`.',
        cause=(THEOREM, "silo", tenant),
    )
