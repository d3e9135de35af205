"""The schema of the JSON report, from the types that the report is built of.

What those types leave open is closed here: the tables of the report that are plain mappings, and the enumerations that
live beside the code they belong to.
"""

from __future__ import annotations

import typing
from types import NoneType, UnionType
from typing import Literal, NotRequired, TypedDict, Union, is_typeddict

from scanner.assets.kinds import KINDS
from scanner.controls.wording import STANDINGS_OF
from scanner.findings import report_document, report_rows
from scanner.findings.report_document import (
    ROWS,
    SCHEMA,
    EngagementDocument,
    InventoryDocument,
    ReportDocument,
    Severity,
)
from scanner.findings.report_rows import RowsDocument
from scanner.model.unknown import Cause

Schema = dict[str, object]
_COMPLETE = [
    "message",
    "location",
    "source",
    "evidence",
    "assumptions",
    "world",
    "unknown",
    "proof",
    "counterexample",
    "fix",
    "controls",
    "exception",
]
_BRIEF = ["location", "source", "evidence", "world", "unknown", "counterexample", "fix", "controls", "exception"]


class Tool(TypedDict):
    name: str
    version: str
    rules_digest: str


class SeverityHere(TypedDict):
    severity: Severity
    because: str


class Options(TypedDict):
    fail_on: Severity | Literal["never"]
    unknown_fails: Severity | Literal["never"]
    parameters: dict[str, object]
    strict_parameters: NotRequired[bool]
    strict_defaults: NotRequired[bool]
    select: NotRequired[list[str]]
    skip: NotRequired[list[str]]
    frameworks: NotRequired[list[str]]
    severities: NotRequired[dict[str, SeverityHere]]


class Dated(TypedDict):
    date: str
    source: str
    age_limit_days: int


class Run(TypedDict):
    by: str | None
    commit: str | None
    started: str | None
    ended: str | None
    gaps: NotRequired[list[str]]
    data: NotRequired[dict[str, Dated]]


class LeftOut(TypedDict):
    what: str
    because: str
    owner: NotRequired[str]


class AccountState(TypedDict):
    account: str
    name: str
    state: Literal["read", "empty", "partly read", "refused", "suspended", "left out"]
    because: str


class Scope(TypedDict):
    accounts: list[str]
    regions: list[str]
    left_out: list[LeftOut]
    account_states: NotRequired[list[AccountState]]
    engagement: NotRequired[EngagementDocument]


class Input(TypedDict):
    """Either something read, or how many files were ignored."""

    kind: str
    path: NotRequired[str]
    digest: NotRequired[str]
    count: NotRequired[int]


class Tenancy(TypedDict):
    source: str
    digest: str | None
    value: dict[str, object]
    evidence: list[object]


class Proved(TypedDict):
    """One line of the isolation proof; `finding` is the id of the finding that tells of it."""

    principal: str
    theorem: str
    over: str | None
    verdict: Literal["ISOLATED", "LEAK", "NOT_PROVEN"]
    finding: str | None


class Coverage(TypedDict):
    what: str
    cause: Cause
    detail: NotRequired[str]
    path: NotRequired[str]
    rules: list[str]


class AllowedBy(TypedDict):
    policy: str
    statement: int
    line: int | None
    path: NotRequired[str | None]


class Counterexample(TypedDict):
    """`caller_tenant` is null where the principal acts for no one tenant; `chain` are the steps before the request."""

    caller_tenant: str | None
    owner_tenant: str
    principal: str
    action: str
    resource: str
    context: dict[str, object]
    allowed_by: list[AllowedBy]
    why_no_deny: NotRequired[str]
    chain: NotRequired[list[str]]
    replayed: bool


class EndNotKnown(TypedDict):
    """An end of a flow that nothing read tells: `where` names it."""

    where: str
    relation: str
    cause: Cause
    detail: str


# `from` is no name that a class can have.
Period = TypedDict("Period", {"from": str, "to": str, "runs": int, "longest_gap_days": int})

# Where a type says less than the contract does: (its class, its field) to what stands there.
_CLOSED: dict[tuple[str, str], object] = {
    ("ReportDocument", "schema"): Literal[SCHEMA],
    ("RowsDocument", "schema"): Literal[ROWS],
    ("ReportDocument", "tool"): Tool,
    ("ReportDocument", "options"): Options,
    ("ReportDocument", "run"): Run,
    ("ReportDocument", "scope"): Scope,
    ("ReportDocument", "inputs"): list[Input],
    ("ReportDocument", "tenancy"): Tenancy,
    ("ReportDocument", "proofs"): list[Proved],
    ("ReportDocument", "coverage"): list[Coverage],
    ("HistoryDocument", "period"): Period,
    ("FindingDocument", "counterexample"): Counterexample | None,
    ("UnknownDocument", "cause"): Cause,
    ("ControlDocument", "status"): Literal[tuple(STANDINGS_OF)],
    ("ControlDocument", "evidence"): Literal["direct", "supporting", "none"],
    ("InventoryDocument", "schema"): Literal["tenantproof-inventory/1"],
    ("InventoryDocument", "not_known"): list[EndNotKnown],
    ("AssetDocument", "kind"): Literal[KINDS],
    ("ErrorDocument", "kind"): Literal["input", "rule", "tenancy", "exceptions", "config", "scanner"],
}
# Narrower than any type can say.
_PATTERNS: dict[tuple[str, str], Schema] = {
    ("FindingDocument", "id"): {"pattern": "^[0-9a-f]{16}$"},
    ("EvidenceDocument", "snippet"): {"maxItems": 5},
    ("ReportDocument", "generated_at"): {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
    ("ReportDocument", "as_of"): {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    ("ReportDocument", "exit_code"): {"enum": [0, 1, 2, 3, 130]},
}


def report_schema(identity: str, title: str = "the JSON report", kind: type = ReportDocument) -> Schema:
    """JSON Schema 2020-12 of a whole report; nothing that the contract does not name is allowed."""
    definitions: dict[str, Schema] = {}
    root = _record(kind, definitions)
    finding = definitions["FindingDocument"]
    finding["allOf"] = _rules_of_a_finding()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identity,
        "title": title,
        **root,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def inventory_schema(identity: str) -> Schema:
    """JSON Schema 2020-12 of an inventory by itself."""
    definitions: dict[str, Schema] = {}
    root = _record(InventoryDocument, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identity,
        "title": "the inventory of technology assets, with the network map and the access review",
        **root,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _rules_of_a_finding() -> list[Schema]:
    """What each verdict must say of itself."""

    def verdict(*words: str) -> Schema:
        return {"properties": {"verdict": {"enum": list(words)}}}

    return [
        {
            "if": verdict("FAIL", "UNKNOWN", "SUPPRESSED"),
            "then": {"required": _COMPLETE},
            "else": {"not": {"anyOf": [{"required": [name]} for name in _BRIEF]}},
        },
        {"if": verdict("NOT_APPLICABLE"), "then": {"required": ["message"]}},
        {"if": verdict("UNKNOWN"), "then": {"properties": {"unknown": {"type": "object"}}}},
        {"if": verdict("SUPPRESSED"), "then": {"properties": {"exception": {"type": "object"}}}},
    ]


def _record(kind: type, definitions: dict[str, Schema]) -> Schema:
    hints = typing.get_type_hints(kind, vars(report_document) | vars(report_rows) | globals(), include_extras=True)
    properties: Schema = {}
    required: list[str] = []
    for name, hint in hints.items():
        optional = typing.get_origin(hint) is NotRequired
        place = (kind.__name__, name)
        if place not in _CLOSED and kind is RowsDocument:
            place = (ReportDocument.__name__, name)
        inner = typing.get_args(hint)[0] if optional else hint
        properties[name] = _schema(_CLOSED.get(place, inner), definitions) | _PATTERNS.get(place, {})
        if not optional:
            required.append(name)
    record: Schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    # TypedDict itself has a docstring, which every class without one inherits nothing of.
    return {"description": " ".join(kind.__doc__.split()), **record} if kind.__doc__ else record


def _schema(hint: object, definitions: dict[str, Schema]) -> Schema:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_typeddict(hint):
        name = typing.cast("type", hint).__name__
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _record(typing.cast("type", hint), definitions)
        return {"$ref": f"#/$defs/{name}"}
    if origin is Literal:
        return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
    if origin in (UnionType, Union):
        return _union([_schema(each, definitions) for each in arguments])
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is dict:
        return _table(arguments[0], _schema(arguments[1], definitions))
    simple: dict[object, Schema] = {
        str: {"type": "string"},
        int: {"type": "integer"},
        float: {"type": "number"},
        bool: {"type": "boolean"},
        NoneType: {"type": "null"},
        object: {},
    }
    return dict(simple[hint])


def _table(keys: object, values: Schema) -> Schema:
    """A mapping; with keys of a closed set it has each of them."""
    if typing.get_origin(keys) is not Literal:
        return {"type": "object", "additionalProperties": values}
    names = list(typing.get_args(keys))
    properties = dict.fromkeys(names, values)
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _union(parts: list[Schema]) -> Schema:
    """One list of types or of words where that says it, as editors show it best."""
    if all(set(part) == {"type"} for part in parts):
        return {"type": [part["type"] for part in parts]}
    words: list[object] = []
    for part in parts:
        match part:
            case {"enum": list(several)}:
                words += several
            case {"const": word}:
                words.append(word)
            case _:
                return {"anyOf": parts}
    return {"enum": words}
