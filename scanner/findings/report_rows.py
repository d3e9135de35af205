"""The report with a row for each reason why a rule does not apply, instead of a finding for each resource.

Six of ten findings are such. What a row cannot tell as it was stays a finding, so both forms say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

from scanner.findings.finding import id_without_cause
from scanner.findings.report_document import (
    ROWS,
    SCHEMA,
    SEVERITIES,
    FindingDocument,
    ReportDocument,
    ResourceDocument,
    Severity,
)

_IN_A_ROW = {"id", "rule", "severity", "layer", "verdict", "resource", "message"}


class RowDocument(TypedDict):
    """Resources of one type to which a rule does not apply, by their addresses; `reason` is the findings' message."""

    rule: str
    severity: Severity
    layer: str
    type: str
    reason: str
    resources: list[str]


class RowsDocument(ReportDocument):
    """A report in rows. `resources` are those that no finding of it holds, by address."""

    not_applicable: NotRequired[list[RowDocument]]
    resources: NotRequired[dict[str, ResourceDocument]]


def in_rows(report: ReportDocument) -> RowsDocument:
    """The same report; nothing becomes a row where findings are in another order than a scan's."""
    findings = report["findings"]
    folded = cast("RowsDocument", {**report, "schema": ROWS, "not_applicable": [], "resources": {}})
    if [*map(_place, findings)] != sorted(map(_place, findings)):
        return folded
    known: dict[str, ResourceDocument] = {}
    alike = {each["resource"]["address"] for each in findings if known.setdefault(*_named(each)) != each["resource"]}
    rows: dict[tuple[str, Severity, str, str, str], list[str]] = {}
    kept = []
    for each in findings:
        address = each["resource"]["address"]
        plain = each["verdict"] == "NOT_APPLICABLE" and each.keys() == _IN_A_ROW and address not in alike
        if plain and each["id"] == id_without_cause(each["rule"], address):
            key = (each["rule"], each["severity"], each["layer"], each["resource"]["type"], each["message"])
            rows.setdefault(key, []).append(address)
        else:
            kept.append(each)
    folded["findings"] = kept
    folded["not_applicable"] = [
        {"rule": rule, "severity": severity, "layer": layer, "type": kind, "reason": reason, "resources": addresses}
        for (rule, severity, layer, kind, reason), addresses in rows.items()
    ]
    told = {each["resource"]["address"] for each in kept}
    asked = dict.fromkeys(address for addresses in rows.values() for address in addresses)
    folded["resources"] = {address: known[address] for address in asked if address not in told}
    return folded


def in_findings(rows: Mapping[str, object]) -> ReportDocument:
    """A report as `/1` has it, of one in either form. Raises KeyError, TypeError, ValueError where it is not whole."""
    if rows["schema"] == SCHEMA:
        return cast("ReportDocument", rows)
    if rows["schema"] != ROWS:
        raise ValueError("not a report")
    document = cast("RowsDocument", rows)
    report = cast("ReportDocument", {**rows, "schema": SCHEMA})
    listed = cast("dict[str, object]", report)
    listed.pop("not_applicable", None)
    listed.pop("resources", None)
    findings = list(document["findings"])
    resources = {**dict(map(_named, findings)), **document.get("resources", {})}
    added = [each for row in document.get("not_applicable", []) for each in _findings(row, resources)]
    if added:
        findings = sorted([*findings, *added], key=_place)
    report["findings"] = findings
    return report


def _findings(row: RowDocument, resources: Mapping[str, ResourceDocument]) -> Sequence[FindingDocument]:
    return [
        {
            "id": id_without_cause(row["rule"], address),
            "rule": row["rule"],
            "severity": row["severity"],
            "layer": row["layer"],
            "verdict": "NOT_APPLICABLE",
            "resource": resources[address],
            "message": row["reason"],
        }
        for address in row["resources"]
    ]


def _named(finding: FindingDocument) -> tuple[str, ResourceDocument]:
    return finding["resource"]["address"], finding["resource"]


def _place(finding: FindingDocument) -> tuple[int, str, str, str]:
    """In a report the worst come first, then by rule and resource."""
    return SEVERITIES.index(finding["severity"]), finding["rule"], finding["resource"]["address"], finding["id"]


__all__ = ["RowDocument", "RowsDocument", "in_findings", "in_rows"]
