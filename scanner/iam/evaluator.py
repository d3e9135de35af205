"""What AWS answers to one request: a concrete judge, exact where AWS documents what it does.

It shares nothing with the prover but the parsing of documents, so that each can check the other.
"""

from __future__ import annotations

from scanner.base.record import record
from scanner.iam.decision import Trail
from scanner.iam.explanation import Decisive, Verdict, explain, keys_read
from scanner.iam.fixed_answers import FixedAnswer, fixed_answer
from scanner.iam.policies import PolicySet
from scanner.iam.request import Request
from scanner.model.truth import Truth, conj, disj, negate


@record
class Decision:
    """`allowed` is False also where the decision is UNKNOWN because only the kind of refusal is."""

    decision: Verdict
    allowed: Truth
    trail: Trail
    fixed: FixedAnswer | None = None

    @property
    def decisive(self) -> tuple[Decisive, ...]:
        """The statements that decided, ordered by layer, or the layers in which none allows."""
        if self.fixed is not None:
            return (Decisive("service", None, None, self.fixed.why),)
        return explain(self.trail, self.decision)

    @property
    def ignored_context_keys(self) -> tuple[str, ...]:
        """The keys given that no statement in question reads."""
        read = {key.lower() for key in keys_read(self.trail)}
        return tuple(sorted(key for key in self.trail.request.context if key.lower() not in read))

    @property
    def missing_context_keys(self) -> tuple[str, ...]:
        """The keys that statements in question read and the request lacks: they count as absent, not as unknown."""
        context = self.trail.context
        return tuple(sorted(key for key in keys_read(self.trail) if not context.has(key.lower())))


def decide(request: Request, policies: PolicySet) -> Decision:
    """The answer, three-valued: what is unknown gives the known answer or UNKNOWN. Never raises."""
    trail = Trail(request, policies)
    fixed = fixed_answer(trail.action, request.resource)
    if fixed is not None:
        return Decision(fixed.decision, fixed.decision == "ALLOWED", trail, fixed)
    denied = disj(layer.deny for layer in trail.layers)
    if denied is True:
        return Decision("EXPLICIT_DENY", False, trail)
    allowed = conj((trail.granted(), *(guard.allow for guard in trail.guards)))
    if denied is False:
        if allowed is True:
            return Decision("ALLOWED", True, trail)
        if allowed is False:
            return Decision("IMPLICIT_DENY", False, trail)
    return Decision("UNKNOWN", conj((allowed, negate(denied))), trail)
