"""The principals, policies and automata that all theorems of one scan share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable, record, replace
from scanner.iam.account_policies import BY_SERVICE, account_policies
from scanner.iam.effective_policies import PRINCIPALS, Attached, attached_policies, boundary_policy, trust_document
from scanner.iam.organization import ORGANIZATION, SCP, limits_over
from scanner.iam.organization import POLICY as ORGANIZATION_POLICY
from scanner.iam.organization import Kind as OrganizationPolicy
from scanner.iam.policies import Policy
from scanner.iam.policy_bounds import bounded
from scanner.iam.resource_policies import merged, resource_policy
from scanner.iam.terms import Term
from scanner.model.deferred import OpenMap, settle
from scanner.model.partial_text import Text
from scanner.model.policy_holes import holds_hole, unfilled
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import TooManyWorldsError, World, explore
from scanner.prover.solver.alphabet import Alphabet
from scanner.prover.solver.bench import Bench
from scanner.prover.solver.id_automaton import IdForm, IdLanguage, TooLargeError
from scanner.prover.solver.memo import Recall
from scanner.prover.solver.prepared_policy import PreparedPolicy, prepare
from scanner.prover.solver.principal_match import Caller
from scanner.prover.solver.question import Holes, Session
from scanner.prover.solver.replay import Replay
from scanner.prover.system.owned_resources import has_id_in_a_name
from scanner.prover.system.principals import (
    TAG,
    Kind,
    Trust,
    arn_text,
    declared_sessions,
    kind_of,
    of_stack,
    session_doubt,
    session_of_stack,
    tags_of,
    tenant_unknown,
    trust_of,
)
from scanner.prover.system.proof import NotAsked, Proof
from scanner.prover.system.references import References
from scanner.prover.system.standins import STAND_IN_ACCOUNT, STAND_IN_REGION, Ground
from scanner.tenancy import ownership
from scanner.tenancy.identifiers import ANY_NAME, ANY_TAG_VALUE, TenantIds
from scanner.tenancy.owned import Owned, OwnedArn, S3Objects
from scanner.tenancy.tenancy import Session as DeclaredSession
from scanner.tenancy.tenancy import Tenancy
from scanner.tenancy.tenant_principals import stack_parameter, tenants_of

ROLE = "AWS::IAM::Role"
_SERVICE_LINKED = ":role/aws-service-role/"
SESSION_POLICY = "Tenantproof::IAM::SessionPolicy"
_MOST_REMEMBERED = 50_000
_MOST_EXAMPLES = 12


@record
class Guards:
    """The policies of an organisation over one account, level by level, for both judges."""

    policies: tuple[tuple[Policy, ...], ...] = ()
    prepared: tuple[tuple[PreparedPolicy, ...], ...] = ()


_NO_GUARDS = Guards()


@record
class Actor:
    """A role as it acts: who takes it, what it carries, every policy over it.

    `allowing` are the prefixes of actions that a statement may allow, None where it may be any.

    `arn` has no holes; `named` is what policies may call it, with holes where its name rests on a choice. `doubt` says
    why it is not known whether it is declared to act for a tenant.
    """

    role: Resource
    arn: str
    named: Term
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
    ground: Ground
    doubt: Unknown | None = None
    scps: Guards = _NO_GUARDS
    allowing: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The logical id, or the ARN where it has none."""
        return self.role.logical_id or self.arn

    def speaks_of(self, service: str) -> bool:
        """Whether a statement may allow an action of a service."""
        return self.allowing is None or service in self.allowing

    def unclear(self, theorem: str) -> Proof | None:
        """The answer where nobody can say whether the role acts for a tenant."""
        why = self.unclear_why
        return Proof(theorem, None, "NOT_PROVEN", unknown=why, sentence=why.detail) if why is not None else None

    @property
    def unclear_why(self) -> Unknown | None:
        """Why it is not known whether the role acts for a tenant, as what a proof waits for; None where it is known."""
        if self.doubt is None:
            return None
        return self.doubt.leaving_open(f"whether {self.name} acts for a tenant")

    @property
    def caller(self) -> Caller:
        """How policies may name it, and its account."""
        return Caller(self.named, self.account)


@record
class Unbound:
    """Why a session policy proves nothing: a hole that nobody fills in some `statements`, or none for the tenant."""

    why: Unknown
    statements: tuple[int, ...] | None = None


@record
class Asker:
    """One kind of session of an actor, the session policy it is made with, and the tenant it is of where fixed.

    `doubt` says why there may be no such session, `unbound` why the policy may not be what binds it to the tenant.
    """

    session: Session
    tagged: bool
    policy: Policy | Unknown | None = None
    declared: DeclaredSession | None = None
    doubt: Unknown | None = None
    unbound: Unbound | None = None


@record
class _Parsed:
    """`ground` is what was met when the document was read for one account and region."""

    written: object
    policy: Policy
    prepared: PreparedPolicy
    ground: Ground


@mutable
class System:
    """One inventory under one tenancy. `replay` is the concrete judge of counterexamples."""

    tenancy: Tenancy
    inventory: Inventory
    replay: Replay
    _actors: Recall[Actor] = field(default_factory=Recall)
    _guards: Recall[Guards] = field(default_factory=Recall)
    _resource_policies: Recall[tuple[Policy | Unknown | None, Ground]] = field(default_factory=Recall)
    crossed: Recall[Proof | NotAsked] = field(default_factory=Recall)
    _names: dict[str, str] | None = None
    _ids: tuple[str, ...] | None = None
    _accounts: frozenset[str] | None = None
    _principals: dict[str, list[tuple[Resource, tuple[str, ...] | None]]] | None = None
    _benches: dict[tuple[bool, str | None, str | None, frozenset[str], str], Bench] = field(default_factory=dict)
    _documents: dict[tuple[int, str, str], _Parsed] = field(default_factory=dict)
    _prepared: dict[int, tuple[Policy, PreparedPolicy]] = field(default_factory=dict)
    _references: References = field(init=False)

    def __post_init__(self) -> None:
        self._references = References(self.inventory)

    def actor(self, role: Resource, world: World, ground: Ground) -> Actor:
        """The role with everything that decides over its requests. Raises UndecidedError."""
        key = (role.address, ground.account, ground.region)
        own = ground.fresh()
        actor = self._actors.get(key, world, lambda here: self._actor(role, here, own))
        ground.met(actor.ground)
        return actor

    def _actor(self, role: Resource, world: World, ground: Ground) -> Actor:
        attached = tuple(attached_policies(role, self.inventory, world, bounded))
        pairs = [self.policy(each.name, each.document, ground) for each in attached]
        limit = boundary_policy(role, self.inventory, world, bounded)
        limited = self.policy(limit.name, limit.document, ground) if limit is not None else None
        written, _ = self.policy("AssumeRolePolicyDocument", trust_document(role, world), ground)
        arn = ground(role.names(world).arn)
        account = ground.account
        text = arn_text(role, arn, account)
        declared = tuple(declared_sessions(role, self.tenancy, world))
        tags = tags_of(role, world)
        trust = trust_of(written.document, account)
        tenant, unclear = (None, None) if declared else self._tenant(role, tags, world)
        symbol = stack_parameter(role, self.tenancy, world) if not declared and tenant is None else None
        if symbol is not None and _tagged_alike(role, self.tenancy.tags, symbol, world):
            # One role a stack, each its stack's tenant's: what holds for every value of the parameter is asked at once.
            declared, unclear = (session_of_stack(symbol),), None
            pairs = [self.policy(each.name, of_stack(each.document, symbol), ground) for each in attached]
            if limit is not None:
                limited = self.policy(limit.name, of_stack(limit.document, symbol), ground)
        return Actor(
            role,
            text,
            arn if isinstance(arn, str | Text) else text,
            account,
            kind_of(trust, bool(declared), tenant),
            trust,
            written,
            declared,
            tags,
            tenant,
            attached,
            tuple(policy for policy, _ in pairs),
            limited[0] if limited else None,
            tuple(prepared for _, prepared in pairs),
            limited[1] if limited else None,
            ground,
            None if declared else session_doubt(role, self.tenancy, world) or unclear,
            self.scps_of(text, account, world, role.address),
            _prefixes(prepared for _, prepared in pairs),
        )

    def scps_of(self, arn: str, account: str, world: World, beside: str) -> Guards:
        """What limits a principal. A service-linked role is not bound. Raises UndecidedError."""
        return _NO_GUARDS if _SERVICE_LINKED in arn else self.guards(account, SCP, world, beside)

    def guards(self, account: str, kind: OrganizationPolicy, world: World, beside: str) -> Guards:
        """The policies of an organisation over what is at the address `beside`. Raises UndecidedError."""
        if not self.inventory.of_type(ORGANIZATION_POLICY) and not self.inventory.of_type(ORGANIZATION):
            return _NO_GUARDS
        file = beside.partition("#")[0]
        return self._guards.get((account, kind, file), world, lambda here: self._guards_of(account, kind, here, beside))

    def _guards_of(self, account: str, kind: OrganizationPolicy, world: World, beside: str) -> Guards:
        ground = Ground(account, STAND_IN_REGION, self._named(), arns=self._references.arn)
        levels = [
            [self.policy(each.name, each.document, ground) for each in level]
            for level in limits_over(account, kind, self.inventory, world, beside)
        ]
        return Guards(
            tuple(tuple(policy for policy, _ in level) for level in levels),
            tuple(tuple(prepared for _, prepared in level) for level in levels),
        )

    def resource_policy(self, target: Resource, world: World, ground: Ground) -> Policy | Unknown | None:
        """The policy on a resource, of a role its trust policy, worked out once for all. Raises UndecidedError."""

        def build(here: World) -> tuple[Policy | Unknown | None, Ground]:
            own = ground.fresh()
            if target.type == ROLE:
                return self.policy("AssumeRolePolicyDocument", trust_document(target, here), own)[0], own
            return resource_policy(target, self.inventory, here, own), own

        found, met = self._resource_policies.get((target.address, ground.account, ground.region), world, build)
        ground.met(met)
        return found

    def account_policy(
        self, service: str, account: str | None, world: World, ground: Ground
    ) -> Policy | Unknown | None:
        """What is on all that an account has of a service's resources, in no file or in one. Raises UndecidedError."""
        kind = BY_SERVICE.get(service)
        if kind is None:
            return None

        def build(here: World) -> tuple[Policy | Unknown | None, Ground]:
            own = ground.fresh()
            where = (account or self.tenancy.account, self.tenancy.region)
            found = list(account_policies(kind, *where, self.inventory, here, own))
            if not found:
                return None, own
            whole = merged([document for _, document in found])
            name = " + ".join(name for name, _ in found)
            return whole if isinstance(whole, Unknown) else Policy.of(name, whole), own

        found, met = self._resource_policies.get((service, account or "", ground.account, ground.region), world, build)
        ground.met(met)
        return found

    def is_read(self, account: str | None) -> bool:
        """Whether anything that was read is of the account."""
        if self._accounts is None:
            self._accounts = frozenset(each.account for each in self.inventory.resources if each.account is not None)
        return account in self._accounts

    def together(self, one: Resource, other: Resource) -> bool:
        """Whether two resources are taken for parts of one system.

        A declared tenancy speaks of all that is scanned. An inferred one accuses only within a folder and those below
        it, or within one account: templates that merely lie in one repository need not meet anywhere.
        """
        if self.tenancy.source != "inferred" or one.folder == other.folder:
            return True
        if one.account is not None and other.account is not None:
            return one.account == other.account
        return one.folder.startswith(f"{other.folder}/") or other.folder.startswith(f"{one.folder}/")

    def ground(self, role: Resource) -> Ground:
        """Names, account and region for what only deployment decides about the role; stand-ins where nothing tells
        them."""
        account = role.account or self.tenancy.account or STAND_IN_ACCOUNT
        ground = Ground(account, role.region or self.tenancy.region or STAND_IN_REGION)
        ground.named = self._named()
        ground.arns = self._references.arn
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
        """A fresh set, for one question: characters of one mean nothing in another."""
        return Holes(self._references.is_made, self._references.could_be)

    def policy(self, name: str, document: object, ground: Ground) -> tuple[Policy, PreparedPolicy]:
        """Parsed once for each document, as most are asked about by several rules."""
        key = (id(document), ground.account, ground.region)
        known = self._documents.get(key)
        if known is None or known.written is not document or known.policy.name != name:
            own = ground.fresh()
            policy = Policy.of(name, own(document))
            known = _Parsed(document, policy, prepare(name, policy.document), own)
            if len(self._documents) > _MOST_REMEMBERED:
                self._documents.clear()
            self._documents[key] = known
        ground.met(known.ground)
        return known.policy, known.prepared

    def _tenant(
        self, role: Resource, tags: Mapping[str, str] | Unknown, world: World
    ) -> tuple[str | None, Unknown | None]:
        """The one tenant that a role belongs to: by its own tag, its stack's, or as tenancy.yaml says; and why not.

        Raises UndecidedError.
        """
        ids = self.tenancy.tenant_ids
        tagged = role.tenant if role.tenant is not None and ids.is_id(role.tenant) else None
        if tagged is None and isinstance(tags, Mapping):
            values = (tags.get(key) for key in self.tenancy.tags)
            tagged = next((value for value in values if value is not None and ids.is_id(value)), None)
        told, doubt = tenants_of(role, self.tenancy, world)
        everybody = told | ({tagged} if tagged is not None else set())
        if len(everybody) > 1:
            names = " and ".join(f"`{each}`" for each in sorted(everybody))
            return None, Unknown("undeclared", f"its tag and its names in tenancy.yaml give it to {names}")
        unread = tenant_unknown(role, self.tenancy.tags, world) if tagged is None else None
        if everybody and unread is None:
            return next(iter(everybody)), None
        return None, unread or doubt

    def declared(self, role: Resource, world: World) -> Iterator[DeclaredSession]:
        """The sessions that tenancy.yaml declares for a principal. Raises UndecidedError."""
        return declared_sessions(role, self.tenancy, world) if role.type == ROLE else iter(())

    def principal(self, value: Term, world: World, ground: Ground) -> Resource | None:
        """The principal of the files that a trust policy names."""
        text = ground(value)
        if isinstance(text, str):
            return self._called(text, world)
        for part in value.parts if isinstance(value, Text) else (value,):
            if isinstance(part, Reference) and (found := self.inventory.at(part.resource)) is not None:
                return found if found.type in PRINCIPALS else None
        return None

    def _called(self, arn: str, world: World) -> Resource | None:
        """The principal of the ARN in this world. What others are called is asked in worlds of their own."""
        if self._principals is None:
            self._principals = {}
            for kind in PRINCIPALS:
                for each in self.inventory.of_type(kind):
                    for name, notes in self._names_of(each):
                        self._principals.setdefault(name, []).append((each, notes))
        for each, notes in self._principals.get(arn, ()):
            if notes is not None:
                for note in notes:
                    world.assume(note)
                return each
            if self.ground(each)(each.names(world).arn) == arn:
                return each
        return None

    def _names_of(self, principal: Resource) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """Every ARN that it may have, with what that rests on; None where a choice of its template decides it."""
        try:
            leaves = explore(lambda world: self.ground(principal)(principal.names(world).arn))
        except TooManyWorldsError:
            return
        for leaf in leaves:
            if isinstance(leaf.result, str):
                yield leaf.result, tuple(leaf.world.assumptions) if len(leaves) == 1 else None

    def assumers(self, world: World) -> Iterator[Resource]:
        """The principals of the files whose own policies may let them take roles. Raises UndecidedError."""
        for kind in (ROLE, "AWS::IAM::User"):
            for each in self.inventory.of_type(kind):
                if not each.exists(world):
                    continue
                ground = self.ground(each)
                for attached in attached_policies(each, self.inventory, world, bounded):
                    _, prepared = self.policy(attached.name, attached.document, ground)
                    if prepared.more is not None or any(
                        statement.statement.effect != "Deny" and statement.acts("sts:assumerole") is not False
                        for statement in prepared.statements
                    ):
                        yield each
                        break

    def bucket_names(self, entry: S3Objects, world: World) -> Iterator[str | Text]:
        """What the buckets of an entry are called: as their resources, or tenancy.yaml, say. Raises UndecidedError."""
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

    def session_policy(self, name: str, ground: Ground) -> Policy | Unknown:
        """The policy that a broker passes, with its hole for the tenant's id."""
        document = self._session_document(name)
        return document if isinstance(document, Unknown) else self.policy(name, document, ground)[0]

    def unbound(self, declared: DeclaredSession) -> Unbound | None:
        """Why a declared session may be made with another policy than its file seems to say."""
        name = declared.session_policy
        document = self._session_document(name) if name is not None else None
        if name is None or isinstance(document, Unknown):
            return None
        statements = document.get("Statement") if isinstance(document, dict) else None
        listed = statements if isinstance(statements, list) else [statements]
        open_ones = [(number, why) for number, each in enumerate(listed) if (why := unfilled(each, name)) is not None]
        if open_ones:
            return Unbound(open_ones[0][1], tuple(number for number, _ in open_ones))
        if (why := unfilled(document, name)) is not None:
            return Unbound(why)
        if declared.tenant_keys or holds_hole(document):
            return None
        return Unbound(Unknown("runtime-policy", f"`{name}` has no hole for the tenant, so it binds sessions to none"))

    def _session_document(self, name: str) -> object:
        for each in self.inventory.of_type(SESSION_POLICY):
            if each.logical_id == name:
                properties = each.fields.get("Properties")
                return properties.get("PolicyDocument") if isinstance(properties, dict) else None
        return Unknown("missing-file", f"the session policy `{name}` that tenancy.yaml names was not read")

    def bench_of(self, actor: Actor | None, declared: DeclaredSession | None) -> Bench | None:
        """The automata for the ids of one kind of session; None where there is one id only."""
        return self._bench_for(
            None,
            (),
            declared.tenant_keys if declared is not None else (f"{TAG}{tag}" for tag in self.tenancy.tags),
            actor,
        )

    def bench(self, actor: Actor, asker: Asker, owner: str | None = None, entry: Owned | None = None) -> Bench | None:
        """The automata for the ids, without that of the `owner` where the data is one's; None without a choice.

        Where nobody said what ids look like, the tenants that an `entry` speaks of are those that can own such a thing.
        """
        constant = actor.tenant if actor.kind == "silo" else None
        keys = asker.declared.tenant_keys if asker.declared is not None else ()
        return self._bench_for(constant, (), keys, actor, owner, self._ids_of(entry))

    def _ids_of(self, entry: Owned | None) -> TenantIds:
        ids = self.tenancy.tenant_ids
        if ids.pattern != ANY_TAG_VALUE or not isinstance(entry, OwnedArn) or not has_id_in_a_name(entry.arn):
            return ids
        return replace(ids, pattern=ANY_NAME)

    def _bench_for(
        self,
        constant: str | None,
        more: Iterable[str],
        keys: Iterable[str],
        actor: Actor | None,
        owner: str | None = None,
        form: TenantIds | None = None,
    ) -> Bench | None:
        tagged = any(key.lower().startswith(("aws:principaltag/", "aws:requesttag/")) for key in keys)
        policies = (*actor.prepared, *((actor.prepared_boundary,) if actor.prepared_boundary else ())) if actor else ()
        extra = _beyond(more) | frozenset(character for policy in policies for character in _beyond_ascii(policy))
        ids = form or self.tenancy.tenant_ids
        name = (tagged, constant, owner, extra, ids.pattern)
        known = self._benches.get(name)
        if known is None:
            callers = IdForm(ids, tagged, frozenset({owner}) if owner is not None else frozenset())
            owners = replace(callers, without=callers.without | {constant}) if constant is not None else callers
            alphabet = Alphabet(extra | _beyond((*ids.examples, *ids.shared_values, constant or "")), owners.sets())
            try:
                language = IdLanguage(owners, alphabet, widened=True)
                exact = IdLanguage(owners, alphabet, widened=False)
            except TooLargeError:
                language, exact = (
                    IdLanguage(replace(owners, ids=replace(ids, pattern=".+")), alphabet, widened=True),
                    None,
                )
            if not language.moves[0] or (constant is None and owner is None and not _has_two(language)):
                return None
            near = sorted(self._tenants(), key=lambda each: (constant is None or not each.startswith(constant), each))
            known_ids = (*ids.examples, *near[:_MOST_EXAMPLES], "acme", "globex")
            examples = tuple(dict.fromkeys(each for each in known_ids if owners.is_id(each)))
            bench = Bench(
                language,
                exact if exact and len(exact.moves) > len(language.moves) else None,
                owners,
                callers,
                examples,
                self.replay,
                constant,
                owner,
            )
            known = self._benches[name] = bench
        return known

    def _tenants(self) -> Sequence[str]:
        """Ids of tenants that the files name, so that counterexamples speak of them."""
        if self._ids is None:
            found = dict.fromkeys(self.tenancy.tenants)
            for resource in self.inventory.resources:
                if resource.tenant is not None:
                    found.setdefault(resource.tenant)
                tags = resource.fields.get("Tags")
                if isinstance(tags, dict):
                    values = (tags.get(key) for key in self.tenancy.tags)
                    found.update(dict.fromkeys(value for value in values if isinstance(value, str)))
            self._ids = tuple(found)
        return self._ids

    def prepare(self, policy: Policy) -> PreparedPolicy:
        """Prepared once for each policy object."""
        known = self._prepared.get(id(policy))
        if known is None or known[0] is not policy:
            known = self._prepared[id(policy)] = (policy, prepare(policy.name, policy.document))
        return known[1]


def _prefixes(policies: Iterable[PreparedPolicy]) -> frozenset[str] | None:
    found: set[str] = set()
    for policy in policies:
        for statement in policy.statements:
            said = statement.prefixes()
            if said is None:
                return None
            found |= said
        if policy.more is not None:
            return None
    return frozenset(found)


def _tagged_alike(role: Resource, keys: Sequence[str], symbol: tuple[str, ...], world: World) -> bool:
    """Whether the role's tag names nobody but the tenant that the parameter does. Raises UndecidedError."""
    tags = settle(role.fields.get("Tags"), world)
    if tags is None:
        return True
    if not isinstance(tags, dict) or isinstance(tags, OpenMap):
        return False
    values = [settle(tags.get(key), world) for key in keys]
    return all(value is None or (isinstance(value, Unknown) and value.symbol == symbol) for value in values)


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
