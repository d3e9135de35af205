"""What a change lets a principal do that it could not do before.

Asked of the policies on both sides at once: is there a request that the policies after allow and those before do not
surely allow? Every request found is replayed on both sides by the concrete evaluator. Policies of identities decide
here, with their boundaries; what a resource's own policy grants is asked of whoever that policy names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from scanner.base.record import record, replace
from scanner.iam.catalogue import catalogue
from scanner.iam.effective_policies import PRINCIPALS
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_document import Statement
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.bench import Bench, Possible, Stuck
from scanner.prover.solver.encoding import RESOURCE, Encoder
from scanner.prover.solver.formula import And, Atom, Formula, Or, Presence, conj, disj, negate
from scanner.prover.solver.pattern import Pattern, Token, Wild, literal
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.solver.prepared_policy import PreparedPolicy, PreparedStatement
from scanner.prover.solver.question import FREE, Given, Holes, Session, Shape
from scanner.prover.solver.replay import Judgement
from scanner.prover.system.proof import Allowing
from scanner.prover.system.system import Actor, System
from scanner.prover.theorems.proof_text import allowing, context_of, shown

_USER = "AWS::IAM::User"
_SOMEONE = "acme"
_ACCOUNT = "the account"


@record
class Gain:
    """Requests that are new and alike: `actions` on what `resource` is an example of, with what context.

    `doubt` says why it is not sure that they are new, or that they are allowed.
    """

    principal: Resource
    actions: tuple[str, ...]
    resource: object
    context: Mapping[str, object]
    allowed_by: tuple[Allowing, ...]
    doubt: Unknown | None = None


@record
class _Difference:
    """Stands where a question has its policies: what those after allow and those before do not surely allow."""

    after: Layers
    before: Sequence[PreparedPolicy]
    boundary: PreparedPolicy | None
    denies_kept: bool

    def statements(self) -> Iterator[PreparedStatement]:
        # Both count for what tells actions apart, but only what may be allowed after is worth asking.
        yield from self.after.statements()
        for policy in (*self.before, *((self.boundary,) if self.boundary is not None else ())):
            yield from policy.statements

    def unread(self) -> Unknown | None:
        return self.after.unread()

    @property
    def sides(self) -> object:
        return self.after.sides

    def apart(self, action: str) -> object:
        return self.after.apart(action)

    def allowed(self, encoder: Encoder, action: str) -> Formula:
        after = _of_known_values(self._fresh(action).allowed(encoder, action), encoder)
        before = self._surely_before(encoder, action)
        # Each key is there or is not, so that an example has it where that matters.
        known = catalogue()
        presence = [
            Presence(key, True)
            if known.presence(action, key) == "always"
            else disj((Presence(key, False), Presence(key, True)))
            for key in sorted(set(encoder.extra.values()))
        ]
        return conj((*presence, after, _with_values(negate(before), encoder)))

    def _fresh(self, action: str) -> Layers:
        """The policies after without what one of before said word for word: of the action, that grants nothing new."""
        if not self.denies_kept:
            return self.after
        old = [each for policy in self.before for each in policy.statements if each.acts(action) is True]
        kept = tuple(
            replace(policy, statements=tuple(each for each in policy.statements if not _is_said(each, old)))
            for policy in self.after.identity
        )
        return replace(self.after, identity=kept)

    def _surely_before(self, encoder: Encoder, action: str) -> Formula:
        levels = [self.before, *([(self.boundary,)] if self.boundary is not None else [])]
        grants = [_surely(level, encoder, action) for level in levels]
        denies = [_perhaps_denied(level, encoder, action) for level in levels]
        return conj([*grants, *map(negate, denies)])


def _is_said(statement: PreparedStatement, old: Sequence[PreparedStatement]) -> bool:
    mine = statement.statement
    return mine.effect == "Allow" and any(
        each.statement.effect == "Allow"
        and each.statement.resource == mine.resource
        and _conditions(each) == _conditions(statement)
        for each in old
    )


def _conditions(prepared: PreparedStatement) -> list[object]:
    found: list[object] = [(each.operator, each.key.lower(), each.values) for each in prepared.statement.conditions]
    return [*sorted(found, key=repr), prepared.statement.conditions_more]


def _keeps_denies(was: Actor, now: Actor) -> bool:
    """Whether what the policies of before refuse is refused still, word for word."""

    def denies(actor: Actor) -> list[str]:
        return [
            repr(replace(each, index=0, path=(), sid=None))
            for policy in actor.identity
            for each in policy.document.statements
            if each.effect != "Allow"
        ]

    same_limit = (was.boundary and was.boundary.document) == (now.boundary and now.boundary.document)
    return same_limit and set(denies(was)) <= set(denies(now))


def _of_known_values(formula: Formula, encoder: Encoder) -> Formula:
    """The same for requests that name what is known: who asks knows what for.

    A value that nobody knows may match what allows, and need not match what allowed before: a policy that has not
    changed would seem to allow more.
    """
    match formula:
        case And(parts):
            return conj([_of_known_values(each, encoder) for each in parts])
        case Or(parts):
            return disj([_of_known_values(each, encoder) for each in parts])
        case Atom(dimension, matches, pattern):
            return Atom(dimension, matches, encoder.interned(replace(pattern, jumps=False)))
        case _:
            return formula


def _with_values(formula: Formula, encoder: Encoder) -> Formula:
    """The same for values that are some: an empty text counts as none ("Multivalued context keys")."""
    match formula:
        case And(parts):
            return conj([_with_values(each, encoder) for each in parts])
        case Or(parts):
            return disj([_with_values(each, encoder) for each in parts])
        case Atom(dimension, False, _) if dimension != RESOURCE:
            return conj((formula, Atom(dimension, False, encoder.interned(Pattern(())))))
        case _:
            return formula


def _surely(level: Sequence[PreparedPolicy], encoder: Encoder, action: str) -> Formula:
    return disj(
        encoder.applies(each, sure=True)
        for policy in level
        for each in policy.statements
        if each.statement.effect == "Allow" and each.acts(action) is True
    )


def _perhaps_denied(level: Sequence[PreparedPolicy], encoder: Encoder, action: str) -> Formula:
    return disj(
        encoder.applies(each, sure=False)
        for policy in level
        for each in policy.statements
        if each.statement.effect != "Allow" and each.acts(action) is not False
    )


def gained(before: System, after: System, principal: Resource, world: World) -> Iterator[Gain]:
    """Nothing where the principal's policies are the same. Both systems have one tenancy. Raises UndecidedError.

    The principal of before is the one at the same address; where there is none, all that it may do is new.
    """
    ground = after.ground(principal)
    now = after.actor(principal, world, ground)
    old = before.inventory.at(principal.address)
    was = None
    if old is not None and old.type in PRINCIPALS and old.exists(world):
        was = before.actor(old, world, before.ground(old))
        if _same(was, now):
            return
    bench = after.bench_of(now, None)
    if bench is None:
        return
    policies, earlier = _policies(now, now.account), _policies(was, now.account)
    bench = _judging_both(bench, earlier)
    difference = _Difference(
        Layers(
            replace(now.caller, is_user=principal.type == _USER),
            now.prepared,
            (now.prepared_boundary,) if now.prepared_boundary is not None else None,
        ),
        was.prepared if was is not None else (),
        was.prepared_boundary if was is not None else None,
        was is not None and _keeps_denies(was, now),
    )
    found = _found(bench, difference, now, policies, after.holes())
    yield from _together(found)


def _policies(actor: Actor | None, account: str) -> PolicySet:
    """Keys and roles leave it to the account whom it lets in: what is asked is what the account's own policies say."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "*",
        "Resource": "*",
    }
    account_decides = Policy.of(_ACCOUNT, {"Version": "2012-10-17", "Statement": [statement]})
    boundary = (actor.boundary,) if actor is not None and actor.boundary is not None else None
    identity = actor.identity if actor is not None else ()
    return PolicySet(identity=identity, boundary=boundary, resource=account_decides, trust=account_decides)


def _same(was: Actor, now: Actor) -> bool:
    """Whether the documents say the same, whatever the policies are called."""

    def documents(actor: Actor) -> list[str]:
        boundary = (actor.boundary,) if actor.boundary is not None else ()
        return sorted(repr(policy.document) for policy in actor.identity) + [repr(each.document) for each in boundary]

    return documents(was) == documents(now)


def _judging_both(bench: Bench, earlier: PolicySet) -> Bench:
    """A bench whose judge asks whether a request is new: allowed now, and not before."""
    now = bench.replay

    def replay(  # what a request is made of
        principal: str, account: str, action: str, resource: object, context: Mapping[str, object], policies: PolicySet
    ) -> Judgement:
        judged = now(principal, account, action, resource, context, policies)
        past = now(principal, account, action, resource, context, earlier).allowed
        # A name that deployment makes is none that was written before.
        made = isinstance(past, Unknown) and past.cause == "deploy-time"
        if judged.allowed is False or past is False or made:
            return judged
        return _Judged(judged, False if past is True else past)

    return Bench(bench.language, bench.exact, bench.owners, bench.callers, bench.examples, replay, bench.constant)


@record
class _Judged:
    judgement: Judgement
    allowed: bool | Unknown

    @property
    def refused(self) -> str | None:
        return self.judgement.refused

    @property
    def allowing(self) -> Sequence[tuple[str, Policy, Statement]]:
        return self.judgement.allowing


def _found(
    bench: Bench, difference: _Difference, now: Actor, policies: PolicySet, holes: Holes
) -> Iterator[tuple[Gain, tuple[object, ...]]]:
    session = Session(now.arn, now.account, _carried(difference), FREE)
    bench.start()
    for shape in _shapes(now):
        actions = tuple(each for each in shape.actions if _may(difference.after, each))
        if not actions:
            continue
        for group in bench.grouped(replace(shape, actions=actions), difference):
            one = replace(shape, actions=tuple(group))
            outcome = next(iter(bench.ask(one, session, difference, policies, holes)), None)
            if isinstance(outcome, Possible):
                allowed = tuple(each for each in allowing(now, outcome) if each.policy != _ACCOUNT)
                gain = Gain(
                    now.role,
                    tuple(group),
                    shown(outcome.request.resource),
                    context_of(outcome.request),
                    allowed,
                    outcome.doubt,
                )
                yield gain, (*((each.policy, each.number) for each in allowed), outcome.doubt is None)
            elif isinstance(outcome, Stuck):
                yield Gain(now.role, tuple(group), "", {}, (), outcome.why), (outcome.why.detail,)


def _carried(difference: _Difference) -> dict[str, Given]:
    """A value for each key that a policy has as a variable: before and after are asked of one session."""
    return {
        key: Given(literal(_SOMEONE))
        for statement in difference.statements()
        for read in (
            *statement.resources,
            *(each for condition in statement.conditions for each in condition.templates),
        )
        for key in read.keys
    }


def _may(layers: Layers, action: str) -> bool:
    lower = action.lower()
    return layers.unread() is not None or any(
        each.statement.effect != "Deny" and each.acts(lower) is not False for each in layers.statements()
    )


def _together(found: Iterator[tuple[Gain, tuple[object, ...]]]) -> Iterator[Gain]:
    """One gain for all that the same statements newly allow in one service, with the first example."""
    entries = sorted(
        ((gain, (gain.actions[0].partition(":")[0], repr(why))) for gain, why in found), key=lambda entry: entry[1]
    )
    for _, group in groupby(entries, key=lambda entry: entry[1]):
        gains = [gain for gain, _ in group]
        actions = sorted({action for gain in gains for action in gain.actions})
        # An example that names the thing says more than one that names nothing.
        first = max(gains, key=lambda gain: (not gain.context, len(str(gain.resource))))
        example = first.actions[0]
        yield replace(first, actions=(example, *(each for each in actions if each != example)))


def _shapes(now: Actor) -> Iterator[Shape]:
    services = {service for service in _services() if now.speaks_of(service)}
    places = [
        (account, region)
        for account in dict.fromkeys((now.account, *sorted(now.ground.literals)))
        for region in dict.fromkeys((now.ground.region, *sorted(now.ground.regions)))
    ]
    for arn, actions in _by_resource():
        wanted = tuple(each for each in actions if each.partition(":")[0] in services)
        if wanted:
            for tokens in dict.fromkeys(_tokens(arn, *place) for place in places):
                yield Shape("a request", wanted, Pattern(tokens))


@lru_cache(maxsize=1)
def _services() -> tuple[str, ...]:
    return tuple(dict.fromkeys(action.name.partition(":")[0] for action in catalogue().matching("*")))


@lru_cache(maxsize=1)
def _by_resource() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The actions by the ARN of what they work on; without such, on `*` ("Service Authorization Reference")."""
    found: dict[str, list[str]] = {}
    for action in catalogue().matching("*"):
        for arn in dict.fromkeys(each.arn for each in action.resources) or ("*",):
            found.setdefault(arn or "*", []).append(action.name)
    return tuple((arn, tuple(actions)) for arn, actions in sorted(found.items()))


def _tokens(arn: str, account: str, region: str) -> tuple[Token, ...]:
    """Names are any text of at least one character without a colon."""
    own = {"Partition": "aws", "Region": region, "Account": account}
    tokens: list[Token] = []
    for number, piece in enumerate(arn.split("${")):
        name, _, rest = piece.partition("}") if number else ("", "", piece)
        if number:
            tokens.extend(own.get(name) or (Wild.SEGMENT_ANY, Wild.SEGMENT_STAR))
        tokens.extend(rest)
    return tuple(tokens)


__all__ = ["Gain", "gained"]
