"""One kind of session, one kind of request: proved impossible, shown possible, or not decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from typing import Protocol

from scanner.base.record import mutable, record, replace
from scanner.iam.catalogue import catalogue
from scanner.iam.policies import PolicySet
from scanner.iam.refusals import ACROSS_REGIONS
from scanner.iam.tag_spellings import one_spelling
from scanner.iam.terms import ARN_SEGMENTS
from scanner.model.partial_text import Text
from scanner.model.unknown import Reference, Unknown
from scanner.prover.solver.access_point_keys import by_name_and_through_points
from scanner.prover.solver.encoding import RESOURCE, Encoder
from scanner.prover.solver.formula import Atom, Formula, conj
from scanner.prover.solver.id_automaton import IdForm, IdLanguage
from scanner.prover.solver.pattern import ANYTHING, Pattern, Tenant, Token, Wild, literal
from scanner.prover.solver.prepared_policy import PreparedStatement, Sure
from scanner.prover.solver.product import Dimension, Work, decide
from scanner.prover.solver.question import ABSENT, Given, Holes, Session, Shape, Unsure, Value
from scanner.prover.solver.replay import Judgement, Replay
from scanner.prover.solver.restated import with_restated
from scanner.prover.solver.search import Branch, Decider, OutOfBoundsError, branches
from scanner.prover.solver.witness import Request, Witnesses

_REGION = 3
_ACCOUNT = 4
# "AWS global condition context keys": the region that a request is sent to, and the account that owns the resource;
# "Condition keys for Amazon S3" (Service Authorization Reference): the same under a key of its own.
OWNERS = frozenset({"aws:resourceaccount", "s3:resourceaccount"})
_OF_THE_RESOURCE = {"aws:requestedregion": _REGION, **dict.fromkeys(OWNERS, _ACCOUNT)}
# As there: no session of a role and no user is a principal of a service.
_IS_A_SERVICE = "aws:principalisawsservice"
# The tags of what a request is for; those of a bucket count under either key where it says so.
_TAGS = ("aws:ResourceTag/", "s3:BucketTag/")
# "Tag resources during creation" (Amazon EC2 User Guide) and its like: the action that makes the resource which a
# request tags. What is another tenant's is there already. CloudFormation's key names changes of a stack as well.
_CREATING = ":createaction"
# "AWS KMS condition keys": the aliases that there are, whichever the request names.
_ALIASES = "kms:resourcealiases"
_MOST_GROUPS = 20_000  # groupings of actions that are remembered
_MOST_OWN = 1_000
# Ways through the policies that are tried for a counterexample, and requests replayed for each.
_MOST_BRANCHES = 64
_MOST_REPLAYS = 6
_COLON = Unknown(
    "undeclared", "no document says whether a `*` inside a segment crosses the colon that such a name would need"
)
_TOO_LARGE = Unknown("prover-limit", "the policies are too large or too entangled to decide within the prover's bounds")


@record
class Possible:
    """A request that is allowed, or, with `doubt`, one that is allowed unless what is unknown forbids it."""

    shape: Shape
    action: str
    request: Request
    decision: Judgement
    doubt: Unknown | None = None


@record
class Stuck:
    """The policies are not proved to forbid it, and no request was found either."""

    shape: Shape
    action: str
    why: Unknown


Outcome = Possible | Stuck | None
"""None: no completion of what is unknown allows such a request."""


class Allowed(Protocol):
    """What allows a request: all policies that decide over it, or a question that is made of several such."""

    def statements(self) -> Iterator[PreparedStatement]:
        """Every statement of every layer, Allows and Denies alike."""

    def unread(self) -> Unknown | None:
        """Why there may be statements beside those; None where all were read."""

    def apart(self, action: str) -> object:
        """What tells an action from others that the same statements speak of; equal for actions that need one
        question."""

    @property
    def sides(self) -> object:
        """What `apart` rests on beside the action; hashable."""

    def allowed(self, encoder: Encoder, action: str) -> Formula:
        """When a request of the action is allowed, as a formula over the dimensions that the encoder makes."""


class _Spoken:
    """Which statements of all layers speak of an action: asked of each shape again, and the same for all."""

    def __init__(self, layers: Allowed, signatures: dict[object, int]) -> None:
        self.layers = layers
        self.unread = layers.unread()
        self._statements = tuple(layers.statements())
        signature = (
            tuple(
                (each.selector, each.statement.effect == "Deny", tuple(dict.fromkeys(keys_read(each))))
                for each in self._statements
            ),
            self.unread is None,
            layers.sides,
        )
        # A number, for it is looked up with every shape.
        self.signature = signatures.setdefault(signature, len(signatures))
        self._known: dict[str, tuple[tuple[tuple[int, Sure], ...], list[str]]] = {}

    def of(self, action: str) -> tuple[tuple[tuple[int, Sure], ...], list[str]]:
        """The statements by their numbers, surely or possibly, and the condition keys that these read.

        None of them where no statement may allow the action.
        """
        known = self._known.get(action)
        if known is None:
            spoken = tuple(
                (index, sure) for index, each in enumerate(self._statements) if (sure := each.acts(action)) is not False
            )
            if self.unread is None and all(self._statements[index].statement.effect == "Deny" for index, _ in spoken):
                spoken = ()
            keys = sorted({key for index, _ in spoken for key in keys_read(self._statements[index])})
            known = self._known[action] = (spoken, keys)
        return known


@mutable
class Bench:
    """Everything that is shared between questions about one tenancy: automata and remembered answers."""

    language: IdLanguage
    exact: IdLanguage | None
    owners: IdForm
    callers: IdForm
    examples: Sequence[str]
    replay: Replay
    constant: str | None = None
    owner: str | None = None
    explained: list[str] = field(default_factory=list)
    _pool: dict[Pattern, Pattern] = field(default_factory=dict)
    _decider: Decider = field(init=False)
    _exact: Decider | None = field(init=False)
    _same: dict[object, tuple[Dimension, str | None]] = field(default_factory=dict)
    _others: dict[str, IdLanguage] = field(default_factory=dict)
    _spoken: _Spoken | None = None
    _groups: dict[tuple[object, ...], list[list[str]]] = field(default_factory=dict)
    _owns: dict[tuple[int, str], tuple[Shape, Shape]] = field(default_factory=dict)
    _signatures: dict[object, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._decider = Decider(self.language)
        self._exact = Decider(self.exact) if self.exact is not None else None

    def intern(self, pattern: Pattern) -> Pattern:
        """The one object for all patterns that are equal: answers of dimensions are remembered by identity."""
        return self._pool.setdefault(pattern, pattern)

    def start(self) -> None:
        """Each principal has a budget of its own."""
        self._decider.work = Work()
        if self._exact is not None:
            self._exact.work = Work()

    def ask(
        self, shape: Shape, session: Session, layers: Allowed, policies: PolicySet, holes: Holes
    ) -> Iterator[Outcome]:
        """One answer for each group of actions that the policies treat alike."""
        groups = self.grouped(shape, layers)
        if not groups:
            self.explained.append(f"{shape.name}: no statement speaks of any of its {len(shape.actions)} actions")
        for actions in groups:
            self._decider.ruled.clear()
            outcome = self._ask(shape, actions[0], session, layers, policies, holes)
            self.explained.append(f"{shape.name}: {_how(actions, outcome, self._decider.ruled)}")
            yield outcome

    def reaches_own(self, shape: Shape, session: Session, layers: Allowed, holes: Holes) -> bool:
        """Whether the session may reach the caller's own data this way, as far as can be told from above."""
        for actions in self.grouped(shape, layers):
            own = self._own(shape, actions[0].lower())
            encoder = self._encoder(own, session, actions[0], holes)
            formula = conj((*self._of_form(own), layers.allowed(encoder, actions[0].lower())))
            try:
                if next(branches(formula, self._owned(own, session), self._decider), None) is not None:
                    return True
            except OutOfBoundsError:
                return True
        return False

    def _own(self, shape: Shape, action: str) -> Shape:
        """The request for the caller's own data; made once where all principals are asked about the same shapes."""
        key = (id(shape), action)
        known = self._owns.get(key)
        if known is None:
            if len(self._owns) > _MOST_OWN:
                self._owns.clear()
            known = self._owns[key] = (shape, _own(_as_carried(shape, action), self.constant))
        return known[1]

    def grouped(self, shape: Shape, layers: Allowed) -> list[list[str]]:
        """The actions that some statement may allow, those together that the same statements speak of."""
        if self._spoken is None or self._spoken.layers is not layers:
            self._spoken = _Spoken(layers, self._signatures)
        name = (shape.actions, self._spoken.signature)
        found = self._groups.get(name)
        if found is None:
            if len(self._groups) > _MOST_GROUPS:
                self._groups.clear()
                self._signatures.clear()
                self._spoken = _Spoken(layers, self._signatures)
                name = (shape.actions, self._spoken.signature)
            found = self._groups[name] = self._grouped(shape, layers, self._spoken)
        return found

    def _grouped(self, shape: Shape, layers: Allowed, spoken_: _Spoken) -> list[list[str]]:
        spoken_of = spoken_.of
        groups: dict[tuple[object, ...], list[str]] = {}
        for action in shape.actions:
            lower = action.lower()
            spoken, keys = spoken_of(lower)
            if not spoken and spoken_.unread is None:
                continue
            carried = tuple(catalogue().presence(lower, key) for key in keys)
            groups.setdefault((spoken, carried, layers.apart(lower)), []).append(action)
        return list(groups.values())

    def _ask(  # a question and what decides it
        self, shape: Shape, action: str, session: Session, layers: Allowed, policies: PolicySet, holes: Holes
    ) -> Outcome:
        lower = action.lower()
        shape = _as_carried(shape, lower)
        if self._spoken is not None:
            read = {key for each in (lower, *map(str.lower, shape.also)) for key in self._spoken.of(each)[1]}
            known = sorted(read)
            best: Outcome = None
            for each in _in_every_way(_as_decided(shape, lower, known), lower, known):
                found = self._ask_one(each, action, session, layers, policies, holes)
                if isinstance(found, Possible) and found.doubt is None:
                    return found
                best = best if isinstance(best, Possible) else (found or best)
            return best
        return self._ask_one(shape, action, session, layers, policies, holes)

    def _ask_one(  # as above
        self, shape: Shape, action: str, session: Session, layers: Allowed, policies: PolicySet, holes: Holes
    ) -> Outcome:
        lower = action.lower()
        session = _with_doubts(session, layers)
        encoder = self._encoder(shape, session, lower, holes)
        formula = conj((*self._of_form(shape), layers.allowed(encoder, lower)))
        for number, other in enumerate(shape.also, start=1):
            beside = self._encoder(shape, session, other.lower(), holes)
            beside.number_from(number * 1000)
            formula = conj((formula, layers.allowed(beside, other.lower())))
            encoder.extra.update(beside.extra)
        doubtful: Possible | None = None
        stuck: Stuck | None = None
        seen = 0
        try:
            for branch in branches(formula, self._owned(shape, session), self._decider):
                seen += 1
                if seen > _MOST_BRANCHES:
                    raise OutOfBoundsError
                found = self._witnessed(branch, shape, action, session, policies, holes, encoder)
                if isinstance(found, Possible) and found.doubt is None:
                    return found
                if isinstance(found, Possible):
                    doubtful = doubtful or found
                elif found is not None:
                    stuck = stuck or found
        except OutOfBoundsError:
            stuck = stuck or Stuck(shape, action, _TOO_LARGE)
        return doubtful or stuck

    def _witnessed(  # noqa: PLR0913  # as above
        self,
        branch: Branch,
        shape: Shape,
        action: str,
        session: Session,
        policies: PolicySet,
        holes: Holes,
        encoder: Encoder,
    ) -> Outcome:
        witnesses = Witnesses(
            self.language,
            self.owners,
            self.callers,
            self.examples,
            self.constant,
            self._decider.work,
            self.owner,
            self._same,
        )
        spelled = _Spelling(shape, session)
        best: Possible | None = None
        refused: str | None = None
        found = witnesses.requests(branch, session, shape, encoder.extra, spelled, holes)
        for request in islice(found, _MOST_REPLAYS):
            decision = self._judged(request, action, session, policies)
            if decision.allowed is not False and decision.refused is not None:
                refused = refused or decision.refused
                continue
            for other in shape.also:
                if decision.allowed is not False:
                    beside = self._judged(request, other, session, policies)
                    decision = beside if beside.allowed is not True else decision
            if decision.allowed is True and _has_strange_colon(request, shape):
                best = best or Possible(shape, action, request, decision, _COLON)
            elif decision.allowed is True:
                return Possible(shape, action, request, decision, shape.doubt)
            if isinstance(decision.allowed, Unknown):
                why = decision.allowed.plain()
                later = encoder.named_later.why if why.cause == "deploy-time" else None
                best = best or Possible(shape, action, request, decision, later or why)
        if best is not None:
            return best
        if self._ruled_out(branch) or self._is_of_one_tenant(branch, session):
            return None
        if refused is not None:
            return Stuck(shape, action, Unknown("scanner-error", f"the request that was found cannot be: {refused}"))
        return Stuck(shape, action, _why_stuck(branch, holes, encoder.undefined or encoder.named_later.why))

    def _judged(self, request: Request, action: str, session: Session, policies: PolicySet) -> Judgement:
        return self.replay(session.arn, session.account, action, request.resource, request.context, policies)

    def _ruled_out(self, branch: Branch) -> bool:
        """Whether the ids as written, with their lengths, leave a dimension no value."""
        if self._exact is None:
            return False
        return any(
            self._exact.decide(dimension).outcome in ("EMPTY", "SAME") for dimension in branch.dimensions.values()
        )

    def _is_of_one_tenant(self, branch: Branch, session: Session) -> bool:
        """Whether the way asks for one tenant as the caller, in letters, and leaves that one no other's data."""
        caller = next((found for each in branch.dimensions if (found := _one_caller(each, branch, session))), None)
        if caller is None or self.constant is not None or self.owner is not None:
            return False
        others = self._others.get(caller)
        if others is None:
            form = replace(self.owners, without=self.owners.without | {caller})
            others = self._others[caller] = IdLanguage(form, self.language.alphabet, widened=True)
        return any(
            decide(dimension.asked_by(caller), others, self._decider.work).outcome == "EMPTY"
            for dimension in branch.dimensions.values()
        )

    def _of_form(self, shape: Shape) -> tuple[Formula, ...]:
        return (Atom(RESOURCE, True, self.intern(shape.form)),) if shape.form is not None else ()

    def _encoder(self, shape: Shape, session: Session, action: str, holes: Holes) -> Encoder:
        known = catalogue()
        return Encoder(session, shape, action.lower(), holes, known.presence, known.multivalued, self.intern)

    def _owned(self, shape: Shape, session: Session) -> Mapping[str, tuple[Pattern, bool]]:
        owned = {RESOURCE: (self.intern(shape.resource), False)}
        for keys in (session.keys, shape.keys):
            for key, value in keys.items():
                if isinstance(value, Given):
                    owned[key] = (self.intern(value.pattern), value.closed)
                    for number in range(value.extras):
                        owned[f"{key}#{number}"] = (ANYTHING, False)
        return owned


def _as_decided(shape: Shape, action: str, read: Iterable[str]) -> Shape:
    """The shape with those of the keys that policies read which who asks, and for what, decides by itself."""
    decided: dict[str, Value] = {}
    spelled: dict[str, str] = {}
    for key in read:
        if key in shape.keys:
            continue
        if shape.tags is not None and (found := _of_a_tag(key, action, shape.tags)) is not None:
            spelled_key, value = found
            if spelled_key.lower() not in shape.keys:
                decided.setdefault(spelled_key.lower(), value)
                spelled[spelled_key.lower()] = spelled_key
        if key == _IS_A_SERVICE:
            decided[key] = Given(literal("false"))
        elif key == _ALIASES:
            why = "no file says which aliases lead to the key: whoever may make one decides"
            decided[key] = Unsure(Unknown("undeclared", why))
        elif key in shape.facts:
            if shape.facts[key] == ABSENT or catalogue().presence(action, key) == "always":
                decided[key] = shape.facts[key]
        elif key.endswith(_CREATING) and not key.startswith("cloudformation:"):
            decided[key] = ABSENT
        elif key in _OF_THE_RESOURCE and _has_place(action, key):
            place = _place(shape.resource, _OF_THE_RESOURCE[key])
            if place == "" and _OF_THE_RESOURCE[key] == _ACCOUNT:
                place = shape.account
            if place:
                decided[key] = Given(literal(place))
    return replace(shape, keys={**shape.keys, **decided}, spelled={**spelled, **shape.spelled}) if decided else shape


def _in_every_way(shape: Shape, action: str, read: Sequence[str]) -> Iterator[Shape]:
    """The requests that the shape stands for, where they differ by a key that policies read."""
    for each in by_name_and_through_points(shape, read):
        yield from with_restated(each, action, read)


def _has_place(action: str, key: str) -> bool:
    """Whether each request of the action has the key, as far as it has a resource of one account."""
    carried = catalogue().presence(action, key)
    return carried == "always" or (carried == "sometimes" and key.startswith("s3:"))


def _of_a_tag(key: str, action: str, tags: Mapping[str, str]) -> tuple[str, Value] | None:
    """The key as AWS spells it, and what is known of its value; None of a key that is no tag of the resource."""
    same = one_spelling(key, action, "")
    beginning = next((each for each in _TAGS if same.startswith(each.lower())), None)
    if beginning is None or catalogue().presence(action, same) == "never":
        return None
    tag = same[len(beginning) :]
    for name, value in tags.items() if beginning == _TAGS[0] else ():
        if name.lower() == tag:
            return f"{beginning}{name}", Given(literal(value))
    return f"{beginning}{tag}", Unsure(Unknown("undeclared", f"no file says whether the resource has the tag `{tag}`"))


def _place(resource: Pattern, segment: int) -> str | None:
    """The region or the account in the ARNs of a pattern, where it is one; None where their services reach others'."""
    segments: list[list[Token]] = [[]]
    for token in resource.tokens:
        if token == ":" and len(segments) < ARN_SEGMENTS:  # noqa: S105  # a token of a pattern
            segments.append([])
        elif token is Wild.STAR and len(segments) <= segment + 1:
            return None
        else:
            segments[-1].append(token)
    texts = ["".join(each if isinstance(each, str) else "" for each in one) for one in segments]
    whole = len(segments) == ARN_SEGMENTS and all(isinstance(each, str) for each in segments[segment])
    return texts[segment] if whole and (segment != _REGION or texts[2] not in ACROSS_REGIONS) else None


def _has_strange_colon(request: Request, shape: Shape) -> bool:
    """Whether the resource's name has a colon that only a wildcard of the owner's pattern can have put there."""
    parts = request.resource.parts if isinstance(request.resource, Text) else (request.resource,)
    written = "".join(part if isinstance(part, str) else "x" for part in parts)
    name = written.split(":", ARN_SEGMENTS - 1)[-1]
    if ":" not in name or ":" in request.owner:
        return False
    # Where names of the form have one (`consumer/NAME:TIME`), it is none that such a wildcard put there.
    patterns = (shape.resource,) if shape.form is None else (shape.resource, shape.form)
    return not any(":" in _told_name(each) for each in patterns)


def _told_name(pattern: Pattern) -> str:
    """What is written of the name in the ARNs of a pattern."""
    return "".join(token for token in pattern.tokens if isinstance(token, str)).split(":", ARN_SEGMENTS - 1)[-1]


def _how(actions: Sequence[str], outcome: Outcome, ruled: set[tuple[str, str]]) -> str:
    """How a group of actions was decided, in half a sentence."""
    names = f"`{actions[0]}`" + (f" and {len(actions) - 1} more" if len(actions) > 1 else "")
    if isinstance(outcome, Possible):
        return f"{names} can be allowed"
    words = {"SAME": "only where both tenants are one", "EMPTY": "never"}
    reasons = [f"{name.partition('#')[0]} fits {words[said]}" for name, said in sorted(ruled)]
    if outcome is None:
        return f"{names} cannot be allowed: {', '.join(dict.fromkeys(reasons)) or 'no Allow is left after the Denies'}"
    return f"{names} is not decided"


class _Spelling:
    """Condition keys as AWS writes them, where that is known."""

    def __init__(self, shape: Shape, session: Session) -> None:
        self._known = {**session.spelled, **shape.spelled}

    def __call__(self, key: str) -> str:
        return self._known.get(key) or _SPELLED.get(key) or key


_SPELLED = {
    key.lower(): key
    for key in (
        "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:SourceIp", "aws:SourceVpc",
        "aws:SourceVpce", "aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:TagKeys", "aws:CurrentTime",
        "aws:RequestedRegion", "aws:ResourceAccount", "aws:PrincipalOrgID", "aws:UserAgent", "aws:userid",
        "s3:prefix", "s3:delimiter", "s3:ResourceAccount",
        "dynamodb:LeadingKeys", "dynamodb:Attributes", "dynamodb:Select", "sts:ExternalId", "sts:RoleSessionName",
        "sts:TransitiveTagKeys", "sts:SourceIdentity",
    )
}  # fmt: skip


def keys_read(prepared: PreparedStatement) -> Iterator[str]:
    """The condition keys, in lower case, that the statement asks for in conditions and variables."""
    for condition in prepared.conditions:
        yield condition.key
        for read in condition.templates:
            yield from read.keys
    for read in prepared.resources:
        yield from read.keys


def _with_doubts(session: Session, layers: Allowed) -> Session:
    """Says of every principal tag that a policy reads and nobody declared that it is unknown."""
    if not isinstance(session.other_tags, Unsure):
        return session
    read = {key for each in layers.statements() for key in keys_read(each) if key.startswith("aws:principaltag/")}
    missing = {key: session.other_tags for key in sorted(read) if key not in session.keys}
    return replace(session, keys={**session.keys, **missing}) if missing else session


def _as_carried(shape: Shape, action: str) -> Shape:
    """The shape for one action: without the keys that requests for it never carry."""
    missing = [key for key in shape.keys if catalogue().presence(action, shape.spelled.get(key, key)) == "never"]
    return replace(shape, keys={**shape.keys, **dict.fromkeys(missing, ABSENT)}) if missing else shape


def _own(shape: Shape, constant: str | None) -> Shape:
    """The same request for the caller's own data: the data of the one tenant where the caller is always the same."""
    keys = {
        key: replace(value, pattern=_as_caller(value.pattern, constant)) if isinstance(value, Given) else value
        for key, value in shape.keys.items()
    }
    return replace(shape, resource=_as_caller(shape.resource, constant), keys=keys)


def _as_caller(pattern: Pattern, constant: str | None) -> Pattern:
    own: tuple[Token, ...] = (Tenant.CALLER,) if constant is None else tuple(constant)
    tokens = tuple(piece for token in pattern.tokens for piece in (own if token is Tenant.OWNER else (token,)))
    return replace(pattern, tokens=tokens)


def _one_caller(name: str, branch: Branch, session: Session) -> str | None:
    """The id that the session's own key must have, where a policy says so in letters."""
    value = session.keys.get(name)
    if not isinstance(value, Given) or value.pattern.tokens != (Tenant.CALLER,):
        return None
    for pattern in branch.dimensions[name].matching:
        if pattern.tokens and not pattern.fold and all(isinstance(token, str) for token in pattern.tokens):
            return "".join(map(str, pattern.tokens))
    return None


def _why_stuck(branch: Branch, holes: Holes, undefined: Unknown | None) -> Unknown:
    for dimension in branch.dimensions.values():
        for token in dimension.own.tokens:
            unknown = holes.unknown(token) if isinstance(token, str) else None
            if unknown is not None and not isinstance(unknown, Reference):
                return unknown.plain()
    if undefined is not None:
        return undefined
    limited = [name for name, answer in branch.answers.items() if answer.outcome == "LIMIT"]
    if limited:
        return Unknown("prover-limit", f"the patterns over `{limited[0]}` are too entangled to decide")
    names = ", ".join(f"`{name.partition('#')[0]}`" for name in dict.fromkeys(branch.dimensions)) or "the request"
    return Unknown("prover-limit", f"neither a proof nor a request was found; what stays open are {names}")


__all__ = ["OWNERS", "Bench", "Outcome", "Possible", "Stuck", "keys_read"]
