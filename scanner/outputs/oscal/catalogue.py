"""Frameworks and rules as OSCAL: a catalogue and a profile for each framework, and one component definition.

The catalogue has the headings of a framework and what infrastructure can show of each entry; its text stays with who
publishes it. The component is the scanner itself: what it checks for which entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner.controls.frameworks import Control, Framework
from scanner.findings.report_document import RuleDocument
from scanner.outputs.oscal.terms import Node, control_token, identity, line, metadata, objective_token, prop

_SECTIONS = {
    "164.308": "Administrative safeguards",
    "164.310": "Physical safeguards",
    "164.312": "Technical safeguards",
    "164.314": "Organizational requirements",
    "164.316": "Policies and procedures and documentation requirements",
}
_SECTION = re.compile(r"[A-Za-z0-9]+(?:\.[0-9]+)?")


def documents(
    frameworks: Sequence[Framework], rules: Mapping[str, RuleDocument], modified: str, version: str
) -> Iterator[tuple[str, Node]]:
    """Each document with the name of its file. `modified` is an RFC 3339 date and time with its zone."""
    for framework in frameworks:
        yield f"catalog-{framework.id}.json", {"catalog": _catalogue(framework, modified, version)}
        yield f"profile-{framework.id}.json", {"profile": _profile(framework, modified, version)}
    component = _component_definition(frameworks, rules, modified, version)
    yield "component-definition.json", {"component-definition": component}


def _catalogue(framework: Framework, modified: str, version: str) -> Node:
    groups: dict[str, list[Control]] = {}
    for control in framework.controls:
        found = _SECTION.match(control.id)
        groups.setdefault(found[0] if found else control.id, []).append(control)
    node: Node = {
        "uuid": identity("catalog", framework.id, version),
        "metadata": metadata(framework.title, modified, version),
        "groups": [
            {
                "id": control_token(framework.id, f"group-{section}"),
                "class": "section",
                "title": line(_SECTIONS.get(section, section)),
                "controls": [_control(framework, control) for control in controls],
            }
            for section, controls in groups.items()
        ],
    }
    if framework.source:
        resource = {
            "uuid": identity("source", framework.id),
            "title": line(framework.title),
            "rlinks": [{"href": framework.source}],
        }
        node["back-matter"] = {"resources": [resource]}
    return node


def _control(framework: Framework, control: Control) -> Node:
    token = control_token(framework.id, control.id)
    props: list[Node] = [{"name": "label", "value": control.id}, prop("evidence", control.evidence)]
    if control.required:
        props.append(prop("required", control.required.lower()))
    if control.kind:
        props.append(prop("kind", control.kind))
    if control.binds:
        props.append(prop("binds", control.binds))
    parts: list[Node] = [
        {"id": f"{token}_smt", "name": "statement", "prose": line(f"{control.id} {control.title}.")},
        {
            "id": objective_token(framework.id, control.id),
            "name": "assessment-objective",
            "prose": "The rules that cite this entry note no finding on the resources that were read. "
            "It is an objective about configuration, and not the entry itself.",
        },
    ]
    guidance = [f"Limits: {line(control.because)}." if control.because else ""]
    guidance.append(f"Ask for: {line(control.ask)}." if control.ask else "")
    if any(guidance):
        prose = " ".join(filter(None, guidance))
        parts.append({"id": f"{token}_gdn", "name": "guidance", "prose": prose})
    node: Node = {"id": token, "class": "entry", "title": line(control.title), "props": props, "parts": parts}
    if framework.source:
        node["links"] = [{"href": f"#{identity('source', framework.id)}", "rel": "reference"}]
    return node


def _profile(framework: Framework, modified: str, version: str) -> Node:
    return {
        "uuid": identity("profile", framework.id, version),
        "metadata": metadata(f"{framework.title}: every entry", modified, version),
        "imports": [{"href": f"catalog-{framework.id}.json", "include-all": {}}],
        "merge": {"as-is": True},
    }


def _component_definition(
    frameworks: Iterable[Framework], rules: Mapping[str, RuleDocument], modified: str, version: str
) -> Node:
    props: list[Node] = []
    for number, (id_, rule) in enumerate(sorted(rules.items())):
        # Properties of one rule share a remark, by which readers of OSCAL tell rules apart.
        group = f"rule_{number:04d}"
        props += [
            prop("Rule_Id", id_, group),
            prop("Rule_Description", rule["title"], group),
            prop("Rule_Severity", rule["severity"], group),
            prop("Rule_Layer", rule["layer"], group),
        ]
    implementations = [
        implementation
        for framework in frameworks
        if (implementation := _implementation(framework, rules))["implemented-requirements"]
    ]
    component: Node = {
        "uuid": identity("component"),
        "type": "validation",
        "title": "tenantproof",
        "description": "Checks configuration of AWS, deployed or about to be, and proves tenant isolation by IAM. "
        "It implements no control: it says what configuration shows of one.",
    }
    if props:
        component["props"] = props
    if implementations:
        component["control-implementations"] = implementations
    return {
        "uuid": identity("component-definition", version),
        "metadata": metadata("Rules of tenantproof", modified, version),
        "components": [component],
    }


def _implementation(framework: Framework, rules: Mapping[str, RuleDocument]) -> Node:
    return {
        "uuid": identity("implementation", framework.id),
        "source": f"profile-{framework.id}.json",
        "description": line(f"What the rules check for {framework.title}."),
        "implemented-requirements": [
            {
                "uuid": identity("requirement", framework.id, control.id),
                "control-id": control_token(framework.id, control.id),
                "description": line(f"Evidence: {control.evidence}. {control.because or ''}"),
                "props": [prop("Rule_Id", rule.rule, f"basis: {rule.basis}") for rule in cited],
            }
            for control in framework.controls
            if (cited := [each for each in control.citations if each.rule in rules])
        ],
    }
