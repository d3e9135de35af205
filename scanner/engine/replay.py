"""Every counterexample of the prover, judged again by the concrete evaluator, which shares no decision code with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.base.record import record
from scanner.iam.evaluator import Decision, decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_document import Statement
from scanner.iam.principals import principal_of
from scanner.iam.refusals import refusal, without_holes
from scanner.iam.request import Request
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown


@record
class Replayed:
    """`refused` says why AWS would not get to decide over such a request."""

    decision: Decision
    refused: str | None = None

    @property
    def allowed(self) -> bool | Unknown:
        """The decision by the policies alone; `refused` is not looked at."""
        return self.decision.allowed

    @property
    def allowing(self) -> Sequence[tuple[str, Policy, Statement]]:
        """The statements that allowed, with the layer and policy that each is of."""
        return [
            (layer.kind, policy, compiled.statement)
            for layer in self.decision.trail.layers
            for policy, compiled in layer.allowing
        ]


def replay(  # what a request is made of
    principal: str, account: str, action: str, resource: object, context: Mapping[str, object], policies: PolicySet
) -> Replayed:
    """What AWS would answer."""
    target = resource if isinstance(resource, str | Text | Unknown) else str(resource)
    decision = decide(Request(principal_of(principal), action, target, account, context, strict=True), policies)
    asked = decision.allowed is not False
    return Replayed(decision, refusal(action, without_holes(resource), context) if asked else None)
