"""OCSF 1.5.0 compliance findings (class 2003) as JSON Lines, which is what log pipelines and data lakes read.

Met rules are findings too, with status Pass: the class is about checks, and the population counts. What could not be
determined has the status Warning, which the schema defines as a check without a result for want of information. Rules
that are not about a resource are left out. Times are milliseconds since 1970.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.findings.report_document import FindingDocument, Severity, Verdict
from scanner.outputs.shared.fix_text import exact_line
from scanner.outputs.shared.folding import address_of, name_of
from scanner.outputs.shared.json_line import json_line
from scanner.outputs.shared.listing import (
    MOST_NAME,
    OPEN,
    cut,
    heading,
    place,
    primary,
    sentence,
    short,
    worst_first,
)
from scanner.outputs.shared.vocabulary import VERDICT_WORDS, spelled

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument, RuleDocument
    from scanner.outputs.shared.render_options import RenderOptions

VERSION = "1.5.0"
MOST_CHARACTERS = 4_000
SEVERITIES: dict[Severity, tuple[int, str]] = {
    "critical": (5, "Critical"),
    "high": (4, "High"),
    "medium": (3, "Medium"),
    "low": (2, "Low"),
}
_FAIL, _PASS, _WARNING = (3, "Fail"), (1, "Pass"), (2, "Warning")
RESULTS: dict[Verdict, tuple[int, str]] = {
    "FAIL": _FAIL,
    "UNKNOWN": _WARNING,
    "SUPPRESSED": _FAIL,
    "PASS": _PASS,
}
_OURS = ["tenantproof"]  # earlier versions of the schema require a standard
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

Node = dict[str, object]


def render(report: ReportDocument, options: RenderOptions) -> Iterator[str]:
    """One event a finding, the worst first, all with the time of the report."""
    time = milliseconds(report["generated_at"])
    for finding in worst_first(report["findings"], (*OPEN, "PASS")):
        yield json_line(_event(finding, report, options, time)) + "\n"


def milliseconds(time: str) -> int:
    """Since 1970, of an ISO time. Raises ValueError."""
    moment = datetime.datetime.fromisoformat(time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return (moment - _EPOCH) // datetime.timedelta(milliseconds=1)


def _event(finding: FindingDocument, report: ReportDocument, options: RenderOptions, time: int) -> Node:
    rule = report["rules"].get(finding["rule"])
    account = finding["resource"]["account"] or options.account
    region = finding["resource"]["region"] or options.region
    severity_id, severity = SEVERITIES[finding["severity"]] if finding["verdict"] != "PASS" else (1, "Informational")
    accepted = finding["verdict"] == "SUPPRESSED"
    event: Node = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": time,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 3 if accepted else 1,
        "status": "Suppressed" if accepted else "New",
        "status_code": finding["verdict"],
        "message": cut(sentence(finding), MOST_CHARACTERS),
        "metadata": _metadata(report, finding, cloud=bool(account or region)),
        "finding_info": _info(finding, report, time),
        "compliance": _compliance(finding, rule),
        "resources": [_resource(finding, region)],
    }
    if account or region:
        event["cloud"] = _cloud(account, region)
    if rule is not None and finding["verdict"] != "PASS":
        remediation: Node = {"desc": exact_line(finding.get("fix") or rule["fix"], MOST_CHARACTERS)}
        links = [each for each in rule["references"] if each.startswith(("https://", "http://"))]
        event["remediation"] = remediation | ({"references": links} if links else {})
    evidence = finding.get("evidence", [])
    if evidence:
        event["evidences"] = [
            {"data": {"path": short(each["path"], MOST_NAME), "value": _bounded(each["value"])}} for each in evidence
        ]
    unmapped = _unmapped(finding)
    if unmapped:
        event["unmapped"] = unmapped
    return event


def _cloud(account: str | None, region: str | None) -> Node:
    cloud: Node = {"provider": "AWS"}
    if account:
        cloud["account"] = {"uid": account, "type_id": 10, "type": "AWS Account"}
    if region:
        cloud["region"] = region
    return cloud


def _metadata(report: ReportDocument, finding: FindingDocument, *, cloud: bool) -> Node:
    product: Node = {"name": "tenantproof", "vendor_name": "tenantproof", "version": report["tool"]["version"]}
    metadata: Node = {"version": VERSION, "product": product, "event_code": short(finding["rule"], MOST_NAME)}
    if cloud:
        metadata["profiles"] = ["cloud"]
    if tenant := finding["resource"]["tenant"]:
        metadata["tenant_uid"] = short(tenant, MOST_NAME)
    return metadata


def _info(finding: FindingDocument, report: ReportDocument, time: int) -> Node:
    return {
        "uid": finding["id"],
        "title": cut(heading(finding, report), MOST_CHARACTERS),
        "desc": cut(sentence(finding), MOST_CHARACTERS),
        "created_time": time,
        "types": [short(finding["layer"], MOST_NAME)],
        "analytic": {
            "uid": short(finding["rule"], MOST_NAME),
            "name": short(finding["rule"], MOST_NAME),
            "type_id": 1,
            "type": "Rule",
        },
    }


def _compliance(finding: FindingDocument, rule: RuleDocument | None) -> Node:
    status_id, status = RESULTS[finding["verdict"]]
    compliance: Node = {
        "control": short(finding["rule"], MOST_NAME),
        "status_id": status_id,
        "status": status,
        "status_code": finding["verdict"],
        "standards": _OURS,
    }
    if rule is not None:
        compliance["desc"] = short(rule["title"], MOST_CHARACTERS)
        compliance["standards"] = [short(each, MOST_NAME) for each in _frameworks(rule)] or _OURS
        if rule["controls"]:
            compliance["requirements"] = [
                short(f"{each['framework']} {each['id']}", MOST_NAME) for each in rule["controls"]
            ]
    unknown = finding.get("unknown")
    if unknown:
        compliance["status_details"] = [short(f"{unknown['cause']}: {unknown['detail']}", MOST_CHARACTERS)]
    return compliance


def _frameworks(rule: RuleDocument) -> list[str]:
    return list(dict.fromkeys(each["framework"] for each in rule["controls"]))


def _resource(finding: FindingDocument, region: str | None) -> Node:
    resource = finding["resource"]
    node: Node = {
        "uid": resource["arn"] or address_of(finding),
        "name": short(name_of(finding), MOST_NAME),
        "type": resource["type"],
    }
    if region:
        node["region"] = region
    return node


def _bounded(value: object) -> object:
    """The value, or of a very large one the start of its text."""
    text = spelled(value)
    return value if len(text) <= MOST_CHARACTERS else short(text, MOST_CHARACTERS)


def _unmapped(finding: FindingDocument) -> Mapping[str, object]:
    """What the schema has no place for and a reader of the finding wants."""
    location = primary(finding)
    exception = finding.get("exception")
    found = {
        "verdict": VERDICT_WORDS[finding["verdict"]],
        "place": place(location) if location else None,
        "world": finding.get("world"),
        "assumptions": finding.get("assumptions"),
        "counterexample": finding.get("counterexample"),
        "exception": {key: exception[key] for key in ("owner", "because", "until")} if exception else None,
    }
    return {key: value for key, value in found.items() if value}
