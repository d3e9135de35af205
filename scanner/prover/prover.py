"""The isolation proof over an inventory: for each principal that acts for tenants, and each kind of their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scanner.iam.effective import PRINCIPALS, Attached, attached_policies, boundary_policy, trust_document
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.resource_policies import BESIDE, INLINE, resource_policy
from scanner.iam.terms import Term
from scanner.language.theorem import Theorem
from scanner.model.naming import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.text import Text
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World
from scanner.prover.access_grants import GRANT, grant_stays
from scanner.prover.alphabet import Alphabet
from scanner.prover.asking import Bench, Outcome, Possible, Undecided
from scanner.prover.escalation import cannot_escalate
from scanner.prover.fixing import repaired
from scanner.prover.grounding import STAND_IN_ACCOUNT, STAND_IN_REGION, Ground
from scanner.prover.ids import IdForm, IdLanguage, TooLarge
from scanner.prover.layers import Layers
from scanner.prover.layout import layout_unambiguous
from scanner.prover.mappings import mappings_under
from scanner.prover.minting import can_come_untagged, tag_not_caller_chosen
from scanner.prover.named import Caller
from scanner.prover.prepared import PreparedPolicy, prepare
from scanner.prover.principals import (
    TAG,
    Kind,
    Trust,
    declared_sessions,
    kind_of,
    session_of,
    tags_of,
    trust_of,
)
from scanner.prover.proof import NotAsked, Proof, worst
from scanner.prover.question import Holes, Session
from scanner.prover.recall import Recall
from scanner.prover.silo import Holdings, cannot_reach_each_other, holdings_of
from scanner.prover.stores import Store, service_of, stores_of
from scanner.prover.telling import Teller
from scanner.tenancy import ownership
from scanner.tenancy.owned import S3Objects
from scanner.tenancy.tenancy import Session as DeclaredSession
from scanner.tenancy.tenancy import Tenancy

ROLE = "AWS::IAM::Role"
SESSION_POLICY = "Tenantproof::IAM::SessionPolicy"
_WITH_POLICY = frozenset((*INLINE, *BESIDE))
_MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Actor:
    """A role as it acts: who takes it, what it carries, every policy over it. `arn` has no holes."""

    role: Resource
    arn: str
    account: str
    kind: Kind
    trust: Trust
    trust_policy: Policy
    declared: tuple[DeclaredSession, ...]
    tags: Mapping[str, str] | Unknown
    tenant: str | None
    attached: tuple[Attached, ...]
    identity: tuple[Policy, ...]
    boundary: Policy | None
    prepared: tuple[PreparedPolicy, ...]
    prepared_boundary: PreparedPolicy | None

    @property
    def name(self) -> str:
        return self.role.logical_id or self.arn

    @property
    def caller(self) -> Caller:
        return Caller(self.arn, self.account)


@dataclass(frozen=True, slots=True)
class Asker:
    """One kind of session of an actor, the session policy it is made with, and the tenant it is of where fixed."""

    session: Session
    tagged: bool
    policy: Policy | Unknown | None = None
    declared: DeclaredSession | None = None


@dataclass(slots=True)
class Prover:
    """Proves over one inventory under one tenancy."""

    tenancy: Tenancy
    inventory: Inventory
    _actors: Recall[Actor] = field(default_factory=Recall)
    _holdings: Recall[Holdings] = field(default_factory=Recall)
    _leaky: Recall[tuple[tuple[Resource, Proof], ...]] = field(default_factory=Recall)
    _names: dict[str, str] | None = None
    _principals: dict[str, Resource] | None = None
    _benches: dict[tuple[bool, str | None, frozenset[str]], Bench] = field(default_factory=dict)
    _documents: dict[int, tuple[object, Policy, PreparedPolicy]] = field(default_factory=dict)
    _prepared: dict[int, tuple[Policy, PreparedPolicy]] = field(default_factory=dict)

    def prove(self, theorem: Theorem, resource: Resource, world: World) -> Proof | NotAsked:
        """What can be said of the resource in this world. Raises Undecided."""
        match theorem.name:
            case "tag-not-caller-chosen":
                return tag_not_caller_chosen(self, resource, world)
            case "cannot-escalate":
                return cannot_escalate(self, resource, world)
            case "layout-unambiguous":
                return layout_unambiguous(self, resource, world)
            case _ if resource.type == GRANT:
                return grant_stays(self, resource, world)
            case _ if theorem.of == "silo":
                return cannot_reach_each_other(self, resource, world)
            case _:
                return self.cannot_cross(resource, theorem, world)

    def holdings(self, world: World) -> Holdings:
        """The resources that one tenant owns alone. Raises Undecided."""
        return self._holdings.get((), world, lambda here: holdings_of(self, here))

    def cannot_cross(self, role: Resource, theorem: Theorem, world: World) -> Proof | NotAsked:
        """Whether sessions of the role stay out of the data of every tenant but their own. Raises Undecided."""
        entries = [each for each in self.tenancy.owned if _concerns(each.kind, service_of(each), theorem)]
        if not entries:
            return NotAsked("the tenancy declares no such data")
        ground = self.ground(role)
        actor = self.actor(role, world, ground)
        refused = self._refused(actor, theorem.of, world)
        if refused is not None:
            return NotAsked(refused)
        askers = list(self.askers(actor, world, ground))
        proofs: list[Proof] = []
        for asker in askers:
            bench = self.bench(actor, asker)
            if bench is None:
                return NotAsked("there is one tenant only, so no other's data can be reached")
            bench.start()
            for entry in entries:
                holes = self.holes()
                for store in stores_of(entry, theorem.wants, self.tenancy, self.inventory, world, ground, holes):
                    wanted = store.asked(theorem.data)
                    if wanted.shapes:
                        proofs.append(self._prove(actor, asker, wanted, bench, holes, world, ground))
        if not proofs:
            return NotAsked("nothing of the declared data is of this kind")
        return self._noted(worst(proofs), actor, ground)

    def actor(self, role: Resource, world: World, ground: Ground) -> Actor:
        """The role with everything that decides over its requests. Raises Undecided."""
        return self._actors.get(role.address, world, lambda here: self._actor(role, here, ground))

    def _actor(self, role: Resource, world: World, ground: Ground) -> Actor:
        attached = tuple(attached_policies(role, self.inventory, world))
        pairs = [self.policy(each.name, each.document, ground) for each in attached]
        limit = boundary_policy(role, self.inventory, world)
        bounded = self.policy(limit.name, limit.document, ground) if limit is not None else None
        written, _ = self.policy("AssumeRolePolicyDocument", trust_document(role, world), ground)
        arn = ground(role.names(world).arn)
        account = ground.account
        text = arn if isinstance(arn, str) else f"arn:aws:iam::{account}:role/{role.logical_id}"
        declared = tuple(declared_sessions(role, self.tenancy, world))
        tags = tags_of(role, world)
        trust = trust_of(written.document, account)
        tenant = self._tenant(role, tags)
        return Actor(
            role,
            text,
            account,
            kind_of(trust, bool(declared), tenant),
            trust,
            written,
            declared,
            tags,
            tenant,
            attached,
            tuple(policy for policy, _ in pairs),
            bounded[0] if bounded else None,
            tuple(prepared for _, prepared in pairs),
            bounded[1] if bounded else None,
        )

    def ground(self, role: Resource) -> Ground:
        account = role.account or self.tenancy.account or STAND_IN_ACCOUNT
        ground = Ground(account, role.region or self.tenancy.region or STAND_IN_REGION)
        ground.named = self._named()
        return ground

    def _named(self) -> Mapping[str, str]:
        """A name for every principal, for those that deployment will name; logical ids where they tell them apart."""
        if self._names is None:
            self._names = {}
            taken: set[str] = set()
            for kind in PRINCIPALS:
                for number, each in enumerate(self.inventory.of_type(kind)):
                    name = each.logical_id or each.address
                    self._names[each.address] = name if name not in taken else f"{name}-{number}"
                    taken.add(name)
        return self._names

    def holes(self) -> Holes:
        return Holes(self._is_made)

    def _is_made(self, reference: Reference) -> bool:
        resource = self.inventory.at(reference.resource)
        return reference.attribute == "Ref" and resource is not None and resource.type.startswith("AWS::")

    def policy(self, name: str, document: object, ground: Ground) -> tuple[Policy, PreparedPolicy]:
        """Parsed once for each document, as most are asked about by several rules."""
        known = self._documents.get(id(document))
        if known is None or known[0] is not document or known[1].name != name:
            policy = Policy.of(name, ground(document))
            known = (document, policy, prepare(name, policy.document))
            if len(self._documents) > _MOST_REMEMBERED:
                self._documents.clear()
            self._documents[id(document)] = known
        return known[1], known[2]

    def _tenant(self, role: Resource, tags: Mapping[str, str] | Unknown) -> str | None:
        """The one tenant that a role belongs to, by its own tag or its stack's."""
        if role.tenant is not None and self.tenancy.tenant_ids.is_id(role.tenant):
            return role.tenant
        if isinstance(tags, Mapping):
            for key in self.tenancy.tags:
                value = tags.get(key)
                if value is not None and self.tenancy.tenant_ids.is_id(value):
                    return value
        return None

    def _refused(self, actor: Actor, of: str, world: World) -> str | None:
        """Why the theorem is not asked of this role."""
        if of == "sessions":
            if actor.kind in ("session", "silo"):
                return None
            return "the tenancy does not declare it to act for a tenant"
        if actor.kind in ("session", "silo"):
            return "it acts for one tenant at a time: other rules judge its sessions"
        if actor.kind == "none":
            return "no service and no principal of the application takes this role"
        for each in self.tenancy.trusted:
            if ownership.is_called(each.role, actor.role, world) is True:
                return f"tenancy.yaml trusts it: {each.because}"
        return None

    def askers(self, actor: Actor, world: World, ground: Ground) -> Iterator[Asker]:
        if actor.kind == "silo":
            yield Asker(
                session_of(actor.arn, actor.account, None, actor.tags, tagged=False, confined=True), tagged=False
            )
            return
        if not actor.declared:
            yield Asker(
                session_of(actor.arn, actor.account, None, actor.tags, tagged=False, confined=True), tagged=False
            )
            return
        for declared in actor.declared:
            policy = self._session_policy(declared.session_policy, ground) if declared.session_policy else None
            confined = _confines_tags(actor.trust_policy)
            tagged = session_of(actor.arn, actor.account, declared, actor.tags, tagged=True, confined=confined)
            yield Asker(tagged, True, policy, declared)
            bare = session_of(actor.arn, actor.account, declared, actor.tags, tagged=False, confined=confined)
            if not declared.tenant_keys:
                # The policy alone makes the session a tenant's: whoever else may take the role leaves it out.
                if actor.trust.accounts or actor.trust.anyone:
                    yield Asker(bare, False, None, declared)
            elif not declared.always or can_come_untagged(self, actor, declared, world, ground):
                yield Asker(bare, False, policy, declared)

    def declared(self, role: Resource, world: World) -> Iterator[DeclaredSession]:
        """The sessions that tenancy.yaml declares for a principal. Raises Undecided."""
        return declared_sessions(role, self.tenancy, world) if role.type == ROLE else iter(())

    def principal(self, value: Term, world: World, ground: Ground) -> Resource | None:
        """The principal of the files that a trust policy names."""
        if self._principals is None:
            self._principals = {}
            for kind in PRINCIPALS:
                for each in self.inventory.of_type(kind):
                    arn = self.ground(each)(each.names(world).arn)
                    if isinstance(arn, str):
                        self._principals[arn] = each
        text = ground(value)
        if isinstance(text, str):
            return self._principals.get(text)
        for part in value.parts if isinstance(value, Text) else (value,):
            if isinstance(part, Reference) and (found := self.inventory.at(part.resource)) is not None:
                return found if found.type in PRINCIPALS else None
        return None

    def assumers(self, world: World) -> Iterator[Resource]:
        """The principals of the files whose own policies may let them take roles. Raises Undecided."""
        for kind in (ROLE, "AWS::IAM::User"):
            for each in self.inventory.of_type(kind):
                if not each.exists(world):
                    continue
                ground = self.ground(each)
                for attached in attached_policies(each, self.inventory, world):
                    _, prepared = self.policy(attached.name, attached.document, ground)
                    if prepared.more is not None or any(
                        statement.statement.effect != "Deny" and statement.acts("sts:assumerole") is not False
                        for statement in prepared.statements
                    ):
                        yield each
                        break

    def leaky(self, world: World) -> Iterator[tuple[Resource, Proof]]:
        """Roles that reach data of tenants without being one's session, each with the proof of it. Raises Undecided."""
        yield from self._leaky.get((), world, self._find_leaky)

    def _find_leaky(self, world: World) -> tuple[tuple[Resource, Proof], ...]:
        theorem = Theorem("cannot-cross-tenant", None, of="compute")
        leaky: list[tuple[Resource, Proof]] = []
        for role in self.inventory.of_type(ROLE):
            if role.exists(world):
                found = self.cannot_cross(role, theorem, world)
                if isinstance(found, Proof) and found.verdict != "ISOLATED":
                    leaky.append((role, found))
        return tuple(leaky)

    def bucket_names(self, entry: S3Objects, world: World) -> Iterator[str | Text]:
        """What the buckets of an entry are called: as their resources say, else as tenancy.yaml does. Raises Undecided."""
        found = False
        for bucket in self.inventory.of_type("AWS::S3::Bucket"):
            if ownership.is_named_by(entry, bucket, world, self.tenancy.tenant_ids, self.inventory) is True:
                found = True
                name = bucket.names(world).name
                if isinstance(name, str | Text):
                    yield name
                elif isinstance(name, Unknown):
                    yield Text((name,))
        if not found:
            yield entry.bucket

    def _session_policy(self, name: str, ground: Ground) -> Policy | Unknown:
        """The policy that a broker passes, with its hole for the tenant's id."""
        for each in self.inventory.of_type(SESSION_POLICY):
            if each.logical_id == name:
                properties = each.fields.get("Properties")
                document = properties.get("PolicyDocument") if isinstance(properties, dict) else None
                return document if isinstance(document, Unknown) else self.policy(name, document, ground)[0]
        return Unknown("missing-file", f"the session policy `{name}` that tenancy.yaml names was not read")

    def bench_of(self, actor: Actor | None, declared: DeclaredSession | None) -> Bench | None:
        """The automata for the ids of one kind of session; None where there is one id only."""
        return self._bench_for(
            None,
            (),
            declared.tenant_keys if declared is not None else (f"{TAG}{tag}" for tag in self.tenancy.tags),
            actor,
        )

    def bench(self, actor: Actor, asker: Asker) -> Bench | None:
        """The automata for the ids; None where there is one id only."""
        constant = actor.tenant if actor.kind == "silo" else None
        keys = asker.declared.tenant_keys if asker.declared is not None else ()
        return self._bench_for(constant, (), keys, actor)

    def _bench_for(
        self, constant: str | None, more: Iterable[str], keys: Iterable[str], actor: Actor | None
    ) -> Bench | None:
        tagged = any(key.lower().startswith(("aws:principaltag/", "aws:requesttag/")) for key in keys)
        policies = (*actor.prepared, *((actor.prepared_boundary,) if actor.prepared_boundary else ())) if actor else ()
        extra = _beyond(more) | frozenset(character for policy in policies for character in _beyond_ascii(policy))
        name = (tagged, constant, extra)
        known = self._benches.get(name)
        if known is None:
            ids = self.tenancy.tenant_ids
            callers = IdForm(ids, tagged)
            owners = replace(callers, without=frozenset({constant})) if constant is not None else callers
            alphabet = Alphabet(extra | _beyond((*ids.examples, *ids.shared_values, constant or "")), owners.sets())
            try:
                language = IdLanguage(owners, alphabet, widened=True)
                exact = IdLanguage(owners, alphabet, widened=False)
            except TooLarge:
                language, exact = (
                    IdLanguage(replace(owners, ids=replace(ids, pattern=".+")), alphabet, widened=True),
                    None,
                )
            if not language.moves[0] or (constant is None and not _has_two(language)):
                return None
            examples = tuple(each for each in (*ids.examples, "acme", "globex") if owners.is_id(each))
            bench = Bench(
                language,
                exact if exact and len(exact.moves) > len(language.moves) else None,
                owners,
                callers,
                examples,
                constant,
            )
            known = self._benches[name] = bench
        return known

    def _layers(
        self, actor: Actor, asker: Asker, store: Store, world: World, ground: Ground
    ) -> tuple[Layers, PolicySet]:
        on_resource = self._on_resource(store, world, ground)
        needs = store.service == "kms"
        if needs and on_resource is None:
            on_resource = Unknown("missing-file", f"the key policy of `{store.name}` is not in the files scanned")
        session = (asker.policy,) if isinstance(asker.policy, Policy) else None
        prepared_session = (self.prepare(asker.policy),) if isinstance(asker.policy, Policy) else None
        same = store.account is None or store.account == actor.account
        policies = PolicySet(
            identity=actor.identity,
            boundary=(actor.boundary,) if actor.boundary is not None else None,
            session=session,
            resource=on_resource,
        )
        layers = Layers(
            actor.caller,
            actor.prepared,
            (actor.prepared_boundary,) if actor.prepared_boundary is not None else None,
            prepared_session,
            self.prepare(on_resource) if isinstance(on_resource, Policy) else on_resource,
            needs,
            same,
        )
        return layers, policies

    def _on_resource(self, store: Store, world: World, ground: Ground) -> Policy | Unknown | None:
        if store.target is None or store.target.type not in _WITH_POLICY:
            return None
        return resource_policy(store.target, self.inventory, world, ground)

    def prepare(self, policy: Policy) -> PreparedPolicy:
        known = self._prepared.get(id(policy))
        if known is None or known[0] is not policy:
            known = self._prepared[id(policy)] = (policy, prepare(policy.name, policy.document))
        return known[1]

    def _prove(  # noqa: PLR0913  # a question and what decides it
        self, actor: Actor, asker: Asker, store: Store, bench: Bench, holes: Holes, world: World, ground: Ground
    ) -> Proof:
        layers, policies = self._layers(actor, asker, store, world, ground)
        teller = Teller(actor, asker, store, self.tenancy, layers)
        bench.explained = []
        outcomes: list[tuple[Outcome, Bench]] = []
        for shape in store.shapes:
            for outcome in bench.ask(shape, asker.session, layers, policies, holes):
                outcomes.append((outcome, bench))
                if isinstance(outcome, Possible) and outcome.doubt is None and store.doubt is None:
                    explained = tuple(bench.explained)
                    if actor.kind == "compute":
                        teller = replace(teller, mappings=tuple(mappings_under(actor.role, self.inventory, world)))
                    fix = self._fix(actor, asker, store, outcome, bench, world, ground)
                    return replace(teller.leak(outcome), fix=fix, explanation=explained)
        if isinstance(asker.policy, Unknown):
            return teller.not_proven(asker.policy, None)
        possible = [each for each, _ in outcomes if isinstance(each, Possible)]
        if possible:
            doubt = possible[0].doubt or store.doubt
            assert doubt is not None  # noqa: S101  # otherwise it is a leak, above
            return teller.not_proven(doubt, possible[0])
        stuck = next((each for each, _ in outcomes if isinstance(each, Undecided)), None)
        if stuck is not None:
            return teller.not_proven(layers.unread() or stuck.why, None)
        vacuous = not any(bench.reaches_own(shape, asker.session, layers, holes) for shape in store.shapes)
        return replace(teller.isolated(vacuous), explanation=tuple(bench.explained))

    def _fix(  # noqa: PLR0913  # a question and what decides it
        self, actor: Actor, asker: Asker, store: Store, leak: Possible, bench: Bench, world: World, ground: Ground
    ) -> str:
        """What would repair it, proved; empty where nothing simple does."""

        def ask(changed: Actor) -> tuple[Possible | None, bool]:
            layers, policies = self._layers(changed, asker, store, world, ground)
            holes = self.holes()
            whole = self._again(store, world, ground, holes)
            complete = True
            for shape in whole.shapes:
                for outcome in bench.ask(shape, asker.session, layers, policies, holes):
                    if isinstance(outcome, Possible) and outcome.doubt is None:
                        return outcome, False
                    complete = complete and outcome is None
            wanted = [each for each in whole.shapes if not each.copies]
            own = not wanted or any(bench.reaches_own(each, asker.session, layers, holes) for each in wanted)
            return None, complete and own

        found = repaired(actor, asker, store, leak, ask)
        return found.text if found is not None else ""

    def _again(self, store: Store, world: World, ground: Ground, holes: Holes) -> Store:
        """The same store with other holes: those of one question mean nothing in another."""
        for each in stores_of(store.entry, lambda _: True, self.tenancy, self.inventory, world, ground, holes):
            if each.target is store.target and each.name == store.name:
                names = {shape.name for shape in store.shapes}
                return replace(each, shapes=tuple(shape for shape in each.shapes if shape.name in names))
        return store

    def _noted(self, proof: Proof, actor: Actor, ground: Ground) -> Proof:
        notes = list(proof.assumptions)
        if ground.used and actor.role.account is None and self.tenancy.account is None:
            notes.append(f"account and region of the stack are taken as {ground.account} and {ground.region}")
        return replace(proof, assumptions=tuple(dict.fromkeys(notes)))


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


def _has_two(language: IdLanguage) -> bool:
    return len(set(language.words())) > 1 or any(len(moves) > 1 for moves in language.moves)


def _beyond(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(character for text in texts if not text.isascii() for character in text if ord(character) > 127)  # noqa: PLR2004  # ASCII's last


def _beyond_ascii(policy: PreparedPolicy) -> frozenset[str]:
    found: set[str] = set()
    for statement in policy.statements:
        for read in (
            *statement.resources,
            *(each for condition in statement.conditions for each in condition.templates),
        ):
            for token in read.tokens:
                if isinstance(token, str) and not token.isascii():
                    found |= _beyond((token,))
    return frozenset(found)


def same_role(value: object, role: Resource, world: World) -> bool:
    return names_resource(value, role, world) is True
