"""Sends a report to AWS Security Hub: what is new or changed is imported, what was fixed is archived.

Nothing is archived on the word of a report that did not look at everything: what could not be read or was not asked
for may be as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from scanner.base.record import record
from scanner.findings.gate import CLEAN, FOUND
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.asff import DEFAULT_SOURCE, Target, asff
from scanner.outputs.shared.listing import worst_first

if TYPE_CHECKING:
    from scanner.outputs.asff import Asff

# "BatchImportFindings": so many findings, and so many bytes, a call.
MOST_BATCH = 100
MOST_BATCH_BYTES = 6_000_000
# What a finding that is read back carries and whoever imports it may not write.
_KEPT = (
    "SchemaVersion",
    "Id",
    "ProductArn",
    "GeneratorId",
    "AwsAccountId",
    "Types",
    "CreatedAt",
    "Severity",
    "Title",
    "Description",
    "Remediation",
    "Resources",
    "Compliance",
    "FindingProviderFields",
)


class Hub(Protocol):
    """Security Hub as `scanner.live.securityhub_client` offers it."""

    account: str
    region: str

    def active(self, product_arn: str, prefix: str) -> Iterable[Asff]:
        """Findings that are not archived and whose ids begin with `prefix`. Raises ProblemsError."""

    def put(self, findings: Sequence[Asff]) -> list[tuple[str, str]]:
        """Adds or replaces at most 100 findings; gives the ids of those refused, each with the reason. Raises
        Problems."""


@record
class Sent:
    """How many findings were taken; `refused` are ids with AWS's reason.

    `elsewhere` counts findings of another account or region, which only a hub there takes. `incomplete` says why
    nothing was archived; empty where the report looked at everything.
    """

    imported: int
    archived: int
    refused: tuple[tuple[str, str], ...]
    elsewhere: int
    incomplete: str


def send(report: ReportDocument, hub: Hub, source: str = DEFAULT_SOURCE) -> Sent:
    """Brings the hub's findings of this `source` to what the report says; again changes nothing but the time."""
    target = Target(hub.account, hub.region, source)
    before = {str(each["Id"]): each for each in hub.active(target.product_arn, target.prefix)}
    mine = _ours(report, hub)
    current: dict[str, Asff] = {}
    for finding in mine:
        document = asff(finding, report, target)
        # Whatever the report says of the time, a finding is as old as it was when it was first sent.
        known = before.get(str(document["Id"]))
        current.setdefault(str(document["Id"]), {**document, **({"CreatedAt": known["CreatedAt"]} if known else {})})
    incomplete = _incomplete(report)
    gone = [] if incomplete else [_archived(each, report) for id_, each in before.items() if id_ not in current]
    refused = [each for batch in batches([*current.values(), *gone]) for each in hub.put(batch)]
    ids = {id_ for id_, _ in refused}
    return Sent(
        imported=sum(id_ not in ids for id_ in current),
        archived=sum(str(each["Id"]) not in ids for each in gone),
        refused=tuple(refused),
        elsewhere=len(worst_first(report["findings"])) - len(mine),
        incomplete=incomplete,
    )


def batches(findings: Iterable[Asff]) -> Iterator[list[Asff]]:
    """As many to a call as AWS takes."""
    batch: list[Asff] = []
    size = 0
    for finding in findings:
        bytes_ = len(json.dumps(finding))
        if batch and (len(batch) == MOST_BATCH or size + bytes_ > MOST_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(finding)
        size += bytes_
    if batch:
        yield batch


def _ours(report: ReportDocument, hub: Hub) -> list[FindingDocument]:
    """An account takes findings of its own and of no other, and so does a region; what names none goes here."""
    return [
        each
        for each in worst_first(report["findings"])
        if each["resource"]["account"] in (None, hub.account) and each["resource"]["region"] in (None, hub.region)
    ]


def _archived(finding: Asff, report: ReportDocument) -> Asff:
    kept: Asff = {key: finding[key] for key in _KEPT if key in finding}
    return {**kept, "UpdatedAt": report["generated_at"], "RecordState": "ARCHIVED"}


def _incomplete(report: ReportDocument) -> str:
    if report["exit_code"] not in (CLEAN, FOUND):
        return "not everything could be read and judged"
    narrowed = [name for name in ("select", "skip", "frameworks") if report["options"].get(name)]
    if narrowed:
        return f"only some rules were asked for ({', '.join(narrowed)})"
    return ""
