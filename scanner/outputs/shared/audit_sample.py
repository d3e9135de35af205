"""A sample for an auditor: drawn at random, the same for the same seed, each with the way to look for oneself."""

from __future__ import annotations

import hashlib
import json
import random
import shlex
from collections.abc import Iterator

from scanner.base.record import record
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.shared.vocabulary import VERDICT_WORDS, count

_DRAWN = ("FAIL", "UNKNOWN", "SUPPRESSED", "PASS")
_HEAD = 12


@record
class Item:
    """One verdict to come to again; `look` is a command or a place."""

    number: int
    rule: str
    title: str
    resource: str
    verdict: str
    look: str


def drawn(report: ReportDocument, size: int, seed: int) -> tuple[list[Item], int, str]:
    """The sample, how many verdicts it is drawn from, and a digest of those, by which it can be drawn again."""
    rows = sorted(
        (each for each in report["findings"] if each["verdict"] in _DRAWN),
        key=lambda each: (each["rule"], each["resource"]["address"], each["id"]),
    )
    digest = hashlib.sha256(json.dumps([each["id"] for each in rows]).encode("ascii")).hexdigest()
    chosen = random.Random(f"{seed}:{digest}").sample(rows, min(size, len(rows)))  # noqa: S311  # to be repeated, not secret
    items = [
        Item(
            number,
            each["rule"],
            report["rules"][each["rule"]]["title"] if each["rule"] in report["rules"] else "",
            each["resource"]["address"].removesuffix("#"),
            VERDICT_WORDS[each["verdict"]],
            _look(each),
        )
        for number, each in enumerate(chosen, 1)
    ]
    return items, len(rows), digest


def text(report: ReportDocument, size: int, seed: int) -> Iterator[str]:
    """Lines of plain text."""
    items, population, digest = drawn(report, size, seed)
    yield f"{count(len(items), 'verdict')} of {population:,}, seed {seed}, population {digest[:_HEAD]}"
    rules = report["tool"].get("rules_digest", "")
    yield f"made {report['generated_at']}, judged as of {report['as_of']}, rules {rules}"
    for each in items:
        yield ""
        yield f"{each.number}. {each.resource}"
        yield f"   {each.rule}: {each.title}"
        yield f"   said: {each.verdict}"
        yield f"   look: {each.look}"


def _look(finding: FindingDocument) -> str:
    resource = finding["resource"]
    location = finding.get("location")
    if location is not None and location.get("path") and location.get("line"):
        return f"{location['path']}, line {location['line']}"
    if "#" in resource["address"]:
        path, _, name = resource["address"].partition("#")
        if not name:
            return path
        return f"{path}, resource {name}"
    if not resource["type"].startswith("AWS::") or resource["type"].startswith("AWS::::"):
        return f"the settings of account {resource['account']} in {resource['region'] or 'every region'}"
    # Of AWS's own making, so it does not share a fault with what collected the value ("Cloud Control API").
    words = ["aws", "cloudcontrol", "get-resource", "--type-name", resource["type"]]
    words += ["--identifier", resource["logical_id"] or resource["address"]]
    if resource["region"]:
        words += ["--region", resource["region"]]
    return " ".join(shlex.quote(word) for word in words)


__all__ = ["Item", "drawn", "text"]
