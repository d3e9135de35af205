"""Rules that are no YAML file, because they speak of the files themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from scanner.base.record import record
from scanner.findings.finding import Evidence, Finding
from scanner.findings.report_document import Severity
from scanner.model.location import Location
from scanner.text.document import Document, Duplicate


@record
class BuiltinRule:
    """A rule of the scanner itself. It has no YAML and no examples; `layer` is the one that reports list it under."""

    id: str
    title: str
    severity: Severity
    why: str
    fix: str
    references: tuple[str, ...] = ()
    layer: str = "project"


KEYS_UNIQUE = BuiltinRule(
    "template-keys-are-unique",
    "No key stands twice in one mapping of a template",
    "high",
    "CloudFormation silently takes the last of two equal keys. "
    "A reader who sees the first believes in a setting that is not there.",
    "Remove one of the two, so that what is read is what is deployed.",
    ("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html",),
)
EXCEPTION_CURRENT = BuiltinRule(
    "exception-current",
    "Exceptions are in force only until their date",
    "high",
    "An accepted finding is a decision for a time. After it the finding is one nobody has accepted.",
    "Decide again: fix what the exception hid, or renew it with a new date and approval.",
)
EXCEPTION_WELL_FORMED = BuiltinRule(
    "exception-well-formed",
    "Every exception names its reason, owner, approval and end",
    "high",
    "An exception without an owner or a reason cannot be answered for, so it hides nothing.",
    "Complete the entry in exceptions.yaml.",
)
EXCEPTION_USED = BuiltinRule(
    "exception-used",
    "Every exception covers something",
    "low",
    "An exception that covers nothing today may hide something tomorrow.",
    "Remove the entry from exceptions.yaml.",
)
TRUST_CURRENT = BuiltinRule(
    "trust-current",
    "Declared trusts are in force only until their date",
    "high",
    "A trust says that a principal may reach every tenant's data. After its date nobody has said so.",
    "Decide again: take the access away, or renew the entry in tenancy.yaml with a new date and approval.",
)
TRUST_USED = BuiltinRule(
    "trust-used",
    "Every declared trust is about a role that is there",
    "low",
    "A trust in nobody may one day be a trust in somebody of that name.",
    "Remove the entry from tenancy.yaml, or correct the name.",
)
TRUST_NOT_TENANT = BuiltinRule(
    "trust-not-in-tenants",
    "No principal that acts for a tenant is trusted with all of them",
    "critical",
    "Whoever is trusted is left out of the proof. A role whose sessions act for tenants must be proved, not trusted.",
    "Remove the entry under `trusted`, or narrow its name.",
)
GATE_NOT_LOOSENED = BuiltinRule(
    "gate-not-loosened",
    "A change does not loosen what it is judged by",
    "critical",
    "Whoever may switch a rule off in the same change that breaks it passes every gate. So the configuration, "
    "exceptions, trusts and tenancy of the revision before it count, and what the change loosens of them is told.",
    "Loosen it in a change of its own, with `approved_by` naming somebody else than its author, judged with "
    "--allow-loosening, which the workflow of the base branch sets by a label or a code owner's review.",
)
INPUTS_NOT_HIDDEN = BuiltinRule(
    "inputs-not-hidden",
    "A template that was read before the change is read after it",
    "high",
    "A file that is still there and is no longer read has left the gate without anybody saying so.",
    "Undo what keeps it from being read, or remove the file.",
)
BUILTIN: Sequence[BuiltinRule] = (
    GATE_NOT_LOOSENED,
    INPUTS_NOT_HIDDEN,
    KEYS_UNIQUE,
    EXCEPTION_CURRENT,
    EXCEPTION_WELL_FORMED,
    EXCEPTION_USED,
    TRUST_CURRENT,
    TRUST_USED,
    TRUST_NOT_TENANT,
)


def duplicate_keys(document: Document) -> Iterator[Finding]:
    """One failure for each key that stands twice, with both places."""
    for duplicate in document.duplicates:
        yield _duplicate(document, duplicate)


def _duplicate(document: Document, duplicate: Duplicate) -> Finding:
    keys = duplicate.keys
    logical_id = str(keys[1]) if len(keys) > 1 and keys[0] == "Resources" else None
    data = document.data if isinstance(document.data, dict) else {}
    body = data.get("Resources", {}).get(logical_id) if logical_id and isinstance(data.get("Resources"), dict) else None
    kind = body.get("Type") if isinstance(body, dict) and len(keys) > 2 else None  # noqa: PLR2004  # below the resource
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
    finding = file_finding(
        KEYS_UNIQUE,
        document.path,
        f"`{keys[-1]}` stands twice in one mapping, at lines {duplicate.first.line} and {duplicate.second.line}; "
        f"CloudFormation takes the last",
        Location(document.path, duplicate.second.line, duplicate.second.column, duplicate.second.line),
        ".".join(str(key) for key in keys if not isinstance(key, int)),
    )
    if logical_id is not None:
        finding.resource["logical_id"] = logical_id
        finding.resource["address"] = f"{document.path}#{logical_id}"
        finding.resource["type"] = kind if isinstance(kind, str) else finding.resource["type"]
    finding.evidence = tuple(
        # Of the line nothing else: the first value is in no document, so that nobody can say whether it is a secret.
        Evidence(path, None, place.line, (f"{keys[-1]}: …",), json.dumps([path]))
        for place in (duplicate.first, duplicate.second)
    )
    return finding


def file_finding(rule: BuiltinRule, path: str, message: str, location: Location, clause: str) -> Finding:
    """A failure of a file as such; its address is the file's."""
    return Finding(
        rule.id,
        rule.severity,
        rule.layer,
        "FAIL",
        {
            "address": f"{path}#",
            "type": "File",
            "logical_id": None,
            "origin": "user",
            "construct_path": None,
            "arn": None,
            "account": None,
            "region": None,
            "stack": None,
            "tenant": None,
        },
        message,
        location,
        clause=clause,
        fix=rule.fix,
    )
