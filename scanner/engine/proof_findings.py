"""What the prover says of a resource, as a verdict and as parts of a finding."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from scanner.base.error import TenantproofError
from scanner.base.record import mutable, replace
from scanner.engine.snippet import snippet_at
from scanner.findings.finding import Evidence, Finding
from scanner.findings.report_document import LedgerDocument, ProofDocument, Verdict
from scanner.language.expressions.scope import Scope
from scanner.language.expressions.theorem import Theorem
from scanner.language.message import plain
from scanner.model.deferred import settle, settle_all
from scanner.model.resource import Keys, Resource
from scanner.model.secrets import without_secrets
from scanner.model.truth import Truth
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.system.proof import Allowing, Counterexample, NotAsked, Proof, worst

if TYPE_CHECKING:
    from scanner.prover.prover import Prover

_POSITION = re.compile(r"\[\d+\]")
_VERDICTS: dict[Verdict, str] = {"FAIL": "LEAK", "PASS": "ISOLATED", "UNKNOWN": "NOT_PROVEN"}


class UnreplayedLeakError(TenantproofError):
    """The evaluator does not allow what the prover says leaks: one of the two is wrong."""


@mutable
class Asked:
    """The theorems of one rule, asked of one resource in one world."""

    prover: Prover
    resource: Resource
    world: World
    _proofs: list[Proof] = field(default_factory=list)
    _refused: list[NotAsked] = field(default_factory=list)

    def prove(self, theorem: Theorem, scope: Scope) -> Truth:
        """Raises UndecidedError, and UnreplayedLeak."""
        del scope
        # Of what is open the proof takes bounds of policies, and nothing else.
        found = self.world.narrowly(lambda: self.prover.prove(theorem, self.resource, self.world))
        if isinstance(found, NotAsked):
            self._refused.append(found)
            return True
        self._proofs.append(found)
        if found.verdict == "ISOLATED":
            return True
        if found.verdict == "LEAK":
            example = found.counterexample
            if example is not None and not example.replayed:
                raise UnreplayedLeakError(f"the counterexample of {found.theorem} does not replay: {example.action}")
            return False
        return found.unknown or Unknown("prover-limit", "neither a proof nor a request was found")

    @property
    def reason(self) -> str | None:
        """Why nothing at all was asked."""
        return self._refused[0].because if self._refused and not self._proofs else None

    @property
    def proof(self) -> Proof | None:
        """The worst of the proofs that were made; None where no theorem was asked."""
        return worst(self._proofs) if self._proofs else None


def add_proof(finding: Finding, proof: Proof, resource: Resource, world: World) -> None:
    """Completes a finding by what was proved. The verdict is the finding's: another world may have had a say."""
    verdict = _VERDICTS.get(finding.verdict)
    if verdict is None:
        return
    finding.proof = _document(replace(proof, verdict=verdict))  # type: ignore[arg-type]  # the table's values are verdicts
    if finding.verdict == "PASS":
        return
    example = proof.counterexample
    if example is not None:
        evidence = tuple(_evidence(example, resource, world))
        finding.counterexample = _counterexample(example, world)
        if evidence:
            finding.evidence = evidence
        first = next((each for each in example.allowed_by if each.source is not None), None)
        if first is not None and first.source is not None:
            finding.location = first.source.source.locate(first.source, first.keys, world)
    if proof.fix:
        finding.fix = proof.fix
    finding.clause = " ".join((proof.theorem, proof.over or "", *proof.cause[2:]))


def _document(proof: Proof) -> ProofDocument:
    return {
        "theorem": proof.theorem,
        "over": proof.over,
        "verdict": proof.verdict,
        "vacuous": proof.vacuous,
        "reaches": proof.reaches if proof.verdict != "LEAK" else None,
        "rests_on": list(proof.rests_on) if proof.verdict == "ISOLATED" else [],
        "reach": proof.reach if proof.verdict == "LEAK" else None,
        "assumptions": list(proof.assumptions),
        "explanation": list(proof.explanation),
        "ledger": _ledger(proof),
    }


def _ledger(proof: Proof) -> LedgerDocument | None:
    count = proof.ledger
    if count is None:
        return None
    return {"asked": count.asked, "harmless": len(count.harmless), "not_modelled": count.not_modelled}


def _counterexample(example: Counterexample, world: World) -> dict[str, object]:
    return {
        "caller_tenant": example.caller_tenant,
        "owner_tenant": example.owner_tenant,
        "principal": example.principal,
        "action": example.action,
        "resource": example.resource,
        "context": dict(sorted(example.context.items())),
        "allowed_by": [_allowing(each, world) for each in example.allowed_by],
        "why_no_deny": example.why_no_deny,
        "chain": list(example.chain),
        "replayed": example.replayed,
    }


def _allowing(statement: Allowing, world: World) -> dict[str, object]:
    location = statement.source.source.locate(statement.source, statement.keys, world) if statement.source else None
    return {
        "policy": statement.policy,
        "statement": statement.number,
        "path": location.path if location else None,
        "line": location.line if location else None,
    }


def _evidence(example: Counterexample, resource: Resource, world: World) -> Iterator[Evidence]:
    """The statements that allow it, as they are written."""
    for each in example.allowed_by:
        if each.source is None or not each.keys:
            continue
        value = without_secrets(each.source.type, plain(_at(each, world)), each.keys)[0]
        location = each.source.source.locate(each.source, each.keys, world)
        lines = snippet_at(each.source.source, location)
        path = _spelled(each.keys)
        if each.source is not resource:
            path = f"{each.source.logical_id}.{path}"
        canonical = json.dumps([_POSITION.sub("", path), value], sort_keys=True, default=str)
        yield Evidence(path, value, location.line, lines, canonical)


def _at(allowing: Allowing, world: World) -> object:
    assert allowing.source is not None  # noqa: S101  # asked for by the caller
    value: object = allowing.source.fields
    for key in allowing.keys:
        value = settle(value, world)
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return settle_all(value, world)


def _spelled(keys: Keys) -> str:
    spelled = ""
    for key in keys:
        spelled += f"[{key}]" if isinstance(key, int) else f".{key}" if spelled else str(key)
    return spelled
