"""The names by which other tools and frameworks know a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast

from scanner.base.record import record
from scanner.findings.report_document import AliasDocument

Basis = Literal["same", "narrower", "wider"]
SCHEMES = {
    "security-hub": "a control of AWS Security Hub, such as `S3.5`",
    "config": "a managed rule of AWS Config, such as `s3-bucket-ssl-requests-only`",
    "prowler": "a check of Prowler",
    "checkov": "a check of Checkov, such as `CKV_AWS_18`",
    "guard": "a rule of the AWS Guard rules registry",
    "cdk-nag": "a rule of cdk-nag, with or without its pack: `AwsSolutions-S1` or `S3BucketSSLRequestsOnly`",
    "trivy": "a check of Trivy, such as `AVD-AWS-0089`, newer `AWS-0089`",
}
"""Each scheme with what its names are."""


@record
class Alias:
    """`basis` says what the other asks beside the rule: the same, less (narrower) or more (wider)."""

    scheme: str
    id: str
    basis: Basis = "same"

    @property
    def full(self) -> str:
        """The name with its scheme, as it may be written where the name alone could be taken for another's."""
        return f"{self.scheme}:{self.id}"


def read_aliases(raw: Mapping[str, Sequence[object]]) -> tuple[Alias, ...]:
    """From the rule's file, whose form was checked: a text is a name of the same, a mapping says its basis."""
    return tuple(
        Alias(scheme, each)
        if isinstance(each, str)
        else Alias(scheme, *cast("tuple[str, Basis]", (each["id"], each["basis"])))  # type: ignore[index]  # a mapping, as was checked
        for scheme, several in raw.items()
        for each in several
    )


def alias_documents(aliases: Iterable[Alias]) -> dict[str, list[AliasDocument]]:
    """As reports have them: by scheme."""
    told: dict[str, list[AliasDocument]] = {}
    for each in aliases:
        told.setdefault(each.scheme, []).append({"id": each.id, "basis": each.basis})
    return told


__all__ = ["SCHEMES", "Alias", "alias_documents", "read_aliases"]
