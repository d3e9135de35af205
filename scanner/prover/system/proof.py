"""What the prover says: a proof, a request that leaks, or what stood in the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from scanner.base.record import record, replace
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.prover.system.ledger import Ledger, together

ProofVerdict = Literal["ISOLATED", "LEAK", "NOT_PROVEN"]
Reach = Literal["own-session", "application-only", "indirect"]
RestsOn = Literal["trust", "binder", "inferred", "index"]
"""What somebody has to be right about beside the policies: a declared trust or shared resource, a declared binder, an
inferred tenancy, an index whose keys nobody declared."""
Reaches = Literal["own", "nothing"]
"""Whether a principal that stays out of others' data reaches any of it at all."""


@record
class Allowing:
    """A statement that allows: `number` within the policy, `source` and `keys` where it is written."""

    policy: str
    number: int
    source: Resource | None
    keys: tuple[str | int, ...]


@record
class Counterexample:
    """A request of one tenant for another's data. `resource` and `context` hold stand-ins for names yet to be made.

    `owner_tenant` is empty where the request is for the data of all tenants at once. `chain` are the steps before it.
    """

    caller_tenant: str | None
    owner_tenant: str
    principal: str
    action: str
    resource: str
    context: Mapping[str, object]
    allowed_by: tuple[Allowing, ...]
    replayed: bool
    why_no_deny: str
    chain: tuple[str, ...] = ()


@record
class Proof:
    """`unknown` is what a NOT_PROVEN waits for; `sentence` says what was found, `fix` what would repair it.

    `explanation` tells a specialist how it was decided. `cause` is what the identity of a leak rests on. `reaches` is
    None where it was not asked, `store` what tenancy.yaml calls the store.
    """

    theorem: str
    over: str | None
    verdict: ProofVerdict
    vacuous: bool = False
    reach: Reach | None = None
    assumptions: tuple[str, ...] = ()
    unknown: Unknown | None = None
    counterexample: Counterexample | None = None
    sentence: str = ""
    fix: str = ""
    cause: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()
    reaches: Reaches | None = None
    rests_on: tuple[RestsOn, ...] = ()
    store: str = ""
    ledger: Ledger | None = None


@record
class NotAsked:
    """The theorem says nothing of this resource."""

    because: str


_MOST_TOLD = 6
_ORDER: dict[ProofVerdict, int] = {"LEAK": 0, "NOT_PROVEN": 1, "ISOLATED": 2}
_REACHES: dict[Reach | None, int] = {"own-session": 0, "indirect": 1, "application-only": 2, None: 3}


def worst(proofs: list[Proof]) -> Proof:
    """The one that decides, with the assumptions of all. There must be one."""
    first = min(proofs, key=lambda proof: (_ORDER[proof.verdict], _REACHES[proof.reach]))
    notes = tuple(dict.fromkeys(note for proof in proofs for note in proof.assumptions))
    vacuous = first.verdict == "ISOLATED" and all(proof.vacuous for proof in proofs)
    return Proof(
        first.theorem,
        first.over,
        first.verdict,
        vacuous,
        first.reach,
        notes,
        first.unknown,
        first.counterexample,
        first.sentence,
        first.fix,
        first.cause,
        tuple(note for proof in proofs for note in proof.explanation),
        _reaches(first, proofs),
        tuple(dict.fromkeys(each for proof in proofs for each in proof.rests_on)),
        first.store,
        together(proof.ledger for proof in proofs),
    )


def with_others(first: Proof, proofs: list[Proof]) -> Proof:
    """The leak that decides with every other leak told beside it, one a store; any other proof as it is.

    They are a part of its identity: a leak in one more store is a new finding.
    """
    if first.verdict != "LEAK":
        return first
    others: dict[str, Proof] = {}
    for proof in proofs:
        if proof.verdict == "LEAK" and proof.store != first.store and proof.counterexample is not None:
            others.setdefault(proof.store, proof)
    if not others:
        return first
    told = [f"`{store}` by `{_action(proof)}`" for store, proof in sorted(others.items())]
    shown = ", ".join(told[:_MOST_TOLD]) + (f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else "")
    return replace(
        first,
        sentence=f"{first.sentence}; so it does in {shown}",
        explanation=(*first.explanation, *(f"leaks, too: {proof.sentence}" for _, proof in sorted(others.items()))),
        cause=(*first.cause, *sorted(others)),
    )


def _action(proof: Proof) -> str:
    return proof.counterexample.action if proof.counterexample is not None else ""


def _reaches(first: Proof, proofs: list[Proof]) -> Reaches | None:
    if first.verdict != "ISOLATED":
        return first.reaches
    told = {proof.reaches for proof in proofs}
    return "own" if "own" in told else None if None in told else "nothing"
