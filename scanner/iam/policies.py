"""Everything that decides over a request, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from scanner.base.record import record
from scanner.iam.compiled_policy import CompiledDocument
from scanner.iam.policy_document import PolicyDocument, parse_document
from scanner.model.truth import Truth
from scanner.model.unknown import Unknown


@record
class Policy:
    """A document under the name that answers give it."""

    name: str
    compiled: CompiledDocument

    @classmethod
    def of(cls, name: str, value: object) -> Policy:
        """From resolved data, JSON text, an Unknown or a parsed document. Never raises."""
        document = value if isinstance(value, PolicyDocument) else parse_document(value)
        return cls(name, CompiledDocument(document))

    @property
    def document(self) -> PolicyDocument:
        """The document as it was read, before patterns were made of it."""
        return self.compiled.document


@record
class Grant:
    """A KMS grant: "Grants in AWS KMS". `operations` are API names such as `Decrypt`.

    `equals` and `subset` are its encryption context constraints, None where there is none.
    """

    name: str
    grantee: str
    operations: tuple[str, ...]
    equals: Mapping[str, str] | None = None
    subset: Mapping[str, str] | None = None


@record
class PolicySet:
    """None means that there is no such layer, so that it neither allows nor limits.

    `scps` and `rcps` hold one tuple for each level from the organisation's root to the account; `scps` are those of the
    caller's account, `rcps` those of the resource's. `resource` and `trust` may be an Unknown where a policy exists and
    was not read; for KMS keys and roles, None means that as well. `restrict_public` is RestrictPublicBuckets of S3.
    """

    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    resource: Policy | Unknown | None = None
    trust: Policy | Unknown | None = None
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    endpoint: tuple[Policy, ...] | None = None
    grants: tuple[Grant, ...] = field(default=())
    restrict_public: Truth = False
