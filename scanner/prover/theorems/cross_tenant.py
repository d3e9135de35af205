"""No session of one tenant reaches another tenant's data: the theorem, for one role and all declared stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.base.record import replace
from scanner.iam.organization import RCP
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.resource_policies import WITH_POLICY
from scanner.language.expressions.theorem import CROSS_TENANT, Theorem
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import TooManyWorldsError, World, explore, explore_some
from scanner.prover.solver.bench import OWNERS, Bench, Outcome, Possible, Stuck, keys_read
from scanner.prover.solver.pattern import Pattern, Tenant
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.solver.principal_match import Nearness
from scanner.prover.solver.question import Given, Holes, Shape
from scanner.prover.system.closed_world import NOT_MODELLED, why_not_modelled
from scanner.prover.system.data_requests import IN_NO_FILE
from scanner.prover.system.ledger import Ledger, younger
from scanner.prover.system.policied_parts import names_known_points_only, point_names
from scanner.prover.system.principals import possible_sessions, session_of
from scanner.prover.system.proof import NotAsked, Proof, with_others, worst
from scanner.prover.system.standins import Ground
from scanner.prover.system.stores import Store, service_of, stores_of
from scanner.prover.system.system import ROLE, Actor, Asker, System
from scanner.prover.system.tenant_mappings import mappings_under
from scanner.prover.theorems.own_reach import names_any, why_nothing
from scanner.prover.theorems.policy_repair import repaired
from scanner.prover.theorems.proof_text import Teller
from scanner.prover.theorems.tenant_tag import can_come_untagged, taken_bare
from scanner.prover.theorems.unread_exports import unread_export
from scanner.tenancy import ownership
from scanner.tenancy.owned import Owned
from scanner.tenancy.tenancy import Session

_MOST_PLACES = 2
_IN_SOME_ACCOUNT = Unknown("missing-file", "which account has the bucket is in no file scanned")


def cannot_cross(system: System, role: Resource, theorem: Theorem, world: World) -> Proof | NotAsked:
    """Whether sessions of the role stay out of the data of every tenant but their own. Raises UndecidedError."""
    return system.crossed.get((role.address, theorem), world, lambda here: _crossed(system, role, theorem, here))


def _crossed(system: System, role: Resource, theorem: Theorem, world: World) -> Proof | NotAsked:
    entries = [each for each in system.tenancy.owned if _concerns(each.kind, service_of(each), theorem)]
    if not entries:
        return NotAsked("the tenancy declares no such data")
    ground = system.ground(role)
    found = _cannot_cross(system, role, entries, theorem, world, ground)
    if isinstance(found, NotAsked) or found.verdict == "NOT_PROVEN":
        return found
    grounds = [ground]
    for other in _other_grounds(system, role, ground):
        # Account and region are known at deployment only: what holds must hold whichever they turn out to be.
        again = _cannot_cross(system, role, entries, theorem, world, other)
        if isinstance(again, Proof) and again.verdict != found.verdict:
            where = f"account {other.account} in {other.region}"
            why = Unknown(
                "deploy-time", f"it is otherwise if the stack is deployed to {where}; pass --account, --region"
            )
            return replace(found, verdict="NOT_PROVEN", unknown=why, sentence=why.detail, reach=None)
        grounds.append(other)
    if found.vacuous and _speaks_for_all(system, entries, theorem):
        return _reaching_nothing(system, role, found, world, grounds) or found
    return found


def _other_grounds(system: System, role: Resource, ground: Ground) -> Iterator[Ground]:
    """Accounts and regions that policies name in letters, where the template is told neither."""
    accounts, regions = [ground.account], [ground.region]
    if "AWS::AccountId" in ground.used and role.account is None and system.tenancy.account is None:
        accounts += sorted(ground.literals - {ground.account})[:_MOST_PLACES]
    if "AWS::Region" in ground.used and role.region is None and system.tenancy.region is None:
        regions += sorted(ground.regions - {ground.region})[:_MOST_PLACES]
    for account in accounts:
        for region in regions:
            if (account, region) != (ground.account, ground.region):
                yield ground.fresh(account, region)


def _cannot_cross(  # one question
    system: System, role: Resource, entries: Sequence[Owned], theorem: Theorem, world: World, ground: Ground
) -> Proof | NotAsked:
    actor = system.actor(role, world, ground)
    if theorem.of == "sessions" and (unclear := actor.unclear(theorem.name)) is not None:
        return unclear
    refused = _refused(system, actor, theorem.of, world)
    if refused is not None:
        return NotAsked(refused)
    found = _asked(system, actor, entries, theorem, world, ground)
    if actor.doubt is None or isinstance(found, NotAsked) or found.verdict != "ISOLATED":
        return found
    # It may be a role of tenants' sessions: what reaches nothing without their tags may reach others with them.
    declared = tuple(session for session, _ in possible_sessions(actor.role, system.tenancy, world))
    if declared:
        again = _asked(system, replace(actor, kind="session", declared=declared), entries, theorem, world, ground)
        if isinstance(again, Proof) and again.verdict != "ISOLATED":
            return actor.unclear(theorem.name) or found
    return found


def _asked(
    system: System, actor: Actor, entries: Sequence[Owned], theorem: Theorem, world: World, ground: Ground
) -> Proof | NotAsked:
    """The worst of what is proved over every kind of session and every store of the entries."""
    role = actor.role
    sessions = list(askers(system, actor, world, ground))
    proofs: list[Proof] = []
    for asker in sessions:
        bench = system.bench(actor, asker)
        if bench is None:
            return NotAsked("there is one tenant only, so no other's data can be reached")
        bench.start()
        for entry in entries:
            holes = system.holes()
            fitting = system.bench(actor, asker, entry=entry)
            if fitting is None:
                continue  # one tenant at most can own such a thing
            if fitting is not bench:
                fitting.start()
            for store in stores_of(
                entry,
                theorem.wants,
                system.tenancy,
                system.inventory,
                world,
                ground,
                holes,
                lambda store: system.together(role, store),
            ):
                if store.target is not None and _is_shared(system, store.target, world):
                    continue
                wanted = store.asked(theorem.data)
                if wanted.unmodelled is not None and theorem.data in (None, "items"):
                    proofs.append(Teller(actor, asker, wanted, system.tenancy, Layers(actor.caller, ())).unmodelled())
                    continue
                if wanted.owner is not None:
                    proofs += _prove_held(system, actor, asker, wanted, holes, world, ground)
                    continue
                if wanted.shapes and not _is_out_of_the_question(system, actor, wanted, world, ground):
                    proofs.append(_prove(system, actor, asker, wanted, fitting, holes, world, ground))
                elif wanted.shapes:
                    layers = Layers(actor.caller, ())
                    proofs.append(Teller(actor, asker, wanted, system.tenancy, layers).isolated(vacuous=True))
    if not proofs:
        return NotAsked("nothing of the declared data is of this kind")
    return _noted(system, with_others(worst(proofs), proofs), actor, ground)


def _prove_held(  # noqa: PLR0913  # one question
    system: System, actor: Actor, asker: Asker, store: Store, holes: Holes, world: World, ground: Ground
) -> list[Proof]:
    """What the own policy of one resource of the files lets in; without one its pattern has said all."""
    on_resource = _on_resource(system, store, world, ground)
    if not store.shapes or store.owner == actor.tenant:
        return []
    # Of roles and keys nothing is allowed without their own policy, so there delegating counts.
    delegating = store.trust or store.service == "kms"
    # No pattern has asked about what is far.
    if not store.far and (on_resource is None or not may_let_in(on_resource, actor, delegating=delegating)):
        return []
    bench = system.bench(actor, asker, store.owner if isinstance(store.owner, str) else None, store.entry)
    if bench is None:
        return []
    bench.start()
    return [_prove(system, actor, asker, store, bench, holes, world, ground)]


def may_let_in(policy: Policy | Unknown, actor: Actor, *, delegating: bool) -> bool:
    """Whether a resource's policy may grant the actor more than its own policies do.

    Naming its account only delegates to those; with `delegating` that counts as well.
    """
    if isinstance(policy, Unknown) or policy.document.more is not None:
        return True
    document = policy.document
    but: frozenset[Nearness] = frozenset() if delegating else frozenset({"account"})
    return any(each.effect != "Deny" and actor.caller.possibly(each.principal) - but for each in document.statements)


def _speaks_for_all(system: System, entries: Sequence[Owned], theorem: Theorem) -> bool:
    """Whether this is the theorem that says once for all entries that a declared session reaches none of them.

    It is that of the first entry; what is inferred was declared by nobody.
    """
    if theorem.of != "sessions" or theorem.data == "copies" or system.tenancy.source in (None, "inferred"):
        return False
    return entries[0] is next((each for each in system.tenancy.owned if each.kind != "account"), None)


def _reaching_nothing(
    system: System, role: Resource, found: Proof, world: World, grounds: Sequence[Ground]
) -> Proof | None:
    """NOT PROVEN of a declared session that reaches nothing, its own included: nobody's working design. None of others.

    Raises UndecidedError.
    """
    stores: dict[str, list[Store]] = {}
    askers_of: dict[str, Asker] = {}
    reaching: set[str] = set()
    for ground in grounds:
        actor = system.actor(role, world, ground)
        for asker in askers(system, actor, world, ground) if actor.kind == "session" else ():
            if asker.declared is not None and asker.declared.of_stack is not None:
                return None  # nobody declared a session
            name = asker.declared.name if asker.declared is not None else ""
            askers_of.setdefault(name, asker)
            if name not in reaching and _reaches_something(
                system, actor, asker, stores.setdefault(name, []), world, ground
            ):
                reaching.add(name)
    idle = next((each for each in askers_of if each not in reaching), None)
    if idle is None:
        return None
    actor = system.actor(role, world, grounds[0])
    why = Unknown("reaches-nothing", why_nothing(actor, askers_of[idle], stores[idle], idle))
    return replace(found, verdict="NOT_PROVEN", reaches="nothing", vacuous=False, unknown=why, sentence=why.detail)


def _reaches_something(
    system: System, actor: Actor, asker: Asker, seen: list[Store], world: World, ground: Ground
) -> bool:
    """Whether the session may reach something of its own in some store; the stores that it was asked of are added."""
    bench = system.bench(actor, asker)
    if bench is None:
        return True
    for entry in system.tenancy.owned:
        holes = system.holes()
        for store in stores_of(entry, lambda _: True, system.tenancy, system.inventory, world, ground, holes):
            seen.append(store)
            layers, _ = _layers(system, actor, asker, store, world, ground)
            if any(bench.reaches_own(shape, asker.session, layers, holes) for shape in store.shapes):
                return True
            if store.over in ("arn", "tagged") and names_any(actor, store):
                return True  # by an action that no request for this kind of data is made of
    return False


def _is_shared(system: System, target: Resource, world: World) -> bool:
    """Whether tenancy.yaml declares the store to be everybody's; names may be the last part of an ARN."""
    for each in system.tenancy.shared:
        patterns = (each.resource, f"*:{each.resource}") if not each.resource.startswith("arn:") else (each.resource,)
        if any(ownership.is_called(pattern, target, world) is True for pattern in patterns):
            return True
    return False


def _is_out_of_the_question(system: System, actor: Actor, store: Store, world: World, ground: Ground) -> bool:
    """Whether no statement of the role speaks of the store's service, and nothing on the store can grant anything."""
    if store.service in ("kms", "*", "") or actor.allowing is None or not actor.allowing.isdisjoint(store.prefixes):
        return False
    return _on_resource(system, store, world, ground) is None


def _refused(system: System, actor: Actor, of: str, world: World) -> str | None:
    """Why the theorem is not asked of this role."""
    if of == "sessions":
        if actor.kind in ("session", "silo"):
            return None
        return "the tenancy does not declare it to act for a tenant"
    if actor.kind in ("session", "silo"):
        return "it acts for one tenant at a time: other rules judge its sessions"
    if actor.kind == "none":
        return "no service and no principal of the application takes this role"
    if actor.trust.grants_only:
        return "only S3 Access Grants takes it, each time for the scope of one grant, and the grants are judged"
    for each in system.tenancy.trusted:
        if ownership.is_called(each.role, actor.role, world) is True:
            return f"tenancy.yaml trusts it: {each.because}"
    return None


def askers(system: System, actor: Actor, world: World, ground: Ground) -> Iterator[Asker]:
    """Every kind of session that the role can have: tagged with its tenant as declared, and, where that can be,
    untagged.

    A role of one tenant or one without declared sessions has a single kind. Raises UndecidedError.
    """
    if actor.kind == "silo":
        yield Asker(session_of(actor.arn, actor.account, None, actor.tags, tagged=False, confined=True), tagged=False)
        return
    if not actor.declared:
        session = session_of(actor.arn, actor.account, None, actor.tags, tagged=False, confined=True)
        # It may be the role of one tenant: then this is not what is asked of it.
        yield Asker(session, tagged=False, doubt=actor.unclear_why)
        return
    for declared in actor.declared:
        policy = system.session_policy(declared.session_policy, ground) if declared.session_policy else None
        unbound = system.unbound(declared)
        confined = _confines_tags(actor.trust_policy)
        tagged = session_of(actor.arn, actor.account, declared, actor.tags, tagged=True, confined=confined)
        yield Asker(tagged, True, policy, declared, unbound=unbound)
        bare = session_of(actor.arn, actor.account, declared, actor.tags, tagged=False, confined=confined)
        if declared.of_stack is not None:
            continue
        if not declared.tenant_keys:
            # The policy alone makes the session a tenant's: whoever else may take the role leaves it out.
            if actor.trust.accounts or actor.trust.anyone:
                yield Asker(bare, False, None, declared)
        elif not declared.always:
            yield Asker(bare, False, policy, declared, unbound=unbound)
        elif (comes := can_come_untagged(system, actor, declared, world, ground)) is not False:
            doubt = comes if isinstance(comes, Unknown) else None
            yield Asker(bare, False, policy, declared, doubt, unbound)


def _layers(
    system: System, actor: Actor, asker: Asker, store: Store, world: World, ground: Ground
) -> tuple[Layers, PolicySet]:
    on_resource = _on_resource(system, store, world, ground)
    # Keys that no file holds beside some that one does are taken to let in whom the account does, as other stores are.
    needs = store.trust or (store.service == "kms" and not store.elsewhere)
    if store.trust and on_resource is None:
        on_resource = Unknown("missing-file", f"whom the roles `{store.name}` trust is in no file scanned")
    if needs and on_resource is None:
        on_resource = Unknown("missing-file", f"the key policy of `{store.name}` is not in the files scanned")
    session = (asker.policy,) if isinstance(asker.policy, Policy) else None
    prepared_session = (system.prepare(asker.policy),) if isinstance(asker.policy, Policy) else None
    same = store.account is None or store.account == actor.account
    if not same and on_resource is None and store.target is None and not system.is_read(store.account):
        # Nobody writes another account's resources into a policy unless they may be used; by whom is not to be seen.
        on_resource = Unknown("missing-file", f"whom `{store.name}` of another account lets in is in no file scanned")
    held = store.target or actor.role
    rcps = system.guards(store.account or actor.account, RCP, world, held.address)
    policies = PolicySet(
        identity=actor.identity,
        boundary=(actor.boundary,) if actor.boundary is not None else None,
        session=session,
        resource=None if store.trust else on_resource,
        trust=on_resource if store.trust else None,
        scps=actor.scps.policies,
        rcps=rcps.policies,
    )
    layers = Layers(
        actor.caller,
        actor.prepared,
        (actor.prepared_boundary,) if actor.prepared_boundary is not None else None,
        prepared_session,
        system.prepare(on_resource) if isinstance(on_resource, Policy) else on_resource,
        needs,
        same,
        actor.scps.prepared,
        rcps.prepared,
        store.trust,
    )
    return layers, policies


def _on_resource(system: System, store: Store, world: World, ground: Ground) -> Policy | Unknown | None:
    if store.target is None and store.over in ("arn", "tagged"):
        return system.account_policy(store.service, store.account, world, ground)
    if store.target is None or (store.target.type not in WITH_POLICY and not store.trust):
        return None
    return system.resource_policy(store.target, world, ground)


def _prove(  # noqa: PLR0913  # a question and what decides it
    system: System,
    actor: Actor,
    asker: Asker,
    store: Store,
    bench: Bench,
    holes: Holes,
    world: World,
    ground: Ground,
    *,
    repair: bool = True,
) -> Proof:
    layers, policies = _layers(system, actor, asker, store, world, ground)
    teller = Teller(actor, asker, store, system.tenancy, layers)
    bench.explained = []
    unsure = store.doubt or asker.doubt
    if asker.unbound is not None and asker.unbound.statements is None:
        # What a file without the tenant's hole lets in says as little of what is passed as what it keeps out.
        unsure = unsure or _unbound(asker, store, layers)
    outcomes: list[tuple[Outcome, Bench]] = []
    count = Ledger.of(store, layers, bench)
    for shape in _shapes(system, actor, store, layers):
        for outcome in bench.ask(shape, asker.session, layers, policies, holes):
            outcomes.append((outcome, bench))
            if isinstance(outcome, Possible) and outcome.doubt is None and unsure is None:
                explained = tuple(bench.explained)
                if actor.kind == "brokered":
                    teller = replace(teller, taken_by=taken_bare(system, actor, world, ground))
                if actor.kind == "compute":
                    teller = replace(teller, mappings=tuple(mappings_under(actor.role, system.inventory, world)))
                fix = _fix(system, actor, asker, store, outcome, bench, world, ground) if repair else ""
                return replace(teller.leak(outcome), fix=fix, explanation=explained, ledger=count)
    if isinstance(asker.policy, Unknown):
        return teller.not_proven(asker.policy, None)
    possible = [each for each, _ in outcomes if isinstance(each, Possible)]
    if possible:
        doubt = possible[0].doubt or unsure
        assert doubt is not None  # noqa: S101  # otherwise it is a leak, above
        if doubt.cause == "undeclared":
            doubt = unread_export(asker.session, store, bench, layers, policies, holes) or doubt
        open_actions = [each for each in possible if each.doubt is NOT_MODELLED]
        if doubt is NOT_MODELLED:
            doubt = why_not_modelled(possible[0].action)
        count = replace(count, not_modelled=len({each.action for each in open_actions}))
        return replace(teller.not_proven(doubt, possible[0]), ledger=count)
    stuck = next((each for each, _ in outcomes if isinstance(each, Stuck)), None)
    if stuck is not None:
        why = layers.unread() or unread_export(asker.session, store, bench, layers, policies, holes) or stuck.why
        return replace(teller.not_proven(why, None), ledger=count)
    if (unbound := _unbound(asker, store, layers)) is not None:
        return replace(teller.not_proven(unbound, None), ledger=count)
    vacuous = not any(bench.reaches_own(shape, asker.session, layers, holes) for shape in store.shapes)
    explained = (*bench.explained, *count.told())
    return replace(teller.isolated(vacuous), explanation=explained, ledger=count)


def _shapes(system: System, actor: Actor, store: Store, layers: Layers) -> Iterator[Shape]:
    """All that is asked of a store: a repair is proved by the same requests as the verdict."""
    account = store.account or actor.account
    in_no_file = store.target is None and store.account is None and store.service == "s3"
    elsewhere = in_no_file and any(not OWNERS.isdisjoint(keys_read(each)) for each in layers.statements())
    for shape in (*without_known_points(system, actor, store.shapes), *younger(store, layers)):
        yield shape if shape.account == account else replace(shape, account=account)
        if elsewhere:
            yield replace(shape, doubt=shape.doubt or _IN_SOME_ACCOUNT)


def without_known_points(system: System, actor: Actor, shapes: Sequence[Shape]) -> Sequence[Shape]:
    """Without those for access points in no file, where the role's policies name others only."""
    if not any(each.doubt is IN_NO_FILE for each in shapes):
        return shapes
    known = point_names(system.inventory)
    return [
        each
        for each in shapes
        if each.doubt is not IN_NO_FILE or not names_known_points_only(actor.prepared, known, each.actions)
    ]


def _unbound(asker: Asker, store: Store, layers: Layers) -> Unknown | None:
    """Why the session policy proves nothing of this store; what it leaves open elsewhere does not matter here."""
    unbound = asker.unbound
    if unbound is None or store.service in ("*", "") or layers.session is None:
        return unbound.why if unbound is not None else None
    speaking = (
        policy.more is not None or (said := each.prefixes()) is None or not said.isdisjoint(store.prefixes)
        for policy in layers.session
        for each in policy.statements
        if unbound.statements is None or each.statement.index in unbound.statements
    )
    return unbound.why if any(speaking) else None


def _fix(  # noqa: PLR0913  # a question and what decides it
    system: System, actor: Actor, asker: Asker, store: Store, leak: Possible, bench: Bench, world: World, ground: Ground
) -> str:
    """What would repair it, proved; empty where nothing simple does."""

    def ask(changed: Actor) -> tuple[Possible | None, bool]:
        layers, policies = _layers(system, changed, asker, store, world, ground)
        holes = system.holes()
        whole = _again(system, store, world, ground, holes)
        complete = not isinstance(asker.policy, Unknown) and _unbound(asker, whole, layers) is None
        for shape in _shapes(system, changed, whole, layers):
            for outcome in bench.ask(shape, asker.session, layers, policies, holes):
                if isinstance(outcome, Possible) and outcome.doubt is None:
                    return outcome, False
                complete = complete and outcome is None
        wanted = [each for each in whole.shapes if not each.copies]
        own = not wanted or any(bench.reaches_own(each, asker.session, layers, holes) for each in wanted)
        return None, complete and own

    found = repaired(actor, asker, store, leak, ask)
    return found.text if found is not None else ""


def _again(system: System, store: Store, world: World, ground: Ground, holes: Holes) -> Store:
    """The same store with other holes: those of one question mean nothing in another."""
    for each in stores_of(store.entry, lambda _: True, system.tenancy, system.inventory, world, ground, holes):
        if each.target is store.target and each.name == store.name:
            names = {shape.name for shape in store.shapes}
            return replace(each, shapes=tuple(shape for shape in each.shapes if shape.name in names))
    return store


def _noted(system: System, proof: Proof, actor: Actor, ground: Ground) -> Proof:
    notes = list(proof.assumptions)
    if ground.used and actor.role.account is None and system.tenancy.account is None:
        notes.append(f"account and region of the stack are taken as {ground.account} and {ground.region}")
    return replace(proof, assumptions=tuple(dict.fromkeys(notes)))


def reached_as_another(system: System, theirs: Actor, tag: str, world: World) -> Proof | None:
    """What a session of the role reaches that has another tenant's id in the tag; None where that is nothing.

    Raises UndecidedError.
    """
    ground = system.ground(theirs.role)
    declared = Session("another tenant's", (), (tag,), True, {}, None, ())
    actor = replace(theirs, kind="session", declared=(declared,))
    session = session_of(actor.arn, actor.account, declared, actor.tags, tagged=True, confined=True)
    carried = {**session.keys, tag.lower(): Given(Pattern((Tenant.OWNER,)))}
    asker = Asker(replace(session, keys=carried), True, None, declared)
    found: Proof | None = None
    for entry in system.tenancy.owned:
        holes = system.holes()
        bench = system.bench(actor, asker, entry=entry)
        if bench is None:
            continue
        bench.start()
        for store in stores_of(entry, lambda _: True, system.tenancy, system.inventory, world, ground, holes):
            if (
                store.owner is not None
                or not store.shapes
                or (store.target and _is_shared(system, store.target, world))
            ):
                continue
            if _is_out_of_the_question(system, actor, store, world, ground):
                continue
            proof = _prove(system, actor, asker, store, bench, holes, world, ground, repair=False)
            if proof.verdict == "LEAK":
                return proof
            found = found or (proof if proof.verdict == "NOT_PROVEN" else None)
    return found


def find_leaky(system: System) -> tuple[tuple[Resource, Proof], ...]:
    """Roles that reach data of tenants without being one's session, each with the proof of it.

    Each is asked in worlds of its own: the choices of one template are none of another's. What holds in some worlds
    only is not proved.
    """
    theorem = Theorem(CROSS_TENANT, None, of="compute")
    leaky: list[tuple[Resource, Proof]] = []
    for role in system.inventory.of_type(ROLE):

        def ask(world: World, role: Resource = role) -> Proof | NotAsked | None:
            return world.narrowly(lambda: cannot_cross(system, role, theorem, world) if role.exists(world) else None)

        try:
            leaves = explore(ask)
        except TooManyWorldsError:
            most = explore_some(ask, World(wide="most"))
            if most.more is None and all(
                not isinstance(leaf.result, Proof) or leaf.result.verdict == "ISOLATED" for leaf in most.leaves
            ):
                continue
            why = Unknown("evaluation-limit", f"more than 64 worlds would have to be tried for {role.logical_id}")
            leaky.append((role, Proof(theorem.name, None, "NOT_PROVEN", unknown=why, sentence=why.detail)))
            continue
        found = [leaf.result for leaf in leaves if isinstance(leaf.result, Proof)]
        bad = [proof for proof in found if proof.verdict != "ISOLATED"]
        if not bad:
            continue
        first = worst(bad)
        if len(bad) < len(leaves):
            why = Unknown("parameter", f"what {role.logical_id} reaches rests on a choice of its template")
            first = replace(first, verdict="NOT_PROVEN", unknown=why, counterexample=None)
        leaky.append((role, first))
    return tuple(leaky)


def _concerns(kind: str, services: Sequence[str], theorem: Theorem) -> bool:
    """Whether an entry belongs to a theorem over one kind: ARNs and tagged resources count with their service."""
    over = theorem.over
    if kind in ("arn", "tagged"):
        return (over in (None, kind) or theorem.services is not None) and any(map(theorem.wants, services))
    return over in (None, kind) or (over == "s3-object" and kind == "s3-object-tag")


def _confines_tags(trust: Policy) -> bool:
    """Whether every statement of a trust policy that lets tags in names the tags that may be passed."""
    for statement in trust.document.statements:
        if statement.effect == "Deny":
            continue
        confined = any(
            condition.key.lower() == "aws:tagkeys"
            and condition.operator.quantifier == "all"
            and condition.operator.family == "string"
            and not condition.operator.negated
            and condition.values.more is None
            for condition in statement.conditions
        )
        names = [term for term in statement.action.terms.items if isinstance(term, str)]
        if not confined and (
            statement.action.negated or any("tagsession" in name.lower() or "*" in name for name in names)
        ):
            return False
    return trust.document.more is None
