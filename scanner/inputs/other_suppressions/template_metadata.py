"""Suppressions in CloudFormation templates: metadata of cdk-nag, cfn_nag, Guard and Checkov, and Checkov's comments.

Forms as in the READMEs of cdk-nag ("Suppressing a rule"), cfn_nag ("Per-resource rule suppression"), the AWS Guard
rules registry ("Suppressing rules") and Checkov ("Suppressing and skipping policies").
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from scanner.inputs.other_suppressions.suppression import Suppression
from scanner.text.document import Document

COMMENT = re.compile(r"(?:checkov|bridgecrew):skip=\s*([A-Za-z0-9_]+)\s*:?\s*(.*?)\s*(?:-->)?\s*\Z")
_ONE_FINDING = re.compile(r"\[.*\]\Z", re.DOTALL)


def of_template(document: Document) -> Iterator[Suppression]:
    """In the order of the file. What is not of a known form says nothing."""
    data = document.data
    resources = data.get("Resources") if isinstance(data, Mapping) else None
    if not isinstance(resources, Mapping):
        return
    spans: list[tuple[int, int, str]] = []
    for logical_id, body in resources.items():
        name = str(logical_id)
        place = document.value_place(("Resources", logical_id))
        head = document.place(("Resources", logical_id)).line
        spans.append((head, place.end_line or place.line, name))
        metadata = body.get("Metadata") if isinstance(body, Mapping) else None
        if isinstance(metadata, Mapping):
            yield from _of_metadata(metadata, f"{document.path}#{name}", document.path, head)
    yield from _comments(document, spans)


def _of_metadata(metadata: Mapping[object, object], address: str, path: str, line: int) -> Iterator[Suppression]:
    for each in _entries(metadata, "cdk_nag", "rules_to_suppress"):
        yield _of_cdk_nag(each, address, path, line)
    for each in _entries(metadata, "cfn_nag", "rules_to_suppress"):
        yield Suppression("cfn-nag", str(each["id"]), address, _text(each.get("reason")), path, line)
    for each in _entries(metadata, "checkov", "skip"):
        yield Suppression("checkov", str(each["id"]), address, _text(each.get("comment")), path, line)
    guard = metadata.get("guard")
    suppressed = guard.get("SuppressedRules") if isinstance(guard, Mapping) else None
    named = suppressed.items() if isinstance(suppressed, Mapping) else ((each, "") for each in _listed(suppressed))
    for rule, reason in named:
        if isinstance(rule, str):
            yield Suppression("guard", rule, address, _text(reason), path, line)


def _of_cdk_nag(entry: Mapping[object, object], address: str, path: str, line: int) -> Suppression:
    rule, reason = str(entry["id"]), _text(entry.get("reason"))
    if entry.get("is_reason_encoded") is True:
        # cdk-nag writes reasons with characters outside of ASCII so.
        try:
            reason = base64.b64decode(reason, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            reason = ""
    part = entry.get("applies_to") or entry.get("appliesTo") or _ONE_FINDING.search(rule)
    refused = "it means some of the findings of that rule, an exception means all of them" if part else ""
    return Suppression("cdk-nag", rule, address, reason, path, line, refused)


def _entries(metadata: Mapping[object, object], tool: str, key: str) -> Iterator[Mapping[object, object]]:
    of_tool = metadata.get(tool)
    for each in _listed(of_tool.get(key) if isinstance(of_tool, Mapping) else None):
        if isinstance(each, Mapping) and isinstance(each.get("id"), str):
            yield each


def _comments(document: Document, spans: list[tuple[int, int, str]]) -> Iterator[Suppression]:
    """A comment means the resource that it stands in, or the one before the next that it trails."""
    if "skip=" not in document.text:
        return
    for number, line in enumerate(document.text.splitlines(), 1):
        _, hash_sign, comment = line.partition("#")
        if not hash_sign or (match := COMMENT.search(comment)) is None:
            continue
        inside = [name for first, last, name in spans if first <= number <= last]
        address = f"{document.path}#{inside[-1]}" if inside else ""
        refused = "" if inside else "it stands in no resource"
        yield Suppression("checkov", match[1], address, match[2], document.path, number, refused)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
