"""The isolation proof over an inventory: for each principal that acts for tenants, and each kind of their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scanner.iam.effective import Attached, attached_policies, boundary_policy, trust_document
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.resource_policies import BESIDE, INLINE, resource_policy
from scanner.model.naming import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World
from scanner.prover.alphabet import Alphabet
from scanner.prover.asking import Bench, Outcome, Possible, Undecided
from scanner.prover.grounding import STAND_IN_ACCOUNT, STAND_IN_REGION, Ground
from scanner.prover.ids import IdForm, IdLanguage, TooLarge
from scanner.prover.layers import Layers
from scanner.prover.named import Caller
from scanner.prover.prepared import PreparedPolicy, prepare
from scanner.prover.principals import (
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
from scanner.prover.stores import Store, service_of, stores_of
from scanner.prover.telling import Teller
from scanner.tenancy import ownership
from scanner.tenancy.tenancy import Session as DeclaredSession
from scanner.tenancy.tenancy import Tenancy

ROLE = "AWS::IAM::Role"
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
    """Proves over one inventory under one tenancy. `session_policies` are the documents of declared session policies."""

    tenancy: Tenancy
    inventory: Inventory
    session_policies: Mapping[str, Policy | Unknown] = field(default_factory=dict)
    _benches: dict[tuple[bool, str | None, frozenset[str]], Bench] = field(default_factory=dict)
    _documents: dict[int, tuple[object, Policy, PreparedPolicy]] = field(default_factory=dict)
    _prepared: dict[int, tuple[Policy, PreparedPolicy]] = field(default_factory=dict)

    def cannot_cross(
        self, role: Resource, over: str | None, services: frozenset[str] | None, of: str, world: World
    ) -> Proof | NotAsked:
        """Whether sessions of the role stay out of the data of every tenant but their own. Raises Undecided."""
        entries = [each for each in self.tenancy.owned if _concerns(each.kind, service_of(each), over, services)]
        if not entries:
            return NotAsked("the tenancy declares no such data")
        ground = self._ground(role)
        actor = self.actor(role, world, ground)
        refused = self._refused(actor, of, world)
        if refused is not None:
            return NotAsked(refused)
        askers = list(self._askers(actor, world))
        proofs: list[Proof] = []
        for asker in askers:
            bench = self._bench(actor, asker)
            if bench is None:
                return NotAsked("there is one tenant only, so no other's data can be reached")
            bench.start()
            for entry in entries:
                holes = self._holes()
                for store in stores_of(entry, services, self.tenancy, self.inventory, world, ground, holes):
                    proofs.append(self._prove(actor, asker, store, bench, holes, world, ground))
        if not proofs:
            return NotAsked("nothing of the declared data is of this kind")
        return self._noted(worst(proofs), actor, ground)

    def actor(self, role: Resource, world: World, ground: Ground) -> Actor:
        """The role with everything that decides over its requests. Raises Undecided."""
        attached = tuple(attached_policies(role, self.inventory, world))
        pairs = [self._policy(each.name, each.document, ground) for each in attached]
        limit = boundary_policy(role, self.inventory, world)
        bounded = self._policy(limit.name, limit.document, ground) if limit is not None else None
        written, _ = self._policy("AssumeRolePolicyDocument", trust_document(role, world), ground)
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

    def _ground(self, role: Resource) -> Ground:
        account = role.account or self.tenancy.account or STAND_IN_ACCOUNT
        ground = Ground(account, role.region or self.tenancy.region or STAND_IN_REGION)
        if role.logical_id:
            ground.named = {role.address: f"{role.logical_id}"}
        return ground

    def _holes(self) -> Holes:
        return Holes(self._is_made)

    def _is_made(self, reference: Reference) -> bool:
        resource = self.inventory.at(reference.resource)
        return reference.attribute == "Ref" and resource is not None and resource.type.startswith("AWS::")

    def _policy(self, name: str, document: object, ground: Ground) -> tuple[Policy, PreparedPolicy]:
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

    def _askers(self, actor: Actor, world: World) -> Iterator[Asker]:
        if actor.kind == "silo":
            yield Asker(session_of(actor.arn, actor.account, None, actor.tags, tagged=False, confined=True), tagged=False)
            return
        if not actor.declared:
            yield Asker(session_of(actor.arn, actor.account, None, actor.tags, tagged=False, confined=True), tagged=False)
            return
        for declared in actor.declared:
            policy = self.session_policies.get(declared.session_policy) if declared.session_policy else None
            confined = _confines_tags(actor.trust_policy)
            tagged = session_of(actor.arn, actor.account, declared, actor.tags, tagged=True, confined=confined)
            yield Asker(tagged, True, policy, declared)
            if not declared.always or self._others_assume(actor, declared, world):
                bare = session_of(actor.arn, actor.account, declared, actor.tags, tagged=False, confined=confined)
                yield Asker(bare, False, None, declared)

    def _others_assume(self, actor: Actor, declared: DeclaredSession, world: World) -> bool:
        """Whether somebody besides the binders may take the role, and so leave the tag out."""
        return bool(actor.trust.services)

    def _bench(self, actor: Actor, asker: Asker) -> Bench | None:
        """The automata for the ids; None where there is one id only."""
        constant = actor.tenant if actor.kind == "silo" else None
        keys = asker.declared.tenant_keys if asker.declared is not None else ()
        tagged = any(key.lower().startswith(("aws:principaltag/", "aws:requesttag/")) for key in keys)
        extra = frozenset(
            character
            for policy in (*actor.prepared, *((actor.prepared_boundary,) if actor.prepared_boundary else ()))
            for character in _beyond_ascii(policy)
        )
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
                language, exact = IdLanguage(replace(owners, ids=replace(ids, pattern=".+")), alphabet, widened=True), None
            if not language.moves[0] or (constant is None and not _has_two(language)):
                return None
            examples = tuple(each for each in (*ids.examples, "acme", "globex") if owners.is_id(each))
            bench = Bench(language, exact if exact and len(exact.moves) > len(language.moves) else None, owners, callers, examples, constant)
            known = self._benches[name] = bench
        return known

    def _layers(self, actor: Actor, asker: Asker, store: Store, world: World, ground: Ground) -> tuple[Layers, PolicySet]:
        on_resource = self._on_resource(store, world, ground)
        needs = store.service == "kms"
        if needs and on_resource is None:
            on_resource = Unknown("missing-file", f"the key policy of `{store.name}` is not in the files scanned")
        session = (asker.policy,) if isinstance(asker.policy, Policy) else None
        prepared_session = (self._prepare(asker.policy),) if isinstance(asker.policy, Policy) else None
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
            self._prepare(on_resource) if isinstance(on_resource, Policy) else on_resource,
            needs,
            same,
        )
        return layers, policies

    def _on_resource(self, store: Store, world: World, ground: Ground) -> Policy | Unknown | None:
        if store.target is None or store.target.type not in _WITH_POLICY:
            return None
        return resource_policy(store.target, self.inventory, world, ground)

    def _prepare(self, policy: Policy) -> PreparedPolicy:
        known = self._prepared.get(id(policy))
        if known is None or known[0] is not policy:
            known = self._prepared[id(policy)] = (policy, prepare(policy.name, policy.document))
        return known[1]

    def _prove(  # noqa: PLR0913  # a question and what decides it
        self, actor: Actor, asker: Asker, store: Store, bench: Bench, holes: Holes, world: World, ground: Ground
    ) -> Proof:
        layers, policies = self._layers(actor, asker, store, world, ground)
        teller = Teller(actor, asker, store, self.tenancy, layers)
        outcomes: list[tuple[Outcome, Bench]] = []
        for shape in store.shapes:
            for outcome in bench.ask(shape, asker.session, layers, policies, holes):
                outcomes.append((outcome, bench))
                if isinstance(outcome, Possible) and outcome.doubt is None and store.doubt is None:
                    return teller.leak(outcome)
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
        return teller.isolated(vacuous)

    def _noted(self, proof: Proof, actor: Actor, ground: Ground) -> Proof:
        notes = list(proof.assumptions)
        if ground.used and actor.role.account is None and self.tenancy.account is None:
            notes.append(f"account and region of the stack are taken as {ground.account} and {ground.region}")
        return replace(proof, assumptions=tuple(dict.fromkeys(notes)))


def _concerns(kind: str, services: Sequence[str], over: str | None, wanted: frozenset[str] | None) -> bool:
    """Whether an entry belongs to a theorem over one kind: entries of several services count with their service."""
    if over is None or over == kind or (over == "s3-object" and kind == "s3-object-tag"):
        return wanted is None or bool(wanted.intersection(services)) or kind not in ("arn", "tagged")
    return kind in ("arn", "tagged") and wanted is not None and bool(wanted.intersection(services))


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
        if not confined and (statement.action.negated or any("tagsession" in name.lower() or "*" in name for name in names)):
            return False
    return trust.document.more is None


def _has_two(language: IdLanguage) -> bool:
    return len(set(language.words())) > 1 or any(len(moves) > 1 for moves in language.moves)


def _beyond(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(character for text in texts if not text.isascii() for character in text if ord(character) > 127)  # noqa: PLR2004  # ASCII's last


def _beyond_ascii(policy: PreparedPolicy) -> frozenset[str]:
    found: set[str] = set()
    for statement in policy.statements:
        for read in (*statement.resources, *(each for condition in statement.conditions for each in condition.templates)):
            for token in read.tokens:
                if isinstance(token, str) and not token.isascii():
                    found |= _beyond((token,))
    return frozenset(found)


def same_role(value: object, role: Resource, world: World) -> bool:
    return names_resource(value, role, world) is True
