"""Who can choose the tenant of a session: whoever may assume its role and pass the tag.

From "Passing session tags in AWS STS" and "Chaining roles with session tags" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.base.glob import glob_matches
from scanner.base.record import record, replace
from scanner.iam.effective_policies import attached_policies, boundary_policy
from scanner.iam.organization import RCP
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_bounds import bounded
from scanner.iam.policy_document import Statement
from scanner.iam.terms import Term
from scanner.language.expressions.theorem import TENANT_TAG as THEOREM
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.truth import Truth
from scanner.model.unknown import Unknown, first_unknown
from scanner.model.world import World
from scanner.prover.solver.bench import Bench, Possible, Stuck
from scanner.prover.solver.pattern import Pattern, Tenant, literal
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.solver.principal_match import Caller
from scanner.prover.solver.question import ABSENT, FREE, Given, Session, Shape, Value
from scanner.prover.system.principals import COGNITO, TAG, arn_text, session_of, tags_of
from scanner.prover.system.proof import Allowing, Counterexample, NotAsked, Proof, Reach
from scanner.prover.system.standins import Ground
from scanner.prover.system.system import Actor, System
from scanner.prover.system.token_claims import claims_behind
from scanner.prover.theorems.proof_text import context_of
from scanner.tenancy import ownership
from scanner.tenancy.tenancy import Session as DeclaredSession

_PASSING = "pass the tag"
_TRANSITIVE = "sts:transitivetagkeys"
_SOURCE, _SETTING = "aws:sourceidentity", "sts:SourceIdentity"
# Stands for a principal that no file holds but that the trust policy lets in: it may be allowed anything.
_EVERYTHING = Policy.of(
    "any policy of that account",
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
)


@record
class Candidate:
    """Somebody who might take the role. `known` is the resource that it is, None for a principal in no file.

    `doubt` says why there may be no such session.
    """

    name: str
    session: Session
    layers: Layers
    policies: PolicySet
    known: Resource | None
    is_tenant: bool
    doubt: Unknown | None = None


def tag_not_caller_chosen(system: System, role: Resource, world: World) -> Proof | NotAsked:
    """Whether only declared binders can say which tenant a session of the role is of. Raises UndecidedError."""
    ground = system.ground(role)
    actor = system.actor(role, world, ground)
    if (unclear := actor.unclear(THEOREM)) is not None:
        return unclear
    if not actor.declared:
        return NotAsked("the tenancy does not declare it to act for a tenant")
    if system.bench_of(actor, actor.declared[0]) is None:
        return NotAsked("there is one tenant only")
    proofs: list[Proof] = []
    for declared in actor.declared:
        tags = [key for key in declared.tenant_keys if key.lower().startswith(TAG) or key.lower() == _SOURCE]
        if not tags:
            continue
        notes = tuple(_notes(actor, declared, system.tenancy.source))
        if actor.trust.unread is not None:
            why = actor.trust.unread.leaving_open(f"who may take {actor.name} is not known")
            return Proof(THEOREM, None, "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
        found = _decided(system, actor, declared, tags, notes, world, ground)
        if found.verdict == "ISOLATED" and COGNITO in actor.trust.federated:
            found = _with_claims(system, actor, tags, found, world)
        if found.verdict == "ISOLATED" and system.tenancy.source == "inferred" and len(declared.binders) > 1:
            # Whoever the trust policy names may be meant to choose the tenant; of several, who is, nobody has said.
            bare = _decided(system, actor, replace(declared, binders=()), tags, notes, world, ground)
            if bare.verdict == "LEAK":
                names = ", ".join(declared.binders)
                detail = (
                    f"each of {names} may name any tenant when it takes {actor.name}; say under `binders` who is to"
                )
                found = replace(bare, verdict="NOT_PROVEN", reach=None, unknown=Unknown("undeclared", detail))
                found = replace(found, sentence=detail, counterexample=None)
        if found.verdict == "LEAK":
            return found
        proofs.append(replace(found, rests_on=("binder",)) if declared.binders else found)
    if not proofs:
        return NotAsked("its sessions carry their tenant otherwise than in a session tag")
    return next((each for each in proofs if each.verdict == "NOT_PROVEN"), proofs[0])


def _with_claims(system: System, actor: Actor, tags: list[str], found: Proof, world: World) -> Proof:
    """The proof under its premise: what an identity pool maps to the tag must not be the user's to write."""
    notes = list(found.assumptions)
    claims = [
        claim
        for tag in tags
        if tag.lower().startswith(TAG)
        for claim in claims_behind(tag.partition("/")[2], actor.trust_policy, system.inventory, world)
    ]
    written = next((each for each in claims if each.writable is True), None)
    if written is not None:
        sentence = f"whoever signs in can take {actor.name} as any tenant they like: {written.how}"
        fix = f"Take `{written.name}` from `WriteAttributes` of every app client, and set it from your own back end."
        cause = (THEOREM, "", "claim")
        return replace(found, verdict="LEAK", reach="own-session", sentence=sentence, fix=fix, cause=cause)
    for claim in claims:
        if isinstance(claim.writable, Unknown):
            question = f"whether users can write the claim that names the tenant of {actor.name}"
            why = claim.writable.leaving_open(question)
            return replace(found, verdict="NOT_PROVEN", unknown=why, sentence=why.detail)
        issuer = claim.how or f"whoever issues the token fixes the claim `{claim.name}`"
        notes = [note for note in notes if COGNITO not in note] + [issuer]
    return replace(found, assumptions=tuple(dict.fromkeys(notes)))


def can_come_untagged(system: System, actor: Actor, declared: DeclaredSession, world: World, ground: Ground) -> Truth:
    """Whether somebody besides the binders can take the role without passing the tenant's tag.

    Raises UndecidedError.
    """
    if actor.trust.services:
        return True
    keys: dict[str, Value] = {
        f"aws:requesttag/{key.lower().removeprefix(TAG)}": ABSENT
        for key in declared.tenant_keys
        if key.lower().startswith(TAG)
    }
    if any(key.lower() == _SOURCE for key in declared.tenant_keys):
        keys[_SETTING.lower()] = ABSENT
    shape = Shape("take the role", ("sts:AssumeRole",), literal(actor.arn), keys)
    unsure: Unknown | None = None
    for _, outcome in _possible(system, actor, declared, [shape], world, ground):
        why = outcome.doubt if isinstance(outcome, Possible) else outcome.why
        if why is None:
            return True
        unsure = unsure or why
    return False if unsure is None else unsure


def taken_bare(system: System, actor: Actor, world: World, ground: Ground) -> str | Unknown | None:
    """Who takes the role because its trust policy lets an account in; None where its conditions keep all out.

    Whom the trust policy names is not asked about: that is who is meant to take it. Raises UndecidedError.
    """
    bench = system.bench_of(actor, None)
    if bench is None:
        return None
    named = [system.principal(value, world, ground) for value in actor.trust.principals]
    keys: dict[str, Value] = {"sts:externalid": FREE, "sts:rolesessionname": FREE}
    shape = Shape("take the role", ("sts:AssumeRole",), literal(actor.arn), keys)
    unsure: Unknown | None = None
    candidates = (each for each in _by_account(system, actor, None, world) if each.known not in named)
    for candidate, outcome in _asked(system, bench, candidates, [shape]):
        why = outcome.doubt if isinstance(outcome, Possible) else outcome.why
        if why is None:
            return candidate.name
        unsure = unsure or why
    return unsure


def _decided(  # noqa: PLR0913  # one question
    system: System,
    actor: Actor,
    declared: DeclaredSession,
    tags: list[str],
    notes: tuple[str, ...],
    world: World,
    ground: Ground,
) -> Proof:
    shapes = [passing_the_tag(actor, tag, extras) for tag in tags for extras in (0, 1)]
    doubt: Unknown | None = None
    for candidate, outcome in _possible(system, actor, declared, shapes, world, ground):
        if isinstance(outcome, Possible) and outcome.doubt is None:
            return _leak(actor, candidate, outcome, notes, world, system)
        if doubt is None:
            why = outcome.doubt if isinstance(outcome, Possible) else outcome.why
            assert why is not None  # noqa: S101  # a request without doubt is a leak, above
            doubt = why.leaving_open(f"whether {candidate.name} may choose the tenant of {actor.name}")
    if doubt is not None:
        return Proof(THEOREM, None, "NOT_PROVEN", assumptions=notes, unknown=doubt, sentence=doubt.detail)
    sentence = f"only declared binders choose the tenant of sessions of {actor.name}"
    return Proof(THEOREM, None, "ISOLATED", assumptions=notes, sentence=sentence)


def passing_the_tag(actor: Actor, tag: str, extras: int) -> Shape:
    """A request to take the role with another tenant's id in the tag, which is a key of principals, or as its source
    identity."""
    if tag.lower() == _SOURCE:
        return _as_source(actor)
    name = tag.partition("/")[2]
    key = f"aws:requesttag/{name.lower()}"
    keys: dict[str, Value] = {
        key: Given(Pattern((Tenant.OWNER,))),
        "aws:tagkeys": Given(literal(name), many=True, extras=extras),
        _TRANSITIVE: FREE,
        "sts:externalid": FREE,
        "sts:rolesessionname": FREE,
    }
    spelled = {key: f"aws:RequestTag/{name}", "aws:tagkeys": "aws:TagKeys"}
    meaning = f"take {actor.name} as any tenant it likes"
    return Shape(
        _PASSING,
        ("sts:TagSession",),
        literal(actor.arn),
        keys,
        spelled,
        meaning=meaning,
        also=("sts:AssumeRole",),
    )


def _as_source(actor: Actor) -> Shape:
    """ "Monitor and control actions taken with assumed roles" (IAM User Guide): whoever takes the role sets it."""
    key = _SETTING.lower()
    keys: dict[str, Value] = {
        key: Given(Pattern((Tenant.OWNER,))),
        "sts:externalid": FREE,
        "sts:rolesessionname": FREE,
    }
    return Shape(
        "set the source identity",
        ("sts:SetSourceIdentity",),
        literal(actor.arn),
        keys,
        {key: _SETTING},
        meaning=f"take {actor.name} as any tenant it likes",
        also=("sts:AssumeRole",),
    )


def _keeps_its_own(mine: DeclaredSession | None, actor: Actor) -> bool:
    """Whether the session has a source identity already, which stays through all roles that it takes, and the role's
    sessions are told apart by theirs."""
    keys = [key.lower() for each in actor.declared for key in each.tenant_keys]
    return mine is not None and keys == [_SOURCE] and _SOURCE in map(str.lower, mine.tenant_keys) and mine.always


def _possible(  # one question
    system: System, actor: Actor, declared: DeclaredSession, shapes: list[Shape], world: World, ground: Ground
) -> Iterator[tuple[Candidate, Possible | Stuck]]:
    bench = system.bench_of(actor, declared)
    if bench is not None:
        yield from _asked(system, bench, _candidates(system, actor, declared, world, ground), shapes)


def _asked(
    system: System, bench: Bench, candidates: Iterable[Candidate], shapes: list[Shape]
) -> Iterator[tuple[Candidate, Possible | Stuck]]:
    bench.start()
    for candidate in candidates:
        for shape in shapes:
            holes = system.holes()
            for outcome in bench.ask(shape, candidate.session, candidate.layers, candidate.policies, holes):
                if isinstance(outcome, Possible):
                    yield candidate, replace(outcome, doubt=outcome.doubt or candidate.doubt)
                elif outcome is not None:
                    yield candidate, outcome


def _candidates(
    system: System, actor: Actor, declared: DeclaredSession, world: World, ground: Ground
) -> Iterator[Candidate]:
    """Everybody but the binders whom the trust policy might let in."""
    trust = actor.trust
    named: list[Term] = []
    for value in trust.principals:
        if _is_binder(value, declared):
            continue
        known = system.principal(value, world, ground)
        if known is None:
            named.append(value)
        elif not _binds(known, declared, world):
            yield from _known(system, actor, known, world)
    for value in named:
        yield _stranger(system, actor, value, str(value))
    yield from _by_account(system, actor, declared, world)


def _by_account(system: System, actor: Actor, declared: DeclaredSession | None, world: World) -> Iterator[Candidate]:
    """Those whom the trust policy lets in by their account."""
    trust = actor.trust
    if trust.accounts or trust.anyone:
        for known in system.assumers(world):
            if declared is None or not _binds(known, declared, world):
                yield from _known(system, actor, known, world)
        for account in (*trust.accounts, *(("*",) if trust.anyone else ())):
            number = next((part for part in account.split(":") if part.isdigit()), actor.account)
            arn = f"arn:aws:iam::{number}:role/AnyRoleWithAssumeRole"
            yield _stranger(system, actor, arn, f"any principal of account {number} with `sts:AssumeRole`")


def _is_binder(value: Term, declared: DeclaredSession) -> bool:
    text = str(value)
    return any(
        glob_matches(pattern, text) or glob_matches(pattern, text.rpartition("/")[2]) for pattern in declared.binders
    )


def _binds(principal: Resource, declared: DeclaredSession, world: World) -> bool:
    return any(ownership.is_called(pattern, principal, world) is True for pattern in declared.binders)


def _known(system: System, actor: Actor, principal: Resource, world: World) -> Iterator[Candidate]:
    ground = system.ground(principal)
    attached = [
        system.policy(each.name, each.document, ground)
        for each in attached_policies(principal, system.inventory, world, bounded)
    ]
    limit = boundary_policy(principal, system.inventory, world, bounded)
    limited = system.policy(limit.name, limit.document, ground) if limit is not None else None
    arn = ground(principal.names(world).arn)
    text = arn_text(principal, arn, ground.account)
    is_user = principal.type == "AWS::IAM::User"
    scps = system.scps_of(text, ground.account, world, principal.address)
    rcps = system.guards(actor.account, RCP, world, actor.role.address)
    tags = tags_of(principal, world)
    declared = tuple(system.declared(principal, world))
    for mine in declared or (None,):
        sealed = demands_transitive(system, principal, mine, world, ground) if mine is not None else False
        if sealed is True or _keeps_its_own(mine, actor):
            continue
        session = session_of(text, ground.account, mine, tags, tagged=mine is not None, confined=mine is None)
        if is_user:
            session = replace(session, arn=text)
        trust = system.prepare(actor.trust_policy)
        layers = Layers(
            Caller(arn if isinstance(arn, str | Text) else text, ground.account, is_user),
            tuple(prepared for _, prepared in attached),
            (limited[1],) if limited is not None else None,
            None,
            trust,
            True,
            ground.account == actor.account,
            scps.prepared,
            rcps.prepared,
        )
        policies = PolicySet(
            identity=tuple(policy for policy, _ in attached),
            boundary=(limited[0],) if limited is not None else None,
            trust=actor.trust_policy,
            scps=scps.policies,
            rcps=rcps.policies,
        )
        doubt = sealed if isinstance(sealed, Unknown) else None
        yield Candidate(principal.logical_id or text, session, layers, policies, principal, mine is not None, doubt)


def _stranger(system: System, actor: Actor, value: Term, name: str) -> Candidate:
    """A principal that is in no file: what its own policies allow is not for us to deny."""
    arn = value if isinstance(value, str) and ":role/" in value else f"arn:aws:iam::{actor.account}:role/{_last(value)}"
    account = arn.split(":")[4] or actor.account
    session = session_of(arn, account, None, {}, tagged=False, confined=True)
    everything = system.prepare(_EVERYTHING)
    caller = Caller(value if isinstance(value, Text) else arn, account)
    trust = system.prepare(actor.trust_policy)
    layers = Layers(caller, (everything,), None, None, trust, True, account == actor.account)
    return Candidate(name, session, layers, PolicySet(identity=(_EVERYTHING,), trust=actor.trust_policy), None, False)


def _last(value: Term) -> str:
    text = "".join(part for part in value.parts if isinstance(part, str)) if isinstance(value, Text) else str(value)
    return text.rpartition("/")[2] or "unnamed"


def demands_transitive(
    system: System, role: Resource, declared: DeclaredSession, world: World, ground: Ground
) -> Truth:
    """Whether the tag of every session of the role is transitive, so that it cannot be passed again."""
    if role.type != "AWS::IAM::Role":
        return False
    actor = system.actor(role, world, ground)
    document = actor.trust_policy.document
    wanted = {key.partition("/")[2] for key in declared.tenant_keys if key.lower().startswith(TAG)}
    if not document.statements or not wanted:
        return False if document.more is None else document.more
    found: Truth = True
    for statement in document.statements:
        said = _demands(statement, actor, wanted)
        if isinstance(said, Unknown):
            return said
        found = found and said
    return found if document.more is None else document.more


def _demands(statement: Statement, actor: Actor, wanted: set[str]) -> Truth:
    """Whether the statement lets in nobody whose tag is not transitive."""
    transitive = [each for each in statement.conditions if each.key.lower() == _TRANSITIVE]
    values = [part for each in transitive for part in (*each.values.items, each.values.more)]
    unread = statement.conditions_more or first_unknown([*values, statement.effect])
    if statement.effect == "Deny":
        # It lets in nobody; but what it keeps out may be the sessions whose tags are not transitive.
        return unread or (Unknown("prover-limit", "a Deny speaks of transitive tags") if transitive else True)
    if _is_for_itself(statement, actor):
        # Such a session was one of the role's before, with a tag that is transitive already.
        return True
    present = any(each.operator.family == "null" and each.values.items == ("false",) for each in transitive)
    listed = any(
        each.operator.family == "string"
        and not each.operator.negated
        and not each.operator.if_exists
        and (each.operator.quantifier == "any" or (each.operator.quantifier == "all" and present))
        and set(map(str, each.values.items)) <= wanted
        and each.values.more is None
        for each in transitive
    )
    if listed:
        return True
    selector = statement.principal
    return unread or (selector.more if selector is not None and selector.more is not None else False)


def _is_for_itself(statement: Statement, actor: Actor) -> bool:
    """Whether a statement of the trust policy lets in nobody but sessions of the role itself."""
    selector = statement.principal
    if selector is None or selector.negated or selector.more is not None or not selector.items:
        return False
    if all(each.value in (actor.arn, actor.named) for each in selector.items):
        return True
    return any(
        condition.key.lower() == "aws:principalarn"
        and condition.operator.family in ("arn", "string")
        and condition.operator.comparison in ("equals", "like")
        and not condition.operator.negated
        and not condition.operator.if_exists
        and condition.operator.quantifier == "one"
        and condition.values.more is None
        and all(value in (actor.arn, actor.named) for value in condition.values.items)
        for condition in statement.conditions
    )


def _notes(actor: Actor, declared: DeclaredSession, source: str | None) -> Iterator[str]:
    whence = "inferred" if source == "inferred" else "declared"
    if declared.binders:
        yield f"{', '.join(declared.binders)} may choose the tenant of a session ({whence} binders)"
    for provider in actor.trust.federated:
        yield f"the identity provider {provider} sets the tags of a session from claims that users cannot write"
    yield "only those named in the trust policy, and principals of the files, are asked about"


def _leak(  # the parts of the finding
    actor: Actor, candidate: Candidate, found: Possible, notes: tuple[str, ...], world: World, system: System
) -> Proof:
    del world, system
    request = found.request
    # What the trust policy says decides: it is the role's own to repair.
    allowed_by = tuple(
        Allowing(
            "AssumeRolePolicyDocument",
            statement.index,
            actor.role,
            ("Properties", "AssumeRolePolicyDocument", *statement.path),
        )
        for layer, _, statement in found.decision.allowing
        if layer == "trust"
    )
    by_tag = found.shape.name == _PASSING
    what, key = ("tag", "aws:RequestTag") if by_tag else ("source identity", _SETTING)
    bound = (
        "`StringEquals: {aws:RequestTag/<key>: ${aws:PrincipalTag/<key>}}`"
        if by_tag
        else "`StringEquals: {sts:SourceIdentity: ${aws:SourceIdentity}}`"
    )
    example = Counterexample(
        request.caller if candidate.is_tenant else None,
        request.owner,
        candidate.session.arn,
        found.action,
        actor.arn,
        context_of(request),
        allowed_by,
        found.decision.allowed is True,
        "no Deny applies to it",
        (f"{candidate.name} calls sts:AssumeRole on {actor.arn} with the {what} of tenant `{request.owner}`",),
    )
    reach: Reach = "own-session" if candidate.is_tenant else "application-only"
    whose = "a session of any tenant" if candidate.is_tenant else candidate.name
    return Proof(
        THEOREM,
        None,
        "LEAK",
        reach=reach,
        assumptions=notes,
        counterexample=example,
        sentence=f"{whose} can take {actor.name} as any tenant it likes: `{key}` is not bound for {candidate.name}",
        fix=f"Name the one binder in the trust policy of {actor.name}, or bind the {what} there: {bound}.",
        cause=(THEOREM, "", candidate.name),
    )
