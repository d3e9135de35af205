"""One question: a tenancy, a role with its policies, and what else is in the template."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.prover.closed_world.carriers import Carrier
from tests.prover.closed_world.reference import ACCOUNT, REGION, Action, Form, reference
from tests.prover.closed_world.resource_types import Type

TAG = "${aws:PrincipalTag/TenantId}"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0d1b4a3e-1111-2222-3333-444455556666"
BROKER = f"arn:aws:iam::{ACCOUNT}:role/token-vending"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/AppRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/AppRole/session"
KINDS = ("arn", "tagged", "dynamodb-item", "s3-object", "s3-object-tag", "kms-context", "path", "silo", "carried")
# Patterns of tenant ids, each with pairs of a caller and an owner.
PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    "[a-z]{4,12}": (("acme", "globex"), ("acme", "acmeco"), ("globex", "coglobex")),
    "[a-z0-9-]{1,36}": (("acme", "globex"), ("acme", "acme-x"), ("x", "x-acme"), ("x", "acme-x")),
    "t[0-9]{3}": (("t001", "t002"),),
    "uuid": (("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "6fa459ea-ee8a-3ca4-894e-db77e160355e"),),
}


@dataclass
class Question:
    """`form` and `pattern` are the entry's ARN, where it has one; `tag` is the owner's tag, where that is what counts.

    `documents` are by layer. `resources` are what the template has beside the role; `policies_on` the policy on each
    ARN.
    """

    kind: str
    entry: dict[str, Any]
    ids: str
    documents: dict[str, list[dict[str, Any]]]
    form: Form | None = None
    fill: dict[int, str] = field(default_factory=dict)
    type: Type | None = None
    actions: tuple[str, ...] = ()
    resources: dict[str, Any] = field(default_factory=dict)
    policies_on: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_reference: dict[str, Any] = field(default_factory=dict)
    tenant: str | None = None
    owner: str = ""
    carrier: Carrier | None = None
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def pattern(self) -> str:
        assert self.form is not None
        return self.form.filled(self.fill)

    @property
    def tenants(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a caller and an owner."""
        return ((self.tenant, self.owner),) if self.tenant else self.pairs or PATTERNS[self.ids]

    @property
    def group(self) -> str:
        """What it is counted under."""
        return f"{self.kind} + policy" if self.carrier else self.kind

    @property
    def tagged(self) -> bool:
        return self.kind == "tagged"


def actions_about(made: Question) -> list[Action]:
    """The actions on the entry, on what is in it, and on what it is in."""
    known = reference()
    assert made.form is not None
    forms = [*known.same(made.form), *known.below(made.form), *known.above(made.form)]
    return [action for form in forms for action in known.on.get(form, ())]


def document(statements: list[dict[str, Any]], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": statements}
