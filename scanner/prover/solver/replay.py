"""What the prover needs of a concrete judge of requests: it must share no decision code with the prover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_document import Statement
from scanner.model.unknown import Unknown


class Judgement(Protocol):
    """The judge's answer; `allowing` are the layers' names with the statements that allowed.

    `refused` says why no such request can be, whatever the policies say.
    """

    @property
    def allowed(self) -> bool | Unknown:
        """Unknown where the judge could not decide either."""

    @property
    def refused(self) -> str | None:
        """None where the request is one that AWS would decide over by policies."""

    @property
    def allowing(self) -> Sequence[tuple[str, Policy, Statement]]:
        """Empty where nothing allowed."""


class Replay(Protocol):
    """Decides one request; `resource` and the context's values may have holes."""

    def __call__(  # what a request is made of
        self,
        principal: str,
        account: str,
        action: str,
        resource: object,
        context: Mapping[str, object],
        policies: PolicySet,
    ) -> Judgement: ...
