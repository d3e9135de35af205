"""Whether a bundle is written as this release writes them: members, keys and bytes that its report does not decide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.acceptance.file_names import DECISIONS, EXCEPTIONS
from scanner.bundle.contents import (
    ATTACHMENTS,
    CONTROLS,
    INPUTS,
    INVENTORY,
    NEEDS_INPUTS,
    OPTIONS,
    REPORT,
    RULES,
    as_json,
    held_otherwise,
    input_names,
    rule_names,
    told_options,
)
from scanner.bundle.manifest import CHECKSUM, MANIFEST, SIGNATURE, Manifest
from scanner.bundle.plan_sources import source_members
from scanner.bundle.readable import PAGE, PRINT, README
from scanner.findings.report_document import ReportDocument
from scanner.options import Options
from scanner.scanning import gather
from scanner.tenancy.loading import NAMES as TENANCY

Said = tuple[str, str]
"""A member, and what is wrong with it."""
_OWN = {REPORT, OPTIONS, CONTROLS, ATTACHMENTS, PAGE, PRINT, README, MANIFEST, CHECKSUM, SIGNATURE}
_PROJECT = {"tenancy": TENANCY[0], "exceptions": EXCEPTIONS[0], "decisions": DECISIONS[0]}
_FOREIGN = "is in no bundle of this release: nothing was judged by it"


def form_apart(members: Mapping[str, bytes], manifest: Manifest, told: Mapping[str, object]) -> Iterator[Said]:
    """What stands in the bundle beside what a scan puts there; it needs no inputs.

    Raises what a document of another shape may raise.
    """
    if members[MANIFEST] != manifest.text():
        yield MANIFEST, "is not written as manifests are: it says more, or some reader may read it otherwise"
    if members[OPTIONS] != as_json(json.loads(members[OPTIONS])):
        yield OPTIONS, "is not written as options are: some reader may read it otherwise"
    named = {name for key, name in _PROJECT.items() if told.get(key) is not None}
    for name in sorted(members.keys() - _OWN - named):
        if not name.startswith((RULES, INPUTS, INVENTORY)):
            yield name, _FOREIGN


def attachments_apart(members: Mapping[str, bytes], report: ReportDocument) -> Iterator[Said]:
    """Where the digests of attached documents and what the report says of them do not fit. May raise as above."""
    content = members.get(ATTACHMENTS)
    if content is None:
        return
    kept: Any = json.loads(content)
    if content != as_json(kept):
        yield ATTACHMENTS, "is not written as it is made: some reader may read it otherwise"
    for each in report.get("decisions", ()):
        digest = kept.get(each["attachment"], {}).get("sha256")
        if None not in (digest, each["sha256"]) and each["matches"] is not (digest == each["sha256"]):
            yield ATTACHMENTS, f"says otherwise of {each['attachment']} than the report does"


def replay_apart(
    members: Mapping[str, bytes], manifest: Manifest, report: ReportDocument, options: Options
) -> Iterator[Said]:
    """What the bundle holds beside that which the scan of its inputs read, and options that it was not told.

    `options` are those of the scan of the inputs as they were laid out.
    """
    gathered = gather(options)
    told: Any = json.loads(members[OPTIONS])
    sources = source_members(gathered, options) if "source_files" in told else None
    read = {f"{RULES}{name}" for name in rule_names(options)}
    if manifest.includes_inputs:
        read |= {f"{INPUTS}{name}" for name in (*input_names(gathered, options), *(sources or ()))}
    for name in sorted(members.keys() - read):
        if name.startswith((RULES, INPUTS)):
            yield name, _FOREIGN
    withheld = {*manifest.withheld}
    inputs = {
        name.removeprefix(INPUTS): content
        for name, content in members.items()
        if name.startswith(INPUTS) and name.removeprefix(INPUTS) not in (sources or {})
    }
    again = told_options(options, report, gathered, withheld, include=manifest.includes_inputs, sources=sources)
    again |= held_otherwise(report, inputs)
    for key in sorted({*told, *again} - {NEEDS_INPUTS}):
        if told.get(key, _ABSENT) != again.get(key, _ABSENT) or type(told.get(key)) is not type(again.get(key)):
            yield OPTIONS, f"`{key}` is not what the scan of these inputs is told"


_ABSENT = object()

__all__ = ["attachments_apart", "form_apart", "replay_apart"]
