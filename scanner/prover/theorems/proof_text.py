"""Proofs in words: what a session can do, why nothing forbids it, and what would."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingType

from scanner.base.record import record
from scanner.iam.part_arns import DRAWN
from scanner.language.expressions.theorem import CROSS_TENANT as THEOREM
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import Reference, Unknown
from scanner.prover.solver.bench import Possible
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.solver.witness import Request
from scanner.prover.system.owned_resources import has_id_in_a_name
from scanner.prover.system.proof import Allowing, Counterexample, Proof, Reach, Reaches, RestsOn
from scanner.prover.system.stores import Store
from scanner.prover.system.system import Actor, Asker
from scanner.prover.system.tenant_mappings import Mapping
from scanner.tenancy.identifiers import ANY_TAG_VALUE, NAMED_FORMS
from scanner.tenancy.owned import OwnedArn
from scanner.tenancy.tenancy import Tenancy

_DERIVED = frozenset({"tenant", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:principaltype"})
_WHOLE = ("scan", "the table", "a copy", "stream", "backup", "listing", "the bucket", "the key")


@record
class Teller:
    """One store and one kind of session of one role.

    `mappings` are the API mappings of a role that compute runs under. `taken_by` is asked of brokered roles: who may
    take it without a session policy, None where the conditions of its trust policy keep all out.
    """

    actor: Actor
    asker: Asker
    store: Store
    tenancy: Tenancy
    layers: Layers
    mappings: tuple[Mapping, ...] = ()
    taken_by: str | Unknown | None = None

    def isolated(self, vacuous: bool) -> Proof:
        """`vacuous` says that the session reaches none of the data, not even its own tenant's."""
        name = self.actor.name
        sentence = f"no session of {name} can reach another tenant's data in {self.store.name}"
        if vacuous:
            sentence += ", nor its own"
        reaches: Reaches = "nothing" if vacuous else "own"
        return Proof(
            THEOREM,
            self.store.over,
            "ISOLATED",
            vacuous,
            None,
            self.assumptions(),
            sentence=sentence,
            reaches=reaches,
            rests_on=tuple(self._rests_on()),
        )

    def _rests_on(self) -> Iterator[RestsOn]:
        if self.asker.declared is not None and self.asker.declared.binders:
            yield "binder"
        if self.store.undeclared_index:
            yield "index"

    def unmodelled(self) -> Proof:
        """Nothing could be asked about the store at all."""
        why = self.store.unmodelled
        assert why is not None  # noqa: S101  # asked for such stores only
        return self.not_proven(why, None)

    def leak(self, found: Possible) -> Proof:
        """A LEAK with its request; of a brokered role, or one whose trust policy was not read, what that lets be
        said."""
        example = self.counterexample(found)
        if self.actor.kind == "brokered":
            return self._brokered(example)
        if self.actor.kind == "unread" and self.actor.trust.unread is not None:
            return self.not_proven(self.actor.trust.unread, found)
        reach: Reach = "application-only" if self.actor.kind == "compute" else "own-session"
        # A mapping that takes the key from what the caller sends lets every caller choose the tenant.
        chosen = next((each for each in self.mappings if each.sent and not each.claims), None)
        if chosen is not None:
            reach = "own-session"
        return Proof(
            THEOREM,
            self.store.over,
            "LEAK",
            reach=reach,
            store=self.store.name,
            assumptions=self.assumptions(),
            counterexample=example,
            sentence=self._sentence(found, example, reach, chosen),
            cause=(THEOREM, self.store.over, *(f"{each.policy}" for each in example.allowed_by)),
        )

    def not_proven(self, why: Unknown, found: Possible | None) -> Proof:
        """`found` is a request that is allowed unless what is unknown forbids it, None where there is none."""
        example = self.counterexample(found) if found is not None else None
        if self.actor.kind == "brokered" and example is not None and not self._lets_accounts_in:
            return self._brokered(example)
        return Proof(
            THEOREM,
            self.store.over,
            "NOT_PROVEN",
            assumptions=self.assumptions(),
            unknown=why.leaving_open(f"whether sessions of {self.actor.name} stay out of {self.store.name}"),
            counterexample=example,
            sentence=why.detail,
        )

    @property
    def _lets_accounts_in(self) -> bool:
        return bool(self.actor.trust.accounts) or self.actor.trust.anyone

    def _brokered(self, example: Counterexample) -> Proof:
        """What the session can do is decided by the session policy that its broker passes."""
        brokers = ", ".join(dict.fromkeys(map(_short, self.actor.trust.principals)))
        brokers = brokers or "whoever is let in by the conditions of its trust policy"
        name, store = self.actor.name, self.store.name
        if isinstance(self.taken_by, Unknown):
            why = self.taken_by
            unknown = why.leaving_open(f"whether {name} can be taken without a session policy")
            return Proof(
                THEOREM,
                self.store.over,
                "NOT_PROVEN",
                assumptions=self.assumptions(),
                unknown=unknown,
                counterexample=example,
                sentence=unknown.detail,
            )
        if self.taken_by is not None:
            whom = "anybody" if self.actor.trust.anyone else self.taken_by
            return Proof(
                THEOREM,
                self.store.over,
                "LEAK",
                reach="application-only",
                store=self.store.name,
                assumptions=self.assumptions(),
                counterexample=example,
                sentence=f"{whom} can take {name} without a session policy, and it may {_can(example)} of {store}",
                cause=(THEOREM, self.store.over, "account trust"),
            )
        detail = (
            f"isolation of {store} rests on the session policy that {brokers} passes when it assumes {name}; "
            f"without one the role may {_can(example)}; declare `session_policy` under `sessions`"
        )
        return Proof(
            THEOREM,
            self.store.over,
            "NOT_PROVEN",
            assumptions=self.assumptions(),
            unknown=Unknown("runtime-policy", detail),
            counterexample=example,
            sentence=detail,
        )

    def _sentence(self, found: Possible, example: Counterexample, reach: Reach, chosen: Mapping | None) -> str:
        name, store = self.actor.name, self.store.name
        if chosen is not None:
            return (
                f"{chosen.name} takes the key from what the caller sends, and {name} may "
                f"{found.shape.meaning or 'reach all data'} in {store}"
            )
        if reach == "application-only":
            return (
                f"isolation of {store} rests on application code alone: {name} may "
                f"{found.shape.meaning or 'reach all data'}; "
                f"this does not show that a tenant can{self._claimed()}"
            )
        who = (
            f"a session of tenant `{example.caller_tenant}`"
            if self.asker.tagged or self.actor.tenant
            else "a session without a tenant"
        )
        whose = f", here `{example.owner_tenant}`'s" if example.owner_tenant and found.shape.name not in _WHOLE else ""
        lead = "under the inferred tenancy, " if self.tenancy.source == "inferred" else ""
        return f"{lead}{who} of {name} can {found.shape.meaning}{whose}: `{example.action}` on `{example.resource}`"

    def _claimed(self) -> str:
        """That every mapping under the role takes the tenant from verified claims, where that can be seen."""
        if self.mappings and all(each.claims for each in self.mappings):
            return f"; {', '.join(each.name for each in self.mappings)} take the tenant from verified claims"
        return ""

    def counterexample(self, found: Possible) -> Counterexample:
        """The request with readable stand-ins for what deployment names, and the statements that allow it."""
        request = found.request
        caller = request.caller if self.asker.tagged or self.actor.tenant else None
        return Counterexample(
            caller,
            request.owner,
            self.asker.session.arn,
            found.action,
            str(shown(request.resource)),
            context_of(request),
            tuple(allowing(self.actor, found, self.store.target)),
            found.decision.allowed is True,
            self._why_no_deny(found),
        )

    def _why_no_deny(self, found: Possible) -> str:
        denies = [each for each in self.layers.statements() if each.statement.effect == "Deny"]
        if not denies:
            return "no policy read denies anything"
        lower = found.action.lower()
        speaking = [each for each in denies if each.acts(lower) is not False]
        if not speaking:
            return f"none of {len(denies)} Deny statements speaks of `{found.action}`"
        return f"{len(speaking)} Deny statements speak of `{found.action}`, and none applies to this request"

    def assumptions(self) -> tuple[str, ...]:
        """What the proof takes for given, as sentences: the form of ids, declared sessions and trusts, an inferred
        tenancy."""
        ids = self.tenancy.tenant_ids
        form = NAMED_FORMS.get(ids.pattern, ids.pattern)
        notes = [f"tenant ids match {form}" if ids.pattern != ANY_TAG_VALUE else "tenant ids are any tag values"]
        entry = self.store.entry
        if ids.pattern == ANY_TAG_VALUE and isinstance(entry, OwnedArn) and has_id_in_a_name(entry.arn):
            notes = [f"tenant ids are any tag values that can stand in `{entry.arn}`"]
        declared = self.asker.declared
        if declared is not None:
            keys = " and ".join(f"`{key}`" for key in declared.tenant_keys)
            if declared.of_stack is not None:
                notes.append(
                    f"{self.actor.name} is the tenant's that the parameter `{declared.of_stack[-1]}` of its stack names"
                )
            elif self.asker.tagged and keys:
                notes.append(f"sessions carry their own tenant's id in {keys}")
            if declared.binders:
                notes.append(f"{', '.join(declared.binders)} may choose the tenant of a session (declared binders)")
            if declared.session_policy:
                notes.append(f"every session is made with the policy {declared.session_policy}")
            notes.extend(f"sessions carry `{key}` as declared" for key in declared.constants)
        notes.extend(self.store.notes)
        if self.tenancy.source == "inferred":
            notes.append("the tenancy is inferred from the files, not declared")
        trusts = len(self.tenancy.trusted) + len(self.tenancy.shared)
        if trusts:
            notes.append(f"{trusts} declared trusts and shared resources are left out")
        return tuple(notes)


def allowing(actor: Actor, found: Possible, target: Resource | None = None) -> Iterator[Allowing]:
    """The statements that allow a request, with their places; `target` is the resource whose own policy may be one."""
    seen: set[tuple[str, int]] = set()
    for layer, policy, statement in found.decision.allowing:
        if (policy.name, statement.index) in seen:
            continue
        seen.add((policy.name, statement.index))
        place = next((number for number, each in enumerate(actor.identity) if each is policy), None)
        if place is not None and (source := actor.attached[place].source) is not None:
            keys = (*actor.attached[place].keys, *statement.path)
            yield Allowing(policy.name, statement.index, source, keys)
        else:
            yield Allowing(policy.name, statement.index, target if layer == "resource_policy" else None, ())


def context_of(request: Request) -> dict[str, object]:
    """The condition keys worth telling: what follows from the principal's ARN is left out, as AWS fills it in."""
    return {
        key: shown(value)
        for key, value in request.context.items()
        if not isinstance(value, Unknown) and key not in _DERIVED
    }


def shown(value: object) -> object:
    """A value of a request with readable stand-ins for names that deployment makes."""
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else stand_in(part) for part in value.parts)
    if isinstance(value, Unknown):
        return stand_in(value)
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, MappingType):
        return {key: shown(each) for key, each in value.items()}
    return value


def stand_in(unknown: Unknown) -> str:
    """A readable name for what only deployment decides; `any` where it has no symbol."""
    if isinstance(unknown, Reference):
        if (drawn := DRAWN.get(unknown.attribute)) is not None:
            return drawn
        return f"{unknown.resource.rpartition('#')[2].rpartition('/')[2]}-standin"
    return f"{unknown.symbol[-1]}-standin" if unknown.symbol else "any"


def _short(term: object) -> str:
    text = str(term)
    return text.rpartition("/")[2].strip("${}") or text


def _can(example: Counterexample) -> str:
    return f"call `{example.action}` on every tenant's data"
