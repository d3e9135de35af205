"""One rule on one resource: every world that matters, one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.base.record import mutable
from scanner.engine.finding_builder import Describer
from scanner.engine.idle_defaults import rests_on
from scanner.engine.proof_findings import Asked
from scanner.findings.finding import Finding
from scanner.findings.report_document import Verdict
from scanner.language.assertion import HOLDS, Outcome
from scanner.language.expressions.comparison import truth
from scanner.language.expressions.relations import Relations
from scanner.language.expressions.scope import Scope
from scanner.language.message import MOST_SHOWN, shown
from scanner.language.rule import Rule
from scanner.model.resource import Inventory, Resource, always
from scanner.model.truth import Truth
from scanner.model.unknown import Unknown
from scanner.model.world import MOST_WORLDS, Explored, Leaf, UndecidedError, World, explore_on, explore_some
from scanner.prover.system.proof import Proof
from scanner.tenancy.tenancy import Tenancy

if TYPE_CHECKING:
    from scanner.prover.prover import Prover

_IN_NO_WORLD = "the resource is made in no world"
MOST_WORLDS_AGAIN = 8
"""Findings of more worlds are not asked a second time which defaults count: their sentence names all that were met."""


@mutable
class Ruling:
    """What one run in one world says; `reason` is why a rule does not apply."""

    verdict: Verdict
    outcome: Outcome = field(default_factory=lambda: HOLDS)
    reason: str = ""
    proof: Proof | None = None


@mutable
class Judge:
    """Everything that a verdict rests on besides the rule and the resource.

    `kept`, where given, is what was proved before, by rule and address, and stands in for proofs; None where that does
    not hold any more.
    """

    inventory: Inventory
    relations: Relations
    tenancy: Tenancy
    describe: Describer
    strict_defaults: bool = False
    prover: Prover | None = None
    kept: Mapping[tuple[str, str], Finding | None] | None = None

    def judge(self, rule: Rule, resource: Resource, names: Mapping[str, object] | str) -> Finding:
        """The finding. `names` are the rule's parameters, or why it has none to work with."""
        if isinstance(names, str):
            return self.describe.not_applicable(rule, resource, names)
        if (rule.kind is not None or rule.theorems) and self.tenancy.source is None:
            reason = "no tenancy is declared: write tenancy.yaml to say whose data is what"
            return self.describe.not_applicable(rule, resource, reason)
        try:
            world = World()
            try:
                # Nearly always nothing is open, and there is one world.
                ruling = self._run(rule, resource, dict(names), world)
            except UndecidedError as undecided:
                explored = explore_on(lambda each: self._run(rule, resource, dict(names), each), undecided)
            else:
                if ruling is None:
                    return self.describe.not_applicable(rule, resource, _IN_NO_WORLD)
                if ruling.verdict in ("PASS", "NOT_APPLICABLE"):
                    return self.describe.finding(
                        rule, resource, ruling.verdict, ruling.outcome, ruling.reason, world, {}, ruling.proof
                    )
                explored = Explored([Leaf(ruling, world)])
            found = self._combine(rule, resource, explored)
            if explored.more is not None and found.verdict != "FAIL":
                found = self._whichever(rule, resource, names) or found
            elif not rule.theorems and len(explored.leaves) <= MOST_WORLDS_AGAIN:
                found.assumptions = rests_on(
                    found,
                    lambda refused: self._combine(
                        rule, resource, self._explored(rule, resource, names, World(refused=refused))
                    ),
                )
            return self.describe.with_defaults(found, resource)
        except RecursionError:
            return self.describe.unknown(rule, resource, Unknown("evaluation-limit", "the values are nested too deep"))
        except Exception as error:  # noqa: BLE001  # whatever a rule trips over blinds one verdict, never the scan
            return self.describe.crashed(rule, resource, error)

    def _explored(
        self, rule: Rule, resource: Resource, names: Mapping[str, object], start: World
    ) -> Explored[Ruling | None]:
        return explore_some(lambda world: self._run(rule, resource, dict(names), world), start)

    def _whichever(self, rule: Rule, resource: Resource, names: Mapping[str, object]) -> Finding | None:
        """The finding where the rule is met whichever parts of lists are there; None where it may be otherwise.

        A fault in some world would have been seen by trying worlds, so only what is met everywhere is said here. What
        is proved of the most that policies may allow is so of all between it and the least, of which it is asked, too:
        who reaches nothing at all has proved nothing.
        """
        found: Finding | None = None
        for bound in ("least", "most") if rule.theorems else ("most",):
            wide = self._explored(rule, resource, names, World(wide=bound))
            ruled = {leaf.result.verdict for leaf in wide.leaves if leaf.result is not None}
            if wide.more is not None or ruled != {"PASS"}:
                return None
            found = self._combine(rule, resource, wide)
        return found

    def _run(self, rule: Rule, resource: Resource, names: dict[str, object], world: World) -> Ruling | None:
        """The ruling in one world, None where the resource is not made there. Raises UndecidedError."""
        if (exists := resource.exists) is not always and not world.narrowly(lambda: exists(world)):
            return None
        asked = Asked(self._prover(), resource, world) if rule.theorems else None
        scope = Scope(
            world,
            resource,
            self.inventory,
            self.relations,
            self.tenancy,
            names,
            self.strict_defaults,
            asked.prove if asked is not None else None,
        )
        applies: Truth = True
        if rule.kind is not None:
            belongs = self.tenancy.owns if rule.kind == "tenant-owned" else self.tenancy.is_principal
            applies = world.narrowly(lambda: belongs(resource, world))
            if applies is False:
                what = "hold data of a tenant" if rule.kind == "tenant-owned" else "act for a tenant"
                return Ruling("NOT_APPLICABLE", reason=f"the tenancy does not declare it to {what}")
        if rule.where is not None:
            here = truth(rule.where.evaluate(resource.fields, scope))
            if here is False:
                return Ruling(
                    "NOT_APPLICABLE", reason=rule.otherwise or f"`{_shortened(rule.where.text)}` does not hold"
                )
            if here is not True and applies is True:
                applies = here
        outcome = rule.check(resource.fields, scope)
        proof = None
        if asked is not None:
            if asked.reason is not None:
                return Ruling("NOT_APPLICABLE", reason=asked.reason)
            proof = asked.proof
            if proof is not None and outcome.holds is not True:
                outcome = Outcome(outcome.holds, outcome.seen, outcome.message or proof.sentence, 0, outcome.clause)
        if outcome.holds is True:
            return Ruling("PASS", outcome, proof=proof)
        if isinstance(applies, Unknown):
            return Ruling("UNKNOWN", Outcome(applies))
        return Ruling("FAIL" if outcome.holds is False else "UNKNOWN", outcome, proof=proof)

    def _prover(self) -> Prover:
        if self.prover is None:
            # 30 ms, and most scans have no tenancy to prove anything under.
            from scanner.engine.replay import replay
            from scanner.prover.prover import Prover

            self.prover = Prover(self.tenancy, self.inventory, replay)
        return self.prover

    def _combine(self, rule: Rule, resource: Resource, explored: Explored[Ruling | None]) -> Finding:
        leaves = explored.leaves
        present = [leaf for leaf in leaves if leaf.result is not None]
        limit = _limit(explored.more) if explored.more is not None else None
        if not present:
            if limit is not None:
                return self.describe.unknown(rule, resource, limit)
            return self.describe.not_applicable(rule, resource, _IN_NO_WORLD)
        if len(present) == 1 and len(leaves) == 1 and limit is None:
            ruling = present[0].result
            assert ruling is not None  # noqa: S101  # `present` holds no other
            return self.describe.finding(
                rule, resource, ruling.verdict, ruling.outcome, ruling.reason, present[0].world, {}, ruling.proof
            )
        ruled = [(leaf, *_agreed(leaf, leaves, limit)) for leaf in present]
        by_verdict: dict[Verdict, list[tuple[Leaf[Ruling | None], Outcome]]] = {}
        for leaf, agreed, outcome in ruled:
            by_verdict.setdefault(agreed, []).append((leaf, outcome))
        if failing := by_verdict.get("FAIL"):
            labels, (leaf, outcome) = min(
                ((_least(leaf, failing, ruled), (leaf, outcome)) for leaf, outcome in failing),
                key=lambda each: (len(each[0]), sorted(map(str, each[0].items()))),
            )
            return self.describe.finding(rule, resource, "FAIL", outcome, "", leaf.world, labels, _proof(leaf))
        if limit is not None:
            return self.describe.unknown(rule, resource, limit)
        if doubtful := by_verdict.get("UNKNOWN"):
            leaf, outcome = doubtful[0]
            labels = _least(leaf, doubtful, ruled)
            return self.describe.finding(rule, resource, "UNKNOWN", outcome, "", leaf.world, labels, _proof(leaf))
        verdict: Verdict = "PASS" if "PASS" in by_verdict else "NOT_APPLICABLE"
        world = World()
        for leaf, _ in by_verdict[verdict]:
            world.assumptions.update(leaf.world.assumptions)
        first = by_verdict[verdict][0][0].result
        reason = first.reason if first else ""
        proof = _proof(by_verdict[verdict][0][0])
        return self.describe.finding(rule, resource, verdict, HOLDS, reason, world, {}, proof)


def _proof(leaf: Leaf[Ruling | None]) -> Proof | None:
    return leaf.result.proof if leaf.result is not None else None


@lru_cache(1_024)
def _shortened(where: str) -> str:
    """The beginning of a long clause: the rule itself has the rest."""
    text = " ".join(where.split())
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def _limit(about: str) -> Unknown:
    detail = f"more than {MOST_WORLDS} combinations of choices would have to be tried"
    if about:
        detail += f", with `{shown(about)}` among what is still open"
    return Unknown("evaluation-limit", f"{detail}; pass --parameters to fix some of them")


def _agreed(
    leaf: Leaf[Ruling | None], leaves: Sequence[Leaf[Ruling | None]], limit: Unknown | None
) -> tuple[Verdict, Outcome]:
    """The verdict of the leaf's world: that of every completion of what is not the owner's to choose.

    `limit` says why not all completions were tried, where they were not.
    """
    ruling = leaf.result
    assert ruling is not None  # noqa: S101  # absent leaves have no verdict
    if not leaf.world.guesses:
        return ruling.verdict, ruling.outcome
    if limit is not None:
        return "UNKNOWN", Outcome(limit, ruling.outcome.seen, None, 0, ruling.outcome.clause)
    others = [other.result for other in leaves if other is not leaf and leaf.meets(other)]
    same = all(other.verdict == ruling.verdict if other else ruling.verdict == "PASS" for other in others)
    if same or ruling.verdict == "UNKNOWN":
        return ruling.verdict, ruling.outcome
    if {other.verdict if other else "NOT_APPLICABLE" for other in others} | {ruling.verdict} <= {
        "PASS",
        "NOT_APPLICABLE",
    }:
        return ruling.verdict, ruling.outcome
    guess = next(iter(leaf.world.guesses.values()))
    return "UNKNOWN", Outcome(guess.plain(), ruling.outcome.seen, None, 0, ruling.outcome.clause)


def _least(
    leaf: Leaf[Ruling | None],
    alike: Sequence[tuple[Leaf[Ruling | None], Outcome]],
    ruled: Sequence[tuple[Leaf[Ruling | None], Verdict, Outcome]],
) -> dict[str, object]:
    """The smallest part of the leaf's assignment under which every world is ruled alike."""
    bad = {id(each) for each, _ in alike}
    labels = dict(leaf.world.labels)
    for name in list(labels):
        fewer = {key: value for key, value in labels.items() if key != name}
        if all(
            id(other) in bad
            for other, _, _ in ruled
            if all(other.world.labels.get(key, value) == value for key, value in fewer.items())
        ):
            labels = fewer
    return labels
