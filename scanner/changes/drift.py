"""Where an account differs from the template it was made from, as far as a rule cares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Literal

from scanner.base.record import record
from scanner.findings.report_document import SEVERITIES, FindingDocument, Severity, Verdict
from scanner.model.resource import Inventory, Resource
from scanner.model.tags import tags_of
from scanner.model.world import TooManyWorldsError, World, explore

Decided = Literal["PASS", "FAIL"]
_LOGICAL_ID, _STACK = "aws:cloudformation:logical-id", "aws:cloudformation:stack-name"


@record
class Drift:
    """One rule that says one thing of the template and another of what is deployed."""

    rule: str
    severity: Severity
    template: Decided
    account: Decided
    address: str
    """In the template."""
    live: str
    """In the account."""
    message: str
    """What is wrong on the side that fails."""

    def document(self) -> dict[str, object]:
        """As the JSON of `tenantproof diff` has it."""
        return asdict(self)


def pair(template: Inventory, account: Inventory) -> dict[str, Resource]:
    """What became of the template's resources, by their addresses.

    CloudFormation tags what it makes with the stack and the logical id; what it does not tag is known by its ARN, or by
    type and physical name where only one resource has it (AWS CloudFormation User Guide, "Resource tag"). Objects of a
    cluster are known by type, namespace and name.
    """
    by_arn: dict[str, Resource] = {}
    by_name: dict[tuple[str, str], list[Resource]] = {}
    by_tag: dict[tuple[str, str], list[tuple[str, Resource]]] = {}
    objects = {key: each for each in account.resources if (key := _object(each)) is not None}
    for resource in account.resources:
        by_arn[resource.arn or resource.address] = resource
        by_name.setdefault((resource.type, resource.logical_id), []).append(resource)
        tags = _tags(resource)
        if (logical_id := tags.get(_LOGICAL_ID)) is not None:
            by_tag.setdefault((resource.type, logical_id), []).append((tags.get(_STACK, ""), resource))
    found: dict[str, Resource] = {}
    for resource in template.resources:
        key = _object(resource)
        if key is not None:
            # In a cluster a namespace has one object of a type and name.
            if key in objects:
                found[resource.address] = objects[key]
            continue
        tagged = by_tag.get((resource.type, resource.logical_id), [])
        named = [live for stack, live in tagged if resource.stack is not None and stack == resource.stack]
        name = _name(resource)
        candidates = (
            named,
            [by_arn[resource.arn]] if resource.arn in by_arn else [],
            by_name.get((resource.type, name), []) if name is not None else [],
            [live for _, live in tagged] if resource.stack is None else [],
        )
        for several in candidates:
            if len(several) == 1:
                found[resource.address] = several[0]
                break
    return found


def drift(
    pairs: Mapping[str, Resource], template: Iterable[FindingDocument], account: Iterable[FindingDocument]
) -> list[Drift]:
    """Where both sides are decided and differ, worst first; what is not known on a side is no drift."""
    written, deployed = _verdicts(template), _verdicts(account)
    found = []
    for (rule, address), said in written.items():
        live = pairs.get(address)
        seen = deployed.get((rule, live.address)) if live is not None else None
        if live is None or seen is None:
            continue
        one, other = _decided(said), _decided(seen)
        if one is None or other is None or one[0] == other[0]:
            continue
        failing = other[1] if other[0] == "FAIL" else one[1]
        found.append(
            Drift(rule, failing["severity"], one[0], other[0], address, live.address, failing.get("message", ""))
        )
    return sorted(found, key=lambda each: (SEVERITIES.index(each.severity), each.rule, each.address))


def _verdicts(findings: Iterable[FindingDocument]) -> dict[tuple[str, str], list[FindingDocument]]:
    found: dict[tuple[str, str], list[FindingDocument]] = {}
    for finding in findings:
        found.setdefault((finding["rule"], finding["resource"]["address"]), []).append(finding)
    return found


def _decided(findings: list[FindingDocument]) -> tuple[Decided, FindingDocument] | None:
    """An accepted deviation deviates all the same: whether somebody accepts it is no property of a resource."""
    worst: dict[Verdict, FindingDocument] = {}
    for finding in findings:
        worst.setdefault("FAIL" if finding["verdict"] == "SUPPRESSED" else finding["verdict"], finding)
    if "FAIL" in worst:
        return "FAIL", worst["FAIL"]
    return ("PASS", worst["PASS"]) if set(worst) == {"PASS"} else None


def _object(resource: Resource) -> tuple[str, str, str] | None:
    """Type, namespace and name of an object of a cluster; None for what is none, or not known by name."""
    if not resource.type.startswith("Kubernetes::"):
        return None
    body = resource.fields.get("Properties")
    metadata = body.get("metadata") if isinstance(body, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    place = metadata.get("namespace", "") if isinstance(metadata, dict) else None
    return (resource.type, place, name) if isinstance(name, str) and isinstance(place, str) else None


def _tags(resource: Resource) -> dict[str, str]:
    properties = resource.fields.get("Properties")
    try:
        leaves = explore(lambda world: tags_of(resource.type, properties, world))
    except TooManyWorldsError:
        return {}
    tags = leaves[0].result if len(leaves) == 1 else None
    return {key: value for key, value in tags.items() if isinstance(value, str)} if isinstance(tags, dict) else {}


def _name(resource: Resource) -> str | None:
    def asked(world: World) -> object:
        return resource.names(world).name if resource.exists(world) else None

    try:
        names = [leaf.result for leaf in explore(asked)]
    except TooManyWorldsError:
        return None
    return names[0] if len(names) == 1 and isinstance(names[0], str) else None


__all__ = ["Decided", "Drift", "drift", "pair"]
