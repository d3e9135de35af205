"""OSCAL assessment results, version 1.2: what was found, of which resources, and what that says of each entry.

A finding's objective is that of our own catalogue, which is about configuration: `satisfied` says that no rule noted a
finding, never that an entry of a regulation is met. Ids are the same in every run that finds the same.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.controls.wording import CLOSING, ControlWords, control_words
from scanner.findings.report_document import ControlDocument, FindingDocument, ReportDocument, ResourceDocument
from scanner.outputs.oscal.terms import Node, control_token, identity, line, metadata, objective_token, prop
from scanner.outputs.shared.fix_text import parts_of
from scanner.outputs.shared.folding import name_of, place_of
from scanner.outputs.shared.listing import OPEN, worst_first
from scanner.outputs.shared.vocabulary import VERDICT_WORDS, spelled

if TYPE_CHECKING:
    from scanner.outputs.shared.render_options import RenderOptions

# "satisfied" or not is said only of what rules decide; the others are told in the selection of reviewed controls.
_STATES = {
    "DEVIATIONS": ("not-satisfied", "fail"),
    "NOT_DETERMINED": ("not-satisfied", "other"),
    "NO_DEVIATIONS": ("satisfied", "pass"),
}
_NO_PLAN = (
    "There is no assessment plan document: the plan is the rules of this run, by their digest, and the tenancy, by its."
)


def render(report: ReportDocument, _options: RenderOptions) -> str:
    """One JSON document, indented by one."""
    document = {"assessment-results": _assessment_results(report)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _assessment_results(report: ReportDocument) -> Node:
    made = _stamp(report["generated_at"])
    plan = identity("plan", report["tool"]["rules_digest"])
    return {
        "uuid": identity("assessment-results", *_identity_of(report)),
        "metadata": metadata(
            "Assessment results of tenantproof",
            made,
            report["tool"]["version"],
            prop("rules-digest", report["tool"]["rules_digest"]),
        ),
        "import-ap": {"href": f"#{plan}", "remarks": _NO_PLAN},
        "results": [_result(report, made)],
        "back-matter": {
            "resources": [
                {"uuid": plan, "title": "Rules of this run", "description": _NO_PLAN},
                *(
                    {
                        "uuid": identity("input", number, each["path"]),
                        "title": line(f"input {each['path']}"),
                        "description": line(f"{each.get('kind')}, {each.get('digest', 'no digest')}"),
                    }
                    for number, each in enumerate(report["inputs"])
                    if "path" in each
                ),
            ]
        },
    }


def _identity_of(report: ReportDocument) -> Iterator[object]:
    """What makes a run another one: never the hour."""
    yield report["as_of"]
    yield report["tool"]["rules_digest"]
    yield report["tenancy"].get("digest")
    for each in report["inputs"]:
        yield f"{each.get('path')} {each.get('digest')}"


def _stamp(text: object) -> str:
    """Raises ValueError for what is no date and time."""
    stamp = datetime.datetime.fromisoformat(str(text))
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=datetime.UTC)).isoformat().replace("+00:00", "Z")


def _result(report: ReportDocument, made: str) -> Node:
    run = report["run"]
    uuids = _Uuids()
    opened = worst_first(report["findings"], OPEN)
    observed = {id(finding): uuids.of("observation", finding["id"]) for finding in opened}
    start = _stamp(run["started"]) if run.get("started") else made
    risky = [finding for finding in opened if finding["verdict"] != "UNKNOWN"]
    node: Node = {
        "uuid": identity("result", *_identity_of(report)),
        "title": line(f"Judged as of {report['as_of']}"),
        "description": CLOSING,
        "start": start,
        "end": _stamp(run["ended"]) if run.get("ended") else made,
        "props": [
            prop("as-of", report["as_of"]),
            prop("rules-digest", report["tool"]["rules_digest"]),
            prop("tenancy", report["tenancy"].get("source")),
            prop("exit-code", report["exit_code"]),
            *(prop("account", account) for account in report["scope"]["accounts"]),
            *(prop("region", region) for region in report["scope"]["regions"]),
            *(prop("run-by", run[key]) for key in ("by",) if run.get(key)),
            *(prop("commit", run[key]) for key in ("commit",) if run.get(key)),
        ],
        "local-definitions": _definitions(report),
        "reviewed-controls": _reviewed(report),
    }
    observations = [_observation(report, finding, observed[id(finding)], made) for finding in opened]
    observations += list(_met(report, made))
    for key, value in (
        ("observations", observations),
        ("risks", [_risk(report, finding, uuids.of("risk", finding["id"])) for finding in risky]),
        ("findings", list(_findings(report, opened, observed, uuids))),
    ):
        if value:
            node[key] = value
    return node


class _Uuids:
    """Ids of what a report tells of; what stands twice in it is numbered."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def of(self, kind: str, name: str) -> str:
        number = self._seen[kind, name]
        self._seen[kind, name] += 1
        return identity(kind, name, *([number] if number else []))


def _definitions(report: ReportDocument) -> Node:
    component: Node = {
        "uuid": identity("component"),
        "type": "validation",
        "title": "tenantproof",
        "description": line(f"{report['tool']['name']} {report['tool']['version']}"),
        "status": {"state": "operational"},
    }
    resources = {finding["resource"]["address"]: finding["resource"] for finding in report["findings"]}
    node: Node = {"components": [component]}
    if resources:
        node["inventory-items"] = [_item(resource) for _, resource in sorted(resources.items())]
    return node


def _item(resource: ResourceDocument) -> Node:
    props = [prop("type", resource["type"]), prop("address", resource["address"])]
    known = {
        "logical-id": resource["logical_id"],
        "arn": resource["arn"],
        "account": resource["account"],
        "region": resource["region"],
        "stack": resource["stack"],
        "tenant": resource["tenant"],
    }
    props += [prop(name, value) for name, value in known.items() if value]
    return {
        "uuid": identity("resource", resource["address"]),
        "description": line(f"{resource['type']} {resource['logical_id'] or resource['address']}"),
        "props": props,
    }


def _reviewed(report: ReportDocument) -> Node:
    """One selection for each framework, status and its words: what was not assessed says so, and none is left out."""
    groups: dict[tuple[str, str, str], list[ControlDocument]] = {}
    for control, words in zip(report["controls"], control_words(report), strict=True):
        groups.setdefault((control["framework"], control["status"], words.verdict.lower()), []).append(control)
    selections: list[Node] = [
        {
            "description": line(f"{framework}: {said}"),
            "props": [prop("status", status), prop("framework", framework)],
            "include-controls": [
                {"control-id": token}
                for token in dict.fromkeys(control_token(each["framework"], each["id"]) for each in controls)
            ],
        }
        for (framework, status, said), controls in groups.items()
    ]
    return {
        "description": CLOSING,
        "control-selections": selections or [{"description": "No control was rolled up.", "include-all": {}}],
    }


def _subject(finding: FindingDocument) -> Node:
    return {
        "subject-uuid": identity("resource", finding["resource"]["address"]),
        "type": "inventory-item",
        "title": line(f"resource {name_of(finding)}"),
    }


def _observation(report: ReportDocument, finding: FindingDocument, uuid: str, made: str) -> Node:
    rule = report["rules"].get(finding["rule"])
    props = [
        prop("rule", finding["rule"]),
        prop("verdict", finding["verdict"]),
        prop("severity", finding["severity"]),
        prop("finding", finding["id"]),
        prop("place", place_of(finding)),
    ]
    if unknown := finding.get("unknown"):
        props.append(prop("cause", unknown["cause"]))
    if proof := finding.get("proof"):
        props += [prop("theorem", proof["theorem"]), prop("proof", proof["verdict"])]
        if proof["reach"]:
            props.append(prop("reach", proof["reach"]))
    node: Node = {
        "uuid": uuid,
        "title": line(f"{VERDICT_WORDS[finding['verdict']]}: {rule['title'] if rule else finding['rule']}"),
        "description": line(f"Observed: {finding.get('message', '')}"),
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"],
        "origins": [_ORIGIN],
        "subjects": [_subject(finding)],
        "collected": made,
    }
    evidence: list[Node] = [
        {"description": line(f"{each['path']}: {'absent' if each['value'] is None else spelled(each['value'])}")}
        for each in finding.get("evidence", [])
    ]
    if counterexample := finding.get("counterexample"):
        evidence.append({"description": line(f"counterexample: {spelled(counterexample)}")})
    if evidence:
        node["relevant-evidence"] = evidence
    return node


_ORIGIN = {"actors": [{"type": "tool", "actor-uuid": identity("component")}]}


def _met(report: ReportDocument, made: str) -> Iterator[Node]:
    """For each rule what it found met: counted, for the inventory has the resources."""
    met = Counter(finding["rule"] for finding in report["findings"] if finding["verdict"] == "PASS")
    for rule, number in sorted(met.items()):
        title = report["rules"][rule]["title"] if rule in report["rules"] else rule
        yield {
            "uuid": identity("met", rule),
            "title": line(f"passed: {title}"),
            "description": line(f"Observed: {number:,} passed"),
            "props": [prop("rule", rule), prop("verdict", "PASS"), prop("count", number)],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "origins": [_ORIGIN],
            "collected": made,
        }


def _risk(report: ReportDocument, finding: FindingDocument, uuid: str) -> Node:
    rule = report["rules"].get(finding["rule"])
    props = [prop("severity", finding["severity"]), prop("rule", finding["rule"])]
    description = f"Resource {name_of(finding)}: {finding.get('message', '')}"
    exception = finding.get("exception")
    if exception is not None:
        description += f" Accepted: {exception['because']}"
        props.append(prop("accepted-by", exception["approved_by"] or exception["owner"]))
        props.append(prop("accepted-until", exception["until"]))
    node: Node = {
        "uuid": uuid,
        "title": line(f"{finding['severity']}: {rule['title'] if rule else finding['rule']}"),
        "description": line(description),
        "statement": line(f"Why: {rule['why']}") if rule else "-",
        "props": props,
        "status": "open" if exception is None else "deviation-approved",
    }
    if finding.get("fix"):
        node["remediations"] = [
            {
                "uuid": identity("remediation", uuid),
                "lifecycle": "recommendation",
                "title": "Fix",
                "description": _remedy(finding["fix"]),
            }
        ]
    return node


def _remedy(fix: str) -> str:
    """Markdown, a statement in it as a block that is pasted as it is."""
    blocks: list[str] = []
    for each in parts_of(fix):
        blocks.append(line(f"Fix: {each.words}"))
        if each.statement is not None:
            blocks.append(f"```json\n{each.code(indent=2)}\n```")
    return "\n\n".join(blocks)


def _findings(
    report: ReportDocument, opened: list[FindingDocument], observed: dict[int, str], uuids: _Uuids
) -> Iterator[Node]:
    by_rule: dict[str, list[str]] = {}
    for finding in opened:
        by_rule.setdefault(finding["rule"], []).append(observed[id(finding)])
    met = {finding["rule"] for finding in report["findings"] if finding["verdict"] == "PASS"}
    for control, words in zip(report["controls"], control_words(report), strict=True):
        if control["status"] in _STATES:
            related = [uuid for rule in control["rules"] for uuid in by_rule.get(rule, ())]
            related += [identity("met", rule) for rule in control["rules"] if rule in met]
            uuid = uuids.of("finding", f"{control['framework']} {control['id']}")
            yield _finding(uuid, control, words, related)


def _finding(uuid: str, control: ControlDocument, words: ControlWords, related: list[str]) -> Node:
    state, reason = _STATES[control["status"]]
    node: Node = {
        "uuid": uuid,
        "title": line(f"{words.heading}: {words.verdict.lower()}"),
        "description": line(words.text),
        "props": [prop(key, control[key]) for key in ("population", "met", "deviations", "undetermined", "accepted")],
        "target": {
            "type": "objective-id",
            "target-id": objective_token(control["framework"], control["id"]),
            "status": {"state": state, "reason": reason, "remarks": CLOSING},
        },
    }
    if related:
        node["related-observations"] = [{"observation-uuid": uuid} for uuid in dict.fromkeys(related)]
    return node
