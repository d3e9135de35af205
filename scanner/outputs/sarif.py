"""SARIF 2.1.0, for GitHub code scanning and editors ("SARIF support for code scanning", OASIS "SARIF v2.1.0").

PASS and NOT_APPLICABLE are left out: code scanning would list them. What could not be determined is of kind `open`,
which the standard defines as too little information to decide, and so of level `none`: it is never shown as a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from scanner.findings.report_document import (
    ErrorDocument,
    EvidenceDocument,
    FindingDocument,
    LocationDocument,
    Severity,
)
from scanner.outputs.shared import request_text
from scanner.outputs.shared.folding import address_of, name_of
from scanner.outputs.shared.json_line import json_line
from scanner.outputs.shared.listing import MOST_NAME, cut, known, primary, remedy, sentence, short, unique, worst_first
from scanner.outputs.shared.markdown_escape import code, prose
from scanner.outputs.shared.vocabulary import count, spelled

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument, RuleDocument
    from scanner.outputs.shared.render_options import RenderOptions

# GitHub refuses an upload beyond these, or drops what is beyond.
MOST_RESULTS = 25_000
MOST_LOCATIONS = 1_000
MOST_TAGS = 20
MOST_CHARACTERS = 4_000

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
# The middle of each range in which GitHub calls a rule critical (over 9), high (7 to 8.9), medium (4 to 6.9) or low.
SECURITY_SEVERITY: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
LEVELS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}

Node = dict[str, object]


def render(report: ReportDocument, _options: RenderOptions) -> Iterator[str]:
    """One result a line, so that two reports can be compared line by line."""
    findings = worst_first(report["findings"])
    shown, hidden = findings[:MOST_RESULTS], findings[MOST_RESULTS:]
    rules = _Rules(report, shown)
    yield f'{{\n"version": "2.1.0",\n"$schema": {json_line(SCHEMA)},\n"runs": [{{\n'
    yield f'"tool": {json_line({"driver": _driver(report, rules)})},\n'
    # One category, so that an upload replaces the one before it.
    yield f'"automationDetails": {json_line({"id": "tenantproof/"})},\n'
    yield '"columnKind": "unicodeCodePoints",\n'
    root = {"description": {"text": "the root of the repository that was scanned"}}
    yield f'"originalUriBaseIds": {json_line({ROOT: root})},\n'
    yield f'"invocations": {json_line([_invocation(report, len(hidden))])},\n'
    yield f'"properties": {json_line({"verdicts": report["summary"]["verdicts"]})},\n'
    yield '"results": ['
    for number, finding in enumerate(shown):
        yield (",\n" if number else "\n") + json_line(_result(finding, rules))
    yield "\n]\n}]\n}\n"


class _Rules:
    """GitHub reads how bad a result is from its rule alone: one that is worse in one place than in another is two."""

    def __init__(self, report: ReportDocument, findings: Sequence[FindingDocument]) -> None:
        self._known = report["rules"]
        used = {(each["rule"], each["severity"]) for each in findings}
        used |= {(id_, rule["severity"]) for id_, rule in self._known.items()}
        keys = sorted(used)
        self._ids = dict(zip(keys, unique(self._id(*key) for key in keys), strict=True))
        self._pages = _pages(report)
        self._index = {key: number for number, key in enumerate(keys)}

    def _id(self, rule: str, severity: Severity) -> str:
        known = self._known.get(rule)
        own = known is None or known["severity"] == severity
        return short(rule if own else f"{rule}/{severity}", MOST_NAME) or "rule"

    def of(self, finding: FindingDocument) -> tuple[str, int]:
        key = (finding["rule"], finding["severity"])
        return self._ids[key], self._index[key]

    def descriptors(self) -> list[Node]:
        return [
            _descriptor(id_, self._known.get(rule), severity) | _page(self._pages, rule, self._known)
            for (rule, severity), id_ in self._ids.items()
        ]


def _pages(report: ReportDocument) -> str:
    """Where the project publishes the pages of its rules; empty where it says nothing of it."""
    said = report["options"].get("rule_pages")
    return said.rstrip("/") if isinstance(said, str) and said.startswith("https://") else ""


def _page(pages: str, rule: str, known: Mapping[str, RuleDocument]) -> Node:
    return {"helpUri": _address(f"{pages}/rules/{rule}.html")} if pages and rule in known else {}


def _driver(report: ReportDocument, rules: _Rules) -> Node:
    pages = _pages(report)
    return {
        "name": "tenantproof",
        **({"informationUri": _address(f"{pages}/index.html")} if pages else {}),
        "version": report["tool"]["version"],
        "semanticVersion": report["tool"]["version"],
        "properties": {"rulesDigest": report["tool"].get("rules_digest")},
        "rules": rules.descriptors(),
    }


def _descriptor(id_: str, rule: RuleDocument | None, severity: Severity) -> Node:
    if rule is None:
        return {"id": id_, "shortDescription": {"text": id_}, "defaultConfiguration": {"level": LEVELS[severity]}}
    controls = [f"{each['framework']} {each['id']}" for each in rule["controls"]]
    tags = (short(tag, MOST_NAME) for tag in ("security", rule["layer"], *controls))
    why, fix = short(rule["why"], MOST_CHARACTERS), short(rule["fix"], MOST_CHARACTERS)
    links = [each for each in rule["references"] if each.startswith(("https://", "http://"))]
    descriptor: Node = {
        "id": id_,
        "shortDescription": {"text": short(rule["title"], 1_024) or id_},
        "fullDescription": {"text": cut(why, 1_024) or short(rule["title"], 1_024) or id_},
        "help": {"text": f"{why}\n\nFix: {fix}", "markdown": _help(rule, controls, links)},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "tags": list(dict.fromkeys(tags))[:MOST_TAGS],
            "precision": "high",
            "problem.severity": {"error": "error", "warning": "warning", "note": "recommendation"}[LEVELS[severity]],
            "security-severity": SECURITY_SEVERITY[severity],
            **({"aliases": aliases} if (aliases := _aliases(rule)) else {}),
        },
    }
    if links:
        descriptor["helpUri"] = _address(links[0])
    return descriptor


def _aliases(rule: RuleDocument) -> dict[str, list[str]]:
    return {scheme: [each["id"] for each in several] for scheme, several in rule.get("aliases", {}).items()}


def _help(rule: RuleDocument, controls: Sequence[str], links: Sequence[str]) -> str:
    parts = [f"**Why:** {prose(rule['why'])}", f"**Fix:** {prose(rule['fix'])}"]
    if commands := rule.get("cli"):
        parts.append("\n".join(f"- {code(each, MOST_CHARACTERS)}" for each in commands))
    if links:
        parts.append("\n".join(f"- <{_address(each)}>" for each in links))
    if aliases := [f"{scheme} {code(name)}" for scheme, names in _aliases(rule).items() for name in names]:
        parts.append(f"Known elsewhere as {', '.join(aliases)}.")
    if controls:
        parts.append(f"Evidences {', '.join(map(code, controls))}.")
    return "\n\n".join(parts)


def _address(link: str) -> str:
    """A link that can hold neither blanks nor markup."""
    return quote(link, safe=":/?#[]@!$&()*+,;=%~-._", errors="replace")


def _result(finding: FindingDocument, rules: _Rules) -> Node:
    rule, index = rules.of(finding)
    determined = finding["verdict"] != "UNKNOWN"
    result: Node = {
        "ruleId": rule,
        "ruleIndex": index,
        "kind": "fail" if determined else "open",
        "level": LEVELS[finding["severity"]] if determined else "none",
        "message": _text(cut(_message(finding), MOST_CHARACTERS)),
        "locations": [_location(finding, primary(finding), whole=True)],
        # Rule, resource and cause: what moves to another line stays the same alert, another cause is another.
        "partialFingerprints": {"primaryLocationLineHash": finding["id"]},
        "fingerprints": {"tenantproof/v1": finding["id"]},
    }
    related = _related(finding)
    if related:
        result["relatedLocations"] = related
    flow = _flow(finding)
    if flow:
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if "state" in finding:
        # Known ones stay: GitHub closes the alerts that an upload does not have.
        result["baselineState"] = "unchanged" if known(finding) else "new"
    if finding["verdict"] == "SUPPRESSED":
        result["suppressions"] = [_suppression(finding)]
    result["properties"] = _properties(finding)
    return result


def _text(text: str) -> Node:
    """A message in which nobody's words are a link: the standard reads `[words](address)` as one."""
    return {"text": re.sub(r"([\\\[\]])", r"\\\1", text) if "](" in text else text}


def _message(finding: FindingDocument) -> str:
    world = ", ".join(f"{name} is {spelled(value)}" for name, value in (finding.get("world") or {}).items())
    when = short(f"(when {world})", MOST_CHARACTERS) if world and world not in finding.get("message", "") else ""
    fix = remedy(finding)
    said = sentence(finding) + (f" {when}" if when else "")
    room = MOST_CHARACTERS - len(said) - len("\nFix: ")
    return said + (f"\nFix: {remedy(finding, max(room, MOST_NAME))}" if fix else "")


def _properties(finding: FindingDocument) -> Node:
    resource = finding["resource"]
    properties: Node = {
        "verdict": finding["verdict"],
        "severity": finding["severity"],
        "resourceType": resource["type"],
        "origin": resource["origin"],
    }
    for key, value in (("unknown", finding.get("unknown")), ("assumptions", finding.get("assumptions"))):
        if value:
            properties[key] = value
    if proof := finding.get("proof"):
        properties["proof"] = proof
    return properties


def _location(finding: FindingDocument, location: LocationDocument | None, *, whole: bool = False) -> Node:
    address = address_of(finding)
    physical: Node
    if location is None:
        # GitHub refuses a whole upload for one result without a file; what is live has none but its address.
        physical = {"artifactLocation": {"uri": quote(address, safe="", errors="replace")}}
    else:
        physical = {"artifactLocation": _artifact(location["path"])}
        region = _region(location)
        if region:
            physical["region"] = region
    node: Node = {"physicalLocation": physical}
    if whole:
        logical: Node = {"name": name_of(finding), "fullyQualifiedName": address, "kind": "resource"}
        node["logicalLocations"] = [logical]
    return node


def _artifact(path: str) -> Node:
    """A path as a relative reference: a colon or two slashes at its start would make it an address of another kind."""
    return {"uri": quote(path.lstrip("/") or ".", safe="/", errors="replace"), "uriBaseId": ROOT}


def _region(location: LocationDocument) -> Node:
    line = location["line"]
    if not line or line < 1:
        return {}
    region: Node = {"startLine": line}
    if location["column"] and location["column"] > 0:
        region["startColumn"] = location["column"]
    end = location.get("end_line")
    if end and end >= line:
        region["endLine"] = end
    return region


def _related(finding: FindingDocument) -> list[Node]:
    """The template's line where the code's line comes first, and every line that was evidence."""
    first, template = primary(finding), finding.get("location")
    if template is None:
        return []
    found: list[tuple[LocationDocument, str]] = []
    if first is not template:
        found.append((template, f"{name_of(finding)} in the template"))
    evidence = finding.get("evidence", [])
    # Statements that allow a request may stand in several files; the place of the finding is in that of the first.
    own = evidence[:1] if finding.get("counterexample") else evidence
    found += [
        (_at(template, each), f"evidence: {each['path']}")
        for each in own
        if each["line"] is not None and (first is not template or each["line"] != template["line"])
    ]
    return [
        {"id": number, **_location(finding, location), "message": _text(short(text, 1_000))}
        for number, (location, text) in enumerate(found[:MOST_LOCATIONS], 1)
    ]


def _at(template: LocationDocument, evidence: EvidenceDocument) -> LocationDocument:
    return {"path": template["path"], "line": evidence["line"], "column": None}


def _flow(finding: FindingDocument) -> list[Node]:
    """The counterexample as steps: become the principal, make the request, and who allows it."""
    counterexample = finding.get("counterexample")
    if not counterexample:
        return []
    where = primary(finding)
    principal = spelled(counterexample.get("principal"))
    tenant = spelled(counterexample.get("caller_tenant"))
    steps = [(where, f"become {principal} as tenant {tenant}")]
    steps.append((where, "; ".join(f"{label} {value}" for label, value in request_text.rows(_asked(counterexample)))))
    allowed = counterexample.get("allowed_by")
    for number, each in enumerate(allowed if isinstance(allowed, list) else []):
        rows = request_text.rows({"allowed_by": [each]})
        at = _statement(finding, each, first=number == 0)
        steps.append((at or where, f"allowed by {rows[0][1]}" if rows else "allowed"))
    return [
        {
            "location": {
                **_location(finding, location),
                "message": _text(short(text, MOST_CHARACTERS)),
            },
            "executionOrder": number,
        }
        for number, (location, text) in enumerate(steps[:MOST_LOCATIONS], 1)
    ]


def _asked(counterexample: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in counterexample.items() if key in ("action", "resource", "context")}


def _statement(finding: FindingDocument, allowed: object, *, first: bool) -> LocationDocument | None:
    """Where an allowing statement is written, if that is known; the first is in the file of the finding's place."""
    template = finding.get("location")
    line, path = (allowed.get("line"), allowed.get("path")) if isinstance(allowed, dict) else (None, None)
    if isinstance(line, int) and isinstance(path, str):
        return {"path": path, "line": line, "column": None}
    if template is None or not isinstance(line, int) or not first:
        return None
    return {"path": template["path"], "line": line, "column": None}


def _suppression(finding: FindingDocument) -> Node:
    exception = finding.get("exception")
    if exception is None:
        return {"kind": "external"}
    approved = f", approved by {exception['approved_by']}" if exception["approved_by"] else ""
    justification = f"{exception['because']} (owned by {exception['owner']}{approved}, until {exception['until']})"
    return {
        "kind": "external",
        "status": "accepted",
        "justification": short(justification, MOST_CHARACTERS),
        "location": _location(finding, exception["source"]),
    }


def _invocation(report: ReportDocument, hidden: int) -> Node:
    notifications = [_notification(each) for each in report["errors"]]
    if hidden:
        text = f"{count(hidden, 'result')} beyond {MOST_RESULTS:,} left out, the least severe"
        notifications.append({"level": "warning", "message": _text(text)})
    return {
        "executionSuccessful": report["exit_code"] in (0, 1),
        "exitCode": report["exit_code"],
        "endTimeUtc": report["generated_at"],
        "toolExecutionNotifications": notifications,
    }


def _notification(error: ErrorDocument) -> Node:
    hint = f", {error['hint']}" if error["hint"] else ""
    node: Node = {
        "level": error["level"],
        "message": _text(short(f"{error['message']}{hint}", MOST_CHARACTERS)),
        "descriptor": {"id": error["kind"]},
    }
    if error["path"]:
        location: LocationDocument = {"path": error["path"], "line": error["line"], "column": error["column"]}
        physical: Node = {"artifactLocation": _artifact(error["path"])}
        if region := _region(location):
            physical["region"] = region
        node["locations"] = [{"physicalLocation": physical}]
    return node
